//! `bars { chandelier | parabolic_sar | supertrend | donchian | atr }`: the stop follows an indicator on bars.
//!
//! Bars are built from the instrument's marks, of any length, aligned to the session's open. The level is computed when a bar closes,
//! and only tightens. Formulas are given for a long; a short mirrors. Each recurrence is rounded half-even at 1e-8.
//!
//! - True range = max(high, previous close) - min(low, previous close). ATR(n) starts as the mean of the first n true ranges,
//!   then (ATR x (n - 1) + true range) / n (Wilder, New Concepts in Technical Trading Systems, 1978).
//! - `atr`: close - multiple x ATR.
//! - `chandelier`: highest high of n bars - multiple x ATR(n) (Le Beau).
//! - `donchian`: lowest low of n bars.
//! - `supertrend`: (high + low) / 2 - multiple x ATR, kept from falling while the close stays above it.
//! - `parabolic_sar`: starts with the first bar that closes under the rule: SAR = its low, extreme = its high; then SAR moves by
//!   AF x (extreme - SAR), not past the lows of the last two bars; AF grows by `step` with each new extreme, to `most` (Wilder).
//!
//! There is no level before the period is full. A study that is set where bars are built already begins with the last 1000 of them, and
//! its level counts at once. Two bars with nothing between them are simply next to each other: a stretch without
//! a tick makes no bar.

use super::level::Level;
use super::spec::Study;
use crate::event::Bar;
use crate::input::Side;
use crate::money::{Fraction, MILLION, Price};
use crate::rare::Usual;
use crate::wide;
use alloc::collections::VecDeque;
use serde::{Deserialize, Serialize};

/// The longest period of a study, and so the most bars of one length that are kept.
pub(crate) const MOST_PERIOD: u32 = 1000;
pub(crate) const MOST_BARS: usize = 1000;

/// What an indicator remembers between bars, in x-space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StudyState {
    seen: u32,
    previous: Option<XBar>,
    /// The sum of true ranges until the period is full, then the average.
    range: i128,
    recent: VecDeque<XBar>,
    band: Option<i64>,
    sar: Option<Sar>,
    level: Option<i64>,
}

impl Usual for StudyState {
    const USUAL: &'static StudyState = &StudyState {
        seen: 0,
        previous: None,
        range: 0,
        recent: VecDeque::new(),
        band: None,
        sar: None,
        level: None,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct XBar {
    high: i64,
    low: i64,
    close: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Sar {
    value: i64,
    extreme: i64,
    factor: u32,
    before: i64,
    before_that: Option<i64>,
}

impl StudyState {
    /// How many bars have been seen.
    pub(crate) fn seen(&self) -> u32 {
        self.seen
    }

    /// The level that the last bar made.
    pub(crate) fn level(&self) -> Option<Level> {
        self.level.map(Level::at)
    }

    /// Restates all that it remembers after a corporate action: prices by `at`, ranges by `range`, both in x.
    pub(crate) fn restate(&mut self, at: impl Fn(i64) -> i64, range: impl Fn(i128) -> i128) {
        let bar = |bar: XBar| XBar { high: at(bar.high), low: at(bar.low), close: at(bar.close) };
        self.previous = self.previous.map(bar);
        self.range = range(self.range);
        for each in &mut self.recent {
            *each = bar(*each);
        }
        self.band = self.band.map(&at);
        self.sar = self.sar.map(|sar| Sar {
            value: at(sar.value),
            extreme: at(sar.extreme),
            factor: sar.factor,
            before: at(sar.before),
            before_that: sar.before_that.map(&at),
        });
        self.level = self.level.map(&at);
    }

    /// Folds a closed bar.
    pub(crate) fn fold(&mut self, study: Study, side: Side, bar: &Bar) {
        let bar = XBar::seen_from(side, bar);
        self.seen += 1;
        self.level = match study {
            Study::ParabolicSar { step, most } => Some(self.parabolic_sar(step, most, bar)),
            Study::Donchian { period } => {
                self.remember(period, bar);
                self.is_full(period)
                    .then(|| self.recent.iter().map(|bar| bar.low).min().unwrap_or(bar.low))
            }
            Study::Atr { period, multiple } => {
                self.average_range(period, bar).map(|range| bar.close - times(multiple, range))
            }
            Study::Chandelier { period, multiple } => {
                self.remember(period, bar);
                let highest = self.recent.iter().map(|bar| bar.high).max().unwrap_or(bar.high);
                self.average_range(period, bar).map(|range| highest - times(multiple, range))
            }
            Study::Supertrend { period, multiple } => self
                .average_range(period, bar)
                .map(|range| self.supertrend(times(multiple, range), bar)),
        };
        self.previous = Some(bar);
    }

    fn is_full(&self, period: u32) -> bool {
        self.seen >= period
    }

    fn remember(&mut self, period: u32, bar: XBar) {
        self.recent.push_back(bar);
        if self.recent.len() > period as usize {
            self.recent.pop_front();
        }
    }

    fn average_range(&mut self, period: u32, bar: XBar) -> Option<i64> {
        let before = self.previous.map_or((bar.high, bar.low), |previous| {
            (bar.high.max(previous.close), bar.low.min(previous.close))
        });
        let (range, n) = (i128::from(before.0 - before.1), i128::from(period));
        self.range = match self.seen {
            seen if seen < period => self.range + range,
            seen if seen == period => wide::div_half_even(self.range + range, n),
            _ => wide::div_half_even(self.range * (n - 1) + range, n),
        };
        self.is_full(period).then(|| i64::try_from(self.range).unwrap_or(i64::MAX / 4))
    }

    fn supertrend(&mut self, offset: i64, bar: XBar) -> i64 {
        let middle = half(bar.high + bar.low);
        let lower = middle - offset;
        let held = match (self.band, self.previous) {
            (Some(band), Some(previous)) if previous.close >= band => lower.max(band),
            _ => lower,
        };
        self.band = Some(held);
        held
    }

    fn parabolic_sar(&mut self, step: Fraction, most: Fraction, bar: XBar) -> i64 {
        let next = match self.sar {
            None => Sar {
                value: bar.low,
                extreme: bar.high,
                factor: step.0,
                before: bar.low,
                before_that: None,
            },
            Some(sar) => {
                let moved = sar.value + times(Fraction(sar.factor), sar.extreme - sar.value);
                let value = sar.before_that.map_or(moved, |low| moved.min(low)).min(sar.before);
                let is_new = bar.high > sar.extreme;
                Sar {
                    value,
                    extreme: sar.extreme.max(bar.high),
                    factor: if is_new {
                        sar.factor.saturating_add(step.0).min(most.0)
                    } else {
                        sar.factor
                    },
                    before: bar.low,
                    before_that: Some(sar.before),
                }
            }
        };
        self.sar = Some(next);
        next.value
    }
}

impl XBar {
    fn seen_from(side: Side, bar: &Bar) -> XBar {
        match side {
            Side::Buy => XBar { high: bar.high.0, low: bar.low.0, close: bar.close.0 },
            Side::Sell => XBar { high: -bar.low.0, low: -bar.high.0, close: -bar.close.0 },
        }
    }
}

fn half(sum: i64) -> i64 {
    mid(Price(sum), Price::ZERO).0
}

/// Half way between two prices, half-even at 1e-8.
pub(crate) fn mid(a: Price, b: Price) -> Price {
    let half = wide::div_half_even(i128::from(a.0) + i128::from(b.0), 2);
    Price(i64::try_from(half).expect("a mean lies between its two prices"))
}

/// `multiple x range`, half-even at 1e-8.
fn times(multiple: Fraction, range: i64) -> i64 {
    let product =
        wide::mul_div_half_even(i128::from(range), i128::from(multiple.0), i128::from(MILLION));
    i64::try_from(product).unwrap_or(i64::MAX / 4)
}
