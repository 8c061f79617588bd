//! What must hold of the engine alone, whatever the oracle says.

use highmark_engine::{
    Command, CommandId, Event, InstrumentId, Money, Price, RuleId, Side, State, TradeId,
};
use std::collections::BTreeMap;

/// Follows the facts: cash by trade, levels by rule.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    multipliers: BTreeMap<InstrumentId, u32>,
    instruments: BTreeMap<TradeId, (InstrumentId, Side)>,
    cash: BTreeMap<TradeId, Money>,
    levels: BTreeMap<RuleId, Price>,
    adjusted: bool,
    /// The trades that commands have added: one that is taken back has no cash.
    added_by: BTreeMap<CommandId, TradeId>,
}

impl Watch {
    /// Takes the facts of one input.
    pub fn turn(&mut self, events: &[Event]) -> Result<(), String> {
        let mut exits: BTreeMap<TradeId, u32> = BTreeMap::new();
        let mut adding = None;
        for event in events {
            match event {
                Event::InstrumentDefined { instrument, spec } => {
                    self.multipliers.insert(*instrument, spec.multiplier);
                }
                Event::InstrumentAdjusted { .. } => self.adjusted = true,
                Event::Accepted { command, what, .. } => {
                    adding = matches!(**what, Command::AddTrade(_)).then_some(*command);
                }
                Event::Undone { command } => {
                    self.levels.clear();
                    if let Some(trade) = self.added_by.remove(command) {
                        self.cash.remove(&trade);
                    }
                }
                Event::TradeAdded { trade, new, .. } => {
                    if let Some(command) = adding {
                        self.added_by.insert(command, *trade);
                    }
                    self.instruments.insert(*trade, (new.instrument, new.side));
                }
                Event::Filled(fill) => self.pay(fill),
                Event::ExitDecided { intent, .. } => {
                    let count = exits.entry(intent.trade).or_default();
                    *count += 1;
                    if *count > 1 {
                        return Err(format!("two exits of {} in one input", intent.trade));
                    }
                }
                Event::StopLoosened { rule, .. }
                | Event::RuleChanged { rule, .. }
                | Event::RuleRemoved { rule, .. } => {
                    self.levels.remove(rule);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn pay(&mut self, fill: &highmark_engine::Fill) {
        let Some((instrument, _)) = self.instruments.get(&fill.trade) else { return };
        let multiplier = self.multipliers.get(instrument).copied().unwrap_or(1);
        let value = fill.quantity.value(fill.price, multiplier);
        let cash = self.cash.entry(fill.trade).or_default();
        match fill.side {
            Side::Buy => *cash -= value,
            Side::Sell => *cash += value,
        }
    }

    /// Looks at the figures: mtm is cash plus value, and no level has loosened.
    pub fn look(&mut self, state: &State) -> Result<(), String> {
        if self.adjusted {
            return Ok(());
        }
        for view in state.trade_views() {
            let Some(cash) = self.cash.get(&view.id) else { continue };
            let multiplier = self.multipliers.get(&view.instrument).copied().unwrap_or(1);
            let value = match view.mark {
                Some(mark) => view.open.value(mark, multiplier),
                None if view.open.0 == 0 => Money::ZERO,
                None => continue,
            };
            let signed = if view.side == Side::Buy { value } else { -value };
            if *cash + signed != view.mtm {
                let id = view.id;
                return Err(format!("{id}: cash {cash} plus value {signed} is not {}", view.mtm));
            }
            for id in view.rules.iter().filter(|_| view.status.is_held()) {
                self.look_at_level(state, *id, view.side)?;
            }
        }
        Ok(())
    }

    fn look_at_level(&mut self, state: &State, id: RuleId, side: Side) -> Result<(), String> {
        use highmark_engine::{RuleKind, Watch as Follows};
        let Some(view) = state.rule_view(id) else { return Ok(()) };
        let fixed = view.rule.kind == RuleKind::PriceTarget
            || view.draft.options.watch == Follows::Underlying
            || view.fired.is_some();
        let (Some(level), false) = (view.level, fixed) else { return Ok(()) };
        if let Some(before) = self.levels.insert(id, level) {
            let loosened = match side {
                Side::Buy => level < before,
                Side::Sell => level > before,
            };
            if loosened {
                return Err(format!("the stop of {id} loosened from {before} to {level}"));
            }
        }
        Ok(())
    }
}
