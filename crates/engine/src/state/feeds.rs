//! The last tick of each source of an instrument: a row in the order of the sources, for there are few.

use crate::ids::SourceId;
use crate::tick::Tick;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Feeds(Vec<Feed>);

/// The last tick of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Feed {
    pub(crate) tick: Tick,
    pub(crate) sequence: Option<u64>,
}

impl Feeds {
    pub(crate) fn get(&self, source: SourceId) -> Option<&Feed> {
        self.place(source).map(|place| &self.0[place])
    }

    /// Where a source stands, until another is heard for the first time.
    pub(crate) fn place(&self, source: SourceId) -> Option<usize> {
        self.0.iter().position(|feed| feed.tick.source == source)
    }

    pub(crate) fn remember(&mut self, tick: &Tick) {
        match self.0.binary_search_by_key(&tick.source, |feed| feed.tick.source) {
            Ok(place) => {
                let feed = &mut self.0[place];
                feed.sequence = tick.sequence.or(feed.sequence);
                feed.tick = *tick;
            }
            Err(place) => self.0.insert(place, Feed { tick: *tick, sequence: tick.sequence }),
        }
    }

    /// As [`Feeds::remember`], for a tick that differs from the last of its source in price, time and volume alone.
    pub(crate) fn remember_next(&mut self, place: usize, tick: &Tick) {
        let before = &mut self.0[place].tick;
        (before.last, before.at, before.volume) = (tick.last, tick.at, tick.volume);
    }

    fn pairs(&self) -> impl Iterator<Item = (SourceId, &Feed)> {
        self.0.iter().map(|feed| (feed.tick.source, feed))
    }
}

impl fmt::Debug for Feeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.pairs()).finish()
    }
}

impl Serialize for Feeds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.pairs())
    }
}

impl<'de> Deserialize<'de> for Feeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Feeds, D::Error> {
        let feeds: BTreeMap<SourceId, Feed> = Deserialize::deserialize(deserializer)?;
        Ok(Feeds(feeds.into_values().collect()))
    }
}
