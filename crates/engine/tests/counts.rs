//! The paths whose instructions are counted do what they say: each of them, a few times on a small book.

#[expect(dead_code, reason = "the program around it is the benchmark's")]
#[path = "../benches/counts/main.rs"]
mod counts;

use counts::paths::Path;
use std::collections::BTreeSet;

#[test]
fn each_path_does_what_it_says() {
    let mut names = BTreeSet::new();
    for path in Path::all() {
        path.run(path.trades.min(100), path.operations.min(20));
        assert!(names.insert(path.name), "{} stands twice", path.name);
    }
}
