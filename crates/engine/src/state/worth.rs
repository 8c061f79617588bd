//! What a scope's holdings are worth, kept up with marks and fills: a mark costs each scope that holds the instrument O(log n),
//! not a sum over all that it holds.

use super::State;
use super::market::Instrument;
use super::scope::{Book, Exposure};
use crate::ids::*;
use crate::instrument::MarkKind;
use crate::money::{Money, Price};
use crate::rules::spec::Window;
use core::fmt;

/// The unrealised gain of a book at the instruments' own marks. It follows from the rest of the state.
#[derive(Clone, Copy, Default)]
pub(crate) struct Worth {
    known: Option<Sum>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    session: Money,
    life: Money,
    /// Holdings without a mark, or with a stale one.
    uncertain: u32,
}

/// How holdings of an instrument are valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Valued {
    long: Option<Price>,
    short: Option<Price>,
    is_stale: bool,
}

impl fmt::Debug for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worth")
    }
}

impl PartialEq for Worth {
    fn eq(&self, _: &Worth) -> bool {
        true
    }
}

impl Instrument {
    /// How holdings are valued at marks of `kind`, or of the instrument's own.
    pub(crate) fn valued(&self, kind: Option<MarkKind>) -> Valued {
        let mark = |long| self.quote.mark(kind.unwrap_or(self.spec.mark), long);
        Valued { long: mark(true), short: mark(false), is_stale: self.stale_since.is_some() }
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

impl Sum {
    fn add(&mut self, exposure: Option<&Exposure>, at: Valued) {
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

impl Book {
    /// The unrealised gain in a window and whether it is uncertain, if it is known.
    pub(crate) fn known_gain(&self, window: Window) -> Option<(Money, bool)> {
        let sum = self.worth.known?;
        let gain = match window {
            Window::Session => sum.session,
            Window::Life => sum.life,
        };
        Some((gain, sum.uncertain > 0))
    }

    /// Changes what is held of an instrument, and what it is worth.
    pub(crate) fn rehold(
        &mut self,
        instrument: InstrumentId,
        at: Valued,
        change: impl FnOnce(&mut Book),
    ) {
        let before = self.exposures.get(&instrument).copied();
        change(self);
        let after = self.exposures.get(&instrument);
        if let Some(sum) = &mut self.worth.known {
            sum.take(before.as_ref(), at);
            sum.add(after, at);
        }
    }

    fn revalue(&mut self, instrument: InstrumentId, before: Valued, after: Valued) {
        if let Some(sum) = &mut self.worth.known {
            let exposure = self.exposures.get(&instrument);
            sum.take(exposure, before);
            sum.add(exposure, after);
        }
    }
}

impl State {
    /// Changes the market of an instrument, and what those are worth who hold it.
    pub(crate) fn remark(&mut self, id: InstrumentId, change: impl FnOnce(&mut Instrument)) {
        let instrument = &mut self.instruments[id.index()];
        let before = instrument.valued(None);
        change(instrument);
        let after = instrument.valued(None);
        if before != after {
            for scope in instrument.holders.keys() {
                if let Some(book) = self.books.get_mut(scope) {
                    book.revalue(id, before, after);
                }
            }
        }
    }

    /// Adds up what a scope's holdings are worth, unless it is known.
    pub(crate) fn appraise(&mut self, scope: Scope) {
        let Some(book) = self.books.get_mut(&scope) else { return };
        if book.worth.known.is_none() {
            let mut sum = Sum::default();
            for (id, exposure) in &book.exposures {
                sum.add(Some(exposure), self.instruments[id.index()].valued(None));
            }
            book.worth.known = Some(sum);
        }
    }
}
