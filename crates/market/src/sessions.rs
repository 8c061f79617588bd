//! When a venue trades: hours by date, holidays, and days that are not like the others.

use crate::error::MarketError;
use crate::{Rows, Status, newest};
use highmark_engine::{Day, SECOND, Session, Span, TickKind, Timestamp, VenueId};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

/// What shares sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    pub name: String,
    pub about: String,
}

/// Whether a venue trades on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trading {
    Open(SessionHours),
    Closed(Closed),
    /// Nobody entered the holidays of that year: the hours that a session would have, if there is one (`None`
    /// when the hours of that time are not known either).
    Unknown(Option<SessionHours>),
}

/// Why a venue does not trade on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    Weekend,
    /// By its name.
    Holiday(String),
    /// The exchange tests its systems: prices are sent, and mean nothing.
    Mock(String),
}

/// The hours of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHours {
    pub day: Day,
    /// The first instant of continuous trading.
    pub open: Timestamp,
    /// The first instant after it.
    pub close: Timestamp,
    /// All of the session in order of time, auctions included.
    pub phases: Vec<Phase>,
    /// Its name when it is not like the others: Muhurat, Budget Sunday.
    pub special: Option<String>,
    pub verified: bool,
    pub source: String,
}

/// A part of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    pub kind: PhaseKind,
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    PreOpen,
    Continuous,
    ClosingAuction,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoursRow {
    venues: Vec<String>,
    #[serde(deserialize_with = "date")]
    from: Date,
    #[serde(default, deserialize_with = "time_if_any")]
    pre_open: Option<Time>,
    #[serde(deserialize_with = "time")]
    open: Time,
    #[serde(deserialize_with = "time")]
    close: Time,
    /// The close while New York has summer time.
    #[serde(default, deserialize_with = "time_if_any")]
    close_in_us_summer: Option<Time>,
    #[serde(default, deserialize_with = "time_if_any")]
    closing_auction_end: Option<Time>,
    status: Status,
    source: String,
}

/// For which years all holidays of these venues stand in the rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarRow {
    venues: Vec<String>,
    years: Vec<i16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosedRow {
    #[serde(deserialize_with = "date")]
    day: Date,
    name: String,
    /// All venues when absent.
    venues: Option<Vec<String>>,
    #[serde(default)]
    mock: bool,
    #[serde(rename = "status")]
    _status: Status,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpecialRow {
    venues: Vec<String>,
    #[serde(deserialize_with = "date")]
    day: Date,
    name: String,
    #[serde(default, deserialize_with = "time_if_any")]
    pre_open: Option<Time>,
    #[serde(deserialize_with = "time")]
    open: Time,
    #[serde(deserialize_with = "time")]
    close: Time,
    status: Status,
    source: String,
}

/// India's offset; it has no summer time.
pub(crate) const IST: Span = Span(19_800 * SECOND);

impl SessionHours {
    /// The session as the engine wants it announced.
    pub fn session(&self, venue: VenueId) -> Session {
        Session { venue, day: self.day, open: self.open, close: self.close }
    }

    /// What a tick at this instant is: regular, or of an auction; `None` outside of the session.
    pub fn tick_kind(&self, at: Timestamp) -> Option<TickKind> {
        let phase = self.phases.iter().find(|phase| (phase.start..phase.end).contains(&at))?;
        Some(match phase.kind {
            PhaseKind::Continuous => TickKind::Regular,
            PhaseKind::PreOpen | PhaseKind::ClosingAuction => TickKind::Auction,
        })
    }
}

impl Rows {
    pub(crate) fn trading(&self, venue: &str, date: Date) -> Result<Trading, MarketError> {
        let special =
            self.special.iter().rev().find(|row| row.day == date && names(&row.venues, venue));
        if let Some(row) = special {
            return Ok(Trading::Open(row.hours()));
        }
        let closed = self.closed.iter().rev().find(|row| {
            row.day == date && row.venues.as_ref().is_none_or(|venues| names(venues, venue))
        });
        let known = self
            .calendar
            .iter()
            .any(|row| names(&row.venues, venue) && row.years.contains(&date.year()));
        match closed {
            Some(row) if row.mock => return Ok(Trading::Closed(Closed::Mock(row.name.clone()))),
            Some(row) if known => return Ok(Trading::Closed(Closed::Holiday(row.name.clone()))),
            Some(_) | None => {}
        }
        if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return Ok(Trading::Closed(Closed::Weekend));
        }
        let rows = self.hours.iter().filter(|row| names(&row.venues, venue));
        let hours = newest(rows, |row| row.from, date).map(|row| row.hours(date));
        Ok(match hours {
            Some(hours) if known => Trading::Open(hours),
            hours => Trading::Unknown(hours),
        })
    }

    /// Refuses rows that contradict themselves.
    pub(crate) fn check(&self, file: &str) -> Result<(), MarketError> {
        let ordered = |open: Time, close: Time, day: Date| {
            if open < close {
                return Ok(());
            }
            let reason =
                format!("a session of {day} that closes at {close}, before it opens at {open}");
            Err(MarketError::new(file, reason, "correct the row"))
        };
        self.hours.iter().try_for_each(|row| ordered(row.open, row.close, row.from))?;
        self.special.iter().try_for_each(|row| ordered(row.open, row.close, row.day))
    }
}

impl HoursRow {
    fn hours(&self, date: Date) -> SessionHours {
        let close = match self.close_in_us_summer {
            Some(close) if is_us_summer(date) => close,
            Some(_) | None => self.close,
        };
        let hours = hours_of(date, self.pre_open, self.open, close, self.closing_auction_end);
        SessionHours {
            verified: self.status == Status::Verified,
            source: self.source.clone(),
            ..hours
        }
    }
}

impl SpecialRow {
    fn hours(&self) -> SessionHours {
        SessionHours {
            special: Some(self.name.clone()),
            verified: self.status == Status::Verified,
            source: self.source.clone(),
            ..hours_of(self.day, self.pre_open, self.open, self.close, None)
        }
    }
}

fn hours_of(
    date: Date,
    pre_open: Option<Time>,
    open: Time,
    close: Time,
    auction_end: Option<Time>,
) -> SessionHours {
    let at = |time| instant(date, time);
    let phase = |kind, start, end| Phase { kind, start: at(start), end: at(end) };
    let mut phases = Vec::new();
    phases.extend(pre_open.map(|start| phase(PhaseKind::PreOpen, start, open)));
    phases.push(phase(PhaseKind::Continuous, open, close));
    phases.extend(auction_end.map(|end| phase(PhaseKind::ClosingAuction, close, end)));
    SessionHours {
        day: day_of(date),
        open: at(open),
        close: at(close),
        phases,
        special: None,
        verified: false,
        source: String::new(),
    }
}

/// An instant of Indian time.
fn instant(date: Date, time: Time) -> Timestamp {
    let at = TimeZone::UTC.to_timestamp(date.to_datetime(time));
    Timestamp::seconds(at.map_or(0, |at| at.as_second())).minus(IST)
}

fn day_of(date: Date) -> Day {
    let part = |number: i64| u32::try_from(number).unwrap_or(0);
    let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
    Day(part(year) * 10_000 + part(month) * 100 + part(day))
}

/// Whether New York has summer time on a day.
fn is_us_summer(date: Date) -> bool {
    let noon = date.at(12, 0, 0, 0);
    let Ok(zone) = TimeZone::get("America/New_York") else { return false };
    zone.to_timestamp(noon).is_ok_and(|at| zone.to_offset_info(at).dst().is_dst())
}

fn names(venues: &[String], venue: &str) -> bool {
    venues.iter().any(|name| name == venue)
}

/// A date as TOML writes it, without quotes.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written.to_string().parse().map_err(serde::de::Error::custom)
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no time such as 09:15")))
}

fn time_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    time(deserializer).map(Some)
}
