//! The worked tables of the price rules: engine and oracle must both say exactly this.

mod desk;
use desk::*;
use expect_test::{Expect, expect};
use highmark_engine::*;

#[track_caller]
fn check(said: &str, expected: &Expect) {
    expected.assert_eq(said);
}

fn long(rule: PriceRule) -> Desk {
    Desk::with_trade(Side::Buy, 1, "100", vec![rule.into()])
}

fn short(rule: PriceRule) -> Desk {
    Desk::with_trade(Side::Sell, 1, "100", vec![rule.into()])
}

fn whole(start: &str, every: &str, by: &str) -> PriceRule {
    PriceRule::Step {
        start: Place::Price(price(start)),
        every: points(every),
        by: StepBy::WholeSteps { r#move: points(by) },
        from: None,
    }
}

#[test]
fn trail_by_five_exits_at_105() {
    let mut desk = long(PriceRule::Trail { by: points("5"), arm_at: None });
    check(
        &desk.walk(&["100", "110", "106", "105"]),
        &expect![[r#"
        > Buy t0 1 at 100
        100: best 100 stop 95
        110: best 110 stop 105
        106: best 110 stop 105
        > exit t0 1 trail
        > Sell t0 1 at 105
        105: best 110 stop 105
    "#]],
    );
}

#[test]
fn keep_has_no_level_until_there_is_profit() {
    let rule = PriceRule::Keep { fraction: percent(30), arm_at: None };
    let mut desk = Desk::with_trade(Side::Buy, 1, "19500", vec![rule.into()]);
    check(
        &desk.walk(&["19499", "19500", "19600", "19531", "19530"]),
        &expect![[r#"
        > Buy t0 1 at 19500
        19499: best 19500 stop none
        19500: best 19500 stop none
        19600: best 19600 stop 19530
        19531: best 19600 stop 19530
        > exit t0 1 keep
        > Sell t0 1 at 19530
        19530: best 19600 stop 19530
    "#]],
    );
}

#[test]
fn algotest_steps_on_a_short() {
    let mut desk = short(whole("120", "10", "5"));
    check(
        &desk.walk(&["95", "90", "84", "80", "50"]),
        &expect![[r#"
        > Sell t0 1 at 100
        95: best 95 stop 120
        90: best 90 stop 115
        84: best 84 stop 115
        80: best 80 stop 110
        50: best 50 stop 95
    "#]],
    );
}

#[test]
fn dhan_jumps_on_a_short() {
    let mut desk = short(whole("105", "2", "2"));
    check(
        &desk.walk(&["99", "98", "95", "99", "100", "95", "90"]),
        &expect![[r#"
        > Sell t0 1 at 100
        99: best 99 stop 105
        98: best 98 stop 103
        95: best 95 stop 101
        99: best 95 stop 101
        100: best 95 stop 101
        95: best 95 stop 101
        90: best 90 stop 95
    "#]],
    );
}

#[test]
fn kotak_moves_by_the_whole_move() {
    let kotak = |by| PriceRule::Step {
        start: Place::Price(price("95")),
        every: points("2"),
        by,
        from: None,
    };
    let mut desk = long(kotak(StepBy::FullMove));
    check(
        &desk.walk(&["101", "103", "104", "106.5", "101.5"]),
        &expect![[r#"
        > Buy t0 1 at 100
        101: best 101 stop 95
        103: best 103 stop 98
        104: best 104 stop 98
        106.5: best 106.5 stop 101.5
        > exit t0 1 step
        > Sell t0 1 at 101.5
        101.5: best 106.5 stop 101.5
    "#]],
    );
    let mut desk = long(kotak(StepBy::WholeSteps { r#move: points("2") }));
    check(
        &desk.walk(&["101", "103", "104", "106.5", "101.5"]),
        &expect![[r#"
        > Buy t0 1 at 100
        101: best 101 stop 95
        103: best 103 stop 97
        104: best 104 stop 99
        106.5: best 106.5 stop 101
        101.5: best 106.5 stop 101
    "#]],
    );
}

#[test]
fn definedge_arms_at_five_percent() {
    let rule = PriceRule::Trail {
        by: Distance::OfBest(percent(5)),
        arm_at: Some(ArmAt::Profit(Distance::OfEntry(percent(5)))),
    };
    check(
        &long(rule).walk(&["104.95", "105", "110", "104.55", "104.5"]),
        &expect![[r#"
        > Buy t0 1 at 100
        104.95: best 104.95 stop none
        105: best 105 stop 99.75
        110: best 110 stop 104.5
        104.55: best 110 stop 104.5
        > exit t0 1 trail
        > Sell t0 1 at 104.5
        104.5: best 110 stop 104.5
    "#]],
    );
}

#[test]
fn tradetron_locks_then_steps() {
    let rung = |at, stop| Rung { at: points(at), stop };
    let rule = PriceRule::Ladder {
        rungs: vec![rung("20", RungStop::Steps { by: points("10"), every: points("5") })],
    };
    check(
        &long(rule).walk(&["119", "120", "124", "125", "131", "120"]),
        &expect![[r#"
        > Buy t0 1 at 100
        119: best 119 stop none
        120: best 120 stop 110
        124: best 124 stop 110
        125: best 125 stop 115
        131: best 131 stop 120
        > exit t0 1 ladder
        > Sell t0 1 at 120
        120: best 131 stop 120
    "#]],
    );
}

#[test]
fn ninjatrader_ladder_of_two_steps() {
    let rule = PriceRule::Ladder {
        rungs: vec![
            Rung {
                at: points("10"),
                stop: RungStop::Steps { by: points("10"), every: points("5") },
            },
            Rung {
                at: points("20"),
                stop: RungStop::Steps { by: points("8"), every: points("2") },
            },
        ],
    };
    check(
        &long(rule).walk(&["109", "110", "115", "120", "122", "114"]),
        &expect![[r#"
        > Buy t0 1 at 100
        109: best 109 stop none
        110: best 110 stop 100
        115: best 115 stop 105
        120: best 120 stop 112
        122: best 122 stop 114
        > exit t0 1 ladder
        > Sell t0 1 at 114
        114: best 122 stop 114
    "#]],
    );
}

#[test]
fn break_even_moves_once() {
    let rule = PriceRule::BreakEven { at: points("8"), plus: price("1") };
    check(
        &long(rule).walk(&["107", "108", "120", "101.5", "101"]),
        &expect![[r#"
        > Buy t0 1 at 100
        107: best 107 stop none
        108: best 108 stop 101
        120: best 120 stop 101
        101.5: best 120 stop 101
        > exit t0 1 break_even
        > Sell t0 1 at 101
        101: best 120 stop 101
    "#]],
    );
}

#[test]
fn ibkr_trail_triggers_at_its_stop() {
    let rule = PriceRule::Trail { by: points("0.15"), arm_at: None };
    let mut desk = Desk::with_trade(Side::Buy, 1, "10", vec![rule.into()]);
    check(
        &desk.walk(&["10", "11", "12", "11.9", "11.80"]),
        &expect![[r#"
        > Buy t0 1 at 10
        10: best 10 stop 9.85
        11: best 11 stop 10.85
        12: best 12 stop 11.85
        11.9: best 12 stop 11.85
        > exit t0 1 trail
        > Sell t0 1 at 11.8
        11.80: best 12 stop 11.85
    "#]],
    );
}

#[test]
fn stop_and_target_are_inclusive_and_stop_wins() {
    let both = || {
        vec![
            PriceRule::Target { at: Place::FromEntry(points("10")) }.into(),
            PriceRule::StopLoss { at: Place::FromEntry(points("5")) }.into(),
        ]
    };
    let mut desk = Desk::with_trade(Side::Buy, 1, "100", both());
    check(
        &desk.walk(&["95.05", "95"]),
        &expect![[r#"
        > Buy t0 1 at 100
        95.05: best 100 stop 95
        > exit t0 1 stop_loss
        > Sell t0 1 at 95
        95: best 100 stop 95
    "#]],
    );
    let mut desk = Desk::with_trade(Side::Sell, 1, "100", both());
    check(
        &desk.walk(&["104.95", "90.05", "90"]),
        &expect![[r#"
        > Sell t0 1 at 100
        104.95: best 100 stop 105
        90.05: best 90.05 stop 105
        > exit t0 1 target
        > Buy t0 1 at 90
        90: best 90 stop 105
    "#]],
    );
    let mut desk = Desk::with_trade(Side::Buy, 1, "100", both());
    check(
        &desk.walk(&["94.5"]),
        &expect![[r#"
        > Buy t0 1 at 100
        > exit t0 1 stop_loss
        > Sell t0 1 at 94.5
        94.5: best 100 stop 95
    "#]],
    );
    let trail = PriceRule::Trail { by: points("1"), arm_at: None };
    let wide = Distance::Points(price("10"));
    let mut rules = vec![trail.into()];
    rules.push(PriceRule::Target { at: Place::FromEntry(wide) }.into());
    let mut desk = Desk::with_trade(Side::Buy, 1, "100", rules);
    desk.set(
        Scope::Trade(TRADE),
        RuleDraft {
            spec: RuleSpec::Price(PriceRule::StopLoss { at: Place::Price(price("111")) }),
            options: RuleOptions { force: true, ..RuleOptions::default() },
        },
    );
    check(
        &desk.walk(&["110"]),
        &expect![[r#"
        > Buy t0 1 at 100
        > exit t0 1 stop_loss
        > Sell t0 1 at 110
        110: best 110 stop 111
    "#]],
    );
}
