//! `highmark status`: one screen of everything that is open, least room first, and how the service does.

use super::args::{Cli, Status as Args};
use super::config::load;
use super::terminal::{self, Ink, Look};
use crate::failure::{Code, Failure};
use crate::report::{Cell, Table};
use crate::{clock, text};
use highmark_engine::{Money, Span, Timestamp};
use highmark_journal::Reader;
use highmark_server::look::{Row, ServiceStatus, Status, status_of};
use highmark_server::service::wall;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// A tenth of the way from peak to floor is near.
const NEAR: i64 = 100_000;
const PACE: Duration = Duration::from_secs(1);

pub(super) fn run(args: &Args, cli: &Cli) -> Result<ExitCode, Failure> {
    let loaded = load(cli)?;
    let state = &loaded.config.state.dir;
    let look = Look::of_stdout(cli.no_color);
    let mut drawn = 0;
    loop {
        let status = seen(state, cli)?;
        if cli.json {
            terminal::out(&format!("{}\n", serde_json::to_string(&status).unwrap_or_default()));
        } else {
            let text = self::drawn(&status, look);
            if look.live && drawn > 0 {
                terminal::out(&format!("\u{1b}[{drawn}A\u{1b}[J"));
            }
            drawn = text.lines().count();
            terminal::out(&text);
        }
        if !args.watch {
            return Ok(ExitCode::from(if args.check { verdict(&status) } else { 0 }));
        }
        std::thread::sleep(PACE);
    }
}

/// Of the running service, or of the journal when none runs.
fn seen(state: &Path, cli: &Cli) -> Result<Status, Failure> {
    if let Some(mut client) = Client::connect(state)? {
        return ask(&mut client);
    }
    let engine = Reader::open(&state.join("journal"))
        .and_then(|reader| reader.engine_before(u64::MAX))
        .map_err(|error| highmark_server::service::failed(&error))?;
    terminal::say(cli.quiet, "no service runs; this is where its journal ends");
    Ok(status_of(engine.state(), None))
}

pub(super) fn ask(client: &mut Client) -> Result<Status, Failure> {
    let value = client.ask(Ask::Status)?;
    serde_json::from_value(value).map_err(|error| {
        let hint = "use the version of Highmark that runs there";
        Failure::new(Code::Failure, format!("the status is not understood: {error}"), hint)
    })
}

/// 10 when a limit is breached or everything was killed, 11 when one is near, as the report ends.
fn verdict(status: &Status) -> u8 {
    let rows = || status.strategies.iter().chain(&status.accounts).chain([&status.system]);
    if status.killed || rows().any(|row| row.room.is_some_and(|room| room <= Money::ZERO)) {
        Code::Breached.exit()
    } else if rows().any(is_near) {
        Code::Near.exit()
    } else {
        0
    }
}

pub(super) fn is_near(row: &Row) -> bool {
    row.room_share.is_some_and(|share| share <= NEAR)
}

/// The status as a person reads it.
pub(super) fn drawn(status: &Status, look: Look) -> String {
    let mut page = String::new();
    let now = clock::time_text(status.at);
    let killed = if status.killed { look.paint("  KILLED", Ink::Bad) } else { String::new() };
    let _ = writeln!(page, "{now}  PAPER{killed}  {}", system(&status.system, look));
    for account in &status.accounts {
        let _ = writeln!(page, "account {}  {}", account.name, system(account, look));
    }
    page.push('\n');
    let headings = ["STRATEGY", "STATE", "MTM", "PEAK", "FLOOR", "ROOM", "OPEN"];
    let mut table = Table::new(&headings, &[2, 3, 4, 5, 6]);
    for row in &status.strategies {
        let dash = || "\u{2013}".to_owned();
        table.row(vec![
            Cell::from(row.name.clone()),
            row.state.clone().into(),
            Cell::painted(text::signed(row.mtm), ink(row)),
            text::rupees(row.peak).into(),
            row.floor.map_or_else(dash, text::rupees).into(),
            row.room.map_or_else(dash, |room| room_text(row, room)).into(),
            format!("{}/{}", row.open_trades, row.total_trades).into(),
        ]);
    }
    let _ = writeln!(page, "{}", table.render(look));
    for row in status.strategies.iter().filter(|row| is_near(row)) {
        let Some(room) = row.room else { continue };
        let line = format!("! {} is {} from its floor", row.name, text::rupees(room));
        let _ = writeln!(page, "{}", look.paint(&line, Ink::Warn));
    }
    for alarm in &status.alarms {
        let line = format!("! {}: {}", alarm.code, alarm.message);
        let _ = writeln!(page, "{}  ({})", look.paint(&line, Ink::Bad), alarm.hint);
    }
    if let Some(service) = &status.service {
        let _ = writeln!(page, "{}", look.paint(&self::service(service, status), Ink::Faint));
    }
    page
}

fn system(row: &Row, look: Look) -> String {
    let mut line = format!(
        "mtm {}  realised {}  open {}",
        look.paint(&text::signed(row.mtm), ink(row)),
        text::signed(row.realised),
        row.open_trades
    );
    if let Some(room) = row.room {
        let _ = write!(line, "  ROOM {}", room_text(row, room));
    }
    if row.uncertain {
        let _ =
            write!(line, "  {}", look.paint("uncertain: a mark is missing or stale", Ink::Warn));
    }
    if row.state != "active" {
        let _ = write!(line, "  {}", look.paint(&row.state, Ink::Warn));
    }
    line
}

fn ink(row: &Row) -> Ink {
    if row.mtm < Money::ZERO { Ink::Bad } else { Ink::Good }
}

pub(super) fn room_text(row: &Row, room: Money) -> String {
    match row.room_share {
        Some(share) => {
            let share = text::percent(share.into(), 1_000_000);
            format!("{} ({share})", text::rupees(room))
        }
        None => text::rupees(room),
    }
}

fn service(service: &ServiceStatus, status: &Status) -> String {
    let since =
        |at: Timestamp| clock::span_text(Span(wall().since(at).0 / 1_000_000_000 * 1_000_000_000));
    let fed = match service.feed.last_at {
        Some(at) => format!("last tick {} ago", since(at)),
        None => "no tick yet".to_owned(),
    };
    let merged = match service.queue.conflated {
        0 => String::new(),
        ticks => format!(", {} merged", text::whole(ticks)),
    };
    let exits = match service.exit_latency.count {
        0 => String::new(),
        count => format!(
            "; exits {count}: durable p50 {} µs, p99 {} µs, decided p50 {} µs, p99 {} µs",
            service.exit_latency.p50,
            service.exit_latency.p99,
            service.decision_latency.p50,
            service.decision_latency.p99
        ),
    };
    format!(
        "pid {}, up {}; feed {}: {} ticks, {fed}{merged}; turn {} durable of {}{exits}",
        service.pid,
        since(service.started),
        service.feed.kind,
        text::whole(service.feed.ticks),
        text::whole(service.journal.durable_turn),
        text::whole(status.turn),
    )
}
