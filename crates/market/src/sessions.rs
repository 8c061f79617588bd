//! When a venue trades: hours by date, holidays, and days that are not like the others.

use crate::dates::{day_of, instant, is_us_summer};
use crate::fact::{Hold, Layer, Origin, Row, in_force};
use crate::rows::{Body, Fields, Rows, values};
use highmark_engine::{Day, Session, TickKind, Timestamp, VenueId};
use jiff::civil::{Date, Time, Weekday};

/// What shares sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub origin: Origin,
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

/// The usual hours of venues.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    venues: Vec<String>,
    pre_open: Option<Time>,
    open: Time,
    close: Time,
    /// The close while New York has summer time.
    close_in_us_summer: Option<Time>,
    closing_auction_end: Option<Time>,
}

/// For which years all holidays of these venues stand in the rows.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub venues: Vec<String>,
    pub years: Vec<i16>,
}

#[derive(Clone, Debug)]
pub(crate) struct ClosedDay {
    pub name: String,
    /// All venues when absent.
    pub venues: Option<Vec<String>>,
    pub mock: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Special {
    pub venues: Vec<String>,
    pub name: String,
    pub pre_open: Option<Time>,
    pub open: Time,
    pub close: Time,
}

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
    pub(crate) fn trading(&self, venue: &str, date: Date) -> Trading {
        self.trading_by(venue, date).0
    }

    /// Whether a venue trades, and the row that says so.
    pub(crate) fn trading_by(&self, venue: &str, date: Date) -> (Trading, Option<&Hold>) {
        let special = in_force(&self.special, date, |row| names(&row.venues, venue));
        let closed = in_force(&self.closed, date, |row| {
            row.venues.as_ref().is_none_or(|venues| names(venues, venue))
        });
        let known = self
            .calendar
            .iter()
            .any(|row| names(&row.venues, venue) && row.years.contains(&date.year()));
        // A session on a day that is closed wins, but for a user's closed day over an embedded session.
        let of_user = |hold: &Hold| hold.origin.layer == Layer::User;
        match (special, closed) {
            (Some(special), Some(closed)) if of_user(&closed.hold) && !of_user(&special.hold) => {}
            (Some(special), _) => return (Trading::Open(special.hours(date)), Some(&special.hold)),
            (None, _) => {}
        }
        if let Some(Row { hold, body }) = closed {
            let name = body.name.clone();
            if body.mock {
                return (Trading::Closed(Closed::Mock(name)), Some(hold));
            }
            if known || of_user(hold) {
                return (Trading::Closed(Closed::Holiday(name)), Some(hold));
            }
        }
        if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return (Trading::Closed(Closed::Weekend), None);
        }
        let hours = in_force(&self.hours, date, |row| names(&row.venues, venue));
        let hold = hours.map(|row| &row.hold);
        match hours.map(|row| row.hours(date)) {
            Some(hours) if known => (Trading::Open(hours), hold),
            hours => (Trading::Unknown(hours), hold),
        }
    }
}

impl Venue {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Venue> {
        let name = fields.must("name", "write name = \"nse_fo\"", values::text);
        let about = fields.must("about", "say what trades there", values::text);
        Some(Venue { name: name?, about: about? })
    }
}

impl Calendar {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Calendar> {
        let venues = venues(fields);
        let years = fields.must("years", "write years = [2026]", values::years);
        Some(Calendar { venues: venues?, years: years? })
    }
}

impl Body for Hours {
    const TABLE: &'static str = "hours";

    fn read(fields: &mut Fields<'_>) -> Option<Hours> {
        let venues = venues(fields);
        let pre_open = fields.may("pre_open", values::time);
        let (open, close) = open_and_close(fields);
        let close_in_us_summer = fields.may("close_in_us_summer", values::time);
        let closing_auction_end = fields.may("closing_auction_end", values::time);
        in_order(fields, "close_in_us_summer", open, close_in_us_summer);
        in_order(fields, "closing_auction_end", close, closing_auction_end);
        in_order(fields, "open", pre_open, open);
        Some(Hours {
            venues: venues?,
            pre_open,
            open: open?,
            close: close?,
            close_in_us_summer,
            closing_auction_end,
        })
    }

    fn keys(&self) -> Vec<String> {
        self.venues.clone()
    }
}

impl Body for ClosedDay {
    const TABLE: &'static str = "closed";

    fn read(fields: &mut Fields<'_>) -> Option<ClosedDay> {
        let name = fields.must("name", "write name = \"Republic Day\"", values::text);
        let venues = fields.may("venues", values::names);
        let mock = fields.may("mock", values::flag).unwrap_or(false);
        Some(ClosedDay { name: name?, venues, mock })
    }

    fn keys(&self) -> Vec<String> {
        self.venues.clone().unwrap_or_else(|| vec!["all venues".to_owned()])
    }
}

impl Body for Special {
    const TABLE: &'static str = "special";

    fn read(fields: &mut Fields<'_>) -> Option<Special> {
        let venues = venues(fields);
        let name = fields.must("name", "write name = \"Muhurat\"", values::text);
        let pre_open = fields.may("pre_open", values::time);
        let (open, close) = open_and_close(fields);
        in_order(fields, "open", pre_open, open);
        Some(Special { venues: venues?, name: name?, pre_open, open: open?, close: close? })
    }

    fn keys(&self) -> Vec<String> {
        self.venues.clone()
    }
}

impl Row<Hours> {
    fn hours(&self, date: Date) -> SessionHours {
        let row = &self.body;
        let close = match row.close_in_us_summer {
            Some(close) if is_us_summer(date) => close,
            Some(_) | None => row.close,
        };
        hours_of(&self.hold, date, row.pre_open, row.open, close, row.closing_auction_end)
    }
}

impl Row<Special> {
    fn hours(&self, date: Date) -> SessionHours {
        let row = &self.body;
        let hours = hours_of(&self.hold, date, row.pre_open, row.open, row.close, None);
        SessionHours { special: Some(row.name.clone()), ..hours }
    }
}

fn hours_of(
    hold: &Hold,
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
        verified: hold.verified,
        source: hold.source.clone(),
        origin: hold.origin.clone(),
    }
}

fn venues(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    fields.must("venues", "write venues = [\"nse_fo\"]", values::names)
}

fn open_and_close(fields: &mut Fields<'_>) -> (Option<Time>, Option<Time>) {
    let open = fields.must("open", "write open = \"09:15\"", values::time);
    let close = fields.must("close", "write close = \"15:30\"", values::time);
    in_order(fields, "close", open, close);
    (open, close)
}

fn in_order(fields: &mut Fields<'_>, key: &'static str, early: Option<Time>, late: Option<Time>) {
    if let (Some(early), Some(late)) = (early, late)
        && late <= early
    {
        fields.wrong(
            key,
            format!("{late} is not after {early}"),
            "a session opens before it closes",
        );
    }
}

fn names(venues: &[String], venue: &str) -> bool {
    venues.iter().any(|name| name == venue)
}
