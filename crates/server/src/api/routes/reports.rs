//! Reports of a day, and the curve of a strategy over it.

use super::take::{Id, query};
use crate::api::body::{Json, bad_field};
use crate::api::desk::{Desk, Shared};
use crate::api::own::Part;
use crate::api::problem::Problem;
use crate::api::told::Report;
use crate::api::wire::{text, x4};
use crate::past::days;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use highmark_engine::{Day, Money, StrategyId, Timestamp};
use highmark_play::curves::{Column, Curves};
use highmark_play::scenario::day_text;
use highmark_play::{clock, csv};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// Columns of a curve, when none are asked for, and at most.
const USUAL: usize = 800;
const MOST: usize = 2_000;
/// Marks on a curve; the last ones are given.
const MOST_MARKS: usize = 500;
/// How long curves that were made are given again.
const FRESH: Duration = Duration::from_secs(5);

/// Curves that were made: of which day, in how many columns, and when.
pub(in crate::api) type Made = tokio::sync::Mutex<Option<((Day, usize), Instant, Arc<Curves>)>>;

/// Mtm, peak and floor of a strategy over a day, each column with its extremes. All lists have the same length; money is
/// in whole numbers of 1e-4 rupee, rounded down.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Curve {
    strategy: u32,
    name: String,
    day: String,
    from: String,
    from_ns: i64,
    to: String,
    to_ns: i64,
    /// Where each column begins. Columns in which nothing happened are left out.
    at_ns: Vec<i64>,
    first_x4: Vec<i64>,
    low_x4: Vec<i64>,
    high_x4: Vec<i64>,
    last_x4: Vec<i64>,
    peak_x4: Vec<i64>,
    /// The floor of the nearest rule; `null` where there is none.
    floor_x4: Vec<Option<i64>>,
    /// What the session had made before the day and the other figures leave out: where no session ends, as on a venue
    /// that is always open. The status counts it.
    carried_x4: Vec<i64>,
    /// What happened on it: the last 500.
    marks: Vec<CurveMark>,
}

/// Something that happened on a curve.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CurveMark {
    at: String,
    at_ns: i64,
    mtm: String,
    mtm_x4: i64,
    /// `entry`, `exit`, `breach`, `kill` and so on.
    kind: String,
    text: String,
}

/// What was made on a day, as `highmark report day` tells it.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{day}",
    params(
        ("day" = String, Path, description = "`2026-11-20`, or `today`"),
        ("format" = Option<String>, Query, description = "`json`, or `csv`: the trades, one a line; `json` when absent"),
    ),
    responses((
        status = 200,
        content((Report = "application/json"), (String = "text/csv")),
    ))
)]
pub(super) async fn report(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
    day: Result<Path<String>, axum::extract::rejection::PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let as_csv = match query(raw.as_deref(), &["format"])?.first() {
        None => false,
        Some((_, format)) if format == "json" => false,
        Some((_, format)) if format == "csv" => true,
        Some(_) => return Err(bad_field("format", "write json or csv")),
    };
    let Path(day) = day.map_err(|_| bad_field("day", "it cannot be read"))?;
    let day = day_of(&desk, &day).await?;
    let found = desk.past(move |record| {
        days::over(&record, (day, day), None, |state, summary| {
            if let Some(theirs) = part {
                theirs.cut(state, summary);
            }
        })
    });
    let summary = found.await.map_err(on_day)?.summary;
    if !as_csv {
        return Ok(Json(Report::of(summary)).into_response());
    }
    let name = format!("attachment; filename=\"highmark-{}.csv\"", date(day));
    let name = HeaderValue::from_str(&name).map_err(Problem::ours)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let head = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((head, csv::csv(&summary)).into_response())
}

/// The curve of a strategy.
#[utoipa::path(
    get,
    path = "/api/v1/strategies/{id}/curve",
    params(
        ("id" = u32, Path),
        ("day" = Option<String>, Query, description = "`2026-11-20`; today, when absent"),
        ("columns" = Option<u32>, Query, description = "How many at most; 800 when absent", minimum = 2, maximum = 2000),
    ),
    responses((status = 200, body = Curve))
)]
pub(super) async fn curve(
    State(desk): State<Shared>,
    Id(id): Id,
    RawQuery(raw): RawQuery,
) -> Result<Json<Curve>, Problem> {
    let (mut day, mut columns) = ("today".to_owned(), USUAL);
    for (name, value) in query(raw.as_deref(), &["day", "columns"])? {
        match &*name {
            "day" => day = value,
            _ => {
                let wanted = value.parse().ok().filter(|columns| (2..=MOST).contains(columns));
                let wrong = || bad_field("columns", &format!("a curve has 2 to {MOST}"));
                columns = wanted.ok_or_else(wrong)?;
            }
        }
    }
    let day = day_of(&desk, &day).await?;
    let curves = curves(&desk, (day, columns)).await?;
    let missing = || {
        let what = format!("there was no strategy {id} on {}", clock::day_text(day));
        Problem::not_found(what).on("id")
    };
    told(&curves, day, StrategyId(id)).map(Json).ok_or_else(missing)
}

/// Curves of all strategies are made at once, and given again to those who ask soon.
async fn curves(desk: &Desk, key: (Day, usize)) -> Result<Arc<Curves>, Problem> {
    let mut made = desk.curves.lock().await;
    if let Some((of, when, curves)) = &*made
        && *of == key
        && when.elapsed() < FRESH
    {
        return Ok(Arc::clone(curves));
    }
    let (day, columns) = key;
    let found =
        desk.past(move |record| days::over(&record, (day, day), Some(columns), |_, _| {})).await;
    let curves = Arc::new(found.map_err(on_day)?.curves);
    *made = Some((key, Instant::now(), Arc::clone(&curves)));
    Ok(curves)
}

fn told(curves: &Curves, day: Day, strategy: StrategyId) -> Option<Curve> {
    let curve = curves.curves.iter().find(|curve| curve.strategy == strategy)?;
    let seen = || curve.columns.iter().enumerate().filter(|(_, column)| column.seen);
    let each = |of: fn(&Column) -> Money| seen().map(|(_, column)| x4(of(column))).collect();
    let skipped = curve.marks.len().saturating_sub(MOST_MARKS);
    let mark = |mark: &highmark_play::curves::Mark| CurveMark {
        at: clock::stamp(mark.at),
        at_ns: mark.at.0,
        mtm: text(mark.mtm),
        mtm_x4: x4(mark.mtm),
        kind: mark.kind.to_owned(),
        text: mark.text.clone(),
    };
    let (from, to) = (curves.from(), curves.to());
    Some(Curve {
        strategy: strategy.0,
        name: curve.name.clone(),
        day: date(day),
        from: clock::stamp(from),
        from_ns: from.0,
        to: clock::stamp(to),
        to_ns: to.0,
        at_ns: seen().map(|(column, _)| curves.begins(column).0).collect(),
        first_x4: each(|column| column.first),
        low_x4: each(|column| column.low),
        high_x4: each(|column| column.high),
        last_x4: each(|column| column.last),
        peak_x4: each(|column| column.peak),
        floor_x4: seen().map(|(_, column)| column.floor.map(x4)).collect(),
        carried_x4: each(|column| column.carried),
        marks: curve.marks.iter().skip(skipped).map(mark).collect(),
    })
}

/// A day by its date, or the one that it is.
async fn day_of(desk: &Desk, text: &str) -> Result<Day, Problem> {
    if text == "today" {
        let now: Timestamp = desk.see(|state| state.now()).await?;
        return Ok(clock::day_of(now));
    }
    day_text(text).ok_or_else(|| bad_field("day", "write 2026-11-20, or today"))
}

/// `2026-11-20`.
fn date(day: Day) -> String {
    let mut text = clock::stamp(clock::hours_of(day).start);
    text.truncate(10);
    text
}

fn on_day(problem: Problem) -> Problem {
    if problem.code == "NOT_FOUND" { problem.on("day") } else { problem }
}
