//! Entries that come late: ordered while a trade is open, filled while it leaves or after it has left.

use super::Feature;
use super::episode::Episode;
use crate::oracle::Oracle;
use highmark_engine::*;

impl Episode {
    /// Orders more of an open trade, and then what may take the trade out before the order is filled; `false` when no
    /// trade is there whose orders a broker answers.
    pub(super) fn come_late(&mut self, oracle: &Oracle) -> bool {
        let mut open = self.held(oracle);
        open.retain(|trade| {
            let is_ordered = self.order_accounts.contains(&oracle.trade_terms(*trade).account);
            is_ordered && oracle.trade_figures(*trade).status == TradeStatus::Open
        });
        if open.is_empty() {
            return false;
        }
        let trade = self.dice.pick(&open);
        let (instrument, side) = (oracle.trade_terms(trade).instrument, oracle.trade_side(trade));
        let index = instrument.0 as usize;
        let quantity = Quantity(self.specs[index].lot_size.0 * self.dice.between(1, 3));
        self.ask(Command::Increase { trade, quantity, price: None });
        match self.dice.between(1, 6) {
            1 => {
                let reason = String::from("out");
                self.ask(Command::ExitTrade { trade, quantity: None, reason });
            }
            2 if self.on.has(Feature::Partials) => self.part(oracle, trade),
            _ => {
                // Far enough to pass a stop.
                self.walks[index].steps -= side.sign() * self.dice.between(0, 60);
                let tick = self.walks[index].tick(&mut self.dice, self.on, self.now);
                self.tell(vec![tick]);
            }
        }
        true
    }

    /// How many of a hundred answers to an order are a rejection: who was rejected once is likely to be again.
    pub(super) fn rejected(&self, oracle: &Oracle, trade: TradeId) -> i64 {
        match (self.on.has(Feature::Rejects), oracle.rejections(trade)) {
            (false, _) => 0,
            (true, 1..) if self.on.has(Feature::Lates) => 60,
            (true, _) => 20,
        }
    }
}
