//! The bounded queue in front of the engine. What people and brokers say goes first and is never dropped;
//! ticks wait in line, and when the line is full those of one instrument are merged into the highest, the
//! lowest and the last, so that no extreme is lost.

use highmark_engine::{Body, Input, InstrumentId, Price, Tick, TickKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Something for the engine, and when it was heard.
#[derive(Debug)]
pub struct Item<A> {
    pub received: Instant,
    pub what: What<A>,
}

#[expect(clippy::large_enum_variant, reason = "inputs are moved twice; requests are rare")]
#[derive(Debug)]
pub enum What<A> {
    Input(Input),
    /// A request that wants an answer.
    Asked(A),
}

/// What some requests have before others.
pub trait Rank {
    /// It goes before everything that waits, and is never refused for being too many.
    fn goes_first(&self) -> bool;
}

/// The queue; shared by all who speak to the engine.
#[derive(Debug)]
pub struct Intake<A> {
    line: Mutex<Line<A>>,
    news: Condvar,
    /// Inputs of ticks that may wait before they are merged.
    most: usize,
}

#[derive(Debug)]
struct Line<A> {
    urgent: VecDeque<Item<A>>,
    ticks: VecDeque<Item<A>>,
    merged: Merged,
    conflated: u64,
    closed: bool,
}

/// The most requests of people that wait; more are refused. Brokers' news is bounded by their orders.
const MOST_ASKED: usize = 10_000;

/// What people and brokers say that is taken before ticks are: a thousand commands at once don't hold up an exit.
const MOST_URGENT: usize = 8;

/// What the queue looks like at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depth {
    pub urgent: usize,
    pub ticks: usize,
    /// Ticks that were merged into others since the start.
    pub conflated: u64,
}

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The service is stopping.
    Closed,
    /// Too many requests wait.
    Full,
}

impl<A: Rank> Intake<A> {
    pub fn new(most: usize) -> Intake<A> {
        let line = Line {
            urgent: VecDeque::new(),
            ticks: VecDeque::new(),
            merged: Merged::default(),
            conflated: 0,
            closed: false,
        };
        Intake { line: Mutex::new(line), news: Condvar::new(), most: most.max(1) }
    }

    /// A request of a person or a program.
    pub fn ask(&self, asked: A) -> Result<(), NotTaken> {
        let mut line = self.line();
        if line.closed {
            return Err(NotTaken::Closed);
        }
        let goes_first = asked.goes_first();
        if line.urgent.len() >= MOST_ASKED && !goes_first {
            return Err(NotTaken::Full);
        }
        let item = Item { received: Instant::now(), what: What::Asked(asked) };
        if goes_first {
            line.urgent.push_front(item);
        } else {
            line.urgent.push_back(item);
        }
        self.news.notify_one();
        Ok(())
    }

    /// The rest of a request that is done in parts: it goes on before what came after it, also while the service stops.
    pub fn go_on(&self, item: Item<A>) {
        self.line().urgent.push_front(item);
    }

    /// News of a broker, or what the service itself has to say; always taken, also while it stops.
    pub fn tell(&self, input: Input) {
        let mut line = self.line();
        line.urgent.push_back(Item { received: Instant::now(), what: What::Input(input) });
        self.news.notify_one();
    }

    /// What a feed says, and when it should have been heard. Never waits. Without room prices are merged, and what could
    /// not be read is counted only.
    pub fn feed(&self, input: Input, received: Instant) -> Result<(), NotTaken> {
        let mut line = self.line();
        if line.closed {
            return Err(NotTaken::Closed);
        }
        let full = line.ticks.len() >= self.most || !line.merged.is_empty();
        match input {
            Input { at, body: Body::Ticks(ticks) } if full => {
                line.conflated += line.merged.take(at, ticks, received);
            }
            Input { body: Body::Unreadable { .. }, .. } if full => line.conflated += 1,
            input => {
                line.ticks.push_back(Item { received, what: What::Input(input) });
            }
        }
        self.news.notify_one();
        Ok(())
    }

    /// Whether further ticks would be merged.
    pub fn is_full(&self) -> bool {
        let line = self.line();
        line.ticks.len() >= self.most || !line.merged.is_empty()
    }

    /// What is urgent, but not so much of it that ticks wait long, and up to `most` inputs of feeds, in order; waits
    /// for something until `patience` is over. `None` once the queue is closed and empty.
    pub fn take(&self, most: usize, patience: Duration) -> Option<Vec<Item<A>>> {
        let mut line = self.line();
        if line.is_empty() {
            if line.closed {
                return None;
            }
            let waited = self
                .news
                .wait_timeout_while(line, patience, |line| line.is_empty() && !line.closed);
            line = waited.unwrap_or_else(PoisonError::into_inner).0;
            if line.is_empty() && line.closed {
                return None;
            }
        }
        let first = MOST_URGENT.min(line.urgent.len());
        let mut items: Vec<Item<A>> = line.urgent.drain(..first).collect();
        let some = most.min(line.ticks.len());
        items.extend(line.ticks.drain(..some));
        if line.ticks.is_empty() && !line.merged.is_empty() {
            items.push(line.merged.drain());
        }
        Some(items)
    }

    /// Takes nothing more from people and feeds; what waits is still given out.
    pub fn close(&self) {
        self.line().closed = true;
        self.news.notify_all();
    }

    pub fn depth(&self) -> Depth {
        let line = self.line();
        Depth { urgent: line.urgent.len(), ticks: line.ticks.len(), conflated: line.conflated }
    }

    fn line(&self) -> MutexGuard<'_, Line<A>> {
        // A thread that panicked ends the process; the queue itself is always whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Line<A> {
    fn is_empty(&self) -> bool {
        self.urgent.is_empty() && self.ticks.is_empty() && self.merged.is_empty()
    }
}

/// Ticks that found no room: per instrument and source the extremes and the last.
#[derive(Debug, Default)]
struct Merged {
    since: Option<Instant>,
    at: Timestamp,
    kept: BTreeMap<InstrumentId, Vec<Tick>>,
}

/// Ticks kept of one instrument: four extremes of three prices each, and the last.
const MOST_KEPT: usize = 7;

impl Merged {
    fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    /// Merges the ticks in; says how many were lost in others.
    fn take(&mut self, at: Timestamp, ticks: Vec<Tick>, received: Instant) -> u64 {
        self.since.get_or_insert(received);
        self.at = self.at.max(at);
        let mut lost = 0;
        for tick in ticks {
            let kept = self.kept.entry(tick.instrument).or_default();
            kept.push(tick);
            if kept.len() > MOST_KEPT {
                let before = kept.len();
                thin(kept);
                lost += (before - kept.len()) as u64;
            }
        }
        lost
    }

    fn drain<A>(&mut self) -> Item<A> {
        let received = self.since.take().unwrap_or_else(Instant::now);
        let mut ticks: Vec<Tick> = std::mem::take(&mut self.kept).into_values().flatten().collect();
        ticks.sort_by_key(|tick| tick.at);
        Item { received, what: What::Input(Input { at: self.at, body: Body::Ticks(ticks) }) }
    }
}

/// Keeps what can matter: for each price its first highest and first lowest, and the last tick. Prints that
/// decide nothing anyway are not looked at.
fn thin(ticks: &mut Vec<Tick>) {
    let mut keep = vec![false; ticks.len()];
    if let Some(last) = keep.last_mut() {
        *last = true;
    }
    for price in [|tick: &Tick| tick.last, |tick: &Tick| tick.bid, |tick: &Tick| tick.ask] {
        let mut extremes: Option<((Price, usize), (Price, usize))> = None;
        for (index, tick) in ticks.iter().enumerate() {
            let Some(value) = price(tick).filter(|_| tick.kind == TickKind::Regular) else {
                continue;
            };
            let (low, high) = extremes.get_or_insert(((value, index), (value, index)));
            if value < low.0 {
                *low = (value, index);
            }
            if value > high.0 {
                *high = (value, index);
            }
        }
        if let Some((low, high)) = extremes {
            keep[low.1] = true;
            keep[high.1] = true;
        }
    }
    let mut kept = keep.into_iter();
    ticks.retain(|_| kept.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::{SourceId, TickRefusal};

    /// Requests with a number; the one with 911 goes first.
    impl Rank for usize {
        fn goes_first(&self) -> bool {
            *self == 911
        }
    }

    fn tick(at: i64, price: i64) -> Input {
        let one = Tick::last(InstrumentId(0), Timestamp(at), Price::whole(price));
        Input { at: Timestamp(at), body: Body::Ticks(vec![one]) }
    }

    fn prices(items: Vec<Item<usize>>) -> Vec<i64> {
        let mut all = Vec::new();
        for item in items {
            if let What::Input(Input { body: Body::Ticks(ticks), .. }) = item.what {
                all.extend(
                    ticks.iter().filter_map(|tick| tick.last).map(|price| price.0 / 100_000_000),
                );
            }
        }
        all
    }

    /// A feed of unknown symbols took half a gigabyte, and what could be read waited ten seconds behind it.
    #[test]
    fn what_cannot_be_read_takes_no_room_when_there_is_none() {
        let intake: Intake<usize> = Intake::new(4);
        let refusal = TickRefusal::NotNumber;
        let body = Body::Unreadable { source: SourceId(1), instrument: None, refusal };
        for at in 0..100 {
            let input = Input { at: Timestamp(at), body: body.clone() };
            intake.feed(input, Instant::now()).unwrap();
        }
        intake.feed(tick(100, 89), Instant::now()).unwrap();
        assert_eq!(intake.depth(), Depth { urgent: 0, ticks: 4, conflated: 96 });
        assert_eq!(prices(intake.take(100, Duration::ZERO).unwrap()), [89]);
    }

    #[test]
    fn a_full_line_keeps_the_extremes_and_the_last() {
        let intake: Intake<usize> = Intake::new(2);
        let path = [100, 101, 105, 90, 95, 96, 97, 130, 60, 99, 98, 100];
        for (at, price) in path.into_iter().enumerate() {
            intake.feed(tick(at as i64, price), Instant::now()).unwrap();
        }
        let got = prices(intake.take(100, Duration::ZERO).unwrap());
        assert_eq!(got[..2], [100, 101]);
        assert!(got.contains(&130) && got.contains(&60) && got.last() == Some(&100), "{got:?}");
        assert_eq!(intake.depth().conflated + got.len() as u64, 12);
    }

    #[test]
    fn what_people_say_goes_before_what_waits() {
        let intake: Intake<usize> = Intake::new(10);
        intake.feed(tick(1, 100), Instant::now()).unwrap();
        intake.ask(7).unwrap();
        let items = intake.take(100, Duration::ZERO).unwrap();
        assert!(matches!(items[0].what, What::Asked(7)));
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn many_commands_at_once_do_not_keep_ticks_waiting_for_all_of_them() {
        let intake: Intake<usize> = Intake::new(10);
        (0..100).for_each(|number| intake.ask(number).unwrap());
        intake.feed(tick(1, 100), Instant::now()).unwrap();
        let items = intake.take(100, Duration::ZERO).unwrap();
        assert_eq!((items.len(), prices_of(&items)), (MOST_URGENT + 1, 1));
        assert_eq!(intake.take(100, Duration::ZERO).unwrap().len(), MOST_URGENT);
    }

    #[test]
    fn a_kill_goes_before_all_that_waits_and_is_never_one_too_many() {
        let intake: Intake<usize> = Intake::new(10);
        (0..MOST_ASKED).for_each(|_| intake.ask(1).unwrap());
        assert_eq!(intake.ask(1), Err(NotTaken::Full));
        intake.ask(911).unwrap();
        let items = intake.take(100, Duration::ZERO).unwrap();
        assert!(matches!(items[0].what, What::Asked(911)));
    }

    fn prices_of<A>(items: &[Item<A>]) -> usize {
        items.iter().filter(|item| matches!(item.what, What::Input(_))).count()
    }

    #[test]
    fn a_closed_queue_gives_out_what_waits_and_still_hears_brokers() {
        let intake: Intake<usize> = Intake::new(10);
        intake.feed(tick(1, 100), Instant::now()).unwrap();
        intake.close();
        assert_eq!(intake.feed(tick(2, 100), Instant::now()), Err(NotTaken::Closed));
        assert_eq!(intake.ask(1), Err(NotTaken::Closed));
        intake.tell(Input { at: Timestamp(3), body: Body::Clock });
        assert_eq!(intake.take(100, Duration::ZERO).unwrap().len(), 2);
        assert!(intake.take(100, Duration::ZERO).is_none());
    }
}
