//! Commands: each accepted whole or refused whole, then carried out.

mod control;
mod define;
mod trades;

use super::refuse;
use crate::Engine;
use crate::event::{Event, Refusal, RefusalCode};
use crate::ids::*;
use crate::input::{Command, MANUAL};
use crate::money::{LARGEST, Price};
use crate::rules::spec::{Provenance, RuleDraft};
use crate::state::State;
use crate::tick::Tick;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

impl Engine {
    pub(crate) fn command(&mut self, by: String, command: Command) {
        self.asked_by.clone_from(&by);
        let outcome = match &command {
            Command::Undo { .. } | Command::Redo => self.undo_or_redo(&by, &command),
            _ => check(&self.state, &command),
        };
        match (outcome, command) {
            (Err(refusal), command) => {
                self.emit(Event::Refused(Refusal { by, what: Some(Box::new(command)), ..refusal }));
            }
            (Ok(()), Command::Undo { .. } | Command::Redo) => {}
            (Ok(()), command) => {
                self.accept(by, &command);
                self.carry_out(command);
            }
        }
    }

    fn accept(&mut self, by: String, command: &Command) {
        let id = CommandId(self.state.history.next);
        self.emit(Event::Accepted { command: id, by, what: Box::new(command.clone()) });
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Configure(profile) => self.emit(Event::Configured(profile)),
            Command::DefineInstrument(spec) => {
                let instrument = InstrumentId(next(self.state.instruments.len()));
                self.emit(Event::InstrumentDefined { instrument, spec: spec.into() });
            }
            Command::AdjustInstrument { instrument, adjustment } => {
                self.emit(Event::InstrumentAdjusted { instrument, adjustment });
            }
            Command::AcceptGap { instrument } => self.emit(Event::GapAccepted { instrument }),
            Command::Settle { instrument, price } => self.settle_instrument(instrument, price),
            Command::OpenAccount(spec) => {
                let account = AccountId(next(self.state.accounts.len()));
                self.emit(Event::AccountOpened { account, spec });
            }
            Command::SetMargin { scope, margin } => self.emit(Event::MarginSet { scope, margin }),
            Command::CreateStrategy(spec) => {
                let strategy = StrategyId(next(self.state.strategies.len()));
                self.emit(Event::StrategyCreated { strategy, spec });
            }
            Command::EditStrategy { strategy, spec } => {
                self.emit(Event::StrategyEdited { strategy, spec })
            }
            Command::CreateGroup { strategy, name } => {
                let group = GroupId(next(self.state.groups.len()));
                self.emit(Event::GroupCreated { group, strategy, name });
            }
            Command::AddTrade(new) => {
                self.add_trade(new, 0, None);
            }
            Command::Increase { trade, quantity, price } => self.increase(trade, quantity, price),
            Command::CancelTrade { trade, reason } => {
                self.emit(Event::TradeCancelled { trade, reason })
            }
            Command::ExitTrade { trade, quantity, reason } => {
                self.exit_by_hand(trade, quantity, reason)
            }
            Command::ReEnter { trade, entry } => self.re_enter(trade, entry),
            Command::Roll { trade, into, entry } => self.roll(trade, into, entry),
            Command::SetRule { scope, draft, provenance } => {
                self.set_rule(scope, draft, provenance)
            }
            Command::ChangeRule { rule, draft, provenance } => {
                let version = self.state.rule(rule).version + 1;
                let draft = Box::new(draft);
                self.emit(Event::RuleChanged { rule, version, draft, provenance });
                self.look_after_change(rule);
            }
            Command::RemoveRule { rule, provenance } => {
                self.emit(Event::RuleRemoved { rule, provenance })
            }
            Command::LoosenStop { rule, to, provenance } => {
                let from = self.state.rule_view(rule).and_then(|view| view.level);
                self.emit(Event::StopLoosened { rule, from, to, provenance });
            }
            Command::ResetRule { rule, reason } => self.emit(Event::RuleReset { rule, reason }),
            Command::ResetStrategy { strategy, reason } => self.reset_strategy(strategy, reason),
            Command::Halt { scope, reason } => self.emit(Event::Halted { scope, reason }),
            Command::Resume { scope, reason } => self.emit(Event::Resumed { scope, reason }),
            Command::Kill { reason } => self.kill(reason),
            Command::Release { reason } => self.emit(Event::Released { reason }),
            Command::ManualMark { instrument, price } => {
                let tick = Tick { source: MANUAL, ..Tick::last(instrument, self.state.now, price) };
                self.take(tick);
            }
            // It is accepted, and that is all.
            Command::Undo { .. } | Command::Redo | Command::Note { .. } => {}
        }
    }

    /// Carries out a command that was undone once more, under a new id.
    pub(crate) fn carry_out_again(&mut self, by: String, command: Command) -> Result<(), Refusal> {
        check(&self.state, &command)?;
        let last = self.state.history.undone.last().map_or(CommandId(0), |done| done.command);
        self.emit(Event::Redone { command: last });
        self.accept(by, &command);
        self.carry_out(command);
        Ok(())
    }

    pub(crate) fn set_rule(&mut self, scope: Scope, draft: RuleDraft, provenance: Provenance) {
        let rule = RuleId(next(self.state.rules.len()));
        self.emit(Event::RuleSet { rule, scope, draft: Box::new(draft), provenance });
        self.look_after_change(rule);
    }

    /// A rule set or changed by force may be in breach already: it is judged at once.
    fn look_after_change(&mut self, rule: RuleId) {
        let rule = self.state.rule(rule);
        if let (Scope::Trade(trade), Some(_), true) =
            (rule.scope, rule.price_rule(), rule.options().force)
        {
            self.look_at_trade(trade, super::trades::Look::Rules(&[rule.id].into()));
        }
    }
}

/// Whether the command can be carried out as it stands.
fn check(state: &State, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::Configure(_)
        | Command::CreateStrategy(_)
        | Command::OpenAccount(_)
        | Command::DefineInstrument(_) => define::check(state, command),
        Command::EditStrategy { strategy, spec } => {
            known(state, Scope::Strategy(*strategy))?;
            define::check_strategy(state, spec, Some(*strategy))
        }
        Command::CreateGroup { strategy, name } => {
            known(state, Scope::Strategy(*strategy))?;
            define::check_group(state, *strategy, name)
        }
        Command::AdjustInstrument { instrument, adjustment } => {
            define::check_adjustment(state, *instrument, *adjustment)
        }
        Command::AcceptGap { instrument } => define::check_gap(state, *instrument),
        Command::Settle { instrument, price } | Command::ManualMark { instrument, price } => {
            known_instrument(state, *instrument)?;
            check_price(state, *instrument, *price)
        }
        Command::SetMargin { scope, margin } => {
            known(state, *scope).and_then(|()| define::within_range(*margin, "margin"))
        }
        Command::AddTrade(new) => trades::check_new(state, new),
        Command::Increase { trade, quantity, price } => {
            trades::check_increase(state, *trade, *quantity, *price)
        }
        Command::CancelTrade { trade, .. } => trades::check_cancel(state, *trade),
        Command::ExitTrade { trade, quantity, .. } => trades::check_exit(state, *trade, *quantity),
        Command::ReEnter { trade, entry } => trades::check_re_entry(state, *trade, *entry),
        Command::Roll { trade, into, entry } => trades::check_roll(state, *trade, *into, *entry),
        Command::SetRule { .. }
        | Command::ChangeRule { .. }
        | Command::RemoveRule { .. }
        | Command::LoosenStop { .. }
        | Command::ResetRule { .. } => control::check_rule_command(state, command),
        Command::ResetStrategy { strategy, reason } => {
            control::check_strategy_reset(state, *strategy, reason)
        }
        Command::Halt { scope, .. } | Command::Resume { scope, .. } => {
            control::check_halt(state, *scope)
        }
        Command::Kill { .. } => Ok(()),
        Command::Release { reason } => control::check_release(state, reason),
        Command::Undo { .. } | Command::Redo => Ok(()),
        Command::Note { text } => control::check_note(text),
    }
}

pub(crate) fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(crate) fn known(state: &State, scope: Scope) -> Result<(), Refusal> {
    if state.exists(scope) {
        return Ok(());
    }
    Err(refuse(
        RefusalCode::NotFound,
        "scope",
        format!("there is no {scope}"),
        "name one that exists",
    ))
}

pub(crate) fn known_instrument(state: &State, id: InstrumentId) -> Result<(), Refusal> {
    if id.index() < state.instruments.len() {
        return Ok(());
    }
    Err(refuse(
        RefusalCode::NotFound,
        "instrument",
        format!("there is no instrument {id}"),
        "define it first",
    ))
}

pub(crate) fn check_price(state: &State, id: InstrumentId, price: Price) -> Result<(), Refusal> {
    let allows_negative = state.instrument(id).spec.checks.allow_negative;
    if price.0.unsigned_abs() > LARGEST.unsigned_abs() || (price <= Price::ZERO && !allows_negative)
    {
        let message = format!("{price} is no price for {}", state.instrument(id).spec.symbol);
        return Err(refuse(
            RefusalCode::BadPrice,
            "price",
            message,
            "give a price above zero, at most 1,000,000,000",
        ));
    }
    Ok(())
}

pub(crate) fn need_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        let hint = "say why: the journal keeps it";
        return Err(refuse(RefusalCode::BadField, "reason", "this needs a reason", hint));
    }
    Ok(())
}
