//! What a tick costs with a thousand open trades and with a million, with the trigger index and without; and what
//! a trade costs to open and to keep.
//!
//! ```sh
//! cargo bench -p highmark-engine
//! ```
//!
//! Prices walk at random by up to three ticks of 0.05 around 1,000 on 50 instruments; each trade trails at 20 to 1,200 ticks, so
//! that few are met. The scanning engine runs in turns with the other on the same ticks, shorter where it is
//! slow. Times are of the wall clock, which itself costs some 30 ns a tick and is not taken off.

use highmark_engine::*;
use std::fs;
use std::time::Instant;

const INSTRUMENTS: u32 = 50;
const STRATEGIES: u32 = 100;
const TICK: i64 = 5_000_000;
const ROUNDS: usize = 5;

fn main() {
    println!(
        "open trades | ns a tick (median of {ROUNDS}) | p99 | exits | scanning | times as fast | ns to open | bytes each"
    );
    for trades in [1_000, 10_000, 100_000, 1_000_000] {
        let before = resident();
        let begun = Instant::now();
        let mut with = Desk::open(Engine::new(), trades);
        let opening = begun.elapsed().as_nanos() / u128::from(trades);
        let bytes = resident().saturating_sub(before) / u64::from(trades);
        let mut without = (trades <= 100_000).then(|| Desk::open(Engine::scanning(), trades));
        let (mut times, mut scans) = (Vec::new(), Vec::new());
        let mut tail = 0;
        for _ in 0..ROUNDS {
            let run = with.run(100_000);
            times.push(run.each);
            tail = tail.max(run.p99);
            if let Some(desk) = &mut without {
                scans.push(desk.run(2_000_000 / trades).each);
            }
        }
        let (each, scan) = (median(times), (!scans.is_empty()).then(|| median(scans)));
        let ratio = scan.map_or("-".to_owned(), |scan| format!("{:.0}", scan as f64 / each as f64));
        let scan = scan.map_or("-".to_owned(), |scan| scan.to_string());
        let exits = with.exits;
        println!("{trades} | {each} | {tail} | {exits} | {scan} | {ratio} | {opening} | {bytes}");
    }
}

/// An engine with its book, and the market that it sees.
struct Desk {
    engine: Engine,
    now: i64,
    prices: Vec<i64>,
    seed: u64,
    exits: usize,
}

/// What a tick took, in nanoseconds.
struct Run {
    each: u128,
    p99: u128,
}

impl Desk {
    fn open(engine: Engine, trades: u32) -> Desk {
        let prices = vec![20_000; INSTRUMENTS as usize];
        let mut desk = Desk { engine, now: 1_700_000_000_000_000_000, prices, seed: 7, exits: 0 };
        desk.command(Command::OpenAccount(AccountSpec {
            name: "paper".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(1_000_000_000),
            external: ExternalPolicy::NewestFirst,
        }));
        for number in 0..STRATEGIES {
            let spec = StrategySpec {
                name: format!("s{number}"),
                capital: Money::rupees(1_000_000),
                exit_order: ExitOrder::ById,
            };
            desk.command(Command::CreateStrategy(spec));
            desk.command(Command::SetRule {
                scope: Scope::Strategy(StrategyId(number)),
                draft: MtmRule::MaxLoss { amount: Amount::Money(Money::rupees(900_000_000)) }
                    .into(),
                provenance: Provenance::default(),
            });
        }
        for number in 0..INSTRUMENTS {
            desk.command(Command::DefineInstrument(InstrumentSpec::new(format!("i{number}"))));
            desk.tick(number as usize);
        }
        for number in 0..trades {
            desk.command(Command::AddTrade(trade(number)));
        }
        desk
    }

    fn run(&mut self, ticks: u32) -> Run {
        let mut took = Vec::with_capacity(ticks as usize);
        for _ in 0..ticks.max(20) {
            let instrument = self.draw(u64::from(INSTRUMENTS)) as usize;
            self.prices[instrument] += self.draw(7) as i64 - 3;
            took.push(self.tick(instrument));
        }
        took.sort_unstable();
        let count = took.len();
        Run { each: took.iter().sum::<u128>() / count as u128, p99: took[count * 99 / 100] }
    }

    fn tick(&mut self, instrument: usize) -> u128 {
        self.now += 20_000;
        let price = Price(self.prices[instrument] * TICK);
        let id = InstrumentId(u32::try_from(instrument).unwrap_or(0));
        let body = Body::Ticks(vec![Tick::last(id, Timestamp(self.now), price)]);
        let input = Input { at: Timestamp(self.now), body };
        let begun = Instant::now();
        let events = self.engine.step(input);
        let took = begun.elapsed().as_nanos();
        let decided = |event: &&Event| matches!(event, Event::ExitDecided { .. });
        self.exits += events.iter().filter(decided).count();
        took
    }

    fn command(&mut self, command: Command) {
        let body = Body::Command { by: "bench".into(), command };
        self.engine.step(Input { at: Timestamp(self.now), body });
    }

    /// A number below `most` (Marsaglia, Xorshift RNGs, 2003).
    fn draw(&mut self, most: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % most
    }
}

fn trade(number: u32) -> NewTrade {
    let ticks = 500 * (1 + i64::from(number.wrapping_mul(2_654_435_761) % 60));
    let by = Distance::Points(Price(ticks * TICK / 25));
    NewTrade {
        name: String::new(),
        strategy: StrategyId(number % STRATEGIES),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(number % INSTRUMENTS),
        side: if (number / INSTRUMENTS).is_multiple_of(2) { Side::Buy } else { Side::Sell },
        quantity: Quantity::whole(1),
        entry: Entry::AtMark,
        rules: vec![PriceRule::Trail { by, arm_at: None }.into()],
    }
}

fn median(mut times: Vec<u128>) -> u128 {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Bytes of this process in memory, as Linux tells; 0 where it does not.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> =
        line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.unwrap_or(0) * 1024
}
