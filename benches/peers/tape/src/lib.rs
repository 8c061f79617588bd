//! What the Rust peers share: reading a tape file (HMTAPE1), the hash of closes, the clocks, one line of JSON.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

/// A trade of the book, as the file has it.
pub struct Trade {
    pub id: i32,
    pub symbol: usize,
    pub side: i32,
    pub quantity: i32,
    pub entry: i32,
    /// How far behind the best price the stop trails, in ticks.
    pub distance: i32,
    pub open_at: usize,
}

pub struct Tick {
    pub ts: u64,
    pub symbol: usize,
    pub price: i32,
}

pub struct Tape {
    pub name: String,
    pub first: Vec<i32>,
    /// In the order in which they open.
    pub trades: Vec<Trade>,
    pub ticks: Vec<Tick>,
}

/// Tick index, trade, price in ticks, reason.
pub type Close = (i64, i64, i64, i64);

/// The file's numbers, little-endian, from one place on.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (head, rest) = self.0.split_first_chunk().ok_or("the tape is cut short")?;
        self.0 = rest;
        Ok(*head)
    }

    fn size(&mut self) -> Result<usize, String> {
        self.bytes().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    fn int(&mut self) -> Result<i32, String> {
        self.bytes().map(i32::from_le_bytes)
    }

    fn place(&mut self) -> Result<usize, String> {
        usize::try_from(self.int()?).map_err(|_| "a negative index".to_owned())
    }
}

/// Stops and targets this far from the entry are none.
const NONE_PRICE: u32 = 1 << 28;
const NONE_MONEY: i64 = 1 << 60;

impl Tape {
    /// The book and the first `ticks` ticks. Only trailing stops by a fixed distance are taken.
    pub fn read(path: &str, ticks: usize) -> Result<Tape, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        let mut words = Words(&bytes);
        if &words.bytes::<8>()? != b"HMTAPE1\0" {
            return Err(format!("{path} is no tape: it does not begin with HMTAPE1"));
        }
        let (symbols, trades) = (words.size()?, words.size()?);
        let (strategies, length) = (words.size()?, words.size()?.min(ticks));
        let first = (0..symbols).map(|_| words.int()).collect::<Result<_, _>>()?;
        for _ in 0..strategies {
            let (max_loss, arm_at) = (words.bytes()?, words.bytes()?);
            if i64::from_le_bytes(max_loss).min(i64::from_le_bytes(arm_at)) < NONE_MONEY {
                return Err(format!("{path} has limits of strategies, which this peer lacks"));
            }
            words.bytes::<8>()?;
        }
        let all = (0..trades).map(|_| trade(&mut words)).collect::<Result<Vec<_>, _>>()?;
        let mut trades: Vec<_> = all.into_iter().filter(|trade| trade.open_at < length).collect();
        trades.sort_by_key(|trade| trade.open_at);
        let ticks = (0..length).map(|_| tick(&mut words)).collect::<Result<_, _>>()?;
        let file = Path::new(path).file_stem().unwrap_or_default();
        Ok(Tape { name: file.to_string_lossy().into_owned(), first, trades, ticks })
    }
}

fn trade(words: &mut Words<'_>) -> Result<Trade, String> {
    let (id, symbol, _strategy) = (words.int()?, words.place()?, words.int()?);
    let (side, quantity, entry) = (words.int()?, words.int()?, words.int()?);
    let (stop, target, kind) = (words.int()?, words.int()?, words.int()?);
    let (distance, _arm, open_at) = (words.int()?, words.int()?, words.place()?);
    if kind != 0 || stop.abs_diff(entry).min(target.abs_diff(entry)) < NONE_PRICE {
        return Err(format!("trade {id} has rules that this peer lacks"));
    }
    Ok(Trade { id, symbol, side, quantity, entry, distance, open_at })
}

fn tick(words: &mut Words<'_>) -> Result<Tick, String> {
    let ts = words.bytes().map(u64::from_le_bytes)?;
    Ok(Tick { ts, symbol: words.place()?, price: words.int()? })
}

/// The command line: a tape, and how many of its ticks.
pub fn arguments() -> Result<(String, usize), String> {
    let (mut tape, mut ticks, mut words) = (None, usize::MAX, std::env::args().skip(1));
    while let Some(word) = words.next() {
        if word == "--ticks" {
            let number = words.next().ok_or("--ticks needs a number")?;
            ticks = number.parse().map_err(|_| format!("{number} is no number of ticks"))?;
        } else {
            tape = Some(word);
        }
    }
    Ok((tape.ok_or("give a tape file, and --ticks N if you like")?, ticks))
}

/// Processor time of this process and the time on the clock since it was made.
pub struct Watch {
    started: Instant,
    busy: f64,
}

fn busy() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

impl Watch {
    pub fn start() -> Watch {
        Watch { started: Instant::now(), busy: busy() }
    }

    /// Seconds: of the processor, and on the clock.
    pub fn read(&self) -> (f64, f64) {
        (busy() - self.busy, self.started.elapsed().as_secs_f64())
    }
}

/// FNV-1a, 64 bits, over tick, trade, price and reason of each close, sorted.
pub fn hash(mut closes: Vec<Close>) -> String {
    closes.sort_unstable();
    let words = closes.iter().flat_map(|(tick, trade, price, reason)| [tick, trade, price, reason]);
    let value = words
        .flat_map(|word| word.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |value: u64, byte| {
            (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{value:016x}")
}

/// What a run has to say of itself.
pub struct Report<'a> {
    pub peer: &'a str,
    /// None where the peer closes nothing.
    pub closes: Option<Vec<Close>>,
    pub setup: f64,
    pub seconds: f64,
    pub wall: f64,
    pub same_work: bool,
    pub note: &'a str,
}

impl Report<'_> {
    pub fn print(self, tape: &Tape) {
        let ticks = tape.ticks.len();
        let each = |seconds: f64| seconds * 1e9 / ticks.max(1) as f64;
        let count = self.closes.as_ref().map_or(0, Vec::len);
        let hash = self.closes.map_or("null".to_owned(), |closes| format!("\"{}\"", hash(closes)));
        let mut line = format!(
            "{{\"peer\": \"{}\", \"tape\": \"{}\", \"ticks\": {ticks}, ",
            self.peer, tape.name
        );
        // Writing to a String cannot fail.
        let _ = write!(line, "\"ns_per_tick\": {:.1}, ", each(self.seconds));
        let _ = write!(line, "\"wall_ns_per_tick\": {:.1}, ", each(self.wall));
        let _ =
            write!(line, "\"closes\": {count}, \"hash\": {hash}, \"setup_s\": {:.3}, ", self.setup);
        let _ = write!(line, "\"peak_rss_mb\": {:.1}, ", peak_mb().unwrap_or_default());
        let _ =
            write!(line, "\"does_same_work\": {}, \"note\": \"{}\"}}", self.same_work, self.note);
        println!("{line}");
    }
}

/// The most memory that this process has held, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}
