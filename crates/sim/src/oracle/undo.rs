//! What a person takes back and asks for again: each kept with what it changed, refused when something stands on it.

use super::Oracle;
use super::book::{Rule, Trade};
use super::commands::Answer;
use super::mtm::Level;
use super::price;
use super::shared::Shared;
use highmark_engine::{
    Command, CommandId, Day, Entry, FillMode, GroupId, PriceRule, RefusalCode, RuleId, Scope,
    StrategyId, StrategySpec, TradeId, TradeStatus, Watch,
};

/// A command that was carried out, and what was before it.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// Commands are numbered as they are carried out.
    number: u32,
    command: Command,
    before: Before,
}

#[derive(Clone, Debug)]
enum Before {
    /// It stands for ever, or nobody follows it here.
    Nothing,
    NoStrategy(StrategyId),
    Strategy(StrategyId, StrategySpec),
    NoGroup(GroupId),
    Halted(Scope, bool),
    NoTrade {
        trade: TradeId,
        peaks: Vec<(i128, i128)>,
        day: Option<Day>,
    },
    NoRule(RuleId),
    Rule(Box<Rule>),
}

/// So many commands are kept.
const KEPT: usize = 100;

const CANNOT: Answer = Err(RefusalCode::CannotUndo);

/// What only the last command on it can be taken back of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Halt(Scope),
    Strategy(StrategyId),
    Rule(RuleId),
}

impl Done {
    fn about(&self) -> Option<About> {
        match &self.before {
            Before::Halted(scope, _) => Some(About::Halt(*scope)),
            Before::NoStrategy(id) | Before::Strategy(id, _) => Some(About::Strategy(*id)),
            Before::NoRule(id) => Some(About::Rule(*id)),
            Before::Rule(before) => Some(About::Rule(before.id)),
            Before::Nothing | Before::NoGroup(_) | Before::NoTrade { .. } => None,
        }
    }
}

impl Oracle {
    /// What an undo of this command would bring back.
    pub(super) fn before(&self, command: &Command) -> Done {
        let book = &self.book;
        let before = match command {
            Command::CreateStrategy(_) => {
                Before::NoStrategy(StrategyId(book.strategies.len() as u32))
            }
            Command::EditStrategy { strategy, .. } => match self.exists(Scope::Strategy(*strategy))
            {
                Ok(()) => Before::Strategy(*strategy, book.strategy(*strategy).spec.clone()),
                Err(_) => Before::Nothing,
            },
            Command::CreateGroup { .. } => Before::NoGroup(GroupId(book.groups.len() as u32)),
            Command::Halt { scope, .. } | Command::Resume { scope, .. } => {
                Before::Halted(*scope, book.halted.contains(scope))
            }
            Command::AddTrade(new) => {
                let trade = TradeId(book.trades.len() as u32);
                let peaks = self.peaks_around(&Trade::new(trade, new.clone(), 0, 1));
                Before::NoTrade { trade, peaks, day: book.day }
            }
            Command::SetRule { .. } => Before::NoRule(RuleId(book.rules.len() as u32)),
            Command::ChangeRule { rule, .. }
            | Command::RemoveRule { rule, .. }
            | Command::LoosenStop { rule, .. } => match self.standing(*rule) {
                Ok(found) => Before::Rule(Box::new(found.clone())),
                Err(_) => Before::Nothing,
            },
            _ => Before::Nothing,
        };
        Done { number: book.commands, command: command.clone(), before }
    }

    /// Notes a command that was carried out.
    pub(super) fn note(&mut self, done: Done) {
        self.book.undone.clear();
        self.keep(done);
    }

    fn keep(&mut self, done: Done) {
        self.book.commands = done.number + 1;
        self.book.done.push(Shared::new(done));
        let extra = self.book.done.len().saturating_sub(KEPT);
        self.book.done.drain(..extra);
    }

    /// The peaks of the scopes that a trade counts in.
    fn peaks_around(&self, trade: &Trade) -> Vec<(i128, i128)> {
        let scopes = self.book.scopes();
        let wider = |scope: &Scope| !matches!(scope, Scope::Trade(_)) && trade.in_scope(*scope);
        let peaks = |scope| {
            let peaks = self.book.peaks.get(&scope).copied().unwrap_or_default();
            (peaks.session.unwrap_or(0), peaks.life.unwrap_or(0))
        };
        scopes.into_iter().filter(wider).map(peaks).collect()
    }

    /// Takes back the command of this number, or the newest that can be taken back.
    pub(super) fn undo(&mut self, number: Option<CommandId>) -> Answer {
        let mut kept = self.book.done.iter();
        let found = match number {
            Some(id) => kept.position(|done| done.number == id.0),
            None => kept.rposition(|done| !matches!(done.before, Before::Nothing)),
        };
        let place = found.ok_or(RefusalCode::NothingToUndo)?;
        let done = self.book.done[place].clone();
        let about = done.about();
        let mut later = self.book.done[place + 1..].iter();
        if about.is_some() && later.any(|other| other.about() == about) {
            return CANNOT;
        }
        match &done.before {
            Before::Nothing => return CANNOT,
            Before::NoStrategy(id) => {
                self.unused(Scope::Strategy(*id))?;
                self.book.strategies[id.0 as usize].removed = true;
            }
            Before::Strategy(id, spec) => {
                let taken = |(other, each): (usize, &super::book::Strategy)| {
                    other != id.0 as usize && !each.removed && each.spec.name == spec.name
                };
                if self.book.strategies.iter().enumerate().any(taken) {
                    return CANNOT;
                }
                self.book.strategies[id.0 as usize].spec = spec.clone();
                self.touch_capital_of(*id);
            }
            Before::NoGroup(id) => {
                self.unused(Scope::Group(*id))?;
                self.book.removed_groups.push(*id);
            }
            Before::Halted(scope, halted) => {
                self.book.halted.retain(|other| other != scope);
                if *halted {
                    self.book.halted.push(*scope);
                }
            }
            Before::NoTrade { trade, peaks, day } => self.unmake(*trade, peaks, *day)?,
            Before::NoRule(id) => {
                self.unchanged(*id, 1)?;
                self.book.rules[id.0 as usize].removed = true;
                self.book.blocked.retain(|(_, rule, _)| rule != id);
            }
            Before::Rule(before) => self.bring_back(before, &done.command)?,
        }
        self.book.done.remove(place);
        self.book.undone.push(done.command.clone());
        Ok(())
    }

    pub(super) fn redo(&mut self) -> Answer {
        let command = self.book.undone.pop().ok_or(RefusalCode::NothingToUndo)?;
        let done = self.before(&command);
        self.obey(&command)?;
        self.keep(done);
        Ok(())
    }

    /// Nothing stands on the strategy or group.
    fn unused(&self, scope: Scope) -> Answer {
        let trades = self.book.trades.iter().any(|trade| !trade.undone && trade.in_scope(scope));
        let rules = self.book.rules.iter().any(|rule| rule.scope == scope && !rule.removed);
        let groups = (0..self.book.groups.len()).map(|id| GroupId(id as u32)).any(|id| {
            scope == Scope::Strategy(self.book.group_of(id))
                && !self.book.removed_groups.contains(&id)
        });
        if trades || rules || groups { CANNOT } else { Ok(()) }
    }

    /// The trade goes with all that it was, if nothing came of it yet.
    fn unmake(&mut self, id: TradeId, peaks: &[(i128, i128)], day: Option<Day>) -> Answer {
        let trade = &self.book.trades[id.0 as usize];
        let entered = trade.opened_at.is_some();
        let moved_on = trade.attempts > 0 || trade.is_over() || trade.entries > 1;
        let of_another_day = entered && day != self.book.day;
        let still_fills = entered && trade.planned > 0;
        let fired = trade.rules.iter().any(|rule| self.rule(*rule).price.fired);
        let judged = self
            .book
            .rules
            .iter()
            .any(|rule| rule.scope == Scope::Trade(id) && rule.mtm_spec().is_some());
        let peaked = self.peaks_around(trade) != peaks;
        // A broker was asked to fill its entry: what it was asked, and what it did, stands.
        let asked_for = matches!(trade.new.entry, Entry::AtMark)
            && self.book.account(trade.new.account).spec.fills == FillMode::Orders;
        if asked_for || moved_on || of_another_day || still_fills || fired || judged || peaked {
            return CANNOT;
        }
        let rules = trade.rules.clone();
        let fresh = Trade::new(id, trade.new.clone(), trade.generation, trade.multiplier);
        let (fills, side) = (trade.fills.clone(), trade.side);
        let status = TradeStatus::Cancelled;
        *self.book.trades[id.0 as usize] = Trade { status, fills, side, undone: true, ..fresh };
        for rule in rules {
            self.book.rules[rule.0 as usize].removed = true;
        }
        self.book.touch_scopes_of(id);
        Ok(())
    }

    /// The rule is as the command left it.
    fn unchanged(&self, id: RuleId, version: u32) -> Answer {
        let rule = self.rule(id);
        let gone = match (rule.scope, rule.price_spec()) {
            (Scope::Trade(trade), Some(_)) => self.book.trades[trade.0 as usize].is_over(),
            _ => false,
        };
        let acted = rule.price.fired || rule.mtm.latched || self.is_leaving_by(id);
        if acted || gone || rule.version != version { CANNOT } else { Ok(()) }
    }

    /// The rule's own exit is under way.
    fn is_leaving_by(&self, id: RuleId) -> bool {
        let mut trades = self.book.trades.iter();
        trades.any(|trade| {
            self.rule(id).scope == Scope::Trade(trade.id)
                && trade.intent.is_some_and(|intent| intent.rule == Some(id) && intent.whole)
        })
    }

    /// The words come back; peaks, bests and levels that were made meanwhile stay made.
    fn bring_back(&mut self, before: &Rule, command: &Command) -> Answer {
        let id = before.id;
        let removal = matches!(command, Command::RemoveRule { .. });
        self.unchanged(id, before.version + u32::from(!removal))?;
        let now = self.rule(id).clone();
        if now.removed != removal {
            return CANNOT;
        }
        let mut back = Rule { mtm: now.mtm.clone(), ..before.clone() };
        (back.mtm.breach_since, back.mtm.breach_count) = (None, 0);
        back.mtm.warned.clear();
        (back.price.breach_since, back.price.breach_ticks) = (None, 0);
        if let (Scope::Trade(trade), Some(spec)) = (back.scope, back.price_spec().cloned()) {
            let trade = &self.book.trades[trade.0 as usize];
            let target = self.target_of(trade, &back);
            if self.in_breach(trade, &back, back.price.level, target) {
                return CANNOT;
            }
            let (mut best, mut entry) = (back.price.own_best, back.price.own_entry);
            if now.price.own_best > best {
                (best, entry) = (now.price.own_best, entry.or(now.price.own_entry));
            }
            let held = trade.is_held();
            // One that has not begun to look, or has not seen the underlying yet, begins now.
            let foreign = back.draft.options.watch == Watch::Underlying;
            let begins = held && (!before.price.started || (foreign && best.is_none()));
            *self.book.rules[id.0 as usize] = back;
            if begins {
                price::start(&mut self.book, id);
            }
            if best.is_some() {
                let state = &mut self.book.rules[id.0 as usize].price;
                (state.own_best, state.own_entry) = (best, entry);
            }
            if !matches!(spec, PriceRule::BreakEven { .. }) && held {
                price::ratchet(&mut self.book, id, self.mistake);
            }
            return Ok(());
        }
        let value = self.look(&back).1;
        let met = match self.level_of(&back) {
            Some(Level::Floor(floor)) => self.equity_start(&back) + value <= floor,
            Some(Level::Target(target)) => value >= target,
            None => false,
        };
        if met {
            return CANNOT;
        }
        self.book.touched.insert(back.scope);
        *self.book.rules[id.0 as usize] = back;
        self.restate(id);
        Ok(())
    }

    fn equity_start(&self, rule: &Rule) -> i128 {
        match Oracle::drawdown_basis(rule) {
            Some(_) => self.start_of(rule.scope),
            None => 0,
        }
    }
}
