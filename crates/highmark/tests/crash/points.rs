//! A crash at every named point that a service comes to.

use crate::client::{self, Random, Seen};
use crate::kills::{Fold, LOAD};
use crate::life::{self, Folder};
use highmark_journal::fault;
use highmark_server::service::FAULTS;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

/// Points that only a restore, a migration or a lost journal come to; the journal's own tests go there.
const ELSEWHERE: [&str; 3] = ["restore.", "migrate.", "service.before_emergency"];

#[test]
fn a_crash_at_any_named_point_loses_nothing() {
    if !cfg!(debug_assertions) {
        // A release build has no such points.
        return;
    }
    let points = fault::NAMES.iter().chain(FAULTS);
    let points = points.filter(|name| !ELSEWHERE.iter().any(|other| name.starts_with(other)));
    let (mut reached, mut missed) = (0, Vec::new());
    for point in points {
        for hit in [1, 3] {
            if crash_at(point, hit) {
                reached += 1;
            } else if hit == 1 {
                missed.push(*point);
            }
        }
    }
    println!("{reached} crashes at named points, 0 lost; not reached: {missed:?}");
    assert!(missed.is_empty(), "no service came to {missed:?}");
}

/// Runs a service that is to die at the point, lives on after it, and looks for what is gone. False when the
/// point was not reached.
fn crash_at(point: &str, hit: u32) -> bool {
    let folder = Folder::new(&format!("point-{}-{hit}", point.replace('.', "-")));
    let days = two_days(&folder);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut fold = Fold::default();
    // With ticks of two days a day rolls over; with the made-up market people trade.
    let of_days = ["roll", "segment", "retire", "carry"];
    let rolls = of_days.iter().any(|part| point.contains(part));
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/live.toml");
    let options: Vec<&str> = if rolls {
        let keep = ["--option", "journal.keep_days=2", "--option", "feed.speed=max"];
        [&[days.as_str(), "--scenario", scenario, "--to-end"][..], &keep[..]].concat()
    } else {
        LOAD.to_vec()
    };
    if !point.starts_with("create.") && !rolls {
        // A journal to come back to.
        life::start(&folder.0, &options, None).unwrap().kill();
    }
    let fault = format!("{point}:{hit}");
    let mut died = true;
    if let Some(life) = life::start(&folder.0, &options, Some(&fault)) {
        let watcher = client::watch(&folder.0, &seen);
        let answered = life.client(&folder.0).is_some_and(|mut trader| {
            if rolls {
                while client::look(&mut trader, &seen) {}
                return false;
            }
            client::trade(&mut trader, &seen, &mut Random(3), 10)
                && save(&mut trader, &folder, "copy")
                && client::trade(&mut trader, &seen, &mut Random(4), 5)
                && save(&mut trader, &folder, "copy-2")
                && client::trade(&mut trader, &seen, &mut Random(5), 5)
        });
        // Whoever answers to the end has not come to the point; whoever does not is dying, or through.
        died = if answered {
            life.kill();
            false
        } else {
            !life.wait().success()
        };
        watcher.join().unwrap();
    }
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    fold.check(&folder.0, &life, &seen);
    life.kill();
    died
}

fn save(trader: &mut Client, folder: &Folder, name: &str) -> bool {
    let to = folder.0.join(name).display().to_string();
    trader.ask(Ask::Checkpoint).is_ok() && trader.ask(Ask::Backup { to }).is_ok()
}

/// Ticks of several days, one of each instrument a minute.
fn two_days(folder: &Folder) -> String {
    let mut text = String::from("time,symbol,last\n");
    for day in 2..9 {
        for minute in 0..30 {
            for (symbol, price) in
                [("NIFTY", 26_000), ("BANKNIFTY", 58_000), ("RELIANCE", 1_400), ("SBIN", 900)]
            {
                let price = price + minute % 7;
                let _ = writeln!(text, "2026-03-{day:02}T10:{minute:02}:00+05:30,{symbol},{price}");
            }
        }
    }
    let path = folder.0.join("days.csv");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}
