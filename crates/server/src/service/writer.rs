//! The journal's thread, and the only gate to the outside: turns and answers come in the order in which the
//! engine made them, are made durable in groups, and only then is anything let out.

use super::health::Alarm;
use super::hook::Hook;
use super::intake::Intake;
use super::outside::Outside;
use super::policy::{InForce, OnLoss};
use super::time::wall;
use super::turns::{Answer, Asked, Made};
use crate::look::Facts;
use crate::mirror::Inbox;
use crate::socket::protocol::{Problem, Said};
use highmark_brokers::paper::Instruction;
use highmark_engine::{Body, Command, Event, Input, Scope};
use highmark_journal::{
    Checkpoint, Emergency, Journal, JournalError, Rolling, Turn, Urgent, UrgentFact, fault,
};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Something for the journal's thread, in the engine's order.
#[expect(clippy::large_enum_variant, reason = "turns are moved twice; all else is rare")]
#[derive(Debug)]
pub(super) enum Work {
    Made(Made),
    Answer(Answer),
    /// The journal goes on in a new segment.
    Roll {
        /// The last one has become long, and no day has begun.
        within_day: bool,
    },
    Checkpoint(Answer),
}

/// What leaves after a commit.
enum Leaving {
    Turn { instructions: Vec<Instruction>, received: Instant, decided: Instant },
    Answer(Answer),
}

/// What the journal's thread works with.
pub(super) struct Writer {
    pub journal: Journal,
    pub rolling: Rolling,
    /// Old segments are removed once the active one has its state.
    pub is_to_retire: bool,
    pub emergency: Emergency,
    pub work: Receiver<Work>,
    pub outside: Arc<Outside>,
    pub intake: Arc<Intake<Asked>>,
    pub facts: Arc<Facts>,
    /// The most turns in one commit.
    pub group: usize,
    pub policy: Arc<InForce>,
    pub hook: Hook,
    /// Where turns are put for those who look, once they are durable.
    pub mirror: Arc<Inbox>,
    pub lost: bool,
}

/// How long turns that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(50);
/// Turns that nobody waits for in one commit: an exit that comes while they are written waits for no more.
const QUIET_GROUP: usize = 512;
/// Records after which a checkpoint is due whatever the time.
const CHECKPOINT_RECORDS: u64 = 1_000;

impl Writer {
    /// Runs until the engine's thread has gone; ends with a checkpoint. The journal is given back whole.
    pub(super) fn run(mut self) -> Result<(), JournalError> {
        let (mut signed_at, mut signed) = (Instant::now(), self.journal.head().clone());
        loop {
            let every = self.policy.now().checkpoint_every;
            let due = every.saturating_sub(signed_at.elapsed());
            let due = self.rolling.pause().map_or(due, |pause| due.min(pause));
            let Some(group) = self.gather(due) else { break };
            self.keep(group);
            self.go_on();
            let head = self.journal.head();
            let news = head.hash != signed.hash;
            let many = head.segment != signed.segment
                || head.records >= signed.records + CHECKPOINT_RECORDS;
            if head.segment != signed.segment {
                tracing::debug!(segment = head.segment, "the journal goes on in a new segment");
            }
            if news && (many || signed_at.elapsed() >= every) {
                self.checkpoint();
                (signed_at, signed) = (Instant::now(), self.journal.head().clone());
            }
        }
        if !self.lost {
            let finished = self.rolling.finish(&mut self.journal);
            self.carried(finished);
        }
        self.checkpoint();
        self.hook.end();
        Ok(())
    }

    /// A group of work: as much as waits, and a little longer when nobody waits for it. `None` at the end.
    fn gather(&self, due: Duration) -> Option<Vec<Work>> {
        let mut group = Vec::new();
        match self.work.recv_timeout(due.max(LINGER)) {
            Ok(work) => group.push(work),
            Err(RecvTimeoutError::Timeout) => return Some(group),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        let begun = Instant::now();
        let mut is_awaited = is_awaited(&group[0]);
        while group.len() < if is_awaited { self.group } else { self.group.min(QUIET_GROUP) } {
            let next = match is_awaited {
                true => self.work.try_recv().ok(),
                false => self.work.recv_timeout(LINGER.saturating_sub(begun.elapsed())).ok(),
            };
            let Some(work) = next else { break };
            is_awaited |= self::is_awaited(&work);
            group.push(work);
        }
        Some(group)
    }

    /// Makes a group durable and lets out what it holds, in order.
    fn keep(&mut self, group: Vec<Work>) {
        let mut made = Vec::new();
        for work in group {
            match work {
                Work::Made(_) | Work::Answer(_) => made.push(work),
                Work::Roll { within_day } => {
                    self.commit(std::mem::take(&mut made));
                    self.roll(within_day);
                }
                Work::Checkpoint(answer) => {
                    self.commit(std::mem::take(&mut made));
                    let said = match self.checkpoint() {
                        Some(checkpoint) => {
                            Said::Ok(serde_json::to_value(checkpoint).unwrap_or_default())
                        }
                        None => Said::Error(not_durable()),
                    };
                    self.outside.answer(Answer { said, ..answer });
                }
            }
        }
        self.commit(made);
    }

    fn commit(&mut self, group: Vec<Work>) {
        if group.is_empty() {
            return;
        }
        let mut turns = Vec::new();
        let mut leaving = Vec::new();
        for work in group {
            match work {
                Work::Made(Made { turn, instructions, received, decided }) => {
                    turns.push(turn);
                    leaving.push(Leaving::Turn { instructions, received, decided });
                }
                Work::Answer(answer) => leaving.push(Leaving::Answer(answer)),
                Work::Roll { .. } | Work::Checkpoint(_) => {}
            }
        }
        fault::point("service.before_commit");
        if !self.lost
            && !turns.is_empty()
            && let Err(error) = self.journal.append(&turns)
        {
            self.lose(&error);
        }
        let turns = Arc::new(turns);
        if !self.lost {
            // Before any answer leaves: whoever hears that something was done sees it when they look.
            let (health, head) = (&self.facts.health, self.journal.head());
            self.mirror.turns(&turns);
            health.durable_turn.store(head.turns, Ordering::Release);
            health.durable_events.store(head.events, Ordering::Relaxed);
            health.commits.fetch_add(1, Ordering::Relaxed);
        }
        fault::point("service.before_release");
        let mut made = turns.iter();
        for one in leaving {
            match one {
                Leaving::Answer(answer) => self.answer(answer),
                Leaving::Turn { instructions, received, decided } => {
                    let Some(turn) = made.next() else { continue };
                    if self.lost {
                        self.release_urgently(turn, &instructions);
                    } else {
                        self.outside.release(turn, &instructions);
                        self.note(turn, received, decided);
                    }
                }
            }
        }
        fault::point("service.after_release");
    }

    fn answer(&self, answer: Answer) {
        // What was only looked at may be shown, with the alarm that stands in it.
        let says_so = matches!(answer.said, Said::Ok(_) | Said::Done(_));
        let is_void = self.lost && answer.promises && says_so;
        let said = if is_void { Said::Error(not_durable()) } else { answer.said };
        self.outside.answer(Answer { said, ..answer });
    }

    /// How long an exit took from the tick that was heard to being decided, and to being durable.
    fn note(&self, turn: &Turn, received: Instant, decided: Instant) {
        let decides = |event: &Event| matches!(event, Event::ExitDecided { .. });
        if turn.events.iter().any(decides) {
            let durable = Instant::now();
            let took = |until: Instant| {
                u64::try_from(until.saturating_duration_since(received).as_micros())
                    .unwrap_or(u64::MAX)
            };
            let mut seen = self.facts.latencies.lock().unwrap_or_else(PoisonError::into_inner);
            seen.decided.saturating_record(took(decided));
            seen.durable.saturating_record(took(durable));
        }
    }

    fn roll(&mut self, within_day: bool) {
        if self.lost {
            return;
        }
        fault::point("service.before_roll");
        if let Err(error) = self.rolling.roll(&mut self.journal, within_day, wall()) {
            return self.lose(&error);
        }
        self.is_to_retire |= !within_day;
    }

    /// A part of the state with which the segment begins, and what may follow once it is there.
    fn go_on(&mut self) {
        if self.lost {
            return;
        }
        let wrote = self.rolling.go_on(&mut self.journal, wall());
        self.carried(wrote);
    }

    /// Once the segment has its state, old ones may go.
    fn carried(&mut self, wrote: Result<bool, JournalError>) {
        if let Some(error) = self.rolling.failed() {
            let segment = self.journal.head().segment;
            tracing::warn!(%error, segment, "{UNWRITTEN}");
        }
        match wrote {
            Ok(true) if std::mem::take(&mut self.is_to_retire) => self.retire(),
            Ok(_) => {}
            Err(error) => self.lose(&error),
        }
    }

    fn retire(&mut self) {
        match self.journal.retire(self.policy.now().retention, wall()) {
            Ok(retired) if retired.is_empty() => {}
            Ok(retired) => tracing::info!(segments = retired.len(), "old segments were removed"),
            Err(error) => self.lose(&error),
        }
    }

    fn checkpoint(&mut self) -> Option<Checkpoint> {
        if self.lost {
            return None;
        }
        match self.journal.checkpoint(wall()) {
            Ok(checkpoint) => {
                tracing::debug!(turns = checkpoint.turns, "a checkpoint was signed");
                if let Some(command) = self.policy.now().checkpoint_hook {
                    self.hook.copy(command, checkpoint.clone());
                }
                Some(checkpoint)
            }
            Err(error) => {
                self.lose(&error);
                None
            }
        }
    }

    /// The journal has failed: it is not tried again. Entries are refused, exits have the emergency path.
    fn lose(&mut self, error: &JournalError) {
        self.lost = true;
        let health = &self.facts.health;
        health.journal_lost.store(true, Ordering::Release);
        tracing::error!(%error, "the journal has stopped: nothing more is durable");
        health.raise(Alarm {
            code: "JOURNAL_LOST".into(),
            message: format!("the journal has stopped: {error}"),
            hint: error.hint(),
            since: wall().0,
        });
        let urgent = Urgent { at: wall(), fact: UrgentFact::Note(error.to_string()) };
        self.write_urgently(&urgent);
        let reason = "the journal has stopped".to_owned();
        let command = match self.policy.now().on_loss {
            OnLoss::Hold => Command::Halt { scope: Scope::System, reason },
            OnLoss::ExitAll => Command::Kill { reason },
        };
        let body = Body::Command { by: "highmark".into(), command };
        self.intake.tell(Input { at: wall(), body });
    }

    /// Exits, a kill and brokers' answers go to the emergency file; then the exits leave whose decision stands there.
    fn release_urgently(&mut self, turn: &Turn, instructions: &[Instruction]) {
        let at = turn.at();
        if let Body::Order(news) = &turn.input.body {
            self.write_urgently(&Urgent { at, fact: UrgentFact::News(news.clone()) });
        }
        let mut recorded = BTreeSet::new();
        for event in &turn.events {
            match event {
                Event::ExitDecided { intent, .. } => {
                    let fact = UrgentFact::Decided(Box::new(event.clone()));
                    if self.write_urgently(&Urgent { at, fact }) {
                        recorded.insert(*intent);
                    }
                }
                Event::Killed { reason } => {
                    let fact = UrgentFact::Killed { reason: reason.clone() };
                    self.write_urgently(&Urgent { at, fact });
                }
                _ => {}
            }
        }
        self.outside.release_exits(turn, instructions, &recorded);
    }

    /// Whether it stands there. Nothing leaves of which no record is left: the next start would send it again.
    fn write_urgently(&mut self, urgent: &Urgent) -> bool {
        let Err(error) = self.emergency.append(urgent) else { return true };
        tracing::error!(%error, ?urgent, "the emergency file cannot be written");
        self.facts.health.raise(Alarm {
            code: "EMERGENCY_LOST".into(),
            message: format!(
                "the emergency file cannot be written either, so no exit leaves: {error}"
            ),
            hint: "close what is open at the broker; then make room, and start again".into(),
            since: wall().0,
        });
        false
    }
}

/// Whether somebody waits for the work: anything but prices and time.
fn is_awaited(work: &Work) -> bool {
    match work {
        Work::Made(made) => made.turn.events.iter().any(is_news),
        Work::Answer(_) | Work::Roll { .. } | Work::Checkpoint(_) => true,
    }
}

/// Whether an event says more than that prices and time went on.
pub(crate) fn is_news(event: &Event) -> bool {
    !matches!(
        event,
        Event::TurnBegan { .. }
            | Event::Marked(_)
            | Event::Settled
            | Event::BarClosed { .. }
            | Event::StopMoved { .. }
            | Event::TickRefused { .. }
    )
}

const UNWRITTEN: &str = "the state with which the segment begins could not be folded: a start folds the one before it too";

fn not_durable() -> Problem {
    Problem::new(
        "NOT_DURABLE",
        "the journal has stopped, so this is not recorded; entries are refused, exits still leave",
        "look at the disk, stop the service, and start it again: it recovers all that was durable",
    )
}
