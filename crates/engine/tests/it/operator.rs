//! What a person does, in a line of a script.

use crate::script::{Script, strategy};
use crate::words::{draft, entry, scope};
use highmark_engine::*;

impl Script {
    /// `strategy NAME`, `capital STRATEGY AMOUNT`, `group NAME`, `cancel TRADE`, `exit TRADE [QTY]`, `increase TRADE QTY [PRICE]`, `reenter TRADE @ ...`,
    /// `roll TRADE SYMBOL @ ...`, `settle SYMBOL PRICE`, `adjust SYMBOL NEW OLD [DIVIDEND]`, `accept SYMBOL`, `mark SYMBOL PRICE`,
    /// `change RULE RULE-WORDS`, `remove RULE`, `loosen RULE PRICE`, `reset RULE|STRATEGY`, `halt|resume SCOPE`, `kill`, `release`,
    /// `undo [cN]`, `redo`, `margin SCOPE AMOUNT`, `accounts`.
    pub(crate) fn operator(&mut self, words: &[&str], line: &str) -> Option<Vec<Event>> {
        let command = match words {
            ["account", name, rest @ ..] => account(name, rest.contains(&"orders")),
            ["strategy", name] => Command::CreateStrategy(strategy(name)),
            ["capital", id, amount] => {
                let id = StrategyId(number(id));
                let state = self.engine.state();
                let spec = state.strategies().find(|(each, _)| *each == id).unwrap().1.clone();
                let spec = StrategySpec { capital: amount.parse().unwrap(), ..spec };
                Command::EditStrategy { strategy: id, spec }
            }
            ["group", name] => {
                Command::CreateGroup { strategy: StrategyId(0), name: (*name).into() }
            }
            ["settle", symbol, price] => Command::Settle {
                instrument: self.instrument(symbol),
                price: price.parse().unwrap(),
            },
            ["adjust", symbol, new, old, dividend @ ..] => Command::AdjustInstrument {
                instrument: self.instrument(symbol),
                adjustment: Adjustment {
                    new: new.parse().unwrap(),
                    old: old.parse().unwrap(),
                    dividend: dividend.first().map_or(Price::ZERO, |text| text.parse().unwrap()),
                },
            },
            ["accept", symbol] => Command::AcceptGap { instrument: self.instrument(symbol) },
            ["mark", symbol, price] => Command::ManualMark {
                instrument: self.instrument(symbol),
                price: price.parse().unwrap(),
            },
            ["roll", trade, symbol, "@", rest @ ..] => Command::Roll {
                trade: TradeId(number(trade)),
                into: self.instrument(symbol),
                entry: entry(rest),
            },
            words => {
                of_trade(words).or_else(|| of_rule(words, line)).or_else(|| of_scope(words))?
            }
        };
        Some(self.command(command))
    }
}

fn number(text: &str) -> u32 {
    text[1..].parse().unwrap()
}

fn account(name: &str, orders: bool) -> Command {
    Command::OpenAccount(AccountSpec {
        name: name.into(),
        fills: if orders { FillMode::Orders } else { FillMode::Tracking },
        starting_balance: Money::rupees(100_000),
        external: ExternalPolicy::NewestFirst,
    })
}

fn of_trade(words: &[&str]) -> Option<Command> {
    Some(match words {
        ["cancel", trade] => {
            Command::CancelTrade { trade: TradeId(number(trade)), reason: "by hand".into() }
        }
        ["exit", trade, quantity @ ..] => Command::ExitTrade {
            trade: TradeId(number(trade)),
            quantity: quantity.first().map(|text| text.parse().unwrap()),
            reason: "by hand".into(),
        },
        ["increase", trade, quantity, price @ ..] => Command::Increase {
            trade: TradeId(number(trade)),
            quantity: quantity.parse().unwrap(),
            price: price.first().map(|text| text.parse().unwrap()),
        },
        ["reenter", trade, "@", rest @ ..] => {
            Command::ReEnter { trade: TradeId(number(trade)), entry: entry(rest) }
        }
        _ => return None,
    })
}

fn of_rule(words: &[&str], line: &str) -> Option<Command> {
    let provenance = Provenance { by: "test".into(), reason: "a reason".into() };
    Some(match words {
        ["change", rule, ..] => {
            let at = line.find(rule).unwrap() + rule.len();
            Command::ChangeRule {
                rule: RuleId(number(rule)),
                draft: draft(&line[at..]),
                provenance,
            }
        }
        ["remove", rule] => Command::RemoveRule { rule: RuleId(number(rule)), provenance },
        ["loosen", rule, to, reason @ ..] => Command::LoosenStop {
            rule: RuleId(number(rule)),
            to: to.parse().unwrap(),
            provenance: Provenance { by: "test".into(), reason: reason.join(" ") },
        },
        ["reset", id] if id.starts_with('r') => {
            Command::ResetRule { rule: RuleId(number(id)), reason: "looked at".into() }
        }
        ["reset", id] => {
            Command::ResetStrategy { strategy: StrategyId(number(id)), reason: "looked at".into() }
        }
        _ => return None,
    })
}

fn of_scope(words: &[&str]) -> Option<Command> {
    let reason = String::from("a reason");
    Some(match words {
        ["halt", of] => Command::Halt { scope: scope(of)?, reason },
        ["resume", of] => Command::Resume { scope: scope(of)?, reason },
        ["kill"] => Command::Kill { reason },
        ["release"] => Command::Release { reason },
        ["undo"] => Command::Undo { command: None },
        ["undo", id] => Command::Undo { command: Some(CommandId(number(id))) },
        ["redo"] => Command::Redo,
        ["margin", of, amount] => {
            Command::SetMargin { scope: scope(of)?, margin: amount.parse().unwrap() }
        }
        _ => return None,
    })
}
