//! The one writer of a journal.

use crate::about::About;
use crate::carry::Carry;
use crate::checkpoint::{self, Checkpoint, Signer};
use crate::codec::Encoder;
use crate::disk::Held;
use crate::error::{Damage, JournalError};
use crate::fault;
use crate::head::Head;
use crate::record::{MOST_BYTES, MOST_TURNS, Note, Record};
use crate::recover::{Found, recover};
use crate::retire::{self, Retention, Retired};
use crate::segment::{self, FORMAT, Sealed, SegmentHead};
use crate::store::{Folder, KEY, LOCK, Memory, RESTORING, Store};
use crate::turn::Turn;
use highmark_engine::{Engine, State, Timestamp};
use std::fmt;
use std::path::{Path, PathBuf};

/// A journal that is being written. It stops at its first error.
pub struct Journal {
    store: Box<dyn Store>,
    signer: Signer,
    about: About,
    name: String,
    head: Head,
    retired: Vec<Retired>,
    /// The state with which the active segment begins is yet to be written.
    lacks_state: bool,
    encoder: Encoder,
    stopped: Option<String>,
    /// Last, so that the lock outlives the connection.
    lock: Option<Box<dyn Held>>,
}

/// What one group commit made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub head: Head,
    pub turns: u64,
    pub events: u64,
    /// Bytes of records, compressed.
    pub bytes: u64,
}

/// What was there when the journal was opened.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The engine as it was after the last durable turn.
    pub engine: Engine,
    pub head: Head,
    /// Turns and events that were folded to get there.
    pub turns: u64,
    pub events: u64,
    /// It began from the state that the newest segment carries, or from nothing in the first;
    /// otherwise older segments were folded.
    pub from_carried: bool,
    /// What a person should know: a repaired crash, a state that had to be folded anew.
    pub notes: Vec<String>,
}

impl Journal {
    /// Makes a new journal in a folder that holds none.
    pub fn create(dir: &Path, about: &About, now: Timestamp) -> Result<Journal, JournalError> {
        let failed = |error| JournalError::storage("make the folder", error);
        refuse_half_restored(dir, about)?;
        about.disk.files.make_folder(dir).map_err(failed)?;
        let lock = hold(dir, about, now)?;
        let mut folder = Folder::to_write(dir, &about.disk)?;
        if !folder.segments()?.is_empty() {
            return Err(JournalError::Exists { path: dir.to_owned() });
        }
        let signer = signer(dir, about)?;
        Journal::start(Box::new(folder), signer, Some(lock), about, now)
    }

    /// Takes up a journal where it ended, or refuses when it is damaged.
    pub fn open(
        dir: &Path,
        about: &About,
        now: Timestamp,
    ) -> Result<(Journal, Recovered), JournalError> {
        refuse_half_restored(dir, about)?;
        Journal::take_up(dir, about, now, None)
    }

    /// The same in a new epoch, if one is given.
    pub(crate) fn take_up(
        dir: &Path,
        about: &About,
        now: Timestamp,
        epoch: Option<u64>,
    ) -> Result<(Journal, Recovered), JournalError> {
        if Folder::to_read(dir, &about.disk).segments()?.is_empty() {
            return Err(JournalError::NotFound { path: dir.to_owned() });
        }
        let lock = hold(dir, about, now)?;
        fault::point("open.locked");
        let mut folder = Folder::to_write(dir, &about.disk)?;
        fault::point("open.before_database");
        let migrated = folder.migrate()?;
        let mut found = recover(&mut folder)?;
        if !migrated.is_empty() {
            found.notes.push(format!("segments {migrated:?} were brought to format {FORMAT}"));
        }
        fault::point("open.after_database");
        let signer = signer(dir, about)?;
        Journal::go_on(Box::new(folder), signer, Some(lock), found, about, now, epoch)
    }

    /// A journal in memory: made when there is none, taken up otherwise. Nothing is on a disk.
    pub fn in_memory(
        memory: &Memory,
        about: &About,
        now: Timestamp,
    ) -> Result<(Journal, Recovered), JournalError> {
        let mut store = memory.clone();
        let signer = memory.signer()?;
        if store.segments()?.is_empty() {
            let journal = Journal::start(Box::new(store), signer, None, about, now)?;
            let recovered = Recovered {
                engine: Engine::new(),
                head: journal.head.clone(),
                turns: 0,
                events: 0,
                from_carried: true,
                notes: Vec::new(),
            };
            return Ok((journal, recovered));
        }
        let found = recover(&mut store)?;
        Journal::go_on(Box::new(store), signer, None, found, about, now, None)
    }

    /// Makes `turns` durable, all of them or none.
    pub fn append(&mut self, turns: &[Turn]) -> Result<Committed, JournalError> {
        self.unless_stopped()?;
        let appended = self.try_append(turns);
        self.stop_at_error(appended)
    }

    /// Seals the active segment and begins the next with `state`, which the turns so far have come to.
    pub fn roll(&mut self, state: &State, now: Timestamp) -> Result<(), JournalError> {
        self.roll_in_epoch(state, self.head.epoch, false, now)
    }

    /// The same when no day has begun, but the segment has become long: recovery is to read no more than one.
    pub fn roll_within_day(&mut self, state: &State, now: Timestamp) -> Result<(), JournalError> {
        self.roll_in_epoch(state, self.head.epoch, true, now)
    }

    /// Seals the active segment and begins the next, without the state that the turns so far have come to: that is
    /// folded beside by [`Carry::fold`] and written by [`Journal::carry`], so that no turn waits for it.
    pub fn roll_ahead(&mut self, within_day: bool, now: Timestamp) -> Result<(), JournalError> {
        self.unless_stopped()?;
        fault::point("roll.before");
        let sealed = self.sealed();
        let begun = self.begin(Some(sealed), self.head.epoch, None, within_day, now);
        self.stop_at_error(begun)
    }

    /// Whether the state with which the active segment begins is yet to be written.
    pub fn lacks_state(&self) -> bool {
        self.lacks_state
    }

    /// Writes the next part of the state with which the active segment begins. True when nothing of it is left to be
    /// written, also because another segment has begun since.
    pub fn carry(&mut self, carry: &mut Carry) -> Result<bool, JournalError> {
        self.unless_stopped()?;
        if carry.segment != self.head.segment || !self.lacks_state {
            return Ok(true);
        }
        let written = self.try_carry(carry);
        self.stop_at_error(written)
    }

    /// Signs where the journal ends now.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<Checkpoint, JournalError> {
        self.unless_stopped()?;
        let signed = self.try_checkpoint(now);
        self.stop_at_error(signed)
    }

    /// Removes sealed segments that need not be kept, and says so in the chain before it does.
    pub fn retire(
        &mut self,
        keep: Retention,
        now: Timestamp,
    ) -> Result<Vec<Retired>, JournalError> {
        self.unless_stopped()?;
        let retired = self.try_retire(keep, now);
        self.stop_at_error(retired)
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Lets go in a process that was forked from the writer's: the lock stays with the writer alone, and what
    /// is open is left as it is, because closing it would be done in the writer's name.
    pub fn forsake(mut self) {
        drop(self.lock.take());
        std::mem::forget(self);
    }

    /// Why the journal has stopped, if it has.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    fn roll_in_epoch(
        &mut self,
        state: &State,
        epoch: u64,
        within_day: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.unless_stopped()?;
        let rolled = self.try_roll(state, epoch, within_day, now);
        self.stop_at_error(rolled)
    }

    fn start(
        store: Box<dyn Store>,
        signer: Signer,
        lock: Option<Box<dyn Held>>,
        about: &About,
        now: Timestamp,
    ) -> Result<Journal, JournalError> {
        let nowhere = Head {
            segment: 0,
            epoch: 1,
            records: 0,
            turns: 0,
            events: 0,
            hash: Default::default(),
        };
        let name = checkpoint::random_name()?;
        let mut journal = Journal::new(store, signer, lock, about, name, nowhere, Vec::new())?;
        journal.begin(None, 1, None, false, now)?;
        Ok(journal)
    }

    fn go_on(
        store: Box<dyn Store>,
        signer: Signer,
        lock: Option<Box<dyn Held>>,
        found: Found,
        about: &About,
        now: Timestamp,
        epoch: Option<u64>,
    ) -> Result<(Journal, Recovered), JournalError> {
        let Found {
            engine,
            head,
            turns,
            events,
            from_carried,
            lacks_state,
            mut notes,
            journal,
            key,
            retired,
        } = found;
        let is_known = signer.public() == key;
        let mut journal = Journal::new(store, signer, lock, about, journal, head, retired)?;
        journal.lacks_state = lacks_state;
        journal.store.note_head(&journal.head)?;
        if !is_known || epoch.is_some() {
            let epoch = epoch.unwrap_or(journal.head.epoch);
            journal.roll_in_epoch(engine.state(), epoch, true, now)?;
        }
        if !is_known {
            notes.push(format!(
                "the signing key is another one than before; segment {} begins with it",
                journal.head.segment
            ));
        }
        let head = journal.head.clone();
        Ok((journal, Recovered { engine, head, turns, events, from_carried, notes }))
    }

    fn new(
        store: Box<dyn Store>,
        signer: Signer,
        lock: Option<Box<dyn Held>>,
        about: &About,
        name: String,
        head: Head,
        retired: Vec<Retired>,
    ) -> Result<Journal, JournalError> {
        let encoder =
            Encoder::new().map_err(|error| JournalError::storage("make ready to write", error))?;
        let about = about.clone();
        Ok(Journal {
            store,
            signer,
            about,
            name,
            head,
            retired,
            lacks_state: false,
            encoder,
            stopped: None,
            lock,
        })
    }

    fn try_append(&mut self, turns: &[Turn]) -> Result<Committed, JournalError> {
        fault::point("append.before");
        let mut expected = self.head.turns;
        for turn in turns {
            expected += 1;
            if turn.number() != Some(expected) {
                return Err(JournalError::OutOfStep { expected, found: turn.number() });
            }
        }
        let mut head = self.head.clone();
        let mut records = Vec::new();
        for chunk in turns.chunks(MOST_TURNS) {
            self.write_records(&mut head, &mut records, chunk)?;
        }
        let (turns, events) = (head.turns - self.head.turns, head.events - self.head.events);
        let bytes = records.iter().map(|record| record.body.len() as u64).sum();
        self.add(&records, head)?;
        Ok(Committed { head: self.head.clone(), turns, events, bytes })
    }

    /// Makes one record of `turns`, or several when it would be too long.
    fn write_records(
        &mut self,
        head: &mut Head,
        records: &mut Vec<Record>,
        turns: &[Turn],
    ) -> Result<(), JournalError> {
        let encoded = self.encoder.encode(turns);
        let body = encoded.map_err(|error| JournalError::storage("write turns down", error))?;
        if body.len() > MOST_BYTES && turns.len() > 1 {
            let (first, rest) = turns.split_at(turns.len() / 2);
            self.write_records(head, records, first)?;
            return self.write_records(head, records, rest);
        }
        let events = turns.iter().map(|turn| turn.events.len() as u64).sum();
        records.push(link(head, turns.len() as u64, events, body));
        Ok(())
    }

    fn add(&mut self, records: &[Record], head: Head) -> Result<(), JournalError> {
        if !records.is_empty() {
            self.store.append(records)?;
            self.head = head;
            self.store.note_head(&self.head)?;
        }
        Ok(())
    }

    fn try_roll(
        &mut self,
        state: &State,
        epoch: u64,
        within_day: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        if state.turn() != self.head.turns {
            let expected = self.head.turns;
            return Err(JournalError::OutOfStep { expected, found: Some(state.turn()) });
        }
        fault::point("roll.before");
        let sealed = self.sealed();
        self.begin(Some(sealed), epoch, Some(state), within_day, now)
    }

    /// The end of the active segment as it is now.
    fn sealed(&self) -> Sealed {
        let Head { segment, records, turns, events, hash, .. } = self.head.clone();
        Sealed { segment, records, turns, events, hash }
    }

    fn try_carry(&mut self, carry: &mut Carry) -> Result<bool, JournalError> {
        fault::point("carry.before");
        if let Some((number, part)) = carry.next_part() {
            self.store.add_part(number, part)?;
            fault::point("carry.parted");
            carry.wrote_part();
            return Ok(false);
        }
        self.note(&Note::Carried { carried: carry.carried.clone(), parts: carry.parts })?;
        self.lacks_state = false;
        fault::point("carry.noted");
        Ok(true)
    }

    /// Writes a note of the journal about itself.
    fn note(&mut self, note: &Note) -> Result<(), JournalError> {
        let body = serde_json::to_vec(note)
            .map_err(|error| JournalError::storage("write a note", error))?;
        let mut head = self.head.clone();
        let record = link(&mut head, 0, 0, body);
        self.add(&[record], head)
    }

    /// Begins the next segment.
    fn begin(
        &mut self,
        before: Option<Sealed>,
        epoch: u64,
        state: Option<&State>,
        within_day: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let (carried, bytes) = state.map(segment::pack).transpose()?.unzip();
        let lacks_state = before.is_some() && carried.is_none();
        let first = SegmentHead {
            format: FORMAT,
            product: self.about.product.clone(),
            journal: self.name.clone(),
            epoch,
            segment: self.head.segment + 1,
            created_at: now,
            key: self.signer.public(),
            before,
            retired: self.retired.clone(),
            carried,
            within_day,
        };
        let words = serde_json::to_vec(&first)
            .map_err(|error| JournalError::storage("begin a segment", error))?;
        self.store.begin(first.segment, &words, bytes.as_deref())?;
        fault::point("roll.begun");
        let (segment, hash) = (first.segment, first.link(&words));
        self.head = Head { segment, epoch, records: 0, hash, ..self.head };
        self.lacks_state = lacks_state;
        self.store.note_head(&self.head)?;
        fault::point("roll.head_written");
        self.try_checkpoint(now).map(|_| ())
    }

    fn try_checkpoint(&mut self, now: Timestamp) -> Result<Checkpoint, JournalError> {
        let signed = self.signer.sign(&self.head, &self.name, &self.about, now);
        self.store.publish(&signed)?;
        Ok(signed)
    }

    fn try_retire(
        &mut self,
        keep: Retention,
        now: Timestamp,
    ) -> Result<Vec<Retired>, JournalError> {
        let tombstones = retire::tombstones(self.store.as_mut(), keep, now)?;
        let is_new = |tombstone: &&Retired| {
            self.retired.iter().all(|known| known.segment != tombstone.segment)
        };
        let new: Vec<Retired> = tombstones.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            self.note(&Note::Retired(new.clone()))?;
            self.retired.extend(new);
        }
        fault::point("retire.noted");
        for tombstone in &tombstones {
            self.store.remove(tombstone.segment)?;
            fault::point("retire.removed");
        }
        Ok(tombstones)
    }

    fn unless_stopped(&self) -> Result<(), JournalError> {
        match &self.stopped {
            Some(first) => Err(JournalError::Stopped { first: first.clone() }),
            None => Ok(()),
        }
    }

    fn stop_at_error<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(error) = &result {
            self.stopped = Some(error.to_string());
            self.store.abandon();
        }
        result
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Journal { name, head, stopped, lock, .. } = self;
        let is_locked = lock.is_some();
        write!(f, "Journal {{ {name} {head:?} stopped: {stopped:?} locked: {is_locked} }}")
    }
}

/// The next record after `head`, which moves on to it.
fn link(head: &mut Head, turns: u64, events: u64, body: Vec<u8>) -> Record {
    let first_turn = head.turns + 1;
    let hash = head.hash;
    let mut record = Record { seq: head.records + 1, first_turn, turns, events, body, hash };
    record.hash = record.link(head.segment, head.hash);
    head.records = record.seq;
    head.turns += turns;
    head.events += events;
    head.hash = record.hash;
    record
}

fn refuse_half_restored(dir: &Path, about: &About) -> Result<(), JournalError> {
    if !about.disk.files.exists(&dir.join(RESTORING)) {
        return Ok(());
    }
    Err(JournalError::Damaged(Damage {
        segment: 0,
        record: None,
        turns: None,
        what: "a restore into it did not end".into(),
        remedy: "empty the folder and restore again".into(),
    }))
}

fn hold(dir: &Path, about: &About, now: Timestamp) -> Result<Box<dyn Held>, JournalError> {
    let path = dir.join(LOCK);
    let name = format!("process {} ({}), since {}", std::process::id(), about.product, now.0);
    let held = about.disk.files.hold(&path, &name);
    match held.map_err(|error| JournalError::storage("lock the journal", error))? {
        Ok(held) => Ok(held),
        Err(by) => Err(JournalError::Held { path: dir.to_owned(), by }),
    }
}

/// The key of the journal, made when there is none.
fn signer(dir: &Path, about: &About) -> Result<Signer, JournalError> {
    let path: PathBuf = about.key.clone().unwrap_or_else(|| dir.join(KEY));
    if let Some(signer) = Signer::read(&path, about)? {
        return Ok(signer);
    }
    fault::point("create.before_key");
    let signer = Signer::generate()?;
    signer.write(&path, about)?;
    fault::point("create.after_key");
    Ok(signer)
}
