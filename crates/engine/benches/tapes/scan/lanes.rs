//! Trades side by side, in arrays that are filled up to a multiple of the width with trades that are never met.

use super::super::tape::{Terms, Trailing};

/// How many trades are looked at together: two vectors of AVX2 or four of SSE2.
const WIDTH: usize = 16;

type Block = [i32; WIDTH];

/// Trades of one symbol, side and kind of trailing; prices are as the trades see them.
#[derive(Default)]
pub(super) struct Lanes {
    count: usize,
    stop: Vec<i32>,
    target: Vec<i32>,
    /// The offset, or the share that is kept in quarters.
    follow: Vec<i32>,
    entry: Vec<i32>,
    arm: Vec<i32>,
    quantity: Vec<i32>,
    row: Vec<u32>,
    trade: Vec<u32>,
    /// The places of those that this tick meets.
    met: Vec<u32>,
}

/// A trade that has met its stop or its target.
pub(super) struct Met {
    pub(super) trade: u32,
    pub(super) row: u32,
    pub(super) quantity: i32,
    pub(super) reaches_target: bool,
}

impl Lanes {
    pub(super) fn push(&mut self, terms: &Terms, row: u32) {
        if self.count == self.stop.len() {
            self.grow();
        }
        let at = self.count;
        self.count += 1;
        let (follow, arm) = match terms.trailing {
            Trailing::Behind { offset } => (offset, 0),
            Trailing::Keep { ppm, arm } => (quarters(ppm), arm),
        };
        self.stop[at] = terms.x(terms.stop);
        self.target[at] = terms.x(terms.target);
        self.follow[at] = follow;
        self.entry[at] = terms.x(terms.entry);
        self.arm[at] = arm;
        self.quantity[at] = terms.quantity;
        self.row[at] = row;
        self.trade[at] = terms.id;
        if let Trailing::Behind { offset } = terms.trailing {
            self.stop[at] = self.stop[at].max(self.entry[at] - offset);
        }
    }

    /// Shows them a price: stops follow, and what is met leaves.
    pub(super) fn see(&mut self, keeps: bool, x: i32, mut leave: impl FnMut(Met)) {
        if keeps {
            self.find_kept(x)
        } else {
            self.find_behind(x)
        }
        while let Some(at) = self.met.pop() {
            let at = at as usize;
            leave(Met {
                trade: self.trade[at],
                row: self.row[at],
                quantity: self.quantity[at],
                reaches_target: x >= self.target[at],
            });
            self.remove(at);
        }
    }

    /// Removes the trades of one row.
    pub(super) fn remove_of(&mut self, row: u32, mut leave: impl FnMut(u32)) {
        for at in (0..self.count).rev() {
            if self.row[at] == row {
                leave(self.trade[at]);
                self.remove(at);
            }
        }
    }

    fn find_behind(&mut self, x: i32) {
        let used = self.count.next_multiple_of(WIDTH);
        let stops = self.stop[..used].as_chunks_mut::<WIDTH>().0;
        let targets = self.target[..used].as_chunks::<WIDTH>().0;
        let follows = self.follow[..used].as_chunks::<WIDTH>().0;
        for (block, ((stop, target), follow)) in
            stops.iter_mut().zip(targets).zip(follows).enumerate()
        {
            if behind(stop, target, follow, x) {
                note(&mut self.met, block, stop, target, x);
            }
        }
    }

    fn find_kept(&mut self, x: i32) {
        let used = self.count.next_multiple_of(WIDTH);
        let stops = self.stop[..used].as_chunks_mut::<WIDTH>().0;
        let targets = self.target[..used].as_chunks::<WIDTH>().0;
        let follows = self.follow[..used].as_chunks::<WIDTH>().0;
        let entries = self.entry[..used].as_chunks::<WIDTH>().0;
        let arms = self.arm[..used].as_chunks::<WIDTH>().0;
        let rest = targets.iter().zip(follows).zip(entries).zip(arms);
        for (block, (stop, (((target, follow), entry), arm))) in
            stops.iter_mut().zip(rest).enumerate()
        {
            if kept(stop, target, follow, entry, arm, x) {
                note(&mut self.met, block, stop, target, x);
            }
        }
    }

    fn remove(&mut self, at: usize) {
        self.count -= 1;
        let last = self.count;
        for numbers in [
            &mut self.stop,
            &mut self.target,
            &mut self.follow,
            &mut self.entry,
            &mut self.arm,
            &mut self.quantity,
        ] {
            numbers[at] = numbers[last];
        }
        self.row[at] = self.row[last];
        self.trade[at] = self.trade[last];
        self.blank(last);
    }

    fn grow(&mut self) {
        let length = self.count + WIDTH;
        for numbers in [
            &mut self.stop,
            &mut self.target,
            &mut self.follow,
            &mut self.entry,
            &mut self.arm,
            &mut self.quantity,
        ] {
            numbers.resize(length, 0);
        }
        self.row.resize(length, 0);
        self.trade.resize(length, 0);
        (self.count..length).for_each(|at| self.blank(at));
    }

    /// A place that no price meets.
    fn blank(&mut self, at: usize) {
        self.stop[at] = i32::MIN;
        self.target[at] = i32::MAX;
        self.follow[at] = i32::MAX / 2;
        self.entry[at] = 0;
        self.arm[at] = i32::MAX;
        self.row[at] = u32::MAX;
    }
}

fn behind(stop: &mut Block, target: &Block, offset: &Block, x: i32) -> bool {
    let mut is_met = false;
    for at in 0..WIDTH {
        stop[at] = stop[at].max(x.wrapping_sub(offset[at]));
        is_met |= (x <= stop[at]) | (x >= target[at]);
    }
    is_met
}

fn kept(
    stop: &mut Block,
    target: &Block,
    quarters: &Block,
    entry: &Block,
    arm: &Block,
    x: i32,
) -> bool {
    let mut is_met = false;
    for at in 0..WIDTH {
        let gain = x.wrapping_sub(entry[at]);
        let kept = entry[at].wrapping_add(gain.wrapping_mul(quarters[at]) >> 2);
        let tighter = stop[at].max(kept);
        stop[at] = if gain >= arm[at] { tighter } else { stop[at] };
        is_met |= (x <= stop[at]) | (x >= target[at]);
    }
    is_met
}

fn note(met: &mut Vec<u32>, block: usize, stop: &Block, target: &Block, x: i32) {
    let is_met = |at: &usize| x <= stop[*at] || x >= target[*at];
    met.extend((0..WIDTH).filter(is_met).map(|at| (block * WIDTH + at) as u32));
}

/// A share as quarters, which is what the tapes have: a shift instead of a division.
fn quarters(ppm: i32) -> i32 {
    assert!(ppm % 250_000 == 0, "shares are quarters here, and {ppm} parts per million is none");
    ppm / 250_000
}
