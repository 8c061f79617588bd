//! One number for a whole state, so that two runs can be compared in one look.

use super::State;
use core::fmt::{self, Write};

impl State {
    /// A number that two equal states share, and two different ones almost surely don't.
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // Writing into a hash cannot fail.
        let _ = write!(hash, "{self:?}");
        hash.0
    }
}

/// FNV-1a (Fowler, Noll, Vo) over the text of the state.
struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}
