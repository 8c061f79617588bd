//! Transcripts: a script of inputs, one a line, and what the engine said to each.
//!
//! Account `a0` (tracking) and strategy `s0` are there; instruments are named as they are first used. Prices in
//! rupees, times in seconds. The words are few: see `Script::line`.

use crate::tell::{events, trade};
pub(crate) use crate::words::draft as price_rule;
use crate::words::{draft, entry, mtm_rule, price_rules, scope};
use highmark_engine::*;
use std::fmt::Write;

/// Runs `script` on a fresh engine and gives the transcript.
pub(crate) fn run(script: &str) -> String {
    Script::new().told(script)
}

pub(crate) fn check(script: &str, expected: expect_test::Expect) {
    expected.assert_eq(&run(script));
}

pub(crate) struct Script {
    pub(crate) engine: Engine,
    pub(crate) at: i64,
    pub(crate) journal: Vec<Event>,
}

impl Script {
    pub(crate) fn new() -> Script {
        let mut script = Script { engine: Engine::new(), at: 1_000_000, journal: Vec::new() };
        script.line("account A");
        script.command(Command::CreateStrategy(strategy("S")));
        script
    }

    pub(crate) fn step(&mut self, body: Body) -> Vec<Event> {
        let events = self.engine.step(Input { at: Timestamp::seconds(self.at), body });
        self.journal.extend(events.iter().cloned());
        events
    }

    pub(crate) fn command(&mut self, command: Command) -> Vec<Event> {
        self.step(Body::Command { by: "test".into(), command })
    }

    pub(crate) fn instrument(&mut self, symbol: &str) -> InstrumentId {
        let mut instruments = self.engine.state().instruments();
        let known = instruments.find(|(_, spec)| spec.symbol == symbol).map(|(id, _)| id);
        drop(instruments);
        known.unwrap_or_else(|| self.define(InstrumentSpec::new(symbol)))
    }

    pub(crate) fn define(&mut self, spec: InstrumentSpec) -> InstrumentId {
        let said = events(&self.command(Command::DefineInstrument(spec)));
        assert_eq!(said, "", "an instrument of a test is sound");
        self.engine.state().instruments().last().unwrap().0
    }

    /// One tick a second later.
    pub(crate) fn tick(&mut self, symbol: &str, last: &str) -> Vec<Event> {
        let instrument = self.instrument(symbol);
        self.at += 1;
        let tick = quote(instrument, self.at, last);
        self.step(Body::Ticks(vec![tick]))
    }

    pub(crate) fn trade(&self, id: u32) -> TradeView {
        self.engine.state().trade_view(TradeId(id)).unwrap()
    }

    pub(crate) fn rule(&self, id: u32) -> RuleView {
        self.engine.state().rule_view(RuleId(id)).unwrap()
    }

    pub(crate) fn scope(&self, scope: Scope, window: Window) -> ScopeView {
        self.engine.state().scope_view(scope, window).unwrap()
    }

    /// Folds the journal into a fresh engine and compares; each fact goes through JSON on its way.
    pub(crate) fn assert_replays(&self) {
        let mut fresh = Engine::new();
        for event in &self.journal {
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(&read, event, "{text}");
            fresh.apply(&read);
        }
        assert!(fresh.state() == self.engine.state(), "folding the journal gives the live state");
        assert_eq!(fresh.state().hash(), self.engine.state().hash());
    }

    /// Runs lines and gives the transcript.
    pub(crate) fn told(&mut self, script: &str) -> String {
        let mut transcript = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let said = self.line(line);
            let answer = if said.is_empty() { String::new() } else { format!(" -> {said}") };
            let _ = writeln!(transcript, "{line}{answer}");
        }
        self.assert_replays();
        transcript
    }

    /// Runs lines for their effect alone.
    pub(crate) fn lines(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
        }
    }

    /// One line:
    /// - `buy|sell QTY SYMBOL @ PRICE|mark|adopt PRICE [on a1] [in s1] [of g0] [[RULE; RULE]]`
    /// - `SYMBOL PRICE...` (a tick a second each; `BID/ASK` or `LAST/BID/ASK` for quotes), `batch SYMBOL=PRICE...`
    /// - `rule [SCOPE] RULE`, `wait SECONDS` (a clock input), `mtm [SCOPE [life]]`, `show TRADE`
    /// - what brokers do, in `Script::broker`; what operators do, in `Script::operator`.
    pub(crate) fn line(&mut self, line: &str) -> String {
        let (head, rules) = line
            .split_once('[')
            .map_or((line, ""), |(head, rules)| (head, rules.trim_end_matches(']')));
        let words: Vec<&str> = head.split_whitespace().collect();
        match words.as_slice() {
            [side @ ("buy" | "sell"), quantity, symbol, "@", rest @ ..] => {
                let new = self.new_trade(side, quantity, symbol, rest, rules);
                events(&self.command(Command::AddTrade(new)))
            }
            ["mtm", rest @ ..] => self.mtm(rest),
            ["show", id] => trade(&self.trade(id[1..].parse().unwrap())),
            ["rule", first, rest @ ..] => {
                let (scope, draft) = match scope(first) {
                    Some(scope) => (scope, draft(&rest.join(" "))),
                    None => (Scope::Strategy(StrategyId(0)), mtm_rule(&line["rule ".len()..])),
                };
                let provenance = Provenance::default();
                events(&self.command(Command::SetRule { scope, draft, provenance }))
            }
            ["wait", seconds] => {
                self.at += seconds.parse::<i64>().unwrap();
                events(&self.step(Body::Clock))
            }
            ["batch", ticks @ ..] => {
                self.at += 1;
                let ticks = ticks.iter().map(|tick| {
                    let (symbol, price) = tick.split_once('=').unwrap();
                    quote(self.instrument(symbol), self.at, price)
                });
                let ticks = ticks.collect::<Vec<_>>();
                events(&self.step(Body::Ticks(ticks)))
            }
            [] => String::new(),
            words => match self.broker(words).or_else(|| self.operator(words, line)) {
                Some(said) => events(&said),
                None => self.prices(words[0], &words[1..]),
            },
        }
    }

    fn prices(&mut self, symbol: &str, prices: &[&str]) -> String {
        let mut said = Vec::new();
        for price in prices {
            let news = events(&self.tick(symbol, price));
            said.push(if news.is_empty() { self.stops(symbol) } else { news });
        }
        said.join(" | ")
    }

    fn new_trade(
        &mut self,
        side: &str,
        quantity: &str,
        symbol: &str,
        rest: &[&str],
        rules: &str,
    ) -> NewTrade {
        let instrument = self.instrument(symbol);
        let number = |letter: &str| -> Option<u32> {
            let at = rest.iter().position(|word| *word == letter)?;
            Some(rest[at + 1][1..].parse().unwrap())
        };
        NewTrade {
            name: String::new(),
            strategy: StrategyId(number("in").unwrap_or(0)),
            account: AccountId(number("on").unwrap_or(0)),
            group: number("of").map(GroupId),
            instrument,
            side: if side == "buy" { Side::Buy } else { Side::Sell },
            quantity: quantity.parse().unwrap(),
            entry: entry(rest),
            rules: price_rules(rules),
        }
    }

    /// `account NAME [orders]`, `fill ID TRADE buy|sell QTY PRICE [CHARGES]`, `entry_rejected TRADE`, `exit_rejected TRADE N`,
    /// `exit_unknown TRADE N`, `position ACCOUNT SYMBOL NET|unknown`, `session VENUE DAY FROM TO` (seconds from now).
    fn broker(&mut self, words: &[&str]) -> Option<Vec<Event>> {
        let intent = |trade: &str, attempt: &str| IntentId {
            trade: TradeId(trade[1..].parse().unwrap()),
            attempt: attempt.parse().unwrap(),
        };
        let news = match words {
            ["fill", id, trade, side, quantity, price, charges @ ..] => OrderNews::Filled(Fill {
                id: (*id).into(),
                trade: TradeId(trade[1..].parse().unwrap()),
                side: if *side == "buy" { Side::Buy } else { Side::Sell },
                quantity: quantity.parse().unwrap(),
                price: price.parse().unwrap(),
                charges: charges.first().map_or(Money::ZERO, |text| text.parse().unwrap()),
                at: Timestamp::seconds(self.at),
            }),
            ["entry_rejected", trade] => OrderNews::EntryRejected {
                trade: TradeId(trade[1..].parse().unwrap()),
                reason: "margin".into(),
            },
            ["exit_rejected", trade, attempt] => {
                OrderNews::ExitRejected { intent: intent(trade, attempt), reason: "margin".into() }
            }
            ["exit_unknown", trade, attempt] => {
                OrderNews::ExitUnknown { intent: intent(trade, attempt) }
            }
            ["position", account, symbol, net] => OrderNews::Position {
                account: AccountId(account[1..].parse().unwrap()),
                instrument: self.instrument(symbol),
                net: net.parse().ok(),
            },
            ["session", venue, day, from, to] => {
                let at = |text: &str| Timestamp::seconds(self.at + text.parse::<i64>().unwrap());
                let venue = VenueId(venue.parse().unwrap());
                let day = Day(day.parse().unwrap());
                let session = Session { venue, day, open: at(from), close: at(to) };
                return Some(self.step(Body::Session(session)));
            }
            _ => return None,
        };
        Some(self.step(Body::Order(news)))
    }

    pub(crate) fn stops(&mut self, symbol: &str) -> String {
        let instrument = self.instrument(symbol);
        let trades = self.engine.state().trade_views();
        let held = trades.filter(|trade| trade.instrument == instrument && trade.status.is_held());
        let stops: Vec<String> =
            held.map(|trade| trade.stop.map_or("none".into(), |stop| stop.to_string())).collect();
        stops.join(" ")
    }

    fn mtm(&self, words: &[&str]) -> String {
        let id =
            words.first().and_then(|word| scope(word)).unwrap_or(Scope::Strategy(StrategyId(0)));
        let window = if words.last() == Some(&"life") { Window::Life } else { Window::Session };
        let view = self.scope(id, window);
        let floor = view.floor.map_or("none".into(), |floor| floor.to_string());
        let uncertain = if view.uncertain { " uncertain" } else { "" };
        format!("mtm {} peak {} floor {floor}{uncertain}", view.mtm, view.peak)
    }
}

pub(crate) fn strategy(name: &str) -> StrategySpec {
    StrategySpec {
        name: name.into(),
        capital: Money::rupees(100_000),
        exit_order: ExitOrder::ShortsFirst,
    }
}

/// `LAST`, `BID/ASK` or `LAST/BID/ASK`; `-` for a price that is not there.
pub(crate) fn quote(instrument: InstrumentId, at: i64, text: &str) -> Tick {
    let prices: Vec<Option<Price>> = text.split('/').map(|price| price.parse().ok()).collect();
    let (last, bid, ask) = match prices.as_slice() {
        [last] => (*last, None, None),
        [bid, ask] => (None, *bid, *ask),
        [last, bid, ask] => (*last, *bid, *ask),
        _ => panic!("no such quote: {text}"),
    };
    Tick { last, bid, ask, ..Tick::last(instrument, Timestamp::seconds(at), Price::ZERO) }
}
