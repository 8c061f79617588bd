//! The named profiles: how each project decides, said in the engine's words.

use highmark_engine::*;

/// The product's own: inclusive, exact, stops ratchet before they are tested.
pub(crate) fn product() -> Profile {
    Profile::default()
}

/// Tests the level of before, then trails; levels on the tick, half to even.
pub(crate) fn test_then_trail() -> Profile {
    Profile {
        order: TickOrder::TestThenRatchet,
        rounding: LevelRounding::TickHalfEven,
        ..Profile::default()
    }
}

/// Tests the level of before, then trails; levels are exact.
pub(crate) fn test_then_trail_exactly() -> Profile {
    Profile { rounding: LevelRounding::Exact, ..test_then_trail() }
}

/// Touching is no breach.
pub(crate) fn strict() -> Profile {
    Profile { strict: true, ..Profile::default() }
}

/// A profit of exactly the offset does not arm.
pub(crate) fn strict_arming() -> Profile {
    Profile { strict_arming: true, ..Profile::default() }
}

/// A profit of exactly the offset does not arm; levels on the tick, toward the market.
pub(crate) fn strict_arming_on_ticks() -> Profile {
    Profile { rounding: LevelRounding::TickTowardMarket, ..strict_arming() }
}

/// Levels on the tick, half to even.
pub(crate) fn on_ticks() -> Profile {
    Profile { rounding: LevelRounding::TickHalfEven, ..Profile::default() }
}
