//! One file that holds a day: accounts, strategies, rules, instruments, trades and what a person does.
//!
//! [`load`] reads it whole and tells everything that is wrong at once; the engine itself is asked about the
//! meaning of rules, so that nothing is decided here that is decided there.

mod charges;
mod check;
pub mod diagnostics;
mod model;
mod names;
pub mod node;
mod parts;
mod reader;
mod rules;
mod schedule;
mod schema;
mod set;
mod shape;
mod trades;
mod values;
mod words;

pub use diagnostics::{Diagnostic, Origin, Sources};
pub use model::*;
pub use rules::{NAMES as RULE_NAMES, Rule};
pub use schedule::VERBS;
pub use schema::schema;
pub use values::{clock_text, day_text, span_text};
pub use words::rule_in_words;

use highmark_market::Market;
use node::Node;
use reader::{Item, Problems};

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub scenario: Scenario,
    /// The text as it was read, for the record.
    pub text: String,
    pub sets: Vec<String>,
}

/// All that is wrong with a scenario, and the texts that it is wrong in.
#[derive(Debug)]
pub struct Unusable {
    pub sources: Sources,
    pub problems: Vec<Diagnostic>,
}

/// Reads `text`, called `name` in messages, with `sets` applied, by the market's rules that come with Highmark.
pub fn load(name: &str, text: &str, sets: &[String]) -> Result<Loaded, Unusable> {
    load_for(&Market::embedded().unwrap_or_default(), name, text, sets)
}

/// Reads a scenario for a market with rows of a user's own.
pub fn load_for(
    market: &Market,
    name: &str,
    text: &str,
    sets: &[String],
) -> Result<Loaded, Unusable> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let unusable = |sources, problems| Err(Unusable { sources, problems });
    let mut document = match Node::document(text, file) {
        Ok(document) => document,
        Err(problems) => return unusable(sources, problems),
    };
    let mut problems = Problems::default();
    for assignment in sets {
        let source = sources.add(format!("--set {assignment}"), assignment.as_str());
        if let Err(problem) = set::apply(&mut document, assignment, source) {
            problems.0.push(problem);
        }
    }
    let scenario = read(&document, market, &mut problems);
    // What could be read is judged even when something else could not: one look tells everything.
    if let Some(scenario) = &scenario {
        check::ask_the_engine(scenario, &mut problems);
    }
    match scenario {
        Some(scenario) if problems.0.is_empty() => {
            Ok(Loaded { scenario, text: text.to_owned(), sets: sets.to_vec() })
        }
        Some(_) | None => {
            let mut problems = problems.0;
            problems.sort_by_key(|problem| problem.at);
            problems.dedup();
            unusable(sources, problems)
        }
    }
}

fn read(document: &Node, market: &Market, p: &mut Problems) -> Option<Scenario> {
    let root = Item { node: document, path: String::new() };
    let f = p.fields(&root, &shape::SCENARIO)?;
    let seed = p.read(f.get("seed"), values::seed).unwrap_or(1);
    let mut scenario = Scenario {
        name: p.read(f.get("name"), values::text).unwrap_or_else(|| "scenario".into()),
        description: p.read(f.get("description"), values::text).unwrap_or_default(),
        seed,
        profile: f.get("profile").and_then(|item| parts::profile(&item, p)),
        paper: parts::paper(f.get("paper"), seed, p),
        sources: Vec::new(),
        instruments: Vec::new(),
        accounts: Vec::new(),
        strategies: Vec::new(),
        trades: Vec::new(),
        system_rules: Vec::new(),
        schedule: Vec::new(),
    };
    for item in p.list(f.get("instrument")) {
        scenario.instruments.extend(parts::instrument(&item, &scenario.instruments, market, p));
    }
    number_venues(&mut scenario);
    for item in p.list(f.get("account")) {
        scenario.accounts.extend(parts::account(&item, p));
    }
    for item in p.list(f.get("strategy")) {
        scenario.strategies.extend(parts::strategy(&item, p));
    }
    let symbols = names::symbols(&scenario);
    for item in p.list(f.get("source")) {
        scenario.sources.extend(parts::source(&item, &symbols, p));
    }
    for item in p.list(f.get("trade")) {
        scenario.trades.extend(trades::trade(&item, &scenario, p));
    }
    if let Some(system) = f.get("system").and_then(|item| p.fields(&item, &shape::SYSTEM)) {
        scenario.system_rules = rules::rules(system.get("rule"), false, p);
    }
    for item in p.list(f.get("at")) {
        scenario.schedule.extend(schedule::scheduled(&item, &scenario, p));
    }
    scenario.schedule.sort_by_key(|scheduled| scheduled.time);
    unique_names(&scenario, p);
    (!scenario.accounts.is_empty() && !scenario.strategies.is_empty()).then_some(scenario)
}

fn number_venues(scenario: &mut Scenario) {
    let venues: Vec<String> = scenario.venues().iter().map(|name| (*name).to_owned()).collect();
    for instrument in &mut scenario.instruments {
        let index = venues.iter().position(|name| *name == instrument.venue).unwrap_or(0);
        instrument.spec.venue = highmark_engine::VenueId(u32::try_from(index).unwrap_or(0));
    }
}

fn unique_names(scenario: &Scenario, p: &mut Problems) {
    let instruments = scenario.instruments.iter();
    names::unique(
        instruments.map(|one| (one.spec.symbol.as_str(), one.at, one.path.as_str())),
        "instrument",
        p,
    );
    let accounts = scenario.accounts.iter();
    names::unique(
        accounts.map(|one| (one.spec.name.as_str(), one.at, one.path.as_str())),
        "account",
        p,
    );
    let strategies = scenario.strategies.iter();
    names::unique(
        strategies.map(|one| (one.spec.name.as_str(), one.at, one.path.as_str())),
        "strategy",
        p,
    );
    let groups = scenario.strategies.iter().flat_map(|strategy| &strategy.groups);
    names::unique(groups.map(|one| (one.name.as_str(), one.at, one.path.as_str())), "group", p);
    let trades = scenario.trades.iter();
    names::unique(trades.map(|one| (one.name.as_str(), one.at, one.path.as_str())), "trade", p);
}

/// A scenario that uses every part, as text.
pub const EXAMPLE: &str = include_str!("../../../../scenarios/example.toml");
