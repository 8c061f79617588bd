//! The forms in which signals come: TradingView's messages as JSON or text, Chartink's scans, Amibroker's queries.
//!
//! Names of fields are those that people use for TradingView's placeholders. A field that nobody knows is let be:
//! messages carry more than is meant for us.

use super::signal::{Odd, Signal, Wish, Word, odd};
use super::{ScanMeans, Terms};
use highmark_engine::Quantity;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Symbols of one signal.
const MOST_SYMBOLS: usize = 100;
/// Letters of a symbol, an id, a number.
const LONGEST: usize = 128;

/// What stands in a signal, by name.
type Fields = Vec<(String, String)>;

/// Reads a message: JSON if it is JSON, a form if it looks like one, or words.
pub(in crate::api) fn message(text: &str) -> Result<Signal, Odd> {
    let text = text.trim();
    if text.starts_with('{') {
        return asked(&of_json(&object(text)?));
    }
    if let Some(signal) = filled(text) {
        return signal;
    }
    if !text.contains(char::is_whitespace) && text.contains('=') {
        return asked(&of_form(text)?);
    }
    asked(&of_words(text)?)
}

/// Reads a query or a form.
pub(in crate::api) fn form(text: &str) -> Result<Signal, Odd> {
    asked(&of_form(text.trim())?)
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
            wishes.push(Wish { word, symbol, quantity: None });
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
fn filled(text: &str) -> Option<Result<Signal, Odd>> {
    let (_, order) = text.rsplit_once("order ")?;
    let (action, rest) = order.split_once(" @ ")?;
    let (quantity, rest) = rest.split_once(" filled on ")?;
    let (symbol, position) = rest.split_once(". New strategy position is ")?;
    let position = position.trim().trim_end_matches('.');
    let position = match position.strip_prefix('-') {
        Some(_) => "short",
        None if position.bytes().all(|byte| byte == b'0' || byte == b'.') => "flat",
        None => "long",
    };
    let pairs = [
        ("action", action),
        ("quantity", quantity),
        ("symbol", symbol),
        ("market_position", position),
    ];
    Some(asked(&pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).to_vec()))
}

fn asked(fields: &Fields) -> Result<Signal, Odd> {
    let action = one(fields, "action", &["action", "side", "signal", "transaction_type"])?;
    let position = one(fields, "market_position", &["market_position", "position"])?;
    let symbol = one(fields, "symbol", &["symbol", "ticker", "tradingsymbol"])?;
    let quantity = one(fields, "quantity", &["quantity", "qty", "contracts"])?;
    let id = one(fields, "id", &["id", "alert_id"])?;
    let word = match (action.map(|text| Word::of(&text)), position) {
        (None, None) => return odd("action", "it does not say what to do"),
        (Some(None), _) => return odd("action", "it is none of buy, sell, exit, exit_all"),
        (Some(Some(word)), None) => word,
        (action, Some(position)) => match (action.flatten(), Word::of(&position)) {
            (_, Some(Word::Exit)) => Word::Exit,
            (None | Some(Word::Buy), Some(Word::Buy)) => Word::Buy,
            (None | Some(Word::Sell), Some(Word::Sell)) => Word::Sell,
            (_, Some(_)) => {
                return odd("market_position", "a position that is made smaller is not followed");
            }
            (_, None) => return odd("market_position", "it is none of long, short, flat"),
        },
    };
    let quantity = match quantity {
        None => None,
        Some(text) => match digits(&text).and_then(|text| text.parse::<Quantity>().ok()) {
            Some(quantity) if quantity > Quantity(0) => Some(quantity),
            _ => return odd("quantity", "it is no number above zero in digits"),
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
    Ok(Signal { id, wishes: vec![Wish { word, symbol, quantity }] })
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

    fn wish(word: Word, symbol: &str, quantity: &str) -> Wish {
        let quantity = (!quantity.is_empty()).then(|| quantity.parse().unwrap());
        Wish { word, symbol: (!symbol.is_empty()).then(|| symbol.to_owned()), quantity }
    }

    #[test]
    fn a_message_of_tradingview_is_read_in_each_of_its_forms() {
        let said = |text: &str| message(text).unwrap().wishes.remove(0);
        let placeholders = r#"{"action":"buy","ticker":"NSE:NIFTY","contracts":75,"price":26012.35,"market_position":"long","id":"7","time":"2026-11-20T09:15:00Z"}"#;
        assert_eq!(said(placeholders), wish(Word::Buy, "NSE:NIFTY", "75"));
        assert_eq!(message(placeholders).unwrap().id.as_deref(), Some("7"));
        let flat = r#"{"action":"sell","ticker":"NIFTY","contracts":75,"market_position":"flat"}"#;
        assert_eq!(said(flat), wish(Word::Exit, "NIFTY", "75"));
        assert_eq!(said(r#"{"side":"SELL","symbol":"SBIN"}"#), wish(Word::Sell, "SBIN", ""));
        assert_eq!(said("buy NIFTY 75"), wish(Word::Buy, "NIFTY", "75"));
        assert_eq!(said(" exit NIFTY\n"), wish(Word::Exit, "NIFTY", ""));
        assert_eq!(said("exit_all"), wish(Word::ExitAll, "", ""));
        assert_eq!(message("buy NIFTY id=a7").unwrap().id.as_deref(), Some("a7"));
        let own = "MACD (12, 26): order sell @ 75 filled on NIFTY. New strategy position is 0";
        assert_eq!(said(own), wish(Word::Exit, "NIFTY", "75"));
        let own = "MACD: order buy @ 75 filled on NIFTY. New strategy position is 75";
        assert_eq!(said(own), wish(Word::Buy, "NIFTY", "75"));
        let own = "MACD: order sell @ 75 filled on NIFTY. New strategy position is -75";
        assert_eq!(said(own), wish(Word::Sell, "NIFTY", "75"));
    }

    #[test]
    fn a_query_of_amibroker_is_read() {
        let said = |text: &str| form(text).unwrap().wishes.remove(0);
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
            assert_eq!(message(text).unwrap_err().field, field, "{text}");
        }
        let secret = message(r#"{"passphrase":"sesame","action":"sesame","symbol":"X"}"#);
        assert!(!secret.unwrap_err().why.contains("sesame"));
    }
}
