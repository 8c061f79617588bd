//! Definitions checked: instruments, accounts, strategies, groups, corporate actions.

use super::{known_instrument, refuse};
use crate::event::{Refusal, RefusalCode};
use crate::ids::*;
use crate::input::{Adjustment, Command, StrategySpec};
use crate::instrument::InstrumentSpec;
use crate::money::{Money, Price, Quantity};
use crate::state::State;
use alloc::format;
use alloc::string::String;

pub(super) fn check(state: &State, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::DefineInstrument(spec) => check_instrument(state, spec),
        Command::OpenAccount(spec) => {
            let taken = state.accounts.iter().any(|account| account.name == spec.name);
            fresh_name(&spec.name, taken, "account")?;
            not_negative(spec.starting_balance, "starting_balance")
        }
        Command::CreateStrategy(spec) => check_strategy(state, spec, None),
        Command::Configure(profile) => {
            if profile.utc_offset.0.abs() > 15 * 3_600_000_000_000 {
                let message = "local time is at most 15 hours from UTC";
                return Err(refuse(
                    RefusalCode::BadField,
                    "utc_offset",
                    message,
                    "give +05:30 as 19800 seconds",
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(super) fn check_strategy(
    state: &State,
    spec: &StrategySpec,
    own: Option<StrategyId>,
) -> Result<(), Refusal> {
    let taken = state.strategies().any(|(id, other)| other.name == spec.name && Some(id) != own);
    fresh_name(&spec.name, taken, "strategy")?;
    not_negative(spec.capital, "capital")
}

pub(super) fn check_group(state: &State, strategy: StrategyId, name: &str) -> Result<(), Refusal> {
    let taken = state.groups().any(|(_, owner, other)| owner == strategy && other == name);
    fresh_name(name, taken, "group")
}

fn check_instrument(state: &State, spec: &InstrumentSpec) -> Result<(), Refusal> {
    let taken = state.instruments.iter().any(|instrument| instrument.spec.symbol == spec.symbol);
    fresh_name(&spec.symbol, taken, "instrument")?;
    if spec.tick_size <= Price::ZERO {
        return Err(field(
            "tick_size",
            "the tick size is above zero",
            "take it from the day's contract master",
        ));
    }
    if spec.lot_size <= Quantity::ZERO {
        return Err(field("lot_size", "the lot size is above zero", "use 1 for shares"));
    }
    if spec.multiplier == 0 {
        return Err(field(
            "multiplier",
            "the multiplier is at least 1",
            "use 1 where prices are per unit",
        ));
    }
    if let Some(underlying) = spec.underlying {
        known_instrument(state, underlying)?;
    }
    if spec.checks.band.is_some_and(|(low, high)| low > high) {
        return Err(field(
            "checks.band",
            "the band's low end is above its high end",
            "give (low, high)",
        ));
    }
    Ok(())
}

pub(super) fn check_adjustment(
    state: &State,
    id: InstrumentId,
    by: Adjustment,
) -> Result<(), Refusal> {
    known_instrument(state, id)?;
    if by.new == 0 || by.old == 0 {
        return Err(field(
            "adjustment",
            "a ratio has two numbers above zero",
            "2 new for 1 old is a 1:1 bonus",
        ));
    }
    let trades = state.instrument(id).open_trades.iter().map(|trade| state.trade(*trade));
    for trade in trades {
        if trade.exit.is_some() {
            let message = format!("trade {} is exiting", trade.id);
            return Err(refuse(
                RefusalCode::WrongState,
                "instrument",
                message,
                "wait until its exit has ended",
            ));
        }
        let whole = [trade.open, trade.entered, trade.exited, trade.terms.quantity];
        if whole.iter().any(|quantity| by.quantity(*quantity).is_none()) {
            let message =
                format!("{} of trade {} does not divide into whole units", trade.open, trade.id);
            return Err(refuse(
                RefusalCode::BadQuantity,
                "adjustment",
                message,
                "settle the fraction by a partial exit",
            ));
        }
    }
    Ok(())
}

pub(super) fn check_gap(state: &State, id: InstrumentId) -> Result<(), Refusal> {
    known_instrument(state, id)?;
    if state.instrument(id).gap_held {
        return Ok(());
    }
    let message = format!("{} waits for nothing", state.instrument(id).spec.symbol);
    Err(refuse(RefusalCode::WrongState, "instrument", message, "only a held gap can be accepted"))
}

fn fresh_name(name: &str, taken: bool, what: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(field(
            "name",
            format!("{what} needs a name of visible characters"),
            "give it one",
        ));
    }
    if taken {
        let message =
            format!("there is an {what} {name} already").replace("an strategy", "a strategy");
        return Err(refuse(
            RefusalCode::DuplicateName,
            "name",
            message.replace("an group", "a group"),
            "choose another",
        ));
    }
    Ok(())
}

fn not_negative(amount: Money, name: &str) -> Result<(), Refusal> {
    if amount < Money::ZERO {
        return Err(field(name, format!("{name} is not negative"), "use 0 when it is not known"));
    }
    Ok(())
}

fn field(name: &str, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    refuse(RefusalCode::BadField, name, message, hint)
}
