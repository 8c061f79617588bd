//! One key changed in one file.

use super::super::args::Cli;
use super::super::terminal;
use super::layers;
use crate::failure::{Code, Failure};
use highmark_server::config::keys::{Key, Kind};
use highmark_server::config::layers::{FileText, read_file};
use highmark_server::config::{
    Layers, Origin, Surroundings, Value, edit, fitting, load as of_layers, save,
};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

pub(super) fn run(key: &str, said: &str, file: &Path, cli: &Cli) -> Result<(), Failure> {
    let (key, value) = fitting(key, said)?;
    let value = from_here(key, value, file);
    let old = read(file)?;
    let text = old.text.clone().map_err(|reason| unreadable(file, &reason))?;
    let edited = edit::set(&text, key.path, &value.to_string()).ok_or_else(|| {
        of_layers(&alone(old.clone())).map_or_else(Failure::from, |_| {
            let message = format!("{} is laid out in a way that I would break", file.display());
            let hint = format!("write {} = {value} into it yourself", key.path);
            Failure::new(Code::Refused, message, hint)
        })
    })?;
    let before = of_layers(&alone(old.clone())).ok();
    let after = of_layers(&alone(FileText { text: Ok(edited.clone()), ..old }))?;
    let shown = |loaded: &highmark_server::config::Loaded| {
        let setting = loaded.settings.setting(key.path)?;
        Some(loaded.settings.shown(setting).to_string())
    };
    let (from, to) = (before.as_ref().and_then(shown), shown(&after).unwrap_or_default());
    if edited == text {
        terminal::say(cli.quiet, &format!("{} is {to} already", key.path));
    } else {
        let change = format!("{}: {} -> {to}", key.path, from.as_deref().unwrap_or("?"));
        if from.as_ref() != Some(&to) {
            agree(key, &change, cli)?;
        }
        save(file, &edited).map_err(|error| Failure::file(file, &error))?;
        let when = key.effect.words();
        terminal::say(cli.quiet, &format!("{}\n{change}, {when}", file.display()));
    }
    if cli.json {
        let told = json!({
            "file": file.display().to_string(),
            "key": key.path,
            "from": from,
            "to": to,
            "effect": key.effect.words(),
        });
        terminal::out(&format!("{told}\n"));
    }
    stronger(key, file, cli);
    Ok(())
}

/// A relative path is meant from where one is, and the file may lie elsewhere.
fn from_here(key: &Key, value: Value, file: &Path) -> Value {
    let here = Surroundings::of_process().here;
    let whole = |text: String| {
        if text.is_empty() || text.starts_with("~/") || file.parent() == Some(&here) {
            return text;
        }
        here.join(text).to_string_lossy().into_owned()
    };
    match (key.kind, value) {
        (Kind::Path, Value::Text(text)) => Value::Text(whole(text)),
        (Kind::Paths, Value::List(texts)) => Value::List(texts.into_iter().map(whole).collect()),
        (_, value) => value,
    }
}

fn read(file: &Path) -> Result<FileText, Failure> {
    match read_file(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(FileText::of(file.to_owned(), Ok("config_version = 1\n".into())))
        }
        Err(error) => Err(Failure::file(file, &error)),
    }
}

fn unreadable(file: &Path, reason: &str) -> Failure {
    Failure::new(Code::Configuration, format!("{}: {reason}", file.display()), "check the path")
}

fn alone(file: FileText) -> Layers {
    Layers::alone(Surroundings::of_process(), file)
}

/// Asks before a change that decides over much; who cannot be asked must have said yes.
fn agree(key: &Key, change: &str, cli: &Cli) -> Result<(), Failure> {
    let Some(why) = key.asks.filter(|_| !cli.yes) else { return Ok(()) };
    let refused = |message: &str, hint: &str| Err(Failure::new(Code::Refused, message, hint));
    if cli.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return refused(why, "add --yes if that is meant");
    }
    let mut asks = std::io::stderr().lock();
    let _ = write!(asks, "{change}\n{why}\nchange it? [y/N] ");
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "y" | "yes" => Ok(()),
        _ => refused("nothing was changed", ""),
    }
}

/// Tells when another layer is stronger than the file that was changed.
fn stronger(key: &Key, file: &Path, cli: &Cli) {
    let loaded = match of_layers(&layers(cli)) {
        Ok(loaded) => loaded,
        Err(_) => {
            let note = "note: another layer has errors; `highmark config check` tells them";
            return terminal::say(cli.quiet, note);
        }
    };
    let Some(setting) = loaded.settings.setting(key.path) else { return };
    let is_in_force = match &setting.origin {
        Origin::File { path, .. } => {
            let same = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            same(path) == same(file)
        }
        Origin::Default | Origin::Variable(_) | Origin::Flag(_) => false,
    };
    if !is_in_force {
        let value = loaded.settings.shown(setting);
        let note = format!("note: in force here is {value}, from {}", setting.origin);
        terminal::say(cli.quiet, &note);
    }
}
