//! A service of a test's own, and what its commands say with everything that differs from run to run left out.

use crate::{Ran, command, ran};
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

/// The scenario that most of these tests begin with: an account that fills at the mark, so that no fill is late.
pub(crate) const SCENARIO: &str = "\
name = \"desk\"
instrument = [
    { symbol = \"NIFTY\", venue = \"always\", lot = 75 },
    { symbol = \"SBIN\", venue = \"always\" },
]
account = [{ name = \"main\", balance = 1000000 }]
strategy = [
    { name = \"Momentum\", capital = 500000, rule = [{ max_loss = { amount = 15000 } }] },
    { name = \"Carry\" },
]

[[trade]]
name = \"m1\"
strategy = \"Momentum\"
instrument = \"NIFTY\"
side = \"buy\"
lots = 1
rule = [{ trail = { by = 60 } }]

[[trade]]
name = \"c1\"
strategy = \"Carry\"
instrument = \"SBIN\"
side = \"sell\"
quantity = 100
";

/// A running service on a folder of its own, which goes with it.
pub(crate) struct Desk {
    pub folder: PathBuf,
    child: Option<Child>,
    _out: BufReader<ChildStdout>,
}

impl Desk {
    /// Starts a service without a feed. The folder is short: a socket's path may not be long.
    pub(crate) fn open(name: &str) -> Desk {
        Desk::open_with(name, &[])
    }

    pub(crate) fn open_with(name: &str, options: &[&str]) -> Desk {
        Desk::open_configured(name, "config_version = 1\n", options)
    }

    /// With a configuration that only its owner reads.
    pub(crate) fn open_configured(name: &str, configuration: &str, options: &[&str]) -> Desk {
        let folder = std::env::temp_dir().join(format!("hm-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        configure(&folder, configuration);
        std::fs::write(folder.join("desk.toml"), SCENARIO).unwrap();
        let (child, out) = start(&folder, options);
        Desk { folder, child: Some(child), _out: out }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Both instruments at these prices.
    pub(crate) fn prices(&self, nifty: &str, sbin: &str) {
        let pushed =
            self.run(&["price", "push", &format!("NIFTY={nifty}"), &format!("SBIN={sbin}")]);
        assert_eq!(pushed.code, 0, "{}", pushed.err);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = command(&self.folder);
        command.arg("--state").arg(self.state()).args(arguments).stdin(Stdio::null());
        command
    }

    /// What the service has said on standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr")).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        crate::json(&ran.out)
    }

    /// Commands one after another, with what each said and how it ended.
    pub(crate) fn transcript(&self, commands: &[&[&str]]) -> String {
        let mut out = String::new();
        for arguments in commands {
            let shown: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
            let ran = self.run(arguments);
            out.push_str(&format!("$ highmark {}\n{}", shown.join(" "), ran.out));
            out.push_str(&ran.err.lines().map(|line| format!("! {line}\n")).collect::<String>());
            if ran.code != 0 {
                out.push_str(&format!("=> {}\n", ran.code));
            }
            out.push('\n');
        }
        steady(&out, &self.folder)
    }

    /// Ends the service in order; its journal stays.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let told = std::process::Command::new("kill").arg(child.id().to_string()).status();
        assert!(told.unwrap().success());
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// The configuration of a desk's folder, for its owner alone.
pub(crate) fn configure(folder: &Path, text: &str) {
    let path = folder.join("config/highmark/highmark.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

fn start(folder: &Path, options: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let errors = std::fs::File::create(folder.join("stderr")).unwrap();
    let mut child = command(folder)
        .args(["run", "--json", "--feed", "none", "--scenario"])
        .arg(folder.join("desk.toml"))
        // A test machine's disk may be as full as it likes.
        .args(["--option", "disk.block_free_pct=0", "--option", "disk.warn_free_pct=0", "--state"])
        .arg(folder.join("state"))
        .args(options)
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let told = || std::fs::read_to_string(folder.join("stderr")).unwrap_or_default();
    assert!(line.contains("\"started\""), "the service did not come up: {line}{}", told());
    (child, out)
}

fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("\"{word}\"") } else { word.to_owned() }
}

/// Times, turns, the folder and the user's name, which are never twice the same.
pub(crate) fn steady(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "FOLDER");
    let text = text.replace(&user(), "USER");
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let digits: String =
            line.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
        let mut left = line;
        let mut shape = digits.as_str();
        while !left.is_empty() {
            let begins = |pattern: &str| shape.starts_with(pattern);
            if begins("00:00:00") {
                out.push_str("HH:MM:SS");
                (left, shape) = (&left[8..], &shape[8..]);
                if shape.starts_with(".000") {
                    (left, shape) = (&left[4..], &shape[4..]);
                }
            } else if begins("0000-00-00") {
                out.push_str("YYYY-MM-DD");
                (left, shape) = (&left[10..], &shape[10..]);
            } else if begins("turn 0") {
                out.push_str("turn N");
                let end = left[5..].find(|c: char| !c.is_ascii_digit() && c != ',');
                let end = end.map_or(left.len(), |end| end + 5);
                (left, shape) = (&left[end..], &shape[end..]);
            } else {
                let next = left.chars().next().map_or(1, char::len_utf8);
                out.push_str(&left[..next]);
                (left, shape) = (&left[next..], &shape[next..]);
            }
        }
    }
    out
}

fn user() -> String {
    let output = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
