//! Acting: each is answered once it is durable.

use super::raises::{Wish, order_or_ask};
use super::rules::draft;
use super::take::Id;
use crate::api::body::{Json, Sent, bad_field, name, plain, plain_if, reason, reason_at_all};
use crate::api::callers::Caller;
use crate::api::desk::{Desk, Shared};
use crate::api::own::{Part, not_there};
use crate::api::problem::Problem;
use crate::api::wire::Done;
use crate::socket::protocol::{Ask, Given, Look, Outcome, Pushed};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use highmark_engine::*;
use highmark_play::names::Subject;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

pub(super) type Answered = Result<Json<Done>, Problem>;

/// Prices from outside any feed, judged together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    prices: Vec<Quoted>,
}

/// A price of one symbol; at least one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Quoted {
    symbol: String,
    /// In rupees, as text.
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    last: Option<Price>,
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    bid: Option<Price>,
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    ask: Option<Price>,
    /// Exchange time in nanoseconds since 1970; now, when absent.
    at_ns: Option<i64>,
}

/// A trade to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entering {
    /// A label of one's own.
    #[serde(default, deserialize_with = "name")]
    name: String,
    /// The id of a strategy.
    strategy: u32,
    /// The id of an account.
    account: u32,
    /// The id of an instrument.
    instrument: u32,
    #[schema(value_type = SideWord)]
    side: Side,
    /// Above zero and in whole lots, as text.
    #[serde(deserialize_with = "plain")]
    #[schema(value_type = String)]
    quantity: Quantity,
    /// Already filled at this price; by an order, or at the mark, when absent.
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    price: Option<Price>,
    /// Rules in the words of a scenario: `trail by=60`.
    #[serde(default)]
    rules: Vec<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the engine's `Side`")]
enum SideWord {
    Buy,
    Sell,
}

/// An exit of all of a trade, or of some of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exiting {
    /// All that is open, when absent.
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    quantity: Option<Quantity>,
    /// The record keeps it.
    #[serde(deserialize_with = "reason")]
    reason: String,
}

/// Why; the record keeps it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    #[serde(deserialize_with = "reason")]
    pub(super) reason: String,
}

/// Why; the record keeps it, on one line and at most 1,000 bytes of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Killing {
    #[serde(deserialize_with = "reason_at_all")]
    reason: String,
}

/// Why, and the word that shows that it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Releasing {
    #[serde(deserialize_with = "reason")]
    reason: String,
    /// The word `release`.
    confirm: String,
    /// Of the second factor, once somebody who may release has enrolled.
    code: Option<String>,
}

/// Which command to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Undoing {
    /// Its number; the last one, when absent.
    command: Option<u32>,
}

/// Nothing has to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// As [`order`], if what was looked at still stands so.
pub(super) async fn order_given(
    desk: &Desk,
    caller: &Caller,
    (command, given): (Command, Option<Given>),
) -> Answered {
    let Some(given) = given else { return order(desk, caller, command).await };
    let ask = Ask::Given { by: caller.by(), command: Box::new(command), given };
    done(desk, caller, ask).await
}

pub(super) async fn order(desk: &Desk, caller: &Caller, command: Command) -> Answered {
    done(desk, caller, Ask::Command { by: caller.by(), command: Box::new(command) }).await
}

/// Has it done. Whoever is bound to accounts is told what became of theirs alone.
async fn done(desk: &Desk, caller: &Caller, ask: Ask) -> Answered {
    let Outcome { events, told, turn } = desk.done(ask).await?;
    let told = match caller.bound() {
        None => told,
        // It is done: who cannot be told of it now still hears that.
        Some(names) => told_of_theirs(desk, names, events).await.unwrap_or_default(),
    };
    Ok(Json(Done { turn, told }))
}

async fn told_of_theirs(
    desk: &Desk,
    names: Arc<[String]>,
    events: Vec<Event>,
) -> Result<Vec<String>, Problem> {
    let theirs = desk.streams.theirs(names).await?;
    desk.see(move |state| theirs.told(state, &events)).await
}

/// What is not there is what the address names.
pub(super) fn of_address(problem: Problem) -> Problem {
    if problem.status() == StatusCode::NOT_FOUND { problem.on("id") } else { problem }
}

/// Push prices.
#[utoipa::path(
    post,
    path = "/api/v1/prices",
    request_body = Prices,
    responses((status = 200, body = Done))
)]
pub(super) async fn push(State(desk): State<Shared>, Sent(prices): Sent<Prices>) -> Answered {
    if prices.prices.is_empty() {
        return Err(bad_field("prices", "there is no price"));
    }
    let pushed = prices.prices.into_iter().map(|quoted| Pushed {
        symbol: quoted.symbol,
        last: quoted.last,
        bid: quoted.bid,
        ask: quoted.ask,
        volume: None,
        at: quoted.at_ns.map(Timestamp),
    });
    let Outcome { told, turn, .. } = desk.done(Ask::Push(pushed.collect())).await?;
    Ok(Json(Done { turn, told }))
}

/// Enter a trade.
#[utoipa::path(
    post,
    path = "/api/v1/trades",
    request_body = Entering,
    responses((status = 200, body = Done))
)]
pub(super) async fn enter(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(part): Extension<Part>,
    Sent(entering): Sent<Entering>,
) -> Answered {
    let (strategy, account) = (StrategyId(entering.strategy), AccountId(entering.account));
    for (scope, field) in
        [(Scope::Strategy(strategy), "strategy"), (Scope::Account(account), "account")]
    {
        desk.must_have(&part, Subject::Scope(scope), field).await?;
    }
    let instrument = InstrumentId(entering.instrument);
    if let Some(price) = entering.price {
        let mark = desk.see(move |state| state.mark(instrument)).await?;
        if let Some(mark) = mark.filter(|mark| is_far(price, *mark)) {
            return Err(collar(price, mark));
        }
    }
    let rules = entering.rules.iter().enumerate();
    let rules = rules.map(|(at, rule)| draft(rule, true, format!("rules[{at}]")));
    let trade = NewTrade {
        name: entering.name,
        strategy,
        account,
        group: None,
        instrument,
        side: entering.side,
        quantity: entering.quantity,
        entry: entering.price.map_or(Entry::AtMark, |price| Entry::Filled { price }),
        rules: rules.collect::<Result<_, _>>()?,
    };
    order(&desk, &caller, Command::AddTrade(trade)).await
}

/// How many times the mark, or which part of it, a fill that is reported is taken for a slip of the hand.
const COLLAR: i128 = 10;

fn is_far(price: Price, mark: Price) -> bool {
    let (price, mark) = (i128::from(price.0), i128::from(mark.0));
    // What is no price at all is refused by the engine.
    price > 0 && mark > 0 && (price >= mark * COLLAR || price * COLLAR <= mark)
}

fn collar(price: Price, mark: Price) -> Problem {
    let detail = format!(
        "{price} is asked for and the mark is {mark}: a fill at {COLLAR} times that or a tenth of it is taken for a slip"
    );
    let hint = "look at the point and the symbol; what is right all the same is taken up on the machine itself: `highmark trade add ... --held-at PRICE`";
    Problem::new(StatusCode::CONFLICT, "PRICE_COLLAR", detail, hint).on("price")
}

/// Exit a trade. All of one that has ended already, or is on its way out, is answered as done; while a part leaves, all
/// that it leaves behind follows it.
#[utoipa::path(
    post,
    path = "/api/v1/trades/{id}/exit",
    params(("id" = u32, Path)),
    request_body = Exiting,
    responses((status = 200, body = Done))
)]
pub(super) async fn exit(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(exiting): Sent<Exiting>,
) -> Answered {
    let trade = TradeId(id);
    let Exiting { quantity, reason } = exiting;
    match order(&desk, &caller, Command::ExitTrade { trade, quantity, reason }).await {
        Err(problem) if problem.status() == StatusCode::CONFLICT && quantity.is_none() => {
            let found = desk.look(Ask::Look(Look::Trade(trade))).await?;
            let turn = desk.durable();
            let told = match found["status"].as_str() {
                Some("closed") => format!("trade {id} had ended already"),
                Some("exiting") => format!("trade {id} is on its way out already"),
                _ => return Err(problem),
            };
            Ok(Json(Done { turn, told: vec![told] }))
        }
        answered => answered.map_err(of_address),
    }
}

/// Exit all that a strategy holds, shorts first unless it goes by id, and cancel what waits to be entered. What is on
/// its way out already goes on.
#[utoipa::path(
    post,
    path = "/api/v1/strategies/{id}/exit",
    params(("id" = u32, Path)),
    request_body = Reason,
    responses((status = 200, body = Done))
)]
pub(super) async fn exit_strategy(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answered {
    let scope = Scope::Strategy(StrategyId(id));
    if !desk.see(move |state| state.exists(scope)).await? {
        return Err(not_there("id"));
    }
    done(&desk, &caller, Ask::Leave { by: caller.by(), scope, reason }).await
}

/// Refuse entries of one strategy; protection goes on.
#[utoipa::path(
    post,
    path = "/api/v1/strategies/{id}/halt",
    params(("id" = u32, Path)),
    request_body = Reason,
    responses((status = 200, body = Done))
)]
pub(super) async fn halt_strategy(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answered {
    let scope = Scope::Strategy(StrategyId(id));
    order(&desk, &caller, Command::Halt { scope, reason }).await.map_err(of_address)
}

/// Take entries of one strategy again.
#[utoipa::path(
    post,
    path = "/api/v1/strategies/{id}/resume",
    params(("id" = u32, Path)),
    request_body = Reason,
    responses((status = 200, body = Done))
)]
pub(super) async fn resume_strategy(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answered {
    let scope = Scope::Strategy(StrategyId(id));
    order(&desk, &caller, Command::Resume { scope, reason }).await.map_err(of_address)
}

/// Refuse all entries; protection goes on.
#[utoipa::path(
    post,
    path = "/api/v1/halt",
    request_body = Reason,
    responses((status = 200, body = Done))
)]
pub(super) async fn halt(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answered {
    order(&desk, &caller, Command::Halt { scope: Scope::System, reason }).await
}

/// Take entries again.
#[utoipa::path(
    post,
    path = "/api/v1/resume",
    request_body = Reason,
    responses((status = 200, body = Done))
)]
pub(super) async fn resume(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answered {
    order(&desk, &caller, Command::Resume { scope: Scope::System, reason }).await
}

/// Take a command back. What loosens by it is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/undo",
    request_body = Undoing,
    responses((status = 200, body = Done))
)]
pub(super) async fn undo(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Undoing { command }): Sent<Undoing>,
) -> Answered {
    let command = Command::Undo { command: command.map(CommandId) };
    order_or_ask(&desk, &caller, of_book(command, "an undo")).await
}

/// What may loosen anything of the book.
fn of_book(command: Command, reason: &str) -> Wish {
    let subject = Subject::Scope(Scope::System);
    Wish { command, given: None, subject, reason: reason.to_owned() }
}

/// Do again what was taken back last.
#[utoipa::path(
    post,
    path = "/api/v1/redo",
    request_body = Nothing,
    responses((status = 200, body = Done))
)]
pub(super) async fn redo(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Nothing {}): Sent<Nothing>,
) -> Answered {
    order_or_ask(&desk, &caller, of_book(Command::Redo, "a redo")).await
}

/// Close everything and refuse entries until released.
#[utoipa::path(
    post,
    path = "/api/v1/kill",
    request_body = Killing,
    responses((status = 200, body = Done))
)]
pub(super) async fn kill(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Killing { reason }): Sent<Killing>,
) -> Answered {
    order(&desk, &caller, Command::Kill { reason }).await
}

/// Take entries again after a kill.
#[utoipa::path(
    post,
    path = "/api/v1/release",
    request_body = Releasing,
    responses((status = 200, body = Done))
)]
pub(super) async fn release(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Releasing { reason, confirm, code }): Sent<Releasing>,
) -> Answered {
    if confirm != "release" {
        return Err(bad_field("confirm", "write the word `release` to show that it is meant"));
    }
    desk.callers.second.may_release(code.as_deref())?;
    order(&desk, &caller, Command::Release { reason }).await
}
