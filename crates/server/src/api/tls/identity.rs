//! A certificate with its key, as they stand in two files, and what the certificate says of itself.

use highmark_engine::Timestamp;
use highmark_play::failure::{Code, Failure};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Where certificate and key stand, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The service's own certificate first, then those that lead to its authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate that can be shown, with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    /// Names and addresses for which it was made, in small letters.
    pub names: Vec<String>,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Files {
    /// Reads both; each that cannot be used is named, with what to do.
    pub fn read(&self) -> Result<Identity, Failure> {
        let chain = certificates(&self.certificate)?;
        let key = key(&self.key)?;
        let told = tells(&chain[0]).map_err(|why| unusable(&self.certificate, &why))?;
        let signing = any_supported_type(&key)
            .map_err(|error| unusable(&self.key, &format!("this key cannot be used: {error}")))?;
        let certified = CertifiedKey::new(chain, signing);
        certified.keys_match().map_err(|_| {
            let message =
                format!("{} is not the key of {}", self.key.display(), self.certificate.display());
            Failure::new(Code::Refused, message, "name the two that were made together")
        })?;
        let (names, from, until) = told;
        Ok(Identity { certified: Arc::new(certified), names, from, until })
    }
}

impl Identity {
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// Whether it was made for this name or address; `*.desk.example` is for one label more.
    pub fn is_for(&self, name: &str) -> bool {
        let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
        self.names.iter().any(|one| match one.strip_prefix("*.") {
            Some(rest) => name.split_once('.').is_some_and(|(_, behind)| behind == rest),
            None => *one == name,
        })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let text = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(unusable(path, "there is no certificate in it")),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

/// Whoever has the key can be taken for this service, so it is for its owner, and at most read by a group.
fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let text = fs::read(path).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.mode();
    if mode & 0o037 != 0 {
        let message = format!("{}: others may read or change this key", path.display());
        return Err(Failure::new(Code::Refused, message, format!("chmod 600 {}", path.display())));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let why = "there is no private key in it, or one that is locked by a password";
        unusable(path, why)
    })
}

type Told = (Vec<String>, Timestamp, Timestamp);

/// The names and the dates of a certificate.
fn tells(der: &CertificateDer<'_>) -> Result<Told, String> {
    let broken = |error: x509_cert::der::Error| format!("this certificate is broken: {error}");
    let certificate = Certificate::from_der(der).map_err(broken)?;
    let within = certificate.tbs_certificate();
    let moment = |seconds: u64| {
        Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000))
    };
    let validity = within.validity();
    let from = moment(validity.not_before.to_unix_duration().as_secs());
    let until = moment(validity.not_after.to_unix_duration().as_secs());
    let names = within.get_extension::<SubjectAltName>().map_err(broken)?;
    let names: Vec<String> =
        names.iter().flat_map(|(_, names)| &names.0).filter_map(text_of).collect();
    if names.is_empty() {
        return Err("it names no host: clients would not trust it".into());
    }
    Ok((names, from, until))
}

fn text_of(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let four = <[u8; 4]>::try_from(bytes).map(|four| IpAddr::V4(Ipv4Addr::from(four)));
            let sixteen =
                || <[u8; 16]>::try_from(bytes).map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen)));
            four.or_else(|_| sixteen()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn unusable(path: &Path, why: &str) -> Failure {
    let message = format!("{}: {why}", path.display());
    let hint = "both files are PEM; `highmark certificate make NAME` makes a pair for a network of your own";
    Failure::new(Code::Refused, message, hint)
}

#[cfg(test)]
mod tests {
    use super::super::make::make;
    use super::*;
    use crate::scratch::folder;
    use std::os::unix::fs::PermissionsExt;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000_000);

    #[test]
    fn a_certificate_that_was_made_is_read_with_its_names_and_dates() {
        let folder = folder("tls-read");
        let names =
            ["Desk.local".to_owned(), "*.home.arpa".into(), "192.168.1.20".into(), "::1".into()];
        let files = make(&folder, &names, 30, NOW).unwrap();
        let identity = files.read().unwrap();
        assert_eq!(identity.names, ["desk.local", "*.home.arpa", "192.168.1.20", "::1"]);
        let day = 86_400_000_000_000;
        assert_eq!((identity.from.0, identity.until.0), (NOW.0 - day, NOW.0 + 30 * day));
        for name in ["DESK.local", "a.home.arpa", "192.168.1.20", "[::1]"] {
            assert!(identity.is_for(name), "{name}");
        }
        for name in ["home.arpa", "a.b.home.arpa", "192.168.1.2", "local"] {
            assert!(!identity.is_for(name), "{name}");
        }
        assert!(!format!("{identity:?}").contains("PRIVATE"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_does_not_fit_together_is_refused_by_name() {
        let (one, other) = (folder("tls-one"), folder("tls-other"));
        let files = make(&one, &["desk.local".to_owned()], 30, NOW).unwrap();
        let others = make(&other, &["desk.local".to_owned()], 30, NOW).unwrap();
        let mixed = Files { certificate: files.certificate.clone(), key: others.key };
        assert!(mixed.read().unwrap_err().message.contains("is not the key of"));
        let turned = Files { certificate: files.key.clone(), key: files.certificate.clone() };
        assert!(turned.read().unwrap_err().message.contains("no certificate in it"));
        let none = Files { certificate: one.join("none.pem"), ..files.clone() };
        assert_eq!(none.read().unwrap_err().code, Code::NotFound);
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
        let open = files.read().unwrap_err();
        assert!(open.message.contains("others may read") && open.hint.contains("chmod 600"));
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(files.read().is_ok(), "a group may read it, as the ssl-cert of Debian does");
        fs::remove_dir_all(one).unwrap();
        fs::remove_dir_all(other).unwrap();
    }
}
