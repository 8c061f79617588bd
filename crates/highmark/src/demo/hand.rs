//! Somebody who keeps the demo's desk trading: enters what has ended anew, and takes strategies up that were closed.
//! It asks over the local socket as any client does, and does nothing while the kill is engaged.

use crate::failure::Failure;
use highmark_engine::{
    AccountId, Command, Entry, InstrumentId, NewTrade, Quantity, RuleDraft, Side, StrategyId,
};
use highmark_play::scenario::rule_in_words;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Look};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it looks around.
const PACE: Duration = Duration::from_millis(700);
/// Looks between the end of a strategy and its being taken up again: time enough to see why.
const REST: u32 = 90;
const BY: &str = "demo";

/// A strategy, how many trades it holds at most, and what it enters in turn.
struct Plan {
    strategy: &'static str,
    most: usize,
    entries: &'static [Line],
}

/// Symbol, side, quantity, rules with semicolons between.
type Line = (&'static str, Side, i64, &'static str);

const PLANS: [Plan; 5] = [
    Plan {
        strategy: "Momentum",
        most: 3,
        entries: &[
            ("NIFTY", Side::Buy, 150, "trail by=60"),
            ("BANKNIFTY", Side::Buy, 70, "stop_loss from_entry=0.5%; trail by=180"),
            ("RELIANCE", Side::Buy, 400, "trail by=9"),
            ("NIFTY", Side::Sell, 75, "trail by=70"),
        ],
    },
    Plan {
        strategy: "Reversal",
        most: 3,
        entries: &[
            ("RELIANCE", Side::Sell, 250, "stop_loss from_entry=0.6%; target from_entry=1%"),
            ("SBIN", Side::Sell, 400, "trail by=0.8%"),
            // Nobody has put a stop here, from the start: the dashboard says so.
            ("TCS", Side::Sell, 50, ""),
            (
                "INFY",
                Side::Buy,
                300,
                "stop_loss from_entry=0.7%; keep fraction=50% arm_at.profit=4",
            ),
        ],
    },
    Plan {
        strategy: "Carry",
        most: 3,
        entries: &[
            (
                "SBIN",
                Side::Buy,
                400,
                "keep fraction=50% arm_at.profit=4; stop_loss from_entry=1.5%",
            ),
            ("TCS", Side::Buy, 150, "stop_loss from_entry=1%; break_even at=14 plus=1"),
            ("NIFTY", Side::Buy, 75, "stop_loss from_entry=180"),
        ],
    },
    Plan {
        strategy: "Index pair",
        most: 2,
        entries: &[
            ("NIFTY", Side::Buy, 150, "stop_loss from_entry=0.9%"),
            ("BANKNIFTY", Side::Sell, 70, "stop_loss from_entry=0.9%; target from_entry=1.2%"),
        ],
    },
    Plan {
        strategy: "Scalper",
        most: 6,
        entries: &[
            ("SBIN", Side::Buy, 200, "stop_loss from_entry=0.25%; target from_entry=0.3%"),
            ("INFY", Side::Sell, 150, "stop_loss from_entry=0.25%; target from_entry=0.3%"),
            ("RELIANCE", Side::Buy, 150, "stop_loss from_entry=0.25%; target from_entry=0.3%"),
            ("TCS", Side::Sell, 80, "trail by=0.2%"),
            ("NIFTY", Side::Buy, 75, "trail by=0.15%"),
            ("BANKNIFTY", Side::Sell, 35, "trail by=0.15%"),
            ("INFY", Side::Buy, 150, "step start.from_entry=3 every=1 move=1"),
        ],
    },
];

/// Trades on the desk of a state folder until its service ends.
pub fn keep_trading(state: PathBuf) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut hand = Hand { resting: [0; PLANS.len()], next: [0; PLANS.len()], count: 0 };
        // What cannot be done now may be done at the next look; without a service there is nothing to do.
        while hand.look_around(&state).unwrap_or(false) {
            std::thread::sleep(PACE);
        }
    })
}

struct Hand {
    resting: [u32; PLANS.len()],
    next: [usize; PLANS.len()],
    count: u32,
}

impl Hand {
    /// One look, and at most one entry for each strategy; false when there is no service.
    fn look_around(&mut self, state: &Path) -> Result<bool, Failure> {
        let Some(mut client) = Client::connect(state)? else { return Ok(false) };
        let status = client.ask(Ask::Status)?;
        if status["killed"] == true {
            return Ok(true);
        }
        let names = client.ask(Ask::Look(Look::Names))?;
        let trades = client.ask(Ask::Look(Look::Open))?;
        let marks = client.ask(Ask::Look(Look::Instruments))?;
        for (at, plan) in PLANS.iter().enumerate() {
            let Some(strategy) = id(&names["strategies"], plan.strategy) else { continue };
            let rows = status["strategies"].as_array();
            let row = rows.and_then(|rows| rows.iter().find(|row| row["name"] == plan.strategy));
            let stands = row.and_then(|row| row["state"].as_str()).unwrap_or("active");
            if stands.starts_with("shut down") || stands.starts_with("latched") {
                self.rest(at, StrategyId(strategy), &mut client);
                continue;
            }
            let open = trades.as_array().map_or(0, |trades| {
                trades.iter().filter(|trade| trade["strategy"] == strategy).count()
            });
            if stands == "active" && open < plan.most {
                let (symbol, ..) = plan.entries[self.next[at] % plan.entries.len()];
                let found = id(&names["instruments"], symbol);
                let priced = |id| marks.as_array()?.iter().find(|one| one["id"] == id).cloned();
                let is_priced = found.and_then(priced).is_some_and(|one| !one["mark"].is_null());
                if let Some(instrument) = found.filter(|_| is_priced) {
                    self.enter(at, StrategyId(strategy), InstrumentId(instrument), &mut client)?;
                }
            }
        }
        Ok(true)
    }

    fn rest(&mut self, at: usize, strategy: StrategyId, client: &mut Client) {
        self.resting[at] += 1;
        if self.resting[at] >= REST {
            self.resting[at] = 0;
            let reason = "the demo goes on".to_owned();
            // A limit of the day stays: then the strategy has ended for today.
            let _ = ask(client, Command::ResetStrategy { strategy, reason });
        }
    }

    fn enter(
        &mut self,
        at: usize,
        strategy: StrategyId,
        instrument: InstrumentId,
        client: &mut Client,
    ) -> Result<(), Failure> {
        let plan = &PLANS[at];
        let (_, side, quantity, rules) = plan.entries[self.next[at] % plan.entries.len()];
        self.next[at] += 1;
        self.count += 1;
        let initial = plan.strategy.chars().next().unwrap_or('t').to_ascii_lowercase();
        let trade = NewTrade {
            name: format!("{initial}{}", self.count),
            strategy,
            account: AccountId(0),
            group: None,
            instrument,
            side,
            quantity: Quantity::whole(quantity),
            entry: Entry::AtMark,
            rules: drafts(rules)?,
        };
        // It may be refused, by a limit or a stale price: then another is tried.
        let _ = ask(client, Command::AddTrade(trade));
        Ok(())
    }
}

fn ask(client: &mut Client, command: Command) -> Result<Value, Failure> {
    client.ask(Ask::Command { by: BY.to_owned(), command: Box::new(command) })
}

fn drafts(rules: &str) -> Result<Vec<RuleDraft>, Failure> {
    let rules = rules.split(';').map(str::trim).filter(|rule| !rule.is_empty());
    rules
        .map(|rule| {
            let words: Vec<String> = rule.split_whitespace().map(str::to_owned).collect();
            rule_in_words(&words, true).map_err(Failure::from)
        })
        .collect()
}

fn id(named: &Value, name: &str) -> Option<u32> {
    let found = named.as_array()?.iter().find(|one| one["name"] == name)?;
    u32::try_from(found["id"].as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::DESK;
    use crate::scenario;

    #[test]
    fn whatever_is_entered_can_be() {
        let desk = scenario::load("desk.toml", DESK, &[]).unwrap().scenario;
        for plan in PLANS {
            assert!(
                desk.strategies.iter().any(|one| one.spec.name == plan.strategy),
                "{}",
                plan.strategy
            );
            for (symbol, _, quantity, rules) in plan.entries {
                let found = desk.instruments.iter().find(|one| one.spec.symbol == *symbol).unwrap();
                let lots = Quantity::whole(*quantity).0 % found.spec.lot_size.0;
                assert_eq!(lots, 0, "{symbol} {quantity}");
                drafts(rules).unwrap();
            }
        }
    }
}
