//! What those who have one database file open share: its locks, and the index of its write-ahead log.

use crate::Code;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks and log index of one file. A file that came through a crash gets a new one.
#[derive(Debug, Default)]
pub struct Shared(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// Holders of at least a shared lock.
    readers: u32,
    /// The level above shared that somebody holds.
    writer: Level,
    /// The index, in the regions that SQLite asks for; they stay where they are while anybody has them.
    index: Vec<Box<[AtomicU64]>>,
    users: u32,
    slots: [Slot; SLOTS],
}

/// How many locks the index has.
const SLOTS: usize = 8;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    readers: u32,
    is_exclusive: bool,
}

/// SQLite's five levels of a file's lock, in its order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Unlocked,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

impl Level {
    pub(crate) fn of(number: i32) -> Level {
        match number {
            0 => Level::Unlocked,
            1 => Level::Shared,
            2 => Level::Reserved,
            3 => Level::Pending,
            _ => Level::Exclusive,
        }
    }
}

/// What one opener holds.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    level: Level,
    uses_index: bool,
    shared: [bool; SLOTS],
    exclusive: [bool; SLOTS],
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self, mine: &mut Holding, want: Level) -> Result<(), Code> {
        let mut inside = self.inside();
        if mine.level >= want {
            return Ok(());
        }
        if mine.level == Level::Unlocked {
            if inside.writer >= Level::Pending {
                return Err(Code::BUSY);
            }
            inside.readers += 1;
            mine.level = Level::Shared;
        }
        if want == Level::Shared {
            return Ok(());
        }
        let is_others = inside.writer > Level::Shared && mine.level == Level::Shared;
        if is_others {
            return Err(Code::BUSY);
        }
        let alone = inside.readers == 1;
        let reached = if want == Level::Exclusive && !alone { Level::Pending } else { want };
        inside.writer = reached;
        mine.level = reached;
        if reached == want { Ok(()) } else { Err(Code::BUSY) }
    }

    pub(crate) fn unlock(&self, mine: &mut Holding, to: Level) {
        let mut inside = self.inside();
        if mine.level <= to {
            return;
        }
        if mine.level > Level::Shared {
            inside.writer = Level::Unlocked;
        }
        if to == Level::Unlocked {
            inside.readers -= 1;
        }
        mine.level = to;
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.inside().writer >= Level::Reserved
    }

    /// Where a region of the index stands; `None` when there is none yet and none is to be made.
    pub(crate) fn region(
        &self,
        mine: &mut Holding,
        number: usize,
        size: usize,
        extend: bool,
    ) -> Option<*const AtomicU64> {
        let mut inside = self.inside();
        if !mine.uses_index {
            mine.uses_index = true;
            inside.users += 1;
        }
        while extend && inside.index.len() <= number {
            inside.index.push((0..size.div_ceil(8)).map(|_| AtomicU64::new(0)).collect());
        }
        inside.index.get(number).map(|region| region.as_ptr())
    }

    pub(crate) fn leave_index(&self, mine: &mut Holding) {
        let mut inside = self.inside();
        if !mine.uses_index {
            return;
        }
        mine.uses_index = false;
        inside.users -= 1;
        if inside.users == 0 {
            inside.index.clear();
        }
    }

    pub(crate) fn lock_index(
        &self,
        mine: &mut Holding,
        slots: std::ops::Range<usize>,
        exclusive: bool,
    ) -> Result<(), Code> {
        let mut inside = self.inside();
        if slots.end > SLOTS {
            return Err(Code::LOCK);
        }
        let is_free = |index: usize| {
            let slot = inside.slots[index];
            let others = slot.readers - u32::from(mine.shared[index]);
            let held_elsewhere = slot.is_exclusive && !mine.exclusive[index];
            !held_elsewhere && (!exclusive || others == 0)
        };
        if !slots.clone().all(is_free) {
            return Err(Code::BUSY);
        }
        for index in slots {
            if exclusive {
                inside.slots[index].is_exclusive = true;
                mine.exclusive[index] = true;
            } else if !mine.shared[index] {
                inside.slots[index].readers += 1;
                mine.shared[index] = true;
            }
        }
        Ok(())
    }

    pub(crate) fn unlock_index(&self, mine: &mut Holding, slots: std::ops::Range<usize>) {
        let mut inside = self.inside();
        for index in slots.filter(|index| *index < SLOTS) {
            if mine.exclusive[index] {
                inside.slots[index].is_exclusive = false;
                mine.exclusive[index] = false;
            }
            if mine.shared[index] {
                inside.slots[index].readers -= 1;
                mine.shared[index] = false;
            }
        }
    }
}
