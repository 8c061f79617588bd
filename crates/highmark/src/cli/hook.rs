//! `highmark hook`: addresses that signals of other programs are sent to.

use super::args::Cli;
use super::book::list::List;
use super::config::load;
use super::key::there;
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use clap::{Args, Subcommand, ValueEnum};
use highmark_engine::{Quantity, Timestamp};
use highmark_server::api::hooks::{Does, Exits, Hook, Hooks, Network, ScanMeans, Source, Terms};
use highmark_server::service::wall;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum HookVerb {
    /// Make an address; it is shown now and never again
    #[command(
        after_help = "What signals may do is said here, and no signal says otherwise: none releases a kill, resumes what was halted or changes a rule. docs/webhooks.md shows what each source sends.\n\nExamples:\n  highmark hook add nifty --source tradingview --strategy Momentum --account main --quantity 75 --rule \"trail by=60\"\n  highmark hook add breakouts --source chartink --strategy Scan --account main --quantity 10 --scan buy\n  highmark hook add afl --source amibroker --strategy Carry --account main --most 150 --exit strategy"
    )]
    Add(Box<Add>),
    /// All hooks: what they may do, and how their addresses begin
    #[command(after_help = "Example:\n  highmark hook list")]
    List,
    /// Give a hook another address; the old one is nothing from now on
    #[command(after_help = "Example:\n  highmark hook rotate nifty")]
    Rotate {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Refuse whoever uses a hook from now on
    #[command(after_help = "Example:\n  highmark hook remove nifty")]
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// How it stands in the record
    #[arg(value_name = "NAME")]
    name: String,
    /// Who sends, and in which form
    #[arg(long, value_enum)]
    source: From,
    /// The strategy; signals touch no other
    #[arg(long, value_name = "NAME")]
    strategy: String,
    /// The account that is entered in
    #[arg(long, value_name = "NAME")]
    account: String,
    /// What `buy` does
    #[arg(long, value_enum, default_value = "open")]
    buy: Deed,
    /// What `sell` does
    #[arg(long, value_enum, default_value = "exit")]
    sell: Deed,
    /// What may be exited by a signal that asks for it
    #[arg(long, value_enum, default_value = "symbol")]
    exit: Leaves,
    /// What a scan of Chartink stands for
    #[arg(long, value_enum, default_value = "buy")]
    scan: Means,
    /// Of each entry, whatever the signal says
    #[arg(long, value_name = "UNITS", conflicts_with = "most")]
    quantity: Option<Quantity>,
    /// What a signal may ask for at most
    #[arg(long, value_name = "UNITS")]
    most: Option<Quantity>,
    /// A rule of each entry, in the words of a scenario; may be given more than once
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// A symbol that it is for, and its name here; may be given more than once [default: every instrument]
    #[arg(long = "symbol", value_name = "THEIRS=OURS")]
    symbols: Vec<String>,
    /// Trades that may be open in one symbol before a signal is refused
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    trades: u32,
    /// An address or a network that it is taken from; may be given more than once [default: anywhere]
    #[arg(long = "from", value_name = "ADDRESS")]
    from: Vec<Network>,
    /// A signal without an id that comes again within so many seconds is the same one
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    repeat: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// JSON, or a line of text
    Tradingview,
    /// Scans
    Chartink,
    /// Queries and forms
    Amibroker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deed {
    /// Enters on that side
    Open,
    /// Exits what the strategy has open in the symbol on the other side
    Exit,
    /// Is refused
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Leaves {
    Nothing,
    /// What the strategy has open in the symbol
    Symbol,
    /// Everything of the strategy, too
    Strategy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Means {
    Buy,
    Sell,
    Exit,
}

pub(super) fn run(verb: &HookVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    let config = load(cli)?.config;
    let state = config.state.dir;
    match verb {
        HookVerb::Add(add) => {
            let terms = terms(add);
            let made = Hooks::add(&there(state.clone())?, (&add.name, "cli"), terms, wall());
            shown(&add.name, &made.map_err(by_option)?, &state, cli);
        }
        HookVerb::List => list(&Hooks::read(&state)?, cli),
        HookVerb::Rotate { name } => {
            let path = Hooks::rotate(&there(state.clone())?, name, wall())?;
            shown(name, &path, &state, cli);
        }
        HookVerb::Remove { name } => {
            Hooks::remove(&there(state)?, name)?;
            if cli.json {
                terminal::out(&format!("{}\n", json!({ "removed": name })));
            } else {
                terminal::say(cli.quiet, &format!("{name} is nothing from now on"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The field of a hook is an option of this command.
fn by_option(failure: Failure) -> Failure {
    if failure.code == Code::Usage && !failure.field.is_empty() {
        let option = match failure.field.as_str() {
            "rules" => "--rule",
            "symbols" => "--symbol",
            "repeat_s" => "--repeat",
            field => return Failure { field: format!("--{field}"), ..failure },
        };
        return Failure { field: option.to_owned(), ..failure };
    }
    failure
}

fn terms(add: &Add) -> Terms {
    let deed = |deed: Deed| match deed {
        Deed::Open => Does::Open,
        Deed::Exit => Does::Exit,
        Deed::Nothing => Does::Nothing,
    };
    Terms {
        source: match add.source {
            From::Tradingview => Source::Tradingview,
            From::Chartink => Source::Chartink,
            From::Amibroker => Source::Amibroker,
        },
        strategy: add.strategy.clone(),
        account: add.account.clone(),
        buy: deed(add.buy),
        sell: deed(add.sell),
        exit: match add.exit {
            Leaves::Nothing => Exits::Nothing,
            Leaves::Symbol => Exits::Symbol,
            Leaves::Strategy => Exits::Strategy,
        },
        scan: match add.scan {
            Means::Buy => ScanMeans::Buy,
            Means::Sell => ScanMeans::Sell,
            Means::Exit => ScanMeans::Exit,
        },
        quantity: add.quantity,
        most: add.most,
        rules: add.rules.clone(),
        symbols: add.symbols.clone(),
        trades: add.trades,
        from: add.from.clone(),
        repeat_s: add.repeat,
    }
}

fn shown(name: &str, path: &str, state: &Path, cli: &Cli) {
    let address = std::fs::read_to_string(highmark_server::api::address_file(state)).ok();
    let address = address.as_deref().map(str::trim);
    if cli.json {
        let made = json!({ "name": name, "path": path, "address": address });
        terminal::out(&format!("{made}\n"));
        return;
    }
    terminal::out(&format!("{path}\n"));
    let at = address.map_or_else(String::new, |address| format!(" (here at {address})"));
    let hint = format!(
        "it follows the name of this service{at}; keep it secret, and now: it is shown this once"
    );
    terminal::say(cli.quiet, &hint);
}

fn list(hooks: &Hooks, cli: &Cli) {
    let mut list = List::new(&["name", "source", "strategy", "account", "begins", "made"], &[]);
    let mut whole = Vec::new();
    for Hook { name, made, begins, terms, by, .. } in hooks.iter() {
        let made = clock::stamp(Timestamp(*made));
        let terms_shown = json!(terms);
        let source = terms_shown["source"].as_str().unwrap_or("").to_owned();
        list.row(vec![
            name.clone().into(),
            source.into(),
            terms.strategy.clone().into(),
            terms.account.clone().into(),
            begins.clone().into(),
            made.clone().into(),
        ]);
        let shown =
            json!({ "name": name, "by": by, "begins": begins, "made": made, "terms": terms_shown });
        whole.push(shown);
    }
    let none = "there is no hook yet: highmark hook add NAME --source tradingview ...";
    list.print(&json!(whole), none, cli);
}
