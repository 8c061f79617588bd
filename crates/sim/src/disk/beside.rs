//! The files that the journal keeps beside SQLite's, on the same drive.

use super::drive::{Drive, Opened, Refused, Trouble};
use super::system;
use highmark_journal::{Disk, Files, Held};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

impl Drive {
    /// The drive as the journal takes it.
    pub fn disk(&self) -> Disk {
        Disk {
            vfs: Some(system::NAME.to_owned()),
            shared_memory: true,
            // Small, so that logs are moved often.
            log_limit: 100_000,
            files: Arc::new(self.clone()),
        }
    }

    /// Opens a file for writing, and makes it when there is none.
    fn open_to_write(&self, path: &str) -> io::Result<Opened> {
        let epoch = self.epoch();
        let file = match self.find(path).map_err(error)? {
            Some(file) => file,
            None => self.create(epoch, Some(path), false).map_err(error)?,
        };
        Ok(Opened { file, epoch, delete_on_close: None })
    }

    fn length(&self, open: &Opened) -> io::Result<usize> {
        self.look(open, <[u8]>::len).map_err(error)
    }
}

/// Errors as the system would tell them.
fn error(refused: Refused) -> io::Error {
    match refused {
        Refused::Off => io::Error::other("there is no power"),
        Refused::Failed(Trouble::Broken) => io::Error::other("input/output error"),
        Refused::Failed(Trouble::Full | Trouble::Short) => io::Error::from(ErrorKind::StorageFull),
    }
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))
}

impl Files for Drive {
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Drive::list(self, text(folder)?).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Drive::make_folder(self, text(folder)?);
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        let found = |path| self.find(path).is_ok_and(|found| found.is_some());
        text(path).is_ok_and(|path| found(path) || Drive::list(self, path).is_some())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.find(text(path)?).map_err(error)?;
        let file = found.ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        let open = Opened { file, epoch: self.epoch(), delete_on_close: None };
        self.look(&open, <[u8]>::to_vec).map_err(error)
    }

    fn write(&self, path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
        let open = self.open_to_write(text(path)?)?;
        Drive::write(self, &open, 0, content).map_err(error)?;
        if self.length(&open)? != content.len() {
            self.resize(&open, content.len()).map_err(error)?;
        }
        if sync { self.sync(&open).map_err(error) } else { Ok(()) }
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let open = self.open_to_write(text(path)?)?;
        Drive::write(self, &open, self.length(&open)?, content).map_err(error)?;
        self.sync(&open).map_err(error)
    }

    fn write_secret(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        if self.find(text(path)?).map_err(error)?.is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.append(path, content)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let epoch = self.epoch();
        if self.find(text(from)?).map_err(error)?.is_none() {
            return Err(ErrorKind::NotFound.into());
        }
        Drive::rename(self, epoch, text(from)?, text(to)?).map_err(error)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let epoch = self.epoch();
        if self.find(text(path)?).map_err(error)?.is_none() {
            return Err(ErrorKind::NotFound.into());
        }
        Drive::remove(self, epoch, text(path)?).map_err(error)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Drive::sync_folder(self, self.epoch(), text(folder)?).map_err(error)
    }

    fn hold(&self, path: &Path, name: &str) -> io::Result<Result<Box<dyn Held>, String>> {
        let epoch = self.epoch();
        let place = text(path)?.to_owned();
        if !Drive::hold(self, epoch, &place) {
            return Ok(Err("another holder of this drive".to_owned()));
        }
        let hold = Hold { drive: self.clone(), epoch, place };
        // Whose it is is for people to read: not synced.
        Files::write(self, path, name.as_bytes(), false)?;
        Ok(Ok(Box::new(hold)))
    }
}

/// A held file; let go when dropped, or when its process ends.
struct Hold {
    drive: Drive,
    epoch: u64,
    place: String,
}

impl Held for Hold {}

impl Drop for Hold {
    fn drop(&mut self) {
        self.drive.let_go(self.epoch, &self.place);
    }
}
