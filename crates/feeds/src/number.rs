//! Prices and quantities from the text, whole numbers and floats of a file, exactly or not at all.

use crate::mapping::PriceUnit;
use highmark_engine::{LARGEST, Money, ParseError, Price, Quantity, TickRefusal, UNIT};

/// How a file's numbers become prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceScale {
    /// So many of the file's units are one rupee.
    per_rupee: i64,
}

impl PriceScale {
    /// `None` for a scale of zero.
    pub(crate) fn new(unit: PriceUnit) -> Option<PriceScale> {
        let per_rupee = match unit {
            PriceUnit::Rupees => 1,
            PriceUnit::Paise => 100,
            PriceUnit::Scale(scale) => i64::from(scale),
        };
        (per_rupee > 0).then_some(PriceScale { per_rupee })
    }

    /// The price that a text says, `None` for an empty one.
    pub(crate) fn text(self, text: &[u8]) -> Result<Option<Price>, TickRefusal> {
        if text.is_empty() {
            return Ok(None);
        }
        if let Some((mantissa, decimals)) = plain_decimal(text) {
            return self.scaled(i128::from(mantissa), decimals).map(Some);
        }
        let text = std::str::from_utf8(text).map_err(|_| TickRefusal::Parse)?;
        let amount: Money = text.parse().map_err(|error| refusal_of(text, error))?;
        self.scaled(amount.0, 16).map(Some)
    }

    /// The price that a whole number says, which may itself have `decimals` behind its point.
    pub(crate) fn integer(self, value: i64, decimals: u32) -> Result<Price, TickRefusal> {
        if decimals == 0 && UNIT % self.per_rupee == 0 {
            let units = value.checked_mul(UNIT / self.per_rupee).ok_or(TickRefusal::Range)?;
            return if units.abs() <= LARGEST { Ok(Price(units)) } else { Err(TickRefusal::Range) };
        }
        self.scaled(i128::from(value), decimals)
    }

    /// The price that a float means: its shortest decimal text, read exactly.
    pub(crate) fn float(self, value: f64, text: &mut String) -> Result<Price, TickRefusal> {
        shortest(value, text);
        self.text(text.as_bytes())?.ok_or(TickRefusal::NotNumber)
    }

    fn scaled(self, mantissa: i128, decimals: u32) -> Result<Price, TickRefusal> {
        let below = 10i128.pow(decimals.min(30)) * i128::from(self.per_rupee);
        let units = mantissa.checked_mul(i128::from(UNIT)).ok_or(TickRefusal::Range)?;
        if units % below != 0 || (units / below).abs() > i128::from(LARGEST) {
            return Err(TickRefusal::Range);
        }
        i64::try_from(units / below).map(Price).map_err(|_| TickRefusal::Range)
    }
}

/// The quantity that a text says, `None` for an empty one; refused when it is below zero.
pub(crate) fn quantity(text: &[u8]) -> Result<Option<Quantity>, TickRefusal> {
    let unscaled = PriceScale { per_rupee: 1 };
    match unscaled.text(text)? {
        Some(amount) if amount.0 < 0 => Err(TickRefusal::Range),
        amount => Ok(amount.map(|amount| Quantity(amount.0))),
    }
}

/// Writes the shortest decimal text that reads back as `value`.
pub(crate) fn shortest(value: f64, text: &mut String) {
    use std::fmt::Write;
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "{value}");
}

/// Digits with at most one point among them, small enough to be told at once.
fn plain_decimal(text: &[u8]) -> Option<(i64, u32)> {
    if text.len() > 18 {
        return None;
    }
    let mut mantissa = 0i64;
    let mut point = None;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && text.len() > 1 => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |at| text.len() - at - 1);
    Some((mantissa, u32::try_from(decimals).ok()?))
}

fn refusal_of(text: &str, error: ParseError) -> TickRefusal {
    match error {
        ParseError::TooPrecise | ParseError::OutOfRange => TickRefusal::Range,
        ParseError::NotNumber => {
            let plain = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
            match plain.as_str() {
                "nan" | "inf" | "infinity" | "null" | "none" => TickRefusal::NotNumber,
                _ => TickRefusal::Parse,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(scale: u32) -> PriceScale {
        PriceScale::new(PriceUnit::Scale(scale)).unwrap()
    }

    #[test]
    fn a_price_is_read_in_its_unit() {
        let read = |per, text: &str| scale(per).text(text.as_bytes());
        assert_eq!(read(1, "19530.05"), Ok(Some(Price(1_953_005_000_000))));
        assert_eq!(read(100, "1953005"), Ok(Some(Price(1_953_005_000_000))));
        assert_eq!(read(10_000, "6000000000"), Ok(Some(Price::whole(600_000))));
        assert_eq!(read(10_000, "-12.5"), Ok(Some(Price(-125_000))));
        assert_eq!(read(1, ""), Ok(None));
        assert_eq!(read(10_000, "0.00001"), Err(TickRefusal::Range));
        assert_eq!(read(3, "1"), Err(TickRefusal::Range));
        assert_eq!(read(1, "."), Err(TickRefusal::Parse));
        assert_eq!(read(1, "1.2.3"), Err(TickRefusal::Parse));
        assert_eq!(scale(100).integer(1_953_005, 0), Ok(Price(1_953_005_000_000)));
        assert_eq!(scale(1).integer(1_953_005, 2), Ok(Price(1_953_005_000_000)));
        assert_eq!(scale(1).integer(i64::MAX, 0), Err(TickRefusal::Range));
        assert_eq!(PriceScale::new(PriceUnit::Scale(0)), None);
    }

    #[test]
    fn a_float_is_its_shortest_text() {
        let mut text = String::new();
        assert_eq!(scale(1).float(0.1 + 0.2, &mut text), Err(TickRefusal::Range));
        assert_eq!(scale(1).float(61_234.7, &mut text), Ok(Price(6_123_470_000_000)));
        assert_eq!(scale(1).float(f64::NAN, &mut text), Err(TickRefusal::NotNumber));
        assert_eq!(scale(1).float(f64::NEG_INFINITY, &mut text), Err(TickRefusal::NotNumber));
    }
}
