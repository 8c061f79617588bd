//! How many rows a second a feed gives out: `cargo run --release --example rate -- nse_1s FILE..`

use highmark_feeds::{Batch, Feed, Files, Filter, Mapping};
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), highmark_feeds::FeedError> {
    let mut arguments = std::env::args().skip(1);
    let mapping = Mapping::preset(&arguments.next().unwrap_or_default())?;
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let start = Instant::now();
    let mut feed = Files::open(&paths, &mapping, &Filter::default())?;
    let mut batch = Batch::default();
    while feed.fill(&mut batch)? {}
    let (rows, seconds) = (feed.progress().rows, start.elapsed().as_secs_f64());
    println!("{rows} rows in {seconds:.3} s: {:.2} million a second", rows as f64 / seconds / 1e6);
    Ok(())
}
