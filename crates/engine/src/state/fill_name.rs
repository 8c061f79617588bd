//! The id of a fill, kept small: those that the engine gives take no text.

use super::trade::Trade;
use crate::ids::{IntentId, TradeId};
use alloc::string::{String, ToString};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FillName {
    /// `t5x1`: of an exit of ours.
    Exit(IntentId),
    /// `t5e1`: of an entry of ours.
    Entry(TradeId, u32),
    Other(String),
}

impl FillName {
    /// As it is shown: written at each entry and exit, so without the machinery of formats.
    pub(crate) fn text(&self) -> String {
        let (trade, kind, count) = match self {
            FillName::Exit(IntentId { trade, attempt }) => (trade, 'x', attempt),
            FillName::Entry(trade, count) => (trade, 'e', count),
            FillName::Other(text) => return text.clone(),
        };
        let mut text = String::with_capacity(24);
        text.push('t');
        push(&mut text, trade.0);
        text.push(kind);
        push(&mut text, *count);
        text
    }

    /// Whether it is the number that the engine gives to the fill of a trade that comes now.
    pub(crate) fn is_next_of(&self, trade: &Trade) -> bool {
        match self {
            FillName::Exit(intent) => {
                *intent == IntentId { trade: trade.id, attempt: trade.attempts }
            }
            FillName::Entry(id, count) => *id == trade.id && *count == trade.fills + 1,
            FillName::Other(_) => false,
        }
    }

    /// Whether a trade that fills itself has had this fill: its exits and entries are numbered.
    pub(crate) fn is_counted_by<'a>(&self, trade: impl Fn(TradeId) -> Option<&'a Trade>) -> bool {
        match self {
            FillName::Exit(IntentId { trade: id, attempt }) => {
                trade(*id).is_some_and(|trade| *attempt <= trade.attempts)
            }
            FillName::Entry(id, count) => trade(*id).is_some_and(|trade| *count <= trade.fills),
            FillName::Other(_) => false,
        }
    }
}

impl From<&str> for FillName {
    fn from(text: &str) -> FillName {
        ours(text).unwrap_or_else(|| FillName::Other(text.to_string()))
    }
}

fn push(text: &mut String, mut number: u32) {
    let (mut digits, mut count) = ([0u32; 10], 0);
    loop {
        digits[count] = number % 10;
        (number, count) = (number / 10, count + 1);
        if number == 0 {
            break;
        }
    }
    let shown = |digit: &u32| char::from_digit(*digit, 10).expect("below ten");
    digits[..count].iter().rev().for_each(|digit| text.push(shown(digit)));
}

fn ours(text: &str) -> Option<FillName> {
    let (trade, rest) = number(text.strip_prefix('t')?)?;
    let is_exit = rest.starts_with('x');
    let (count, "") = number(rest.strip_prefix(['x', 'e'])?)? else { return None };
    let trade = TradeId(trade);
    Some(if is_exit {
        FillName::Exit(IntentId { trade, attempt: count })
    } else {
        FillName::Entry(trade, count)
    })
}

/// The number that `text` begins with, as it would be written, and what is behind it.
fn number(text: &str) -> Option<(u32, &str)> {
    let (mut number, mut end) = (0u32, 0);
    for digit in text.bytes().take_while(u8::is_ascii_digit) {
        // A number that goes on after 0 is not written so.
        if end > 0 && number == 0 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        end += 1;
    }
    (end > 0).then(|| (number, &text[end..]))
}

impl fmt::Display for FillName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for FillName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for FillName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FillName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FillName, D::Error> {
        String::deserialize(deserializer).map(|text| FillName::from(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_as_it_was_read() {
        let ours = ["t0x1", "t10x100", "t909e4294967295", "t5x2", "t4294967295e1", "t12e0"];
        let others = [
            "",
            "t",
            "t5",
            "t5x",
            "t05x1",
            "t5x01",
            "t5x1+",
            "T5x1",
            "t5y1",
            "t99999999999x1",
            "t5x1external",
        ];
        for text in ours.into_iter().chain(others) {
            let name = FillName::from(text);
            assert_eq!((name.to_string(), name.text()), (text.to_string(), text.to_string()));
            assert_eq!(matches!(name, FillName::Other(_)), others.contains(&text), "{text}");
        }
    }
}
