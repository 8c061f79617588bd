//! How turns become the bytes of a record, and back: without loss, for every input and event there can be.
//!
//! A body is a version, a method and a frame, raw or under zstd. A frame is a list of columns, so that like
//! stands next to like: ticks as differences from the tick before, the events that follow from a quiet tick
//! as one small number, everything else as JSON, to which fields and variants can be added for ever.
//! Bytes come from a disk: nothing is believed, no length that was read is allocated before it was seen.

mod columns;
mod events;
mod ticks;

use crate::turn::Turn;
use columns::{Columns, Cursors, Which};
use highmark_engine::{Body, Event, Input, Timestamp};
use std::fmt;
use std::io::Read;

/// The version that is written. Others are read for ever.
const VERSION: u8 = 1;
const RAW: u8 = 0;
const ZSTD: u8 = 1;
/// Frames shorter than this do not get smaller.
const WORTH_COMPRESSING: usize = 96;
/// No frame is longer; SQLite takes no longer value either.
const LONGEST: u64 = 900_000_000;
/// The window of the decompressor is bounded, whatever a frame asks for.
const WINDOW_LOG: u32 = 24;
/// Frames up to this are decompressed in one go.
const SMALL: u64 = 4 << 20;

/// Bytes that are no record of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodecError(pub &'static str);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for CodecError {}

/// Writes turns; keeps its memory from one record to the next.
pub struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
    columns: Columns,
}

impl Encoder {
    pub fn new() -> Result<Encoder, CodecError> {
        let zstd =
            zstd::bulk::Compressor::new(1).map_err(|_| CodecError("no memory to compress with"))?;
        Ok(Encoder { zstd, columns: Columns::default() })
    }

    /// The body of a record that holds these turns.
    pub fn encode(&mut self, turns: &[Turn]) -> Result<Vec<u8>, CodecError> {
        let frame = self.frame(turns)?;
        let mut body = vec![VERSION, RAW];
        columns::put(&mut body, frame.len() as u128);
        if frame.len() >= WORTH_COMPRESSING {
            let packed =
                self.zstd.compress(&frame).map_err(|_| CodecError("it does not compress"))?;
            if packed.len() < frame.len() {
                body[1] = ZSTD;
                body.extend_from_slice(&packed);
                return Ok(body);
            }
        }
        body.extend_from_slice(&frame);
        Ok(body)
    }

    fn frame(&mut self, turns: &[Turn]) -> Result<Vec<u8>, CodecError> {
        let columns = &mut self.columns;
        columns.clear();
        let first = turns.first().and_then(Turn::number).unwrap_or(0);
        columns.put(Which::Turns, turns.len() as u128);
        columns.put(Which::Turns, u128::from(first));
        let mut ticks = ticks::Writer::default();
        let mut clock = Clock::default();
        for (turn, number) in turns.iter().zip(first..) {
            write_turn(columns, &mut ticks, &mut clock, turn, number)?;
        }
        let frame = columns.joined();
        if frame.len() as u64 > LONGEST { Err(CodecError("it is too long")) } else { Ok(frame) }
    }
}

/// Reads turns; keeps its memory from one record to the next.
#[derive(Default)]
pub struct Decoder {
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

/// Reads the turns in one record's body.
pub fn decode(body: &[u8]) -> Result<Vec<Turn>, CodecError> {
    Decoder::default().decode(body)
}

impl Decoder {
    /// The turns in a record's body.
    pub fn decode(&mut self, body: &[u8]) -> Result<Vec<Turn>, CodecError> {
        let [version, method, rest @ ..] = body else { return Err(CodecError("it is cut off")) };
        if *version != VERSION {
            return Err(CodecError("its version is unknown"));
        }
        let mut rest = rest;
        let length = columns::take(&mut rest)?;
        let length = u64::try_from(length).ok().filter(|length| *length <= LONGEST);
        let length = length.ok_or(CodecError("it says that it is too long"))?;
        match *method {
            RAW if rest.len() as u64 == length => read_frame(rest),
            RAW => Err(CodecError("its length is not what it says")),
            ZSTD => read_frame(&self.decompressed(rest, length)?),
            _ => Err(CodecError("its compression is unknown")),
        }
    }

    fn decompressed(&mut self, packed: &[u8], length: u64) -> Result<Vec<u8>, CodecError> {
        const BAD: CodecError = CodecError("it does not decompress");
        let mut frame = Vec::new();
        if length <= SMALL {
            let capacity = usize::try_from(length).map_err(|_| BAD)?;
            let zstd = match &mut self.zstd {
                Some(zstd) => zstd,
                none => none.insert(zstd::bulk::Decompressor::new().map_err(|_| BAD)?),
            };
            frame = zstd.decompress(packed, capacity).map_err(|_| BAD)?;
        } else {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| BAD)?;
            decoder.window_log_max(WINDOW_LOG).map_err(|_| BAD)?;
            decoder.take(length + 1).read_to_end(&mut frame).map_err(|_| BAD)?;
        }
        if frame.len() as u64 == length { Ok(frame) } else { Err(BAD) }
    }
}

/// The moments that the next turn's are told from.
#[derive(Default)]
struct Clock {
    /// Of the last input.
    heard: i64,
    /// Of the last turn: the engine's clock never goes back.
    engine: Option<i64>,
}

impl Clock {
    /// The engine's clock in the turn of this input, if the turn is as the engine makes it.
    fn engine_at(&self, input: Timestamp) -> Timestamp {
        Timestamp(self.engine.map_or(input.0, |before| before.max(input.0)))
    }
}

/// Bits of a turn's form.
const HAS_TICKS: u8 = 1;
const BEGINS_AS_EXPECTED: u8 = 2;
const IS_CLOCK: u8 = 4;

fn write_turn(
    columns: &mut Columns,
    ticks: &mut ticks::Writer,
    clock: &mut Clock,
    turn: &Turn,
    number: u64,
) -> Result<(), CodecError> {
    let Input { at, body } = &turn.input;
    let expected = clock.engine_at(*at);
    let (as_expected, events) = match &turn.events[..] {
        [Event::TurnBegan { turn, at }, events @ ..] if *turn == number && *at == expected => {
            (true, events)
        }
        events => (false, events),
    };
    let batch: &[highmark_engine::Tick] = if let Body::Ticks(batch) = body { batch } else { &[] };
    let what = match body {
        Body::Ticks(_) => HAS_TICKS,
        Body::Clock => IS_CLOCK,
        Body::Unreadable { .. } | Body::Session(_) | Body::Command { .. } | Body::Order(_) => 0,
    };
    columns.byte(Which::Turns, what | if as_expected { BEGINS_AS_EXPECTED } else { 0 });
    columns.scaled(Which::Heard, at.0.wrapping_sub(clock.heard), &columns::TIMES);
    match what {
        HAS_TICKS => {
            columns.put(Which::Turns, batch.len() as u128);
            batch.iter().for_each(|tick| ticks.write(columns, tick, *at));
        }
        IS_CLOCK => {}
        _ => columns.json(body)?,
    }
    events::write(columns, batch, events)?;
    clock.heard = at.0;
    clock.engine = turn.began_at().map(|at| at.0).or(clock.engine);
    Ok(())
}

fn read_frame(frame: &[u8]) -> Result<Vec<Turn>, CodecError> {
    let mut columns = Cursors::split(frame)?;
    let count = columns.take(Which::Turns)?;
    let first = columns.number(Which::Turns)?;
    let mut ticks = ticks::Reader::default();
    let mut clock = Clock::default();
    let mut turns = Vec::with_capacity(columns.room_for(count, Which::Turns));
    let mut number = first;
    while (turns.len() as u128) < count {
        turns.push(read_turn(&mut columns, &mut ticks, &mut clock, number)?);
        number = number.wrapping_add(1);
    }
    if columns.is_empty() { Ok(turns) } else { Err(CodecError("something is left over")) }
}

fn read_turn(
    columns: &mut Cursors<'_>,
    ticks: &mut ticks::Reader,
    clock: &mut Clock,
    number: u64,
) -> Result<Turn, CodecError> {
    let form = columns.byte(Which::Turns)?;
    let heard = clock.heard.wrapping_add(columns.scaled(Which::Heard, &columns::TIMES)?);
    let at = Timestamp(heard);
    let body = match form & !BEGINS_AS_EXPECTED {
        HAS_TICKS => {
            let count = columns.take(Which::Turns)?;
            let mut batch = Vec::with_capacity(columns.room_for(count, Which::Forms));
            while (batch.len() as u128) < count {
                batch.push(ticks.read(columns, at)?);
            }
            Body::Ticks(batch)
        }
        IS_CLOCK => Body::Clock,
        0 => columns.json()?,
        _ => return Err(CodecError("an input of an unknown form")),
    };
    let mut turn = Turn { input: Input { at, body }, events: Vec::new() };
    let batch: &[_] = if let Body::Ticks(batch) = &turn.input.body { batch } else { &[] };
    // Begun, a mark for each tick, settled: most turns hold no more.
    turn.events.reserve_exact(batch.len() + 2);
    if form & BEGINS_AS_EXPECTED != 0 {
        turn.events.push(Event::TurnBegan { turn: number, at: clock.engine_at(at) });
    }
    events::read(columns, batch, &mut turn.events)?;
    clock.heard = heard;
    clock.engine = turn.began_at().map(|at| at.0).or(clock.engine);
    Ok(turn)
}
