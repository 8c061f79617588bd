//! The hot paths, one at a time: a small program whose instructions are counted from outside.
//!
//! `cargo xtask bench counts` builds it, runs each path under valgrind and compares with what is kept in `docs/counts.toml`.
//! Only what runs inside [`meter::counted`] counts. Each path also checks that it does what it says.

mod commands;
pub(crate) mod desk;
mod looks;
mod meter;
pub(crate) mod paths;
mod ticks;

use paths::Path;
use std::hint::black_box;
use std::process::ExitCode;

const HELP: &str = "\
Usage: counts [list | checks | run PATH]

Counted by `cargo xtask bench counts`; alone it counts nothing.
  list      the paths: name, operations, what one operation is
  checks    whether sums are checked for overflow
  run PATH  runs its operations";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["list"] => Path::all().iter().for_each(tell),
        ["checks"] => println!("{}", if checks_overflow() { "on" } else { "off" }),
        ["run", name] => {
            let Some(path) = Path::all().iter().find(|path| path.name == name) else {
                eprintln!("error: no path is called `{name}`");
                return ExitCode::FAILURE;
            };
            path.run(path.trades, path.operations);
        }
        _ => println!("{HELP}"),
    }
    ExitCode::SUCCESS
}

fn tell(path: &Path) {
    println!("{}\t{}\t{}", path.name, path.operations, path.what);
}

/// Whether this program was built with checks, as the product is.
fn checks_overflow() -> bool {
    std::panic::set_hook(Box::new(|_| {}));
    std::panic::catch_unwind(|| black_box(u8::MAX) + black_box(1)).is_err()
}
