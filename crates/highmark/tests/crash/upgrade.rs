//! A new program in the place of the old one, and backups, while the service runs and a trader trades.

use crate::client::{self, Random, Seen};
use crate::kills::{Fold, LOAD};
use crate::life::{self, Folder, Life};
use highmark_engine::Timestamp;
use highmark_journal::{About, Reader};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// Programs that are put there, one after the other.
const UPGRADES: u64 = 4;
/// Backups that are made of each while it runs.
const BACKUPS: u64 = 2;

/// Puts a program where the service is started from, as an installer does: beside it first, then in its place. The one
/// that runs goes on with the file that it has.
fn install(program: &Path) {
    let new = program.with_extension("new");
    fs::copy(env!("CARGO_BIN_EXE_highmark"), &new).unwrap();
    fs::rename(new, program).unwrap();
}

fn started(program: &Path, folder: &Folder) -> Life {
    life::start_with(Command::new(program), &folder.0, &LOAD)
}

#[test]
fn upgrades_and_backups_while_it_runs_lose_nothing() {
    let folder = Folder::new("upgrade");
    let program = folder.0.join("highmark");
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (mut fold, mut copies) = (Fold::default(), Vec::new());
    install(&program);
    for upgrade in 0..UPGRADES {
        let life = started(&program, &folder);
        assert_eq!(life.card["after_crash"], false, "upgrade {upgrade}");
        fold.check(&folder.0, &life, &seen);
        let watcher = client::watch(&folder.0, &seen);
        let mut trader = life.client(&folder.0).unwrap();
        assert!(client::look(&mut trader, &seen));
        let shared = Arc::clone(&seen);
        let trader = std::thread::spawn(move || {
            client::press(&mut trader, &shared, &mut Random(upgrade));
        });
        let mut keeper = life.client(&folder.0).unwrap();
        for number in 0..BACKUPS {
            copies.push(backup(&mut keeper, &folder.0.join(format!("copy-{upgrade}-{number}"))));
        }
        install(&program);
        // Whoever trades and watches does so until the service is gone.
        assert!(life.stop().success(), "{}", fs::read_to_string(folder.0.join("stderr")).unwrap());
        trader.join().unwrap();
        watcher.join().unwrap();
    }
    let life = started(&program, &folder);
    fold.check(&folder.0, &life, &seen);
    assert!(life.stop().success());
    let (commands, turns) = (fold.acknowledged, fold.shown);
    println!(
        "{UPGRADES} upgrades and {} backups; {commands} commands acknowledged, {turns} turns shown, 0 lost",
        copies.len()
    );
    assert!(commands > 0 && turns > 0);
    let live = Reader::open(&folder.0.join("journal")).unwrap();
    for (copy, turns) in copies {
        let restored = copy.with_extension("restored");
        highmark_journal::restore(&copy, &restored, &About::new("test"), Timestamp(1)).unwrap();
        let back = Reader::open(&restored).unwrap().engine_before(u64::MAX).unwrap();
        let then = live.engine_before(turns + 1).unwrap();
        assert_eq!((back.state().turn(), back.state()), (turns, then.state()));
    }
}

/// Makes one, and tells up to which turn it goes.
fn backup(client: &mut Client, to: &Path) -> (PathBuf, u64) {
    let made = client.ask(Ask::Backup { to: to.display().to_string() }).unwrap();
    (to.to_owned(), made["head"]["turns"].as_u64().unwrap())
}
