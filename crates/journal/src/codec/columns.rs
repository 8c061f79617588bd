//! Columns of numbers and texts: how they are written, joined, split and read.

use super::CodecError;
use crate::record::MOST_TURNS;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What stands in which column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Forms of turns, and how many ticks each has.
    Turns,
    /// When inputs were heard.
    Heard,
    /// Forms of ticks.
    Forms,
    Instruments,
    /// Exchange times.
    Times,
    Prices,
    /// Sequence numbers, volumes and sources.
    Numbers,
    /// What kind of event, and how many.
    Events,
    /// JSON, each text after its length.
    Texts,
}

const COUNT: usize = 9;

/// Units in which differences of times are likely to be whole, largest first.
pub(super) const TIMES: [i64; 4] = [1_000_000_000, 1_000_000, 1_000, 1];
/// The same of prices: 0.05, 0.01, 0.0001.
pub(super) const PRICES: [i64; 4] = [5_000_000, 1_000_000, 10_000, 1];
/// The same of quantities.
pub(super) const QUANTITIES: [i64; 4] = [100_000_000, 1_000_000, 10_000, 1];

#[derive(Default)]
pub(super) struct Columns {
    columns: [Vec<u8>; COUNT],
}

impl Columns {
    pub(super) fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
    }

    pub(super) fn byte(&mut self, which: Which, byte: u8) {
        self.columns[which as usize].push(byte);
    }

    pub(super) fn put(&mut self, which: Which, number: u128) {
        put(&mut self.columns[which as usize], number);
    }

    /// A signed number in the largest of four units in which it is whole.
    #[inline(always)]
    pub(super) fn scaled(&mut self, which: Which, number: i64, units: &[i64; 4]) {
        // Written out, so that each unit is a constant where this is called: no division is left.
        let (folded, scale) = match number {
            0 => (0, 0),
            _ if number % units[0] == 0 => (zigzag(number / units[0]), 0),
            _ if number % units[1] == 0 => (zigzag(number / units[1]), 1),
            _ if number % units[2] == 0 => (zigzag(number / units[2]), 2),
            _ => (zigzag(number / units[3]), 3),
        };
        self.put(which, u128::from(folded) << 2 | scale);
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), CodecError> {
        let text = serde_json::to_vec(value).map_err(|_| CodecError("it has no JSON"))?;
        self.put(Which::Texts, text.len() as u128);
        self.columns[Which::Texts as usize].extend_from_slice(&text);
        Ok(())
    }

    /// All columns in a row, each after its length.
    pub(super) fn joined(&self) -> Vec<u8> {
        let mut frame = Vec::with_capacity(self.columns.iter().map(|each| each.len() + 5).sum());
        for column in &self.columns {
            put(&mut frame, column.len() as u128);
            frame.extend_from_slice(column);
        }
        frame
    }
}

/// Where each column has been read to.
pub(super) struct Cursors<'a> {
    columns: [&'a [u8]; COUNT],
}

impl<'a> Cursors<'a> {
    pub(super) fn split(frame: &'a [u8]) -> Result<Cursors<'a>, CodecError> {
        let mut rest = frame;
        let mut columns = [&frame[..0]; COUNT];
        for column in &mut columns {
            let length = take(&mut rest)?;
            let length = usize::try_from(length).map_err(|_| CodecError("a column is too long"))?;
            (*column, rest) = rest.split_at_checked(length).ok_or(CodecError("it is cut off"))?;
        }
        if rest.is_empty() { Ok(Cursors { columns }) } else { Err(CodecError("it has a tail")) }
    }

    /// Room to begin with for `count` things of a byte or more each: for no more than there are bytes, nor many.
    pub(super) fn room_for(&self, count: u128, which: Which) -> usize {
        let most = self.columns[which as usize].len().min(MOST_TURNS);
        usize::try_from(count).map_or(most, |count| count.min(most))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.iter().all(|column| column.is_empty())
    }

    pub(super) fn byte(&mut self, which: Which) -> Result<u8, CodecError> {
        let column = &mut self.columns[which as usize];
        let (byte, rest) = column.split_first().ok_or(CodecError("a column ends too early"))?;
        *column = rest;
        Ok(*byte)
    }

    pub(super) fn take(&mut self, which: Which) -> Result<u128, CodecError> {
        take(&mut self.columns[which as usize])
    }

    pub(super) fn number(&mut self, which: Which) -> Result<u64, CodecError> {
        u64::try_from(self.take(which)?).map_err(|_| CodecError("a number is too large"))
    }

    pub(super) fn small(&mut self, which: Which) -> Result<u32, CodecError> {
        u32::try_from(self.take(which)?).map_err(|_| CodecError("a number is too large"))
    }

    #[inline(always)]
    pub(super) fn scaled(&mut self, which: Which, units: &[i64; 4]) -> Result<i64, CodecError> {
        let column = &mut self.columns[which as usize];
        if let [byte @ ..0x80, rest @ ..] = column {
            let folded = u64::from(*byte >> 2);
            let unit = units[usize::from(*byte & 3)];
            *column = rest;
            // At most 31 units, and no unit is longer than a second.
            return Ok(unzigzag(folded) * unit);
        }
        let number = self.take(which)?;
        let unit = units[(number & 3) as usize];
        let folded =
            u64::try_from(number >> 2).map_err(|_| CodecError("a difference is too large"))?;
        unzigzag(folded).checked_mul(unit).ok_or(CodecError("a difference is too large"))
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T, CodecError> {
        let column = &mut self.columns[Which::Texts as usize];
        let length =
            usize::try_from(take(column)?).map_err(|_| CodecError("a text is too long"))?;
        let (text, rest) =
            column.split_at_checked(length).ok_or(CodecError("a text is cut off"))?;
        *column = rest;
        serde_json::from_slice(text)
            .map_err(|_| CodecError("a fact that this version does not know"))
    }
}

/// Seven bits a byte, lowest first; the top bit says that more follow.
#[inline]
pub(super) fn put(bytes: &mut Vec<u8>, number: u128) {
    match u64::try_from(number) {
        Ok(number @ ..0x80) => bytes.push(number as u8),
        _ => put_long(bytes, number),
    }
}

fn put_long(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
pub(super) fn take(bytes: &mut &[u8]) -> Result<u128, CodecError> {
    if let [byte @ ..0x80, rest @ ..] = *bytes {
        *bytes = rest;
        return Ok(u128::from(*byte));
    }
    take_long(bytes)
}

fn take_long(bytes: &mut &[u8]) -> Result<u128, CodecError> {
    let mut number = 0u128;
    // Eleven bytes hold 77 bits; no number here has more than 66.
    for (place, byte) in bytes.iter().take(11).enumerate() {
        number |= u128::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Ok(number);
        }
    }
    Err(CodecError("a number is cut off"))
}

/// Small magnitudes become small numbers, whatever their sign.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub(super) fn unzigzag(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}
