//! Leftist heaps in one store: the largest key on top.
//!
//! Melding two heaps, adding and taking out any one entry cost O(log n) in the worst case, so that no single mark pays
//! for a large merge; walking from the top finds all entries above a bound in O(found). (Crane, Linear Lists and
//! Priority Queues as Balanced Binary Trees, 1972; each entry also knows the one above it, for removal.)

use crate::ids::TradeId;
use alloc::vec::Vec;

/// An entry, or the heap that it tops.
pub(crate) type Node = u32;

/// No entry.
pub(crate) const NONE: Node = Node::MAX;

#[derive(Clone, Debug, Default)]
pub(crate) struct Heaps {
    entries: Vec<Entry>,
    /// The first of the places that are free, each of which names the next as its left.
    free: Option<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: i64,
    trade: TradeId,
    above: Node,
    left: Node,
    right: Node,
    /// One more than the rank of the right: the length of the way to the nearest free end.
    rank: u32,
}

impl Heaps {
    /// A heap of one.
    pub(crate) fn single(&mut self, key: i64, trade: TradeId) -> Node {
        let entry = Entry { key, trade, above: NONE, left: NONE, right: NONE, rank: 1 };
        match self.free {
            Some(place) => {
                let next = self.at(place).left;
                self.free = (next != NONE).then_some(next);
                *self.at_mut(place) = entry;
                place
            }
            None => {
                self.entries.push(entry);
                u32::try_from(self.entries.len() - 1).expect("fewer entries than trades can be")
            }
        }
    }

    /// One heap of two: merges their ways to the right, which are short, and leans what it passes on the way back.
    pub(crate) fn meld(&mut self, mut one: Node, mut other: Node) -> Node {
        let mut last = NONE;
        while one != NONE && other != NONE {
            if self.at(one).key < self.at(other).key {
                (one, other) = (other, one);
            }
            let entry = self.at_mut(one);
            entry.above = last;
            (last, one) = (one, entry.right);
        }
        let mut heap = one.min(other);
        let mut rank = self.rank(heap);
        if heap != NONE {
            self.at_mut(heap).above = last;
        }
        while last != NONE {
            let left = self.at(last).left;
            let of_left = self.rank(left);
            let entry = self.at_mut(last);
            if of_left < rank {
                (entry.left, entry.right, entry.rank) = (heap, left, of_left + 1);
            } else {
                (entry.right, entry.rank) = (heap, rank + 1);
            }
            (heap, rank, last) = (last, entry.rank, entry.above);
        }
        heap
    }

    /// Takes an entry out. When it was on top of its heap, that heap is now the one returned.
    pub(crate) fn remove(&mut self, node: Node) -> Option<Node> {
        let Entry { above, left, right, .. } = *self.at(node);
        let rest = self.meld(left, right);
        if above != NONE {
            if rest != NONE {
                self.at_mut(rest).above = above;
            }
            let parent = self.at_mut(above);
            let place = if parent.left == node { &mut parent.left } else { &mut parent.right };
            *place = rest;
            self.level_from(above);
        }
        let free = self.free.replace(node);
        self.at_mut(node).left = free.unwrap_or(NONE);
        (above == NONE).then_some(rest)
    }

    pub(crate) fn top(&self, heap: Node) -> i64 {
        self.at(heap).key
    }

    /// Adds the trades of a heap whose key is among those that are met: with one, all above it are.
    pub(crate) fn gather(
        &self,
        heap: Node,
        is_met: impl Fn(i64) -> bool,
        found: &mut Vec<TradeId>,
    ) {
        let is_met = |node: Node| node != NONE && is_met(self.top(node));
        let (mut node, mut open) = (heap, Vec::new());
        loop {
            if is_met(node) {
                let Entry { trade, left, right, .. } = *self.at(node);
                found.push(trade);
                if is_met(right) {
                    open.push(right);
                }
                node = left;
            } else if let Some(next) = open.pop() {
                node = next;
            } else {
                return;
            }
        }
    }

    /// Restores order from `node` upward, as far as anything changes.
    fn level_from(&mut self, mut node: Node) {
        while node != NONE && self.lean_left(node) {
            node = self.at(node).above;
        }
    }

    /// Puts the higher rank to the left; whether the rank of `node` is another now.
    fn lean_left(&mut self, node: Node) -> bool {
        let Entry { left, right, rank, .. } = *self.at(node);
        let (of_left, of_right) = (self.rank(left), self.rank(right));
        let entry = self.at_mut(node);
        if of_left < of_right {
            (entry.left, entry.right) = (right, left);
        }
        entry.rank = of_left.min(of_right) + 1;
        entry.rank != rank
    }

    fn rank(&self, node: Node) -> u32 {
        if node == NONE { 0 } else { self.at(node).rank }
    }

    fn at(&self, node: Node) -> &Entry {
        &self.entries[node as usize]
    }

    fn at_mut(&mut self, node: Node) -> &mut Entry {
        &mut self.entries[node as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    /// A small generator for tests (Marsaglia, Xorshift RNGs, 2003).
    fn draw(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    fn found(heaps: &Heaps, heap: Node, bound: i64) -> Vec<TradeId> {
        let mut found = Vec::new();
        heaps.gather(heap, |key| key >= bound, &mut found);
        found.sort_unstable();
        found
    }

    fn is_leftist(heaps: &Heaps, heap: Node) -> bool {
        if heap == NONE {
            return true;
        }
        let Entry { left, right, rank, .. } = *heaps.at(heap);
        heaps.rank(left) >= heaps.rank(right)
            && rank == heaps.rank(right) + 1
            && is_leftist(heaps, left)
            && is_leftist(heaps, right)
    }

    #[test]
    fn a_heap_finds_what_a_sorted_list_finds_through_adding_melding_and_removing() {
        let mut seed = 7;
        for _ in 0..50 {
            let mut heaps = Heaps::default();
            let mut tops = [NONE, NONE];
            let mut lists: [BTreeMap<TradeId, (i64, Node)>; 2] = Default::default();
            for number in 0..200 {
                let side = usize::from(draw(&mut seed).is_multiple_of(2));
                if !draw(&mut seed).is_multiple_of(3) || lists[side].is_empty() {
                    let key = i64::try_from(draw(&mut seed) % 40).unwrap();
                    let node = heaps.single(key, TradeId(number));
                    tops[side] = heaps.meld(tops[side], node);
                    lists[side].insert(TradeId(number), (key, node));
                } else {
                    let at = usize::try_from(draw(&mut seed)).unwrap() % lists[side].len();
                    let trade = *lists[side].keys().nth(at).unwrap();
                    let (_, node) = lists[side].remove(&trade).unwrap();
                    tops[side] = heaps.remove(node).unwrap_or(tops[side]);
                }
                if draw(&mut seed).is_multiple_of(40) {
                    tops[0] = heaps.meld(tops[0], tops[1]);
                    tops[1] = NONE;
                    let moved = core::mem::take(&mut lists[1]);
                    lists[0].extend(moved);
                }
                let bound = i64::try_from(draw(&mut seed) % 40).unwrap();
                for side in 0..2 {
                    let expected: Vec<TradeId> = lists[side]
                        .iter()
                        .filter(|(_, (key, _))| *key >= bound)
                        .map(|(trade, _)| *trade)
                        .collect();
                    assert_eq!(found(&heaps, tops[side], bound), expected);
                    assert!(is_leftist(&heaps, tops[side]), "no way to the right is long");
                    let most = lists[side].values().map(|(key, _)| *key).max();
                    assert_eq!((tops[side] != NONE).then(|| heaps.top(tops[side])), most);
                }
            }
        }
    }
}
