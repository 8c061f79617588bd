//! Instants, days and times of day in Indian time, from numbers alone; nothing here reads a clock.

use highmark_engine::{Day, SECOND, Span, TimeOfDay, Timestamp};
use std::ops::Range;

/// Indian Standard Time less UTC.
pub const IST: Span = Span::minutes(330);
const DAY: i64 = 86_400 * SECOND;

/// The instant of a time of day.
pub fn instant(day: Day, time: TimeOfDay) -> Timestamp {
    Timestamp(days_from_civil(day) * DAY + time.0 - IST.0)
}

/// The day that an instant falls on.
pub fn day_of(at: Timestamp) -> Day {
    civil_from_days((at.0.saturating_add(IST.0)).div_euclid(DAY))
}

/// The instants of a day.
pub fn hours_of(day: Day) -> Range<Timestamp> {
    let start = instant(day, TimeOfDay::at(0, 0, 0));
    start..start.plus(Span(DAY))
}

pub fn time_of(at: Timestamp) -> TimeOfDay {
    at.time_of_day(IST)
}

/// `13:42:05`, with milliseconds when there are some.
pub fn time_text(at: Timestamp) -> String {
    let time = time_of(at).0;
    let (seconds, part) = (time / SECOND, time % SECOND / 1_000_000);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if part == 0 { whole } else { format!("{whole}.{part:03}") }
}

/// `15 Apr 2021`.
pub fn day_text(day: Day) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = usize::try_from(day.0 / 100 % 100).unwrap_or(0).saturating_sub(1);
    format!("{} {} {}", day.0 % 100, MONTHS.get(month).unwrap_or(&"?"), day.0 / 10_000)
}

/// `2021-04-15T13:42:05+05:30`.
pub fn stamp(at: Timestamp) -> String {
    let day = day_of(at).0;
    let (year, month, date) = (day / 10_000, day / 100 % 100, day % 100);
    format!("{year:04}-{month:02}-{date:02}T{}+05:30", time_text(at))
}

/// The instant that [`stamp`] wrote.
pub fn read_stamp(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let day = crate::scenario::day_text(date)?;
    let time = rest.trim_end_matches("+05:30");
    let (whole, part) = time.split_once('.').unwrap_or((time, "0"));
    let milliseconds: i64 = part.parse().ok()?;
    let time = crate::scenario::clock_text(whole)?;
    Some(Timestamp(instant(day, time).0 + milliseconds * 1_000_000))
}

/// `6h 15m`, `42s`: the two largest parts.
pub fn span_text(span: Span) -> String {
    let seconds = span.0 / SECOND;
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, _) if span.0 % SECOND != 0 => format!("{} ms", span.0 / 1_000_000),
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, 0) => format!("{m}m"),
        (0, 0, m, s) => format!("{m}m {s}s"),
        (0, h, 0, _) => format!("{h}h"),
        (0, h, m, _) => format!("{h}h {m}m"),
        (d, h, _, _) => format!("{d}d {h}h"),
    }
}

/// Days since 1970-01-01 (Howard Hinnant's algorithm).
fn days_from_civil(day: Day) -> i64 {
    let (year, month, date) =
        (i64::from(day.0 / 10_000), i64::from(day.0 / 100 % 100), i64::from(day.0 % 100));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> Day {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    Day(u32::try_from(year * 10_000 + month * 100 + date).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_agree() {
        for day in [Day(19_700_101), Day(20_000_229), Day(20_210_415), Day(20_991_231)] {
            let at = instant(day, TimeOfDay::at(9, 15, 0));
            assert_eq!(day_of(at), day);
            assert_eq!(time_text(at), "09:15:00");
            let hours = hours_of(day);
            assert!(hours.contains(&at));
            assert_eq!((day_of(hours.start), day_of(Timestamp(hours.end.0 - 1))), (day, day));
        }
        assert_eq!(
            instant(Day(20_210_415), TimeOfDay::at(5, 30, 0)),
            Timestamp::seconds(1_618_444_800)
        );
        assert_eq!(stamp(Timestamp::seconds(1_618_444_800)), "2021-04-15T05:30:00+05:30");
    }
}
