//! Books to write: seeded lives of an engine, the turns that they make, and folders that clean up after themselves.

use highmark_engine::*;
use highmark_journal::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An empty folder that is removed when it is dropped.
pub(crate) struct Room {
    path: PathBuf,
}

impl Room {
    pub(crate) fn new() -> Room {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("highmark-journal-{}-{number}", std::process::id());
        // In memory where there is such a place: a process that ends loses nothing there either, and these
        // tests are about processes, not about disks.
        let memory = PathBuf::from("/dev/shm");
        let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let path = place.join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Room { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

pub(crate) fn about() -> About {
    About::new("test 1")
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::seconds(1_700_000_000 + second)
}

/// The inputs of a small book with a trailing stop: `ticks` ticks that drift, one exit or more among them.
pub(crate) fn inputs(ticks: i64) -> Vec<Input> {
    let command = |second, command| Input {
        at: at(second),
        body: Body::Command { by: "test".into(), command },
    };
    let account = AccountSpec {
        name: "paper".into(),
        fills: FillMode::Tracking,
        starting_balance: Money::rupees(1_000_000),
        external: ExternalPolicy::default(),
    };
    let strategy = StrategySpec {
        name: "drift".into(),
        capital: Money::rupees(100_000),
        exit_order: ExitOrder::default(),
    };
    let mut inputs = vec![
        command(0, Command::DefineInstrument(InstrumentSpec::new("NIFTY"))),
        command(0, Command::OpenAccount(account)),
        command(0, Command::CreateStrategy(strategy)),
    ];
    for tick in 0..ticks {
        if tick % 400 == 0 {
            inputs.push(command(tick + 1, trade(price(tick))));
        }
        let mut mark = Tick::last(InstrumentId(0), at(tick + 1), price(tick));
        mark.sequence = Some(tick.cast_unsigned());
        inputs.push(Input { at: at(tick + 1), body: Body::Ticks(vec![mark]) });
    }
    inputs
}

/// A price that wanders in steps of 0.05.
fn price(tick: i64) -> Price {
    let wave = (tick * 7919 % 211 - 105) + (tick % 700 - 350).abs();
    Price(20_000 * UNIT + wave * 5_000_000)
}

fn trade(at: Price) -> Command {
    let trail = RuleDraft {
        spec: RuleSpec::Price(PriceRule::Trail {
            by: Distance::Points(Price::whole(12)),
            arm_at: None,
        }),
        options: RuleOptions::default(),
    };
    Command::AddTrade(NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(0),
        side: Side::Buy,
        quantity: Quantity::whole(50),
        entry: Entry::Filled { price: at },
        rules: vec![trail],
    })
}

/// What an engine makes of inputs.
pub(crate) fn turns(engine: &mut Engine, inputs: Vec<Input>) -> Vec<Turn> {
    inputs.into_iter().map(|input| Turn::new(input.clone(), engine.step(input))).collect()
}

/// A journal of `ticks` ticks in records of `group` turns, closed, and the engine that made it.
pub(crate) fn written(dir: &Path, ticks: i64, group: usize) -> (Engine, Vec<Turn>) {
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(ticks));
    let mut journal = Journal::create(dir, &about(), at(0)).unwrap();
    for group in turns.chunks(group) {
        journal.append(group).unwrap();
    }
    (engine, turns)
}
