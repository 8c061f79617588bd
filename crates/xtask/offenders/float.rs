//! clippy::float_arithmetic: the engine cannot compute with floats.

pub fn half(of: f64) -> f64 {
    of * 0.5
}
