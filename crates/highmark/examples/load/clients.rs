//! What clients that watch cost the engine: rounds with and without them, in turn, in one run. The clients are a process
//! of their own on the same processors, in the idle class; some of them take nothing of what they are sent. After
//! each round all of them hear to its end, and each must have heard every event, once.

use crate::burner::Burner;
use crate::crowd::summed;
use crate::threads::Times;
use crate::{Failed, Trades, since, told};
use hdrhistogram::Histogram;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::service::{Service, wall};
use highmark_server::socket::client::Client;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The word by which this program is started as the clients.
pub(crate) const AS_CLIENTS: &str = "as-clients";
/// How long is waited before a round is measured.
const SETTLES: Duration = Duration::from_secs(2);
/// The longest that clients may take to come, and at the end to have heard everything.
const COMES: Duration = Duration::from_secs(120);
const HEARS: Duration = Duration::from_secs(120);

/// How many there are, and how many of them take nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub clients: u32,
    pub stalled: u32,
    /// In place of clients: a process that takes so many hundredths of one processor.
    pub burn: u32,
    pub rounds: u32,
    pub seconds: u64,
}

/// Who shares the processors in a round.
enum Beside {
    Clients(Clients),
    Burner(Burner),
}

/// One of both, over all rounds.
struct Sort {
    decided: Span,
    durable: Span,
    times: Times,
}

/// What one way of a tick takes, over all rounds.
struct Span {
    all: Histogram<u64>,
    p99: Vec<u64>,
}

/// The service and what it is asked by.
struct Scene<'s> {
    service: &'s Service,
    address: SocketAddr,
    key: String,
    client: &'s mut Client,
    trades: &'s mut Trades,
    exits: &'s AtomicU64,
    crowd: Crowd,
}

/// Measures rounds without and with clients, and prints both and their ratio.
pub(crate) fn measure(
    crowd: Crowd,
    service: &Service,
    address: SocketAddr,
    folder: &Path,
    (client, trades, exits): (&mut Client, &mut Trades, &AtomicU64),
) -> Result<(), Failed> {
    if crowd.burn > 0 && crowd.clients > 0 {
        return Err("--burn is in place of --clients: measure one after the other".into());
    }
    if crowd.stalled > crowd.clients {
        return Err("--stalled says how many of --clients take nothing".into());
    }
    // What is asked by one key is not counted with what is asked by the other.
    let theirs = Keys::add(folder, "crowd", Role::Viewer, wall()).map_err(told)?;
    let key = Keys::add(folder, "load", Role::Viewer, wall()).map_err(told)?;
    let mut scene = Scene { service, address, key, client, trades, exits, crowd };
    let mut sorts = [Sort::new()?, Sort::new()?];
    for round in 0..crowd.rounds {
        // Which comes first changes, so that what drifts falls on both.
        for is_watched in [round % 2 == 1, round % 2 == 0] {
            let beside = match (is_watched, crowd.burn) {
                (false, _) => None,
                (true, 0) => Some(Beside::Clients(scene.come(&theirs)?)),
                (true, percent) => Some(Beside::Burner(Burner::start(percent)?)),
            };
            scene.round(round, &mut sorts[usize::from(is_watched)], beside)?;
        }
    }
    let [alone, watched] = &sorts;
    summary(crowd, alone, watched);
    Ok(())
}

impl Sort {
    fn new() -> Result<Sort, Failed> {
        Ok(Sort { decided: Span::new()?, durable: Span::new()?, times: Times::default() })
    }
}

impl Span {
    fn new() -> Result<Span, Failed> {
        Ok(Span { all: Histogram::new(3)?, p99: Vec::new() })
    }

    fn add(&mut self, round: &Histogram<u64>) -> Result<(), Failed> {
        self.p99.push(round.value_at_quantile(0.99));
        Ok(self.all.add(round)?)
    }
}

impl Scene<'_> {
    fn come(&mut self, key: &str) -> Result<Clients, Failed> {
        let since = self.turn();
        let mut clients = Clients::start(self.address, key, self.crowd, since)?;
        let begun = Instant::now();
        while clients.here() < self.crowd.clients {
            if begun.elapsed() > COMES {
                return Err(format!(
                    "{} of {} clients came within {COMES:?}{}: see `ulimit -n`, and what else runs here",
                    clients.here,
                    self.crowd.clients,
                    clients.last_fault()
                )
                .into());
            }
            self.replace()?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(clients)
    }

    fn round(
        &mut self,
        round: u32,
        sort: &mut Sort,
        mut beside: Option<Beside>,
    ) -> Result<(), Failed> {
        let until = Instant::now() + SETTLES;
        while Instant::now() < until {
            self.replace()?;
            std::thread::sleep(Duration::from_millis(50));
        }
        let (earlier, taken, begun) =
            (self.service.exit_latencies(), self.times(&beside), Instant::now());
        let mut there = Vec::new();
        while begun.elapsed() < Duration::from_secs(self.crowd.seconds) {
            self.replace()?;
            if let Some(Beside::Clients(clients)) = &mut beside {
                there.push(clients.here());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let (times, seconds) = (self.times(&beside).since(&taken), begun.elapsed().as_secs_f64());
        let seen = since(self.service.exit_latencies(), &earlier)?;
        let with = match &beside {
            None => "alone".to_owned(),
            Some(Beside::Burner(_)) => "beside other work".to_owned(),
            Some(Beside::Clients(_)) => {
                let least = there.iter().min().copied().unwrap_or(0);
                format!(
                    "{} clients ({least} at the least; the service counts {})",
                    self.crowd.clients,
                    self.watching()?
                )
            }
        };
        println!(
            "  round {round}, {with}: {} exits\n    tick to decision {}; to durable exit {}\n    % of one processor: {}",
            seen.decided.len(),
            quantiles(&seen.decided),
            quantiles(&seen.durable),
            times.shares(seconds)
        );
        if let Some(Beside::Clients(clients)) = beside {
            self.all_was_heard(clients)?;
        }
        sort.decided.add(&seen.decided)?;
        sort.durable.add(&seen.durable)?;
        sort.times.add(&times);
        Ok(())
    }

    /// For each trade that has closed another is added.
    fn replace(&mut self) -> Result<(), Failed> {
        let gone = self.exits.swap(0, Ordering::Relaxed);
        self.trades.add(self.client, u32::try_from(gone)?)
    }

    fn times(&self, beside: &Option<Beside>) -> Times {
        let mut times = Times::now();
        match beside {
            None => {}
            Some(Beside::Clients(Clients { process, .. })) => {
                times.add(&Times::of_process(process.id()).renamed("(the clients)"));
            }
            Some(Beside::Burner(Burner(process))) => {
                times.add(&Times::of_process(process.id()).renamed("(other work)"));
            }
        }
        times
    }

    fn turn(&self) -> u64 {
        self.service.facts.health.durable_turn.load(Ordering::Acquire)
    }

    /// How many the service itself counts.
    fn watching(&self) -> Result<u64, Failed> {
        let said = self.get("/metrics")?;
        let found = said.lines().find_map(|line| line.strip_prefix("highmark_stream_clients "));
        Ok(found.ok_or_else(|| format!("no number of clients in: {said}"))?.parse()?)
    }

    /// Lets all of them hear to the end, and compares it with what the service has on record.
    fn all_was_heard(&mut self, mut clients: Clients) -> Result<(), Failed> {
        let turn = self.turn();
        let heard = clients.until(turn)?;
        let (mut after, mut turns) = (clients.since, Vec::new());
        while after < turn {
            let page = self.get(&format!("/api/v1/events?after={after}&limit=500"))?;
            let (_, body) = page.split_once("\r\n\r\n").ok_or("no page")?;
            let page: serde_json::Value = serde_json::from_str(body)?;
            let events = page["events"].as_array().ok_or("no events")?;
            turns.extend(events.iter().filter_map(|event| event["seq"].as_u64()));
            after = page["next"].as_u64().ok_or("no next")?;
        }
        let (events, total) = summed(turns.into_iter(), turn);
        let all = heard.iter().all(|(counted, sum, _)| (*counted, *sum) == (events, total));
        let clients: u32 = heard.iter().map(|(_, _, clients)| clients).sum();
        if !all {
            return Err(format!("{events} events are on record, heard were {heard:?}").into());
        }
        println!("    each of {clients} has heard all {events} events, once");
        Ok(())
    }

    fn get(&self, path: &str) -> Result<String, Failed> {
        let (address, key) = (self.address, &self.key);
        let mut line = TcpStream::connect(address)
            .map_err(|error| format!("the API takes no connection ({error}): see `ulimit -n`"))?;
        line.write_all(
            format!(
                "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
            )
            .as_bytes(),
        )?;
        let mut said = String::new();
        line.read_to_string(&mut said).map_err(|error| {
            format!("the API ended the line to {path} ({error}): too many connections are open")
        })?;
        match said.starts_with("HTTP/1.1 200 ") {
            true => Ok(said),
            false => Err(format!("{path} was refused: {said}").into()),
        }
    }
}

fn summary(crowd: Crowd, alone: &Sort, watched: &Sort) {
    match crowd.burn {
        0 => println!(
            "alone, and with {} clients, {} of them stalled:",
            crowd.clients, crowd.stalled
        ),
        percent => println!("alone, and with {percent} % of one processor taken by other work:"),
    }
    compare("decision", &alone.decided, &watched.decided);
    compare("durable exit", &alone.durable, &watched.durable);
    let seconds = (crowd.seconds * u64::from(crowd.rounds)) as f64;
    println!("% of one processor alone: {}", alone.times.shares(seconds));
    println!("% of one processor with: {}", watched.times.shares(seconds));
}

/// Prints both, and the ratio of their p99.
fn compare(what: &str, alone: &Span, watched: &Span) {
    println!("tick to {what}: alone {}; with {}", quantiles(&alone.all), quantiles(&watched.all));
    let at = |span: &Span| span.all.value_at_quantile(0.99).max(1) as f64;
    let rounds = watched.p99.iter().zip(&alone.p99);
    let mut ratios: Vec<f64> =
        rounds.map(|(with, without)| *with as f64 / (*without).max(1) as f64).collect();
    let each = ratios.iter().map(|ratio| format!("{ratio:.3}")).collect::<Vec<_>>().join(" ");
    ratios.sort_by(f64::total_cmp);
    let middle = (ratios[(ratios.len() - 1) / 2] + ratios[ratios.len() / 2]) / 2.0;
    println!(
        "  p99 with to p99 without: {:.3} over all; of each round {each}, median {middle:.3}",
        at(watched) / at(alone),
    );
}

fn quantiles(seen: &Histogram<u64>) -> String {
    let within = |share: f64| seen.value_at_quantile(share);
    format!("p50 {} µs, p99 {} µs, p99.9 {} µs", within(0.5), within(0.99), within(0.999))
}

/// The process of the clients; it ends when it is dropped.
struct Clients {
    process: Child,
    says: Receiver<String>,
    here: u32,
    fault: String,
    since: u64,
}

impl Clients {
    fn start(address: SocketAddr, key: &str, crowd: Crowd, since: u64) -> Result<Clients, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([AS_CLIENTS, &address.to_string(), key]);
        command.args([crowd.clients.to_string(), crowd.stalled.to_string(), since.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or("no output")?;
        let (tell, says) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            lines.take_while(|line| tell.send(line.clone()).is_ok()).for_each(drop);
        });
        Ok(Clients { process, says, here: 0, fault: String::new(), since })
    }

    /// How many of them are let in now.
    fn here(&mut self) -> u32 {
        while let Ok(line) = self.says.try_recv() {
            self.note(&line);
        }
        self.here
    }

    fn note(&mut self, line: &str) {
        if let Some(here) = line.strip_prefix("here ") {
            self.here = here.parse().unwrap_or(0);
        }
        if let Some(fault) = line.strip_prefix("fault ") {
            if self.fault.is_empty() {
                println!("    a client was not let in, and will come again: {fault}");
            }
            fault.clone_into(&mut self.fault);
        }
    }

    /// Why one of them was not let in, if one was not, as a part of a sentence.
    fn last_fault(&self) -> String {
        if self.fault.is_empty() {
            String::new()
        } else {
            format!(", the last fault being {}", self.fault)
        }
    }

    /// All of them read until they have heard all up to this turn: events, a sum of their numbers, and how many clients
    /// heard so.
    fn until(&mut self, turn: u64) -> Result<Vec<(u64, u64, u32)>, Failed> {
        let order = self.process.stdin.as_mut().ok_or("no input")?;
        writeln!(order, "{turn}")?;
        let begun = Instant::now();
        let mut heard = Vec::new();
        while begun.elapsed() < HEARS {
            let line = match self.says.recv_timeout(Duration::from_secs(1)) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Err("the clients have gone".into()),
            };
            if line == "done" {
                return Ok(heard);
            }
            self.note(&line);
            if let Some(numbers) = line.strip_prefix("heard ") {
                let mut numbers = numbers.split(' ').map(str::parse::<u64>);
                let mut next = || numbers.next().ok_or("a number is missing");
                heard.push((next()??, next()??, u32::try_from(next()??)?));
            }
        }
        Err(format!(
            "after {HEARS:?} some have not heard all, and {} are let in{}: take fewer --clients or --seconds, or see what else runs here",
            self.here,
            self.last_fault()
        )
        .into())
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
