//! Time as data: instants, spans, times of day and session days. The engine never reads a clock.

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

/// A length of time in nanoseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(pub i64);

/// Nanoseconds since local midnight; which midnight is set by [`crate::Profile::utc_offset`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TimeOfDay(pub i64);

/// A session day as the number yyyymmdd.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Day(pub u32);

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Span {
    pub const ZERO: Span = Span(0);
    pub const fn seconds(seconds: i64) -> Span {
        Span(seconds.saturating_mul(SECOND))
    }
    pub const fn minutes(minutes: i64) -> Span {
        Span(minutes.saturating_mul(60 * SECOND))
    }
}

impl TimeOfDay {
    pub const fn at(hour: i64, minute: i64, second: i64) -> TimeOfDay {
        TimeOfDay((hour * 3600 + minute * 60 + second) * SECOND)
    }
}

impl Timestamp {
    pub const fn seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds.saturating_mul(SECOND))
    }
    pub fn plus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
    pub fn minus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
    /// The time of day at `utc_offset`.
    pub fn time_of_day(self, utc_offset: Span) -> TimeOfDay {
        TimeOfDay(self.0.saturating_add(utc_offset.0).rem_euclid(DAY))
    }
    /// The first instant at or after this one whose time of day is `time`.
    pub fn next(self, time: TimeOfDay, utc_offset: Span) -> Timestamp {
        let wait = (time.0 - self.time_of_day(utc_offset).0).rem_euclid(DAY);
        self.plus(Span(wait))
    }
    /// The start of the stretch of `length` that holds this instant, counted from `origin`.
    pub(crate) fn floor_to(self, length: Span, origin: Timestamp) -> Timestamp {
        let into = self.0.saturating_sub(origin.0).rem_euclid(length.0.max(1));
        Timestamp(self.0.saturating_sub(into))
    }
}
