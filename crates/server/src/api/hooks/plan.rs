//! What a signal comes to in the state that it meets: commands, or why there is none. It is asked in the engine's turn,
//! so that nothing happens in between.

use super::signal::{Wish, Word};
use super::{Does, Exits, Terms};
use crate::leaving;
use crate::socket::protocol::Problem;
use highmark_engine::*;
use highmark_play::failure::Failure;
use highmark_play::scenario::rule_in_words;
use serde::{Deserialize, Serialize};

/// A signal on its way to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The name of the hook.
    pub hook: String,
    pub terms: Terms,
    pub wishes: Vec<Wish>,
}

impl Wanted {
    /// What this wish comes to; nothing, when it asks for an exit of what is not open.
    pub(crate) fn commands(&self, state: &State, wish: &Wish) -> Result<Vec<Command>, Problem> {
        let terms = &self.terms;
        let strategy = state.strategies().find(|(_, spec)| spec.name == terms.strategy);
        let strategy = strategy.map(|(id, _)| id);
        let strategy = strategy.ok_or_else(|| missing("strategy", "strategy", &terms.strategy))?;
        let account = state.accounts().find(|(_, spec)| spec.name == terms.account);
        let account = account.map(|(id, _)| id);
        let account = account.ok_or_else(|| missing("account", "account", &terms.account))?;
        let instrument = match &wish.symbol {
            None => None,
            Some(theirs) => Some(self.instrument(state, theirs)?),
        };
        let does = match wish.word {
            Word::Buy => terms.buy,
            Word::Sell => terms.sell,
            Word::Exit => match terms.exit {
                Exits::Symbol | Exits::Strategy => Does::Exit,
                Exits::Nothing => Does::Nothing,
            },
            Word::ExitAll => match terms.exit {
                Exits::Strategy => Does::Exit,
                Exits::Symbol | Exits::Nothing => Does::Nothing,
            },
        };
        let live: Vec<TradeView> = state
            .live_trades(Scope::Strategy(strategy))
            .filter_map(|id| state.trade_view(id))
            .filter(|trade| trade.account == account)
            .filter(|trade| instrument.is_none_or(|one| trade.instrument == one))
            .collect();
        match (does, instrument) {
            (Does::Nothing, _) | (Does::Open, None) => Err(self.forbids(wish.word)),
            (Does::Exit, _) => {
                let reason = format!("a signal of the hook {}", self.hook);
                Ok(live.iter().filter_map(|trade| leaving::one(state, trade, &reason)).collect())
            }
            (Does::Open, Some(instrument)) => {
                if live.len() >= terms.trades as usize {
                    let message = format!("{} trades are open in it already", live.len());
                    let hint = "exit them first, or let the hook have more: trades";
                    return Err(on("symbol", Problem::new("ALREADY_OPEN", message, hint)));
                }
                let side = if wish.word == Word::Sell { Side::Sell } else { Side::Buy };
                let trade = NewTrade {
                    name: format!("hook {}", self.hook),
                    strategy,
                    account,
                    group: None,
                    instrument,
                    side,
                    quantity: self.quantity(wish)?,
                    entry: Entry::AtMark,
                    rules: self.rules()?,
                };
                Ok(vec![Command::AddTrade(trade)])
            }
        }
    }

    fn instrument(&self, state: &State, theirs: &str) -> Result<InstrumentId, Problem> {
        let ours = self.terms.symbol(theirs).ok_or_else(|| {
            let hint = "add it to the hook's symbols, if it may be traded by it";
            on(
                "symbol",
                Problem::new("HOOK_FORBIDS", format!("{theirs} is not of this hook"), hint),
            )
        })?;
        let found = state.instruments().find(|(_, spec)| spec.symbol == ours);
        found.map(|(id, _)| id).ok_or_else(|| missing("symbol", "instrument", &ours))
    }

    fn quantity(&self, wish: &Wish) -> Result<Quantity, Problem> {
        if let Some(quantity) = self.terms.quantity {
            return Ok(quantity);
        }
        let asked = wish.quantity.ok_or_else(|| {
            let hint = "send one, or give the hook one";
            on("quantity", Problem::new("BAD_QUANTITY", "the signal says no quantity", hint))
        })?;
        let most = self.terms.most.unwrap_or_default();
        if asked > most {
            let message = format!("{asked} is more than this hook may ask for: {most}");
            let hint = "let the signal ask for less, or the hook allow more";
            return Err(on("quantity", Problem::new("BAD_QUANTITY", message, hint)));
        }
        Ok(asked)
    }

    fn rules(&self) -> Result<Vec<RuleDraft>, Problem> {
        let drafts = self.terms.rules.iter().map(|rule| {
            let words: Vec<String> = rule.split_whitespace().map(str::to_owned).collect();
            rule_in_words(&words, true).map_err(|unusable| {
                let failure = Failure::from(unusable);
                on("rules", Problem::new("BAD_FIELD", failure.message, failure.hint))
            })
        });
        drafts.collect()
    }

    fn forbids(&self, word: Word) -> Problem {
        let message = format!("the hook {} may not {}", self.hook, word.name());
        let hint = "it is made for something else: see highmark hook list";
        on("action", Problem::new("HOOK_FORBIDS", message, hint))
    }
}

fn on(field: &str, problem: Problem) -> Problem {
    Problem { field: field.to_owned(), ..problem }
}

fn missing(field: &str, what: &str, name: &str) -> Problem {
    let hint = "it has another name, or is not there yet";
    on(field, Problem::new("NOT_FOUND", format!("there is no {what} {name}"), hint))
}
