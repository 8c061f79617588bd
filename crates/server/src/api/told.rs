//! What is told of the past, as programs read it: explanations, reports, differences. Money stands as in `wire`; times
//! are text alone.

use super::wire::{text, x4};
use highmark_engine::{Money, Price};
use highmark_play::difference;
use highmark_play::explain;
use highmark_play::summary;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Why something fired, or what would make it fire and how far away that is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Explanation {
    /// Its name.
    subject: String,
    /// `t5`, `s1`, `r3`, `system`.
    id: String,
    /// The time as of which it is answered.
    at: String,
    /// All of it as text, as `highmark explain` prints it.
    text: String,
    trade: Option<TradeRow>,
    scope: Option<ScopeRow>,
    /// The rules of the subject itself.
    rules: Vec<Rule>,
    /// The rules of wider scopes that may act on it.
    wider: Vec<Rule>,
    /// What happened to it, in order.
    history: Vec<Action>,
}

/// One rule: fired, with the numbers that were compared, or not, with what is missing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Rule {
    id: String,
    /// `trail`, `max_loss` and so on.
    kind: String,
    /// The name of what it stands on.
    scope: String,
    version: u32,
    /// The rule in words.
    words: String,
    set_by: String,
    set_at: String,
    fired: bool,
    /// What it waits for, in a word: `level`, `arming_price`, `mark`; empty once it has fired.
    waits_for: String,
    /// Why it fired, or why not.
    sentence: String,
    compared: Compared,
    room: Option<String>,
    room_x4: Option<i64>,
    /// How far the mark is from the level.
    room_points: Option<String>,
    /// Of the mark for a price, of the way from peak to floor for mtm.
    room_percent: Option<String>,
    /// What came of it.
    followed: Vec<String>,
}

/// The numbers behind a sentence: what was compared as the rule fired, or else what is compared now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Compared {
    /// When it fired.
    at: Option<String>,
    mark: Option<String>,
    /// Of a price.
    level: Option<String>,
    best: Option<String>,
    best_at: Option<String>,
    value: Option<String>,
    value_x4: Option<i64>,
    /// Of money: the floor, or the target.
    floor: Option<String>,
    floor_x4: Option<i64>,
    peak: Option<String>,
    peak_x4: Option<i64>,
    peak_at: Option<String>,
    /// Some leg had no fresh mark.
    uncertain: bool,
}

/// Something that a rule or a person did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Action {
    at: String,
    /// `exit`, `fired`, `breach`, `kill` and so on.
    kind: String,
    /// Its id.
    scope: String,
    /// The kind of rule that did it.
    rule: Option<String>,
    text: String,
}

/// What was made on a day, or on some.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Report {
    name: String,
    from: Option<String>,
    to: Option<String>,
    killed: bool,
    system: Option<ScopeRow>,
    accounts: Vec<ScopeRow>,
    strategies: Vec<ScopeRow>,
    groups: Vec<ScopeRow>,
    /// Those that lived on these days.
    trades: Vec<TradeRow>,
    actions: Vec<Action>,
    /// What was asked for and could not be done.
    notes: Vec<Note>,
    ticks: u64,
    /// Ticks that were refused, by why.
    ticks_refused: BTreeMap<String, u64>,
}

/// Something that could not be done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Note {
    at: String,
    about: String,
    code: String,
    message: String,
    hint: String,
}

/// A round trip.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TradeRow {
    id: String,
    name: String,
    strategy: String,
    account: String,
    group: Option<String>,
    symbol: String,
    /// `buy`, `sell`.
    side: String,
    quantity: String,
    generation: u32,
    status: String,
    entry: Option<String>,
    entered_at: Option<String>,
    exit: Option<String>,
    exited_at: Option<String>,
    /// The rule or what else ended it, in one word.
    reason: Option<String>,
    /// The id of that rule.
    rule: Option<String>,
    best: Option<String>,
    best_at: Option<String>,
    /// The tightest stop, as it stood at the exit.
    stop_at_exit: Option<String>,
    /// Since the entry; in a report of a day, what it made on that day.
    pnl: String,
    pnl_x4: i64,
    /// As `pnl`.
    charges: String,
    charges_x4: i64,
}

/// A strategy, account or group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ScopeRow {
    id: String,
    name: String,
    mtm: String,
    mtm_x4: i64,
    realised: String,
    realised_x4: i64,
    unrealised: String,
    unrealised_x4: i64,
    peak: String,
    peak_x4: i64,
    peak_at: Option<String>,
    floor: Option<String>,
    floor_x4: Option<i64>,
    room: Option<String>,
    room_x4: Option<i64>,
    /// The kind of rule whose floor is nearest.
    nearest: Option<String>,
    state: String,
    open_trades: u32,
    total_trades: u32,
    uncertain: bool,
}

/// How a day would have gone otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Difference {
    /// What was changed.
    sets: Vec<String>,
    same_trades: usize,
    trades: Vec<TradePair>,
    strategies: Vec<ScopePair>,
    /// Of all strategies.
    mtm_before: String,
    mtm_before_x4: i64,
    mtm_after: String,
    mtm_after_x4: i64,
}

/// A trade that would have gone otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TradePair {
    id: String,
    name: String,
    /// As it was; absent when it was not there.
    before: Option<TradeRow>,
    after: Option<TradeRow>,
}

/// A strategy that would have ended otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ScopePair {
    name: String,
    before: ScopeRow,
    after: ScopeRow,
}

fn price(price: Option<Price>) -> Option<String> {
    price.map(|price| price.to_string())
}

fn money(money: Option<Money>) -> (Option<String>, Option<i64>) {
    (money.map(text), money.map(x4))
}

impl Explanation {
    pub(super) fn of(told: explain::Explanation) -> Explanation {
        Explanation {
            text: explain::text_of(&told),
            subject: told.subject,
            id: told.id,
            at: told.at,
            trade: told.trade.map(TradeRow::of),
            scope: told.scope.map(ScopeRow::of),
            rules: told.rules.into_iter().map(Rule::of).collect(),
            wider: told.wider.into_iter().map(Rule::of).collect(),
            history: told.history.into_iter().map(Action::of).collect(),
        }
    }
}

impl Rule {
    pub(super) fn of(rule: explain::RuleAnswer) -> Rule {
        let (room, room_x4) = money(rule.room);
        Rule {
            id: rule.id,
            kind: rule.kind,
            scope: rule.scope,
            version: rule.version,
            words: rule.parameters,
            set_by: rule.set_by,
            set_at: rule.set_at,
            fired: rule.fired,
            waits_for: rule.waits_for,
            sentence: rule.sentence,
            compared: Compared::of(rule.compared),
            room,
            room_x4,
            room_points: price(rule.room_points),
            room_percent: rule.room_percent,
            followed: rule.followed,
        }
    }
}

impl Compared {
    fn of(compared: explain::Compared) -> Compared {
        let (value, value_x4) = money(compared.value);
        let (floor, floor_x4) = money(compared.floor);
        let (peak, peak_x4) = money(compared.peak);
        Compared {
            at: compared.at,
            mark: price(compared.mark),
            level: price(compared.level),
            best: price(compared.best),
            best_at: compared.best_at,
            value,
            value_x4,
            floor,
            floor_x4,
            peak,
            peak_x4,
            peak_at: compared.peak_at,
            uncertain: compared.uncertain,
        }
    }
}

impl Action {
    fn of(row: summary::ActionRow) -> Action {
        let summary::ActionRow { at, kind, scope, rule, text } = row;
        Action { at, kind, scope, rule, text }
    }
}

impl Report {
    pub(super) fn of(summary: summary::Summary) -> Report {
        let rows = |rows: Vec<summary::ScopeRow>| rows.into_iter().map(ScopeRow::of).collect();
        let note = |row: summary::NoteRow| {
            let summary::NoteRow { at, about, code, message, hint, command: _ } = row;
            Note { at, about, code, message, hint }
        };
        Report {
            name: summary.name,
            from: summary.from,
            to: summary.to,
            killed: summary.killed,
            system: summary.system.map(ScopeRow::of),
            accounts: rows(summary.accounts),
            strategies: rows(summary.strategies),
            groups: rows(summary.groups),
            trades: summary.trades.into_iter().map(TradeRow::of).collect(),
            actions: summary.actions.into_iter().map(Action::of).collect(),
            notes: summary.notes.into_iter().map(note).collect(),
            ticks: summary.ticks.accepted,
            ticks_refused: summary.ticks.refused,
        }
    }
}

impl TradeRow {
    fn of(row: summary::TradeRow) -> TradeRow {
        let side = match row.side {
            highmark_engine::Side::Buy => "buy",
            highmark_engine::Side::Sell => "sell",
        };
        TradeRow {
            id: row.id,
            name: row.name,
            strategy: row.strategy,
            account: row.account,
            group: row.group,
            symbol: row.symbol,
            side: side.to_owned(),
            quantity: row.quantity.to_string(),
            generation: row.generation,
            status: row.status.name().to_owned(),
            entry: price(row.entry),
            entered_at: row.entered_at,
            exit: price(row.exit),
            exited_at: row.exited_at,
            reason: row.reason,
            rule: row.rule,
            best: price(row.best),
            best_at: row.best_at,
            stop_at_exit: price(row.stop_at_exit),
            pnl: text(row.pnl),
            pnl_x4: x4(row.pnl),
            charges: text(row.charges),
            charges_x4: x4(row.charges),
        }
    }
}

impl ScopeRow {
    fn of(row: summary::ScopeRow) -> ScopeRow {
        let (floor, floor_x4) = money(row.floor);
        let (room, room_x4) = money(row.room);
        ScopeRow {
            id: row.id,
            name: row.name,
            mtm: text(row.mtm),
            mtm_x4: x4(row.mtm),
            realised: text(row.realised),
            realised_x4: x4(row.realised),
            unrealised: text(row.unrealised),
            unrealised_x4: x4(row.unrealised),
            peak: text(row.peak),
            peak_x4: x4(row.peak),
            peak_at: row.peak_at,
            floor,
            floor_x4,
            room,
            room_x4,
            nearest: row.nearest,
            state: row.state,
            open_trades: row.open_trades,
            total_trades: row.total_trades,
            uncertain: row.uncertain,
        }
    }
}

impl Difference {
    pub(super) fn of(found: difference::Difference) -> Difference {
        let trade = |pair: difference::TradePair| TradePair {
            id: pair.id,
            name: pair.name,
            before: pair.before.map(TradeRow::of),
            after: pair.after.map(TradeRow::of),
        };
        let scope = |pair: difference::ScopePair| ScopePair {
            name: pair.name,
            before: ScopeRow::of(pair.before),
            after: ScopeRow::of(pair.after),
        };
        let (before, after) = found.total;
        Difference {
            sets: found.sets,
            same_trades: found.same_trades,
            trades: found.trades.into_iter().map(trade).collect(),
            strategies: found.strategies.into_iter().map(scope).collect(),
            mtm_before: text(before),
            mtm_before_x4: x4(before),
            mtm_after: text(after),
            mtm_after_x4: x4(after),
        }
    }
}
