//! Products of 128-bit numbers compared and divided without overflow and without rounding by accident.

use core::cmp::Ordering;

/// `a x b / d`, rounded toward minus infinity. `d` > 0; the quotient must fit.
pub(crate) fn mul_div_floor(a: i128, b: i128, d: i128) -> i128 {
    divide(a, b, d, |negative, remainder, _, _| negative && remainder != 0)
}

/// `a x b / d`, rounded half to even. `d` > 0; the quotient must fit.
pub(crate) fn mul_div_half_even(a: i128, b: i128, d: i128) -> i128 {
    divide(a, b, d, |_, remainder, d, quotient| match remainder.cmp(&(d - remainder)) {
        Ordering::Less => false,
        Ordering::Equal => quotient % 2 == 1,
        Ordering::Greater => true,
    })
}

/// `a / d`, rounded half to even. `d` > 0.
pub(crate) fn div_half_even(a: i128, d: i128) -> i128 {
    mul_div_half_even(a, 1, d)
}

/// `a / d`, rounded toward minus infinity. `d` > 0.
pub(crate) fn div_floor(a: i128, d: i128) -> i128 {
    match (i64::try_from(a), i64::try_from(d)) {
        // Most are narrow, and that division is one instruction.
        (Ok(a), Ok(d)) => i128::from(a.div_euclid(d)),
        _ => a.div_euclid(d),
    }
}

/// `a x b`. The product must fit.
pub(crate) fn times(a: i128, b: i64) -> i128 {
    match i64::try_from(a) {
        Ok(a) => i128::from(a) * i128::from(b),
        Err(_) => a * i128::from(b),
    }
}

/// Compares `a x b` with `c x d`.
pub(crate) fn cmp_products(a: i128, b: i128, c: i128, d: i128) -> Ordering {
    if let (Some(left), Some(right)) = (a.checked_mul(b), c.checked_mul(d)) {
        return left.cmp(&right);
    }
    let (left, right) = (signed_product(a, b), signed_product(c, d));
    match (left.0, right.0) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => left.1.cmp(&right.1),
        (true, true) => right.1.cmp(&left.1),
    }
}

fn divide(a: i128, b: i128, d: i128, away: impl Fn(bool, u128, u128, u128) -> bool) -> i128 {
    assert!(d > 0, "a denominator is positive");
    let negative = (a < 0) != (b < 0) && a != 0 && b != 0;
    let (high, low) = product(a.unsigned_abs(), b.unsigned_abs());
    let d = d.unsigned_abs();
    let (quotient, remainder) =
        if high == 0 { (low / d, low % d) } else { long_division(high, low, d) };
    let quotient = quotient + u128::from(away(negative, remainder, d, quotient));
    let quotient =
        i128::try_from(quotient).expect("the limits on price and quantity keep quotients small");
    if negative { -quotient } else { quotient }
}

fn signed_product(a: i128, b: i128) -> (bool, (u128, u128)) {
    let magnitude = product(a.unsigned_abs(), b.unsigned_abs());
    ((a < 0) != (b < 0) && magnitude != (0, 0), magnitude)
}

/// The 256-bit product, as its high and low halves.
fn product(a: u128, b: u128) -> (u128, u128) {
    if let Some(low) = a.checked_mul(b) {
        return (0, low);
    }
    const HALF: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let (low, cross_1, cross_2, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross_1 & HALF) + (cross_2 & HALF);
    (high + (cross_1 >> 64) + (cross_2 >> 64) + (middle >> 64), (middle << 64) | (low & HALF))
}

fn long_division(high: u128, low: u128, d: u128) -> (u128, u128) {
    assert!(high < d, "the quotient fits 128 bits");
    let (mut quotient, mut remainder) = (0u128, high);
    for bit in (0..128).rev() {
        let carry = remainder >> 127 == 1;
        remainder = (remainder << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if carry || remainder >= d {
            remainder = remainder.wrapping_sub(d);
            quotient |= 1;
        }
    }
    (quotient, remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_named() {
        assert_eq!(mul_div_floor(-7, 1, 2), -4);
        assert_eq!(mul_div_floor(7, 1, 2), 3);
        assert_eq!(mul_div_half_even(5, 1, 2), 2);
        assert_eq!(mul_div_half_even(7, 1, 2), 4);
        assert_eq!(mul_div_half_even(-5, 1, 2), -2);
        assert_eq!(div_half_even(-6, 4), -2);
    }

    proptest::proptest! {
        #[test]
        fn the_wide_path_agrees_with_itself_scaled(a in -1_000_000_000i64..1_000_000_000, b in 1i64..1_000_000_000, d in 1i64..1_000_000_000) {
            let (a, b, d) = (i128::from(a), i128::from(b), i128::from(d));
            let k = 1i128 << 70;
            proptest::prop_assert_eq!(mul_div_floor(a * k, b * (1 << 30), d * (1 << 30)), mul_div_floor(a * k, b, d));
            proptest::prop_assert_eq!(mul_div_floor(a, b, d), (a * b).div_euclid(d));
            proptest::prop_assert_eq!(cmp_products(a * k, b * k, d * k, b * k), a.cmp(&d));
        }
    }
}
