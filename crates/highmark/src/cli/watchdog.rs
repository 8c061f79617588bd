//! `highmark watchdog`: an eye on the service from a process of its own, so that somebody notices when it stands still.

use super::args::Cli;
use super::book::state_folder;
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use clap::{Args, ValueEnum};
use highmark_server::heartbeat::{Heartbeat, Seen};
use highmark_server::{kill_file, service};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(super) struct Watchdog {
    /// Seconds without a beat of the engine until the alarm
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=3600))]
    alarm_after: u64,
    /// Seconds without a beat until the action
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    act_after: u64,
    /// What is done then
    #[arg(long, value_enum, default_value = "alarm")]
    action: Deed,
    /// A command for the shell that gets each piece of news on its standard input
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Look once: ends with 0 when the engine goes on, 10 when it does not
    #[arg(long)]
    once: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deed {
    /// Tell again, more loudly
    Alarm,
    /// Put the kill file there: the engine closes everything as soon as it lives, or starts, again
    Kill,
}

/// How often it looks.
const PACE: Duration = Duration::from_millis(250);
/// When it has not looked for so long, it was stopped itself, or the machine slept: that says nothing of the engine.
const ASLEEP: Duration = Duration::from_secs(5);

pub(super) fn run(args: &Watchdog, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = state_folder(cli)?;
    if args.once {
        return once(args, &state, cli);
    }
    if args.act_after < args.alarm_after {
        let message = "the action would come before the alarm";
        let hint = "let --act-after be at least --alarm-after";
        return Err(Failure::new(Code::Usage, message, hint));
    }
    let ended = listen()?;
    let mut eye = Eye::new(args, Instant::now());
    tell(&News::Watching, &state, args, cli);
    loop {
        if let Some(news) = eye.look(Heartbeat::look(&state), Instant::now()) {
            if let News::Act { .. } = news
                && args.action == Deed::Kill
            {
                kill_file::put(&state, "the watchdog: the engine stands still")?;
            }
            tell(&news, &state, args, cli);
        }
        match ended.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Ends when somebody asks for it.
fn listen() -> Result<Receiver<()>, Failure> {
    let failed = |error: std::io::Error| Failure::new(Code::Failure, error.to_string(), "");
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (end, ended) = channel();
    std::thread::spawn(move || signals.forever().next().map(|_| end.send(())));
    Ok(ended)
}

/// For a look from a timer: by the age of what the engine wrote last.
fn once(args: &Watchdog, state: &Path, cli: &Cli) -> Result<ExitCode, Failure> {
    let age = |beat: &Heartbeat| service::wall().0.saturating_sub(beat.at) / 1_000_000_000;
    let (goes_on, says) = match Heartbeat::look(state) {
        Seen::Runs(Some(beat)) => {
            let goes_on = age(&beat) < i64::try_from(args.alarm_after).unwrap_or(i64::MAX);
            (goes_on, format!("the engine's last beat was {} s ago", age(&beat)))
        }
        Seen::Runs(None) => (false, "a service runs, and its engine has not said a word".into()),
        Seen::Stopped => (false, "no service runs; the last one stopped in good order".into()),
        Seen::Gone => (false, "no service runs; the last one ended without saying so".into()),
    };
    if cli.json {
        terminal::out(&format!("{}\n", json!({ "goes_on": goes_on, "says": says })));
    } else {
        terminal::out(&format!("{says}\n"));
    }
    Ok(ExitCode::from(if goes_on { 0 } else { Code::Breached.exit() }))
}

/// What it has seen, and what it has said.
struct Eye {
    alarm_after: Duration,
    act_after: Duration,
    beat: Option<(u32, u64)>,
    /// When the beat moved last.
    moved: Instant,
    looked: Instant,
    said: Said,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Alarm,
    Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    Watching,
    Alarm { why: &'static str, seconds: u64 },
    Act { why: &'static str, seconds: u64 },
    GoesOn,
}

impl Eye {
    fn new(args: &Watchdog, now: Instant) -> Eye {
        Eye {
            alarm_after: Duration::from_secs(args.alarm_after),
            act_after: Duration::from_secs(args.act_after),
            beat: None,
            moved: now,
            looked: now,
            said: Said::Nothing,
        }
    }

    fn look(&mut self, seen: Seen, now: Instant) -> Option<News> {
        let pause = now.duration_since(self.looked);
        self.looked = now;
        if pause >= ASLEEP {
            self.moved += pause;
        }
        let why = match seen {
            Seen::Runs(beat) => {
                let beat = beat.map(|beat| (beat.pid, beat.beats));
                if beat != self.beat {
                    (self.beat, self.moved) = (beat, now);
                }
                "the engine stands still"
            }
            // Somebody stopped it, and knows.
            Seen::Stopped => {
                (self.moved, self.said) = (now, Said::Nothing);
                return None;
            }
            Seen::Gone => "the service ended without saying so",
        };
        let still = now.duration_since(self.moved);
        let seconds = still.as_secs();
        match self.said {
            Said::Nothing if still >= self.alarm_after => {
                self.said = Said::Alarm;
                Some(News::Alarm { why, seconds })
            }
            Said::Alarm if still >= self.act_after => {
                self.said = Said::Act;
                Some(News::Act { why, seconds })
            }
            Said::Alarm | Said::Act if still < self.alarm_after => {
                self.said = Said::Nothing;
                Some(News::GoesOn)
            }
            Said::Nothing | Said::Alarm | Said::Act => None,
        }
    }
}

fn tell(news: &News, state: &Path, args: &Watchdog, cli: &Cli) {
    let (word, says) = match news {
        News::Watching => ("watching", format!("watching the service of {}", state.display())),
        News::Alarm { why, seconds } => (
            "alarm",
            format!("ALARM: {why}, {seconds} s now; look at the broker: nothing is protected"),
        ),
        News::Act { why, seconds } => (
            "act",
            match args.action {
                Deed::Alarm => format!("ALARM: {why}, {seconds} s now"),
                Deed::Kill => {
                    format!("KILL: {why}, {seconds} s now; the kill file is in the state folder")
                }
            },
        ),
        News::GoesOn => ("goes_on", "the engine goes on".to_owned()),
    };
    let at = service::wall();
    let line = if cli.json {
        json!({ "at": at, "news": word, "says": says }).to_string()
    } else {
        format!("{} {says}", clock::time_text(at))
    };
    terminal::out(&format!("{line}\n"));
    if let (Some(command), true) = (&args.command, *news != News::Watching)
        && let Err(why) = give(command, &line)
    {
        terminal::say(false, &format!("the command was not run: {why}"));
    }
}

/// Lets a command of the owner's carry the news; nobody waits for it.
fn give(command: &str, line: &str) -> std::io::Result<()> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let line = format!("{line}\n");
    std::thread::spawn(move || {
        let _ = child.stdin.take().map(|mut input| input.write_all(line.as_bytes()));
        child.wait()
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(beats: u64) -> Seen {
        Seen::Runs(Some(Heartbeat { pid: 7, beats, durable_turn: 0, at: 0 }))
    }

    struct Day {
        eye: Eye,
        begun: Instant,
    }

    impl Day {
        fn new() -> Day {
            let begun = Instant::now();
            let args = Watchdog {
                alarm_after: 15,
                act_after: 30,
                action: Deed::Alarm,
                command: None,
                once: false,
            };
            Day { eye: Eye::new(&args, begun), begun }
        }

        /// What is said from the one second to the other, looking once a second.
        fn watch(
            &mut self,
            seconds: std::ops::Range<u64>,
            seen: impl Fn(u64) -> Seen,
        ) -> Vec<(u64, News)> {
            let look = |second| {
                let now = self.begun + Duration::from_secs(second);
                self.eye.look(seen(second), now).map(|news| (second, news))
            };
            seconds.filter_map(look).collect()
        }
    }

    #[test]
    fn an_engine_that_stands_still_is_told_of_at_its_deadlines_and_when_it_goes_on() {
        let (mut day, why) = (Day::new(), "the engine stands still");
        assert_eq!(day.watch(1..100, beats), []);
        let said = day.watch(100..200, |_| beats(99));
        let alarm = (114, News::Alarm { why, seconds: 15 });
        assert_eq!(said, [alarm, (129, News::Act { why, seconds: 30 })]);
        assert_eq!(day.watch(200..300, beats), [(200, News::GoesOn)]);
    }

    #[test]
    fn stalls_of_five_seconds_and_sleep_of_its_own_say_nothing() {
        let mut day = Day::new();
        assert_eq!(day.watch(1..1_000, |second| beats(second / 5)), []);
        // It was stopped for ten minutes, and so perhaps was all of the machine.
        assert_eq!(day.watch(1_600..1_610, |_| beats(199)), []);
        assert_eq!(day.watch(1_610..1_620, |_| beats(199)).len(), 1);
    }

    #[test]
    fn a_service_that_was_stopped_is_no_alarm_and_one_that_is_gone_is() {
        let mut day = Day::new();
        assert_eq!(day.watch(1..10, beats), []);
        assert_eq!(day.watch(10..100, |_| Seen::Stopped), []);
        let said = day.watch(100..200, |_| Seen::Gone);
        assert_eq!(said.len(), 2);
        assert_eq!(said[0].0, 114);
    }
}
