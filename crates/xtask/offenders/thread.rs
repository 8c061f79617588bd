//! E0433: the engine cannot start a thread.

pub fn start() {
    std::thread::spawn(|| ());
}
