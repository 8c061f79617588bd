//! Where a configuration comes from: files, environment, flags; and where the folders are.

use super::keys::{KEYS, Key};
use etcetera::BaseStrategy;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// No configuration is longer.
pub const LARGEST_FILE: u64 = 1 << 20;

/// What every variable of ours begins with.
pub const PREFIX: &str = "HIGHMARK__";

/// The folders and variables of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub system: PathBuf,
    pub home: Option<PathBuf>,
    /// The folder of configurations: `$XDG_CONFIG_HOME`, or `~/.config`.
    pub config_home: Option<PathBuf>,
    /// The folder of what programs keep: `$XDG_STATE_HOME`, or `~/.local/state`.
    pub state_home: Option<PathBuf>,
    pub here: PathBuf,
    /// Those that begin with [`PREFIX`], in order of name.
    pub variables: Vec<(String, String)>,
}

impl Surroundings {
    pub fn of_process() -> Surroundings {
        let base = etcetera::base_strategy::Xdg::new().ok();
        let mut variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                name.starts_with(PREFIX).then(|| (name, value.to_string_lossy().into_owned()))
            })
            .collect();
        variables.sort();
        Surroundings {
            system: "/etc/highmark/highmark.toml".into(),
            home: base.as_ref().map(|base| base.home_dir().to_owned()),
            config_home: base.as_ref().map(|base| base.config_dir()),
            state_home: base.as_ref().and_then(|base| base.state_dir()),
            here: std::env::current_dir().unwrap_or_else(|_| ".".into()),
            variables,
        }
    }

    /// The file of the user.
    pub fn user_file(&self) -> Option<PathBuf> {
        self.config_home.as_ref().map(|home| home.join("highmark/highmark.toml"))
    }

    /// The file of the folder that one is in.
    pub fn project_file(&self) -> PathBuf {
        self.here.join("highmark.toml")
    }

    /// The files that are looked at, the weakest first.
    pub fn files(&self, named: Option<&Path>) -> Vec<(Role, PathBuf)> {
        if let Some(named) = named {
            return vec![(Role::Named, self.here.join(named))];
        }
        let mut files = vec![(Role::System, self.system.clone())];
        files.extend(self.user_file().map(|file| (Role::User, file)));
        let project = self.project_file();
        if files.iter().all(|(_, file)| *file != project) {
            files.push((Role::Project, project));
        }
        files
    }
}

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Project,
    /// By `--config`, instead of the others.
    Named,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Project => "project",
            Role::Named => "named",
        }
    }
}

/// One file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    pub path: PathBuf,
    pub text: Result<String, String>,
    /// Others than its owner may read it.
    pub others_read: bool,
    /// Others than its owner may write it, or its owner is neither this user nor root.
    pub others_write: bool,
}

impl FileText {
    /// A file that is its owner's alone.
    pub fn of(path: PathBuf, text: Result<String, String>) -> FileText {
        FileText { path, text, others_read: false, others_write: false }
    }
}

/// A value given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// As it was given: `--option feed.kind=none`.
    pub flag: String,
    pub key: String,
    pub value: String,
}

impl Assignment {
    /// Of `--option KEY=VALUE`. Without an `=` the value is empty, which the check then says.
    pub fn option(text: &str) -> Assignment {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        Assignment {
            flag: "--option".into(),
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        }
    }

    /// Of a flag that stands for a key, such as `--state DIR`.
    pub fn flag(flag: &str, key: &'static Key, value: impl Into<String>) -> Assignment {
        Assignment { flag: flag.to_owned(), key: key.path.to_owned(), value: value.into() }
    }
}

/// All that a configuration is made of. To make one of it touches nothing outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    pub surroundings: Surroundings,
    /// The weakest first.
    pub files: Vec<FileText>,
    /// Stronger than the environment.
    pub flags: Vec<Assignment>,
    /// The file that was named, instead of the usual ones.
    pub named: Option<PathBuf>,
}

impl Layers {
    /// Reads the files that there are; one that is named must be there.
    pub fn read(
        surroundings: Surroundings,
        named: Option<&Path>,
        flags: Vec<Assignment>,
    ) -> Layers {
        let files = surroundings.files(named).into_iter();
        let files = files.filter_map(|(role, path)| match read_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && role != Role::Named => {
                None
            }
            Err(error) => Some(FileText::of(path, Err(error.to_string()))),
            Ok(file) => Some(file),
        });
        Layers { files: files.collect(), flags, surroundings, named: named.map(Path::to_owned) }
    }

    /// The same files and variables as they are now, under the same flags.
    pub fn again(&self) -> Layers {
        let named = self.named.as_deref();
        Layers::read(Surroundings::of_process(), named, self.flags.clone())
    }

    /// One file alone, over the defaults.
    pub fn alone(mut surroundings: Surroundings, file: FileText) -> Layers {
        surroundings.variables = Vec::new();
        Layers { surroundings, files: vec![file], flags: Vec::new(), named: None }
    }
}

/// Reads one file with what its rights are.
pub fn read_file(path: &Path) -> std::io::Result<FileText> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(std::io::Error::other("it is a folder"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    let (others_read, others_write) = rights(&meta);
    let text = match String::from_utf8(bytes) {
        Ok(text) if text.len() as u64 > LARGEST_FILE => Err("it is larger than 1 MiB".to_owned()),
        Ok(text) => Ok(text),
        Err(error) => {
            Err(format!("byte {} is not UTF-8 text", error.utf8_error().valid_up_to() + 1))
        }
    };
    Ok(FileText { path: path.to_owned(), text, others_read, others_write })
}

#[cfg(unix)]
fn rights(meta: &std::fs::Metadata) -> (bool, bool) {
    use std::os::unix::fs::MetadataExt;
    let mine = rustix::process::geteuid().as_raw();
    let strangers = meta.uid() != mine && meta.uid() != 0;
    (meta.mode() & 0o077 != 0, meta.mode() & 0o002 != 0 || strangers)
}

#[cfg(not(unix))]
fn rights(_: &std::fs::Metadata) -> (bool, bool) {
    (false, false)
}

/// The key that a variable sets.
pub(super) fn key_of_variable(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.variable() == name)
}
