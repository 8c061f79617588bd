//! What the commands take.

use super::account::AccountVerb;
use super::certificate::CertificateVerb;
use super::export::Export;
use super::hook::HookVerb;
use super::import::ImportVerb;
use super::instrument::InstrumentVerb;
use super::journal::JournalVerb;
use super::key::KeyVerb;
use super::kill::KillVerb;
use super::price::PriceVerb;
use super::rule::RuleVerb;
use super::service::ServiceVerb;
use super::strategy::StrategyVerb;
use super::trade::TradeVerb;
use super::undo::Undo;
use super::user::UserVerb;
use super::watch::Watch;
use super::watchdog::Watchdog;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Marks trades to market, trails stops, decides exits, and says why.
#[derive(Debug, Parser)]
#[command(
    name = "highmark",
    version = VERSION,
    after_help = "Start here:\n  highmark demo                 a day in under two minutes\n  highmark demo --dashboard     a desk that moves, in the browser\n  highmark scenario example     a scenario to change\n  highmark replay ticks.csv --scenario day.toml\n  highmark explain Momentum     why it did, or why it did not\n  highmark init                 a configuration to change",
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
    /// Read this configuration and no other file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Another value for a key of the configuration
    #[arg(long = "option", global = true, value_name = "KEY=VALUE")]
    pub options: Vec<String>,
    /// The state folder: journal, lease, socket
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Lists as fields with tabs between, without a heading
    #[arg(long, global = true, conflicts_with = "json")]
    pub plain: bool,
    /// Answer every question with yes
    #[arg(short, long, global = true)]
    pub yes: bool,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The version, with the commit where the build knew it.
pub(super) const VERSION: &str = env!("HIGHMARK_VERSION");

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// A made-up day in under two minutes: three strategies, seven trades
    #[command(
        after_help = "Examples:\n  highmark demo\n  highmark demo --speed max\n  highmark demo --speed 10 --out my-demo\n  highmark demo --dashboard"
    )]
    Demo(Demo),
    /// Run the service in the foreground: feed, engine, journal, paper account
    #[command(
        after_help = "Without any configuration it runs on a made-up market, a paper account and sample strategies.\n\nExamples:\n  highmark run\n  highmark run --scenario day.toml --feed none\n  highmark run ticks.csv --scenario day.toml --to-end\n  highmark run --state ~/desk --option feed.ticks_per_second=1000"
    )]
    Run(Run),
    /// A link that opens the dashboard of the running service once
    #[command(
        after_help = "The link needs no password and is for whoever owns this machine; others log in with theirs: `highmark user add`.\n\nExample:\n  highmark dashboard"
    )]
    Dashboard,
    /// Everything open at a glance, least room first
    #[command(
        after_help = "Examples:\n  highmark status\n  highmark status --watch\n  highmark status --check    ends with 10 when a limit is breached, 11 when one is near"
    )]
    Status(Status),
    /// Everything open on one screen that keys move, with the kill switch at hand
    #[command(
        after_help = "Keys are told by `?`. What cannot be taken back asks for words to be typed.\n\nExample:\n  highmark top"
    )]
    Top,
    /// Every durable turn as it comes, in sentences or as JSON
    #[command(
        after_help = "Examples:\n  highmark watch\n  highmark watch --all\n  highmark watch --json | jq .turn"
    )]
    Watch(Watch),
    /// Owners of trades: make, pause, exit
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark strategy list\n  highmark strategy pause Momentum --reason \"news at 14:00\"\n  highmark strategy exit Momentum"
    )]
    Strategy(StrategyVerb),
    /// Round trips: enter, exit, put stops
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark trade list\n  highmark trade add NIFTY --side buy --lots 1 --strategy Momentum --rule \"trail by=60\"\n  highmark trade exit m1"
    )]
    Trade(TradeVerb),
    /// What acts on trades and scopes: set, change, test
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark rule list\n  highmark rule add Momentum max_loss amount=5000\n  highmark rule test Momentum max_loss amount=3000"
    )]
    Rule(RuleVerb),
    /// Where money and positions are held
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark account list\n  highmark account open main --balance 1000000"
    )]
    Account(AccountVerb),
    /// What is traded
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark instrument list\n  highmark instrument define SBIN"
    )]
    Instrument(InstrumentVerb),
    /// Prices from outside any feed
    #[command(subcommand, after_help = "Example:\n  highmark price push NIFTY=26012.35")]
    Price(PriceVerb),
    /// Close everything, refuse entries, stay so until released
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark kill engage --reason \"feed is wrong\"\n  highmark kill release --reason \"feed is right again\"\n  highmark kill status"
    )]
    Kill(KillVerb),
    /// What the system needs to keep the service running
    #[command(
        subcommand,
        after_help = "Example:\n  highmark service unit --user highmark | sudo tee /etc/systemd/system/highmark.service"
    )]
    Service(ServiceVerb),
    /// Watch the service from a process of its own, and say so when its engine stands still
    #[command(
        after_help = "Runs until it is stopped. A service that was stopped in good order is no alarm.\n\nExamples:\n  highmark watchdog --command 'mail -s highmark me@example.com'\n  highmark watchdog --action kill\n  highmark watchdog --once     for a timer: ends with 10 when the engine does not go on"
    )]
    Watchdog(Watchdog),
    /// Who may use the API, and for what
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark key add grafana --role viewer\n  highmark key list\n  highmark key remove grafana"
    )]
    Key(KeyVerb),
    /// Who may log in to the API, and with what
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark user add asha --role risk\n  highmark user totp asha\n  highmark user list"
    )]
    User(UserVerb),
    /// What the API shows to other machines, so that nobody in between reads along
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark certificate make desk.local 192.168.1.20\n  highmark certificate show"
    )]
    Certificate(CertificateVerb),
    /// Addresses that signals of TradingView, Chartink and Amibroker are sent to, and what these may do
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark hook add nifty --source tradingview --strategy Momentum --account main --quantity 75\n  highmark hook list\n  highmark hook rotate nifty"
    )]
    Hook(HookVerb),
    /// Take a command back: the last one, or the one that is named
    #[command(
        after_help = "An exit that has been filled cannot be taken back.\n\nExamples:\n  highmark undo\n  highmark undo c5"
    )]
    Undo(Undo),
    /// Do again what was taken back last
    #[command(after_help = "Example:\n  highmark redo")]
    Redo,
    /// The record itself: prove, copy, restore, decide again
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark journal verify\n  highmark journal backup /mnt/copies/monday\n  highmark journal rerun --set trail.by.points=40"
    )]
    Journal(JournalVerb),
    /// What is there and what happened, for other programs
    #[command(
        after_help = "Reads the journal, beside a running service too.\n\nExamples:\n  highmark export trades > trades.csv\n  highmark export ticks > ticks.csv && highmark replay ticks.csv --scenario day.toml\n  highmark export events | jq .told\n  highmark export state"
    )]
    Export(Export),
    /// Open trades of elsewhere, taken up as they are held
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark import kite-tradebook tradebook.csv --strategy Carry --dry-run\n  highmark import csv open.csv --strategy Carry"
    )]
    Import(ImportVerb),
    /// Play recorded ticks through a scenario
    #[command(
        after_help = "Examples:\n  highmark replay samples/day.csv --scenario scenarios/sample-day.toml\n  highmark replay NIFTY.parquet SBIN.parquet --scenario nse-day.toml --day 2021-06-03 --json\n  highmark replay day.csv --scenario day.toml --set strategy.Momentum.rule.max_loss.amount=3000 --compare\n  zcat ticks.ndjson.gz | highmark replay - --scenario day.toml"
    )]
    Replay(Replay),
    /// What a run, a day or a range of days came to, as text, JSON, CSV or a page of HTML
    #[command(
        after_help = "Examples:\n  highmark report                       the last run\n  highmark report --format html -o day.html\n  highmark report my-run --format csv\n  highmark report day                   today, from the service's journal\n  highmark report day 2026-11-20 --format html -o day.html\n  highmark report range 2026-11-01 2026-11-20"
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
    /// Write a configuration in which every key stands with its default
    #[command(after_help = "Examples:\n  highmark init\n  highmark init --dir ~/desk")]
    Init(Init),
    /// The configuration: show it, change it, check it
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark config show --origin\n  highmark config set journal.keep_days 100\n  highmark config check\n  highmark config schema > config.schema.json"
    )]
    Config(ConfigVerb),
    /// Look whether all is well: configuration, feed, state folder, disk, clock, market data
    #[command(
        after_help = "Examples:\n  highmark doctor\n  highmark doctor --quiet     only what is not well\n  highmark doctor --json\n\nEnds with 0 when all is well, 11 with a warning, 10 with something that must be mended, 5 with a\nconfiguration that cannot be used."
    )]
    Doctor,
    /// Market rules by date: sessions, lots, expiries, charges, and rows of your own
    #[command(
        subcommand,
        after_help = "Examples:\n  highmark market show --on 2026-08-03 --exchange nse\n  highmark market show NIFTY BANKNIFTY\n  highmark market check my-rows.toml\n  highmark market import instruments.csv NIFTY --dry-run"
    )]
    Market(MarketVerb),
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

impl Verb {
    /// Whether it reads the configuration, so that naming one means something.
    pub(super) fn reads_configuration(&self) -> bool {
        match self {
            Verb::Config(_)
            | Verb::Doctor
            | Verb::Run(_)
            | Verb::Status(_)
            | Verb::Watch(_)
            | Verb::Strategy(_)
            | Verb::Trade(_)
            | Verb::Rule(_)
            | Verb::Account(_)
            | Verb::Instrument(_)
            | Verb::Price(_)
            | Verb::Kill(_)
            | Verb::Service(_)
            | Verb::Watchdog(_)
            | Verb::Top
            | Verb::Dashboard
            | Verb::Key(_)
            | Verb::User(_)
            | Verb::Certificate(_)
            | Verb::Hook(_)
            | Verb::Undo(_)
            | Verb::Redo
            | Verb::Journal(_)
            | Verb::Export(_)
            | Verb::Import(_)
            | Verb::Report(_)
            | Verb::Explain(_)
            | Verb::Replay(_)
            | Verb::Scenario(_)
            | Verb::Market(_) => true,
            Verb::Demo(_) | Verb::Init(_) | Verb::Completions { .. } | Verb::Man { .. } => false,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder that the file is written to
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// The values that are in force, as a file; or one of them, or one table
    #[command(
        after_help = "Examples:\n  highmark config show --origin\n  highmark config show journal\n  highmark config show state.dir"
    )]
    Show {
        /// One key, or one table
        #[arg(value_name = "KEY")]
        key: Option<String>,
        /// Tell where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Change one key in a file, keeping its comments and its order
    #[command(
        after_help = "Examples:\n  highmark config set log.level debug\n  highmark config set feed.kind none --project\n  highmark config set journal.backup.dir /mnt/copies --file /etc/highmark/highmark.toml"
    )]
    Set {
        #[arg(value_name = "KEY")]
        key: String,
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
        /// In the user's file, which is meant when nothing is said
        #[arg(long, group = "where")]
        user: bool,
        /// In highmark.toml in this folder
        #[arg(long, group = "where")]
        project: bool,
        /// In this file
        #[arg(long, group = "where", value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Tell everything that is wrong: with all layers together, or with each of these files alone
    #[command(after_help = "Examples:\n  highmark config check\n  highmark config check new.toml")]
    Check {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// The JSON Schema, for editors
    Schema {
        /// The page of the manual instead
        #[arg(long)]
        page: bool,
    },
    /// Which files are looked at, the strongest first, and which are there
    Path,
    /// Let the running service read its configuration again: whole, or not at all
    #[command(
        after_help = "A hang-up signal does the same.\n\nExamples:\n  highmark config reload\n  highmark config set journal.keep_days 100 && highmark config reload"
    )]
    Reload,
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
    /// A service on a made-up market that never ends, with its dashboard; nothing of it is kept
    #[arg(long, conflicts_with_all = ["speed", "out"])]
    pub dashboard: bool,
    /// Where the dashboard listens on this machine; 0 takes any free port
    #[arg(long, default_value_t = 8420, requires = "dashboard")]
    pub port: u16,
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
    /// The folder of your own market rows [default: $XDG_CONFIG_HOME/highmark/market]
    #[arg(long, value_name = "DIR")]
    pub market: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Report {
    /// The folder of a run; the last one when absent
    #[arg(value_name = "RUN")]
    pub run: Option<PathBuf>,
    #[command(subcommand)]
    pub days: Option<Days>,
    #[arg(short, long, value_enum, global = true, default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// End with 10 when a limit was breached, 11 when one is near, else 0
    #[arg(long, global = true)]
    pub check: bool,
}

/// Days of a service's journal.
#[derive(Debug, Subcommand)]
pub(super) enum Days {
    /// One day of the service's journal
    #[command(
        after_help = "Examples:\n  highmark report day\n  highmark report day 2026-11-20 --format csv"
    )]
    Day {
        /// 2026-11-20; the last one when absent
        #[arg(value_name = "DAY")]
        day: Option<String>,
    },
    /// From one day to another, both with them
    #[command(after_help = "Example:\n  highmark report range 2026-11-01 2026-11-20")]
    Range {
        #[arg(value_name = "FROM")]
        from: String,
        #[arg(value_name = "TO")]
        to: String,
    },
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
    /// The folder of a run; when absent the service's journal, or the last run where there is none
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
        /// The folder of your own market rows [default: $XDG_CONFIG_HOME/highmark/market]
        #[arg(long, value_name = "DIR")]
        market: Option<PathBuf>,
    },
    /// The JSON Schema of scenarios
    Schema,
    /// A scenario that uses every part, with comments
    Example,
}

#[derive(Debug, Subcommand)]
pub(super) enum MarketVerb {
    /// What is in force on a day, where each row is from, and what is not verified
    #[command(
        after_help = "Examples:\n  highmark market show                          today, everything\n  highmark market show --on 2026-08-03 --exchange bse --segment options\n  highmark market show NIFTY SENSEX             their lots, freeze quantities, expiries\n  highmark market show --json --sources"
    )]
    Show(MarketShow),
    /// Take a broker's or an exchange's list, or rows, into your own folder
    #[command(
        after_help = "Examples:\n  highmark market import instruments.csv NIFTY BANKNIFTY --dry-run\n  highmark market import NSE.json NIFTY --from 2026-11-23 --replace\n  highmark market import holidays-2027.csv --complete\n\ndocs/market.md describes the lists. What earlier imports said otherwise is refused without --replace."
    )]
    Import(MarketImport),
    /// Read files of rows and tell everything that is wrong with them
    #[command(
        after_help = "Examples:\n  highmark market check                         the files of your own folder\n  highmark market check holidays.toml charges.toml\n\ndocs/market.md describes the rows."
    )]
    Check {
        /// Files of rows; those of your own folder when absent
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The folder of your own rows [default: $XDG_CONFIG_HOME/highmark/market]
        #[arg(long, value_name = "DIR")]
        market: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct MarketImport {
    /// A list of instruments (Kite's CSV, Upstox's JSON), of holidays (Upstox's JSON, CSV), or rows
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Of a list of instruments only these symbols, and contracts on these underlyings
    #[arg(value_name = "SYMBOL")]
    pub symbols: Vec<String>,
    /// The first day on which a list of instruments holds, 2026-11-20; today when absent
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// The list has all holidays of its years
    #[arg(long)]
    pub complete: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Let the new rows take the place of what earlier imports said for the same days
    #[arg(long)]
    pub replace: bool,
    /// The folder of your own rows [default: $XDG_CONFIG_HOME/highmark/market]
    #[arg(long, value_name = "DIR")]
    pub market: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct MarketShow {
    /// Names of indices, or symbols of imported contracts: only what is said of them
    #[arg(value_name = "SYMBOL")]
    pub symbols: Vec<String>,
    /// On this day, 2026-08-03; today when absent
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Only this exchange
    #[arg(long, value_parser = ["nse", "bse", "mcx"], ignore_case = true)]
    pub exchange: Option<String>,
    /// Only this segment
    #[arg(long, value_parser = ["delivery", "intraday", "futures", "options"], ignore_case = true)]
    pub segment: Option<String>,
    /// Say under each row where it is from
    #[arg(long)]
    pub sources: bool,
    /// The folder of your own rows [default: $XDG_CONFIG_HOME/highmark/market]
    #[arg(long, value_name = "DIR")]
    pub market: Option<PathBuf>,
}
