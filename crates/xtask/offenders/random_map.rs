//! E0433: the engine cannot hold a map whose order is random.

pub fn count() -> usize {
    std::collections::HashMap::from([(1, 2)]).len()
}
