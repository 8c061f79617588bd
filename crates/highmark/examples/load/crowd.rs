//! The clients, as a process of their own that leaves the processor to the others: they come at a pace, those that
//! read count what they hear, those that stall take nothing, are let go and come back. At the end all of them read.

use crate::Failed;
use crate::burner::leave_the_processor;
use crate::frames::{Frames, number};
use std::collections::BTreeMap;
use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The service lets one key ask a hundred times in a second.
const COMES: Duration = Duration::from_millis(14);
const BURST: Duration = Duration::from_millis(200);
/// One that takes nothing is let go after five seconds, and comes back.
const STALLS: Duration = Duration::from_secs(7);
/// How often one that reads says that it is there.
const SAYS: Duration = Duration::from_secs(10);
/// How often all are looked after.
const LOOKS: Duration = Duration::from_millis(40);
/// What the system keeps for one that takes nothing.
const RECEIVE_BUFFER: usize = 16 << 10;
/// Bytes that are read at once: the system gives the processor to nobody else meanwhile.
const READ: usize = 16 << 10;
/// The longest that an answer takes.
const ANSWERS: Duration = Duration::from_secs(10);

/// One client.
#[derive(Default)]
struct Watcher {
    line: Option<(TcpStream, Instant)>,
    stalls: bool,
    frames: Frames,
    /// All that happened up to this turn was heard.
    at: u64,
    /// The turns of all events that were heard.
    events: Vec<u64>,
    said: Option<Instant>,
}

/// How many events there were up to a turn, and a sum of their turns that is another when one is missing.
pub(crate) fn summed(turns: impl Iterator<Item = u64>, until: u64) -> (u64, u64) {
    let mixed = |turn: u64| (turn ^ (turn >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    turns
        .filter(|turn| *turn <= until)
        .fold((0, 0), |(count, sum), turn| (count + 1, mixed(turn).wrapping_add(sum)))
}

/// What this program is when it is the clients: it watches until its input ends.
pub(crate) fn watch(words: &[String]) -> Result<(), Failed> {
    let [address, key, clients, stalled, since] = words else { return Err("five words".into()) };
    let (address, clients) = (address.parse()?, clients.parse::<usize>()?);
    let (stalled, at) = (stalled.parse::<usize>()?, since.parse::<u64>()?);
    let reading = clients.saturating_sub(stalled);
    let new = |number| Watcher { stalls: number >= reading, at, ..Watcher::default() };
    let mut all: Vec<Watcher> = (0..clients).map(new).collect();
    let mut heard = vec![0; READ];
    let (mut comes, mut here) = (Instant::now(), 0);
    let orders = orders();
    let mut until = None;
    loop {
        match orders.try_recv() {
            Ok(Some(turn)) => {
                until = Some(turn);
                for one in all.iter_mut().filter(|one| one.stalls) {
                    (one.stalls, one.line) = (false, None);
                }
            }
            Ok(None) => return Ok(()),
            Err(_) => {}
        }
        // What was not used up is no reason to come all at once.
        comes = comes.max(Instant::now() - BURST);
        for one in &mut all {
            one.look(&mut heard);
            if one.line.is_none() && Instant::now() >= comes {
                comes += COMES;
                match open(address, key, one) {
                    Ok(stream) => one.line = Some((stream, Instant::now())),
                    Err(error) => println!("fault {error}"),
                }
            }
        }
        let now = all.iter().filter(|one| one.line.is_some()).count();
        if now != here {
            if now == clients {
                // All have come: from now on they leave the processor to what is measured.
                leave_the_processor()?;
            }
            here = now;
            println!("here {here}");
        }
        if let Some(turn) = until
            && all.iter().all(|one| one.at >= turn)
        {
            let mut same = BTreeMap::<(u64, u64), u32>::new();
            for one in &all {
                *same.entry(summed(one.events.iter().copied(), turn)).or_default() += 1;
            }
            for ((events, sum), clients) in same {
                println!("heard {events} {sum} {clients}");
            }
            println!("done");
            until = None;
        }
        std::thread::sleep(LOOKS);
    }
}

/// What the process that started this one says: a turn up to which all is to be heard; nothing more at its end.
fn orders() -> Receiver<Option<u64>> {
    let (tell, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = tell.send(line.parse().ok());
        }
        let _ = tell.send(None);
    });
    orders
}

impl Watcher {
    fn look(&mut self, heard: &mut [u8]) {
        let Some((_, since)) = &self.line else { return };
        let is_over = match self.stalls {
            true => since.elapsed() > STALLS,
            false => !self.reads(heard),
        };
        if is_over {
            self.line = None;
        }
    }

    /// Takes what there is, and says from time to time that it is there; false when the line is over.
    fn reads(&mut self, heard: &mut [u8]) -> bool {
        let Some((stream, since)) = &mut self.line else { return false };
        if self.said.unwrap_or(*since).elapsed() > SAYS {
            self.said = Some(Instant::now());
            // A pong that nobody asked for, masked with zeros.
            if stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).is_err() {
                return false;
            }
        }
        loop {
            let read = match stream.read(heard) {
                Ok(0) => return false,
                Ok(read) => read,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            let (at, events) = (&mut self.at, &mut self.events);
            self.frames.hear(&heard[..read], |text| {
                let Some((is_event, seq)) = number(text) else { return };
                *at = seq.max(*at);
                if is_event {
                    events.push(seq);
                }
            });
            if read < heard.len() {
                return true;
            }
        }
    }
}

/// Asks to watch, and waits until that is granted; it goes on after what was heard.
fn open(address: SocketAddr, key: &str, one: &mut Watcher) -> Result<TcpStream, Failed> {
    let mut stream = TcpStream::connect(address).map_err(|error| {
        format!(
            "no connection: {error} (each takes a file here and in the service: see `ulimit -n`)"
        )
    })?;
    if one.stalls {
        rustix::net::sockopt::set_socket_recv_buffer_size(&stream, RECEIVE_BUFFER)?;
    }
    stream.set_read_timeout(Some(ANSWERS))?;
    stream.write_all(
        format!(
            "GET /api/v1/stream?since={} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            one.at
        )
        .as_bytes(),
    )?;
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut byte).map_err(|error| format!("no answer: {error}"))?;
        if read == 0 {
            return Err("the line ended before an answer".into());
        }
        said.extend_from_slice(&byte);
    }
    if !said.starts_with(b"HTTP/1.1 101 ") {
        let mut body = [0; 512];
        let read = stream.read(&mut body).unwrap_or(0);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(['\r', '\n'], " ");
        return Err(format!("not let in: {} {}", text(&said), text(&body[..read])).into());
    }
    stream.set_nonblocking(true)?;
    one.frames = Frames::default();
    one.said = None;
    Ok(stream)
}
