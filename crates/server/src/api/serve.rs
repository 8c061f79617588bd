//! The listening end: an address, a thread, and limits on what any client can hold.

use super::callers::Callers;
use super::desk::Desk;
use super::greet::{Entered, Porch};
use super::hosts::Hosts;
use super::openings::Openings;
use super::patient::Patient;
use super::routes::Peer;
use super::second::SecondFactor;
use super::stream::board::Board;
use super::stream::{MOST_SOCKETS, Streams, stopped};
use super::tls::{Files, Tls};
use super::{address_file, keys, people, routes};
use crate::behind::step_aside;
use crate::config::save;
use crate::look::Facts;
use crate::mirror::Inbox;
use crate::service::Asked;
use crate::service::intake::Intake;
use axum::Router;
use highmark_play::failure::{Code, Failure};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::fs;
use std::net::{SocketAddr, TcpListener as Bound};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Files of this process that are kept from the API: the journal's, the socket's, a backup's.
const RESERVED: u64 = 256;
/// Connections that are taken however few files there may be.
pub(super) const LEAST: usize = 4;
/// Bytes on their way to one client.
const SEND_BUFFER: usize = 64 << 10;
/// The longest that the head of a request may take, a connection may say nothing, and a handshake may last.
pub(super) const HEAD: Duration = Duration::from_secs(5);
/// Bytes and lines that the head of a request may have.
const HEAD_BYTES: usize = 16 << 10;
const HEAD_LINES: usize = 64;
/// How long is waited when a connection cannot be taken for want of files.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long requests that are being answered are waited for when the service stops.
const DRAIN: Duration = Duration::from_secs(2);

/// How requests reach the service, and what is known of it.
pub struct Ways {
    pub intake: Arc<Intake<Asked>>,
    pub facts: Arc<Facts>,
    /// Where what is durable is put for those who look.
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) board: Arc<Board>,
    pub(crate) second: Arc<SecondFactor>,
    pub(crate) openings: Arc<Openings>,
    /// What is configured, without secrets.
    pub configuration: Configuration,
}

pub type Configuration = Box<dyn Fn() -> serde_json::Value + Send + Sync>;

/// Where the API is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub address: SocketAddr,
    /// `None`: in plain HTTP, which only this machine may reach.
    pub tls: Option<Files>,
    /// Names under which it is asked, beside those of this machine and of the certificate.
    pub names: Vec<String>,
}

/// In plain HTTP.
impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Listen {
        Listen { address, tls: None, names: Vec::new() }
    }
}

/// An address that is ours and not served yet.
#[derive(Debug)]
pub struct Door {
    bound: Bound,
    address: SocketAddr,
    names: Vec<String>,
    tls: Option<Arc<Tls>>,
}

/// The API of a running service.
#[derive(Debug)]
pub struct Api {
    file: PathBuf,
    closing: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

/// Takes the address. What other machines can reach is encrypted, and asks whoever comes who they are.
pub fn bind(listen: Listen, state: &Path) -> Result<Door, Failure> {
    let Listen { address, tls, names } = listen;
    if !address.ip().is_loopback() {
        let can_be_reached = format!("{address} can be reached from other machines");
        if tls.is_none() {
            return Err(Failure::new(
                Code::Refused,
                format!("{can_be_reached}, and nothing is encrypted"),
                "set api.tls.certificate and api.tls.key (`highmark certificate make NAME` makes a pair), or let api.listen be 127.0.0.1:8420",
            ));
        }
        if !anybody(state)? {
            return Err(Failure::new(
                Code::Refused,
                format!("{can_be_reached}, and nobody has a key or a name to log in with"),
                "make one first: `highmark key add NAME --role viewer`, or `highmark user add NAME --role risk`",
            ));
        }
    }
    let tls = tls.map(Tls::open).transpose()?;
    let failed = |error: std::io::Error| {
        Failure::new(
            Code::Refused,
            format!("the API cannot listen on {address}: {error}"),
            "another service may have it: choose another port with api.listen, or \"off\"",
        )
    };
    let bound = Bound::bind(address).map_err(failed)?;
    bound.set_nonblocking(true).map_err(failed)?;
    let address = bound.local_addr().map_err(failed)?;
    Ok(Door { bound, address, names, tls })
}

/// Whether there is anybody who could be let in.
fn anybody(state: &Path) -> Result<bool, Failure> {
    let has_key = keys::Keys::read(state)?.iter().next().is_some();
    Ok(has_key || people::People::read(state)?.iter().next().is_some())
}

impl Door {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where whoever sits at this machine finds the dashboard.
    pub fn page(&self) -> String {
        let (ip, port) = (self.address.ip(), self.address.port());
        // A certificate is for names, and an address that means all is none to go to.
        match &self.tls {
            Some(_) => format!("https://localhost:{port}"),
            None if ip.is_unspecified() => format!("http://localhost:{port}"),
            None => format!("http://{}", self.address),
        }
    }

    /// What has to be read again with the configuration.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Serves it from now on; the address stands in a file of the state folder.
    pub fn open(self, state: &Path, ways: Ways) -> Result<Api, Failure> {
        let file = address_file(state);
        save(&file, &format!("{}\n", self.address))
            .map_err(|error| Failure::file(&file, &error))?;
        let runtime = runtime()?;
        let watching = runtime_of_streams()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(self.bound).map_err(failed)?
        };
        let (closing, closed) = watch::channel(false);
        let (board, inbox) = (Arc::clone(&ways.board), Arc::clone(&ways.inbox));
        let journal = state.join("journal");
        let sockets = MOST_SOCKETS.min(files() / 3 * 2).max(LEAST);
        let on = (watching.handle().clone(), sockets);
        let streams = Streams::new(board, inbox, journal, closed.clone(), on);
        let places = Arc::clone(&streams.sockets);
        let callers = Callers::new(state, Arc::clone(&ways.second), self.tls.is_some());
        let callers = Arc::new(callers);
        let hosts = Hosts::of(self.address, self.names, self.tls.clone());
        let router = routes::router(Arc::new(Desk::new(state, (callers, hosts), ways, streams)));
        let porch = Porch::new(self.tls.as_ref().map(Tls::acceptor).transpose()?, files());
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            Builder::new().name(name.to_owned()).spawn(run).map_err(failed)
        };
        let (ended, served) = (closed.clone(), Arc::clone(&places));
        let threads = vec![
            // Whoever watches waits sooner than an exit does, and hundreds may watch.
            spawn(
                "streams",
                Box::new(move || {
                    step_aside();
                    watching.block_on(keep(ended, places, sockets));
                }),
            )?,
            spawn(
                "api",
                Box::new(move || {
                    runtime.block_on(async {
                        serve(listener, porch, router, closed.clone()).await;
                        // Their sockets are this runtime's: whoever watches still has to hear that it ends.
                        keep(closed, served, sockets).await;
                    });
                }),
            )?,
        ];
        Ok(Api { file, closing, threads })
    }
}

impl Api {
    /// Takes no further connections; what is being answered is still answered.
    pub fn close(&self) {
        let _ = self.closing.send(true);
        let _ = fs::remove_file(&self.file);
    }

    /// Waits for its threads.
    pub fn end(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn failed(error: std::io::Error) -> Failure {
    Failure::new(Code::Failure, format!("a thread of the API: {error}"), "")
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(failed)
}

/// Where clients that watch are served, apart from requests. Few read the journal at once.
fn runtime_of_streams() -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_io().enable_time().max_blocking_threads(4).build().map_err(failed)
}

/// Serves clients that watch until the service stops and they have heard of it.
async fn keep(mut closed: watch::Receiver<bool>, places: Arc<Semaphore>, all: usize) {
    stopped(&mut closed).await;
    let all = u32::try_from(all).unwrap_or(u32::MAX);
    let _ = timeout(DRAIN, places.acquire_many(all)).await;
}

async fn serve(
    listener: TcpListener,
    porch: Porch,
    router: Router,
    mut closed: watch::Receiver<bool>,
) {
    let porch = Arc::new(porch);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut closed) => break,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection to the API could not be taken");
                sleep(PATIENCE).await;
                continue;
            }
        };
        // What a client does not read waits with us, where it is merged, and not in the system's buffers.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER);
        let Some(coming) = porch.come(stream, from.ip()) else { continue };
        let (router, closed, peer) = (router.clone(), closed.clone(), Peer(from.ip()));
        tokio::spawn(async move {
            match coming.enter().await {
                Some(Entered::Plain(stream, place)) => {
                    converse(stream, (router, peer), closed).await;
                    drop(place);
                }
                Some(Entered::Secret(stream, place)) => {
                    converse(*stream, (router, peer), closed).await;
                    drop(place);
                }
                None => {}
            }
        });
    }
    drop(listener);
    let _ = timeout(DRAIN, porch.is_empty()).await;
}

/// One connection, to its end. A client that goes away or talks nonsense ends its own, and nothing else.
async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    (router, peer): (Router, Peer),
    mut closed: watch::Receiver<bool>,
) {
    let mut head = http1::Builder::new();
    head.timer(TokioTimer::new());
    head.header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).max_headers(HEAD_LINES);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut connection =
        pin!(head.serve_connection(TokioIo::new(Patient::new(stream)), service).with_upgrades());
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut closed) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Files that may be open beside those of the journal and the socket.
fn files() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED));
    usize::try_from(room).unwrap_or(usize::MAX)
}
