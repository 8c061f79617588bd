//! Price rules on random paths: stops never loosen, and a long mirrors a short.

use crate::garbage;
use crate::script::Script;
use highmark_engine::*;
use proptest::prelude::*;

/// What became of one trade: its stop and target after each tick, and the price at which it left.
type Story = Vec<(TradeStatus, Option<Price>, Option<Price>, Option<Price>)>;

/// A trade at 100 (at -100 when mirrored) with `rules`, followed along a path of steps around it.
fn story(side: Side, rules: Vec<PriceRule>, path: &[i64], mirrored: bool) -> Option<Story> {
    let price = |price: Price| if mirrored { Price(-price.0) } else { price };
    let mut script = Script::new();
    let checks = Checks { allow_negative: true, ..Checks::default() };
    script.define(InstrumentSpec { checks, ..InstrumentSpec::new("X") });
    let rules = rules.into_iter().map(|rule| if mirrored { mirror(rule) } else { rule });
    script.command(Command::AddTrade(NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(0),
        side,
        quantity: Quantity::whole(3),
        entry: Entry::Filled { price: price(Price::whole(100)) },
        rules: rules.map(RuleDraft::from).collect(),
    }));
    script.engine.state().trade_view(TradeId(0))?;
    let mut story = Vec::new();
    for step in path {
        script.at += 1;
        let last = price(Price(100 * UNIT + step * 5_000_000));
        let tick = Tick::last(InstrumentId(0), Timestamp::seconds(script.at), last);
        script.step(Body::Ticks(vec![tick]));
        let trade = script.trade(0);
        let told = |level: Option<Price>| level.map(price);
        story.push((trade.status, told(trade.stop), told(trade.target), told(trade.exit)));
    }
    Some(story)
}

/// The same rule for prices with the other sign.
fn mirror(rule: PriceRule) -> PriceRule {
    let price = |price: Price| Price(price.0.saturating_neg());
    let place = |place: Place| match place {
        Place::Price(at) => Place::Price(price(at)),
        far => far,
    };
    let arming = |at: Option<ArmAt>| match at {
        Some(ArmAt::Price(at)) => Some(ArmAt::Price(price(at))),
        other => other,
    };
    match rule {
        PriceRule::StopLoss { at } => PriceRule::StopLoss { at: place(at) },
        PriceRule::Target { at } => PriceRule::Target { at: place(at) },
        PriceRule::Trail { by, arm_at } => PriceRule::Trail { by, arm_at: arming(arm_at) },
        PriceRule::Keep { fraction, arm_at } => {
            PriceRule::Keep { fraction, arm_at: arming(arm_at) }
        }
        PriceRule::Step { start, every, by, from } => {
            PriceRule::Step { start: place(start), every, by, from: from.map(price) }
        }
        other => other,
    }
}

fn rules() -> impl Strategy<Value = Vec<PriceRule>> {
    prop::collection::vec(garbage::price_rule(), 1..3)
}

fn path() -> impl Strategy<Value = Vec<i64>> {
    let moves = prop::collection::vec(-40i64..41, 1..60);
    moves.prop_map(|moves| {
        moves.into_iter().scan(0, |at, step| Some(std::mem::replace(at, *at + step))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stops_never_loosen(rules in rules(), path in path(), side in prop::sample::select(vec![Side::Buy, Side::Sell])) {
        let Some(story) = story(side, rules, &path, false) else { return Ok(()) };
        let stops = story.iter().filter_map(|(_, stop, ..)| *stop).map(|stop| stop.0 * side.sign());
        let stops: Vec<i64> = stops.collect();
        prop_assert!(stops.is_sorted(), "{:?}", stops);
        let lost = story.windows(2).any(|pair| pair[0].1.is_some() && pair[1].1.is_none());
        prop_assert!(!lost, "a stop that stands goes on standing");
    }

    #[test]
    fn a_long_mirrors_a_short(rules in rules(), path in path()) {
        let long = story(Side::Buy, rules.clone(), &path, false);
        let short = story(Side::Sell, rules, &path, true);
        prop_assert_eq!(long, short);
    }
}
