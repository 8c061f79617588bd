//! Answers over a restart: a line in a file before a request is begun, and one with its answer. Whoever asks again gets
//! the answer, or hears that it may have been done or not.

use super::once::{Answer, Name};
use super::problem::Problem;
use crate::config::save;
use axum::body::Bytes;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};
use tokio::sync::oneshot;

/// Bytes of an answer that is kept; what is longer is only known to have been given.
const LONGEST: usize = 8 << 10;
/// Lines after which the file is written anew, with those that count.
const MOST_LINES: usize = 16_384;

/// The file, on a thread of its own: nobody but who wants it waits for the disk. Without a file, when it cannot be
/// written, answers are kept as long as the service runs.
#[derive(Debug)]
pub(super) struct Answers {
    /// Gone when they end.
    lines: Option<Sender<Line>>,
    thread: Option<JoinHandle<()>>,
}

/// Something to write, and who waits until the disk has it.
type Line = (Known, Option<oneshot::Sender<()>>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    file: Option<File>,
    lines: usize,
    /// What counts, oldest first.
    known: Vec<Known>,
    most: usize,
}

/// A request that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    by: String,
    key: String,
    /// Of route and body.
    hash: String,
    given: Given,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Given {
    /// The service ended before it answered, or has not answered yet.
    Nothing,
    Answer {
        status: u16,
        kind: String,
        body: String,
    },
    /// It was too long, or may be shown only once.
    Once,
    /// It was turned away before it began.
    Refused,
}

impl Known {
    pub(super) fn name(&self) -> Name {
        (self.by.clone(), self.key.clone())
    }

    pub(super) fn hash(&self) -> Option<blake3::Hash> {
        blake3::Hash::from_hex(&self.hash).ok()
    }

    /// Whether nobody knows if it was done: the service ended before it answered, or the journal had stopped.
    pub(super) fn is_cut_off(&self) -> bool {
        match self.given {
            Given::Nothing => true,
            Given::Answer { status, .. } => status == StatusCode::SERVICE_UNAVAILABLE.as_u16(),
            Given::Once | Given::Refused => false,
        }
    }

    pub(super) fn answer(&self) -> Answer {
        match &self.given {
            Given::Answer { status, kind, body } => {
                Answer::kept(*status, kind, Bytes::from(body.clone()))
            }
            Given::Nothing | Given::Refused => refused(&cut_off()),
            Given::Once => refused(&shown_once()),
        }
    }
}

fn refused(problem: &Problem) -> Answer {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    Answer::kept(problem.status().as_u16(), "application/problem+json", body.into())
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "CUT_OFF",
        "the service ended before it answered this: what was asked may have been done, or not",
        "look how it stands; what is still wanted is asked for with a new Idempotency-Key, or by a signal with another id",
    )
}

fn shown_once() -> Problem {
    let detail = "this was done before the service was started anew, and its answer is shown once";
    let hint = "look how it stands; an address that was lost is rotated";
    Problem::new(StatusCode::CONFLICT, "SHOWN_ONCE", detail, hint)
}

impl Answers {
    /// The answers that are known, at most `most` of them, oldest first.
    pub(super) fn open(path: PathBuf, most: usize) -> (Answers, Vec<Known>) {
        // A line that was cut in the middle of a letter spoils no other.
        let text = std::fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut known: Vec<Known> = Vec::new();
        // A line that was cut by the end of the process is none.
        for line in text.lines().filter_map(|line| serde_json::from_str::<Known>(line).ok()) {
            take(&mut known, line, usize::MAX);
        }
        known.drain(..known.len().saturating_sub(most));
        let mut kept = Kept { path, file: None, lines: 0, known, most };
        kept.write_anew();
        let known = kept.known.clone();
        let (to, lines) = channel::<Line>();
        let write = move || {
            for (known, waiting) in lines {
                kept.write(known, waiting.is_some());
                // Whoever waited may have gone.
                let _ = waiting.map(|waiting| waiting.send(()));
            }
        };
        let thread = Builder::new().name("answers".to_owned()).spawn(write);
        if let Err(error) = &thread {
            tracing::warn!(%error, "answers are not kept over a restart");
        }
        (Answers { lines: Some(to), thread: thread.ok() }, known)
    }

    /// It is about to begin. What is to be known after a loss of power too waits for the disk.
    pub(super) async fn begin(&self, name: &Name, hash: blake3::Hash, waits: bool) {
        let known = known(name, hash, Given::Nothing);
        if !waits {
            return self.send(known, None);
        }
        let (to, written) = oneshot::channel();
        self.send(known, Some(to));
        let _ = written.await;
    }

    pub(super) fn end(&self, name: &Name, hash: blake3::Hash, answer: &Answer) {
        let given = match answer.text() {
            Some((status, kind, body)) if body.len() <= LONGEST => {
                Given::Answer { status, kind: kind.to_owned(), body: body.to_owned() }
            }
            _ => Given::Once,
        };
        self.send(known(name, hash, given), None);
    }

    /// It was never begun.
    pub(super) fn forget(&self, name: &Name, hash: blake3::Hash) {
        self.send(known(name, hash, Given::Refused), None);
    }

    fn send(&self, known: Known, waiting: Option<oneshot::Sender<()>>) {
        // Without the thread there is no file.
        let _ = self.lines.as_ref().map(|lines| lines.send((known, waiting)));
    }
}

impl Drop for Answers {
    /// What was sent is written.
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Kept {
    fn write(&mut self, known: Known, waits: bool) {
        let line = serde_json::to_string(&known).unwrap_or_default();
        take(&mut self.known, known, self.most);
        if self.lines >= MOST_LINES {
            return self.write_anew();
        }
        self.lines += 1;
        let Some(file) = &mut self.file else { return };
        let written = file.write_all(format!("{line}\n").as_bytes());
        let written = written.and_then(|()| if waits { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            tracing::warn!(%error, "answers are not kept over a restart any more");
            self.file = None;
        }
    }

    fn write_anew(&mut self) {
        let lines = self.known.iter().filter_map(|known| serde_json::to_string(known).ok());
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let opened =
            save(&self.path, &text).and_then(|()| OpenOptions::new().append(true).open(&self.path));
        if let Err(error) = &opened {
            tracing::warn!(%error, "answers are not kept over a restart");
        }
        (self.file, self.lines) = (opened.ok(), self.known.len());
    }
}

fn known((by, key): &Name, hash: blake3::Hash, given: Given) -> Known {
    Known { by: by.clone(), key: key.clone(), hash: hash.to_hex().to_string(), given }
}

/// The later of two lines of one request counts; what was refused before it began is forgotten.
fn take(known: &mut Vec<Known>, line: Known, most: usize) {
    let same = |one: &Known| one.by == line.by && one.key == line.key;
    let place = known.iter().rposition(same);
    match (place, line.given == Given::Refused) {
        (Some(place), true) => drop(known.remove(place)),
        (None, true) => {}
        (Some(place), false) => known[place] = line,
        (None, false) => {
            if known.len() >= most {
                known.remove(0);
            }
            known.push(line);
        }
    }
}

/// Where answers of a state folder stand.
pub(super) fn file(state: &Path, of: &str) -> PathBuf {
    state.join(format!("api-{of}.ndjson"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::folder;

    fn opened(path: &Path) -> Vec<(String, u16)> {
        let (_, known) = Answers::open(path.to_owned(), 3);
        let told = |one: &Known| (one.key.clone(), one.answer().response().status().as_u16());
        known.iter().map(told).collect()
    }

    #[tokio::test]
    async fn what_was_begun_is_known_after_a_restart_with_what_came_of_it() {
        let folder = folder("answers");
        let path = file(&folder, "answers");
        let (answers, none) = Answers::open(path.clone(), 3);
        assert_eq!(none, []);
        let name = |key: &str| ("api:desk".to_owned(), key.to_owned());
        let hash = blake3::hash(b"POST /api/v1/halt");
        for key in ["done", "cut", "refused", "long"] {
            answers.begin(&name(key), hash, true).await;
        }
        let done = |text: &str| Answer::kept(200, "application/json", text.to_owned().into());
        answers.end(&name("done"), hash, &done("{}"));
        answers.forget(&name("refused"), hash);
        answers.end(&name("long"), hash, &done(&"x".repeat(LONGEST + 1)));
        drop(answers);
        let expected = [("done", 200), ("cut", 503), ("long", 409)];
        assert_eq!(opened(&path), expected.map(|(key, status)| (key.to_owned(), status)));
        // A line that the end of the process has cut is left out; the oldest go first.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(
            "{\"by\":\"api:desk\",\"key\":\"half\u{20b9}".as_bytes().split_last().unwrap().1,
        )
        .unwrap();
        assert_eq!(opened(&path).len(), 3);
        let (answers, _) = Answers::open(path.clone(), 3);
        answers.begin(&name("last"), hash, false).await;
        drop(answers);
        let keys: Vec<String> = opened(&path).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["cut", "long", "last"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
