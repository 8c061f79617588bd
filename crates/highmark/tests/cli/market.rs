//! Market rules at the command line.

use crate::{folder, highmark, json};
use expect_test::{expect, expect_file};

const LOT: &str = r#"
[[lot]]
exchange = "nse"
name = "NIFTY"
from = 2026-06-01
quantity = 70
status = "verified"
source = "mine"
"#;

#[test]
fn the_rules_of_a_day_say_what_is_not_verified() {
    let state = folder("market-show");
    let shown = highmark(&state, &["market", "show", "--on", "2026-11-20"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    expect_file!["snapshots/market.txt"].assert_eq(&shown.out);
    let of = |start: &str| {
        let line = shown
            .out
            .lines()
            .find(|line| line.trim_start_matches("! ").trim_start().starts_with(start));
        line.unwrap_or_else(|| panic!("no {start} in {}", shown.out)).to_owned()
    };
    assert!(of("bse_fo").starts_with('!'), "BSE's 15:40 is not verified");
    assert!(of("nse_fo").starts_with(' '), "NSE's 15:40 is");
    assert!(of("zerodha nse, bse intraday").starts_with('!'), "exits since August 2026 are not");
    let before = highmark(&state, &["market", "show", "--on", "2026-02-02", "NIFTY"]);
    assert!(before.out.contains("  NIFTY  ") && !before.out.contains("! NIFTY "), "{}", before.out);
}

#[test]
fn a_program_gets_every_row_with_its_origin() {
    let state = folder("market-json");
    let own = state.join("config/highmark/market");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("mine.toml"), LOT).unwrap();
    let ran = highmark(&state, &["market", "show", "NIFTY", "--on", "2026-11-20", "--json"]);
    let told = json(&ran.out);
    assert_eq!(told["on"], "2026-11-20");
    let rows = told["rows"].as_array().unwrap();
    let lot = rows.iter().find(|row| row["topic"] == "lot").unwrap();
    assert_eq!(lot["value"], "70");
    assert_eq!((lot["layer"].as_str(), lot["line"].as_u64()), (Some("user"), Some(2)));
    assert!(lot["file"].as_str().unwrap().ends_with("mine.toml"));
    let freeze = rows.iter().find(|row| row["topic"] == "freeze").unwrap();
    assert_eq!(freeze["value"], "1,800: at most 25 lots (1,750) an order");
    assert_eq!(
        (freeze["verified"].as_bool(), freeze["layer"].as_str()),
        (Some(false), Some("embedded"))
    );
    // Another folder by name, and none of that name.
    let other = folder("market-json-other");
    let ran = highmark(
        &state,
        &[
            "market",
            "show",
            "NIFTY",
            "--on",
            "2026-11-20",
            "--json",
            "--market",
            other.to_str().unwrap(),
        ],
    );
    assert!(!ran.out.contains("mine.toml") && ran.code == 0);
    assert_eq!(highmark(&state, &["market", "show", "--market", "nowhere"]).code, 3);
}

/// The configured folder is everyone's who asks for rules.
#[test]
fn the_folder_is_configured() {
    let state = folder("market-dir");
    let own = state.join("own");
    std::fs::create_dir_all(&own).unwrap();
    let row = "[[lot]]\nexchange = \"nse\"\nname = \"MINE\"\nfrom = 2020-01-01\nquantity = 7\n\
               status = \"verified\"\nsource = \"mine\"\n";
    std::fs::write(own.join("mine.toml"), row).unwrap();
    let option = format!("market.dir={}", own.display());
    let ran = |arguments: &[&str]| {
        highmark(&state, &[arguments, &["--option", option.as_str()]].concat())
    };
    let shown = ran(&["market", "show", "MINE", "--on", "2021-04-15"]);
    assert!(shown.code == 0 && shown.out.contains("MINE"), "{}{}", shown.out, shown.err);
    assert!(ran(&["market", "check"]).out.contains("good, with 1 lot"));
    assert_eq!(highmark(&state, &["market", "check"]).out, "there are no files of your own\n");
    // A row that cannot be read stops whoever goes by the rules.
    std::fs::write(own.join("wrong.toml"), "[[lot]]\nexchange = 5\n").unwrap();
    let scenario = "scenarios/sample-day.toml";
    for arguments in [
        &["scenario", "check", scenario][..],
        &["replay", "samples/day.csv", "--scenario", scenario, "--no-record"],
        &["market", "show"],
        &["run", "--feed", "none", "--stop-after", "1", "--state", "market-dir-state"],
    ] {
        let told = ran(arguments);
        assert!(told.code == 5 && told.err.contains("wrong.toml"), "{arguments:?}: {}", told.err);
    }
    assert_eq!(highmark(&state, &["scenario", "check", scenario]).code, 0);
    let doctor = ran(&["doctor", "--json"]);
    let findings = json(&doctor.out)["findings"].as_array().unwrap().clone();
    let of = |about: &str| findings.iter().find(|one| one["about"] == about).unwrap().clone();
    assert_eq!(of("market data")["level"], "bad");
    assert!(of("SQLite")["measured"]["version"].as_str().unwrap().starts_with("3."));
}

#[test]
fn filters_and_exit_codes() {
    let state = folder("market-codes");
    let ran = |arguments: &[&str]| highmark(&state, arguments);
    let mcx =
        ran(&["market", "show", "--exchange", "MCX", "--segment", "futures", "--on", "2026-07-15"]);
    assert_eq!(mcx.code, 0);
    assert!(mcx.out.contains("09:00-23:30") && !mcx.out.contains("nse"), "{}", mcx.out);
    assert_eq!(ran(&["market", "show", "NIFTTY"]).code, 3);
    assert_eq!(ran(&["market", "show", "--on", "yesterday"]).code, 2);
    assert_eq!(ran(&["market", "show", "--exchange", "nyse"]).code, 2);
    assert_eq!(ran(&["market", "check", "none.toml"]).code, 3);
    assert_eq!(ran(&["market", "check"]).out, "there are no files of your own\n");
    let error = json(&ran(&["market", "show", "NIFTTY", "--json"]).out);
    assert_eq!(error["error"]["code"], "NOT_FOUND");
}

#[test]
fn a_check_tells_every_error_of_every_file() {
    let state = folder("market-check");
    let (one, two) = (state.join("one.toml"), state.join("two.toml"));
    std::fs::write(
        &one,
        format!("{LOT}\n[[lot]]\nexchange = \"nsee\"\nname = 5\nfrom = \"soon\"\nqantity = 3\n"),
    )
    .unwrap();
    std::fs::write(&two, "[[closed]]\nday = 2026-12-01\nname = \"x\"\nstatus = \"verified\"\n")
        .unwrap();
    let (first, second) = (one.to_str().unwrap(), two.to_str().unwrap());
    let ran = highmark(&state, &["market", "check", first, second]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""));
    expect![[r#"
        error: lot[1].quantity: `quantity` is missing in [[lot]]
          --> one.toml:10:1
           |
        10 | [[lot]]
           | ^^^^^^^
           = help: write quantity = 65

        error: lot[1].status: `status` is missing in [[lot]]
          --> one.toml:10:1
           |
        10 | [[lot]]
           | ^^^^^^^
           = help: write "verified" when you saw the source, else "unverified"

        error: lot[1].source: `source` is missing in [[lot]]
          --> one.toml:10:1
           |
        10 | [[lot]]
           | ^^^^^^^
           = help: write where it is from

        error: lot[1].exchange: "nsee" is none of nse, bse, mcx
          --> one.toml:11:12
           |
        11 | exchange = "nsee"
           |            ^^^^^^
           = help: write one of these words

        error: lot[1].name: expected text, found a number
          --> one.toml:12:8
           |
        12 | name = 5
           |        ^
           = help: put it in quotes

        error: lot[1].from: `soon` is not a day from 1990 on
          --> one.toml:13:8
           |
        13 | from = "soon"
           |        ^^^^^^
           = help: write 2026-08-03

        error: lot[1].qantity: there is no `qantity` in [[lot]]
          --> one.toml:14:1
           |
        14 | qantity = 3
           | ^^^^^^^
           = help: it has exchange, name, quantity, from, until, status, source

        error: closed[0].source: `source` is missing in [[closed]]
         --> two.toml:1:1
          |
        1 | [[closed]]
          | ^^^^^^^^^^
          = help: write where it is from

        8 errors in the market's rows; nothing was taken
    "#]]
    .assert_eq(&ran.err.replace(&format!("{}/", state.display()), ""));
    let told = json(&highmark(&state, &["market", "check", first, second, "--json"]).out);
    assert_eq!(told["error"]["code"], "MARKET_INVALID");
    assert_eq!(told["error"]["problems"].as_array().unwrap().len(), 8);
    // A folder with such a file is refused as a whole, by whoever needs it.
    let ran = highmark(&state, &["market", "show", "--market", state.to_str().unwrap()]);
    assert_eq!(ran.code, 5);
    std::fs::write(&one, LOT).unwrap();
    let ran = highmark(&state, &["market", "check", first]);
    assert_eq!(ran.out, format!("{first}: good, with 1 lot\n"));
}
