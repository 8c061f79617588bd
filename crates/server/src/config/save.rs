//! A file replaced whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts `text` into `path`, which has the old text or the new one after a crash, and the rights that it had. A
/// new file is its owner's alone, since somebody may put a secret into it.
pub fn save(path: &Path, text: &str) -> io::Result<()> {
    // What a link leads to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let new = beside(&path);
    let saved = write_new(&new, text, &path).and_then(|()| fs::rename(&new, &path));
    if saved.is_err() {
        // The failure is what is told; what is left of the attempt is only litter.
        let _ = fs::remove_file(&new);
    }
    saved?;
    File::open(dir)?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn write_new(new: &Path, text: &str, old: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(new)?;
    if let Ok(meta) = fs::metadata(old) {
        file.set_permissions(meta.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
