//! `highmark service`: what a system needs to keep the service running.

use super::args::Cli;
use super::config::load;
use super::terminal;
use crate::failure::{Code, Failure};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum ServiceVerb {
    /// A unit for systemd: kept running, watched, and shut off from the rest of the machine
    #[command(
        after_help = "Examples:\n  highmark service unit --user highmark | sudo tee /etc/systemd/system/highmark.service\n  sudo systemctl daemon-reload && sudo systemctl enable --now highmark"
    )]
    Unit {
        /// Who runs it
        #[arg(long, value_name = "NAME", default_value = "highmark")]
        user: String,
        /// The program, when it is not this one
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
}

pub(super) fn run(verb: &ServiceVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        ServiceVerb::Unit { user, program } => {
            let own = std::env::current_exe().map_err(|error| {
                Failure::new(
                    Code::Failure,
                    format!("where this program is: {error}"),
                    "name it with --program",
                )
            })?;
            let program = program.as_deref().unwrap_or(&own);
            let configuration = cli.config.as_deref();
            let state = match &cli.state {
                Some(state) => Some(state.clone()),
                None if configuration.is_some() => Some(load(cli)?.config.state.dir),
                None => None,
            };
            terminal::out(&unit(user, program, configuration, state.as_deref())?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Without a state folder of its own it is systemd's: /var/lib/highmark.
fn unit(
    user: &str,
    program: &Path,
    configuration: Option<&Path>,
    state: Option<&Path>,
) -> Result<String, Failure> {
    let state = state.unwrap_or(Path::new("/var/lib/highmark"));
    let mut command = vec![quoted(program)?, "run".to_owned()];
    if let Some(configuration) = configuration {
        command.extend(["--config".to_owned(), quoted(configuration)?]);
    }
    command.extend(["--state".to_owned(), quoted(state)?]);
    let folders = match state.strip_prefix("/var/lib") {
        Ok(name) => format!("StateDirectory={}\nStateDirectoryMode=0700", quoted(name)?),
        Err(_) => format!("ReadWritePaths={}", quoted(state)?),
    };
    if user.is_empty()
        || !user.chars().all(|each| each.is_ascii_alphanumeric() || "_-.".contains(each))
    {
        let message = format!("`{user}` is no name of a user");
        return Err(Failure::new(Code::Usage, message, "letters, digits, `-`, `_` and `.`"));
    }
    Ok(include_str!("highmark.service")
        .replace("@USER@", user)
        .replace("@COMMAND@", &command.join(" "))
        .replace("@FOLDERS@", &folders))
}

/// As a unit file has it: `%` and `$` mean something there.
fn quoted(path: &Path) -> Result<String, Failure> {
    let text =
        path.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or_else(|| {
            let message = format!("{} cannot stand in a unit", path.display());
            Failure::new(Code::Usage, message, "use a path of plain text")
        })?;
    let text =
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    Ok(if text.contains([' ', '\'', '"', ';']) { format!("\"{text}\"") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_names_its_program_its_user_and_the_one_folder_that_it_writes() {
        let made = unit("desk", Path::new("/opt/high mark/100%"), None, None).unwrap();
        assert!(
            made.contains("ExecStart=\"/opt/high mark/100%%\" run --state /var/lib/highmark\n"),
            "{made}"
        );
        assert!(
            made.contains("User=desk\n") && made.contains("StateDirectory=highmark\n"),
            "{made}"
        );
        assert!(
            !made.contains("@USER") && !made.contains("@COMMAND") && !made.contains("@FOLDERS"),
            "{made}"
        );
        let config = Some(Path::new("/etc/highmark.toml"));
        let made = unit("desk", Path::new("/bin/highmark"), config, Some(Path::new("/data/desk")))
            .unwrap();
        assert!(made.contains("--config /etc/highmark.toml --state /data/desk"), "{made}");
        assert!(made.contains("ReadWritePaths=/data/desk\n"), "{made}");
        assert!(unit("no one", Path::new("/bin/highmark"), None, None).is_err());
    }
}
