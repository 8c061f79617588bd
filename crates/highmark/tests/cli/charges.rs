//! Net mtm by the market's charges: a scenario that names a plan, replayed on a day of 2026.

use crate::{folder, highmark, json};
use expect_test::expect;
use std::path::Path;

const SCENARIO: &str = r#"
name = "net"

[[instrument]]
symbol = "NIFTY26NOV25000CE"
venue = "nse_fo"
lot = 65
option = "call"
charges = "market"

[[account]]
name = "main"

[[strategy]]
name = "Short"
rule = [{ target = { amount = 1238 }, valuation = "net" }]

[[trade]]
name = "s1"
strategy = "Short"
instrument = "NIFTY26NOV25000CE"
side = "sell"
lots = 1
"#;

/// The option falls a rupee a minute, from 100 to 75.
fn ticks() -> String {
    let mut text = "time,symbol,last\n".to_owned();
    for minute in 0..=25 {
        let last = 100 - minute;
        text.push_str(&format!("2026-11-20T10:{minute:02}:00+05:30,NIFTY26NOV25000CE,{last}\n"));
    }
    text
}

fn replay(dir: &Path, scenario: &str, more: &[&str]) -> crate::Ran {
    let (file, ticks_file) = (dir.join("net.toml"), dir.join("ticks.csv"));
    std::fs::write(&file, scenario).unwrap();
    std::fs::write(&ticks_file, ticks()).unwrap();
    let (file, ticks_file) = (file.to_str().unwrap(), ticks_file.to_str().unwrap());
    let mut arguments = vec!["replay", ticks_file, "--scenario", file, "--no-record", "--json"];
    arguments.extend(more);
    highmark(dir, &arguments)
}

#[test]
fn a_net_target_counts_what_both_orders_cost() {
    let dir = folder("charges");
    let ran = replay(&dir, SCENARIO, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let summary = json(&ran.out);
    let trade = &summary["trades"][0];
    // At 80 the net mtm is 1300 - 62.03 = 1237.97, less than 1238; at 79 the target is met.
    assert_eq!(trade["exit"], "79");
    expect!["61.99579959"].assert_eq(trade["charges"].as_str().unwrap());
    // Without charges the target is met at 80.
    let gross = SCENARIO.replace("charges = \"market\"\n", "");
    assert_eq!(json(&replay(&dir, &gross, &[]).out)["trades"][0]["exit"], "80");
}

/// In parts of one lot: the amount per order is paid once for each order.
#[test]
fn a_paper_account_pays_with_its_fills() {
    let dir = folder("charges-paper");
    let scenario = SCENARIO
        .replace("name = \"main\"", "name = \"main\"\nmode = \"paper\"")
        .replace("lots = 1", "lots = 3")
        .replace("amount = 1238", "amount = 3600")
        .replace(
            "[[account]]",
            "[paper]\nspread = 0\nslippage = 0\nlargest_fill = 1\n\n[[account]]",
        );
    let ran = replay(&dir, &scenario, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let trade = json(&ran.out)["trades"][0].clone();
    let of = |key: &str| trade[key].as_str().unwrap().to_owned();
    let told = format!("{} to {}, charges {}", of("entry"), of("exit"), of("charges"));
    expect!["100 to 81, charges 91.76306803"].assert_eq(&told);
}

#[test]
fn rows_of_ones_own_price_a_run() {
    let dir = folder("charges-own");
    let own = dir.join("own");
    std::fs::create_dir_all(&own).unwrap();
    let rows = "[[brokerage]]\nplan = \"mine\"\nper_order = \"5\"\nfrom = 2026-01-01\nstatus = \"verified\"\nsource = \"mine\"\n";
    std::fs::write(own.join("mine.toml"), rows).unwrap();
    let scenario = SCENARIO.replace("\"market\"", "{ plan = \"mine\" }");
    let ran = replay(&dir, &scenario, &["--market", own.to_str().unwrap()]);
    // 5 rupees and GST are 5.90 an order, and the taxes and fees are as they were.
    expect!["26.6250778"].assert_eq(json(&ran.out)["trades"][0]["charges"].as_str().unwrap());
    let ran = replay(&dir, &scenario, &[]);
    assert_eq!(ran.code, 5);
    let error = &json(&ran.out)["error"];
    assert_eq!(error["field"], "instrument[0].charges.plan");
    assert_eq!(error["message"], "\"mine\" is not known here");
}

#[test]
fn what_is_wrong_with_charges_is_told() {
    let dir = folder("charges-wrong");
    let error = |charges: &str| {
        let scenario = SCENARIO.replace("\"market\"", charges);
        let ran = replay(&dir, &scenario, &[]);
        assert_eq!(ran.code, 5, "{charges}");
        let error = json(&ran.out)["error"].clone();
        format!("{}: {}", error["field"].as_str().unwrap(), error["message"].as_str().unwrap())
    };
    let told = [
        error("\"markets\""),
        error("{ plan = \"discount\", per_order = 20 }"),
        error("{ segment = \"forwards\" }"),
        // Known words, but no row says what MCX takes of shares.
        error("{ exchange = \"mcx\", segment = \"intraday\" }"),
    ];
    expect![[r#"
        instrument[0].charges: "markets" is not known here
        instrument[0].charges: `per_order` and `plan` do not stand together
        instrument[0].charges.segment: "forwards" is not known here
        instrument[0].charges: charges of NIFTY26NOV25000CE: charges of intraday on mcx: no row says what the exchange took on 2026-11-20"#]].assert_eq(&told.join("\n"));
}
