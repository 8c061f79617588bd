//! What a tick costs while nothing closes, with a thousand open trades and with a million, all trailing.
//!
//! ```sh
//! cargo bench -p highmark-engine --bench ticks
//! ```
//!
//! One instrument, one strategy, longs whose stops trail too far behind to be met. Three kinds of tick: *quiet*, to and fro below
//! every best; *rising*, each above every best, so that every stop moves; and a *leap*, one tick that goes from below to
//! above bests that all differ (up to ten thousand of them; as many trades opened at falling prices), so that as many groups become one. The sizes take
//! turns, and each figure is the median of the rounds. Times are of the wall clock; one reading, some 30 ns, is in each.

use highmark_engine::*;
use std::time::Instant;

const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 5;
const TICKS: i64 = 20_000;
/// The smallest step of a price, in the engine's unit.
const STEP: i64 = 5_000_000;
/// Where prices begin, in steps.
const START: i64 = 20_000;
const SECOND: i64 = 1_000_000_000;
/// The most bests that differ.
const BESTS: i64 = 10_000;

fn main() {
    let mut desks: Vec<Desk> = SIZES.into_iter().map(|trades| Desk::open(trades, 1)).collect();
    let mut rounds: Vec<Vec<[Ticks; 2]>> = vec![Vec::new(); SIZES.len()];
    for _ in 0..ROUNDS {
        for (desk, rounds) in desks.iter_mut().zip(&mut rounds) {
            rounds.push([desk.quiet(), desk.rise()]);
        }
    }
    println!(
        "open trades | quiet tick, ns | against 1,000 | every stop moves, ns | against 1,000 | longest of each kind, ns"
    );
    let medians: Vec<[Ticks; 2]> = rounds.iter().map(|rounds| median(rounds)).collect();
    for (trades, [quiet, rise]) in SIZES.into_iter().zip(&medians) {
        let against = |one: &Ticks, kind: usize| one.each as f64 / medians[0][kind].each as f64;
        println!(
            "{trades} | {} | {:.2} | {} | {:.2} | {} and {}",
            quiet.each,
            against(quiet, 0),
            rise.each,
            against(rise, 1),
            quiet.longest,
            rise.longest,
        );
    }
    drop(desks);
    println!("\nopen trades | bests that differ | one leap above all, ns | ns for each best");
    for trades in SIZES {
        let bests = BESTS.min(i64::from(trades));
        let mut desk = Desk::open(trades, bests);
        let took = desk.tick(START + 10);
        println!("{trades} | {bests} | {took} | {}", took / bests.unsigned_abs());
    }
}

/// What ticks of a kind took, in nanoseconds.
#[derive(Clone, Copy)]
struct Ticks {
    each: u64,
    longest: u64,
}

/// An engine with its book, and the market that it sees.
struct Desk {
    engine: Engine,
    events: Vec<Event>,
    now: i64,
    /// The highest price so far.
    highest: i64,
}

impl Desk {
    /// A book whose trades have opened at so many prices, each below the one before.
    fn open(trades: u32, bests: i64) -> Desk {
        let (engine, events) = (Engine::new(), Vec::new());
        let mut desk = Desk { engine, events, now: 1_700_000_000 * SECOND, highest: START };
        desk.command(Command::OpenAccount(AccountSpec {
            name: "paper".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(1_000_000_000),
            external: ExternalPolicy::NewestFirst,
        }));
        desk.command(Command::CreateStrategy(StrategySpec {
            name: "s".into(),
            capital: Money::rupees(1_000_000),
            exit_order: ExitOrder::ById,
        }));
        desk.command(Command::DefineInstrument(InstrumentSpec::new("i")));
        let each = i64::from(trades) / bests;
        for number in 0..i64::from(trades) {
            if number % each == 0 {
                desk.tick(START - number / each);
            }
            desk.command(Command::AddTrade(trade(number)));
        }
        desk.tick(START - bests);
        desk
    }

    fn quiet(&mut self) -> Ticks {
        let highest = self.highest;
        self.run(|number| highest - 1 - number % 2)
    }

    fn rise(&mut self) -> Ticks {
        let highest = self.highest;
        self.run(|number| highest + 1 + number)
    }

    fn run(&mut self, steps: impl Fn(i64) -> i64) -> Ticks {
        let took: Vec<u64> = (0..TICKS).map(|number| self.tick(steps(number))).collect();
        Ticks {
            each: took.iter().sum::<u64>() / TICKS.unsigned_abs(),
            longest: took.into_iter().max().unwrap_or(0),
        }
    }

    fn tick(&mut self, steps: i64) -> u64 {
        self.now += 1_000;
        self.highest = self.highest.max(steps);
        let tick = Tick::last(InstrumentId(0), Timestamp(self.now), Price(steps * STEP));
        self.events.clear();
        let begun = Instant::now();
        self.engine.tick(Timestamp(self.now), &tick, &mut self.events);
        let took = begun.elapsed().as_nanos();
        let closes = self.events.iter().any(|event| matches!(event, Event::ExitDecided { .. }));
        assert!(!closes, "nothing closes here");
        u64::try_from(took).unwrap_or(u64::MAX)
    }

    fn command(&mut self, command: Command) {
        self.now += 1_000;
        let body = Body::Command { by: "bench".into(), command };
        let events = self.engine.step(Input { at: Timestamp(self.now), body });
        let refused = events.iter().find(|event| matches!(event, Event::Refused(_)));
        assert!(refused.is_none(), "{refused:?}");
    }
}

/// Its stop trails by a distance of its own, which the lowest price here does not reach.
fn trade(number: i64) -> NewTrade {
    let behind = BESTS + 100 + number % 500;
    NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(0),
        side: Side::Buy,
        quantity: Quantity::whole(1),
        entry: Entry::AtMark,
        rules: vec![
            PriceRule::Trail { by: Distance::Points(Price(behind * STEP)), arm_at: None }.into(),
        ],
    }
}

/// The median of each figure over the rounds.
fn median(rounds: &[[Ticks; 2]]) -> [Ticks; 2] {
    [0, 1].map(|kind| {
        let of = |figure: fn(&Ticks) -> u64| {
            let mut figures: Vec<u64> = rounds.iter().map(|round| figure(&round[kind])).collect();
            figures.sort_unstable();
            figures[figures.len() / 2]
        };
        Ticks { each: of(|ticks| ticks.each), longest: of(|ticks| ticks.longest) }
    })
}
