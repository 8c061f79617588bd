//! What the paper market promises, on orders made by hand.

use super::*;
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
