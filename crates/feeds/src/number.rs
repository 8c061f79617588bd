//! Prices and quantities from the text, whole numbers and floats of a file, exactly or not at all.

use crate::mapping::PriceUnit;
use highmark_engine::{LARGEST, Money, ParseError, Price, Quantity, TickRefusal, UNIT};

/// How a file's numbers become prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceScale {
    /// So many of the file's units are one rupee.
    per_rupee: i64,
    /// What one unit of the last of so many decimals is in a price; 0 where that is not whole.
    steps: [i64; 9],
}

/// Prices in rupees, and every quantity.
pub(crate) const RUPEES: PriceScale = PriceScale::of(1);

impl PriceScale {
    /// `None` for a scale of zero.
    pub(crate) fn new(unit: PriceUnit) -> Option<PriceScale> {
        let per_rupee = match unit {
            PriceUnit::Rupees => 1,
            PriceUnit::Paise => 100,
            PriceUnit::Scale(scale) => i64::from(scale),
        };
        (per_rupee > 0).then(|| PriceScale::of(per_rupee))
    }

    const fn of(per_rupee: i64) -> PriceScale {
        let mut steps = [0; 9];
        let (mut decimals, mut below) = (0, per_rupee);
        while decimals < steps.len() && UNIT % below == 0 {
            steps[decimals] = UNIT / below;
            decimals += 1;
            below *= 10;
        }
        PriceScale { per_rupee, steps }
    }

    /// The price that a text says, `None` for an empty one.
    pub(crate) fn text(&self, text: &[u8]) -> Result<Option<Price>, TickRefusal> {
        if text.is_empty() {
            return Ok(None);
        }
        match plain_decimal(text) {
            Some((mantissa, decimals)) => self.decimal(mantissa, decimals).map(Some),
            None => self.any_text(text).map(Some),
        }
    }

    #[cold]
    fn any_text(&self, text: &[u8]) -> Result<Price, TickRefusal> {
        let text = std::str::from_utf8(text).map_err(|_| TickRefusal::Parse)?;
        let amount: Money = text.parse().map_err(|error| refusal_of(text, error))?;
        self.scaled(amount.0, 16)
    }

    /// The price that a whole number says, which may itself have `decimals` behind its point.
    pub(crate) fn integer(&self, value: i64, decimals: u32) -> Result<Price, TickRefusal> {
        self.decimal(value, decimals)
    }

    /// The price that a float means: its shortest decimal text, read exactly.
    pub(crate) fn float(&self, value: f64, text: &mut String) -> Result<Price, TickRefusal> {
        if let Some(mantissa) = four_decimals(value) {
            return self.decimal(mantissa, 4);
        }
        shortest(value, text);
        self.text(text.as_bytes())?.ok_or(TickRefusal::NotNumber)
    }

    fn decimal(&self, mantissa: i64, decimals: u32) -> Result<Price, TickRefusal> {
        match self.steps.get(decimals as usize) {
            Some(step @ 1..) => {
                let units = mantissa.checked_mul(*step).ok_or(TickRefusal::Range)?;
                let fits = (-LARGEST..=LARGEST).contains(&units);
                if fits { Ok(Price(units)) } else { Err(TickRefusal::Range) }
            }
            Some(_) | None => self.scaled(i128::from(mantissa), decimals),
        }
    }

    #[cold]
    fn scaled(&self, mantissa: i128, decimals: u32) -> Result<Price, TickRefusal> {
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
    match RUPEES.text(text)? {
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

/// The ten-thousandths that a float's shortest text says, if it has no finer digits.
///
/// A quotient of two whole numbers is rounded to the nearest float, so the decimal reads back as `value`; of
/// the decimals of up to fifteen digits no two read back as the same float, so none is shorter and another.
fn four_decimals(value: f64) -> Option<i64> {
    const MOST: f64 = 1e11;
    if !(value > 0.0 && value < MOST) {
        return None;
    }
    let mantissa = (value * 1e4 + 0.5) as i64;
    (mantissa as f64 / 1e4 == value && mantissa > 0).then_some(mantissa)
}

/// Digits with at most one point among them, small enough to be told at once.
fn plain_decimal(text: &[u8]) -> Option<(i64, u32)> {
    if text.len() > 18 {
        return None;
    }
    let mut mantissa = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if text.len() > 1 => return with_decimals(mantissa, &text[at + 1..]),
            _ => return None,
        }
    }
    (!text.is_empty()).then_some((mantissa, 0))
}

fn with_decimals(whole: i64, decimals: &[u8]) -> Option<(i64, u32)> {
    let mut mantissa = whole;
    for byte in decimals {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            _ => return None,
        }
    }
    Some((mantissa, u32::try_from(decimals.len()).ok()?))
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

    #[test]
    fn a_float_says_the_same_with_and_without_its_text() {
        let mut text = String::new();
        let mut seed = 7u64;
        let mut told = 0;
        for number in 0..200_000u32 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let below = [1e2, 1e4, 1e5, 1e8, 3.0][number as usize % 5];
            let value = (seed % 10u64.pow(1 + number % 18)) as f64 / below;
            let value =
                [value, value.next_up(), value.next_down(), -value][number as usize / 5 % 4];
            shortest(value, &mut text);
            for per in [1, 100, 3] {
                let slow = scale(per).text(text.as_bytes());
                assert_eq!(scale(per).float(value, &mut String::new()).map(Some), slow, "{text}");
            }
            told += usize::from(four_decimals(value).is_some());
        }
        assert!((10_000..180_000).contains(&told), "{told}");
    }

    #[test]
    fn decimals_are_scaled_the_same_with_and_without_a_table() {
        for per in [1, 3, 100, 10_000, 1 << 20, u32::MAX] {
            for decimals in 0..20 {
                for mantissa in [0, 1, 5, 12_345, 1_000_000_000, 10i64.pow(17), i64::MAX, i64::MIN]
                {
                    let slow = scale(per).scaled(i128::from(mantissa), decimals);
                    assert_eq!(scale(per).decimal(mantissa, decimals), slow, "{per} {decimals}");
                }
            }
        }
    }
}
