//! What closed, when, where and why: the answer in which all contestants must agree.

use std::io::{self, Write};

/// A stop, fixed or trailing.
pub(crate) const STOP: u32 = 1;
pub(crate) const TARGET: u32 = 2;
/// The largest loss of the strategy.
pub(crate) const MAX_LOSS: u32 = 3;
/// What the strategy may give back of its peak.
pub(crate) const GIVE_BACK: u32 = 4;

/// One closed trade, in the order in which answers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Close {
    pub(crate) tick: u32,
    pub(crate) trade: u32,
    pub(crate) price: i32,
    pub(crate) reason: u32,
}

impl Close {
    fn numbers(&self) -> [i64; 4] {
        [self.tick.into(), self.trade.into(), self.price.into(), self.reason.into()]
    }
}

/// FNV-1a over the four numbers of each close in order, as 64 bits each, little-endian (Fowler, Noll, Vo).
pub(crate) fn hash(closes: &[Close]) -> u64 {
    let numbers = closes.iter().flat_map(Close::numbers);
    let bytes = numbers.flat_map(i64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(crate) fn write(closes: &[Close], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "tick,trade,price,reason")?;
    for close in closes {
        let [tick, trade, price, reason] = close.numbers();
        writeln!(out, "{tick},{trade},{price},{reason}")?;
    }
    Ok(())
}
