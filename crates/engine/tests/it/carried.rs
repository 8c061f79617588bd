//! Trades that go on: positions changed elsewhere, adoption, re-entry, rolls, settlement, corporate actions.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_rest_that_is_rejected_is_no_longer_awaited() {
    check(
        "account B orders
         buy 10 X @ mark on a1
         fill F1 t0 buy 4 100
         position a1 X 2
         entry_rejected t0
         entry_rejected t0
         position a1 X 2
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ mark on a1 -> ENTER 10 of t0
            fill F1 t0 buy 4 100
            position a1 X 2
            entry_rejected t0 -> t0 enters no more: margin
            entry_rejected t0 -> refused WrongState: trade t0 is not pending: an entry can't be rejected any more
            position a1 X 2 -> position 4 is 2, EXIT 2 of t0 by external at no mark
            show t0 -> open 2 of 4 entry 100 best 100 stop none mtm 0 exit by external
        "#]],
    );
}

#[test]
fn positions_closed_elsewhere_are_taken_from_the_newest() {
    check(
        "account B orders
         buy 10 X @ 100 on a1
         buy 10 X @ 102 on a1
         sell 5 X @ 101 on a1
         X 105
         position a1 X 15
         position a1 X 12
         show t0
         show t1
         position a1 X unknown
         position a1 X 20
         position a1 X -3
         position a1 X 0
         show t0
         show t2",
        expect![[r#"
            account B orders
            buy 10 X @ 100 on a1
            buy 10 X @ 102 on a1
            sell 5 X @ 101 on a1
            X 105 -> none none none
            position a1 X 15
            position a1 X 12 -> position 15 is 12, EXIT 3 of t1 by external at 105
            show t0 -> open 10 of 10 entry 100 best 105 stop none mtm 50
            show t1 -> open 7 of 10 entry 102 best 105 stop none mtm 30 exit by external
            position a1 X unknown -> position unknown
            position a1 X 20 -> position 12 is 20
            position a1 X -3 -> position 12 is -3
            position a1 X 0 -> position 12 is 0, EXIT 7 of t1 by external at 105, EXIT 5 of t0 by external at 105
            show t0 -> open 5 of 10 entry 100 best 105 stop none mtm 50 exit by external
            show t2 -> open 5 of 5 entry 101 best 101 stop none mtm -20
        "#]],
    );
}

#[test]
fn nothing_is_concluded_while_an_order_is_on_its_way() {
    check(
        "account B orders
         buy 10 X @ 100 on a1
         X 100
         exit t0 5
         position a1 X 0
         fill F1 t0 sell 5 100
         position a1 X 5
         buy 5 X @ mark on a1
         position a1 X 0
         show t0",
        expect![[r#"
            account B orders
            buy 10 X @ 100 on a1
            X 100 -> none
            exit t0 5 -> EXIT 5 of t0 by operator at 100
            position a1 X 0
            fill F1 t0 sell 5 100
            position a1 X 5
            buy 5 X @ mark on a1 -> ENTER 5 of t1
            position a1 X 0
            show t0 -> open 5 of 10 entry 100 best 100 stop none mtm 0 exit by operator
        "#]],
    );
}

#[test]
fn an_adopted_trade_measures_from_the_adoption() {
    check(
        "X 120
         buy 10 X @ adopt 100 [trail 5; keep 0.5]
         show t0
         X 118 121 116
         show t0
         mtm",
        expect![[r#"
            X 120
            buy 10 X @ adopt 100 [trail 5; keep 0.5]
            show t0 -> open 10 of 10 entry 100 best 120 stop 115 mtm 200
            X 118 121 116 -> 115 | 116 | EXIT 10 of t0 by trail at 116 level 116
            show t0 -> closed 0 of 10 entry 100 best 121 stop 116 mtm 160 exit by trail
            mtm -> mtm 160 peak 210 floor none
        "#]],
    );
}

#[test]
fn a_re_entry_is_a_new_generation() {
    check(
        "rule s0 give_back 0.9
         buy 10 X @ 100 [trail 5; stop 90]
         X 100 120 115
         reenter t0 @ mark
         show t1
         X 118
         mtm
         exit t1
         reenter t0 @ mark",
        expect![[r#"
            rule s0 give_back 0.9
            buy 10 X @ 100 [trail 5; stop 90]
            X 100 120 115 -> 95 | 115 | EXIT 10 of t0 by trail at 115 level 115
            reenter t0 @ mark
            show t1 -> open 10 of 10 entry 115 best 115 stop 110 mtm 0
            X 118 -> 113
            mtm -> mtm 180 peak 200 floor 20
            exit t1 -> EXIT 10 of t1 by operator at 118
            reenter t0 @ mark
        "#]],
    );
}

#[test]
fn a_roll_is_an_exit_and_an_entry() {
    check(
        "buy 10 X @ 100 [trail 5; stop 90]
         X 110
         Y 210
         roll t0 Y @ mark
         show t0
         show t1
         Y 205
         roll t1 X @ mark",
        expect![[r#"
            buy 10 X @ 100 [trail 5; stop 90]
            X 110 -> 105
            Y 210
            roll t0 Y @ mark -> EXIT 10 of t0 by roll at 110, t0 rolled to t1
            show t0 -> closed 0 of 10 entry 100 best 110 stop 105 mtm 100 exit by roll
            show t1 -> open 10 of 10 entry 210 best 210 stop 205 mtm 0
            Y 205 -> EXIT 10 of t1 by trail at 205 level 205
            roll t1 X @ mark -> refused WrongState: trade t1 is closed
        "#]],
    );
}

#[test]
fn settlement_closes_what_is_open_and_pending() {
    check(
        "account B orders
         buy 10 X @ 100
         buy 10 X @ 100 on a1
         sell 5 X @ mark on a1
         X 107
         settle X 108
         show t0
         show t1
         show t2",
        expect![[r#"
            account B orders
            buy 10 X @ 100
            buy 10 X @ 100 on a1
            sell 5 X @ mark on a1 -> ENTER 5 of t2
            X 107 -> none none
            settle X 108 -> EXIT 10 of t0 by settlement at 108, EXIT 10 of t1 by settlement at 108, t2 cancelled: the contract has ended
            show t0 -> closed 0 of 10 entry 100 best 107 stop none mtm 80 exit by settlement
            show t1 -> closed 0 of 10 entry 100 best 107 stop none mtm 80 exit by settlement
            show t2 -> cancelled (the contract has ended) 0 of 5 entry none best none stop none mtm 0
        "#]],
    );
}

#[test]
fn a_split_moves_prices_and_not_mtm() {
    check(
        "buy 10 X @ 100 [trail 5; stop 90; target 150]
         X 100 120
         mtm
         adjust X 2 1
         mtm
         show t0
         X 60 58 57.5",
        expect![[r#"
            buy 10 X @ 100 [trail 5; stop 90; target 150]
            X 100 120 -> 95 | 115
            mtm -> mtm 200 peak 200 floor none
            adjust X 2 1
            mtm -> mtm 200 peak 200 floor none
            show t0 -> open 20 of 20 entry 50 best 60 stop 57.5 mtm 200
            X 60 58 57.5 -> 57.5 | 57.5 | EXIT 20 of t0 by trail at 57.5 level 57.5
        "#]],
    );
}

#[test]
fn a_bonus_and_a_dividend_move_levels() {
    check(
        "buy 30 X @ 100 [trail 6]
         X 120
         adjust X 3 2 4
         show t0
         mtm
         X 76
         mtm
         X 72
         sell 30 Y @ 100 [trail 6]
         Y 90
         adjust Y 1 1 5
         show t1
         Y 85
         mtm",
        expect![[r#"
            buy 30 X @ 100 [trail 6]
            X 120 -> 114
            adjust X 3 2 4
            show t0 -> open 45 of 45 entry 62.66666667 best 76 stop 72 mtm 600
            mtm -> mtm 600 peak 600 floor none
            X 76 -> 72
            mtm -> mtm 600 peak 600 floor none
            X 72 -> EXIT 45 of t0 by trail at 72 level 72
            sell 30 Y @ 100 [trail 6]
            Y 90 -> 96
            adjust Y 1 1 5
            show t1 -> open 30 of 30 entry 95 best 85 stop 91 mtm 300
            Y 85 -> 91
            mtm -> mtm 720 peak 720 floor none
        "#]],
    );
}

#[test]
fn a_corporate_action_that_does_not_come_out_whole_is_refused() {
    check(
        "account B orders
         buy 10 X @ 100
         X 100
         adjust X 1 0
         adjust X 1 3
         adjust X 1 1 100
         adjust X 1 1 -1
         buy 3 Y @ 100
         Y 100
         adjust Y 1 2
         buy 10 Z @ 100 on a1
         Z 100
         exit t2
         adjust Z 2 1",
        expect![[r#"
            account B orders
            buy 10 X @ 100
            X 100 -> none
            adjust X 1 0 -> refused BadField: a ratio has two numbers above zero
            adjust X 1 3 -> refused BadQuantity: 10 of trade t0 does not divide into whole units
            adjust X 1 1 100 -> refused BadField: X would have no price any more
            adjust X 1 1 -1 -> refused BadField: a dividend is not negative and at most 1,000,000,000
            buy 3 Y @ 100
            Y 100 -> none
            adjust Y 1 2
            buy 10 Z @ 100 on a1
            Z 100 -> none
            exit t2 -> EXIT 10 of t2 by operator at 100
            adjust Z 2 1 -> refused WrongState: trade t2 is exiting
        "#]],
    );
}

#[test]
fn a_split_exits_by_a_study_of_the_bars_before_it() {
    check(
        "session 0 20260101 0 10000
         buy 10 X @ 100 [bars 10 chandelier 2 3]
         X 110
         wait 10
         X 112
         wait 10
         X 111
         adjust X 2 1
         X 55.5
         wait 10
         X 55.5",
        expect![[r#"
            session 0 20260101 0 10000
            buy 10 X @ 100 [bars 10 chandelier 2 3]
            X 110 -> none
            wait 10 -> bar 110 110 110 110
            X 112 -> none
            wait 10 -> bar 112 112 112 112
            X 111 -> 109
            adjust X 2 1
            X 55.5 -> 54.5
            wait 10 -> bar 55.5 55.5 55.5 55.5
            X 55.5 -> 54.5
        "#]],
    );
}
