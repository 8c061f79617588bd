//! Bars from marks and the studies on them, each computed from the whole row of bars.

use super::book::{Book, Trade};
use super::price;
use super::ratio::{Ratio, half_even, share};
use highmark_engine::{
    Bar, Fraction, InstrumentId, MILLION, MarkKind, PriceRule, RuleId, Scope, Side, Span, Study,
    Timestamp,
};

/// The most bars that a study looks back on when it begins.
const LOOKS_BACK: usize = 1000;

/// The bars that are finished, oldest first.
pub(super) fn closed(book: &Book, id: InstrumentId, length: Span) -> &[Bar] {
    book.instrument(id).bars.get(&length).map_or(&[], |row| &row.closed)
}

/// A rule begins to look at the row of bars that it asks for.
pub(super) fn begin(book: &mut Book, id: RuleId) {
    let rule = &book.rules[id.0 as usize];
    let (Some(PriceRule::Bars { length, .. }), Scope::Trade(trade)) =
        (rule.price_spec(), rule.scope)
    else {
        return;
    };
    let watched = price::watched(book, rule, &book.trades[trade.0 as usize]);
    let count = closed(book, watched, *length).len();
    let state = &mut book.rules[id.0 as usize].price;
    (state.bars_before, state.bars_from) = (count, count.saturating_sub(LOOKS_BACK));
}

/// What a study that is set now on a new trade would say.
pub(super) fn level_now(
    book: &Book,
    id: InstrumentId,
    trade: &Trade,
    study: Study,
    length: Span,
) -> Option<i128> {
    let bars = closed(book, id, length);
    let kept = &bars[bars.len().saturating_sub(LOOKS_BACK)..];
    level(kept, study, trade, kept.len())
}

/// The start of the stretch of this length that holds `at`.
fn stretch(book: &Book, id: InstrumentId, length: Span, at: Timestamp) -> Timestamp {
    let venue = book.instrument(id).spec.venue;
    let origin = book.sessions.get(&venue).map_or(0, |session| session.open.0);
    Timestamp(at.0 - (at.0 - origin).rem_euclid(length.0))
}

/// Rows of bars begin when a rule first asks for them.
pub(super) fn want(book: &mut Book, id: InstrumentId, length: Span) {
    book.instruments[id.0 as usize].bars.entry(length).or_default();
}

/// Adds an accepted mark to the growing bars.
pub(super) fn add(book: &mut Book, id: InstrumentId) {
    let kind = match book.instrument(id).spec.mark {
        MarkKind::Executable => MarkKind::Last,
        kind @ (MarkKind::Last | MarkKind::Mid | MarkKind::Clamped) => kind,
    };
    let Some(mark) = book.price(id, kind, Side::Buy).map(highmark_engine::Price) else { return };
    let lengths: Vec<Span> = book.instrument(id).bars.keys().copied().collect();
    for length in lengths {
        let start = stretch(book, id, length, book.now);
        let row = book.instruments[id.0 as usize].bars.entry(length).or_default();
        let bar =
            row.open.get_or_insert(Bar { start, open: mark, high: mark, low: mark, close: mark });
        bar.high = bar.high.max(mark);
        bar.low = bar.low.min(mark);
        bar.close = mark;
    }
}

/// Closes bars whose end is past (all of a venue when its session opens).
pub(super) fn close(
    book: &mut Book,
    all_of: Option<highmark_engine::VenueId>,
) -> Vec<(InstrumentId, Span, Bar)> {
    let mut done = Vec::new();
    for (index, instrument) in book.instruments.iter_mut().enumerate() {
        let venue = instrument.spec.venue;
        for (length, row) in &mut instrument.bars {
            let Some(bar) = row.open else { continue };
            if book.now.0 >= bar.start.0 + length.0 || all_of == Some(venue) {
                row.open = None;
                row.closed.push(bar);
                done.push((InstrumentId(index as u32), *length, bar));
            }
        }
    }
    done
}

/// Levels of all rules that stand on this row of bars ratchet.
pub(super) fn ratchet(book: &mut Book, id: InstrumentId, length: Span) {
    let rules: Vec<RuleId> = book.rules.iter().map(|rule| rule.id).collect();
    for rule in rules {
        ratchet_rule(book, rule, Some((id, length)));
    }
}

/// The level of one bars rule ratchets to what the finished bars say.
pub(super) fn ratchet_rule(book: &mut Book, id: RuleId, only: Option<(InstrumentId, Span)>) {
    let rule = &book.rules[id.0 as usize];
    let (Scope::Trade(trade), false, true) = (rule.scope, rule.removed, rule.price.started) else {
        return;
    };
    let trade = &book.trades[trade.0 as usize];
    let Some(PriceRule::Bars { study, length }) = rule.price_spec() else { return };
    let watched = price::watched(book, rule, trade);
    if !trade.is_held() || only.is_some_and(|only| only != (watched, *length)) {
        return;
    }
    let (before, from) = (rule.price.bars_before, rule.price.bars_from);
    let seen = &closed(book, watched, *length)[from..];
    let level = level(seen, *study, trade, before - from);
    let state = &mut book.rules[id.0 as usize].price;
    price::raise(state, level.map(Ratio::whole), None);
}

/// A bar as a trade of one side sees it.
#[derive(Clone, Copy)]
struct Seen {
    high: i128,
    low: i128,
    close: i128,
}

fn level(bars: &[Bar], study: Study, trade: &Trade, bars_before: usize) -> Option<i128> {
    let seen: Vec<Seen> = bars
        .iter()
        .map(|bar| {
            let (high, low) = (i128::from(bar.high.0), i128::from(bar.low.0));
            let close = trade.sign() * i128::from(bar.close.0);
            match trade.side {
                Side::Buy => Seen { high, low, close },
                Side::Sell => Seen { high: -low, low: -high, close },
            }
        })
        .collect();
    let window = |period: u32| seen.len().checked_sub(period as usize).map(|from| &seen[from..]);
    let times =
        |multiple: Fraction, atr: i128| share(atr, i128::from(multiple.0), i128::from(MILLION));
    match study {
        Study::Atr { period, multiple } => {
            let atr = *atrs(&seen, period).last()?;
            Some(seen.last()?.close - times(multiple, atr?))
        }
        Study::Chandelier { period, multiple } => {
            let atr = *atrs(&seen, period).last()?;
            let high = window(period)?.iter().map(|bar| bar.high).max()?;
            Some(high - times(multiple, atr?))
        }
        Study::Donchian { period } => window(period)?.iter().map(|bar| bar.low).min(),
        Study::Supertrend { period, multiple } => {
            let mut last: Option<i128> = None;
            for (index, atr) in atrs(&seen, period).into_iter().enumerate() {
                let Some(atr) = atr else { continue };
                let middle = half_even(seen[index].high + seen[index].low, 2);
                let lower = middle - times(multiple, atr);
                last = Some(match last {
                    Some(before) if seen[index - 1].close >= before => lower.max(before),
                    _ => lower,
                });
            }
            last
        }
        Study::ParabolicSar { step, most } => sar(&seen[bars_before..], step, most),
    }
}

/// The average true range after each bar, once there are enough.
fn atrs(bars: &[Seen], period: u32) -> Vec<Option<i128>> {
    let n = i128::from(period);
    let (mut sum, mut atr) = (0, None);
    let mut row = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| bars[before].close);
        let high = before.map_or(bar.high, |close| bar.high.max(close));
        let low = before.map_or(bar.low, |close| bar.low.min(close));
        let range = high - low;
        sum += range;
        atr = match atr {
            Some(atr) => Some(half_even(atr * (n - 1) + range, n)),
            None if index + 1 == period as usize => Some(half_even(sum, n)),
            None => None,
        };
        row.push(atr);
    }
    row
}

fn sar(bars: &[Seen], step: Fraction, most: Fraction) -> Option<i128> {
    let first = bars.first()?;
    let (mut sar, mut extreme, mut factor) = (first.low, first.high, i128::from(step.0));
    for (index, bar) in bars.iter().enumerate().skip(1) {
        sar += share(extreme - sar, factor, i128::from(MILLION));
        sar = sar.min(bars[index - 1].low);
        if index >= 2 {
            sar = sar.min(bars[index - 2].low);
        }
        if bar.high > extreme {
            extreme = bar.high;
            factor = (factor + i128::from(step.0)).min(i128::from(most.0));
        }
    }
    Some(sar)
}
