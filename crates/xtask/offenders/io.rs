//! E0433: the engine cannot reach a file.

pub fn read() -> bool {
    std::fs::read("journal").is_ok()
}
