//! Bars as ticks: which price at which instant.

use crate::batch::Row;
use crate::layout::Bar;
use crate::mapping::{BarOrder, Bars};
use highmark_engine::{Price, SECOND, Span, TickKind, Timestamp};
use std::collections::VecDeque;

/// Plays all bars with the same time together, so that the ticks of several symbols stay in order of time.
pub(crate) struct BarPlayer {
    bars: Bars,
    group: Vec<Bar>,
    ready: VecDeque<Row>,
}

const OPEN: usize = 0;
const HIGH: usize = 1;
const LOW: usize = 2;
const CLOSE: usize = 3;

impl BarPlayer {
    pub(crate) fn new(bars: Bars) -> BarPlayer {
        BarPlayer { bars, group: Vec::new(), ready: VecDeque::new() }
    }

    /// Whether a bar at this time must wait until the ones before it have been played.
    pub(crate) fn must_play_first(&self, at: Timestamp) -> bool {
        self.group.first().is_some_and(|bar| bar.at != at)
    }

    pub(crate) fn push(&mut self, bar: Bar) {
        self.group.push(bar);
    }

    pub(crate) fn pop(&mut self) -> Option<Row> {
        self.ready.pop_front()
    }

    /// Turns the bars at hand into ticks.
    pub(crate) fn play(&mut self) {
        for (step, delay) in self.delays().into_iter().enumerate() {
            for bar in &self.group {
                if let Some(price) = price_at(self.bars.order, step, bar) {
                    self.ready.push_back(row(bar, price, bar.at.plus(delay)));
                }
            }
        }
        self.group.clear();
    }

    /// When, counted from a bar's time, its four prices are played.
    fn delays(&self) -> [Span; 4] {
        let length = i64::from(self.bars.seconds) * SECOND;
        let start = if self.bars.ends { -length } else { 0 };
        [0, length / 4, length / 2, length - 1].map(|delay| Span(start + delay))
    }
}

/// Which of open, high, low and close is played at that step, if any.
fn price_at(order: BarOrder, step: usize, bar: &Bar) -> Option<usize> {
    let high_first = match order {
        BarOrder::OpenHighLowClose => true,
        BarOrder::OpenLowHighClose => false,
        BarOrder::NearestFirst => bar.sides.iter().flatten().next().is_some_and(high_is_nearer),
        BarOrder::CloseOnly => return (step == CLOSE).then_some(CLOSE),
    };
    Some(match (step, high_first) {
        (0, _) => OPEN,
        (1, true) | (2, false) => HIGH,
        (1, false) | (2, true) => LOW,
        _ => CLOSE,
    })
}

/// Whether the high comes first: nearer to the open, or as near and the bar falls (or moves nowhere).
fn high_is_nearer(side: &[Price; 4]) -> bool {
    let up = side[HIGH] - side[OPEN];
    let down = side[OPEN] - side[LOW];
    up < down || (up == down && side[CLOSE] <= side[OPEN])
}

fn row(bar: &Bar, price: usize, at: Timestamp) -> Row {
    let [last, bid, ask] = bar.sides.map(|side| side.map(|prices| prices[price]));
    let volume = if price == CLOSE { bar.volume } else { None };
    Row { symbol: bar.symbol, at, sequence: None, last, bid, ask, volume, kind: TickKind::Regular }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::SymbolId;
    use highmark_engine::Quantity;

    fn bar(symbol: u32, prices: [i64; 4]) -> Bar {
        Bar {
            symbol: SymbolId(symbol),
            at: Timestamp::seconds(60),
            volume: Some(Quantity::whole(7)),
            sides: [Some(prices.map(Price::whole)), None, None],
        }
    }

    fn played(order: BarOrder, bars: &[Bar]) -> Vec<(i64, u32, i64, bool)> {
        let mut player = BarPlayer::new(Bars { seconds: 60, ends: false, order });
        for bar in bars {
            assert!(!player.must_play_first(bar.at));
            player.push(*bar);
        }
        player.play();
        std::iter::from_fn(|| player.pop())
            .map(|row| {
                let last = row.last.unwrap().0 / Price::whole(1).0;
                (row.at.0, row.symbol.0, last, row.volume.is_some())
            })
            .collect()
    }

    #[test]
    fn a_bar_is_played_at_stated_instants() {
        let minute = 60 * SECOND;
        assert_eq!(
            played(BarOrder::OpenHighLowClose, &[bar(0, [10, 14, 9, 11])]),
            [
                (minute, 0, 10, false),
                (minute + 15 * SECOND, 0, 14, false),
                (minute + 30 * SECOND, 0, 9, false),
                (2 * minute - 1, 0, 11, true),
            ]
        );
        assert_eq!(
            played(BarOrder::CloseOnly, &[bar(0, [10, 14, 9, 11])]),
            [(2 * minute - 1, 0, 11, true)]
        );
    }

    #[test]
    fn the_nearest_extreme_first_mirrors_between_the_sides() {
        let path = |prices| {
            let rows = played(BarOrder::NearestFirst, &[bar(0, prices)]);
            rows.into_iter().map(|row| row.2).collect::<Vec<_>>()
        };
        for (bar, mirrored) in [
            ([10, 14, 9, 11], [-10, -9, -14, -11]),
            ([10, 11, 5, 6], [-10, -5, -11, -6]),
            ([10, 12, 8, 11], [-10, -8, -12, -11]),
        ] {
            let mirror: Vec<i64> = path(mirrored).into_iter().map(|price| -price).collect();
            assert_eq!(path(bar), mirror, "{bar:?}");
        }
        assert_eq!(path([10, 14, 9, 11]), [10, 9, 14, 11]);
        assert_eq!(path([10, 12, 8, 11]), [10, 8, 12, 11]);
    }

    #[test]
    fn bars_of_the_same_minute_are_played_side_by_side() {
        let rows =
            played(BarOrder::OpenLowHighClose, &[bar(0, [1, 4, 1, 2]), bar(1, [5, 8, 5, 6])]);
        let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
        assert!(times.is_sorted());
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [0, 1, 0, 1, 0, 1, 0, 1]);
    }
}
