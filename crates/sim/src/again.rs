//! Engines that start again in the midst of a row: from a state that was carried over, and from the facts alone.

use highmark_engine::{Engine, Event, Input, State};
use std::fmt::{self, Write};

/// One engine that only folds, and one that has started again and goes on.
pub struct Again {
    folded: Engine,
    going: Option<Engine>,
    starts: bool,
    /// How often an engine started again.
    pub count: u64,
}

/// How an engine starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// With the state that was written down and read.
    Carried,
    /// With all facts folded since the beginning.
    Folded,
}

impl Again {
    /// `starts`: also starts again; otherwise only folds.
    pub fn new(starts: bool) -> Again {
        Again { folded: Engine::new(), going: None, starts, count: 0 }
    }

    /// Takes an input and what the engine that never stopped said to it.
    pub fn step(&mut self, input: &Input, live: &Engine, events: &[Event]) -> Result<(), String> {
        if let Some(going) = &mut self.going {
            let said = going.step(input.clone());
            if said != events {
                let pairs = said.iter().zip(events).find(|(one, other)| one != other);
                return Err(format!("an engine that started again says something else\n{pairs:?}"));
            }
        }
        for event in events {
            self.folded.apply(event);
        }
        if let Some(start) = self.due(input) {
            self.start(start, live)?;
        }
        Ok(())
    }

    /// Whether an engine starts again after this input: rarer with more trades, because it costs a copy of all that stands.
    /// It depends on the input alone, so that a row that is shrunk keeps its starts.
    fn due(&self, input: &Input) -> Option<Start> {
        let drawn = mixed(input.at.0.unsigned_abs());
        let trades = u64::from(self.folded.state().trade_count());
        if !self.starts || !drawn.is_multiple_of(50 + trades / 2) {
            return None;
        }
        Some(if drawn >> 63 == 0 { Start::Carried } else { Start::Folded })
    }

    fn start(&mut self, start: Start, live: &Engine) -> Result<(), String> {
        let going = match start {
            Start::Carried => {
                let text = written(live)?;
                let state: State =
                    serde_json::from_slice(&text).map_err(|wrong| wrong.to_string())?;
                Engine::from_state(state)
            }
            Start::Folded => self.folded.clone(),
        };
        let mut standing = Standing::default();
        standing.take(live);
        if !standing.is_of(&going) {
            return Err(format!("{start:?}: {}", parted(live, &going)));
        }
        self.going = Some(going);
        self.count += 1;
        Ok(())
    }

    /// The engines that must stand where the live one stands, and what is wrong when they don't.
    pub fn engines(&self) -> impl Iterator<Item = (&'static str, &Engine)> {
        let folded = ("folding gives another state", &self.folded);
        let going = self.going.as_ref().map(|going| ("starting again changes the state", going));
        [folded].into_iter().chain(going)
    }
}

/// The state as it is carried over.
fn written(engine: &Engine) -> Result<Vec<u8>, String> {
    serde_json::to_vec(engine.state()).map_err(|wrong| wrong.to_string())
}

/// Where the states of two engines part.
pub fn parted(one: &Engine, other: &Engine) -> String {
    let texts = [one, other].map(|engine| format!("{:#?}", engine.state().settled()));
    let lines = texts[0].lines().zip(texts[1].lines());
    let differ = lines.filter(|(one, other)| one != other).take(6);
    differ.fold(String::new(), |text, (one, other)| {
        format!("{text}\n    {} | {}", one.trim(), other.trim())
    })
}

/// The text of a state with nothing trailing behind, which other states are held against.
///
/// It is what `State::hash` is taken of, without the hash: that costs more than all else of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Standing(String);

impl Standing {
    /// Takes the state of an engine down.
    pub fn take(&mut self, engine: &Engine) {
        self.0.clear();
        // Writing into text cannot fail.
        let _ = write!(self.0, "{:?}", engine.state().settled());
    }

    /// How much text it is.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Whether another engine stands there too.
    pub fn is_of(&self, engine: &Engine) -> bool {
        let mut rest = Rest(self.0.as_bytes());
        write!(rest, "{:?}", engine.state().settled()).is_ok() && rest.0.is_empty()
    }
}

/// What is still to be said for two texts to be the same.
struct Rest<'a>(&'a [u8]);

impl Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text.as_bytes()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// The finaliser of splitmix64.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
