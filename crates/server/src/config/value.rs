//! One value: read from what was written, checked against its key, written again.

use super::keys::Kind;
use super::problem::Fault;
use highmark_engine::Span;
use highmark_play::scenario::diagnostics::{any_of, suggestion};
use highmark_play::scenario::node::{Node, Value as Written};
use highmark_play::scenario::span_text;
use std::fmt;

/// A value that fits its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Whole(u64),
    Length(Span),
    Flag(bool),
    Text(String),
    List(Vec<String>),
}

/// What is wrong with a value and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub fault: Fault,
    pub message: String,
    pub hint: String,
}

fn wrong<T>(fault: Fault, message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { fault, message: message.into(), hint: hint.into() })
}

/// Reads what stands in a key of this kind.
pub(super) fn read(kind: Kind, node: &Node) -> Result<Value, Wrong> {
    match kind {
        Kind::Whole(low, high) => whole(node, low, high).map(Value::Whole),
        Kind::Percent(low, high) => percent(node, low, high).map(Value::Whole),
        Kind::Length(low, high) => length(node, low, high).map(Value::Length),
        Kind::Flag => flag(node).map(Value::Flag),
        Kind::Word(words) => word(node, words).map(Value::Text),
        Kind::Speed => speed(node),
        Kind::Text | Kind::Command | Kind::Path => text(node).map(Value::Text),
        Kind::Paths => paths(node).map(Value::List),
        Kind::Hosts => hosts(node).map(Value::List),
    }
}

/// Reads what a variable or a flag says, which has no quotes of TOML unless somebody put them there.
pub(super) fn plain(kind: Kind, said: &str, source: usize) -> Node {
    let at = highmark_play::scenario::Origin { source, start: 0, end: said.len() };
    let text = Node { at, value: Written::Text(said.to_owned()) };
    let is_toml = match kind {
        Kind::Whole(..) | Kind::Percent(..) | Kind::Flag | Kind::Speed => true,
        Kind::Length(..) | Kind::Word(_) => said.starts_with(['"', '\'']),
        Kind::Text | Kind::Command | Kind::Path => said.starts_with(['"', '\'']),
        Kind::Paths | Kind::Hosts => said.starts_with('['),
    };
    let mut node = text.clone();
    if is_toml
        && let Ok(document) = Node::document(&format!("value = {said}"), source)
        && let Some(value) = document.get("value")
    {
        node = value.clone();
    }
    // One path, or one name, is a list of one.
    if matches!(kind, Kind::Paths | Kind::Hosts) && node.text().is_some() {
        node = Node { at, value: Written::List(vec![text]) };
    }
    Node { at, ..node }
}

fn whole(node: &Node, low: u64, high: u64) -> Result<u64, Wrong> {
    let range = format!("write a whole number from {low} to {high}");
    match &node.value {
        Written::Integer(digits) => within(digits, low, high),
        Written::Float(digits) => {
            wrong(Fault::Type, format!("{digits} is not a whole number"), range)
        }
        Written::Text(text) => in_quotes(text, range),
        Written::Flag(_) | Written::Moment(_) | Written::List(_) | Written::Table(_) => {
            wrong(Fault::Type, format!("expected a number, found {}", node.what()), range)
        }
    }
}

/// A number in quotes: with the unit that its name has, or only quoted.
fn in_quotes<T>(text: &str, range: String) -> Result<T, Wrong> {
    let unit = text.trim().trim_start_matches(|c: char| c.is_ascii_digit() || ".-+_ ".contains(c));
    let number = text.trim().strip_suffix(unit).unwrap_or("").trim();
    if number.is_empty() {
        return wrong(Fault::Type, "expected a number, found text", range);
    }
    if unit.is_empty() {
        return wrong(
            Fault::Type,
            "expected a number, found text",
            format!("write {number}, without quotes"),
        );
    }
    let hint = format!("the name of the key says the unit: write {number}, without quotes");
    wrong(Fault::Unit, format!("`{unit}` has no place here"), hint)
}

fn within(digits: &str, low: u64, high: u64) -> Result<u64, Wrong> {
    let range = format!("write a whole number from {low} to {high}");
    let number: i128 = match digits.parse() {
        Ok(number) => number,
        Err(_) => return wrong(Fault::Range, format!("{digits} is out of range"), range),
    };
    if number < 0 {
        return wrong(Fault::Negative, format!("{number} is negative"), range);
    }
    match u64::try_from(number) {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        Ok(_) | Err(_) => wrong(Fault::Range, format!("{number} is out of range"), range),
    }
}

fn percent(node: &Node, low: u64, high: u64) -> Result<u64, Wrong> {
    let Written::Float(digits) = &node.value else { return whole(node, low, high) };
    let share: f64 = digits.parse().unwrap_or(f64::NAN);
    if share > 0.0 && share < 1.0 {
        let hint = format!("the unit is per cent: write {:.0} if that is meant", share * 100.0);
        return wrong(Fault::Fraction, format!("{digits} is a fraction"), hint);
    }
    if share == 1.0 {
        let hint = "the unit is per cent: write 1, or 100 for the whole";
        return wrong(Fault::Fraction, format!("{digits} could be either"), hint);
    }
    whole(node, low, high)
}

fn length(node: &Node, low: &str, high: &str) -> Result<Span, Wrong> {
    let range = format!(
        "write a length of time from \"{low}\" to \"{high}\", such as \"90s\" or \"1h30m\""
    );
    let text = match &node.value {
        Written::Text(text) => text,
        Written::Integer(digits) | Written::Float(digits) => {
            let hint = format!("{digits} what? write \"{digits}s\" or \"{digits}m\"");
            return wrong(Fault::Unit, "a length of time without its unit", hint);
        }
        Written::Flag(_) | Written::Moment(_) | Written::List(_) | Written::Table(_) => {
            let message = format!("expected a length of time, found {}", node.what());
            return wrong(Fault::Type, message, range);
        }
    };
    if text.trim_start().starts_with('-') {
        return wrong(Fault::Negative, format!("`{text}` is negative"), range);
    }
    if !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        let hint = format!("{text} what? write \"{text}s\" or \"{text}m\"");
        return wrong(Fault::Unit, "a length of time without its unit", hint);
    }
    let Some(span) = span_text(text) else {
        return wrong(Fault::Type, format!("`{text}` is not a length of time"), range);
    };
    let (shortest, longest) = (span_text(low), span_text(high));
    if shortest.is_some_and(|low| span < low) || longest.is_some_and(|high| span > high) {
        return wrong(Fault::Range, format!("{text} is out of range"), range);
    }
    Ok(span)
}

fn flag(node: &Node) -> Result<bool, Wrong> {
    if let Written::Flag(flag) = node.value {
        return Ok(flag);
    }
    let message = format!("expected true or false, found {}", node.what());
    wrong(Fault::Type, message, "write true or false, without quotes")
}

fn word(node: &Node, words: &[&str]) -> Result<String, Wrong> {
    let choose = format!("choose {}", any_of(words.iter().copied()));
    let Some(said) = node.text() else {
        return wrong(Fault::Type, format!("expected a word, found {}", node.what()), choose);
    };
    if words.contains(&said) {
        return Ok(said.to_owned());
    }
    let hint = match suggestion(said, words.iter().copied()) {
        Some(close) => format!("did you mean \"{close}\"?"),
        None => choose,
    };
    wrong(Fault::Choice, format!("\"{said}\" is not known here"), hint)
}

const SPEED: &str = "write \"max\", or a whole number from 1 to 100000";

fn speed(node: &Node) -> Result<Value, Wrong> {
    match &node.value {
        Written::Text(text) if text == "max" => Ok(Value::Text(text.clone())),
        Written::Text(text) => wrong(Fault::Choice, format!("\"{text}\" is no speed"), SPEED),
        Written::Integer(digits) => within(digits, 1, 100_000)
            .map(Value::Whole)
            .map_err(|wrong| Wrong { hint: SPEED.into(), ..wrong }),
        Written::Float(_)
        | Written::Flag(_)
        | Written::Moment(_)
        | Written::List(_)
        | Written::Table(_) => {
            wrong(Fault::Type, format!("expected a speed, found {}", node.what()), SPEED)
        }
    }
}

fn text(node: &Node) -> Result<String, Wrong> {
    let hint = "put it in double quotes";
    let Some(text) = node.text() else {
        return wrong(Fault::Type, format!("expected text, found {}", node.what()), hint);
    };
    if text.contains(['\0', '\n', '\r']) {
        return wrong(Fault::Type, "there is a line break or a zero in it", "write it on one line");
    }
    Ok(text.to_owned())
}

fn paths(node: &Node) -> Result<Vec<String>, Wrong> {
    let hint = "write [\"one.csv\", \"two.csv\"]";
    let Written::List(nodes) = &node.value else {
        return wrong(Fault::Type, format!("expected a list, found {}", node.what()), hint);
    };
    let paths = nodes.iter().map(|node| match text(node) {
        Ok(path) if path.is_empty() => wrong(Fault::Type, "an empty path", hint),
        Ok(path) => Ok(path),
        Err(one) => Err(Wrong { hint: hint.into(), ..one }),
    });
    paths.collect()
}

fn hosts(node: &Node) -> Result<Vec<String>, Wrong> {
    const MOST: usize = 32;
    let hint = "write names without ports: [\"desk.example.org\"]";
    let Written::List(nodes) = &node.value else {
        return wrong(Fault::Type, format!("expected a list, found {}", node.what()), hint);
    };
    if nodes.len() > MOST {
        return wrong(Fault::Range, format!("more than {MOST} names"), hint);
    }
    let names = nodes.iter().map(|node| match text(node) {
        Ok(name) if is_host(&name) => Ok(name.to_ascii_lowercase()),
        Ok(name) => wrong(Fault::Type, format!("`{name}` is no name of a host"), hint),
        Err(one) => Err(Wrong { hint: hint.into(), ..one }),
    });
    names.collect()
}

/// Labels of letters, digits and hyphens with dots between, which an IPv4 address is too.
pub(crate) fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

impl fmt::Display for Value {
    /// As it would stand in a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Whole(number) => write!(f, "{number}"),
            Value::Length(span) => write!(f, "\"{}\"", span_words(*span)),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Text(text) => f.write_str(&quoted(text)),
            Value::List(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                write!(f, "[{}]", texts.join(", "))
            }
        }
    }
}

/// A value of the table of keys, as JSON.
pub(super) fn as_json(written: &str) -> serde_json::Value {
    let table: Option<toml::Table> = toml::from_str(&format!("value = {written}")).ok();
    let value = table.and_then(|table| table.get("value").cloned());
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default()
}

impl Value {
    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        as_json(&self.to_string())
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `1h30m`: the largest units that say it exactly.
fn span_words(span: Span) -> String {
    const UNITS: [(&str, i64); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let mut rest = span.0;
    let mut words = String::new();
    for (unit, length) in UNITS {
        if rest >= length {
            words.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if words.is_empty() { "0s".into() } else { words }
}
