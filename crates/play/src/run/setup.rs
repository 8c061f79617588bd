//! From a scenario to the commands that set it up, and the ids that the engine gave.

use crate::scenario::{Origin, Rule, Scenario, Target, Trade};
use highmark_engine::*;

/// Where something stands in the scenario.
pub struct Place<'s> {
    pub at: Origin,
    pub path: &'s str,
}

/// The engine's ids, in the order of the scenario's parts.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    pub instruments: Vec<InstrumentId>,
    pub accounts: Vec<AccountId>,
    pub strategies: Vec<StrategyId>,
    /// By strategy.
    pub groups: Vec<Vec<GroupId>>,
}

impl Ids {
    /// The scope that a target names; a trade's is not known before it was entered.
    pub fn scope(&self, target: Target) -> Option<Scope> {
        match target {
            Target::Trade(_) => None,
            Target::Group(owner, index) => {
                self.groups.get(owner)?.get(index).copied().map(Scope::Group)
            }
            Target::Strategy(index) => self.strategies.get(index).copied().map(Scope::Strategy),
            Target::Account(index) => self.accounts.get(index).copied().map(Scope::Account),
            Target::System => Some(Scope::System),
        }
    }
}

type Step<'f> = &'f mut dyn FnMut(Command) -> Vec<Event>;
type Refused<'f> = &'f mut dyn FnMut(&Place<'_>, Refusal);

/// Defines everything but the trades, which come when their time does.
pub fn set_up(scenario: &Scenario, step: Step<'_>, refused: Refused<'_>) -> Ids {
    let mut ids = Ids::default();
    if let Some(profile) = &scenario.profile {
        step(Command::Configure(profile.clone()));
    }
    for (index, instrument) in scenario.instruments.iter().enumerate() {
        let place = Place { at: instrument.at, path: &instrument.path };
        let mut spec = instrument.spec.clone();
        spec.underlying =
            spec.underlying.and_then(|above| ids.instruments.get(above.0 as usize).copied());
        let events = step(Command::DefineInstrument(spec));
        tell(&place, &events, refused);
        let id = events.iter().find_map(|event| match event {
            Event::InstrumentDefined { instrument, .. } => Some(*instrument),
            _ => None,
        });
        ids.instruments.push(id.unwrap_or(InstrumentId(number(index))));
    }
    accounts(scenario, &mut ids, step, refused);
    strategies(scenario, &mut ids, step, refused);
    set_rules(&scenario.system_rules, Scope::System, step, refused);
    ids
}

fn accounts(scenario: &Scenario, ids: &mut Ids, step: Step<'_>, refused: Refused<'_>) {
    for (index, account) in scenario.accounts.iter().enumerate() {
        let place = Place { at: account.at, path: &account.path };
        let events = step(Command::OpenAccount(account.spec.clone()));
        tell(&place, &events, refused);
        let id = events.iter().find_map(|event| match event {
            Event::AccountOpened { account, .. } => Some(*account),
            _ => None,
        });
        let id = id.unwrap_or(AccountId(number(index)));
        ids.accounts.push(id);
        set_margin(account.margin, Scope::Account(id), &place, step, refused);
        set_rules(&account.rules, Scope::Account(id), step, refused);
    }
}

fn strategies(scenario: &Scenario, ids: &mut Ids, step: Step<'_>, refused: Refused<'_>) {
    for (index, strategy) in scenario.strategies.iter().enumerate() {
        let place = Place { at: strategy.at, path: &strategy.path };
        let events = step(Command::CreateStrategy(strategy.spec.clone()));
        tell(&place, &events, refused);
        let id = events.iter().find_map(|event| match event {
            Event::StrategyCreated { strategy, .. } => Some(*strategy),
            _ => None,
        });
        let id = id.unwrap_or(StrategyId(number(index)));
        ids.strategies.push(id);
        set_margin(strategy.margin, Scope::Strategy(id), &place, step, refused);
        set_rules(&strategy.rules, Scope::Strategy(id), step, refused);
        let mut groups = Vec::new();
        for group in &strategy.groups {
            let place = Place { at: group.at, path: &group.path };
            let name = group.name.clone();
            let events = step(Command::CreateGroup { strategy: id, name });
            tell(&place, &events, refused);
            let made = events.iter().find_map(|event| match event {
                Event::GroupCreated { group, .. } => Some(*group),
                _ => None,
            });
            let made = made.unwrap_or(GroupId(number(groups.len())));
            groups.push(made);
            set_margin(group.margin, Scope::Group(made), &place, step, refused);
            set_rules(&group.rules, Scope::Group(made), step, refused);
        }
        ids.groups.push(groups);
    }
}

fn set_margin(
    margin: Option<Money>,
    scope: Scope,
    place: &Place<'_>,
    step: Step<'_>,
    refused: Refused<'_>,
) {
    if let Some(margin) = margin {
        let events = step(Command::SetMargin { scope, margin });
        tell(place, &events, refused);
    }
}

pub fn set_rules(rules: &[Rule], scope: Scope, step: Step<'_>, refused: Refused<'_>) {
    for rule in rules {
        let place = Place { at: rule.at, path: &rule.path };
        let events = step(Command::SetRule {
            scope,
            draft: rule.draft.clone(),
            provenance: provenance("scenario", ""),
        });
        tell(&place, &events, refused);
    }
}

/// Hands on every refusal.
pub fn tell(place: &Place<'_>, events: &[Event], refused: Refused<'_>) {
    for event in events {
        if let Event::Refused(refusal) = event {
            refused(place, refusal.clone());
        }
    }
}

pub fn new_trade(trade: &Trade, ids: &Ids, entry: Entry) -> NewTrade {
    let strategy = ids.strategies[trade.strategy];
    NewTrade {
        name: trade.name.clone(),
        strategy,
        account: ids.accounts[trade.account],
        group: trade.group.map(|index| ids.groups[trade.strategy][index]),
        instrument: ids.instruments[trade.instrument],
        side: trade.side,
        quantity: trade.quantity,
        entry,
        rules: trade.rules.iter().map(|rule| rule.draft.clone()).collect(),
    }
}

pub fn provenance(by: &str, reason: &str) -> Provenance {
    Provenance { by: by.to_owned(), reason: reason.to_owned() }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
