//! A state seen as a whole: written down, compared, and as one number, so that two runs can be compared in one look.

use super::State;
use alloc::format;
use core::fmt::{self, Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl State {
    /// A number that two equal states share, and two different ones almost surely don't.
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // Writing into a hash cannot fail.
        let _ = write!(hash, "{:?}", self.settled());
        hash.0
    }
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        format!("{:?}", self.settled()) == format!("{:?}", other.settled())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        State::serialize(&self.settled(), serializer)
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        let mut state = State::deserialize(deserializer)?;
        state.reindex();
        Ok(state)
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
