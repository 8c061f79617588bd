//! The configuration as the program uses it: every value checked, every path whole.

use super::Settings;
use super::problem::{Fault, Problem};
use super::value::Value;
use crate::api::tls;
use highmark_brokers::paper::PaperSpec;
use highmark_engine::Span;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All of it. What each field is for stands in the table of keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub state: State,
    pub journal: Journal,
    pub feed: Feed,
    pub scenario: Scenario,
    pub paper: PaperSpec,
    pub service: Service,
    pub api: Api,
    pub disk: Disk,
    pub log: Log,
    pub market: Market,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub dir: PathBuf,
    /// It may lie on a network file system.
    pub network: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    pub checkpoint_every: Duration,
    /// A command for the shell.
    pub checkpoint_hook: Option<String>,
    /// `None` keeps all.
    pub keep_days: Option<u32>,
    pub on_loss: OnLoss,
    pub backup: Option<Backup>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub every: Duration,
    pub keep: u32,
    pub dir: PathBuf,
}

/// What happens to open trades when the journal cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    ExitAll,
    Hold,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    pub kind: FeedKind,
    pub files: Vec<PathBuf>,
    pub speed: Speed,
    pub seed: u64,
    pub ticks_per_second: u32,
    /// For instruments that say nothing; `None`: never.
    pub stale_after: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    Generator,
    Replay,
    Stdin,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    Max,
    /// So many times as fast as it was recorded.
    Times(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// `None`: the sample.
    pub file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    pub queue: usize,
    pub group: usize,
    pub live_view: bool,
    pub on_stop: OnStop,
}

/// What happens to open trades when the service is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    Leave,
    ExitAll,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// `None`: it does not listen. Without TLS it is an address of this machine alone.
    pub listen: Option<SocketAddr>,
    /// Further names under which it is asked.
    pub names: Vec<String>,
    pub tls: Option<tls::Files>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    pub warn_free_pct: u32,
    pub block_free_pct: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

/// The later say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Auto,
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    pub dir: PathBuf,
}

/// Makes the configuration of settings that are all there; what they mean together is checked here.
pub(super) fn assemble(settings: &Settings, problems: &mut Vec<Problem>) -> Config {
    let s = settings;
    check_together(s, problems);
    Config {
        state: State {
            dir: s.path("state.dir").unwrap_or_default(),
            network: s.value("state.network") == &Value::Flag(true),
        },
        journal: journal(s),
        feed: feed(s),
        scenario: Scenario { file: s.path("scenario.file") },
        paper: PaperSpec {
            seed: s.whole("paper.seed"),
            spread_ticks: s.count("paper.spread_ticks"),
            slippage_ticks: s.count("paper.slippage_ticks"),
            latency: millis(s.count("paper.latency_ms")),
            jitter: millis(s.count("paper.jitter_ms")),
            ..PaperSpec::default()
        },
        service: Service {
            queue: s.size("service.queue"),
            on_stop: match s.text("service.on_stop") {
                "exit_all" => OnStop::ExitAll,
                _ => OnStop::Leave,
            },
            group: s.size("service.group"),
            live_view: s.value("service.live_view") == &Value::Flag(true),
        },
        api: Api {
            listen: s.text("api.listen").parse().ok(),
            names: s.texts("api.names"),
            tls: tls_files(s),
        },
        disk: Disk {
            warn_free_pct: s.count("disk.warn_free_pct"),
            block_free_pct: s.count("disk.block_free_pct"),
        },
        log: Log {
            level: match s.text("log.level") {
                "error" => LogLevel::Error,
                "warn" => LogLevel::Warn,
                "debug" => LogLevel::Debug,
                _ => LogLevel::Info,
            },
            format: match s.text("log.format") {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => LogFormat::Auto,
            },
        },
        market: Market { dir: s.path("market.dir").unwrap_or_default() },
    }
}

fn journal(s: &Settings) -> Journal {
    let hook = s.text("journal.checkpoint_hook");
    let keep = s.count("journal.keep_days");
    Journal {
        checkpoint_every: s.duration("journal.checkpoint_every"),
        checkpoint_hook: (!hook.trim().is_empty()).then(|| hook.to_owned()),
        keep_days: (keep > 0).then_some(keep),
        on_loss: match s.text("journal.on_loss") {
            "hold" => OnLoss::Hold,
            _ => OnLoss::ExitAll,
        },
        backup: s.path("journal.backup.dir").map(|dir| Backup {
            every: s.duration("journal.backup.every"),
            keep: s.count("journal.backup.keep"),
            dir,
        }),
    }
}

fn feed(s: &Settings) -> Feed {
    Feed {
        kind: match s.text("feed.kind") {
            "replay" => FeedKind::Replay,
            "stdin" => FeedKind::Stdin,
            "none" => FeedKind::None,
            _ => FeedKind::Generator,
        },
        files: s.paths("feed.files"),
        speed: match s.count("feed.speed") {
            0 => Speed::Max,
            times => Speed::Times(times),
        },
        seed: s.whole("feed.seed"),
        ticks_per_second: s.count("feed.ticks_per_second"),
        stale_after: Some(s.span("feed.stale_after")).filter(|span| *span > Span::ZERO),
    }
}

fn tls_files(s: &Settings) -> Option<tls::Files> {
    let certificate = s.path("api.tls.certificate")?;
    let key = s.path("api.tls.key").unwrap_or_else(|| certificate.with_file_name("key.pem"));
    Some(tls::Files { certificate, key })
}

fn millis(count: u32) -> Span {
    Span(i64::from(count) * 1_000_000)
}

fn check_together(s: &Settings, problems: &mut Vec<Problem>) {
    let mut tell = |fault, key: &'static str, message: String, hint: &str| {
        problems.push(Problem::new(fault, s.spot(key), key, message, hint));
    };
    if s.text("feed.kind") == "replay" && s.paths("feed.files").is_empty() {
        let message = "a replay needs files".to_owned();
        tell(Fault::Missing, "feed.kind", message, "add files = [\"day.csv\"] to [feed]");
    }
    let (warn, block) = (s.whole("disk.warn_free_pct"), s.whole("disk.block_free_pct"));
    if warn < block {
        let key = s.strongest(&["disk.warn_free_pct", "disk.block_free_pct"]);
        let message =
            format!("entries would be blocked at {block} % before the warning at {warn} %");
        tell(Fault::Conflict, key, message, "let warn_free_pct be at least block_free_pct");
    }
    let listen = s.text("api.listen");
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() || tls_files(s).is_some() => {}
        Ok(_) => {
            let message =
                format!("{listen} can be reached from other machines, and nothing is encrypted");
            let hint = "set api.tls.certificate and api.tls.key (`highmark certificate make NAME` makes a pair), or listen on 127.0.0.1";
            tell(Fault::Choice, "api.listen", message, hint);
        }
        Err(_) if listen == "off" => {}
        Err(_) => {
            let message = format!("`{listen}` is not an address and a port");
            let hint = "write \"127.0.0.1:8420\", or \"off\"";
            tell(Fault::Type, "api.listen", message, hint);
        }
    }
    if s.path("api.tls.key").is_some() && s.path("api.tls.certificate").is_none() {
        let message = "a key without its certificate".to_owned();
        tell(
            Fault::Missing,
            "api.tls.certificate",
            message,
            "name the certificate, or leave the key out",
        );
    }
    let (queue, group) = (s.whole("service.queue"), s.whole("service.group"));
    if group > queue {
        let key = s.strongest(&["service.group", "service.queue"]);
        let message = format!("a group of {group} does not fit in a queue of {queue}");
        tell(Fault::Conflict, key, message, "let group be at most queue");
    }
    for key in ["state.dir", "market.dir"] {
        if s.path(key).is_none() {
            let message = "there is no home folder to find it in".to_owned();
            tell(Fault::Missing, key, message, "name the folder, or set HOME");
        }
    }
    if let (Some(state), Some(backup)) = (s.path("state.dir"), s.path("journal.backup.dir"))
        && is_within(&backup, &state)
    {
        let message = "the copies would lie in the folder that they are copies of".to_owned();
        tell(Fault::Conflict, "journal.backup.dir", message, "name a folder on another disk");
    }
}

fn is_within(inner: &Path, outer: &Path) -> bool {
    inner.starts_with(outer)
}
