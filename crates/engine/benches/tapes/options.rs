//! What the program is asked for.

use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Runs one engine on one tape and prints a line of JSON.

Usage: tapes (--tape NAME | --file FILE) --engine highmark|naive|scan|floor [--ticks N] [--latency] [--closes FILE]
       tapes --tape NAME --write FILE
       tapes --list

  --tape NAME     a standard tape
  --file FILE     a tape in HMTAPE1
  --ticks N       only so many of its ticks
  --latency       a clock at each tick: percentiles, and a slower run
  --closes FILE   writes what closed, as CSV
  --write FILE    writes the tape, as HMTAPE1
  --seed N        another tape of the same sort";

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) tape: Option<String>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) engine: Option<String>,
    pub(crate) ticks: Option<usize>,
    pub(crate) seed: Option<u64>,
    pub(crate) with_latency: bool,
    pub(crate) closes: Option<PathBuf>,
    pub(crate) write: Option<PathBuf>,
    pub(crate) lists: bool,
}

impl Options {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                // Cargo's own.
                "--bench" | "--test" => {}
                "--tape" => options.tape = Some(value()?),
                "--file" => options.file = Some(value()?.into()),
                "--engine" => options.engine = Some(value()?),
                "--ticks" => options.ticks = Some(number(&value()?)?),
                "--seed" => options.seed = Some(number(&value()?)?),
                "--latency" => options.with_latency = true,
                "--closes" => options.closes = Some(value()?.into()),
                "--write" => options.write = Some(value()?.into()),
                "--list" => options.lists = true,
                _ => return Err(format!("unknown argument `{word}`")),
            }
        }
        Ok(options)
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number that fits"))
}
