//! What is in force, where it comes from, and which files are looked at.

use super::super::args::Cli;
use super::super::terminal;
use super::{layers, load};
use crate::failure::{Code, Failure};
use crate::scenario::diagnostics::suggestion;
use highmark_server::config::keys::{KEYS, SECTIONS};
use highmark_server::config::{Origin, Setting, Settings, Value};
use serde_json::{Map, json};

pub(super) fn run(key: Option<&str>, origin: bool, cli: &Cli) -> Result<(), Failure> {
    let loaded = load(cli)?;
    let settings = &loaded.settings;
    let wanted: Vec<&Setting> = settings.iter().filter(|one| is_wanted(one, key)).collect();
    if wanted.is_empty() {
        let key = key.unwrap_or("");
        let known = KEYS.iter().map(|key| key.path);
        let hint = match suggestion(key, known) {
            Some(close) => format!("did you mean {close}?"),
            None => "highmark config show lists all keys".into(),
        };
        return Err(Failure::new(Code::NotFound, format!("there is no key `{key}`"), hint));
    }
    if cli.json {
        let values: Map<_, _> =
            wanted.iter().map(|one| (one.key.path.to_owned(), in_json(one, settings))).collect();
        terminal::out(&format!("{:#}\n", json!({ "values": values })));
        return Ok(());
    }
    match wanted.as_slice() {
        [one] if key == Some(one.key.path) => terminal::out(&alone(one, settings, origin)),
        many => terminal::out(&as_file(many, settings, origin)),
    }
    Ok(())
}

fn is_wanted(setting: &Setting, key: Option<&str>) -> bool {
    let path = setting.key.path;
    key.is_none_or(|key| {
        path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
    })
}

fn in_json(setting: &Setting, settings: &Settings) -> serde_json::Value {
    let origin = match &setting.origin {
        Origin::Default => json!({ "kind": "default" }),
        Origin::File { path, line } => {
            json!({ "kind": "file", "file": path.display().to_string(), "line": line })
        }
        Origin::Variable(name) => json!({ "kind": "environment", "variable": name }),
        Origin::Flag(flag) => json!({ "kind": "flag", "flag": flag }),
    };
    json!({ "value": settings.shown(setting).json(), "origin": origin })
}

/// One value, bare, for a script.
fn alone(setting: &Setting, settings: &Settings, origin: bool) -> String {
    let value = match settings.shown(setting) {
        Value::Text(text) => text,
        value => value.to_string(),
    };
    let origin = if origin { format!("\t{}", setting.origin) } else { String::new() };
    format!("{value}{origin}\n")
}

/// As a file that means the same.
fn as_file(wanted: &[&Setting], settings: &Settings, origin: bool) -> String {
    let mut lines: Vec<(String, Option<&Origin>)> = Vec::new();
    for (section, _) in SECTIONS {
        let within: Vec<_> = wanted.iter().filter(|one| one.key.section() == *section).collect();
        if !within.is_empty() && !section.is_empty() {
            if !lines.is_empty() {
                lines.push((String::new(), None));
            }
            lines.push((format!("[{section}]"), None));
        }
        for setting in within {
            let path = setting.key.path;
            let name = path.strip_prefix(section).unwrap_or(path).trim_start_matches('.');
            lines.push((format!("{name} = {}", settings.shown(setting)), Some(&setting.origin)));
        }
    }
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|width| *width < 40);
    let width = width.max().unwrap_or(0);
    let mut out = String::new();
    for (line, from) in lines {
        match from {
            Some(from) if origin => out.push_str(&format!("{line:width$}  # {from}\n")),
            Some(_) | None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

/// Where is looked, the strongest first.
pub(super) fn paths(cli: &Cli) {
    let layers = layers(cli);
    let around = &layers.surroundings;
    let mut files = around.files(cli.config.as_deref());
    files.reverse();
    let variables: Vec<&str> = around.variables.iter().map(|(name, _)| name.as_str()).collect();
    if cli.json {
        let files: Vec<_> = files
            .iter()
            .map(|(role, path)| json!({ "role": role.name(), "file": path.display().to_string(), "exists": path.exists() }))
            .collect();
        let all = json!({ "options": cli.options, "variables": variables, "files": files });
        terminal::out(&format!("{all:#}\n"));
        return;
    }
    let listed = |names: &[&str]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let options: Vec<&str> = cli.options.iter().map(String::as_str).collect();
    let mut out = format!("options      {}\n", listed(&options));
    out.push_str(&format!("environment  {}\n", listed(&variables)));
    for (role, path) in files {
        let there = if path.exists() { "" } else { "  (not there)" };
        out.push_str(&format!("{:<12} {}{there}\n", role.name(), path.display()));
    }
    out.push_str("defaults     highmark config schema\n");
    terminal::out(&out);
}
