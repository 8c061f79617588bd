//! What the paper market promises, on orders made by hand.

use super::*;
use highmark_engine::*;
use proptest::prelude::*;

fn order(side: Side, lots: i64, seed: u64) -> Order {
    Order {
        trade: TradeId(3),
        intent: None,
        instrument: InstrumentId(0),
        side,
        leaves: Quantity::whole(75 * lots),
        lot: Quantity::whole(75),
        tick: Price(5_000_000),
        multiplier: 1,
        rates: ChargeRates::default(),
        due: Timestamp(0),
        rejected: false,
        draw: Draw::new(seed, "t3"),
    }
}

fn fills(spec: PaperSpec, side: Side, lots: i64) -> Vec<Fill> {
    let mut paper = Paper::new(spec);
    paper.orders.push(order(side, lots, spec.seed));
    let book = |_| Some(Quote { last: Some(Price::whole(100)), bid: None, ask: None });
    let mut all = Vec::new();
    for second in 0..1_000 {
        for input in paper.due(Timestamp::seconds(second), book) {
            if let Body::Order(OrderNews::Filled(fill)) = input.body {
                all.push(fill);
            }
        }
    }
    assert!(paper.is_idle());
    all
}

proptest! {
    #[test]
    fn an_order_fills_whole_in_lots_and_never_better_than_the_touch(
        seed in any::<u64>(), lots in 1i64..40, largest in 0u32..9, slippage in 0u32..5, buy in any::<bool>(),
    ) {
        let spec = PaperSpec { seed, largest_fill_lots: largest, slippage_ticks: slippage, ..PaperSpec::default() };
        let side = if buy { Side::Buy } else { Side::Sell };
        let made = fills(spec, side, lots);
        let sum: i64 = made.iter().map(|fill| fill.quantity.0).sum();
        prop_assert_eq!(sum, Quantity::whole(75 * lots).0);
        let tick = 5_000_000i64;
        for fill in &made {
            prop_assert_eq!(fill.quantity.0 % Quantity::whole(75).0, 0);
            let worse = (fill.price.0 - Price::whole(100).0) * side.sign();
            prop_assert!(worse >= tick && worse <= tick * (1 + i64::from(slippage)));
        }
        prop_assert_eq!(made, fills(spec, side, lots));
    }
}

#[test]
fn the_book_is_met_when_there_is_one() {
    let quote = Quote {
        last: Some(Price::whole(100)),
        bid: Some(Price::whole(99)),
        ask: Some(Price::whole(102)),
    };
    let spec = PaperSpec::default();
    assert_eq!(touch(&order(Side::Buy, 1, 1), quote, spec), Some(Price::whole(102)));
    assert_eq!(touch(&order(Side::Sell, 1, 1), quote, spec), Some(Price::whole(99)));
    assert_eq!(touch(&order(Side::Sell, 1, 1), Quote::default(), spec), None);
}

#[test]
fn without_a_price_an_order_waits_and_before_its_time_nothing_is_said() {
    let mut paper = Paper::new(PaperSpec::default());
    paper.orders.push(Order { due: Timestamp::seconds(5), ..order(Side::Buy, 1, 1) });
    let none = |_| None;
    let some = |_| Some(Quote { last: Some(Price::whole(100)), ..Quote::default() });
    assert_eq!(paper.next_due(), Some(Timestamp::seconds(5)));
    assert!(paper.due(Timestamp::seconds(4), some).is_empty());
    assert!(paper.due(Timestamp::seconds(6), none).is_empty());
    assert_eq!(paper.due(Timestamp::seconds(7), some).len(), 1);
    assert!(paper.is_idle());
}

/// An engine with one trade of 10 in an account whose orders a paper market fills.
struct Desk {
    engine: Engine,
    paper: Paper,
    now: i64,
}

const X: InstrumentId = InstrumentId(0);

impl Desk {
    fn new() -> Desk {
        let paper = Paper::new(PaperSpec::default());
        let mut desk = Desk { engine: Engine::new(), paper, now: 1_000_000 };
        desk.ask(Command::DefineInstrument(InstrumentSpec::new("X")));
        desk.ask(Command::OpenAccount(AccountSpec {
            name: "paper".into(),
            fills: FillMode::Orders,
            starting_balance: Money::rupees(10_000),
            external: ExternalPolicy::NewestFirst,
        }));
        desk.ask(Command::CreateStrategy(StrategySpec {
            name: "S".into(),
            capital: Money::rupees(10_000),
            exit_order: ExitOrder::ShortsFirst,
        }));
        desk.ask(Command::AddTrade(NewTrade {
            name: String::new(),
            strategy: StrategyId(0),
            account: AccountId(0),
            group: None,
            instrument: X,
            side: Side::Buy,
            quantity: Quantity::whole(10),
            entry: Entry::Filled { price: Price::whole(100) },
            rules: Vec::new(),
        }));
        desk
    }

    fn step(&mut self, body: Body) {
        let at = Timestamp::seconds(self.now);
        for event in self.engine.step(Input { at, body }) {
            self.paper.submit(&event, self.engine.state(), at);
        }
    }

    fn ask(&mut self, command: Command) {
        self.step(Body::Command { by: "test".into(), command });
    }

    fn settle(&mut self) {
        self.ask(Command::Settle { instrument: X, price: Price::whole(105) });
    }

    fn tell(&mut self, net: i64) {
        let net = Some(Quantity::whole(net));
        let (account, instrument) = (AccountId(0), X);
        self.step(Body::Order(OrderNews::Position { account, instrument, net }));
    }

    fn mark(&mut self) {
        self.now += 1;
        let tick = Tick::last(X, Timestamp::seconds(self.now), Price::whole(104));
        self.step(Body::Ticks(vec![tick]));
    }

    /// Lets the market answer all that it was told; gives each trade with what it holds then.
    fn answered(&mut self) -> Vec<(TradeStatus, Quantity)> {
        for _ in 0..10 {
            self.now += 1;
            let quote = Quote { last: Some(Price::whole(105)), ..Quote::default() };
            for input in self.paper.due(Timestamp::seconds(self.now), |_| Some(quote)) {
                self.step(input.body);
            }
        }
        assert!(self.paper.is_idle());
        self.engine.state().trade_views().map(|view| (view.status, view.open)).collect()
    }
}

const CLOSED: [(TradeStatus, Quantity); 1] = [(TradeStatus::Closed, Quantity::ZERO)];

#[test]
fn what_a_settlement_had_closed_was_sold_once_more() {
    let mut desk = Desk::new();
    desk.settle();
    assert_eq!(desk.answered(), CLOSED);
}

#[test]
fn the_exit_that_a_settlement_overtook_was_filled_all_the_same() {
    let mut desk = Desk::new();
    desk.mark();
    desk.ask(Command::ExitTrade { trade: TradeId(0), quantity: None, reason: "out".into() });
    desk.settle();
    assert_eq!(desk.answered(), CLOSED);
}

#[test]
fn an_increase_that_a_settlement_overtook_was_filled_all_the_same() {
    let mut desk = Desk::new();
    let (trade, quantity) = (TradeId(0), Quantity::whole(5));
    desk.ask(Command::Increase { trade, quantity, price: None });
    desk.settle();
    assert_eq!(desk.answered(), CLOSED);
}

#[test]
fn what_others_had_closed_was_sold_once_more() {
    for (net, left) in [(0, CLOSED[0]), (4, (TradeStatus::Open, Quantity::whole(4)))] {
        let mut desk = Desk::new();
        desk.mark();
        desk.tell(net);
        assert_eq!(desk.answered(), [left]);
    }
}

#[test]
fn an_exit_is_sold_once() {
    let mut desk = Desk::new();
    desk.mark();
    desk.ask(Command::ExitTrade { trade: TradeId(0), quantity: None, reason: "out".into() });
    assert_eq!(desk.answered(), CLOSED);
}

#[test]
fn an_increase_that_a_kill_overtook_was_bought_and_sold() {
    let mut desk = Desk::new();
    desk.mark();
    let (trade, quantity) = (TradeId(0), Quantity::whole(5));
    desk.ask(Command::Increase { trade, quantity, price: None });
    desk.ask(Command::Kill { reason: "enough".into() });
    let orders = desk.engine.state().orders_in_flight();
    assert!(orders.into_iter().all(|order| order.intent.is_some()), "a restart would buy it");
    assert_eq!(desk.answered(), CLOSED);
    let held = desk.engine.state().trade_view(trade).map(|view| view.quantity);
    assert_eq!(held, Some(Quantity::whole(10)));
}
