//! What is open when the service is told to stop: left as it is, or exited first, as it is configured.

use crate::life::{self, Folder};
use crate::trouble::{add, command, push, quiet, trades, until_open};
use highmark_engine::{Command, ExitReason, InstrumentId, Price, TradeId, TradeStatus};
use highmark_journal::Reader;

const TRADES: usize = 3;

/// Stops a service with open trades; how many are still open, and how many were exited because of it.
fn stopped(name: &str, more: &[&'static str]) -> (usize, usize) {
    let folder = Folder::new(name);
    let common = ["--feed", "none", "--option", "paper.latency_ms=5"];
    let options = quiet(&folder, &[&common[..], more].concat());
    let life = life::start(&folder.0, &options, None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    push(&mut client, 800).unwrap();
    (0..TRADES).for_each(|_| drop(add(&mut client).unwrap()));
    until_open(&mut client, TRADES);
    drop(client);
    assert!(life.stop().success());
    let reader = Reader::open(&folder.0.join("journal")).unwrap();
    let engine = reader.engine_before(u64::MAX).unwrap();
    let views: Vec<_> = engine.state().trade_views().collect();
    let open = views.iter().filter(|trade| trade.status == TradeStatus::Open).count();
    let reason = ExitReason::Operator { reason: "the service stops".into() };
    let exited = views.iter().filter(|trade| {
        trade.status == TradeStatus::Closed && trade.exit_reason() == Some(&reason)
    });
    assert!(!engine.state().is_killed());
    (open, exited.count())
}

#[test]
fn what_is_open_is_left_or_exited_as_the_configuration_says() {
    assert_eq!(stopped("stop-leave", &[]), (TRADES, 0));
    assert_eq!(stopped("stop-exit", &["--option", "service.on_stop=exit_all"]), (0, TRADES));
}

/// The exit that was on its way was filled all the same, and so was the settlement's own: a short position stood there.
#[test]
fn a_settlement_leaves_no_position_the_other_way_round() {
    let folder = Folder::new("settled");
    let options = ["--feed", "none", "--option", "paper.latency_ms=300"];
    let life = life::start(&folder.0, &quiet(&folder, &options), None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    push(&mut client, 800).unwrap();
    (0..2).for_each(|_| drop(add(&mut client).unwrap()));
    until_open(&mut client, 2);
    let (trade, reason) = (TradeId(0), "out".to_owned());
    command(&mut client, Command::ExitTrade { trade, quantity: None, reason }).unwrap();
    let settle = Command::Settle { instrument: InstrumentId(0), price: Price::whole(800) };
    command(&mut client, settle).unwrap();
    // What is entered now is filled after all that was on its way.
    add(&mut client).unwrap();
    until_open(&mut client, 1);
    let all = trades(&mut client, true);
    let status = all.iter().map(|trade| trade["status"].as_str().unwrap());
    assert_eq!(status.collect::<Vec<_>>(), ["closed", "closed", "open"], "{all:?}");
}
