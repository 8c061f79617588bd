//! When venues trade, from the calendars of the market crate.

use crate::clock;
use crate::failure::{Code, Failure};
use highmark_engine::{Day, Session, TimeOfDay, VenueId};
use highmark_market::{Market, Trading};

/// A venue that is open around the clock.
pub const ALWAYS: &str = "always";
/// The venue of an instrument that names none.
pub const USUAL: &str = "nse_cash";

/// What a day is for a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    Open(Session),
    /// A holiday, a weekend, a mock session: no tick of that day decides anything.
    Closed(Session),
    /// No sessions at all.
    AroundTheClock,
}

/// The calendars.
pub struct Calendar {
    market: Market,
}

impl Calendar {
    /// With the rules that come with Highmark.
    pub fn new() -> Result<Calendar, Failure> {
        Ok(Calendar { market: Market::embedded()? })
    }

    /// With a user's rows as well.
    pub fn of(market: Market) -> Calendar {
        Calendar { market }
    }

    pub fn market(&self) -> &Market {
        &self.market
    }

    pub fn venue_names(&self) -> Vec<&str> {
        let named = self.market.venues().iter().map(|venue| venue.name.as_str());
        named.chain([ALWAYS]).collect()
    }

    pub fn day(&self, venue: &str, id: VenueId, day: Day) -> Result<DayKind, Failure> {
        if venue == ALWAYS {
            return Ok(DayKind::AroundTheClock);
        }
        Ok(match self.market.trading(venue, day)? {
            // Where nobody entered the holidays, a weekday with ticks is taken for a trading day.
            Trading::Open(hours) | Trading::Unknown(Some(hours)) => {
                DayKind::Open(hours.session(id))
            }
            Trading::Unknown(None) => {
                let message =
                    format!("the hours of {venue} on {} are not known", clock::day_text(day));
                return Err(Failure::new(
                    Code::Failure,
                    message,
                    "venue = \"always\" has no hours",
                ));
            }
            Trading::Closed(_) => {
                let midnight = clock::instant(day, TimeOfDay::at(0, 0, 0));
                DayKind::Closed(Session { venue: id, day, open: midnight, close: midnight })
            }
        })
    }
}

impl From<highmark_market::MarketError> for Failure {
    fn from(error: highmark_market::MarketError) -> Failure {
        Failure::new(Code::Failure, error.to_string(), error.hint)
    }
}
