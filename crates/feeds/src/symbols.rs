//! Symbols as small numbers, so that a row carries no text.

use std::collections::HashMap;

/// A symbol of one feed: an index into its [`Symbols`], in the order in which they were first seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// The symbols of a feed.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, SymbolId>,
    /// The symbol last recalled, by a few bits of its name; empty before the first.
    recent: Vec<SymbolId>,
}

/// More symbols than any market has: a stream that names more is broken.
const MOST: usize = 1 << 20;
/// The longest symbol, in bytes.
const LONGEST: usize = 128;
const RECENT: usize = 1 << 10;

impl Symbols {
    pub fn name(&self, id: SymbolId) -> &str {
        self.names.get(id.0 as usize).map_or("?", |name| name)
    }

    pub fn id(&self, name: &str) -> Option<SymbolId> {
        self.ids.get(name).copied()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Every symbol seen so far with its id, in the order in which they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = (SymbolId, &str)> {
        (0..).map(SymbolId).zip(self.names.iter().map(|name| &**name))
    }

    /// As [`Symbols::intern`] of a name in a file, which mostly stood there before.
    pub(crate) fn recall(&mut self, name: &[u8]) -> Option<SymbolId> {
        let place = place_of(name);
        if let Some(id) = self.recent.get(place)
            && self.name(*id).as_bytes() == name
        {
            return Some(*id);
        }
        let id = self.intern(std::str::from_utf8(name).ok()?)?;
        self.recent.resize(RECENT, id);
        self.recent[place] = id;
        Some(id)
    }

    /// The id of `name`, a new one if it is new; `None` when it cannot be a symbol (empty, longer than 128
    /// bytes, with control characters or blanks around it) or when there are too many.
    pub(crate) fn intern(&mut self, name: &str) -> Option<SymbolId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let fits = !name.is_empty()
            && name.len() <= LONGEST
            && name.trim() == name
            && !name.chars().any(|c| c.is_control() || c == '\u{feff}');
        if !fits || self.names.len() >= MOST {
            return None;
        }
        let id = SymbolId(u32::try_from(self.names.len()).ok()?);
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        Some(id)
    }
}

/// Where a name stands among the recent ones, by its length, its first and its last eight bytes.
fn place_of(name: &[u8]) -> usize {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let (first, last) = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => (word(first), word(last)),
        _ => (name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed =
        (first ^ last.rotate_left(29) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % RECENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_id_however_it_is_asked_for() {
        let mut symbols = Symbols::default();
        let names: Vec<String> = (0..5_000).map(|number| format!("NIFTY21JUN{number}CE")).collect();
        for _ in 0..2 {
            for (number, name) in names.iter().enumerate() {
                let id = SymbolId(u32::try_from(number).unwrap());
                assert_eq!(symbols.recall(name.as_bytes()), Some(id));
                assert_eq!(symbols.intern(name), Some(id));
            }
        }
        for name in [&b""[..], b" A", b"A\n", b"\xff"] {
            assert_eq!(symbols.recall(name), None);
        }
        assert_eq!(symbols.recall(b"?"), Some(SymbolId(5_000)));
    }
}
