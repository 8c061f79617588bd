//! `highmark rule`: what acts, in the words of a scenario.

mod list;
mod test;

pub(super) use list::rows;

use super::args::Cli;
use super::book::Book;
use super::book::order::provenance;
use super::values;
use crate::failure::{Code, Failure};
use crate::scenario::{RULE_NAMES, rule_in_words};
use clap::{Args, Subcommand};
use highmark_engine::*;
use std::process::ExitCode;

const WORDS: &str = "A rule is written as in a scenario: its name, then field=value.\n  max_loss amount=5000                    target amount=8000 action=alert\n  trail by=20 arm_at=14550                trail by=1% arm_at.profit=0.5%\n  lock arm_at=10000 floor=8000            give_back fraction=30% arm_at=5000\n  stop_loss from_entry=1% confirm.wait=5s time at=15:15\nWhat each means stands in docs/rules.md.";

#[derive(Debug, Subcommand)]
pub(super) enum RuleVerb {
    /// All rules with their levels and their room
    #[command(
        after_help = "Examples:\n  highmark rule list\n  highmark rule list Momentum\n  highmark rule list --json"
    )]
    List {
        /// Only those on this scope, and on its trades and groups
        #[arg(value_name = "SCOPE")]
        scope: Option<String>,
    },
    /// One rule, with what it waits for
    #[command(after_help = "Examples:\n  highmark rule show r5\n  highmark rule show trail of m1")]
    Show {
        #[arg(value_name = "RULE", required = true)]
        rule: Vec<String>,
    },
    /// Set a rule on a trade, group, strategy, account or system
    #[command(after_help = format!("{WORDS}\n\nExamples:\n  highmark rule add Momentum max_loss amount=5000\n  highmark rule add t3 trail by=20 arm_at=110\n  highmark rule add system daily_loss amount=50000 --reason \"house limit\""))]
    Add {
        #[arg(value_name = "SCOPE")]
        scope: String,
        #[command(flatten)]
        words: Words,
    },
    /// Give a rule other parameters; its version goes up
    #[command(after_help = format!("{WORDS}\n\nExamples:\n  highmark rule change r5 trail by=15\n  highmark rule change r5 by=15      the rule that it is, with these fields"))]
    Change {
        /// By its id: r5
        #[arg(value_name = "RULE")]
        rule: String,
        #[command(flatten)]
        words: Words,
    },
    /// Take a rule away
    #[command(
        after_help = "Examples:\n  highmark rule remove r5 --reason \"by mistake\"\n  highmark rule remove trail of m1 --reason \"the target is enough\""
    )]
    Remove(Reasoned),
    /// Move the stop of a rule away from the market, which needs a reason
    #[command(
        after_help = "Examples:\n  highmark rule loosen r5 --to 25900 --reason \"wide opening\"\n  highmark rule loosen trail of m1 --to 25900 --reason \"wide opening\""
    )]
    Loosen {
        #[command(flatten)]
        what: Reasoned,
        /// Where the stop goes
        #[arg(long, value_name = "PRICE", value_parser = values::price)]
        to: Price,
    },
    /// Let a rule that fired begin anew
    #[command(
        after_help = "Example:\n  highmark rule reset max_loss of Momentum --reason \"looked at, goes on\""
    )]
    Reset(Reasoned),
    /// What a rule would have done, over the recorded marks
    #[command(after_help = format!("Nothing is changed: the journal's marks are decided again, with the rule set as soon as its scope is there.\n\n{WORDS}\n\nExamples:\n  highmark rule test Momentum max_loss amount=3000\n  highmark rule test m1 trail by=20 --json"))]
    Test {
        #[arg(value_name = "SCOPE")]
        scope: String,
        #[command(flatten)]
        words: Words,
    },
}

#[derive(Debug, Args)]
pub(super) struct Words {
    /// The rule, in words
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// Why; the record keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Reasoned {
    /// By its id, r5, or as `trail of m1`
    #[arg(value_name = "RULE", required = true)]
    pub rule: Vec<String>,
    /// Why; the record keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

pub(super) fn run(verb: &RuleVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        RuleVerb::List { scope } => list::list(scope.as_deref(), cli),
        RuleVerb::Show { rule } => list::show(rule, cli),
        RuleVerb::Add { scope, words } => {
            let mut book = Book::to_change(cli)?;
            let scope = book.names()?.scope(scope)?;
            let draft = draft(&words.words, on_trade(scope))?;
            let provenance = provenance(words.reason.as_deref());
            book.order_and_tell(Command::SetRule { scope, draft, provenance }, cli)
        }
        RuleVerb::Change { rule, words } => {
            let mut book = Book::to_change(cli)?;
            let there = book.names()?.rule(std::slice::from_ref(rule))?;
            let named = with_its_name(&words.words, &there.kind);
            let (rule, scope) = (there.rule.rule, there.rule.scope);
            let draft = draft(&named, on_trade(scope))?;
            let provenance = provenance(words.reason.as_deref());
            book.order_and_tell(Command::ChangeRule { rule, draft, provenance }, cli)
        }
        RuleVerb::Remove(Reasoned { rule, reason }) => {
            let mut book = Book::to_change(cli)?;
            let rule = book.names()?.rule(rule)?.rule.rule;
            let provenance = provenance(reason.as_deref());
            book.order_and_tell(Command::RemoveRule { rule, provenance }, cli)
        }
        RuleVerb::Loosen { what: Reasoned { rule, reason }, to } => {
            let mut book = Book::to_change(cli)?;
            let rule = book.names()?.rule(rule)?.rule.rule;
            let provenance = provenance(reason.as_deref());
            book.order_and_tell(Command::LoosenStop { rule, to: *to, provenance }, cli)
        }
        RuleVerb::Reset(Reasoned { rule, reason }) => {
            let mut book = Book::to_change(cli)?;
            let rule = book.names()?.rule(rule)?.rule.rule;
            let reason = reason.clone().unwrap_or_default();
            book.order_and_tell(Command::ResetRule { rule, reason }, cli)
        }
        RuleVerb::Test { scope, words } => test::run(scope, &words.words, cli),
    }
}

/// A rule in words; an argument may hold several.
pub(super) fn draft(words: &[String], on_trade: bool) -> Result<RuleDraft, Failure> {
    let whole = words.iter().any(|word| word.contains(['{', '[', '"']));
    let words: Vec<String> = match (words, whole) {
        ([one], false) => one.split_whitespace().map(str::to_owned).collect(),
        (many, _) => many.to_vec(),
    };
    rule_in_words(&words, on_trade).map_err(|unusable| {
        let mut failure = Failure::from(unusable);
        failure.code = Code::Usage;
        failure
    })
}

/// The words of a changed rule may begin with its fields.
fn with_its_name(words: &[String], kind: &str) -> Vec<String> {
    let first = words.first().map_or("", |word| word.split(['=', ' ', '{']).next().unwrap_or(""));
    if RULE_NAMES.contains(&first) || words.first().is_some_and(|word| word.starts_with('{')) {
        return words.to_vec();
    }
    [kind.to_owned()].into_iter().chain(words.iter().cloned()).collect()
}

pub(super) fn on_trade(scope: Scope) -> bool {
    matches!(scope, Scope::Trade(_))
}
