//! Ticks as differences from the tick before, of the same instrument where that is nearer.

use super::CodecError;
use super::columns::{Columns, Cursors, PRICES, QUANTITIES, TIMES, Which, unzigzag, zigzag};
use highmark_engine::{InstrumentId, Price, Quantity, SourceId, Tick, TickKind, Timestamp};
use std::collections::BTreeMap;

/// Bits of a tick's form.
const SEQUENCE: u8 = 1;
const LAST: u8 = 2;
const BID: u8 = 4;
const ASK: u8 = 8;
const VOLUME: u8 = 16;
/// The source is not the one of this instrument's last tick.
const OTHER_SOURCE: u8 = 32;
/// Its time is the input's.
const AT_ONCE: u8 = 64;
/// It is not a regular tick; one more byte says what.
const OTHER_KIND: u8 = 128;

/// What the next tick of an instrument is told from.
#[derive(Clone, Copy, Default)]
struct Before {
    source: u32,
    sequence: u64,
    /// Last, bid and ask.
    prices: [i64; 3],
    volume: i64,
}

impl Before {
    /// A first bid or ask is told from the last price, near which it stands.
    fn near(&self, side: usize) -> i64 {
        if self.prices[side] == 0 { self.prices[0] } else { self.prices[side] }
    }
}

#[derive(Default)]
pub(super) struct Writer {
    known: BTreeMap<InstrumentId, usize>,
    before: Vec<Before>,
    at: i64,
}

#[derive(Default)]
pub(super) struct Reader {
    known: Vec<(InstrumentId, Before)>,
    at: i64,
}

impl Writer {
    pub(super) fn write(&mut self, columns: &mut Columns, tick: &Tick, heard: Timestamp) {
        let next = self.before.len();
        let place = *self.known.entry(tick.instrument).or_insert(next);
        columns.put(Which::Instruments, place as u128);
        if place == next {
            columns.put(Which::Instruments, u128::from(tick.instrument.0));
            self.before.push(Before::default());
        }
        let before = &mut self.before[place];
        let kind = match tick.kind {
            TickKind::Regular => 0,
            TickKind::Auction => 1,
            TickKind::Test => 2,
        };
        columns.byte(Which::Forms, form(tick, heard, before.source, kind));
        if kind != 0 {
            columns.byte(Which::Forms, kind);
        }
        if tick.at != heard {
            columns.scaled(Which::Times, tick.at.0.wrapping_sub(self.at), &TIMES);
        }
        if tick.source.0 != before.source {
            columns.put(Which::Numbers, u128::from(tick.source.0));
            before.source = tick.source.0;
        }
        if let Some(sequence) = tick.sequence {
            let step = sequence.wrapping_sub(before.sequence).cast_signed();
            columns.put(Which::Numbers, u128::from(zigzag(step)));
            before.sequence = sequence;
        }
        for (price, side) in [(tick.last, 0), (tick.bid, 1), (tick.ask, 2)] {
            if let Some(Price(price)) = price {
                columns.scaled(Which::Prices, price.wrapping_sub(before.near(side)), &PRICES);
                before.prices[side] = price;
            }
        }
        if let Some(Quantity(volume)) = tick.volume {
            columns.scaled(Which::Numbers, volume.wrapping_sub(before.volume), &QUANTITIES);
            before.volume = volume;
        }
        self.at = tick.at.0;
    }
}

fn form(tick: &Tick, heard: Timestamp, source: u32, kind: u8) -> u8 {
    [
        (SEQUENCE, tick.sequence.is_some()),
        (LAST, tick.last.is_some()),
        (BID, tick.bid.is_some()),
        (ASK, tick.ask.is_some()),
        (VOLUME, tick.volume.is_some()),
        (OTHER_SOURCE, tick.source.0 != source),
        (AT_ONCE, tick.at == heard),
        (OTHER_KIND, kind != 0),
    ]
    .iter()
    .fold(0, |form, (bit, is_set)| if *is_set { form | bit } else { form })
}

impl Reader {
    pub(super) fn read(
        &mut self,
        columns: &mut Cursors<'_>,
        heard: Timestamp,
    ) -> Result<Tick, CodecError> {
        let place = usize::try_from(columns.take(Which::Instruments)?)
            .map_err(|_| CodecError("an instrument that was never named"))?;
        if place == self.known.len() {
            let instrument = InstrumentId(columns.small(Which::Instruments)?);
            self.known.push((instrument, Before::default()));
        }
        let (instrument, before) =
            self.known.get_mut(place).ok_or(CodecError("an instrument that was never named"))?;
        let form = columns.byte(Which::Forms)?;
        let has = |bit| form & bit != 0;
        let kind = match if has(OTHER_KIND) { columns.byte(Which::Forms)? } else { 0 } {
            0 => TickKind::Regular,
            1 => TickKind::Auction,
            2 => TickKind::Test,
            _ => return Err(CodecError("a tick of an unknown kind")),
        };
        let at = if has(AT_ONCE) {
            heard.0
        } else {
            self.at.wrapping_add(columns.scaled(Which::Times, &TIMES)?)
        };
        self.at = at;
        if has(OTHER_SOURCE) {
            before.source = columns.small(Which::Numbers)?;
        }
        let mut sequence = None;
        if has(SEQUENCE) {
            let step = unzigzag(columns.number(Which::Numbers)?).cast_unsigned();
            before.sequence = before.sequence.wrapping_add(step);
            sequence = Some(before.sequence);
        }
        let mut prices = [None; 3];
        for (side, bit) in [LAST, BID, ASK].into_iter().enumerate() {
            if has(bit) {
                let step = columns.scaled(Which::Prices, &PRICES)?;
                before.prices[side] = before.near(side).wrapping_add(step);
                prices[side] = Some(Price(before.prices[side]));
            }
        }
        let mut volume = None;
        if has(VOLUME) {
            before.volume =
                before.volume.wrapping_add(columns.scaled(Which::Numbers, &QUANTITIES)?);
            volume = Some(Quantity(before.volume));
        }
        let [last, bid, ask] = prices;
        Ok(Tick {
            instrument: *instrument,
            at: Timestamp(at),
            source: SourceId(before.source),
            sequence,
            last,
            bid,
            ask,
            volume,
            kind,
        })
    }
}
