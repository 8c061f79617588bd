//! What a broker says that an account holds, against what our trades hold.

use super::Oracle;
use crate::fact::Fact;
use highmark_engine::{
    AccountId, ExternalPolicy, InstrumentId, Quantity, RefusalCode, TradeId, TradeStatus,
};

impl Oracle {
    pub(super) fn position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        net: Option<Quantity>,
    ) {
        let unknown = self.book.accounts.len() <= account.0 as usize
            || self.book.instruments.len() <= instrument.0 as usize;
        if unknown {
            return self.say(Fact::Refused(RefusalCode::NotFound));
        }
        let Some(theirs) = net else {
            return self.say(Fact::PositionUnknown(account, instrument));
        };
        let here = |id: &TradeId| {
            let trade = &self.book.trades[id.0 as usize];
            trade.new.account == account && trade.instrument == instrument && !trade.is_over()
        };
        let ids: Vec<TradeId> = self.trade_ids().into_iter().filter(here).collect();
        let trade = |id: &TradeId| &self.book.trades[id.0 as usize];
        let moves = |id: &TradeId| {
            let trade = trade(id);
            trade.status == TradeStatus::Pending || trade.intent.is_some() || trade.planned > 0
        };
        let ours: i64 = ids.iter().map(|id| trade(id).sign() as i64 * trade(id).open).sum();
        if ids.iter().any(moves) || ours == theirs.0 {
            return;
        }
        let mut side: Vec<TradeId> =
            ids.into_iter().filter(|id| trade(id).sign() as i64 == ours.signum()).collect();
        let policy = self.book.account(account).spec.external;
        self.say(Fact::PositionDiffers { account, instrument, ours: Quantity(ours), theirs });
        if theirs.0.signum() == -ours.signum() || theirs.0.abs() >= ours.abs() {
            return;
        }
        if policy == ExternalPolicy::NewestFirst {
            side.reverse();
        }
        let mut gone = ours.abs() - theirs.0.abs();
        for id in side {
            let trade = &self.book.trades[id.0 as usize];
            let (quantity, price) = (trade.open.min(gone), self.book.mark(trade));
            gone -= quantity;
            self.exit(id, quantity, "external", None, price);
        }
    }
}
