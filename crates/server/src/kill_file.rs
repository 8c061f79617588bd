//! The kill file: a file `KILL` in the state folder closes everything, whoever puts it there and however.
//!
//! It needs no socket, no API and no program of ours (`touch` does), and it lasts: a service that is killed before it
//! has taken the file takes it first when it starts again. What the file says is the reason.

use highmark_play::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A reason is not longer than this.
const LONGEST: u64 = 500;

pub fn path(state: &Path) -> PathBuf {
    state.join("KILL")
}

/// Puts the file there, durably.
pub fn put(state: &Path, reason: &str) -> Result<PathBuf, Failure> {
    let path = path(state);
    let write = || -> io::Result<()> {
        let mut file = File::create(&path)?;
        // A disk that is full may still have room for a file with nothing in it.
        let _ = file.write_all(reason.as_bytes());
        file.sync_all()?;
        File::open(state)?.sync_all()
    };
    write().map_err(|error| Failure::file(&path, &error))?;
    Ok(path)
}

/// Why everything is to be closed, if it is. What cannot be read is an order too.
pub(crate) fn reason(state: &Path) -> Option<String> {
    let path = path(state);
    // A disk that does not answer is no order.
    path.symlink_metadata().ok()?;
    let said = File::open(&path).and_then(|file| {
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).trim().replace(char::is_control, " "))
    });
    Some(said.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "the kill file".to_owned()))
}

/// It was taken.
pub(crate) fn remove(state: &Path) -> io::Result<()> {
    fs::remove_file(path(state))?;
    File::open(state)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::folder;

    #[test]
    fn whatever_lies_there_is_an_order_until_it_is_removed() {
        let folder = folder("kill-file");
        assert_eq!(reason(&folder), None);
        put(&folder, "feed is wrong\n").unwrap();
        assert_eq!(reason(&folder).as_deref(), Some("feed is wrong"));
        remove(&folder).unwrap();
        assert_eq!(reason(&folder), None);
        for odd in [&b""[..], b"\xff\xfe", &[b'x'; 10_000]] {
            fs::write(path(&folder), odd).unwrap();
            assert!(reason(&folder).unwrap().len() <= 3 * LONGEST as usize);
        }
        fs::remove_file(path(&folder)).unwrap();
        fs::create_dir(path(&folder)).unwrap();
        assert_eq!(reason(&folder).as_deref(), Some("the kill file"));
    }
}
