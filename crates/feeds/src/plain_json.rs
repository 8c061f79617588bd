//! JSON lines as most programs write them, read in one go: known keys, each once, plain texts and numbers.
//!
//! What is not of this form, right or wrong, is left to the whole reader; what is means the same to both.

use crate::batch::Row;
use crate::clock::Clock;
use crate::number::{self, PriceScale};
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Price, TickKind, TickRefusal};

/// The texts of a line's values, without the quotes around them; none is empty.
#[derive(Default)]
pub(crate) struct Plain<'a> {
    time: &'a [u8],
    symbol: &'a [u8],
    last: Option<&'a [u8]>,
    bid: Option<&'a [u8]>,
    ask: Option<&'a [u8]>,
    volume: Option<&'a [u8]>,
    sequence: Option<&'a [u8]>,
}

impl<'a> Plain<'a> {
    /// The values of a line of this form.
    pub(crate) fn of(line: &'a [u8]) -> Option<Plain<'a>> {
        let mut plain = Plain::default();
        let mut rest = after(b'{', line)?;
        loop {
            let (key, tail) = quoted(blank(rest))?;
            let tail = blank(after(b':', tail)?);
            let (value, is_text, tail) = match quoted(tail) {
                Some((value, tail)) => (value, true, tail),
                None => {
                    let (value, tail) = number(tail)?;
                    (value, false, tail)
                }
            };
            if value.is_empty() || !plain.put(key, value, is_text) {
                return None;
            }
            match blank(tail).split_first()? {
                (b',', tail) => rest = tail,
                (b'}', tail) if blank(tail).is_empty() => break,
                _ => return None,
            }
        }
        (!plain.time.is_empty() && !plain.symbol.is_empty()).then_some(plain)
    }

    /// Takes a value in; false when it is not for this reader.
    fn put(&mut self, key: &[u8], value: &'a [u8], is_text: bool) -> bool {
        let place = match (key, is_text) {
            (b"last", _) => &mut self.last,
            (b"bid", _) => &mut self.bid,
            (b"ask", _) => &mut self.ask,
            (b"volume", _) => &mut self.volume,
            (b"sequence", false) => &mut self.sequence,
            (b"time", _) if self.time.is_empty() => {
                self.time = value;
                return true;
            }
            (b"symbol", true) if self.symbol.is_empty() => {
                self.symbol = value;
                return true;
            }
            _ => return false,
        };
        place.replace(value).is_none()
    }

    pub(crate) fn row(
        &self,
        scale: &PriceScale,
        clock: &mut Clock,
        symbols: &mut Symbols,
    ) -> Result<Row, (Option<SymbolId>, TickRefusal)> {
        let symbol = symbols.recall(self.symbol).ok_or((None, TickRefusal::Parse))?;
        self.row_of(symbol, scale, clock).map_err(|refusal| (Some(symbol), refusal))
    }

    fn row_of(
        &self,
        symbol: SymbolId,
        scale: &PriceScale,
        clock: &mut Clock,
    ) -> Result<Row, TickRefusal> {
        let price = |text: Option<&[u8]>| -> Result<Option<Price>, TickRefusal> {
            text.map_or(Ok(None), |text| scale.text(text))
        };
        Ok(Row {
            symbol,
            at: clock.text(self.time)?,
            sequence: self.sequence.map_or(Ok(None), crate::csv::sequence)?,
            last: price(self.last)?,
            bid: price(self.bid)?,
            ask: price(self.ask)?,
            volume: self.volume.map_or(Ok(None), number::quantity)?,
            kind: TickKind::Regular,
        })
    }
}

fn blank(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

fn after(byte: u8, text: &[u8]) -> Option<&[u8]> {
    blank(text).split_first().and_then(|(first, rest)| (*first == byte).then_some(rest))
}

/// A text without escapes, in ASCII, and what is behind it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (b'"', inner) = text.split_first()? else { return None };
    let end = inner
        .iter()
        .position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'))?;
    (inner[end] == b'"').then(|| (&inner[..end], &inner[end + 1..]))
}

/// A number without an exponent, and what is behind it.
fn number(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits(&text[sign..]);
    if whole == 0 || (whole > 1 && text[sign] == b'0') {
        return None;
    }
    let mut end = sign + whole;
    if text.get(end) == Some(&b'.') {
        let part = digits(&text[end + 1..]);
        if part == 0 {
            return None;
        }
        end += 1 + part;
    }
    // What follows must be judged by what reads on: a comma, a brace, a blank.
    Some(text.split_at(end))
}
