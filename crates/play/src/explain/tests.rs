//! What a waiting rule compares is the price that it looks at.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;

/// A long call on NIFTY.
struct Call {
    engine: Engine,
    at: i64,
}

const NIFTY: InstrumentId = InstrumentId(0);
const CALL: InstrumentId = InstrumentId(1);

impl Call {
    /// Bought at 182.50 while NIFTY stands at 25,020.
    fn bought(rule: RuleDraft) -> Call {
        let mut call = Call { engine: Engine::new(), at: 1_000_000 };
        call.command(Command::DefineInstrument(InstrumentSpec::new("NIFTY")));
        let mut option = InstrumentSpec::new("NIFTY25000CE");
        (option.option, option.underlying) = (Some(OptionKind::Call), Some(NIFTY));
        call.command(Command::DefineInstrument(option));
        call.command(Command::OpenAccount(AccountSpec {
            name: "main".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(100_000),
            external: ExternalPolicy::default(),
        }));
        let (name, exit_order) = ("S".into(), ExitOrder::default());
        let spec = StrategySpec { name, capital: Money::ZERO, exit_order };
        call.command(Command::CreateStrategy(spec));
        call.price(NIFTY, "25020");
        call.price(CALL, "182.50");
        call.command(Command::AddTrade(NewTrade {
            name: "c1".into(),
            strategy: StrategyId(0),
            account: AccountId(0),
            group: None,
            instrument: CALL,
            side: Side::Buy,
            quantity: Quantity::whole(75),
            entry: Entry::AtMark,
            rules: vec![rule],
        }));
        call.price(NIFTY, "25020");
        call
    }

    fn step(&mut self, body: Body) {
        self.at += 1;
        let events = self.engine.step(Input { at: Timestamp::seconds(self.at), body });
        let refused = |event: &Event| matches!(event, Event::Refused(_));
        assert!(!events.iter().any(refused), "{events:?}");
    }

    fn command(&mut self, command: Command) {
        self.step(Body::Command { by: "test".into(), command });
    }

    fn tick(&self, instrument: InstrumentId, last: &str) -> Tick {
        let at = Timestamp::seconds(self.at + 1);
        Tick::last(instrument, at, last.parse().unwrap())
    }

    fn price(&mut self, instrument: InstrumentId, last: &str) {
        let tick = self.tick(instrument, last);
        self.step(Body::Ticks(vec![tick]));
    }

    fn answer(&self) -> RuleAnswer {
        rule_answer(self.engine.state(), RuleId(0)).unwrap()
    }
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn on_the_underlying(rule: PriceRule) -> RuleDraft {
    let options = RuleOptions { watch: Watch::Underlying, ..RuleOptions::default() };
    RuleDraft { spec: RuleSpec::Price(rule), options }
}

#[test]
fn a_stop_on_the_underlying_is_told_with_the_underlyings_price() {
    let at = Place::Price(price("24950"));
    let mut call = Call::bought(on_the_underlying(PriceRule::StopLoss { at }));
    call.price(NIFTY, "25010");
    let told = call.answer();
    assert_eq!(
        told.sentence,
        "it fires when the mark reaches 24,950.00; the mark is 25,010.00: 60 points away"
    );
    assert_eq!(told.room_percent.as_deref(), Some("0.2%"));
    assert_eq!(told.compared.mark, Some(price("25010")));
}

#[test]
fn what_arms_on_the_underlying_is_told_with_the_best_of_the_underlying() {
    let by = Distance::Points(price("50"));
    let arm_at = Some(ArmAt::Price(price("25100")));
    let mut call = Call::bought(on_the_underlying(PriceRule::Trail { by, arm_at }));
    call.price(NIFTY, "25060");
    call.price(NIFTY, "25040");
    call.price(CALL, "190");
    let told = call.answer();
    assert_eq!(
        told.sentence,
        "it has no level until best reaches 25,100.00; best is 25,060.00, 40 points away"
    );
    assert_eq!((told.compared.best, told.compared.best_at), (Some(price("25060")), None));
}

#[test]
fn a_stop_that_looks_at_the_bid_is_told_with_the_bid() {
    let at = Place::Price(price("170"));
    let options = RuleOptions { breach_mark: Some(MarkKind::Executable), ..RuleOptions::default() };
    let spec = RuleSpec::Price(PriceRule::StopLoss { at });
    let mut call = Call::bought(RuleDraft { spec, options });
    let mut tick = call.tick(CALL, "180");
    (tick.bid, tick.ask) = (Some(price("175")), Some(price("181")));
    call.step(Body::Ticks(vec![tick]));
    let told = call.answer();
    assert_eq!(
        told.sentence,
        "it fires when the mark reaches 170.00; the mark is 175.00: 5 points away, ₹375.00"
    );
    assert_eq!(
        (told.compared.mark, told.room_percent.as_deref()),
        (Some(price("175")), Some("2.8%"))
    );
}
