//! `cargo xtask sim --only sabotage`: breaks a copy of the engine in one place after another and expects the random comparison to notice.

use crate::Outcome;
use crate::command::{Workspace, show};
use crate::purity::{copy_folder, manifest};
use std::fs;
use std::path::Path;

/// A place of the engine's sources, and the same with a mistake in it that is made when `SABOTAGED` holds.
struct Sabotage {
    name: &'static str,
    file: &'static str,
    /// Stands there once.
    line: &'static str,
    broken: &'static str,
}

const SABOTAGES: &[Sabotage] = &[
    Sabotage {
        name: "groups of bests meld late",
        file: "index/trails.rs",
        line: "&& *group.key() < x",
        broken: "&& *group.key() < if SABOTAGED { x - 5_000_000 } else { x }",
    },
    Sabotage {
        name: "a new best is calm",
        file: "index/mod.rs",
        line: "let best = best.into_iter().flatten().min().unwrap_or(i64::MAX);",
        broken: "let best = best.into_iter().flatten().min().unwrap_or(i64::MAX).saturating_add(if SABOTAGED { 10_000_000 } else { 0 });",
    },
    Sabotage {
        name: "touching a floor is calm",
        file: "state/calm.rs",
        line: "if is_strict { room } else { room - UNIT }",
        broken: "if is_strict || SABOTAGED { room } else { room - UNIT }",
    },
    Sabotage {
        name: "a new peak is calm",
        file: "state/calm.rs",
        line: "_ => Some(rule.mtm.peak),",
        broken: "_ => Some(rule.mtm.peak + Money(if SABOTAGED { 10_000_000_000_000_000 } else { 0 })),",
    },
    Sabotage {
        name: "a trigger below is forgotten",
        file: "index/mod.rs",
        line: "half.bounds.enter(seat.trade, waits.down",
        broken: "half.bounds.enter(seat.trade, waits.down.filter(|_| !(SABOTAGED && seat.trade.0 % 4 == 1))",
    },
    Sabotage {
        name: "a trigger above is forgotten",
        file: "index/mod.rs",
        line: ", waits.up);",
        broken: ", waits.up.filter(|_| !(SABOTAGED && seat.trade.0 % 4 == 1)));",
    },
    Sabotage {
        name: "a high mark is not seen",
        file: "index/mod.rs",
        line: "self.water.see(x, at);",
        broken: "if !(SABOTAGED && x % 4 == 0) { self.water.see(x, at); }",
    },
    Sabotage {
        name: "what shorts gain is not added up",
        file: "index/rows.rs",
        line: "|row| product(row.net, step)",
        broken: "|row| product(if SABOTAGED { row.net.max(0) } else { row.net }, step)",
    },
    Sabotage {
        name: "a lane passes a new best",
        file: "index/mod.rs",
        line: "calm.high.min(calm.best.saturating_add(1));",
        broken: "calm.high.min(if SABOTAGED { i64::MAX } else { calm.best.saturating_add(1) });",
    },
    Sabotage {
        name: "what a fill earns is not watched",
        file: "index/rows.rs",
        line: "gauge.moved += earned.0;",
        broken: "gauge.moved += if SABOTAGED { 0 } else { earned.0 };",
    },
    Sabotage {
        name: "a fill that a rule counts is nothing but its gain",
        file: "state/calm.rs",
        line: "!is_trade && !live.any(|rule| rule.mtm_rule().is_none_or(counts_fills))",
        broken: "!is_trade && (SABOTAGED || !live.any(|rule| rule.mtm_rule().is_none_or(counts_fills)))",
    },
    Sabotage {
        name: "a trade that stands still has seen all",
        file: "state/marks.rs",
        line: "(is_better || !self.index.is_still(trade_id));",
        broken: "(is_better || !(SABOTAGED || self.index.is_still(trade_id)));",
    },
    Sabotage {
        name: "a peak trails behind for ever",
        file: "index/rows.rs",
        line: "if gauge.has_risen() {",
        broken: "if !SABOTAGED && gauge.has_risen() {",
    },
];

/// Each sabotage has to show within so many seeds.
const SEEDS: &str = "1000";

const COPY: &str = "target/sabotage";
const DRIVER: &str = "crates/xtask/sabotage/driver.rs";
/// The part of the comparison that needs more than the engine.
const OTHER: &str = "pub mod disk;\n";

const SWITCH: &str = "
/// Which sabotage is on.
pub static SABOTAGE: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);

pub(crate) fn is_sabotaged(number: u32) -> bool {
    SABOTAGE.load(core::sync::atomic::Ordering::Relaxed) == number
}
";

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let copy = workspace.root.join(COPY);
    let sources = |name: &str| copy.join(name).join("src");
    for name in ["engine", "sim"] {
        renew(&workspace.root.join("crates").join(name).join("src"), &sources(name))?;
    }
    sabotage(&sources("engine"))?;
    alter(&sources("sim").join("lib.rs"), |text| text.replacen(OTHER, "", 1))?;
    for file in ["proofs.rs", "disk"] {
        let path = sources("sim").join(file);
        let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        gone.map_err(|error| format!("cannot leave {file} out of the copy: {error}"))?;
    }
    write(&sources("sim").join("main.rs"), &workspace.read(DRIVER)?)?;
    write_manifests(workspace, &copy)?;
    let mut command = workspace.cargo(&["run", "--quiet", "-p", "highmark-sim", "--", SEEDS]);
    command.args(SABOTAGES.iter().map(|one| one.name));
    command.current_dir(&copy).env_remove("RUSTFLAGS");
    command.env("CARGO_TARGET_DIR", copy.join("target"));
    show(&mut command)
}

/// Builds all sabotages into the engine's sources, each behind its number.
fn sabotage(sources: &Path) -> Outcome {
    for (number, sabotage) in (1..).zip(SABOTAGES) {
        let Sabotage { name, file, line, broken } = sabotage;
        let path = sources.join(file);
        let text = read(&path)?;
        let found = text.matches(line).count();
        if found != 1 {
            return Err(format!(
                "the sabotage \"{name}\" looks for `{line}` in crates/engine/src/{file}, which stands there {found} times\n\
                 hint: aim it anew, in SABOTAGES of crates/xtask/src/sabotage.rs"
            ));
        }
        let broken = broken.replace("SABOTAGED", &format!("crate::is_sabotaged({number})"));
        write(&path, &text.replacen(line, &broken, 1))?;
    }
    alter(&sources.join("lib.rs"), |text| format!("{text}{SWITCH}"))
}

fn write_manifests(workspace: &Workspace, copy: &Path) -> Outcome {
    let root = workspace.read("Cargo.toml")?;
    let whole = "[workspace]\nmembers = [\"engine\", \"sim\"]\nresolver = \"3\"\n\n[profile.dev]\nopt-level = 2\ndebug = false\noverflow-checks = true\n";
    write(&copy.join("Cargo.toml"), whole)?;
    // The same versions as the workspace's, so that nothing new is looked for.
    write(&copy.join("Cargo.lock"), &workspace.read("Cargo.lock")?)?;
    let engine = manifest(&workspace.read("crates/engine/Cargo.toml")?, &root)?;
    let members = engine.replacen("[workspace]\n\n", "", 1);
    let members = members.replacen("[profile.dev]\ndebug = false\n", "", 1);
    write(&copy.join("engine").join("Cargo.toml"), &members)?;
    let json = root.lines().find(|line| line.starts_with("serde_json"));
    let json = json.ok_or("the root manifest does not give `serde_json`")?;
    let sim = members.lines().take_while(|line| !line.starts_with("[dependencies]"));
    let sim = sim.collect::<Vec<_>>().join("\n").replacen("highmark-engine", "highmark-sim", 1);
    let needs = format!("[dependencies]\nhighmark-engine = {{ path = \"../engine\" }}\n{json}\n");
    write(&copy.join("sim").join("Cargo.toml"), &format!("{sim}\n{needs}"))
}

/// Copies a folder anew.
fn renew(from: &Path, to: &Path) -> Outcome {
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| format!("cannot empty the copy: {error}"))?;
    }
    copy_folder(from, to).map_err(|error| format!("cannot copy {}: {error}", from.display()))
}

fn alter(path: &Path, change: impl FnOnce(&str) -> String) -> Outcome {
    write(path, &change(&read(path)?))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sabotage_finds_its_line_and_is_made_only_when_it_is_on() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src");
        for Sabotage { name, file, line, broken } in SABOTAGES {
            let text = read(&sources.join(file)).expect("a source of the engine");
            assert_eq!(text.matches(line).count(), 1, "{name}");
            assert!(broken.contains("SABOTAGED"), "{name}");
        }
    }
}
