//! The listening end: an address of this machine, a thread, and limits on what any client can hold.

use super::desk::Desk;
use super::{address_file, routes};
use crate::config::save;
use crate::look::Facts;
use crate::service::Asked;
use crate::service::intake::Intake;
use axum::Router;
use highmark_play::failure::{Code, Failure};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::fs;
use std::net::{SocketAddr, TcpListener as Bound};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Connections at once, where there are files for so many.
const MOST: usize = 256;
/// Files of this process that are kept from the API: the journal's, the socket's, a backup's.
const RESERVED: u64 = 256;
/// Connections that are taken however few files there may be.
const LEAST: u64 = 4;
/// The longest that the head of a request may take, and a connection may say nothing.
const HEAD: Duration = Duration::from_secs(5);
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
}

/// An address that is ours and not served yet.
#[derive(Debug)]
pub struct Door {
    bound: Bound,
    address: SocketAddr,
}

/// The API of a running service.
#[derive(Debug)]
pub struct Api {
    file: PathBuf,
    closing: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

/// Takes the address. Only this machine may reach it: nothing is encrypted yet.
pub fn bind(address: SocketAddr) -> Result<Door, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::new(
            Code::Refused,
            format!(
                "{address} can be reached from other machines, and the API has no encryption yet"
            ),
            "let api.listen be an address of this machine, such as 127.0.0.1:8420",
        ));
    }
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
    Ok(Door { bound, address })
}

impl Door {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves it from now on; the address stands in a file of the state folder.
    pub fn open(self, state: &Path, ways: Ways) -> Result<Api, Failure> {
        let file = address_file(state);
        save(&file, &format!("{}\n", self.address))
            .map_err(|error| Failure::file(&file, &error))?;
        let failed = |error: std::io::Error| {
            Failure::new(Code::Failure, format!("the API's thread: {error}"), "")
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(failed)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(self.bound).map_err(failed)?
        };
        let router = routes::router(Arc::new(Desk::new(state, self.address, ways)));
        let (closing, closed) = watch::channel(false);
        let run = move || runtime.block_on(serve(listener, router, closed));
        let thread = Builder::new().name("api".to_owned()).spawn(run).map_err(failed)?;
        Ok(Api { file, closing, thread })
    }
}

impl Api {
    /// Takes no further connections; what is being answered is still answered.
    pub fn close(&self) {
        let _ = self.closing.send(true);
        let _ = fs::remove_file(&self.file);
    }

    /// Waits for its thread.
    pub fn end(self) {
        let _ = self.thread.join();
    }
}

async fn serve(listener: TcpListener, router: Router, mut closed: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(most()));
    let graceful = GracefulShutdown::new();
    let mut head = http1::Builder::new();
    head.timer(TokioTimer::new());
    head.header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).max_headers(HEAD_LINES);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closed.changed() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the API could not be taken");
                sleep(PATIENCE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            turn_away(&stream);
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(head.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that goes away or talks nonsense ends its own connection, and nothing else.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = timeout(DRAIN, graceful.shutdown()).await;
}

/// How many connections leave files enough for the journal and the socket.
fn most() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED));
    usize::try_from(room.max(LEAST)).map_or(MOST, |room| room.min(MOST))
}

/// As much as can be said at once; nobody waits for a client that is one too many.
fn turn_away(stream: &TcpStream) {
    let body = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\
                \"code\":\"BUSY\",\"detail\":\"too many connections are open\",\
                \"hint\":\"try again, and close those that you no longer need\",\"field\":\"\"}";
    let length = body.len();
    let _ = stream.try_write(
        format!(
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .as_bytes(),
    );
}
