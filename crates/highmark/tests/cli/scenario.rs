//! What is wrong with a scenario is told at once, with places and with what to do.

use crate::{folder, highmark, json};
use expect_test::expect;

const WRONG: &str = r#"
name = "wrong"

[[instrument]]
symbol = "NIFTY"
venue = "nse_cahs"
lot = 75

[[account]]
name = "main"
balnce = 5

[[strategy]]
name = "Momentum"
rule = [
    { lock_and_trail = { arm_at = 5000, floor = 6000, every = 500, raise = 250 } },
    { trail = { by = 5 } },
    { max_loss = { amount = 1.00000000000000001 } },
]

[[trade]]
name = "n1"
strategy = "Momentun"
instrument = "NIFTY"
side = "bye"
lots = 1
rule = [{ trail = { by = "20 tocks" } }]

[[trade]]
name = "n1"
strategy = "Momentum"
instrument = "NIFTY"
side = "buy"
quantity = 10
enter = { at = "9:20" }
rule = [{ trail = { by = 5 }, keep = { fraction = 30 } }]

[[at]]
time = "11:00"
do = "halt strategy Momentum2"
"#;

#[test]
fn every_error_is_told_with_its_place() {
    let state = folder("wrong");
    let file = state.join("wrong.toml");
    std::fs::write(&file, WRONG).unwrap();
    let file = file.to_str().unwrap();
    let ran = highmark(&state, &["scenario", "check", file]);
    assert_eq!(ran.code, 5);
    assert_eq!(ran.out, "");
    expect![[r#"
        error: instrument[0].venue: "nse_cahs" is not known here
         --> wrong.toml:6:9
          |
        6 | venue = "nse_cahs"
          |         ^^^^^^^^^^
          = help: did you mean "nse_cash"?

        error: account[0].balnce: there is no `balnce` in [[account]]
          --> wrong.toml:11:1
           |
        11 | balnce = 5
           | ^^^^^^
           = help: did you mean `balance`?

        error: strategy[0].rule[0].lock_and_trail.floor: the floor is not below arm_at
          --> wrong.toml:16:24
           |
        16 |     { lock_and_trail = { arm_at = 5000, floor = 6000, every = 500, raise = 250 } },
           |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           = help: it would fire on the tick that arms it

        error: strategy[0].rule[1].trail: `trail` on a price stands on a trade
          --> wrong.toml:17:15
           |
        17 |     { trail = { by = 5 } },
           |               ^^^^^^^^^^
           = help: move it to the [[trade]], or use a rule on mtm: max_loss, lock, give_back, ...

        error: strategy[0].rule[2].max_loss.amount: `1.00000000000000001` has more decimals than can be held exactly
          --> wrong.toml:18:29
           |
        18 |     { max_loss = { amount = 1.00000000000000001 } },
           |                             ^^^^^^^^^^^^^^^^^^^
           = help: write 5000, "5000.50", "2% of capital", "5% of margin" or "30% of premium"

        error: trade[0].strategy: there is no strategy "Momentun"
          --> wrong.toml:23:12
           |
        23 | strategy = "Momentun"
           |            ^^^^^^^^^^
           = help: did you mean "Momentum"?

        error: trade[0].side: "bye" is not known here
          --> wrong.toml:25:8
           |
        25 | side = "bye"
           |        ^^^^^
           = help: choose buy or sell

        error: trade[0].rule[0].trail.by: `20 tocks` is not a decimal number
          --> wrong.toml:27:26
           |
        27 | rule = [{ trail = { by = "20 tocks" } }]
           |                          ^^^^^^^^^^
           = help: write 5, "20 ticks", "25 bps", "1.5%" (of entry), "1% of best" or "10% of premium"

        error: trade[1].quantity: 10 is not a whole number of lots
          --> wrong.toml:29:1
           |
        29 | [[trade]]
           | ^^^^^^^^^
           = help: NIFTY trades in lots of 75

        error: trade[1].enter.at: `9:20` is not a time of day
          --> wrong.toml:35:16
           |
        35 | enter = { at = "9:20" }
           |                ^^^^^^
           = help: write "15:15" or "15:15:30"

        error: trade[1].rule[0].keep: only one of trail or keep may stand here
          --> wrong.toml:36:38
           |
        36 | rule = [{ trail = { by = 5 }, keep = { fraction = 30 } }]
           |                                      ^^^^^^^^^^^^^^^^^
           = help: remove one

        error: at[0].do: there is no strategy "Momentum2"
          --> wrong.toml:40:6
           |
        40 | do = "halt strategy Momentum2"
           |      ^^^^^^^^^^^^^^^^^^^^^^^^^
           = help: did you mean "Momentum"?

        12 errors in wrong.toml; nothing was run
    "#]].assert_eq(&ran.err.replace(file, "wrong.toml"));
    // Nothing runs, and nothing is left.
    let out = state.join("run");
    let out = out.to_str().unwrap();
    let ran = highmark(&state, &["replay", "samples/day.csv", "--scenario", file, "--out", out]);
    assert_eq!(ran.code, 5);
    assert!(!std::path::Path::new(out).exists());
}

#[test]
fn a_program_hears_the_same_as_json() {
    let state = folder("wrong-json");
    let file = state.join("wrong.toml");
    std::fs::write(&file, WRONG).unwrap();
    let ran = highmark(&state, &["scenario", "check", file.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, 5);
    let error = &json(&ran.out)["error"];
    assert_eq!(error["code"], "SCENARIO_INVALID");
    let problems = error["problems"].as_array().unwrap();
    assert!(problems.len() >= 10, "{problems:#?}");
    for problem in problems {
        assert!(problem["line"].as_u64().unwrap() > 0);
        assert!(!problem["hint"].as_str().unwrap().is_empty(), "{problem}");
    }
}

#[test]
fn text_that_is_no_toml_is_told() {
    let state = folder("no-toml");
    let file = state.join("broken.toml");
    std::fs::write(&file, "name = \"x\nrule = [").unwrap();
    let ran = highmark(&state, &["scenario", "check", file.to_str().unwrap()]);
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("broken.toml:1:"), "{}", ran.err);
}

#[test]
fn the_example_is_good_and_the_schema_is_json() {
    let state = folder("example");
    let example = highmark(&state, &["scenario", "example"]);
    let file = state.join("example.toml");
    std::fs::write(&file, &example.out).unwrap();
    let checked = highmark(&state, &["scenario", "check", file.to_str().unwrap()]);
    assert_eq!((checked.code, checked.err.as_str()), (0, ""));
    let schema = json(&highmark(&state, &["scenario", "schema"]).out);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["$defs"]["rule"]["properties"]["lock_and_trail"].is_object());
}

#[test]
fn a_set_that_leads_nowhere_is_told() {
    let state = folder("set-nowhere");
    let check = |set: &str| {
        highmark(&state, &["scenario", "check", "scenarios/sample-day.toml", "--set", set])
    };
    let ran = check("strategy.Fallr.rule.lock.floor=1");
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("did you mean `Faller`?"), "{}", ran.err);
    let ran = check("strategy.Faller.rule.lock.flor=1");
    assert!(ran.err.contains("did you mean `floor`?"), "{}", ran.err);
    let ran = check("strategy.Faller.rule.lock.floor=20000");
    assert!(ran.err.contains("the floor is not below arm_at"), "{}", ran.err);
    assert_eq!(check("strategy.Faller.rule.lock.floor=1").code, 0);
}
