//! The file that `highmark init` writes: every key with its default, as a comment.

use super::keys::{KEYS, Key, SECTIONS, VERSION};
use std::fmt::Write as _;

const WIDTH: usize = 96;

/// A whole file. Nothing in it differs from the defaults until somebody removes a `#`.
pub fn template() -> String {
    let mut out = String::from(
        "# Highmark's configuration. Every key stands here with its default: remove the # in front of one\n\
         # and change it, or say `highmark config set KEY VALUE`. What is wrong: `highmark config check`.\n\n",
    );
    let _ = writeln!(out, "config_version = {VERSION}");
    for (section, doc) in SECTIONS {
        out.push('\n');
        comment(&mut out, doc);
        if !section.is_empty() {
            let _ = writeln!(out, "[{section}]");
        }
        let keys = KEYS.iter().filter(|key| key.section() == *section);
        for key in keys.filter(|key| key.path != "config_version") {
            one(&mut out, key);
        }
    }
    out
}

fn one(out: &mut String, key: &Key) {
    let name = key.path.strip_prefix(key.section()).unwrap_or(key.path).trim_start_matches('.');
    out.push('\n');
    comment(out, key.doc);
    let _ = writeln!(out, "#{name} = {}", key.default);
}

fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}
