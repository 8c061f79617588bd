//! What must hold for any numbers: slices, protected limits, charges, formats.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Money, Price, Quantity, Side};
use highmark_market::{
    Deal, Dealing, Exchange, Kind, Market, Order, Range, Segment, format, slices,
};
use proptest::prelude::*;
use std::sync::LazyLock;

static MARKET: LazyLock<Market> = LazyLock::new(|| Market::embedded().unwrap());

const DAY: Day = Day(20_261_120);

proptest! {
    /// Nothing is lost or added; every order is whole lots and within the freeze quantity; none could be larger.
    #[test]
    fn slices_add_up(quantity in 1i64..2_000_000, lot in 1i64..2_000, freeze in prop::option::of(1i64..20_000)) {
        let whole = Quantity::whole;
        let cut = slices(whole(quantity), whole(lot), freeze.map(whole));
        let Some(cut) = cut else {
            prop_assert!(freeze.is_some_and(|freeze| freeze < lot));
            return Ok(());
        };
        let orders: Vec<i64> = cut.iter().map(|order| order.0).collect();
        prop_assert_eq!(orders.len() as u64, cut.count());
        prop_assert_eq!(orders.iter().sum::<i64>() + cut.odd.0, whole(quantity).0);
        prop_assert!(cut.odd < whole(lot));
        for (index, order) in orders.iter().enumerate() {
            prop_assert!(*order > 0 && order % whole(lot).0 == 0);
            let Some(freeze) = freeze else { continue };
            prop_assert!(*order <= whole(freeze).0);
            if index + 1 < orders.len() {
                prop_assert!(order + whole(lot).0 > whole(freeze).0, "an order is smaller than need be");
            }
        }
        if freeze.is_none() {
            prop_assert!(orders.len() <= 1);
        }
    }

    /// A protected limit is on the tick, on the far side of the last price, and never beyond the exchange's range.
    #[test]
    fn limits_stay_within_their_protection(paise in 5i64..10_000_000, buy in any::<bool>()) {
        let side = if buy { Side::Buy } else { Side::Sell };
        let tick: Price = "0.05".parse().unwrap();
        let last = Price(paise * 1_000_000 / tick.0 * tick.0);
        let kind = Kind::IndexOption;
        let limit = MARKET.protected_limit("zerodha", kind, side, last, tick, DAY).unwrap().value;
        prop_assert_eq!(limit.0 % tick.0, 0);
        prop_assert!(limit > Price::ZERO);
        let range = MARKET.price_range(Exchange::Nse, kind, last, DAY).unwrap().value;
        match side {
            Side::Buy => prop_assert!(limit >= last && limit <= range.high),
            Side::Sell => prop_assert!(limit <= last && limit >= range.low),
        }
        prop_assert_eq!(range.clamp(side, limit, tick), Some(limit));
    }

    #[test]
    fn a_clamped_price_is_taken(low in 0i64..10_000, width in 0i64..10_000, wanted in 1i64..30_000, tick in 1i64..200, buy in any::<bool>()) {
        let side = if buy { Side::Buy } else { Side::Sell };
        let range = Range { low: Price(low), high: Price(low + width) };
        if let Some(price) = range.clamp(side, Price(wanted), Price(tick)) {
            prop_assert_eq!(price.0 % tick, 0);
            match side {
                Side::Buy => prop_assert!(price <= range.high && price.0 <= wanted),
                Side::Sell => prop_assert!(price >= range.low && price.0 >= wanted),
            }
        }
    }

    /// Lines are whole paise and sum up; the engine's rates are never more than the roundings below the note.
    #[test]
    fn charges_add_up(bought in 0i64..50_000_000, sold in 0i64..50_000_000) {
        let segments = [Segment::Delivery, Segment::Intraday, Segment::Futures, Segment::Options];
        for segment in segments {
            let dealing = Dealing { exchange: Exchange::Nse, segment, plan: "discount", day: DAY };
            let order = |deal, value| Order { deal, value: Money::rupees(value) };
            let orders = [order(Deal::Buy, bought), order(Deal::Sell, sold)];
            let charges = MARKET.charges(dealing, &orders).unwrap();
            let sum: Money = charges.lines.iter().map(|line| line.amount.value).sum();
            prop_assert_eq!(sum, charges.total);
            prop_assert!(charges.lines.iter().all(|line| line.amount.value.rounded(2) == line.amount.value));
            let rates = MARKET.charge_rates(dealing, None).unwrap().rates;
            let part = |value: i64, ppb: u32| Money::rupees(value).scaled(ppb.into(), 1_000_000_000);
            let engine = rates.per_order + rates.per_order + part(bought, rates.buy_ppb) + part(sold, rates.sell_ppb);
            prop_assert!(engine + Money::rupees(1) > charges.total, "{engine} {}", charges.total);
        }
    }

    /// Taking the commas out of a format gives the amount back.
    #[test]
    fn rupees_keep_the_amount(paise in -1_000_000_000_000i128..1_000_000_000_000) {
        let text = format::rupees(Money(paise * 100_000_000_000_000));
        let plain: String = text.chars().filter(|c| c.is_ascii_digit()).collect();
        prop_assert_eq!(plain.parse::<i128>().unwrap(), paise.abs());
        prop_assert_eq!(text.starts_with(format::MINUS), paise < 0);
    }
}
