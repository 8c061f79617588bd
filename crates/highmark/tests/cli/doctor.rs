//! What the doctor finds, and how it ends.

use crate::{Ran, command, folder, json, ran};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn doctor(desk: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(desk);
    let command = command.args(arguments).arg("doctor").current_dir(desk);
    let command = command.env("HOME", desk).env_remove("XDG_STATE_HOME");
    ran(command.env_remove("XDG_CONFIG_HOME").output().unwrap())
}

/// The level of one finding, its hint, and how the doctor ended.
fn finding(ran: &Ran, about: &str) -> (String, String) {
    let told = json(&ran.out);
    let findings = told["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["about"] == about).unwrap();
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    (text("level"), text("hint"))
}

#[test]
fn the_worst_finding_is_the_exit_code() {
    let desk = folder("doctor").canonicalize().unwrap();
    let state = desk.join(".local/state/highmark");
    let rights = |mode: u32| {
        fs::create_dir_all(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(mode)).unwrap();
    };
    let fresh = doctor(&desk, &["--json"]);
    assert_eq!(finding(&fresh, "state folder").0, "good");
    assert!(!state.exists(), "a doctor only looks");
    rights(0o755);
    let open = doctor(&desk, &["--json"]);
    let shown = state.display();
    assert_eq!(finding(&open, "state folder"), ("warn".into(), format!("chmod 700 {shown}")));
    rights(0o700);
    let closed = doctor(&desk, &["--json"]);
    assert_eq!(finding(&closed, "state folder").0, "good");
    for told in [fresh, open, closed] {
        let exit = match json(&told.out)["worst"].as_str().unwrap() {
            "good" => 0,
            "warn" => 11,
            _ => 10,
        };
        assert_eq!((told.code, told.err.as_str()), (exit, ""));
    }
    assert_eq!(fs::read_dir(&state).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn what_must_be_mended_is_told() {
    let desk = folder("doctor-bad").canonicalize().unwrap();
    fs::write(desk.join("taken"), "").unwrap();
    let file = "--option=state.dir=taken";
    let told =
        doctor(&desk, &["--json", file, "--option=feed.kind=replay", "--option=feed.files=no.csv"]);
    assert_eq!(told.code, 10);
    assert_eq!(finding(&told, "state folder").0, "bad");
    assert_eq!(finding(&told, "feed"), ("bad".into(), "correct feed.files".into()));
    fs::write(desk.join("day.toml"), "name = 5\n").unwrap();
    let told = doctor(&desk, &["--json", "--option=scenario.file=day.toml"]);
    assert_eq!(finding(&told, "scenario").0, "bad");
    let quiet = doctor(&desk, &["--quiet", file]);
    assert!(quiet.out.starts_with("bad ") && !quiet.out.contains("\ngood"), "{}", quiet.out);
}

#[test]
fn a_disk_is_measured() {
    let desk = folder("doctor-disk").canonicalize().unwrap();
    let told = json(&doctor(&desk, &["--json"]).out);
    let findings = told["findings"].as_array().unwrap();
    let found = |about: &str| {
        findings.iter().find(|finding| finding["about"] == about).unwrap()["measured"].clone()
    };
    let sync = found("durable writes");
    let rows: u64 = sync["rows"].as_array().unwrap().iter().map(|row| row.as_u64().unwrap()).sum();
    assert_eq!(rows, sync["writes"].as_u64().unwrap());
    assert!(sync["p50_us"].as_u64() <= sync["p99_us"].as_u64());
    assert!(
        found("free room")["total_bytes"].as_u64() >= found("free room")["free_bytes"].as_u64()
    );
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_5() {
    let desk = folder("doctor-config").canonicalize().unwrap();
    fs::write(desk.join("highmark.toml"), "[disk]\nwarn_free_pct = 0.2\n").unwrap();
    let told = doctor(&desk, &[]);
    assert_eq!((told.code, told.out.as_str()), (5, ""));
    assert!(told.err.contains("error[CONFIG_FRACTION]"), "{}", told.err);
}
