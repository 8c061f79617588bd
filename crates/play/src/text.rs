//! Amounts, prices and words as a person in India reads them.

use highmark_engine::{Money, Price, Quantity, Span};
use highmark_market::format;

/// `₹12,34,567.50`, the sign before it; never `-0.00`.
pub fn rupees(amount: Money) -> String {
    format::rupees(amount)
}

/// `+₹1,250.00` or `−₹80.50`: a profit or a loss, its sign always there.
pub fn signed(amount: Money) -> String {
    format::pnl(amount)
}

/// A price with two decimals at least.
pub fn price(price: Price) -> String {
    let text = format!("{:.2}", Price(price.0.abs()));
    let (whole, tail) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if price.0 < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{tail}", grouped(whole))
}

/// A price for a table: at most four decimals, cut, since a level may have eight.
pub fn short_price(long: Price) -> String {
    const STEP: i64 = 10_000;
    price(Price(long.0 / STEP * STEP))
}

pub fn quantity(quantity: Quantity) -> String {
    format::quantity(quantity)
}

/// A share as a percentage with one decimal.
pub fn percent(part: i128, whole: i128) -> String {
    if whole == 0 {
        return "n/a".into();
    }
    // Rounded down: a limit is never shown farther away than it is.
    let tenths = (part * 1_000).div_euclid(whole);
    let sign = if tenths < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{}%", tenths.abs() / 10, tenths.abs() % 10)
}

/// A whole number in Indian groups.
pub fn whole(number: u64) -> String {
    grouped(&number.to_string())
}

/// `1 trade`, `3 trades`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

pub fn span(span: Span) -> String {
    crate::clock::span_text(span)
}

/// Digits in Indian groups: the last three, then twos.
fn grouped(digits: &str) -> String {
    let Some(head_len) = digits.len().checked_sub(3).filter(|len| *len > 0) else {
        return digits.to_owned();
    };
    let (head, tail) = digits.split_at(head_len);
    let mut out = String::new();
    for (index, digit) in head.chars().enumerate() {
        if index > 0 && (head_len - index) % 2 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out},{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_in_india() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(rupees(money("1234567.5")), "₹12,34,567.50");
        assert_eq!(rupees(money("100000")), "₹1,00,000.00");
        assert_eq!(rupees(money("-999.994")), "−₹999.99");
        assert_eq!(rupees(money("-0.001")), "₹0.00");
        assert_eq!(signed(money("12")), "+₹12.00");
        assert_eq!(signed(money("0.001")), "₹0.00");
        assert_eq!(price("14500.0525".parse().unwrap()), "14,500.0525");
        assert_eq!(percent(1, 3), "33.3%");
    }
}
