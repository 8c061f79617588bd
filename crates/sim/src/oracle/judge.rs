//! Step 4: what a trade's own rules decide at one instant, and what else follows at once.

use super::book::{Rule, Trade};
use super::life::given_up;
use super::price::{self, looked_at, measure, watched};
use super::ratio::Ratio;
use super::shared::Shared;
use super::{Mistake, Moment, Oracle};
use crate::fact::Fact;
use highmark_engine::{
    Action, Confirm, PriceRule, Reach, RuleId, Scope, TickOrder, Timestamp, TradeId, Watch, When,
};

/// A rule that may act now.
#[derive(Clone, Copy, Debug)]
struct Due {
    rule: RuleId,
    at_cost: bool,
}

impl Oracle {
    /// Steps 2 to 4 for one instant of one instrument, or of all at once.
    pub(super) fn judge_all(&mut self, moment: Moment) {
        let ids = self.trade_ids();
        let test_first = self.book.profile.order == TickOrder::TestThenRatchet;
        if test_first && matches!(moment, Moment::Tick(..)) {
            for id in &ids {
                self.decide(*id, moment);
            }
        }
        for id in &ids {
            self.move_best(*id, moment);
        }
        for id in &ids {
            self.ratchet_stops(*id, moment);
        }
        if test_first && matches!(moment, Moment::Tick(..)) {
            return;
        }
        for id in ids {
            self.decide(id, moment);
        }
    }

    /// Rules whose clock has struck, or whose bars have closed, by now.
    pub(super) fn struck_by_now(&self) -> Vec<RuleId> {
        let mut late = Vec::new();
        for trade in self.book.trades.iter().filter(|trade| trade.is_held()) {
            for id in &trade.rules {
                let rule = self.rule(*id);
                let struck = match rule.price_spec() {
                    Some(PriceRule::Bars { length, .. }) if rule.candle().is_none() => {
                        self.closed_bars.contains(&(watched(&self.book, rule, trade), *length))
                    }
                    _ => self.exit_time(trade, rule).is_some_and(|at| self.book.now >= at),
                };
                if struck && rule.price.started {
                    late.push(*id);
                }
            }
        }
        late
    }

    /// Rules in breach that time may confirm.
    pub(super) fn unconfirmed(&self) -> Vec<RuleId> {
        let rules = self.book.rules.iter();
        let waits = |rule: &&Shared<Rule>| rule.draft.options.confirm.is_some();
        let unsure = rules.filter(waits).filter(|rule| rule.price.breach_since.is_some());
        // A trade that was filled again after it had closed is looked at by a tick first.
        let sleeps = |scope: Scope| match scope {
            Scope::Trade(id) => self.book.trades[id.0 as usize].asleep,
            Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => false,
        };
        unsure.filter(|rule| !sleeps(rule.scope)).map(|rule| rule.id).collect()
    }

    /// What was late, trade by trade, each looked at once.
    pub(super) fn judge_late(&mut self) {
        for id in self.trade_ids() {
            if self.book.trades[id.0 as usize].rules.iter().any(|rule| self.late.contains(rule)) {
                self.decide(id, Moment::Late);
            }
        }
    }

    /// Whole exits that had to wait for another exit of their trade.
    pub(super) fn exit_deferred(&mut self) {
        for id in self.trade_ids() {
            let trade = &self.book.trades[id.0 as usize];
            let Some((reason, rule, since)) = trade.deferred else { continue };
            if trade.rejected_turn == self.book.turn || trade.exited_turn == self.book.turn {
                continue;
            }
            let gone = !trade.is_held();
            let waits =
                trade.intent.is_some() || since == self.book.turn || given_up(trade, reason);
            if gone || !waits {
                let (open, price) = (trade.open, self.book.mark(trade));
                self.book.trades[id.0 as usize].deferred = None;
                self.exit(id, open, reason, rule, price);
            }
        }
    }

    /// Is this rule looked at in this moment?
    fn concerns(&self, trade: &Trade, rule: &Rule, moment: Moment) -> bool {
        let candle = rule.candle().is_some();
        match moment {
            Moment::Tick(instrument, at) => {
                !candle
                    && watched(&self.book, rule, trade) == instrument
                    && trade.opened_at.is_some_and(|opened| at >= opened)
            }
            Moment::Late => self.late.contains(&rule.id),
            Moment::Forced(id) => rule.id == id,
            Moment::Candle => rule.candle().is_some_and(|length| {
                let row = (watched(&self.book, rule, trade), length);
                self.closed_bars.contains(&row)
            }),
        }
    }

    /// The mark that would be judged was made since the trade's entry.
    fn has_mark_since_entry(&self, trade: &Trade, rule: &Rule) -> bool {
        let made = self.book.instrument(watched(&self.book, rule, trade)).marked_at;
        made.zip(trade.opened_at).is_some_and(|(made, opened)| made >= opened)
    }

    fn move_best(&mut self, id: TradeId, moment: Moment) {
        let trade = &self.book.trades[id.0 as usize];
        if !trade.is_held() {
            return;
        }
        if let Moment::Tick(instrument, at) = moment {
            let rules = trade.rules.iter().map(|id| watched(&self.book, self.rule(*id), trade));
            let looks = rules.chain([trade.instrument]).any(|watched| watched == instrument);
            if looks && trade.opened_at.is_some_and(|opened| at >= opened) {
                self.book.trades[id.0 as usize].asleep = false;
            }
            let trade = &self.book.trades[id.0 as usize];
            let early = trade.opened_at.is_some_and(|opened| at < opened)
                && self.mistake != Some(Mistake::BestBeforeEntry);
            if trade.instrument == instrument
                && !early
                && let Some(mark) = self.book.mark(trade)
            {
                let better = match trade.best {
                    Some(best) => trade.x(mark) > trade.x(best),
                    None => true,
                };
                if better {
                    self.book.trades[id.0 as usize].best = Some(mark);
                }
            }
        }
        for rule in self.book.trades[id.0 as usize].rules.clone() {
            let trade = &self.book.trades[id.0 as usize];
            // A rule that is removed sees nothing until it comes back.
            let looks = !self.rule(rule).removed
                && self.concerns(trade, self.rule(rule), moment)
                && self.has_mark_since_entry(trade, self.rule(rule));
            if looks {
                price::move_own_best(&mut self.book, rule);
            }
        }
    }

    fn ratchet_stops(&mut self, id: TradeId, moment: Moment) {
        for rule in self.book.trades[id.0 as usize].rules.clone() {
            let trade = &self.book.trades[id.0 as usize];
            if self.concerns(trade, self.rule(rule), moment)
                && price::ratchet(&mut self.book, rule, self.mistake)
            {
                self.say(Fact::Skipped(rule));
            }
        }
    }

    /// Candidates that follow from a fill or a new rule, at once.
    pub(super) fn ratchet_now(&mut self, id: TradeId) {
        let skipped = price::ratchet_all(&mut self.book, id, |_, _| true, self.mistake);
        for rule in skipped {
            self.say(Fact::Skipped(rule));
        }
    }

    pub(super) fn decide(&mut self, id: TradeId, moment: Moment) {
        let trade = &self.book.trades[id.0 as usize];
        if !trade.is_held() {
            return;
        }
        let mut stops: Vec<(Ratio, RuleId, bool)> = Vec::new();
        let mut targets: Vec<(Ratio, RuleId)> = Vec::new();
        for rule in trade.rules.clone() {
            let trade = &self.book.trades[id.0 as usize];
            let held = self.rule(rule);
            if held.removed || !held.price.started {
                continue;
            }
            let fired = held.price.fired;
            if !self.concerns(trade, held, moment) {
                continue;
            }
            let target = self.target_of(trade, held);
            let level = if held.price.skipped { None } else { held.price.level };
            let breached = self.in_breach(trade, held, level, target);
            // What has fired counts on: it may stand again.
            if !self.is_confirmed(rule, breached, moment) || fired {
                continue;
            }
            match (target, level) {
                (Some(target), _) => targets.push((target, rule)),
                (None, Some(level)) => stops.push((level, rule, false)),
                (None, None) => {}
            }
        }
        stops.extend(self.cost_stops_hit(&self.book.trades[id.0 as usize], moment));
        let follows = |rule: RuleId| self.rule(rule).draft.options.watch == Watch::Underlying;
        stops.sort_by_key(|(level, rule, put)| {
            let foreign = follows(*rule) && !put;
            let level = if foreign { Ratio::ZERO } else { *level };
            (foreign, std::cmp::Reverse(price::among_prices(level)), *rule, *put)
        });
        targets.sort_by_key(|(level, rule)| {
            let foreign = follows(*rule);
            let level = if foreign { Ratio::ZERO } else { *level };
            (foreign, level.ceil(), level.floor(), *rule)
        });
        let stops = stops.into_iter().map(|(_, rule, at_cost)| Due { rule, at_cost });
        let targets = targets.into_iter().map(|(_, rule)| Due { rule, at_cost: false });
        let target_first =
            self.book.profile.target_first || self.mistake == Some(Mistake::TargetFirst);
        let mut due: Vec<Due> = match target_first {
            true => targets.chain(stops).collect(),
            false => stops.chain(targets).collect(),
        };
        due.extend(self.due_times(&self.book.trades[id.0 as usize], moment));
        self.act_on(id, &due);
    }

    pub(super) fn target_of(&self, trade: &Trade, rule: &Rule) -> Option<Ratio> {
        match rule.price_spec() {
            Some(PriceRule::Target { at }) => measure(&self.book, rule, trade)?.target(*at),
            _ => None,
        }
    }

    pub(super) fn in_breach(
        &self,
        trade: &Trade,
        rule: &Rule,
        level: Option<Ratio>,
        target: Option<Ratio>,
    ) -> bool {
        if !self.has_mark_since_entry(trade, rule) {
            return false;
        }
        let Some(mark) = looked_at(&self.book, rule, trade).0 else { return false };
        let strict = rule.draft.options.strict
            || self.book.profile.strict
            || self.mistake == Some(Mistake::StrictTouch);
        match (target, level) {
            (Some(target), _) if strict => mark > target,
            (Some(target), _) => mark >= target,
            (None, Some(level)) if strict => mark < level,
            (None, Some(level)) => mark <= level,
            (None, None) => false,
        }
    }

    /// Counts what the rule's confirmation counts, and says whether the breach stands.
    fn is_confirmed(&mut self, id: RuleId, breached: bool, moment: Moment) -> bool {
        let now = self.book.now;
        let confirm = self.rule(id).draft.options.confirm;
        let state = &mut self.book.rules[id.0 as usize].price;
        let ticked = matches!(moment, Moment::Tick(..));
        if !breached {
            if ticked {
                (state.breach_since, state.breach_ticks) = (None, 0);
            }
            return false;
        }
        if ticked {
            state.breach_since.get_or_insert(now);
            state.breach_ticks += 1;
        }
        // A streak begins with a tick; what is looked at before one has none.
        let since = state.breach_since.unwrap_or(Timestamp(i64::MAX));
        match confirm {
            None | Some(Confirm::CandleClose { .. }) => true,
            Some(Confirm::Ticks { count, within }) => {
                state.breach_ticks >= count || now.since(since) >= within
            }
            Some(Confirm::Seconds { wait }) => now.since(since) >= wait,
        }
    }

    fn cost_stops_hit(&self, trade: &Trade, moment: Moment) -> Vec<(Ratio, RuleId, bool)> {
        let looked = match moment {
            Moment::Tick(instrument, at) => {
                trade.instrument == instrument && trade.opened_at.is_some_and(|opened| at >= opened)
            }
            Moment::Late | Moment::Forced(_) | Moment::Candle => false,
        };
        let Some(mark) = self.book.mark(trade).filter(|_| looked) else { return Vec::new() };
        let strict = self.book.profile.strict || self.mistake == Some(Mistake::StrictTouch);
        trade
            .at_cost
            .iter()
            .filter(
                |(_, level)| if strict { trade.x(mark) < *level } else { trade.x(mark) <= *level },
            )
            .map(|(rule, level)| (*level, *rule, true))
            .collect()
    }

    fn due_times(&self, trade: &Trade, moment: Moment) -> Vec<Due> {
        let due = |id: &&RuleId| {
            let rule = self.rule(**id);
            let looked = match moment {
                Moment::Tick(instrument, _) => instrument == trade.instrument,
                Moment::Late => self.late.contains(id),
                Moment::Forced(forced) => forced == **id,
                Moment::Candle => false,
            };
            let waiting = looked && !rule.removed && !rule.price.fired;
            waiting && self.exit_time(trade, rule).is_some_and(|at| self.book.now >= at)
        };
        trade.rules.iter().filter(due).map(|rule| Due { rule: *rule, at_cost: false }).collect()
    }

    /// The instant at which a time rule exits.
    fn exit_time(&self, trade: &Trade, rule: &Rule) -> Option<Timestamp> {
        const DAY: i64 = 86_400_000_000_000;
        let Some(PriceRule::Time { when }) = rule.price_spec() else { return None };
        let opened = trade.opened_at?;
        match when {
            When::After(span) => Some(Timestamp(opened.0 + span.0)),
            When::BeforeClose(span) => {
                let venue = self.book.instrument(trade.instrument).spec.venue;
                let session = self.book.sessions.get(&venue)?;
                if session.close == session.open {
                    // A day without trading has no close.
                    return None;
                }
                Some(Timestamp(session.close.0 - span.0))
            }
            When::At(time) => {
                let from = rule.set_at.max(opened).0;
                let of_day = (from + self.book.profile.utc_offset.0).rem_euclid(DAY);
                Some(Timestamp(from + (time.0 - of_day).rem_euclid(DAY)))
            }
        }
    }

    /// The first due rule that exits does, now or after a part that leaves before it; alerts before it fire. When
    /// none exits, all alerts fire, and the first that reduces does.
    fn act_on(&mut self, id: TradeId, due: &[Due]) {
        let actions: Vec<(Due, Action)> =
            due.iter().map(|due| (*due, self.own_action(*due))).collect();
        let leaves = self.leaves_already(id);
        let exit = actions.iter().position(|(_, action)| !leaves && self::exits(*action));
        let before = &actions[..exit.unwrap_or(actions.len())];
        for (due, _) in before.iter().filter(|(_, action)| *action == Action::Alert) {
            self.act_alone(id, *due, Action::Alert);
        }
        if self.leaves_already(id) {
            return;
        }
        let trade = &self.book.trades[id.0 as usize];
        let busy = trade.intent.is_some() || trade.exited_turn == self.book.turn;
        let reduces = |(_, action): &&(Due, Action)| matches!(action, Action::Reduce(_));
        match exit.map(|place| actions[place]) {
            Some((due, action)) => self.act_alone(id, due, action),
            None if busy => {}
            None => {
                if let Some((due, action)) = actions.iter().find(reduces) {
                    self.act_alone(id, *due, *action);
                }
            }
        }
    }

    /// Nothing more can be decided for this trade: it is gone, all of it leaves already or will, or a person has to look.
    fn leaves_already(&self, id: TradeId) -> bool {
        let trade = &self.book.trades[id.0 as usize];
        let whole = trade.intent.is_some_and(|intent| intent.left == trade.open);
        let refused = trade.rejected_turn == self.book.turn || trade.rejections >= 5;
        !trade.is_held() || whole || trade.deferred.is_some() || refused
    }

    fn own_action(&self, due: Due) -> Action {
        match self.rule(due.rule).draft.options.action {
            Some(action) if !due.at_cost => action,
            _ => Action::Exit,
        }
    }

    fn act_alone(&mut self, id: TradeId, due: Due, action: Action) {
        let Due { rule, at_cost } = due;
        let trade = &self.book.trades[id.0 as usize];
        let then = if at_cost { None } else { self.rule(rule).draft.options.then };
        let name = if at_cost { "moved_to_cost" } else { self.rule(rule).draft.spec.kind().name() };
        let price = self.exit_price(trade, self.rule(rule), at_cost);
        match action {
            Action::Alert => {
                self.book.rules[rule.0 as usize].price.fired = true;
                self.say(Fact::Fired(rule));
            }
            Action::Reduce(share) => {
                let quantity = self.reduced(trade, share);
                self.book.rules[rule.0 as usize].price.fired = true;
                self.say(Fact::Fired(rule));
                self.exit(id, quantity, name, Some(rule), price);
            }
            _ => {
                self.exit(id, trade.open, name, Some(rule), price);
            }
        }
        if let Some(then) = then {
            self.then(id, rule, then.reach, then.action);
        }
    }

    /// The price at which a tracking exit fills: the rule's breach mark, when it is one of this instrument.
    fn exit_price(&self, trade: &Trade, rule: &Rule, at_cost: bool) -> Option<i64> {
        let own = self.book.instrument(trade.instrument).spec.mark;
        let follows = watched(&self.book, rule, trade) == trade.instrument;
        let kind = match rule.draft.options.breach_mark {
            Some(kind) if follows && !at_cost => kind,
            _ => own,
        };
        self.book.price(trade.instrument, kind, trade.side)
    }

    fn then(&mut self, id: TradeId, rule: RuleId, reach: Reach, action: Action) {
        let new = &self.book.trades[id.0 as usize].new;
        let scope = match reach {
            Reach::Group => match new.group {
                Some(group) => Scope::Group(group),
                None => Scope::Strategy(new.strategy),
            },
            Reach::Strategy => Scope::Strategy(new.strategy),
            Reach::Account => Scope::Account(new.account),
            Reach::System => Scope::System,
        };
        self.act(scope, action, rule, Some(id));
    }

    /// Candle-close rules are judged when a bar of their length has closed, by the last mark in it.
    pub(super) fn end_candles(&mut self) {
        if !self.closed_bars.is_empty() {
            self.judge_all(Moment::Candle);
        }
    }
}

fn exits(action: Action) -> bool {
    !matches!(action, Action::Alert | Action::Reduce(_))
}
