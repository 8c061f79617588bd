//! The subcommands that show what the simulated disk shows: one name, one line of evidence each.

use highmark_sim::disk::{Settings, damage, power, storage, twice, visible};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One thing that is shown.
pub(crate) struct Proof {
    pub(crate) name: &'static str,
    pub(crate) line: &'static str,
    about: &'static str,
    /// What is counted, and how many by default.
    unit: &'static str,
    count: u64,
    /// Whether a violation is looked for again with fewer inputs.
    shrinks: bool,
    run: fn(&Proof, &Asked) -> ExitCode,
}

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        name: "power",
        line: "losses of power under the journal: nothing acknowledged is lost",
        about: "Each seed is an episode: a random market through the engine and the real journal, on a disk in memory
whose power goes at a random call, also while the journal recovers, and again. What was not synced is
dropped, kept, cut off, reordered or torn at 512 bytes. The chain must be whole, what is there a prefix of
what was written, nothing acknowledged lost, and the state the fold of what is there.",
        unit: "episodes",
        count: 10_000,
        shrinks: true,
        run: |proof, asked| proof.play(asked, power::play),
    },
    Proof {
        name: "storage",
        line: "every write and sync of a journal fails in turn",
        about: "Each seed is a short life of a journal. Each of its calls that changes the disk is made to fail, once and
for good, with EIO, with ENOSPC, and half written. The journal must stop at once and write nothing more;
after a restart or a loss of power nothing acknowledged may be lost, nothing may be missing in between, and
what is written then must survive a loss of power.",
        unit: "lives",
        count: 8,
        shrinks: false,
        run: |proof, asked| proof.play(asked, |seed, _| storage::play(seed, 1)),
    },
    Proof {
        name: "damage",
        line: "damaged journals: verify finds each, and says where",
        about: "Each seed is one damage to a real journal in the folder for temporary files: a flipped bit, a cut tail, a
row deleted, doubled, swapped or edited, a file cut or gone. Verification must find it and name the place.
A bit that means nothing to SQLite may change nothing: then the journal must read as before, and it is
counted apart.",
        unit: "damages",
        count: 10_000,
        shrinks: false,
        run: |proof, asked| proof.play(asked, |seed, _| damage::play(seed)),
    },
    Proof {
        name: "visible",
        line: "crashes of a service: no level that a client saw moves back",
        about: "Each seed is a service in small: the engine steps ahead, the journal commits in groups, and only then a
client hears events and sees levels. It crashes in a commit, before a release and in the middle of one,
losing power or not. After each start the client must find what it saw: every intent, every level, none
moved back.",
        unit: "crash cycles",
        count: 10_000,
        shrinks: true,
        run: |proof, asked| proof.play(asked, visible::play),
    },
    Proof {
        name: "twice",
        line: "the same seed twice gives the same trace",
        about: "Each seed plays its market and its losses of power, each twice. Both must leave the same trace: every
event, every call to the disk and how it ended, and the state at the end.",
        unit: "seeds",
        count: 1_000,
        shrinks: false,
        run: |proof, asked| proof.play(asked, |seed, _| twice::play(seed)),
    },
];

/// What was asked for on the command line.
pub(crate) struct Asked {
    seed: u64,
    seeds: u64,
    count: u64,
    jobs: u64,
    most: usize,
}

/// Runs the proof of that name with the words after it; `None` when there is no such proof.
pub(crate) fn run(name: &str, words: &[String]) -> Option<ExitCode> {
    let proof = PROOFS.iter().find(|proof| proof.name == name)?;
    if words.iter().any(|word| matches!(word.as_str(), "--help" | "-h")) {
        println!("{}", proof.help());
        return Some(ExitCode::SUCCESS);
    }
    Some(match proof.read(words) {
        Ok(asked) => (proof.run)(proof, &asked),
        Err(wrong) => {
            eprintln!("{wrong}\n\n{}", proof.help());
            ExitCode::from(2)
        }
    })
}

impl Proof {
    pub(crate) fn help(&self) -> String {
        let Proof { name, about, unit, count, .. } = self;
        format!(
            "Usage: highmark-sim {name} [--seed S] [--seeds N] [--count N] [--most N] [--jobs N]

{about}

  --seed S    begin at this seed (default 1)
  --seeds N   play so many seeds, whatever they come to
  --count N   play seeds until there were so many {unit} (default {count})
  --most N    at most so many inputs a seed; a violation is looked for again with few
  --jobs N    threads (default 2)

It ends with 1 when something was violated, and prints the seed that repeats it.

Examples:
  highmark-sim {name}
  highmark-sim {name} --seed 4711 --seeds 1
  highmark-sim {name} --count 100"
        )
    }

    fn read(&self, words: &[String]) -> Result<Asked, String> {
        let mut asked =
            Asked { seed: 1, seeds: u64::MAX, count: self.count, jobs: 2, most: usize::MAX };
        let mut has_count = false;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), words.next().cloned()),
            };
            let value = given.ok_or_else(|| format!("{name} needs a number"))?;
            let number = value.replace('_', "").parse::<u64>();
            let number = number.map_err(|_| format!("{value} is no number"))?;
            match name {
                "--seed" => asked.seed = number,
                "--seeds" => asked.seeds = number,
                "--count" => (asked.count, has_count) = (number, true),
                "--jobs" => asked.jobs = number.max(1),
                "--most" => asked.most = number as usize,
                _ => return Err(format!("{name} is not known")),
            }
        }
        if asked.seeds != u64::MAX && !has_count {
            asked.count = u64::MAX;
        }
        Ok(asked)
    }

    fn play<T: Evidence>(
        &self,
        asked: &Asked,
        play: impl Fn(u64, Settings) -> Result<T, String> + Sync,
    ) -> ExitCode {
        let began = Instant::now();
        let settings = Settings { most: asked.most, mistake: None };
        let played = play_seeds(self, asked, |seed| play(seed, settings));
        match played {
            Ok((seeds, evidence)) => {
                let last = asked.seed + seeds.saturating_sub(1);
                let seconds = began.elapsed().as_secs_f64();
                println!(
                    "evidence: {}: {}, violations 0, seeds {}..={last}, {seconds:.1} s",
                    self.name,
                    evidence.line(),
                    asked.seed
                );
                ExitCode::SUCCESS
            }
            Err((seed, text)) => {
                eprintln!("seed {seed} violates: {text}");
                let smaller = [4, 8, 16, 32, 64, 128]
                    .into_iter()
                    .filter(|most| self.shrinks && *most < asked.most);
                let tries = smaller.map(|most| (most, Settings { most, mistake: None }));
                let small =
                    tries.filter_map(|(most, settings)| Some((most, play(seed, settings).err()?)));
                let mut again = format!("highmark-sim {} --seed {seed} --seeds 1", self.name);
                if let Some((most, text)) = small.into_iter().next() {
                    eprintln!("shrunk to at most {most} inputs: {text}");
                    again.push_str(&format!(" --most {most}"));
                }
                eprintln!("again: {again}");
                ExitCode::FAILURE
            }
        }
    }
}

/// What a proof adds up.
trait Evidence: Default + Send {
    fn add(&mut self, other: Self);
    /// How much of what is counted there was.
    fn count(&self) -> u64;
    fn line(&self) -> String;
}

/// Plays seeds on some threads until there was enough, or to the first violation.
fn play_seeds<T: Evidence>(
    proof: &Proof,
    asked: &Asked,
    play: impl Fn(u64) -> Result<T, String> + Sync,
) -> Result<(u64, T), (u64, String)> {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let sum: Mutex<(u64, T, Instant)> = Mutex::new((0, T::default(), Instant::now()));
    let violations = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..asked.jobs {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let offset = next.fetch_add(1, Ordering::Relaxed);
                    if offset >= asked.wanted() {
                        return;
                    }
                    match play(asked.seed + offset) {
                        Ok(evidence) => {
                            let mut sum = sum.lock().expect("no thread panicked");
                            sum.0 += 1;
                            sum.1.add(evidence);
                            if sum.2.elapsed() > Duration::from_secs(5) {
                                sum.2 = Instant::now();
                                eprintln!("{} {} of {}", sum.1.count(), proof.unit, asked.wanted());
                            }
                            if sum.1.count() >= asked.count {
                                stop.store(true, Ordering::Relaxed);
                            }
                        }
                        Err(text) => {
                            stop.store(true, Ordering::Relaxed);
                            violations
                                .lock()
                                .expect("no thread panicked")
                                .push((asked.seed + offset, text));
                        }
                    }
                }
            });
        }
    });
    let first = violations.into_inner().expect("no thread panicked").into_iter().min();
    let (seeds, evidence, _) = sum.into_inner().expect("no thread panicked");
    first.map_or(Ok((seeds, evidence)), Err)
}

impl Asked {
    fn wanted(&self) -> u64 {
        self.count.min(self.seeds)
    }
}

impl Evidence for power::Tally {
    fn add(&mut self, other: Self) {
        power::Tally::add(self, other);
    }
    fn count(&self) -> u64 {
        self.episodes
    }
    fn line(&self) -> String {
        format!(
            "{} episodes, {} losses of power ({} of them while a journal was made or recovered), {} groups, \
             {} new segments, {} checkpoints, {} acknowledged turns with {} events, lost 0, durable though untold {}, \
             gone untold {}, trace {:016x}",
            self.episodes,
            self.losses,
            self.in_recovery,
            self.groups,
            self.rolls,
            self.checkpoints,
            self.acknowledged_turns,
            self.acknowledged_events,
            self.untold,
            self.gone,
            self.trace
        )
    }
}

impl Evidence for storage::Tally {
    fn add(&mut self, other: Self) {
        storage::Tally::add(self, other);
    }
    fn count(&self) -> u64 {
        self.lives
    }
    fn line(&self) -> String {
        format!(
            "{} lives of {} calls, {} failures: {} stopped the start of a journal, {} its work, at once and for good; \
             {} were removals of an emptied log, {} reads of whoever folds a state; {} acknowledged turns, gaps 0, lost 0, durable though untold {}",
            self.lives,
            self.calls,
            self.failures,
            self.at_start,
            self.at_work,
            self.of_nothing,
            self.of_readers,
            self.acknowledged_turns,
            self.untold
        )
    }
}

impl Evidence for damage::Tally {
    fn add(&mut self, other: Self) {
        damage::Tally::add(self, other);
    }
    fn count(&self) -> u64 {
        self.damages
    }
    fn line(&self) -> String {
        let kinds = self.kinds.iter().map(|(kind, (found, harmless))| match harmless {
            0 => format!("{kind} {found}"),
            _ => format!("{kind} {found} and {harmless} that meant nothing"),
        });
        format!(
            "{} damages, {} found, each with its place (of {} also opened, {} were refused), missed 0, \
             {} meant nothing and changed nothing that is read; {}",
            self.damages,
            self.found(),
            self.opened,
            self.refused,
            self.harmless(),
            kinds.collect::<Vec<_>>().join(", ")
        )
    }
}

impl Evidence for visible::Tally {
    fn add(&mut self, other: Self) {
        visible::Tally::add(self, other);
    }
    fn count(&self) -> u64 {
        self.cycles
    }
    fn line(&self) -> String {
        format!(
            "{} crash cycles ({} in a commit, {} before a release, {} in one; {} with a loss of power), \
             {} turns told, {} intents seen, {} levels seen, moved back 0, intents missing 0, trace {:016x}",
            self.cycles,
            self.in_commit,
            self.before_release,
            self.in_release,
            self.power_losses,
            self.turns,
            self.intents,
            self.levels,
            self.trace
        )
    }
}

impl Evidence for twice::Tally {
    fn add(&mut self, other: Self) {
        twice::Tally::add(self, other);
    }
    fn count(&self) -> u64 {
        self.seeds
    }
    fn line(&self) -> String {
        format!("{} seeds played twice, differences 0, trace {:016x}", self.seeds, self.trace)
    }
}
