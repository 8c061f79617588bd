//! A desk that starts on a day without a session, and one that starts again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;
use crate::scenario::load;

const SUNDAY: Day = Day(20_260_118);
const MONDAY: Day = Day(20_260_119);
const TUESDAY: Day = Day(20_260_120);

fn at(day: Day, hour: i64, minute: i64) -> Timestamp {
    clock::instant(day, TimeOfDay::at(hour, minute, 0))
}

fn scenario(venue: &str, schedule: &str) -> Scenario {
    let text = format!(
        r#"
        [[instrument]]
        symbol = "X"
        venue = "{venue}"

        [[account]]
        name = "main"
        balance = 500000

        [[strategy]]
        name = "S"
        capital = 300000

        {schedule}"#
    );
    load("test", &text, &[]).unwrap().scenario
}

fn start(scenario: &Scenario, engine: Engine) -> Runner<'_> {
    Runner::live(scenario, engine, Vec::new(), Market::embedded().unwrap()).unwrap()
}

fn begin(scenario: &Scenario, now: Timestamp) -> Runner<'_> {
    let mut runner = start(scenario, Engine::new());
    runner.begin(now).unwrap();
    runner
}

fn again<'s>(scenario: &'s Scenario, runner: Runner<'s>) -> Runner<'s> {
    start(scenario, runner.into_engine())
}

/// The reason for which a tick of this moment is refused.
fn refused(runner: &mut Runner<'_>, now: Timestamp) -> Option<TickRefusal> {
    let tick = Tick::last(InstrumentId(0), now, Price::whole(100));
    let events = runner.take(Input { at: now, body: Body::Ticks(vec![tick]) }).unwrap();
    events.into_iter().find_map(|event| match event {
        Event::TickRefused { refusal, .. } => Some(refusal),
        _ => None,
    })
}

fn wait(runner: &mut Runner<'_>, now: Timestamp) {
    runner.take(Input { at: now, body: Body::Clock }).unwrap();
}

fn kill(runner: &mut Runner<'_>, now: Timestamp) {
    let command = Command::Kill { reason: "panic".into() };
    runner.take(Input { at: now, body: Body::Command { by: "me".into(), command } }).unwrap();
}

#[test]
fn a_desk_that_started_on_a_closed_day_traded_around_the_clock() {
    let scenario = scenario("nse_cash", "");
    let mut runner = begin(&scenario, at(SUNDAY, 11, 0));
    assert_eq!(refused(&mut runner, at(SUNDAY, 12, 0)), Some(TickRefusal::OutsideSession));
    let mut runner = again(&scenario, runner);
    assert_eq!(refused(&mut runner, at(SUNDAY, 13, 0)), Some(TickRefusal::OutsideSession));
    assert_eq!(refused(&mut runner, at(MONDAY, 3, 0)), Some(TickRefusal::OutsideSession));
    assert_eq!(refused(&mut runner, at(MONDAY, 10, 0)), None);
    assert_eq!(runner.state().day(), Some(MONDAY));
}

#[test]
fn a_start_on_a_closed_day_ends_no_session_day() {
    let scenario = scenario("nse_cash", "");
    let friday = Day(20_260_116);
    let mut runner = begin(&scenario, at(friday, 10, 0));
    assert_eq!(refused(&mut runner, at(friday, 10, 1)), None);
    let mut runner = again(&scenario, runner);
    assert_eq!(refused(&mut runner, at(SUNDAY, 12, 0)), Some(TickRefusal::OutsideSession));
    assert_eq!(runner.state().day(), Some(friday));
}

#[test]
fn a_session_that_was_refused_was_passed_over_in_silence() {
    let scenario = scenario("nse_cash", "");
    let mut runner = begin(&scenario, at(MONDAY, 10, 0));
    wait(&mut runner, at(MONDAY, 10, 0));
    // Somebody has told of a day to come.
    let (open, close) = (at(MONDAY, 10, 0), at(MONDAY, 15, 0));
    let session = Session { venue: VenueId(7), day: Day(20_260_130), open, close };
    runner.take(Input { at: at(MONDAY, 11, 0), body: Body::Session(session) }).unwrap();
    wait(&mut runner, at(Day(20_260_120), 10, 0));
    let told: Vec<&str> = runner.notes.iter().map(|note| note.code.as_str()).collect();
    assert_eq!(told, ["BAD_FIELD"], "{:?}", runner.notes);
}

const RELEASE: &str = r#"
        [[at]]
        time = "09:30"
        do = "release"
        [[at]]
        time = "09:40"
        do = "halt strategy S"
        [[at]]
        time = "16:00"
        do = "release"
"#;

#[test]
fn a_start_where_no_session_is_lifted_a_kill_by_a_release_that_was_done() {
    let scenario = scenario("always", RELEASE);
    let mut runner = begin(&scenario, at(MONDAY, 9, 0));
    wait(&mut runner, at(MONDAY, 10, 0));
    kill(&mut runner, at(MONDAY, 10, 1));
    let mut runner = again(&scenario, runner);
    wait(&mut runner, at(MONDAY, 10, 2));
    assert!(runner.state().is_killed());
    // What has not come yet comes, once.
    wait(&mut runner, at(MONDAY, 16, 0));
    assert!(!runner.state().is_killed());
}

#[test]
fn a_start_on_a_later_day_did_the_schedule_again() {
    for venue in ["always", "nse_cash"] {
        let scenario = scenario(venue, RELEASE);
        let mut runner = begin(&scenario, at(MONDAY, 9, 0));
        wait(&mut runner, at(MONDAY, 16, 1));
        wait(&mut runner, at(TUESDAY, 9, 20));
        kill(&mut runner, at(TUESDAY, 9, 21));
        let mut runner = again(&scenario, runner);
        wait(&mut runner, at(TUESDAY, 9, 31));
        wait(&mut runner, at(TUESDAY, 16, 1));
        assert!(runner.state().is_killed(), "{venue}");
    }
}

#[test]
fn what_was_due_while_nothing_ran_is_done_at_the_next_start() {
    for venue in ["always", "nse_cash"] {
        let scenario = scenario(venue, RELEASE);
        let mut runner = begin(&scenario, at(MONDAY, 9, 0));
        wait(&mut runner, at(MONDAY, 10, 0));
        kill(&mut runner, at(MONDAY, 10, 1));
        let mut runner = again(&scenario, runner);
        wait(&mut runner, at(TUESDAY, 9, 31));
        assert!(runner.state().is_killed(), "{venue}");
        wait(&mut runner, at(TUESDAY, 16, 0));
        assert!(!runner.state().is_killed(), "{venue}");
    }
}

#[test]
fn what_was_due_before_the_first_start_is_done_at_it() {
    for venue in ["always", "nse_cash"] {
        let scenario = scenario(venue, RELEASE);
        // The service sets up and runs by two runners.
        let runner = begin(&scenario, at(MONDAY, 10, 0));
        let mut runner = again(&scenario, runner);
        wait(&mut runner, at(MONDAY, 10, 1));
        let strategy = Scope::Strategy(StrategyId(0));
        assert_eq!(runner.state().closed_to_entries(strategy), Some(Closed::Halted), "{venue}");
    }
}

/// When a trade has left that leaves a quarter of an hour before the close, if nothing is heard between 15:10 on Monday
/// and 9:00 on Tuesday.
fn closed_at(restarts: bool) -> Option<Timestamp> {
    let scenario = scenario(
        "nse_cash",
        r#"
        [[trade]]
        name = "t"
        strategy = "S"
        instrument = "X"
        side = "buy"
        quantity = 10
        rule = [{ time = { before_close = "15m" } }]"#,
    );
    let mut runner = begin(&scenario, at(MONDAY, 9, 0));
    assert_eq!(refused(&mut runner, at(MONDAY, 10, 0)), None);
    wait(&mut runner, at(MONDAY, 15, 10));
    let trade = |runner: &Runner<'_>| runner.state().trade_view(TradeId(0)).unwrap();
    assert!(trade(&runner).status.is_held());
    if restarts {
        runner = again(&scenario, runner);
    }
    wait(&mut runner, at(TUESDAY, 9, 0));
    trade(&runner).closed_at
}

#[test]
fn a_close_that_was_missed_while_nothing_ran_was_taken_for_the_next_days() {
    assert_eq!(closed_at(true), Some(at(TUESDAY, 9, 0)));
}

#[test]
fn a_close_without_an_input_in_its_last_minutes_was_taken_for_the_next_days() {
    assert_eq!(closed_at(false), Some(at(MONDAY, 15, 30)));
}
