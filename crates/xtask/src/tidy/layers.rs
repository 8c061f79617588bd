//! The house in one table: who may depend on whom, and on which crates from outside.

use super::{Finding, Tree};

/// A crate: its folder, what it knows, which of ours and which of others' it may depend on.
struct Room {
    name: &'static str,
    knows: &'static str,
    within: &'static [&'static str],
    outside: &'static [&'static str],
}

/// The architecture. A row may stand here before its crate does; its outside crates are added, and argued
/// for, in the commit that first needs them.
const HOUSE: &[Room] = &[
    Room {
        name: "engine",
        knows: "the domain: what happens on an input",
        within: &[],
        outside: &["serde"],
    },
    Room {
        name: "journal",
        knows: "durable, ordered, tamper-evident facts",
        within: &["engine"],
        outside: &[
            "blake3",
            "ed25519-dalek",
            "getrandom",
            "rusqlite",
            "rustix",
            "serde",
            "serde_json",
            "zstd",
        ],
    },
    Room {
        name: "market",
        knows: "India's market rules, dated",
        within: &["engine"],
        outside: &["jiff", "serde", "serde_json", "toml"],
    },
    Room {
        name: "feeds",
        knows: "files, streams and the generator, decoded into ticks",
        within: &["engine", "market"],
        outside: &["csv", "flate2", "jiff", "parquet", "serde", "serde_json", "toml", "zip"],
    },
    Room {
        name: "brokers",
        knows: "one folder per broker, and the factory",
        within: &["engine", "market"],
        outside: &[],
    },
    Room {
        name: "play",
        knows: "scenario files, a feed played through them, and what came of it",
        within: &["engine", "market", "feeds", "brokers"],
        outside: &["serde", "serde_json", "strsim", "toml"],
    },
    Room {
        name: "gateway",
        knows: "from intents to orders and back",
        within: &["engine", "market", "brokers"],
        outside: &[],
    },
    Room {
        name: "learn",
        knows: "features, training and models for learned rules",
        within: &["engine", "market"],
        outside: &[],
    },
    Room {
        name: "alerts",
        knows: "routing, pacing, escalation, channels",
        within: &["engine"],
        outside: &[],
    },
    Room {
        name: "server",
        knows: "run loop, configuration, API, dashboard",
        within: &[
            "engine", "journal", "market", "feeds", "brokers", "gateway", "learn", "alerts", "play",
        ],
        outside: &[
            "argon2",
            "axum",
            "blake3",
            "etcetera",
            "futures-util",
            "getrandom",
            "hdrhistogram",
            "hmac",
            "hyper",
            "hyper-util",
            "percent-encoding",
            "rcgen",
            "rust-embed",
            "rustix",
            "rustls",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "sha1",
            "strsim",
            "thread-priority",
            "tokio",
            "tokio-rustls",
            "toml",
            "tracing",
            "tungstenite",
            "utoipa",
            "utoipa-axum",
            "x509-cert",
        ],
    },
    Room {
        name: "highmark",
        knows: "the only binary: command line and terminal",
        within: &["engine", "journal", "market", "feeds", "brokers", "play", "server"],
        outside: &[
            "blake3",
            "clap",
            "clap_complete",
            "clap_mangen",
            "ctrlc",
            "etcetera",
            "indicatif",
            "minijinja",
            "serde",
            "serde_json",
            "ratatui",
            "sd-notify",
            "signal-hook",
            "strsim",
            "toml",
            "tracing",
            "tracing-subscriber",
        ],
    },
    Room {
        name: "python",
        knows: "bindings, and the origin's names",
        within: &["engine", "journal", "learn", "brokers"],
        outside: &["arrow-array", "arrow-schema", "pyo3", "serde", "serde_json"],
    },
    Room {
        name: "standin",
        knows: "stand-in broker servers for tests and demos",
        within: &["market"],
        outside: &[],
    },
    Room {
        name: "sim",
        knows: "seeded simulation and the independent oracle",
        within: &["engine", "market", "feeds", "journal", "gateway", "vfs"],
        outside: &["rusqlite", "serde_json", "zstd"],
    },
    Room {
        name: "vfs",
        knows: "SQLite's table of file calls, and the only unsafe code",
        within: &[],
        outside: &["rusqlite"],
    },
    Room { name: "xtask", knows: "the project's chores", within: &[], outside: &[] },
];

/// Every crate has a row, and depends on nothing that its row does not name.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, path, text) in tree.manifests() {
        let mut report = |line, message| {
            findings.push(Finding { path: path.to_owned(), line, rule: "layers", message });
        };
        let Some(room) = HOUSE.iter().find(|room| room.name == name) else {
            report(
                1,
                format!(
                    "crate `{name}` has no row in the table of the house (HOUSE in tidy/layers.rs)"
                ),
            );
            continue;
        };
        for dependency in dependencies(text).filter(|dependency| !dependency.for_tests) {
            if let Some(complaint) = complaint(room, &dependency.name) {
                report(dependency.line, complaint);
            }
        }
    }
    findings
}

fn complaint(room: &Room, dependency: &str) -> Option<String> {
    let ours =
        dependency.strip_prefix("highmark-").or((dependency == "highmark").then_some(dependency));
    let (allowed, name) = match ours {
        Some(ours) => (room.within, ours),
        None => (room.outside, dependency),
    };
    (!allowed.contains(&name)).then(|| {
        let list = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
        format!(
            "`{}` ({}) may not depend on `{name}`; allowed of that sort: {list}",
            room.name, room.knows
        )
    })
}

/// Versions and paths of dependencies stand in the root manifest only.
pub(super) fn check_versions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, path, text) in tree.manifests() {
        let mut report = |line, message| {
            findings.push(Finding { path: path.to_owned(), line, rule: "versions", message });
        };
        for dependency in dependencies(text).filter(|dependency| !dependency.from_workspace) {
            let name = dependency.name;
            report(dependency.line, format!("`{name}` must say `{name}.workspace = true`"));
        }
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("version =") || line.starts_with("edition =") {
                report(index + 1, "the root manifest says this for all crates".to_owned());
            }
        }
    }
    findings
}

struct Dependency {
    name: String,
    line: usize,
    for_tests: bool,
    from_workspace: bool,
}

/// The dependencies of a manifest, as cargo's own layouts write them.
fn dependencies(manifest: &str) -> impl Iterator<Item = Dependency> {
    let mut section = String::new();
    let mut found: Vec<Dependency> = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']').to_owned();
            if let Some((kind, name)) = table_of_one(&section) {
                let for_tests = kind.ends_with("dev-dependencies");
                let name = name.to_owned();
                found.push(Dependency { name, line: index + 1, for_tests, from_workspace: false });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim();
        if table_of_one(&section).is_some() {
            if key == "workspace"
                && let Some(last) = found.last_mut()
            {
                last.from_workspace = true;
            }
        } else if section.ends_with("dependencies") {
            let (name, tail) = key.split_once('.').unwrap_or((key, ""));
            found.push(Dependency {
                name: name.trim_matches('"').to_owned(),
                line: index + 1,
                for_tests: section.ends_with("dev-dependencies"),
                from_workspace: tail == "workspace" || value.contains("workspace = true"),
            });
        }
    }
    found.into_iter()
}

/// `[dependencies.name]` as its kind and the name.
fn table_of_one(section: &str) -> Option<(&str, &str)> {
    let (kind, name) = section.rsplit_once('.')?;
    kind.ends_with("dependencies").then_some((kind, name))
}
