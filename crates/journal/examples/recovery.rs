//! Measures how long a start takes after a long day: the journal opened from the state that its newest segment
//! carries, beside the same day folded cold, checked without folding, and verified whole.
//!
//! `cargo run --release -p highmark-journal --example recovery -- [events] [open trades] [folder]`
//!
//! The day is a desk's: every tick is an input of its own, trades trail, exit at their stops and are replaced, each
//! order is filled in an input of its own, strategies have limits on mtm. Cold, it is one segment; carried, a new
//! one begins after each [`SEGMENT`] events, as a service does it.

#[path = "stopwatch/watch.rs"]
mod watch;

use highmark_engine::*;
use highmark_journal::*;
use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::path::{Path, PathBuf};
use watch::Watch;

const INSTRUMENTS: u32 = 50;
const STRATEGIES: u32 = 10;
const SEGMENT: u64 = 250_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let least: u64 = words.next().map_or(Ok(1_000_000), |word| word.parse())?;
    let trades: u32 = words.next().map_or(Ok(500), |word| word.parse())?;
    let place = words.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let room = place.join(format!("highmark-recovery-{}", std::process::id()));
    std::fs::create_dir_all(&room)?;
    let measured = measure(&room, least, trades);
    std::fs::remove_dir_all(&room)?;
    measured
}

fn measure(room: &Path, least: u64, trades: u32) -> Result<(), Box<dyn Error>> {
    let (cold, carried) = (room.join("cold"), room.join("carried"));
    let watch = Watch::start();
    let day = write(&cold, &carried, least, trades)?;
    println!("decided and written  {} turns in {}", day.turns, watch.read());
    println!("                     {} events, {} open trades at the end", day.events, day.open);
    let mut kinds: Vec<(&String, &u64)> = day.kinds.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let shown: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    println!("                     {}", shown.join(", "));
    println!("rolled over          in {}", day.rolls.join(", "));
    for (name, dir) in [("one segment", &cold), ("rolled over", &carried)] {
        let stats = Reader::open(dir)?.stats()?;
        let (segments, megabytes) = (stats.segments.len(), stats.bytes as f64 / 1e6);
        println!("{name:<20} {segments} segments, {megabytes:.2} MB");
    }
    for (name, dir) in [("carried state", &carried), ("cold fold", &cold)] {
        let watch = Watch::start();
        let (_, recovered) = Journal::open(dir, &About::new("recovery"), Timestamp(1))?;
        let (time, seconds) = (watch.read(), watch.seconds());
        let rate = recovered.events as f64 / seconds.max(0.01) / 1e6;
        println!(
            "open, {name:<14} {} events folded in {time}, {rate:.2} M a second",
            recovered.events
        );
        assert_eq!(recovered.engine.state().hash(), day.hash);
    }
    let watch = Watch::start();
    let links = verify_links(&carried)?;
    println!("links alone          sound: {}, in {}", links.is_sound(), watch.read());
    let watch = Watch::start();
    let verdict = verify(&carried, &mut |_| {})?;
    println!("verify               sound: {}, in {}", verdict.is_sound(), watch.read());
    Ok(())
}

/// What was written.
struct Day {
    turns: u64,
    events: u64,
    open: usize,
    hash: u64,
    kinds: BTreeMap<String, u64>,
    rolls: Vec<String>,
}

/// Decides a day and writes it twice: as one segment, and rolled over.
fn write(cold: &Path, carried: &Path, least: u64, trades: u32) -> Result<Day, Box<dyn Error>> {
    let about = About::new("recovery");
    let mut cold = Journal::create(cold, &about, Timestamp(0))?;
    let mut carried = Journal::create(carried, &about, Timestamp(0))?;
    let mut engine = Engine::new();
    let mut desk = Desk::new(trades);
    let (kinds, rolls) = (BTreeMap::new(), Vec::new());
    let mut day = Day { turns: 0, events: 0, open: 0, hash: 0, kinds, rolls };
    let mut rolled = 0;
    while day.events < least {
        let mut group = Vec::new();
        while group.len() < 64 {
            let input = desk.next();
            let events = engine.step(input.clone());
            desk.hear(&events);
            for event in &events {
                *day.kinds.entry(kind(event)).or_default() += 1;
            }
            group.push(Turn { input, events });
        }
        cold.append(&group)?;
        let committed = carried.append(&group)?;
        (day.turns, day.events) = (committed.head.turns, committed.head.events);
        if day.events - rolled >= SEGMENT && day.events < least {
            rolled = day.events;
            let watch = Watch::start();
            carried.roll_within_day(engine.state(), desk.now)?;
            day.rolls.push(watch.read());
        }
    }
    day.open = engine.state().trade_views().filter(|view| view.status.is_held()).count();
    day.hash = engine.state().hash();
    Ok(day)
}

fn kind(event: &Event) -> String {
    let text = format!("{event:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// People, a market and a broker.
struct Desk {
    waiting: VecDeque<Body>,
    prices: Vec<i64>,
    now: Timestamp,
    dice: u64,
    added: u32,
    fills: u64,
    /// What each trade is of.
    trades: Vec<(InstrumentId, Side)>,
    ticks: u64,
}

impl Desk {
    fn new(trades: u32) -> Desk {
        let account = AccountSpec {
            name: "paper".into(),
            fills: FillMode::Orders,
            starting_balance: Money::rupees(100_000_000),
            external: ExternalPolicy::default(),
        };
        let mut desk = Desk {
            waiting: VecDeque::new(),
            prices: vec![20_000; INSTRUMENTS as usize],
            now: Timestamp::seconds(1_700_000_000),
            dice: 1,
            added: 0,
            fills: 0,
            trades: Vec::new(),
            ticks: 0,
        };
        desk.ask(Command::OpenAccount(account));
        for number in 0..STRATEGIES {
            desk.ask(Command::CreateStrategy(StrategySpec {
                name: format!("S{number}"),
                capital: Money::rupees(1_000_000),
                exit_order: ExitOrder::default(),
            }));
            let amount = Amount::Money(Money::rupees(900_000_000));
            desk.ask(Command::SetRule {
                scope: Scope::Strategy(StrategyId(number)),
                draft: RuleDraft {
                    spec: RuleSpec::Mtm(MtmRule::MaxLoss { amount }),
                    options: RuleOptions::default(),
                },
                provenance: Provenance::default(),
            });
        }
        for number in 0..INSTRUMENTS {
            desk.ask(Command::DefineInstrument(InstrumentSpec::new(format!("I{number}"))));
        }
        for number in 0..INSTRUMENTS {
            let tick = desk.tick(number);
            desk.waiting.push_back(tick);
        }
        (0..trades).for_each(|_| desk.enter());
        desk
    }

    fn ask(&mut self, command: Command) {
        self.waiting.push_back(Body::Command { by: "desk".into(), command });
    }

    fn next(&mut self) -> Input {
        self.now = self.now.plus(Span(200_000 + self.draw(2_000_000)));
        let body = self.waiting.pop_front().unwrap_or_else(|| {
            self.ticks += 1;
            let instrument = self.draw(i64::from(INSTRUMENTS)) as u32;
            self.tick(instrument)
        });
        Input { at: self.now, body }
    }

    /// Orders are filled at once; a trade that is over is replaced.
    fn hear(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::EntryDecided { trade, quantity } => self.fill(*trade, *quantity, false),
                Event::ExitDecided { intent, quantity, .. } => {
                    self.fill(intent.trade, *quantity, true);
                    self.enter();
                }
                _ => {}
            }
        }
    }

    fn fill(&mut self, trade: TradeId, quantity: Quantity, is_exit: bool) {
        let (instrument, side) = self.trades[trade.0 as usize];
        self.fills += 1;
        let fill = Fill {
            id: format!("f{}", self.fills),
            trade,
            side: if is_exit { side.opposite() } else { side },
            quantity,
            price: Price(self.prices[instrument.0 as usize] * 5_000_000),
            charges: Money::rupees(20),
            at: self.now,
        };
        self.waiting.push_back(Body::Order(OrderNews::Filled(fill)));
    }

    fn enter(&mut self) {
        let number = self.added;
        self.added += 1;
        let instrument = InstrumentId(number % INSTRUMENTS);
        let side = if (number / INSTRUMENTS).is_multiple_of(2) { Side::Buy } else { Side::Sell };
        self.trades.push((instrument, side));
        // From 2 to 120 ticks of 0.05.
        let by = Price(5_000_000 * (2 + i64::from(number.wrapping_mul(2_654_435_761) % 119)));
        let trail = PriceRule::Trail { by: Distance::Points(by), arm_at: None };
        self.ask(Command::AddTrade(NewTrade {
            name: String::new(),
            strategy: StrategyId(number % STRATEGIES),
            account: AccountId(0),
            group: None,
            instrument,
            side,
            quantity: Quantity::whole(50),
            entry: Entry::AtMark,
            rules: vec![RuleDraft {
                spec: RuleSpec::Price(trail),
                options: RuleOptions::default(),
            }],
        }));
    }

    fn tick(&mut self, instrument: u32) -> Body {
        self.prices[instrument as usize] += self.draw(5) - 2;
        let price = self.prices[instrument as usize] * 5_000_000;
        // The exchange tells milliseconds, the receiver's clock nanoseconds.
        let at = Timestamp(self.now.0 / 1_000_000 * 1_000_000);
        let mut tick = Tick::last(InstrumentId(instrument), at, Price(price));
        (tick.bid, tick.ask) = (Some(Price(price - 5_000_000)), Some(Price(price + 5_000_000)));
        Body::Ticks(vec![tick])
    }

    fn draw(&mut self, bound: i64) -> i64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) as i64 % bound
    }
}
