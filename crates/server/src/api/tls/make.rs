//! Certificates that this machine makes for itself: for a network of one's own, where no authority vouches for a name.
//! Whoever is to trust one is given it as a file.

use super::Files;
use crate::config::save;
use highmark_engine::Timestamp;
use highmark_play::failure::{Code, Failure};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Days that a certificate may hold: telephones and browsers take no longer ones.
pub const MOST_DAYS: u32 = 825;
/// A day earlier, for clients whose clocks are behind.
const EARLIER: Duration = Duration::from_secs(86_400);

/// Writes `certificate.pem` and `key.pem` into a folder. Older ones are replaced.
pub fn make(folder: &Path, names: &[String], days: u32, now: Timestamp) -> Result<Files, Failure> {
    for name in names {
        check(name)?;
    }
    let failed = |error: rcgen::Error| {
        Failure::new(Code::Failure, format!("the certificate: {error}"), "try again")
    };
    let mut params = CertificateParams::new(names).map_err(failed)?;
    let seconds = u64::try_from(now.0 / 1_000_000_000).unwrap_or(0);
    let from = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = from - EARLIER;
    params.not_after = from + Duration::from_secs(u64::from(days) * 86_400);
    params.distinguished_name.push(DnType::CommonName, "Highmark");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let pair = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&pair).map_err(failed)?;
    let files = Files { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
    let keep = |path: &Path, text: &str, mode: u32| {
        let kept = save(path, text);
        let kept = kept.and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)));
        kept.map_err(|error| Failure::file(path, &error))
    };
    // The key first: a certificate without its key is refused, and one with another's too.
    keep(&files.key, &pair.serialize_pem(), 0o600)?;
    keep(&files.certificate, &certificate.pem(), 0o644)?;
    Ok(files)
}

fn check(name: &str) -> Result<(), Failure> {
    if name.parse::<IpAddr>().is_ok()
        || crate::config::value::is_host(name.trim_start_matches("*."))
    {
        return Ok(());
    }
    let message = format!("`{name}` is no name of a host and no address");
    Err(Failure::new(Code::Usage, message, "such as desk.local or 192.168.1.20, without a port"))
}
