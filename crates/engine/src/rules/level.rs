//! Where a stop stands: exact levels in x-space, measured from a trade's entry and best.
//!
//! x is the price for a long and the negated price for a short, so favourable is always up and each rule
//! is written once. An average entry is a rational; levels are linear in it, so floor and ceiling are exact.

use super::spec::Distance;
use crate::input::{LevelRounding, Side};
use crate::money::{MILLION, Price};
use crate::wide;
use serde::{Deserialize, Serialize};

/// A price as seen from a side.
pub(crate) fn x(side: Side, price: Price) -> i64 {
    price.0 * side.sign()
}

/// The price that `x` stands for.
pub(crate) fn price_of(side: Side, x: i64) -> Price {
    Price(x * side.sign())
}

/// An exact level: it lies in [`trigger`, `shown`], which are equal when it is a whole unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Level {
    /// The highest x that is at or below the level: a mark here or lower has touched it.
    pub(crate) trigger: i64,
    /// The level as shown, rounded toward the market.
    pub(crate) shown: i64,
}

impl Level {
    pub(crate) fn at(x: i64) -> Level {
        Level { trigger: x, shown: x }
    }

    /// The tighter of the two.
    pub(crate) fn ratchet(self, other: Level) -> Level {
        Level { trigger: self.trigger.max(other.trigger), shown: self.shown.max(other.shown) }
    }

    /// Whether a stop here is met by a mark at `x`.
    pub(crate) fn stops(self, x: i64, strict: bool) -> bool {
        if strict { x < self.shown } else { x <= self.trigger }
    }

    /// Whether a target here is met by a mark at `x`.
    pub(crate) fn reached_by(self, x: i64, strict: bool) -> bool {
        if strict { x > self.trigger } else { x >= self.shown }
    }
}

/// An average entry in x-space: `whole + part / of`, with 0 <= part < of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) whole: i128,
    pub(crate) part: i128,
    pub(crate) of: i128,
}

impl Entry {
    pub(crate) fn at(x: i64) -> Entry {
        Entry { whole: i128::from(x), part: 0, of: 1 }
    }

    /// `cost / size`, both as the trade holds them, seen from `side`.
    pub(crate) fn average(side: Side, cost: i128, size: i128) -> Entry {
        let cost = cost * i128::from(side.sign());
        let whole = cost.div_euclid(size);
        let part = cost - whole * size;
        if part == 0 { Entry { whole, part: 0, of: 1 } } else { Entry { whole, part, of: size } }
    }

    fn is_negative(self) -> bool {
        self.whole < 0
    }

    /// Half-even at one unit.
    pub(crate) fn rounded(self) -> i64 {
        let half = (self.part * 2).cmp(&self.of);
        let up = half.is_gt() || (half.is_eq() && self.whole % 2 != 0);
        narrow(self.whole + i128::from(up))
    }

    fn floor_of(self, form: Form) -> i128 {
        let whole = if form.b == 0 || self.part == 0 {
            form.a
        } else {
            form.a.saturating_add(wide::div_floor(form.b.saturating_mul(self.part), self.of))
        };
        if form.c == 1 { whole } else { wide::div_floor(whole, form.c) }
    }

    fn ceil_of(self, form: Form) -> i128 {
        let mirrored =
            Form { a: 0i128.saturating_sub(form.a), b: 0i128.saturating_sub(form.b), c: form.c };
        0i128.saturating_sub(self.floor_of(mirrored))
    }
}

/// `(a + b x fraction of the entry) / c`: a number that is linear in the entry's fractional part; c > 0.
/// What is too large to hold saturates: its level is held at the edge of prices anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    a: i128,
    b: i128,
    c: i128,
}

impl Form {
    pub(crate) fn whole(value: i64) -> Form {
        Form { a: i128::from(value), b: 0, c: 1 }
    }

    pub(crate) fn plus(self, other: Form) -> Form {
        if self.c == other.c {
            return Form {
                a: self.a.saturating_add(other.a),
                b: self.b.saturating_add(other.b),
                c: self.c,
            };
        }
        let cross =
            |x: i128, y: i128| x.saturating_mul(other.c).saturating_add(y.saturating_mul(self.c));
        Form { a: cross(self.a, other.a), b: cross(self.b, other.b), c: self.c * other.c }
    }

    pub(crate) fn minus(self, other: Form) -> Form {
        self.plus(Form {
            a: 0i128.saturating_sub(other.a),
            b: 0i128.saturating_sub(other.b),
            c: other.c,
        })
    }

    pub(crate) fn times(self, factor: i128, over: i128) -> Form {
        match (factor, over) {
            (1, 1) => return self,
            (-1, 1) => return Form::whole(0).minus(self),
            _ => {}
        }
        Form {
            a: self.a.saturating_mul(factor),
            b: self.b.saturating_mul(factor),
            c: self.c * over,
        }
    }
}

/// What a price rule measures from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub(crate) entry: Entry,
    pub(crate) best: Option<i64>,
    /// The instrument's tick size in units.
    pub(crate) tick: i64,
    pub(crate) rounding: LevelRounding,
}

impl Reference {
    pub(crate) fn entry(&self) -> Form {
        Form { a: self.entry.whole, b: 1, c: 1 }
    }

    /// How far `distance` is, never negative.
    pub(crate) fn distance(&self, distance: Distance) -> Form {
        let best = self.best.map_or(self.entry.whole, i128::from);
        match distance {
            Distance::Points(points) => Form::whole(points.0),
            Distance::Ticks(ticks) => Form::whole(i64::from(ticks) * self.tick),
            Distance::BasisPoints(points) => {
                Form { a: best.abs() * i128::from(points), b: 0, c: 10_000 }
            }
            Distance::OfBest(share) => {
                Form { a: best.abs() * i128::from(share.0), b: 0, c: i128::from(MILLION) }
            }
            Distance::OfEntry(share) | Distance::OfPremium(share) => {
                let sign = if self.entry.is_negative() { -1 } else { 1 };
                self.entry().times(i128::from(share.0) * sign, i128::from(MILLION))
            }
        }
    }

    /// `best - entry - form` compared with zero: whether the best profit is at least `form`, or more than it.
    pub(crate) fn has_profit_of(&self, form: Form, strict: bool) -> bool {
        let Some(best) = self.best else { return false };
        let over = Form::whole(best).minus(self.entry()).minus(form);
        if strict { self.entry.ceil_of(over) > 0 } else { self.entry.floor_of(over) >= 0 }
    }

    /// How many whole `every` fit into `form`; none when it is below one.
    pub(crate) fn whole_steps(&self, form: Form, every: Form) -> i128 {
        // floor(form / every) over the common denominator of the entry: exact also for averaged entries.
        let scale = |form: Form| {
            let part = form.b.checked_mul(self.entry.part)?;
            form.a.checked_mul(self.entry.of)?.checked_add(part)
        };
        let exact = || Some((scale(form)?, scale(every)?.checked_mul(form.c)?));
        // An average of an absurdly large holding is taken to the unit.
        let to_the_unit = || {
            (
                self.entry.floor_of(Form { c: 1, ..form }),
                self.entry.floor_of(Form { c: 1, ..every }).saturating_mul(form.c),
            )
        };
        let (top, below) = exact().unwrap_or_else(to_the_unit);
        if top <= 0 || below <= 0 { 0 } else { wide::mul_div_floor(top, every.c, below) }
    }

    /// `form` is a whole unit: most are.
    fn is_whole(&self, form: Form) -> bool {
        form.c == 1 && (form.b == 0 || self.entry.part == 0)
    }

    /// The highest unit at or below `form`.
    pub(crate) fn floor(&self, form: Form) -> i64 {
        narrow(self.entry.floor_of(form))
    }

    /// The lowest unit at or above `form`.
    pub(crate) fn ceil(&self, form: Form) -> i64 {
        narrow(self.entry.ceil_of(form))
    }

    pub(crate) fn level(&self, form: Form) -> Level {
        match self.rounding {
            LevelRounding::Exact if self.is_whole(form) => Level::at(narrow(form.a)),
            LevelRounding::Exact => Level { trigger: self.floor(form), shown: self.ceil(form) },
            LevelRounding::TickAwayFromMarket => Level::at(self.on_ticks(form, |low, _, _| low)),
            LevelRounding::TickTowardMarket => {
                Level::at(self.on_ticks(form, |low, exact, _| low + i128::from(!exact)))
            }
            LevelRounding::TickHalfEven => Level::at(self.on_ticks(form, |low, _, double| {
                // `double` is the whole part of twice the distance above `low`, in ticks, and whether it is exact.
                low + match double {
                    (0, _) => 0,
                    (_, true) => low.rem_euclid(2),
                    (_, false) => 1,
                }
            })),
        }
    }

    fn on_ticks(&self, form: Form, choose: impl Fn(i128, bool, (i128, bool)) -> i128) -> i64 {
        let ticks = Form { c: form.c * i128::from(self.tick), ..form };
        let (low, high) = (self.entry.floor_of(ticks), self.entry.ceil_of(ticks));
        let twice = Form { a: ticks.a.saturating_mul(2), b: ticks.b.saturating_mul(2), c: ticks.c };
        let (twice_low, twice_high) = (self.entry.floor_of(twice), self.entry.ceil_of(twice));
        narrow(
            choose(low, low == high, (twice_low - 2 * low, twice_low == twice_high))
                * i128::from(self.tick),
        )
    }
}

/// A level as a price unit. Levels far outside the range of prices are held at its edge: no mark is beyond.
fn narrow(value: i128) -> i64 {
    let edge = crate::money::LARGEST * 2;
    let far = if value < 0 { -edge } else { edge };
    i64::try_from(value).map_or(far, |value| value.clamp(-edge, edge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Fraction;

    fn reference(entry: Entry, best: i64) -> Reference {
        Reference { entry, best: Some(best), tick: 5, rounding: LevelRounding::Exact }
    }

    #[test]
    fn an_average_entry_that_is_no_price_gives_levels_that_bracket_it() {
        // 10 at 100 and 20 at 101 units: 100.66...
        let entry = Entry::average(Side::Buy, 10 * 100 + 20 * 101, 30);
        let level = reference(entry, 200).level(reference(entry, 200).entry());
        assert_eq!(level, Level { trigger: 100, shown: 101 });
        assert!(level.stops(100, false) && !level.stops(101, false));
        assert!(level.stops(100, true) && !level.stops(101, true));
        let short = Entry::average(Side::Sell, 10 * 100 + 20 * 101, 30);
        let level = reference(short, -50).level(reference(short, -50).entry());
        assert_eq!(
            (price_of(Side::Sell, level.trigger), price_of(Side::Sell, level.shown)),
            (Price(101), Price(100))
        );
    }

    #[test]
    fn steps_are_counted_whole_also_from_an_average() {
        let entry = Entry::average(Side::Buy, 301, 3);
        let here = reference(entry, 121);
        let gain = Form::whole(121).minus(here.entry());
        assert_eq!(here.whole_steps(gain, Form::whole(10)), 2);
        assert_eq!(
            here.whole_steps(gain, here.distance(Distance::OfEntry(Fraction::percent(10)))),
            2
        );
        assert_eq!(here.whole_steps(Form::whole(-5), Form::whole(10)), 0);
    }

    #[test]
    fn ticks_round_half_to_even() {
        let mut here = reference(Entry::at(100), 100);
        here.rounding = LevelRounding::TickHalfEven;
        let at = |a: i128, c: i128| here.level(Form { a, b: 0, c }).shown;
        assert_eq!((at(25, 2), at(35, 2), at(13, 1), at(12, 1)), (10, 20, 15, 10));
    }
}
