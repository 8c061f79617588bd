//! The engine is asked about everything that it can judge before a tick has come.

use super::diagnostics::Diagnostic;
use super::model::Scenario;
use super::reader::Problems;
use crate::run::setup::{self, Place};
use highmark_engine::*;

/// Sets the scenario up in an engine of its own and tells what that engine refuses.
///
/// Every account takes orders there, so that a trade can stand without a price.
pub(super) fn ask_the_engine(scenario: &Scenario, problems: &mut Problems) {
    let mut engine = Engine::new();
    let mut trial = scenario.clone();
    for account in &mut trial.accounts {
        account.spec.fills = FillMode::Orders;
    }
    let mut refused = |place: &Place<'_>, refusal: Refusal| problems.0.push(told(place, refusal));
    let mut step = |command| {
        let body = Body::Command { by: "scenario".into(), command };
        engine.step(Input { at: Timestamp::default(), body })
    };
    let ids = setup::set_up(&trial, &mut step, &mut refused);
    for trade in &trial.trades {
        let place = Place { at: trade.at, path: &trade.path };
        let new = NewTrade { rules: Vec::new(), ..setup::new_trade(trade, &ids, Entry::AtMark) };
        let events = step(Command::AddTrade(new));
        let added = events.iter().find_map(|event| match event {
            Event::TradeAdded { trade, .. } => Some(*trade),
            _ => None,
        });
        setup::tell(&place, &events, &mut refused);
        let Some(id) = added else { continue };
        setup::set_rules(&trade.rules, Scope::Trade(id), &mut step, &mut refused);
    }
}

fn told(place: &Place<'_>, refusal: Refusal) -> Diagnostic {
    let field = if refusal.field.is_empty() {
        place.path.to_owned()
    } else {
        format!("{}.{}", place.path, refusal.field)
    };
    Diagnostic::new(place.at, field, refusal.message, refusal.hint)
}
