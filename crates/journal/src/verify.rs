//! Verification: the whole chain, the checkpoints, the note of the end, and that each segment goes on from the last;
//! whole with the fold of everything, or the links alone.

use crate::carry::carried_of;
use crate::chain::{Chain, Content};
use crate::checkpoint::{Checkpoint, PublicKey};
use crate::disk::Disk;
use crate::error::{Damage, JournalError};
use crate::hash::Hash;
use crate::head::Head;
use crate::reader::Reader;
use crate::record::Note;
use crate::recover::{Walk, first_words};
use crate::retire::Retired;
use crate::segment::{self, Sealed, SegmentHead};
use crate::store::Store;
use highmark_engine::Engine;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub segment: u64,
    pub segments: u64,
    pub records: u64,
    pub turns: u64,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub head: Option<Head>,
    pub segments: u64,
    pub records: u64,
    pub turns: u64,
    pub events: u64,
    /// Checkpoints that were checked, inside the segments and outside.
    pub checkpoints: u64,
    /// Turns after the last signed checkpoint: a cut there can be seen by the note of the end alone.
    pub unsigned_turns: u64,
    pub damages: Vec<Damage>,
    /// What is no damage and should be known all the same.
    pub notes: Vec<String>,
}

/// What is known of a journal from elsewhere: it cannot be rewritten with the folder.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    /// The key that signs.
    pub key: Option<PublicKey>,
    /// Checkpoints that were copied to another machine.
    pub checkpoints: Vec<Checkpoint>,
}

impl Verdict {
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

/// Walks the whole journal in `dir`, which may be written at the same time.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Verdict, JournalError> {
    verify_against(dir, &Disk::default(), &Trusted::default(), progress)
}

/// The same without reading what the records hold: that none was changed since it was written, and nothing is
/// missing. Carried states are not looked at, for turns come to the same; nor is what was written wrong or anew.
pub fn verify_links(dir: &Path) -> Result<Verdict, JournalError> {
    let reader = Reader::open_on(dir, &Disk::default())?;
    verification(&reader, &Trusted::default(), Depth::Links, &mut |_| {})
}

/// The same, against what is known from elsewhere.
pub fn verify_against(
    dir: &Path,
    disk: &Disk,
    trusted: &Trusted,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verdict, JournalError> {
    verify_all(&Reader::open_on(dir, disk)?, trusted, progress)
}

/// The same for any reader's journal.
pub fn verify_all(
    reader: &Reader,
    trusted: &Trusted,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verdict, JournalError> {
    verification(reader, trusted, Depth::Whole, progress)
}

/// How closely records are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// The chain; turns are not read.
    Links,
    /// Every turn is read and folded.
    Whole,
}

fn verification(
    reader: &Reader,
    trusted: &Trusted,
    depth: Depth,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verdict, JournalError> {
    let mut store = reader.store();
    // The note and what was published are read first: the records can only be ahead of them.
    let noted = store.noted_head()?;
    let (published, unreadable) = store.published()?;
    let segments = store.segments()?;
    let mut walk = Verification {
        store: store.as_mut(),
        trusted,
        depth,
        progress,
        place: Progress { segments: segments.len() as u64, ..Progress::default() },
        verdict: Verdict { segments: segments.len() as u64, ..Verdict::default() },
        sealed: None,
        engine: None,
        wanted: BTreeSet::new(),
        ends: BTreeMap::new(),
        oldest: None,
        signed: 0,
        retired: BTreeMap::new(),
        name: None,
        inside: BTreeSet::new(),
    };
    walk.wanted.extend(noted.iter().map(|head| (head.segment, head.records)));
    let signed = published.iter().chain(&trusted.checkpoints);
    walk.wanted.extend(signed.map(|checkpoint| (checkpoint.segment, checkpoint.records)));
    if unreadable > 0 {
        walk.note(format!("{unreadable} lines of the checkpoints outside cannot be read"));
    }
    for segment in &segments {
        walk.segment(*segment)?;
    }
    walk.what_is_gone(&segments);
    walk.outside(noted.as_ref(), &published);
    let mut verdict = walk.verdict;
    let turns = verdict.head.as_ref().map_or(0, |head| head.turns);
    verdict.unsigned_turns = turns.saturating_sub(walk.signed);
    Ok(verdict)
}

struct Verification<'a> {
    store: &'a mut dyn Store,
    trusted: &'a Trusted,
    depth: Depth,
    progress: &'a mut dyn FnMut(Progress),
    place: Progress,
    verdict: Verdict,
    /// The end of the segment before, as it was walked.
    sealed: Option<Head>,
    /// The fold of everything so far, while nothing was damaged.
    engine: Option<Engine>,
    /// Segments and records after which somebody knew the hash.
    wanted: BTreeSet<(u64, u64)>,
    /// The hash that was found there, and the turns by then.
    ends: BTreeMap<(u64, u64), (Hash, u64)>,
    /// The last turn that a good checkpoint covers.
    signed: u64,
    retired: BTreeMap<u64, Retired>,
    /// What the oldest segment says of the one before it.
    oldest: Option<Sealed>,
    name: Option<String>,
    /// The signatures of the checkpoints that stand in each segment.
    inside: BTreeSet<(u64, String)>,
}

impl Verification<'_> {
    fn segment(&mut self, segment: u64) -> Result<(), JournalError> {
        self.place.segment = segment;
        (self.progress)(self.place);
        for complaint in self.found(segment, |store| store.complaints(segment))?.unwrap_or_default()
        {
            self.damage(segment, complaint);
        }
        let Some((first, words)) = self.found(segment, |store| first_words(store, segment))? else {
            (self.sealed, self.engine) = (None, None);
            return Ok(());
        };
        self.beginning(&first);
        // Read before the records, which can only be ahead of them.
        let inside = self.found(segment, |store| store.checkpoints(segment))?.unwrap_or_default();
        self.wanted.extend(inside.iter().map(|checkpoint| (segment, checkpoint.records)));
        let mut chain = Chain::begin(&first, &words);
        self.pass(&chain.head);
        let mut walk = Walk::new(segment);
        while let Some(Some(record)) = self.found(segment, |store| walk.next(store))? {
            let followed = chain.follow(&record);
            let is_whole = followed.is_ok();
            if let Err(damage) = followed {
                self.verdict.damages.push(damage);
                self.engine = None;
                chain.step_over(&record);
            }
            let reads = record.turns == 0 || self.depth == Depth::Whole;
            match reads.then(|| chain.content(&record)).transpose() {
                Ok(None) => {}
                Ok(Some(Content::Turns(turns))) => {
                    if let Some(engine) = &mut self.engine {
                        let events = turns.iter().flat_map(|turn| &turn.events);
                        events.for_each(|event| engine.apply(event));
                    }
                }
                Ok(Some(Content::Note(Note::Retired(retired)))) => self.tombs(&retired),
                Ok(Some(Content::Note(Note::Carried { .. }))) => {}
                Err(damage) if is_whole => self.verdict.damages.push(damage),
                Err(_) => {}
            }
            self.pass(&chain.head);
            self.verdict.records += 1;
            self.verdict.turns += record.turns;
            self.verdict.events += record.events;
            (self.place.records, self.place.turns) = (self.verdict.records, self.verdict.turns);
            if self.verdict.records.is_multiple_of(256) {
                (self.progress)(self.place);
            }
        }
        let inside = self.found(segment, |store| store.checkpoints(segment))?.unwrap_or_default();
        self.inside.extend(inside.iter().map(|checkpoint| (segment, checkpoint.signature.clone())));
        inside
            .iter()
            .for_each(|checkpoint| self.checkpoint(checkpoint, "a checkpoint in it", &first));
        self.verdict.head = Some(chain.head.clone());
        self.sealed = Some(chain.head);
        Ok(())
    }

    fn pass(&mut self, head: &Head) {
        if self.wanted.contains(&(head.segment, head.records)) {
            self.ends.insert((head.segment, head.records), (head.hash, head.turns));
        }
    }

    /// Whether a segment goes on from the one before, with the state that the fold gives.
    fn beginning(&mut self, first: &SegmentHead) {
        let segment = first.segment;
        self.tombs(&first.retired);
        if self.name.is_none() {
            self.oldest = first.before.clone();
        }
        if self.name.get_or_insert_with(|| first.journal.clone()) != &first.journal {
            self.damage(segment, "it is of another journal".into());
        }
        if self.trusted.key.as_ref().is_some_and(|key| *key != first.key) {
            self.damage(
                segment,
                "its checkpoints are signed with a key that is not the trusted one".into(),
            );
        }
        if let (Some(sealed), Some(before)) = (&self.sealed, &first.before)
            && sealed.segment == before.segment
        {
            let goes_on = sealed.records == before.records
                && sealed.turns == before.turns
                && sealed.events == before.events
                && sealed.hash == before.hash;
            if !goes_on {
                let what = format!("it does not go on from the end of segment {}", sealed.segment);
                self.damage(segment, what);
                self.engine = None;
            }
        } else {
            self.engine = None;
        }
        if self.depth == Depth::Links {
            return;
        }
        let (carried, bytes) = match carried_of(self.store, first) {
            Ok(Some(carried)) => carried,
            Ok(None) if first.before.is_none() => return self.engine = Some(Engine::new()),
            Ok(None) if self.sealed.is_none() => {
                let what =
                    "the state that it begins with is not written, and what came before is gone";
                return self.damage(segment, what.into());
            }
            Ok(None) => return,
            Err(error) => return self.damage(segment, error.to_string()),
        };
        match segment::unpack(&carried, &bytes) {
            Ok(read) => {
                let is_fold =
                    self.engine.as_ref().is_none_or(|engine| *engine.state() == read.state);
                if read.is_exact && !is_fold {
                    let what = "the state that it carries is not what the turns before it come to";
                    self.damage(segment, what.into());
                }
                self.engine.get_or_insert_with(|| Engine::from_state(read.state));
            }
            Err(why) if why.starts_with("its ") => {
                self.damage(segment, format!("the state that it carries: {why}"));
            }
            Err(why) => self.note(format!("the state carried into segment {segment}: {why}")),
        }
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint, who: &str, first: &SegmentHead) {
        self.verdict.checkpoints += 1;
        let segment = first.segment;
        if !checkpoint.is_signed() || checkpoint.key != first.key {
            return self.damage(segment, format!("{who} does not bear the journal's signature"));
        }
        if checkpoint.journal != first.journal || checkpoint.segment != segment {
            return self.damage(segment, format!("{who} is of another segment"));
        }
        self.end(checkpoint.segment, checkpoint.records, checkpoint.hash, who);
    }

    /// Compares an end that somebody knew with what was walked.
    fn end(&mut self, segment: u64, records: u64, hash: Hash, who: &str) {
        match self.ends.get(&(segment, records)) {
            Some((found, turns)) if *found == hash => self.signed = self.signed.max(*turns),
            Some(_) => {
                let what = format!("after record {records} its chain is not the one of {who}");
                self.damage_once(segment, what);
            }
            None => {
                let what = format!("its end is cut off: {who} names {records} records");
                self.damage_once(segment, what);
            }
        }
    }

    /// The note of the end, the checkpoints beside, and those from elsewhere.
    fn outside(&mut self, noted: Option<&Head>, published: &[Checkpoint]) {
        let signed = self.signed;
        match noted {
            None => self.note("the note of the journal's end is missing".into()),
            Some(noted) if !self.is_retired(noted.segment) => {
                self.end(noted.segment, noted.records, noted.hash, "the note of the end");
            }
            Some(_) => {}
        }
        // A note is no signature.
        self.signed = signed;
        let elsewhere = self.trusted;
        for (checkpoints, who) in [
            (published, "a checkpoint outside"),
            (&elsewhere.checkpoints[..], "a checkpoint from elsewhere"),
        ] {
            for checkpoint in checkpoints {
                self.verdict.checkpoints += 1;
                let segment = checkpoint.segment;
                if !checkpoint.is_signed() {
                    self.damage(segment, format!("{who} does not bear a signature of its key"));
                } else if Some(&checkpoint.journal) != self.name.as_ref() {
                    self.note(format!("{who} is of another journal"));
                } else if !self.is_retired(segment) {
                    self.end(segment, checkpoint.records, checkpoint.hash, who);
                    self.stands_inside(checkpoint, who);
                }
            }
        }
        let outside = published.iter().map(|each| (each.segment, each.signature.clone())).collect();
        let missing = self.inside.difference(&outside).count();
        if missing > 0 {
            // A crash between the two leaves one; more were lost or taken away.
            self.note(format!("{missing} checkpoints of the segments do not stand outside"));
        }
        let is_ours = |checkpoint: &Checkpoint| Some(&checkpoint.journal) == self.name.as_ref();
        if !elsewhere.checkpoints.is_empty() && !elsewhere.checkpoints.iter().any(is_ours) {
            self.damage(0, "none of the checkpoints from elsewhere is of this journal".into());
        }
    }

    /// A checkpoint is written into its segment before it is published.
    fn stands_inside(&mut self, checkpoint: &Checkpoint, who: &str) {
        let Checkpoint { segment, records, signature, .. } = checkpoint;
        let was_walked = self.ends.contains_key(&(*segment, 0));
        if was_walked && !self.inside.contains(&(*segment, signature.clone())) {
            let what = format!("the checkpoint of its record {records} is gone: {who} is the same");
            self.damage_once(*segment, what);
        }
    }

    /// Segments that are not there have to have been retired.
    fn what_is_gone(&mut self, segments: &[u64]) {
        let newest = segments.last().copied().unwrap_or(0);
        for segment in (1..newest).filter(|segment| segments.binary_search(segment).is_err()) {
            if !self.is_retired(segment) {
                self.damage(segment, "it is missing, and nothing says that it was retired".into());
            }
        }
        if let Some(before) = self.oldest.take()
            && self.retired.get(&before.segment).is_some_and(|tomb| tomb.hash != before.hash)
        {
            self.damage(
                before.segment + 1,
                "it does not go on from the end that its tombstone names".into(),
            );
        }
        let left: Vec<u64> =
            segments.iter().copied().filter(|segment| self.is_retired(*segment)).collect();
        for segment in left {
            self.note(format!(
                "segment {segment} is retired and still there; the next retirement removes it"
            ));
        }
    }

    fn is_retired(&self, segment: u64) -> bool {
        self.retired.contains_key(&segment)
    }

    fn tombs(&mut self, retired: &[Retired]) {
        self.retired.extend(retired.iter().map(|each| (each.segment, each.clone())));
    }

    /// Turns damage into a finding; other errors end the verification.
    fn found<T>(
        &mut self,
        segment: u64,
        look: impl FnOnce(&mut dyn Store) -> Result<T, JournalError>,
    ) -> Result<Option<T>, JournalError> {
        match look(self.store) {
            Ok(found) => Ok(Some(found)),
            Err(JournalError::Damaged(damage)) => {
                if self.verdict.damages.last() != Some(&damage) {
                    self.verdict.damages.push(damage);
                }
                self.engine = None;
                Ok(None)
            }
            // Retired meanwhile by the writer.
            Err(JournalError::NotFound { .. }) => {
                self.note(format!("segment {segment} went away while it was read"));
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    fn damage(&mut self, segment: u64, what: String) {
        let remedy = Damage::RESTORE.into();
        self.verdict.damages.push(Damage { segment, record: None, turns: None, what, remedy });
    }

    fn damage_once(&mut self, segment: u64, what: String) {
        let is_known = self
            .verdict
            .damages
            .iter()
            .any(|damage| damage.segment == segment && damage.what == what);
        if !is_known {
            self.damage(segment, what);
        }
    }

    fn note(&mut self, note: String) {
        self.verdict.notes.push(note);
    }
}
