//! The worked tables of the mtm rules: engine and oracle must both say exactly this.

mod desk;
use desk::*;
use expect_test::{Expect, expect};
use highmark_engine::*;

const RULE: RuleId = RuleId(0);

#[track_caller]
fn check(draft: impl Into<RuleDraft>, path: &[i64], expected: &Expect) {
    expected.assert_eq(&mtm_desk(draft).walk_mtm(RULE, path));
}

#[test]
fn max_loss_holds_at_4999_and_breaches_at_5000() {
    check(
        MtmRule::MaxLoss { amount: rupees(5000) },
        &[0, -4999, -5000],
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor -5000
        -4999: floor -5000
        > breach r0 -5000 against -5000
        > shut down s0
        > exit t0 1 max_loss
        > Sell t0 1 at 95000
        -5000: floor -5000
    "#]],
    );
    let mut desk = mtm_desk(MtmRule::MaxLoss { amount: rupees(5000) });
    desk.tick("95000.05");
    desk.tick("95000.00");
    expect![[r#"
        > Buy t0 1 at 100000
        > breach r0 -5000 against -5000
        > shut down s0
        > exit t0 1 max_loss
        > Sell t0 1 at 95000
    "#]]
    .assert_eq(&desk.text);
}

#[test]
fn mtm_target_is_inclusive() {
    check(
        MtmRule::Target { amount: rupees(8000) },
        &[7999, 8000],
        &expect![[r#"
        > Buy t0 1 at 100000
        7999: floor 8000
        > breach r0 8000 against 8000
        > shut down s0
        > exit t0 1 target
        > Sell t0 1 at 108000
        8000: floor 8000
    "#]],
    );
}

#[test]
fn give_back_keeps_seventy_percent() {
    let rule = || MtmRule::GiveBack { fraction: percent(30), arm_at: rupees(0) };
    check(
        rule(),
        &[-100, 6000, 4201, 4200],
        &expect![[r#"
        > Buy t0 1 at 100000
        -100: floor none
        6000: floor 4200
        4201: floor 4200
        > breach r0 4200 against 4200
        > shut down s0
        > exit t0 1 give_back
        > Sell t0 1 at 104200
        4200: floor 4200
    "#]],
    );
}

#[test]
fn gap_trails_the_peak_from_its_arming() {
    let rule = |floor| MtmRule::Gap { amount: rupees(100), arm_at: rupees(1500), floor };
    check(
        rule(Some(rupees(800))),
        &[1499, 1500, 1600, 1501, 1500],
        &expect![[r#"
        > Buy t0 1 at 100000
        1499: floor none
        1500: floor 1400
        1600: floor 1500
        1501: floor 1500
        > breach r0 1500 against 1500
        > shut down s0
        > exit t0 1 gap
        > Sell t0 1 at 101500
        1500: floor 1500
    "#]],
    );
    check(
        rule(None),
        &[1500, 1400],
        &expect![[r#"
        > Buy t0 1 at 100000
        1500: floor 1400
        > breach r0 1400 against 1400
        > shut down s0
        > exit t0 1 gap
        > Sell t0 1 at 101400
        1400: floor 1400
    "#]],
    );
}

#[test]
fn lock_is_a_trigger_and_no_promise() {
    let rule = || MtmRule::Lock { arm_at: rupees(5000), floor: rupees(3000) };
    check(
        rule(),
        &[0, 4900, 2000, 5000, 3800, 3000],
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor none
        4900: floor none
        2000: floor none
        5000: floor 3000
        3800: floor 3000
        > breach r0 3000 against 3000
        > shut down s0
        > exit t0 1 lock
        > Sell t0 1 at 103000
        3000: floor 3000
    "#]],
    );
    check(
        rule(),
        &[5200, 1500],
        &expect![[r#"
        > Buy t0 1 at 100000
        5200: floor 3000
        > breach r0 1500 against 3000
        > shut down s0
        > exit t0 1 lock
        > Sell t0 1 at 101500
        1500: floor 3000
    "#]],
    );
}

#[test]
fn lock_and_trail_rises_by_whole_steps() {
    let rule = MtmRule::LockAndTrail {
        arm_at: rupees(5000),
        floor: rupees(3000),
        every: rupees(500),
        raise: rupees(250),
        max_steps: None,
    };
    check(
        rule,
        &[4999, 5000, 5499, 5500, 6100, 8000, 4500],
        &expect![[r#"
        > Buy t0 1 at 100000
        4999: floor none
        5000: floor 3000
        5499: floor 3000
        5500: floor 3250
        6100: floor 3500
        8000: floor 4500
        > breach r0 4500 against 4500
        > shut down s0
        > exit t0 1 lock_and_trail
        > Sell t0 1 at 104500
        4500: floor 4500
    "#]],
    );
}

#[test]
fn icici_lock_scales_with_multiples() {
    let rule = MtmRule::LockAndTrail {
        arm_at: rupees(1400),
        floor: rupees(600),
        every: rupees(1400),
        raise: rupees(600),
        max_steps: Some(1),
    };
    check(
        rule,
        &[1399, 1400, 2800, 4200, 1200],
        &expect![[r#"
        > Buy t0 1 at 100000
        1399: floor none
        1400: floor 600
        2800: floor 1200
        4200: floor 1200
        > breach r0 1200 against 1200
        > shut down s0
        > exit t0 1 lock_and_trail
        > Sell t0 1 at 101200
        1200: floor 1200
    "#]],
    );
}

#[test]
fn trail_loss_with_and_without_a_cap() {
    let rule = |cap| MtmRule::TrailLoss {
        loss: rupees(5000),
        every: rupees(1000),
        raise: rupees(500),
        cap,
    };
    let path = [0, 999, 1000, 2500, 6000, 12000];
    check(
        rule(Cap::None),
        &path,
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor -5000
        999: floor -5000
        1000: floor -4500
        2500: floor -4000
        6000: floor -2000
        12000: floor 1000
    "#]],
    );
    check(
        rule(Cap::Cost),
        &path,
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor -5000
        999: floor -5000
        1000: floor -4500
        2500: floor -4000
        6000: floor -2000
        12000: floor 0
    "#]],
    );
}

fn drawdown(distance: i64, basis: DrawdownBasis, lock_at: Option<i64>) -> MtmRule {
    MtmRule::Drawdown {
        distance: DrawdownDistance::Money(Money::rupees(distance)),
        basis,
        lock_at: lock_at.map(Money::rupees),
    }
}

#[test]
fn apex_locks_at_50100() {
    let rule = || life(drawdown(2500, DrawdownBasis::Intraday, Some(50_100)));
    check(
        rule(),
        &[1500, 200, 2599, 2600, 9000, 101, 100],
        &expect![[r#"
        > Buy t0 1 at 100000
        1500: floor 49000
        200: floor 49000
        2599: floor 50099
        2600: floor 50100
        9000: floor 50100
        101: floor 50100
        > breach r0 50100 against 50100
        > exit t0 1 drawdown
        > Sell t0 1 at 100100
        100: floor 50100
    "#]],
    );
}

#[test]
fn topstep_moves_between_days_only() {
    let rule = life(drawdown(2000, DrawdownBasis::EndOfDay, Some(50_000)));
    let mut desk = mtm_desk(rule);
    let mut said = String::new();
    for (day, path) in [(1, [300, 500]), (2, [2700, 2500]), (3, [900, 0])] {
        let session = Session {
            venue: VenueId(0),
            day: Day(20_250_600 + day),
            open: desk.now,
            close: Timestamp(desk.now.0 + 1000 * SECOND),
        };
        desk.step(Body::Session(session));
        said += &format!("day {day}\n{}", desk.walk_mtm(RULE, &path));
    }
    expect![[r#"
        day 1
        > Buy t0 1 at 100000
        300: floor 48000
        500: floor 48000
        day 2
        2700: floor 48500
        2500: floor 48500
        day 3
        900: floor 50000
        > breach r0 50000 against 50000
        > exit t0 1 drawdown
        > Sell t0 1 at 100000
        0: floor 50000
    "#]]
    .assert_eq(&said);
}

#[test]
fn topstepx_looks_at_realised_or_not() {
    check(
        life(drawdown(500, DrawdownBasis::Intraday, None)),
        &[0, 1200, 701, 700],
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor 49500
        1200: floor 50700
        701: floor 50700
        > breach r0 50700 against 50700
        > exit t0 1 drawdown
        > Sell t0 1 at 100700
        700: floor 50700
    "#]],
    );
    check(
        life(drawdown(500, DrawdownBasis::Realised, None)),
        &[0, 1200, 700, -499, -500],
        &expect![[r#"
        > Buy t0 1 at 100000
        0: floor 49500
        1200: floor 49500
        700: floor 49500
        -499: floor 49500
        > breach r0 49500 against 49500
        > exit t0 1 drawdown
        > Sell t0 1 at 99500
        -500: floor 49500
    "#]],
    );
}

#[test]
fn a_stopped_leg_counts_in_its_strategy() {
    let mut desk = mtm_desk(MtmRule::MaxLoss { amount: rupees(4000) });
    desk.add(
        Side::Sell,
        1,
        "100000",
        vec![PriceRule::StopLoss { at: Place::Price(price("103000")) }.into()],
    );
    desk.tick("103000");
    desk.tick("99001");
    desk.tick("99000");
    expect![[r#"
        > Buy t0 1 at 100000
        > Sell t1 1 at 100000
        > exit t1 1 stop_loss
        > Buy t1 1 at 103000
        > breach r0 -4000 against -4000
        > shut down s0
        > exit t0 1 max_loss
        > Sell t0 1 at 99000
    "#]]
    .assert_eq(&desk.text);
}
