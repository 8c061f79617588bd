//! Writes a golden journal of the current format: `cargo run -p highmark-journal --example golden -- v2/name`.
//!
//! It is committed under `testdata/golden` and read by every later version. An old one is never written anew.

use highmark_engine::*;
use highmark_journal::*;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("name the journal: v2/what-it-holds")?;
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/golden").join(name);
    let about = About::new(env!("CARGO_PKG_VERSION"));
    let mut journal = Journal::create(&dir, &about, at(0))?;
    let mut engine = Engine::new();
    for (day, inputs) in days().into_iter().enumerate() {
        let begun = at(day as i64 * 1000);
        match day {
            0 => {}
            1 => journal.roll(engine.state(), begun)?,
            _ => journal.roll_ahead(false, begun)?,
        }
        let turns: Vec<Turn> =
            inputs.into_iter().map(|input| Turn::new(input.clone(), engine.step(input))).collect();
        for group in turns.chunks(16) {
            journal.append(group)?;
        }
        if journal.lacks_state() {
            let segment = journal.head().segment;
            let mut carry = Carry::fold(&Reader::open(&dir)?, segment)?.in_parts_of(1_000);
            while !journal.carry(&mut carry)? {}
        }
        journal.checkpoint(at(day as i64 * 1000 + 900))?;
    }
    journal.retire(Retention::Days(2), at(9000))?;
    let head = journal.head().clone();
    drop(journal);
    // A key is nobody's business, and the rest is made anew.
    for entry in std::fs::read_dir(&dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_content = name.ends_with(".journal") || name.ends_with(".ndjson") || name == "head";
        if !is_content {
            std::fs::remove_file(dir.join(name))?;
        }
    }
    let expected = serde_json::json!({
        "turns": head.turns,
        "events": head.events,
        "chain": head.hash,
        "state": format!("{:016x}", engine.state().hash()),
    });
    std::fs::write(dir.join("expected.json"), serde_json::to_string_pretty(&expected)? + "\n")?;
    println!("{}: {} turns, {} events", dir.display(), head.turns, head.events);
    Ok(())
}

fn at(second: i64) -> Timestamp {
    Timestamp::seconds(1_700_000_000 + second)
}

fn command(second: i64, command: Command) -> Input {
    Input { at: at(second), body: Body::Command { by: "golden".into(), command } }
}

/// Three days with a bit of everything: orders and fills, refusals, rules on price and mtm, undo, a kill.
fn days() -> Vec<Vec<Input>> {
    let account = |name: &str, fills| {
        Command::OpenAccount(AccountSpec {
            name: name.into(),
            fills,
            starting_balance: Money::rupees(500_000),
            external: ExternalPolicy::default(),
        })
    };
    let strategy = StrategySpec {
        name: "golden".into(),
        capital: Money::rupees(100_000),
        exit_order: ExitOrder::default(),
    };
    let mut checked = InstrumentSpec::new("RELIANCE");
    checked.checks.jump = Some(Fraction::percent(5));
    let mut first = vec![
        command(0, Command::DefineInstrument(InstrumentSpec::new("NIFTY"))),
        command(0, Command::DefineInstrument(checked)),
        command(0, account("paper", FillMode::Tracking)),
        command(0, account("live", FillMode::Orders)),
        command(0, Command::CreateStrategy(strategy)),
        command(1, trade(0, 0, Entry::Filled { price: Price::whole(100) })),
        command(2, Command::Undo { command: None }),
        command(3, Command::Redo),
        command(4, trade(1, 1, Entry::AtMark)),
        command(
            5,
            Command::AddTrade(NewTrade { quantity: Quantity::ZERO, ..new(0, 0, Entry::AtMark) }),
        ),
        fill(6, "b1", 1, Side::Buy, 10, 200),
    ];
    first.extend((7..200).flat_map(|second| [tick(second, 0, 100), tick(second, 1, 200)]));
    first.push(command(
        210,
        Command::SetRule {
            scope: Scope::Strategy(StrategyId(0)),
            draft: RuleDraft {
                spec: RuleSpec::Mtm(MtmRule::MaxLoss {
                    amount: Amount::Money(Money::rupees(5000)),
                }),
                options: RuleOptions::default(),
            },
            provenance: Provenance::default(),
        },
    ));
    let mut second: Vec<Input> =
        (1001..1150).flat_map(|second| [tick(second, 0, 101), tick(second, 1, 202)]).collect();
    second.push(fill(1160, "b2", 1, Side::Sell, 10, 199));
    second.push(Input { at: at(1161), body: Body::Clock });
    let mut third = vec![
        command(2001, trade(0, 0, Entry::AtMark)),
        tick(2002, 1, 400),
        command(
            2003,
            Command::Halt { scope: Scope::Account(AccountId(0)), reason: "golden".into() },
        ),
    ];
    third.extend((2004..2100).map(|second| tick(second, 0, 103)));
    third.push(command(2200, Command::Kill { reason: "the day is over".into() }));
    vec![first, second, third]
}

fn tick(second: i64, instrument: u32, around: i64) -> Input {
    let wave = (second * 37 % 23 - 11) * 10_000_000;
    let mut tick = Tick::last(InstrumentId(instrument), at(second), Price(around * UNIT + wave));
    tick.sequence = Some(second.unsigned_abs());
    tick.bid = tick.last.map(|last| last - Price(5_000_000));
    Input { at: at(second), body: Body::Ticks(vec![tick]) }
}

fn fill(second: i64, id: &str, trade: u32, side: Side, quantity: i64, price: i64) -> Input {
    let fill = Fill {
        id: id.into(),
        trade: TradeId(trade),
        side,
        quantity: Quantity::whole(quantity),
        price: Price::whole(price),
        charges: Money::rupees(20),
        at: at(second),
    };
    Input { at: at(second), body: Body::Order(OrderNews::Filled(fill)) }
}

fn trade(instrument: u32, account: u32, entry: Entry) -> Command {
    Command::AddTrade(new(instrument, account, entry))
}

fn new(instrument: u32, account: u32, entry: Entry) -> NewTrade {
    let rule = |rule| RuleDraft { spec: RuleSpec::Price(rule), options: RuleOptions::default() };
    NewTrade {
        name: "golden".into(),
        strategy: StrategyId(0),
        account: AccountId(account),
        group: None,
        instrument: InstrumentId(instrument),
        side: Side::Buy,
        quantity: Quantity::whole(10),
        entry,
        rules: vec![
            rule(PriceRule::StopLoss { at: Place::FromEntry(Distance::Points(Price::whole(4))) }),
            rule(PriceRule::Trail { by: Distance::Points(Price::whole(2)), arm_at: None }),
        ],
    }
}
