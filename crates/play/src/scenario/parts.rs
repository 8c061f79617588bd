//! The parts of a scenario that stand by themselves: instruments, accounts, strategies, sources, settings.

use super::charges::{Charges, charges};
use super::model::*;
use super::reader::{Item, Problems};
use super::rules::{MARK_KINDS, rules};
use super::{shape, values};
use highmark_brokers::paper::PaperSpec;
use highmark_engine::*;
use highmark_market::Market;

pub(super) fn profile(item: &Item<'_>, p: &mut Problems) -> Option<Profile> {
    let f = p.fields(item, &shape::PROFILE)?;
    let plain = Profile::default();
    Some(Profile {
        strict: p.read(f.get("strict"), values::flag).unwrap_or(plain.strict),
        strict_arming: p.read(f.get("strict_arming"), values::flag).unwrap_or(plain.strict_arming),
        order: p
            .choice(
                f.get("order"),
                &[
                    ("ratchet_then_test", TickOrder::RatchetThenTest),
                    ("test_then_ratchet", TickOrder::TestThenRatchet),
                ],
            )
            .unwrap_or(plain.order),
        rounding: p
            .choice(
                f.get("rounding"),
                &[
                    ("exact", LevelRounding::Exact),
                    ("tick_half_even", LevelRounding::TickHalfEven),
                    ("tick_toward_market", LevelRounding::TickTowardMarket),
                    ("tick_away_from_market", LevelRounding::TickAwayFromMarket),
                ],
            )
            .unwrap_or(plain.rounding),
        best_from_first_mark: p.read(f.get("best_from_first_mark"), values::flag).unwrap_or(false),
        target_first: p.read(f.get("target_first"), values::flag).unwrap_or(false),
        ..plain
    })
}

pub(super) fn paper(item: Option<Item<'_>>, seed: u64, p: &mut Problems) -> PaperSpec {
    let mut spec = PaperSpec { seed, ..PaperSpec::default() };
    let Some(f) = item.and_then(|item| p.fields(&item, &shape::PAPER)) else { return spec };
    spec.spread_ticks = p.read(f.get("spread"), values::count).unwrap_or(spec.spread_ticks);
    spec.slippage_ticks = p.read(f.get("slippage"), values::count).unwrap_or(spec.slippage_ticks);
    spec.latency = p.read(f.get("latency"), values::span).unwrap_or(spec.latency);
    spec.jitter = p.read(f.get("jitter"), values::span).unwrap_or(spec.jitter);
    spec.largest_fill_lots =
        p.read(f.get("largest_fill"), values::count).unwrap_or(spec.largest_fill_lots);
    spec.rejects = p.read(f.get("rejects"), values::share).unwrap_or(spec.rejects);
    spec
}

pub(super) fn source(item: &Item<'_>, symbols: &[String], p: &mut Problems) -> Option<Source> {
    let f = p.fields(item, &shape::SOURCE)?;
    let preset = p.read(f.get("preset"), values::text);
    if let (Some(name), Some(item)) = (&preset, f.get("preset"))
        && highmark_feeds::Mapping::preset(name).is_err()
    {
        let known = highmark_feeds::Mapping::presets().unwrap_or_default();
        let names = known.iter().map(|(name, _)| name.as_str());
        let hint = match super::diagnostics::suggestion(name, names.clone()) {
            Some(close) => format!("did you mean \"{close}\"?"),
            None => format!("choose {}", super::diagnostics::any_of(names)),
        };
        p.at(&item, format!("there is no preset \"{name}\""), hint);
    }
    if f.has("preset") && f.has("mapping") {
        f.wrong(p, "a source has a preset or a mapping, not both", "remove one");
    }
    Some(Source {
        file: p.read(f.get("file"), values::text),
        preset,
        mapping: p.read(f.get("mapping"), values::text),
        instrument: super::names::index(f.get("instrument"), symbols, "instrument", p),
    })
}

pub(super) fn instrument(
    item: &Item<'_>,
    above: &[Instrument],
    market: &Market,
    p: &mut Problems,
) -> Option<Instrument> {
    let f = p.fields(item, &shape::INSTRUMENT)?;
    let symbols: Vec<String> = above.iter().map(|one| one.spec.symbol.clone()).collect();
    let symbol = p.read(f.get("symbol"), values::text)?;
    let venue = match p.read(f.get("venue"), values::text) {
        Some(venue) => {
            let names = market.venues().iter().map(|venue| venue.name.as_str());
            let names = names.chain([crate::sessions::ALWAYS]);
            let known: Vec<(&str, &str)> = names.map(|name| (name, name)).collect();
            p.choice(f.get("venue"), &known).map_or(venue, str::to_owned)
        }
        None => crate::sessions::USUAL.to_owned(),
    };
    let mut spec = InstrumentSpec::new(symbol);
    spec.tick_size = p.read(f.get("tick"), values::price).unwrap_or(spec.tick_size);
    spec.lot_size = p.read(f.get("lot"), values::quantity).unwrap_or(spec.lot_size);
    spec.multiplier = p.read(f.get("multiplier"), values::count).unwrap_or(1);
    spec.mark = p.choice(f.get("mark"), &MARK_KINDS).unwrap_or_default();
    spec.option =
        p.choice(f.get("option"), &[("call", OptionKind::Call), ("put", OptionKind::Put)]);
    spec.underlying = super::names::index(f.get("underlying"), &symbols, "instrument above", p)
        .and_then(|index| u32::try_from(index).ok())
        .map(InstrumentId);
    // A contract can be traded to the end of its last day; the session's close ends it before that.
    spec.expiry = p
        .read(f.get("expiry"), values::day)
        .map(|day| crate::clock::instant(day, TimeOfDay::at(23, 59, 59)));
    if let Some(item) = f.get("checks") {
        spec.checks = checks(&item, p).unwrap_or_default();
    }
    let mut of_market = None;
    match f.get("charges").and_then(|item| charges(&item, &spec, &venue, market, p)) {
        Some(Charges::Given(rates)) => spec.charges = rates,
        Some(Charges::OfMarket(charges)) => of_market = Some(charges),
        None => {}
    }
    Some(Instrument { spec, venue, charges: of_market, at: f.heading(), path: f.path.clone() })
}

fn checks(item: &Item<'_>, p: &mut Problems) -> Option<Checks> {
    let f = p.fields(item, &shape::CHECKS)?;
    let band = f.get("band").and_then(|item| {
        let band = p.fields(&item, &shape::BAND)?;
        let low = p.read(band.get("low"), values::price);
        Some((low?, p.read(band.get("high"), values::price)?))
    });
    let exit_after = p.read(f.get("stale_exit_after"), values::span);
    let poll = p.read(f.get("stale_poll"), values::flag).unwrap_or(false);
    Some(Checks {
        allow_negative: p.read(f.get("allow_negative"), values::flag).unwrap_or(false),
        on_tick_size: p.read(f.get("on_tick"), values::flag).unwrap_or(false),
        band,
        jump: p.read(f.get("jump"), values::share),
        overnight_gap: p.read(f.get("overnight_gap"), values::share),
        stale_after: p.read(f.get("stale_after"), values::span),
        stale_policy: match (exit_after, poll) {
            (Some(after), _) => StalePolicy::Exit { after },
            (None, true) => StalePolicy::Poll,
            (None, false) => StalePolicy::Hold,
        },
        future_after: p.read(f.get("future_after"), values::span),
    })
}

pub(super) fn account(item: &Item<'_>, p: &mut Problems) -> Option<Account> {
    let f = p.fields(item, &shape::ACCOUNT)?;
    let fills =
        p.choice(f.get("mode"), &[("tracking", FillMode::Tracking), ("paper", FillMode::Orders)]);
    let spec = AccountSpec {
        name: p.read(f.get("name"), values::text)?,
        fills: fills.unwrap_or_default(),
        starting_balance: p.read(f.get("balance"), values::money).unwrap_or_default(),
        external: ExternalPolicy::default(),
    };
    let margin = p.read(f.get("margin"), values::money);
    let rules = rules(f.get("rule"), false, p);
    Some(Account { spec, margin, rules, at: f.heading(), path: f.path.clone() })
}

pub(super) fn strategy(item: &Item<'_>, p: &mut Problems) -> Option<Strategy> {
    let f = p.fields(item, &shape::STRATEGY)?;
    let exit_order = p.choice(
        f.get("exit_order"),
        &[("shorts_first", ExitOrder::ShortsFirst), ("by_id", ExitOrder::ById)],
    );
    let groups = p.list(f.get("group"));
    let groups = groups.iter().filter_map(|item| group(item, p)).collect();
    let rules = rules(f.get("rule"), false, p);
    let margin = p.read(f.get("margin"), values::money);
    let spec = StrategySpec {
        name: p.read(f.get("name"), values::text)?,
        capital: p.read(f.get("capital"), values::money).unwrap_or_default(),
        exit_order: exit_order.unwrap_or_default(),
    };
    Some(Strategy { spec, margin, rules, groups, at: f.heading(), path: f.path.clone() })
}

fn group(item: &Item<'_>, p: &mut Problems) -> Option<Group> {
    let f = p.fields(item, &shape::GROUP)?;
    let rules = rules(f.get("rule"), false, p);
    let margin = p.read(f.get("margin"), values::money);
    let name = p.read(f.get("name"), values::text)?;
    Some(Group { name, margin, rules, at: f.heading(), path: f.path.clone() })
}
