//! What each scope's holdings have gained, kept up mark by mark, and how far that may go before anything follows.
//!
//! A mark costs O(1) for each scope that holds the instrument: one product, one sum, three comparisons. While the gain of
//! a scope stays inside its calm, no floor is met, none moves and no warning is due, so that nothing has to be sampled;
//! how high it has been is noted when scopes are settled, and moves peaks when somebody asks or something else happens.
//! A fill costs O(log n) of the scopes that hold the instrument.

use crate::ids::*;
use crate::money::{Money, Price};
use crate::rules::spec::Window;
use crate::scoped::Scoped;
use crate::sets::ScopeSet;
use crate::state::scope::{Book, Exposure};
use crate::time::Timestamp;
use alloc::vec::Vec;

#[derive(Clone, Default)]
pub(crate) struct Rows {
    slots: Scoped<usize>,
    /// By slot.
    gauges: Vec<Gauge>,
    /// By slot.
    known: Vec<Known>,
    /// By instrument.
    rows: Vec<Holders>,
    /// Slots that have gained more than before since scopes were settled last.
    rising: Vec<usize>,
    /// The sizes of all that is open, long and short.
    open: i128,
    /// Something that is held was marked or filled since scopes were settled last.
    pub(crate) is_moved: bool,
    /// Scopes were settled in this turn: what is filled now is settled in the next.
    pub(crate) is_settled: bool,
}

/// The scopes that hold an instrument.
#[derive(Clone, Debug, Default)]
struct Holders {
    /// By slot.
    rows: Vec<Row>,
    /// How many of them hold more than a row can say.
    vast: usize,
}

/// What a scope holds of an instrument.
#[derive(Clone, Copy, Debug)]
struct Row {
    slot: usize,
    is_vast: bool,
    /// Longs less shorts.
    net: i64,
    longs: i64,
}

/// How much of an instrument is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) long: i128,
    pub(crate) short: i128,
}

impl Holding {
    pub(crate) fn is_empty(self) -> bool {
        self.long == 0 && self.short == 0
    }

    /// Whether a mark that it needs is missing or stale.
    pub(crate) fn is_uncertain(self, at: Valued) -> bool {
        !self.is_empty()
            && (at.is_stale
                || (self.long != 0 && at.long.is_none())
                || (self.short != 0 && at.short.is_none()))
    }
}

impl Row {
    fn of(slot: usize, held: Holding) -> Row {
        let net = i64::try_from(held.long - held.short);
        match (net, i64::try_from(held.long)) {
            (Ok(net), Ok(longs)) => Row { slot, is_vast: false, net, longs },
            _ => Row { slot, is_vast: true, net: 0, longs: 0 },
        }
    }
}

/// What marks have added to the gain of a scope, and between which bounds that means nothing.
#[derive(Clone, Copy, Debug)]
struct Gauge {
    moved: i128,
    low: i128,
    /// How many values from `low` on are calm; none when every mark means something.
    calm: u128,
    /// How many of them it has been at or below when scopes were settled.
    level: u128,
}

#[derive(Clone, Debug)]
struct Known {
    scope: Scope,
    /// The gain before what marks have added; `None` until somebody has added it up.
    sum: Option<Sum>,
    /// When `top` was reached, if that was since the scope was last sampled.
    topped_at: Option<Timestamp>,
    /// Whether its rules look at nothing of a fill but what that adds to its mtm.
    takes_fills: bool,
}

/// A gain that is known apart from what marks have moved since.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    session: Money,
    life: Money,
    /// Holdings without a mark, or with a stale one.
    uncertain: u32,
}

/// How far a gain may fall and rise from where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calm {
    pub(crate) down: Money,
    pub(crate) up: Money,
}

/// How holdings of an instrument are valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Valued {
    pub(crate) long: Option<Price>,
    pub(crate) short: Option<Price>,
    pub(crate) is_stale: bool,
}

impl Sum {
    pub(crate) fn add(&mut self, exposure: Option<&Exposure>, at: Valued) {
        let Some(exposure) = exposure else { return };
        self.session += exposure.gain(Window::Session, at);
        self.life += exposure.gain(Window::Life, at);
        self.uncertain += u32::from(exposure.is_uncertain(at));
    }

    fn take(&mut self, exposure: Option<&Exposure>, at: Valued) {
        let Some(exposure) = exposure else { return };
        self.session -= exposure.gain(Window::Session, at);
        self.life -= exposure.gain(Window::Life, at);
        self.uncertain -= u32::from(exposure.is_uncertain(at));
    }
}

impl Calm {
    /// As much as both allow.
    pub(crate) fn and(self, down: Money, up: Money) -> Calm {
        Calm { down: self.down.min(down), up: self.up.min(up) }
    }
}

impl Gauge {
    const RESTLESS: Gauge = Gauge { moved: 0, low: 0, calm: 0, level: 0 };

    /// Calm from `down` below what it is to `up` above.
    fn resting(moved: i128, Calm { down, up }: Calm) -> Gauge {
        let below = down.0.unsigned_abs() + 1;
        Gauge { moved, low: moved - down.0, calm: below + up.0.unsigned_abs(), level: below }
    }

    fn is_calm(&self) -> bool {
        self.calm > 0
    }

    /// How far it is above `low`; more than any number that is calm when it is below.
    fn above_low(&self) -> u128 {
        self.moved.wrapping_sub(self.low).cast_unsigned()
    }

    /// It is where it has been since scopes were settled: nothing is to be noted of it.
    fn is_level(&self) -> bool {
        self.above_low() < self.level
    }

    /// It is inside its calm: at most its top moves.
    fn is_within(&self) -> bool {
        self.above_low() < self.calm
    }

    /// It is calm, and above the highest that it was when scopes were settled.
    fn has_risen(&self) -> bool {
        self.is_calm() && self.moved > self.top()
    }

    /// The highest when scopes were settled, while it is calm.
    fn top(&self) -> i128 {
        self.low + self.level.cast_signed() - 1
    }

    fn note_top(&mut self) {
        self.level = self.above_low() + 1;
    }
}

impl Rows {
    pub(crate) fn define(&mut self) {
        self.rows.push(Holders::default());
    }

    pub(crate) fn all_open(&self) -> i128 {
        self.open
    }

    /// Whether a mark that a scope needs is missing or stale; `None` until its gain is known.
    pub(crate) fn is_uncertain(&self, scope: Scope) -> Option<bool> {
        let sum = self.known[*self.slots.get(scope)?].sum?;
        Some(sum.uncertain > 0)
    }

    /// The gains of a scope by the session and by its life, and whether they are uncertain, if they are known.
    pub(crate) fn gains(&self, scope: Scope) -> Option<(Money, Money, bool)> {
        let slot = *self.slots.get(scope)?;
        let sum = self.known[slot].sum?;
        let moved = Money(self.gauges[slot].moved);
        Some((sum.session + moved, sum.life + moved, sum.uncertain > 0))
    }

    /// The gain of a scope in a window and whether it is uncertain, if it is known.
    pub(crate) fn gain(&self, scope: Scope, window: Window) -> Option<(Money, bool)> {
        let (session, life, is_uncertain) = self.gains(scope)?;
        let gain = match window {
            Window::Session => session,
            Window::Life => life,
        };
        Some((gain, is_uncertain))
    }

    /// Takes in a change of what a scope holds of an instrument, and what that adds to its gains at once: those of the
    /// session and of its life.
    pub(crate) fn rehold(
        &mut self,
        slot: usize,
        instrument: InstrumentId,
        [before, after]: [Holding; 2],
        (session, life): (Money, Money),
        at: Valued,
    ) {
        let known = &mut self.known[slot];
        if known.scope == Scope::System {
            self.open += after.long + after.short - (before.long + before.short);
        }
        if let Some(sum) = &mut known.sum {
            sum.session += session;
            sum.life += life;
            sum.uncertain -= u32::from(before.is_uncertain(at));
            sum.uncertain += u32::from(after.is_uncertain(at));
        }
        let Holders { rows, vast } = &mut self.rows[instrument.index()];
        let row = (!after.is_empty()).then(|| Row::of(slot, after));
        *vast += row.iter().filter(|row| row.is_vast).count();
        match (rows.binary_search_by_key(&slot, |row| row.slot), row) {
            (Ok(place), Some(row)) => {
                *vast -= usize::from(core::mem::replace(&mut rows[place], row).is_vast);
            }
            (Err(place), Some(row)) => rows.insert(place, row),
            (Ok(place), None) => *vast -= usize::from(rows.remove(place).is_vast),
            (Err(_), None) => {}
        }
    }

    /// Whether a fill may mean nothing to a scope but what it adds to its mtm.
    pub(crate) fn takes_fills(&self, slot: usize) -> bool {
        !self.is_settled && self.known[slot].takes_fills && self.gauges[slot].is_calm()
    }

    /// Adds to the mtm of a calm scope what a fill has earned by its price, as a mark would; whether nothing follows.
    pub(crate) fn earn(&mut self, slot: usize, earned: Money) -> bool {
        self.is_moved = true;
        let (gauge, known) = (&mut self.gauges[slot], &mut self.known[slot]);
        let Some(sum) = &mut known.sum else { return false };
        // Its tally has it, or what it holds.
        sum.session -= earned;
        sum.life -= earned;
        gauge.moved += earned.0;
        if gauge.is_within() && !gauge.is_level() {
            self.rising.push(slot);
        }
        gauge.is_within() && sum.uncertain == 0
    }

    /// Gives a scope its gain, added up from all that it holds, unless it has it.
    pub(crate) fn appraise(&mut self, scope: Scope, sum: impl FnOnce() -> Sum) {
        let slot = self.slot(scope);
        let known = &mut self.known[slot];
        if known.sum.is_none() {
            known.sum = Some(sum());
            self.gauges[slot].moved = 0;
        }
    }

    /// Moves the gains of all that hold an instrument; adds those to `touched` that leave their calm or have none.
    pub(crate) fn mark(
        &mut self,
        instrument: InstrumentId,
        before: Valued,
        after: Valued,
        books: &Scoped<Book>,
        touched: &mut ScopeSet,
    ) {
        let is_vast = self.rows[instrument.index()].vast > 0;
        match after.since(before) {
            Some((long, short)) if !is_vast && long == short => {
                self.step(instrument, long, touched)
            }
            Some((long, short)) if !is_vast => self.add(instrument, touched, |row| {
                product(row.net, short) + product(row.longs, long - short)
            }),
            _ => self.revalue(instrument, before, after, books, touched),
        }
    }

    /// As [`Rows::mark`], by one step for longs and shorts; no holder may be vast.
    pub(crate) fn step(&mut self, instrument: InstrumentId, step: i64, touched: &mut ScopeSet) {
        self.add(instrument, touched, |row| product(row.net, step));
    }

    fn add(
        &mut self,
        instrument: InstrumentId,
        touched: &mut ScopeSet,
        gain: impl Fn(&Row) -> i128,
    ) {
        let Rows { rows, gauges, known, rising, is_moved, .. } = self;
        let (rows, gauges) = (rows[instrument.index()].rows.as_slice(), gauges.as_mut_slice());
        *is_moved |= !rows.is_empty();
        for row in rows {
            let gauge = &mut gauges[row.slot];
            // What is open may not be so much that the sum could leave its range.
            gauge.moved = gauge.moved.wrapping_add(gain(row));
            if gauge.is_level() {
                continue;
            }
            if gauge.is_within() {
                rising.push(row.slot);
            } else {
                touched.insert(known[row.slot].scope);
            }
        }
    }

    /// Moves the gains of all that hold an instrument from one valuation to another, though not by steps.
    fn revalue(
        &mut self,
        instrument: InstrumentId,
        before: Valued,
        after: Valued,
        books: &Scoped<Book>,
        touched: &mut ScopeSet,
    ) {
        self.is_moved |= !self.rows[instrument.index()].rows.is_empty();
        for row in &self.rows[instrument.index()].rows {
            let (known, gauge) = (&mut self.known[row.slot], &mut self.gauges[row.slot]);
            let held = books.get(known.scope);
            let held = held.and_then(|book| book.exposures.get(&instrument));
            if let Some(sum) = &mut known.sum {
                sum.take(held, before);
                sum.add(held, after);
            }
            *gauge = Gauge { moved: gauge.moved, ..Gauge::RESTLESS };
            touched.insert(known.scope);
        }
    }

    /// Whether marks of an instrument, from `before` to `after`, move all gains by steps.
    pub(crate) fn moves_by_steps(
        &self,
        instrument: InstrumentId,
        before: Valued,
        after: Valued,
    ) -> bool {
        after.since(before).is_some() && self.rows[instrument.index()].vast == 0
    }

    /// The scopes that hold an instrument.
    pub(crate) fn holders(&self, instrument: InstrumentId) -> Vec<Scope> {
        let rows = self.rows[instrument.index()].rows.iter();
        rows.map(|row| self.known[row.slot].scope).collect()
    }

    /// Lets a scope be until its gain has fallen or risen by more than this, or something of it is filled unless it
    /// takes that too.
    pub(crate) fn calm(&mut self, scope: Scope, calm: Option<Calm>, takes_fills: bool) {
        let slot = self.slot(scope);
        let moved = self.gauges[slot].moved;
        self.gauges[slot] = match calm {
            Some(calm) => Gauge::resting(moved, calm),
            None => Gauge { moved, ..Gauge::RESTLESS },
        };
        let known = &mut self.known[slot];
        (known.topped_at, known.takes_fills) = (None, takes_fills);
    }

    /// Notes how high the gains of calm scopes are, now that scopes are settled.
    #[inline]
    pub(crate) fn note_tops(&mut self, now: Timestamp) {
        while let Some(slot) = self.rising.pop() {
            let gauge = &mut self.gauges[slot];
            if gauge.has_risen() {
                gauge.note_top();
                self.known[slot].topped_at = Some(now);
            }
        }
    }

    /// How much above its gain of now a calm scope has been since it was sampled, and when that was.
    pub(crate) fn top(&self, scope: Scope) -> Option<(Money, Timestamp)> {
        let slot = *self.slots.get(scope)?;
        let at = self.known[slot].topped_at?;
        let gauge = &self.gauges[slot];
        Some((Money(gauge.top() - gauge.moved), at))
    }

    /// Whether a calm scope has gained more than ever since scopes were settled.
    pub(crate) fn has_risen(&self, scope: Scope) -> bool {
        let gauge = self.slots.get(scope).map(|slot| &self.gauges[*slot]);
        gauge.is_some_and(Gauge::has_risen)
    }

    pub(crate) fn forget_top(&mut self, scope: Scope) {
        let slot = self.slot(scope);
        self.known[slot].topped_at = None;
    }

    pub(crate) fn is_calm(&self, scope: Scope) -> bool {
        self.slots.get(scope).is_some_and(|slot| self.gauges[*slot].is_calm())
    }

    pub(crate) fn calm_scopes(&self) -> Vec<Scope> {
        let both = self.gauges.iter().zip(&self.known);
        both.filter(|(gauge, _)| gauge.is_calm()).map(|(_, known)| known.scope).collect()
    }

    /// Where a scope stands here, from now on.
    pub(crate) fn slot(&mut self, scope: Scope) -> usize {
        let (gauges, known) = (&mut self.gauges, &mut self.known);
        *self.slots.of(scope, || {
            gauges.push(Gauge::RESTLESS);
            known.push(Known { scope, sum: None, topped_at: None, takes_fills: false });
            known.len() - 1
        })
    }
}

/// Two 64-bit numbers have a product of 128 bits.
fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

impl Valued {
    /// By how much the prices for longs and for shorts have moved, when all of them stand.
    fn since(self, before: Valued) -> Option<(i64, i64)> {
        let is_plain = !self.is_stale && !before.is_stale;
        let step = |from: Option<Price>, to: Option<Price>| Some(to?.0 - from?.0);
        Some((step(before.long, self.long)?, step(before.short, self.short)?)).filter(|_| is_plain)
    }
}

impl Exposure {
    /// What the holdings have gained; at cost without a mark.
    pub(crate) fn gain(&self, window: Window, at: Valued) -> Money {
        self.unrealised(window, at.long, at.short)
    }

    /// Whether a mark that it needs is missing or stale.
    pub(crate) fn is_uncertain(&self, at: Valued) -> bool {
        self.holding().is_uncertain(at)
    }
}
