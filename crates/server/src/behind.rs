//! Threads that leave the processor to those that decide.

use std::io;
use std::thread::Builder;
use std::time::{Duration, Instant};

/// How far a thread steps back that people wait for: from 0 to 19.
#[cfg(target_os = "linux")]
const STEPS_BACK: i32 = 10;

/// Runs on a thread that steps back for the others.
pub(crate) fn behind(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    spawn(name, step_back, run)
}

/// Runs on a thread that has what the others leave.
pub(crate) fn aside(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    spawn(name, step_aside, run)
}

/// This thread steps back for the others, and still has its share of a machine that is full.
pub(crate) fn step_back() {
    // On Linux this is of the thread alone; elsewhere it would slow all of them, so it is left out.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, STEPS_BACK);
}

/// This thread has what the others leave: whoever else wakes has the processor at once, where a thread that has only
/// stepped back keeps it for a millisecond or more.
pub(crate) fn step_aside() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
            set_thread_priority_and_policy, thread_native_id,
        };
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
    }
}

/// Long work in spells: whoever waits for this processor has it between two. Without that a thread that has the
/// processor keeps it for up to some milliseconds, however far it has stepped back.
///
/// It sleeps and does not yield: on Linux 6.18 threads that yielded often were seen to keep others, the kernel's own among
/// them, from every processor for two minutes.
pub(crate) struct Spell(Instant);

const SPELL: Duration = Duration::from_micros(500);
const REST: Duration = Duration::from_micros(50);

impl Spell {
    pub(crate) fn begin() -> Spell {
        Spell(Instant::now())
    }

    /// Rests once a spell is over.
    pub(crate) fn rest(&mut self) {
        if self.0.elapsed() >= SPELL {
            std::thread::sleep(REST);
            self.0 = Instant::now();
        }
    }
}

fn spawn(
    name: &str,
    first: impl FnOnce() + Send + 'static,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let run = move || {
        first();
        run();
    };
    Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn who_steps_aside_is_in_the_idle_class_and_nobody_else() {
        use super::aside;
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy,
        };
        let (tell, told) = std::sync::mpsc::channel();
        aside("test", move || tell.send(thread_schedule_policy()).unwrap()).unwrap();
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        assert_eq!(told.recv().unwrap(), Ok(idle));
        assert_ne!(thread_schedule_policy(), Ok(idle));
    }
}
