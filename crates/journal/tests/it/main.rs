//! The journal's tests: what is written is read again, through every loss that can be made.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod books;
mod carries;
mod codec;
mod copies;
mod crashes;
mod damage;
mod emergencies;
#[path = "../../../engine/tests/it/garbage.rs"]
#[allow(dead_code, reason = "the engine's own strategies, of which not all are needed here")]
mod garbage;
#[path = "../../../engine/tests/it/garbage_rules.rs"]
mod garbage_rules;
mod golden;
mod life;
mod rollings;
mod what_ifs;

/// What the engine's strategies ask of the script that they live beside.
mod script {
    use highmark_engine::{ExitOrder, Money, StrategySpec};

    pub(crate) fn strategy(name: &str) -> StrategySpec {
        StrategySpec {
            name: name.into(),
            capital: Money::rupees(100_000),
            exit_order: ExitOrder::default(),
        }
    }
}
