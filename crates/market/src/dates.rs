//! Days as the engine counts them, and as the calendar does.

use crate::error::MarketError;
use highmark_engine::{Day, SECOND, Span, Timestamp};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// India's offset; it has no summer time.
pub(crate) const IST: Span = Span(19_800 * SECOND);

pub(crate) fn date_of(day: Day) -> Result<Date, MarketError> {
    let part = |number: u32| i16::try_from(number).unwrap_or(i16::MAX);
    let small = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
    Date::new(part(day.0 / 10_000), small(day.0 / 100 % 100), small(day.0 % 100)).map_err(|_| {
        MarketError::new(format!("day {}", day.0), "no such day", "write it as 20210611")
    })
}

pub(crate) fn day_of(date: Date) -> Day {
    let part = |number: i64| u32::try_from(number).unwrap_or(0);
    let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
    Day(part(year) * 10_000 + part(month) * 100 + part(day))
}

/// An instant of Indian time.
pub(crate) fn instant(date: Date, time: Time) -> Timestamp {
    let at = TimeZone::UTC.to_timestamp(date.to_datetime(time));
    Timestamp::seconds(at.map_or(0, |at| at.as_second())).minus(IST)
}

/// Whether New York has summer time on a day.
pub(crate) fn is_us_summer(date: Date) -> bool {
    let noon = date.at(12, 0, 0, 0);
    let Ok(zone) = TimeZone::get("America/New_York") else { return false };
    zone.to_timestamp(noon).is_ok_and(|at| zone.to_offset_info(at).dst().is_dst())
}

/// `2026-11-24`.
pub(crate) fn dashed(day: Day) -> String {
    let (year, month, date) = (day.0 / 10_000, day.0 / 100 % 100, day.0 % 100);
    format!("{year:04}-{month:02}-{date:02}")
}

/// The Indian day of milliseconds since 1970.
pub(crate) fn date_of_milliseconds(at: i64) -> Option<Date> {
    Some(indian(at)?.date())
}

/// The Indian time of day of milliseconds since 1970.
pub(crate) fn time_of_milliseconds(at: i64) -> Option<Time> {
    Some(indian(at)?.time())
}

fn indian(milliseconds: i64) -> Option<jiff::civil::DateTime> {
    let ist = milliseconds.checked_add(IST.0 / 1_000_000)?;
    let at = jiff::Timestamp::from_millisecond(ist).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}
