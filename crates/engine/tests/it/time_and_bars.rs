//! The order of things within one input, and what time does: sessions, bars, candles, clocks, gaps.

use crate::script::{Script, check};
use expect_test::expect;
use highmark_engine::*;

#[test]
fn stops_beat_targets_and_targets_beat_time() {
    check(
        "buy 10 X @ 100 [target 110; ladder 10=12; time after 2]
         X 105 110
         buy 10 Y @ 100 [time after 2; target 105]
         buy 10 Z @ 100 [time after 1]
         Y 104 105
         Z 100",
        expect![[r#"
            buy 10 X @ 100 [target 110; ladder 10=12; time after 2]
            X 105 110 -> none | EXIT 10 of t0 by ladder at 110 level 112
            buy 10 Y @ 100 [time after 2; target 105]
            buy 10 Z @ 100 [time after 1]
            Y 104 105 -> EXIT 10 of t2 by time at no mark | EXIT 10 of t1 by target at 105 level 105
            Z 100
        "#]],
    );
}

#[test]
fn a_trade_exits_before_its_scope_is_judged() {
    check(
        "rule s0 max_loss 100
         buy 10 X @ 100 [stop 90]
         buy 10 Y @ 100
         Y 100
         X 89
         show t0
         show t1",
        expect![[r#"
            rule s0 max_loss 100
            buy 10 X @ 100 [stop 90]
            buy 10 Y @ 100
            Y 100 -> none
            X 89 -> EXIT 10 of t0 by stop_loss at 89 level 90, BREACH max_loss -110 <> -100 (Shutdown), s0 shut down, EXIT 10 of t1 by max_loss at 100
            show t0 -> closed 0 of 10 entry 100 best 100 stop 90 mtm -110 exit by stop_loss
            show t1 -> closed 0 of 10 entry 100 best 100 stop none mtm 0 exit by max_loss
        "#]],
    );
}

#[test]
fn a_tick_dated_before_the_entry_decides_nothing() {
    check(
        "X 100
         wait 10
         buy 10 X @ 100 [trail 5]
         show t0
         X 99 94",
        expect![[r#"
            X 100
            wait 10
            buy 10 X @ 100 [trail 5]
            show t0 -> open 10 of 10 entry 100 best 100 stop 95 mtm 0
            X 99 94 -> 95 | EXIT 10 of t0 by trail at 94 level 95
        "#]],
    );
}

#[test]
fn time_rules_fire_at_the_first_input_past_their_instant() {
    check(
        "buy 10 X @ 100 [time after 60]
         wait 59
         wait 1
         session 0 20260101 0 1000
         buy 10 X @ 100 [time before_close 900]
         wait 99
         wait 1
         buy 10 X @ 100 [time at 19:30]
         wait 1000
         wait 100",
        expect![[r#"
            buy 10 X @ 100 [time after 60]
            wait 59
            wait 1 -> EXIT 10 of t0 by time at no mark
            session 0 20260101 0 1000
            buy 10 X @ 100 [time before_close 900]
            wait 99
            wait 1 -> EXIT 10 of t1 by time at no mark
            buy 10 X @ 100 [time at 19:30]
            wait 1000 -> EXIT 10 of t2 by time at no mark
            wait 100
        "#]],
    );
}

#[test]
fn a_session_moves_the_instant_before_its_close() {
    check(
        "buy 10 X @ 100 [time before_close 100]
         wait 1000
         session 0 20260101 0 150
         wait 49
         session 0 20260101 0 500
         wait 1
         wait 398
         wait 1",
        expect![[r#"
            buy 10 X @ 100 [time before_close 100]
            wait 1000
            session 0 20260101 0 150
            wait 49
            session 0 20260101 0 500
            wait 1
            wait 398
            wait 1 -> EXIT 10 of t0 by time at no mark
        "#]],
    );
}

#[test]
fn bars_close_with_the_first_input_past_their_end() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100 [bars 10 donchian 2]
         X 101 103 99 102
         wait 5
         X 104
         wait 1
         X 106 105
         wait 30
         show t0
         X 99.05 99",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100 [bars 10 donchian 2]
            X 101 103 99 102 -> none | none | none | none
            wait 5
            X 104 -> bar 101 103 99 102
            wait 1
            X 106 105 -> none | none
            wait 30 -> bar 104 106 104 105
            show t0 -> open 10 of 10 entry 100 best 106 stop 99 mtm 50
            X 99.05 99 -> 99 | EXIT 10 of t0 by bars at 99 level 99
        "#]],
    );
}

#[test]
fn average_true_range_is_wilders() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100 [bars 10 atr 2 1.5]
         X 102 98 101
         wait 7
         X 105 103 104
         wait 7
         show t0
         X 109 107
         wait 8
         show t0
         X 101",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100 [bars 10 atr 2 1.5]
            X 102 98 101 -> none | none | none
            wait 7 -> bar 102 102 98 101
            X 105 103 104 -> none | none | none
            wait 7 -> bar 105 105 103 104
            show t0 -> open 10 of 10 entry 100 best 105 stop 98 mtm 40
            X 109 107 -> 98 | 98
            wait 8 -> bar 109 109 107 107
            show t0 -> open 10 of 10 entry 100 best 109 stop 100.25 mtm 70
            X 101 -> 100.25
        "#]],
    );
}

#[test]
fn a_chandelier_hangs_from_the_highest_high() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100 [bars 10 chandelier 2 1]
         X 102 98 101
         wait 7
         X 105 103 104
         wait 7
         show t0
         sell 10 X @ 104 [bars 10 chandelier 2 1]
         sell 10 X @ 101 [bars 10 chandelier 2 1]
         show t1",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100 [bars 10 chandelier 2 1]
            X 102 98 101 -> none | none | none
            wait 7 -> bar 102 102 98 101
            X 105 103 104 -> none | none | none
            wait 7 -> bar 105 105 103 104
            show t0 -> open 10 of 10 entry 100 best 105 stop 101 mtm 40
            sell 10 X @ 104 [bars 10 chandelier 2 1] -> refused WouldTrigger: the bars is on the wrong side of the entry 104
            sell 10 X @ 101 [bars 10 chandelier 2 1]
            show t1 -> open 10 of 10 entry 101 best 101 stop 102 mtm -30
        "#]],
    );
}

#[test]
fn a_supertrend_does_not_fall_while_the_close_is_above() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100 [bars 10 supertrend 1 1]
         X 102 98 101
         wait 7
         show t0
         X 106 104
         wait 8
         show t0
         X 104 100.05
         wait 8
         show t0",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100 [bars 10 supertrend 1 1]
            X 102 98 101 -> none | none | none
            wait 7 -> bar 102 102 98 101
            show t0 -> open 10 of 10 entry 100 best 102 stop 96 mtm 10
            X 106 104 -> 96 | 96
            wait 8 -> bar 106 106 104 104
            show t0 -> open 10 of 10 entry 100 best 106 stop 100 mtm 40
            X 104 100.05 -> 100 | 100
            wait 8 -> bar 104 104 100.05 100.05
            show t0 -> open 10 of 10 entry 100 best 106 stop 100 mtm 0.5
        "#]],
    );
}

#[test]
fn a_parabolic_sar_speeds_up() {
    check(
        "session 0 20260101 0 1000
         buy 10 X @ 100 [bars 10 sar 0.02 0.2]
         X 102 98 101
         wait 7
         show t0
         X 106 104
         wait 8
         show t0
         X 110 108
         wait 8
         show t0
         X 112 111
         wait 8
         show t0",
        expect![[r#"
            session 0 20260101 0 1000
            buy 10 X @ 100 [bars 10 sar 0.02 0.2]
            X 102 98 101 -> none | none | none
            wait 7 -> bar 102 102 98 101
            show t0 -> open 10 of 10 entry 100 best 102 stop 98 mtm 10
            X 106 104 -> 98 | 98
            wait 8 -> bar 106 106 104 104
            show t0 -> open 10 of 10 entry 100 best 106 stop 98 mtm 40
            X 110 108 -> 98 | 98
            wait 8 -> bar 110 110 108 108
            show t0 -> open 10 of 10 entry 100 best 110 stop 98 mtm 80
            X 112 111 -> 98 | 98
            wait 8 -> bar 112 112 111 111
            show t0 -> open 10 of 10 entry 100 best 112 stop 98.72 mtm 110
        "#]],
    );
}

#[test]
fn a_candle_close_looks_once() {
    check(
        "buy 10 X @ 100 [stop 95, candle 60; trail 5, candle 60]
         X 110 90 99
         show t0
         wait 60
         show t0
         X 94.05 94
         wait 60",
        expect![[r#"
            buy 10 X @ 100 [stop 95, candle 60; trail 5, candle 60]
            X 110 90 99 -> 95 | 95 | 95
            show t0 -> open 10 of 10 entry 100 best 110 stop 95 mtm -10
            wait 60 -> bar 110 110 90 99
            show t0 -> open 10 of 10 entry 100 best 110 stop 95 mtm -10
            X 94.05 94 -> 95 | 95
            wait 60 -> bar 94.05 94.05 94 94, EXIT 10 of t0 by stop_loss at 94 level 95
        "#]],
    );
}

#[test]
fn confirmation_delays_a_stop_and_is_bounded() {
    check(
        "buy 10 X @ 100 [stop 95, ticks 3 10]
         X 94 96 95 94
         X 93
         buy 10 Y @ 100 [stop 95, seconds 5]
         Y 94
         wait 4
         wait 1
         buy 10 Z @ 100 [stop 95, ticks 9 10]
         Z 94
         wait 9
         wait 1",
        expect![[r#"
            buy 10 X @ 100 [stop 95, ticks 3 10]
            X 94 96 95 94 -> 95 | 95 | 95 | 95
            X 93 -> EXIT 10 of t0 by stop_loss at 93 level 95
            buy 10 Y @ 100 [stop 95, seconds 5]
            Y 94 -> 95
            wait 4
            wait 1 -> EXIT 10 of t1 by stop_loss at 94 level 95
            buy 10 Z @ 100 [stop 95, ticks 9 10]
            Z 94 -> 95
            wait 9
            wait 1 -> EXIT 10 of t2 by stop_loss at 94 level 95
        "#]],
    );
}

#[test]
fn a_ladder_climbs_and_does_not_come_down() {
    check(
        "buy 10 X @ 100 [ladder 5=-2 10=3 20=trail:6 40=steps:10:5]
         X 104 105 109 110 119 120 125 139.95 140 144 145 135",
        expect![[r#"
            buy 10 X @ 100 [ladder 5=-2 10=3 20=trail:6 40=steps:10:5]
            X 104 105 109 110 119 120 125 139.95 140 144 145 135 -> none | 98 | 98 | 103 | 103 | 114 | 119 | 133.95 | 133.95 | 133.95 | 135 | EXIT 10 of t0 by ladder at 135 level 135
        "#]],
    );
}

#[test]
fn a_break_even_is_skipped_when_the_market_is_through_it() {
    check(
        "buy 10 X @ 100 [breakeven 5 6, force]
         X 105
         X 120 100",
        expect![[r#"
            buy 10 X @ 100 [breakeven 5 6, force]
            X 105 -> skipped 106
            X 120 100 -> none | none
        "#]],
    );
}

#[test]
fn orders_of_one_batch_are_kept() {
    check(
        "buy 10 X @ 100 [trail 5]
         batch X=120 X=114 X=200
         show t0",
        expect![[r#"
            buy 10 X @ 100 [trail 5]
            batch X=120 X=114 X=200 -> EXIT 10 of t0 by trail at 114 level 115
            show t0 -> closed 0 of 10 entry 100 best 120 stop 115 mtm 140 exit by trail
        "#]],
    );
}

#[test]
fn the_underlyings_fall_is_a_put_buyers_gain() {
    let mut script = Script::new();
    let underlying = script.define(InstrumentSpec::new("NIFTY"));
    script.define(InstrumentSpec {
        option: Some(OptionKind::Put),
        underlying: Some(underlying),
        ..InstrumentSpec::new("PUT")
    });
    script.lines("NIFTY 20000\nPUT 100");
    assert_eq!(script.line("buy 10 PUT @ 100 [trail 50, underlying; stop 50]"), "");
    assert_eq!(script.rule(0).level, Some(Price::whole(20_050)));
    script.line("NIFTY 19900");
    assert_eq!(script.rule(0).level, Some(Price::whole(19_950)));
    script.line("PUT 140");
    assert_eq!(script.line("NIFTY 19949.95"), "");
    assert_eq!(script.line("NIFTY 19950"), "EXIT 10 of t0 by trail at 19950 level 19950");
    assert_eq!(script.trade(0).exit, Some(Price::whole(140)), "it fills at the option's own mark");
    script.assert_replays();
}

#[test]
fn a_day_without_trading_was_refused_and_left_its_venue_open_around_the_clock() {
    check(
        "session 0 20260118 5 5
         X 100
         buy 10 X @ 100 [stop 90; time before_close 60]
         X 89
         wait 10
         X 89
         session 0 20260119 0 100
         X 91
         wait 50
         session 0 20260120 5 4",
        expect![[r#"
            session 0 20260118 5 5
            X 100 -> tick refused MD_SESSION
            buy 10 X @ 100 [stop 90; time before_close 60]
            X 89 -> tick refused MD_SESSION
            wait 10
            X 89 -> tick refused MD_SESSION
            session 0 20260119 0 100
            X 91 -> 90
            wait 50 -> EXIT 10 of t0 by time at 91
            session 0 20260120 5 4 -> refused BadField: a session can't end before it opens, and days don't go back
        "#]],
    );
}
