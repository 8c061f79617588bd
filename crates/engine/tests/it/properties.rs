//! What holds whatever comes in: nothing panics, folding the journal gives the live state, at most one exit per trade and input.

use crate::garbage;
use highmark_engine::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn run(inputs: &[Input]) -> (Engine, Vec<Vec<Event>>) {
    let mut engine = Engine::new();
    let turns = inputs.iter().map(|input| engine.step(input.clone())).collect();
    (engine, turns)
}

/// Looks at everything that can be looked at.
fn look_at_all(state: &State) {
    for id in 0..state.trade_count() {
        let _ = format!("{:?}", state.trade_view(TradeId(id)));
    }
    for id in 0..state.rule_count() {
        let _ = format!("{:?}", state.rule_view(RuleId(id)));
    }
    let trades = (0..state.trade_count()).map(|id| Scope::Trade(TradeId(id)));
    let others = [
        Scope::Strategy(StrategyId(0)),
        Scope::Strategy(StrategyId(1)),
        Scope::Account(AccountId(0)),
        Scope::Account(AccountId(1)),
        Scope::Group(GroupId(0)),
        Scope::System,
    ];
    for scope in trades.chain(others) {
        let _ = format!("{:?}", state.scope_view(scope, Window::Session));
        let _ = format!("{:?}", state.scope_view(scope, Window::Life));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_the_journal_gives_the_live_state(inputs in garbage::life(60)) {
        let (live, turns) = run(&inputs);
        let mut folded = Engine::new();
        for event in turns.iter().flatten() {
            folded.apply(event);
        }
        prop_assert!(folded.state() == live.state());
        prop_assert_eq!(folded.state().hash(), live.state().hash());
        look_at_all(live.state());
    }

    #[test]
    fn at_most_one_exit_is_decided_per_trade_and_input(inputs in garbage::life(60)) {
        for turn in run(&inputs).1 {
            let mut exited = BTreeSet::new();
            for event in turn {
                if let Event::ExitDecided { intent, .. } = event {
                    prop_assert!(exited.insert(intent.trade), "{}", intent.trade);
                }
            }
        }
    }

    #[test]
    fn mtm_is_cash_plus_value(inputs in garbage::life(60)) {
        let (engine, turns) = run(&inputs);
        check_books(engine.state(), &turns)?;
    }
}

fn cases() -> u32 {
    std::env::var("HIGHMARK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

/// Each scope's life mtm against the fills that the journal tells of and the marks in force.
fn check_books(state: &State, turns: &[Vec<Event>]) -> Result<(), TestCaseError> {
    let adjusted =
        turns.iter().flatten().any(|event| matches!(event, Event::InstrumentAdjusted { .. }));
    let (mut total, mut system) = (Money::ZERO, Money::ZERO);
    for trade in state.trade_views() {
        let undone = trade.status_reason.as_deref() == Some("undone");
        let fills = turns.iter().flatten().filter_map(|event| match event {
            Event::Filled(fill) if fill.trade == trade.id && !undone => Some(fill),
            _ => None,
        });
        let multiplier =
            state.instruments().find(|(id, _)| *id == trade.instrument).unwrap().1.multiplier;
        let (mut cash, mut held) = (Money::ZERO, 0i64);
        for fill in fills {
            let value = fill.quantity.value(fill.price, multiplier);
            (cash, held) = match fill.side {
                Side::Buy => (cash - value, held + fill.quantity.0),
                Side::Sell => (cash + value, held - fill.quantity.0),
            };
        }
        if !adjusted {
            prop_assert_eq!(held * trade.side.sign(), trade.open.0, "{:?}", trade);
            if let Some(mark) = trade.mark.or((held == 0).then_some(Price::ZERO)) {
                let worth = cash + Quantity(held).value(mark, multiplier);
                prop_assert_eq!(worth, trade.mtm, "{:?}", trade);
            }
        }
        total += trade.mtm;
    }
    for (id, _) in state.accounts() {
        system += state.scope_view(Scope::Account(id), Window::Life).unwrap().mtm;
    }
    prop_assert_eq!(total, system, "the accounts hold all trades");
    prop_assert_eq!(total, state.scope_view(Scope::System, Window::Life).unwrap().mtm);
    let strategies: Money = state
        .strategies()
        .map(|(id, _)| state.scope_view(Scope::Strategy(id), Window::Life).unwrap().mtm)
        .sum();
    prop_assert_eq!(total, strategies, "the strategies hold all trades");
    Ok(())
}
