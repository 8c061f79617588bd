//! A process that has nothing to do with the service and takes a share of one processor, when all others leave it: what
//! those who watch cost is compared with what as much work costs that is nobody's.

use crate::Failed;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The word by which this program is started as the burner.
pub(crate) const AS_BURNER: &str = "as-burner";
/// It works for its share of such a while, and rests for the rest of it.
const WHILE: Duration = Duration::from_millis(40);

/// The process; it ends when it is dropped.
pub(crate) struct Burner(pub(crate) Child);

impl Burner {
    /// `percent` of one processor, from 1 to 100.
    pub(crate) fn start(percent: u32) -> Result<Burner, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([AS_BURNER, &percent.to_string()]).stdin(Stdio::piped());
        Ok(Burner(command.spawn()?))
    }
}

impl Drop for Burner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Works until whoever started it has gone.
pub(crate) fn burn(words: &[String]) -> Result<(), Failed> {
    static ENDS: AtomicBool = AtomicBool::new(false);
    let percent: u32 = words.first().ok_or("say how many percent")?.parse()?;
    let works = WHILE * percent.clamp(1, 100) / 100;
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        ENDS.store(true, Ordering::Relaxed);
    });
    leave_the_processor()?;
    while !ENDS.load(Ordering::Relaxed) {
        let until = Instant::now() + works;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        std::thread::sleep(WHILE - works);
    }
    Ok(())
}

/// This thread has what all others leave of the processor.
pub(crate) fn leave_the_processor() -> Result<(), Failed> {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
        .map_err(|error| format!("the processor is not left to others: {error:?}").into())
}
