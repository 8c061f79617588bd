//! When brokers close intraday trades by themselves: by broker, exchange, segment and date.

use crate::dates::{date_of, instant, is_us_summer};
use crate::error::MarketError;
use crate::fact::{Fact, in_force};
use crate::rows::{Body, Fields, Rows, values};
use crate::sessions::Trading;
use crate::terms::{Exchange, Segment};
use highmark_engine::{Day, Span, Timestamp};
use jiff::civil::Time;

/// From when on a broker may close what is open intraday.
#[derive(Clone, Debug)]
pub(crate) struct AutoExit {
    pub broker: String,
    pub exchanges: Vec<Exchange>,
    pub segments: Vec<Segment>,
    pub when: When,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    At {
        usual: Time,
        in_us_summer: Option<Time>,
    },
    /// So many minutes before the close of the session.
    BeforeClose(i64),
}

impl Rows {
    pub(crate) fn auto_exit(
        &self,
        broker: &str,
        exchange: Exchange,
        segment: Segment,
        day: Day,
    ) -> Result<Option<Fact<Timestamp>>, MarketError> {
        let date = date_of(day)?;
        let row = in_force(&self.auto_exit, date, |row| {
            row.broker == broker
                && row.exchanges.contains(&exchange)
                && row.segments.contains(&segment)
        });
        let Some(row) = row else { return Ok(None) };
        let at = match row.body.when {
            When::At { usual, in_us_summer } => match in_us_summer {
                Some(time) if is_us_summer(date) => instant(date, time),
                Some(_) | None => instant(date, usual),
            },
            When::BeforeClose(minutes) => {
                let Some(venue) = segment.venue(exchange) else { return Ok(None) };
                match self.trading(venue, date) {
                    Trading::Open(hours) | Trading::Unknown(Some(hours)) => {
                        hours.close.minus(Span::minutes(minutes))
                    }
                    Trading::Unknown(None) | Trading::Closed(_) => return Ok(None),
                }
            }
        };
        Ok(Some(row.hold.fact(at)))
    }
}

impl Body for AutoExit {
    const TABLE: &'static str = "auto_exit";

    fn read(fields: &mut Fields<'_>) -> Option<AutoExit> {
        let broker = fields.must("broker", "write broker = \"zerodha\"", values::text);
        let hint = "write exchanges = [\"nse\", \"bse\"]";
        let exchanges = fields.must("exchanges", hint, values::words(Exchange::WORDS));
        let hint = "write segments = [\"intraday\"]";
        let segments = fields.must("segments", hint, values::words(Segment::WORDS));
        let usual = fields.may("time", values::time);
        let in_us_summer = fields.may("time_in_us_summer", values::time);
        let before = fields.may("minutes_before_close", values::minutes);
        let when = match (usual, before) {
            (Some(usual), None) => Some(When::At { usual, in_us_summer }),
            (None, Some(minutes)) if in_us_summer.is_none() => Some(When::BeforeClose(minutes)),
            _ => {
                let hint = "write time = \"15:20\" or minutes_before_close = 25";
                fields.wrong("time", "a row has a time or minutes before the close", hint);
                None
            }
        };
        Some(AutoExit { broker: broker?, exchanges: exchanges?, segments: segments?, when: when? })
    }

    fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for exchange in &self.exchanges {
            for segment in &self.segments {
                keys.push(format!("{} {} {}", self.broker, exchange.name(), segment.name()));
            }
        }
        keys
    }
}
