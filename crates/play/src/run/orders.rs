//! What a person does in the scenario, as commands of the engine.

use super::setup::provenance;
use super::{Note, Runner, note};
use crate::clock;
use crate::failure::Failure;
use crate::scenario::{Order, Scheduled, Target};
use highmark_engine::*;

impl Runner<'_> {
    /// When the next order of the schedule is due on this day.
    pub(super) fn next_order_at(&self) -> Option<Timestamp> {
        let scheduled = self.scenario.schedule.get(self.next_order)?;
        Some(clock::instant(self.day?, scheduled.time))
    }

    pub(super) fn operate(&mut self, index: usize, at: Timestamp) -> Result<(), Failure> {
        let scheduled = &self.scenario.schedule[index];
        let commands = match self.commands(scheduled) {
            Ok(commands) => commands,
            Err(message) => {
                self.notes.push(Note {
                    at,
                    about: scheduled.text.clone(),
                    code: "NOT_FOUND".into(),
                    message,
                    hint: "look at the state of that moment with `highmark explain`".into(),
                });
                return Ok(());
            }
        };
        for command in commands {
            let body = Body::Command { by: "operator".into(), command };
            for event in self.turn(Input { at, body })? {
                if let Event::Refused(refusal) = event {
                    self.notes.push(note(at, &scheduled.text, &refusal));
                }
            }
        }
        Ok(())
    }

    fn commands(&self, scheduled: &Scheduled) -> Result<Vec<Command>, String> {
        let reason = match scheduled.reason.as_str() {
            "" => scheduled.text.clone(),
            reason => reason.to_owned(),
        };
        let why = reason.clone();
        let by = || provenance("operator", &why);
        let instrument = |index: usize| self.ids.instruments[index];
        let one = match &scheduled.order {
            Order::Halt(target) => Command::Halt { scope: self.scope(*target)?, reason },
            Order::Resume(target) => Command::Resume { scope: self.scope(*target)?, reason },
            Order::Kill => Command::Kill { reason },
            Order::Release => Command::Release { reason },
            Order::Exit { target, quantity } => return self.exits(*target, *quantity, &reason),
            Order::Cancel(trade) => Command::CancelTrade { trade: self.trade(*trade)?, reason },
            Order::Increase { trade, quantity, price } => {
                Command::Increase { trade: self.trade(*trade)?, quantity: *quantity, price: *price }
            }
            Order::Roll { trade, into } => Command::Roll {
                trade: self.trade(*trade)?,
                into: instrument(*into),
                entry: Entry::AtMark,
            },
            Order::Reset(target) => match self.scope(*target)? {
                Scope::Strategy(strategy) => Command::ResetStrategy { strategy, reason },
                Scope::Trade(_) | Scope::Group(_) | Scope::Account(_) | Scope::System => {
                    return Err("a strategy or a rule is reset, nothing else".into());
                }
            },
            Order::ResetRule { rule, target } => {
                Command::ResetRule { rule: self.rule(rule, *target)?, reason }
            }
            Order::AddRule { target, rule } => Command::SetRule {
                scope: self.scope(*target)?,
                draft: rule.draft.clone(),
                provenance: by(),
            },
            Order::ChangeRule { rule, target, draft } => Command::ChangeRule {
                rule: self.rule(rule, *target)?,
                draft: draft.draft.clone(),
                provenance: by(),
            },
            Order::RemoveRule { rule, target } => {
                Command::RemoveRule { rule: self.rule(rule, *target)?, provenance: by() }
            }
            Order::Loosen { rule, target, to } => {
                Command::LoosenStop { rule: self.rule(rule, *target)?, to: *to, provenance: by() }
            }
            Order::Margin { target, amount } => {
                Command::SetMargin { scope: self.scope(*target)?, margin: *amount }
            }
            Order::Mark { instrument: index, price } => {
                Command::ManualMark { instrument: instrument(*index), price: *price }
            }
            Order::Settle { instrument: index, price } => {
                Command::Settle { instrument: instrument(*index), price: *price }
            }
            Order::Adjust { instrument: index, adjustment } => Command::AdjustInstrument {
                instrument: instrument(*index),
                adjustment: *adjustment,
            },
            Order::AcceptGap(index) => Command::AcceptGap { instrument: instrument(*index) },
            Order::Undo => Command::Undo { command: None },
            Order::Redo => Command::Redo,
        };
        Ok(vec![one])
    }

    fn trade(&self, index: usize) -> Result<TradeId, String> {
        let name = &self.scenario.trades[index].name;
        self.entries.id(index).ok_or_else(|| format!("trade \"{name}\" was not entered yet"))
    }

    fn scope(&self, target: Target) -> Result<Scope, String> {
        match target {
            Target::Trade(index) => self.trade(index).map(Scope::Trade),
            Target::Group(..) | Target::Strategy(_) | Target::Account(_) | Target::System => {
                self.ids.scope(target).ok_or_else(|| "there is no such scope".into())
            }
        }
    }

    /// The rule of that name on the target.
    fn rule(&self, name: &str, target: Target) -> Result<RuleId, String> {
        let state = self.engine.state();
        let scope = self.scope(target)?;
        let rules = match scope {
            Scope::Trade(trade) => state.trade_view(trade).map(|view| view.rules),
            Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => {
                state.scope_view(scope, Window::Session).map(|view| view.rules)
            }
        };
        let named = |id: &RuleId| {
            state.rule_view(*id).is_some_and(|view| !view.removed && view.rule.kind.name() == name)
        };
        let found = rules.unwrap_or_default().into_iter().find(named);
        found.ok_or_else(|| format!("there is no rule `{name}` there at that time"))
    }

    /// Every held trade of the target leaves, every pending one is cancelled.
    fn exits(
        &self,
        target: Target,
        quantity: Option<Quantity>,
        reason: &str,
    ) -> Result<Vec<Command>, String> {
        let scope = self.scope(target)?;
        let state = self.engine.state();
        let mut commands = Vec::new();
        for view in state.trade_views().filter(|view| stands_in(view, scope)) {
            let (trade, reason) = (view.id, reason.to_owned());
            if view.status.is_held() {
                commands.push(Command::ExitTrade { trade, quantity, reason });
            } else if view.status == TradeStatus::Pending {
                commands.push(Command::CancelTrade { trade, reason });
            }
        }
        if commands.is_empty() { Err("nothing is open there".into()) } else { Ok(commands) }
    }
}

fn stands_in(view: &TradeView, scope: Scope) -> bool {
    match scope {
        Scope::Trade(id) => view.id == id,
        Scope::Group(id) => view.group == Some(id),
        Scope::Strategy(id) => view.strategy == id,
        Scope::Account(id) => view.account == id,
        Scope::System => true,
    }
}
