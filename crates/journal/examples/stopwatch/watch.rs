//! A stopwatch that tells the clock's time and the processor's.

use std::time::Instant;

pub(crate) struct Watch {
    started: Instant,
    processor: Option<f64>,
}

impl Watch {
    pub(crate) fn start() -> Watch {
        Watch { started: Instant::now(), processor: processor() }
    }

    /// Processor time, or else the clock's.
    pub(crate) fn seconds(&self) -> f64 {
        match (self.processor, processor()) {
            (Some(before), Some(now)) => now - before,
            _ => self.started.elapsed().as_secs_f64(),
        }
    }

    pub(crate) fn read(&self) -> String {
        let wall = self.started.elapsed();
        match (self.processor, processor()) {
            (Some(before), Some(now)) => format!("{wall:.2?} ({:.2} s of processor)", now - before),
            _ => format!("{wall:.2?}"),
        }
    }
}

/// Processor time of this process, where the system tells it: on a busy machine it says more than the clock.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}
