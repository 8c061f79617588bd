//! The folder that a run leaves: what went in, every event, what came out; enough to prove it again.

use crate::failure::{Code, Failure};
use crate::run::Witness;
use highmark_engine::{Engine, Event, State, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A file that was played, as it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InputFile {
    /// Without its folder: where it lay says nothing about the run.
    pub file: String,
    pub bytes: u64,
    pub blake3: String,
}

/// What a run was made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inputs {
    pub files: Vec<InputFile>,
    pub rows: u64,
    pub unreadable: u64,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// The run itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meta {
    pub name: String,
    pub description: String,
    pub highmark: String,
    pub sets: Vec<String>,
    pub interrupted: bool,
    pub events: u64,
    /// The hash of the state that the events fold to.
    pub state: String,
    /// Of `events.ndjson`.
    pub events_blake3: String,
}

/// Makes the folder of a run; one that holds something else is left alone.
pub fn claim(dir: &Path) -> Result<(), Failure> {
    let taken = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken && !dir.join("events.ndjson").exists() {
        let message = format!("{} is not empty and holds no run", dir.display());
        return Err(Failure::new(Code::Refused, message, "name an empty or a new folder"));
    }
    fs::create_dir_all(dir).map_err(|error| Failure::file(dir, &error))
}

/// A folder that is being written; it witnesses the run.
pub struct Writer {
    pub dir: PathBuf,
    events: BufWriter<File>,
    digest: blake3::Hasher,
    line: Vec<u8>,
    count: u64,
}

impl Writer {
    /// In a folder that was claimed, and may hold the ticks already.
    pub fn within(dir: &Path) -> Result<Writer, Failure> {
        // Until the run is complete there is no meta.json, and nobody takes it for one.
        let _ = fs::remove_file(dir.join("meta.json"));
        let path = dir.join("events.ndjson");
        let file = File::create(&path).map_err(|error| Failure::file(&path, &error))?;
        Ok(Writer {
            dir: dir.to_owned(),
            events: BufWriter::with_capacity(1 << 18, file),
            digest: blake3::Hasher::new(),
            line: Vec::new(),
            count: 0,
        })
    }

    /// Writes the rest; the run is then complete.
    pub fn finish(
        mut self,
        scenario: &str,
        inputs: &Inputs,
        summary: &Value,
        meta: Meta,
    ) -> Result<PathBuf, Failure> {
        let path = self.dir.join("events.ndjson");
        self.events.flush().map_err(|error| Failure::file(&path, &error))?;
        let meta = Meta {
            events: self.count,
            events_blake3: self.digest.finalize().to_hex().to_string(),
            ..meta
        };
        put(&self.dir, "scenario.toml", scenario.as_bytes())?;
        put(&self.dir, "inputs.json", &pretty(inputs))?;
        put(&self.dir, "summary.json", &pretty(summary))?;
        put(&self.dir, "meta.json", &pretty(&meta))?;
        Ok(self.dir)
    }
}

impl Witness for Writer {
    fn saw(&mut self, events: &[Event], _: &State) -> Result<(), Failure> {
        for event in events {
            self.line.clear();
            serde_json::to_writer(&mut self.line, event)
                .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
            self.line.push(b'\n');
            self.digest.update(&self.line);
            self.events
                .write_all(&self.line)
                .map_err(|error| Failure::file(&self.dir.join("events.ndjson"), &error))?;
            self.count += 1;
        }
        Ok(())
    }
}

fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = dir.join(name);
    fs::write(&path, bytes).map_err(|error| Failure::file(&path, &error))
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A run that is read again.
pub struct Run {
    pub dir: PathBuf,
    pub meta: Meta,
    pub inputs: Inputs,
    pub summary: Value,
}

impl Run {
    pub fn open(dir: &Path) -> Result<Run, Failure> {
        if !dir.join("meta.json").exists() {
            let message = format!("{} holds no complete run", dir.display());
            let hint = "make one: highmark replay FILE --scenario FILE --out DIR";
            return Err(Failure::new(Code::NotFound, message, hint));
        }
        Ok(Run {
            dir: dir.to_owned(),
            meta: read_json(&dir.join("meta.json"))?,
            inputs: read_json(&dir.join("inputs.json"))?,
            summary: read_json(&dir.join("summary.json"))?,
        })
    }

    /// Folds the events, turn by turn, to the last turn that is not after `until`; when all were folded, the
    /// record and the state are proved.
    pub fn fold(
        &self,
        until: Option<Timestamp>,
        mut each: impl FnMut(&[Event], &State),
    ) -> Result<Engine, Failure> {
        let mut engine = Engine::new();
        let mut turn: Vec<Event> = Vec::new();
        let mut digest = blake3::Hasher::new();
        let path = self.dir.join("events.ndjson");
        let file = File::open(&path).map_err(|error| Failure::file(&path, &error))?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        let mut number = 0u64;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            if read.map_err(|error| Failure::file(&path, &error))? == 0 {
                break;
            }
            number += 1;
            digest.update(&line);
            let event: Event = serde_json::from_slice(&line).map_err(|error| {
                let message = format!("{}:{number}: {error}", path.display());
                Failure::new(Code::Failure, message, "the record of this run is damaged")
            })?;
            if let Event::TurnBegan { at, .. } = event {
                if !turn.is_empty() {
                    each(&turn, engine.state());
                    turn.clear();
                }
                if until.is_some_and(|until| at > until) {
                    return Ok(engine);
                }
            }
            engine.apply(&event);
            turn.push(event);
        }
        each(&turn, engine.state());
        self.prove(&digest, &engine)?;
        Ok(engine)
    }

    fn prove(&self, digest: &blake3::Hasher, engine: &Engine) -> Result<(), Failure> {
        let hint = format!(
            "the record was changed, or written by another version ({}); replay it afresh",
            self.meta.highmark
        );
        if digest.finalize().to_hex().as_str() != self.meta.events_blake3 {
            let message = "events.ndjson is not what the run wrote";
            return Err(Failure::new(Code::Failure, message, hint));
        }
        if state_text(engine.state()) != self.meta.state {
            let message = "the events do not fold to the state in which the run ended";
            return Err(Failure::new(Code::Failure, message, hint));
        }
        Ok(())
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::new(Code::Failure, message, "the record of this run is damaged")
    })
}

pub fn state_text(state: &State) -> String {
    hash_text(state.hash())
}

pub fn hash_text(hash: u64) -> String {
    format!("{hash:016x}")
}

/// The name, size and digest of a file.
pub fn describe(path: &Path) -> Result<InputFile, Failure> {
    let mut file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let mut digest = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(|error| Failure::file(path, &error))?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        digest.update(&buffer[..read]);
    }
    let name =
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(InputFile { file: name, bytes, blake3: digest.finalize().to_hex().to_string() })
}

/// Where runs are kept when no folder is named, and which was the last.
pub mod shelf {
    use super::{Code, Failure, Path, PathBuf, fs};
    use etcetera::BaseStrategy;

    /// `$XDG_STATE_HOME/highmark`, or what the system has instead of it.
    pub fn state_dir() -> Result<PathBuf, Failure> {
        let base = etcetera::choose_base_strategy().map_err(|error| {
            Failure::new(Code::Failure, error.to_string(), "name a folder with --out")
        })?;
        Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("highmark"))
    }

    /// A new folder for a run of that name.
    pub fn new_run(name: &str) -> Result<PathBuf, Failure> {
        let runs = state_dir()?.join("runs");
        let name: String =
            name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).collect();
        for number in 1..100_000u32 {
            let dir = runs.join(format!("{name}-{number}"));
            if !dir.exists() {
                return Ok(dir);
            }
        }
        let message = format!("{} is full of runs named {name}", runs.display());
        Err(Failure::new(Code::Failure, message, "remove some, or name a folder with --out"))
    }

    /// Remembers a run as the last one; a state folder that cannot be written is no reason to fail.
    pub fn remember(dir: &Path) {
        let absolute = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
        if let Ok(state) = state_dir() {
            let _ = fs::create_dir_all(&state);
            let _ = fs::write(state.join("last"), absolute.to_string_lossy().as_bytes());
        }
    }

    pub fn last() -> Result<PathBuf, Failure> {
        let none = || {
            let hint =
                "make one: highmark demo --speed max, or highmark replay FILE --scenario FILE";
            Failure::new(Code::NotFound, "no run is remembered", hint)
        };
        let text = fs::read_to_string(state_dir()?.join("last")).map_err(|_| none())?;
        Ok(PathBuf::from(text.trim()))
    }
}
