//! Makes a difference small enough to read: inputs, rules and ticks are taken away while it stays.

use crate::fact::{Fact, Thing};
use crate::oracle::Oracle;
use crate::run::{Settings, replay};
use highmark_engine::*;

/// The smallest row found that still differs, where, and how.
pub fn shrink(inputs: &[Input], settings: Settings) -> Option<(Vec<Input>, usize, String)> {
    let (end, text) = replay(inputs, settings).err()?;
    let mut row = inputs[..=end].to_vec();
    let mut found = (end, text);
    for _ in 0..2 {
        drop_inputs(&mut row, &mut found, settings);
        thin(&mut row, &mut found, settings);
    }
    Some((row, found.0, found.1))
}

/// Two differences of one kind: the same words, whatever the numbers.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let lines = text.lines().take(2);
        lines
            .map(|line| line.chars().filter(|letter| !letter.is_ascii_digit()).take(45).collect())
            .collect()
    };
    words(one) == words(other)
}

/// Takes whole inputs away, many at once first.
fn drop_inputs(row: &mut Vec<Input>, found: &mut (usize, String), settings: Settings) {
    let mut chunk = (row.len() / 2).max(1);
    loop {
        let (mut at, mut smaller) = (0, false);
        while at < row.len() {
            let candidate = without(row, at, (at + chunk).min(row.len()));
            match replay(&candidate, settings) {
                Err((end, text)) if candidate.len() < row.len() && alike(&text, &found.1) => {
                    *row = candidate[..=end.min(candidate.len().saturating_sub(1))].to_vec();
                    *found = (end, text);
                    smaller = true;
                }
                _ => at += chunk,
            }
        }
        if chunk == 1 && !smaller {
            return;
        }
        chunk = (chunk / 2).max(1);
    }
}

/// Takes single rules out of new trades and single ticks out of batches.
fn thin(row: &mut Vec<Input>, found: &mut (usize, String), settings: Settings) {
    let mut at = 0;
    while at < row.len() {
        let count = match &row[at].body {
            Body::Ticks(ticks) => ticks.len(),
            Body::Command { command: Command::AddTrade(new), .. } => new.rules.len(),
            _ => 0,
        };
        for part in (0..count).rev() {
            let candidate = without_part(row, at, part);
            if let Err((end, text)) = replay(&candidate, settings)
                && alike(&text, &found.1)
            {
                *row = candidate[..=end].to_vec();
                *found = (end, text);
            }
            if at >= row.len() {
                return;
            }
        }
        at += 1;
    }
}

fn without_part(row: &[Input], at: usize, part: usize) -> Vec<Input> {
    let mut lost = Lost::default();
    let mut kept = row.to_vec();
    match &mut kept[at].body {
        Body::Ticks(ticks) if part < ticks.len() => {
            ticks.remove(part);
        }
        Body::Command { command: Command::AddTrade(new), .. } => {
            let made = made_by(row, at, at + 1).rules;
            if part < new.rules.len() {
                new.rules.remove(part);
            }
            lost.rules.extend(made.get(part));
        }
        _ => {}
    }
    let tail = kept.split_off(at + 1);
    kept.extend(tail.into_iter().filter_map(|input| renamed(&input, &lost)));
    kept
}

/// Ids that no longer exist, in rising order.
#[derive(Clone, Debug, Default)]
struct Lost {
    trades: Vec<u32>,
    rules: Vec<u32>,
    groups: Vec<u32>,
}

/// What the inputs `from..to` of the row made.
fn made_by(row: &[Input], from: usize, to: usize) -> Lost {
    let mut oracle = Oracle::new();
    let mut lost = Lost::default();
    for (number, input) in row[..to].iter().enumerate() {
        for fact in oracle.step(input) {
            match fact {
                Fact::Made(_) if number < from => {}
                Fact::Made(Thing::Trade(id)) => lost.trades.push(id.0),
                Fact::Made(Thing::Rule(id, _)) => lost.rules.push(id.0),
                Fact::Made(Thing::Group(id)) => lost.groups.push(id.0),
                _ => {}
            }
        }
    }
    lost
}

fn without(row: &[Input], from: usize, to: usize) -> Vec<Input> {
    let lost = made_by(row, from, to);
    let mut kept = row[..from].to_vec();
    // Accounts, strategies and instruments stay: too much refers to them.
    kept.extend(row[from..to].iter().filter(|input| is_setting(input)).cloned());
    kept.extend(row[to..].iter().filter_map(|input| renamed(input, &lost)));
    kept
}

fn is_setting(input: &Input) -> bool {
    let Body::Command { command, .. } = &input.body else { return false };
    matches!(
        command,
        Command::DefineInstrument(_) | Command::OpenAccount(_) | Command::CreateStrategy(_)
    )
}

/// A lost id is `None`, others move up.
fn moved(id: u32, lost: &[u32]) -> Option<u32> {
    let before = lost.iter().filter(|other| **other < id).count();
    (!lost.contains(&id)).then(|| id - before as u32)
}

fn renamed(input: &Input, lost: &Lost) -> Option<Input> {
    let trade = |id: TradeId| moved(id.0, &lost.trades).map(TradeId);
    let mut input = input.clone();
    match &mut input.body {
        Body::Command { command, .. } => rename_command(command, lost)?,
        Body::Order(news) => match news {
            OrderNews::Filled(fill) => fill.trade = trade(fill.trade)?,
            OrderNews::EntryRejected { trade: id, .. } => *id = trade(*id)?,
            OrderNews::ExitRejected { intent, .. } | OrderNews::ExitUnknown { intent } => {
                intent.trade = trade(intent.trade)?;
            }
            OrderNews::Position { .. } => {}
        },
        Body::Ticks(_) | Body::Unreadable { .. } | Body::Clock | Body::Session(_) => {}
    }
    Some(input)
}

fn rename_command(command: &mut Command, lost: &Lost) -> Option<()> {
    let trade = |id: TradeId| moved(id.0, &lost.trades).map(TradeId);
    let rule = |id: RuleId| moved(id.0, &lost.rules).map(RuleId);
    let scope = |scope: Scope| match scope {
        Scope::Trade(id) => trade(id).map(Scope::Trade),
        Scope::Group(id) => moved(id.0, &lost.groups).map(|id| Scope::Group(GroupId(id))),
        other @ (Scope::Strategy(_) | Scope::Account(_) | Scope::System) => Some(other),
    };
    match command {
        Command::AddTrade(new) => {
            if let Some(group) = new.group {
                new.group = moved(group.0, &lost.groups).map(GroupId);
            }
        }
        Command::Increase { trade: id, .. }
        | Command::CancelTrade { trade: id, .. }
        | Command::ExitTrade { trade: id, .. }
        | Command::ReEnter { trade: id, .. }
        | Command::Roll { trade: id, .. } => *id = trade(*id)?,
        Command::SetRule { scope: at, .. }
        | Command::Halt { scope: at, .. }
        | Command::Resume { scope: at, .. }
        | Command::SetMargin { scope: at, .. } => *at = scope(*at)?,
        Command::ChangeRule { rule: id, .. }
        | Command::RemoveRule { rule: id, .. }
        | Command::LoosenStop { rule: id, .. }
        | Command::ResetRule { rule: id, .. } => *id = rule(*id)?,
        _ => {}
    }
    Some(())
}

/// The row as a person reads it.
pub fn tell(row: &[Input]) -> String {
    let start = row.first().map_or(0, |input| input.at.0);
    let mut text = String::new();
    for (number, input) in row.iter().enumerate() {
        let seconds = (input.at.0 - start) / 1_000_000;
        let body = match &input.body {
            Body::Ticks(ticks) => {
                let shown: Vec<String> = ticks.iter().map(tell_tick).collect();
                format!("ticks {}", shown.join("; "))
            }
            Body::Command { command, .. } => format!("{command:?}"),
            other => format!("{other:?}"),
        };
        text += &format!("{number:>4} +{seconds}ms {body}\n");
    }
    text
}

fn tell_tick(tick: &Tick) -> String {
    let show = |name: &str, price: Option<Price>| {
        price.map_or(String::new(), |price| format!(" {name}{price}"))
    };
    format!(
        "{}@{}{}{}{}{}",
        tick.instrument,
        tick.at.0,
        show("", tick.last),
        show("b", tick.bid),
        show("a", tick.ask),
        tick.sequence.map_or(String::new(), |number| format!(" #{number}")),
    )
}
