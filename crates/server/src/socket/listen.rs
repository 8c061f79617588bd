//! The service's end of the socket: a thread that accepts, and two for each connection.

use super::protocol::*;
use crate::api::openings::Openings;
use crate::api::second::SecondFactor;
use crate::look::{self, Facts};
use crate::mirror::Inbox;
use crate::service::feed::Ending;
use crate::service::intake::Intake;
use crate::service::{Asked, Outside, ReplyTo, failed, wall};
use highmark_engine::{Command, State};
use highmark_journal::backup;
use highmark_play::failure::{Code, Failure};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Answers and turns that may wait for a client; one that reads slower loses its watch.
const LINE: usize = 8_192;
/// Connections at once, where there are files for so many.
const MOST: usize = 64;
/// Files of this process that are kept from connections: the journal's, a backup's, a new segment's.
const RESERVED: u64 = 64;
/// Files that a connection has open.
const PER_CONNECTION: u64 = 2;
/// Connections that are taken however few files there may be: a person must be able to look and to kill.
const LEAST: u64 = 2;
/// How long is waited when a connection cannot be taken for want of files.
const PATIENCE: Duration = Duration::from_millis(20);

/// The listening socket.
pub struct Listener {
    path: PathBuf,
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What every connection works with.
struct Desk {
    state: PathBuf,
    intake: Arc<Intake<Asked>>,
    mirror: Arc<Inbox>,
    facts: Arc<Facts>,
    outside: Arc<Outside>,
    asked_to_stop: Arc<Ending>,
    reload: ReadAgain,
    second: Arc<SecondFactor>,
    dashboard: Dashboard,
    connections: AtomicUsize,
    most: usize,
}

/// Reads the configuration again; what has changed.
pub(crate) type ReadAgain = Box<dyn Fn() -> Result<Value, Failure> + Send + Sync>;

/// Links to the dashboard, where there is one.
type Dashboard = Option<Arc<Openings>>;

impl Listener {
    pub(crate) fn start(
        state: &Path,
        intake: Arc<Intake<Asked>>,
        (mirror, facts): (Arc<Inbox>, Arc<Facts>),
        outside: Arc<Outside>,
        asked_to_stop: Arc<Ending>,
        (reload, second): (ReadAgain, Arc<SecondFactor>),
        dashboard: Dashboard,
    ) -> Result<Listener, Failure> {
        let path = super::path(state);
        // The lease is ours, so a socket that is still there belongs to nobody.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path).map_err(|error| {
            Failure::new(
                Code::Failure,
                format!("{}: {error}", path.display()),
                "the path of a socket has at most about 100 bytes: choose a shorter state folder",
            )
        })?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))
            .map_err(|error| Failure::file(&path, &error))?;
        let closing = Arc::new(AtomicBool::new(false));
        let desk = Arc::new(Desk {
            state: state.to_owned(),
            intake,
            mirror,
            facts,
            outside,
            asked_to_stop,
            reload,
            second,
            dashboard,
            connections: AtomicUsize::new(0),
            most: most(),
        });
        let stop = Arc::clone(&closing);
        let accept = move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                match stream {
                    Ok(stream) => Desk::serve(&desk, stream),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be taken");
                        std::thread::sleep(PATIENCE);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("socket".to_owned()).spawn(accept);
        let thread = thread.map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
        Ok(Listener { path, closing, thread })
    }

    /// Takes no further connections; those that are there are still answered.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        drop(UnixStream::connect(&self.path));
    }

    /// Removes the socket.
    pub fn end(self) {
        let _ = self.thread.join();
        let _ = fs::remove_file(&self.path);
    }
}

/// How many connections leave files enough for the journal.
fn most() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED) / PER_CONNECTION);
    usize::try_from(room.max(LEAST)).map_or(MOST, |room| room.min(MOST))
}

impl Desk {
    fn serve(desk: &Arc<Desk>, stream: UnixStream) {
        if desk.connections.fetch_add(1, Ordering::AcqRel) >= desk.most {
            desk.connections.fetch_sub(1, Ordering::AcqRel);
            let open = format!("{} connections are open", desk.most);
            let problem = Problem::new("BUSY", open, "try again");
            let _ = write(&stream, 0, Said::Error(problem));
            return;
        }
        let desk = Arc::clone(desk);
        std::thread::spawn(move || {
            let _ = desk.converse(&stream);
            let _ = stream.shutdown(std::net::Shutdown::Both);
            desk.connections.fetch_sub(1, Ordering::AcqRel);
        });
    }

    fn converse(&self, stream: &UnixStream) -> std::io::Result<()> {
        let (line, answers) = sync_channel(LINE);
        let out = stream.try_clone()?;
        let writer = std::thread::spawn(move || send_all(&out, &answers));
        let mut reader = BufReader::new(stream);
        let mut text = Vec::new();
        loop {
            text.clear();
            let limit = LONGEST_LINE as u64 + 1;
            if (&mut reader).take(limit).read_until(b'\n', &mut text)? == 0 {
                break;
            }
            if text.len() > LONGEST_LINE {
                let message = format!("a request has at most {LONGEST_LINE} bytes");
                let _ = line.send((0, Said::Error(Problem::new("TOO_LONG", message, ""))));
                break;
            }
            match serde_json::from_slice::<Request>(&text) {
                Ok(request) => self.take(request, &line),
                Err(error) => {
                    let problem = Problem::new("BAD_REQUEST", error.to_string(), "");
                    let _ = line.send((0, Said::Error(problem)));
                }
            }
        }
        drop(line);
        // It ends when the last answer that is still being made has gone.
        let _ = writer.join();
        Ok(())
    }

    fn take(&self, request: Request, line: &SyncSender<(u64, Said)>) {
        let to = ReplyTo::Line { id: request.id, line: line.clone() };
        let what = match self.allowed(request.what) {
            Ok(what) => what,
            Err(problem) => {
                let _ = line.send((request.id, Said::Error(problem)));
                return;
            }
        };
        let said = match what {
            Ask::Watch => {
                if self.outside.watch(to) {
                    Said::Ok(Value::Null)
                } else {
                    Said::Error(Problem::new("BUSY", "too many watch", "watch once, and try again"))
                }
            }
            Ask::Backup { to } => {
                match backup(&self.state.join("journal"), Path::new(&to), wall()) {
                    Ok(made) => Said::Ok(serde_json::to_value(made).unwrap_or_default()),
                    Err(error) => Said::Error(problem(&failed(&error))),
                }
            }
            Ask::Reload => match (self.reload)() {
                Ok(changes) => Said::Ok(changes),
                Err(failure) => Said::Error(problem(&failure)),
            },
            Ask::Open => self.open(),
            Ask::Stop => {
                self.asked_to_stop.end();
                Said::Ok(json!({ "stopping": true }))
            }
            // When the journal is lost, what is only decided is seen too: it may have to be known.
            Ask::Look(what) if !self.facts.health.has_lost_its_journal() => {
                let sight = Box::new(move |state: &State| {
                    let _ = to.send(look::look(state, what).into());
                });
                match self.mirror.see(sight) {
                    Ok(()) => return,
                    Err(why) => Said::Error(not_taken(why)),
                }
            }
            ask @ (Ask::Status
            | Ask::Look(_)
            | Ask::Command { .. }
            | Ask::Given { .. }
            | Ask::Release { .. }
            | Ask::Signal { .. }
            | Ask::Leave { .. }
            | Ask::Push(_)
            | Ask::Checkpoint) => match self.intake.ask(Asked::new(ask, to)) {
                Ok(()) => return,
                Err(why) => Said::Error(not_taken(why)),
            },
        };
        let _ = line.send((request.id, said));
    }
}

impl Desk {
    fn open(&self) -> Said {
        let Some(openings) = &self.dashboard else {
            let hint = "let api.listen be an address of this machine, such as 127.0.0.1:8420";
            return Said::Error(Problem::new("NOT_READY", "the service has no dashboard", hint));
        };
        match openings.link() {
            Ok(link) => Said::Ok(json!({ "link": link })),
            Err(failure) => Said::Error(problem(&failure)),
        }
    }

    /// What was killed is released with a code, once somebody who may has a second factor; also by who owns the machine.
    fn allowed(&self, ask: Ask) -> Result<Ask, Problem> {
        let releases = |command: &Command| matches!(command, Command::Release { .. });
        match ask {
            Ask::Release { by, reason, code } => {
                self.second.may_release(code.as_deref())?;
                let command = Box::new(Command::Release { reason });
                Ok(Ask::Command { by, command })
            }
            Ask::Command { ref command, .. } | Ask::Given { ref command, .. }
                if releases(command) =>
            {
                self.second.may_release(None).map(|()| ask)
            }
            ask => Ok(ask),
        }
    }
}

fn problem(failure: &Failure) -> Problem {
    Problem {
        field: failure.field.clone(),
        ..Problem::new(failure.code.name(), failure.message.clone(), failure.hint.clone())
    }
}

fn send_all(stream: &UnixStream, answers: &Receiver<(u64, Said)>) {
    for (id, said) in answers {
        if write(stream, id, said).is_err() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn write(mut stream: &UnixStream, id: u64, said: Said) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(&Response { id, what: said })?;
    text.push(b'\n');
    stream.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Latencies;
    use crate::mirror::Mirror;
    use crate::scratch;
    use crate::service::intake::Depth;
    use crate::socket::client::Client;
    use highmark_engine::{Engine, Timestamp};
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    fn facts() -> Facts {
        Facts {
            starts: 1,
            version: String::new(),
            started: Timestamp(0),
            recovered: None,
            feed: String::new(),
            health: Arc::default(),
            latencies: Mutex::new(Latencies::new().unwrap()),
            depth: Box::new(Depth::default),
        }
    }

    /// They were made on the engine's thread once: a list of 40,000 trades kept exits waiting for 0.6 s.
    #[test]
    fn a_look_by_the_socket_asks_nothing_of_the_engine() {
        let folder = scratch::folder("looks");
        let (intake, mirror, facts) =
            (Arc::new(Intake::new(8)), Arc::<Inbox>::default(), Arc::new(facts()));
        let listener = Listener::start(
            &folder,
            Arc::clone(&intake),
            (Arc::clone(&mirror), Arc::clone(&facts)),
            Arc::new(Outside::new(channel().0, Arc::default())),
            Arc::default(),
            (Box::new(|| Ok(Value::Null)), Arc::new(SecondFactor::new(&folder))),
            None,
        )
        .unwrap();
        let seen = Mirror {
            inbox: Arc::clone(&mirror),
            engine: Engine::new(),
            facts,
            board: None,
            journal: folder.join("journal"),
        };
        let seen = std::thread::spawn(move || seen.run());
        let mut client = Client::connect(&folder).unwrap().unwrap();
        let looks = [
            Look::Names,
            Look::Strategies,
            Look::Open,
            Look::Page { all: true, after: None, limit: 500 },
            Look::Rules,
            Look::Instruments,
        ];
        for look in looks {
            assert!(!client.ask(Ask::Look(look)).unwrap().is_null(), "{look:?}");
        }
        assert_eq!(intake.depth().urgent, 0);
        listener.close();
        mirror.close();
        seen.join().unwrap();
        let stopped = client.ask(Ask::Look(Look::Names)).err().unwrap();
        assert!(stopped.message.contains("stopping"), "{stopped:?}");
        drop(client);
        listener.end();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
