//! Measures the journal on this machine: the disk's own sync, appends, size of ticks, recovery, cold fold, rerun.
//!
//! `cargo run --release -p highmark-journal --example measure [folder]`; figures depend on the disk of that folder.

#[path = "stopwatch/watch.rs"]
mod watch;

use highmark_engine::*;
use highmark_journal::codec::{Encoder, decode};
use highmark_journal::*;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use watch::Watch;

const TICKS: usize = 1_000_000;
const INSTRUMENTS: u32 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let room = place.join(format!("highmark-measure-{}", std::process::id()));
    std::fs::create_dir_all(&room)?;
    let measured = measure(&room);
    std::fs::remove_dir_all(&room)?;
    measured
}

fn measure(room: &Path) -> Result<(), Box<dyn Error>> {
    println!("sync of 4 KiB       {}", spread(syncs(room, 500)?));
    let mut engine = Engine::new();
    let watch = Watch::start();
    let turns: Vec<Turn> =
        inputs().map(|input| Turn::new(input.clone(), engine.step(input))).collect();
    let events: usize = turns.iter().map(|turn| turn.events.len()).sum();
    println!("decided             {} turns, {events} events in {}", turns.len(), watch.read());
    codec(&turns)?;

    for group in [1usize, 16, 128] {
        let mut journal =
            Journal::create(&room.join(format!("group-{group}")), &about(), Timestamp(0))?;
        let mut times = Vec::new();
        for group in turns.chunks(group).take(1500) {
            let started = Instant::now();
            journal.append(group)?;
            times.push(started.elapsed());
        }
        println!("append {group:>3} turns    {}", spread(times));
    }
    whole(room, &turns, events, engine)
}

fn codec(turns: &[Turn]) -> Result<(), Box<dyn Error>> {
    for group in [1usize, 20, 128, 4096] {
        let mut encoder = Encoder::new()?;
        let some = &turns[..if group == 1 { 100_000 } else { turns.len() }];
        let watch = Watch::start();
        let bodies: Vec<Vec<u8>> =
            some.chunks(group).map(|group| encoder.encode(group)).collect::<Result<_, _>>()?;
        let encoded = watch.seconds();
        let watch = Watch::start();
        for body in &bodies {
            decode(body)?;
        }
        let decoded = watch.seconds();
        let bytes: usize = bodies.iter().map(Vec::len).sum();
        let each = |seconds: f64| some.len() as f64 / seconds.max(0.01) / 1e6;
        println!(
            "codec {group:>4} a record  {:.2} bytes a turn, {:.2} M/s in, {:.2} M/s out, {:.2} M/s both",
            bytes as f64 / some.len() as f64,
            each(encoded),
            each(decoded),
            each(encoded + decoded)
        );
    }
    Ok(())
}

/// A day of a million events, recovered cold and with a carried state.
fn whole(room: &Path, turns: &[Turn], events: usize, engine: Engine) -> Result<(), Box<dyn Error>> {
    let dir = room.join("day");
    let mut journal = Journal::create(&dir, &about(), Timestamp(0))?;
    let watch = Watch::start();
    for group in turns.chunks(128) {
        journal.append(group)?;
    }
    println!("written             {} turns in {}, 128 a commit", turns.len(), watch.read());
    drop(journal);
    let stats = Reader::open(&dir)?.stats()?;
    println!("on the disk         {:.2} MB for {events} events", stats.bytes as f64 / 1e6);
    let watch = Watch::start();
    let (mut journal, recovered) = Journal::open(&dir, &about(), Timestamp(1))?;
    let time = watch.read();
    println!("cold fold           {} events in {time}", recovered.events);
    assert!(recovered.engine.state() == engine.state());
    let watch = Watch::start();
    let verdict = verify(&dir, &mut |_| {})?;
    println!(
        "verified            {} records in {}, sound: {}",
        verdict.records,
        watch.read(),
        verdict.is_sound()
    );
    let reader = Reader::open(&dir)?;
    let watch = Watch::start();
    let rerun = rerun::rerun(reader.beginning()?, reader.turns()?)?;
    println!(
        "rerun               {} turns in {}, same: {}",
        rerun.turns,
        watch.read(),
        rerun.is_same()
    );
    let watch = Watch::start();
    let copy = backup(&dir, &room.join("copy"), Timestamp(2))?;
    println!("backed up           {:.2} MB in {}", copy.bytes as f64 / 1e6, watch.read());
    let watch = Watch::start();
    journal.roll(engine.state(), Timestamp(3))?;
    println!("rolled over         in {}", watch.read());
    drop(journal);
    let watch = Watch::start();
    let (_, recovered) = Journal::open(&dir, &about(), Timestamp(4))?;
    println!("from carried state  {} events in {}", recovered.events, watch.read());
    Ok(())
}

fn about() -> About {
    About::new("measure")
}

/// A book of trailed trades and a million quiet ticks, one an input, of fifty instruments.
fn inputs() -> impl Iterator<Item = Input> {
    let command = |command| Input {
        at: Timestamp::seconds(1_700_000_000),
        body: Body::Command { by: "measure".into(), command },
    };
    let account = AccountSpec {
        name: "paper".into(),
        fills: FillMode::Tracking,
        starting_balance: Money::rupees(10_000_000),
        external: ExternalPolicy::default(),
    };
    let strategy = StrategySpec {
        name: "all".into(),
        capital: Money::rupees(1_000_000),
        exit_order: ExitOrder::default(),
    };
    let mut setup =
        vec![command(Command::OpenAccount(account)), command(Command::CreateStrategy(strategy))];
    for number in 0..INSTRUMENTS {
        setup.push(command(Command::DefineInstrument(InstrumentSpec::new(format!("I{number}")))));
    }
    for number in 0..INSTRUMENTS {
        setup.push(command(trade(number)));
    }
    let mut dice = 1u64;
    let mut next = move |bound: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % bound
    };
    let mut prices = vec![20_000i64 * 20; INSTRUMENTS as usize];
    let mut now = 1_700_000_000_000_000_000i64;
    let ticks = (0..TICKS).map(move |_| {
        now += 20_000 + next(40_000_000) as i64;
        let instrument = next(u64::from(INSTRUMENTS)) as usize;
        prices[instrument] += next(5) as i64 - 2;
        let heard = now + 3_000_000 + next(9_000_000) as i64;
        // The exchange tells milliseconds, the receiver's clock nanoseconds.
        let at = Timestamp(now / 1_000_000 * 1_000_000);
        let price = prices[instrument] * 5_000_000;
        let mut tick = Tick::last(InstrumentId(instrument as u32), at, Price(price));
        tick.bid = Some(Price(price - 5_000_000));
        tick.ask = Some(Price(price + 5_000_000));
        Input { at: Timestamp(heard), body: Body::Ticks(vec![tick]) }
    });
    setup.into_iter().chain(ticks)
}

fn trade(instrument: u32) -> Command {
    let trail = RuleDraft {
        spec: RuleSpec::Price(PriceRule::Trail {
            by: Distance::Points(Price::whole(100)),
            arm_at: None,
        }),
        options: RuleOptions::default(),
    };
    Command::AddTrade(NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(instrument),
        side: Side::Buy,
        quantity: Quantity::whole(50),
        entry: Entry::Filled { price: Price::whole(20_000) },
        rules: vec![trail],
    })
}

/// What the disk itself takes: a small file written and synced again and again.
fn syncs(room: &Path, count: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut file = File::create(room.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..count {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    Ok(times)
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!("p50 {:.2?}, p99 {:.2?}, p99.9 {:.2?}", at(0.5), at(0.99), at(0.999))
}
