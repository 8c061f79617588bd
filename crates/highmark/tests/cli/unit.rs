//! The unit for systemd, as systemd's own tool rates it.

use crate::{folder, highmark};
use std::process::Command;

/// The exposure that it may have at most, of 10; the tool takes it in tenths.
const THRESHOLD: &str = "--threshold=30";

#[test]
fn the_unit_is_rated_as_hardly_exposed() {
    let folder = folder("unit");
    let asked = ["service", "unit", "--user", "nobody", "--program", "/bin/true"];
    let made = highmark(&folder, &asked);
    assert_eq!(made.code, 0, "{}", made.err);
    let path = folder.join("highmark.service");
    std::fs::write(&path, &made.out).unwrap();
    let mut rate = Command::new("systemd-analyze");
    rate.args(["security", "--offline=true", "--no-pager", THRESHOLD]).arg(&path);
    let Ok(rated) = rate.output() else {
        assert!(std::env::var_os("CI").is_none(), "install it (on Debian: apt install systemd)");
        return println!("left out: systemd-analyze is not installed");
    };
    let told = String::from_utf8_lossy(&rated.stdout);
    let overall = told.lines().find(|line| line.contains("Overall exposure level")).unwrap_or("");
    println!("{overall}");
    assert!(rated.status.success(), "{told}");
}
