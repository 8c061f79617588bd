//! TLS: the certificate under which the API is asked from other machines. It is read again, with its key, whenever the
//! configuration is: whole, or the old one stays.

mod identity;
pub mod make;

pub use identity::{Files, Identity};

use highmark_play::failure::{Code, Failure};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// The certificate that is shown to whoever connects now.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    in_force: RwLock<Identity>,
}

impl Tls {
    pub fn open(files: Files) -> Result<Arc<Tls>, Failure> {
        let identity = files.read()?;
        Ok(Arc::new(Tls { files, in_force: RwLock::new(identity) }))
    }

    /// What stands in the files now; nothing changes yet.
    pub(crate) fn read_again(&self) -> Result<Identity, Failure> {
        self.files.read()
    }

    /// From the next connection on; those that there are go on as they are.
    pub(crate) fn replace(&self, identity: Identity) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    pub(crate) fn now<T>(&self, ask: impl FnOnce(&Identity) -> T) -> T {
        ask(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Speaks TLS 1.2 and 1.3, and HTTP/1.1 within.
    pub(super) fn acceptor(self: &Arc<Tls>) -> Result<TlsAcceptor, Failure> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::new(Code::Failure, format!("TLS: {error}"), ""))?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The key of tickets is this start's alone, and is changed every six hours.
        config.ticketer = ring::Ticketer::new()
            .map_err(|error| Failure::new(Code::Failure, format!("TLS: {error}"), ""))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now(Identity::certified))
    }
}
