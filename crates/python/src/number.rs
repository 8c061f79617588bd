//! Python's numbers as the engine's: exactly, or refused with what is wrong.

use crate::border::error;
use highmark_engine::{Fraction, Money, ParseError, Price, Quantity, TickRefusal, UNIT};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use std::fmt::Display;
use std::str::FromStr;

/// Why a value is no price, as the engine counts it, and how it looked.
pub(crate) struct Odd {
    pub(crate) refusal: TickRefusal,
    pub(crate) shown: String,
}

/// A price as it stands in a batch. Its sign is the engine's to judge.
pub(crate) fn price(value: &Bound<'_, PyAny>) -> Result<Price, Odd> {
    if let Ok(float) = value.cast::<PyFloat>() {
        let float = float.value();
        if let Some(price) = quick_price(float) {
            return Ok(price);
        }
    }
    parse::<Price>(value, 8).map_err(|fault| Odd { refusal: refusal(fault), shown: shown(value) })
}

/// The same of a float that is at hand.
pub(crate) fn float_price(float: f64) -> Result<Price, Odd> {
    let odd = |fault| Odd { refusal: refusal(fault), shown: float.to_string() };
    quick_price(float).map_or_else(|| from_float(float, 8).map_err(odd), Ok)
}

fn refusal(fault: ParseError) -> TickRefusal {
    match fault {
        ParseError::NotNumber => TickRefusal::NotNumber,
        ParseError::TooPrecise | ParseError::OutOfRange => TickRefusal::Range,
    }
}

/// A float that has at most 15 digits and 8 decimals: then no other such decimal has this float, and it is the shortest.
pub(crate) fn quick_price(float: f64) -> Option<Price> {
    let scaled = float * UNIT as f64;
    if scaled.abs() >= 1e15 {
        return None;
    }
    let units = small_nearest(scaled);
    (units / UNIT as f64 == float && units != 0.0).then_some(Price(units as i64))
}

/// About a whole number: by its halves, which machines convert at once.
fn about(whole: i128) -> f64 {
    (whole >> 32) as i64 as f64 * (1_u64 << 32) as f64 + f64::from(whole as u32)
}

/// The nearest whole number.
fn nearest(float: f64) -> f64 {
    match float.abs() < SMALL {
        true => small_nearest(float),
        false => float.round_ties_even(),
    }
}

/// The same of what is [`SMALL`], by a sum: without instructions that not all machines have, rounding is a call.
fn small_nearest(float: f64) -> f64 {
    (float + 3.0 * SMALL) - 3.0 * SMALL
}

/// Sums of this and less, and three times this, have no decimals.
const SMALL: f64 = (1_u64 << 51) as f64;

/// Float text to `value`'s type: what is finer than the type holds is rounded half to even, because a float
/// that was reckoned has a tail that nobody meant.
fn parse<T: FromStr<Err = ParseError>>(
    value: &Bound<'_, PyAny>,
    places: u32,
) -> Result<T, ParseError> {
    if value.is_none() || value.is_instance_of::<PyBool>() {
        return Err(ParseError::NotNumber);
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return from_float(float.value(), places);
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str().map_err(|_| ParseError::NotNumber)?;
        return text.parse();
    }
    if value.is_instance_of::<PyInt>() {
        // A whole number beyond 64 bits is beyond every range here but money's, which text still holds.
        return match value.extract::<i128>() {
            Ok(whole) => whole.to_string().parse(),
            Err(_) => Err(ParseError::OutOfRange),
        };
    }
    // numpy's scalars, Decimal, and whatever else writes itself as a decimal number.
    let text = value.str().map_err(|_| ParseError::NotNumber)?;
    text.to_str().map_err(|_| ParseError::NotNumber)?.parse()
}

fn from_float<T: FromStr<Err = ParseError>>(float: f64, places: u32) -> Result<T, ParseError> {
    if !float.is_finite() {
        return Err(ParseError::NotNumber);
    }
    // `Display` writes the shortest text that reads back as the same float, without an exponent.
    let text = float.to_string();
    match text.parse() {
        Err(ParseError::TooPrecise | ParseError::OutOfRange) => {
            rounded(&text, places as usize).parse()
        }
        read => read,
    }
}

/// Decimal text to `places`, half to even.
fn rounded(text: &str, places: usize) -> String {
    let Some((whole, tail)) = text.split_once('.') else { return text.to_owned() };
    let Some((kept, rest)) = tail.split_at_checked(places) else { return text.to_owned() };
    let mut digits: Vec<u8> = whole.bytes().chain(kept.bytes()).collect();
    let half = rest.as_bytes().first().copied().unwrap_or(b'0');
    let beyond = rest.bytes().skip(1).any(|digit| digit != b'0');
    let is_odd = digits.last().is_some_and(|digit| digit.is_ascii_digit() && digit % 2 == 1);
    if half > b'5' || (half == b'5' && (beyond || is_odd)) {
        let mut at = digits.len();
        loop {
            match at.checked_sub(1).and_then(|last| digits.get_mut(last)) {
                Some(b'9') => digits[at - 1] = b'0',
                Some(digit) if digit.is_ascii_digit() => {
                    *digit += 1;
                    break;
                }
                _ => {
                    digits.insert(at, b'1');
                    break;
                }
            }
            at -= 1;
        }
    }
    let point = digits.len() - places;
    let text = String::from_utf8(digits).unwrap_or_default();
    let (whole, tail) = text.split_at(point);
    format!("{whole}.{tail}")
}

fn shown(value: &Bound<'_, PyAny>) -> String {
    let text = value.repr().map(|text| text.to_string()).unwrap_or_else(|_| "?".to_owned());
    text.chars().take(60).collect()
}

/// The nearest float of an exact amount.
pub(crate) fn float(money: Money) -> f64 {
    // A guess that is proved by a product: a quotient of 128 bits costs ten times as much.
    let coarse = nearest(about(money.0) / UNIT as f64);
    if coarse.abs() < (1_u64 << 53) as f64
        && i128::from(coarse as i64).wrapping_mul(i128::from(UNIT)) == money.0
    {
        // Both are exact as floats, so their quotient is the nearest.
        return coarse / UNIT as f64;
    }
    money.to_string().parse().unwrap_or(f64::NAN)
}

/// The exact decimal text of a number: what crosses the border in a command.
///
/// `kind` is `price`, `quantity`, `money` or `fraction`; `what` names the field in the error.
#[pyfunction]
pub(crate) fn decimal(value: &Bound<'_, PyAny>, kind: &str, what: &str) -> PyResult<String> {
    let text = match kind {
        "price" => parse::<Price>(value, 8).map(show),
        "quantity" => parse::<Quantity>(value, 8).map(show),
        "fraction" => parse::<Fraction>(value, 6).map(show),
        _ => parse::<Money>(value, 16).map(show),
    };
    let class = match kind {
        "price" => "BadPrice",
        "quantity" => "BadQuantity",
        _ => "BadNumber",
    };
    text.map_err(|fault| {
        let shown = shown(value);
        let hint = match fault {
            ParseError::NotNumber => {
                "give an int, a float, a Decimal or decimal text such as \"19500.05\""
            }
            ParseError::TooPrecise => {
                "prices and quantities hold 8 decimals, fractions 6, money 16: round it first"
            }
            ParseError::OutOfRange => "prices and quantities reach 1e9, money 4e21",
        };
        error(value.py(), class, &format!("{what}: {shown} is {fault}"), hint)
    })
}

fn show(value: impl Display) -> String {
    value.to_string()
}
