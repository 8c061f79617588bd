//! What the cases say, in the engine's words: sides and rules.

use highmark_engine::*;

/// What is given with a change that loosens.
pub(crate) fn reason() -> Provenance {
    Provenance { by: "published".into(), reason: "as the case says".into() }
}

/// The side of the trade that an order of `order_side` closes.
pub(crate) fn closed_by(order_side: &str) -> Side {
    match order_side {
        "BUY" => Side::Sell,
        "SELL" => Side::Buy,
        other => panic!("no such side: {other}"),
    }
}

/// The side of a trade.
pub(crate) fn side(text: &str) -> Side {
    match text {
        "BUY" | "long" => Side::Buy,
        "SELL" | "short" => Side::Sell,
        other => panic!("no such side: {other}"),
    }
}

/// A price so far from `price` that a stop at `price` protects a trade entered there.
pub(crate) fn beyond(side: Side, price: Price, by: Price) -> Price {
    Price(price.0 + by.0 * side.sign())
}

pub(crate) fn stop_at(price: Price) -> RuleDraft {
    PriceRule::StopLoss { at: Place::Price(price) }.into()
}

pub(crate) fn trail(by: Distance) -> RuleDraft {
    PriceRule::Trail { by, arm_at: None }.into()
}

pub(crate) fn armed_trail(by: Distance, arm_at: ArmAt) -> RuleDraft {
    PriceRule::Trail { by, arm_at: Some(arm_at) }.into()
}

/// The rule only alerts: its level is followed, its trade stays.
pub(crate) fn alerting(mut draft: RuleDraft) -> RuleDraft {
    draft.options.action = Some(Action::Alert);
    draft
}
