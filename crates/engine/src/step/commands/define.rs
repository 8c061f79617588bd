//! Definitions checked: instruments, accounts, strategies, groups, corporate actions.

use super::{known_instrument, refuse};
use crate::event::{Refusal, RefusalCode};
use crate::ids::*;
use crate::input::{Adjustment, Command, StrategySpec};
use crate::instrument::InstrumentSpec;
use crate::money::{LARGEST, MOST_MONEY, Money, Price, Quantity, UNIT};
use crate::state::State;
use crate::state::trade::Trade;
use alloc::format;
use alloc::string::String;

pub(super) fn check(state: &State, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::DefineInstrument(spec) => check_instrument(state, spec),
        Command::OpenAccount(spec) => {
            let taken = state.accounts.iter().any(|account| account.name == spec.name);
            fresh_name(&spec.name, taken, "account")?;
            within_range(spec.starting_balance, "starting_balance")?;
            let held = state.capital(Scope::System);
            if held.0 + spec.starting_balance.0 > 10 * MOST_MONEY.0 {
                let message = "the balances of all accounts are too much together";
                return Err(field("starting_balance", message, "check the unit"));
            }
            Ok(())
        }
        Command::CreateStrategy(spec) => check_strategy(state, spec, None),
        Command::Configure(profile) => {
            if profile.utc_offset.0.unsigned_abs() > 15 * 3_600_000_000_000 {
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
    within_range(spec.capital, "capital")
}

pub(super) fn check_group(state: &State, strategy: StrategyId, name: &str) -> Result<(), Refusal> {
    let taken = state.groups().any(|(_, owner, other)| owner == strategy && other == name);
    fresh_name(name, taken, "group")
}

fn check_instrument(state: &State, spec: &InstrumentSpec) -> Result<(), Refusal> {
    let taken = state.instruments.iter().any(|instrument| instrument.spec.symbol == spec.symbol);
    fresh_name(&spec.symbol, taken, "instrument")?;
    if spec.tick_size.0 > LARGEST || spec.lot_size.0 > LARGEST {
        return Err(field(
            "tick_size",
            "tick size and lot size are at most 1,000,000,000",
            "check the unit",
        ));
    }
    within_range(spec.charges.per_order, "charges.per_order")?;
    if spec.charges.per_order > Money::rupees(LARGEST / UNIT) {
        return Err(field("charges.per_order", "an order costs at most 1,000,000,000", "check it"));
    }
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
    if by.dividend < Price::ZERO || by.dividend.0 > LARGEST {
        let message = "a dividend is not negative and at most 1,000,000,000";
        return Err(field("adjustment", message, "give it per new unit"));
    }
    check_prices_after(state, id, by)?;
    let mut live = state.live_trades(Scope::System).map(|trade| state.trade(trade));
    let is_entering =
        |trade: &&Trade| trade.terms.instrument == id && trade.planned > Quantity::ZERO;
    if let Some(trade) = live.find(is_entering) {
        return Err(refuse(
            RefusalCode::WrongState,
            "instrument",
            format!("trade {} is still being entered", trade.id),
            "wait until its entry has been filled, or cancel it",
        ));
    }
    let trades = state.instrument(id).open_trades.iter().map(|trade| state.trade(trade));
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
        let most = LARGEST / i64::from(trade.multiplier).min(LARGEST) * 10;
        let too_large = whole.iter().filter_map(|quantity| by.quantity(*quantity));
        if too_large.max().is_some_and(|quantity| quantity.0 > most) {
            let message = format!("trade {} would become too large", trade.id);
            return Err(refuse(RefusalCode::BadQuantity, "adjustment", message, "check the ratio"));
        }
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

/// The prices in force have to be prices afterwards too.
fn check_prices_after(state: &State, id: InstrumentId, by: Adjustment) -> Result<(), Refusal> {
    let instrument = state.instrument(id);
    let quote = &instrument.quote;
    let prices = [quote.last, quote.bid, quote.ask].into_iter().flatten();
    let is_bad = |price: Price| {
        let after = by.price(price);
        after.0.unsigned_abs() >= LARGEST.unsigned_abs()
            || (after <= Price::ZERO && price > Price::ZERO)
    };
    if prices.into_iter().any(is_bad) {
        let message = format!("{} would have no price any more", instrument.spec.symbol);
        return Err(field("adjustment", message, "check the ratio and the dividend"));
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

/// An amount that the engine can reckon with: not negative, and not so large that sums overflow.
pub(super) fn within_range(amount: Money, name: &str) -> Result<(), Refusal> {
    if amount < Money::ZERO {
        return Err(field(name, format!("{name} is not negative"), "use 0 when it is not known"));
    }
    if amount > MOST_MONEY {
        let message = format!("{name} is at most {MOST_MONEY}");
        return Err(field(name, message, "check the unit"));
    }
    Ok(())
}

fn field(name: &str, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    refuse(RefusalCode::BadField, name, message, hint)
}
