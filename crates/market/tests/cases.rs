//! The table of dated cases: each row of `testdata/cases.toml` is asked of the embedded market.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highmark_engine::{Day, Money, Quantity, Side};
use highmark_market::{
    Closed, Cycle, Dealing, Exchange, Kind, Market, RoundTrip, Segment, Series, Trading, format,
    most_per_order, slices,
};
use toml::Table;

/// What a market answered: in words, and whether it is verified.
struct Answer {
    text: String,
    verified: Option<bool>,
}

type Ask = fn(&Market, &Case) -> Answer;

const TABLES: &[(&str, Ask)] = &[
    ("session", session),
    ("lot", lot),
    ("freeze", freeze),
    ("slices", sliced),
    ("tick", tick),
    ("expiry", expiry),
    ("range", range),
    ("limit", limit),
    ("auto_exit", auto_exit),
    ("net", net),
    ("rates", rates),
];

#[test]
fn every_case_comes_out_as_its_source_says() {
    let market = Market::embedded().unwrap();
    let cases: Table = include_str!("../testdata/cases.toml").parse().unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, rows) in &cases {
        let (_, ask) = TABLES.iter().find(|(table, _)| table == name).expect("a known table");
        for row in rows.as_array().unwrap() {
            let case = Case(row.as_table().unwrap());
            assert!(!case.text("source").is_empty());
            count += 1;
            let answer = ask(&market, &case);
            let expected = case.expected(name);
            let verified = case.0.get("verified").map(|value| value.as_bool().unwrap());
            if answer.text != expected || (verified.is_some() && answer.verified != verified) {
                wrong.push(format!(
                    "[[{name}]] {}: {} {:?}, not {expected} {verified:?}",
                    case.0, answer.text, answer.verified
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 70, "only {count} cases");
}

fn session(market: &Market, case: &Case) -> Answer {
    let (hours, unknown) = match market.trading(&case.text("venue"), case.day()).unwrap() {
        Trading::Open(hours) => (hours, ""),
        Trading::Unknown(Some(hours)) => (hours, "Unknown "),
        Trading::Unknown(None) => return Answer::plain("Unknown"),
        Trading::Closed(Closed::Weekend) => return Answer::plain("Closed weekend"),
        Trading::Closed(Closed::Holiday(name)) => {
            return Answer::plain(format!("Closed holiday {name}"));
        }
        Trading::Closed(Closed::Mock(name)) => return Answer::plain(format!("Closed mock {name}")),
    };
    let time = |at| format::time(at)[..5].to_owned();
    let phases: Vec<String> = hours
        .phases
        .iter()
        .map(|phase| format!("{:?} {}-{}", phase.kind, time(phase.start), time(phase.end)))
        .collect();
    Answer { text: format!("{unknown}{}", phases.join(", ")), verified: Some(hours.verified) }
}

fn lot(market: &Market, case: &Case) -> Answer {
    let fact = market.lot_size(&case.text("name"), case.day()).unwrap();
    Answer { text: fact.value.to_string(), verified: Some(fact.verified) }
}

fn freeze(market: &Market, case: &Case) -> Answer {
    let name = case.text("name");
    let fact = market.freeze_quantity(&name, case.day()).unwrap();
    let lot = market.lot_size(&name, case.day()).unwrap().value;
    let most = most_per_order(lot, fact.value).unwrap();
    Answer { text: format!("{} most {most}", fact.value), verified: Some(fact.verified) }
}

fn sliced(_: &Market, case: &Case) -> Answer {
    let quantity = |key: &str| case.text(key).parse::<Quantity>().unwrap();
    let slices = slices(quantity("quantity"), quantity("lot"), Some(quantity("freeze"))).unwrap();
    let mut text = format!("{} of {}", slices.full, slices.each);
    text.extend(slices.last.map(|last| format!(", {last}")));
    if slices.odd > Quantity::ZERO {
        text = format!("{text}, odd {}", slices.odd);
    }
    Answer::plain(text)
}

fn tick(market: &Market, case: &Case) -> Answer {
    let price = case.text("price").parse().unwrap();
    let fact = market.tick_size(case.kind(), price, case.day()).unwrap();
    Answer { text: fact.value.to_string(), verified: Some(fact.verified) }
}

fn expiry(market: &Market, case: &Case) -> Answer {
    let underlying = case.text("underlying");
    let cycle = Cycle::named(&case.text("cycle")).unwrap();
    let series = Series { exchange: case.exchange(), cycle, underlying: &underlying };
    match market.next_expiry(series, case.day()).unwrap() {
        Some(fact) => Answer { text: fact.value.0.to_string(), verified: Some(fact.verified) },
        None => Answer::plain("none"),
    }
}

fn range(market: &Market, case: &Case) -> Answer {
    let reference = case.text("reference").parse().unwrap();
    let fact = market.price_range(case.exchange(), case.kind(), reference, case.day()).unwrap();
    Answer {
        text: format!("{} {}", fact.value.low, fact.value.high),
        verified: Some(fact.verified),
    }
}

fn limit(market: &Market, case: &Case) -> Answer {
    let side = case.side();
    let (last, tick) = (case.text("last").parse().unwrap(), case.text("tick").parse().unwrap());
    let broker = case.text("broker");
    let fact = market.protected_limit(&broker, case.kind(), side, last, tick, case.day()).unwrap();
    Answer { text: fact.value.to_string(), verified: Some(fact.verified) }
}

fn auto_exit(market: &Market, case: &Case) -> Answer {
    let (exchange, segment) = (case.exchange(), case.segment());
    match market.auto_exit(&case.text("broker"), exchange, segment, case.day()).unwrap() {
        Some(fact) => {
            Answer { text: format::time(fact.value)[..5].to_owned(), verified: Some(fact.verified) }
        }
        None => Answer::plain("none"),
    }
}

fn net(market: &Market, case: &Case) -> Answer {
    let plan = case.text("plan");
    let trip = RoundTrip {
        side: case.side(),
        quantity: case.text("quantity").parse().unwrap(),
        multiplier: 1,
        entry: case.text("entry").parse().unwrap(),
        exit: case.text("exit").parse().unwrap(),
    };
    let net = market.round_trip(case.dealing(&plan), trip).unwrap();
    let lines: Vec<String> = net
        .charges
        .lines
        .iter()
        .map(|line| format!("{} {}", line.name, line.amount.value))
        .collect();
    Answer {
        text: format!("{} - {:?} {} = {}", net.gross, lines, net.charges.total, net.net),
        verified: Some(net.charges.verified),
    }
}

fn rates(market: &Market, case: &Case) -> Answer {
    let plan = case.text("plan");
    let order_value: Option<Money> =
        case.0.get("order_value").map(|value| value.as_str().unwrap().parse().unwrap());
    let found = market.charge_rates(case.dealing(&plan), order_value).unwrap();
    let rates = found.rates;
    Answer {
        text: format!("{} {} {}", rates.per_order, rates.buy_ppb, rates.sell_ppb),
        verified: Some(found.verified),
    }
}

impl Answer {
    fn plain(text: impl Into<String>) -> Answer {
        Answer { text: text.into(), verified: None }
    }
}

/// A row of the table.
struct Case<'t>(&'t Table);

impl Case<'_> {
    fn text(&self, key: &str) -> String {
        let value = self.0.get(key).unwrap_or_else(|| panic!("no {key} in {}", self.0));
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    fn day(&self) -> Day {
        Day(self.text("day").replace('-', "").parse().unwrap())
    }

    fn kind(&self) -> Kind {
        Kind::named(&self.text("kind")).unwrap()
    }

    fn exchange(&self) -> Exchange {
        Exchange::named(&self.text("exchange")).unwrap()
    }

    fn segment(&self) -> Segment {
        Segment::named(&self.text("segment")).unwrap()
    }

    fn side(&self) -> Side {
        if self.text("side") == "buy" { Side::Buy } else { Side::Sell }
    }

    fn dealing<'p>(&self, plan: &'p str) -> Dealing<'p> {
        let (exchange, segment) = (self.exchange(), self.segment());
        Dealing { exchange, segment, plan, day: self.day() }
    }

    /// What must come out, as the answers put it.
    fn expected(&self, table: &str) -> String {
        match table {
            "freeze" => format!("{} most {}", self.text("expect"), self.text("most")),
            "expiry" => self.text("expect").replace('-', ""),
            "net" => {
                let lines = self.0["lines"].as_array().unwrap();
                let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
                let [gross, total, net] = ["gross", "total", "net"].map(|key| self.text(key));
                format!("{gross} - {lines:?} {total} = {net}")
            }
            "rates" => {
                let [flat, buy, sell] =
                    ["per_order", "buy_ppb", "sell_ppb"].map(|key| self.text(key));
                format!("{flat} {buy} {sell}")
            }
            _ => self.text("expect"),
        }
    }
}
