//! `highmark certificate`: what the API shows to other machines.

use super::args::Cli;
use super::config::load;
use super::key::there;
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use clap::Subcommand;
use highmark_server::api::tls::{
    Files, Identity,
    make::{MOST_DAYS, make},
};
use highmark_server::service::wall;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum CertificateVerb {
    /// Make a certificate for a network of your own, and its key; clients are given the certificate to trust
    #[command(
        after_help = "Name everything by which this machine is asked. It lands in the folder tls of the state folder, where only its owner reads the key.\n\nExamples:\n  highmark certificate make desk.local 192.168.1.20\n  highmark certificate make desk.local --days 90 --dir /etc/highmark/tls"
    )]
    Make {
        /// Names and addresses of this machine
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// How long it holds
        #[arg(long, default_value_t = MOST_DAYS, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
        days: u32,
        /// The folder that both files are written to
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Put them in the place of those that are there
        #[arg(long)]
        force: bool,
    },
    /// Names and dates of the certificate that is configured, or of another
    #[command(after_help = "Example:\n  highmark certificate show")]
    Show,
}

pub(super) fn run(verb: &CertificateVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    let config = load(cli)?.config;
    match verb {
        CertificateVerb::Make { names, days, dir, force } => {
            let dir = match dir {
                Some(dir) => dir.clone(),
                None => there(config.state.dir)?.join("tls"),
            };
            let taken = ["certificate.pem", "key.pem"].map(|name| dir.join(name));
            if let Some(taken) = taken.iter().find(|path| path.exists() && !force) {
                let message = format!("there is {}", taken.display());
                let hint =
                    "--force replaces it: whoever trusts the old one has to be given the new one";
                return Err(Failure::new(Code::Refused, message, hint));
            }
            told(&make(&dir, names, *days, wall())?, cli)?;
        }
        CertificateVerb::Show => {
            let files = config.api.tls.ok_or_else(|| {
                let hint =
                    "highmark certificate make NAME, or set api.tls.certificate and api.tls.key";
                Failure::new(Code::NotFound, "no certificate is configured", hint)
            })?;
            let identity = files.read()?;
            shown(&files, &identity, cli);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told(files: &Files, cli: &Cli) -> Result<(), Failure> {
    shown(files, &files.read()?, cli);
    let certificate = std::path::absolute(&files.certificate);
    let certificate = certificate.unwrap_or_else(|_| files.certificate.clone());
    terminal::say(
        cli.quiet || cli.json,
        &format!(
            "the service shows it after:\n  highmark config set api.tls.certificate {}\n  highmark config set api.listen 0.0.0.0:8420\nand a restart; give the certificate, never the key, to whoever is to trust it",
            certificate.display()
        ),
    );
    Ok(())
}

fn shown(files: &Files, identity: &Identity, cli: &Cli) {
    let (from, until) = (clock::stamp(identity.from), clock::stamp(identity.until));
    if cli.json {
        let shown = json!({
            "certificate": files.certificate,
            "key": files.key,
            "names": identity.names,
            "from": from,
            "until": until,
        });
        terminal::out(&format!("{shown}\n"));
        return;
    }
    let names = identity.names.join(", ");
    let (certificate, key) = (files.certificate.display(), files.key.display());
    terminal::out(&format!(
        "{certificate}\n  for {names}\n  from {from}\n  until {until}\n  key {key}\n"
    ));
}
