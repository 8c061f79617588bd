//! Durable, ordered, tamper-evident facts: what was decided, and from what.
