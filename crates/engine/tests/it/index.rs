//! What the trigger index must not change: the engine with it against the engine without.

use highmark_engine::*;

/// Both engines, given the same inputs.
struct Both {
    with: Engine,
    without: Engine,
    now: i64,
}

impl Both {
    fn new() -> Both {
        let mut both = Both { with: Engine::new(), without: Engine::scanning(), now: 0 };
        let mut spec = InstrumentSpec::new("I".to_owned());
        (spec.multiplier, spec.checks.allow_negative) = (10, true);
        both.command(Command::DefineInstrument(spec));
        both.command(Command::OpenAccount(AccountSpec {
            name: "paper".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(1_000_000),
            external: ExternalPolicy::NewestFirst,
        }));
        both.command(Command::CreateStrategy(StrategySpec {
            name: "s".into(),
            capital: Money::rupees(100_000),
            exit_order: ExitOrder::ById,
        }));
        both
    }

    fn step(&mut self, body: Body) {
        self.now += 1_000_000_000;
        let input = Input { at: Timestamp(self.now), body };
        assert_eq!(self.with.step(input.clone()), self.without.step(input));
        assert_eq!(self.with.state().hash(), self.without.state().hash());
    }

    fn command(&mut self, command: Command) {
        self.step(Body::Command { by: "op".into(), command });
    }

    fn buy_six(&mut self, rules: Vec<RuleDraft>) {
        self.open(Entry::AtMark, rules);
    }

    fn open(&mut self, entry: Entry, rules: Vec<RuleDraft>) {
        self.command(Command::AddTrade(NewTrade {
            name: String::new(),
            strategy: StrategyId(0),
            account: AccountId(0),
            group: None,
            instrument: InstrumentId(0),
            side: Side::Buy,
            quantity: Quantity::whole(6),
            entry,
            rules,
        }));
    }

    /// A last price between a bid and an ask.
    fn book(&mut self, units: i64) {
        let at = Timestamp(self.now + 1_000_000_000);
        let tick = Tick::last(InstrumentId(0), at, Price(units));
        let (bid, ask) = (Some(Price(units - 5_000_000)), Some(Price(units + 5_000_000)));
        self.step(Body::Ticks(vec![Tick { bid, ask, ..tick }]));
    }

    fn mark(&mut self, units: i64) {
        let at = Timestamp(self.now + 1_000_000_000);
        self.tick(Tick::last(InstrumentId(0), at, Price(units)));
    }

    fn tick(&mut self, tick: Tick) {
        self.step(Body::Ticks(vec![tick]));
    }
}

#[test]
fn a_partial_exit_that_moves_the_average_by_a_rounding_moves_the_kept_stop_at_the_next_mark() {
    let mut both = Both::new();
    let keep = PriceRule::Keep { fraction: Fraction(1), arm_at: None };
    both.mark(-10_000_000);
    both.buy_six(vec![RuleDraft {
        options: RuleOptions { action: Some(Action::Alert), ..RuleOptions::default() },
        ..keep.into()
    }]);
    both.mark(25_000_000);
    both.command(Command::Increase {
        trade: TradeId(0),
        quantity: Quantity::whole(3),
        price: None,
    });
    both.mark(65_000_000);
    both.mark(25_000_000);
    let quantity = Some(Quantity::whole(5));
    both.command(Command::ExitTrade { trade: TradeId(0), quantity, reason: "part".into() });
    both.mark(5_000_000);
}

#[test]
fn a_corporate_action_is_followed_by_the_stop_that_it_asks_for_at_the_next_mark() {
    let mut both = Both::new();
    both.mark(10_000_000_007);
    both.buy_six(vec![
        PriceRule::Trail { by: Distance::OfBest(Fraction(33_333)), arm_at: None }.into(),
        PriceRule::Keep { fraction: Fraction(333_333), arm_at: None }.into(),
    ]);
    both.mark(11_000_000_003);
    both.command(Command::AdjustInstrument {
        instrument: InstrumentId(0),
        adjustment: Adjustment { new: 3, old: 2, dividend: Price(7) },
    });
    for price in [7_300_000_001, 7_290_000_000, 7_350_000_000, 7_300_000_000] {
        both.mark(price);
    }
}

#[test]
fn a_price_with_a_book_between_plain_ones_left_what_a_scope_has_gained_behind() {
    let mut both = Both::new();
    both.mark(10_000_000_000);
    both.buy_six(vec![]);
    for price in [9_900_000_000, 9_910_000_000, 9_920_000_000] {
        both.mark(price);
    }
    both.book(9_950_000_000);
    both.mark(9_930_000_000);
    both.mark(9_940_000_000);
}

#[test]
fn a_peak_made_while_a_rule_had_fired_counted_for_it_when_it_stood_again() {
    let mut both = Both::new();
    both.command(Command::SetRule {
        scope: Scope::Strategy(StrategyId(0)),
        draft: MtmRule::CoolingOff { losses: 1, wait: Span(5_000_000_000) }.into(),
        provenance: Provenance::default(),
    });
    both.mark(10_000_000_000);
    both.buy_six(vec![]);
    both.buy_six(vec![]);
    both.mark(9_900_000_000);
    both.command(Command::ExitTrade { trade: TradeId(0), quantity: None, reason: "loss".into() });
    for price in [10_300_000_000, 10_500_000_000, 10_400_000_000, 10_300_000_000] {
        both.mark(price);
    }
    for _ in 0..4 {
        both.mark(10_200_000_000);
    }
}

/// The mark that was held is from before the trade opened, so that the one that comes with its acceptance is its first.
#[test]
fn a_break_even_of_an_adopted_trade_moves_at_the_first_mark_from_after_its_opening() {
    let mut both = Both::new();
    both.mark(9_000_000_000);
    let adopted = Entry::Adopted { price: Price(8_000_000_000) };
    let break_even = PriceRule::BreakEven { at: Distance::Points(Price(100)), plus: Price(0) };
    both.open(adopted, vec![break_even.into()]);
    let early = Timestamp(both.now - 1_000);
    both.tick(Tick::last(InstrumentId(0), early, Price(9_010_000_000)));
    both.mark(8_990_000_000);
    let view = both.with.state().trade_view(TradeId(0)).unwrap();
    assert_eq!(view.stop, Some(Price(8_000_000_000)));
}
