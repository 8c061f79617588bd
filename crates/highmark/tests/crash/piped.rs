//! Prices on standard input, as a program gives them that has no more to say for a while.

use crate::life::{self, Folder};
use crate::trouble::{add, quiet, stop, until_flat, until_open};
use highmark_server::socket::protocol::{Ask, Look};
use std::fs::File;
use std::io::Write;
use std::process::Command as Process;

/// It waited for the next line: a stop that was reached by the last price of a lull did not act.
#[test]
fn the_last_price_is_heard_though_none_follows() {
    let folder = Folder::new("piped");
    let pipe = folder.0.join("prices");
    assert!(Process::new("mkfifo").arg(&pipe).status().unwrap().success());
    let options = quiet(&folder, &["--option", "feed.kind=stdin"]);
    let script = format!("exec <>'{}'", pipe.display());
    let life = life::start_with(life::through(&["env"], &script), &folder.0, &options);
    let mut prices = File::options().write(true).open(&pipe).unwrap();
    let mut price = |last: u32| {
        let now = highmark_server::service::wall().0;
        let line = format!("{{\"time\":{now},\"symbol\":\"SBIN\",\"last\":{last}}}\n");
        prices.write_all(line.as_bytes()).unwrap();
    };
    let mut client = life.client(&folder.0).unwrap();
    price(100);
    while client.ask(Ask::Look(Look::Instruments)).unwrap()[0]["mark"].is_null() {}
    add(&mut client).unwrap();
    stop(&mut client, 0);
    until_open(&mut client, 1);
    price(89);
    until_flat(&mut client);
}
