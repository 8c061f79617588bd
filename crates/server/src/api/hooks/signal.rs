//! What a signal says, whoever sent it and in whichever form.

use super::{Does, Terms};
use highmark_engine::{Quantity, Side};
use serde::{Deserialize, Serialize};

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct Signal {
    /// Its own name, if it has one: what comes again under it is the same.
    pub id: Option<String>,
    pub wishes: Vec<Wish>,
}

/// What is wanted of one symbol, or of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    pub word: Word,
    /// As they name it; everything of the strategy, when absent.
    pub symbol: Option<String>,
    pub quantity: Option<Quantity>,
    /// The side of what an exit is of; both, when absent.
    #[serde(default)]
    pub held: Option<Side>,
    /// It says to which side its position comes: what is open on the other one leaves first.
    #[serde(default)]
    pub turns_round: bool,
}

impl Wish {
    pub(super) fn new(
        (word, held): (Word, Option<Side>),
        symbol: Option<String>,
        terms: &Terms,
    ) -> Wish {
        // What was bought is sold, and the other way round.
        let held = match (word, terms.does(word)) {
            (Word::Sell, Does::Exit) => Some(Side::Buy),
            (Word::Buy, Does::Exit) => Some(Side::Sell),
            (Word::Buy | Word::Sell, Does::Open | Does::Nothing)
            | (Word::Exit | Word::ExitAll, _) => held,
        };
        Wish { word, symbol, quantity: None, held, turns_round: false }
    }

    /// Of what, for a person.
    pub(crate) fn of(&self) -> String {
        let symbol = self.symbol.as_deref().unwrap_or("everything");
        match self.held {
            None => symbol.to_owned(),
            Some(Side::Buy) => format!("longs in {symbol}"),
            Some(Side::Sell) => format!("shorts in {symbol}"),
        }
    }

    /// What it wants, in a word; with that and a symbol it is told from others of the same id.
    pub(super) fn called(&self) -> &'static str {
        match (self.word, self.held) {
            (Word::Exit, Some(Side::Buy)) => "exit_long",
            (Word::Exit, Some(Side::Sell)) => "exit_short",
            (Word::Exit, None) | (Word::Buy | Word::Sell | Word::ExitAll, _) => self.word.name(),
        }
    }

    /// How much an exit is of; all, when absent. A hook that has a quantity lets no signal say one.
    pub(super) fn part(&self, terms: &Terms) -> Option<Quantity> {
        self.quantity.filter(|_| terms.quantity.is_none())
    }

    fn only_exits(&self, terms: &Terms) -> bool {
        terms.does(self.word) == Does::Exit
    }
}

impl Signal {
    /// Whether something leaves by it: then it is counted apart from entries.
    pub(in crate::api) fn exits(&self, terms: &Terms) -> bool {
        let turns = |wish: &Wish| wish.turns_round && terms.turns_round();
        self.wishes.iter().all(|wish| wish.only_exits(terms) || turns(wish))
    }

    /// Whether it may be done a second time: it asks for no more than that nothing be open.
    pub(in crate::api) fn may_be_done_again(&self, terms: &Terms) -> bool {
        self.wishes.iter().all(|wish| wish.only_exits(terms) && wish.part(terms).is_none())
    }
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Buy,
    Sell,
    Exit,
    ExitAll,
}

impl Word {
    pub(super) fn of(text: &str) -> Option<Word> {
        Some(match text.to_ascii_lowercase().as_str() {
            "buy" | "long" | "enter_long" | "b" => Word::Buy,
            "sell" | "short" | "enter_short" | "s" => Word::Sell,
            "exit" | "close" | "flat" | "exit_long" | "exit_short" | "cover" => Word::Exit,
            "exit_all" | "close_all" | "exitall" => Word::ExitAll,
            _ => return None,
        })
    }

    /// The side of what a word for an exit is of.
    pub(super) fn held(text: &str) -> Option<Side> {
        match text.to_ascii_lowercase().as_str() {
            "exit_long" => Some(Side::Buy),
            "exit_short" | "cover" => Some(Side::Sell),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Word::Buy => "buy",
            Word::Sell => "sell",
            Word::Exit => "exit",
            Word::ExitAll => "exit_all",
        }
    }
}

/// Why a signal is not one. What it says itself is not repeated: it may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct Odd {
    pub field: &'static str,
    pub why: String,
}

pub(super) fn odd<T>(field: &'static str, why: impl Into<String>) -> Result<T, Odd> {
    Err(Odd { field, why: why.into() })
}
