//! An independent, naive oracle of the engine, a generator of books and tapes, and the comparison of the two.

pub mod again;
pub mod compare;
pub mod disk;
pub mod fact;
pub mod invariants;
pub mod mirror;
pub mod oracle;
pub mod random;
pub mod run;
pub mod shrink;
