//! Threads that leave the processor to those that decide.

/// How far such a thread steps back: from 0 to 19.
#[cfg(target_os = "linux")]
const STEPS_BACK: i32 = 10;

/// Runs on a thread that leaves the processor to the others.
pub(crate) fn behind(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let run = move || {
        step_back();
        run();
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// This thread leaves the processor to the others.
pub(crate) fn step_back() {
    // On Linux this is of the thread alone; elsewhere it would slow all of them, so it is left out.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, STEPS_BACK);
}
