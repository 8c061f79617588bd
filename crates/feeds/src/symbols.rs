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
}

/// More symbols than any market has: a stream that names more is broken.
const MOST: usize = 1 << 20;
/// The longest symbol, in bytes.
const LONGEST: usize = 128;

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
