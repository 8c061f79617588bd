//! The time of a row: epochs told apart by their size, RFC 3339, local times in a declared zone, counts from midnight.

use crate::digits::digits;
use crate::error::FeedError;
use crate::mapping::{TimeMapping, TimeUnit};
use crate::minute::KnownMinute;
use highmark_engine::{Day, SECOND, TickRefusal, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::ops::Range;

const DAY: i64 = 86_400 * SECOND;
/// 1990 and 2100 in seconds since 1970: no market data is from outside.
const FIRST: i64 = 631_152_000;
const END: i64 = 4_102_444_800;

/// The plausible epochs in each unit, in the order of [`TimeUnit`]; the ranges don't meet.
const EPOCHS: [Range<i64>; 5] = [
    0..0,
    FIRST..END,
    FIRST * 1_000..END * 1_000,
    FIRST * 1_000_000..END * 1_000_000,
    FIRST * SECOND..END * SECOND,
];

/// Reads the times of one file.
pub(crate) struct Clock {
    zone: Option<TimeZone>,
    unit: Option<TimeUnit>,
    /// The unit of the file's first epoch; it must not change.
    seen: Option<TimeUnit>,
    start: i64,
    day: Option<KnownDay>,
    minute: Option<KnownMinute>,
}

/// A local day whose offset does not change.
#[derive(Clone, Copy)]
struct KnownDay {
    date: Date,
    midnight: i64,
}

impl Clock {
    pub(crate) fn new(mapping: &TimeMapping) -> Result<Clock, FeedError> {
        let zone = mapping.zone.as_deref().map(zone_named).transpose()?;
        let start = mapping.start.as_deref().map_or(Ok(0), start_time)?;
        Ok(Clock { zone, unit: mapping.unit, seen: None, start, day: None, minute: None })
    }

    /// A text that says the whole time: an epoch, or a date and a time with or without a zone.
    pub(crate) fn text(&mut self, text: &[u8]) -> Result<Timestamp, TickRefusal> {
        if let Some(at) = self.minute.as_ref().and_then(|minute| minute.instant(text)) {
            return Ok(at);
        }
        if let Some(whole) = digits(text) {
            return self.epoch(whole, 0);
        }
        self.any_text(text)
    }

    fn any_text(&mut self, text: &[u8]) -> Result<Timestamp, TickRefusal> {
        if text.is_empty() {
            return Err(TickRefusal::Time);
        }
        if text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
            && text.iter().skip(1).all(|byte| *byte != b'-')
        {
            let (whole, billionths) = decimal(text).ok_or(TickRefusal::Parse)?;
            return self.epoch(whole, billionths);
        }
        let (date, of_day, offset) = written(text).ok_or(TickRefusal::Parse)?;
        if !(1989..=2100).contains(&date.year()) {
            return Err(TickRefusal::Time);
        }
        let at = match offset {
            Some(seconds) => plausible(at_midnight_utc(date) + of_day - seconds * SECOND)?,
            None => self.local(date, of_day)?,
        };
        if offset.is_some() || self.day.is_some_and(|day| day.date == date) {
            self.minute = KnownMinute::of(text, at);
        }
        Ok(at)
    }

    /// A whole number that says the whole time.
    pub(crate) fn number(&mut self, value: i64) -> Result<Timestamp, TickRefusal> {
        self.epoch(value, 0)
    }

    /// A count from the local midnight of `date`, as text.
    pub(crate) fn text_of_day(
        &mut self,
        date: Date,
        text: &[u8],
    ) -> Result<Timestamp, TickRefusal> {
        if text.is_empty() {
            return Err(TickRefusal::Time);
        }
        let (whole, billionths) = decimal(text).ok_or(TickRefusal::Parse)?;
        self.of_day(date, whole, billionths)
    }

    /// A count from the local midnight of `date`.
    pub(crate) fn of_day(
        &mut self,
        date: Date,
        whole: i64,
        billionths: i64,
    ) -> Result<Timestamp, TickRefusal> {
        let length = length_of(self.unit.unwrap_or(TimeUnit::Seconds));
        let count = scaled(whole, billionths, length).ok_or(TickRefusal::TimeUnit)?;
        let of_day = count.saturating_add(self.start);
        if !(0..=DAY).contains(&of_day) {
            return Err(TickRefusal::TimeUnit);
        }
        self.local(date, of_day)
    }

    /// Nanoseconds since the midnight that starts `date` where the file is from.
    pub(crate) fn local(&mut self, date: Date, of_day: i64) -> Result<Timestamp, TickRefusal> {
        if let Some(day) = self.day
            && day.date == date
        {
            return Ok(Timestamp(day.midnight + of_day));
        }
        if !(1990..2100).contains(&date.year()) {
            return Err(TickRefusal::Time);
        }
        let Some(zone) = &self.zone else { return Err(TickRefusal::Zone) };
        if let Some(midnight) = steady_midnight(zone, date) {
            self.day = Some(KnownDay { date, midnight });
            return Ok(Timestamp(midnight + of_day));
        }
        // A day on which the clocks change: an hour that came twice or never is refused.
        let (date, of_day) = match of_day {
            DAY => (date.tomorrow().map_err(|_| TickRefusal::Time)?, 0),
            of_day => (date, of_day),
        };
        let wall = date.to_datetime(jiff::civil::Time::midnight());
        let wall = wall.checked_add(jiff::SignedDuration::from_nanos(of_day));
        let wall = wall.map_err(|_| TickRefusal::Time)?;
        let instant = zone.to_ambiguous_timestamp(wall).unambiguous();
        let nanoseconds = instant.map_err(|_| TickRefusal::Zone)?.as_nanosecond();
        i64::try_from(nanoseconds).map(Timestamp).map_err(|_| TickRefusal::Time)
    }

    /// An instant whose unit the file's own schema states; local when it is not `utc`.
    pub(crate) fn instant(
        &mut self,
        value: i64,
        unit: TimeUnit,
        utc: bool,
    ) -> Result<Timestamp, TickRefusal> {
        let at = scaled(value, 0, length_of(unit)).ok_or(TickRefusal::Time)?;
        let at = plausible(at)?;
        if utc {
            return Ok(at);
        }
        let wall =
            jiff::Timestamp::from_nanosecond(i128::from(at.0)).map_err(|_| TickRefusal::Time)?;
        self.local(TimeZone::UTC.to_datetime(wall).date(), at.0.rem_euclid(DAY))
    }

    fn epoch(&mut self, whole: i64, billionths: i64) -> Result<Timestamp, TickRefusal> {
        if let Some(unit) = self.unit.or(self.seen)
            && EPOCHS[unit as usize].contains(&whole)
        {
            return scaled(whole, billionths, length_of(unit))
                .map(Timestamp)
                .ok_or(TickRefusal::Time);
        }
        let told = unit_of(whole).ok_or(TickRefusal::Time)?;
        let expected = self.unit.unwrap_or(*self.seen.get_or_insert(told));
        if told != expected {
            return Err(TickRefusal::TimeUnit);
        }
        scaled(whole, billionths, length_of(told)).map(Timestamp).ok_or(TickRefusal::Time)
    }
}

/// A zone by its name or offset.
pub(crate) fn zone_named(name: &str) -> Result<TimeZone, FeedError> {
    let fixed = offset_text(name.as_bytes()).and_then(|seconds| {
        let seconds = i32::try_from(seconds).ok()?;
        jiff::tz::Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
    });
    fixed.or_else(|| TimeZone::get(name).ok()).ok_or_else(|| {
        FeedError::new(
            format!("zone {name:?}"),
            "no such time zone",
            "write an offset such as +05:30, or a name such as Asia/Kolkata",
        )
    })
}

/// The instants at which a day starts and ends in a zone.
pub(crate) fn day_in_zone(day: Day, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let date = date_number(i64::from(day.0))?;
    let start_of = |date: Date| {
        let start = date.to_zoned(zone.clone()).ok()?;
        i64::try_from(start.timestamp().as_nanosecond()).ok().map(Timestamp)
    };
    Some((start_of(date)?, start_of(date.tomorrow().ok()?)?))
}

/// The day of an instant in a zone.
pub(crate) fn day_of(at: Timestamp, zone: &TimeZone) -> Option<Day> {
    let instant = jiff::Timestamp::from_nanosecond(i128::from(at.0)).ok()?;
    day_number(zone.to_datetime(instant).date())
}

/// A date as the number yyyymmdd.
pub(crate) fn day_number(date: Date) -> Option<Day> {
    let year = u32::try_from(date.year()).ok()?;
    let month = u32::try_from(date.month()).ok()?;
    let day = u32::try_from(date.day()).ok()?;
    Some(Day(year * 10_000 + month * 100 + day))
}

/// The date that a number yyyymmdd says.
pub(crate) fn date_number(number: i64) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}

/// The date that a text says: yyyymmdd or yyyy-mm-dd.
pub(crate) fn date_text(text: &[u8]) -> Option<Date> {
    match text.len() {
        8 => date_number(digits(text)?),
        10 if text[4] == b'-' && text[7] == b'-' => {
            let (year, month, day) =
                (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..])?);
            date_number(year * 10_000 + month * 100 + day)
        }
        _ => None,
    }
}

/// `date` is within a hundred years or so.
fn at_midnight_utc(date: Date) -> i64 {
    let days = date.since(Date::constant(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()));
    days * DAY
}

fn plausible(at: i64) -> Result<Timestamp, TickRefusal> {
    if (FIRST..END).contains(&at.div_euclid(SECOND)) {
        Ok(Timestamp(at))
    } else {
        Err(TickRefusal::Time)
    }
}

/// The midnight that starts a day through which the offset of the zone stays the same.
fn steady_midnight(zone: &TimeZone, date: Date) -> Option<i64> {
    let start = zone.to_ambiguous_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
    let start = start.unambiguous().ok()?;
    let end = date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
    let end = zone.to_ambiguous_timestamp(end).unambiguous().ok()?;
    let start = i64::try_from(start.as_nanosecond()).ok()?;
    let end = i64::try_from(end.as_nanosecond()).ok()?;
    (end - start == DAY).then_some(start)
}

fn length_of(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Minutes => 60 * SECOND,
        TimeUnit::Seconds => SECOND,
        TimeUnit::Milliseconds => 1_000_000,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Nanoseconds => 1,
    }
}

/// The unit in which an epoch is a plausible time.
fn unit_of(epoch: i64) -> Option<TimeUnit> {
    [TimeUnit::Seconds, TimeUnit::Milliseconds, TimeUnit::Microseconds, TimeUnit::Nanoseconds]
        .into_iter()
        .find(|unit| EPOCHS[*unit as usize].contains(&epoch))
}

/// A count of units as nanoseconds; what is finer than one is dropped.
fn scaled(whole: i64, billionths: i64, length: i64) -> Option<i64> {
    if billionths == 0 {
        return whole.checked_mul(length);
    }
    let rest = i128::from(billionths) * i128::from(length) / i128::from(SECOND);
    whole.checked_mul(length)?.checked_add(i64::try_from(rest).ok()?)
}

/// A decimal number as a whole part and billionths; no sign other than a minus, which makes it negative.
fn decimal(text: &[u8]) -> Option<(i64, i64)> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let whole = digits(&text[..point])?;
    let tail = text.get(point + 1..).unwrap_or_default();
    let billionths = billionths(tail)?;
    Some(if negative { (-whole, -billionths) } else { (whole, billionths) })
}

fn billionths(tail: &[u8]) -> Option<i64> {
    if !tail.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut value = 0;
    for place in 0..9 {
        value = value * 10 + tail.get(place).map_or(0, |digit| i64::from(digit - b'0'));
    }
    Some(value)
}

/// A date, then a time of day, then perhaps an offset: RFC 3339, the same with a blank or without a zone, and
/// `20200101 170000065`, `19980102 09:00`. Gives the date, nanoseconds of the day and seconds east of UTC.
fn written(text: &[u8]) -> Option<(Date, i64, Option<i64>)> {
    let gap = text.iter().position(|byte| matches!(byte, b'T' | b't' | b' '));
    let Some(gap) = gap else { return date_text(text).map(|date| (date, 0, None)) };
    let date = date_text(&text[..gap])?;
    let rest = &text[gap + 1..];
    let zone = rest.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
    let (time, offset) = match zone {
        Some(at) => (&rest[..at], Some(offset_text(&rest[at..])?)),
        None => (rest, None),
    };
    Some((date, time_text(time)?, offset))
}

fn time_text(text: &[u8]) -> Option<i64> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (clock, tail) = text.split_at(point.unwrap_or(text.len()));
    let colons = clock.contains(&b':');
    let (hour, minute, second, tail) = match clock.len() {
        8 if clock[2] == b':' && clock[5] == b':' => (&clock[..2], &clock[3..5], &clock[6..], tail),
        5 if clock[2] == b':' && tail.is_empty() => (&clock[..2], &clock[3..], &b"00"[..], tail),
        6 if !colons => (&clock[..2], &clock[2..4], &clock[4..], tail),
        // hhmmss and milliseconds without a point
        9 if !colons && tail.is_empty() => {
            let milliseconds = digits(&clock[6..])? * 1_000_000;
            return Some(time_text(&clock[..6])? + milliseconds);
        }
        _ => return None,
    };
    let (hour, minute, second) = (digits(hour)?, digits(minute)?, digits(second)?);
    let tail = match tail {
        [] => 0,
        [_] => return None,
        [_, tail @ ..] => billionths(tail)?,
    };
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * SECOND + tail)
}

/// `Z`, `UTC`, `+05:30`, `-0500` or `+05` as seconds east of UTC.
fn offset_text(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        b"Z" | b"z" | b"UTC" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.len() {
        5 if rest[2] == b':' => (digits(&rest[..2])?, digits(&rest[3..])?),
        4 => (digits(&rest[..2])?, digits(&rest[2..])?),
        2 => (digits(rest)?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn start_time(text: &str) -> Result<i64, FeedError> {
    time_text(text.as_bytes()).ok_or_else(|| {
        FeedError::new(
            format!("start {text:?}"),
            "not a time of day",
            "write it as 09:15 or 09:15:00",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: Option<&str>) -> Clock {
        let zone = zone.map(str::to_owned);
        Clock::new(&TimeMapping { zone, ..TimeMapping::default() }).unwrap()
    }

    fn read(zone: Option<&str>, text: &str) -> Result<i64, TickRefusal> {
        clock(zone).text(text.as_bytes()).map(|at| at.0)
    }

    const MOMENT: i64 = 1_623_383_100 * SECOND;

    #[test]
    fn the_same_moment_is_read_from_every_way_of_writing_it() {
        for text in [
            "1623383100",
            "1623383100000",
            "1623383100000000",
            "1623383100000000000",
            "1623383100.000",
            "2021-06-11T09:15:00+05:30",
            "2021-06-11T03:45:00Z",
            "2021-06-11 03:45:00.000000+00:00",
            "2021-06-10t22:45:00-0500",
        ] {
            assert_eq!(read(None, text), Ok(MOMENT), "{text}");
        }
        for text in ["2021-06-11 09:15:00", "20210611 09:15", "20210611 091500000"] {
            assert_eq!(read(Some("Asia/Kolkata"), text), Ok(MOMENT), "{text}");
            assert_eq!(read(Some("+05:30"), text), Ok(MOMENT), "{text}");
            assert_eq!(read(None, text), Err(TickRefusal::Zone), "{text}");
        }
        assert_eq!(read(None, "1623383100.25"), Ok(MOMENT + SECOND / 4));
        assert_eq!(read(None, "2021-06-11T03:45:00.000000001Z"), Ok(MOMENT + 1));
    }

    #[test]
    fn a_time_after_another_is_read_as_if_it_were_alone() {
        let texts = [
            "2021-06-11T09:15:07+05:30",
            "2021-06-11T09:15:08.5+05:30",
            "2021-06-11T09:15:08.+05:30",
            "2021-06-11T09:15:59.123456789+05:30",
            "2021-06-11T09:15:59.1234567899+05:30",
            "2021-06-11T09:15:60+05:30",
            "2021-06-11T09:15:5+05:30",
            "2021-06-11T09:15:5x+05:30",
            "2021-06-11T09:15:07.5-05:30",
            "2021-06-11T09:15:07Z",
            "2021-06-11T09:15:07",
            "2021-06-11T09:16:07+05:30",
            "2021-06-11 09:15:07+05:30",
            "2021-06-11 09:15:07.25",
            "2021-06-11 09:15:08",
            "2021-06-11 09:15:07z",
            "20210611 09:15:07",
            "20210611 091507123",
            "2013-11-03 01:30:00",
            "2013-11-03 01:30:01",
            "2100-01-01T05:29:59+05:30",
            "2100-01-01T05:30:00+05:30",
        ];
        for zone in [None, Some("+05:30"), Some("America/New_York")] {
            for first in texts {
                for second in texts {
                    let mut clock = clock(zone);
                    let _ = clock.text(first.as_bytes());
                    let after = clock.text(second.as_bytes()).map(|at| at.0);
                    assert_eq!(after, read(zone, second), "{zone:?} {first} {second}");
                }
            }
        }
    }

    #[test]
    fn times_that_cannot_be_are_refused() {
        for text in
            ["0", "1", "-1623383100", "5000000000", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00Z"]
        {
            assert_eq!(read(None, text), Err(TickRefusal::Time), "{text}");
        }
        for text in [
            "soon",
            "2021-13-01T00:00:00Z",
            "2021-06-11T24:00:00Z",
            "2021-06-11T09:15",
            "1.6e9",
            "--1",
        ] {
            let refusal = read(None, text).unwrap_err();
            assert!(matches!(refusal, TickRefusal::Parse | TickRefusal::Zone), "{text} {refusal}");
        }
    }

    #[test]
    fn a_file_keeps_its_unit() {
        let mut clock = clock(None);
        assert_eq!(clock.number(1_623_383_100_000), Ok(Timestamp(MOMENT)));
        assert_eq!(clock.number(1_623_383_100), Err(TickRefusal::TimeUnit));
        assert_eq!(clock.number(1_623_383_100_000_000), Err(TickRefusal::TimeUnit));
        assert_eq!(clock.number(1_623_383_101_000), Ok(Timestamp(MOMENT + SECOND)));
    }

    #[test]
    fn an_hour_that_came_twice_or_never_is_refused() {
        let zone = Some("America/New_York");
        assert_eq!(read(zone, "2013-11-03 01:30:00"), Err(TickRefusal::Zone));
        assert_eq!(read(zone, "2013-03-10 02:30:00"), Err(TickRefusal::Zone));
        assert_eq!(read(zone, "2013-11-03 03:30:00"), Ok(1_383_467_400 * SECOND));
        assert_eq!(read(zone, "2013-10-07 09:30:00"), Ok(1_381_152_600 * SECOND));
    }

    #[test]
    fn counts_from_midnight_stay_inside_their_day() {
        let mapping = TimeMapping {
            unit: Some(TimeUnit::Minutes),
            start: Some("09:15".into()),
            zone: Some("+05:30".into()),
            ..TimeMapping::default()
        };
        let mut clock = Clock::new(&mapping).unwrap();
        let date = Date::constant(2021, 6, 11);
        assert_eq!(clock.of_day(date, 0, 0), Ok(Timestamp(MOMENT)));
        assert_eq!(clock.text_of_day(date, b"1.5"), Ok(Timestamp(MOMENT + 90 * SECOND)));
        assert_eq!(clock.of_day(date, 33_300, 0), Err(TickRefusal::TimeUnit));
        assert_eq!(clock.of_day(date, -600, 0), Err(TickRefusal::TimeUnit));
    }
}
