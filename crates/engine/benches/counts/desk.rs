//! An engine with a book that is the same everywhere: stops, targets and trailing stops far from the market.

use highmark_engine::*;

/// A step of price, in units of 1e-8 rupees.
pub(crate) const STEP: i64 = 5_000_000;
/// Where each instrument starts, in steps: 1,000 rupees.
pub(crate) const START: i64 = 20_000;
/// Units of each trade.
const QUANTITY: i64 = 100;

/// How large the book is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) trades: u32,
    pub(crate) instruments: u32,
    pub(crate) strategies: u32,
    /// Every fourth trade is a short.
    pub(crate) has_shorts: bool,
    /// The peak at which a strategy begins to guard a share of it.
    pub(crate) guard_from: Money,
}

impl Shape {
    /// Longs on one instrument, and no peak that is guarded.
    pub(crate) fn longs(trades: u32, strategies: u32) -> Shape {
        let guard_from = Money::rupees(1_000_000_000);
        Shape { trades, instruments: 1, strategies, has_shorts: false, guard_from }
    }
}

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
}

impl Desk {
    /// Opens the book at the start; every trade has seen a mark.
    pub(crate) fn open(shape: &Shape) -> Desk {
        let now = Timestamp(1_700_000_000_000_000_000);
        let mut desk = Desk { engine: Engine::new(), now, events: Vec::with_capacity(64) };
        desk.define(shape);
        for number in 0..shape.trades {
            desk.ask(Command::AddTrade(trade(shape, number, all_rules(number))));
        }
        desk.mark_all(shape, START);
        desk
    }

    /// Marks go up and come half the way back, so that whatever is above is calm.
    pub(crate) fn rise_and_settle(&mut self, shape: &Shape) {
        [START + 200, START + 100].into_iter().for_each(|steps| self.mark_all(shape, steps));
    }

    pub(crate) fn mark_all(&mut self, shape: &Shape, steps: i64) {
        for instrument in 0..shape.instruments {
            self.mark(instrument, steps);
        }
    }

    fn define(&mut self, shape: &Shape) {
        self.ask(Command::OpenAccount(AccountSpec {
            name: "book".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(1_000_000_000),
            external: ExternalPolicy::default(),
        }));
        for number in 0..shape.instruments {
            self.ask(Command::DefineInstrument(InstrumentSpec::new(format!("i{number}"))));
            self.mark(number, START);
        }
        for number in 0..shape.strategies {
            self.ask(Command::CreateStrategy(StrategySpec {
                name: format!("s{number}"),
                capital: Money::rupees(1_000_000),
                exit_order: ExitOrder::default(),
            }));
            let amount = |money| Amount::Money(money);
            let max_loss = MtmRule::MaxLoss { amount: amount(Money::rupees(900_000_000)) };
            let arm_at = amount(shape.guard_from);
            let give_back = MtmRule::GiveBack { fraction: Fraction::percent(50), arm_at };
            for rule in [max_loss, give_back] {
                let (scope, provenance) =
                    (Scope::Strategy(StrategyId(number)), Provenance::default());
                self.ask(Command::SetRule { scope, draft: rule.into(), provenance });
            }
        }
    }

    /// One tick, one input.
    pub(crate) fn mark(&mut self, instrument: u32, steps: i64) {
        let tick = self.next_tick(instrument, steps);
        self.tell(&tick);
    }

    /// The clock goes on, the last turn's events are dropped, and this is the next tick.
    pub(crate) fn next_tick(&mut self, instrument: u32, steps: i64) -> Tick {
        self.events.clear();
        self.now = Timestamp(self.now.0 + 20_000);
        Tick::last(InstrumentId(instrument), self.now, price(steps))
    }

    pub(crate) fn tell(&mut self, tick: &Tick) {
        self.engine.tick(self.now, tick, &mut self.events);
    }

    /// A command, that has to be taken.
    pub(crate) fn ask(&mut self, command: Command) {
        let input = self.next_command(command);
        self.engine.step_into(input, &mut self.events);
        self.check_taken();
    }

    pub(crate) fn next_command(&mut self, command: Command) -> Input {
        self.events.clear();
        Input { at: self.now, body: Body::Command { by: "desk".into(), command } }
    }

    pub(crate) fn check_taken(&self) {
        let refusal = self.events.iter().find(|event| matches!(event, Event::Refused(_)));
        assert!(refusal.is_none(), "a desk asks for what can be done: {refusal:?}");
    }

    /// Exits that the last turn decided.
    pub(crate) fn exits(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::ExitDecided { .. })).count()
    }

    /// The last turn was a mark and what scopes make of it, no more.
    pub(crate) fn was_quiet(&self) -> bool {
        let is_quiet = |event: &Event| {
            matches!(event, Event::TurnBegan { .. } | Event::Marked(_) | Event::Settled)
        };
        self.events.len() >= 2 && self.events.iter().all(is_quiet)
    }
}

pub(crate) fn trade(shape: &Shape, number: u32, rules: Vec<RuleDraft>) -> NewTrade {
    // Neighbours of an instrument differ in strategy, and longs and shorts are in each of both.
    let (round, instrument) = (number / shape.instruments, number % shape.instruments);
    let is_short = shape.has_shorts && (round / shape.strategies).is_multiple_of(4);
    NewTrade {
        name: String::new(),
        strategy: StrategyId(round % shape.strategies),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(instrument),
        side: if is_short { Side::Sell } else { Side::Buy },
        quantity: Quantity::whole(QUANTITY),
        entry: Entry::AtMark,
        rules,
    }
}

/// A stop, a target and a trailing stop; two of three trail at one of a hundred distances, the others keep a quarter.
pub(crate) fn all_rules(number: u32) -> Vec<RuleDraft> {
    let trailing = if number.is_multiple_of(3) {
        PriceRule::Keep { fraction: Fraction::percent(25), arm_at: None }
    } else {
        PriceRule::Trail { by: points(8_000 + i64::from(number % 100)), arm_at: None }
    };
    let target = PriceRule::Target { at: Place::FromEntry(points(10_000)) };
    vec![stop(9_900).into(), target.into(), trailing.into()]
}

/// A stop so many steps from the entry.
pub(crate) fn stop(steps: i64) -> PriceRule {
    PriceRule::StopLoss { at: Place::FromEntry(points(steps)) }
}

pub(crate) fn points(steps: i64) -> Distance {
    Distance::Points(price(steps))
}

pub(crate) fn price(steps: i64) -> Price {
    Price(steps * STEP)
}
