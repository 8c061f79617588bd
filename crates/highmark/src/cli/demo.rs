//! `highmark demo`: a made-up day with a story, told as it happens.

use super::args::{Cli, Demo, Run};
use super::{play, replay, run, terminal};
use crate::demo::{DESK, SCENARIO, Stage, hand, ticks};
use crate::failure::{Code, Failure};
use crate::folder;
use crate::report;
use crate::run::Witness;
use crate::scenario;
use highmark_engine::{Event, State};
use highmark_feeds::{Grouping, Lines};
use highmark_market::Market;
use highmark_server::config::{Assignment, Layers, Surroundings};
use std::cell::RefCell;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Between two seconds of the story at speed 1: the whole of it in a minute and a half.
const PACE: Duration = Duration::from_millis(100);

pub(super) fn run(args: &Demo, cli: &Cli) -> Result<ExitCode, Failure> {
    if args.dashboard {
        return desk(args, cli);
    }
    let pause = pause(&args.speed)?;
    let mut look = terminal::Look::of_stdout(cli.no_color);
    look.live &= pause.is_some();
    let loaded = scenario::load("scenarios/demo.toml", SCENARIO, &[])?;
    let text = ticks(args.seed);
    let mut files = Vec::new();
    if let Some(dir) = &args.out {
        folder::claim(dir)?;
        let path = dir.join("ticks.ndjson");
        std::fs::write(&path, &text).map_err(|error| Failure::file(&path, &error))?;
        files.push(path);
    }
    let mut feed = Lines::new(text.as_bytes(), "demo", Grouping::SameTime)?;
    let stage = RefCell::new(Stage::new(look, cli.json || cli.quiet));
    let mut witness = Shared(&stage);
    let dir = args.out.as_deref();
    let market = Market::embedded()?;
    let outcome =
        play::play(&loaded, market, &mut feed, &files, dir, Some(&mut witness), |_, state| {
            stage.borrow_mut().look_around(state);
            if let Some(pause) = pause {
                stage.borrow_mut().draw(state);
                std::thread::sleep(pause);
            }
            Ok(())
        })?;
    if cli.json {
        let value = serde_json::to_value(&outcome.summary)
            .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
        terminal::out(&format!("{value:#}\n"));
    } else {
        terminal::out(&format!("\n{}", report::text(&outcome.summary, look)));
        terminal::out(&next(dir));
    }
    Ok(replay::ended(outcome.interrupted))
}

/// A service in a folder of its own, which goes with it, and somebody who keeps it trading.
fn desk(args: &Demo, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = std::env::temp_dir().join(format!("highmark-demo-{}", std::process::id()));
    let layers = layers(args, &state)?;
    let plain =
        Run { files: Vec::new(), scenario: None, feed: None, to_end: false, stop_after: None };
    let ended = run::serve(&plain, cli, layers, Some(hand::keep_trading));
    let _ = std::fs::remove_dir_all(&state);
    ended
}

/// What is configured for it; nobody's own configuration is read.
fn layers(args: &Demo, state: &Path) -> Result<Layers, Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(state);
    made.map_err(|error| Failure::file(state, &error))?;
    let put = |name: &str, text: &str| {
        let path = state.join(name);
        std::fs::write(&path, text).map(|()| path).map_err(|error| Failure::file(state, &error))
    };
    let scenario = put("desk.toml", DESK)?;
    let file = put("highmark.toml", "")?;
    let (dir, scenario, seed) = (state.display(), scenario.display(), args.seed);
    let options = [
        format!("state.dir={dir}"),
        format!("market.dir={dir}/market"),
        format!("scenario.file={scenario}"),
        format!("feed.seed={seed}"),
        "feed.kind=generator".to_owned(),
        "feed.ticks_per_second=60".to_owned(),
        format!("api.listen=127.0.0.1:{}", args.port),
    ];
    let options = options.iter().map(|option| Assignment::option(option)).collect();
    let nowhere = Surroundings { here: state.to_owned(), ..Surroundings::default() };
    Ok(Layers::read(nowhere, Some(&file), options))
}

/// How long to wait between two batches; `None` at full speed.
fn pause(speed: &str) -> Result<Option<Duration>, Failure> {
    if speed == "max" {
        return Ok(None);
    }
    match speed.trim_end_matches('x').parse::<u32>() {
        Ok(times) if times > 0 => Ok(Some(PACE / times)),
        Ok(_) | Err(_) => {
            let message = format!("`{speed}` is no speed");
            Err(Failure::new(Code::Usage, message, "write --speed 1, --speed 10 or --speed max"))
        }
    }
}

fn next(dir: Option<&std::path::Path>) -> String {
    let lines = match dir {
        Some(dir) => {
            let dir = dir.display();
            [
                "highmark explain Momentum                            why it was closed".to_owned(),
                "highmark explain m1 --at 10:06                       why it was not, before"
                    .to_owned(),
                format!("highmark report {dir} --format html -o demo.html     the day as a page"),
            ]
        }
        None => [
            "highmark demo --speed max --out my-demo              keep the run".to_owned(),
            "highmark explain Momentum --run my-demo              why it was closed".to_owned(),
            "highmark report my-demo --format html -o demo.html   the day as a page".to_owned(),
        ],
    };
    format!("\nNext:\n  {}\n", lines.join("\n  "))
}

/// The stage, drawn on from two sides.
struct Shared<'s>(&'s RefCell<Stage>);

impl Witness for Shared<'_> {
    fn saw(&mut self, events: &[Event], state: &State) -> Result<(), Failure> {
        self.0.borrow_mut().saw(events, state)
    }
}
