//! What the journal stands on: SQLite's files through a VFS, and the few files beside them.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A disk: which VFS SQLite writes through, and who keeps the files beside the database.
///
/// The two go together: a simulated disk brings both.
#[derive(Clone)]
pub struct Disk {
    /// The name of a VFS that was registered with SQLite in this process; `None` is the system's own.
    pub vfs: Option<String>,
    /// Whether the VFS has shared memory, so that readers can look beside the writer. Without it each
    /// of them keeps a segment to itself while it has it open.
    pub shared_memory: bool,
    /// About how many bytes a log takes before they are moved into its segment.
    pub log_limit: u64,
    pub files: Arc<dyn Files>,
}

/// As much as SQLite itself would let a log grow.
const LOG_LIMIT: u64 = 4 << 20;

/// The file operations that SQLite does not do for the journal.
pub trait Files: Send + Sync {
    /// The names in a folder, in order; an error when there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    fn exists(&self, path: &Path) -> bool;
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Replaces the whole content; on the disk when it returns if `sync`.
    fn write(&self, path: &Path, content: &[u8], sync: bool) -> io::Result<()>;
    /// Adds to the end, and syncs.
    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Writes a new file that its owner alone may read, and syncs.
    fn write_secret(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes what was created, renamed and removed in a folder survive a loss of power.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Holds a file for this process alone until the answer is dropped; who holds it otherwise.
    fn hold(&self, path: &Path, name: &str) -> io::Result<Result<Box<dyn Held>, String>>;
}

/// A lock that ends when it is dropped, or when its process does.
pub trait Held: Send + Sync {}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFiles;

impl Default for Disk {
    fn default() -> Disk {
        Disk { vfs: None, shared_memory: true, log_limit: LOG_LIMIT, files: Arc::new(LocalFiles) }
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("vfs", &self.vfs).finish_non_exhaustive()
    }
}

struct HeldFile {
    _file: File,
}

impl Held for HeldFile {}

impl Files for LocalFiles {
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn write(&self, path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.write_all(content)?;
        file.set_len(content.len() as u64)?;
        if sync { file.sync_all() } else { Ok(()) }
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn write_secret(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file, and renames are the file system's own matter.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn hold(&self, path: &Path, name: &str) -> io::Result<Result<Box<dyn Held>, String>> {
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
                file.write_all(name.as_bytes())?;
                Ok(Ok(Box::new(HeldFile { _file: file })))
            }
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // Who holds it is told as far as it can be read.
                let _ = file.take(200).read_to_string(&mut by);
                Ok(Err(if by.is_empty() { "another process".to_owned() } else { by }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The folder that holds `path`.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes the name of a local file survive a loss of power.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    LocalFiles.sync_folder(&folder_of(path))
}
