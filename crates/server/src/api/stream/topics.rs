//! What somebody who watches wants to see.

use crate::api::body::bad_field;
use crate::api::own::Bound;
use crate::api::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Something that can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Status,
    Events,
    Account(u32),
    Strategy(u32),
    Trade(u32),
    Price(u32),
}

/// Topics that were chosen: whole kinds, and single ones by their ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::api) struct Topics {
    kinds: BTreeSet<Kind>,
    singles: BTreeSet<(Kind, u32)>,
    /// To whom they are shown.
    bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Status,
    Events,
    Account,
    Strategy,
    Trade,
    Price,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::Status, Kind::Events, Kind::Account, Kind::Strategy, Kind::Trade, Kind::Price];

    fn name(self) -> &'static str {
        match self {
            Kind::Status => "status",
            Kind::Events => "events",
            Kind::Account => "accounts",
            Kind::Strategy => "strategies",
            Kind::Trade => "trades",
            Kind::Price => "prices",
        }
    }

    /// Before the id of a single one.
    fn single(self) -> Option<&'static str> {
        match self {
            Kind::Status | Kind::Events => None,
            Kind::Account => Some("account:"),
            Kind::Strategy => Some("strategy:"),
            Kind::Trade => Some("trade:"),
            Kind::Price => Some("price:"),
        }
    }
}

/// Topics in one choice.
const MOST: usize = 64;
/// Deltas in a second, at most.
pub(in crate::api) const FASTEST: u32 = 5;

/// What somebody says after having come in: other topics, another pace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub sub: Vec<String>,
    pub hz: Option<u32>,
}

impl Topics {
    pub(in crate::api) fn all() -> Topics {
        Topics { kinds: Kind::ALL.into(), singles: BTreeSet::new(), bound: None }
    }

    pub(in crate::api) fn read<'t>(
        words: impl Iterator<Item = &'t str>,
    ) -> Result<Topics, Problem> {
        let mut topics = Topics { kinds: BTreeSet::new(), singles: BTreeSet::new(), bound: None };
        for (at, word) in words.enumerate() {
            if at == MOST {
                return Err(bad_field("sub", &format!("at most {MOST} topics are watched")));
            }
            topics.add(word).ok_or_else(|| unknown(word))?;
        }
        if topics.kinds.is_empty() && topics.singles.is_empty() {
            return Err(bad_field("sub", "there is no topic"));
        }
        Ok(topics)
    }

    /// The same, for somebody who is bound to accounts.
    pub(in crate::api) fn of(self, bound: Bound) -> Topics {
        Topics { bound, ..self }
    }

    pub(super) fn bound(&self) -> &Bound {
        &self.bound
    }

    fn add(&mut self, word: &str) -> Option<()> {
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == word) {
            self.kinds.insert(kind);
            return Some(());
        }
        let singles = Kind::ALL.into_iter().filter_map(|kind| Some((kind, kind.single()?)));
        let mut ids = singles.filter_map(|(kind, before)| Some((kind, word.strip_prefix(before)?)));
        let (kind, id) = ids.next()?;
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        self.singles.insert((kind, id.parse().ok().filter(|_| is_number)?));
        Some(())
    }

    pub(super) fn show(&self, topic: Topic) -> bool {
        let (kind, id) = match topic {
            Topic::Status => (Kind::Status, None),
            Topic::Events => (Kind::Events, None),
            Topic::Account(id) => (Kind::Account, Some(id)),
            Topic::Strategy(id) => (Kind::Strategy, Some(id)),
            Topic::Trade(id) => (Kind::Trade, Some(id)),
            Topic::Price(id) => (Kind::Price, Some(id)),
        };
        self.kinds.contains(&kind) || id.is_some_and(|id| self.singles.contains(&(kind, id)))
    }
}

pub(in crate::api) fn pace(hz: u32) -> Result<u32, Problem> {
    match (1..=FASTEST).contains(&hz) {
        true => Ok(hz),
        false => Err(bad_field("hz", &format!("1 to {FASTEST} deltas in a second"))),
    }
}

fn unknown(word: &str) -> Problem {
    let names = Kind::ALL.map(Kind::name).join(", ");
    let word: String = word.chars().take(40).collect();
    let problem = bad_field("sub", &format!("`{word}` cannot be watched"));
    problem.hinted(format!(
        "choose of {names}, or one by its id: strategy:3, trade:5, account:0, price:1"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_exactly_or_not_at_all() {
        let read = |text: &str| Topics::read(text.split(',')).ok();
        let topics = read("status,strategy:3,trades").unwrap();
        assert!(topics.show(Topic::Status) && topics.show(Topic::Trade(7)));
        assert!(topics.show(Topic::Strategy(3)) && !topics.show(Topic::Strategy(4)));
        assert!(!topics.show(Topic::Events) && !topics.show(Topic::Price(0)));
        assert!(Topics::all().show(Topic::Events));
        for wrong in ["", "all", "trade:", "trade:x", "trade:-1", "trade:4294967296", "events:1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let many = |count: usize| vec!["trade:1"; count].join(",");
        assert!(read(&many(MOST)).is_some() && read(&many(MOST + 1)).is_none());
        assert!(pace(0).is_err() && pace(5).is_ok() && pace(6).is_err());
    }
}
