//! Figures for Prometheus, in its text format; with a key, since they are of the desk.

use super::look::seen;
use crate::api::desk::Shared;
use crate::api::own::Part;
use crate::api::problem::Problem;
use crate::look::{Latency, Row, Status};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use highmark_engine::Money;
use std::fmt::Write;
use std::sync::atomic::Ordering;

/// Figures for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(super) async fn metrics(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
) -> Result<Response, Problem> {
    let mut status = seen(&desk, &part).await?;
    if part.is_some() {
        status.system.open_trades = status.accounts.iter().map(|row| row.open_trades).sum();
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let mut page = Page(page(&status));
    let board = &desk.streams.board;
    let help = "Clients that watch";
    page.one("highmark_stream_clients", "gauge", help, board.watching() as u64);
    let help = "Clients that were let go because they did not read";
    let slow = board.slow.load(Ordering::Relaxed);
    page.one("highmark_stream_slow_total", "counter", help, slow);
    Ok(([(header::CONTENT_TYPE, kind)], page.0).into_response())
}

fn page(status: &Status) -> String {
    let mut page = Page(String::new());
    let rows = &status.strategies;
    page.strategies("mtm", "Realised and unrealised", rows, |row| Some(row.mtm));
    page.strategies("floor", "The level of the nearest rule", rows, |row| row.floor);
    page.strategies("room", "How far the value is above the floor", rows, |row| row.room);
    let help = "Trades that are held";
    page.one("highmark_open_trades", "gauge", help, u64::from(status.system.open_trades));
    let help = "1 while entries are refused by a kill";
    page.one("highmark_killed", "gauge", help, u64::from(status.killed));
    page.one("highmark_alarms", "gauge", "Alarms that sound", status.alarms.len() as u64);
    let Some(service) = &status.service else { return page.0 };
    page.one("highmark_ticks_total", "counter", "Ticks of the feed", service.feed.ticks);
    let queue = &service.queue;
    let help = "Inputs of feeds that wait";
    page.one("highmark_queue_ticks", "gauge", help, queue.ticks as u64);
    let help = "Requests and brokers' news that wait";
    page.one("highmark_queue_urgent", "gauge", help, queue.urgent as u64);
    let help = "Ticks that were merged into others for want of room";
    page.one("highmark_conflated_ticks_total", "counter", help, queue.conflated);
    let journal = &service.journal;
    page.one("highmark_durable_turn", "gauge", "The last durable turn", journal.durable_turn);
    let help = "1 when the journal has stopped";
    page.one("highmark_journal_lost", "gauge", help, u64::from(journal.lost));
    let help = "From the tick that was heard to the exit that is decided";
    page.latency("highmark_decision_latency_seconds", help, &service.decision_latency);
    let help = "From the tick that was heard to the exit that is durable";
    page.latency("highmark_exit_latency_seconds", help, &service.exit_latency);
    page.0
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        // A text takes whatever is written to it.
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        self.line(name, value);
    }

    fn latency(&mut self, name: &str, help: &str, seen: &Latency) {
        self.head(name, "summary", help);
        for (quantile, value) in [("0.5", seen.p50), ("0.99", seen.p99), ("0.999", seen.p999)] {
            self.line(&format!("{name}{{quantile=\"{quantile}\"}}"), seconds(value));
        }
        self.line(&format!("{name}_count"), seen.count);
    }

    /// An amount of each strategy that has it.
    fn strategies(
        &mut self,
        what: &str,
        help: &str,
        rows: &[Row],
        amount: impl Fn(&Row) -> Option<Money>,
    ) {
        let name = format!("highmark_strategy_{what}_rupees");
        self.head(&name, "gauge", help);
        for row in rows {
            if let Some(amount) = amount(row) {
                let strategy = escaped(&row.name);
                self.line(&format!("{name}{{strategy=\"{strategy}\"}}"), amount);
            }
        }
    }
}

/// Microseconds in the unit that Prometheus counts time in.
fn seconds(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// A label's value as the format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_in_microseconds_is_told_in_seconds() {
        assert_eq!((seconds(1_234), seconds(61_000_000)), ("0.001234".into(), "61.000000".into()));
    }

    #[test]
    fn a_latency_tells_its_quantiles_and_how_many_it_counts() {
        let mut page = Page(String::new());
        let seen = Latency { count: 3, p50: 190, p99: 5_470, p999: 8_943, max: 9_000 };
        page.latency("highmark_decision_latency_seconds", "so long", &seen);
        let expected = "# HELP highmark_decision_latency_seconds so long\n\
            # TYPE highmark_decision_latency_seconds summary\n\
            highmark_decision_latency_seconds{quantile=\"0.5\"} 0.000190\n\
            highmark_decision_latency_seconds{quantile=\"0.99\"} 0.005470\n\
            highmark_decision_latency_seconds{quantile=\"0.999\"} 0.008943\n\
            highmark_decision_latency_seconds_count 3\n";
        assert_eq!(page.0, expected);
    }

    #[test]
    fn a_label_cannot_end_its_line() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
