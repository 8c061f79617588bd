//! What the oracle does not know: corporate actions, levels rounded to ticks, marks set by hand and taken back.

use super::episode::Episode;
use super::tape::GRID;
use highmark_engine::*;

impl Episode {
    pub(super) fn stray(&mut self) {
        match self.dice.between(1, 10) {
            1..=4 => self.adjust(),
            5..=7 => self.mark_and_perhaps_undo(),
            _ => self.round(),
        }
    }

    /// A split, a bonus, a consolidation or a dividend; prices go on from where it leaves them.
    fn adjust(&mut self) {
        let index = self.dice.below(self.walks.len());
        let (new, old) = self.dice.pick(&[(2, 1), (1, 2), (5, 1), (3, 2), (1, 1), (1, 1)]);
        let dividend =
            if new == old { Price(GRID * self.dice.between(1, 10)) } else { Price::ZERO };
        let adjustment = Adjustment { new, old, dividend };
        let instrument = InstrumentId(index as u32);
        self.ask(Command::AdjustInstrument { instrument, adjustment });
        let walk = &mut self.walks[index];
        walk.steps = walk.steps * i64::from(old) / i64::from(new) - dividend.0 / GRID;
        walk.lowest = walk.lowest.min(walk.steps - 400).max(if walk.lowest > 0 { 1 } else { -400 });
    }

    fn mark_and_perhaps_undo(&mut self) {
        let index = self.dice.below(self.walks.len());
        let steps = self.walks[index].steps + self.dice.between(-12, 12);
        let (instrument, price) = (InstrumentId(index as u32), Price(steps * GRID));
        self.ask(Command::ManualMark { instrument, price });
        if self.dice.chance(60) {
            self.ask(Command::Undo { command: None });
        }
    }

    fn round(&mut self) {
        let rounding = self.dice.pick(&[
            LevelRounding::Exact,
            LevelRounding::Exact,
            LevelRounding::TickHalfEven,
            LevelRounding::TickTowardMarket,
            LevelRounding::TickAwayFromMarket,
        ]);
        let order = self.dice.pick(&[TickOrder::RatchetThenTest, TickOrder::TestThenRatchet]);
        let (strict, dense) = (self.dice.chance(30), self.dice.chance(20));
        self.ask(Command::Configure(Profile {
            rounding,
            order,
            strict,
            dense,
            ..Profile::default()
        }));
    }
}

/// Whether only an episode that is played alone has such an input.
pub fn is_stray(input: &Input) -> bool {
    let Body::Command { command, .. } = &input.body else { return false };
    matches!(
        command,
        Command::AdjustInstrument { .. } | Command::ManualMark { .. } | Command::Configure(_)
    )
}
