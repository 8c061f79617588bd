//! The brokers that Highmark trades through, one folder each.

pub mod paper;
