//! What clients that watch cost the engine: rounds with and without them, in turn, in one run. They are a process of
//! their own on the same processors; some of them take nothing of what they are sent.

use crate::{Failed, Trades, told};
use hdrhistogram::Histogram;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::service::{Service, wall};
use highmark_server::socket::client::Client;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The word by which this program is started as the clients.
pub(crate) const AS_CLIENTS: &str = "as-clients";
/// How long clients are left to come before a round is measured.
const SETTLES: Duration = Duration::from_secs(3);
/// The longest that they may take to come.
const COMES: Duration = Duration::from_secs(30);
/// One that takes nothing is let go after five seconds, and comes back.
const STALLS: Duration = Duration::from_secs(7);
/// How often one that reads says that it is there.
const SAYS: Duration = Duration::from_secs(10);
/// What the system keeps for one that takes nothing.
const RECEIVE_BUFFER: usize = 16 << 10;

/// How many there are, and how many of them take nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub clients: u32,
    pub stalled: u32,
    pub rounds: u32,
    pub seconds: u64,
}

/// Measures rounds without and with clients, and prints both and their ratio.
pub(crate) fn measure(
    crowd: Crowd,
    service: &Service,
    address: SocketAddr,
    folder: &Path,
    desk: (&mut Client, &mut Trades, &AtomicU64),
) -> Result<(), Failed> {
    let key = Keys::add(folder, "crowd", Role::Viewer, wall()).map_err(told)?;
    let (client, trades, exits) = desk;
    let (mut alone, mut watched) = (new()?, new()?);
    let mut ratios = Vec::new();
    for round in 0..crowd.rounds {
        let mut before = None;
        // Which comes first changes, so that what drifts falls on both.
        for is_watched in [round % 2 == 1, round % 2 == 0] {
            let crowd_process =
                is_watched.then(|| Clients::start(address, &key, crowd)).transpose()?;
            let begun = Instant::now();
            while is_watched
                && watching(address, &key)? < u64::from(crowd.clients) * 9 / 10
                && begun.elapsed() < COMES
            {
                std::thread::sleep(Duration::from_millis(100));
            }
            std::thread::sleep(SETTLES);
            let earlier = service.exit_latencies();
            let mut there = Vec::new();
            let mut replaced = exits.load(Ordering::Relaxed);
            let until = Instant::now() + Duration::from_secs(crowd.seconds);
            while Instant::now() < until {
                std::thread::sleep(Duration::from_millis(50));
                let gone = exits.load(Ordering::Relaxed);
                trades.add(client, u32::try_from(gone - replaced)?)?;
                replaced = gone;
                if there.len() as u64 * 2 < crowd.seconds && is_watched {
                    there.push(watching(address, &key)?);
                }
            }
            let mut latencies = service.exit_latencies();
            latencies.subtract(&earlier)?;
            drop(crowd_process);
            let (p50, p99) = (latencies.value_at_quantile(0.5), latencies.value_at_quantile(0.99));
            let seen = there.iter().sum::<u64>() / there.len().max(1) as u64;
            let with = if is_watched { format!("{seen} clients") } else { "alone".to_owned() };
            println!(
                "  round {round}, {with}: {} exits, p50 {p50} µs, p99 {p99} µs",
                latencies.len()
            );
            match is_watched {
                true => watched.add(&latencies)?,
                false => alone.add(&latencies)?,
            }
            match before {
                None => before = Some(p99),
                Some(first) => {
                    let (with, without) = if is_watched { (p99, first) } else { (first, p99) };
                    ratios.push(with as f64 / without.max(1) as f64);
                }
            }
        }
    }
    ratios.sort_by(f64::total_cmp);
    let at = |latencies: &Histogram<u64>, share: f64| latencies.value_at_quantile(share);
    println!(
        "tick to durable exit: alone p50 {} µs, p99 {} µs; with {} clients, {} of them stalled, p50 {} µs, p99 {} µs",
        at(&alone, 0.5),
        at(&alone, 0.99),
        crowd.clients,
        crowd.stalled,
        at(&watched, 0.5),
        at(&watched, 0.99),
    );
    println!(
        "p99 with to p99 without: {:.3} over all; of each round {}",
        at(&watched, 0.99) as f64 / at(&alone, 0.99).max(1) as f64,
        ratios.iter().map(|ratio| format!("{ratio:.3}")).collect::<Vec<_>>().join(" ")
    );
    Ok(())
}

fn new() -> Result<Histogram<u64>, Failed> {
    Ok(Histogram::new(3)?)
}

/// How many the service itself counts.
fn watching(address: SocketAddr, key: &str) -> Result<u64, Failed> {
    let mut line = TcpStream::connect(address)?;
    line.write_all(
        format!(
            "GET /metrics HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    )?;
    let mut said = String::new();
    line.read_to_string(&mut said)?;
    let found = said.lines().find_map(|line| line.strip_prefix("highmark_stream_clients "));
    Ok(found.and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// The process of the clients; it ends when it is dropped.
struct Clients(Child);

impl Clients {
    fn start(address: SocketAddr, key: &str, crowd: Crowd) -> Result<Clients, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([AS_CLIENTS, &address.to_string(), key]);
        command.args([crowd.clients.to_string(), crowd.stalled.to_string()]);
        Ok(Clients(command.stdin(Stdio::piped()).spawn()?))
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What this program is when it is the clients: it watches until it is ended.
pub(crate) fn watch(words: &[String]) -> Result<(), Failed> {
    let [address, key, clients, stalled] = words else { return Err("four words".into()) };
    let (address, clients) = (address.parse()?, clients.parse::<usize>()?);
    let stalled = stalled.parse::<usize>()?.min(clients);
    let come = |is_stalled| open(address, key, is_stalled).ok().map(|line| (line, Instant::now()));
    let mut lines: Vec<Option<(TcpStream, Instant)>> =
        (0..clients).map(|number| come(number < stalled)).collect();
    let mut heard = vec![0; 256 << 10];
    loop {
        for (number, line) in lines.iter_mut().enumerate() {
            let is_stalled = number < stalled;
            let Some((stream, since)) = line else {
                *line = come(is_stalled);
                continue;
            };
            let is_over = match is_stalled {
                true => since.elapsed() > STALLS,
                false => !reads(stream, since, &mut heard),
            };
            if is_over {
                *line = None;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Takes what there is, and says from time to time that it is there; false when the line is over.
fn reads(stream: &mut TcpStream, since: &mut Instant, heard: &mut [u8]) -> bool {
    if since.elapsed() > SAYS {
        *since = Instant::now();
        // A pong that nobody asked for, masked with zeros.
        if stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).is_err() {
            return false;
        }
    }
    loop {
        match stream.read(heard) {
            Ok(0) => return false,
            Ok(read) if read == heard.len() => {}
            Ok(_) => return true,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

fn open(address: SocketAddr, key: &str, is_stalled: bool) -> Result<TcpStream, Failed> {
    let mut stream = TcpStream::connect(address)?;
    if is_stalled {
        rustix::net::sockopt::set_socket_recv_buffer_size(&stream, RECEIVE_BUFFER)?;
    }
    stream.write_all(
        format!(
            "GET /api/v1/stream HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .as_bytes(),
    )?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}
