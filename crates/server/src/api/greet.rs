//! From a connection that was taken to one that is spoken on: the places that there are, how many of them one machine
//! may have, and the handshake. Whoever has not shaken hands holds no place of those who speak.

use super::serve::{HEAD, LEAST};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Connections at once, where there are files for so many.
const MOST: usize = 256;
/// Connections that shake hands at once.
const MOST_GREETED: usize = 64;
/// Connections that one other machine has at once, before its handshake and after.
const MOST_OF_ONE: usize = 32;
/// How a handshake of TLS begins.
const HANDSHAKE: u8 = 0x16;
/// How long is taken to say that there is no room.
const FAREWELL: Duration = Duration::from_millis(250);

/// What every connection passes.
pub(super) struct Porch {
    acceptor: Option<TlsAcceptor>,
    most: usize,
    places: Arc<Semaphore>,
    greeted: Arc<Semaphore>,
    machines: Arc<Machines>,
}

/// A connection that may come in, if it can say how.
pub(super) struct Coming {
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    places: Arc<Semaphore>,
    greeted: Option<OwnedSemaphorePermit>,
    of: OfOne,
}

/// Held as long as a connection is spoken on.
pub(super) struct Place {
    _place: OwnedSemaphorePermit,
    _of: OfOne,
}

/// A connection that is spoken on.
pub(super) enum Entered {
    Plain(TcpStream, Place),
    Secret(Box<TlsStream<TcpStream>>, Place),
}

impl Porch {
    pub(super) fn new(acceptor: Option<TlsAcceptor>, files: usize) -> Porch {
        let most = MOST.min(files / 3).max(LEAST);
        Porch {
            acceptor,
            most,
            places: Arc::new(Semaphore::new(most)),
            greeted: Arc::new(Semaphore::new(MOST_GREETED.min(most))),
            machines: Arc::default(),
        }
    }

    /// Whether this connection may come; one that is too many is ended here, and nobody waits for it.
    pub(super) fn come(&self, stream: TcpStream, from: IpAddr) -> Option<Coming> {
        let Some(of) = self.machines.one_more(from) else {
            self.turn_away(&stream);
            return None;
        };
        let greeted = match &self.acceptor {
            None => None,
            Some(_) => Some(Arc::clone(&self.greeted).try_acquire_owned().ok()?),
        };
        let (acceptor, places) = (self.acceptor.clone(), Arc::clone(&self.places));
        Some(Coming { stream, acceptor, places, greeted, of })
    }

    /// Waits until nobody is spoken with.
    pub(super) async fn is_empty(&self) {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let _ = self.places.acquire_many(most).await;
    }

    /// As much as can be said at once. Under TLS nothing can.
    fn turn_away(&self, stream: &TcpStream) {
        if self.acceptor.is_none() {
            let _ = stream.try_write(full().as_bytes());
        }
    }
}

impl Coming {
    /// Shakes hands, and takes a place.
    pub(super) async fn enter(self) -> Option<Entered> {
        let Coming { mut stream, acceptor, places, greeted, of } = self;
        let Some(acceptor) = acceptor else {
            return match places.try_acquire_owned() {
                Ok(place) => Some(Entered::Plain(stream, Place { _place: place, _of: of })),
                Err(_) => {
                    let _ = stream.try_write(full().as_bytes());
                    None
                }
            };
        };
        let secret = timeout(HEAD, async {
            let mut first = [0];
            if stream.peek(&mut first).await.ok()? == 1 && first[0] != HANDSHAKE {
                let _ = timeout(FAREWELL, stream.write_all(plain().as_bytes())).await;
                return None;
            }
            acceptor.accept(stream).await.ok()
        });
        let mut secret = secret.await.ok()??;
        drop(greeted);
        match places.try_acquire_owned() {
            Ok(place) => {
                let place = Place { _place: place, _of: of };
                Some(Entered::Secret(Box::new(secret), place))
            }
            Err(_) => {
                let said = async {
                    let _ = secret.write_all(full().as_bytes()).await;
                    let _ = secret.shutdown().await;
                };
                let _ = timeout(FAREWELL, said).await;
                None
            }
        }
    }
}

/// Connections by the machine that they come from. This machine is not counted: its programs share one address.
#[derive(Debug, Default)]
struct Machines(Mutex<BTreeMap<IpAddr, usize>>);

/// One connection of a machine, until it is dropped.
struct OfOne(Option<(Arc<Machines>, IpAddr)>);

impl Machines {
    fn one_more(self: &Arc<Machines>, from: IpAddr) -> Option<OfOne> {
        if from.to_canonical().is_loopback() {
            return Some(OfOne(None));
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(OfOne(Some((Arc::clone(self), from))))
    }
}

impl Drop for OfOne {
    fn drop(&mut self) {
        let Some((machines, from)) = self.0.take() else { return };
        let mut counts = machines.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&from);
            }
        }
    }
}

fn full() -> String {
    let body = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\
                \"code\":\"BUSY\",\"detail\":\"too many connections are open\",\
                \"hint\":\"try again, and close those that you no longer need\",\"field\":\"\"}";
    said("503 Service Unavailable", body)
}

fn plain() -> String {
    let body = "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\
                \"code\":\"NOT_ENCRYPTED\",\"detail\":\"plain HTTP is not spoken here\",\
                \"hint\":\"ask by https://\",\"field\":\"\"}";
    said("400 Bad Request", body)
}

fn said(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_has_its_share_and_this_one_is_not_counted() {
        let machines = Arc::new(Machines::default());
        let (one, other): (IpAddr, IpAddr) =
            ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut held: Vec<OfOne> = (0..40).filter_map(|_| machines.one_more(one)).collect();
        assert_eq!(held.len(), MOST_OF_ONE);
        assert!(machines.one_more(other).is_some());
        held.pop();
        assert!(machines.one_more(one).is_some());
        drop(held);
        assert!(machines.0.lock().unwrap().is_empty());
        let here: Vec<OfOne> =
            (0..999).filter_map(|_| machines.one_more("127.0.0.1".parse().unwrap())).collect();
        assert_eq!((here.len(), machines.0.lock().unwrap().len()), (999, 0));
    }
}
