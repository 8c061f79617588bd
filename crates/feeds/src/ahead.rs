//! A feed that is read on a thread of its own, some way ahead of whoever plays it.

use crate::Feed;
use crate::batch::{Batch, Progress, Record};
use crate::error::FeedError;
use crate::symbols::Symbols;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// The same batches in the same order as the feed gives alone; an error comes after the batches before it.
///
/// For what is recorded: a batch waits until a block of them is full. Symbols and bytes read are those of the
/// block that is played.
pub struct Ahead {
    full: Option<Receiver<Block>>,
    empty: Sender<Block>,
    thread: Option<JoinHandle<()>>,
    block: Block,
    /// Batches of the block that have been given out.
    next: usize,
    symbols: Symbols,
    progress: Progress,
}

/// Batches on their way, and back for their memory.
#[derive(Default)]
struct Block {
    batches: Vec<Batch>,
    /// How many of them are filled.
    filled: usize,
    /// Symbols that the feed had not seen before.
    names: Vec<String>,
    progress: Progress,
    /// What stands behind the last batch.
    end: Option<Result<(), FeedError>>,
}

/// A block is full with so many records, in as many batches or fewer.
const BLOCK: usize = 1 << 8;
/// So many blocks wait at most.
const WAITING: usize = 4;

impl Ahead {
    /// Begins to read.
    pub fn new(feed: impl Feed + Send + 'static) -> Ahead {
        let (sender, full) = sync_channel(WAITING);
        let (empty, used) = channel();
        let progress = feed.progress();
        let thread = std::thread::spawn(move || read(feed, &sender, &used));
        Ahead {
            full: Some(full),
            empty,
            thread: Some(thread),
            block: Block::default(),
            next: 0,
            symbols: Symbols::default(),
            progress,
        }
    }

    /// Takes the next block in the place of the one that has been played.
    fn turn_over(&mut self) {
        let Some(block) = self.full.as_ref().and_then(|full| full.recv().ok()) else {
            // The thread ends without an end only when it panics.
            if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
                std::panic::resume_unwind(panic);
            }
            self.block.end = Some(Ok(()));
            return;
        };
        for name in &block.names {
            self.symbols.intern(name);
        }
        self.progress =
            Progress { done: block.progress.done, total: block.progress.total, ..self.progress };
        // A thread that has ended wants no block back.
        let _ = self.empty.send(mem::replace(&mut self.block, block));
        self.next = 0;
    }
}

impl Feed for Ahead {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        while self.next == self.block.filled {
            match &mut self.block.end {
                Some(end) => {
                    batch.records.clear();
                    return mem::replace(end, Ok(())).map(|()| false);
                }
                None => self.turn_over(),
            }
        }
        mem::swap(batch, &mut self.block.batches[self.next]);
        self.next += 1;
        for record in &batch.records {
            match record {
                Record::Row(_) => self.progress.rows += 1,
                Record::Unreadable(_) => self.progress.unreadable += 1,
            }
        }
        Ok(true)
    }

    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Nobody listens any more: the thread ends with the block at hand.
        self.full = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(mut feed: impl Feed, sender: &SyncSender<Block>, used: &Receiver<Block>) {
    let mut known = 0;
    loop {
        let mut block = used.try_recv().unwrap_or_default();
        block.fill(&mut feed);
        block.names.clear();
        block.names.extend(feed.symbols().iter().skip(known).map(|(_, name)| name.to_owned()));
        known += block.names.len();
        block.progress = feed.progress();
        let is_last = block.end.is_some();
        if sender.send(block).is_err() || is_last {
            return;
        }
    }
}

impl Block {
    fn fill(&mut self, feed: &mut impl Feed) {
        self.filled = 0;
        let mut records = 0;
        while records < BLOCK {
            if self.filled == self.batches.len() {
                self.batches.push(Batch::default());
            }
            let batch = &mut self.batches[self.filled];
            match feed.fill(batch) {
                Ok(true) => {
                    records += batch.records.len();
                    self.filled += 1;
                }
                Ok(false) => {
                    self.end = Some(Ok(()));
                    return;
                }
                Err(error) => {
                    self.end = Some(Err(error));
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Row;
    use crate::symbols::SymbolId;
    use highmark_engine::{Price, Timestamp};

    /// So many batches of up to three rows, and an error behind them if there is one.
    struct Counting {
        left: u32,
        error: Option<FeedError>,
        symbols: Symbols,
        rows: u64,
    }

    impl Feed for Counting {
        fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
            batch.records.clear();
            if self.left == 0 {
                return self.error.take().map_or(Ok(false), Err);
            }
            batch.at = Timestamp(i64::from(self.left));
            for number in 0..=self.left % 3 {
                let name = format!("S{}", (self.left + number) % 700);
                let symbol = self.symbols.intern(&name).unwrap();
                let row = Row::last(symbol, batch.at, Price::whole(1));
                batch.records.push(Record::Row(row));
                self.rows += 1;
            }
            self.left -= 1;
            Ok(true)
        }

        fn symbols(&self) -> &Symbols {
            &self.symbols
        }

        fn progress(&self) -> Progress {
            Progress { rows: self.rows, ..Progress::default() }
        }
    }

    fn counting(left: u32, error: Option<FeedError>) -> Counting {
        Counting { left, error, symbols: Symbols::default(), rows: 0 }
    }

    #[test]
    fn the_batches_are_those_of_the_feed_alone() {
        for length in [0, 1, 300, 5_000] {
            let (mut alone, mut ahead) =
                (counting(length, None), Ahead::new(counting(length, None)));
            let (mut one, mut other) = (Batch::default(), Batch::default());
            while alone.fill(&mut one).unwrap() {
                assert!(ahead.fill(&mut other).unwrap());
                assert_eq!(one, other);
                assert_eq!(alone.progress().rows, ahead.progress().rows);
                for row in one.rows() {
                    assert_eq!(alone.symbols.name(row.symbol), ahead.symbols().name(row.symbol));
                }
            }
            assert!(!ahead.fill(&mut other).unwrap() && !ahead.fill(&mut other).unwrap());
            assert_eq!(ahead.symbols().id("S1"), alone.symbols.id("S1").or(None::<SymbolId>));
        }
    }

    #[test]
    fn an_error_comes_once_after_the_batches_before_it() {
        let error = FeedError::new("a.csv", "it ends", "copy it again");
        let mut ahead = Ahead::new(counting(2_000, Some(error)));
        for _ in 0..2_000 {
            assert!(ahead.next_batch().unwrap().is_some());
        }
        assert_eq!(ahead.next_batch().unwrap_err().reason, "it ends");
        assert!(ahead.next_batch().unwrap().is_none());
    }

    #[test]
    fn a_feed_that_is_left_early_ends_its_thread() {
        let mut ahead = Ahead::new(counting(10_000_000, None));
        assert!(ahead.next_batch().unwrap().is_some());
    }
}
