//! What is said over the local socket: one JSON object a line, each answer with the id of its request.

use crate::api::hooks::plan::Wanted;
use crate::service::intake::NotTaken;
use highmark_engine::{
    Command, Event, Price, Quantity, RuleId, Scope, StrategyId, Timestamp, TradeId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest line that is read; a longer one ends the connection.
pub const LONGEST_LINE: usize = 1 << 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the client; comes back with everything that answers it.
    pub id: u64,
    #[serde(flatten)]
    pub what: Ask,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", content = "with", rename_all = "snake_case")]
pub enum Ask {
    /// The service and everything open, at a glance.
    Status,
    /// Parts of the state in full.
    Look(Look),
    /// What a person or a program wants done. Answered once it is durable.
    Command { by: String, command: Box<Command> },
    /// As a command, if this still stands when it is its turn.
    Given { by: String, command: Box<Command>, given: Given },
    /// Take entries again after a kill, with a code of the second factor once somebody has enrolled.
    Release { by: String, reason: String, code: Option<String> },
    /// A signal of another program: what it asks for is done as far as its hook lets it.
    Signal { by: String, signal: Box<Wanted> },
    /// Everything of a scope leaves, in its order of exits: what is held exits, what waits to be entered is cancelled, and
    /// what is on its way out already is let be.
    Leave { by: String, scope: Scope, reason: String },
    /// Prices from outside any feed.
    Push(Vec<Pushed>),
    /// Every turn from now on, as it becomes durable.
    Watch,
    /// A copy of the journal in this folder, while it is written.
    Backup { to: String },
    /// A signed checkpoint now.
    Checkpoint,
    /// Read the configuration again; whole or not at all.
    Reload,
    /// A link that opens the dashboard once.
    Open,
    /// Stop in good order.
    Stop,
}

/// What was looked at, and must still stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    Rule {
        rule: RuleId,
        version: u32,
    },
    /// The terms of a strategy, by their tag.
    Strategy {
        strategy: StrategyId,
        tag: String,
    },
}

/// What to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Ids and names of everything, for a client that speaks in names.
    Names,
    Strategies,
    /// Trades that are open or wait to be.
    Open,
    Trade(TradeId),
    /// At most `limit` trades in the order of their ids, and the id after which there are more.
    Page {
        /// Closed ones too.
        all: bool,
        /// Those that follow this one.
        after: Option<TradeId>,
        limit: u32,
    },
    /// The terms of a strategy.
    Strategy(StrategyId),
    Rules,
    Instruments,
}

/// A price of one symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pushed {
    pub symbol: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Quantity>,
    /// Exchange time; now, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub id: u64,
    #[serde(flatten)]
    pub what: Said,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Ok(Value),
    /// The same, of a command: whoever sends it on writes it out, so that the engine does not.
    #[serde(rename = "ok", skip_deserializing)]
    Done(Outcome),
    Error(Problem),
    /// One of many, to `watch`.
    Turn(Durable),
}

impl From<Result<Value, Problem>> for Said {
    fn from(answer: Result<Value, Problem>) -> Said {
        answer.map_or_else(Said::Error, Said::Ok)
    }
}

/// What a command came to: its events, and what they say in sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub events: Vec<Event>,
    pub told: Vec<String>,
    pub turn: u64,
}

impl Outcome {
    /// What came of another command after it.
    pub(crate) fn add(&mut self, later: Outcome) {
        self.events.extend(later.events);
        self.told.extend(later.told);
        self.turn = later.turn;
    }
}

/// A turn that is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durable {
    pub turn: u64,
    pub events: Vec<Event>,
}

/// What went wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub hint: String,
    #[serde(default)]
    pub field: String,
}

impl Problem {
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            code: code.to_owned(),
            message: message.into(),
            hint: hint.into(),
            field: String::new(),
        }
    }
}

/// Why something was not taken.
pub(crate) fn not_taken(why: NotTaken) -> Problem {
    match why {
        NotTaken::Closed => stopping(),
        NotTaken::Full => Problem::new("BUSY", "too many requests wait", "try again"),
    }
}

/// Why nothing is taken any more.
pub(crate) fn stopping() -> Problem {
    let hint = "start it again with `highmark run`";
    Problem::new("STOPPING", "the service is stopping", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers_survive_the_wire() {
        let request = Request {
            id: 7,
            what: Ask::Command {
                by: "ops".into(),
                command: Box::new(Command::Kill { reason: "drill".into() }),
            },
        };
        let line = serde_json::to_string(&request).unwrap();
        assert_eq!(
            line,
            r#"{"id":7,"ask":"command","with":{"by":"ops","command":{"kill":{"reason":"drill"}}}}"#
        );
        assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), request);
        let plain: Request = serde_json::from_str(r#"{"id":1,"ask":"status"}"#).unwrap();
        assert_eq!(plain.what, Ask::Status);
        let response =
            Response { id: 7, what: Said::Error(Problem::new("KILLED", "no entries", "")) };
        let line = serde_json::to_string(&response).unwrap();
        assert_eq!(serde_json::from_str::<Response>(&line).unwrap(), response);
    }

    #[test]
    fn what_was_done_is_heard_as_any_other_answer() {
        let events = vec![Event::TurnBegan { turn: 3, at: highmark_engine::Timestamp(9) }];
        let done = Outcome { events, told: vec!["so".into()], turn: 3 };
        let line = serde_json::to_string(&Response { id: 7, what: Said::Done(done.clone()) });
        let heard: Response = serde_json::from_str(&line.unwrap()).unwrap();
        let sent = serde_json::to_value(&done).unwrap();
        assert_eq!(sent["told"][0], "so");
        assert_eq!(heard, Response { id: 7, what: Said::Ok(sent) });
    }
}
