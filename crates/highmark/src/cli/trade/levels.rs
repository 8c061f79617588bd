//! The fixed stop and the target of a trade, put at a price: its rule is changed, or one is set.

use super::Level;
use crate::cli::args::Cli;
use crate::cli::book::Book;
use crate::cli::book::order::provenance;
use crate::failure::Failure;
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use std::process::ExitCode;

pub(super) enum Kind {
    Stop,
    Target,
}

pub(super) fn put(level: &Level, kind: Kind, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    let trade = book.names()?.trade(&level.name)?.id;
    let scope = Scope::Trade(trade);
    let at = Place::Price(level.price);
    let (rule_kind, rule) = match kind {
        Kind::Stop => (RuleKind::StopLoss, PriceRule::StopLoss { at }),
        Kind::Target => (RuleKind::PriceTarget, PriceRule::Target { at }),
    };
    let spec = RuleSpec::Price(rule);
    let provenance = provenance(level.reason.as_deref());
    let rules: Vec<RuleView> = book.see(Look::Rules)?;
    let there = rules.iter().find(|view| view.rule.scope == scope && view.rule.kind == rule_kind);
    let command = match there {
        Some(view) => Command::ChangeRule {
            rule: view.rule.rule,
            draft: RuleDraft { spec, options: view.draft.options.clone() },
            provenance,
        },
        None => Command::SetRule {
            scope,
            draft: RuleDraft { spec, options: RuleOptions::default() },
            provenance,
        },
    };
    book.order_and_tell(command, cli)
}
