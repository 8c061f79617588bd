//! `highmark init`: a configuration in which every key stands with its default.

use super::args::{Cli, Init};
use super::terminal;
use crate::failure::{Code, Failure};
use highmark_server::config::{save, template};
use serde_json::json;
use std::process::ExitCode;

const NEXT: [&str; 4] = [
    "highmark config set KEY VALUE --project",
    "highmark config check",
    "highmark doctor",
    "highmark run",
];

pub(super) fn run(args: &Init, cli: &Cli) -> Result<ExitCode, Failure> {
    let file = args.dir.join("highmark.toml");
    if file.symlink_metadata().is_ok() && !args.force {
        let message = format!("{} is there already", file.display());
        let hint = "change it with `highmark config set`, or write over it with --force";
        return Err(Failure::new(Code::Refused, message, hint));
    }
    save(&file, &template()).map_err(|error| Failure::file(&file, &error))?;
    let shown = file.display().to_string();
    if cli.json {
        terminal::out(&format!("{}\n", json!({ "file": shown, "next": NEXT })));
    } else {
        terminal::out(&format!("wrote {shown}: every key with its default, as a comment\n"));
        let next: Vec<String> = NEXT.iter().map(|command| format!("  {command}")).collect();
        terminal::say(cli.quiet, &format!("next:\n{}", next.join("\n")));
    }
    Ok(ExitCode::SUCCESS)
}
