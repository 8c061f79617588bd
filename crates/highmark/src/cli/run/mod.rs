//! `highmark run`: the service in the foreground, until somebody stops it.

mod log;
mod notice;
mod plan;
mod screen;

use super::args::{Cli, Run};
use super::config::layers_with;
use super::terminal::{self, Ink, Look};
use crate::failure::{Code, Failure};
use crate::{clock, text};
use highmark_server::api::Configuration;
use highmark_server::config::{self, Layers};
use highmark_server::kill_file;
use highmark_server::service::{Card, Reload, Service};
use log::Loudness;
use notice::Notice;
use screen::Screen;
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(super) fn run(args: &Run, cli: &Cli) -> Result<ExitCode, Failure> {
    serve(args, cli, layers_with(cli, plan::flags(args)), None)
}

/// Somebody who works at the desk of a state folder while it runs.
type Beside = fn(PathBuf) -> JoinHandle<()>;

/// Runs the service until it ends or somebody ends it.
pub(super) fn serve(
    args: &Run,
    cli: &Cli,
    layers: Layers,
    beside: Option<Beside>,
) -> Result<ExitCode, Failure> {
    // A thread that comes to a fault must not leave the others running on half a service.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |fault| {
        told(fault);
        std::process::abort();
    }));
    let loaded = config::load(&layers)?;
    let look = Look::of_stdout(cli.no_color);
    let live = look.live && loaded.config.service.live_view && !cli.quiet && !cli.json;
    let loudness = log::start(&loaded.config.log, live, cli);
    let running = Arc::new(Mutex::new(loaded.clone()));
    let shown = shown(Arc::clone(&running));
    let plan = plan::plan(&loaded, args, (reload(layers, running, loudness), shown))?;
    let state = plan.state.clone();
    let heard = listen(&state)?;
    let (service, card) = Service::start(plan)?;
    if cli.json {
        terminal::out(&format!("{}\n", serde_json::json!({ "started": card, "state": state })));
    } else {
        terminal::say(cli.quiet, &told_card(&card, &state, look));
    }
    // A link is for the eyes of the owner and not for a log.
    if let Some(openings) = &service.openings
        && (beside.is_some() || std::io::stderr().is_terminal())
    {
        let link = openings.link()?;
        terminal::say(cli.quiet, &format!("\n  {}\n", look.paint(&link, Ink::Strong)));
        let hint = "the dashboard: the link opens once, `highmark dashboard` makes another";
        terminal::say(cli.quiet, hint);
    }
    let beside = beside.map(|begin| begin(state.clone()));
    let mut notice = Notice::ready();
    let mut screen = live.then(|| Screen::new(look, &state));
    let until = args.stop_after.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let interrupted = loop {
        if service.is_over(Duration::from_millis(200)) {
            break false;
        }
        notice.goes_on(&service.facts.health);
        if heard.ends.load(Ordering::Relaxed) > 0 {
            break true;
        }
        if heard.hung_up.swap(false, Ordering::Relaxed)
            && let Err(failure) = service.reload()
        {
            tracing::error!("nothing was changed: {failure}");
        }
        if until.is_some_and(|until| Instant::now() >= until)
            || (args.to_end && service.is_played())
        {
            break false;
        }
        if let Some(screen) = &mut screen {
            screen.draw();
        }
    };
    drop(screen);
    Notice::stopping();
    terminal::say(cli.quiet, "stopping: exits on their way are waited for");
    let stopped = Arc::clone(&service.facts);
    service.stop()?;
    if let Some(beside) = beside {
        let _ = beside.join();
    }
    let durable = stopped.health.durable_turn.load(Ordering::Relaxed);
    let how = if interrupted { "stopped" } else { "ended" };
    let durable = text::whole(durable);
    terminal::say(cli.quiet, &format!("{how} in good order; durable up to turn {durable}"));
    Ok(ExitCode::SUCCESS)
}

/// The configuration that is in force.
type Running = Arc<Mutex<config::Loaded>>;

/// What signals asked for.
#[derive(Default)]
struct Heard {
    ends: Arc<AtomicU8>,
    hung_up: Arc<AtomicBool>,
}

/// Signals that end the service in order; a second one ends the process, which is safe at any moment. A
/// hang-up reads the configuration again, and the first signal for users closes everything by the kill file.
fn listen(state: &Path) -> Result<Heard, Failure> {
    let failed = |error: std::io::Error| Failure::new(Code::Failure, error.to_string(), "");
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1]).map_err(failed)?;
    let heard = Heard::default();
    let (count, again) = (Arc::clone(&heard.ends), Arc::clone(&heard.hung_up));
    let state = state.to_owned();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal == SIGHUP {
                again.store(true, Ordering::Relaxed);
            } else if signal == SIGUSR1 {
                if let Err(failure) = kill_file::put(&state, "the signal USR1") {
                    tracing::error!("nothing was closed: {failure}");
                }
            } else if count.fetch_add(1, Ordering::Relaxed) > 0 {
                std::process::exit(i32::from(Code::Interrupted.exit()));
            }
        }
    });
    Ok(heard)
}

/// Reads the configuration again: everything that is wrong is told and nothing changes, or what changed is told,
/// with what waits for a start. Each reload is compared with the one before.
fn reload(layers: Layers, running: Running, loudness: Loudness) -> Reload {
    Box::new(move || {
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let read = config::reload(&running, &layers.again())?;
        let all = |changes: &mut dyn Iterator<Item = &config::Change>| {
            changes.map(|change| change.to_string()).collect::<Vec<_>>()
        };
        let told = serde_json::json!({
            "in_force": all(&mut read.at_once()),
            "at_next_start": all(&mut read.waiting()),
        });
        let policy = plan::policy(&read.next.config);
        loudness.set(read.next.config.log.level);
        *running = read.next;
        Ok((policy, told))
    })
}

/// The configuration as it was read last, without secrets.
fn shown(running: Running) -> Configuration {
    Box::new(move || {
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = &running.settings;
        let values = settings.iter().map(|setting| {
            let origin = setting.origin.to_string();
            let value = json!({ "value": settings.shown(setting).json(), "origin": origin });
            (setting.key.path.to_owned(), value)
        });
        values.collect()
    })
}

/// What a person wants to know before anything moves.
fn told_card(card: &Card, state: &std::path::Path, look: Look) -> String {
    let mut lines = Vec::new();
    lines.push(match (card.is_new, card.after_crash) {
        (true, _) => format!("new journal in {}", state.display()),
        (false, true) => look.paint("recovered after a crash", Ink::Warn),
        (false, false) => "recovered after an orderly stop".to_owned(),
    });
    if !card.is_new {
        lines.push(format!(
            "  turn {}, {} events folded in {} ms{}; the clock stood at {} {}",
            text::whole(card.turn),
            text::whole(card.events),
            card.took_ms,
            if card.from_carried { " from the carried state" } else { "" },
            clock::day_text(clock::day_of(card.stood_at)),
            clock::time_text(card.stood_at),
        ));
    }
    if card.killed {
        let hint = "killed: entries are refused until `highmark kill release`";
        lines.push(format!("  {}", look.paint(hint, Ink::Bad)));
    }
    for held in &card.open_trades {
        let price = |price: Option<highmark_engine::Price>| {
            price.map_or_else(|| "\u{2013}".into(), text::price)
        };
        lines.push(format!(
            "  {:<6} {:<12} {:?} {} {}, mark {}, stop {}",
            held.trade,
            held.symbol,
            held.side,
            text::quantity(held.open),
            held.status,
            price(held.mark),
            price(held.stop),
        ));
    }
    if card.orders_again > 0 {
        lines.push(format!("  {} orders without an answer are placed again", card.orders_again));
    }
    if card.from_emergency > 0 {
        lines.push(format!("  {} facts of the emergency file were taken in", card.from_emergency));
    }
    lines.extend(card.notes.iter().map(|note| format!("  {note}")));
    if let Some(address) = card.api {
        let scheme = if card.api_tls { "https" } else { "http" };
        lines.push(format!(
            "API on {scheme}://{address}, for those who have a key: `highmark key add`"
        ));
    }
    lines.push("running on PAPER; Ctrl-C stops, `highmark status` looks".to_owned());
    lines.join("\n")
}
