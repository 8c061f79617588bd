//! The paper account's thread: durable orders come in, fills go back to the engine as a broker's news.

use super::intake::Intake;
use super::outside::Board;
use super::time::Clock;
use super::turns::Asked;
use highmark_brokers::paper::{Instruction, Paper};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The longest that the desk waits before it looks at the time again.
const PATIENCE: Duration = Duration::from_millis(20);

/// An order that is due and has no price to fill at is not asked about more often than this.
const SHORTEST: Duration = Duration::from_millis(1);

/// What the desk's thread works with.
pub(super) struct Desk {
    pub paper: Paper,
    pub orders: Receiver<Instruction>,
    pub board: Board,
    pub intake: Arc<Intake<Asked>>,
    pub clock: Clock,
}

impl Desk {
    /// Runs until nobody can place orders any more.
    pub(super) fn run(mut self) {
        loop {
            let now = self.clock.now();
            let due = self.paper.next_due().map(|due| due.since(now).0);
            let wait = due.map_or(PATIENCE, |nanoseconds| {
                Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
            });
            let wait = wait.clamp(SHORTEST, PATIENCE);
            match self.orders.recv_timeout(wait) {
                Ok(instruction) => {
                    let now = self.clock.now();
                    self.paper.accept(instruction, now);
                    for instruction in self.orders.try_iter() {
                        self.paper.accept(instruction, now);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.answer();
        }
    }

    fn answer(&mut self) {
        let now = self.clock.now();
        if self.paper.next_due().is_none_or(|due| due > now) {
            return;
        }
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for news in self.paper.due(now, |instrument| board.get(&instrument).copied()) {
            self.intake.tell(news);
        }
    }
}
