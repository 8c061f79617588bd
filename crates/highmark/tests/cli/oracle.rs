//! Whole days through the engine and through the oracle: the same to the last digit.

use crate::root;
use highmark::failure::Failure;
use highmark::run::{Runner, Witness};
use highmark::scenario;
use highmark_engine::{Event, Input, State};
use highmark_feeds::{Feed, Files, Filter, Mapping};
use highmark_sim::random::Features;
use highmark_sim::run::{Pair, Settings};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Takes down what the engine was given.
#[derive(Default)]
struct Recorder {
    inputs: Vec<Input>,
}

impl Witness for Recorder {
    fn gave(&mut self, input: &Input) {
        self.inputs.push(input.clone());
    }

    fn saw(&mut self, _: &[Event], _: &State) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn they_agree_on_the_sample_day() {
    let file = root().join("samples/day.csv");
    let feed = Files::open(&[file], &Mapping::default(), &Filter::default()).unwrap();
    agree("scenarios/sample-day.toml", feed, 500);
}

#[test]
fn they_agree_on_a_real_day_with_every_rule() {
    let data = root().join("../shared/data/nse_1s");
    if !data.exists() {
        eprintln!("left out: {} is not there", data.display());
        return;
    }
    let files: Vec<PathBuf> = ["NIFTY", "NIFTY_BANK", "RELIANCE", "SBIN"]
        .iter()
        .map(|name| data.join(format!("{name}.parquet")))
        .collect();
    let days = vec![highmark_engine::Day(20_210_415)];
    let filter = Filter { days, ..Filter::default() };
    let feed = Files::open(&files, &Mapping::preset("nse_1s").unwrap(), &filter).unwrap();
    agree("scenarios/nse-day.toml", feed, 80_000);
}

/// Plays a scenario, then gives what the engine was given to the engine and the oracle side by side.
fn agree(scenario: &str, mut feed: Files, least_ticks: u64) {
    let text = std::fs::read_to_string(root().join(scenario)).unwrap();
    let loaded = scenario::load(scenario, &text, &[]).unwrap();
    let mut recorder = Recorder::default();
    let feed: &mut dyn Feed = &mut feed;
    let runner = Runner::new(&loaded.scenario, vec![&mut recorder]).unwrap();
    let played = runner.play(feed, &AtomicBool::new(false), |_, _| Ok(())).unwrap();
    let mut pair =
        Pair::new(Settings { features: Features::ALL, alone: false, every: 1_000, mistake: None });
    for (number, input) in recorder.inputs.iter().enumerate() {
        if let Err(difference) = pair.step(input) {
            panic!("{scenario}, input {number} {input:?}: {difference}");
        }
    }
    pair.finish().unwrap();
    assert_eq!(pair.engine.state().hash(), played.engine.state().hash());
    assert!(pair.tally.ticks >= least_ticks, "{} ticks", pair.tally.ticks);
    println!("{scenario}: {:?}", pair.tally);
}
