//! `highmark price push`: prices from outside any feed, as arguments or as a stream.

use super::args::Cli;
use super::book::{self, Book, understood};
use super::terminal;
use crate::failure::{Code, Failure};
use clap::Subcommand;
use highmark_engine::{Event, Price};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Pushed, Said};
use serde_json::{Value, json};
use std::io::BufRead;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum PriceVerb {
    /// Give the service prices
    #[command(
        after_help = "With - they come on standard input, one a line: JSON objects, or CSV with a header that names symbol, last, bid, ask, volume. Each is judged by itself, in order; the exchange time is now.\n\nExamples:\n  highmark price push NIFTY=26012.35\n  highmark price push NIFTY=26012.35 SBIN=812.40\n  echo '{\"symbol\":\"NIFTY\",\"last\":\"26012.35\",\"bid\":\"26012\",\"ask\":\"26013\"}' | highmark price push -\n  highmark price push - < prices.csv"
    )]
    Push {
        #[arg(value_name = "SYMBOL=PRICE", required = true)]
        prices: Vec<String>,
    },
}

/// Prices on their way without an answer yet.
const WINDOW: u64 = 64;

pub(super) fn run(verb: &PriceVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    let PriceVerb::Push { prices } = verb;
    if prices.iter().any(|price| price == "-") {
        if prices.len() > 1 {
            let hint = "give prices, or - alone";
            return Err(Failure::new(Code::Usage, "standard input is read alone", hint));
        }
        return stream(cli);
    }
    let prices = prices.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    let count = prices.len();
    let mut book = Book::to_change(cli)?;
    let whole = book.ask(Ask::Push(prices))?;
    let refused = refused(&whole)?;
    if cli.json {
        terminal::out(&format!("{whole:#}\n"));
    } else {
        for line in whole["told"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            terminal::out(&format!("{line}\n"));
        }
        terminal::say(cli.quiet, &taken(count as u64, refused));
    }
    Ok(verdict(refused, count as u64))
}

fn pair(text: &str) -> Result<Pushed, Failure> {
    let wrong = |why: String| {
        Failure::new(Code::Usage, format!("`{text}` is no price: {why}"), "write NIFTY=26012.35")
    };
    let (symbol, price) = text.rsplit_once('=').ok_or_else(|| wrong("there is no `=`".into()))?;
    let price: Price =
        price.trim().parse().map_err(|error| wrong(format!("`{price}` is {error}")))?;
    Ok(Pushed { symbol: symbol.trim().to_owned(), last: Some(price), ..Pushed::default() })
}

/// Every line of standard input; what cannot be read is told with its line and does not stop the rest.
fn stream(cli: &Cli) -> Result<ExitCode, Failure> {
    let mut client = book::service(cli)?;
    let mut columns: Option<Vec<String>> = None;
    let (mut rows, mut sent, mut heard, mut refused) = (0, 0, 0, 0);
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
        let line = line.trim();
        let read = match (&columns, line) {
            (_, "") => continue,
            (_, line) if line.starts_with('{') => {
                serde_json::from_str(line).map_err(|error| error.to_string())
            }
            (None, header) if header.split(',').any(|name| name.trim() == "symbol") => {
                columns = Some(header.split(',').map(|name| name.trim().to_owned()).collect());
                continue;
            }
            (None, _) => Err("it is no JSON object, and no header names `symbol`".into()),
            (Some(columns), line) => row(columns, line),
        };
        rows += 1;
        match read {
            Ok(pushed) => {
                client.send(Ask::Push(vec![pushed]))?;
                sent += 1;
            }
            Err(why) => {
                refused += 1;
                terminal::say(false, &format!("line {number}: {why}"));
            }
        }
        while sent - heard >= WINDOW {
            refused += answered(&mut client)?;
            heard += 1;
        }
    }
    while heard < sent {
        refused += answered(&mut client)?;
        heard += 1;
    }
    if cli.json {
        terminal::out(&format!(
            "{}\n",
            json!({ "rows": rows, "taken": rows - refused, "refused": refused })
        ));
    } else {
        terminal::say(cli.quiet, &taken(rows, refused));
    }
    Ok(verdict(refused, rows))
}

fn row(columns: &[String], line: &str) -> Result<Pushed, String> {
    let mut pushed = Pushed::default();
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    if fields.len() != columns.len() {
        return Err(format!("{} fields, and the header has {}", fields.len(), columns.len()));
    }
    for (column, field) in columns.iter().zip(fields) {
        let price = || -> Result<Option<Price>, String> {
            if field.is_empty() {
                return Ok(None);
            }
            field.parse().map(Some).map_err(|error| format!("{column}: `{field}` is {error}"))
        };
        match column.as_str() {
            "symbol" => pushed.symbol = field.to_owned(),
            "last" => pushed.last = price()?,
            "bid" => pushed.bid = price()?,
            "ask" => pushed.ask = price()?,
            "volume" if field.is_empty() => {}
            "volume" => {
                let read = field.parse().map_err(|error| format!("volume: `{field}` is {error}"));
                pushed.volume = Some(read?);
            }
            // Times of a recording are another day's: these prices are of now.
            _ => {}
        }
    }
    Ok(pushed)
}

/// How many of the next answer's prices were refused.
fn answered(client: &mut Client) -> Result<u64, Failure> {
    let response = client.hear()?.ok_or_else(|| {
        let hint = "the prices before it were taken: look at `highmark instrument list`";
        Failure::new(Code::Unreachable, "the service ended the connection", hint)
    })?;
    match response.what {
        Said::Ok(whole) => refused(&whole),
        Said::Error(problem) => {
            terminal::say(false, &format!("refused: {} ({})", problem.message, problem.hint));
            Ok(1)
        }
        Said::Done(_) | Said::Turn(_) => Ok(0),
    }
}

/// Ticks that the engine did not take, each told with its reason.
fn refused(whole: &Value) -> Result<u64, Failure> {
    let events: Vec<Event> = understood(whole["events"].clone())?;
    let mut count = 0;
    for event in &events {
        if let Event::TickRefused { refusal, .. } = event {
            count += 1;
            terminal::say(false, &format!("refused: {}", refusal.code()));
        }
    }
    Ok(count)
}

fn taken(sent: u64, refused: u64) -> String {
    let good =
        crate::text::count(usize::try_from(sent.saturating_sub(refused)).unwrap_or(0), "price");
    match refused {
        0 => format!("{good} taken"),
        refused => format!("{good} taken, {refused} refused"),
    }
}

fn verdict(refused: u64, sent: u64) -> ExitCode {
    match refused {
        0 => ExitCode::SUCCESS,
        refused if refused >= sent => ExitCode::from(Code::Refused.exit()),
        _ => ExitCode::from(Code::Partial.exit()),
    }
}
