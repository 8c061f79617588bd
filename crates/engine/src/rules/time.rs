//! `time { at | after | before_close }`: exit by the clock.
//!
//! `at` a time of day (the first such moment after the trade opened or the rule was set), `after` a holding time, or
//! `before_close` minutes before the end of the instrument's session. The end comes from the session calendar, never from
//! a hard-coded hour; without a session `before_close` never fires. It fires at the first input at or past the moment,
//! after price stops and targets of the same tick.

use super::spec::When;
use crate::time::{Span, Timestamp};

/// The instant at which the rule fires, given when it began to count, the first fill and the session's close.
pub(crate) fn due(
    when: When,
    since: Timestamp,
    opened: Timestamp,
    close: Option<Timestamp>,
    utc_offset: Span,
) -> Option<Timestamp> {
    match when {
        When::At(time) => Some(since.max(opened).next(time, utc_offset)),
        When::After(span) => Some(opened.plus(span)),
        When::BeforeClose(span) => close.map(|close| close.minus(span)),
    }
}
