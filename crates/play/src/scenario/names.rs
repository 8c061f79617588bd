//! Names that refer to other parts of the scenario.

use super::diagnostics::{any_of, suggestion};
use super::model::{Scenario, Target};
use super::reader::{Item, Problems};
use super::values;

/// The index of the named one; a name that nothing has is told, with the one that was perhaps meant.
pub(super) fn index(
    item: Option<Item<'_>>,
    names: &[String],
    what: &str,
    problems: &mut Problems,
) -> Option<usize> {
    let item = item?;
    let name = problems.read(Some(item.clone()), values::text)?;
    find(&name, names, what).map_err(|(message, hint)| problems.at(&item, message, hint)).ok()
}

fn find(name: &str, names: &[String], what: &str) -> Result<usize, (String, String)> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        let known = names.iter().map(String::as_str);
        let hint = match suggestion(name, known.clone()) {
            Some(close) => format!("did you mean \"{close}\"?"),
            None if names.is_empty() => format!("there is no {what}"),
            None => format!("there is {}", any_of(known.take(12))),
        };
        (format!("there is no {what} \"{name}\""), hint)
    })
}

/// A name that two parts share is told at the second.
pub(super) fn unique<'n>(
    parts: impl Iterator<Item = (&'n str, super::diagnostics::Origin, &'n str)>,
    what: &str,
    problems: &mut Problems,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, at, path) in parts {
        if seen.contains(&name) {
            problems.0.push(super::diagnostics::Diagnostic::new(
                at,
                path,
                format!("two {what}s are named \"{name}\""),
                "give each a name of its own",
            ));
        }
        seen.push(name);
    }
}

/// `strategy X`, `account A`, `trade T`, `group G` or `system`.
pub(super) fn target(words: &str, scenario: &Scenario) -> Result<Target, (String, String)> {
    let words = words.trim();
    if words == "system" || words == "all" || words.is_empty() {
        return Ok(Target::System);
    }
    let (kind, name) = words.split_once(' ').unwrap_or((words, ""));
    let name = name.trim();
    match kind {
        "trade" => find(name, &trades(scenario), "trade").map(Target::Trade),
        "strategy" => find(name, &strategies(scenario), "strategy").map(Target::Strategy),
        "account" => find(name, &accounts(scenario), "account").map(Target::Account),
        "group" => group(name, scenario),
        other => Err((
            format!("`{other}` is nothing that can be named"),
            "write trade NAME, group NAME, strategy NAME, account NAME or system".into(),
        )),
    }
}

fn group(name: &str, scenario: &Scenario) -> Result<Target, (String, String)> {
    let mut names = Vec::new();
    let mut places = Vec::new();
    for (owner, strategy) in scenario.strategies.iter().enumerate() {
        for (index, group) in strategy.groups.iter().enumerate() {
            names.push(group.name.clone());
            places.push(Target::Group(owner, index));
        }
    }
    find(name, &names, "group").map(|index| places[index])
}

/// The index of a symbol.
pub(super) fn instrument(name: &str, scenario: &Scenario) -> Result<usize, (String, String)> {
    find(name.trim(), &symbols(scenario), "instrument")
}

pub(super) fn trade(words: &str, scenario: &Scenario) -> Result<usize, (String, String)> {
    let name = words.trim().strip_prefix("trade ").unwrap_or(words).trim();
    find(name, &trades(scenario), "trade")
}

pub(super) fn symbols(scenario: &Scenario) -> Vec<String> {
    scenario.instruments.iter().map(|one| one.spec.symbol.clone()).collect()
}
pub(super) fn accounts(scenario: &Scenario) -> Vec<String> {
    scenario.accounts.iter().map(|one| one.spec.name.clone()).collect()
}
pub(super) fn strategies(scenario: &Scenario) -> Vec<String> {
    scenario.strategies.iter().map(|one| one.spec.name.clone()).collect()
}
pub(super) fn trades(scenario: &Scenario) -> Vec<String> {
    scenario.trades.iter().map(|one| one.name.clone()).collect()
}
