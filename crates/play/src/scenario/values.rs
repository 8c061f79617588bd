//! The words and numbers of a scenario: prices, distances, amounts, times, read exactly.

use super::node::{Node, Value};
use highmark_engine::{
    Amount, Day, Distance, Fraction, Money, ParseError, Price, Quantity, SECOND, Span, TimeOfDay,
};

/// What is wrong with a value and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub message: String,
    pub hint: String,
}

impl Wrong {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Wrong {
        Wrong { message: message.into(), hint: hint.into() }
    }
}

type Read<T> = Result<T, Wrong>;

pub(crate) fn text(node: &Node) -> Read<String> {
    match node.text() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => Err(Wrong::new("this is empty", "give a name")),
        None => Err(Wrong::new(
            format!("expected text, found {}", node.what()),
            "put it in double quotes",
        )),
    }
}

pub(crate) fn flag(node: &Node) -> Read<bool> {
    match node.value {
        Value::Flag(flag) => Ok(flag),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Moment(_)
        | Value::List(_)
        | Value::Table(_) => Err(Wrong::new(
            format!("expected true or false, found {}", node.what()),
            "write true or false, without quotes",
        )),
    }
}

/// A whole number from 0.
pub(crate) fn count(node: &Node) -> Read<u32> {
    let text = number_text(node)?;
    text.parse()
        .map_err(|_| Wrong::new(format!("`{text}` is not a whole number from 0"), "write 3"))
}

pub(crate) fn seed(node: &Node) -> Read<u64> {
    let text = number_text(node)?;
    text.parse()
        .map_err(|_| Wrong::new(format!("`{text}` is not a whole number from 0"), "write 42"))
}

pub(crate) fn price(node: &Node) -> Read<Price> {
    let text = number_text(node)?;
    text.parse().map_err(|error| number(&text, error, "a price has at most 8 decimals: 14500.05"))
}

pub(crate) fn quantity(node: &Node) -> Read<Quantity> {
    let text = number_text(node)?;
    match text.parse::<Quantity>() {
        Ok(quantity) if quantity > Quantity::ZERO => Ok(quantity),
        Ok(_) => Err(Wrong::new("a quantity is above zero", "the side says buy or sell")),
        Err(error) => Err(number(&text, error, "write 75")),
    }
}

pub(crate) fn money(node: &Node) -> Read<Money> {
    let text = number_text(node)?;
    text.parse().map_err(|error| number(&text, error, "write 5000 or \"5000.50\", in rupees"))
}

/// A share: `0.3` or `"30%"`.
pub(crate) fn fraction(node: &Node) -> Read<Fraction> {
    let text = number_text(node)?;
    fraction_text(&text)
}

fn fraction_text(text: &str) -> Read<Fraction> {
    let share = match text.trim().strip_suffix('%') {
        Some(percent) => percent_text(percent),
        None => text.trim().parse().map_err(|error| number(text, error, "write 0.3 or \"30%\"")),
    }?;
    Ok(share)
}

/// A share of at most the whole; `30` is told apart from `30%`.
pub(crate) fn share(node: &Node) -> Read<Fraction> {
    let share = fraction(node)?;
    if share > Fraction::WHOLE {
        let text = number_text(node)?;
        return Err(Wrong::new(
            format!("{text} is more than the whole"),
            format!("write \"{}%\" or a number from 0 to 1", text.trim_end_matches('%')),
        ));
    }
    Ok(share)
}

fn percent_text(percent: &str) -> Read<Fraction> {
    let hint = "write \"1.5%\", with at most 4 decimals";
    let exact: Price = percent.trim().parse().map_err(|error| number(percent, error, hint))?;
    if exact < Price::ZERO {
        return Err(Wrong::new("a percentage is not negative", hint));
    }
    // 1 % is 10,000 parts per million, and a price counts in 1e-8.
    if exact.0 % 10_000 != 0 {
        return Err(Wrong::new(format!("{percent}% is finer than can be held"), hint));
    }
    u32::try_from(exact.0 / 10_000)
        .map(Fraction)
        .map_err(|_| Wrong::new(format!("{percent}% is too large"), hint))
}

const DISTANCES: &str =
    "write 5, \"20 ticks\", \"25 bps\", \"1.5%\" (of entry), \"1% of best\" or \"10% of premium\"";

/// How far: points, ticks, basis points, or a percentage.
pub(crate) fn distance(node: &Node) -> Read<Distance> {
    let text = number_text(node)?;
    let text = text.trim();
    let whole = |unit: &str| -> Option<Read<u32>> {
        let count = text.strip_suffix(unit)?.trim();
        Some(
            count
                .parse()
                .map_err(|_| Wrong::new(format!("`{count}` is not a whole number"), DISTANCES)),
        )
    };
    if let Some(ticks) = whole("ticks").or_else(|| whole("tick")) {
        return ticks.map(Distance::Ticks);
    }
    if let Some(points) = whole("bps").or_else(|| whole("bp")) {
        return points.map(Distance::BasisPoints);
    }
    if let Some((percent, of)) = text.split_once('%') {
        let share = percent_text(percent)?;
        return match of.trim() {
            "" | "of entry" => Ok(Distance::OfEntry(share)),
            "of best" => Ok(Distance::OfBest(share)),
            "of premium" => Ok(Distance::OfPremium(share)),
            other => {
                Err(Wrong::new(format!("a distance cannot be a percentage `{other}`"), DISTANCES))
            }
        };
    }
    let points = text.strip_suffix("points").or_else(|| text.strip_suffix("pts")).unwrap_or(text);
    let points: Price = points.trim().parse().map_err(|error| number(text, error, DISTANCES))?;
    if points < Price::ZERO {
        return Err(Wrong::new(
            "a distance is not negative",
            "the side of the trade says which way",
        ));
    }
    Ok(Distance::Points(points))
}

/// Money, or a share of capital, margin or premium.
pub(crate) fn amount(node: &Node) -> Read<Amount> {
    let hint = "write 5000, \"5000.50\", \"2% of capital\", \"5% of margin\" or \"30% of premium\"";
    let text = number_text(node)?;
    let Some((percent, of)) = text.split_once('%') else {
        return text.trim().parse().map(Amount::Money).map_err(|error| number(&text, error, hint));
    };
    let share = percent_text(percent)?;
    match of.trim() {
        "of capital" => Ok(Amount::OfCapital(share)),
        "of margin" => Ok(Amount::OfMargin(share)),
        "of premium" => Ok(Amount::OfPremium(share)),
        "" => Err(Wrong::new("a percentage of what?", hint)),
        other => Err(Wrong::new(format!("an amount cannot be a percentage `{other}`"), hint)),
    }
}

/// A length of time: `"15m"`, `"1h30m"`, `"90s"`, `"250ms"`.
pub(crate) fn span(node: &Node) -> Read<Span> {
    let hint = "write \"15m\", \"1h30m\", \"90s\" or \"250ms\"";
    let text = text(node).map_err(|wrong| Wrong { hint: hint.into(), ..wrong })?;
    span_text(&text).ok_or_else(|| Wrong::new(format!("`{text}` is not a length of time"), hint))
}

/// A length of time with its unit: `1h30m`, `250ms`.
pub fn span_text(text: &str) -> Option<Span> {
    let mut rest = text.trim();
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match rest[..letters].trim() {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" | "sec" => SECOND,
            "m" | "min" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            "d" => 86_400 * SECOND,
            _ => return None,
        };
        sum = sum.checked_add(count.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    (!text.trim().is_empty()).then_some(Span(sum))
}

/// A time of day: `"15:15"` or `"15:15:30"`.
pub(crate) fn clock(node: &Node) -> Read<TimeOfDay> {
    let hint = "write \"15:15\" or \"15:15:30\"";
    let text = match &node.value {
        Value::Text(text) | Value::Moment(text) => text,
        Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) => {
            return Err(Wrong::new(format!("expected a time of day, found {}", node.what()), hint));
        }
    };
    clock_text(text).ok_or_else(|| Wrong::new(format!("`{text}` is not a time of day"), hint))
}

pub fn clock_text(text: &str) -> Option<TimeOfDay> {
    let mut parts = text.trim().split(':').map(|part| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<i64>().ok())
            .flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60)
        .then(|| TimeOfDay::at(hour, minute, second))
}

/// A day: `"2021-04-15"` or the TOML date of it.
pub(crate) fn day(node: &Node) -> Read<Day> {
    let hint = "write \"2021-04-15\"";
    let text = match &node.value {
        Value::Text(text) | Value::Moment(text) => text,
        Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) => {
            return Err(Wrong::new(format!("expected a day, found {}", node.what()), hint));
        }
    };
    day_text(text).ok_or_else(|| Wrong::new(format!("`{text}` is not a day"), hint))
}

/// A day that there is, of the years 1970 to 2199: an instant in nanoseconds holds no more than a century beyond.
pub fn day_text(text: &str) -> Option<Day> {
    let text = text.trim();
    let digits = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
        _ => text.to_owned(),
    };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    let (year, month, date) = (number / 10_000, number / 100 % 100, number % 100);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_there = (1970..2200).contains(&year) && (1..=12).contains(&month);
    (is_there && (1..=last).contains(&date)).then_some(Day(number))
}

/// A number as it was written, or a text that may hold one.
fn number_text(node: &Node) -> Read<String> {
    match &node.value {
        Value::Integer(text) | Value::Float(text) | Value::Text(text) => Ok(text.clone()),
        Value::Flag(_) | Value::Moment(_) | Value::List(_) | Value::Table(_) => Err(Wrong::new(
            format!("expected a number, found {}", node.what()),
            "write 5000 or \"5000.50\"",
        )),
    }
}

fn number(text: &str, error: ParseError, hint: &str) -> Wrong {
    let hint = if text.contains(',') { "write it without commas" } else { hint };
    Wrong::new(format!("`{text}` is {error}").replace("is more", "has more"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(read: fn(&Node) -> Read<T>, toml: &str) -> Read<T> {
        let document = Node::document(&format!("x = {toml}"), 0).unwrap();
        read(document.get("x").unwrap())
    }

    #[test]
    fn numbers_are_read_from_their_text() {
        assert_eq!(read(money, "0.1").unwrap().to_string(), "0.1");
        assert_eq!(read(money, "\"5000.50\"").unwrap().to_string(), "5000.5");
        assert_eq!(read(price, "14_500.05").unwrap().to_string(), "14500.05");
        assert_eq!(
            read(price, "0.30000000000000004").unwrap_err().message,
            "`0.30000000000000004` has more decimals than can be held exactly"
        );
        assert_eq!(read(money, "\"5,000\"").unwrap_err().hint, "write it without commas");
    }

    /// Such a year came by `GET /api/v1/explain/t0?at=...` and `/api/v1/reports/...`.
    #[test]
    fn a_year_that_no_instant_holds_ended_the_service() {
        for day in
            ["0000-11-20", "0001-01-01", "1677-01-01", "1969-12-31", "2200-01-01", "9999-12-31"]
        {
            assert_eq!(day_text(day), None, "{day}");
        }
        for day in ["1970-01-01", "2024-02-29", "2199-12-31"] {
            let day = day_text(day).unwrap();
            assert_eq!(crate::clock::day_of(crate::clock::hours_of(day).start), day);
        }
    }

    #[test]
    fn distances_have_units() {
        assert_eq!(read(distance, "5"), Ok(Distance::Points(Price::whole(5))));
        assert_eq!(read(distance, "\"20 ticks\""), Ok(Distance::Ticks(20)));
        assert_eq!(read(distance, "\"25bps\""), Ok(Distance::BasisPoints(25)));
        assert_eq!(read(distance, "\"1.5%\""), Ok(Distance::OfEntry(Fraction(15_000))));
        assert_eq!(read(distance, "\"1% of best\""), Ok(Distance::OfBest(Fraction(10_000))));
        assert!(read(distance, "\"1% of the moon\"").is_err());
        assert!(read(distance, "-5").is_err());
    }

    #[test]
    fn times_are_read() {
        assert_eq!(span_text("1h30m"), Some(Span::minutes(90)));
        assert_eq!(span_text("250ms"), Some(Span(250_000_000)));
        assert_eq!(span_text("15"), None);
        assert_eq!(clock_text("15:15:30"), Some(TimeOfDay::at(15, 15, 30)));
        assert_eq!(clock_text("24:00"), None);
        for day in
            ["2021-02-29", "2100-02-29", "2021-04-31", "2021-13-01", "2-0210415-", "+2021041"]
        {
            assert_eq!(day_text(day), None, "{day}");
        }
        assert_eq!(day_text("2021-04-15"), Some(Day(20_210_415)));
    }
}
