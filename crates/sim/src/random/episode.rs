//! One episode: a book is set up, then inputs come one by one, chosen with an eye on what stands.

use super::drafts::{Drafts, Stand};
use super::shape::Shape;
use super::tape::{GRID, Walk};
use super::{Dice, Feature, Features};
use crate::oracle::Oracle;
use highmark_engine::*;
use std::collections::VecDeque;

/// A seeded row of inputs.
#[derive(Clone, Debug)]
pub struct Episode {
    pub on: Features,
    pub length: usize,
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    pub(super) walks: Vec<Walk>,
    pub(super) specs: Vec<InstrumentSpec>,
    pub(super) accounts: u32,
    /// Those whose orders a broker answers.
    pub(super) order_accounts: Vec<AccountId>,
    pub(super) strategies: u32,
    groups: Vec<(GroupId, StrategyId)>,
    pub(super) waiting: VecDeque<Body>,
    day: u32,
    closes: Timestamp,
    fills: u64,
    pub(super) most_trades: usize,
    shape: Shape,
    /// Whether its profiles are strict.
    pub(super) strict: bool,
    /// All trades are of this side.
    pub(super) only_side: Option<Side>,
    /// What the oracle does not know is played too.
    pub is_alone: bool,
}

impl Episode {
    pub fn new(seed: u64, allowed: Features) -> Episode {
        let mut dice = Dice::new(seed);
        let on = Features::swarm(&mut dice, allowed);
        Episode::with(dice, on)
    }

    /// An episode whose mirror image is one too: negative prices, nobody first.
    pub fn mirrorable(seed: u64, allowed: Features) -> Episode {
        let mut dice = Dice::new(seed);
        let on = Features::swarm(&mut dice, allowed);
        Episode::with(dice, on.with(Feature::Negative).with(Feature::ByIdOrder))
    }

    fn with(mut dice: Dice, on: Features) -> Episode {
        // A share of a price of zero is no distance.
        let on = match on.has(Feature::Negative) {
            true => on.without(Feature::OtherDistances),
            false => on,
        };
        let shape = Shape::draw(&mut dice, on);
        let on = shape.fit(on);
        let length = shape.length(&mut dice);
        let start = Timestamp::seconds(1_750_000_000 + dice.between(0, 80_000));
        let most_trades = shape.most_trades(&mut dice);
        let sides = [Side::Buy, Side::Sell];
        let strict = on.has(Feature::Profiles) && dice.chance(30);
        let only_side = on.has(Feature::OneSided).then(|| dice.pick(&sides));
        let mut episode = Episode {
            on,
            length,
            dice,
            now: start,
            walks: Vec::new(),
            specs: Vec::new(),
            accounts: 0,
            order_accounts: Vec::new(),
            strategies: 0,
            groups: Vec::new(),
            waiting: VecDeque::new(),
            day: 1,
            closes: Timestamp(i64::MAX),
            fills: 0,
            most_trades,
            shape,
            only_side,
            strict,
            is_alone: false,
        };
        episode.open_book();
        if strict {
            episode.configure();
        }
        if shape == Shape::Crowd {
            episode.gather();
        }
        episode
    }

    fn many(&mut self, feature: Feature, most: i64) -> i64 {
        if self.on.has(feature) { self.dice.between(1, most) } else { 1 }
    }

    fn open_book(&mut self) {
        let crowded = self.shape == Shape::Crowd && self.dice.chance(50);
        let instruments = if crowded { 2 } else { self.many(Feature::Instruments, 4) };
        for index in 0..instruments {
            self.define(index as u32);
        }
        for index in 0..self.many(Feature::Accounts, 3) {
            let orders = self.on.has(Feature::Orders) && self.dice.chance(60);
            let spec = AccountSpec {
                name: format!("a{index}"),
                fills: if orders { FillMode::Orders } else { FillMode::Tracking },
                starting_balance: Money::rupees(10_000),
                external: if index == 1 {
                    ExternalPolicy::OldestFirst
                } else {
                    ExternalPolicy::NewestFirst
                },
            };
            self.ask(Command::OpenAccount(spec));
            if orders {
                self.order_accounts.push(AccountId(self.accounts));
            }
            self.accounts += 1;
        }
        let exit_order =
            if self.on.has(Feature::ByIdOrder) { ExitOrder::ById } else { ExitOrder::ShortsFirst };
        for index in 0..self.many(Feature::Strategies, 4) {
            let capital = Money::rupees(10_000);
            self.ask(Command::CreateStrategy(StrategySpec {
                name: format!("s{index}"),
                capital,
                exit_order,
            }));
            self.strategies += 1;
        }
        if self.on.has(Feature::Groups) {
            for index in 0..self.dice.between(1, 4) {
                let strategy = StrategyId(self.dice.below(self.strategies as usize) as u32);
                let name = format!("g{index}");
                self.groups.push((GroupId(self.groups.len() as u32), strategy));
                self.ask(Command::CreateGroup { strategy, name });
            }
        }
        if self.on.has(Feature::Percents) {
            for scope in
                [Scope::Strategy(StrategyId(0)), Scope::Account(AccountId(0)), Scope::System]
            {
                self.ask(Command::SetMargin { scope, margin: Money::rupees(5_000) });
            }
        }
        if self.on.has(Feature::Sessions) {
            self.open_session(self.now);
        }
    }

    fn define(&mut self, index: u32) {
        let mut spec = InstrumentSpec::new(format!("I{index}"));
        if self.on.has(Feature::Sessions) {
            spec.venue = VenueId(u32::from(self.dice.chance(25)));
        }
        if self.on.has(Feature::Lots) {
            spec.lot_size = Quantity::whole(self.dice.pick(&[1, 2, 5]));
            spec.multiplier = self.dice.pick(&[1, 1, 3, 10]);
        }
        if self.on.has(Feature::MarkKinds) {
            let candles = self.on.has(Feature::Candles) && !self.on.has(Feature::ExecutableCandles);
            spec.mark = self.dice.pick(&[
                MarkKind::Last,
                MarkKind::Mid,
                if candles { MarkKind::Clamped } else { MarkKind::Executable },
                MarkKind::Clamped,
            ]);
        }
        if self.on.has(Feature::Net) {
            spec.charges =
                ChargeRates { per_order: Money(RUPEE / 10), buy_ppb: 30_001, sell_ppb: 1_234_567 };
        }
        if self.on.has(Feature::Underlying) && index > 0 {
            spec.underlying = Some(InstrumentId(0));
            spec.option = Some(self.dice.pick(&[OptionKind::Call, OptionKind::Put]));
        }
        let checks = &mut spec.checks;
        checks.allow_negative = self.on.has(Feature::Negative);
        if self.on.has(Feature::BadTicks) {
            checks.future_after = Some(Span::seconds(5));
        }
        if self.on.has(Feature::Jumps) {
            checks.jump = Some(Fraction::percent(10));
        }
        if self.on.has(Feature::Stale) && self.dice.chance(70) {
            checks.stale_after = Some(Span::seconds(self.dice.pick(&[3, 10, 20])));
            checks.stale_policy = self.dice.pick(&[
                StalePolicy::Hold,
                StalePolicy::Poll,
                StalePolicy::Exit { after: Span::seconds(7) },
            ]);
        }
        if self.on.has(Feature::Gaps) && self.on.has(Feature::Sessions) {
            checks.overnight_gap = Some(Fraction(2_000));
        }
        let negative = spec.checks.allow_negative;
        self.walks.push(Walk {
            id: InstrumentId(index),
            steps: if negative { self.dice.between(-20, 20) } else { 2000 },
            restless: self.dice.pick(&[1, 2, 4, 8]),
            lowest: if negative { -400 } else { 1600 },
            last: None,
            sequences: self.on.has(Feature::BadTicks) && self.dice.chance(50),
            sequence: 1,
            turns: Vec::new(),
            drift: 1,
        });
        self.specs.push(spec.clone());
        self.ask(Command::DefineInstrument(spec));
    }

    pub(super) fn ask(&mut self, command: Command) {
        self.waiting.push_back(Body::Command { by: "sim".into(), command });
    }

    fn open_session(&mut self, open: Timestamp) {
        self.closes = open.plus(Span::seconds(self.dice.between(60, 600)));
        // Now and then a day without trading.
        let close = if self.dice.chance(8) { open } else { self.closes };
        for venue in 0..2 {
            self.waiting.push_back(Body::Session(Session {
                venue: VenueId(venue),
                day: Day(20_250_600 + self.day),
                open,
                close,
            }));
        }
        self.day += 1;
    }

    /// The next input, chosen by what stands in the book.
    pub fn next(&mut self, oracle: &Oracle) -> Input {
        if self.waiting.is_empty() {
            self.choose(oracle);
        }
        let body = self.waiting.pop_front().unwrap_or(Body::Clock);
        Input { at: self.now, body }
    }

    fn choose(&mut self, oracle: &Oracle) {
        if self.is_alone && self.dice.chance(4) {
            return self.stray();
        }
        if self.on.has(Feature::Undos) && self.dice.chance(4) {
            return self.take_back(oracle);
        }
        if self.dice.chance(3) && self.turn_aside(oracle) {
            return;
        }
        if self.on.has(Feature::Edits) && self.dice.chance(2) {
            return self.edit();
        }
        if self.on.has(Feature::Sessions) && self.now >= self.closes && self.dice.chance(50) {
            self.pass(Span::seconds(3600));
            self.waiting.push_back(Body::Clock);
            self.open_session(self.now);
            return;
        }
        if self.on.has(Feature::Orders) && self.dice.chance(40) && self.answer_order(oracle) {
            return;
        }
        if self.on.has(Feature::Lates) && self.dice.chance(5) && self.come_late(oracle) {
            return;
        }
        if self.on.has(Feature::Gaps) && self.dice.chance(5) {
            let instrument = InstrumentId(self.dice.below(self.walks.len()) as u32);
            return self.ask(Command::AcceptGap { instrument });
        }
        match self.dice.between(1, 100) {
            1..=80 => self.ticks(),
            81..=84 => {
                let long = self.dice.chance(10);
                let seconds = if long { 60 } else { self.dice.between(0, 5) };
                self.pass(Span::seconds(seconds));
                self.waiting.push_back(Body::Clock);
            }
            85..=92 => self.enter(oracle),
            _ => self.intervene(oracle),
        }
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    /// How many inputs are decided already.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn tell(&mut self, batch: Vec<Tick>) {
        self.waiting.push_back(Body::Ticks(batch));
    }

    pub(super) fn ticks(&mut self) {
        let milliseconds = self.dice.pick(&[10, 100, 500, 1000, 1000, 2500]);
        self.pass(Span(milliseconds * 1_000_000));
        let count = if self.on.has(Feature::Batches) { self.dice.between(1, 5) } else { 1 };
        let mut batch = Vec::new();
        for _ in 0..count {
            let index = self.dice.below(self.walks.len());
            batch.push(self.walks[index].tick(&mut self.dice, self.on, self.now));
        }
        self.tell(batch);
    }

    pub(super) fn held(&self, oracle: &Oracle) -> Vec<TradeId> {
        let ids = (0..oracle.trades()).map(|id| TradeId(id as u32));
        ids.filter(|id| oracle.trade_figures(*id).status.is_held()).collect()
    }

    fn stand(&self, instrument: InstrumentId, side: Side) -> Stand {
        let index = instrument.0 as usize;
        let spec = &self.specs[index];
        Stand {
            steps: self.walks[index].steps,
            side,
            is_option: spec.option.is_some(),
            has_underlying: spec.underlying.is_some(),
        }
    }

    fn drafts(&mut self) -> Drafts<'_> {
        Drafts { dice: &mut self.dice, on: self.on, wrong: false }
    }

    fn enter(&mut self, oracle: &Oracle) {
        if self.on.has(Feature::Resets) && self.dice.chance(25) {
            return self.reset(oracle);
        }
        let held = self.held(oracle);
        let room = self.most_trades.saturating_sub(held.len());
        if room == 0 || oracle.trades() > self.shape.most_added() {
            return self.ticks();
        }
        if self.on.has(Feature::Bursts) && self.dice.chance(40) {
            return self.burst(room);
        }
        if self.on.has(Feature::ReEntry) && self.dice.chance(25) {
            let closed: Vec<TradeId> = (0..oracle.trades())
                .map(|id| TradeId(id as u32))
                .filter(|id| oracle.trade_figures(*id).status == TradeStatus::Closed)
                .collect();
            if !closed.is_empty() {
                let trade = self.dice.pick(&closed);
                let terms = oracle.trade_terms(trade);
                let entry = self.entry(terms.instrument);
                return self.ask(Command::ReEnter { trade, entry });
            }
        }
        let new = self.new_trade();
        self.ask(Command::AddTrade(new));
    }

    pub(super) fn entry(&mut self, instrument: InstrumentId) -> Entry {
        let steps = self.walks[instrument.0 as usize].steps;
        let price = Price((steps + self.dice.between(-2, 2)) * GRID);
        if self.on.has(Feature::AtMark) && self.dice.chance(60) {
            Entry::AtMark
        } else if self.on.has(Feature::Adopt) && self.dice.chance(40) {
            Entry::Adopted { price }
        } else {
            Entry::Filled { price }
        }
    }

    pub(super) fn new_trade(&mut self) -> NewTrade {
        let instrument = InstrumentId(self.dice.below(self.walks.len()) as u32);
        let side = self.side();
        let mut strategy = StrategyId(self.dice.below(self.strategies as usize) as u32);
        let mut group = None;
        if !self.groups.is_empty() && self.dice.chance(60) {
            let (id, owner) = self.dice.pick(&self.groups);
            (group, strategy) = (Some(id), owner);
        }
        let lot = self.specs[instrument.0 as usize].lot_size.0;
        let entry = self.entry(instrument);
        let mut stand = self.stand(instrument, side);
        if let Entry::Filled { price } | Entry::Adopted { price } = entry {
            stand.steps = price.0 / GRID;
        }
        let count = self.dice.pick(&[0, 1, 1, 2, 3, 5]);
        let rules = (0..count).filter_map(|_| self.drafts().price_rule(stand)).collect();
        NewTrade {
            name: String::new(),
            strategy,
            account: AccountId(self.dice.below(self.accounts as usize) as u32),
            group,
            instrument,
            side,
            quantity: Quantity(lot * self.dice.between(1, 6)),
            entry,
            rules,
        }
    }

    pub(super) fn scope(&mut self, oracle: &Oracle) -> Scope {
        let held = self.held(oracle);
        match self.dice.between(1, 10) {
            1..=2 if !held.is_empty() && self.on.has(Feature::TradeScopes) => {
                Scope::Trade(self.dice.pick(&held))
            }
            3..=4 if !self.groups.is_empty() => Scope::Group(self.dice.pick(&self.groups).0),
            5..=6 => Scope::Account(AccountId(self.dice.below(self.accounts as usize) as u32)),
            7 if self.dice.chance(40) => Scope::System,
            _ => Scope::Strategy(StrategyId(self.dice.below(self.strategies as usize) as u32)),
        }
    }

    /// Commands on what stands.
    fn intervene(&mut self, oracle: &Oracle) {
        let held = self.held(oracle);
        let provenance = Provenance { by: "sim".into(), reason: "because".into() };
        let choice = self.dice.between(1, 20);
        let trade = (!held.is_empty()).then(|| self.dice.pick(&held));
        let has = |feature| self.on.has(feature);
        match (choice, trade) {
            (1..=5, _) => self.set_mtm_rule(oracle, provenance),
            (6, Some(trade)) if has(Feature::LateRules) => {
                let terms = oracle.trade_terms(trade);
                let stand = self.stand(terms.instrument, terms.side);
                if let Some(draft) = self.drafts().price_rule(stand) {
                    self.ask(Command::SetRule { scope: Scope::Trade(trade), draft, provenance });
                }
            }
            (7..=8, Some(trade)) if has(Feature::Adds) => self.increase(oracle, trade),
            (9..=10, Some(trade)) if has(Feature::Partials) => self.part(oracle, trade),
            (11, Some(trade)) => {
                self.ask(Command::ExitTrade { trade, quantity: None, reason: "by hand".into() });
            }
            (12..=13, _) if has(Feature::Amend) => self.amend(oracle, provenance),
            (14..=15, _) if has(Feature::Resets) => self.reset(oracle),
            (16, _) if has(Feature::Halts) => {
                let (scope, reason) = (self.scope(oracle), String::from("lunch"));
                let halts = self.dice.chance(30);
                self.ask(if halts {
                    Command::Halt { scope, reason }
                } else {
                    Command::Resume { scope, reason }
                });
            }
            (17, _) if has(Feature::Kills) => {
                let reason = String::from("panic");
                let kill = self.dice.chance(15);
                self.ask(if kill { Command::Kill { reason } } else { Command::Release { reason } });
            }
            (18, _) if has(Feature::Invalid) => self.invalid(oracle, provenance),
            (19, Some(trade)) if has(Feature::Rolls) => {
                let into = InstrumentId(self.dice.below(self.walks.len()) as u32);
                let entry = self.entry(into);
                self.ask(Command::Roll { trade, into, entry });
            }
            (20, _) if has(Feature::Settle) && self.dice.chance(30) => {
                let instrument = InstrumentId(self.dice.below(self.walks.len()) as u32);
                let price = self.walks[instrument.0 as usize].price();
                self.ask(Command::Settle { instrument, price });
            }
            _ => self.ticks(),
        }
    }

    fn set_mtm_rule(&mut self, oracle: &Oracle, provenance: Provenance) {
        let scope = self.scope(oracle);
        match self.drafts().mtm_rule(scope) {
            Some(draft) if oracle.rules() < 300 => {
                self.ask(Command::SetRule { scope, draft, provenance });
            }
            _ => self.ticks(),
        }
    }

    fn increase(&mut self, oracle: &Oracle, trade: TradeId) {
        let terms = oracle.trade_terms(trade);
        let lot = self.specs[terms.instrument.0 as usize].lot_size.0;
        let price = match self.entry(terms.instrument) {
            Entry::AtMark => None,
            Entry::Filled { price } | Entry::Adopted { price } => Some(price),
        };
        let quantity = Quantity(lot * self.dice.between(1, 3));
        self.ask(Command::Increase { trade, quantity, price });
    }

    pub(super) fn part(&mut self, oracle: &Oracle, trade: TradeId) {
        let lot = self.specs[oracle.trade_terms(trade).instrument.0 as usize].lot_size.0;
        let lots = oracle.trade_figures(trade).open.0 / lot;
        let quantity = Quantity(lot * self.dice.between(1, lots.max(1)));
        let reason = String::from("part");
        self.ask(Command::ExitTrade { trade, quantity: Some(quantity), reason });
        if self.dice.between(1, 4) == 1 {
            self.ask(Command::ExitTrade { trade, quantity: None, reason: "the rest".into() });
        }
    }

    fn amend(&mut self, oracle: &Oracle, provenance: Provenance) {
        if oracle.rules() == 0 {
            return self.ticks();
        }
        let rule = RuleId(self.dice.below(oracle.rules()) as u32);
        let figures = oracle.rule_figures(rule);
        let (scope, old) = oracle.rule_draft(rule);
        let old = old.clone();
        let unchangeable = matches!(
            old.spec.kind(),
            RuleKind::Bars
                | RuleKind::BreakEven
                | RuleKind::Time
                | RuleKind::CoolingOff
                | RuleKind::MaxTradesPerDay
        );
        if figures.removed || figures.fired || oracle.is_over(rule) || unchangeable {
            return self.ticks();
        }
        match (self.dice.between(1, 3), scope) {
            (1, _) => self.ask(Command::RemoveRule { rule, provenance }),
            (2, Scope::Trade(trade)) if figures.level.is_some() => {
                let sign = oracle.trade_side(trade).sign();
                let away = self.dice.between(-2, 8) * sign * GRID;
                let to = Price(figures.level.map_or(0, |level| level.0) - away);
                self.ask(Command::LoosenStop { rule, to, provenance });
            }
            _ => {
                if let Some(draft) = self.another(oracle, scope, &old) {
                    self.ask(Command::ChangeRule { rule, draft, provenance });
                } else {
                    self.ticks();
                }
            }
        }
    }

    /// Another draft of the same kind with the same options.
    fn another(&mut self, oracle: &Oracle, scope: Scope, old: &RuleDraft) -> Option<RuleDraft> {
        for _ in 0..20 {
            let draft = match (&old.spec, scope) {
                (RuleSpec::Price(_), Scope::Trade(trade)) => {
                    let terms = oracle.trade_terms(trade);
                    let stand = self.stand(terms.instrument, terms.side);
                    self.drafts().price_rule(stand)?
                }
                _ => self.drafts().mtm_rule(scope)?,
            };
            if draft.spec.kind() == old.spec.kind() {
                return Some(RuleDraft { spec: draft.spec, options: old.options.clone() });
            }
        }
        None
    }

    fn reset(&mut self, oracle: &Oracle) {
        let latched: Vec<RuleId> = (0..oracle.rules())
            .map(|id| RuleId(id as u32))
            .filter(|id| {
                let (_, draft) = oracle.rule_draft(*id);
                matches!(draft.spec, RuleSpec::Mtm(_)) && oracle.rule_figures(*id).fired
            })
            .collect();
        if latched.is_empty() {
            return self.ticks();
        }
        let rule = self.dice.pick(&latched);
        let reason = String::from("again");
        match oracle.rule_draft(rule).0 {
            Scope::Strategy(strategy) => self.ask(Command::ResetStrategy { strategy, reason }),
            _ => self.ask(Command::ResetRule { rule, reason }),
        }
    }

    fn invalid(&mut self, oracle: &Oracle, provenance: Provenance) {
        let mut new = self.new_trade();
        let rule = |rule: MtmRule| RuleDraft::from(rule);
        let money = |rupees| Amount::Money(Money::rupees(rupees));
        let scope = Scope::Strategy(StrategyId(0));
        let draft = match self.dice.between(1, 9) {
            1 => {
                new.quantity = Quantity(0);
                return self.ask(Command::AddTrade(new));
            }
            2 => {
                new.strategy = StrategyId(77);
                new.group = None;
                return self.ask(Command::AddTrade(new));
            }
            3 => {
                let trade = TradeId(oracle.trades() as u32 + 5);
                return self.ask(Command::ExitTrade { trade, quantity: None, reason: "?".into() });
            }
            4 => rule(MtmRule::Lock { arm_at: money(5), floor: money(5) }),
            5 => rule(MtmRule::MaxLoss { amount: money(0) }),
            6 => rule(MtmRule::GiveBack { fraction: Fraction(1_000_001), arm_at: money(0) }),
            7 => rule(MtmRule::TrailLoss {
                loss: money(5),
                every: money(1),
                raise: money(2),
                cap: Cap::None,
            }),
            8 => {
                new.rules =
                    vec![PriceRule::Keep { fraction: Fraction::WHOLE, arm_at: None }.into()];
                return self.ask(Command::AddTrade(new));
            }
            _ => {
                let by = Distance::Points(Price(0));
                new.rules = vec![PriceRule::Trail { by, arm_at: None }.into()];
                return self.ask(Command::AddTrade(new));
            }
        };
        self.ask(Command::SetRule { scope, draft, provenance });
    }

    /// A broker answers one order; `false` when none waits.
    fn answer_order(&mut self, oracle: &Oracle) -> bool {
        let orders = oracle.orders();
        if orders.is_empty() {
            return false;
        }
        let order = self.dice.pick(&orders);
        let terms = oracle.trade_terms(order.trade);
        let index = terms.instrument.0 as usize;
        let reason = String::from("margin");
        if self.dice.chance(self.rejected(oracle, order.trade)) {
            let news = match order.attempt {
                Some(attempt) => OrderNews::ExitRejected {
                    intent: IntentId { trade: order.trade, attempt },
                    reason,
                },
                None => OrderNews::EntryRejected { trade: order.trade, reason },
            };
            let partly = oracle.trade_figures(order.trade).status != TradeStatus::Pending;
            if order.attempt.is_some() || !partly {
                self.waiting.push_back(Body::Order(news));
                return true;
            }
        }
        let lot = self.specs[index].lot_size.0;
        let part = self.on.has(Feature::Partials) && self.dice.chance(50);
        let lots = order.quantity / lot;
        let quantity = if part { lot * self.dice.between(1, lots.max(1)) } else { order.quantity };
        let steps = self.walks[index].steps + self.dice.between(-2, 2);
        self.fills += 1;
        let fill = Fill {
            id: format!("f{}", self.fills),
            trade: order.trade,
            side: order.side,
            quantity: Quantity(quantity),
            price: Price(steps * GRID),
            charges: Money(if self.on.has(Feature::Net) { RUPEE / 5 } else { 0 }),
            at: self.now,
        };
        self.waiting.push_back(Body::Order(OrderNews::Filled(fill.clone())));
        if self.dice.chance(5) {
            self.waiting.push_back(Body::Order(OrderNews::Filled(fill)));
        }
        true
    }
}
