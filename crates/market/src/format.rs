//! Amounts, prices and times as India writes them: `₹12,34,567.50`, `+₹1.23 L`, `15:29:59 IST`.
//!
//! `testdata/format.json` holds the cases that every surface must agree on.

use crate::dates::IST;
use highmark_engine::{Money, Price, Quantity, RUPEE, Timestamp};

/// The sign of amounts below zero, as wide as a plus.
pub const MINUS: char = '\u{2212}';

const LAKH: i128 = 100_000;
const CRORE: i128 = 10_000_000;

/// An amount to the paisa: `₹12,34,567.50`, `−₹5,000.00`, and never `−₹0.00`.
pub fn rupees(amount: Money) -> String {
    let paise = paise(amount);
    let sign = if paise < 0 { MINUS.to_string() } else { String::new() };
    format!("{sign}₹{}", with_paise(paise))
}

/// A profit or loss, its sign always printed: `+₹1,300.00`, `−₹5,000.00`; zero has none.
pub fn pnl(amount: Money) -> String {
    let sign = if paise(amount) > 0 { "+" } else { "" };
    format!("{sign}{}", rupees(amount))
}

/// An amount in lakh and crore, with two decimals: `1.23 L`, `−4.56 Cr`; below a lakh to the paisa.
pub fn short(amount: Money) -> String {
    let paise = paise(amount);
    let sign = if paise < 0 { MINUS.to_string() } else { String::new() };
    if paise.abs() < LAKH * 100 {
        return format!("{sign}{}", with_paise(paise));
    }
    // Rounded in its unit first: 99.999 L is 1.00 Cr.
    let (hundredths, unit) = match hundredths_of(amount, LAKH) {
        lakh if lakh < 10_000 => (lakh, "L"),
        _ => (hundredths_of(amount, CRORE), "Cr"),
    };
    format!("{sign}{}.{:02} {unit}", grouped(hundredths / 100), hundredths % 100)
}

/// A price with the decimals of its tick size, and at least two: `24,048.55`, `83.2525`.
pub fn price(price: Price, tick_size: Price) -> String {
    let decimals = decimals(tick_size).max(decimals(price)).max(2);
    let text = format!("{price:.decimals$}");
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (MINUS.to_string(), rest),
        None => (String::new(), text.as_str()),
    };
    let (whole, rest) = text.split_once('.').unwrap_or((text, "00"));
    format!("{sign}{}.{rest}", group(whole))
}

/// A quantity: `1,50,000`; decimals only where it has them.
pub fn quantity(quantity: Quantity) -> String {
    let text = quantity.to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (MINUS.to_string(), rest),
        None => (String::new(), text.as_str()),
    };
    match text.split_once('.') {
        Some((whole, rest)) => format!("{sign}{}.{rest}", group(whole)),
        None => format!("{sign}{}", group(text)),
    }
}

/// A quantity in lots and units: `27 lots (1,755)`, with what is left over: `27 lots + 5 (1,760)`. In lots of
/// one, and with a lot that is not above zero, it is the quantity alone.
pub fn lots(quantity: Quantity, lot: Quantity) -> String {
    let units = self::quantity(quantity);
    if lot <= Quantity::whole(1) {
        return units;
    }
    let sign = if quantity < Quantity::ZERO { MINUS.to_string() } else { String::new() };
    let (count, odd) = (quantity.0.abs() / lot.0, quantity.0.abs() % lot.0);
    let noun = if count == 1 { "lot" } else { "lots" };
    let rest = match odd {
        0 => String::new(),
        odd => format!(" + {}", self::quantity(Quantity(odd))),
    };
    format!("{sign}{} {noun}{rest} ({units})", group(&count.to_string()))
}

/// The time of day in India: `15:29:59 IST`.
pub fn time(at: Timestamp) -> String {
    let second = at.time_of_day(IST).0 / 1_000_000_000;
    format!("{:02}:{:02}:{:02} IST", second / 3600, second / 60 % 60, second % 60)
}

/// The date in India: `22 Nov 2026`.
pub fn date(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_nanosecond(i128::from(at.plus(IST).0));
    instant.map_or_else(|_| "?".into(), |at| at.strftime("%-d %b %Y").to_string())
}

/// Date and time in India: `22 Nov 2026 15:29:59 IST`.
pub fn moment(at: Timestamp) -> String {
    format!("{} {}", date(at), time(at))
}

fn paise(amount: Money) -> i128 {
    amount.rounded(2).0 / (RUPEE / 100)
}

/// How many hundredths of so many rupees an amount is, half to even, without its sign.
fn hundredths_of(amount: Money, rupees: i128) -> i128 {
    amount.abs().scaled(100, rupees).rounded(0).0 / RUPEE
}

fn with_paise(paise: i128) -> String {
    let paise = paise.abs();
    format!("{}.{:02}", grouped(paise / 100), paise % 100)
}

fn grouped(number: i128) -> String {
    group(&number.to_string())
}

/// Commas as India sets them: the last three digits, then pairs.
fn group(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 3 / 2);
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && (left == 3 || (left > 3 && left % 2 == 1)) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many decimals a price needs.
fn decimals(price: Price) -> usize {
    price.to_string().split_once('.').map_or(0, |(_, rest)| rest.len())
}
