//! A trade's life: entries, exits, fills, and what a broker says of them.

use super::book::{Intent, Trade};
use super::price;
use super::ratio::{Ratio, share};
use super::shared::Shared;
use super::{Mistake, Oracle};
use crate::fact::{Fact, Thing};
use highmark_engine::{
    Action, Entry, Fill, FillMode, Fraction, MILLION, NewTrade, OrderNews, Price, Quantity, RuleId,
    Scope, Side, Timestamp, TradeId, TradeStatus,
};

/// A fill on its way into a trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub side: Side,
    pub quantity: i64,
    pub price: i64,
    pub charges: i128,
    pub at: Timestamp,
}

impl Oracle {
    /// Exits `quantity` of a trade unless an exit is in flight; `false` when nothing was decided.
    pub(super) fn exit(
        &mut self,
        id: TradeId,
        quantity: i64,
        reason: &'static str,
        rule: Option<RuleId>,
        price: Option<i64>,
    ) -> bool {
        let trade = &self.book.trades[id.0 as usize];
        if !trade.is_held() || given_up(trade, reason) || quantity == 0 {
            return false;
        }
        if trade.intent.is_some() || trade.exited_turn == self.book.turn {
            if quantity == trade.open && reason != "stale" {
                self.defer(id, reason, rule);
            }
            return false;
        }
        let (side, instrument_side) = (trade.side, trade.side.opposite());
        let tracking = self.book.account(trade.new.account).spec.fills == FillMode::Tracking;
        let at_entry = trade.entry().map(|entry| i64::try_from((entry.half_even()) * sign(side)));
        let fills = tracking || reason == "settlement" || reason == "external";
        if quantity == trade.open {
            self.call_back(id);
        }
        let said = Fact::Exit { trade: id, quantity: Quantity(quantity), reason, rule };
        self.say(said);
        let trade = &mut self.book.trades[id.0 as usize];
        trade.attempts += 1;
        trade.exited_turn = self.book.turn;
        if quantity == trade.open {
            trade.deferred = None;
            if let Some(rule) = rule.filter(|_| reason != "moved_to_cost") {
                let rule = &mut self.book.rules[rule.0 as usize];
                rule.price.fired |= rule.scope == Scope::Trade(id) && rule.mtm_spec().is_none();
            }
        }
        if fills {
            let price = price.or(at_entry.and_then(Result::ok)).unwrap_or(0);
            let at = self.book.now;
            let side = instrument_side;
            // What somebody paid elsewhere nobody has told us.
            let is_ours = reason != "external";
            let charges = if is_ours { self.charges(id, side, quantity, price) } else { 0 };
            self.fill(id, Execution { side, quantity, price, charges, at });
            // An exit that has ended leaves what is left open, whatever was refused before.
            let trade = &mut self.book.trades[id.0 as usize];
            if trade.status == TradeStatus::Degraded {
                trade.status = TradeStatus::Open;
            }
        } else {
            trade.status = TradeStatus::Exiting;
            let (attempt, whole) = (trade.attempts, quantity == trade.open);
            trade.intent = Some(Intent { attempt, left: quantity, whole, reason, rule });
        }
        true
    }

    /// What an entry order still had to bring is not waited for any more.
    pub(super) fn call_back(&mut self, id: TradeId) {
        let trade = &mut self.book.trades[id.0 as usize];
        if trade.planned > 0 {
            trade.planned = 0;
            self.say(Fact::EntryEnded(id));
        }
    }

    /// A whole exit that follows when the one under way, or this input, has ended.
    pub(super) fn defer(&mut self, id: TradeId, reason: &'static str, rule: Option<RuleId>) {
        self.call_back(id);
        let trade = &self.book.trades[id.0 as usize];
        let waits = trade
            .deferred
            .is_some_and(|(before, ..)| trade.rejections < 5 || is_by_a_person(before));
        if !waits {
            self.say(Fact::Deferred(id));
            let turn = self.book.turn;
            self.book.trades[id.0 as usize].deferred = Some((reason, rule, turn));
        }
    }

    /// What a latched scope or a kill had decided is decided again after a rejection.
    fn stands(&self, id: TradeId, reason: &str, rule: Option<RuleId>) -> bool {
        if self.book.trades[id.0 as usize].rejections >= 5 {
            return false;
        }
        match reason {
            "kill" | "entered_while_closed" => true,
            "moved_to_cost" | "stale" => false,
            _ => rule.is_some_and(|rule| {
                let found = self.rule(rule);
                found.scope != Scope::Trade(id)
                    || found.price_spec().is_none()
                    || self.took_its_own_trade(rule)
            }),
        }
    }

    /// The rule's `then` exits a scope, and so its own trade as one of that scope.
    fn took_its_own_trade(&self, rule: RuleId) -> bool {
        let options = &self.rule(rule).draft.options;
        match options.then.map(|then| then.action) {
            Some(Action::Exit | Action::Shutdown) => true,
            Some(Action::ExitLosers) => options.action == Some(Action::Alert),
            _ => false,
        }
    }

    /// What an order that fills at once pays.
    pub(super) fn charges(&self, id: TradeId, side: Side, quantity: i64, price: i64) -> i128 {
        let trade = &self.book.trades[id.0 as usize];
        let rates = self.book.instrument(trade.instrument).spec.charges;
        let ppb = match side {
            Side::Buy => rates.buy_ppb,
            Side::Sell => rates.sell_ppb,
        };
        let value = i128::from(quantity) * i128::from(price) * trade.multiplier;
        rates.per_order.0 + share(value.abs(), i128::from(ppb), 1_000_000_000)
    }

    /// The quantity that `share` of the open quantity takes: whole lots, rounded up, at most what is open.
    pub(super) fn reduced(&self, trade: &Trade, share: Fraction) -> i64 {
        let lot = i128::from(self.book.instrument(trade.instrument).spec.lot_size.0);
        let wanted = i128::from(trade.open) * i128::from(share.0);
        let unit = lot * i128::from(MILLION);
        let lots = wanted.div_euclid(unit) + i128::from(wanted.rem_euclid(unit) > 0);
        i64::try_from(lots * lot).map_or(trade.open, |quantity| quantity.min(trade.open))
    }

    /// Folds a fill into its trade.
    pub(super) fn fill(&mut self, id: TradeId, execution: Execution) {
        let Execution { side, quantity, price, .. } = execution;
        let trade = &self.book.trades[id.0 as usize];
        let counted = if trade.side == side { quantity } else { quantity.min(trade.open) };
        if counted > 0 {
            let (quantity, price) = (Quantity(counted), Price(price));
            self.say(Fact::Filled { trade: id, side, quantity, price });
        }
        self.book.touch_scopes_of(id);
        if self.book.trades[id.0 as usize].side == side {
            self.fill_entry(id, execution);
        } else {
            self.fill_exit(id, execution);
        }
        if self.book.trades[id.0 as usize].is_held() {
            self.ratchet_now(id);
        }
        let trade = &self.book.trades[id.0 as usize];
        let first = trade.opened_turn == self.book.turn && trade.side == side;
        let adopted = matches!(trade.new.entry, Entry::Adopted { .. });
        if self.book.killed && first && trade.is_held() && adopted {
            let (open, price) = (trade.open, self.book.mark(trade));
            self.exit(id, open, "entered_while_closed", None, price);
        }
    }

    fn fill_entry(&mut self, id: TradeId, execution: Execution) {
        let mark = self.book.mark(&self.book.trades[id.0 as usize]);
        let turn = self.book.turn;
        let best_from_mark = self.book.profile.best_from_first_mark;
        let trade = &mut self.book.trades[id.0 as usize];
        let value = i128::from(execution.quantity) * i128::from(execution.price) * trade.multiplier;
        trade.open += execution.quantity;
        trade.entries += 1;
        trade.wanted = (trade.wanted - execution.quantity).max(0);
        trade.planned = (trade.planned - execution.quantity).max(0);
        trade.cost += value;
        trade.session_cost += value;
        let size = i128::from(trade.open) * trade.multiplier;
        trade.average = Ratio::of(trade.sign() * trade.cost, size);
        trade.premium += value;
        trade.charges += execution.charges;
        trade.session_charges += execution.charges;
        if trade.status == TradeStatus::Pending {
            trade.status = TradeStatus::Open;
        } else if trade.is_over() {
            trade.status = TradeStatus::Degraded;
        }
        if trade.opened_at.is_some() {
            return;
        }
        trade.opened_at = Some(execution.at);
        trade.opened_turn = turn;
        trade.opened_today = true;
        trade.first_price = execution.price;
        trade.best = match trade.new.entry {
            Entry::Adopted { .. } => mark,
            Entry::Filled { .. } | Entry::AtMark if best_from_mark => None,
            Entry::Filled { .. } | Entry::AtMark => Some(execution.price),
        };
        if self.mistake == Some(Mistake::BestBeforeEntry) {
            trade.best = trade.best.or(mark);
        }

        for rule in trade.rules.clone() {
            price::start(&mut self.book, rule);
        }
    }

    fn fill_exit(&mut self, id: TradeId, execution: Execution) {
        let (now, turn) = (self.book.now, self.book.turn);
        let trade = &mut self.book.trades[id.0 as usize];
        let quantity = execution.quantity.min(trade.open);
        let (part, session_part) = if quantity == trade.open {
            (trade.cost, trade.session_cost)
        } else {
            let of = |cost: i128| share(cost, i128::from(quantity), i128::from(trade.open));
            (of(trade.cost), of(trade.session_cost))
        };
        let part = match self.mistake {
            Some(Mistake::WrongAverage) if quantity < trade.open => {
                i128::from(quantity) * i128::from(trade.first_price) * trade.multiplier
            }
            _ => part,
        };
        let value = i128::from(quantity) * i128::from(execution.price) * trade.multiplier;
        let sign = sign(trade.side);
        trade.rejections = 0;
        trade.realised += sign * (value - part);
        trade.session_realised += sign * (value - session_part);
        trade.cost -= part;
        trade.session_cost -= session_part;
        let over = execution.quantity - quantity;
        let charges =
            share(execution.charges, i128::from(quantity), i128::from(execution.quantity));
        trade.charges += charges;
        trade.session_charges += charges;
        if quantity == trade.open {
            let stop = price::tightest(&self.book, &self.book.trades[id.0 as usize]);
            let trade = &mut self.book.trades[id.0 as usize];
            trade.last_stop = stop.map(|(level, ..)| level);
            trade.open = 0;
            trade.status = TradeStatus::Closed;
            trade.intent = None;
            trade.closed_at = Some(now);
            trade.closed_turn = turn;
            trade.asleep = true;
            self.note_closed(id);
        } else {
            trade.open -= quantity;
            if let Some(intent) = &mut trade.intent {
                intent.left -= quantity;
                if intent.left <= 0 {
                    trade.intent = None;
                    trade.status = TradeStatus::Open;
                }
            }
        }
        if over > 0 {
            let charges = execution.charges - charges;
            self.turn_over(id, Execution { quantity: over, charges, ..execution });
        }
    }

    /// What was filled beyond the open quantity is a trade of its own, on the other side.
    fn turn_over(&mut self, id: TradeId, execution: Execution) {
        let old = self.book.trades[id.0 as usize].new.clone();
        let price = Price(execution.price);
        let new = NewTrade {
            side: execution.side,
            quantity: Quantity(execution.quantity),
            entry: Entry::Filled { price },
            rules: Vec::new(),
            ..old
        };
        let made = self.make_trade(&new, 0);
        self.fill(made, execution);
        self.book.trades[made.0 as usize].status = TradeStatus::Degraded;
        self.say(Fact::Degraded(made));
        self.leave_closed_scope(made, true, false);
    }

    /// Adds a trade that nothing has filled yet.
    pub(super) fn make_trade(&mut self, new: &NewTrade, generation: u32) -> TradeId {
        let id = TradeId(self.book.trades.len() as u32);
        let multiplier = i128::from(self.book.instrument(new.instrument).spec.multiplier);
        self.book.trades.push(Shared::new(Trade::new(id, new.clone(), generation, multiplier)));
        self.say(Fact::Made(Thing::Trade(id)));
        for draft in &new.rules {
            self.make_rule(Scope::Trade(id), draft);
        }
        id
    }

    /// The first fill of a new trade, when it is one that fills at once.
    pub(super) fn enter(&mut self, id: TradeId) {
        let trade = &self.book.trades[id.0 as usize];
        let tracking = self.book.account(trade.new.account).spec.fills == FillMode::Tracking;
        let price = match trade.new.entry {
            Entry::Filled { price } | Entry::Adopted { price } => Some(price.0),
            Entry::AtMark if tracking => self.book.mark(trade),
            Entry::AtMark => None,
        };
        let (side, quantity, at) = (trade.side, trade.new.quantity.0, self.book.now);
        match price {
            Some(price) => {
                let charges = self.charges(id, side, quantity, price);
                self.fill(id, Execution { side, quantity, price, charges, at });
            }
            None => {
                let trade = &mut self.book.trades[id.0 as usize];
                (trade.wanted, trade.planned) = (quantity, quantity);
            }
        }
    }

    /// An action on a scope: of a scope's rule, or of a trade's rule on a wider scope.
    pub(super) fn act(
        &mut self,
        scope: Scope,
        action: Action,
        rule: RuleId,
        origin: Option<TradeId>,
    ) {
        let name = self.rule(rule).draft.spec.kind().name();
        match action {
            Action::Alert => {}
            Action::Exit | Action::Shutdown => {
                if origin.is_some() {
                    self.block(scope, rule);
                }
                if action == Action::Shutdown {
                    self.shut_down(scope);
                }
                self.cancel_pending(scope);
                for id in self.held_in(scope, |_| true) {
                    let trade = &self.book.trades[id.0 as usize];
                    let price = self.book.mark(trade);
                    self.exit(id, trade.open, name, Some(rule), price);
                }
            }
            Action::BlockEntries => {
                if origin.is_some() {
                    self.block(scope, rule);
                }
            }
            Action::ExitLosers => {
                let kind = self.rule(rule).draft.options.breach_mark;
                for id in self.held_in(scope, |trade| self.life_mtm(trade, kind) < 0) {
                    let trade = &self.book.trades[id.0 as usize];
                    let price = self.book.mark(trade);
                    self.exit(id, trade.open, name, Some(rule), price);
                }
            }
            Action::Reduce(share) => {
                for id in self.held_in(scope, |_| true) {
                    let trade = &self.book.trades[id.0 as usize];
                    if trade.intent.is_some() || trade.exited_turn == self.book.turn {
                        continue;
                    }
                    let (quantity, price) = (self.reduced(trade, share), self.book.mark(trade));
                    self.exit(id, quantity, name, Some(rule), price);
                }
            }
            Action::MoveToCost => {
                for id in self.trade_ids() {
                    let trade = &self.book.trades[id.0 as usize];
                    if trade.in_scope(scope) && Some(id) != origin {
                        self.move_to_cost(id, rule);
                    }
                }
            }
        }
    }

    fn shut_down(&mut self, scope: Scope) {
        if let Scope::Strategy(id) = scope
            && !self.book.strategy(id).shut_down
        {
            self.book.strategies[id.0 as usize].shut_down = true;
            self.say(Fact::ShutDown(id));
        }
    }

    pub(super) fn cancel_pending(&mut self, scope: Scope) {
        for id in self.trade_ids() {
            let trade = &mut self.book.trades[id.0 as usize];
            if trade.status == TradeStatus::Pending && trade.in_scope(scope) {
                trade.status = TradeStatus::Cancelled;
                self.say(Fact::Cancelled(id));
            }
        }
    }

    pub(super) fn held_in(&self, scope: Scope, wanted: impl Fn(&Trade) -> bool) -> Vec<TradeId> {
        let trades = self.book.trades.iter();
        let ids = trades
            .filter(|trade| trade.is_held() && trade.in_scope(scope) && wanted(trade))
            .map(|trade| trade.id)
            .collect();
        self.book.in_exit_order(ids)
    }

    fn move_to_cost(&mut self, id: TradeId, rule: RuleId) {
        let trade = &self.book.trades[id.0 as usize];
        let (true, Some(entry)) = (trade.is_held(), trade.entry()) else { return };
        let mark = self.book.mark(trade).map(|mark| trade.x(mark));
        let tightest = price::standing(&self.book, trade).map(|(level, ..)| level);
        let strict = self.book.profile.strict;
        let through = mark.is_none_or(|mark| mark < entry || (mark == entry && !strict));
        let is_tighter = |level| price::among_prices(entry) > price::among_prices(level);
        if through || tightest.is_some_and(|level| !is_tighter(level)) {
            self.say(Fact::MoveSkipped { trade: id, by: rule });
            return;
        }
        let level = super::view::shown_stop(trade, entry);
        self.book.trades[id.0 as usize].at_cost.push((rule, entry));
        self.say(Fact::MovedToCost { trade: id, by: rule, level });
    }

    /// What a broker did.
    pub(super) fn news(&mut self, news: &OrderNews) {
        match news {
            OrderNews::Filled(fill) => self.news_fill(fill),
            OrderNews::EntryRejected { trade, .. } => {
                let found = self.book.trades.get_mut(trade.0 as usize);
                match found {
                    Some(found) if found.status == TradeStatus::Pending => {
                        found.status = TradeStatus::Rejected;
                        self.say(Fact::Rejected(*trade));
                    }
                    _ => {}
                }
            }
            OrderNews::ExitRejected { intent, .. } => {
                let Some(trade) = self.book.trades.get_mut(intent.trade.0 as usize) else { return };
                if trade.intent.is_some_and(|current| current.attempt == intent.attempt) {
                    let rule = trade.intent.and_then(|current| current.rule);
                    let reason = trade.intent.map_or("", |current| current.reason);
                    let whole = trade.intent.is_some_and(|current| current.left == trade.open);
                    trade.rejections += 1;
                    trade.rejected_turn = self.book.turn;
                    trade.status = TradeStatus::Degraded;
                    trade.intent = None;
                    if whole && self.stands(intent.trade, reason, rule) {
                        self.defer(intent.trade, reason, rule);
                    }
                    // A rule of its own stands again; one elsewhere that put a stop at cost has done what it does.
                    if let Some(rule) = rule
                        && self.rule(rule).scope == Scope::Trade(intent.trade)
                    {
                        // What acts once has acted, when the exit was that of its `then`.
                        let once = match self.rule(rule).draft.options.action {
                            Some(Action::Alert) => true,
                            Some(Action::Reduce(_)) => whole && self.took_its_own_trade(rule),
                            _ => false,
                        };
                        if once {
                            return self.ratchet_now(intent.trade);
                        }
                        self.book.rules[rule.0 as usize].price.fired = false;
                    }
                    self.ratchet_now(intent.trade);
                }
            }
            OrderNews::ExitUnknown { .. } => {}
            OrderNews::Position { account, instrument, net } => {
                self.position(*account, *instrument, *net);
            }
        }
    }

    fn news_fill(&mut self, fill: &Fill) {
        let Some(trade) = self.book.trades.get_mut(fill.trade.0 as usize) else { return };
        if trade.fills.contains(&fill.id) {
            self.say(Fact::FillRepeated(fill.trade));
            return;
        }
        trade.fills.push(fill.id.clone());
        let execution = Execution {
            side: fill.side,
            quantity: fill.quantity.0,
            price: fill.price.0,
            charges: fill.charges.0,
            at: fill.at,
        };
        let (is_entry, was_over) = (fill.side == trade.side, trade.is_over());
        let leaving = trade.intent.filter(|intent| intent.whole && is_entry);
        self.fill(fill.trade, execution);
        if is_entry {
            if was_over {
                self.call_back(fill.trade);
            }
            self.leave_closed_scope(fill.trade, was_over, was_over);
        }
        // The trade was to leave with all that it had: it leaves with this too.
        if let Some(intent) = leaving {
            self.defer(fill.trade, intent.reason, intent.rule);
        }
    }

    /// A rule of the trade that was to exit it, and has.
    fn spent(&self, trade: &Trade) -> Option<(RuleId, &'static str)> {
        let exits = |rule: &&super::book::Rule| {
            rule.price.fired && matches!(rule.draft.options.action, None | Some(Action::Exit))
        };
        let rules = trade.rules.iter().map(|id| self.rule(*id));
        let first = rules.filter(|rule| rule.mtm_spec().is_none()).find(exits)?;
        Some((first.id, first.draft.spec.kind().name()))
    }

    fn block(&mut self, scope: Scope, rule: RuleId) {
        self.book.blocked.push((scope, rule, self.book.closings));
        self.book.closings += 1;
    }

    /// What was filled after a kill or a shutdown leaves at once; so does what came `late` where a rule has closed.
    fn leave_closed_scope(&mut self, id: TradeId, late: bool, was_over: bool) {
        let trade = &self.book.trades[id.0 as usize];
        let new = &trade.new;
        let groups = [Some(Scope::Trade(id)), new.group.map(Scope::Group)];
        let owners = [Scope::Strategy(new.strategy), Scope::Account(new.account), Scope::System];
        let scopes: Vec<Scope> = groups.into_iter().flatten().chain(owners).collect();
        let closed = scopes.iter().find_map(|scope| {
            if self.book.killed {
                return Some(None);
            }
            if *scope == Scope::Strategy(new.strategy) && self.book.strategy(new.strategy).shut_down
            {
                return Some(None);
            }
            let rules = self.book.rules.iter().filter(|rule| rule.scope == *scope);
            let latched = rules.filter(|rule| self.refuses_entries(rule));
            let latched = latched.map(|rule| (rule.mtm.latched_as, rule.id));
            let blocked = self.book.blocked.iter().filter(|(blocked, ..)| blocked == scope);
            let blocked = blocked.map(|(_, rule, closing)| (*closing, *rule));
            // The one that closed it first is named.
            latched.chain(blocked).filter(|_| late).min().map(|(_, rule)| Some(rule))
        });
        if let Some(rule) = closed {
            let (open, price) = (trade.open, self.book.mark(trade));
            self.exit(id, open, "entered_while_closed", rule, price);
        } else if let Some((rule, name)) = self.spent(trade).filter(|_| was_over) {
            // The rule that closed it acts no more, so what comes now would have no protection.
            let (open, price) = (trade.open, self.book.mark(trade));
            self.exit(id, open, name, Some(rule), price);
        } else if was_over {
            self.book.trades[id.0 as usize].status = TradeStatus::Degraded;
            self.say(Fact::Degraded(id));
        }
    }
}

/// After five rejections only a person decides, or the end of the contract; what a broker tells is a fact.
pub(super) fn given_up(trade: &Trade, reason: &str) -> bool {
    trade.rejections >= 5 && !is_by_a_person(reason)
}

/// Decided by a person, or told by a broker.
fn is_by_a_person(reason: &str) -> bool {
    matches!(reason, "operator" | "roll" | "kill" | "settlement" | "external")
}

pub(super) fn sign(side: Side) -> i128 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
    }
}
