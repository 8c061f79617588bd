//! What happened, as it is sent: one message for each turn in which something did. Prices alone are not sent, they
//! show in the picture.

use crate::service::is_news;
use highmark_engine::Event;
use highmark_journal::Turn;
use highmark_play::clock::stamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use utoipa::ToSchema;

/// A turn in which something happened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Happened {
    /// Always `event`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The turn's number: it rises, with gaps.
    seq: u64,
    #[schema(format = DateTime)]
    at: String,
    at_ns: i64,
    /// As the journal has them, without those of prices.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
}

/// One message, made once for all who hear it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct News {
    pub seq: u64,
    pub text: Arc<str>,
    /// Somebody asked for it: a command that was done, or refused.
    pub is_asked: bool,
    /// A person should look at it.
    pub is_alert: bool,
}

impl News {
    /// `None` when nothing but prices and time has passed.
    pub(in crate::api) fn of(turn: &Turn) -> Option<News> {
        let events: Vec<Event> =
            turn.events.iter().filter(|event| is_news(event)).cloned().collect();
        if events.is_empty() {
            return None;
        }
        let is_alert = events.iter().any(is_alert);
        let (seq, at) = (turn.number()?, turn.at());
        let is_asked =
            events.iter().any(|event| matches!(event, Event::Accepted { .. } | Event::Refused(_)));
        let happened = Happened { kind: "event", seq, at: stamp(at), at_ns: at.0, events };
        // Events are plain data: they can be written.
        let text = serde_json::to_string(&happened).unwrap_or_default();
        Some(News { seq, text: text.into(), is_asked, is_alert })
    }
}

/// Whether a person should look at what has happened.
pub(in crate::api) fn is_alert(event: &Event) -> bool {
    matches!(
        event,
        Event::Breached(_)
            | Event::Warned { .. }
            | Event::EntriesBlocked { .. }
            | Event::ShutDown { .. }
            | Event::Killed { .. }
            | Event::Released { .. }
            | Event::TradeRejected { .. }
            | Event::TradeDegraded { .. }
            | Event::ExitRejected { .. }
            | Event::ExitUnknown { .. }
            | Event::PositionDiffers { .. }
            | Event::PositionUnknown { .. }
            | Event::WentStale { .. }
            | Event::BecameFresh { .. }
            | Event::Suspected { .. }
            | Event::GapHeld { .. }
    )
}

/// News and bytes that are kept; what is older is read from the journal.
const MOST: usize = 131_072;
const MOST_BYTES: usize = 48 << 20;

/// The latest news.
#[derive(Debug)]
pub(super) struct Ring {
    news: VecDeque<News>,
    bytes: usize,
    /// All news after this turn are here.
    after: u64,
}

/// What follows a turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// All of it.
    Here(Vec<News>),
    /// Only what follows this later turn is here.
    From(u64),
}

impl Ring {
    pub(super) fn new(after: u64) -> Ring {
        Ring { news: VecDeque::new(), bytes: 0, after }
    }

    pub(super) fn push(&mut self, news: News) {
        self.bytes += news.text.len();
        self.news.push_back(news);
        while self.news.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.news.pop_front() else { break };
            self.bytes -= oldest.text.len();
            self.after = oldest.seq;
        }
    }

    /// News up to this turn were not told here.
    pub(super) fn skip_to(&mut self, turn: u64) {
        *self = Ring::new(turn);
    }

    /// The latest that are wanted and remembered, at most `limit`, in order; and the turn up to which they are.
    pub(super) fn latest(&self, limit: usize, wanted: fn(&News) -> bool) -> (Vec<News>, u64) {
        let last = self.news.back().map_or(self.after, |news| news.seq);
        let mut found: Vec<News> =
            self.news.iter().rev().filter(|news| wanted(news)).take(limit).cloned().collect();
        found.reverse();
        (found, last)
    }

    /// The news after turn `after`, up to turn `until`, at most `limit` of them.
    pub(super) fn follows(&self, after: u64, until: u64, limit: usize) -> Follows {
        if after < self.after {
            return Follows::From(self.after);
        }
        let first = self.news.partition_point(|news| news.seq <= after);
        let wanted = self.news.range(first..).take_while(|news| news.seq <= until).take(limit);
        Follows::Here(wanted.cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(seq: u64, bytes: usize) -> News {
        News {
            seq,
            text: "x".repeat(bytes).into(),
            is_asked: false,
            is_alert: seq.is_multiple_of(5),
        }
    }

    #[test]
    fn the_oldest_go_and_it_is_known_what_is_here() {
        let mut ring = Ring::new(10);
        assert_eq!(ring.follows(9, 99, 5), Follows::From(10));
        assert_eq!(ring.follows(10, 99, 5), Follows::Here(vec![]));
        for seq in [12, 15, 20] {
            ring.push(news(seq, 3));
        }
        assert_eq!(ring.follows(12, 19, 5), Follows::Here(vec![news(15, 3)]));
        assert_eq!(ring.follows(10, 99, 2), Follows::Here(vec![news(12, 3), news(15, 3)]));
        assert_eq!(ring.follows(20, 99, 2), Follows::Here(vec![]));
        assert_eq!(ring.latest(1, |news| news.is_alert), (vec![news(20, 3)], 20));
        assert_eq!(ring.latest(9, |news| news.is_alert), (vec![news(15, 3), news(20, 3)], 20));
        ring.push(news(21, MOST_BYTES - 3));
        assert_eq!(ring.follows(14, 99, 5), Follows::From(15));
        assert_eq!(ring.follows(20, 99, 5), Follows::Here(vec![news(21, MOST_BYTES - 3)]));
        for seq in 22..22 + MOST as u64 {
            ring.push(news(seq, 1));
        }
        assert_eq!(ring.news.len(), MOST);
        ring.skip_to(90_000);
        assert_eq!(ring.follows(89_999, 99_999, 5), Follows::From(90_000));
    }
}
