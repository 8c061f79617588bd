//! The service watched from outside: by a watchdog of ours, and by the system's supervisor.

use crate::kills::LOAD;
use crate::life::{self, Folder};
use crate::trouble::quiet;
use highmark_server::kill_file;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// The command, and what it says.
pub(crate) struct Watchdog {
    child: Child,
    said: Receiver<String>,
}

impl Watchdog {
    /// Both deadlines in seconds.
    pub(crate) fn start(state: &Path, alarm_after: u64, act_after: u64) -> Watchdog {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highmark"));
        command.args(["watchdog", "--json", "--action", "kill"]);
        command.args(["--alarm-after", &alarm_after.to_string()]);
        command.args(["--act-after", &act_after.to_string(), "--state"]).arg(state);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (says, said) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let told: Value = serde_json::from_str(&line).unwrap();
                let _ = says.send(told["news"].as_str().unwrap().to_owned());
            }
        });
        Watchdog { child, said }
    }

    pub(crate) fn news(&self) -> String {
        self.said.recv().unwrap()
    }

    /// It lives, and has said nothing that was not heard.
    pub(crate) fn is_quiet(&self) -> bool {
        self.said.try_recv() == Err(TryRecvError::Empty)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn look_once(state: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highmark"));
    command.args(["watchdog", "--once", "--alarm-after", "3600", "--state"]).arg(state);
    command.stdout(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_watchdog_tells_of_an_engine_that_stands_still_kills_and_hears_it_go_on() {
    let folder = Folder::new("watchdog");
    let life = life::start(&folder.0, &quiet(&folder, &LOAD), None).unwrap();
    let watchdog = Watchdog::start(&folder.0, 2, 3);
    assert_eq!(watchdog.news(), "watching");
    while !look_once(&folder.0) {}
    life.signal("-STOP");
    assert_eq!((watchdog.news().as_str(), watchdog.news().as_str()), ("alarm", "act"));
    assert!(kill_file::path(&folder.0).exists());
    life.signal("-CONT");
    assert_eq!(watchdog.news(), "goes_on");
    while kill_file::path(&folder.0).exists() {
        assert!(life.client(&folder.0).is_some());
    }
    // One that dies is told of; one that stops in good order is not, so what comes next is of the next life.
    life.kill();
    assert_eq!(watchdog.news(), "alarm");
    assert!(!look_once(&folder.0));
}

#[test]
fn a_supervisor_is_told_that_the_service_is_up_goes_on_and_stops() {
    let folder = Folder::new("supervisor");
    let socket = folder.0.join("notify");
    let heard = UnixDatagram::bind(&socket).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_highmark"));
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "900000");
    let life = life::start_with(command, &folder.0, &quiet(&folder, &LOAD));
    let next = || {
        let mut room = [0; 4096];
        let length = heard.recv(&mut room).unwrap();
        String::from_utf8_lossy(&room[..length]).into_owned()
    };
    assert!(next().contains("READY=1"));
    assert_eq!([next(), next()].map(|told| told.trim().to_owned()), ["WATCHDOG=1", "WATCHDOG=1"]);
    life.signal("-STOP");
    life.signal("-CONT");
    life.signal("-TERM");
    while !next().contains("STOPPING=1") {}
    assert!(life.wait().success());
}
