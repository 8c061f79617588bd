//! The words and numbers of a row: read exactly, or refused with what to write.

use super::fields::{Read, Wrong};
use highmark_engine::{Money, ParseError, Price, Quantity};
use jiff::civil::{Date, Time, Weekday};
use toml::de::DeValue;

pub(crate) fn text(value: &DeValue<'_>) -> Read<String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => {
            Ok(text.trim().to_owned())
        }
        Some(_) => Err(Wrong("this is empty or has control characters".into(), "write a word")),
        None => Err(Wrong(format!("expected text, found {}", what(value)), "put it in quotes")),
    }
}

pub(crate) fn flag(value: &DeValue<'_>) -> Read<bool> {
    let wrong = || Wrong(format!("expected true or false, found {}", what(value)), "write true");
    value.as_bool().ok_or_else(wrong)
}

pub(crate) fn date(value: &DeValue<'_>) -> Read<Date> {
    let hint = "write 2026-08-03";
    let written = match value {
        DeValue::Datetime(written) => written.to_string(),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => number_text(value, hint)?,
    };
    let date: Result<Date, _> = written.parse();
    date.ok()
        .filter(|date| written.len() == 10 && (1990..=2199).contains(&date.year()))
        .ok_or_else(|| Wrong(format!("`{written}` is not a day from 1990 on"), hint))
}

pub(crate) fn time(value: &DeValue<'_>) -> Read<Time> {
    let hint = "write \"09:15\"";
    let written = match value {
        DeValue::Datetime(written) => written.to_string(),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => text(value)?,
    };
    let time: Result<Time, _> = written.parse();
    time.ok()
        .filter(|_| written.contains(':') && (written.len() == 5 || written.len() == 8))
        .ok_or_else(|| Wrong(format!("`{written}` is not a time of day"), hint))
}

pub(crate) fn price(value: &DeValue<'_>) -> Read<Price> {
    let hint = "write \"0.05\"";
    let written = number_text(value, hint)?;
    let price: Result<Price, _> = written.parse();
    match price {
        Ok(price) if price > Price::ZERO => Ok(price),
        Ok(_) => Err(Wrong(format!("`{written}` is not above zero"), hint)),
        Err(error) => Err(Wrong(number_wrong(&written, error), hint)),
    }
}

/// Zero is an amount.
pub(crate) fn money(value: &DeValue<'_>) -> Read<Money> {
    let hint = "write \"20\" or \"15.34\"";
    let written = number_text(value, hint)?;
    let money: Result<Money, _> = written.parse();
    match money {
        Ok(money) if (Money::ZERO..=Money::rupees(1_000_000_000)).contains(&money) => Ok(money),
        Ok(_) => Err(Wrong(format!("`{written}` is not an amount up to 1e9"), hint)),
        Err(error) => Err(Wrong(number_wrong(&written, error), hint)),
    }
}

/// A whole quantity above zero, at most 1e9.
pub(crate) fn quantity(value: &DeValue<'_>) -> Read<Quantity> {
    let hint = "write 65";
    let written = number_text(value, hint)?;
    let number: Result<i64, _> = written.parse();
    match number {
        Ok(number) if (1..=1_000_000_000).contains(&number) => Ok(Quantity::whole(number)),
        Ok(_) | Err(_) => {
            Err(Wrong(format!("`{written}` is not a whole number from 1 to 1000000000"), hint))
        }
    }
}

/// A whole number of minutes, at most a day.
pub(crate) fn minutes(value: &DeValue<'_>) -> Read<i64> {
    let hint = "write 25";
    let written = number_text(value, hint)?;
    let minutes: Option<i64> = written.parse().ok().filter(|minutes| (0..1_440).contains(minutes));
    minutes.ok_or_else(|| Wrong(format!("`{written}` is not a number of minutes"), hint))
}

pub(crate) fn years(value: &DeValue<'_>) -> Read<Vec<i16>> {
    let hint = "write [2026, 2027]";
    list(value, hint, |one| {
        let written = number_text(one, hint)?;
        let year: Option<i16> = written.parse().ok().filter(|year| (1990..2200).contains(year));
        year.ok_or_else(|| Wrong(format!("`{written}` is not a year"), hint))
    })
}

/// A percentage as parts per billion: `"0.03553%"` is 355,300; at most 400 %, in steps of 0.0000001 %.
pub(crate) fn share(value: &DeValue<'_>) -> Read<u32> {
    let hint = "write \"0.15%\", with at most 7 decimals";
    let written = text(value)?;
    let wrong = |why: &str| Wrong(format!("`{written}` {why}"), hint);
    let percent = written.strip_suffix('%').ok_or_else(|| wrong("is not a percentage"))?;
    let percent: Price =
        percent.trim().parse().map_err(|error| Wrong(number_wrong(&written, error), hint))?;
    if percent < Price::ZERO || percent > Price::whole(400) {
        return Err(wrong("is not from 0% to 400%"));
    }
    if percent.0 % 10 != 0 {
        return Err(wrong("has more decimals than can be held exactly"));
    }
    u32::try_from(percent.0 / 10).map_err(|_| wrong("is too large"))
}

pub(crate) fn weekday(value: &DeValue<'_>) -> Read<Weekday> {
    const DAYS: &[(&str, Weekday)] = &[
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
    ];
    word(DAYS)(value)
}

/// One of the words.
pub(crate) fn word<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Read<T> {
    move |value| {
        let written = text(value)?;
        let found = words.iter().find(|(name, _)| *name == written);
        found.map(|(_, one)| *one).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            let message = format!("\"{written}\" is none of {}", names.join(", "));
            Wrong(message, "write one of these words")
        })
    }
}

/// A list of words, or one alone.
pub(crate) fn words<T: Copy>(
    known: &'static [(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Read<Vec<T>> {
    move |value| match value.as_str() {
        Some(_) => Ok(vec![word(known)(value)?]),
        None => list(value, "write a list of words: [\"nse\", \"bse\"]", word(known)),
    }
}

/// A list of names, or one alone.
pub(crate) fn names(value: &DeValue<'_>) -> Read<Vec<String>> {
    match value.as_str() {
        Some(_) => Ok(vec![text(value)?]),
        None => list(value, "write a list of names: [\"nse_fo\", \"bse_fo\"]", text),
    }
}

/// Every item of a list that is not empty.
pub(crate) fn list<T>(
    value: &DeValue<'_>,
    hint: &'static str,
    read: impl Fn(&DeValue<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    match value.as_array() {
        Some(items) if !items.is_empty() => items.iter().map(|item| read(item.get_ref())).collect(),
        Some(_) => Err(Wrong("this list is empty".into(), hint)),
        None => Err(Wrong(format!("expected a list, found {}", what(value)), hint)),
    }
}

/// Refuses a table within a row that has keys of another name.
pub(crate) fn only(value: &DeValue<'_>, keys: &[&str]) -> Read<()> {
    let hint = "remove it, or correct its name";
    let Some(table) = value.as_table() else {
        return Err(Wrong(format!("expected {{ ... }}, found {}", what(value)), hint));
    };
    match table.iter().find(|(key, _)| !keys.contains(&key.get_ref().as_ref())) {
        Some((key, _)) => {
            let message = format!("there is no `{}` here, but {}", key.get_ref(), keys.join(", "));
            Err(Wrong(message, hint))
        }
        None => Ok(()),
    }
}

/// A number as it was written, or a text that may hold one.
fn number_text(value: &DeValue<'_>, hint: &'static str) -> Read<String> {
    match value {
        DeValue::String(text) => Ok(text.trim().to_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().replace('_', "")),
        DeValue::Float(number) => Ok(number.as_str().replace('_', "")),
        DeValue::Integer(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            Err(Wrong(format!("expected a decimal number, found {}", what(value)), hint))
        }
    }
}

fn number_wrong(written: &str, error: ParseError) -> String {
    format!("`{written}` is {error}").replace("is more", "has more")
}

fn what(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
