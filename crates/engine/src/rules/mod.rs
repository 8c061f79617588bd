//! The rules, one file each; a rule's `//!` text is its page in the manual.

pub mod spec;
