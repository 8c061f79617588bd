//! The drives as SQLite's file system: one, registered once, that finds the drive by its folder.

use super::drive::{Drive, Opened, Platter, Refused, Trouble};
use highmark_vfs::{Code, FileSystem, Kind, Opening, Shared};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// The name under which SQLite knows the drives.
pub(super) const NAME: &str = "highmark-drive";

type Mounted = BTreeMap<Arc<str>, Weak<Mutex<Platter>>>;

static MOUNTED: Mutex<Mounted> = Mutex::new(BTreeMap::new());

fn mounted() -> MutexGuard<'static, Mounted> {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn mount(drive: &Drive) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        highmark_vfs::register(NAME, Drives).expect("SQLite takes one more file system");
    });
    mounted().insert(Arc::clone(&drive.root), Arc::downgrade(&drive.platter));
}

pub(super) fn unmount(root: &str) {
    mounted().remove(root);
}

/// All drives that are mounted.
struct Drives;

/// An open file on one of them.
struct OnDrive {
    drive: Drive,
    open: Opened,
}

impl Drives {
    fn find(&self, path: &str) -> Option<Drive> {
        let mounted = mounted();
        let end = path.get(1..)?.find('/').map_or(path.len(), |at| at + 1);
        let (root, platter) = mounted.get_key_value(&path[..end])?;
        Some(Drive { root: Arc::clone(root), platter: platter.upgrade()? })
    }
}

/// What SQLite hears: as its own file system says it, `ENOSPC` from a sync being an error of the sync.
fn code(refused: Refused, broken: Code) -> Code {
    match refused {
        Refused::Failed(Trouble::Full | Trouble::Short) if broken == Code::WRITE => Code::DISK_FULL,
        Refused::Off | Refused::Failed(_) => broken,
    }
}

impl FileSystem for Drives {
    type File = OnDrive;

    fn open(&self, path: Option<&str>, opening: Opening) -> Result<OnDrive, Code> {
        let Some(path) = path else {
            // A nameless file dies with its process: any drive would do.
            let drive = Drive::new();
            let file = drive.create(0, None, false).map_err(|_| Code::CANNOT_OPEN)?;
            return Ok(OnDrive { drive, open: Opened { file, epoch: 0, delete_on_close: None } });
        };
        let drive = self.find(path).ok_or(Code::CANNOT_OPEN)?;
        let epoch = drive.epoch();
        let found = drive.find(path).map_err(|_| Code::CANNOT_OPEN)?;
        let file = match found {
            Some(_) if opening.exclusive && opening.create => return Err(Code::CANNOT_OPEN),
            Some(file) => file,
            None if opening.create => {
                let owes_folder = matches!(opening.kind, Kind::Log | Kind::Rollback);
                let made = drive.create(epoch, Some(path), owes_folder);
                made.map_err(|_| Code::CANNOT_OPEN)?
            }
            None => return Err(Code::CANNOT_OPEN),
        };
        let delete_on_close = opening.delete_on_close.then(|| path.to_owned());
        Ok(OnDrive { drive, open: Opened { file, epoch, delete_on_close } })
    }

    fn delete(&self, path: &str, sync_folder: bool) -> Result<(), Code> {
        let drive = self.find(path).ok_or(Code::DELETE)?;
        let epoch = drive.epoch();
        if drive.find(path).map_err(|_| Code::DELETE)?.is_none() {
            return Err(Code::DELETE_NONE);
        }
        drive.remove(epoch, path).map_err(|_| Code::DELETE)?;
        if sync_folder {
            let folder = super::names::parent(path);
            drive.sync_folder(epoch, folder).map_err(|_| Code::FOLDER_SYNC)?;
        }
        Ok(())
    }

    fn exists(&self, path: &str) -> Result<bool, Code> {
        let Some(drive) = self.find(path) else { return Ok(false) };
        drive.find(path).map(|found| found.is_some()).map_err(|_| Code::READ)
    }

    fn close(&self, file: &mut OnDrive) {
        if let Some(path) = file.open.delete_on_close.take() {
            // What cannot be deleted any more is nobody's loss.
            let _ = file.drive.remove(file.open.epoch, &path);
        }
    }

    fn read(&self, file: &OnDrive, at: u64, into: &mut [u8]) -> Result<usize, Code> {
        let look = file.drive.look(&file.open, |bytes| {
            let start = (at as usize).min(bytes.len());
            let end = (start + into.len()).min(bytes.len());
            into[..end - start].copy_from_slice(&bytes[start..end]);
            end - start
        });
        look.map_err(|_| Code::READ)
    }

    fn write(&self, file: &OnDrive, at: u64, bytes: &[u8]) -> Result<(), Code> {
        let written = file.drive.write(&file.open, at as usize, bytes);
        written.map_err(|refused| code(refused, Code::WRITE))
    }

    fn truncate(&self, file: &OnDrive, size: u64) -> Result<(), Code> {
        file.drive.resize(&file.open, size as usize).map_err(|_| Code::TRUNCATE)
    }

    fn sync(&self, file: &OnDrive) -> Result<(), Code> {
        file.drive.sync(&file.open).map_err(|_| Code::SYNC)
    }

    fn size(&self, file: &OnDrive) -> Result<u64, Code> {
        file.drive.look(&file.open, |bytes| bytes.len() as u64).map_err(|_| Code::SIZE)
    }

    fn shared(&self, file: &OnDrive) -> Arc<Shared> {
        file.drive.shared(&file.open)
    }
}

#[cfg(test)]
mod tests;
