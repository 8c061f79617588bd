//! On which day contracts expire: by underlying, cycle and date, earlier when that day is closed.

use crate::contracts::exchange;
use crate::dates::{date_of, day_of};
use crate::error::MarketError;
use crate::fact::{Fact, Row, in_force};
use crate::rows::{Body, Fields, Rows, values};
use crate::sessions::Trading;
use crate::terms::{Cycle, Exchange, Segment};
use highmark_engine::Day;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The weekday on which contracts of an exchange expire.
#[derive(Clone, Debug)]
pub(crate) struct ExpiryDay {
    pub exchange: Exchange,
    pub cycle: Cycle,
    pub weekday: Weekday,
    /// The underlyings; all of the exchange when absent.
    pub names: Option<Vec<String>>,
}

/// The contracts whose expiry is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub exchange: Exchange,
    pub cycle: Cycle,
    /// The name of the underlying: `NIFTY`.
    pub underlying: &'a str,
}

impl Rows {
    /// The first expiry on or after a day; `None` when no row says on which weekday it would be.
    ///
    /// A closed day moves it to the trading day before; one that is not verified makes the answer unverified.
    /// Where the holidays are not known it stays, unverified.
    pub(crate) fn next_expiry(
        &self,
        series: Series<'_>,
        day: Day,
    ) -> Result<Option<Fact<Day>>, MarketError> {
        let day = date_of(day)?;
        let mut nominal = day;
        // A holiday may have moved this week's or month's expiry to before the day: the next one counts then.
        for _ in 0..3 {
            let Some(row) = self.expiry_row(series, nominal) else { return Ok(None) };
            let date = match series.cycle {
                Cycle::Weekly => on_or_after(nominal, row.body.weekday),
                Cycle::Monthly => match last_of_month(nominal, row.body.weekday) {
                    last if last < nominal => {
                        let next = nominal.last_of_month().saturating_add(1.day());
                        last_of_month(next, row.body.weekday)
                    }
                    last => last,
                },
            };
            // The weekday may change between the day and the expiry: the row of the expiry's day counts.
            let row = match self.expiry_row(series, date) {
                Some(later) if later.body.weekday != row.body.weekday => {
                    nominal = later.hold.from.max(day);
                    continue;
                }
                Some(later) => later,
                None => return Ok(None),
            };
            let (moved, certain) = self.traded_on_or_before(series.exchange, date);
            if moved >= day {
                let mut fact = row.hold.fact(day_of(moved));
                fact.verified &= certain;
                return Ok(Some(fact));
            }
            nominal = date.saturating_add(1.day());
        }
        Ok(None)
    }

    fn expiry_row(&self, series: Series<'_>, day: Date) -> Option<&Row<ExpiryDay>> {
        in_force(&self.expiry, day, |row| {
            let named = row.names.as_ref();
            row.exchange == series.exchange
                && row.cycle == series.cycle
                && named.is_none_or(|names| names.iter().any(|name| name == series.underlying))
        })
    }

    /// The last trading day that is not after `date`, and whether that is known for certain.
    fn traded_on_or_before(&self, exchange: Exchange, date: Date) -> (Date, bool) {
        let Some(venue) = Segment::Options.venue(exchange) else { return (date, false) };
        let (mut date, mut certain) = (date, true);
        for _ in 0..10 {
            match self.trading_by(venue, date) {
                (Trading::Open(_), _) => return (date, certain),
                (Trading::Unknown(_), _) => return (date, false),
                (Trading::Closed(_), why) => {
                    certain &= why.is_none_or(|hold| hold.verified);
                    date = date.saturating_sub(1.day());
                }
            }
        }
        (date, false)
    }
}

impl Body for ExpiryDay {
    const TABLE: &'static str = "expiry";

    fn read(fields: &mut Fields<'_>) -> Option<ExpiryDay> {
        let exchange = exchange(fields);
        let cycle = fields.must("cycle", "write cycle = \"weekly\"", values::word(Cycle::WORDS));
        let weekday = fields.must("weekday", "write weekday = \"tuesday\"", values::weekday);
        let names = fields.may("names", values::names);
        Some(ExpiryDay { exchange: exchange?, cycle: cycle?, weekday: weekday?, names })
    }

    fn keys(&self) -> Vec<String> {
        let names = self.names.clone().unwrap_or_else(|| vec!["all".to_owned()]);
        let (exchange, cycle) = (self.exchange.name(), self.cycle.name());
        names.iter().map(|name| format!("{exchange} {cycle} {name}")).collect()
    }
}

fn on_or_after(date: Date, weekday: Weekday) -> Date {
    let ahead = weekday.to_monday_zero_offset() - date.weekday().to_monday_zero_offset();
    date.saturating_add(i64::from(ahead.rem_euclid(7)).days())
}

fn last_of_month(date: Date, weekday: Weekday) -> Date {
    let last = date.last_of_month();
    let back = last.weekday().to_monday_zero_offset() - weekday.to_monday_zero_offset();
    last.saturating_sub(i64::from(back.rem_euclid(7)).days())
}
