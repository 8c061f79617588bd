//! The past, from journals that are written here: what days made, and what would have come of them otherwise.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use highmark_engine::*;
use highmark_journal::{About, Journal, Turn};
use highmark_play::clock;
use highmark_play::scenario::day_text;
use highmark_play::summary::{self, Summary};
use highmark_server::past::trial::{Trial, with_changes, with_rule};
use highmark_server::past::{days, record};
use std::path::PathBuf;

/// A book of one account, one strategy and one instrument that is open around the clock, and what it was told.
struct Book {
    engine: Engine,
    at: Timestamp,
    turns: Vec<Turn>,
}

impl Book {
    /// Begins in the morning of 2026-11-19.
    fn new() -> Book {
        let mut book = Book::empty();
        book.set_up();
        book
    }

    fn empty() -> Book {
        Book { engine: Engine::new(), at: at("2026-11-19", 10), turns: Vec::new() }
    }

    fn set_up(&mut self) {
        let mut sbin = InstrumentSpec::new("SBIN");
        sbin.charges.per_order = Money::rupees(20);
        self.command(Command::DefineInstrument(sbin));
        self.command(Command::OpenAccount(AccountSpec {
            name: "main".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(100_000),
            external: ExternalPolicy::default(),
        }));
        self.command(Command::CreateStrategy(StrategySpec {
            name: "Momentum".into(),
            capital: Money::ZERO,
            exit_order: ExitOrder::default(),
        }));
    }

    fn input(&mut self, body: Body) {
        self.at = Timestamp(self.at.0 + 1_000_000_000);
        let input = Input { at: self.at, body };
        let events = self.engine.step(input.clone());
        self.turns.push(Turn::new(input, events));
    }

    fn command(&mut self, command: Command) {
        self.input(Body::Command { by: "test".into(), command });
        let refused = |event: &Event| matches!(event, Event::Refused(_));
        let events = &self.turns.last().unwrap().events;
        assert!(!events.iter().any(refused), "{events:?}");
    }

    fn buy(&mut self, name: &str, price: i64) {
        self.buy_with(name, price, Vec::new());
    }

    fn buy_with(&mut self, name: &str, price: i64, rules: Vec<RuleDraft>) {
        self.command(Command::AddTrade(NewTrade {
            name: name.into(),
            strategy: StrategyId(0),
            account: AccountId(0),
            group: None,
            instrument: InstrumentId(0),
            side: Side::Buy,
            quantity: Quantity::whole(100),
            entry: Entry::Filled { price: Price::whole(price) },
            rules,
        }));
    }

    fn limit(&mut self, rupees: i64) {
        let provenance = Provenance { by: "test".into(), reason: String::new() };
        let (scope, draft) = (Scope::Strategy(StrategyId(0)), max_loss(rupees));
        self.command(Command::SetRule { scope, draft, provenance });
    }

    fn exit(&mut self, trade: u32) {
        let (trade, reason) = (TradeId(trade), "enough".to_owned());
        self.command(Command::ExitTrade { trade, quantity: None, reason });
    }

    /// A price a second later.
    fn price(&mut self, last: i64) {
        let at = Timestamp(self.at.0 + 1_000_000_000);
        let tick = Tick::last(InstrumentId(0), at, Price::whole(last));
        self.input(Body::Ticks(vec![tick]));
    }

    fn record(&self, name: &str) -> Written {
        let folder = std::env::temp_dir().join(format!("hm-past-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut journal = Journal::create(&folder, &About::new("test"), Timestamp(1)).unwrap();
        journal.append(&self.turns).unwrap();
        Written(folder)
    }
}

/// A journal that goes with the test.
struct Written(PathBuf);

impl Written {
    fn day(&self, day: &str) -> Summary {
        let record = record::open(&self.0).unwrap();
        let day = day_text(day).unwrap();
        days::over(&record, (day, day), None, |_, _| {}).unwrap().summary
    }

    fn changed(&self, set: &str) -> Trial {
        with_changes(&record::open(&self.0).unwrap(), &[set.to_owned()], || ()).unwrap()
    }

    /// With one more limit.
    fn limited(&self, scope: Scope, rupees: i64) -> Trial {
        let record = record::open(&self.0).unwrap();
        with_rule(&record, (scope, max_loss(rupees)), "one more limit".into()).unwrap().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn at(day: &str, hour: i64) -> Timestamp {
    let begin = clock::hours_of(day_text(day).unwrap()).start;
    Timestamp(begin.0 + hour * 3_600_000_000_000)
}

fn max_loss(rupees: i64) -> RuleDraft {
    let amount = Amount::Money(Money::rupees(rupees));
    RuleDraft { spec: RuleSpec::Mtm(MtmRule::MaxLoss { amount }), options: RuleOptions::default() }
}

fn trail(points: i64) -> RuleDraft {
    let by = Distance::Points(Price::whole(points));
    let spec = RuleSpec::Price(PriceRule::Trail { by, arm_at: None });
    RuleDraft { spec, options: RuleOptions::default() }
}

fn rupees(amount: i64) -> Money {
    Money::rupees(amount)
}

/// The trades' part sums to the whole.
fn assert_sums(summary: &Summary) {
    let trades: Money = summary.trades.iter().map(|row| row.pnl).sum();
    assert_eq!(trades, summary.system.as_ref().unwrap().mtm);
}

#[test]
fn a_trade_that_is_carried_makes_on_each_day_what_it_made_then() {
    let mut book = Book::new();
    book.buy("m1", 100);
    book.price(110);
    book.at = at("2026-11-20", 10);
    book.price(105);
    book.exit(0);
    let journal = book.record("carried");
    let first = journal.day("2026-11-19");
    assert_eq!(
        (first.system.as_ref().unwrap().mtm, first.trades[0].pnl),
        (rupees(1_000), rupees(1_000))
    );
    let second = journal.day("2026-11-20");
    assert_eq!(second.trades[0].status, TradeStatus::Closed);
    assert_eq!(
        (second.system.as_ref().unwrap().mtm, second.trades[0].pnl),
        (rupees(-500), rupees(-500))
    );
    for day in [&first, &second] {
        assert_sums(day);
        assert_eq!(day.trades[0].charges, rupees(20), "an order a day");
    }
}

#[test]
fn a_trade_that_was_over_before_the_day_is_not_of_it() {
    let mut book = Book::new();
    book.buy("m1", 100);
    book.price(110);
    book.exit(0);
    book.buy("m2", 110);
    book.at = at("2026-11-20", 10);
    book.price(112);
    let journal = book.record("later");
    let second = journal.day("2026-11-20");
    let ids: Vec<&str> = second.trades.iter().map(|row| &*row.id).collect();
    assert_eq!(ids, ["t1"], "m1 was over before");
    assert_sums(&second);
}

#[test]
fn a_peak_counts_from_the_day_on_where_its_session_began_before() {
    let mut book = Book::new();
    book.buy("m1", 100);
    for price in [160, 120] {
        book.price(price);
    }
    book.at = at("2026-11-20", 10);
    for price in [150, 140] {
        book.price(price);
    }
    let journal = book.record("peaks");
    let first = journal.day("2026-11-19").system.unwrap();
    assert_eq!((first.mtm, first.peak), (rupees(2_000), rupees(6_000)));
    let second = journal.day("2026-11-20").system.unwrap();
    assert_eq!((second.mtm, second.peak), (rupees(2_000), rupees(3_000)));
    let highest = second.peak_at.unwrap();
    assert!(highest.starts_with("2026-11-20T10:00:01"), "{highest}");
    // The curve too is of what the day made.
    let record = record::open(&journal.0).unwrap();
    let day = day_text("2026-11-20").unwrap();
    let curves = days::over(&record, (day, day), Some(4), |_, _| {}).unwrap().curves;
    let columns = &curves.curves[0].columns;
    let seen = || columns.iter().filter(|column| column.seen);
    assert_eq!(seen().map(|column| column.high).max(), Some(rupees(3_000)));
    let last = seen().next_back().unwrap();
    assert_eq!((last.last, last.peak, last.carried), (rupees(2_000), rupees(3_000), rupees(2_000)));
}

#[test]
fn trades_without_names_are_told_apart() {
    let mut book = Book::new();
    book.buy("", 100);
    book.buy_with("", 100, vec![trail(5)]);
    for price in [110, 104, 103] {
        book.price(price);
    }
    let found = book.record("unnamed").changed("trail.by.points=50").difference;
    let moved: Vec<&str> = found.trades.iter().map(|pair| &*pair.id).collect();
    assert_eq!((moved, found.same_trades), (vec!["t1"], 1));
    let pair = &found.trades[0];
    let status = |row: &Option<_>| row.as_ref().map(|row: &summary::TradeRow| row.status);
    assert_eq!(status(&pair.before), Some(TradeStatus::Closed));
    assert_eq!(status(&pair.after), Some(TradeStatus::Open));
}

#[test]
fn a_limit_that_is_far_away_changes_nothing() {
    let mut book = Book::new();
    book.buy_with("m1", 100, vec![trail(5)]);
    book.limit(20_000);
    book.buy_with("m2", 100, vec![trail(9)]);
    for price in [110, 104, 103, 100] {
        book.price(price);
    }
    let scope = Scope::Strategy(StrategyId(0));
    let found = book.record("far").limited(scope, 1_000_000).answer;
    assert_eq!((found.differing, found.differences.first()), (0, None));
}

#[test]
fn a_command_that_was_taken_back_is_taken_back_and_not_the_rule_that_is_tried() {
    // There is nothing to take back but what the trial sets.
    let mut book = Book::empty();
    book.input(Body::Clock);
    book.input(Body::Command { by: "test".into(), command: Command::Undo { command: None } });
    book.set_up();
    book.buy("m1", 100);
    book.price(90);
    let trial = book.record("nothing").limited(Scope::System, 500);
    let rule = trial.rule.unwrap();
    assert!(rule.fired, "{}", rule.sentence);

    // The strategy is taken back, although the trial's rule is the last command.
    let mut book = Book::empty();
    let (name, exit_order) = ("Wrong".to_owned(), ExitOrder::default());
    book.command(Command::CreateStrategy(StrategySpec { name, capital: Money::ZERO, exit_order }));
    book.command(Command::Undo { command: None });
    book.command(Command::Redo);
    let trial = book.record("undone").limited(Scope::System, 500);
    let rule = trial.rule.unwrap();
    assert!(!rule.sentence.contains("removed"), "{}", rule.sentence);
    assert_eq!((trial.answer.differing, trial.answer.differences.first()), (0, None));
}
