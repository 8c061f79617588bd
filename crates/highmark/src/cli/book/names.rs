//! Names and ids of everything, and things by either.

use crate::failure::{Code, Failure};
use crate::scenario::diagnostics::{any_of, suggestion};
use highmark_engine::*;
use serde::Deserialize;

/// Every id with its name, as the service gives them.
#[derive(Debug, Deserialize)]
pub(crate) struct Names {
    pub instruments: Vec<Named>,
    pub accounts: Vec<Named>,
    pub strategies: Vec<Named>,
    pub groups: Vec<GroupName>,
    pub trades: Vec<TradeName>,
    pub rules: Vec<RuleName>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub id: u32,
    pub name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GroupName {
    pub id: GroupId,
    pub strategy: StrategyId,
    pub name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TradeName {
    pub id: TradeId,
    pub name: String,
    pub generation: u32,
    pub status: TradeStatus,
    pub strategy: StrategyId,
    pub group: Option<GroupId>,
    pub account: AccountId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RuleName {
    pub rule: RuleRef,
    pub kind: String,
}

impl TradeName {
    /// `m1`, `m1#2` for its first re-entry, or the id of one without a name.
    pub(crate) fn shown(&self) -> String {
        match (self.name.is_empty(), self.generation) {
            (true, _) => self.id.to_string(),
            (false, 0) => self.name.clone(),
            (false, generation) => format!("{}#{}", self.name, generation + 1),
        }
    }

    fn lives(&self) -> bool {
        self.status.is_held() || self.status == TradeStatus::Pending
    }

    /// Whether it belongs to the scope.
    pub(crate) fn stands_in(&self, scope: Scope) -> bool {
        match scope {
            Scope::Trade(id) => self.id == id,
            Scope::Group(id) => self.group == Some(id),
            Scope::Strategy(id) => self.strategy == id,
            Scope::Account(id) => self.account == id,
            Scope::System => true,
        }
    }
}

type Found<T> = Result<T, Failure>;

impl Names {
    pub(crate) fn strategy(&self, name: &str) -> Found<StrategyId> {
        named(&self.strategies, 's', name, "strategy").map(StrategyId)
    }

    pub(crate) fn account(&self, name: &str) -> Found<AccountId> {
        named(&self.accounts, 'a', name, "account").map(AccountId)
    }

    pub(crate) fn instrument(&self, symbol: &str) -> Found<InstrumentId> {
        named(&self.instruments, 'i', symbol, "instrument").map(InstrumentId)
    }

    pub(crate) fn group(&self, name: &str) -> Found<&GroupName> {
        let id = number(name, 'g');
        let mut groups = self.groups.iter();
        groups
            .find(|group| group.name == name || Some(group.id.0) == id)
            .ok_or_else(|| unknown("group", name, self.groups.iter().map(|one| one.name.clone())))
    }

    /// By id, by name with its generation (`m1#2`), or by name alone: then the one that lives, or the first.
    pub(crate) fn trade(&self, name: &str) -> Found<&TradeName> {
        let found = self.trades.iter().find(|trade| trade.shown() == name);
        let alive = || {
            let mut living = self.trades.iter().filter(|trade| trade.name == name && trade.lives());
            living.next().filter(|_| living.next().is_none())
        };
        let by_id = || {
            let id = number(name, 't')?;
            self.trades.iter().find(|trade| trade.id.0 == id)
        };
        let best = match name.contains('#') {
            true => found,
            false => alive().or(found),
        };
        best.or_else(by_id)
            .ok_or_else(|| unknown("trade", name, self.trades.iter().map(TradeName::shown)))
    }

    /// Anything that rules stand on, by its name or id; a kind before the name tells two of one name apart
    /// (`strategy Momentum`).
    pub(crate) fn scope(&self, words: &str) -> Found<Scope> {
        let words = words.trim();
        if words == "system" {
            return Ok(Scope::System);
        }
        if let Some((kind, name)) = words.split_once(' ') {
            match kind {
                "trade" => return Ok(Scope::Trade(self.trade(name.trim())?.id)),
                "group" => return Ok(Scope::Group(self.group(name.trim())?.id)),
                "strategy" => return Ok(Scope::Strategy(self.strategy(name.trim())?)),
                "account" => return Ok(Scope::Account(self.account(name.trim())?)),
                _ => {}
            }
        }
        self.strategy(words)
            .map(Scope::Strategy)
            .or_else(|_| self.account(words).map(Scope::Account))
            .or_else(|_| self.group(words).map(|group| Scope::Group(group.id)))
            .or_else(|_| self.trade(words).map(|trade| Scope::Trade(trade.id)))
            .map_err(|_| unknown("scope", words, self.all()))
    }

    /// A rule by its id, or as `trail of m1`.
    pub(crate) fn rule(&self, words: &[String]) -> Found<&RuleName> {
        let text = words.join(" ");
        if let Some(id) = number(&text, 'r') {
            let found = self.rules.iter().find(|rule| rule.rule.rule.0 == id);
            return found.ok_or_else(|| {
                let hint = "it was removed, or never was: `highmark rule list`";
                Failure::new(Code::NotFound, format!("there is no rule {text}"), hint)
            });
        }
        let Some((kind, of)) = text.split_once(" of ") else {
            let hint = "write r5, or `trail of m1`; `highmark rule list` shows them";
            return Err(Failure::new(Code::Usage, format!("`{text}` names no rule"), hint));
        };
        let scope = self.scope(of)?;
        let there: Vec<&RuleName> =
            self.rules.iter().filter(|rule| rule.rule.scope == scope).collect();
        let mut same = there.iter().filter(|rule| rule.kind == kind.trim());
        match (same.next(), same.next()) {
            (Some(rule), None) => Ok(rule),
            (Some(_), Some(_)) => {
                let ids: Vec<String> = there
                    .iter()
                    .filter(|rule| rule.kind == kind.trim())
                    .map(|rule| rule.rule.rule.to_string())
                    .collect();
                let message = format!("{of} has more than one {kind}");
                Err(Failure::new(Code::Usage, message, format!("say which: {}", ids.join(", "))))
            }
            (None, _) => Err(unknown(
                &format!("rule of {of}"),
                kind,
                there.iter().map(|rule| rule.kind.clone()),
            )),
        }
    }

    pub(crate) fn shown(&self, scope: Scope) -> String {
        let plain = |all: &[Named], id: u32| {
            all.iter().find(|one| one.id == id).map(|one| one.name.clone())
        };
        let found = match scope {
            Scope::Trade(id) => {
                self.trades.iter().find(|trade| trade.id == id).map(TradeName::shown)
            }
            Scope::Group(id) => {
                self.groups.iter().find(|group| group.id == id).map(|group| group.name.clone())
            }
            Scope::Strategy(id) => plain(&self.strategies, id.0),
            Scope::Account(id) => plain(&self.accounts, id.0),
            Scope::System => None,
        };
        found.unwrap_or_else(|| scope.to_string())
    }

    /// The trades of a scope that are held, or wait for their entry.
    pub(crate) fn living(&self, scope: Scope) -> Vec<&TradeName> {
        self.trades.iter().filter(|trade| trade.lives() && trade.stands_in(scope)).collect()
    }

    fn all(&self) -> Vec<String> {
        let plain = self.strategies.iter().chain(&self.accounts).map(|one| one.name.clone());
        let groups = self.groups.iter().map(|group| group.name.clone());
        let trades = self.trades.iter().map(TradeName::shown);
        ["system".to_owned()].into_iter().chain(plain).chain(groups).chain(trades).collect()
    }
}

fn named(all: &[Named], letter: char, name: &str, what: &str) -> Found<u32> {
    let by_name = all.iter().find(|one| one.name == name);
    let by_id = || {
        let id = number(name, letter)?;
        all.iter().find(|one| one.id == id)
    };
    let found = by_name.or_else(by_id).map(|one| one.id);
    found.ok_or_else(|| unknown(what, name, all.iter().map(|one| one.name.clone())))
}

/// `t3` is 3.
fn number(text: &str, letter: char) -> Option<u32> {
    text.strip_prefix(letter)?.parse().ok()
}

fn unknown(what: &str, name: &str, known: impl IntoIterator<Item = String>) -> Failure {
    let known: Vec<String> = known.into_iter().collect();
    let words = || known.iter().map(String::as_str);
    let hint = match suggestion(name, words()) {
        Some(close) => format!("did you mean {close}?"),
        None if known.is_empty() => format!("there is no {what} yet"),
        None => format!("there is {}", any_of(words().take(12))),
    };
    let mut failure = Failure::new(Code::NotFound, format!("there is no {what} {name}"), hint);
    failure.field = what.to_owned();
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names() -> Names {
        let trade = |id: u32, name: &str, generation: u32, status: &str| {
            json!({
                "id": id, "name": name, "generation": generation, "status": status, "strategy": 0,
                "group": null, "account": 0, "rules": [],
            })
        };
        serde_json::from_value(json!({
            "instruments": [{ "id": 0, "name": "NIFTY" }],
            "accounts": [{ "id": 0, "name": "main" }],
            "strategies": [{ "id": 0, "name": "Momentum" }, { "id": 1, "name": "Carry" }],
            "groups": [{ "id": 0, "strategy": 0, "name": "legs" }],
            "trades": [
                trade(0, "m1", 0, "closed"), trade(1, "m1", 1, "open"), trade(2, "", 0, "open"),
            ],
            "rules": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_bare_name_is_the_trade_that_lives() {
        let names = names();
        assert_eq!(names.trade("m1").unwrap().id, TradeId(1));
        assert_eq!(names.trade("m1#2").unwrap().id, TradeId(1));
        assert_eq!(names.trade("t0").unwrap().id, TradeId(0));
        assert_eq!(names.trade("t2").unwrap().shown(), "t2");
        assert_eq!(names.living(Scope::System).len(), 2);
    }

    #[test]
    fn names_and_ids_work_and_near_misses_are_told() {
        let names = names();
        assert_eq!(names.scope("s1").unwrap(), Scope::Strategy(StrategyId(1)));
        assert_eq!(names.scope("legs").unwrap(), Scope::Group(GroupId(0)));
        assert_eq!(names.scope("account main").unwrap(), Scope::Account(AccountId(0)));
        let failure = names.scope("Momentm").unwrap_err();
        assert_eq!(
            (failure.code, failure.hint.as_str()),
            (Code::NotFound, "did you mean Momentum?")
        );
        assert_eq!(names.instrument("NIFTI").unwrap_err().hint, "did you mean NIFTY?");
    }
}
