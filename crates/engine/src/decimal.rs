//! Decimal text to exact integers and back, shared by prices, quantities and money.

use core::fmt;

/// Why a text is not a number that the engine can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Not a decimal number at all: empty, `nan`, `inf`, a comma, a blank, other digits than 0-9.
    NotNumber,
    /// More digits behind the point than the type holds, and not zeros.
    TooPrecise,
    /// Larger than the type holds, or an exponent that is.
    OutOfRange,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParseError::NotNumber => "not a decimal number",
            ParseError::TooPrecise => "more decimals than can be held exactly",
            ParseError::OutOfRange => "out of range",
        })
    }
}

impl core::error::Error for ParseError {}

/// Reads `text` as a whole number of units of 10^-`places`, exactly.
///
/// Takes a sign, digits, one point and an exponent (`-12.50`, `1e2`); nothing else, no blanks.
pub(crate) fn parse(text: &str, places: u32) -> Result<i128, ParseError> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let (mantissa, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&digits[..at], parse_exponent(&digits[at + 1..])?),
        None => (digits, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let whole = &mantissa[..point.unwrap_or(mantissa.len())];
    let tail = point.map_or(&[][..], |at| &mantissa[at + 1..]);
    if whole.is_empty() && tail.is_empty() {
        return Err(ParseError::NotNumber);
    }
    let mut units: i128 = 0;
    let mut shift = i64::from(places) + exponent;
    for (index, byte) in whole.iter().chain(tail).enumerate() {
        if !byte.is_ascii_digit() {
            return Err(ParseError::NotNumber);
        }
        let digit = i128::from(byte - b'0');
        if index >= whole.len() {
            shift -= 1;
        }
        units =
            units
                .checked_mul(10)
                .and_then(|units| {
                    if negative { units.checked_sub(digit) } else { units.checked_add(digit) }
                })
                .ok_or(ParseError::OutOfRange)?;
    }
    scale(units, shift)
}

fn parse_exponent(digits: &[u8]) -> Result<i64, ParseError> {
    let text = core::str::from_utf8(digits).map_err(|_| ParseError::NotNumber)?;
    let plain = text.trim_start_matches(['+', '-']);
    if plain.is_empty()
        || !plain.bytes().all(|byte| byte.is_ascii_digit())
        || text.len() > plain.len() + 1
    {
        return Err(ParseError::NotNumber);
    }
    let exponent: i64 = text.parse().map_err(|_| ParseError::OutOfRange)?;
    if exponent.abs() > 60 { Err(ParseError::OutOfRange) } else { Ok(exponent) }
}

fn scale(mut units: i128, mut shift: i64) -> Result<i128, ParseError> {
    while shift < 0 && units != 0 {
        if units % 10 != 0 {
            return Err(ParseError::TooPrecise);
        }
        units /= 10;
        shift += 1;
    }
    while shift > 0 && units != 0 {
        units = units.checked_mul(10).ok_or(ParseError::OutOfRange)?;
        shift -= 1;
    }
    Ok(units)
}

/// Writes `units` of 10^-`places` with the digits needed, and at least `least` behind the point.
pub(crate) fn write(
    f: &mut fmt::Formatter<'_>,
    units: i128,
    places: u32,
    least: usize,
) -> fmt::Result {
    let one = 10i128.pow(places);
    let (whole, rest) = ((units / one).unsigned_abs(), (units % one).unsigned_abs());
    let sign = if units < 0 { "-" } else { "" };
    let mut tail = [b'0'; 16];
    let tail = &mut tail[..places as usize];
    let mut left = rest;
    for slot in tail.iter_mut().rev() {
        *slot = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let used = tail.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1);
    let shown = used.max(least.min(tail.len()));
    let tail = core::str::from_utf8(&tail[..shown]).map_err(|_| fmt::Error)?;
    if shown == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{tail}") }
}
