//! The least that a tick can cost: its price is stored and compared with a band. It closes nothing.

use super::closes::Close;
use super::contest::Contestant;
use super::tape::{Print, Tape, Terms};

/// How far the band reaches on both sides.
const REACH: i32 = 1_000;

pub(crate) struct Floor {
    bands: Vec<Band>,
    /// How often a band was left.
    pub(crate) crossings: u64,
}

struct Band {
    low: i32,
    high: i32,
    last: i32,
}

impl Floor {
    pub(crate) fn new(tape: &Tape) -> Floor {
        Floor { bands: tape.first.iter().map(|first| Band::around(*first)).collect(), crossings: 0 }
    }
}

impl Band {
    fn around(last: i32) -> Band {
        Band { low: last - REACH, high: last + REACH, last }
    }
}

impl Contestant for Floor {
    fn open(&mut self, _: &Terms) -> bool {
        true
    }

    fn mark(&mut self, _: u32, print: &Print, _: &mut Vec<Close>) {
        let band = &mut self.bands[print.symbol as usize];
        band.last = print.price;
        if print.price <= band.low || print.price >= band.high {
            *band = Band::around(print.price);
            self.crossings += 1;
        }
    }
}
