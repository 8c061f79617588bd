//! What if: other parameters over the recorded market, with recorded and made fills.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::what_if::{Changes, what_if};
use highmark_journal::*;

fn recorded(turns: &[Turn]) -> impl Iterator<Item = Result<Turn, JournalError>> + '_ {
    turns.iter().cloned().map(Ok)
}

fn exits(engine: &Engine) -> Vec<Option<Timestamp>> {
    engine.state().trade_views().map(|trade| trade.closed_at).collect()
}

fn changes(texts: &[&str]) -> Changes {
    Changes::new(texts.iter().map(|text| text.parse().unwrap()).collect())
}

#[test]
fn with_nothing_changed_everything_happens_as_it_did() {
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(900));
    let same = what_if(Engine::new(), recorded(&turns), &mut |_| false).unwrap();
    assert_eq!((same.altered, same.differing, same.dropped, same.made), (0, 0, 0, 0));
    assert!(same.engine.state() == engine.state());
    assert!(same.recorded.state() == engine.state());
}

#[test]
fn a_wider_trail_exits_later() {
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(900));
    let mut changes = changes(&["trail.by.points=30"]);
    let wider =
        what_if(Engine::new(), recorded(&turns), &mut |input| changes.alter(input)).unwrap();
    assert_eq!(wider.altered, 3);
    assert!(wider.differing > 0);
    for (now, then) in exits(&wider.engine).iter().zip(exits(&engine)) {
        assert!(now.is_none() || *now > then, "{now:?} {then:?}");
    }
    assert!(wider.recorded.state() == engine.state());
    assert_eq!(changes.made().map(|(_, times)| times).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_change_that_cannot_be_made_is_told() {
    let mut input = inputs(1).remove(3);
    let before = input.clone();
    let mut wrong = changes(&["trail.by.points=wide", "keep.fraction=0.5", "options.strict=true"]);
    assert!(wrong.alter(&mut input));
    assert_ne!(input, before);
    assert_eq!(wrong.refused().len(), 1, "{:?}", wrong.refused());
    assert_eq!(wrong.made().map(|(_, times)| times).collect::<Vec<_>>(), [0, 0, 1]);
    for text in ["trail", "=5", "trail=5", "a..b=1"] {
        assert!(text.parse::<what_if::Change>().is_err(), "{text}");
    }
}

/// The same book in an account of orders, where a broker fills each order three ticks later.
fn with_a_broker(ticks: i64) -> (Engine, Vec<Turn>) {
    let mut engine = Engine::new();
    let mut all = Vec::new();
    let mut orders: Vec<(usize, Fill)> = Vec::new();
    let mut number = 0;
    for (now, mut input) in inputs(ticks).into_iter().enumerate() {
        if let Body::Command { command: Command::OpenAccount(spec), .. } = &mut input.body {
            spec.fills = FillMode::Orders;
        }
        if let Body::Command { command: Command::AddTrade(new), .. } = &mut input.body {
            new.entry = Entry::AtMark;
        }
        let mut step = |engine: &mut Engine, input: Input, orders: &mut Vec<(usize, Fill)>| {
            let turn = Turn::new(input.clone(), engine.step(input));
            for event in &turn.events {
                let (trade, side, quantity) = match event {
                    Event::EntryDecided { trade, quantity } => (*trade, Side::Buy, *quantity),
                    Event::ExitDecided { intent, quantity, .. } => {
                        (intent.trade, Side::Sell, *quantity)
                    }
                    _ => continue,
                };
                number += 1;
                let price = engine.state().mark(InstrumentId(0)).unwrap_or(Price::whole(20_000));
                let id = format!("b{number}");
                let fill = Fill {
                    id,
                    trade,
                    side,
                    quantity,
                    price,
                    charges: Money::rupees(20),
                    at: turn.at(),
                };
                orders.push((now + 3, fill));
            }
            all.push(turn);
        };
        let at = input.at;
        step(&mut engine, input, &mut orders);
        let ready: Vec<Fill> = orders
            .iter()
            .filter(|(when, _)| *when <= now + 1)
            .map(|(_, fill)| fill.clone())
            .collect();
        orders.retain(|(when, _)| *when > now + 1);
        for fill in ready {
            step(
                &mut engine,
                Input { at, body: Body::Order(OrderNews::Filled(fill)) },
                &mut orders,
            );
        }
    }
    (engine, all)
}

#[test]
fn news_of_orders_that_would_not_be_sent_is_dropped_and_missing_fills_are_made() {
    let (engine, turns) = with_a_broker(900);
    let same = what_if(Engine::new(), recorded(&turns), &mut |_| false).unwrap();
    assert_eq!((same.differing, same.dropped, same.made), (0, 0, 0));
    assert!(same.engine.state() == engine.state());

    let mut changes = changes(&["trail.by.points=6"]);
    let tighter =
        what_if(Engine::new(), recorded(&turns), &mut |input| changes.alter(input)).unwrap();
    assert_eq!(tighter.altered, 3);
    assert!(
        tighter.made > 0 && tighter.dropped == tighter.made,
        "{} {}",
        tighter.made,
        tighter.dropped
    );
    let state = tighter.engine.state();
    assert!(state.trade_views().all(|trade| trade.open == Quantity::ZERO));
    for (now, then) in exits(&tighter.engine).iter().zip(exits(&engine)) {
        assert!(*now < then, "{now:?} {then:?}");
    }
}
