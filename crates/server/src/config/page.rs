//! The page of the manual on configuration, made from the table of keys.

use super::keys::{KEYS, Key, Kind, SECTIONS};
use super::problem::Fault;
use std::fmt::Write as _;

const HEAD: &str = "\
# Configuration

Written by `cargo xtask docs` from the table of keys that the program reads by; change it there.

Highmark runs without a configuration. `highmark init` writes a file in which every key stands with its default, as a comment; `highmark config set KEY VALUE` changes one and keeps comments and order; `highmark config check` tells everything that is wrong, each with its file, its line, its field and what to do. Rules and limits are not configuration: they are set by a scenario or a command, and are facts of the journal.

## Where a value comes from

The first of these that names a key gives its value:

1. a flag: `--option KEY=VALUE`
2. the environment: `HIGHMARK__JOURNAL__KEEP_DAYS=100` for `journal.keep_days`
3. `highmark.toml` in the folder that one is in
4. `$XDG_CONFIG_HOME/highmark/highmark.toml` (`~/.config/highmark/highmark.toml`)
5. `/etc/highmark/highmark.toml`
6. the default

`-c FILE` reads that file instead of 3, 4 and 5. `highmark config show --origin` tells where each value comes from, `highmark config path` which files are looked at and which are there. A relative path in a file begins at the folder of that file, `~/` at the home folder. A path in a variable or a flag begins where one is.

All layers are read whole, and everything that is wrong in any of them is told at once; then nothing starts, and the exit code is 5. A running service that is asked to read its configuration again takes the new one whole or keeps the old one; it tells which changed keys wait for its next start.

A secret may stand in a file that only its owner may read (mode 600), in a file of its own, or in the environment, and is never shown. A command is not taken from a file that others may write. Editors complete and check by the [JSON Schema](config.schema.json): `highmark config schema > config.schema.json`, and `#:schema ./config.schema.json` as the first line.
";

/// The whole page, as it is published in `docs/configuration.md`.
pub fn page() -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n## Keys\n\nA percentage is a whole number: 20 is 20 %. A length of time has its unit: `\"90s\"`, `\"15m\"`, `\"1h30m\"`.\n");
    for (section, doc) in SECTIONS {
        let title =
            if section.is_empty() { "Above all tables".into() } else { format!("`[{section}]`") };
        let _ = write!(
            out,
            "\n### {title}\n\n{doc}\n\n| key | what it is for | default | may be | a change is in force |\n|---|---|---|---|---|\n"
        );
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            let (doc, default) = (capital(key.doc), key.default);
            let _ = writeln!(
                out,
                "| `{}` | {doc} | `{default}` | {} | {} |",
                key.path,
                may_be(key),
                key.effect.words()
            );
        }
    }
    out.push_str("\n## What can be wrong\n\nThe codes are stable; `--json` gives them with file, line, column, field, message and hint.\n\n| code | what it is |\n|---|---|\n");
    for fault in Fault::ALL {
        let _ = writeln!(out, "| `{}` | {} |", fault.name(), fault.words());
    }
    out
}

fn may_be(key: &Key) -> String {
    match key.kind {
        Kind::Whole(low, high) if low == high => format!("{low}"),
        Kind::Whole(low, high) if high >= i64::MAX as u64 => format!("a whole number from {low}"),
        Kind::Whole(low, high) => format!("{low} to {high}"),
        Kind::Percent(low, high) => format!("{low} to {high}, in per cent"),
        Kind::Length(low, high) => format!("`\"{low}\"` to `\"{high}\"`"),
        Kind::Flag => "`true`, `false`".into(),
        Kind::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        Kind::Speed => "`\"max\"`, or 1 to 100000".into(),
        Kind::Text => "text".into(),
        Kind::Command => "a command for the shell".into(),
        Kind::Path => "a path".into(),
        Kind::Paths => "a list of paths".into(),
        Kind::Hosts => "a list of names of hosts".into(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
