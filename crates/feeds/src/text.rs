//! Lines of bounded length, and the fields of a CSV line.

use std::io::{ErrorKind, Read};
use std::ops::Range;

/// The longest line that is read, in bytes; a longer one is refused and skipped to its end.
pub const LONGEST_LINE: usize = 64 * 1024;

/// A line with its ending; what is longer is skipped.
const LONGEST_RAW: usize = LONGEST_LINE + 2;
/// Room for the longest line and for as much again.
const ROOM: usize = 2 * LONGEST_RAW;

/// Reads lines without ever holding more than [`LONGEST_LINE`] bytes of one.
pub(crate) struct LineReader<R> {
    reader: R,
    buffer: Box<[u8]>,
    /// What has been read and not been given out.
    left: Range<usize>,
    line: Range<usize>,
    number: u64,
    bytes: u64,
}

/// What was found on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Line,
    /// Its start is kept; the rest was skipped.
    TooLong,
    End,
}

impl<R: Read> LineReader<R> {
    pub(crate) fn new(reader: R) -> LineReader<R> {
        let buffer = vec![0; ROOM].into_boxed_slice();
        LineReader { reader, buffer, left: 0..0, line: 0..0, number: 0, bytes: 0 }
    }

    /// The next line, without its ending; then in [`LineReader::line`].
    pub(crate) fn advance(&mut self) -> std::io::Result<Found> {
        if let Some(length) = self.ended_within(0) {
            return Ok(self.take(length));
        }
        self.advance_reading()
    }

    pub(crate) fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// The number of the line, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The length of the next line with its ending, if it ends in what has been read; `from` bytes hold no end.
    fn ended_within(&self, from: usize) -> Option<usize> {
        let left = &self.buffer[self.left.clone()];
        let left = &left[..left.len().min(LONGEST_RAW)];
        place_of(b'\n', &left[from..]).map(|at| from + at + 1)
    }

    /// The same when the line does not end in what has been read.
    #[cold]
    fn advance_reading(&mut self) -> std::io::Result<Found> {
        loop {
            let known = self.left.len();
            if known >= LONGEST_RAW {
                return self.skip();
            }
            if self.left.start > 0 {
                self.buffer.copy_within(self.left.clone(), 0);
                self.left = 0..known;
            }
            let read = read(&mut self.reader, &mut self.buffer[self.left.end..])?;
            self.left.end += read;
            match (self.ended_within(known), read, known) {
                (Some(length), _, _) => return Ok(self.take(length)),
                (None, 0, 0) => return Ok(Found::End),
                (None, 0, all) => return Ok(self.take(all)),
                (None, _, _) => {}
            }
        }
    }

    /// Makes the next `length` bytes the line.
    fn take(&mut self, length: usize) -> Found {
        let start = self.left.start;
        self.left.start += length;
        self.number += 1;
        self.bytes += length as u64;
        let raw = &self.buffer[start..start + length];
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        self.line = start..start + raw.len();
        if raw.len() <= LONGEST_LINE { Found::Line } else { Found::TooLong }
    }

    /// Gives out the start of a line that is too long, and reads on to its end.
    fn skip(&mut self) -> std::io::Result<Found> {
        self.buffer.copy_within(self.left.clone(), 0);
        self.left = 0..self.left.len();
        self.take(LONGEST_RAW);
        loop {
            let rest = &self.buffer[self.left.clone()];
            if let Some(at) = place_of(b'\n', rest) {
                self.bytes += at as u64 + 1;
                self.left.start += at + 1;
                return Ok(Found::TooLong);
            }
            self.bytes += rest.len() as u64;
            self.left = LONGEST_RAW..LONGEST_RAW;
            let read = read(&mut self.reader, &mut self.buffer[LONGEST_RAW..])?;
            self.left.end += read;
            if read == 0 {
                return Ok(Found::TooLong);
            }
        }
    }
}

/// Reads once, again only when a signal came between.
fn read(reader: &mut impl Read, room: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(room) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The start of a record, for a person to see.
pub(crate) fn excerpt(record: &[u8]) -> String {
    const SHOWN: usize = 120;
    let text = String::from_utf8_lossy(&record[..record.len().min(SHOWN)]);
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Where the fields of a CSV line stand. A field in quotes may hold commas, not line ends: a stray quote must
/// not swallow the rows after it.
#[derive(Default)]
pub(crate) struct Fields {
    ends: Vec<(usize, usize)>,
}

impl Fields {
    pub(crate) fn split(&mut self, line: &[u8]) {
        self.ends.clear();
        let mut start = 0;
        let (words, tail) = line.as_chunks::<8>();
        for (number, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            if bytes_equal(word, b'"') != 0 {
                return self.split_quoted(line);
            }
            let mut commas = bytes_equal(word, b',');
            while commas != 0 {
                let at = 8 * number + commas.trailing_zeros() as usize / 8;
                self.ends.push((start, at));
                start = at + 1;
                commas &= commas - 1;
            }
        }
        let before = line.len() - tail.len();
        for (at, byte) in (before..).zip(tail) {
            match byte {
                b'"' => return self.split_quoted(line),
                b',' => {
                    self.ends.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        self.ends.push((start, line.len()));
    }

    fn split_quoted(&mut self, line: &[u8]) {
        self.ends.clear();
        let mut start = 0;
        let mut quoted = false;
        for (at, byte) in line.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b',' if !quoted => {
                    self.ends.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        self.ends.push((start, line.len()));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field at `index`, without quotes around it; `None` when the line is too short.
    pub(crate) fn field<'a>(&self, line: &'a [u8], index: usize) -> Option<&'a [u8]> {
        let (start, end) = *self.ends.get(index)?;
        Some(match &line[start..end] {
            [b'"', inner @ .., b'"'] => inner,
            plain => plain,
        })
    }
}

/// Where `byte` first stands.
fn place_of(byte: u8, text: &[u8]) -> Option<usize> {
    let (words, tail) = text.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let found = bytes_equal(u64::from_le_bytes(*word), byte);
        if found != 0 {
            return Some(8 * number + found.trailing_zeros() as usize / 8);
        }
    }
    let at = tail.iter().position(|other| *other == byte)?;
    Some(text.len() - tail.len() + at)
}

/// The top bit of each byte of `word` that is `byte`, and no other (Warren, Hacker's Delight, 6-1).
fn bytes_equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    let differs = word ^ u64::from_ne_bytes([byte; 8]);
    !(((differs & LOW) + LOW) | differs | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_long_is_skipped_to_its_end() {
        let mut text = vec![b'x'; LONGEST_LINE];
        text.extend(b"\r\n");
        text.extend(vec![b'y'; 3 * LONGEST_LINE]);
        text.extend(b"\nlast");
        let mut lines = LineReader::new(&text[..]);
        assert_eq!(lines.advance().unwrap(), Found::Line);
        assert_eq!(lines.line().len(), LONGEST_LINE);
        assert_eq!(lines.advance().unwrap(), Found::TooLong);
        assert!(lines.line().len() <= LONGEST_LINE + 2);
        assert_eq!(lines.advance().unwrap(), Found::Line);
        assert_eq!((lines.line(), lines.number()), (&b"last"[..], 3));
        assert_eq!(lines.advance().unwrap(), Found::End);
        assert_eq!(lines.bytes(), text.len() as u64);
    }

    /// Gives one byte at a time, as a slow stream may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let length = room.len().min(1);
            self.0.read(&mut room[..length])
        }
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let longest = "z".repeat(LONGEST_LINE);
        let text = format!("one\n\r\ntwo\r\n\nthree\r\r\n{longest}\n{longest}+\nend\r");
        let expected = ["one", "", "two", "", "three\r", &longest, "", "end"];
        let ways: [Box<dyn Read>; 2] = [Box::new(text.as_bytes()), Box::new(Slow(text.as_bytes()))];
        for reader in ways {
            let mut lines = LineReader::new(reader);
            for expected in expected {
                match lines.advance().unwrap() {
                    Found::Line => assert_eq!(lines.line(), expected.as_bytes()),
                    Found::TooLong => assert_eq!(lines.number(), 7),
                    Found::End => panic!("ends before {expected:?}"),
                }
            }
            assert_eq!(lines.advance().unwrap(), Found::End);
            assert_eq!((lines.number(), lines.bytes()), (8, text.len() as u64));
        }
    }

    #[test]
    fn a_byte_is_found_at_every_place() {
        for length in 0..40 {
            let mut text = vec![0x2d; length];
            assert_eq!(place_of(b',', &text), None);
            for at in (0..length).rev() {
                text[at] = b',';
                assert_eq!(place_of(b',', &text), Some(at));
            }
        }
    }

    #[test]
    fn fields_may_be_quoted_and_empty() {
        let line = br#"a,"b,c",,"d""#;
        let mut fields = Fields::default();
        fields.split(line);
        let all: Vec<_> = (0..fields.len()).filter_map(|at| fields.field(line, at)).collect();
        assert_eq!(all, [&b"a"[..], b"b,c", b"", b"d"]);
        assert_eq!(fields.field(line, 4), None);
    }
}
