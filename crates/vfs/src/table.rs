//! The C functions that SQLite calls: each turns pointers into references and asks the trait.

use crate::shared::{Holding, Level, Shared};
use crate::{Code, FileSystem, Kind, Opening};
use rusqlite::ffi;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::Arc;

/// Makes `files` known to SQLite under `name`, for as long as the process lives.
pub fn register<F: FileSystem>(name: &str, files: F) -> Result<(), Code> {
    const {
        assert!(align_of::<Slot<F>>() <= 8, "SQLite aligns a file to 8 bytes");
    }
    let name = CString::new(name).map_err(|_| Code(ffi::SQLITE_MISUSE))?;
    let table: &'static Table<F> = Box::leak(Box::new(Table { files, methods: methods::<F>() }));
    let vfs = ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<Slot<F>>() as c_int,
        mxPathname: LONGEST_PATH,
        pNext: ptr::null_mut(),
        zName: name.into_raw(),
        pAppData: ptr::from_ref(table).cast_mut().cast(),
        xOpen: Some(open::<F>),
        xDelete: Some(delete::<F>),
        xAccess: Some(access::<F>),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(pause),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: the struct and all that it points to are leaked, so they live as long as SQLite may use them.
    answer(unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) })
}

const LONGEST_PATH: c_int = 1024;

/// The moment that SQL sees as now, in milliseconds since noon of day 0: the same in every run.
const NOW: i64 = 212_667_552_000_000;

/// What `pAppData` points to.
struct Table<F> {
    files: F,
    methods: ffi::sqlite3_io_methods,
}

/// An open file as it lies in SQLite's memory: `head` first, as C would inherit.
#[repr(C)]
struct Slot<F: FileSystem> {
    head: ffi::sqlite3_file,
    table: &'static Table<F>,
    file: F::File,
    shared: Arc<Shared>,
    holding: Holding,
}

fn methods<F: FileSystem>() -> ffi::sqlite3_io_methods {
    ffi::sqlite3_io_methods {
        iVersion: 2,
        xClose: Some(close::<F>),
        xRead: Some(read::<F>),
        xWrite: Some(write::<F>),
        xTruncate: Some(truncate::<F>),
        xSync: Some(sync::<F>),
        xFileSize: Some(file_size::<F>),
        xLock: Some(lock::<F>),
        xUnlock: Some(unlock::<F>),
        xCheckReservedLock: Some(check_reserved::<F>),
        xFileControl: Some(control),
        xSectorSize: Some(sector_size),
        xDeviceCharacteristics: Some(characteristics),
        xShmMap: Some(index_map::<F>),
        xShmLock: Some(index_lock::<F>),
        xShmBarrier: Some(index_barrier),
        xShmUnmap: Some(index_unmap::<F>),
        xFetch: None,
        xUnfetch: None,
    }
}

fn answer(code: c_int) -> Result<(), Code> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(Code(code)) }
}

fn code(result: Result<(), Code>) -> c_int {
    result.map_or_else(|code| code.0, |()| ffi::SQLITE_OK)
}

/// # Safety
/// `vfs` is one that `register` made for the same `F`.
unsafe fn table<F>(vfs: *mut ffi::sqlite3_vfs) -> &'static Table<F> {
    // SAFETY: `register` put a leaked `Table<F>` there.
    unsafe { &*(*vfs).pAppData.cast::<Table<F>>() }
}

/// # Safety
/// `file` was filled in by `open::<F>`, and SQLite uses it on one thread at a time, as it does.
unsafe fn slot<'a, F: FileSystem>(file: *mut ffi::sqlite3_file) -> &'a mut Slot<F> {
    // SAFETY: `open` wrote a whole `Slot<F>` there, and `head` is its first field.
    unsafe { &mut *file.cast::<Slot<F>>() }
}

/// # Safety
/// `text` is null or ends in a zero, and outlives the call.
unsafe fn path<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and SQLite's paths end in a zero.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

unsafe extern "C" fn open<F: FileSystem>(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes at `file`, one of our own tables, and a name that ends in a zero.
    unsafe {
        (*file).pMethods = ptr::null();
        let table = table::<F>(vfs);
        let opened = match table.files.open(path(name), opening(flags)) {
            Ok(opened) => opened,
            Err(code) => return code.0,
        };
        let shared = table.files.shared(&opened);
        let head = ffi::sqlite3_file { pMethods: &table.methods };
        let holding = Holding::default();
        file.cast::<Slot<F>>().write(Slot { head, table, file: opened, shared, holding });
        if !flags_out.is_null() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

fn opening(flags: c_int) -> Opening {
    let has = |flag: c_int| flags & flag != 0;
    let kind = if has(ffi::SQLITE_OPEN_MAIN_DB) {
        Kind::Database
    } else if has(ffi::SQLITE_OPEN_WAL) {
        Kind::Log
    } else if has(ffi::SQLITE_OPEN_MAIN_JOURNAL) || has(ffi::SQLITE_OPEN_SUPER_JOURNAL) {
        Kind::Rollback
    } else {
        Kind::Temporary
    };
    Opening {
        kind,
        writes: has(ffi::SQLITE_OPEN_READWRITE),
        create: has(ffi::SQLITE_OPEN_CREATE),
        exclusive: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        delete_on_close: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
    }
}

unsafe extern "C" fn delete<F: FileSystem>(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: one of our own tables, and a name that ends in a zero.
    let (table, name) = unsafe { (table::<F>(vfs), path(name)) };
    let result = name.ok_or(Code::DELETE_NONE);
    code(result.and_then(|name| table.files.delete(name, sync_folder != 0)))
}

unsafe extern "C" fn access<F: FileSystem>(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: one of our own tables, a name that ends in a zero, and a place for the answer.
    unsafe {
        let found = path(name).map_or(Ok(false), |name| table::<F>(vfs).files.exists(name));
        code(found.map(|found| *out = c_int::from(found)))
    }
}

unsafe extern "C" fn full_path(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `name` ends in a zero; `out` has room for `size` bytes, and the zero is counted.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(size).unwrap_or_default() {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(
    _vfs: *mut ffi::sqlite3_vfs,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `out` has room for `size` bytes.
    unsafe { ptr::write_bytes(out, 0x5a, usize::try_from(size).unwrap_or_default()) };
    size
}

/// Simulated time: nobody waits.
unsafe extern "C" fn pause(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: a place for the answer.
    unsafe { *out = NOW };
    ffi::SQLITE_OK
}

unsafe extern "C" fn close<F: FileSystem>(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` wrote a whole `Slot<F>` there, and SQLite does not use it after this.
    unsafe {
        let slot = file.cast::<Slot<F>>();
        {
            let slot = &mut *slot;
            slot.shared.unlock(&mut slot.holding, Level::Unlocked);
            slot.table.files.close(&mut slot.file);
        }
        ptr::drop_in_place(slot);
        (*file).pMethods = ptr::null();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    size: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: a file of ours, and room for `size` bytes that are SQLite's own.
    let (slot, out) = unsafe {
        ptr::write_bytes(out.cast::<u8>(), 0, size as usize);
        (slot::<F>(file), slice::from_raw_parts_mut(out.cast::<u8>(), size as usize))
    };
    match slot.table.files.read(&slot.file, at as u64, out) {
        Ok(length) if length == out.len() => ffi::SQLITE_OK,
        // What was not read is zeroes already, as SQLite demands.
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(code) => code.0,
    }
}

unsafe extern "C" fn write<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    size: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: a file of ours, and `size` bytes that are SQLite's own.
    let (slot, bytes) =
        unsafe { (slot::<F>(file), slice::from_raw_parts(bytes.cast::<u8>(), size as usize)) };
    code(slot.table.files.write(&slot.file, at as u64, bytes))
}

unsafe extern "C" fn truncate<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    size: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: a file of ours.
    let slot = unsafe { slot::<F>(file) };
    code(slot.table.files.truncate(&slot.file, size as u64))
}

unsafe extern "C" fn sync<F: FileSystem>(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: a file of ours.
    let slot = unsafe { slot::<F>(file) };
    code(slot.table.files.sync(&slot.file))
}

unsafe extern "C" fn file_size<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: a file of ours, and a place for the answer.
    unsafe {
        let slot = slot::<F>(file);
        code(slot.table.files.size(&slot.file).map(|size| *out = size as i64))
    }
}

unsafe extern "C" fn lock<F: FileSystem>(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a file of ours.
    let slot = unsafe { slot::<F>(file) };
    code(slot.shared.lock(&mut slot.holding, Level::of(level)))
}

unsafe extern "C" fn unlock<F: FileSystem>(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a file of ours.
    let slot = unsafe { slot::<F>(file) };
    slot.shared.unlock(&mut slot.holding, Level::of(level));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    out: *mut c_int,
) -> c_int {
    // SAFETY: a file of ours, and a place for the answer.
    unsafe { *out = c_int::from(slot::<F>(file).shared.is_reserved()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(
    _file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// As SQLite's own file system on Unix says of every disk.
unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// As SQLite's own file system on Unix: a torn write does not touch bytes beside it.
unsafe extern "C" fn characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn index_map<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: a file of ours, and a place for the answer; the memory is of atomics, so others may write to it.
    unsafe {
        let slot = slot::<F>(file);
        let (region, size) = (region as usize, size as usize);
        let place = slot.shared.region(&mut slot.holding, region, size, extend != 0);
        *out = place.map_or(ptr::null_mut(), |place| place.cast_mut().cast());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn index_lock<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: a file of ours.
    let slot = unsafe { slot::<F>(file) };
    let slots = first as usize..(first + count) as usize;
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        slot.shared.unlock_index(&mut slot.holding, slots);
        return ffi::SQLITE_OK;
    }
    let is_exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    code(slot.shared.lock_index(&mut slot.holding, slots, is_exclusive))
}

unsafe extern "C" fn index_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn index_unmap<F: FileSystem>(
    file: *mut ffi::sqlite3_file,
    _delete: c_int,
) -> c_int {
    // SAFETY: a file of ours; SQLite does not use the regions after this.
    let slot = unsafe { slot::<F>(file) };
    slot.shared.leave_index(&mut slot.holding);
    ffi::SQLITE_OK
}
