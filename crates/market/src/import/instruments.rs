//! Lists of instruments: Kite's CSV and Upstox's JSON.

use super::{List, table};
use crate::contracts::{Contract, Instrument};
use crate::dates::{date_of, day_of};
use crate::fact::Row;
use crate::terms::{Exchange, Kind};
use highmark_engine::{Price, Quantity};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Underlyings whose futures and options are those of an index.
const INDICES: &[&str] =
    &["NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50"];

/// Columns: instrument_token, exchange_token, tradingsymbol, name, last_price, expiry, strike, tick_size,
/// lot_size, instrument_type, segment, exchange. Prices are in rupees.
pub(super) fn kite(list: &mut List<'_>) {
    for line in table::lines(list) {
        let text = |column: &str| line.get(column);
        let Some(symbol) = text("tradingsymbol") else {
            list.wrong(line.span.clone(), "tradingsymbol", "a line without a symbol", "remove it");
            continue;
        };
        let exchange = match text("exchange") {
            Some("NSE" | "NFO") => Exchange::Nse,
            Some("BSE" | "BFO") => Exchange::Bse,
            Some("MCX") => Exchange::Mcx,
            Some(_) | None => {
                list.left_out += 1;
                continue;
            }
        };
        let traded = text("instrument_type").unwrap_or_default();
        let is_index = text("segment") == Some("INDICES");
        let underlying = text("name").filter(|_| matches!(traded, "FUT" | "CE" | "PE"));
        if !list.wants(symbol, underlying) {
            list.left_out += 1;
            continue;
        }
        let mut wrong = None;
        let mut amount = |column: &'static str| positive(text(column)?, column, &mut wrong);
        let (tick, strike) = (amount("tick_size"), amount("strike"));
        let lot = amount("lot_size").and_then(whole);
        let expiry: Option<Result<Date, _>> = text("expiry").map(str::parse);
        if let Some(Err(_)) = expiry {
            wrong = Some(("expiry", "this is not a day".to_owned()));
        }
        if let Some((column, message)) = wrong {
            list.wrong(line.span.clone(), column, &message, "take a fresh list from the broker");
            continue;
        }
        let expiry = expiry.and_then(Result::ok);
        let kind = kind(exchange, traded, underlying, is_index);
        let tick_size = tick;
        add(
            list,
            Found {
                symbol,
                exchange,
                kind,
                underlying,
                tick_size,
                lot,
                freeze: None,
                expiry,
                strike,
            },
        );
    }
}

#[derive(Deserialize)]
struct UpstoxInstrument<'t> {
    trading_symbol: Option<String>,
    exchange: Option<String>,
    segment: Option<String>,
    instrument_type: Option<String>,
    underlying_symbol: Option<String>,
    /// Milliseconds since 1970.
    expiry: Option<i64>,
    /// In paise.
    #[serde(borrow)]
    tick_size: Option<&'t RawValue>,
    #[serde(borrow)]
    lot_size: Option<&'t RawValue>,
    #[serde(borrow)]
    freeze_quantity: Option<&'t RawValue>,
    #[serde(borrow)]
    strike_price: Option<&'t RawValue>,
}

/// A list of objects; the tick size is in paise, the expiry in milliseconds.
pub(super) fn upstox(list: &mut List<'_>) {
    let read: Result<Vec<UpstoxInstrument<'_>>, _> = serde_json::from_str(list.request.text);
    let instruments = match read {
        Ok(instruments) => instruments,
        Err(error) => {
            let at = offset(list.request.text, error.line());
            let message = format!("this is not Upstox's list: {error}");
            list.wrong(at..at, "", &message, "take a fresh list from the broker");
            return;
        }
    };
    for (index, one) in instruments.iter().enumerate() {
        let exchange = one.exchange.as_deref().and_then(Exchange::named);
        let segment = one.segment.as_deref().unwrap_or_default();
        let (Some(symbol), Some(exchange)) = (one.trading_symbol.as_deref(), exchange) else {
            list.left_out += 1;
            continue;
        };
        let traded = one.instrument_type.as_deref().unwrap_or_default();
        let is_derivative = matches!(traded, "FUT" | "CE" | "PE");
        let underlying = one.underlying_symbol.as_deref().filter(|_| is_derivative);
        let is_known = ["_EQ", "_FO", "_INDEX"].iter().any(|end| segment.ends_with(end));
        if !is_known || !list.wants(symbol, underlying) {
            list.left_out += 1;
            continue;
        }
        let mut wrong = None;
        let mut amount = |value: Option<&RawValue>, field: &'static str| {
            positive(value?.get().trim_matches('"'), field, &mut wrong)
        };
        let tick_size = amount(one.tick_size, "tick_size").map(|paise| Price(paise.0 / 100));
        let lot = amount(one.lot_size, "lot_size").and_then(whole);
        let freeze = amount(one.freeze_quantity, "freeze_quantity").and_then(whole);
        let strike = amount(one.strike_price, "strike_price");
        if let Some((field, message)) = wrong {
            let field = format!("[{index}].{field}");
            list.wrong(0..0, &field, &message, "take a fresh list from the broker");
            continue;
        }
        let expiry = one.expiry.and_then(crate::dates::date_of_milliseconds);
        let kind = kind(exchange, traded, underlying, segment.ends_with("_INDEX"));
        add(
            list,
            Found { symbol, exchange, kind, underlying, tick_size, lot, freeze, expiry, strike },
        );
    }
}

struct Found<'t> {
    symbol: &'t str,
    exchange: Exchange,
    kind: Option<Kind>,
    underlying: Option<&'t str>,
    tick_size: Option<Price>,
    lot: Option<Quantity>,
    freeze: Option<Quantity>,
    expiry: Option<Date>,
    strike: Option<Price>,
}

/// A contract holds from the day of the list to its expiry; one that has expired is left out.
fn add(list: &mut List<'_>, found: Found<'_>) {
    let Ok(from) = date_of(list.request.day) else { return };
    if found.expiry.is_some_and(|expiry| expiry < from) {
        list.left_out += 1;
        return;
    }
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let instrument = Instrument {
        symbol: plain(found.symbol),
        exchange: found.exchange,
        kind: found.kind,
        underlying: found.underlying.map(plain),
        tick_size: found.tick_size,
        lot_size: found.lot,
        freeze: found.freeze.filter(|most| found.lot.is_none_or(|lot| *most >= lot)),
        expiry: found.expiry.map(day_of),
        strike: found.strike,
    };
    let hold = list.hold(from, found.expiry);
    list.rows.contract.push(Row { hold, body: Contract(instrument) });
}

fn kind(
    exchange: Exchange,
    traded: &str,
    underlying: Option<&str>,
    is_index: bool,
) -> Option<Kind> {
    let on_index = underlying.is_some_and(|name| INDICES.contains(&name));
    match (exchange, traded) {
        (Exchange::Mcx, _) => match underlying? {
            name if name.starts_with("CRUDEOIL") => Some(Kind::CrudeOil),
            name if name.starts_with("GOLD") => Some(Kind::Gold),
            name if name.starts_with("SILVER") => Some(Kind::Silver),
            name if name.starts_with("NATURALGAS") || name.starts_with("NATGAS") => {
                Some(Kind::NaturalGas)
            }
            _ => None,
        },
        (Exchange::Nse | Exchange::Bse, "FUT") if on_index => Some(Kind::IndexFuture),
        (Exchange::Nse | Exchange::Bse, "FUT") => Some(Kind::StockFuture),
        (Exchange::Nse | Exchange::Bse, "CE" | "PE") if on_index => Some(Kind::IndexOption),
        (Exchange::Nse | Exchange::Bse, "CE" | "PE") => Some(Kind::StockOption),
        (Exchange::Nse | Exchange::Bse, _) if is_index => Some(Kind::Index),
        (Exchange::Nse | Exchange::Bse, _) => Some(Kind::Share),
    }
}

/// A quantity in whole units; a list that has parts of one says nothing that could be used.
fn whole(number: Price) -> Option<Quantity> {
    (number.0 % Quantity::whole(1).0 == 0).then_some(Quantity(number.0))
}

/// A number above zero; zero is how lists say that there is none.
fn positive(
    text: &str,
    field: &'static str,
    wrong: &mut Option<(&'static str, String)>,
) -> Option<Price> {
    let number: Result<Price, _> = text.parse();
    match number {
        Ok(number) if number > Price::ZERO => Some(number),
        Ok(number) if number == Price::ZERO => None,
        Ok(_) => {
            *wrong = Some((field, format!("`{text}` is below zero")));
            None
        }
        Err(error) => {
            *wrong = Some((field, format!("`{text}` is {error}")));
            None
        }
    }
}

/// Where a line begins.
pub(super) fn offset(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}
