//! Adds up how long operations take.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Begins to add up.
pub(crate) fn start() {
    SPENT.set(Duration::ZERO);
}

/// What has been added up since.
pub(crate) fn spent() -> Duration {
    SPENT.get()
}

/// Runs one operation.
pub(crate) fn counted(operation: &mut dyn FnMut()) {
    let begun = Instant::now();
    operation();
    let took = begun.elapsed();
    SPENT.set(SPENT.get() + took);
}
