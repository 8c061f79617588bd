//! The trigger index: which trades a mark can mean something to, found without looking at the others.
//!
//! Each open trade says once what it waits for ([`Waits`]): a mark at or below its stops, a mark at or above the next move
//! of a rule, stops that follow its best. A mark that reaches none of these changes nothing of the trade but its best and
//! what follows from it, and that is computed when somebody asks ([`Index::best`]). A trade that is met leaves the index,
//! is looked at exactly as if there were none, and joins again. What cannot be said in these terms (a rule that looks at
//! another price, a confirmation under way) is shown every mark: such trades are `shown`.
//!
//! Nothing here decides. It may send too many trades to be looked at, never too few.

mod bounds;
mod heap;
pub(crate) mod lanes;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
pub(crate) mod trails;
mod water;

use crate::ids::*;
use crate::input::Side;
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use bounds::{Bound, Bounds};
use heap::Node;
use lanes::Lanes;
use rows::Rows;
use trails::{Kind, Trail, Trails};
use water::{Moment, Water};

/// What has to happen before a trade is to be looked at, in x.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits {
    /// A mark at or below this.
    pub(crate) down: Option<i64>,
    /// A mark at or above this.
    pub(crate) up: Option<i64>,
    /// Mostly one at most.
    trail: Option<Trail>,
    others: Vec<Trail>,
}

impl Waits {
    pub(crate) fn follow(&mut self, trail: Trail) {
        if self.trail.is_some() {
            self.others.push(trail);
        } else {
            self.trail = Some(trail);
        }
    }

    pub(crate) fn trails(&self) -> impl Iterator<Item = Trail> {
        self.trail.into_iter().chain(self.others.iter().copied())
    }
}

/// Where a trade stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    pub(crate) trade: TradeId,
    pub(crate) instrument: InstrumentId,
    pub(crate) side: Side,
}

#[derive(Clone, Default)]
pub(crate) struct Index {
    places: Vec<Place>,
    /// By trade.
    members: Vec<Member>,
    /// The trades to look at for the mark that was just shown, by id.
    pub(crate) met: Vec<TradeId>,
    pub(crate) rows: Rows,
    pub(crate) lanes: Lanes,
    /// Every trade is shown every mark: for comparison.
    pub(crate) is_off: bool,
}

/// The trades of one instrument.
#[derive(Clone, Debug, Default)]
struct Place {
    buys: Half,
    sells: Half,
    shown: BTreeSet<TradeId>,
    /// Trades that an event has changed: the next mark is shown to them.
    loose: Vec<TradeId>,
    /// Trades that have seen the mark in force, or have just opened, and wait before the next.
    parted: Vec<TradeId>,
    /// Trades that opened after the quote in force was made, by when.
    young: BTreeSet<(Timestamp, TradeId)>,
    /// None of those that wait opened after this.
    latest: Timestamp,
    /// Trades with a rule on the instrument's bars.
    on_bars: BTreeSet<TradeId>,
}

/// The longs or the shorts.
#[derive(Clone, Debug, Default)]
struct Half {
    water: Water,
    bounds: Bounds,
    trails: Trails,
    /// What a mark has to reach to change anything; unknown since somebody came or left.
    calm: Option<Calm>,
}

/// Marks between `low` and `high` meet nobody; above `best` they move a best.
#[derive(Clone, Copy, Debug)]
struct Calm {
    low: i64,
    high: i64,
    best: i64,
}

#[derive(Clone, Debug, Default)]
enum Member {
    #[default]
    Nobody,
    /// It waited until now, and no mark has moved its best since it began to: its rules stand as they ask.
    Still,
    Shown,
    Loose,
    Parted,
    Young(Timestamp),
    Waiting(Waiting),
}

#[derive(Clone, Debug)]
struct Waiting {
    since: Moment,
    best: i64,
    opened: Timestamp,
    bound: Bound,
    trails: Followed,
}

/// The trails of a trade: mostly none or one.
#[derive(Clone, Debug)]
enum Followed {
    None,
    One(Kind, Node),
    #[expect(clippy::box_collection, reason = "a word, so that members are small")]
    Many(Box<Vec<(Kind, Node)>>),
}

impl Followed {
    fn each(&self, mut leave: impl FnMut(Kind, Node)) {
        match self {
            Followed::None => {}
            Followed::One(kind, node) => leave(*kind, *node),
            Followed::Many(trails) => trails.iter().for_each(|(kind, node)| leave(*kind, *node)),
        }
    }
}

impl core::fmt::Debug for Index {
    /// It says nothing that the state does not say.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Index")
    }
}

impl PartialEq for Index {
    fn eq(&self, _: &Index) -> bool {
        true
    }
}

impl Index {
    /// Forgets all instruments, trades and scopes.
    pub(crate) fn clear(&mut self) {
        *self = Index { is_off: self.is_off, ..Index::default() };
    }

    pub(crate) fn define(&mut self) {
        self.places.push(Place::default());
        self.rows.define();
        self.lanes.define();
    }

    /// Shows a trade every mark from now on.
    pub(crate) fn show(&mut self, seat: Seat) {
        self.place(seat).shown.insert(seat.trade);
        *self.member(seat.trade) = Member::Shown;
    }

    /// Shows a trade the next mark.
    pub(crate) fn loosen(&mut self, seat: Seat) {
        *self.member(seat.trade) = Member::Loose;
        self.place(seat).loose.push(seat.trade);
    }

    /// Takes a trade that has seen the mark in force, or has just opened, back before the next.
    pub(crate) fn part(&mut self, seat: Seat) {
        *self.member(seat.trade) = Member::Parted;
        self.place(seat).parted.push(seat.trade);
    }

    /// It has just left, and stands as it did when it began to wait.
    pub(crate) fn is_still(&self, trade: TradeId) -> bool {
        matches!(self.members[trade.index()], Member::Still)
    }

    /// Those who are to wait before the next mark, if they are [parted](Index::is_parted) still; the room is to be given
    /// back.
    pub(crate) fn take_parted(&mut self, instrument: InstrumentId) -> Vec<TradeId> {
        core::mem::take(&mut self.places[instrument.index()].parted)
    }

    pub(crate) fn put_parted(&mut self, instrument: InstrumentId, room: Vec<TradeId>) {
        self.places[instrument.index()].parted = room;
    }

    pub(crate) fn is_parted(&self, trade: TradeId) -> bool {
        matches!(self.members[trade.index()], Member::Parted)
    }

    /// Lets a trade wait; before a quote that is not older than its opening, no mark is meant for it.
    pub(crate) fn wait(
        &mut self,
        seat: Seat,
        waits: Waits,
        best: i64,
        opened: Timestamp,
        quoted: Timestamp,
    ) {
        let place = self.place(seat);
        if opened > quoted {
            place.young.insert((opened, seat.trade));
            *self.member(seat.trade) = Member::Young(opened);
            return;
        }
        place.latest = place.latest.max(opened);
        let half = place.half_mut(seat.side);
        half.calm = None;
        let bound = half.bounds.enter(seat.trade, waits.down, waits.up);
        let mut enter = |trail: Trail| (trail.kind(), half.trails.enter(trail, seat.trade, best));
        let trails = match (waits.trail, &waits.others[..]) {
            (None, _) => Followed::None,
            (Some(trail), []) => {
                let (kind, node) = enter(trail);
                Followed::One(kind, node)
            }
            _ => Followed::Many(Box::new(waits.trails().map(enter).collect())),
        };
        let since = half.water.join();
        *self.member(seat.trade) = Member::Waiting(Waiting { since, best, opened, bound, trails });
    }

    /// Takes a trade out; its best and when it was made, if marks have moved it since it joined.
    pub(crate) fn leave(&mut self, seat: Seat) -> Option<(i64, Timestamp)> {
        let member = self.members.get_mut(seat.trade.index())?;
        match member {
            Member::Nobody => None,
            Member::Still | Member::Loose | Member::Parted => {
                *member = Member::Nobody;
                None
            }
            Member::Shown => {
                *member = Member::Nobody;
                self.place(seat).shown.remove(&seat.trade);
                None
            }
            Member::Young(opened) => {
                let opened = *opened;
                *member = Member::Nobody;
                self.place(seat).young.remove(&(opened, seat.trade));
                None
            }
            Member::Waiting(_) => {
                let Member::Waiting(waiting) = core::mem::take(member) else { return None };
                let half = self.place(seat).half_mut(seat.side);
                half.calm = None;
                let risen = half.risen(&waiting);
                let best = risen.map_or(waiting.best, |(best, _)| best);
                half.bounds.leave(waiting.bound);
                waiting.trails.each(|kind, node| half.trails.leave(kind, node, best));
                if risen.is_none() {
                    *self.member(seat.trade) = Member::Still;
                }
                risen
            }
        }
    }

    /// Best of a trade and when it was made, if marks have moved it since it joined.
    pub(crate) fn best(&self, seat: Seat) -> Option<(i64, Timestamp)> {
        let Member::Waiting(waiting) = self.members.get(seat.trade.index())? else { return None };
        self.places[seat.instrument.index()].half(seat.side).risen(waiting)
    }

    /// No trade has stood in it since it was made or cleared.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn watch_bars(&mut self, seat: Seat, watches: bool) {
        let on_bars = &mut self.place(seat).on_bars;
        if watches {
            on_bars.insert(seat.trade);
        } else {
            on_bars.remove(&seat.trade);
        }
    }

    pub(crate) fn on_bars(&self, instrument: InstrumentId) -> Vec<TradeId> {
        self.places[instrument.index()].on_bars.iter().copied().collect()
    }

    /// Those who wait though the quote is older than their opening: it has gone back.
    pub(crate) fn too_young<Open: Iterator<Item = TradeId>>(
        &mut self,
        instrument: InstrumentId,
        open: impl FnOnce() -> Open,
        quoted: Timestamp,
    ) -> Vec<TradeId> {
        let place = &mut self.places[instrument.index()];
        if place.latest <= quoted {
            return Vec::new();
        }
        place.latest = quoted;
        let waits = |id: &TradeId| matches!(&self.members[id.index()], Member::Waiting(waiting) if waiting.opened > quoted);
        open().filter(waits).collect()
    }

    /// Whether a mark meets nobody here: it costs two comparisons a side. It may move a best.
    pub(crate) fn is_calm(
        &self,
        instrument: InstrumentId,
        [long, short]: [Option<i64>; 2],
        quoted: Timestamp,
    ) -> bool {
        let place = &self.places[instrument.index()];
        place.latest <= quoted
            && place.buys.is_calm(long)
            && place.sells.is_calm(short)
            && place.shown.is_empty()
            && place.loose.is_empty()
            && place.parted.is_empty()
            && place.young.is_empty()
    }

    /// Between which last prices nobody is met and no best moves, both ends left out; `None` when that is not known.
    pub(crate) fn calm(&self, instrument: InstrumentId) -> Option<(i64, i64)> {
        let place = &self.places[instrument.index()];
        let (long, short) = (place.buys.calm?, place.sells.calm?);
        let over = |calm: Calm| calm.high.min(calm.best.saturating_add(1));
        let low = long.low.max(over(short).saturating_neg());
        Some((low, over(long).min(short.low.saturating_neg())))
    }

    /// Moves the best of those who wait, if the mark is above any; nobody is met.
    pub(crate) fn raise_calmly(&mut self, instrument: InstrumentId, x: [i64; 2], at: Timestamp) {
        let place = &mut self.places[instrument.index()];
        for (half, x) in [&mut place.buys, &mut place.sells].into_iter().zip(x) {
            if half.calm.is_none_or(|calm| calm.best < x) {
                half.raise(x, at);
            }
        }
    }

    /// Adds the trades that a mark may mean something to, by id: it is at `x` for longs and for shorts, of a quote made at `quoted`.
    pub(crate) fn meet(
        &mut self,
        instrument: InstrumentId,
        x: [Option<i64>; 2],
        quoted: Timestamp,
        met: &mut Vec<TradeId>,
    ) {
        let place = &mut self.places[instrument.index()];
        let members = &self.members;
        let is_loose = |trade: &TradeId| matches!(members[trade.index()], Member::Loose);
        met.extend(place.loose.drain(..).filter(is_loose));
        met.extend(place.shown.iter().copied());
        let grown = place.young.iter().take_while(|(opened, _)| *opened <= quoted);
        met.extend(grown.map(|(_, trade)| *trade));
        for (half, x) in [&place.buys, &place.sells].into_iter().zip(x) {
            if let Some(x) = x {
                half.meet(x, met);
            }
        }
        met.sort_unstable();
        met.dedup();
    }

    /// Moves the best of those who wait.
    pub(crate) fn raise(&mut self, instrument: InstrumentId, x: [Option<i64>; 2], at: Timestamp) {
        let place = &mut self.places[instrument.index()];
        for (half, x) in [&mut place.buys, &mut place.sells].into_iter().zip(x) {
            if let Some(x) = x {
                half.raise(x, at);
            }
        }
    }

    fn place(&mut self, seat: Seat) -> &mut Place {
        &mut self.places[seat.instrument.index()]
    }

    fn member(&mut self, trade: TradeId) -> &mut Member {
        if self.members.len() <= trade.index() {
            self.members.resize(trade.index() + 1, Member::Nobody);
        }
        &mut self.members[trade.index()]
    }
}

impl Place {
    fn half(&self, side: Side) -> &Half {
        match side {
            Side::Buy => &self.buys,
            Side::Sell => &self.sells,
        }
    }

    fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}

impl Half {
    fn risen(&self, waiting: &Waiting) -> Option<(i64, Timestamp)> {
        self.water.since(waiting.since).filter(|(best, _)| *best > waiting.best)
    }

    fn is_calm(&self, x: Option<i64>) -> bool {
        match (x, &self.calm) {
            (Some(x), Some(calm)) => calm.low < x && x < calm.high,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    fn raise(&mut self, x: i64, at: Timestamp) {
        self.water.see(x, at);
        self.trails.raise(x);
        self.calm = self.between();
    }

    /// Between which marks nobody is met, and which move nobody's best, now that a mark was seen.
    fn between(&self) -> Option<Calm> {
        let low = self.bounds.highest_down().max(self.trails.highest_trigger());
        let (low, high) = (low.unwrap_or(i64::MIN), self.bounds.lowest_up().unwrap_or(i64::MAX));
        let best = [self.trails.lowest_best(), self.water.highest()?];
        let best = best.into_iter().flatten().min().unwrap_or(i64::MAX);
        Some(Calm { low, high, best })
    }

    fn meet(&self, x: i64, met: &mut Vec<TradeId>) {
        self.bounds.met(x, met);
        self.trails.met(x, met);
    }
}
