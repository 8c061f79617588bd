//! What clients hear, as far as it is needed: the number of each message, without the rest of it.

/// Bytes of a message in which its number stands.
const LOOK: usize = 64;

/// Frames of a server, in whatever pieces they come.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// What is known of a frame whose beginning is not there yet.
    head: Vec<u8>,
    /// Bytes that are left of the frame.
    left: usize,
}

impl Frames {
    /// Hears bytes, and tells each message's beginning.
    pub(crate) fn hear(&mut self, mut bytes: &[u8], mut tell: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                self.left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            let before = self.head.len();
            let taken = bytes.len().min(LOOK - before);
            self.head.extend_from_slice(&bytes[..taken]);
            let Some((start, length)) = begins(&self.head) else {
                bytes = &bytes[taken..];
                continue;
            };
            let looked = (start + length).min(LOOK);
            if self.head.len() < looked {
                bytes = &bytes[taken..];
                continue;
            }
            tell(&self.head[start..looked]);
            self.head.clear();
            self.left = start + length - looked;
            // Those of the head that were heard before are not in these bytes.
            bytes = &bytes[looked - before..];
        }
    }
}

/// Where the text begins, and how long it is.
fn begins(head: &[u8]) -> Option<(usize, usize)> {
    match *head {
        [_, length @ 0..=125, ..] => Some((2, length.into())),
        [_, 126, one, two, ..] => Some((4, u16::from_be_bytes([one, two]).into())),
        [_, 127, ..] => {
            let length = head.get(2..10)?.try_into().ok()?;
            Some((10, usize::try_from(u64::from_be_bytes(length)).ok()?))
        }
        _ => None,
    }
}

/// The kind of a message and its `seq`.
pub(crate) fn number(text: &[u8]) -> Option<(bool, u64)> {
    let text = str::from_utf8(text).ok()?;
    let is_event = text.starts_with("{\"type\":\"event\"");
    let (_, after) = text.split_once("\"seq\":")?;
    let digits = after.split(|one: char| !one.is_ascii_digit()).next()?;
    Some((is_event, digits.parse().ok()?))
}
