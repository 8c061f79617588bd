//! The codec: nothing is lost, and garbage is refused.

use crate::garbage;
use highmark_engine::*;
use highmark_journal::Turn;
use highmark_journal::codec::{Encoder, decode};
use proptest::prelude::*;

fn cases() -> ProptestConfig {
    let cases = std::env::var("HIGHMARK_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(150),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -1000i64..1000,
        (-1_000_000i64..1_000_000).prop_map(|ticks| ticks * 5_000_000),
        Just(i64::MAX),
        Just(i64::MIN),
    ]
}

fn tick() -> impl Strategy<Value = Tick> {
    let kind = prop_oneof![8 => Just(TickKind::Regular), 1 => Just(TickKind::Auction), 1 => Just(TickKind::Test)];
    let price = || prop::option::of(number().prop_map(Price));
    let names = (prop_oneof![0u32..4, any::<u32>()], number(), prop_oneof![0u32..3, any::<u32>()]);
    (
        names,
        prop::option::of(any::<u64>()),
        price(),
        price(),
        price(),
        prop::option::of(number()),
        kind,
    )
        .prop_map(|((instrument, at, source), sequence, last, bid, ask, volume, kind)| Tick {
            instrument: InstrumentId(instrument),
            at: Timestamp(at),
            source: SourceId(source),
            sequence,
            last,
            bid,
            ask,
            volume: volume.map(Quantity),
            kind,
        })
}

/// Turns that no engine makes: events that do not belong to their input, numbers that do not follow.
fn odd_turn() -> impl Strategy<Value = Turn> {
    let input = (number(), prop::collection::vec(tick(), 0..6));
    let event = prop_oneof![
        Just(Event::Settled),
        tick().prop_map(Event::Marked),
        tick().prop_map(Event::TickHeld),
        (any::<u64>(), number())
            .prop_map(|(turn, at)| Event::TurnBegan { turn, at: Timestamp(at) }),
        Just(Event::Killed { reason: "because".into() }),
    ];
    let choice = prop::collection::vec((event, any::<bool>()), 0..8);
    (input, choice, any::<bool>()).prop_map(|((at, ticks), choice, is_clock)| {
        let marks: Vec<Event> = ticks.iter().cloned().map(Event::Marked).collect();
        let mut events: Vec<Event> = choice
            .into_iter()
            .enumerate()
            .map(
                |(place, (event, own))| {
                    if own { marks.get(place).cloned().unwrap_or(event) } else { event }
                },
            )
            .collect();
        events.extend(marks);
        let body = if is_clock { Body::Clock } else { Body::Ticks(ticks) };
        Turn::new(Input { at: Timestamp(at), body }, events)
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_turn_that_an_engine_makes_is_read_as_it_was_written(inputs in garbage::life(80)) {
        let mut engine = Engine::new();
        let turns: Vec<Turn> =
            inputs.into_iter().map(|input| Turn::new(input.clone(), engine.step(input))).collect();
        let mut encoder = Encoder::new().unwrap();
        prop_assert_eq!(decode(&encoder.encode(&turns).unwrap()).unwrap(), turns.clone());
        for group in turns.chunks(7) {
            prop_assert_eq!(&decode(&encoder.encode(group).unwrap()).unwrap(), group);
        }
    }

    #[test]
    fn every_other_turn_too(turns in prop::collection::vec(odd_turn(), 0..20)) {
        let body = Encoder::new().unwrap().encode(&turns).unwrap();
        prop_assert_eq!(decode(&body).unwrap(), turns);
    }

    #[test]
    fn garbage_is_refused_or_read_and_never_more(garbage in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&garbage);
        let mut raw = vec![1, 0];
        raw.push(u8::try_from(garbage.len() % 128).unwrap());
        raw.extend_from_slice(&garbage[..garbage.len() % 128]);
        let _ = decode(&raw);
    }

    #[test]
    fn a_damaged_body_is_refused_or_read_and_never_more(
        turns in prop::collection::vec(odd_turn(), 1..6),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = Encoder::new().unwrap().encode(&turns).unwrap();
        for (place, flip) in flips {
            let place = place.index(body.len());
            body[place] ^= flip;
        }
        let _ = decode(&body);
        let _ = decode(&body[..cut.index(body.len())]);
    }
}

#[test]
fn lengths_that_lie_are_not_believed() {
    // A frame that says to be 800 MB long, a column of 2^70 bytes, a batch of 2^60 ticks.
    assert!(decode(&[1, 1, 0x80, 0xc8, 0xaf, 0xfd, 0x02]).is_err());
    assert!(decode(&[1, 0, 11, 255, 255, 255, 255, 255, 255, 255, 255, 255, 127, 0]).is_err());
    assert!(decode(&[1, 0, 200, 255, 255, 255, 255, 255, 255, 255, 255]).is_err());
    assert!(decode(&[]).is_err());
    assert!(decode(&[9, 0, 0]).is_err());
}
