//! What is refused, with its code and its reason.

use crate::script::check;
use expect_test::expect;

#[test]
fn refusals_have_codes_and_the_narrowest_reason() {
    check(
        "group G
         rule g0 mtm_target 10
         rule s0 mtm_target 20, do block
         buy 1 X @ 100 of g0
         X 110
         buy 1 X @ 100 of g0
         buy 1 X @ 100
         X 130
         reset r0
         buy 1 X @ 100 of g0
         reset r0
         buy 1 X @ 100 of g0
         reset r1",
        expect![[r#"
            group G
            rule g0 mtm_target 10
            rule s0 mtm_target 20, do block
            buy 1 X @ 100 of g0
            X 110 -> BREACH target 10 <> 10 (Exit), EXIT 1 of t0 by target at 110
            buy 1 X @ 100 of g0 -> refused EntriesBlocked: target r0 has fired on g0: no entries
            buy 1 X @ 100 -> BREACH target 20 <> 20 (BlockEntries)
            X 130 -> none
            reset r0 -> r0 reset
            buy 1 X @ 100 of g0 -> refused EntriesBlocked: target r1 has fired on s0: no entries
            reset r0 -> refused WrongState: rule r0 has not fired
            buy 1 X @ 100 of g0 -> refused EntriesBlocked: target r1 has fired on s0: no entries
            reset r1 -> r1 reset
        "#]],
    );
}

#[test]
fn a_change_that_loosens_needs_force_and_a_reason() {
    check(
        "buy 10 X @ 100 [trail 5; stop 90]
         X 110
         change r0 trail 6
         change r0 trail 6, force
         show t0
         change r1 trail 3
         change r1 stop 108
         show t0
         change r1 stop 111
         change r1 stop 111, force
         rule s0 max_loss 100
         change r2 max_loss 200
         change r2 max_loss 50",
        expect![[r#"
            buy 10 X @ 100 [trail 5; stop 90]
            X 110 -> 105
            change r0 trail 6 -> refused WouldLoosen: rule r0 would become looser
            change r0 trail 6, force
            show t0 -> open 10 of 10 entry 100 best 110 stop 104 mtm 100
            change r1 trail 3 -> refused BadField: rule r1 is a stop_loss
            change r1 stop 108
            show t0 -> open 10 of 10 entry 100 best 110 stop 108 mtm 100
            change r1 stop 111 -> refused WouldTrigger: the market is already through the stop_loss
            change r1 stop 111, force -> EXIT 10 of t0 by stop_loss at 110 level 111
            rule s0 max_loss 100
            change r2 max_loss 200 -> refused WouldLoosen: rule r2 would become looser
            change r2 max_loss 50
        "#]],
    );
}

#[test]
fn a_rule_that_would_fire_at_once_is_refused() {
    check(
        "buy 10 X @ 100 [stop 101]
         buy 10 X @ 100 [target 99]
         sell 10 X @ 100 [stop 99]
         buy 10 X @ 100 [stop 101, force]
         X 100
         buy 10 X @ 100
         X 95
         rule t1 stop 96
         rule t1 stop 95
         rule t1 stop 94
         rule t1 target 90
         rule s0 max_loss 50
         rule s0 max_loss 51
         rule t1 stop 95, force",
        expect![[r#"
            buy 10 X @ 100 [stop 101] -> refused WouldTrigger: the stop_loss is on the wrong side of the entry 100
            buy 10 X @ 100 [target 99] -> refused WouldTrigger: the target is on the wrong side of the entry 100
            sell 10 X @ 100 [stop 99] -> refused WouldTrigger: the stop_loss is on the wrong side of the entry 100
            buy 10 X @ 100 [stop 101, force]
            X 100 -> EXIT 10 of t0 by stop_loss at 100 level 101
            buy 10 X @ 100
            X 95 -> none
            rule t1 stop 96 -> refused WouldTrigger: the market is already through the stop_loss
            rule t1 stop 95 -> refused WouldTrigger: the market is already through the stop_loss
            rule t1 stop 94
            rule t1 target 90 -> refused WouldTrigger: the market is already through the target
            rule s0 max_loss 50 -> refused WouldTrigger: max_loss would fire at once: -50 against -50
            rule s0 max_loss 51 -> warned at 0.5 (room 1), warned at 0.25 (room 1), warned at 0.1 (room 1)
            rule t1 stop 95, force -> EXIT 10 of t1 by stop_loss at 95 level 95
        "#]],
    );
}

#[test]
fn bad_fields_are_named() {
    check(
        "buy 10 X @ 100 [trail 0]
         buy 10 X @ 100 [keep 1]
         buy 10 X @ 100 [step 90 2 3]
         buy 10 X @ 100 [breakeven 5 5]
         buy 10 X @ 100 [ladder 5=1 5=2]
         buy 10 X @ 100 [trail 0.1p]
         buy 10 X @ 100 [trail 5, underlying]
         buy 10 X @ 100 [stop 90, do shutdown]
         buy 10 X @ 100 [stop 90, do reduce 0]
         buy 10 X @ 100 [stop 90, then account reduce 0]
         buy 10 X @ 100 [stop 90, ticks 0 5]
         buy 10 X @ 100 [trail 11e]
         buy 0 X @ 100
         buy -1 X @ 100
         buy 1.5 X @ 100
         buy 1 X @ 0
         buy 1 X @ -5
         buy 1 X @ mark
         rule s0 max_loss 0
         rule s0 lock 100 100
         rule s0 lock_and_trail 100 50 10 11
         rule s0 give_back 0
         rule s0 give_back 1.1
         rule t0 max_loss 5
         rule system daily_loss 5
         rule s0 max_trades 0
         rule s0 cooling_off 2 0
         rule s0 max_loss 10000000000000000000
         rule s0 max_loss 10, warn 2",
        expect![[r#"
            buy 10 X @ 100 [trail 0] -> refused BadField: by is above zero, and at most 1,000,000,000 or ten times the whole
            buy 10 X @ 100 [keep 1] -> refused BadField: the share that is kept is below 1
            buy 10 X @ 100 [step 90 2 3] -> refused BadField: a step moves at most as far as the market did
            buy 10 X @ 100 [breakeven 5 5] -> refused BadField: plus is not below at
            buy 10 X @ 100 [ladder 5=1 5=2] -> refused BadField: the rungs don't rise
            buy 10 X @ 100 [trail 0.1p] -> refused BadField: X has no premium
            buy 10 X @ 100 [trail 5, underlying] -> refused BadField: X has no underlying
            buy 10 X @ 100 [stop 90, do shutdown] -> refused BadField: a price rule exits, reduces or alerts
            buy 10 X @ 100 [stop 90, do reduce 0] -> refused BadField: a reduction is more than 0 and at most 100 %
            buy 10 X @ 100 [stop 90, then account reduce 0] -> refused BadField: a reduction is more than 0 and at most 100 %
            buy 10 X @ 100 [stop 90, ticks 0 5] -> refused BadField: a confirmation is bounded
            buy 10 X @ 100 [trail 11e] -> refused BadField: by is above zero, and at most 1,000,000,000 or ten times the whole
            buy 0 X @ 100 -> refused BadQuantity: 0 is no quantity
            buy -1 X @ 100 -> refused BadQuantity: -1 is no quantity
            buy 1.5 X @ 100 -> refused BadQuantity: 1.5 is not a whole number of lots
            buy 1 X @ 0 -> refused BadPrice: 0 is no price for X
            buy 1 X @ -5 -> refused BadPrice: -5 is no price for X
            buy 1 X @ mark -> refused NoMark: X has no mark yet
            rule s0 max_loss 0 -> refused BadField: amount is above zero
            rule s0 lock 100 100 -> refused BadField: the floor is not below arm_at
            rule s0 lock_and_trail 100 50 10 11 -> refused BadField: the floor would overtake the profit
            rule s0 give_back 0 -> refused BadField: the share given back is in (0, 1]
            rule s0 give_back 1.1 -> refused BadField: the share given back is in (0, 1]
            rule t0 max_loss 5 -> refused NotFound: there is no t0
            rule system daily_loss 5 -> refused BadField: daily rules stand on a strategy or an account
            rule s0 max_trades 0 -> refused BadField: the count is at least 1
            rule s0 cooling_off 2 0 -> refused BadField: losses and wait are above zero
            rule s0 max_loss 10000000000000000000 -> refused BadField: an amount is at most 10^18, a share at most ten times the whole
            rule s0 max_loss 10, warn 2 -> refused BadField: a band of room is above 0 and at most 100 %
        "#]],
    );
}
