//! The forms in which signals come: TradingView's messages as JSON or text, Chartink's scans, Amibroker's queries.
//!
//! Names of fields are those that people use for TradingView's placeholders. A field that nobody knows is let be:
//! messages carry more than is meant for us.

use super::signal::{Odd, Signal, Wish, Word, odd};
use super::{Does, ScanMeans, Terms};
use highmark_engine::Quantity;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Symbols of one signal.
const MOST_SYMBOLS: usize = 100;
/// Letters of a symbol, an id, a number.
const LONGEST: usize = 128;

/// Names of the fields that are numbers.
const QUANTITY: &[&str] = &["quantity", "qty", "contracts"];
const SIZE: &[&str] = &["market_position_size", "position_size"];

/// What stands in a signal, by name.
type Fields = Vec<(String, String)>;

/// Reads a message: JSON if it is JSON, a form if it looks like one, or words.
pub(in crate::api) fn message(text: &str, terms: &Terms) -> Result<Signal, Odd> {
    let text = text.trim();
    if text.starts_with('{') {
        return asked(&of_json(&object(text)?), terms);
    }
    if let Some(fields) = filled(text) {
        return asked(&fields, terms);
    }
    if !text.contains(char::is_whitespace) && text.contains('=') {
        return asked(&of_form(text)?, terms);
    }
    asked(&of_words(text)?, terms)
}

/// Reads a query or a form.
pub(in crate::api) fn form(text: &str, terms: &Terms) -> Result<Signal, Odd> {
    asked(&of_form(text.trim())?, terms)
}

/// Reads a scan of Chartink: symbols with commas between, and what it stands for is the hook's to say.
pub(in crate::api) fn scan(text: &str, terms: &Terms) -> Result<Signal, Odd> {
    let fields = object(text.trim())?;
    let list = |name: &'static str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split(',').map(str::trim).collect::<Vec<_>>())),
        Some(_) => odd(name, "it is a text with commas between"),
    };
    let Some(stocks) = list("stocks")? else { return odd("stocks", "it names no symbol") };
    if let Some(prices) = list("trigger_prices")?
        && prices.len() != stocks.len()
    {
        let why = format!("{} prices for {} symbols", prices.len(), stocks.len());
        return odd("trigger_prices", why);
    }
    if stocks.len() > MOST_SYMBOLS {
        return odd("stocks", format!("more than {MOST_SYMBOLS} symbols"));
    }
    let word = match terms.scan {
        ScanMeans::Buy => Word::Buy,
        ScanMeans::Sell => Word::Sell,
        ScanMeans::Exit => Word::Exit,
    };
    let mut wishes: Vec<Wish> = Vec::new();
    for stock in stocks {
        let symbol = Some(plain("stocks", stock)?);
        if !wishes.iter().any(|wish| wish.symbol == symbol) {
            wishes.push(Wish::new((word, None), symbol, terms));
        }
    }
    Ok(Signal { id: None, wishes })
}

fn object(text: &str) -> Result<Map<String, Value>, Odd> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => odd("", "it is no object"),
        // What serde says may repeat what was sent.
        Err(error) => {
            odd("", format!("it is no JSON at line {}, column {}", error.line(), error.column()))
        }
    }
}

fn of_json(fields: &Map<String, Value>) -> Fields {
    let plain = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((name.to_ascii_lowercase(), text))
    });
    plain.collect()
}

fn of_form(text: &str) -> Result<Fields, Odd> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned());
        decoded.or_else(|_| odd("", "it is no UTF-8"))
    };
    let mut fields = Fields::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.push((decoded(name)?.to_ascii_lowercase(), decoded(value)?));
    }
    Ok(fields)
}

/// `buy NIFTY 75`, `exit NIFTY`, `exit_all`; `id=...` may follow, and any other field so.
fn of_words(text: &str) -> Result<Fields, Odd> {
    let mut fields = Fields::new();
    let mut places = ["action", "symbol", "quantity"].into_iter();
    for word in text.split_whitespace() {
        match word.split_once('=') {
            Some((name, value)) => fields.push((name.to_ascii_lowercase(), value.to_owned())),
            None => match places.next() {
                Some(name) => fields.push((name.to_owned(), word.to_owned())),
                None => return odd("", "it is neither JSON nor `buy SYMBOL QUANTITY`"),
            },
        }
    }
    Ok(fields)
}

/// TradingView's own message of a strategy: `order sell @ 75 filled on NIFTY. New strategy position is 0`.
fn filled(text: &str) -> Option<Fields> {
    let (_, order) = text.rsplit_once("order ")?;
    let (action, rest) = order.split_once(" @ ")?;
    let (quantity, rest) = rest.split_once(" filled on ")?;
    let (symbol, position) = rest.split_once(". New strategy position is ")?;
    let size = position.trim().trim_end_matches('.');
    let position = match size.strip_prefix('-') {
        Some(_) => "short",
        None if size.bytes().all(|byte| byte == b'0' || byte == b'.') => "flat",
        None => "long",
    };
    let pairs = [
        ("action", action),
        ("quantity", quantity),
        ("symbol", symbol),
        ("market_position", position),
        ("market_position_size", size),
    ];
    Some(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).to_vec())
}

fn asked(fields: &Fields, terms: &Terms) -> Result<Signal, Odd> {
    let action = one(fields, "action", &["action", "side", "signal", "transaction_type"])?;
    let position = one(fields, "market_position", &["market_position", "position"])?;
    let symbol = one(fields, "symbol", &["symbol", "ticker", "tradingsymbol"])?;
    let id = one(fields, "id", &["id", "alert_id"])?;
    let (word, held) = match (action.as_deref().map(Word::of), position.as_deref()) {
        (None, None) => return odd("action", "it does not say what to do"),
        (Some(None), _) => return odd("action", "it is none of buy, sell, exit, exit_all"),
        (Some(Some(word)), None) => (word, action.as_deref().and_then(Word::held)),
        (action, Some(position)) => match (action.flatten(), Word::of(position)) {
            (_, Some(Word::Exit)) => (Word::Exit, None),
            (None | Some(Word::Buy), Some(Word::Buy)) => (Word::Buy, None),
            (None | Some(Word::Sell), Some(Word::Sell)) => (Word::Sell, None),
            (_, Some(_)) => {
                return odd("market_position", "a position that is made smaller is not followed");
            }
            (_, None) => return odd("market_position", "it is none of long, short, flat"),
        },
    };
    let symbol = match (word, symbol) {
        (Word::ExitAll, _) => None,
        (Word::Buy | Word::Sell | Word::Exit, Some(symbol)) => Some(plain("symbol", &symbol)?),
        (Word::Buy | Word::Sell | Word::Exit, None) => {
            return odd("symbol", "it names no symbol");
        }
    };
    let id = id.map(|id| plain("id", &id)).transpose()?;
    let mut wish = Wish::new((word, held), symbol, terms);
    let exits = terms.does(word) == Does::Exit;
    wish.turns_round = position.is_some() && word != Word::Exit;
    // Whoever is to be flat, or on the other side, leaves with all.
    let is_all = word == Word::ExitAll || exits && position.is_some();
    wish.quantity = match (exits, is_all) {
        (_, true) => None,
        // Nothing keeps an exit from being done: what cannot be read is all.
        (true, false) => number(fields, "quantity", QUANTITY).unwrap_or(None),
        (false, false) => entered(fields)?,
    };
    Ok(Signal { id, wishes: vec![wish] })
}

/// How much is asked for. One order turns a position round, so it is no more than the position that it leads to.
fn entered(fields: &Fields) -> Result<Option<Quantity>, Odd> {
    let quantity = number(fields, "quantity", QUANTITY)?;
    let size = number(fields, "market_position_size", SIZE)?;
    Ok(quantity.map(|quantity| size.map_or(quantity, |size| quantity.min(size))))
}

fn number(fields: &Fields, field: &'static str, names: &[&str]) -> Result<Option<Quantity>, Odd> {
    let Some(text) = one(fields, field, names)? else { return Ok(None) };
    // The side of a position is said apart from its size.
    let text = match field {
        "market_position_size" => text.trim_start_matches('-'),
        _ => &text,
    };
    match digits(text).and_then(|text| text.parse::<Quantity>().ok()) {
        Some(quantity) if quantity > Quantity(0) => Ok(Some(quantity)),
        _ => odd(field, "it is no number above zero in digits"),
    }
}

/// The field of one of these names; two that say otherwise are none.
fn one(fields: &Fields, field: &'static str, names: &[&str]) -> Result<Option<String>, Odd> {
    let mut found: Option<&str> = None;
    for (name, value) in fields.iter().filter(|(name, _)| names.contains(&name.as_str())) {
        if found.is_some_and(|before| before != value) {
            return odd(field, format!("`{name}` says something else than another field"));
        }
        found = Some(value);
    }
    Ok(found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn digits(text: &str) -> Option<&str> {
    let fits = text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    fits.then_some(text)
}

/// A name that can stand in the record.
fn plain(field: &'static str, text: &str) -> Result<String, Odd> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return odd(field, format!("it is empty, longer than {LONGEST} bytes, or not plain"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::hooks::{Source, some};
    use highmark_engine::Side;

    /// A wish of a hook that opens on both sides, unless a test says otherwise.
    fn wish(word: Word, symbol: &str, quantity: &str) -> Wish {
        let quantity = (!quantity.is_empty()).then(|| quantity.parse().unwrap());
        let symbol = (!symbol.is_empty()).then(|| symbol.to_owned());
        Wish { quantity, ..Wish::new((word, None), symbol, &both()) }
    }

    fn both() -> Terms {
        Terms { sell: Does::Open, ..some(Source::Tradingview) }
    }

    fn said(text: &str) -> Wish {
        message(text, &both()).unwrap().wishes.remove(0)
    }

    #[test]
    fn a_message_of_tradingview_is_read_in_each_of_its_forms() {
        let turned =
            |word, quantity: &str| Wish { turns_round: true, ..wish(word, "NIFTY", quantity) };
        let placeholders = r#"{"action":"buy","ticker":"NIFTY","contracts":75,"price":26012.35,"market_position":"long","id":"7","time":"2026-11-20T09:15:00Z"}"#;
        assert_eq!(said(placeholders), turned(Word::Buy, "75"));
        assert_eq!(message(placeholders, &both()).unwrap().id.as_deref(), Some("7"));
        let flat = r#"{"action":"sell","ticker":"NIFTY","contracts":75,"market_position":"flat"}"#;
        assert_eq!(said(flat), wish(Word::Exit, "NIFTY", ""), "flat is all");
        assert_eq!(said(r#"{"side":"SELL","symbol":"SBIN"}"#), wish(Word::Sell, "SBIN", ""));
        assert_eq!(said("buy NIFTY 75"), wish(Word::Buy, "NIFTY", "75"));
        assert_eq!(said(" exit NIFTY\n"), wish(Word::Exit, "NIFTY", ""));
        assert_eq!(said("exit_all"), wish(Word::ExitAll, "", ""));
        assert_eq!(message("buy NIFTY id=a7", &both()).unwrap().id.as_deref(), Some("a7"));
        let own = "MACD (12, 26): order sell @ 75 filled on NIFTY. New strategy position is 0";
        assert_eq!(said(own), wish(Word::Exit, "NIFTY", ""));
        let own = "MACD: order buy @ 75 filled on NIFTY. New strategy position is 75";
        assert_eq!(said(own), turned(Word::Buy, "75"));
        let own = "MACD: order sell @ 75 filled on NIFTY. New strategy position is -75";
        assert_eq!(said(own), turned(Word::Sell, "75"));
    }

    /// It entered the order, which closes one position and opens another.
    #[test]
    fn what_turns_round_enters_no_more_than_its_position() {
        let quantity = |text: &str| said(text).quantity.unwrap().to_string();
        let own = |order, to| {
            format!("RSI: order {order} filled on NIFTY. New strategy position is {to}")
        };
        assert_eq!(quantity(&own("buy @ 150", "75")), "75");
        assert_eq!(quantity(&own("sell @ 150", "-75")), "75");
        assert_eq!(quantity(&own("buy @ 75", "150")), "75", "one more of the same side");
        let json = r#"{"action":"sell","ticker":"X","contracts":150,"market_position":"short","market_position_size":75}"#;
        assert_eq!(quantity(json), "75");
        let odd = message("buy X 5 market_position=long position_size=x", &both()).unwrap_err();
        assert_eq!(odd.field, "market_position_size");
    }

    /// All of these exited everything of the symbol, or nothing when their quantity was odd.
    #[test]
    fn an_exit_says_its_side_and_is_not_refused_for_its_quantity() {
        let of = |text: &str| (said(text).held, said(text).quantity.map(|some| some.to_string()));
        let (long, short) = (Some(Side::Buy), Some(Side::Sell));
        assert_eq!(of("exit_long X"), (long, None));
        assert_eq!(of("COVER X 30"), (short, Some("30".into())));
        assert_eq!(of("exit_short X"), (short, None));
        for odd in ["exit X 0", "exit X 1,500", "exit X -3", "exit X quantity=1 qty=2"] {
            assert_eq!(of(odd), (None, None), "{odd}");
        }
        let sell = |terms: &Terms| message("sell X 1,500", terms).map(|mut it| it.wishes.remove(0));
        let exits = sell(&some(Source::Tradingview)).unwrap();
        assert_eq!((exits.held, exits.quantity), (long, None));
        let turned = "RSI: order sell @ 150 filled on X. New strategy position is -75";
        let turned = message(turned, &some(Source::Tradingview)).unwrap().wishes.remove(0);
        assert_eq!((turned.held, turned.quantity), (long, None), "it is long no more");
        assert_eq!(sell(&both()).unwrap_err().field, "quantity");
    }

    #[test]
    fn a_query_of_amibroker_is_read() {
        let said = |text: &str| form(text, &both()).unwrap().wishes.remove(0);
        assert_eq!(said("symbol=NIFTY-I&action=BUY&qty=75"), wish(Word::Buy, "NIFTY-I", "75"));
        assert_eq!(said("symbol=M%26M&action=exit&x=1"), wish(Word::Exit, "M&M", ""));
        assert_eq!(said("symbol=BANK+NIFTY&side=short"), wish(Word::Sell, "BANK NIFTY", ""));
    }

    /// As Chartink's help shows it, its own address among the fields.
    #[test]
    fn a_scan_of_chartink_names_many_symbols() {
        let text = r#"{"stocks":"SEPOWER,ASTEC, EDUCOMP,ASTEC","trigger_prices":"3.75,541.8,2.1,541.8","triggered_at":"2:34 pm","scan_name":"Short term breakouts","scan_url":"short-term-breakouts","alert_name":"Alert for Short term breakouts","webhook_url":"https://desk.example.org/hooks/hmh_0"}"#;
        let signal = scan(text, &some(Source::Chartink)).unwrap();
        let symbols = ["SEPOWER", "ASTEC", "EDUCOMP"].map(|symbol| wish(Word::Buy, symbol, ""));
        assert_eq!(signal.wishes, symbols);
        let mut exits = some(Source::Chartink);
        exits.scan = ScanMeans::Exit;
        assert_eq!(scan(text, &exits).unwrap().wishes[0], wish(Word::Exit, "SEPOWER", ""));
        for (text, field) in [
            ("{}", "stocks"),
            (r#"{"stocks":""}"#, "stocks"),
            (r#"{"stocks":7}"#, "stocks"),
            (r#"{"stocks":"A,B","trigger_prices":"1"}"#, "trigger_prices"),
            ("stocks=A", ""),
        ] {
            assert_eq!(scan(text, &exits).unwrap_err().field, field, "{text}");
        }
        let many = format!("{{\"stocks\":\"{}\"}}", vec!["A"; MOST_SYMBOLS + 1].join(","));
        assert!(scan(&many, &exits).unwrap_err().why.contains("more than 100"));
    }

    #[test]
    fn what_is_odd_is_named_and_never_repeated() {
        for (text, field) in [
            ("", "action"),
            ("hello", "action"),
            ("buy", "symbol"),
            ("buy NIFTY 75 now please", ""),
            ("buy NIFTY -75", "quantity"),
            ("buy NIFTY 1e3", "quantity"),
            ("buy NIFTY 0", "quantity"),
            (r#"{"action":"buy","symbol":"NIFTY","quantity":1e30}"#, "quantity"),
            (r#"{"action":"buy","symbol":"NIFTY","quantity":"٣"}"#, "quantity"),
            (r#"{"action":"buy","side":"sell","symbol":"NIFTY"}"#, "action"),
            (r#"{"action":"buy","symbol":"NIFTY","market_position":"short"}"#, "market_position"),
            (r#"{"action":"sell","symbol":"NIFTY","market_position":"long"}"#, "market_position"),
            (r#"{"action":"release","symbol":"NIFTY"}"#, "action"),
            (r#"{"action":"buy","symbol":"A\u0000B"}"#, "symbol"),
            (r#"{"action":"buy","symbol":"NIFTY""#, ""),
            (r#"{"symbol":"NIFTY"}"#, "action"),
            ("[1]", "action"),
        ] {
            assert_eq!(message(text, &both()).unwrap_err().field, field, "{text}");
        }
        let secret = r#"{"passphrase":"sesame","action":"sesame","symbol":"X"}"#;
        let secret = message(secret, &both());
        assert!(!secret.unwrap_err().why.contains("sesame"));
    }
}
