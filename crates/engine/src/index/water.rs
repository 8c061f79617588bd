//! The highest mark since any moment, and when it was made: what a trade that joined at that moment has for a best.
//!
//! Marks that a later one has topped can be the highest for nobody, so what is kept falls from the first to the last; a
//! mark is kept only when somebody joined since the one before it. Seeing a mark costs O(1) on average, asking
//! O(log n) of the marks kept, which are never more than the moments at which somebody joined.

use crate::time::Timestamp;
use alloc::vec::Vec;

/// A moment, counted in marks.
pub(crate) type Moment = u64;

#[derive(Clone, Debug, Default)]
pub(crate) struct Water {
    now: Moment,
    /// When somebody last joined.
    joined: Moment,
    highs: Vec<High>,
}

#[derive(Clone, Copy, Debug)]
struct High {
    moment: Moment,
    x: i64,
    at: Timestamp,
}

impl Water {
    /// From which moment on marks count for one who joins now.
    pub(crate) fn join(&mut self) -> Moment {
        self.joined = self.now;
        self.now
    }

    pub(crate) fn see(&mut self, x: i64, at: Timestamp) {
        self.now += 1;
        while self.highs.last().is_some_and(|high| high.x < x) {
            self.highs.pop();
        }
        // Of equal marks the first counts, for those who had joined by then.
        if self.highs.last().is_none_or(|high| high.moment <= self.joined) {
            self.highs.push(High { moment: self.now, x, at });
        }
    }

    /// A mark at or below this need not be seen, if there is one; `None` while every mark has to be.
    pub(crate) fn highest(&self) -> Option<Option<i64>> {
        match self.highs.last() {
            None => Some(None),
            Some(high) => (high.moment > self.joined).then_some(Some(high.x)),
        }
    }

    /// The highest mark after `moment` and when it was first made.
    pub(crate) fn since(&self, moment: Moment) -> Option<(i64, Timestamp)> {
        let first = self.highs.partition_point(|high| high.moment <= moment);
        self.highs.get(first).map(|high| (high.x, high.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_gets_the_highest_mark_since_joining_and_the_time_of_its_first() {
        let marks = [5, 5, 3, 4, 4, 6, 2, 2, 6, 1, 3, 3, 0, 7, 6, 6, 5];
        for joins in 0u32..1 << 12 {
            let mut water = Water::default();
            let mut members = Vec::new();
            for (number, x) in marks.into_iter().enumerate() {
                if joins >> (number % 12) & 1 == 1 {
                    members.push((water.join(), number));
                }
                water.see(x, Timestamp(i64::try_from(number).unwrap()));
            }
            for (moment, since) in members {
                let most = marks[since..].iter().max().copied().unwrap();
                let first = since + marks[since..].iter().position(|x| *x == most).unwrap();
                let first = Timestamp(i64::try_from(first).unwrap());
                assert_eq!(water.since(moment), Some((most, first)));
            }
        }
    }

    #[test]
    fn a_falling_market_that_nobody_joins_is_not_kept() {
        let mut water = Water::default();
        water.join();
        (0..1000).for_each(|number| water.see(1000 - number, Timestamp(number)));
        assert_eq!(water.highs.len(), 1);
    }
}
