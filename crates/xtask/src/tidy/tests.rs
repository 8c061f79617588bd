//! Each rule of the house can fail: small offending texts that must be caught, and innocent ones that must not.

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// What `check` says of one file, as `line: message` lines.
fn said(check: Check, path: &str, text: &str) -> String {
    let found = check(&tree(&[(path, text)]));
    found.iter().map(|finding| format!("{}: {}\n", finding.line, finding.message)).collect()
}

#[track_caller]
fn caught(check: Check, path: &str, text: &str, needle: &str) {
    let said = said(check, path, text);
    assert!(said.contains(needle), "{needle:?} is not in {said:?}");
}

#[track_caller]
fn passes(check: Check, path: &str, text: &str) {
    assert_eq!(said(check, path, text), "");
}

const ENGINE: &str = "crates/engine/src/x.rs";

#[test]
fn an_arrow_that_the_table_lacks_is_caught() {
    let engine = "crates/engine/Cargo.toml";
    let check: Check = layers::check;
    caught(
        check,
        engine,
        "[dependencies]\nserde.workspace = true\ntokio.workspace = true\n",
        "3: ",
    );
    caught(check, engine, "[dependencies]\nhighmark-market.workspace = true\n", "`market`");
    caught(check, engine, "[dependencies.rand]\nworkspace = true\n", "`rand`");
    caught(check, engine, "[target.'cfg(unix)'.dependencies]\nlibc.workspace = true\n", "`libc`");
    caught(check, engine, "[build-dependencies]\ncc.workspace = true\n", "`cc`");
    caught(check, "crates/misc/Cargo.toml", "[dependencies]\n", "no row");
    passes(check, engine, "[dependencies]\nserde.workspace = true\n");
    passes(check, engine, "[dev-dependencies]\nproptest.workspace = true\n");
    passes(check, "crates/feeds/Cargo.toml", "[dependencies]\nhighmark-engine.workspace = true\n");
}

#[test]
fn a_version_outside_the_root_manifest_is_caught() {
    let (check, path): (Check, _) = (layers::check_versions, "crates/engine/Cargo.toml");
    caught(check, path, "[dependencies]\nserde = \"1\"\n", "2: `serde`");
    caught(check, path, "[dev-dependencies]\nx = { path = \"../x\" }\n", "`x`");
    caught(check, path, "[dependencies.serde]\nversion = \"1\"\n", "`serde`");
    caught(check, path, "[package]\nversion = \"1.0.0\"\n", "2: ");
    passes(check, path, "[dependencies]\nserde = { workspace = true, features = [\"std\"] }\n");
    passes(check, path, "[dependencies.serde]\nworkspace = true\nfeatures = [\"std\"]\n");
    passes(check, "Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\n");
}

#[test]
fn a_file_without_a_first_line_is_caught() {
    caught(habits::check_headers, ENGINE, "use core::fmt;\n", "1: ");
    caught(habits::check_headers, ENGINE, "//!\nuse core::fmt;\n", "1: ");
    caught(habits::check_headers, ENGINE, "", "1: ");
    passes(habits::check_headers, ENGINE, "//! What it is for.\n");
}

#[test]
fn empty_words_in_names_are_caught() {
    let check: Check = words::check;
    for (text, needle) in [
        ("struct TradeManager;", "`manager`"),
        ("enum BaseKind {}", "`base`"),
        ("trait HTTPHelper {}", "`helper`"),
        ("mod utils;", "`utils`"),
        ("type RuleImpl = ();", "`impl`"),
        ("fn handle_tick() {}", "`handle_`"),
        ("fn process_all() {}", "`process_`"),
        ("fn do_it() {}", "`do_`"),
        ("fn get_price() {}", "`get_`"),
        ("fn square_off() {}", "`exit`"),
    ] {
        caught(check, ENGINE, text, needle);
    }
    caught(check, "crates/engine/src/common.rs", "", "`common`");
    caught(check, "crates/engine/src/helpers/x.rs", "", "`helpers`");
    passes(check, ENGINE, "struct Database; fn budget_of() { map.get_mut(x); list.flatten(); }");
    passes(check, "crates/python/src/names.rs", "struct MTMAlertManager;");
    passes(check, "crates/brokers/src/kite/wire.rs", "fn get_orders() {}");
    caught(check, "crates/brokers/src/kite/rest.rs", "fn get_orders() {}", "`get_`");
}

#[test]
fn american_spelling_is_caught() {
    let american = concat!("unreali", "zed");
    let check: Check = words::check;
    caught(check, ENGINE, &format!("struct X {{ {american}_pnl: i64 }}"), american);
    caught(check, ENGINE, &format!("// the {american} part"), american);
    caught(check, ENGINE, &format!("fn a() {{ b(\"{american}\") }}"), american);
    caught(check, "docs/guide.md", &format!("one\ntwo {american}\n"), "2: ");
    passes(
        check,
        ENGINE,
        &format!("#[cfg(test)]\nmod tests {{ const A: &str = \"{american}\"; }}"),
    );
    passes(check, "docs/glossary.md", american);
    passes(check, ENGINE, "struct X { unrealised: i64 }");
}

#[test]
fn what_would_open_the_engine_is_caught() {
    let check: Check = exact::check;
    for (text, needle) in [
        ("fn a(b: f64) {}", "`f64`"),
        ("fn a() { b(1.5) }", "float literal"),
        ("fn a() { b(2f32) }", "float literal"),
        ("fn a() { b(1e3) }", "float literal"),
        ("use std::time::Instant;", "`std`"),
        ("use alloc::collections::HashMap;", "`HashMap`"),
        ("fn a() -> HashSet<u8> {}", "`HashSet`"),
        ("fn a() { thread::spawn(b) }", "`thread`"),
        ("fn a() { println!() }", "`println`"),
        ("fn a(b: i128) -> i64 { b as i64 }", "`as i64`"),
        ("fn a(b: u64) -> usize { b as usize }", "`as usize`"),
    ] {
        caught(check, ENGINE, text, needle);
        passes(check, ENGINE, &format!("#[cfg(test)]\nmod tests {{ {text} }}"));
        passes(check, "crates/market/src/x.rs", text);
    }
    passes(
        check,
        ENGINE,
        "fn a(b: i64) -> i128 { c.0.1; 0x1f64; 0..1; 1usize; \"f64\"; b as i128 }",
    );
    passes(check, "crates/engine/src/ids.rs", "fn index(self) -> usize { self.0 as usize }");
    caught(check, "crates/engine/src/ids.rs", "fn a(self) { self.0 as u8 }", "`as u8`");
}

#[test]
fn bad_habits_are_caught() {
    let check: Check = habits::check;
    caught(check, ENGINE, "fn a() {\n b.unwrap() }", "2: `.unwrap()`");
    caught(check, ENGINE, "fn a() { todo!() }", "`todo!`");
    caught(check, ENGINE, "#[cfg(test)]\nmod t { #[test] #[ignore] fn a() {} }", "2: `#[ignore`");
    caught(check, "crates/engine/tests/it/main.rs", "fn a() { thread::sleep(b) }", "`sleep(`");
    let mark = concat!("TO", "DO");
    caught(check, ENGINE, &format!("// {mark}: later"), mark);
    caught(check, "README.md", &format!("a\n{mark} b"), "2: ");
    passes(
        check,
        ENGINE,
        "fn a() { b.unwrap_or(c); sleep(d) }\n#[cfg(test)]\nmod t { fn a() { b.unwrap() } }",
    );
}

#[test]
fn a_file_declared_for_tests_only_is_test_code() {
    let files = [
        ("crates/x/src/lib.rs", "#[cfg(test)]\nmod oracle;\n"),
        ("crates/x/src/oracle.rs", "fn a() { b.unwrap() }"),
        ("crates/x/src/oracle/deep.rs", "fn a() { b.unwrap() }"),
        ("crates/x/src/oracles.rs", "fn a() { b.unwrap() }"),
    ];
    let found = habits::check(&tree(&files));
    let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["crates/x/src/oracles.rs"]);
}

#[test]
fn a_crate_that_the_architecture_has_wrong_is_caught() {
    let said = |architecture: &str| {
        let files = [("crates/engine/Cargo.toml", ""), ("ARCHITECTURE.md", architecture)];
        let found = documents::check_crates(&tree(&files));
        found.into_iter().map(|finding| finding.message).collect::<String>()
    };
    assert!(said("the `engine`").contains("no row"));
    assert!(said("### To come\n| `engine` | a |").contains("move its row up"));
    assert_eq!(said("| `engine` | a |\n### To come\n| `server` | b |"), "");
}

#[test]
fn glossary_words_are_in_use_unless_they_wait() {
    let glossary = "| `tick size`, `lots` | a |\n| `ghost` | b |\n## Words to come\n| `later` | c |\n| `Lot` | d |\n## Words not used\n| `ticker` | e |\n";
    let files = [(GLOSSARY, glossary), (ENGINE, "fn tick_size() {} struct ALotOf;\n")];
    let found: Vec<String> =
        documents::check_glossary(&tree(&files)).iter().map(Finding::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains(":2:") && found[0].contains("nowhere"));
    assert!(found[1].contains(":5:") && found[1].contains("move its row up"));
    assert_eq!(documents::check_glossary(&tree(&[])).len(), 1);
}

const GLOSSARY: &str = "docs/glossary.md";

#[test]
fn a_path_of_one_machine_is_caught() {
    let check: Check = documents::check_paths;
    for folder in ["work", "home", "root"] {
        caught(check, "notes.txt", &format!("a\nsee /{folder}/x"), "2: ");
        caught(check, ENGINE, &format!("const A: &str = \"/{folder}\";"), "1: ");
        passes(check, "notes.txt", &format!("crates/{folder}/x ../{folder} /{folder}shop"));
    }
}

#[test]
fn long_files_and_functions_are_listed() {
    let function = format!("fn long() {{\n{}}}\n", "    a();\n".repeat(70));
    let file = "// a\n".repeat(501);
    let report = sizes::report(&tree(&[(ENGINE, &function), ("crates/engine/src/y.rs", &file)]));
    assert!(report.contains("x.rs:1: fn long has 72 lines"), "{report}");
    assert!(report.contains("y.rs: 501 lines"), "{report}");
}

#[test]
fn this_tree_is_read() {
    let workspace = Workspace::find().expect("tests run inside the workspace");
    let tree = Tree::read(&workspace).expect("git lists the files");
    assert!(tree.sources.iter().any(|source| source.path == "crates/xtask/src/tidy/tests.rs"));
    assert!(tree.text("Cargo.toml").is_some());
}
