//! One life of the service: from its start to its death.

use highmark_server::socket::client::Client;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A new folder for one test, gone at the end of it.
pub(crate) struct Folder(pub PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("hm-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A running service.
pub(crate) struct Life {
    child: Child,
    /// What it said first: what it found.
    pub card: Value,
    _out: BufReader<ChildStdout>,
}

/// Starts `highmark run` on `state` with `options`, and a fault if one is named. `None` when it died before it
/// was up.
pub(crate) fn start(
    state: &Path,
    options: &[impl AsRef<str>],
    fault: Option<&str>,
) -> Option<Life> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highmark"));
    command.args(["run", "--json", "--quiet", "--state"]).arg(state);
    command.args(options.iter().map(AsRef::as_ref));
    command.env_remove("HIGHMARK_FAULT");
    if let Some(fault) = fault {
        command.env("HIGHMARK_FAULT", fault);
    }
    begin(command, state, fault.is_some())
}

/// Starts one whose files may have at most so many KiB; a write beyond fails.
pub(crate) fn start_within(state: &Path, options: &[impl AsRef<str>], kibibytes: &str) -> Life {
    let mut command = Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f $0; exec \"$@\"";
    command.args(["-c", script, kibibytes, env!("CARGO_BIN_EXE_highmark")]);
    command.args(["run", "--json", "--quiet", "--state"]).arg(state);
    command.args(options.iter().map(AsRef::as_ref));
    begin(command, state, false).unwrap()
}

/// The binary, run in a shell after `script`, in a process that `wrapper` makes.
pub(crate) fn through(wrapper: &[&str], script: &str) -> Command {
    let shell = ["bash", "-c"];
    let words: Vec<&str> = wrapper.iter().chain(&shell).copied().collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(format!("{script}\nexec \"$@\""));
    command.args(["bash", env!("CARGO_BIN_EXE_highmark")]);
    command
}

/// Starts a service with such a command.
pub(crate) fn start_with(mut command: Command, state: &Path, options: &[impl AsRef<str>]) -> Life {
    command.args(["run", "--json", "--state"]).arg(state);
    command.args(options.iter().map(AsRef::as_ref));
    begin(command, state, false).unwrap()
}

fn begin(mut command: Command, state: &Path, may_die: bool) -> Option<Life> {
    // Many services run beside each other here.
    command.env("HIGHMARK__API__LISTEN", "off");
    let errors = fs::File::options().create(true).append(true).open(state.join("stderr")).unwrap();
    let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let Ok(said) = serde_json::from_str::<Value>(&line) else {
        let status = child.wait().unwrap();
        let told = fs::read_to_string(state.join("stderr")).unwrap_or_default();
        assert!(may_die, "the service did not come up ({status}): {line}{told}");
        return None;
    };
    assert!(said.get("started").is_some(), "the service did not come up: {line}");
    Some(Life { child, card: said["started"].clone(), _out: out })
}

impl Life {
    pub(crate) fn client(&self, state: &Path) -> Option<Client> {
        Client::connect(state).ok().flatten()
    }

    pub(crate) fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {}

    /// Asks it to stop, as a system does.
    pub(crate) fn stop(self) -> ExitStatus {
        self.signal("-TERM");
        self.wait()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
