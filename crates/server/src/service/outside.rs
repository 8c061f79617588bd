//! What hears of durable turns: brokers, watchers, whoever asked. Nothing here is told anything earlier.

use super::turns::{Answer, ReplyTo};
use crate::socket::protocol::{Durable, Said};
use highmark_brokers::paper::{Instruction, Quote};
use highmark_engine::{Event, InstrumentId, IntentId};
use highmark_journal::Turn;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// The last durable quote of each instrument, for the paper market.
pub(super) type Board = Arc<Mutex<BTreeMap<InstrumentId, Quote>>>;

/// Watches at once, however few connections they are of: each turn is copied for each.
const MOST_WATCHES: usize = 256;

/// The way out.
#[derive(Debug)]
pub struct Outside {
    watchers: Mutex<Vec<ReplyTo>>,
    /// To the paper market; as many as there are orders. Gone when the service has stopped.
    desk: Mutex<Option<Sender<Instruction>>>,
    board: Board,
}

impl Outside {
    pub fn new(desk: Sender<Instruction>, board: Board) -> Outside {
        Outside { watchers: Mutex::new(Vec::new()), desk: Mutex::new(Some(desk)), board }
    }

    /// Sends every turn from now on to `to`; false when too many watch.
    pub fn watch(&self, to: ReplyTo) -> bool {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = watchers.len() < MOST_WATCHES;
        if has_room {
            watchers.push(to);
        }
        has_room
    }

    /// The turn is durable: its orders leave, and whoever watches hears of it.
    pub fn release(&self, turn: &Turn, instructions: &[Instruction]) {
        self.quote(&turn.events);
        for instruction in instructions {
            self.place(instruction.clone());
        }
        self.show(turn);
    }

    /// Only exits leave when the journal is lost, and of those only the recorded ones. What calls orders back leaves too:
    /// nothing is opened by it, and a start places again what still has to be.
    pub fn release_exits(
        &self,
        turn: &Turn,
        instructions: &[Instruction],
        recorded: &BTreeSet<IntentId>,
    ) {
        self.quote(&turn.events);
        for instruction in instructions {
            let leaves = match instruction {
                Instruction::Place(placement) => {
                    placement.intent.is_some_and(|intent| recorded.contains(&intent))
                }
                Instruction::Cancel(_) | Instruction::CancelEntry(_) => true,
            };
            if leaves {
                self.place(instruction.clone());
            }
        }
    }

    /// An order leaves for the paper market.
    pub fn place(&self, instruction: Instruction) {
        let desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        // A desk that is gone has stopped with the service; its orders are taken up at the next start.
        let _ = desk.as_ref().map(|desk| desk.send(instruction));
    }

    /// No order leaves any more, and watchers hear nothing further.
    pub(super) fn end(&self) {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn answer(&self, answer: Answer) {
        // A client that went away, or does not read, gets no answer.
        let _ = answer.to.send(answer.said);
    }

    fn quote(&self, events: &[Event]) {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            if let Event::Marked(tick) = event {
                board.entry(tick.instrument).or_default().see(tick);
            }
        }
    }

    fn show(&self, turn: &Turn) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.is_empty() {
            return;
        }
        let durable = Durable { turn: turn.number().unwrap_or(0), events: turn.events.clone() };
        // Whoever does not keep up is let go: its line ends, and it can come back and look.
        watchers.retain(|to| to.send(Said::Turn(durable.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::{Body, Input, Timestamp, TradeId};
    use std::sync::mpsc::{channel, sync_channel};

    #[test]
    fn one_client_cannot_watch_without_end() {
        let outside = Outside::new(channel().0, Board::default());
        let (line, _heard) = sync_channel(1);
        let watches =
            (0..1_000).filter(|id| outside.watch(ReplyTo::Line { id: *id, line: line.clone() }));
        assert_eq!(watches.count(), MOST_WATCHES);
    }

    #[test]
    fn without_a_journal_a_kill_left_the_entries_on_their_way_to_be_filled() {
        let (desk, at_the_desk) = channel();
        let outside = Outside::new(desk, Board::default());
        let trade = TradeId(0);
        let clock = Input { at: Timestamp::default(), body: Body::Clock };
        let turn = Turn::new(clock, Vec::new());
        let calls_back = [Instruction::CancelEntry(trade), Instruction::Cancel(trade)];
        outside.release_exits(&turn, &calls_back, &BTreeSet::new());
        assert_eq!(at_the_desk.try_iter().collect::<Vec<_>>(), calls_back);
    }
}
