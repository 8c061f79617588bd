//! A drive: files in memory, a switch for its power, and a count of the calls that change something.

use super::contents::{Contents, Loss};
use super::names::{Names, parent};
use super::system;
use crate::random::Dice;
use highmark_vfs::Shared;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A drive in memory, under a folder of its own. Clones are the same drive.
#[derive(Clone)]
pub struct Drive {
    pub(super) root: Arc<str>,
    pub(super) platter: Arc<Mutex<Platter>>,
}

/// One call that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which call, counted from 1 over all that change something.
    pub call: u64,
    pub trouble: Trouble,
    /// Whether all calls after it fail too.
    pub lasts: bool,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// `EIO`: nothing is written; what a sync was to make durable is forgotten.
    Broken,
    /// `ENOSPC`: nothing is written.
    Full,
    /// Half is written, then the disk is full.
    Short,
}

impl Trouble {
    pub const ALL: [Trouble; 3] = [Trouble::Broken, Trouble::Full, Trouble::Short];
}

/// Why a call did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no power, or whoever asks lived before the last restart.
    Off,
    Failed(Trouble),
}

/// What a call does; for the trace, and to tell syncs from writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Write = 1,
    Resize,
    Sync,
    Create,
    Remove,
    Rename,
    SyncFolder,
}

/// An open file of one life of a process.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: usize,
    pub(super) epoch: u64,
    pub(super) delete_on_close: Option<String>,
}

/// What clones of a drive share.
#[derive(Default)]
pub(super) struct Platter {
    root: Arc<str>,
    names: Names,
    files: Vec<Body>,
    folders: BTreeSet<String>,
    held: BTreeSet<String>,
    calls: u64,
    cut: Option<u64>,
    failure: Option<Failure>,
    failed: u64,
    /// The last call that failed or was cut, in words.
    hit: String,
    hit_removal: bool,
    lies: bool,
    is_off: bool,
    /// Raised at each restart, so that what was open before is open no more.
    epoch: u64,
    trace: u64,
}

struct Body {
    contents: Contents,
    shared: Arc<Shared>,
    /// The first sync of a new log makes its name durable too, as SQLite's own file system does.
    owes_folder: Option<String>,
}

impl Drive {
    pub fn new() -> Drive {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let root: Arc<str> = format!("/drive-{}", COUNT.fetch_add(1, Ordering::Relaxed)).into();
        let mut platter = Platter::default();
        platter.root = Arc::clone(&root);
        let drive = Drive { root, platter: Arc::new(Mutex::new(platter)) };
        system::mount(&drive);
        drive
    }

    /// The folder that stands on this drive.
    pub fn root(&self) -> &Path {
        Path::new(&*self.root)
    }

    /// Calls so far that changed something, or tried to.
    pub fn calls(&self) -> u64 {
        self.platter().calls
    }

    /// A number over all calls so far and how each ended: two runs that did the same have the same.
    pub fn trace(&self) -> u64 {
        self.platter().trace
    }

    /// How many calls were made to fail.
    pub fn failed(&self) -> u64 {
        self.platter().failed
    }

    /// The last call that failed or at which the power went, in words.
    pub fn hit(&self) -> String {
        self.platter().hit.clone()
    }

    /// Whether that call was to take a name away.
    pub fn hit_removal(&self) -> bool {
        self.platter().hit_removal
    }

    pub fn is_off(&self) -> bool {
        self.platter().is_off
    }

    /// Takes the power away in the middle of that call, counted as [`Drive::calls`] does.
    pub fn cut_at(&self, call: u64) {
        self.platter().cut = Some(call);
    }

    pub fn fail_at(&self, failure: Option<Failure>) {
        self.platter().failure = failure;
    }

    /// Says from here on that it synced, and does not.
    pub fn lie(&self, lies: bool) {
        self.platter().lies = lies;
    }

    /// Takes the power away now.
    pub fn power_off(&self) {
        self.platter().is_off = true;
    }

    /// Gives power again after a loss: what was not synced is as `loss` says.
    pub fn power_on(&self, loss: Loss, dice: &mut Dice) {
        let mut platter = self.platter();
        platter.names.lose(loss, dice);
        for body in &mut platter.files {
            body.contents.lose(loss, dice);
        }
        platter.restart();
    }

    /// The process ended, the system did not: all that was written is still there.
    pub fn end_process(&self) {
        self.platter().restart();
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Drive {
    fn default() -> Drive {
        Drive::new()
    }
}

/// What SQLite's table and the journal's files ask for.
impl Drive {
    pub(super) fn epoch(&self) -> u64 {
        self.platter().epoch
    }

    pub(super) fn find(&self, path: &str) -> Result<Option<usize>, Refused> {
        let platter = self.platter();
        if platter.is_off { Err(Refused::Off) } else { Ok(platter.names.find(path)) }
    }

    pub(super) fn list(&self, folder: &str) -> Option<Vec<String>> {
        let platter = self.platter();
        let names = platter.names.list(folder);
        (!names.is_empty() || platter.folders.contains(folder)).then_some(names)
    }

    /// A folder is durable at once: what counts is what happens inside.
    pub(super) fn make_folder(&self, folder: &str) {
        self.platter().folders.insert(folder.to_owned());
    }

    /// A new file under a name, or under none.
    pub(super) fn create(
        &self,
        epoch: u64,
        path: Option<&str>,
        owes_folder: bool,
    ) -> Result<usize, Refused> {
        let mut platter = self.platter();
        let file = platter.files.len();
        let verdict = platter.call(epoch, Call::Create, file, 0, 0);
        if let Verdict::Refuse(refused) = verdict {
            return Err(refused);
        }
        let owed = path.filter(|_| owes_folder).map(|path| parent(path).to_owned());
        let shared = Arc::default();
        platter.files.push(Body { contents: Contents::default(), shared, owes_folder: owed });
        if let Some(path) = path {
            platter.names.add(path, file);
        }
        verdict.done().map(|()| file)
    }

    pub(super) fn write(&self, open: &Opened, at: usize, bytes: &[u8]) -> Result<(), Refused> {
        let mut platter = self.platter();
        let verdict = platter.call(open.epoch, Call::Write, open.file, at, bytes.len());
        let contents = &mut platter.files[open.file].contents;
        match verdict {
            Verdict::Refuse(Refused::Failed(Trouble::Short)) => {
                contents.write(at, &bytes[..bytes.len() / 2]);
            }
            Verdict::Refuse(_) => {}
            Verdict::Go | Verdict::Cut => contents.write(at, bytes),
        }
        verdict.done()
    }

    pub(super) fn resize(&self, open: &Opened, size: usize) -> Result<(), Refused> {
        let mut platter = self.platter();
        let verdict = platter.call(open.epoch, Call::Resize, open.file, size, 0);
        if !matches!(verdict, Verdict::Refuse(_)) {
            platter.files[open.file].contents.resize(size);
        }
        verdict.done()
    }

    pub(super) fn sync(&self, open: &Opened) -> Result<(), Refused> {
        let mut platter = self.platter();
        let verdict = platter.call(open.epoch, Call::Sync, open.file, 0, 0);
        match verdict {
            Verdict::Go if platter.lies => {}
            Verdict::Go => {
                platter.files[open.file].contents.sync();
                if let Some(folder) = platter.files[open.file].owes_folder.take() {
                    platter.names.sync(&folder);
                }
            }
            Verdict::Refuse(Refused::Failed(_)) => platter.files[open.file].contents.fail_sync(),
            Verdict::Cut | Verdict::Refuse(Refused::Off) => {}
        }
        verdict.done()
    }

    pub(super) fn remove(&self, epoch: u64, path: &str) -> Result<(), Refused> {
        self.rename_or_remove(epoch, path, None)
    }

    pub(super) fn rename(&self, epoch: u64, from: &str, to: &str) -> Result<(), Refused> {
        self.rename_or_remove(epoch, from, Some(to))
    }

    fn rename_or_remove(&self, epoch: u64, path: &str, to: Option<&str>) -> Result<(), Refused> {
        let mut platter = self.platter();
        let file = platter.names.find(path).unwrap_or(usize::MAX);
        let call = if to.is_some() { Call::Rename } else { Call::Remove };
        let verdict = platter.call(epoch, call, file, 0, 0);
        if !matches!(verdict, Verdict::Refuse(_)) {
            match to {
                Some(to) => platter.names.rename(path, to),
                None => platter.names.remove(path),
            }
        }
        verdict.done()
    }

    pub(super) fn sync_folder(&self, epoch: u64, folder: &str) -> Result<(), Refused> {
        let mut platter = self.platter();
        let verdict = platter.call(epoch, Call::SyncFolder, 0, 0, 0);
        if let Verdict::Go = verdict {
            platter.names.sync(folder);
        }
        verdict.done()
    }

    /// Looks at a file's bytes.
    pub(super) fn look<T>(
        &self,
        open: &Opened,
        see: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Refused> {
        let platter = self.platter();
        if platter.is_off || platter.epoch != open.epoch {
            return Err(Refused::Off);
        }
        Ok(see(platter.files[open.file].contents.live()))
    }

    pub(super) fn shared(&self, open: &Opened) -> Arc<Shared> {
        Arc::clone(&self.platter().files[open.file].shared)
    }

    pub(super) fn hold(&self, epoch: u64, path: &str) -> bool {
        let mut platter = self.platter();
        platter.epoch == epoch && platter.held.insert(path.to_owned())
    }

    pub(super) fn let_go(&self, epoch: u64, path: &str) {
        let mut platter = self.platter();
        if platter.epoch == epoch {
            platter.held.remove(path);
        }
    }
}

impl Drop for Platter {
    fn drop(&mut self) {
        system::unmount(&self.root);
    }
}

/// What becomes of a call.
#[derive(Clone, Copy)]
enum Verdict {
    Go,
    /// It happens, perhaps, and the power goes.
    Cut,
    Refuse(Refused),
}

impl Verdict {
    fn done(self) -> Result<(), Refused> {
        match self {
            Verdict::Go => Ok(()),
            Verdict::Cut => Err(Refused::Off),
            Verdict::Refuse(refused) => Err(refused),
        }
    }
}

impl Platter {
    fn call(&mut self, epoch: u64, call: Call, file: usize, at: usize, size: usize) -> Verdict {
        if self.is_off || epoch != self.epoch {
            return Verdict::Refuse(Refused::Off);
        }
        self.calls += 1;
        let verdict = self.verdict();
        let ending = match verdict {
            Verdict::Go => 0,
            Verdict::Cut => 1,
            Verdict::Refuse(_) => 2,
        };
        if ending > 0 {
            let name = self.names.name_of(file).unwrap_or("a file without a name");
            self.hit_removal = call == Call::Remove;
            self.hit = format!("call {}, {call:?} {size} at {at} of {name}", self.calls);
        }
        for number in [call as u64, file as u64, at as u64, size as u64, ending] {
            self.trace = (self.trace ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
        verdict
    }

    fn verdict(&mut self) -> Verdict {
        if self.cut == Some(self.calls) {
            self.is_off = true;
            return Verdict::Cut;
        }
        match self.failure {
            Some(failure)
                if failure.call == self.calls || failure.lasts && failure.call < self.calls =>
            {
                self.failed += 1;
                Verdict::Refuse(Refused::Failed(failure.trouble))
            }
            _ => Verdict::Go,
        }
    }

    fn restart(&mut self) {
        self.epoch += 1;
        self.is_off = false;
        self.cut = None;
        self.failure = None;
        self.held.clear();
        for body in &mut self.files {
            body.shared = Arc::default();
        }
    }
}
