//! Files opened: plain, gz and the members of zips, with a guard against bombs.

use crate::error::FeedError;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use flate2::{Crc, CrcReader};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read of a file, shared with whoever shows progress.
pub(crate) type Counter = Arc<AtomicU64>;

/// One thing to read: a file, or a member of a zip.
pub(crate) struct Part {
    /// What its records call it.
    pub(crate) label: String,
    /// Its own name without folder and endings.
    pub(crate) stem: String,
    /// Its own ending, in small letters, without `.gz`.
    pub(crate) ending: String,
    pub(crate) path: PathBuf,
    /// Bytes on disk.
    pub(crate) size: u64,
    packing: Packing,
}

enum Packing {
    Plain,
    Gz,
    Zip { start: u64, stored: bool, crc: u32, unpacked: u64 },
}

/// More than this many bytes from one, beyond the first [`FREE`], is a bomb: prices don't compress so well.
const MOST_RATIO: u64 = 250;
const FREE: u64 = 16 << 20;
const ENDINGS: [&str; 8] = ["gz", "zip", "csv", "txt", "parquet", "pq", "ndjson", "jsonl"];

/// What is to be read of a path: the file, or the members of the zip that `members` asks for.
pub(crate) fn parts_of(path: &Path, members: Option<&str>) -> Result<Vec<Part>, FeedError> {
    let size = path.metadata().map_err(|error| FeedError::io(path, &error))?.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = name_parts(&name);
    let packing = match last_ending(&name).as_str() {
        "zip" => return zip_parts(path, &stem, members),
        "gz" => Packing::Gz,
        _ => Packing::Plain,
    };
    let label = path.display().to_string();
    Ok(vec![Part { label, stem, ending, path: path.to_owned(), size, packing }])
}

/// Whether a file in a folder is one to read.
pub(crate) fn is_readable(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ENDINGS.contains(&last_ending(&name).as_str())
}

impl Part {
    /// Its bytes, unpacked.
    pub(crate) fn open(&self, counter: &Counter) -> Result<Box<dyn Read + Send>, FeedError> {
        let failed = |error| FeedError::io(&self.path, &error);
        let mut file = File::open(&self.path).map_err(failed)?;
        let count = |inner: Box<dyn Read + Send>| Counted { inner, counter: counter.clone() };
        match self.packing {
            Packing::Plain => Ok(Box::new(count(Box::new(file)))),
            Packing::Gz => {
                let packed = BufReader::new(count(Box::new(file)));
                Ok(Box::new(Guard::new(MultiGzDecoder::new(packed), counter)))
            }
            Packing::Zip { start, stored, crc, unpacked } => {
                file.seek(SeekFrom::Start(start)).map_err(failed)?;
                let packed = count(Box::new(file.take(self.size)));
                if stored {
                    return Ok(Box::new(Checked::new(packed, crc, unpacked)));
                }
                let inner = Guard::new(DeflateDecoder::new(BufReader::new(packed)), counter);
                Ok(Box::new(Checked::new(inner, crc, unpacked)))
            }
        }
    }

    /// The file itself, when it is not packed: Parquet is read at places of its own choice.
    pub(crate) fn file(&self) -> Result<File, FeedError> {
        match self.packing {
            Packing::Plain => {
                File::open(&self.path).map_err(|error| FeedError::io(&self.path, &error))
            }
            Packing::Gz | Packing::Zip { .. } => Err(FeedError::new(
                &self.label,
                "a Parquet file inside another archive cannot be read",
                "unpack it first: Parquet compresses by itself",
            )),
        }
    }
}

fn zip_parts(path: &Path, stem: &str, members: Option<&str>) -> Result<Vec<Part>, FeedError> {
    let broken = |error: &dyn std::fmt::Display| {
        let hint = "check that the file is whole: copy or download it again";
        FeedError::new(path.display().to_string(), error.to_string(), hint)
    };
    let wanted = members.map(|pattern| filled_in(pattern, stem));
    let file = File::open(path).map_err(|error| FeedError::io(path, &error))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| broken(&error))?;
        let name = member.name().map_err(|error| broken(&error))?.into_owned();
        if member.is_dir() || wanted.as_ref().is_some_and(|pattern| !matches(pattern, &name)) {
            continue;
        }
        let stored = match member.compression() {
            zip::CompressionMethod::Stored => true,
            zip::CompressionMethod::Deflated => false,
            other => return Err(broken(&format!("member {name} is packed by {other}"))),
        };
        if member.encrypted() {
            return Err(broken(&format!("member {name} is encrypted")));
        }
        let start = member.data_start().ok_or_else(|| broken(&format!("no data of {name}")))?;
        let (stem, ending) = name_parts(name.rsplit('/').next().unwrap_or(&name));
        parts.push(Part {
            label: format!("{}:{name}", path.display()),
            stem,
            ending,
            path: path.to_owned(),
            size: member.compressed_size(),
            packing: Packing::Zip { start, stored, crc: member.crc32(), unpacked: member.size() },
        });
    }
    if parts.is_empty() {
        return Err(broken(&format!("no member {}", wanted.as_deref().unwrap_or("at all"))));
    }
    parts.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(parts)
}

/// `{0}`, `{1}`, .. stand for the parts of the zip's own name.
fn filled_in(pattern: &str, stem: &str) -> String {
    let mut filled = pattern.to_owned();
    for (number, part) in stem.split('_').enumerate() {
        filled = filled.replace(&format!("{{{number}}}"), part);
    }
    filled
}

/// Whether `name` is what `pattern` says, where `*` is any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| matches(tail, &rest[at..]))
        }),
    }
}

fn last_ending(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

/// A file's name without its known endings, and the innermost of them other than `gz` and `zip`.
fn name_parts(name: &str) -> (String, String) {
    let mut stem = name;
    let mut inner = String::new();
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let ending = ending.to_ascii_lowercase();
        if rest.is_empty() || !ENDINGS.contains(&ending.as_str()) {
            break;
        }
        if !matches!(ending.as_str(), "gz" | "zip") {
            inner = ending;
        }
        stem = rest;
    }
    (stem.to_owned(), inner)
}

struct Counted {
    inner: Box<dyn Read + Send>,
    counter: Counter,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.counter.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Refuses to unpack what grows out of proportion.
struct Guard<R> {
    inner: R,
    unpacked: u64,
    packed: Counter,
    packed_before: u64,
}

impl<R> Guard<R> {
    fn new(inner: R, packed: &Counter) -> Guard<R> {
        let packed_before = packed.load(Ordering::Relaxed);
        Guard { inner, unpacked: 0, packed: packed.clone(), packed_before }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked += read as u64;
        let packed = self.packed.load(Ordering::Relaxed) - self.packed_before;
        if self.unpacked > FREE + packed.saturating_mul(MOST_RATIO) {
            return Err(io::Error::other("it unpacks to more than 250 times its size: a bomb"));
        }
        Ok(read)
    }
}

/// Checks size and checksum at the end of a zip member.
struct Checked<R> {
    inner: CrcReader<R>,
    crc: u32,
    size: u64,
    read: u64,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, crc: u32, size: u64) -> Checked<R> {
        Checked { inner: CrcReader::new(inner), crc, size, read: 0 }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        if read == 0 && !buffer.is_empty() {
            let crc: &Crc = self.inner.crc();
            if self.read != self.size || crc.sum() != self.crc {
                return Err(io::Error::other("the zip member is damaged: its checksum differs"));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn names_lose_their_endings() {
        let of = |name: &str| name_parts(name);
        assert_eq!(of("NIFTY.parquet"), ("NIFTY".into(), "parquet".into()));
        assert_eq!(of("a.csv.gz"), ("a".into(), "csv".into()));
        assert_eq!(of("x_european.zip.zip"), ("x_european".into(), String::new()));
        assert_eq!(of("6EH4.XCME_1min.csv.gz"), ("6EH4.XCME_1min".into(), "csv".into()));
    }

    #[test]
    fn members_are_chosen_by_pattern() {
        let pattern = filled_in("{0}_*_trade.csv", "20190101_trade");
        assert!(matches(&pattern, "20190101_nifty_minute_trade.csv"));
        assert!(!matches(&pattern, "20190102_nifty_minute_trade.csv"));
        assert!(!matches(&pattern, "20190101_nifty_minute_quote.csv"));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            packed.write_all(&vec![b'0'; 1 << 20]).unwrap();
        }
        let packed = packed.finish().unwrap();
        let counter = Counter::default();
        let counted =
            Counted { inner: Box::new(io::Cursor::new(packed)), counter: counter.clone() };
        let mut guard = Guard::new(MultiGzDecoder::new(BufReader::new(counted)), &counter);
        let error = io::copy(&mut guard, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("bomb"), "{error}");
    }
}
