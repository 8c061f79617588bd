//! SQLite's table of file calls as a safe trait: whoever implements [`FileSystem`] can put a database anywhere.
//!
//! SQLite asks its host for files through a struct of C functions, and there is no safe way to fill one in.
//! This crate is that way: `table` holds the C functions and all the unsafe code of the workspace, each a few
//! lines that turn pointers into references and call the trait; locks and the index of the write-ahead log
//! are kept here, in memory, for one process. It serves simulated disks in tests and is no part of a release.

mod shared;
#[expect(
    unsafe_code,
    reason = "SQLite calls C functions with raw pointers; nothing else here does"
)]
mod table;

pub use shared::Shared;
pub use table::register;

use std::sync::Arc;

/// What SQLite answers its caller instead of success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub i32);

impl Code {
    pub const BUSY: Code = Code(rusqlite::ffi::SQLITE_BUSY);
    pub const CANNOT_OPEN: Code = Code(rusqlite::ffi::SQLITE_CANTOPEN);
    pub const DISK_FULL: Code = Code(rusqlite::ffi::SQLITE_FULL);
    pub const READ: Code = Code(rusqlite::ffi::SQLITE_IOERR_READ);
    pub const WRITE: Code = Code(rusqlite::ffi::SQLITE_IOERR_WRITE);
    pub const SYNC: Code = Code(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    pub const FOLDER_SYNC: Code = Code(rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC);
    pub const TRUNCATE: Code = Code(rusqlite::ffi::SQLITE_IOERR_TRUNCATE);
    pub const DELETE: Code = Code(rusqlite::ffi::SQLITE_IOERR_DELETE);
    pub const DELETE_NONE: Code = Code(rusqlite::ffi::SQLITE_IOERR_DELETE_NOENT);
    pub const SIZE: Code = Code(rusqlite::ffi::SQLITE_IOERR_FSTAT);
    pub const LOCK: Code = Code(rusqlite::ffi::SQLITE_IOERR_LOCK);
    pub const INDEX: Code = Code(rusqlite::ffi::SQLITE_IOERR_SHMMAP);
}

/// How a file is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub kind: Kind,
    pub writes: bool,
    /// Make the file when there is none.
    pub create: bool,
    /// Refuse when there is one.
    pub exclusive: bool,
    pub delete_on_close: bool,
}

/// What SQLite keeps in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Database,
    /// The write-ahead log.
    Log,
    /// A rollback journal of a database or of several.
    Rollback,
    Temporary,
}

/// Files, as SQLite wants them. Paths are what the connection was opened with.
pub trait FileSystem: Send + Sync + 'static {
    /// An open file.
    type File: Send;

    /// `None` asks for a nameless file that nobody else will open.
    fn open(&self, path: Option<&str>, opening: Opening) -> Result<Self::File, Code>;
    fn delete(&self, path: &str, sync_folder: bool) -> Result<(), Code>;
    fn exists(&self, path: &str) -> Result<bool, Code>;
    fn close(&self, file: &mut Self::File);

    /// Fills `into` as far as the file reaches and says how far that is.
    fn read(&self, file: &Self::File, at: u64, into: &mut [u8]) -> Result<usize, Code>;
    fn write(&self, file: &Self::File, at: u64, bytes: &[u8]) -> Result<(), Code>;
    fn truncate(&self, file: &Self::File, size: u64) -> Result<(), Code>;
    fn sync(&self, file: &Self::File) -> Result<(), Code>;
    fn size(&self, file: &Self::File) -> Result<u64, Code>;

    /// The locks and the index that all who have this file open share.
    fn shared(&self, file: &Self::File) -> Arc<Shared>;
}
