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
    fn folding_the_journal_gives_the_live_state(inputs in garbage::life(LENGTH)) {
        let (live, turns) = run(&inputs);
        let mut folded = Engine::new();
        for event in turns.iter().flatten() {
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, event, "{}", text);
            folded.apply(&read);
        }
        prop_assert!(folded.state() == live.state());
        prop_assert_eq!(folded.state().hash(), live.state().hash());
        look_at_all(live.state());
    }

    #[test]
    fn a_state_that_was_written_down_goes_on_like_the_live_one(inputs in garbage::life(LENGTH)) {
        let (first, rest) = inputs.split_at(inputs.len() / 2);
        let mut live = run(first).0;
        let text = serde_json::to_string(live.state()).unwrap();
        let read: State = serde_json::from_str(&text).unwrap();
        prop_assert!(read == *live.state(), "{}", text);
        let mut carried = Engine::from_state(read);
        for input in rest {
            prop_assert_eq!(carried.step(input.clone()), live.step(input.clone()));
        }
        prop_assert!(carried.state() == live.state());
    }

    #[test]
    fn at_most_one_exit_is_decided_per_trade_and_input(inputs in garbage::life(LENGTH)) {
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
    fn mtm_is_cash_plus_value(inputs in garbage::life(LENGTH)) {
        let (engine, turns) = run(&inputs);
        check_books(engine.state(), &turns)?;
    }
}

const LENGTH: usize = 120;

fn cases() -> u32 {
    std::env::var("HIGHMARK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

/// Each scope's life mtm against the fills that the journal tells of and the marks in force.
fn check_books(state: &State, turns: &[Vec<Event>]) -> Result<(), TestCaseError> {
    let adjusted =
        turns.iter().flatten().any(|event| matches!(event, Event::InstrumentAdjusted { .. }));
    let fills = fills_in_force(turns);
    let mut total = Money::ZERO;
    for trade in state.trade_views() {
        let spec = state.instruments().find(|(id, _)| *id == trade.instrument).unwrap().1;
        let (mut cash, mut held) = (Money::ZERO, 0i64);
        for fill in fills.iter().filter(|fill| fill.trade == trade.id) {
            let value = fill.quantity.value(fill.price, spec.multiplier);
            (cash, held) = match fill.side {
                Side::Buy => (cash - value, held + fill.quantity.0),
                Side::Sell => (cash + value, held - fill.quantity.0),
            };
        }
        if !adjusted {
            prop_assert_eq!(held * trade.side.sign(), trade.open.0, "{:?}", trade);
            if let Some(mark) = trade.mark.or((held == 0).then_some(Price::ZERO)) {
                let worth = cash + Quantity(held).value(mark, spec.multiplier);
                prop_assert_eq!(worth, trade.mtm, "{:?}", trade);
            }
        }
        total += trade.mtm;
    }
    let mtm = |scope| state.scope_view(scope, Window::Life).unwrap().mtm;
    let accounts: Money = state.accounts().map(|(id, _)| mtm(Scope::Account(id))).sum();
    let strategies: Money = state.strategies().map(|(id, _)| mtm(Scope::Strategy(id))).sum();
    prop_assert_eq!(total, accounts, "the accounts hold all trades");
    prop_assert_eq!(total, strategies, "the strategies hold all trades");
    prop_assert_eq!(total, mtm(Scope::System));
    Ok(())
}

/// All fills but those of trades that were taken back after them.
fn fills_in_force(turns: &[Vec<Event>]) -> Vec<&Fill> {
    let mut fills: Vec<&Fill> = Vec::new();
    let mut added = std::collections::BTreeMap::new();
    for turn in turns {
        let mut accepted = None;
        for event in turn {
            match event {
                Event::Accepted { command, .. } => accepted = Some(*command),
                Event::TradeAdded { trade, .. } => {
                    added.insert(accepted, *trade);
                }
                Event::Undone { command } => {
                    fills.retain(|fill| Some(&fill.trade) != added.get(&Some(*command)));
                }
                Event::Filled(fill) => fills.push(fill),
                _ => {}
            }
        }
    }
    fills
}
