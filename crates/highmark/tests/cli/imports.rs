//! Open trades of elsewhere.

use crate::desk::Desk;
use expect_test::expect_file;

const OPEN: &str = "\
symbol,side,quantity,price,name,strategy
NIFTY,buy,150,25950.5,held,
SBIN,sell,200,812,short,Momentum
";

const WRONG: &str = "\
symbol,side,quantity,price
NIFTY,buy,100,25950.5
SBIM,sell,200,812
SBIN,hold,-5,8,12
SBIN,hold,-5,x
";

const TRADEBOOK: &str = "\
symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
SBIN,INE062A01020,2026-11-20,NSE,EQ,EQ,buy,false,100.000000,800.000000,1,11,2026-11-20T09:20:00
SBIN,INE062A01020,2026-11-20,NSE,EQ,EQ,sell,false,40.000000,812.000000,2,12,2026-11-20T10:20:00
ITC,INE154A01025,2026-11-20,NSE,EQ,EQ,sell,false,10.000000,400.000000,3,13,2026-11-20T11:20:00
";

#[test]
fn open_trades_are_taken_up() {
    let desk = Desk::open("imports");
    desk.prices("26000", "800");
    for (name, text) in [("open.csv", OPEN), ("wrong.csv", WRONG), ("tradebook.csv", TRADEBOOK)] {
        std::fs::write(desk.folder.join(name), text).unwrap();
    }
    let file = |name: &str| desk.folder.join(name).to_str().unwrap().to_owned();
    let (open, wrong, book) = (file("open.csv"), file("wrong.csv"), file("tradebook.csv"));
    let told = desk.transcript(&[
        &["import", "csv", &open, "--strategy", "Carry", "--dry-run"],
        &["trade", "import", &open, "--strategy", "Carry"],
        &["trade", "import", &open],
        &["import", "csv", &wrong, "--strategy", "Carri"],
        &["import", "kite-tradebook", &book, "--strategy", "Carry"],
        &["import", "kite-tradebook", &book, "--strategy", "Carry", "--define", "--dry-run"],
        &["import", "kite-tradebook", &book, "--strategy", "Carry", "--define"],
        &["trade", "list"],
    ]);
    expect_file!["snapshots/imports.txt"].assert_eq(&told);
    let problems = desk.json(&["import", "csv", &wrong, "--strategy", "Carry"]);
    assert_eq!(problems["error"]["problems"].as_array().map(Vec::len), Some(6), "{problems}");
}
