//! What each scope's holdings have gained, kept up mark by mark, and how far that may go before anything follows.
//!
//! A mark costs O(1) for each scope that holds the instrument: one product a side, one sum, two comparisons. While the gain of
//! a scope stays inside its calm, no peak moves, no floor is met and no warning is due, so that nothing has to be sampled.
//! A fill costs O(log n) of the scopes that hold the instrument.

use crate::ids::*;
use crate::money::{Money, Price};
use crate::rules::spec::Window;
use crate::state::scope::{Book, Exposure};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

#[derive(Clone, Default)]
pub(crate) struct Rows {
    slots: BTreeMap<Scope, usize>,
    scopes: Vec<Running>,
    /// By instrument, each by slot.
    rows: Vec<Vec<Row>>,
    /// Something that is held was marked since scopes were settled last.
    pub(crate) is_moved: bool,
}

/// What a scope holds of an instrument.
#[derive(Clone, Copy, Debug)]
struct Row {
    slot: usize,
    long: i128,
    short: i128,
}

#[derive(Clone, Debug)]
struct Running {
    scope: Scope,
    /// The gain before `moved`; `None` until somebody has added it up.
    sum: Option<Sum>,
    /// What marks have added since.
    moved: Money,
    calm: Option<Calm>,
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

impl Rows {
    pub(crate) fn define(&mut self) {
        self.rows.push(Vec::new());
    }

    /// The gain of a scope in a window and whether it is uncertain, if it is known.
    pub(crate) fn gain(&self, scope: Scope, window: Window) -> Option<(Money, bool)> {
        let running = &self.scopes[*self.slots.get(&scope)?];
        let sum = running.sum?;
        let before = match window {
            Window::Session => sum.session,
            Window::Life => sum.life,
        };
        Some((before + running.moved, sum.uncertain > 0))
    }

    /// Takes in a change of what a scope holds of an instrument.
    pub(crate) fn rehold(
        &mut self,
        scope: Scope,
        instrument: InstrumentId,
        before: Option<&Exposure>,
        after: Option<&Exposure>,
        at: Valued,
    ) {
        let slot = self.slot(scope);
        if let Some(sum) = &mut self.scopes[slot].sum {
            sum.take(before, at);
            sum.add(after, at);
        }
        let rows = &mut self.rows[instrument.index()];
        let row = after.map(|held| Row { slot, long: held.long.size, short: held.short.size });
        match (rows.binary_search_by_key(&slot, |row| row.slot), row) {
            (Ok(place), Some(row)) => rows[place] = row,
            (Err(place), Some(row)) => rows.insert(place, row),
            (Ok(place), None) => {
                rows.remove(place);
            }
            (Err(_), None) => {}
        }
    }

    /// Gives a scope its gain, added up from all that it holds, unless it has it.
    pub(crate) fn appraise(&mut self, scope: Scope, sum: impl FnOnce() -> Sum) {
        let slot = self.slot(scope);
        let running = &mut self.scopes[slot];
        if running.sum.is_none() {
            (running.sum, running.moved) = (Some(sum()), Money::ZERO);
        }
    }

    /// Moves the gains of all that hold an instrument; adds those to `touched` that leave their calm or have none.
    pub(crate) fn mark(
        &mut self,
        instrument: InstrumentId,
        before: Valued,
        after: Valued,
        books: &BTreeMap<Scope, Book>,
        touched: &mut BTreeSet<Scope>,
    ) {
        let steps = after.since(before);
        self.is_moved |= !self.rows[instrument.index()].is_empty();
        for row in &self.rows[instrument.index()] {
            let running = &mut self.scopes[row.slot];
            match steps {
                Some((long, short)) => {
                    running.moved += Money(row.long * long - row.short * short);
                }
                None => {
                    let held = books.get(&running.scope);
                    let held = held.and_then(|book| book.exposures.get(&instrument));
                    if let Some(sum) = &mut running.sum {
                        sum.take(held, before);
                        sum.add(held, after);
                    }
                    running.calm = None;
                }
            }
            let is_calm = running
                .calm
                .is_some_and(|calm| calm.down <= running.moved && running.moved <= calm.up);
            if !is_calm {
                touched.insert(running.scope);
            }
        }
    }

    /// Lets a scope be until its gain has fallen or risen by more than this.
    pub(crate) fn calm(&mut self, scope: Scope, calm: Option<Calm>) {
        let slot = self.slot(scope);
        let running = &mut self.scopes[slot];
        let moved = running.moved;
        running.calm = calm.map(|calm| Calm { down: moved - calm.down, up: moved + calm.up });
    }

    pub(crate) fn is_calm(&self, scope: Scope) -> bool {
        self.slots.get(&scope).is_some_and(|slot| self.scopes[*slot].calm.is_some())
    }

    pub(crate) fn calm_scopes(&self) -> Vec<Scope> {
        let calm = self.scopes.iter().filter(|running| running.calm.is_some());
        calm.map(|running| running.scope).collect()
    }

    fn slot(&mut self, scope: Scope) -> usize {
        *self.slots.entry(scope).or_insert_with(|| {
            self.scopes.push(Running { scope, sum: None, moved: Money::ZERO, calm: None });
            self.scopes.len() - 1
        })
    }
}

impl Valued {
    /// By how much the prices for longs and for shorts have moved, when all of them stand.
    fn since(self, before: Valued) -> Option<(i128, i128)> {
        let is_plain = !self.is_stale && !before.is_stale;
        let step =
            |from: Option<Price>, to: Option<Price>| Some(i128::from(to?.0) - i128::from(from?.0));
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
        at.is_stale
            || (self.long.size != 0 && at.long.is_none())
            || (self.short.size != 0 && at.short.is_none())
    }
}
