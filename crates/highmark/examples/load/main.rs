//! The service under load: so many ticks a second with so many open trades and the journal on. Prints how long
//! a tick took to become a durable exit, beside what the disk alone takes to sync, and what the journal and the
//! process grew by.
//!
//! ```sh
//! cargo run --release -p highmark --example load -- --ticks 50000 --trades 10000 --seconds 60
//! ```
//!
//! Memory and open files are printed every ten seconds, and what they grew by in the second half, when everything
//! has its size; what an engine remembers grows with the trades that were. `--trail 1000000` lets none exit.
//!
//! `--clients 500 --stalled 250` measures rounds of `--seconds` with so many watching, and rounds without, in turn, four
//! of each or `--rounds`, in place of all else; and what each thread takes of a processor in both, which is steadier
//! where other programs run.
//!
//! `--burn 25` measures the same rounds beside a process that takes so many hundredths of one processor, in the idle
//! class as the clients are, and has nothing to do with the service: what any work costs.
//!
//! `--kills 20` kills that often at the end, over HTTP while the ticks go on.
//!
//! `TMPDIR=/dev/shm` keeps the journal on a disk in memory, so that stalls of the machine's disk do not count.
//!
//! The load is open: ticks come at their times whether the service keeps up or not, and latencies count from
//! the time at which a tick should have been heard.

mod burner;
mod clients;
mod crowd;
mod frames;
mod kills;
mod threads;

use clients::Crowd;
use highmark::failure::{Code, Failure};
use highmark::scenario;
use highmark_engine::*;
use highmark_journal::Retention;
use highmark_market::Market;
use highmark_server::look::{Latencies, Status};
use highmark_server::service::{FeedPlan, OnLoss, Plan, Policy, Service};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Said};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const INSTRUMENTS: u32 = 50;
const STRATEGIES: u32 = 10;
/// How often memory and files are printed.
const INTERVAL: Duration = Duration::from_secs(10);
/// Requests that are sent before their answers are read.
const CHUNK: u32 = 500;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, rest)) = words.split_first()
        && word == clients::AS_CLIENTS
    {
        return crowd::watch(rest);
    }
    if let Some((word, rest)) = words.split_first()
        && word == burner::AS_BURNER
    {
        return burner::burn(rest);
    }
    let options = Options::read(&words)?;
    let folder = std::env::temp_dir().join(format!("highmark-load-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let sync = syncs(&folder)?;
    let (service, card) = Service::start(plan(&folder, options.ticks)?).map_err(told)?;
    // What is measured is the service, not how this program and it share two processors.
    burner::leave_the_processor()?;
    let mut client = Client::connect(&folder).map_err(told)?.ok_or("no service")?;
    let begun = Instant::now();
    let mut trades = Trades { next: 0, widest: options.trail };
    wait_for_marks(&mut client)?;
    trades.add(&mut client, options.trades)?;
    println!("{} trades added in {:.1} s", options.trades, begun.elapsed().as_secs_f64());

    let exits = exits(&folder)?;
    if options.clients > 0 || options.burn > 0 {
        let address = card.api.ok_or("there is no API")?;
        let crowd = Crowd {
            clients: options.clients,
            stalled: options.stalled,
            burn: options.burn,
            rounds: options.rounds,
            seconds: options.seconds,
        };
        let desk = (&mut client, &mut trades, &*exits);
        clients::measure(crowd, &service, address, &folder, desk)?;
        return end(client, service, &folder);
    }
    let before = Look::now(&mut client, &folder)?;
    let earlier = service.exit_latencies();
    let mut replaced = 0;
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let mut interval = Instant::now();
    let half = Instant::now() + Duration::from_secs(options.seconds / 2);
    let mut looks = Vec::new();
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
        let gone = exits.load(Ordering::Relaxed);
        trades.add(&mut client, u32::try_from(gone - replaced)?)?;
        replaced = gone;
        if interval.elapsed() >= INTERVAL {
            interval = Instant::now();
            let look = Look::now(&mut client, &folder)?;
            let Look { rss, files, threads, .. } = look;
            let seconds = look.at.duration_since(begun).as_secs();
            println!(
                "  {seconds:>4} s: rss {rss} KiB, {files} files, {threads} threads, {replaced} exits"
            );
            looks.push((look, replaced));
        }
    }
    let after = Look::now(&mut client, &folder)?;
    report(&options, &sync, &before, &after);
    let since = since(service.exit_latencies(), &earlier)?;
    for (what, seen) in [("the decision", &since.decided), ("durable exit", &since.durable)] {
        let within = |share: f64| seen.value_at_quantile(share);
        println!(
            "tick to {what} of {} exits: p50 {} µs, p99 {} µs, p99.9 {} µs, most {} µs",
            seen.len(),
            within(0.5),
            within(0.99),
            within(0.999),
            within(1.0)
        );
    }
    if let Some((middle, exits)) = looks.iter().find(|(look, _)| look.at >= half) {
        flat(middle, &after, replaced - exits);
    }
    if options.kills > 0 {
        let address = card.api.ok_or("there is no API")?;
        let desk = (&mut client, &mut trades);
        kills::measure(options.kills, &service, address, &folder, desk)?;
    }
    end(client, service, &folder)
}

/// What was seen after an earlier look.
fn since(mut now: Latencies, earlier: &Latencies) -> Result<Latencies, Failed> {
    now.decided.subtract(&earlier.decided)?;
    now.durable.subtract(&earlier.durable)?;
    Ok(now)
}

fn end(client: Client, service: Service, folder: &Path) -> Result<(), Failed> {
    drop(client);
    service.stop().map_err(told)?;
    fs::remove_dir_all(folder)?;
    Ok(())
}

struct Options {
    ticks: u32,
    trades: u32,
    seconds: u64,
    /// The widest trail, in ticks of 0.05.
    trail: u32,
    kills: u32,
    clients: u32,
    stalled: u32,
    burn: u32,
    rounds: u32,
}

impl Options {
    fn read(words: &[String]) -> Result<Options, Failed> {
        let mut options = Options {
            ticks: 50_000,
            trades: 10_000,
            seconds: 60,
            trail: 60,
            kills: 0,
            clients: 0,
            stalled: 0,
            burn: 0,
            rounds: 4,
        };
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err("each option has a value".into()) };
            match name.as_str() {
                "--ticks" => options.ticks = value.parse()?,
                "--trades" => options.trades = value.parse()?,
                "--seconds" => options.seconds = value.parse()?,
                "--trail" => options.trail = value.parse()?,
                "--kills" => options.kills = value.parse()?,
                "--clients" => options.clients = value.parse()?,
                "--stalled" => options.stalled = value.parse()?,
                "--burn" => options.burn = value.parse()?,
                "--rounds" => options.rounds = value.parse()?,
                _ => {
                    let known = "--ticks, --trades, --seconds, --trail, --kills, --clients, --stalled, --burn or --rounds";
                    return Err(format!("{known}, not {name}").into());
                }
            }
        }
        Ok(options)
    }
}

fn plan(folder: &Path, ticks_per_second: u32) -> Result<Plan, Failed> {
    let mut text =
        String::from("[[account]]\nname = \"paper\"\nmode = \"paper\"\nbalance = 100000000\n");
    for index in 0..INSTRUMENTS {
        writeln!(text, "[[instrument]]\nsymbol = \"I{index}\"\nvenue = \"always\"")?;
    }
    for index in 0..STRATEGIES {
        writeln!(
            text,
            "[[strategy]]\nname = \"S{index}\"\nrule = [{{ max_loss = {{ amount = 900000000 }} }}]"
        )?;
    }
    let loaded = scenario::load("load", &text, &[]).map_err(|unusable| told(unusable.into()))?;
    Ok(Plan {
        state: folder.to_owned(),
        network: false,
        version: "load".into(),
        paper: loaded.scenario.paper,
        scenario: loaded,
        market: Market::embedded()?,
        feed: FeedPlan::Generator { seed: 7, ticks_per_second },
        queue: 65_536,
        group: 4_096,
        api: Some(SocketAddr::from(([127, 0, 0, 1], 0)).into()),
        policy: Policy {
            checkpoint_every: Duration::from_secs(60),
            checkpoint_hook: None,
            retention: Retention::Everything,
            on_loss: OnLoss::ExitAll,
            on_stop: highmark_server::service::OnStop::Leave,
            backups: None,
            warn_free_pct: 1,
            block_free_pct: 1,
        },
        configuration: Box::new(|| serde_json::Value::Null),
        reload: Box::new(|| Err(Failure::new(Code::Refused, "there is no configuration", ""))),
    })
}

/// What is bought and sold, from one end of the instruments to the other.
struct Trades {
    next: u32,
    widest: u32,
}

impl Trades {
    fn add(&mut self, client: &mut Client, count: u32) -> Result<(), Failed> {
        let mut left = count;
        while left > 0 {
            let chunk = left.min(CHUNK);
            for _ in 0..chunk {
                let command = Box::new(Command::AddTrade(self.draw()));
                client.send(Ask::Command { by: "load".into(), command }).map_err(told)?;
            }
            let mut added = chunk;
            for _ in 0..chunk {
                let response = client.hear().map_err(told)?.ok_or("the service has gone")?;
                match response.what {
                    // It was not begun, and is asked again.
                    Said::Error(problem) if problem.code == "BUSY" => added -= 1,
                    Said::Error(problem) => {
                        return Err(format!("{}: {}", problem.code, problem.message).into());
                    }
                    Said::Ok(_) | Said::Done(_) | Said::Turn(_) => {}
                }
            }
            if added < chunk {
                std::thread::sleep(Duration::from_millis(20));
            }
            left -= added;
        }
        Ok(())
    }

    fn draw(&mut self) -> NewTrade {
        let number = self.next;
        self.next += 1;
        // Trails of 1 to 60 ticks of 0.05 on prices near 1,000: some are met every second. Wider ones are all wide.
        let spread = number.wrapping_mul(2_654_435_761) % self.widest.min(60);
        let by = Price(5_000_000 * i64::from(self.widest - spread));
        let rule = PriceRule::Trail { by: Distance::Points(by), arm_at: None };
        NewTrade {
            name: String::new(),
            strategy: StrategyId(number % STRATEGIES),
            account: AccountId(0),
            group: None,
            instrument: InstrumentId(number % INSTRUMENTS),
            side: if (number / INSTRUMENTS).is_multiple_of(2) { Side::Buy } else { Side::Sell },
            quantity: Quantity::whole(1),
            entry: Entry::AtMark,
            rules: vec![RuleDraft { spec: RuleSpec::Price(rule), options: RuleOptions::default() }],
        }
    }
}

/// Counts the trades that close, by watching.
fn exits(folder: &Path) -> Result<Arc<AtomicU64>, Failed> {
    let mut client = Client::connect(folder).map_err(told)?.ok_or("no service")?;
    client.be_patient().map_err(told)?;
    client.send(Ask::Watch).map_err(told)?;
    let count = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        while let Ok(Some(response)) = client.hear() {
            let Said::Turn(durable) = response.what else { continue };
            let decided = |event: &&Event| matches!(event, Event::ExitDecided { .. });
            seen.fetch_add(durable.events.iter().filter(decided).count() as u64, Ordering::Relaxed);
        }
    });
    Ok(count)
}

fn wait_for_marks(client: &mut Client) -> Result<(), Failed> {
    while status(client)?.service.is_none_or(|service| service.feed.ticks < 1_000) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn status(client: &mut Client) -> Result<Status, Failed> {
    Ok(serde_json::from_value(client.ask(Ask::Status).map_err(told)?)?)
}

/// The service and the process at a moment.
struct Look {
    status: Status,
    at: Instant,
    journal: u64,
    rss: u64,
    files: usize,
    threads: u64,
}

impl Look {
    fn now(client: &mut Client, folder: &Path) -> Result<Look, Failed> {
        let status = status(client)?;
        let files = fs::read_dir("/proc/self/fd")?.count();
        let memory = fs::read_to_string("/proc/self/status")?;
        let number = |name: &str| -> u64 {
            let line = memory.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
        };
        Ok(Look {
            status,
            at: Instant::now(),
            journal: size(&folder.join("journal"))?,
            rss: number("VmRSS:"),
            files,
            threads: number("Threads:"),
        })
    }
}

fn size(folder: &Path) -> Result<u64, Failed> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        // The log is part of the database until it is written back, and then not in its size.
        if path.extension().is_some_and(|extension| extension == "journal") {
            bytes += fs::metadata(path)?.len();
        }
    }
    Ok(bytes)
}

/// What a write and a sync of one page take on this disk, in microseconds, sorted.
fn syncs(folder: &Path) -> Result<Vec<u128>, Failed> {
    let path = folder.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut took = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        took.push(begun.elapsed().as_micros());
    }
    fs::remove_file(path)?;
    took.sort_unstable();
    Ok(took)
}

fn report(options: &Options, sync: &[u128], before: &Look, after: &Look) {
    let took = after.at.duration_since(before.at).as_secs_f64();
    let (Some(first), Some(last)) = (&before.status.service, &after.status.service) else { return };
    let ticks = last.feed.ticks - first.feed.ticks;
    let merged = last.queue.conflated - first.queue.conflated;
    let exits = last.exit_latency.count - first.exit_latency.count;
    println!(
        "{ticks} ticks in {took:.1} s: {:.0} a second ({} were asked for), {merged} merged",
        ticks as f64 / took,
        options.ticks
    );
    println!(
        "{} open trades at the end, {exits} exits; all commits {}",
        after.status.system.open_trades, last.journal.commits
    );
    println!(
        "the disk alone, 4 KiB and a sync: p50 {} µs, p99 {} µs",
        sync[sync.len() / 2],
        sync[sync.len() * 99 / 100]
    );
    let per_million = (after.journal - before.journal) as f64 / ticks.max(1) as f64;
    println!("journal without its log: {per_million:.1} MB for a million ticks");
    println!(
        "memory: {} KiB before, {} KiB after; files open: {} and {}",
        before.rss, after.rss, before.files, after.files
    );
}

/// What the process grew by in the second half.
fn flat(middle: &Look, after: &Look, exits: u64) {
    let grown = i128::from(after.rss) - i128::from(middle.rss);
    let minutes = after.at.duration_since(middle.at).as_secs_f64() / 60.0;
    println!(
        "second half: {:+.0} KiB a minute, {:+} files, {:+} threads; {exits} trades were over in it{}",
        grown as f64 / minutes,
        after.files as i64 - middle.files as i64,
        i128::from(after.threads) - i128::from(middle.threads),
        if exits > 0 {
            format!(", {} bytes each", grown * 1024 / i128::from(exits))
        } else {
            String::new()
        }
    );
}

fn told(failure: Failure) -> Failed {
    failure.to_string().into()
}
