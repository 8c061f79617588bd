//! A watchdog beside a service that works hard, for long: it says nothing until the engine is stopped, and then in time.
//!
//! `HIGHMARK_SOAK=1800 cargo test --release -p highmark --test crash soak -- --nocapture` does it for half an hour.

use crate::kills::LOAD;
use crate::life::{self, Folder};
use crate::trouble::{add, command, marked, quiet};
use crate::watched::Watchdog;
use highmark_engine::{Command, TradeId};
use highmark_server::heartbeat::{Heartbeat, Seen};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long, when nobody says otherwise.
const SECONDS: u64 = 5;
/// Looks after which somebody enters and exits, and the journal is copied.
const TRADES: u64 = 100;
const COPIES: u64 = 20_000;
/// Trades that stay open.
const OPEN: u32 = 20;
/// How often the engine is stopped in the end.
const STOPS: u32 = 2;
/// The watchdog's deadline in seconds: the service's own are 15 and 30.
const ALARM_AFTER: u64 = 5;

#[test]
fn a_watchdog_says_nothing_while_the_service_works_and_tells_of_each_stop() {
    let seconds = std::env::var("HIGHMARK_SOAK").ok().and_then(|text| text.parse().ok());
    let soak = Duration::from_secs(seconds.unwrap_or(SECONDS));
    let folder = Folder::new("soak");
    let life = life::start(&folder.0, &quiet(&folder, &LOAD), None).unwrap();
    let mut trader = marked(&life, &folder);
    let watchdog = Watchdog::start(&folder.0, ALARM_AFTER, 3_600);
    assert_eq!(watchdog.news(), "watching");
    let (begun, mut asked, mut trades, mut copies) = (Instant::now(), 0_u64, 0_u32, Vec::new());
    let mut beats = Beats::default();
    while begun.elapsed() < soak {
        trader.ask(Ask::Status).unwrap();
        beats.look(&folder.0);
        asked += 1;
        if asked.is_multiple_of(TRADES) {
            add(&mut trader).unwrap();
            trades += 1;
            // The last ones may still be on their way in.
            if let Some(old) = trades.checked_sub(OPEN) {
                let (trade, reason) = (TradeId(old), "soak".to_owned());
                command(&mut trader, Command::ExitTrade { trade, quantity: None, reason }).unwrap();
            }
        }
        if asked.is_multiple_of(COPIES) {
            copies.push(copy(&folder.0, folder.0.join(format!("copy-{asked}"))));
        }
    }
    let made = copies.into_iter().map(|copy| copy.join().unwrap()).count();
    assert!(watchdog.is_quiet(), "a false alarm");
    let status = trader.ask(Ask::Status).unwrap();
    println!(
        "{} s: {} turns, {asked} looks, {trades} trades entered and exited, {made} backups; {} beats were seen, the \
         longest pause between two was {:.2} s; false alarms 0",
        begun.elapsed().as_secs(),
        status["turn"],
        beats.seen,
        beats.longest.as_secs_f64(),
    );
    for _ in 0..STOPS {
        let stopped = Instant::now();
        life.signal("-STOP");
        assert_eq!(watchdog.news(), "alarm");
        let took = stopped.elapsed().as_secs_f64();
        println!("a stopped engine was told of after {took:.2} s; the deadline is {ALARM_AFTER} s");
        life.signal("-CONT");
        assert_eq!(watchdog.news(), "goes_on");
    }
}

/// Heartbeats as the watchdog sees them.
#[derive(Default)]
struct Beats {
    seen: u64,
    last: Option<(u64, Instant)>,
    longest: Duration,
}

impl Beats {
    fn look(&mut self, state: &Path) {
        let Seen::Runs(Some(beat)) = Heartbeat::look(state) else { return };
        let now = Instant::now();
        match self.last {
            Some((beats, _)) if beats == beat.beats => return,
            Some((_, at)) => self.longest = self.longest.max(now - at),
            None => {}
        }
        self.seen += 1;
        self.last = Some((beat.beats, now));
    }
}

/// Makes a backup beside, and takes it away again.
fn copy(state: &Path, to: PathBuf) -> JoinHandle<()> {
    let mut keeper = Client::connect(state).unwrap().unwrap();
    std::thread::spawn(move || {
        keeper.ask(Ask::Backup { to: to.display().to_string() }).unwrap();
        std::fs::remove_dir_all(to).unwrap();
    })
}
