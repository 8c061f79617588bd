//! What every request works with, and how the engine is asked.

use super::door::Hosts;
use super::keys::Ring;
use super::once::Once;
use super::problem::Problem;
use super::serve::Ways;
use crate::service::intake::NotTaken;
use crate::service::{Asked, ReplyTo};
use crate::socket::protocol::{self, Ask, Said};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::channel;

pub(super) type Shared = Arc<Desk>;

pub(super) struct Desk {
    pub ways: Ways,
    pub keys: Ring,
    pub hosts: Hosts,
    pub once: Once,
    /// The description of all routes.
    pub description: OnceLock<Value>,
}

impl Desk {
    pub(super) fn new(state: &Path, address: SocketAddr, ways: Ways) -> Desk {
        Desk {
            ways,
            keys: Ring::new(state.to_owned()),
            hosts: Hosts::of(address),
            once: Once::default(),
            description: OnceLock::new(),
        }
    }

    /// Asks the engine; the answer comes once what it was made from is durable.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Value, Problem> {
        let (to, mut answer) = channel(1);
        let asked = Asked { ask, to: ReplyTo::Task(to) };
        self.ways.intake.ask(asked).map_err(|not_taken| match not_taken {
            NotTaken::Closed => stopping(),
            NotTaken::Full => protocol::Problem::new("BUSY", "too many requests wait", "try again"),
        })?;
        match answer.recv().await {
            Some(Said::Ok(value)) => Ok(value),
            Some(Said::Error(problem)) => Err(problem.into()),
            // The service has ended before it answered.
            Some(Said::Turn(_)) | None => Err(protocol::Problem::new(
                "NOT_DURABLE",
                "the service ended before it answered: what was asked may have been done, or not",
                "look before you ask again",
            )
            .into()),
        }
    }
}

fn stopping() -> protocol::Problem {
    protocol::Problem::new(
        "STOPPING",
        "the service is stopping",
        "start it again with `highmark run`",
    )
}
