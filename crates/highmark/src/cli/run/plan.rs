//! From flags and configuration to what the service needs.

use crate::cli::args::Run;
use crate::cli::config::flag;
use crate::cli::play;
use crate::failure::{Code, Failure};
use crate::scenario::{self, Loaded};
use highmark_feeds::{Filter, Grouping, Lines};
use highmark_journal::Retention;
use highmark_market::Market;
use highmark_play::market;
use highmark_server::api::{Configuration, Listen};
use highmark_server::config::{self, Assignment, Config, FeedKind, Speed};
use highmark_server::service::feed::Pace;
use highmark_server::service::{Backups, FeedPlan, OnLoss, OnStop, Plan, Policy, Reload};
use std::io::BufReader;
use std::path::Path;

/// What is set up when nothing is configured.
pub(super) const SAMPLE: &str = include_str!("../../../../../scenarios/live.toml");

/// The flags of `run` that stand for keys.
pub(super) fn flags(args: &Run) -> Vec<Assignment> {
    let scenario = args.scenario.as_deref().map(|file| file.display().to_string());
    let scenario = scenario.and_then(|file| flag("--scenario", "scenario.file", file));
    let feed = args.feed.as_ref().and_then(|kind| flag("--feed", "feed.kind", kind.clone()));
    scenario.into_iter().chain(feed).collect()
}

/// What the service is to do.
pub(super) fn plan(
    loaded: &config::Loaded,
    args: &Run,
    (reload, configuration): (Reload, Configuration),
) -> Result<Plan, Failure> {
    let config = &loaded.config;
    let market = market::with_folder(&config.market.dir)?;
    let scenario = scenario(config, &market)?;
    let feed = feed(config, args, &scenario)?;
    Ok(Plan {
        state: config.state.dir.clone(),
        network: config.state.network,
        version: crate::cli::args::VERSION.to_owned(),
        feed,
        paper: config.paper,
        queue: config.service.queue,
        group: config.service.group,
        api: config.api.listen.map(|address| Listen {
            address,
            tls: config.api.tls.clone(),
            names: config.api.names.clone(),
        }),
        policy: policy(config),
        scenario,
        market,
        configuration,
        reload,
    })
}

/// What a reload may change.
pub(super) fn policy(config: &Config) -> Policy {
    let journal = &config.journal;
    Policy {
        checkpoint_every: journal.checkpoint_every,
        checkpoint_hook: journal.checkpoint_hook.clone(),
        retention: journal
            .keep_days
            .map_or(Retention::Everything, |keep| Retention::Days(u64::from(keep))),
        on_loss: match journal.on_loss {
            config::OnLoss::ExitAll => OnLoss::ExitAll,
            config::OnLoss::Hold => OnLoss::Hold,
        },
        on_stop: match config.service.on_stop {
            config::OnStop::Leave => OnStop::Leave,
            config::OnStop::ExitAll => OnStop::ExitAll,
        },
        backups: journal.backup.as_ref().map(|backup| Backups {
            every: backup.every,
            keep: backup.keep as usize,
            dir: backup.dir.clone(),
        }),
        warn_free_pct: config.disk.warn_free_pct,
        block_free_pct: config.disk.block_free_pct,
    }
}

fn scenario(config: &Config, market: &Market) -> Result<Loaded, Failure> {
    let mut loaded = match &config.scenario.file {
        Some(file) => play::load(market, file, &[])?,
        None => scenario::load_for(market, "the embedded sample", SAMPLE, &[])?,
    };
    if let Some(after) = config.feed.stale_after {
        for instrument in &mut loaded.scenario.instruments {
            instrument.spec.checks.stale_after.get_or_insert(after);
        }
    }
    Ok(loaded)
}

fn feed(config: &Config, args: &Run, scenario: &Loaded) -> Result<FeedPlan, Failure> {
    let files = if args.files.is_empty() { &config.feed.files } else { &args.files };
    let kind = if args.files.is_empty() { config.feed.kind } else { FeedKind::Replay };
    Ok(match kind {
        FeedKind::None => FeedPlan::None,
        FeedKind::Generator => FeedPlan::Generator {
            seed: config.feed.seed,
            ticks_per_second: config.feed.ticks_per_second,
        },
        FeedKind::Stdin => {
            let input = BufReader::new(std::io::stdin());
            let feed = Box::new(Lines::new(input, "-", Grouping::EachLine)?);
            FeedPlan::Stream { feed, kind: "stdin" }
        }
        FeedKind::Replay => {
            if files.is_empty() {
                return Err(Failure::new(
                    Code::Usage,
                    "there is no file to replay",
                    "name files after `highmark run`, or set feed.files",
                ));
            }
            let beside = config.scenario.file.as_deref().and_then(Path::parent);
            let beside = beside.unwrap_or_else(|| Path::new("."));
            let filter = Filter::default();
            let open = || play::open(files, &scenario.scenario, beside, None, &filter);
            let from = match open()?.next_batch()? {
                Some(batch) => batch.at,
                None => {
                    let hint = "name a file that has ticks";
                    return Err(Failure::new(Code::NotFound, "the files hold no tick", hint));
                }
            };
            let feed = open()?;
            let pace = match config.feed.speed {
                Speed::Max => Pace::Max,
                Speed::Times(times) => Pace::Times(f64::from(times)),
            };
            FeedPlan::Recorded { feed, pace, kind: "replay", from }
        }
    })
}
