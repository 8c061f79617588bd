//! Highmark's engine through its public calls, with its defaults: a command for each trade, an input for each tick,
//! and exits read from the events.

use super::closes::{Close, GIVE_BACK, MAX_LOSS, STOP, TARGET};
use super::contest::Contestant;
use super::tape::{Limits, NEVER, Print, Tape, Terms, Trailing};
use highmark_engine::*;

/// A step of price, in units of 1e-8 rupees.
const STEP: i64 = 5_000_000;

pub(crate) struct Highmark {
    engine: Engine,
    now: Timestamp,
    events: Vec<Event>,
    /// The tape's number of each trade that the engine has taken.
    ids: Vec<u32>,
}

impl Highmark {
    pub(crate) fn new(tape: &Tape) -> Highmark {
        let begin = tape.prints.first().map_or(0, |print| print.at - 1);
        let mut highmark = Highmark {
            engine: Engine::new(),
            now: moment(begin),
            events: Vec::new(),
            ids: Vec::with_capacity(tape.trades.len()),
        };
        highmark.define(tape);
        highmark
    }

    fn define(&mut self, tape: &Tape) {
        self.ask(Command::OpenAccount(AccountSpec {
            name: "book".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(1_000_000_000),
            external: ExternalPolicy::default(),
        }));
        for (symbol, first) in (0..).zip(&tape.first) {
            let spec = InstrumentSpec {
                tick_size: Price(STEP),
                ..InstrumentSpec::new(format!("i{symbol}"))
            };
            self.ask(Command::DefineInstrument(spec));
            self.tell(Tick::last(InstrumentId(symbol), self.now, price(*first)));
        }
        for (id, limits) in (0..).zip(&tape.limits) {
            let (capital, exit_order) = (Money::default(), ExitOrder::default());
            self.ask(Command::CreateStrategy(StrategySpec {
                name: format!("s{id}"),
                capital,
                exit_order,
            }));
            for rule in limits_as_rules(limits) {
                let (scope, provenance) = (Scope::Strategy(StrategyId(id)), Provenance::default());
                self.ask(Command::SetRule { scope, draft: rule.into(), provenance });
            }
        }
    }

    /// One tick, one input.
    fn tell(&mut self, tick: Tick) {
        self.events.clear();
        self.engine.tick(self.now, &tick, &mut self.events);
    }

    /// A command, that has to be taken.
    fn ask(&mut self, command: Command) {
        let refusal = self.try_to(command).err();
        assert!(refusal.is_none(), "a tape asks for what can be done: {refusal:?}");
    }

    fn try_to(&mut self, command: Command) -> Result<(), Refusal> {
        let body = Body::Command { by: "tape".into(), command };
        self.events.clear();
        self.engine.step_into(Input { at: self.now, body }, &mut self.events);
        let refusal = self.events.iter().find_map(|event| match event {
            Event::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        });
        refusal.map_or(Ok(()), Err)
    }
}

impl Contestant for Highmark {
    fn open(&mut self, terms: &Terms) -> bool {
        match self.try_to(Command::AddTrade(new_trade(terms))) {
            Ok(()) => {
                self.ids.push(terms.id);
                true
            }
            Err(refusal) if refusal.code == RefusalCode::EntriesBlocked => false,
            Err(refusal) => panic!("trade {} was refused: {refusal:?}", terms.id),
        }
    }

    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>) {
        self.now = moment(print.at);
        self.tell(Tick::last(InstrumentId(print.symbol), self.now, price(print.price)));
        let mut reason = 0;
        for event in &self.events {
            match event {
                Event::ExitDecided { cause, .. } => reason = reason_of(&cause.reason),
                // In tracking mode each exit is followed by its fill.
                Event::Filled(fill) => {
                    let trade = self.ids[fill.trade.0 as usize];
                    closes.push(Close { tick, trade, price: steps(fill.price), reason });
                }
                _ => {}
            }
        }
    }
}

fn limits_as_rules(limits: &Limits) -> Vec<MtmRule> {
    let mut rules = Vec::new();
    if limits.max_loss != NEVER {
        rules.push(MtmRule::MaxLoss { amount: money(limits.max_loss) });
    }
    if limits.arm_at != NEVER {
        let fraction = Fraction(limits.give_ppm as u32);
        rules.push(MtmRule::GiveBack { fraction, arm_at: money(limits.arm_at) });
    }
    rules
}

fn new_trade(terms: &Terms) -> NewTrade {
    let mut rules: Vec<RuleDraft> = Vec::with_capacity(3);
    if terms.has_stop() {
        rules.push(PriceRule::StopLoss { at: Place::Price(price(terms.stop)) }.into());
    }
    if terms.has_target() {
        rules.push(PriceRule::Target { at: Place::Price(price(terms.target)) }.into());
    }
    rules.push(match terms.trailing {
        Trailing::Behind { offset } => {
            PriceRule::Trail { by: Distance::Points(price(offset)), arm_at: None }.into()
        }
        Trailing::Keep { ppm, arm } => {
            let arm_at = Some(ArmAt::Profit(Distance::Points(price(arm))));
            PriceRule::Keep { fraction: Fraction(ppm as u32), arm_at }.into()
        }
    });
    NewTrade {
        name: String::new(),
        strategy: StrategyId(terms.strategy),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(terms.symbol),
        side: if terms.side > 0 { Side::Buy } else { Side::Sell },
        quantity: Quantity::whole(terms.quantity.into()),
        entry: Entry::Filled { price: price(terms.entry) },
        rules,
    }
}

fn reason_of(reason: &ExitReason) -> u32 {
    match reason.kind() {
        Some(RuleKind::StopLoss | RuleKind::Trail | RuleKind::Keep) => STOP,
        Some(RuleKind::PriceTarget) => TARGET,
        Some(RuleKind::MaxLoss) => MAX_LOSS,
        Some(RuleKind::GiveBack) => GIVE_BACK,
        _ => panic!("no tape has a rule for {}", reason.name()),
    }
}

fn price(steps: i32) -> Price {
    Price(i64::from(steps) * STEP)
}

fn steps(price: Price) -> i32 {
    i32::try_from(price.0 / STEP).expect("a price of a tape")
}

/// Money of a tape is a step of price times a whole quantity.
fn money(amount: i64) -> Amount {
    Amount::Money(Money(i128::from(amount) * i128::from(STEP) * i128::from(UNIT)))
}

fn moment(at: u64) -> Timestamp {
    Timestamp(i64::try_from(at).expect("a time before 2262"))
}
