//! Exact numbers: prices and quantities at 1e-8, money at 1e-16, fractions in parts per million.

use crate::decimal::{self, ParseError};
use alloc::string::String;
use core::fmt;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use core::str::FromStr;

/// Units of a price or a quantity in 1.
pub const UNIT: i64 = 100_000_000;
/// Units of money in 1 rupee.
pub const RUPEE: i128 = 10_000_000_000_000_000;
/// Parts in a whole.
pub const MILLION: i64 = 1_000_000;

/// A price in units of 1e-8; at most 1e9 in magnitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(pub i64);

/// A quantity in units of 1e-8; at most 1e9 in magnitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

/// An amount of money in units of 1e-16, so that price x quantity is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

/// A share of a whole, in parts per million: 0.3 is 300,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fraction(pub u32);

/// The largest magnitude of a price or a quantity, in units.
pub const LARGEST: i64 = 1_000_000_000 * UNIT;

/// The most money that may be asked for or stated: 10^18 rupees. Sums of what is measured stay far from the edge of `i128`.
pub const MOST_MONEY: Money = Money(100 * RUPEE * RUPEE);
/// The largest sum of quantity x multiplier over one trade's entries, in units.
pub(crate) const MOST_SIZE: i128 = LARGEST as i128 * 10;
/// The largest sum of quantity x multiplier over all that is open.
pub(crate) const MOST_OPEN: i128 = MOST_SIZE * 5;
/// The largest sum of the values of all fills.
pub(crate) const MOST_TURNOVER: Money = Money(100 * MOST_MONEY.0);

impl Price {
    pub const ZERO: Price = Price(0);
    pub const fn whole(units: i64) -> Price {
        Price(units * UNIT)
    }
}

impl Quantity {
    pub const ZERO: Quantity = Quantity(0);
    pub const fn whole(units: i64) -> Quantity {
        Quantity(units * UNIT)
    }
    /// The value of this quantity at `price` with `multiplier` units of the underlying each.
    pub fn value(self, price: Price, multiplier: u32) -> Money {
        Money(i128::from(self.0) * i128::from(price.0) * i128::from(multiplier))
    }
}

impl Money {
    pub const ZERO: Money = Money(0);
    pub const fn rupees(rupees: i64) -> Money {
        Money(rupees as i128 * RUPEE)
    }
    pub fn abs(self) -> Money {
        Money(self.0.abs())
    }
    /// `self x numerator / denominator`, rounded half to even at 1e-16.
    pub fn scaled(self, numerator: i128, denominator: i128) -> Money {
        Money(crate::wide::mul_div_half_even(self.0, numerator, denominator))
    }
    /// `fraction` of this amount, rounded half to even at 1e-16.
    pub fn share(self, fraction: Fraction) -> Money {
        self.scaled(i128::from(fraction.0), i128::from(MILLION))
    }
    /// Rounded half to even to `places` decimals of a rupee, for showing.
    pub fn rounded(self, places: u32) -> Money {
        let step = 10i128.pow(16 - places.min(16));
        Money(crate::wide::div_half_even(self.0, step) * step)
    }
}

impl Fraction {
    pub const WHOLE: Fraction = Fraction(1_000_000);
    pub const fn percent(percent: u32) -> Fraction {
        Fraction(percent * 10_000)
    }
}

macro_rules! decimal_type {
    ($name:ident, $inner:ty, $places:expr, $largest:expr, $what:literal) => {
        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<$name, ParseError> {
                let units = decimal::parse(text, $places)?;
                let largest: i128 = $largest;
                if units < -largest || units > largest {
                    return Err(ParseError::OutOfRange);
                }
                <$inner>::try_from(units).map($name).map_err(|_| ParseError::OutOfRange)
            }
        }
        impl fmt::Display for $name {
            /// The shortest exact text; a precision asks for at least so many decimals.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::write(f, i128::from(self.0), $places, f.precision().unwrap_or(0))
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            /// Whatever the type can hold: what was once written as a fact has to be read again. Ranges are the engine's to check.
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$name, D::Error> {
                let text = String::deserialize(deserializer)?;
                let units = decimal::parse(&text, $places).ok();
                units.and_then(|units| <$inner>::try_from(units).ok()).map($name).ok_or_else(|| {
                    serde::de::Error::custom(concat!("expected ", $what, " as decimal text"))
                })
            }
        }
    };
}

decimal_type!(Price, i64, 8, LARGEST as i128, "a price");
decimal_type!(Quantity, i64, 8, LARGEST as i128, "a quantity");
decimal_type!(Money, i128, 16, i128::MAX / 4, "an amount");
decimal_type!(Fraction, u32, 6, u32::MAX as i128, "a fraction");

macro_rules! sums {
    ($($name:ident)*) => { $(
        impl Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name { $name(self.0 + other.0) }
        }
        impl Sub for $name {
            type Output = $name;
            fn sub(self, other: $name) -> $name { $name(self.0 - other.0) }
        }
        impl Neg for $name {
            type Output = $name;
            fn neg(self) -> $name { $name(-self.0) }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: $name) { self.0 += other.0; }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: $name) { self.0 -= other.0; }
        }
    )* };
}

sums!(Price Quantity Money);

impl core::iter::Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, |sum, amount| sum + amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn text_is_read_exactly_or_refused() {
        let price = |text: &str| text.parse::<Price>();
        assert_eq!(price("12.05"), Ok(Price(1_205_000_000)));
        assert_eq!(price("-0.00000001"), Ok(Price(-1)));
        assert_eq!(price("1e2"), Ok(Price::whole(100)));
        assert_eq!(price("100.000000000"), Ok(Price::whole(100)));
        assert_eq!(price("0.000000001"), Err(ParseError::TooPrecise));
        assert_eq!(price("1e400"), Err(ParseError::OutOfRange));
        assert_eq!(price("1e-400"), Err(ParseError::OutOfRange));
        assert_eq!(price("1000000000.1"), Err(ParseError::OutOfRange));
        for text in
            ["", "nan", "inf", "12,5", "12.5 ", "-", ".", "1e", "1e+-2", "--1", "٣", "1_000"]
        {
            assert_eq!(price(text), Err(ParseError::NotNumber), "{text:?}");
        }
    }

    #[test]
    fn text_is_written_shortest() {
        assert_eq!(Price(1_953_000_000_000).to_string(), "19530");
        assert_eq!(Price(-5_000_000).to_string(), "-0.05");
        assert_eq!(alloc::format!("{:.2}", Price::whole(100)), "100.00");
        assert_eq!((Money::rupees(-1) + Money(1)).to_string(), "-0.9999999999999999");
        assert_eq!(Money::rupees(5).rounded(2).to_string(), "5");
    }
}
