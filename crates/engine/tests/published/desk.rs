//! One engine, one account, one strategy, one instrument: what the cases of every project are played on.

pub(crate) use crate::words::*;
use highmark_engine::*;

/// What a case says of its market before anything happens.
pub(crate) struct Market {
    pub(crate) profile: Profile,
    pub(crate) fills: FillMode,
    pub(crate) mark: MarkKind,
    pub(crate) tick_size: Price,
    pub(crate) charges: ChargeRates,
    pub(crate) balance: Money,
}

impl Default for Market {
    fn default() -> Market {
        Market {
            profile: Profile::default(),
            fills: FillMode::Tracking,
            mark: MarkKind::Last,
            tick_size: Price(1),
            charges: ChargeRates::default(),
            balance: Money::rupees(100_000),
        }
    }
}

/// An exit that the engine has decided.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) trade: TradeId,
    pub(crate) quantity: Quantity,
    pub(crate) cause: Cause,
}

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) now: i64,
    pub(crate) exits: Vec<Exit>,
    fills: u32,
    journal: Vec<Event>,
}

/// Every case ends with the check that folding its events gives the state that it reached.
impl Drop for Desk {
    fn drop(&mut self) {
        let mut folded = Engine::new();
        for event in &self.journal {
            folded.apply(event);
        }
        let agrees = folded.state() == self.engine.state();
        assert!(agrees || std::thread::panicking(), "folding gives another state");
    }
}

pub(crate) type Did = Result<Vec<Event>, String>;

const ACCOUNT: AccountId = AccountId(0);
pub(crate) const STRATEGY: StrategyId = StrategyId(0);
const INSTRUMENT: InstrumentId = InstrumentId(0);

impl Desk {
    pub(crate) fn new(market: Market) -> Desk {
        let mut desk = Desk {
            engine: Engine::new(),
            now: 1_000_000,
            exits: Vec::new(),
            fills: 0,
            journal: Vec::new(),
        };
        let capital = market.balance;
        let instrument = InstrumentSpec {
            tick_size: market.tick_size,
            lot_size: Quantity(1),
            mark: market.mark,
            charges: market.charges,
            ..InstrumentSpec::new("X")
        };
        let account = AccountSpec {
            name: "A".into(),
            fills: market.fills,
            starting_balance: market.balance,
            external: ExternalPolicy::NewestFirst,
        };
        let strategy =
            StrategySpec { name: "S".into(), capital, exit_order: ExitOrder::ShortsFirst };
        for command in [
            Command::Configure(market.profile),
            Command::DefineInstrument(instrument),
            Command::OpenAccount(account),
            Command::CreateStrategy(strategy),
        ] {
            desk.ask(command).unwrap();
        }
        desk
    }

    /// A desk that fills at the mark, under a profile.
    pub(crate) fn under(profile: Profile) -> Desk {
        Desk::new(Market { profile, ..Market::default() })
    }

    fn step(&mut self, body: Body) -> Did {
        let events = self.engine.step(Input { at: Timestamp::seconds(self.now), body });
        self.journal.extend(events.iter().cloned());
        for event in &events {
            match event {
                Event::Refused(refusal) => {
                    return Err(format!("refused {:?}: {}", refusal.code, refusal.message));
                }
                Event::ExitDecided { intent, quantity, cause } => self.exits.push(Exit {
                    trade: intent.trade,
                    quantity: *quantity,
                    cause: (**cause).clone(),
                }),
                _ => {}
            }
        }
        Ok(events)
    }

    /// A command, which has to be taken.
    pub(crate) fn ask(&mut self, command: Command) -> Did {
        self.step(Body::Command { by: "published".into(), command })
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += seconds;
    }

    /// One tick a second later; says what exits it decided.
    pub(crate) fn tick(&mut self, change: impl Fn(&mut Tick)) -> Vec<Exit> {
        self.now += 1;
        self.tick_of(self.now, change)
    }

    /// One tick that was made at `made_at`, heard now.
    pub(crate) fn tick_of(&mut self, made_at: i64, change: impl Fn(&mut Tick)) -> Vec<Exit> {
        let before = self.exits.len();
        let mut tick = Tick::last(INSTRUMENT, Timestamp::seconds(made_at), Price::ZERO);
        tick.last = None;
        change(&mut tick);
        self.step(Body::Ticks(vec![tick])).unwrap();
        self.exits[before..].to_vec()
    }

    /// A trade price.
    pub(crate) fn last(&mut self, price: Price) -> Vec<Exit> {
        self.tick(|tick| tick.last = Some(price))
    }

    /// A book.
    pub(crate) fn quote(&mut self, bid: Price, ask: Price) -> Vec<Exit> {
        self.tick(|tick| (tick.bid, tick.ask) = (Some(bid), Some(ask)))
    }

    pub(crate) fn enter(
        &mut self,
        side: Side,
        quantity: Quantity,
        entry: Entry,
        rules: Vec<RuleDraft>,
    ) -> Result<TradeId, String> {
        self.ask(Command::AddTrade(NewTrade {
            name: String::new(),
            strategy: STRATEGY,
            account: ACCOUNT,
            group: None,
            instrument: INSTRUMENT,
            side,
            quantity,
            entry,
            rules,
        }))?;
        Ok(TradeId(self.engine.state().trade_count() - 1))
    }

    /// One unit that was bought or sold at `price` just now.
    pub(crate) fn enter_one(
        &mut self,
        side: Side,
        price: Price,
        rules: Vec<RuleDraft>,
    ) -> Result<TradeId, String> {
        self.enter(side, Quantity::whole(1), Entry::Filled { price }, rules)
    }

    /// One unit that was held before: its best starts with the market.
    pub(crate) fn adopt_one(
        &mut self,
        side: Side,
        price: Price,
        rules: Vec<RuleDraft>,
    ) -> Result<TradeId, String> {
        self.enter(side, Quantity::whole(1), Entry::Adopted { price }, rules)
    }

    /// What the broker filled.
    pub(crate) fn fill(
        &mut self,
        trade: TradeId,
        side: Side,
        quantity: Quantity,
        price: Price,
        charges: Money,
    ) -> Did {
        self.now += 1;
        self.fills += 1;
        let (id, at) = (format!("b{}", self.fills), Timestamp::seconds(self.now));
        let fill = Fill { id, trade, side, quantity, price, charges, at };
        self.step(Body::Order(OrderNews::Filled(fill)))
    }

    /// The broker fills the whole exit that is under way.
    pub(crate) fn fill_exit(&mut self, exit: &Exit, price: Price) -> Did {
        let side = self.trade(exit.trade).side.opposite();
        self.fill(exit.trade, side, exit.quantity, price, Money::ZERO)
    }

    /// A rule on the strategy.
    pub(crate) fn watch(&mut self, scope: Scope, draft: RuleDraft) -> Result<RuleId, String> {
        self.ask(Command::SetRule { scope, draft, provenance: reason() })?;
        Ok(RuleId(self.engine.state().rule_count() - 1))
    }

    pub(crate) fn trade(&self, id: TradeId) -> TradeView {
        self.engine.state().trade_view(id).unwrap()
    }

    pub(crate) fn stop(&self, id: TradeId) -> Option<Price> {
        self.trade(id).stop
    }

    /// The tightest level of the rules that exit; what only alerts is left aside.
    pub(crate) fn trigger(&self, id: TradeId) -> Option<Price> {
        let trade = self.trade(id);
        let rules = trade.rules.iter().map(|rule| self.rule(*rule));
        let exiting = rules.filter(|rule| {
            rule.draft.options.action.is_none() && rule.rule.kind != RuleKind::PriceTarget
        });
        exiting.filter_map(|rule| rule.level).max_by_key(|level| level.0 * trade.side.sign())
    }

    pub(crate) fn rule(&self, id: RuleId) -> RuleView {
        self.engine.state().rule_view(id).unwrap()
    }

    /// The `nth` rule that came with the trade.
    pub(crate) fn rule_of(&self, trade: TradeId, nth: usize) -> RuleView {
        self.rule(self.trade(trade).rules[nth])
    }

    /// The trade that is held now, if one is.
    pub(crate) fn held(&self) -> Option<TradeId> {
        let mut views = self.engine.state().trade_views();
        views.find(|trade| trade.status.is_held()).map(|trade| trade.id)
    }
}
