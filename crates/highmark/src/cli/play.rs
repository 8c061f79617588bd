//! A scenario and its files, opened and played; shared by replay, compare and demo.

use crate::clock;
use crate::failure::{Code, Failure};
use crate::folder::{self, Inputs, Meta, Writer};
use crate::run::{Effort, Played, Runner, Witness};
use crate::scenario::{self, Loaded, Scenario};
use crate::summary::{Collector, Frame, Summary, note_rows, summarise};
use highmark_engine::State;
use highmark_feeds::{
    Ahead, Feed, Files, Filter, Grouping, Lines, Mapping, Progress, SymbolMapping,
};
use highmark_market::Market;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads a scenario file.
pub(super) fn load(market: &Market, path: &Path, sets: &[String]) -> Result<Loaded, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    Ok(scenario::load_for(market, &path.display().to_string(), &text, sets)?)
}

/// A flag that Ctrl-C sets; the run then ends in order. A second one ends the process.
pub(super) fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&stop);
    // It fails only when another handler is there already, which then does this.
    let _ = ctrlc::set_handler(move || {
        if heard.swap(true, Ordering::Relaxed) {
            std::process::exit(Code::Interrupted as i32);
        }
    });
    stop
}

/// Opens files as the scenario says; a file that it says nothing of is read by `preset`, or as our own.
pub(super) fn open(
    files: &[PathBuf],
    scenario: &Scenario,
    beside: &Path,
    preset: Option<&str>,
    filter: &Filter,
) -> Result<Box<dyn Feed + Send>, Failure> {
    if files.iter().any(|file| file.as_os_str() == "-") {
        if files.len() > 1 {
            let hint = "give files, or - alone";
            return Err(Failure::new(Code::Usage, "standard input is read alone", hint));
        }
        if *filter != Filter::default() {
            let hint = "leave out --day, --from and --to, or save the ticks to a file";
            let message = "standard input is played whole";
            return Err(Failure::new(Code::Usage, message, hint));
        }
        return Ok(Box::new(Lines::new(
            std::io::BufReader::new(std::io::stdin()),
            "-",
            Grouping::SameTime,
        )?));
    }
    let mut each = Vec::new();
    for file in files {
        each.push((file.clone(), mapping(file, scenario, beside, preset)?));
    }
    Ok(Box::new(Ahead::new(Files::open_each(&each, filter)?)))
}

fn mapping(
    file: &Path,
    scenario: &Scenario,
    beside: &Path,
    preset: Option<&str>,
) -> Result<Mapping, Failure> {
    let name =
        file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let source = scenario
        .sources
        .iter()
        .find(|source| source.file.as_ref().is_none_or(|pattern| matches(pattern, &name)));
    let mut mapping = match source {
        Some(source) => match (&source.preset, &source.mapping) {
            (Some(preset), _) => Mapping::preset(preset)?,
            (None, Some(path)) => {
                let path = beside.join(path);
                let text =
                    std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
                Mapping::from_toml(&text)?
            }
            (None, None) => preset.map_or_else(|| Ok(Mapping::default()), Mapping::preset)?,
        },
        None => preset.map_or_else(|| Ok(Mapping::default()), Mapping::preset)?,
    };
    if let Some(index) = source.and_then(|source| source.instrument) {
        mapping.symbol = SymbolMapping::Fixed(scenario.instruments[index].spec.symbol.clone());
    }
    Ok(mapping)
}

/// Whether `name` is what `pattern` says, with `*` for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            let Some(rest) = name.strip_prefix(head) else { return false };
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| matches(tail, &rest[at..]))
        }
    }
}

/// What a run came to, and what it cost.
pub(super) struct Outcome {
    pub summary: Summary,
    pub effort: Effort,
    pub interrupted: bool,
    pub dir: Option<PathBuf>,
}

/// Plays a feed and leaves a run folder in `dir`, if one is wanted.
pub(super) fn play(
    loaded: &Loaded,
    market: Market,
    feed: &mut dyn Feed,
    files: &[PathBuf],
    dir: Option<&Path>,
    extra: Option<&mut dyn Witness>,
    watch: impl FnMut(Progress, &State) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let stop = stop_flag();
    let mut collector = Collector::default();
    let mut writer = dir.map(Writer::within).transpose()?;
    let mut witnesses: Vec<&mut dyn Witness> = vec![&mut collector];
    if let Some(writer) = &mut writer {
        witnesses.push(writer);
    }
    if let Some(extra) = extra {
        witnesses.push(extra);
    }
    let runner = Runner::new(&loaded.scenario, witnesses)?.with_market(market);
    let played = runner.play(feed, &stop, watch)?;
    let summary = summarise(played.engine.state(), &collector, frame(loaded, &played));
    let dir = match writer {
        Some(writer) => Some(record(writer, loaded, files, feed, &played, &summary)?),
        None => None,
    };
    Ok(Outcome { summary, effort: played.effort, interrupted: played.interrupted, dir })
}

fn frame(loaded: &Loaded, played: &Played) -> Frame {
    Frame {
        name: loaded.scenario.name.clone(),
        from: played.from.map(clock::stamp),
        to: played.to.map(clock::stamp),
        interrupted: played.interrupted,
        notes: note_rows(&played.notes),
    }
}

fn record(
    writer: Writer,
    loaded: &Loaded,
    files: &[PathBuf],
    feed: &dyn Feed,
    played: &Played,
    summary: &Summary,
) -> Result<PathBuf, Failure> {
    let mut described = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        described.push(folder::describe(file)?);
    }
    let progress = feed.progress();
    let inputs = Inputs {
        files: described,
        rows: progress.rows,
        unreadable: progress.unreadable,
        from: played.from.map(clock::stamp),
        to: played.to.map(clock::stamp),
    };
    let meta = Meta {
        name: loaded.scenario.name.clone(),
        description: loaded.scenario.description.clone(),
        highmark: super::args::VERSION.to_owned(),
        sets: loaded.sets.clone(),
        interrupted: played.interrupted,
        events: 0,
        state: folder::state_text(played.engine.state()),
        events_blake3: String::new(),
    };
    let summary = serde_json::to_value(summary)
        .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
    let dir = writer.finish(&as_run(loaded), &inputs, &summary, meta)?;
    folder::shelf::remember(&dir);
    Ok(dir)
}

/// The scenario's text; what `--set` changed is noted above it.
fn as_run(loaded: &Loaded) -> String {
    let mut text = String::new();
    for set in &loaded.sets {
        text.push_str(&format!("# run with --set {set}\n"));
    }
    text + &loaded.text
}
