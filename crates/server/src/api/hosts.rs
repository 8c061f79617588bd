//! The names under which this service is asked. A page of somewhere else that got a name to mean this machine sends
//! that name, and is refused.

use super::problem::Problem;
use super::tls::{Identity, Tls};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use std::net::SocketAddr;
use std::sync::Arc;

/// How long a browser that was here by TLS comes by TLS alone.
pub(super) const STRICT: &str = "max-age=31536000";

#[derive(Debug)]
pub(super) struct Hosts {
    /// With their ports.
    own: Vec<String>,
    /// Whatever their ports: a proxy or a tunnel in front of this service has its own.
    named: Vec<String>,
    /// For the names of its certificate.
    tls: Option<Arc<Tls>>,
}

impl Hosts {
    pub(super) fn of(address: SocketAddr, named: Vec<String>, tls: Option<Arc<Tls>>) -> Hosts {
        let port = address.port();
        let names = ["localhost".to_owned(), "127.0.0.1".into(), "[::1]".into()];
        let mut own: Vec<String> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if !address.ip().is_unspecified() {
            own.push(address.to_string());
        }
        Hosts { own, named, tls }
    }

    /// Whether all that is said here is encrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.tls.is_some()
    }

    /// The host of the request is ours, and so is the page that sends it, if one does.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let is_ours = host.is_some_and(|host| self.has(host))
            && hosts.next().is_none()
            && uri.authority().is_none_or(|authority| self.has(authority.as_str()));
        if !is_ours {
            let hint = format!("ask for it as {}; api.names adds others", self.own.join(" or "));
            let detail = "the request is for another host";
            return Err(Problem::new(StatusCode::FORBIDDEN, "BAD_HOST", detail, hint).on("Host"));
        }
        for origin in headers.get_all(header::ORIGIN) {
            if !origin.to_str().is_ok_and(|origin| self.is_origin(origin)) {
                let detail = "a page of somewhere else has sent the request";
                let hint = "ask from a program, or from a page that this service serves";
                let problem = Problem::new(StatusCode::FORBIDDEN, "BAD_ORIGIN", detail, hint);
                return Err(problem.on("Origin"));
            }
        }
        Ok(())
    }

    fn has(&self, host: &str) -> bool {
        self.own.iter().any(|one| one.eq_ignore_ascii_case(host))
            || self.is_named(host)
            || self.tls.as_ref().is_some_and(|tls| {
                let name = without_port(host);
                name.is_some_and(|name| tls.now(|identity: &Identity| identity.is_for(name)))
            })
    }

    fn is_named(&self, host: &str) -> bool {
        let name = without_port(host);
        name.is_some_and(|name| self.named.iter().any(|one| one.eq_ignore_ascii_case(name)))
    }

    /// A page of this service itself. What stands in front of it may have the encryption that it has not.
    fn is_origin(&self, origin: &str) -> bool {
        let Some((scheme, host)) = origin.split_once("://") else { return false };
        let is_spoken = match scheme {
            "https" => self.is_secret() || self.is_named(host),
            "http" => !self.is_secret(),
            _ => false,
        };
        is_spoken && self.has(host)
    }
}

/// The name before a port, where there is one.
fn without_port(host: &str) -> Option<&str> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, "0"),
    };
    let is_port = !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    is_port.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn says(hosts: &Hosts, host: &str, origin: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        hosts.check(&Uri::from_static("/live"), &headers).err().map(|problem| problem.code)
    }

    #[test]
    fn a_name_that_is_not_ours_is_refused_and_a_named_one_is_taken_with_any_port() {
        let address = "127.0.0.1:8420".parse().unwrap();
        let hosts = Hosts::of(address, vec!["desk.example.org".into()], None);
        for host in ["localhost:8420", "[::1]:8420", "desk.example.org", "Desk.Example.org:443"] {
            assert_eq!(says(&hosts, host, ""), None, "{host}");
        }
        let wrong = [
            "localhost",
            "localhost:8421",
            "desk.example.org:x",
            "desk.example.org:",
            "evil.example",
            "desk.example.org.evil.example",
            "a@desk.example.org",
        ];
        for host in wrong {
            assert_eq!(says(&hosts, host, "").as_deref(), Some("BAD_HOST"), "{host}");
        }
        let own = "localhost:8420";
        assert_eq!(says(&hosts, own, "http://localhost:8420"), None);
        assert_eq!(says(&hosts, own, "https://desk.example.org"), None);
        for origin in
            ["https://localhost:8420", "http://localhost:1", "null", "ftp://localhost:8420"]
        {
            assert_eq!(says(&hosts, own, origin).as_deref(), Some("BAD_ORIGIN"), "{origin}");
        }
    }
}
