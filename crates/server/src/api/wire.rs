//! What is sent, as programs read it: money in rupees as text, and once more as a whole number of 1e-4 rupee, rounded
//! down; times in Indian time, and once more in nanoseconds since 1970.

use crate::look;
use crate::service::health;
use highmark_engine::*;
use highmark_play::clock::stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A whole number of 1e-4 rupee, rounded down; what does not fit is the nearest that does.
pub(super) fn x4(money: Money) -> i64 {
    let whole = money.0.div_euclid(1_000_000_000_000);
    i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
}

pub(super) fn text(money: Money) -> String {
    money.to_string()
}

/// The service at a glance; the engine's part is of one turn.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    pub service: Service,
    /// The turn that it is of.
    pub turn: u64,
    #[schema(format = DateTime)]
    pub at: String,
    pub at_ns: i64,
    /// Entries are refused until it is released.
    pub killed: bool,
    /// The whole book; absent for those who are bound to accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<Row>,
    pub accounts: Vec<Row>,
    /// Those with the least room first.
    pub strategies: Vec<Row>,
    pub alarms: Vec<Alarm>,
}

/// A scope in a line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Row {
    /// `system`, `account`, `strategy`.
    pub scope: String,
    /// Of the account or the strategy.
    pub id: Option<u32>,
    pub name: String,
    /// `active`, or why it takes no entries.
    pub state: String,
    pub mtm: String,
    pub mtm_x4: i64,
    pub realised: String,
    pub realised_x4: i64,
    pub unrealised: String,
    pub unrealised_x4: i64,
    pub peak: String,
    pub peak_x4: i64,
    /// The level of mtm at which the nearest rule acts.
    pub floor: Option<String>,
    pub floor_x4: Option<i64>,
    /// How far the value is above it.
    pub room: Option<String>,
    pub room_x4: Option<i64>,
    /// Room as a share of the way from the peak of the nearest rule to its floor, in parts per million.
    pub room_share: Option<i64>,
    /// A mark is missing or stale: the figures are not certain.
    pub uncertain: bool,
    pub open_trades: u32,
    pub total_trades: u32,
}

/// The process.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Service {
    pub version: String,
    /// Starts on this state folder, this one included.
    pub starts: u64,
    #[schema(format = DateTime)]
    pub started: String,
    pub started_ns: i64,
    /// What this start found; absent when nothing was there before.
    pub recovered: Option<Recovered>,
    pub stopping: bool,
    /// `generator`, `replay`, `stdin`, `none`.
    pub feed: String,
    pub feed_ticks: u64,
    pub waiting_requests: usize,
    pub waiting_ticks: usize,
    /// The last turn that is durable.
    pub durable_turn: u64,
    /// The journal stopped at a storage error: nothing is durable any more.
    pub journal_lost: bool,
    /// From the tick that was heard to the exit that is decided, in microseconds.
    pub decision_latency_p50_us: u64,
    pub decision_latency_p99_us: u64,
    pub decision_latency_max_us: u64,
    /// From the tick that was heard to the exit that is durable, in microseconds.
    pub exit_latency_p50_us: u64,
    pub exit_latency_p99_us: u64,
    pub exit_latency_max_us: u64,
}

/// What a start found where another had ended.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Recovered {
    /// The last service ended without saying so.
    pub after_crash: bool,
    /// The engine's clock when it stopped.
    #[schema(format = DateTime)]
    pub stood_at: String,
    pub stood_at_ns: i64,
    pub turn: u64,
    /// Mtm of everything as it stood.
    pub mtm: String,
    pub mtm_x4: i64,
    pub open_trades: usize,
    /// Orders without an answer, placed again.
    pub orders_again: usize,
    /// Facts that an emergency had left.
    pub from_emergency: usize,
}

/// Something that a person has to know.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alarm {
    pub code: String,
    pub message: String,
    pub hint: String,
    #[schema(format = DateTime)]
    pub since: String,
    pub since_ns: i64,
}

/// All strategies.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Strategies {
    /// Those with the least room first.
    pub strategies: Vec<Row>,
}

/// Some trades, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trades {
    pub trades: Vec<Trade>,
    /// What to send as `after` for those that follow; absent at the end. A page may be short, also empty, before that.
    pub next: Option<u32>,
}

/// A round trip.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trade {
    pub id: u32,
    pub name: String,
    pub strategy: u32,
    pub strategy_name: String,
    pub account: u32,
    pub account_name: String,
    pub instrument: u32,
    pub symbol: String,
    /// What a price of one is worth in rupees: mtm is points x quantity x multiplier.
    pub multiplier: u32,
    /// `buy`, `sell`.
    pub side: String,
    /// `pending`, `open`, `exiting`, `closed` and so on.
    pub status: String,
    /// Why it was cancelled, rejected or degraded.
    pub status_reason: Option<String>,
    /// 0 for the first, 1 for its first re-entry.
    pub generation: u32,
    /// All that was ever entered; asked for while pending.
    pub quantity: String,
    pub open: String,
    /// The average price of what was entered.
    pub entry: Option<String>,
    /// The average price of what was exited.
    pub exit: Option<String>,
    /// Why it was exited, in a word.
    pub exit_reason: Option<String>,
    pub mark: Option<String>,
    pub best: Option<String>,
    /// The tightest stop, rounded toward the market.
    pub stop: Option<String>,
    pub target: Option<String>,
    pub realised: String,
    pub realised_x4: i64,
    /// Absent without a mark.
    pub unrealised: Option<String>,
    pub unrealised_x4: Option<i64>,
    pub mtm: String,
    pub mtm_x4: i64,
    pub charges: String,
    pub charges_x4: i64,
    #[schema(format = DateTime)]
    pub opened_at: Option<String>,
    pub opened_at_ns: Option<i64>,
    #[schema(format = DateTime)]
    pub closed_at: Option<String>,
    pub closed_at_ns: Option<i64>,
    /// The ids of its rules.
    pub rules: Vec<u32>,
}

/// A trade as the engine shows it, with the names that a person knows it by.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    #[serde(flatten)]
    view: TradeView,
    strategy_name: String,
    account_name: String,
    symbol: String,
    multiplier: u32,
}

impl Named {
    pub(super) fn new(
        view: TradeView,
        strategy_name: String,
        account_name: String,
        (symbol, multiplier): (String, u32),
    ) -> Named {
        Named { view, strategy_name, account_name, symbol, multiplier }
    }

    pub(super) fn account(&self) -> AccountId {
        self.view.account
    }
}

/// All instruments.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Instruments {
    pub instruments: Vec<Instrument>,
}

/// What is traded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Instrument {
    pub id: u32,
    pub symbol: String,
    pub tick_size: String,
    pub lot_size: String,
    /// Units of the underlying in one unit of quantity.
    pub multiplier: u32,
    pub mark: Option<String>,
    /// It has had no tick for longer than it may.
    pub stale: bool,
}

/// An instrument as the engine shows it.
#[derive(Debug, Deserialize)]
pub(super) struct Marked {
    id: InstrumentId,
    spec: InstrumentSpec,
    mark: Option<Price>,
    stale: bool,
}

/// What was asked was done, and is durable.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Done {
    /// The turn in which it was done.
    pub turn: u64,
    /// What followed from it, in sentences.
    pub told: Vec<String>,
}

/// A part of the service that answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `live`, `ready`.
    pub status: &'static str,
}

/// How the service does, for programs that watch it; nothing of the desk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct State {
    /// `ok`, `alarmed`.
    pub status: &'static str,
    pub stopping: bool,
    pub journal_lost: bool,
    pub durable_turn: u64,
    /// The codes of the alarms that sound.
    pub alarms: Vec<String>,
}

impl Status {
    pub(super) fn of(status: look::Status) -> Option<Status> {
        Some(Status {
            service: Service::of(status.service?),
            turn: status.turn,
            at: stamp(status.at),
            at_ns: status.at.0,
            killed: status.killed,
            system: Some(Row::of(status.system)),
            accounts: status.accounts.into_iter().map(Row::of).collect(),
            strategies: status.strategies.into_iter().map(Row::of).collect(),
            alarms: status.alarms.into_iter().map(Alarm::of).collect(),
        })
    }
}

impl Service {
    fn of(service: look::ServiceStatus) -> Service {
        Service {
            version: service.version,
            starts: service.starts,
            started: stamp(service.started),
            started_ns: service.started.0,
            recovered: service.recovered.map(Recovered::of),
            stopping: service.stopping,
            feed: service.feed.kind,
            feed_ticks: service.feed.ticks,
            waiting_requests: service.queue.urgent,
            waiting_ticks: service.queue.ticks,
            durable_turn: service.journal.durable_turn,
            journal_lost: service.journal.lost,
            decision_latency_p50_us: service.decision_latency.p50,
            decision_latency_p99_us: service.decision_latency.p99,
            decision_latency_max_us: service.decision_latency.max,
            exit_latency_p50_us: service.exit_latency.p50,
            exit_latency_p99_us: service.exit_latency.p99,
            exit_latency_max_us: service.exit_latency.max,
        }
    }
}

impl Recovered {
    fn of(recovered: look::Recovered) -> Recovered {
        Recovered {
            after_crash: recovered.after_crash,
            stood_at: stamp(recovered.stood_at),
            stood_at_ns: recovered.stood_at.0,
            turn: recovered.turn,
            mtm: text(recovered.mtm),
            mtm_x4: x4(recovered.mtm),
            open_trades: recovered.open_trades,
            orders_again: recovered.orders_again,
            from_emergency: recovered.from_emergency,
        }
    }
}

impl Alarm {
    pub(super) fn of(alarm: health::Alarm) -> Alarm {
        Alarm {
            code: alarm.code,
            message: alarm.message,
            hint: alarm.hint,
            since: stamp(Timestamp(alarm.since)),
            since_ns: alarm.since,
        }
    }
}

impl Row {
    pub(super) fn of(row: look::Row) -> Row {
        let (scope, id) = match row.scope {
            Scope::Trade(id) => ("trade", Some(id.0)),
            Scope::Group(id) => ("group", Some(id.0)),
            Scope::Strategy(id) => ("strategy", Some(id.0)),
            Scope::Account(id) => ("account", Some(id.0)),
            Scope::System => ("system", None),
        };
        Row {
            scope: scope.to_owned(),
            id,
            name: row.name,
            state: row.state,
            mtm: text(row.mtm),
            mtm_x4: x4(row.mtm),
            realised: text(row.realised),
            realised_x4: x4(row.realised),
            unrealised: text(row.unrealised),
            unrealised_x4: x4(row.unrealised),
            peak: text(row.peak),
            peak_x4: x4(row.peak),
            floor: row.floor.map(text),
            floor_x4: row.floor.map(x4),
            room: row.room.map(text),
            room_x4: row.room.map(x4),
            room_share: row.room_share,
            uncertain: row.uncertain,
            open_trades: row.open_trades,
            total_trades: row.total_trades,
        }
    }
}

impl Trade {
    pub(super) fn of(named: Named) -> Trade {
        let view = named.view;
        let price = |price: Option<Price>| price.map(|price| price.to_string());
        Trade {
            id: view.id.0,
            exit_reason: view.exit_reason().map(|reason| reason.name().to_owned()),
            name: view.name,
            strategy: view.strategy.0,
            strategy_name: named.strategy_name,
            account: view.account.0,
            account_name: named.account_name,
            instrument: view.instrument.0,
            symbol: named.symbol,
            multiplier: named.multiplier,
            side: match view.side {
                Side::Buy => "buy".to_owned(),
                Side::Sell => "sell".to_owned(),
            },
            status: view.status.to_string(),
            status_reason: view.status_reason,
            generation: view.generation,
            quantity: view.quantity.to_string(),
            open: view.open.to_string(),
            entry: price(view.entry),
            exit: price(view.exit),
            mark: price(view.mark),
            best: price(view.best),
            stop: price(view.stop),
            target: price(view.target),
            realised: text(view.realised),
            realised_x4: x4(view.realised),
            unrealised: view.unrealised.map(text),
            unrealised_x4: view.unrealised.map(x4),
            mtm: text(view.mtm),
            mtm_x4: x4(view.mtm),
            charges: text(view.charges),
            charges_x4: x4(view.charges),
            opened_at: view.opened_at.map(stamp),
            opened_at_ns: view.opened_at.map(|at| at.0),
            closed_at: view.closed_at.map(stamp),
            closed_at_ns: view.closed_at.map(|at| at.0),
            rules: view.rules.iter().map(|rule| rule.0).collect(),
        }
    }
}

impl Instrument {
    pub(super) fn of(marked: Marked) -> Instrument {
        Instrument {
            id: marked.id.0,
            symbol: marked.spec.symbol,
            tick_size: marked.spec.tick_size.to_string(),
            lot_size: marked.spec.lot_size.to_string(),
            multiplier: marked.spec.multiplier,
            mark: marked.mark.map(|mark| mark.to_string()),
            stale: marked.stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_text_and_a_whole_number_rounded_down() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(x4(money("4820")), 48_200_000);
        assert_eq!(x4(money("0.00019")), 1);
        assert_eq!(x4(money("-0.00019")), -2);
        assert_eq!(x4(money("3000000000000000000000")), i64::MAX);
        assert_eq!(x4(money("-3000000000000000000000")), i64::MIN);
        assert_eq!(text(money("4820.50")), "4820.5");
    }
}
