//! A minute that has been read: what follows in a tape mostly lies in it.

use crate::digits::{POWERS, digits};
use highmark_engine::{SECOND, Timestamp};

/// A minute in which a time was read in full; others in it differ in their seconds and what is behind them.
#[derive(Clone, Copy)]
pub(crate) struct KnownMinute {
    /// `2021-06-11T09:15:`
    head: [u8; 17],
    /// `+05:30`, or nothing; the first `zone_length` of these.
    zone: [u8; 6],
    zone_length: usize,
    start: i64,
}

impl KnownMinute {
    /// The minute of a text that says `at`, if the text is of the usual form.
    pub(crate) fn of(text: &[u8], at: Timestamp) -> Option<KnownMinute> {
        let (head, rest) = text.split_first_chunk()?;
        let zone = rest.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
        let tail = &rest[zone.unwrap_or(rest.len())..];
        let mut zone = [0; 6];
        zone.get_mut(..tail.len())?.copy_from_slice(tail);
        let mut minute = KnownMinute { head: *head, zone, zone_length: tail.len(), start: 0 };
        if head[10].is_ascii_digit() || head[13] != b':' || head[16] != b':' {
            return None;
        }
        minute.start = at.0 - minute.instant(text)?.0;
        Some(minute)
    }

    /// The instant that a text says, if it is of this minute and form; others are read in full.
    pub(crate) fn instant(&self, text: &[u8]) -> Option<Timestamp> {
        let (head, rest) = text.split_first_chunk::<17>()?;
        let rest = rest.strip_suffix(&self.zone[..self.zone_length])?;
        let ([tens @ b'0'..=b'5', ones @ b'0'..=b'9'], tail) = rest.split_first_chunk()? else {
            return None;
        };
        if *head != self.head {
            return None;
        }
        let seconds = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        let part = match tail {
            [] => 0,
            [b'.', part @ ..] if (1..=9).contains(&part.len()) => {
                digits(part)? * POWERS[9 - part.len()]
            }
            _ => return None,
        };
        Some(Timestamp(self.start + seconds * SECOND + part))
    }
}
