//! What the commands take.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Marks trades to market, trails stops, decides exits, and says why.
#[derive(Debug, Parser)]
#[command(
    name = "highmark",
    version = VERSION,
    after_help = "Start here:\n  highmark demo                 a day in under two minutes\n  highmark scenario example     a scenario to change\n  highmark replay ticks.csv --scenario day.toml\n  highmark explain Momentum     why it did, or why it did not",
    arg_required_else_help = true
)]
pub(super) struct Cli {
    /// Data as JSON on standard output, errors too
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what was asked for
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Never use colours (also: NO_COLOR)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Read this configuration instead of the project's, the user's and the system's
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Another value for a key of the configuration; may be given more than once
    #[arg(long = "option", global = true, value_name = "KEY=VALUE")]
    pub options: Vec<String>,
    /// The state folder: journal, lease, socket
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The version, with the commit where the build knew it.
pub(super) const VERSION: &str = env!("HIGHMARK_VERSION");

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// A made-up day in under two minutes: three strategies, seven trades
    #[command(
        after_help = "Examples:\n  highmark demo\n  highmark demo --speed max\n  highmark demo --speed 10 --out my-demo"
    )]
    Demo(Demo),
    /// Run the service in the foreground: feed, engine, journal, paper account
    #[command(
        after_help = "Without any configuration it runs on a made-up market, a paper account and sample strategies.\n\nExamples:\n  highmark run\n  highmark run --scenario day.toml --feed none\n  highmark run ticks.csv --scenario day.toml --to-end\n  highmark run --state ~/desk --option feed.ticks_per_second=1000"
    )]
    Run(Run),
    /// Everything open at a glance, least room first
    #[command(
        after_help = "Examples:\n  highmark status\n  highmark status --watch\n  highmark status --check    ends with 10 when a limit is breached, 11 when one is near"
    )]
    Status(Status),
    /// Play recorded ticks through a scenario
    #[command(
        after_help = "Examples:\n  highmark replay samples/day.csv --scenario scenarios/sample-day.toml\n  highmark replay NIFTY.parquet SBIN.parquet --scenario nse-day.toml --day 2021-06-03 --json\n  highmark replay day.csv --scenario day.toml --set strategy.Momentum.rule.max_loss.amount=3000 --compare\n  zcat ticks.ndjson.gz | highmark replay - --scenario day.toml"
    )]
    Replay(Replay),
    /// What a run came to, as text, JSON, CSV or a page of HTML
    #[command(
        after_help = "Examples:\n  highmark report                       the last run\n  highmark report --format html -o day.html\n  highmark report my-run --format csv"
    )]
    Report(Report),
    /// Why something fired, or what would make it fire
    #[command(
        after_help = "Examples:\n  highmark explain Momentum\n  highmark explain t3 --at 13:42\n  highmark explain r5 --run my-run\n  highmark explain system"
    )]
    Explain(Explain),
    /// Scenario files: check one, print the schema or an example
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark scenario check day.toml\n  highmark scenario example > day.toml\n  highmark scenario schema > scenario.schema.json"
    )]
    Scenario(ScenarioVerb),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  highmark completions bash > ~/.local/share/bash-completion/completions/highmark"
    )]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write one for every command
    #[command(after_help = "Example:\n  highmark man --dir ~/.local/share/man/man1")]
    Man {
        /// Write the pages into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How fast: 1, 10, or max to be through at once
    #[arg(long, default_value = "1", value_name = "1|10|max")]
    pub speed: String,
    /// Another seed moves the small wiggles of the prices, not the story
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Leave the run in this folder, for report and explain
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Recorded ticks to run on, instead of the configured feed
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What is set up when the journal is new
    #[arg(short, long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Where ticks come from: generator, replay, stdin, none
    #[arg(long, value_name = "KIND")]
    pub feed: Option<String>,
    /// Stop when the recorded ticks are played
    #[arg(long)]
    pub to_end: bool,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub stop_after: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Look again every second
    #[arg(short, long)]
    pub watch: bool,
    /// End with 10 when a limit is breached, 11 when one is near, else 0
    #[arg(long, conflicts_with = "watch")]
    pub check: bool,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// Files of ticks: CSV, Parquet, NDJSON, plain or packed; - reads NDJSON from standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The scenario
    #[arg(short, long, value_name = "FILE")]
    pub scenario: PathBuf,
    /// Only this day, 2021-06-03; may be given more than once
    #[arg(long, value_name = "DAY")]
    pub day: Vec<String>,
    /// From this time of day, 09:15, with one --day
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// To this time of day, without it
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The format of files that the scenario says nothing of
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Another value for a field of the scenario; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Play twice, as it is and with --set, and show what differs
    #[arg(long)]
    pub compare: bool,
    /// Leave the run in this folder instead of the state folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Leave nothing
    #[arg(long, conflicts_with = "out")]
    pub no_record: bool,
}

#[derive(Debug, Args)]
pub(super) struct Report {
    /// The folder of a run; the last one when absent
    #[arg(value_name = "RUN")]
    pub run: Option<PathBuf>,
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// End with 10 when a limit was breached, 11 when one is near, else 0
    #[arg(long)]
    pub check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Csv,
    Html,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A trade, group, strategy, account or rule by name or id (t3, s1, r5), or system
    #[arg(value_name = "ID")]
    pub id: String,
    /// As it stood at this time: 13:42, or 2021-06-03T13:42:10
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The folder of a run; the last one when absent
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScenarioVerb {
    /// Read a scenario and tell everything that is wrong with it
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Another value for a field
        #[arg(long = "set", value_name = "KEY=VALUE")]
        sets: Vec<String>,
    },
    /// The JSON Schema of scenarios
    Schema,
    /// A scenario that uses every part, with comments
    Example,
}
