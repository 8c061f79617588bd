//! The hot paths of the engine, each timed by criterion: what `benches/counts` counts, in nanoseconds.
//!
//! ```sh
//! cargo bench -p highmark-engine --bench parts             # all of them, in about two minutes
//! cargo bench -p highmark-engine --bench parts -- close    # those whose name holds a word
//! ```
//!
//! Only what runs inside [`meter::counted`] is timed. Each figure has two readings of the clock in it: `nothing` tells how
//! much that is. Criterion keeps the last run under `target/criterion` and says what has changed since.

#[path = "../counts/commands.rs"]
mod commands;
#[path = "../counts/desk.rs"]
pub(crate) mod desk;
#[path = "../counts/looks.rs"]
mod looks;
mod meter;
#[expect(dead_code, reason = "criterion chooses how often, and knows no descriptions")]
#[path = "../counts/paths.rs"]
mod paths;
#[path = "../counts/ticks.rs"]
mod ticks;

use criterion::Criterion;
use paths::Path;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for path in Path::all() {
        criterion.bench_function(path.name, |bencher| {
            bencher.iter_custom(|times| {
                // Each opens a book of its own, which is not timed but has to be waited for.
                let times = u32::try_from(times).unwrap_or(u32::MAX);
                meter::start();
                path.run(path.trades, times);
                meter::spent()
            });
        });
    }
    criterion.final_summary();
}
