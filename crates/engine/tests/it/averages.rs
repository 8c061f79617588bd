//! The average entry: what moves it and what does not.

use crate::script::check;
use expect_test::expect;

/// Three at an average of 0.71666...: the keep of a quarter is 0.85 to the unit.
#[test]
fn a_partial_exit_moves_the_stop_by_a_rounding() {
    check(
        "buy 1 X @ 0.55 [keep 0.25]
         increase t0 2 0.80
         X 1.25
         exit t0 2
         X 1.25",
        expect![[r#"
            buy 1 X @ 0.55 [keep 0.25]
            increase t0 2 0.80
            X 1.25 -> 0.85
            exit t0 2 -> EXIT 2 of t0 by operator at 1.25
            X 1.25 -> 0.85
        "#]],
    );
}

#[test]
fn a_loosened_stop_comes_back_after_a_partial_exit() {
    check(
        "buy 1 X @ 0.55 [keep 0.25]
         increase t0 2 0.80
         X 1.25
         loosen r0 0.5 news
         exit t0 2
         X 1.25 1.26",
        expect![[r#"
            buy 1 X @ 0.55 [keep 0.25]
            increase t0 2 0.80
            X 1.25 -> 0.85
            loosen r0 0.5 news -> r0 loosened to 0.5
            exit t0 2 -> EXIT 2 of t0 by operator at 1.25
            X 1.25 1.26 -> 0.5 | 0.8525
        "#]],
    );
}

#[test]
fn averaging_in_after_a_partial_exit_starts_from_the_cost_that_was_left() {
    check(
        "buy 1 X @ 1 [stop ~0.5]
         increase t0 2 2
         X 2
         exit t0 2
         increase t0 1 2
         X 2",
        expect![[r#"
            buy 1 X @ 1 [stop ~0.5]
            increase t0 2 2
            X 2 -> 1.16666667
            exit t0 2 -> EXIT 2 of t0 by operator at 2
            increase t0 1 2
            X 2 -> 1.33333334
        "#]],
    );
}

#[test]
fn a_split_after_a_partial_exit_splits_the_average() {
    check(
        "buy 1 X @ 1
         increase t0 2 2
         X 2
         exit t0 2
         adjust X 2 1
         rule t0 stop ~0.1
         X 1",
        expect![[r#"
            buy 1 X @ 1
            increase t0 2 2
            X 2 -> none
            exit t0 2 -> EXIT 2 of t0 by operator at 2
            adjust X 2 1
            rule t0 stop ~0.1
            X 1 -> 0.73333334
        "#]],
    );
}

#[test]
fn a_loosened_stop_comes_back_after_a_split() {
    check(
        "buy 3 X @ 100 [stop ~0.03e]
         X 100
         loosen r0 90 news
         adjust X 3 1
         X 33.4",
        expect![[r#"
            buy 3 X @ 100 [stop ~0.03e]
            X 100 -> 97
            loosen r0 90 news -> r0 loosened to 90
            adjust X 3 1
            X 33.4 -> 30
        "#]],
    );
}
