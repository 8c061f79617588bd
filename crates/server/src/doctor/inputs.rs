//! What the configuration points at: the files of the feed, and the scenario.

use super::Finding;
use crate::config::{Config, FeedKind};
use highmark_play::{market, scenario};
use std::fs;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    [feed(config), scenario(config)].into_iter().flatten().collect()
}

fn feed(config: &Config) -> Option<Finding> {
    const ABOUT: &str = "feed";
    Some(match config.feed.kind {
        FeedKind::Generator => {
            let seed = config.feed.seed;
            Finding::good(ABOUT, format!("made-up prices of seed {seed}: no real market"))
        }
        FeedKind::Stdin => Finding::good(ABOUT, "JSON lines on standard input"),
        FeedKind::None => Finding::good(ABOUT, "none: prices come by commands"),
        FeedKind::Replay => {
            let files = &config.feed.files;
            let missing = files.iter().find(|file| fs::File::open(file).is_err());
            match missing {
                Some(file) => {
                    let message = format!("{} cannot be read", file.display());
                    Finding::bad(ABOUT, message, "correct feed.files")
                }
                None => Finding::good(ABOUT, format!("a replay of {} files", files.len())),
            }
        }
    })
}

fn scenario(config: &Config) -> Option<Finding> {
    const ABOUT: &str = "scenario";
    let file = config.scenario.file.as_ref()?;
    let shown = file.display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("{shown}: {error}");
            return Some(Finding::bad(ABOUT, message, "correct scenario.file"));
        }
    };
    // What is wrong with one's own rows is told where the market data is looked at.
    let market = market::with_folder(&config.market.dir).unwrap_or_default();
    Some(match scenario::load_for(&market, &shown, &text, &[]) {
        Ok(_) => Finding::good(ABOUT, shown),
        Err(unusable) => {
            let message = format!("{shown} has {} errors", unusable.problems.len());
            Finding::bad(ABOUT, message, format!("highmark scenario check {shown}"))
        }
    })
}
