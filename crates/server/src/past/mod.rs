//! What happened: the journal folded again for those who ask why, for reports and curves, beside its writer.

pub mod again;
pub mod days;
pub mod patience;
pub mod record;
pub mod trial;
