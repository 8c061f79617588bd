//! How far the mtm of a scope may move before a peak, a floor or a warning does, and what is not written down until then.

use super::State;
use super::market::{Instrument, Quote};
use super::rule::Rule;
use super::sample::{Class, Worth, bands, class, window};
use super::scope::{Book, Share, Tally};
use crate::event::Event;
use crate::ids::*;
use crate::index::rows::{Calm, Sum, Valued};
use crate::input::{Command, WARN_REARM};
use crate::instrument::MarkKind;
use crate::money::{Fraction, MILLION, Money};
use crate::rules::spec::*;
use crate::time::Timestamp;
use crate::wide;

/// More than any mtm can move.
const FAR: Money = Money(i128::MAX / 4);
/// The smallest amount of money.
const UNIT: Money = Money(1);

impl Instrument {
    /// How holdings are valued at marks of `kind`, or of the instrument's own.
    pub(crate) fn valued(&self, kind: Option<MarkKind>) -> Valued {
        Valued::by(&self.quote, kind.unwrap_or(self.spec.mark), self.stale_since.is_some())
    }
}

impl Valued {
    pub(crate) fn by(quote: &Quote, kind: MarkKind, is_stale: bool) -> Valued {
        let long = quote.mark(kind, true);
        let short = if kind == MarkKind::Executable { quote.mark(kind, false) } else { long };
        Valued { long, short, is_stale }
    }
}

/// What a trade has more of an instrument, and what that has gained at its mark by the session and by its life.
pub(super) struct Change {
    instrument: InstrumentId,
    more: Share,
    valued: Valued,
    gains: (Money, Money),
    /// What it adds to mtm; `None` when that is not the same by the session and by its life.
    earned: Option<Money>,
}

impl State {
    /// What a share of an instrument more means for those who hold it.
    pub(super) fn change(&self, instrument: InstrumentId, more: Share) -> Change {
        let valued = self.instrument(instrument).valued(None);
        let (gains, realised) = (more.gains(valued), more.realised());
        let (session, life) = (realised.0 + gains.0, realised.1 + gains.1);
        let earned = (session == life).then_some(life);
        Change { instrument, more, valued, gains, earned }
    }

    /// Adds to what a scope holds of an instrument.
    pub(super) fn shift(&mut self, scope: Scope, change: &Change) {
        self.bring_peaks_up(scope);
        let slot = self.index.rows.slot(scope);
        self.hold(scope, slot, change, |_| {});
    }

    /// As [`State::shift`], for a fill, which is noted in its book too: a scope that has to be sampled for it is touched.
    pub(super) fn fill_scope(
        &mut self,
        scope: Scope,
        change: &Change,
        note: impl FnOnce(&mut Book),
    ) {
        let slot = self.index.rows.slot(scope);
        let earned = change.earned.filter(|_| self.index.rows.takes_fills(slot));
        if earned.is_none() {
            self.bring_peaks_up(scope);
        }
        self.hold(scope, slot, change, note);
        if !earned.is_some_and(|earned| self.index.rows.earn(slot, earned)) {
            self.touched.insert(scope);
        }
    }

    fn hold(&mut self, scope: Scope, slot: usize, change: &Change, note: impl FnOnce(&mut Book)) {
        let Change { instrument, more, valued, gains, .. } = change;
        let book = self.book(scope);
        let held = book.shift(*instrument, more);
        note(book);
        self.index.rows.rehold(slot, *instrument, held, *gains, *valued);
    }

    /// Changes the market of an instrument, and notes whose mtm is to be looked at for it.
    pub(super) fn remark(&mut self, id: InstrumentId, change: impl FnOnce(&mut Instrument)) {
        let instrument = &mut self.instruments[id.index()];
        let before = instrument.valued(None);
        change(instrument);
        let after = instrument.valued(None);
        if !self.index.rows.moves_by_steps(id, before, after) {
            self.index.rows.holders(id).into_iter().for_each(|scope| self.bring_peaks_up(scope));
        }
        self.index.rows.mark(id, before, after, &self.books, &mut self.touched);
    }

    /// Adds up what a scope's holdings have gained, unless it is known.
    pub(super) fn appraise(&mut self, scope: Scope) {
        let book = self.books.get(scope).expect("the scope has a book");
        let instruments = &self.instruments;
        self.index.rows.appraise(scope, || {
            let mut sum = Sum::default();
            for (id, exposure) in &book.exposures {
                sum.add(Some(exposure), instruments[id.index()].valued(None));
            }
            sum
        });
    }

    /// Lets a scope that was just sampled be, for as long as its marks can mean nothing to it.
    pub(super) fn rest(&mut self, scope: Scope, worth: &Worth) {
        let calm = if self.index.is_off { None } else { self.calm(scope, worth) };
        let calm = calm.filter(|calm| calm.down >= Money::ZERO && calm.up >= Money::ZERO);
        let takes_fills = calm.is_some() && self.takes_fills(scope);
        self.index.rows.calm(scope, calm, takes_fills);
    }

    /// What the rule measured last: of a scope that is calm, what it measures now.
    pub(crate) fn rule_value(&self, rule: &Rule) -> Money {
        if !rule.is_live() || !rule.mtm.is_sampled || !moves_with_marks(rule) {
            return rule.mtm.value;
        }
        if !self.index.rows.is_calm(rule.scope) {
            return rule.mtm.value;
        }
        let value = self.rule_mtm(rule, false).0 - rule.mtm.origin;
        match rule.mtm_rule() {
            Some(MtmRule::Drawdown { .. }) => value + self.capital(rule.scope),
            _ => value,
        }
    }

    /// Writes down what calm scopes measure, and lets the next mark touch them.
    pub(super) fn wake(&mut self, event: &Event) {
        match event {
            Event::Configured(_)
            | Event::InstrumentAdjusted { .. }
            | Event::AccountOpened { .. }
            | Event::StrategyEdited { .. }
            | Event::DayRolled { .. }
            | Event::SessionOpened(_)
            | Event::Undone { .. } => self.wake_all(),
            // What is kept to take a command back is as it was then.
            Event::Accepted { what, .. } => match **what {
                Command::ManualMark { .. } => self.wake_all(),
                Command::ChangeRule { rule, .. }
                | Command::RemoveRule { rule, .. }
                | Command::LoosenStop { rule, .. } => self.wake_one(self.rule(rule).scope),
                _ => {}
            },
            Event::RuleSet { scope, .. } | Event::MarginSet { scope, .. } => self.wake_one(*scope),
            Event::RuleChanged { rule, .. }
            | Event::RuleRemoved { rule, .. }
            | Event::RuleReset { rule, .. } => self.wake_one(self.rule(*rule).scope),
            Event::Breached(breach) => self.wake_one(breach.rule.scope),
            Event::Warned { rule, .. } => self.wake_one(rule.scope),
            _ => {}
        }
    }

    pub(super) fn wake_all(&mut self) {
        for scope in self.index.rows.calm_scopes() {
            self.wake_one(scope);
        }
    }

    pub(super) fn wake_one(&mut self, scope: Scope) {
        if !self.index.rows.is_calm(scope) {
            return;
        }
        self.bring_peaks_up(scope);
        // What it has gained since it was settled last makes a peak when it is settled next.
        if self.index.rows.has_risen(scope) {
            self.touched.insert(scope);
        }
        for id in self.book_of(scope).rules.clone() {
            let value = self.rule_value(self.rule(id));
            self.rules[id.index()].mtm.value = value;
        }
        self.index.rows.calm(scope, None, false);
    }

    /// Moves the peaks of a calm scope to the highest that it has been.
    pub(super) fn bring_peaks_up(&mut self, scope: Scope) {
        let Some((above, at)) = self.index.rows.top(scope) else { return };
        self.index.rows.forget_top(scope);
        for window in [Window::Session, Window::Life] {
            let highest = self.mtm(scope, window, None, Valuation::Gross).0 + above;
            self.book(scope).tally_mut(window).see(highest, at);
        }
        for id in self.book_of(scope).rules.clone() {
            if let Some((peak, at)) = self.trailing_peak(self.rule(id), above, at) {
                let rule = &mut self.rules[id.index()];
                (rule.mtm.peak, rule.mtm.peak_at) = (peak, Some(at));
            }
        }
    }

    /// The peak of a rule and when it was made, if that trails behind.
    fn trailing_peak(
        &self,
        rule: &Rule,
        above: Money,
        at: Timestamp,
    ) -> Option<(Money, Timestamp)> {
        if !rule.is_live() || rule.candle().is_some() {
            return None;
        }
        let highest = self.rule_mtm(rule, true).0 + above - rule.mtm.peak_origin;
        (highest > rule.mtm.peak).then_some((highest, at))
    }

    /// What was earned in a window, with its peak.
    pub(crate) fn tally(&self, scope: Scope, window: Window) -> Tally {
        let [session, life] = self.tallies(scope);
        match window {
            Window::Session => session,
            Window::Life => life,
        }
    }

    /// What was earned by the session and by its life, with the peaks.
    pub(crate) fn tallies(&self, scope: Scope) -> [Tally; 2] {
        let Some(book) = self.books.get(scope) else { return Default::default() };
        let mut tallies = [book.session, book.life];
        if let Some((above, at)) = self.index.rows.top(scope) {
            let worth = self.worth(scope);
            for (tally, window) in tallies.iter_mut().zip([Window::Session, Window::Life]) {
                tally.see(worth.within(window) + above, at);
            }
        }
        tallies
    }

    /// The highest mtm of a scope by the session and by its life.
    pub(super) fn peaks(&self, scope: Scope) -> [Money; 2] {
        match self.books.get(scope) {
            Some(book) if self.index.rows.top(scope).is_none() => {
                [book.session.peak, book.life.peak]
            }
            _ => self.tallies(scope).map(|tally| tally.peak),
        }
    }

    /// A scope's book with its peaks.
    pub(crate) fn book_seen(&self, scope: Scope) -> Option<Book> {
        let mut book = self.books.get(scope)?.clone();
        [book.session, book.life] = self.tallies(scope);
        Some(book)
    }

    /// The peak of an mtm rule and when it was made.
    pub(crate) fn rule_peak(&self, rule: &Rule) -> (Money, Option<Timestamp>) {
        let trailing = self.index.rows.top(rule.scope);
        match trailing.and_then(|(above, at)| self.trailing_peak(rule, above, at)) {
            Some((peak, at)) => (peak, Some(at)),
            None => (rule.mtm.peak, rule.mtm.peak_at),
        }
    }

    /// An mtm rule with its peak.
    pub(crate) fn rule_seen(&self, rule: &Rule) -> Rule {
        let mut seen = rule.clone();
        let (peak, peak_at) = self.rule_peak(rule);
        if peak > rule.mtm.peak {
            (seen.mtm.peak, seen.mtm.peak_at) = (peak, peak_at);
        }
        seen
    }

    /// How far a scope's mtm may fall and rise; `None` when every mark means something.
    fn calm(&self, scope: Scope, worth: &Worth) -> Option<Calm> {
        let mut calm = Calm { down: FAR, up: FAR };
        let book = self.book_of(scope);
        if self.index.rows.is_uncertain(scope) != Some(false) {
            return None;
        }
        for rule in book.rules.iter().map(|id| self.rule(*id)) {
            if rule.is_live() && rule.candle().is_none() {
                let of_rule = self.calm_of(rule, worth)?;
                calm = calm.and(of_rule.down, of_rule.up);
            }
        }
        Some(calm)
    }

    /// Whether the rules of a scope look at nothing of a fill but what it adds to mtm.
    fn takes_fills(&self, scope: Scope) -> bool {
        // What a trade of its own ends with is judged once more.
        let is_trade = matches!(scope, Scope::Trade(_));
        let rules = self.book_of(scope).rules.iter().map(|id| self.rule(*id));
        let mut live = rules.filter(|rule| rule.is_live());
        !is_trade && !live.any(|rule| rule.mtm_rule().is_none_or(counts_fills))
    }

    /// How high the mtm that a rule's peak is made of may go before its level moves.
    fn next_peak(&self, rule: &Rule) -> Option<Money> {
        let far_above = Some(Money(FAR.0 / 2));
        let amount = |amount: Amount| self.amount(rule.scope, amount);
        // Short of the peak that arms it; where that is of nothing, none does.
        let short_of = |arm_at: Amount| amount(arm_at).map_or(far_above, |at| Some(at - UNIT));
        match (rule.mtm_rule()?, rule.mtm.level) {
            (MtmRule::MaxLoss { .. } | MtmRule::DailyLoss { .. }, Some(level))
                if level < Money::ZERO =>
            {
                far_above
            }
            (
                MtmRule::Target { .. }
                | MtmRule::DailyTarget { .. }
                | MtmRule::MaxTradesPerDay { .. }
                | MtmRule::CoolingOff { .. },
                _,
            ) => far_above,
            (
                MtmRule::GiveBack { arm_at, .. }
                | MtmRule::Lock { arm_at, .. }
                | MtmRule::Gap { arm_at, .. }
                | MtmRule::LockAndTrail { arm_at, .. },
                None,
            ) => short_of(*arm_at),
            _ => Some(rule.mtm.peak),
        }
    }

    fn calm_of(&self, rule: &Rule, worth: &Worth) -> Option<Calm> {
        let options = rule.options();
        let looks_elsewhere = options.peak_mark.is_some()
            || options.breach_mark.is_some()
            || options.valuation == Valuation::Net;
        if looks_elsewhere || options.confirm.is_some() {
            return None;
        }
        let value = rule.mtm.value;
        let for_peak = worth.within(window(rule)) - rule.mtm.peak_origin;
        let mut calm = Calm { down: FAR, up: self.next_peak(rule)? - for_peak };
        if let Some(MtmRule::Drawdown { basis: DrawdownBasis::Intraday, .. }) = rule.mtm_rule() {
            let equity = for_peak + self.capital(rule.scope);
            calm = calm.and(FAR, rule.mtm.high - equity);
        }
        let (Some(level), Some(spec)) = (rule.mtm.level, rule.mtm_rule()) else {
            return Some(calm);
        };
        let is_strict = options.strict || self.profile.strict;
        let short_of = |room: Money| if is_strict { room } else { room - UNIT };
        calm = match class(spec) {
            Class::Hard | Class::Floor => calm.and(short_of(value - level), FAR),
            Class::Target => calm.and(FAR, short_of(level - value)),
            Class::Count => calm,
        };
        if class(spec) < Class::Target && rule.mtm.distance > Money::ZERO {
            calm = warnings(rule, calm, value - level);
        }
        Some(calm)
    }
}

/// No warning that is due, and none that may sound again.
fn warnings(rule: &Rule, mut calm: Calm, room: Money) -> Calm {
    let share = |of: Fraction| {
        let part = wide::mul_div_floor(rule.mtm.distance.0, i128::from(of.0), i128::from(MILLION));
        Money(part)
    };
    for (at, band) in bands(rule).iter().enumerate() {
        if rule.mtm.warned.get(at).copied().unwrap_or(false) {
            calm = calm.and(FAR, share(Fraction(band.0 + WARN_REARM.0)) - UNIT - room);
        } else {
            calm = calm.and(room - share(*band) - UNIT, FAR);
        }
    }
    calm
}

/// Marks move what it measures; what it counts, or looks at only when candles close, they don't.
fn moves_with_marks(rule: &Rule) -> bool {
    rule.candle().is_none() && rule.mtm_rule().is_some_and(|spec| class(spec) != Class::Count)
}

/// Whether a rule looks at more of a fill than what it adds to mtm.
fn counts_fills(rule: &MtmRule) -> bool {
    let is_of_premium = |amount: &Amount| matches!(amount, Amount::OfPremium(_));
    let any = |amounts: &[&Amount]| amounts.iter().any(|amount| is_of_premium(amount));
    match rule {
        MtmRule::MaxLoss { amount }
        | MtmRule::Target { amount }
        | MtmRule::DailyLoss { amount }
        | MtmRule::DailyTarget { amount } => any(&[amount]),
        MtmRule::GiveBack { arm_at, .. } => any(&[arm_at]),
        MtmRule::Gap { amount, arm_at, floor } => {
            any(&[amount, arm_at]) || floor.as_ref().is_some_and(is_of_premium)
        }
        MtmRule::Lock { arm_at, floor } => any(&[arm_at, floor]),
        MtmRule::LockAndTrail { arm_at, floor, every, raise, .. } => {
            any(&[arm_at, floor, every, raise])
        }
        MtmRule::TrailLoss { loss, every, raise, .. } => any(&[loss, every, raise]),
        MtmRule::Drawdown { basis, .. } => *basis == DrawdownBasis::Realised,
        MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } => true,
    }
}
