//! Marks that stop coming, and sessions around them.

use crate::script::Script;
use highmark_engine::*;

#[test]
fn a_stale_leg_freezes_peaks_and_targets_but_not_losses() {
    let mut script = Script::new();
    for symbol in ["X", "Y"] {
        let checks = Checks { stale_after: Some(Span::seconds(10)), ..Checks::default() };
        script.define(InstrumentSpec { checks, ..InstrumentSpec::new(symbol) });
    }
    script.lines("rule s0 mtm_target 300\nrule s0 max_loss 100\nbuy 10 X @ 100\nbuy 10 Y @ 100");
    script.line("batch X=100 Y=100");
    assert_eq!(script.line("wait 5"), "");
    script.line("X 110");
    assert_eq!(script.line("wait 5"), "stale");
    assert_eq!(script.line("X 140"), "none", "no target on a stale leg");
    assert_eq!(script.line("mtm"), "mtm 400 peak 100 floor -100 uncertain");
    let said = script.line("X 90");
    assert!(said.starts_with("BREACH max_loss -100 <> -100 (Shutdown)"), "{said}");
    assert_eq!(script.line("Y 101"), "fresh");
    script.assert_replays();
}

#[test]
fn a_stale_mark_is_held_polled_or_left() {
    let policies = [
        (StalePolicy::Hold, "stale", ""),
        (StalePolicy::Poll, "stale, poll", ""),
        (StalePolicy::Exit { after: Span::seconds(5) }, "stale", "EXIT 10 of t0 by stale at 100"),
    ];
    for (stale_policy, at_first, later) in policies {
        let mut script = Script::new();
        let stale_after = Some(Span::seconds(10));
        let checks = Checks { stale_after, stale_policy, ..Checks::default() };
        script.define(InstrumentSpec { checks, ..InstrumentSpec::new("X") });
        script.lines("buy 10 X @ 100 [trail 5]\nX 100");
        assert_eq!(script.line("wait 10"), "");
        assert_eq!(script.line("wait 1"), at_first);
        assert_eq!(script.line("wait 3"), "");
        assert_eq!(script.line("wait 1"), later, "counted from the moment it went stale");
        assert_eq!(script.line("wait 1"), "");
        script.assert_replays();
    }
}

#[test]
fn out_of_session_nothing_goes_stale() {
    let mut script = Script::new();
    let checks = Checks { stale_after: Some(Span::seconds(10)), ..Checks::default() };
    script.define(InstrumentSpec { checks, ..InstrumentSpec::new("X") });
    script.lines("session 0 20260101 0 100\nbuy 10 X @ 100\nwait 95\nX 100");
    assert_eq!(script.line("wait 500"), "", "closed");
    script.line("session 0 20260102 100 1000");
    assert_eq!(script.line("wait 110"), "", "counted from the open");
    assert_eq!(script.line("wait 1"), "stale");
}

#[test]
fn a_mark_that_was_stale_at_the_close_is_left_at_the_next_open_before_it_could_tick() {
    let mut script = Script::new();
    let (stale_after, stale_policy) =
        (Some(Span::seconds(10)), StalePolicy::Exit { after: Span::seconds(5) });
    let checks = Checks { stale_after, stale_policy, ..Checks::default() };
    script.define(InstrumentSpec { checks, ..InstrumentSpec::new("X") });
    script.lines("session 0 20260101 0 100\nbuy 10 X @ 100\nwait 86\nX 100");
    assert_eq!(script.line("wait 12"), "stale");
    script.line("session 0 20260102 100 1000");
    assert_eq!(script.line("wait 100"), "", "the open counts afresh");
    assert_eq!(script.line("wait 14"), "");
    assert_eq!(script.line("wait 1"), "EXIT 10 of t0 by stale at 100");
}
