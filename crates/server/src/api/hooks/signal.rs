//! What a signal says, whoever sent it and in whichever form.

use highmark_engine::Quantity;
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
}

impl Wish {
    /// Of what, for a person.
    pub(crate) fn of(&self) -> &str {
        self.symbol.as_deref().unwrap_or("everything")
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
