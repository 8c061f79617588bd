//! What is done with what is open when the service is told to stop.

use super::intake::Intake;
use super::turns::{Asked, ReplyTo};
use crate::socket::protocol::{Ask, Look, Said};
use highmark_engine::{Command, TradeId};
use highmark_play::failure::{Code, Failure};
use serde::Deserialize;
use serde_json::Value;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// What happens to open trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// They stay as they are; those that nothing protects meanwhile are named.
    Leave,
    /// What is held is exited, what is not entered yet is cancelled.
    ExitAll,
}

/// The longest that exits are waited for.
const EXITS: Duration = Duration::from_secs(20);
/// The longest that the engine is waited for, and how often it is looked.
const ANSWER: Duration = Duration::from_secs(5);
const LOOKS: Duration = Duration::from_millis(20);
const REASON: &str = "the service stops";

/// As much of a trade as has to be known here.
#[derive(Debug, Deserialize)]
struct Living {
    id: TradeId,
    status: String,
    stop: Option<String>,
}

pub(super) struct Stopping<'i> {
    pub intake: &'i Intake<Asked>,
}

impl Stopping<'_> {
    /// Nothing can be entered any more; `Err`: something is still open that should not be.
    pub(super) fn run(&self, mode: OnStop) -> Result<(), Failure> {
        match mode {
            OnStop::Leave => {
                let bare = self.living().iter().filter(|one| one.stop.is_none()).count();
                if bare > 0 {
                    tracing::warn!(
                        trades = bare,
                        "open trades without a stop are left; nothing watches them now"
                    );
                }
                Ok(())
            }
            OnStop::ExitAll => self.exit_all(),
        }
    }

    fn exit_all(&self) -> Result<(), Failure> {
        let until = Instant::now() + EXITS;
        let mut asked = Vec::new();
        loop {
            let living = self.living();
            if living.is_empty() {
                return Ok(());
            }
            if Instant::now() >= until {
                let message =
                    format!("{} trades are still open as the service stops", living.len());
                let hint = "look at the broker; the next start goes on with them";
                return Err(Failure::new(Code::Partial, message, hint));
            }
            for Living { id, status, .. } in living {
                let reason = REASON.to_owned();
                let command = match status.as_str() {
                    "pending" => Command::CancelTrade { trade: id, reason },
                    "open" | "degraded" => Command::ExitTrade { trade: id, quantity: None, reason },
                    // It leaves already.
                    _ => continue,
                };
                // What was refused once would be refused again.
                if !asked.contains(&(id, status.clone())) {
                    asked.push((id, status));
                    let command = Box::new(command);
                    if let Some(Said::Error(problem)) =
                        self.ask(Ask::Command { by: "highmark".into(), command })
                    {
                        tracing::error!(trade = %id, why = %problem.message, "a trade cannot be exited");
                    }
                }
            }
            std::thread::sleep(LOOKS);
        }
    }

    fn living(&self) -> Vec<Living> {
        match self.ask(Ask::Look(Look::Open)) {
            Some(Said::Ok(trades @ Value::Array(_))) => {
                serde_json::from_value(trades).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// `None`: the engine has gone, or does not answer.
    fn ask(&self, ask: Ask) -> Option<Said> {
        let (line, answer) = sync_channel(1);
        self.intake.ask(Asked::new(ask, ReplyTo::Line { id: 0, line })).ok()?;
        answer.recv_timeout(ANSWER).ok().map(|(_, said)| said)
    }
}
