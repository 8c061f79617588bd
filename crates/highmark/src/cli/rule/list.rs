//! Rules to look at.

use crate::cli::args::Cli;
use crate::cli::book::Book;
use crate::cli::book::list::{Field, List};
use crate::cli::book::names::Names;
use crate::cli::terminal;
use crate::explain::rule_words;
use crate::failure::{Code, Failure};
use crate::{clock, text};
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn list(scope: Option<&str>, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_look(cli)?;
    let mut rules: Vec<RuleView> = book.see(Look::Rules)?;
    let names = book.names()?;
    if let Some(name) = scope {
        let whole = names.scope(name)?;
        rules.retain(|view| belongs(view.rule.scope, whole, names));
    }
    let shown = rows(&rules, names);
    shown.print(&json!(rules), "there is no rule: highmark rule add SCOPE WORDS", cli);
    Ok(ExitCode::SUCCESS)
}

fn belongs(part: Scope, whole: Scope, names: &Names) -> bool {
    part == whole
        || match part {
            Scope::Trade(id) => {
                names.trades.iter().any(|trade| trade.id == id && trade.stands_in(whole))
            }
            Scope::Group(id) => names
                .groups
                .iter()
                .any(|group| group.id == id && whole == Scope::Strategy(group.strategy)),
            Scope::Strategy(_) | Scope::Account(_) | Scope::System => whole == Scope::System,
        }
}

/// Rules in rows.
pub(in crate::cli) fn rows(rules: &[RuleView], names: &Names) -> List {
    let mut list =
        List::new(&["ID", "SCOPE", "RULE", "LEVEL", "ROOM", "STATE", "VERSION", "BY"], &[3, 4, 6]);
    for view in rules {
        let (level, room) = match view.draft.spec {
            RuleSpec::Price(_) => (Field::price(view.level), Field::price(view.room_points)),
            RuleSpec::Mtm(_) => (Field::money(view.floor), Field::money(view.room)),
        };
        list.row(vec![
            view.rule.rule.to_string().into(),
            names.shown(view.rule.scope).into(),
            rule_words(&view.draft).into(),
            level,
            room,
            state(view).into(),
            view.rule.version.to_string().into(),
            Field::maybe((!view.provenance.by.is_empty()).then(|| view.provenance.by.clone())),
        ]);
    }
    list
}

/// In a word or two; `highmark explain` says it in a sentence.
fn state(view: &RuleView) -> String {
    match &view.fired {
        Some(Fired::Price { at, .. } | Fired::Mtm { at, .. }) => {
            return format!("fired {}", clock::time_text(*at));
        }
        None if view.removed => return "removed".into(),
        None => {}
    }
    match &view.waits_for {
        Waits::Level => "watches".into(),
        Waits::Entry => "waits for the entry".into(),
        Waits::Mark => "waits for a price".into(),
        Waits::ArmingPrice(price) => format!("arms at {}", text::short_price(*price)),
        Waits::ArmingMoney(amount) => format!("arms at {}", text::rupees(*amount)),
        Waits::Profit => "waits for a profit".into(),
        Waits::Whole => "waits for what it is a share of".into(),
        Waits::Bars { have, need } => format!("has {have} of {need} bars"),
        Waits::Session => "waits for a session".into(),
        Waits::Until(at) => format!("acts at {}", clock::time_text(*at)),
        Waits::Confirmation { since, .. } => {
            format!("in breach since {}", clock::time_text(*since))
        }
        Waits::Nothing => "over".into(),
    }
}

pub(super) fn show(words: &[String], cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_look(cli)?;
    let rules: Vec<RuleView> = book.see(Look::Rules)?;
    let names = book.names()?;
    let id = names.rule(words)?.rule.rule;
    let found: Vec<RuleView> = rules.into_iter().filter(|view| view.rule.rule == id).collect();
    let Some(view) = found.first() else {
        return Err(Failure::new(Code::NotFound, format!("there is no rule {id}"), ""));
    };
    if cli.json {
        terminal::out(&format!("{:#}\n", json!(view)));
        return Ok(ExitCode::SUCCESS);
    }
    rows(&found, names).print(&json!(null), "", cli);
    let reason = match view.provenance.reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    let note =
        format!("set at {}{reason}; more of it: highmark explain {id}", clock::stamp(view.set_at));
    terminal::say(cli.quiet, &note);
    Ok(ExitCode::SUCCESS)
}
