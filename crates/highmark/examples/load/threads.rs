//! The processor's time that threads have taken, by their names: a steadier proof than times of ticks are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Nanoseconds by the name of the thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(BTreeMap<String, u64>);

impl Times {
    /// Of this process, up to now.
    pub(crate) fn now() -> Times {
        Times::of(Path::new("/proc/self/task"))
    }

    /// Of a process that was started.
    pub(crate) fn of_process(id: u32) -> Times {
        Times::of(&Path::new("/proc").join(id.to_string()).join("task"))
    }

    fn of(tasks: &Path) -> Times {
        let mut times = BTreeMap::new();
        for task in fs::read_dir(tasks).into_iter().flatten().flatten() {
            let read = |name: &str| fs::read_to_string(task.path().join(name)).ok();
            // Threads that end meanwhile are left out.
            let (Some(name), Some(taken)) = (read("comm"), read("schedstat")) else { continue };
            let nanos = taken.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
            *times.entry(name.trim().to_owned()).or_default() += nanos.unwrap_or(0);
        }
        Times(times)
    }

    pub(crate) fn since(&self, earlier: &Times) -> Times {
        let less = |(name, nanos): (&String, &u64)| {
            (name.clone(), nanos.saturating_sub(earlier.0.get(name).copied().unwrap_or(0)))
        };
        Times(self.0.iter().map(less).collect())
    }

    pub(crate) fn add(&mut self, other: &Times) {
        for (name, nanos) in &other.0 {
            *self.0.entry(name.clone()).or_default() += nanos;
        }
    }

    /// All of it under one name.
    pub(crate) fn renamed(&self, name: &str) -> Times {
        Times(BTreeMap::from([(name.to_owned(), self.0.values().sum())]))
    }

    /// In a hundredth of one processor over so many seconds, those with the most first.
    pub(crate) fn shares(&self, seconds: f64) -> String {
        let mut all: Vec<(&String, f64)> =
            self.0.iter().map(|(name, nanos)| (name, *nanos as f64 / 1e7 / seconds)).collect();
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        let shown = all.into_iter().filter(|(_, share)| *share >= 0.05);
        shown.map(|(name, share)| format!("{name} {share:.1}")).collect::<Vec<_>>().join(", ")
    }
}
