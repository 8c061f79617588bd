//! When venues trade, from the calendars of the market crate.

use crate::clock;
use highmark_engine::{Day, Session, TimeOfDay, VenueId};

/// A venue that is open around the clock.
pub const ALWAYS: &str = "always";

pub fn venue_names() -> Vec<&'static str> {
    vec!["NSE", "BSE", "MCX", ALWAYS]
}

/// The session of a venue on a day; none when it is closed, or open around the clock.
pub fn session(venue: &str, id: VenueId, day: Day) -> Option<Session> {
    if venue == ALWAYS {
        return None;
    }
    let open = clock::instant(day, TimeOfDay::at(9, 15, 0));
    let close = clock::instant(day, TimeOfDay::at(15, 30, 0));
    Some(Session { venue: id, day, open, close })
}
