//! Lists of brokers and of holidays become rows of one's own.

use crate::{Ran, folder, highmark, json};
use std::path::{Path, PathBuf};

const KITE: &str = "\
instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange
12345,48,NIFTY26NOV25000CE,\"NIFTY\",0.0,2026-11-24,25000,0.05,65,CE,NFO-OPT,NFO
12346,49,NIFTY26DECFUT,NIFTY,0.0,2026-12-29,0,0.1,65,FUT,NFO-FUT,NFO
12347,50,CRUDEOIL26DECFUT,CRUDEOIL,0.0,2026-12-18,0,1,1,FUT,MCX-FUT,MCX
12348,51,USDINR26DECFUT,USDINR,0.0,2026-12-29,0,0.0025,1,FUT,CDS-FUT,CDS
738561,2885,RELIANCE,RELIANCE INDUSTRIES,0.0,,0,0.1,1,EQ,NSE,NSE
12349,52,NIFTY26OCTFUT,NIFTY,0.0,2026-10-27,0,0.1,75,FUT,NFO-FUT,NFO
";

const UPSTOX: &str = r#"[
 {"instrument_key":"NSE_FO|48000","exchange":"NSE","segment":"NSE_FO","instrument_type":"FUT","trading_symbol":"NIFTY FUT 29 DEC 26","underlying_symbol":"NIFTY","expiry":1798540199000,"tick_size":10.0,"lot_size":65,"freeze_quantity":1800.0,"strike_price":0.0},
 {"instrument_key":"NSE_EQ|INE002A01018","exchange":"NSE","segment":"NSE_EQ","instrument_type":"EQ","trading_symbol":"RELIANCE","tick_size":10.0,"lot_size":1,"freeze_quantity":100000.0},
 {"instrument_key":"NCD_FO|1","exchange":"NSE","segment":"NCD_FO","instrument_type":"FUT","trading_symbol":"USDINR FUT","tick_size":0.25,"lot_size":1}
]"#;

const HOLIDAYS: &str = r#"{"status":"success","data":[
 {"date":"2027-01-26","description":"Republic Day","holiday_type":"TRADING_HOLIDAY","closed_exchanges":["NSE","NFO","BSE","BFO","CDS","MCX","BCD"],"open_exchanges":[]},
 {"date":"2027-03-22","description":"Holi","holiday_type":"TRADING_HOLIDAY","closed_exchanges":["NSE","NFO","BSE","BFO"],"open_exchanges":[{"exchange":"MCX","start_time":1805715000000,"end_time":1805739900000}]},
 {"date":"2027-04-01","description":"Bank closing","holiday_type":"SETTLEMENT_HOLIDAY","closed_exchanges":[],"open_exchanges":[]}
]}"#;

struct Desk {
    state: PathBuf,
    own: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Desk {
        let state = folder(name);
        let own = state.join("own");
        std::fs::create_dir_all(&own).unwrap();
        Desk { state, own }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.state.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn market(&self, verb: &str, arguments: &[&str]) -> Ran {
        let own = self.own.to_str().unwrap();
        highmark(&self.state, &[&["market", verb, "--market", own], arguments].concat())
    }

    fn import(&self, arguments: &[&str]) -> Ran {
        self.market("import", arguments)
    }

    fn shown(&self, symbol: &str, on: &str, topic: &str) -> String {
        let ran = self.market("show", &[symbol, "--on", on, "--json"]);
        let told = json(&ran.out);
        let rows = told["rows"].as_array().unwrap_or_else(|| panic!("{}", ran.out));
        let row = rows.iter().find(|row| row["topic"] == topic).unwrap();
        row["value"].as_str().unwrap().to_owned()
    }

    fn files(&self) -> usize {
        std::fs::read_dir(&self.own).unwrap().count()
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn instruments_of_kite_become_contracts() {
    let desk = Desk::new("import-kite");
    let list = desk.file("instruments.csv", KITE);
    let dry = desk.import(&[&list, "--from", "2026-11-20", "--dry-run"]);
    assert_eq!((dry.code, desk.files()), (0, 0), "{}", dry.err);
    let told = "Kite's list of instruments: 4 rows would be added, 2 left out in imported-instruments.toml\n";
    assert_eq!(dry.out, told);
    let ran = desk.import(&[&list, "--from", "2026-11-20"]);
    assert_eq!((ran.code, desk.files()), (0, 1), "{}", ran.err);
    let contract = |symbol: &str| desk.shown(symbol, "2026-11-20", "contract");
    let option = "index option, on NIFTY, tick 0.05, lot 65, expires 2026-11-24, strike 25000";
    assert_eq!(contract("NIFTY26NOV25000CE"), option);
    assert_eq!(
        contract("CRUDEOIL26DECFUT"),
        "crude oil, on CRUDEOIL, tick 1, lot 1, expires 2026-12-18"
    );
    assert_eq!(contract("RELIANCE"), "share, tick 0.1, lot 1");
    assert_eq!(desk.market("show", &["NIFTY26NOV25000CE", "--on", "2026-11-25"]).code, 3);
    // Again: nothing new.
    let again = desk.import(&[&list, "--from", "2026-11-23", "--json"]);
    let told = json(&again.out);
    assert_eq!((told["added"].as_u64(), told["unchanged"].as_u64()), (Some(0), Some(4)));
    // Only what is named: the contracts on it too.
    let other = Desk::new("import-kite-some");
    let list = other.file("instruments.csv", KITE);
    let told = json(&other.import(&[&list, "NIFTY", "--from", "2026-11-20", "--json"]).out);
    assert_eq!((told["added"].as_u64(), told["left_out"].as_u64()), (Some(2), Some(4)));
    assert_eq!(other.import(&[&list, "NIFTTY"]).code, 3);
}

#[test]
fn what_differs_is_refused_unless_it_may_replace() {
    let desk = Desk::new("import-replace");
    let list = desk.file("instruments.csv", KITE);
    assert_eq!(desk.import(&[&list, "NIFTY", "--from", "2026-11-20"]).code, 0);
    let file = desk.own.join("imported-instruments.toml");
    let before = text(&file);
    let changed =
        desk.file("changed.csv", &KITE.replace("0.1,65,FUT,NFO-FUT", "0.1,75,FUT,NFO-FUT"));
    let refused = desk.import(&[&changed, "NIFTY", "--from", "2026-12-01"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("contract nse NIFTY26DECFUT from 2026-11-20"), "{}", refused.err);
    assert!(refused.err.contains("--replace"), "{}", refused.err);
    assert_eq!(text(&file), before);
    let ran = desk.import(&[&changed, "NIFTY", "--from", "2026-12-01", "--replace"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // What was known of the past stays.
    let lot = |on| desk.shown("NIFTY26DECFUT", on, "contract");
    assert!(lot("2026-11-30").contains("lot 65"));
    assert!(lot("2026-12-01").contains("lot 75"));
    assert_eq!(desk.market("check", &[]).code, 0);
}

#[test]
fn instruments_of_upstox_have_ticks_in_paise_and_freeze_quantities() {
    let desk = Desk::new("import-upstox");
    let list = desk.file("NSE.json", UPSTOX);
    let ran = desk.import(&[&list, "--from", "2026-11-20"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let future = "index future, on NIFTY, tick 0.1, lot 65, freeze 1,800, expires 2026-12-29";
    assert_eq!(desk.shown("NIFTY FUT 29 DEC 26", "2026-11-20", "contract"), future);
}

#[test]
fn holidays_close_and_open_venues() {
    let desk = Desk::new("import-holidays");
    let list = desk.file("holidays.json", HOLIDAYS);
    let ran = desk.import(&[&list, "--complete"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let session = |exchange: &str, segment: &str, on: &str| {
        let ran = desk
            .market("show", &["--exchange", exchange, "--segment", segment, "--on", on, "--json"]);
        json(&ran.out)["rows"][0]["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(session("nse", "options", "2027-01-26"), "closed: Republic Day");
    assert_eq!(session("mcx", "futures", "2027-03-22"), "17:00-23:55 (Holi)");
    // The list is complete: its other weekdays are certain.
    assert_eq!(session("nse", "options", "2027-01-27"), "09:15-15:40");
    let table = desk.file("mine.csv", "date,name,venues,open,close\n26-Mar-2027,Good Friday,,,\n2027-10-29,Muhurat,nse_fo bse_fo,18:00,19:00\n");
    assert_eq!(desk.import(&[&table]).code, 0);
    assert_eq!(session("bse", "options", "2027-03-26"), "closed: Good Friday");
    assert_eq!(session("nse", "options", "2027-10-29"), "18:00-19:00 (Muhurat)");
}

#[test]
fn rows_are_taken_as_they_are_and_bad_lists_are_told() {
    let desk = Desk::new("import-rows");
    let row = "[[lot]]\nexchange = \"nse\"\nname = \"NIFTY\"\nfrom = 2026-06-01\nquantity = 70\nstatus = \"verified\"\nsource = \"mine\"\n";
    let rows = desk.file("lots.toml", row);
    assert_eq!(desk.import(&[&rows]).code, 0);
    assert_eq!(text(&desk.own.join("lots.toml")), row);
    assert_eq!(desk.shown("NIFTY", "2026-11-20", "lot"), "70");
    let changed = desk.file("lots.toml", &row.replace("70", "80"));
    assert_eq!(desk.import(&[&changed]).code, 4);
    assert_eq!(desk.import(&[&changed, "--replace"]).code, 0);
    assert_eq!(desk.shown("NIFTY", "2026-11-20", "lot"), "80");
    // A row that another file of one's own has already.
    let other = desk.file("other.toml", row);
    let refused = desk.import(&[&other, "--replace"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("lots.toml line 1"), "{}", refused.err);
    for (name, text, code) in [
        ("a.csv", "date,name\n2026-13-01,x\n2026-12-01,y,z\n", 5),
        ("b.csv", "symbol,price\nX,5\n", 5),
        ("c.json", "[{\"instrument_key\": 5, \"trading_symbol\": 5}]", 5),
        ("d.toml", "[[lot]]\nname = 5\n", 5),
        ("e.gz", "", 5),
    ] {
        let file = desk.file(name, text);
        let ran = desk.import(&[&file, "--json"]);
        assert_eq!(ran.code, code, "{name}: {}", ran.out);
        assert!(json(&ran.out)["error"]["message"].is_string());
    }
    assert_eq!(desk.import(&["none.csv"]).code, 3);
    assert_eq!(desk.files(), 1);
}
