//! The API: who can reach it, and whether its certificate is for the names and the days on which it is asked.

use super::Finding;
use crate::api::keys::Keys;
use crate::api::people::People;
use crate::api::tls::Identity;
use crate::config::Config;
use crate::service::wall;
use highmark_engine::Timestamp;
use highmark_play::clock::stamp;
use serde_json::json;
use std::net::SocketAddr;

const ABOUT: &str = "api";
/// Nanoseconds.
const DAY: i64 = 86_400_000_000_000;
/// Days before its end at which a certificate is told of: authorities renew earlier.
const SOON: i64 = 30;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let Some(address) = config.api.listen else {
        return vec![Finding::good(ABOUT, "it does not listen")];
    };
    let mut findings = vec![callers(config, address)];
    if let Some(files) = &config.api.tls {
        findings.push(match files.read() {
            Ok(identity) => certificate(&identity, config, wall()),
            Err(failure) => Finding::bad(ABOUT, failure.message, failure.hint),
        });
    }
    findings
}

/// Whoever can reach it, and whoever is let in.
fn callers(config: &Config, address: SocketAddr) -> Finding {
    let state = &config.state.dir;
    let (keys, people) = match (Keys::read(state), People::read(state)) {
        (Ok(keys), Ok(people)) => (keys.iter().count(), people.iter().count()),
        (Err(failure), _) | (_, Err(failure)) => {
            return Finding::bad(ABOUT, failure.message, failure.hint);
        }
    };
    let is_outside = !address.ip().is_loopback();
    let reach = if is_outside { "other machines too" } else { "this machine alone" };
    let who = format!("on {address}, for {reach}; {keys} keys, {people} people");
    let mut finding = if is_outside && keys + people == 0 {
        let hint = "highmark key add NAME --role viewer, or highmark user add NAME --role risk";
        Finding::bad(ABOUT, format!("{who}: it is not started without any"), hint)
    } else {
        Finding::good(ABOUT, who)
    };
    finding.measured = json!({ "outside": is_outside, "keys": keys, "people": people });
    finding
}

fn certificate(identity: &Identity, config: &Config, now: Timestamp) -> Finding {
    let days = (identity.until.0 - now.0).div_euclid(DAY);
    let names = identity.names.join(", ");
    let until = stamp(identity.until);
    let renew = "get a new one, put it in its place, then `highmark config reload`";
    let address = config.api.listen.map(|address| address.ip());
    let outside = address.filter(|ip| !ip.is_unspecified() && !ip.is_loopback());
    let asked = config.api.names.iter().cloned().chain(outside.map(|ip| ip.to_string()));
    let missing: Vec<String> = asked.filter(|name| !identity.is_for(name)).collect();
    let mut finding = if identity.until <= now {
        Finding::bad(ABOUT, format!("the certificate was over at {until}"), renew)
    } else if identity.from > now {
        let message = format!("the certificate begins to hold at {} only", stamp(identity.from));
        Finding::bad(ABOUT, message, "look at the clock of this machine")
    } else if days < SOON {
        Finding::warn(ABOUT, format!("the certificate is over in {days} days, at {until}"), renew)
    } else if missing.is_empty() {
        Finding::good(ABOUT, format!("a certificate for {names}, until {until}"))
    } else {
        let message = format!("the certificate is for {names}, and not for {}", missing.join(", "));
        let hint = "clients that ask by another name refuse it: get one for all of them";
        Finding::warn(ABOUT, message, hint)
    };
    finding.measured = json!({ "days_left": days, "names": identity.names });
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tls::make::make;
    use crate::config::{Layers, Surroundings, layers::FileText, load};
    use crate::doctor::Level;
    use crate::scratch::folder;

    #[test]
    fn a_certificate_that_is_over_or_soon_or_for_others_is_told_of() {
        let folder = folder("doctor-tls");
        let now = Timestamp(1_800_000_000_000_000_000);
        let files = make(&folder, &["desk.local".to_owned()], 90, now).unwrap();
        let identity = files.read().unwrap();
        let config = |names: &str| {
            let text = format!(
                "[api]\nlisten = \"0.0.0.0:8420\"\nnames = [{names}]\ntls.certificate = \"{}\"\ntls.key = \"{}\"\n",
                files.certificate.display(),
                files.key.display()
            );
            let surroundings =
                Surroundings { home: Some(folder.clone()), ..Surroundings::default() };
            let state = Some(folder.join("state"));
            let surroundings =
                Surroundings { state_home: state.clone(), config_home: state, ..surroundings };
            let file = FileText {
                path: folder.join("highmark.toml"),
                text: Ok(text),
                others_read: false,
                others_write: false,
            };
            let layers = Layers { surroundings, files: vec![file], flags: Vec::new(), named: None };
            load(&layers).unwrap().config
        };
        let at = |days: i64, names: &str| {
            let finding = certificate(&identity, &config(names), Timestamp(now.0 + days * DAY));
            (finding.level, finding.message)
        };
        assert_eq!(at(0, "").0, Level::Good, "{:?}", at(0, ""));
        assert_eq!(at(-2, "").0, Level::Bad);
        assert_eq!(at(61, "").0, Level::Warn);
        assert_eq!(at(91, "").0, Level::Bad);
        let (level, message) = at(0, "\"desk.local\", \"desk.example.org\"");
        assert!(level == Level::Warn && message.ends_with("not for desk.example.org"), "{message}");
        let nobody = callers(&config(""), "0.0.0.0:8420".parse().unwrap());
        assert_eq!(nobody.level, Level::Bad);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
