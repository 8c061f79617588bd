//! One file: what a reader sees, what the disk holds, and what lies between the two.

use crate::random::Dice;
use std::collections::BTreeSet;

/// What a disk writes whole or not at all.
pub const SECTOR: usize = 512;

/// What the system keeps together in memory; a failed sync forgets whole pages.
const PAGE: usize = 4096;

/// How a loss of power treats what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Dropped,
    Kept,
    /// The first so many of a hundred changes.
    CutOff(u8),
    /// Each change for itself, kept so many times in a hundred.
    Reordered(u8),
    /// Each sector for itself holds any of the contents it had since the last sync.
    Torn,
}

impl Loss {
    pub fn draw(dice: &mut Dice) -> Loss {
        let share = dice.between(0, 100) as u8;
        match dice.below(10) {
            0 => Loss::Dropped,
            1 => Loss::Kept,
            2..=3 => Loss::CutOff(share),
            4..=6 => Loss::Reordered(share),
            _ => Loss::Torn,
        }
    }
}

/// A file's bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// What everybody sees who has not lost power.
    live: Vec<u8>,
    durable: Vec<u8>,
    /// What happened since the last sync, in order.
    pending: Vec<Change>,
    /// Pages whose sync failed: the system forgot that they are not on the disk, until they are written again.
    forgotten: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize { size: usize },
}

impl Contents {
    pub(super) fn live(&self) -> &[u8] {
        &self.live
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let change = Change::Write { at, bytes: bytes.to_vec() };
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    pub(super) fn resize(&mut self, size: usize) {
        let change = Change::Resize { size };
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    pub(super) fn sync(&mut self) {
        for page in self.take_pages() {
            self.forgotten.remove(&page);
            let place = page * PAGE..(page * PAGE + PAGE).min(self.live.len());
            if place.is_empty() {
                continue;
            }
            if self.durable.len() < place.end {
                self.durable.resize(place.end, 0);
            }
            self.durable[place.clone()].copy_from_slice(&self.live[place]);
        }
        self.durable.resize(self.live.len(), 0);
    }

    /// The sync failed, and the system will not write these pages again of its own accord.
    pub(super) fn fail_sync(&mut self) {
        let pages = self.take_pages();
        self.forgotten.extend(pages);
        self.durable.resize(self.live.len(), 0);
    }

    /// The pages that changed since the last sync; they count as clean from here on.
    fn take_pages(&mut self) -> BTreeSet<usize> {
        let mut pages = BTreeSet::new();
        for change in self.pending.drain(..) {
            match change {
                Change::Write { at, bytes } if !bytes.is_empty() => {
                    pages.extend(at / PAGE..=(at + bytes.len() - 1) / PAGE);
                }
                // The rest of the last page became zeroes.
                Change::Resize { size } => pages.extend([size / PAGE]),
                Change::Write { .. } => {}
            }
        }
        pages
    }

    /// The power is lost: only what the disk holds is left.
    pub(super) fn lose(&mut self, loss: Loss, dice: &mut Dice) {
        let pending = std::mem::take(&mut self.pending);
        let mut left = std::mem::take(&mut self.durable);
        match loss {
            Loss::Dropped => {}
            Loss::Kept => pending.iter().for_each(|change| change.apply(&mut left)),
            Loss::CutOff(share) => {
                let count = pending.len() * usize::from(share) / 100;
                pending[..count].iter().for_each(|change| change.apply(&mut left));
            }
            Loss::Reordered(share) => pending
                .iter()
                .filter(|_| dice.chance(i64::from(share)))
                .for_each(|change| change.apply(&mut left)),
            Loss::Torn => tear(&pending, &mut left, dice),
        }
        self.live = left.clone();
        self.durable = left;
        self.forgotten.clear();
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes: new } => {
                if bytes.len() < at + new.len() {
                    bytes.resize(at + new.len(), 0);
                }
                bytes[*at..at + new.len()].copy_from_slice(new);
            }
            Change::Resize { size } => bytes.resize(*size, 0),
        }
    }
}

/// Each sector stops at a moment of its own, and the size at another.
fn tear(pending: &[Change], left: &mut Vec<u8>, dice: &mut Dice) {
    let mut sizes = vec![left.len()];
    let mut image = left.clone();
    let mut versions: std::collections::BTreeMap<usize, Vec<Vec<u8>>> = Default::default();
    for change in pending {
        if let Change::Write { at, bytes } = change
            && !bytes.is_empty()
        {
            let touched = at / SECTOR..=(at + bytes.len() - 1) / SECTOR;
            for sector in touched.clone() {
                versions.entry(sector).or_insert_with(|| vec![sector_of(&image, sector)]);
            }
            change.apply(&mut image);
            for sector in touched {
                let version = sector_of(&image, sector);
                versions.entry(sector).or_default().push(version);
            }
        } else {
            change.apply(&mut image);
        }
        sizes.push(image.len());
    }
    let size = sizes[dice.below(sizes.len())];
    let whole = size.next_multiple_of(SECTOR);
    left.resize(whole, 0);
    for (sector, versions) in versions {
        let version = &versions[dice.below(versions.len())];
        let start = sector * SECTOR;
        if start < whole {
            left[start..start + SECTOR].copy_from_slice(version);
        }
    }
    left.truncate(size);
}

/// A sector of an image, with zeroes where the image has ended.
fn sector_of(image: &[u8], sector: usize) -> Vec<u8> {
    let start = (sector * SECTOR).min(image.len());
    let end = (start + SECTOR).min(image.len());
    let mut bytes = image[start..end].to_vec();
    bytes.resize(SECTOR, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Contents {
        let mut contents = Contents::default();
        contents.write(0, &[1; 4 * SECTOR]);
        contents.sync();
        contents.write(0, &[2; SECTOR]);
        contents.write(SECTOR, &[3; 4 * SECTOR]);
        contents
    }

    /// What is left of `written` after a loss of this kind, over many seeds.
    fn left(loss: Loss) -> BTreeSet<Vec<u8>> {
        (0..200)
            .map(|seed| {
                let mut contents = written();
                contents.lose(loss, &mut Dice::new(seed));
                contents.live().chunks(SECTOR).map(|sector| sector[0]).collect()
            })
            .collect()
    }

    #[test]
    fn what_was_synced_survives_and_what_was_not_may() {
        assert_eq!(left(Loss::Dropped), [vec![1, 1, 1, 1]].into());
        assert_eq!(left(Loss::Kept), [vec![2, 3, 3, 3, 3]].into());
        assert_eq!(left(Loss::CutOff(50)), [vec![2, 1, 1, 1]].into());
        let any = left(Loss::Reordered(50));
        assert_eq!(
            any,
            [vec![1, 1, 1, 1], vec![2, 1, 1, 1], vec![1, 3, 3, 3, 3], vec![2, 3, 3, 3, 3]].into()
        );
        let torn = left(Loss::Torn);
        assert!(
            torn.contains(&vec![1, 3, 1, 3]) && torn.contains(&vec![2, 1, 3, 1, 3]),
            "{torn:?}"
        );
    }

    #[test]
    fn a_failed_sync_forgets_its_pages_until_they_are_written_again() {
        let mut contents = written();
        contents.fail_sync();
        contents.write(2 * PAGE, &[4; 8]);
        contents.sync();
        assert_eq!(contents.live()[0], 2);
        contents.lose(Loss::Kept, &mut Dice::new(1));
        assert_eq!((contents.live()[0], contents.live()[2 * PAGE]), (1, 4));
    }

    #[test]
    fn a_rewrite_after_a_failed_sync_makes_the_page_durable() {
        let mut contents = written();
        contents.fail_sync();
        contents.write(7, &[9]);
        contents.sync();
        contents.lose(Loss::Dropped, &mut Dice::new(1));
        assert_eq!((contents.live()[0], contents.live()[7], contents.live()[SECTOR]), (2, 9, 3));
    }

    #[test]
    fn a_cut_file_stays_cut_once_synced() {
        let mut contents = written();
        contents.resize(10);
        contents.sync();
        contents.resize(100);
        contents.sync();
        contents.lose(Loss::Dropped, &mut Dice::new(1));
        assert_eq!(contents.live().len(), 100);
        assert_eq!((contents.live()[9], contents.live()[10]), (2, 0));
    }
}
