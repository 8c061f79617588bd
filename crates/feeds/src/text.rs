//! Lines of bounded length, and the fields of a CSV line.

use std::io::{BufRead, Read};

/// The longest line that is read, in bytes; a longer one is refused and skipped to its end.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Reads lines without ever holding more than [`LONGEST_LINE`] bytes of one.
pub(crate) struct LineReader<R> {
    reader: R,
    line: Vec<u8>,
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

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(reader: R) -> LineReader<R> {
        LineReader { reader, line: Vec::new(), number: 0, bytes: 0 }
    }

    /// The next line, without its ending; then in [`LineReader::line`].
    pub(crate) fn advance(&mut self) -> std::io::Result<Found> {
        self.line.clear();
        let limit = LONGEST_LINE as u64 + 2;
        let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(Found::End);
        }
        self.number += 1;
        self.bytes += read as u64;
        let ended = self.line.last() == Some(&b'\n');
        if ended {
            self.line.pop();
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if self.line.len() <= LONGEST_LINE {
            return Ok(Found::Line);
        }
        if !ended {
            self.bytes += self.reader.skip_until(b'\n')? as u64;
        }
        Ok(Found::TooLong)
    }

    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The number of the line, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
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
