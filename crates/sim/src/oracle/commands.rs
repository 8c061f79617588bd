//! What a person or a strategy asks for, accepted whole or refused whole.

use super::book::{Account, Book, Instrument, MtmState, PriceState, Rule, Strategy};
use super::life::Execution;
use super::mtm::Level;
use super::price::{self, looked_at};
use super::ratio::Ratio;
use super::shared::Shared;
use super::{Moment, Oracle, bars, terms};
use crate::fact::{Fact, Thing};
use highmark_engine::{
    AccountId, ArmAt, Command, Entry, FillMode, GroupId, InstrumentId, LARGEST, MANUAL, NewTrade,
    Place, Price, PriceRule, RefusalCode, RuleDraft, RuleId, RuleSpec, Scope, StrategyId, Tick,
    TradeId, TradeStatus, Valuation,
};

pub(super) type Answer = Result<(), RefusalCode>;

impl Oracle {
    /// Tries the command on a copy; a refusal leaves the book as it was.
    pub(super) fn command(&mut self, command: &Command) {
        let (book, said) = (self.book.clone(), self.said.len());
        let done = self.before(command);
        if let Err(code) = self.obey(command) {
            self.book = book;
            self.said.truncate(said);
            self.say(Fact::Refused(code));
            return;
        }
        match command {
            Command::Undo { .. } | Command::Redo => {}
            // It has a number, and is nothing to be undone.
            Command::Note { .. } => self.book.commands += 1,
            _ => self.note(done),
        }
    }

    pub(super) fn obey(&mut self, command: &Command) -> Answer {
        match command {
            Command::Configure(profile) => self.book.profile = profile.clone(),
            Command::DefineInstrument(spec) => {
                if self.book.instruments.iter().any(|other| other.spec.symbol == spec.symbol) {
                    return Err(RefusalCode::DuplicateName);
                }
                let id = InstrumentId(self.book.instruments.len() as u32);
                self.book.instruments.push(Shared::new(Instrument::new(spec.clone())));
                self.say(Fact::Made(Thing::Instrument(id)));
            }
            Command::OpenAccount(spec) => {
                if self.book.accounts.iter().any(|other| other.spec.name == spec.name) {
                    return Err(RefusalCode::DuplicateName);
                }
                let id = AccountId(self.book.accounts.len() as u32);
                self.book.accounts.push(Account { spec: spec.clone() });
                self.say(Fact::Made(Thing::Account(id)));
            }
            Command::CreateStrategy(spec) => {
                self.fresh_name(spec, None)?;
                let id = StrategyId(self.book.strategies.len() as u32);
                self.book.strategies.push(Strategy {
                    spec: spec.clone(),
                    shut_down: false,
                    removed: false,
                });
                self.say(Fact::Made(Thing::Strategy(id)));
            }
            Command::EditStrategy { strategy, spec } => {
                self.exists(Scope::Strategy(*strategy))?;
                self.fresh_name(spec, Some(*strategy))?;
                self.book.strategies[strategy.0 as usize].spec = spec.clone();
                self.touch_capital_of(*strategy);
            }
            Command::CreateGroup { strategy, name } => {
                self.exists(Scope::Strategy(*strategy))?;
                let taken = |(id, (owner, other)): (usize, &(StrategyId, String))| {
                    owner == strategy
                        && other == name
                        && !self.book.removed_groups.contains(&GroupId(id as u32))
                };
                if self.book.groups.iter().enumerate().any(taken) {
                    return Err(RefusalCode::DuplicateName);
                }
                let id = GroupId(self.book.groups.len() as u32);
                self.book.groups.push((*strategy, name.clone()));
                self.say(Fact::Made(Thing::Group(id)));
            }
            Command::SetMargin { scope, margin } => {
                self.exists(*scope)?;
                self.book.margins.insert(*scope, margin.0);
                self.book.touched.insert(*scope);
            }
            Command::ManualMark { instrument, price } => {
                self.instrument_exists(*instrument)?;
                let now = self.book.now;
                let negative = self.book.instrument(*instrument).spec.checks.allow_negative;
                if price.0.abs() > LARGEST || (price.0 <= 0 && !negative) {
                    return Err(RefusalCode::BadPrice);
                }
                let tick = Tick { source: MANUAL, ..Tick::last(*instrument, now, *price) };
                self.mark_by_hand(&tick);
            }
            Command::AcceptGap { instrument } => {
                self.instrument_exists(*instrument)?;
                let found = &mut self.book.instruments[instrument.0 as usize];
                if !std::mem::take(&mut found.gap_held) {
                    return Err(RefusalCode::WrongState);
                }
                found.first_of_session = false;
            }
            Command::Settle { instrument, price } => {
                return self.settle_contract(*instrument, *price);
            }
            Command::Undo { command } => return self.undo(*command),
            Command::Redo => return self.redo(),
            Command::Note { text } => {
                if text.trim().is_empty() || text.len() > 2_048 {
                    return Err(RefusalCode::BadField);
                }
            }
            // Corporate actions are held by the engine's own tests.
            Command::AdjustInstrument { .. } => return Err(RefusalCode::NotFound),
            Command::Halt { .. }
            | Command::Resume { .. }
            | Command::Kill { .. }
            | Command::Release { .. }
            | Command::ResetStrategy { .. }
            | Command::ResetRule { .. } => return self.obey_gate(command),
            Command::SetRule { .. }
            | Command::ChangeRule { .. }
            | Command::RemoveRule { .. }
            | Command::LoosenStop { .. } => return self.obey_rule(command),
            Command::AddTrade(_)
            | Command::Increase { .. }
            | Command::CancelTrade { .. }
            | Command::ExitTrade { .. }
            | Command::ReEnter { .. }
            | Command::Roll { .. } => return self.obey_trade(command),
        }
        Ok(())
    }

    /// What is a share of a strategy's capital may be another now.
    pub(super) fn touch_capital_of(&mut self, strategy: StrategyId) {
        let of = |scope: &Scope| match *scope {
            Scope::Trade(id) => self.book.trades[id.0 as usize].new.strategy == strategy,
            Scope::Group(id) => self.book.group_of(id) == strategy,
            Scope::Strategy(id) => id == strategy,
            Scope::Account(_) | Scope::System => false,
        };
        let touched: Vec<Scope> = self.book.scopes().into_iter().filter(of).collect();
        self.book.touched.extend(touched);
    }

    fn obey_gate(&mut self, command: &Command) -> Answer {
        match command {
            Command::Halt { scope: Scope::Trade(_), .. }
            | Command::Resume { scope: Scope::Trade(_), .. } => return Err(RefusalCode::BadField),
            Command::Halt { scope, .. } => {
                self.exists(*scope)?;
                if !self.book.halted.contains(scope) {
                    self.book.halted.push(*scope);
                }
            }
            Command::Resume { scope, .. } => {
                self.exists(*scope)?;
                self.book.halted.retain(|halted| halted != scope);
            }
            Command::Kill { .. } => {
                self.book.killed = true;
                self.cancel_pending(Scope::System);
                for id in self.held_in(Scope::System, |_| true) {
                    let trade = &self.book.trades[id.0 as usize];
                    let (open, price) = (trade.open, self.book.mark(trade));
                    self.exit(id, open, "kill", None, price);
                }
            }
            Command::Release { .. } if !std::mem::take(&mut self.book.killed) => {
                return Err(RefusalCode::WrongState);
            }
            Command::ResetRule { rule, .. } => {
                let found = self.standing(*rule)?;
                if !found.mtm.latched || found.is_daily() {
                    return Err(RefusalCode::WrongState);
                }
                self.reset(*rule);
            }
            Command::ResetStrategy { strategy, .. } => {
                self.exists(Scope::Strategy(*strategy))?;
                let found = &mut self.book.strategies[strategy.0 as usize];
                let was_down = std::mem::take(&mut found.shut_down);
                let scope = Scope::Strategy(*strategy);
                let latched: Vec<RuleId> = self
                    .book
                    .rules
                    .iter()
                    .filter(|rule| rule.scope == scope && rule.mtm.latched && !rule.is_daily())
                    .map(|rule| rule.id)
                    .collect();
                let all = self.book.blocked.iter().filter(|(blocked, ..)| *blocked == scope);
                let behind: Vec<RuleId> = all.map(|(_, rule, _)| *rule).collect();
                if !was_down && latched.is_empty() && behind.is_empty() {
                    return Err(RefusalCode::WrongState);
                }
                self.book.blocked.retain(|(blocked, ..)| *blocked != scope);
                for rule in latched {
                    self.reset(rule);
                }
                // The rules behind what is lifted watch again.
                for rule in behind {
                    let state = &mut self.book.rules[rule.0 as usize].price;
                    (state.fired, state.breach_since, state.breach_ticks) = (false, None, 0);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn reset(&mut self, id: RuleId) {
        let rule = self.rule(id);
        let (up, down, realised, _) = self.look(rule);
        let state = &mut self.book.rules[id.0 as usize].mtm;
        *state = MtmState {
            base_peak: state.base_peak + up,
            base_breach: state.base_breach + down,
            base_realised: state.base_realised + realised,
            next_candle: state.next_candle,
            ..MtmState::default()
        };
        let scope = self.rule(id).scope;
        self.book.touched.insert(scope);
        self.restate(id);
    }

    fn obey_rule(&mut self, command: &Command) -> Answer {
        match command {
            Command::SetRule { scope, draft, .. } => {
                self.exists(*scope)?;
                self.takes_rules(*scope)?;
                if !terms::is_sound(&self.book, *scope, draft) {
                    return Err(RefusalCode::BadField);
                }
                let id = self.make_rule(*scope, draft);
                if let Scope::Trade(trade) = *scope {
                    self.wrong_side(trade, draft)?;
                    if self.book.trades[trade.0 as usize].is_held() {
                        price::start(&mut self.book, id);
                        self.ratchet_now(trade);
                    }
                }
                self.would_trigger(id)?;
                self.judge_forced(id);
            }
            Command::ChangeRule { rule, draft, .. } => {
                let scope = self.watching(*rule)?.scope;
                self.takes_rules(scope)?;
                if !terms::is_sound(&self.book, scope, draft) {
                    return Err(RefusalCode::BadField);
                }
                if self.rule(*rule).draft.spec.kind() != draft.spec.kind() {
                    return Err(RefusalCode::BadField);
                }
                let (before, turn) = (self.rule(*rule).price.level, self.book.turn);
                let floor = self.floor_of(*rule);
                let held = &mut self.book.rules[rule.0 as usize];
                let same = held.draft.spec == draft.spec;
                held.draft = draft.clone();
                held.set_turn = turn;
                held.version += 1;
                held.price.level = None;
                held.price.asked = None;
                held.price.loosened_from = None;
                held.price.armed = false;
                held.mtm.warned.clear();
                (held.price.breach_since, held.price.breach_ticks) = (None, 0);
                (held.mtm.breach_since, held.mtm.breach_count) = (None, 0);
                if held.mtm_spec().is_some() {
                    self.book.touched.insert(scope);
                    self.restate(*rule);
                }
                price::want_bars(&mut self.book, *rule);
                if let Some(PriceRule::Step { .. }) = self.rule(*rule).price_spec() {
                    price::start(&mut self.book, *rule);
                }
                if !same {
                    bars::begin(&mut self.book, *rule);
                }
                if let Scope::Trade(trade) = scope {
                    self.ratchet_now(trade);
                    bars::ratchet_rule(&mut self.book, *rule, None);
                }
                let after = self.rule(*rule).price.level;
                let loosens = before > after || floor > self.floor_of(*rule);
                self.would_trigger(*rule)?;
                if loosens && !draft.options.force {
                    return Err(RefusalCode::WouldLoosen);
                }
                self.judge_forced(*rule);
            }
            Command::RemoveRule { rule, .. } => {
                self.watching(*rule)?;
                self.book.rules[rule.0 as usize].removed = true;
            }
            Command::LoosenStop { rule, to, provenance } => {
                let found = self.watching(*rule)?;
                let timed = matches!(
                    found.price_spec(),
                    None | Some(PriceRule::Target { .. } | PriceRule::Time { .. })
                );
                if timed {
                    return Err(RefusalCode::BadField);
                }
                let (Scope::Trade(trade), Some(level)) = (found.scope, found.price.level) else {
                    return Err(RefusalCode::WrongState);
                };
                let trade = &self.book.trades[trade.0 as usize];
                if !trade.is_held() {
                    return Err(RefusalCode::WrongState);
                }
                if provenance.reason.is_empty() {
                    return Err(RefusalCode::BadField);
                }
                let negative = self.book.instrument(trade.instrument).spec.checks.allow_negative;
                let sign = price::direction(&self.book, found, trade);
                let price = to.0;
                let to = Ratio::whole(sign * i128::from(price));
                if to >= level || price.abs() > LARGEST || (price <= 0 && !negative) {
                    return Err(RefusalCode::BadPrice);
                }
                if self.in_breach(trade, found, Some(to), None) {
                    return Err(RefusalCode::WouldTrigger);
                }
                let state = &mut self.book.rules[rule.0 as usize].price;
                state.loosened_from = state.asked;
                (state.breach_since, state.breach_ticks) = (None, 0);
                state.level = Some(to);
                self.book.rules[rule.0 as usize].version += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn obey_trade(&mut self, command: &Command) -> Answer {
        match command {
            Command::AddTrade(new) => {
                self.may_enter(new)?;
                self.add(new, 0)?;
            }
            Command::Increase { trade, quantity, price } => {
                let found = self.book.trade(*trade).ok_or(RefusalCode::NotFound)?;
                if found.status != TradeStatus::Open {
                    return Err(RefusalCode::WrongState);
                }
                let new = found.new.clone();
                self.lots(found.instrument, quantity.0)?;
                self.open_to_entries(&new, Some(*trade))?;
                let mark = self.book.mark(&self.book.trades[trade.0 as usize]);
                let tracking = self.is_tracking(&new);
                let price = match (price, mark) {
                    (Some(price), _) => price.0,
                    (None, Some(mark)) if tracking => mark,
                    (None, None) if tracking => return Err(RefusalCode::NoMark),
                    (None, _) => {
                        let trade = &mut self.book.trades[trade.0 as usize];
                        trade.wanted += quantity.0;
                        trade.planned += quantity.0;
                        return Ok(());
                    }
                };
                let (side, at, quantity) = (new.side, self.book.now, quantity.0);
                let charges = self.charges(*trade, side, quantity, price);
                self.fill(*trade, super::life::Execution { side, quantity, price, charges, at });
            }
            Command::CancelTrade { trade, .. } => {
                let found = self.book.trade(*trade).ok_or(RefusalCode::NotFound)?;
                if found.status != TradeStatus::Pending {
                    return Err(RefusalCode::WrongState);
                }
                self.cancel_pending(Scope::Trade(*trade));
            }
            Command::ExitTrade { trade, quantity, .. } => {
                let found = self.book.trade(*trade).ok_or(RefusalCode::NotFound)?;
                let whole = quantity.is_none();
                if !found.is_held()
                    || found.intent.is_some_and(|intent| !whole || intent.left == found.open)
                {
                    return Err(RefusalCode::WrongState);
                }
                if found.intent.is_some() {
                    self.defer(*trade, "operator", None);
                    return Ok(());
                }
                let quantity = quantity.map_or(found.open, |quantity| quantity.0);
                if quantity <= 0 || quantity > found.open {
                    return Err(RefusalCode::BadQuantity);
                }
                self.lots(found.instrument, quantity)?;
                let price = self.book.mark(&self.book.trades[trade.0 as usize]);
                self.exit(*trade, quantity, "operator", None, price);
            }
            Command::ReEnter { trade, entry } => {
                let found = self.book.trade(*trade).ok_or(RefusalCode::NotFound)?;
                if found.status != TradeStatus::Closed {
                    return Err(RefusalCode::WrongState);
                }
                let generation = found.generation + 1;
                let new =
                    NewTrade { entry: *entry, rules: self.drafts(*trade), ..found.new.clone() };
                self.may_enter(&new)?;
                self.add(&new, generation)?;
            }
            Command::Roll { trade, into, entry } => {
                let found = self.book.trade(*trade).ok_or(RefusalCode::NotFound)?;
                if !found.is_held() || found.intent.is_some() {
                    return Err(RefusalCode::WrongState);
                }
                let quantity = highmark_engine::Quantity(found.open);
                let mut rules = self.drafts(*trade);
                rules.retain(|draft| !is_fixed(draft));
                let old = found.new.clone();
                let new = NewTrade { instrument: *into, quantity, entry: *entry, rules, ..old };
                self.may_enter(&new)?;
                let price = self.book.mark(&self.book.trades[trade.0 as usize]);
                self.exit(*trade, quantity.0, "roll", None, price);
                self.add(&new, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn floor_of(&self, id: RuleId) -> Option<i128> {
        match self.level_of(self.rule(id)) {
            Some(Level::Floor(floor)) => Some(floor),
            Some(Level::Target(_)) | None => None,
        }
    }

    /// A forced rule is judged at once against the current mark.
    fn judge_forced(&mut self, id: RuleId) {
        let rule = self.rule(id);
        if let (Scope::Trade(trade), true) = (rule.scope, rule.draft.options.force) {
            self.decide(trade, Moment::Forced(id));
        }
    }

    fn drafts(&self, trade: TradeId) -> Vec<RuleDraft> {
        let rules = self.book.trades[trade.0 as usize].rules.iter();
        let standing = rules
            .map(|id| self.rule(*id))
            .filter(|rule| !rule.removed && rule.mtm_spec().is_none());
        standing.map(|rule| rule.draft.clone()).collect()
    }

    fn add(&mut self, new: &NewTrade, generation: u32) -> Answer {
        let id = self.make_trade(new, generation);
        for draft in &new.rules {
            if !terms::is_sound(&self.book, Scope::Trade(id), draft) {
                return Err(RefusalCode::BadField);
            }
            self.wrong_side(id, draft)?;
        }
        self.enter(id);
        Ok(())
    }

    fn may_enter(&self, new: &NewTrade) -> Answer {
        self.exists(Scope::Strategy(new.strategy))?;
        self.exists(Scope::Account(new.account))?;
        if let Some(group) = new.group {
            self.exists(Scope::Group(group))?;
            if self.book.group_of(group) != new.strategy {
                return Err(RefusalCode::BadField);
            }
        }
        self.instrument_exists(new.instrument)?;
        self.lots(new.instrument, new.quantity.0)?;
        let spec = &self.book.instrument(new.instrument).spec;
        let price = match new.entry {
            Entry::Filled { price } | Entry::Adopted { price } => Some(price.0),
            Entry::AtMark => None,
        };
        let bad = |price: i64| price.abs() > LARGEST || (price <= 0 && !spec.checks.allow_negative);
        if price.is_some_and(bad) {
            return Err(RefusalCode::BadPrice);
        }
        // What is adopted is there already; only protection is added.
        if !matches!(new.entry, Entry::Adopted { .. }) {
            self.open_to_entries(new, None)?;
        }
        let mark = self.book.price(new.instrument, spec.mark, new.side);
        if price.is_none() && self.is_tracking(new) && mark.is_none() {
            return Err(RefusalCode::NoMark);
        }
        Ok(())
    }

    fn is_tracking(&self, new: &NewTrade) -> bool {
        self.book.account(new.account).spec.fills == FillMode::Tracking
    }

    fn open_to_entries(&self, new: &NewTrade, trade: Option<TradeId>) -> Answer {
        if self.book.killed {
            return Err(RefusalCode::Killed);
        }
        let (trade, group) = (trade.map(Scope::Trade), new.group.map(Scope::Group));
        let owners = [Scope::Strategy(new.strategy), Scope::Account(new.account), Scope::System];
        for scope in trade.into_iter().chain(group).chain(owners) {
            if scope == owners[0] && self.book.strategy(new.strategy).shut_down {
                return Err(RefusalCode::EntriesBlocked);
            }
            if self.book.halted.contains(&scope) {
                return Err(RefusalCode::Halted);
            }
            let latched = |rule: &Shared<Rule>| rule.scope == scope && self.refuses_entries(rule);
            let blocked = self.book.blocked.iter().any(|(blocked, ..)| *blocked == scope);
            if blocked || self.book.rules.iter().any(latched) {
                return Err(RefusalCode::EntriesBlocked);
            }
        }
        Ok(())
    }

    fn lots(&self, instrument: InstrumentId, quantity: i64) -> Answer {
        let lot = self.book.instrument(instrument).spec.lot_size.0;
        let fits = quantity > 0 && quantity <= LARGEST && quantity % lot == 0;
        if fits { Ok(()) } else { Err(RefusalCode::BadQuantity) }
    }

    fn instrument_exists(&self, id: InstrumentId) -> Answer {
        let known = (id.0 as usize) < self.book.instruments.len();
        if known { Ok(()) } else { Err(RefusalCode::NotFound) }
    }

    pub(super) fn exists(&self, scope: Scope) -> Answer {
        let book: &Book = &self.book;
        let (id, count) = match scope {
            Scope::Trade(id) => (id.0, book.trades.len()),
            Scope::Group(id) => (id.0, book.groups.len()),
            Scope::Strategy(id) => (id.0, book.strategies.len()),
            Scope::Account(id) => (id.0, book.accounts.len()),
            Scope::System => (0, 1),
        };
        let gone = match scope {
            Scope::Group(id) => book.removed_groups.contains(&id),
            Scope::Strategy(id) => book.strategies.get(id.0 as usize).is_some_and(|it| it.removed),
            Scope::Trade(_) | Scope::Account(_) | Scope::System => false,
        };
        if (id as usize) < count && !gone { Ok(()) } else { Err(RefusalCode::NotFound) }
    }

    fn fresh_name(&self, spec: &highmark_engine::StrategySpec, own: Option<StrategyId>) -> Answer {
        let mut others = self.book.strategies.iter().enumerate();
        let taken = others.any(|(id, other)| {
            !other.removed && other.spec.name == spec.name && own != Some(StrategyId(id as u32))
        });
        if taken { Err(RefusalCode::DuplicateName) } else { Ok(()) }
    }

    pub(super) fn standing(&self, id: RuleId) -> Result<&Rule, RefusalCode> {
        match self.book.rules.get(id.0 as usize) {
            None => Err(RefusalCode::NotFound),
            Some(rule) if rule.removed => Err(RefusalCode::NotFound),
            Some(rule) => Ok(rule),
        }
    }

    /// A rule that stands and has not fired: what has fired waits for its reset as it is.
    fn watching(&self, id: RuleId) -> Result<&Rule, RefusalCode> {
        let rule = self.standing(id)?;
        let has_fired = rule.price.fired || rule.mtm.latched;
        if has_fired { Err(RefusalCode::WrongState) } else { Ok(rule) }
    }

    fn takes_rules(&self, scope: Scope) -> Answer {
        let Scope::Trade(id) = scope else { return Ok(()) };
        match self.book.trades[id.0 as usize].status {
            TradeStatus::Closed | TradeStatus::Cancelled | TradeStatus::Rejected => {
                Err(RefusalCode::WrongState)
            }
            TradeStatus::Pending
            | TradeStatus::Open
            | TradeStatus::Exiting
            | TradeStatus::Degraded => Ok(()),
        }
    }

    pub(super) fn make_rule(&mut self, scope: Scope, draft: &RuleDraft) -> RuleId {
        let id = RuleId(self.book.rules.len() as u32);
        let mut rule = Rule {
            id,
            scope,
            draft: draft.clone(),
            set_at: self.book.now,
            set_turn: self.book.turn,
            version: 1,
            removed: false,
            price: PriceState::default(),
            mtm: MtmState::default(),
        };
        if rule.mtm_spec().is_some() && Oracle::drawdown_basis(&rule).is_none() {
            let options = &draft.options;
            let as_scope = options.valuation == Valuation::Gross
                && options.peak_mark.is_none()
                && rule.candle().is_none();
            if let Scope::Trade(_) = scope {
                let now = self.sums(scope, rule.window(), None, Valuation::Gross);
                let peak = if now.uncertain { 0 } else { now.mtm.max(0) };
                let peaks = self.book.peaks.entry(scope).or_default();
                match rule.window() {
                    highmark_engine::Window::Session => {
                        peaks.session = peaks.session.or(Some(peak))
                    }
                    highmark_engine::Window::Life => peaks.life = peaks.life.or(Some(peak)),
                }
                // Both windows are kept from the first rule on; the settlement of this input looks at them.
                (peaks.session, peaks.life) = (peaks.session.or(Some(0)), peaks.life.or(Some(0)));
            }
            let peaks = self.book.peaks.get(&scope).copied().unwrap_or_default();
            rule.mtm.peak = match (as_scope, rule.window()) {
                (true, highmark_engine::Window::Session) => peaks.session.unwrap_or(0),
                (true, highmark_engine::Window::Life) => peaks.life.unwrap_or(0),
                // An uncertain figure makes no peak.
                (false, _) if self.look(&rule).3.0 => 0,
                (false, _) => self.look(&rule).0.max(0),
            };
        }
        if rule.mtm_spec().is_some() {
            self.book.touched.insert(scope);
        }
        self.book.rules.push(Shared::new(rule));
        self.restate(id);
        if let Scope::Trade(trade) = scope {
            self.book.trades[trade.0 as usize].rules.push(id);
        }
        price::want_bars(&mut self.book, id);
        self.say(Fact::Made(Thing::Rule(id, scope)));
        id
    }

    /// A fixed level on the wrong side of the entry of a trade that is not open yet.
    fn wrong_side(&self, id: TradeId, draft: &RuleDraft) -> Answer {
        let trade = &self.book.trades[id.0 as usize];
        let foreign = draft.options.watch == highmark_engine::Watch::Underlying;
        if draft.options.force || trade.is_held() || foreign {
            return Ok(());
        }
        let entry = match trade.new.entry {
            Entry::Filled { price } | Entry::Adopted { price } => Some(price.0),
            Entry::AtMark if self.is_tracking(&trade.new) => self.book.mark(trade),
            Entry::AtMark => None,
        };
        let Some(entry) = entry.map(|entry| trade.x(entry)) else { return Ok(()) };
        let level = |price: Price| trade.x(price.0);
        let wrong = match &draft.spec {
            RuleSpec::Price(
                PriceRule::StopLoss { at: Place::Price(price) }
                | PriceRule::Step { start: Place::Price(price), .. },
            ) => level(*price) >= entry,
            RuleSpec::Price(PriceRule::Target { at: Place::Price(price) }) => {
                level(*price) <= entry
            }
            RuleSpec::Price(PriceRule::Bars { study, length }) => {
                let level = bars::level_now(&self.book, trade.instrument, trade, *study, *length);
                level.is_some_and(|level| Ratio::whole(level) >= entry)
            }
            RuleSpec::Price(_) | RuleSpec::Mtm(_) => false,
        };
        if wrong { Err(RefusalCode::WouldTrigger) } else { Ok(()) }
    }

    /// A level that the present mark or mtm already meets.
    fn would_trigger(&self, id: RuleId) -> Answer {
        let rule = self.rule(id);
        if rule.draft.options.force || rule.mtm.latched {
            return Ok(());
        }
        let strict = rule.draft.options.strict || self.book.profile.strict;
        let met = if rule.mtm_spec().is_some() {
            let start = match Oracle::drawdown_basis(rule) {
                Some(_) => self.start_of(rule.scope),
                None => 0,
            };
            let value = start + self.look(rule).1;
            match self.level_of(rule) {
                Some(Level::Floor(floor)) => value <= floor,
                Some(Level::Target(target)) => value >= target,
                None => false,
            }
        } else {
            let Scope::Trade(trade) = rule.scope else { return Ok(()) };
            let trade = &self.book.trades[trade.0 as usize];
            let Some(mark) = looked_at(&self.book, rule, trade).0 else { return Ok(()) };
            match (self.target_of(trade, rule), rule.price.level) {
                (Some(target), _) => mark > target || (mark == target && !strict),
                (None, Some(level)) => mark < level || (mark == level && !strict),
                (None, None) => false,
            }
        };
        if met { Err(RefusalCode::WouldTrigger) } else { Ok(()) }
    }

    fn settle_contract(&mut self, id: InstrumentId, price: Price) -> Answer {
        self.instrument_exists(id)?;
        let mut ids = self.held_in(Scope::System, |trade| trade.instrument == id);
        ids.sort();
        for trade in ids {
            let held = &mut self.book.trades[trade.0 as usize];
            let (id, open, side) = (held.id, held.open, held.side.opposite());
            if held.intent.take().is_some() {
                self.call_back(id);
                let charges = self.charges(id, side, open, price.0);
                let at = self.book.now;
                self.fill(id, Execution { side, quantity: open, price: price.0, charges, at });
            } else {
                self.exit(id, open, "settlement", None, Some(price.0));
            }
        }
        // The contract is gone: what was still to enter it does not.
        for trade in self.trade_ids() {
            let found = &self.book.trades[trade.0 as usize];
            if found.instrument == id {
                self.cancel_pending(Scope::Trade(trade));
            }
        }
        Ok(())
    }
}

/// The rule stands at a price of this instrument and of no other.
fn is_fixed(draft: &RuleDraft) -> bool {
    let place = |place: &Place| matches!(place, Place::Price(_));
    let arms = |arm: &Option<ArmAt>| matches!(arm, Some(ArmAt::Price(_)));
    match &draft.spec {
        RuleSpec::Price(PriceRule::StopLoss { at } | PriceRule::Target { at }) => place(at),
        RuleSpec::Price(PriceRule::Step { start, from, .. }) => place(start) || from.is_some(),
        RuleSpec::Price(PriceRule::Trail { arm_at, .. } | PriceRule::Keep { arm_at, .. }) => {
            arms(arm_at)
        }
        RuleSpec::Price(_) => false,
        RuleSpec::Mtm(_) => true,
    }
}
