//! The rarer things of an episode: commands taken back, strategies edited, marks set by hand, profiles changed, positions told.

use super::Feature;
use super::episode::Episode;
use super::tape::GRID;
use crate::oracle::Oracle;
use highmark_engine::*;

impl Episode {
    /// One of the rarer things; `false` when none of them is played.
    pub(super) fn turn_aside(&mut self, oracle: &Oracle) -> bool {
        let kinds = [Feature::Positions, Feature::Marks, Feature::Dense, Feature::Profiles];
        let kinds: Vec<Feature> = kinds.into_iter().filter(|kind| self.on.has(*kind)).collect();
        if kinds.is_empty() {
            return false;
        }
        match self.dice.pick(&kinds) {
            Feature::Positions => self.position(oracle),
            // What an undo of a mark set by hand brings back nobody follows here.
            Feature::Marks if !self.on.has(Feature::Undos) => {
                let index = self.dice.below(self.walks.len());
                let steps = self.walks[index].steps + self.dice.between(-6, 6);
                let (instrument, price) = (InstrumentId(index as u32), Price(steps * GRID));
                self.ask(Command::ManualMark { instrument, price });
            }
            Feature::Marks => self.ticks(),
            _ => self.configure(),
        }
        true
    }

    /// Another profile: one that sees every mark, one that decides otherwise, or the usual one.
    pub(super) fn configure(&mut self) {
        let dense = self.on.has(Feature::Dense) && self.dice.chance(50);
        let mut profile = Profile { dense, ..Profile::default() };
        if self.on.has(Feature::Profiles) {
            // What a stricter word or a milder one means to a scope that nothing moves is not written down.
            profile.strict = self.strict;
            profile.strict_arming = self.dice.chance(20);
            profile.target_first = self.dice.chance(20);
            profile.best_from_first_mark = self.dice.chance(20);
            // A break-even that is skipped is told later then, and when is not written down.
            if self.dice.chance(20) && !self.on.has(Feature::BreakEvens) {
                profile.order = TickOrder::TestThenRatchet;
            }
        }
        self.ask(Command::Configure(profile));
    }

    /// A broker tells what an account holds: what we think, less, more, or that it cannot say.
    fn position(&mut self, oracle: &Oracle) {
        let account = AccountId(self.dice.below(self.accounts as usize) as u32);
        let instrument = InstrumentId(self.dice.below(self.walks.len()) as u32);
        let held = self.held(oracle).into_iter().filter(|id| {
            let terms = oracle.trade_terms(*id);
            terms.account == account && terms.instrument == instrument
        });
        let ours: i64 =
            held.map(|id| oracle.trade_side(id).sign() * oracle.trade_figures(id).open.0).sum();
        let lot = self.specs[instrument.0 as usize].lot_size.0;
        let theirs = match self.dice.between(1, 8) {
            1 => None,
            2 => Some(0),
            3 => Some(-ours),
            4..=5 => Some(ours),
            _ => Some(ours + lot * self.dice.between(-4, 4)),
        };
        let net = theirs.map(Quantity);
        self.waiting.push_back(Body::Order(OrderNews::Position { account, instrument, net }));
    }

    /// Another capital, now and then another name or order of exits.
    pub(super) fn edit(&mut self) {
        let strategy = self.dice.below(self.strategies as usize);
        let renames = self.dice.chance(10);
        let orders = [ExitOrder::ShortsFirst, ExitOrder::ById];
        let by_id = self.on.has(Feature::ByIdOrder);
        let spec = StrategySpec {
            name: format!("{}{strategy}", if renames { "r" } else { "s" }),
            capital: Money::rupees(self.dice.pick(&[0, 1, 5_000, 9_990, 10_000, 10_010, 20_000])),
            exit_order: if by_id { ExitOrder::ById } else { self.dice.pick(&orders) },
        };
        self.ask(Command::EditStrategy { strategy: StrategyId(strategy as u32), spec });
    }

    /// The number of one of the last commands, or none.
    fn number(&mut self, oracle: &Oracle) -> Option<CommandId> {
        if !self.on.has(Feature::UndoNumbers) || self.dice.chance(40) {
            return None;
        }
        let back = self.dice.between(1, 8);
        u32::try_from(i64::from(oracle.commands()) - back).ok().map(CommandId)
    }

    /// Takes the last command back, asks for it again, or does what can be taken back.
    pub(super) fn take_back(&mut self, oracle: &Oracle) {
        let command = match self.dice.between(1, 8) {
            1..=3 => Command::Undo { command: self.number(oracle) },
            4..=5 => Command::Redo,
            6 => Command::Halt { scope: self.scope(oracle), reason: "lunch".into() },
            7 => Command::Resume { scope: self.scope(oracle), reason: "lunch".into() },
            _ => Command::CreateGroup {
                strategy: StrategyId(self.dice.below(self.strategies as usize) as u32),
                name: format!("h{}", self.dice.between(1, 9)),
            },
        };
        self.ask(command);
    }
}
