//! When a trade is to be entered: at a time, on a breakout, on momentum.

use crate::scenario::{Enter, Signal};
use highmark_engine::{Price, Span, Timestamp};
use std::collections::VecDeque;

/// A trade that waits for its entry.
#[derive(Clone, Debug)]
pub struct Watch {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    signal: Option<Signal>,
    session_open: Timestamp,
    range: Option<(Price, Price)>,
    /// Prices within the momentum's time, each more extreme than all after it.
    extremes: VecDeque<(Timestamp, Price)>,
}

/// What a price means for a waiting trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Enter,
    /// Its time is over.
    TooLate,
}

impl Watch {
    /// `today` gives the instant of a time of day.
    pub fn new(
        enter: &Enter,
        session_open: Timestamp,
        today: impl Fn(highmark_engine::TimeOfDay) -> Timestamp,
    ) -> Watch {
        Watch {
            from: enter.from.map(&today),
            until: enter.until.map(&today),
            signal: enter.signal,
            session_open,
            range: None,
            extremes: VecDeque::new(),
        }
    }

    /// Looks at a new mark of the trade's instrument.
    pub fn see(&mut self, now: Timestamp, mark: Price) -> Verdict {
        if self.until.is_some_and(|until| now > until) {
            return Verdict::TooLate;
        }
        // A signal sees every price, also those before the trade may be entered.
        let wanted = match self.signal {
            None => true,
            Some(Signal::Above(price)) => mark >= price,
            Some(Signal::Below(price)) => mark <= price,
            Some(Signal::Range { length, up }) => self.left_range(now, mark, length, up),
            Some(Signal::Momentum { points, within, up }) => {
                self.has_moved(now, mark, points, within, up)
            }
        };
        let open = self.from.is_none_or(|from| now >= from);
        if wanted && open { Verdict::Enter } else { Verdict::Wait }
    }

    fn left_range(&mut self, now: Timestamp, mark: Price, length: Span, up: bool) -> bool {
        if now < self.session_open.plus(length) {
            let (low, high) = self.range.unwrap_or((mark, mark));
            self.range = Some((low.min(mark), high.max(mark)));
            return false;
        }
        self.range.is_some_and(|(low, high)| if up { mark > high } else { mark < low })
    }

    fn has_moved(
        &mut self,
        now: Timestamp,
        mark: Price,
        points: Price,
        within: Span,
        up: bool,
    ) -> bool {
        let against = |price: Price| if up { price } else { -price };
        while self.extremes.back().is_some_and(|(_, price)| against(*price) >= against(mark)) {
            self.extremes.pop_back();
        }
        self.extremes.push_back((now, mark));
        while self.extremes.front().is_some_and(|(at, _)| now.since(*at) > within) {
            self.extremes.pop_front();
        }
        self.extremes.front().is_some_and(|(_, price)| against(mark) - against(*price) >= points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(signal: Signal) -> Watch {
        let enter = Enter { from: None, until: None, signal: Some(signal) };
        Watch::new(&enter, Timestamp::default(), |time| Timestamp(time.0))
    }

    fn first(watch: &mut Watch, prices: &[i64]) -> Option<usize> {
        prices.iter().enumerate().position(|(second, price)| {
            let at = Timestamp::seconds(i64::try_from(second).unwrap());
            watch.see(at, Price::whole(*price)) == Verdict::Enter
        })
    }

    #[test]
    fn signals_fire_where_they_should() {
        let path = [100, 102, 99, 101, 103, 98, 97, 105];
        assert_eq!(first(&mut watch(Signal::Above(Price::whole(103))), &path), Some(4));
        let length = Span::seconds(3);
        assert_eq!(first(&mut watch(Signal::Range { length, up: true }), &path), Some(4));
        assert_eq!(first(&mut watch(Signal::Range { length, up: false }), &path), Some(5));
        let momentum = |points, up| Signal::Momentum {
            points: Price::whole(points),
            within: Span::seconds(2),
            up,
        };
        assert_eq!(first(&mut watch(momentum(4, true)), &path), Some(4));
        assert_eq!(first(&mut watch(momentum(5, false)), &path), Some(5));
        assert_eq!(first(&mut watch(momentum(9, true)), &path), None);
    }
}
