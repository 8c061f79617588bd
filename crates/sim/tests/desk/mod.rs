//! A desk for worked tables: one path of prices, what the engine says and what the oracle says, line by line.

#![allow(dead_code, reason = "each test file uses its part of the desk")]

use highmark_engine::*;
use highmark_sim::fact::Fact;
use highmark_sim::oracle::Oracle;
use std::fmt::Write;

pub(crate) const INSTRUMENT: InstrumentId = InstrumentId(0);
pub(crate) const ACCOUNT: AccountId = AccountId(0);
pub(crate) const STRATEGY: StrategyId = StrategyId(0);
pub(crate) const TRADE: TradeId = TradeId(0);

pub(crate) fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

pub(crate) fn points(text: &str) -> Distance {
    Distance::Points(price(text))
}

pub(crate) fn rupees(amount: i64) -> Amount {
    Amount::Money(Money::rupees(amount))
}

pub(crate) fn percent(percent: u32) -> Fraction {
    Fraction::percent(percent)
}

pub(crate) fn life(rule: MtmRule) -> RuleDraft {
    let options = RuleOptions { window: Window::Life, ..RuleOptions::default() };
    RuleDraft { spec: RuleSpec::Mtm(rule), options }
}

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) oracle: Oracle,
    pub(crate) now: Timestamp,
    pub(crate) text: String,
}

impl Desk {
    /// One instrument, one tracking account with 50,000, one strategy; nothing written yet.
    pub(crate) fn new() -> Desk {
        let mut desk = Desk {
            engine: Engine::new(),
            oracle: Oracle::new(),
            now: Timestamp::seconds(1_750_000_000),
            text: String::new(),
        };
        desk.ask(Command::DefineInstrument(InstrumentSpec::new("X")));
        desk.ask(Command::OpenAccount(AccountSpec {
            name: "account".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(50_000),
            external: ExternalPolicy::NewestFirst,
        }));
        desk.ask(Command::CreateStrategy(StrategySpec {
            name: "strategy".into(),
            capital: Money::rupees(50_000),
            exit_order: ExitOrder::ShortsFirst,
        }));
        desk.text.clear();
        desk
    }

    /// A desk with one trade at `entry`, protected by `rules`.
    pub(crate) fn with_trade(
        side: Side,
        quantity: i64,
        entry: &str,
        rules: Vec<RuleDraft>,
    ) -> Desk {
        let mut desk = Desk::new();
        desk.add(side, quantity, entry, rules);
        desk
    }

    pub(crate) fn add(&mut self, side: Side, quantity: i64, entry: &str, rules: Vec<RuleDraft>) {
        self.ask(Command::AddTrade(NewTrade {
            name: String::new(),
            strategy: STRATEGY,
            account: ACCOUNT,
            group: None,
            instrument: INSTRUMENT,
            side,
            quantity: Quantity::whole(quantity),
            entry: Entry::Filled { price: price(entry) },
            rules,
        }));
    }

    pub(crate) fn set(&mut self, scope: Scope, draft: impl Into<RuleDraft>) {
        let provenance = Provenance::default();
        self.ask(Command::SetRule { scope, draft: draft.into(), provenance });
    }

    pub(crate) fn ask(&mut self, command: Command) {
        self.step(Body::Command { by: "test".into(), command });
    }

    pub(crate) fn step(&mut self, body: Body) {
        let input = Input { at: self.now, body };
        let events = self.engine.step(input.clone());
        let engine: Vec<Fact> = events.iter().filter_map(Fact::of).collect();
        let oracle = self.oracle.step(&input);
        highmark_sim::compare::same_facts(&engine, &oracle).unwrap_or_else(|difference| {
            panic!("{difference}\nso far:\n{}", self.text);
        });
        for fact in oracle {
            self.write(&fact);
        }
    }

    fn write(&mut self, fact: &Fact) {
        let text = &mut self.text;
        let done = match fact {
            Fact::Exit { trade, quantity, reason, .. } => {
                writeln!(text, "> exit {trade} {quantity} {reason}")
            }
            Fact::Filled { trade, side, quantity, price } => {
                writeln!(text, "> {side:?} {trade} {quantity} at {price}")
            }
            Fact::Breached { rule, value, level, .. } => {
                writeln!(text, "> breach {rule} {value} against {level}")
            }
            Fact::Refused(code) => writeln!(text, "> refused {code:?}"),
            Fact::Fired(rule) => writeln!(text, "> fired {rule}"),
            Fact::Skipped(rule) => writeln!(text, "> skipped {rule}"),
            Fact::ShutDown(strategy) => writeln!(text, "> shut down {strategy}"),
            Fact::Held(instrument) => writeln!(text, "> held {instrument}"),
            Fact::HeldAccepted(instrument) => writeln!(text, "> accepted {instrument}"),
            _ => Ok(()),
        };
        done.expect("text takes all");
    }

    pub(crate) fn tick(&mut self, last: &str) {
        self.now = Timestamp(self.now.0 + SECOND);
        let tick = Tick::last(INSTRUMENT, self.now, price(last));
        self.step(Body::Ticks(vec![tick]));
    }

    /// Walks the path and writes mark, best and stop of the first trade.
    pub(crate) fn walk(&mut self, path: &[&str]) -> String {
        for last in path {
            self.tick(last);
            let seen = self.oracle.trade_figures(TRADE);
            let engine = self.engine.state().trade_view(TRADE).expect("the trade");
            assert_eq!((engine.best, engine.stop), (seen.best, seen.stop), "at {last}");
            let show =
                |price: Option<Price>| price.map_or("none".into(), |price| price.to_string());
            writeln!(self.text, "{last}: best {} stop {}", show(seen.best), show(seen.stop))
                .expect("text takes all");
            if seen.status == TradeStatus::Closed {
                break;
            }
        }
        std::mem::take(&mut self.text)
    }

    /// Walks the mtm of the first trade, of quantity 1 and entry 100,000, along a path in rupees.
    pub(crate) fn walk_mtm(&mut self, rule: RuleId, path: &[i64]) -> String {
        for mtm in path {
            self.tick(&(100_000 + mtm).to_string());
            let seen = self.oracle.rule_figures(rule);
            if !seen.fired {
                let engine = self.engine.state().rule_view(rule).expect("the rule");
                let peak = seen.peak.and(engine.peak);
                assert_eq!((engine.floor, peak), (seen.floor, seen.peak), "at {mtm}");
            }
            let floor = seen.floor.map_or("none".into(), |floor| floor.to_string());
            writeln!(self.text, "{mtm}: floor {floor}").expect("text takes all");
            if seen.fired {
                break;
            }
        }
        std::mem::take(&mut self.text)
    }
}

/// A strategy rule on a trade of quantity 1 at 100,000, so that mtm is the mark less 100,000.
pub(crate) fn mtm_desk(draft: impl Into<RuleDraft>) -> Desk {
    let mut desk = Desk::with_trade(Side::Buy, 1, "100000", vec![]);
    desk.set(Scope::Strategy(STRATEGY), draft);
    desk
}
