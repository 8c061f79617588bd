//! The names in the folders of a drive: they are durable only once their folder was synced.

use super::contents::Loss;
use crate::random::Dice;
use std::collections::BTreeMap;

/// Which file each path names, now and after a loss of power.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    live: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    pending: Vec<Change>,
}

/// All that one call changes: a rename takes a name away and gives another, at once.
#[derive(Clone, Debug)]
struct Change {
    removed: Option<String>,
    added: Option<(String, usize)>,
}

impl Names {
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        self.live.get(path).copied()
    }

    pub(super) fn name_of(&self, file: usize) -> Option<&str> {
        self.live.iter().find(|(_, named)| **named == file).map(|(name, _)| name.as_str())
    }

    pub(super) fn add(&mut self, path: &str, file: usize) {
        self.change(Change { removed: None, added: Some((path.to_owned(), file)) });
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.change(Change { removed: Some(path.to_owned()), added: None });
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(file) = self.find(from) {
            let added = Some((to.to_owned(), file));
            self.change(Change { removed: Some(from.to_owned()), added });
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    /// The folder of `path` is synced: what was done to its names so far is durable.
    pub(super) fn sync(&mut self, folder: &str) {
        let (done, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change: &Change| change.is_in(folder));
        self.pending = pending;
        done.iter().for_each(|change: &Change| change.apply(&mut self.durable));
    }

    /// The names in a folder, without it.
    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        let inside = self.live.keys().filter(|path| parent(path) == folder);
        inside.map(|path| path[folder.len() + 1..].to_owned()).collect()
    }

    pub(super) fn lose(&mut self, loss: Loss, dice: &mut Dice) {
        let pending = std::mem::take(&mut self.pending);
        let mut left = std::mem::take(&mut self.durable);
        let count = match loss {
            Loss::Dropped => 0,
            Loss::Kept => pending.len(),
            Loss::CutOff(share) => pending.len() * usize::from(share) / 100,
            Loss::Reordered(_) | Loss::Torn => {
                let kept = pending.iter().filter(|_| dice.chance(50));
                kept.for_each(|change| change.apply(&mut left));
                0
            }
        };
        pending[..count].iter().for_each(|change| change.apply(&mut left));
        self.live = left.clone();
        self.durable = left;
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        if let Some(path) = &self.removed {
            names.remove(path);
        }
        if let Some((path, file)) = &self.added {
            names.insert(path.clone(), *file);
        }
    }

    fn is_in(&self, folder: &str) -> bool {
        let added = self.added.as_ref().map(|(path, _)| path);
        self.removed.iter().chain(added).any(|path| parent(path) == folder)
    }
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_durable_once_its_folder_was_synced() {
        let mut names = Names::default();
        names.add("/a/one", 1);
        names.sync("/a");
        names.add("/a/two", 2);
        names.rename("/a/one", "/a/three");
        names.sync("/b");
        let mut dropped = names.clone();
        dropped.lose(Loss::Dropped, &mut Dice::new(1));
        assert_eq!(dropped.list("/a"), ["one"]);
        names.sync("/a");
        names.lose(Loss::Dropped, &mut Dice::new(1));
        assert_eq!(names.list("/a"), ["three", "two"]);
    }

    #[test]
    fn a_rename_is_whole_or_not_at_all() {
        for seed in 0..50 {
            let mut names = Names::default();
            names.add("/a/one", 1);
            names.sync("/a");
            names.rename("/a/one", "/a/two");
            names.lose(Loss::Reordered(50), &mut Dice::new(seed));
            assert_eq!(names.list("/a").len(), 1, "seed {seed}");
        }
    }
}
