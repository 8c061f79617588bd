//! Prices that trades wait for: a mark at or below the one, at or above the other.
//!
//! Each trade keeps the places of its entries, so that coming and going cost O(log n), and looking whether a mark reaches
//! any costs O(1); finding all that it reaches costs O(found).

use super::heap::{Heaps, NONE, Node};
use crate::ids::TradeId;
use alloc::vec::Vec;

#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    heaps: Heaps,
    /// By x, the highest on top.
    down: Node,
    /// By the complement of x, so that the lowest is on top.
    up: Node,
}

/// The places of a trade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    down: Node,
    up: Node,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { heaps: Heaps::default(), down: NONE, up: NONE }
    }
}

impl Bounds {
    pub(crate) fn enter(&mut self, trade: TradeId, down: Option<i64>, up: Option<i64>) -> Bound {
        let heaps = &mut self.heaps;
        let mut single = |key: Option<i64>| key.map_or(NONE, |key| heaps.single(key, trade));
        let bound = Bound { down: single(down), up: single(up.map(|x| !x)) };
        self.down = self.heaps.meld(self.down, bound.down);
        self.up = self.heaps.meld(self.up, bound.up);
        bound
    }

    pub(crate) fn leave(&mut self, bound: Bound) {
        for (heap, node) in [(&mut self.down, bound.down), (&mut self.up, bound.up)] {
            if node != NONE {
                *heap = self.heaps.remove(node).unwrap_or(*heap);
            }
        }
    }

    /// A mark above this is at or below none.
    pub(crate) fn highest_down(&self) -> Option<i64> {
        (self.down != NONE).then(|| self.heaps.top(self.down))
    }

    /// A mark below this is at or above none.
    pub(crate) fn lowest_up(&self) -> Option<i64> {
        (self.up != NONE).then(|| !self.heaps.top(self.up))
    }

    /// Adds the trades that a mark at `x` reaches, some perhaps twice.
    pub(crate) fn met(&self, x: i64, found: &mut Vec<TradeId>) {
        self.heaps.gather(self.down, |down| x <= down, found);
        self.heaps.gather(self.up, |up| x >= !up, found);
    }
}
