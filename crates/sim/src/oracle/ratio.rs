//! Exact rationals over `i128`, always in lowest terms; the oracle's only arithmetic beyond whole units.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `numerator / denominator`, denominator above zero, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    n: i128,
    d: i128,
}

impl Default for Ratio {
    fn default() -> Ratio {
        Ratio::ZERO
    }
}

impl Ratio {
    pub(super) const ZERO: Ratio = Ratio { n: 0, d: 1 };

    pub(super) fn whole(n: impl Into<i128>) -> Ratio {
        Ratio { n: n.into(), d: 1 }
    }

    pub(super) fn of(n: i128, d: i128) -> Ratio {
        assert!(d != 0, "a ratio of nothing");
        let (n, d) = if d < 0 { (-n, -d) } else { (n, d) };
        if d == 1 {
            return Ratio { n, d };
        }
        let g = gcd(n, d);
        Ratio { n: n / g, d: d / g }
    }

    pub(super) fn abs(self) -> Ratio {
        Ratio { n: self.n.abs(), d: self.d }
    }

    pub(super) fn floor(self) -> i128 {
        self.n.div_euclid(self.d)
    }

    pub(super) fn ceil(self) -> i128 {
        -(-self).floor()
    }

    /// The nearest whole number, ties to the even one.
    pub(super) fn half_even(self) -> i128 {
        half_even(self.n, self.d)
    }

    pub(super) fn is_positive(self) -> bool {
        self.n > 0
    }
}

/// `n / d` to the nearest whole number, ties to the even one; `d` above zero.
pub(super) fn half_even(n: i128, d: i128) -> i128 {
    assert!(d > 0, "half of {n} / {d}");
    let (floor, rest) = (n.div_euclid(d), n.rem_euclid(d));
    match rest.cmp(&(d - rest)) {
        Ordering::Less => floor,
        Ordering::Greater => floor + 1,
        Ordering::Equal => floor + floor.rem_euclid(2),
    }
}

/// `a x b / c` half-even, where `a x b` may need more than 128 bits: `a` is split by `c` first.
pub(super) fn share(a: i128, b: i128, c: i128) -> i128 {
    match a.checked_mul(b) {
        Some(product) => half_even(product, c),
        None => (a / c) * b + half_even((a % c) * b, c),
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        if let (Ok(x), Ok(y)) = (u64::try_from(a), u64::try_from(b)) {
            return i128::from(gcd64(x, y));
        }
        (a, b) = (b, a % b);
    }
    i128::try_from(a.max(1)).expect("fits")
}

fn gcd64(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl Add for Ratio {
    type Output = Ratio;
    fn add(self, other: Ratio) -> Ratio {
        if self.d == other.d {
            return Ratio::of(self.n + other.n, self.d);
        }
        let g = gcd(self.d, other.d);
        Ratio::of(self.n * (other.d / g) + other.n * (self.d / g), self.d / g * other.d)
    }
}

impl Neg for Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        Ratio { n: -self.n, d: self.d }
    }
}

impl Sub for Ratio {
    type Output = Ratio;
    fn sub(self, other: Ratio) -> Ratio {
        self + -other
    }
}

impl Mul for Ratio {
    type Output = Ratio;
    fn mul(self, other: Ratio) -> Ratio {
        let (g, h) = (gcd(self.n, other.d), gcd(other.n, self.d));
        Ratio { n: (self.n / g) * (other.n / h), d: (self.d / h) * (other.d / g) }
    }
}

impl Div for Ratio {
    type Output = Ratio;
    fn div(self, other: Ratio) -> Ratio {
        assert!(other.n != 0, "division by zero");
        let turned = if other.n < 0 {
            Ratio { n: -other.d, d: -other.n }
        } else {
            Ratio { n: other.d, d: other.n }
        };
        self * turned
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        if self.d == other.d {
            return self.n.cmp(&other.n);
        }
        match (self.n.checked_mul(other.d), other.n.checked_mul(self.d)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => by_parts(*self, *other),
        }
    }
}

/// Compares whole parts, then the turned-over rests: cannot overflow.
fn by_parts(a: Ratio, b: Ratio) -> Ordering {
    let (wa, wb) = (a.floor(), b.floor());
    if wa != wb {
        return wa.cmp(&wb);
    }
    let (ra, rb) = (a.n.rem_euclid(a.d), b.n.rem_euclid(b.d));
    match (ra, rb) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        _ => by_parts(Ratio { n: b.d, d: rb }, Ratio { n: a.d, d: ra }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rationals_do_what_school_says() {
        let third = Ratio::of(1, 3);
        assert_eq!(third + Ratio::of(1, 6), Ratio::of(1, 2));
        assert_eq!(third / Ratio::of(-2, 3), Ratio::of(-1, 2));
        assert_eq!(Ratio::of(-7, 2).floor(), -4);
        assert_eq!(Ratio::of(-7, 2).ceil(), -3);
        assert_eq!((half_even(5, 2), half_even(7, 2), half_even(-5, 2)), (2, 4, -2));
        let (a, b) = (Ratio::of(i128::MAX / 3, 7 << 60), Ratio::of(i128::MAX / 3 - 1, 7 << 60));
        assert!(b < a && by_parts(b, a) == Ordering::Less);
        assert_eq!(share(i128::MAX / 5, 3, 6), ((i128::MAX / 5) / 2));
    }
}
