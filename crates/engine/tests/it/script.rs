//! Transcripts: a script of inputs, one a line, and what the engine said to each.
//!
//! One account `A` (tracking), one strategy `S` and instruments named as they are first used; prices in rupees, times in
//! seconds. The words are few: see `Script::line`.

use highmark_engine::*;
use std::fmt::Write;

/// Runs `script` on a fresh engine and gives the transcript.
pub(crate) fn run(script: &str) -> String {
    let mut script_run = Script::new();
    let mut transcript = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let said = script_run.line(line);
        let _ = writeln!(transcript, "{line}{}", if said.is_empty() { String::new() } else { format!(" -> {said}") });
    }
    transcript
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
        script.command(Command::OpenAccount(AccountSpec {
            name: "A".into(),
            fills: FillMode::Tracking,
            starting_balance: Money::rupees(100_000),
            external: ExternalPolicy::NewestFirst,
        }));
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
        let known = self.engine.state().instruments().find(|(_, spec)| spec.symbol == symbol).map(|(id, _)| id);
        known.unwrap_or_else(|| {
            self.command(Command::DefineInstrument(InstrumentSpec::new(symbol)));
            let (id, _) = self.engine.state().instruments().last().unwrap();
            id
        })
    }

    /// One tick a second later.
    pub(crate) fn tick(&mut self, symbol: &str, last: &str) -> Vec<Event> {
        let instrument = self.instrument(symbol);
        self.at += 1;
        let tick = Tick::last(instrument, Timestamp::seconds(self.at), last.parse().unwrap());
        self.step(Body::Ticks(vec![tick]))
    }

    pub(crate) fn trade(&self, id: u32) -> TradeView {
        self.engine.state().trade_view(TradeId(id)).unwrap()
    }

    /// Folds the journal into a fresh engine and compares.
    pub(crate) fn assert_replays(&self) {
        let mut fresh = Engine::new();
        for event in &self.journal {
            fresh.apply(event);
        }
        assert!(fresh.state() == self.engine.state(), "folding the journal gives the live state");
        assert_eq!(fresh.state().hash(), self.engine.state().hash());
    }

    /// `buy|sell QTY SYMBOL @ PRICE [rule; rule]`, `SYMBOL PRICE...` (ticks), `stop T`, `mtm`, or a rule for `S`.
    fn line(&mut self, line: &str) -> String {
        let (head, rules) = line.split_once('[').map_or((line, ""), |(head, rules)| (head, rules.trim_end_matches(']')));
        let words: Vec<&str> = head.split_whitespace().collect();
        match words.as_slice() {
            [side @ ("buy" | "sell"), quantity, symbol, "@", price] => {
                let instrument = self.instrument(symbol);
                let new = NewTrade {
                    name: String::new(),
                    strategy: StrategyId(0),
                    account: AccountId(0),
                    group: None,
                    instrument,
                    side: if *side == "buy" { Side::Buy } else { Side::Sell },
                    quantity: quantity.parse().unwrap(),
                    entry: Entry::Filled { price: price.parse().unwrap() },
                    rules: rules.split(';').filter(|rule| !rule.trim().is_empty()).map(price_rule).collect(),
                };
                let events = self.command(Command::AddTrade(new));
                told(&events)
            }
            ["mtm"] => self.mtm(),
            ["rule", rest @ ..] => {
                let draft = mtm_rule(rest);
                let scope = Scope::Strategy(StrategyId(0));
                let events = self.command(Command::SetRule { scope, draft, provenance: Provenance::default() });
                told(&events)
            }
            [symbol, prices @ ..] => {
                let mut said = Vec::new();
                for price in prices {
                    let events = self.tick(symbol, price);
                    let stops = self.stops(symbol);
                    let news = told(&events);
                    said.push(if news.is_empty() { stops } else { news });
                }
                said.join(" | ")
            }
            [] => String::new(),
        }
    }

    fn stops(&mut self, symbol: &str) -> String {
        let instrument = self.instrument(symbol);
        let trades = self.engine.state().trade_views();
        let held = trades.filter(|trade| trade.instrument == instrument && trade.status.is_held());
        let stops: Vec<String> =
            held.map(|trade| trade.stop.map_or("none".into(), |stop| stop.to_string())).collect();
        stops.join(" ")
    }

    fn mtm(&self) -> String {
        let view = self.engine.state().scope_view(Scope::Strategy(StrategyId(0)), Window::Session).unwrap();
        let floor = view.floor.map_or("none".into(), |floor| floor.to_string());
        format!("mtm {} peak {} floor {floor}", view.mtm, view.peak)
    }
}

pub(crate) fn strategy(name: &str) -> StrategySpec {
    StrategySpec { name: name.into(), capital: Money::rupees(100_000), exit_order: ExitOrder::ShortsFirst }
}

/// What a reader wants to know of a turn.
pub(crate) fn told(events: &[Event]) -> String {
    let lines: Vec<String> = events.iter().filter_map(tell).collect();
    lines.join(", ")
}

fn tell(event: &Event) -> Option<String> {
    Some(match event {
        Event::Refused(refusal) => format!("refused {:?}: {}", refusal.code, refusal.message),
        Event::TickRefused { refusal, .. } => format!("tick refused {refusal}"),
        Event::TickHeld(_) => "held".into(),
        Event::HeldDropped { .. } => "jump refuted".into(),
        Event::HeldAccepted { because, .. } => format!("jump accepted ({because:?})"),
        Event::ExitDecided { intent, quantity, cause } => {
            let level = cause.level.map_or(String::new(), |level| format!(" level {level}"));
            let mark = cause.mark.map_or("no mark".into(), |mark| mark.to_string());
            format!("EXIT {} of {} by {} at {mark}{level}", quantity, intent.trade, cause.reason.name())
        }
        Event::Breached(breach) => format!(
            "BREACH {} {} <> {} ({:?})",
            breach.rule.kind, breach.value, breach.level, breach.action
        ),
        Event::Warned { band, room, .. } => format!("warned at {band} (room {room})"),
        Event::RuleSkipped { level, .. } => format!("skipped {level}"),
        Event::MovedToCost { trade, level, .. } => format!("{trade} to cost {level}"),
        Event::MoveToCostSkipped { trade, because, .. } => format!("{trade} not to cost ({because:?})"),
        Event::TradeCancelled { trade, reason } => format!("{trade} cancelled: {reason}"),
        Event::PriceRuleFired { rule, .. } => format!("fired {}", rule.kind),
        Event::ShutDown { strategy, .. } => format!("{strategy} shut down"),
        Event::WentStale { .. } => "stale".into(),
        Event::Suspected { .. } => "suspect".into(),
        _ => return None,
    })
}

fn points(text: &str) -> Distance {
    Distance::Points(text.parse().unwrap())
}

/// `stop P`, `target P`, `trail D [arm P]`, `keep F`, `step START EVERY MOVE`, `full START EVERY`, `breakeven AT PLUS`.
pub(crate) fn price_rule(text: &str) -> RuleDraft {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["stop", price] => PriceRule::StopLoss { at: Place::Price(price.parse().unwrap()) },
        ["target", price] => PriceRule::Target { at: Place::Price(price.parse().unwrap()) },
        ["trail", by] => PriceRule::Trail { by: points(by), arm_at: None },
        ["trail", by, "arm", at] => {
            PriceRule::Trail { by: points(by), arm_at: Some(ArmAt::Price(at.parse().unwrap())) }
        }
        ["keep", fraction] => PriceRule::Keep { fraction: fraction.parse().unwrap(), arm_at: None },
        ["step", start, every, r#move] => PriceRule::Step {
            start: Place::Price(start.parse().unwrap()),
            every: points(every),
            by: StepBy::WholeSteps { r#move: points(r#move) },
            from: None,
        },
        ["full", start, every] => PriceRule::Step {
            start: Place::Price(start.parse().unwrap()),
            every: points(every),
            by: StepBy::FullMove,
            from: None,
        },
        ["breakeven", at, plus] => PriceRule::BreakEven { at: points(at), plus: plus.parse().unwrap() },
        other => panic!("no such rule: {other:?}"),
    }
    .into()
}

fn money(text: &str) -> Amount {
    Amount::Money(text.parse().unwrap())
}

fn mtm_rule(words: &[&str]) -> RuleDraft {
    match words {
        ["max_loss", amount] => MtmRule::MaxLoss { amount: money(amount) },
        ["target", amount] => MtmRule::Target { amount: money(amount) },
        ["give_back", fraction] => {
            MtmRule::GiveBack { fraction: fraction.parse().unwrap(), arm_at: money("0") }
        }
        ["lock", arm_at, floor] => MtmRule::Lock { arm_at: money(arm_at), floor: money(floor) },
        other => panic!("no such rule: {other:?}"),
    }
    .into()
}
