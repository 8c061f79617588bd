//! The oracle's figures, for comparison and for reading.

use super::book::Trade;
use super::mtm::Level;
use super::ratio::Ratio;
use super::{Oracle, price};
use highmark_engine::{
    GroupId, Money, Price, Quantity, RuleId, Scope, Side, StrategyId, TradeId, TradeStatus,
    Valuation, Window,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeFigures {
    pub status: TradeStatus,
    pub open: Quantity,
    pub best: Option<Price>,
    pub stop: Option<Price>,
    pub realised: Money,
    pub unrealised: Option<Money>,
    pub mtm: Money,
    pub charges: Money,
}

/// An order that a broker could answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub trade: TradeId,
    /// The side that fills it.
    pub side: Side,
    pub quantity: i64,
    /// The number of the exit attempt, `None` for an entry.
    pub attempt: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeFigures {
    pub mtm: Money,
    pub realised: Money,
    pub peak: Money,
    pub uncertain: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFigures {
    pub removed: bool,
    pub fired: bool,
    pub level: Option<Price>,
    pub floor: Option<Money>,
    pub value: Option<Money>,
    pub peak: Option<Money>,
}

/// A stop in x as a price, rounded toward the market.
pub(super) fn shown_stop(trade: &Trade, level: Ratio) -> Price {
    super::book::price_of(trade.sign() * level.ceil())
}

impl Oracle {
    pub fn trades(&self) -> usize {
        self.book.trades.len()
    }

    /// How many commands were carried out: their numbers are those below.
    pub fn commands(&self) -> u32 {
        self.book.commands
    }

    pub fn rules(&self) -> usize {
        self.book.rules.len()
    }

    pub fn groups(&self) -> usize {
        self.book.groups.len()
    }

    pub fn trade_side(&self, id: TradeId) -> Side {
        self.book.trades[id.0 as usize].side
    }

    /// How many exits of the trade a broker has rejected.
    pub fn rejections(&self, id: TradeId) -> u32 {
        self.book.trades[id.0 as usize].rejections
    }

    pub fn group_strategy(&self, id: GroupId) -> StrategyId {
        self.book.group_of(id)
    }

    /// Orders that wait for an answer.
    pub fn orders(&self) -> Vec<Order> {
        let mut orders = Vec::new();
        for trade in &self.book.trades {
            let (id, side) = (trade.id, trade.side);
            if let Some(intent) = trade.intent {
                let (quantity, attempt) = (intent.left, Some(intent.attempt));
                orders.push(Order { trade: id, side: side.opposite(), quantity, attempt });
            }
            // An entry order is filled while its trade leaves, and after it has left, as well as before.
            let may_come = match trade.status {
                TradeStatus::Pending
                | TradeStatus::Open
                | TradeStatus::Exiting
                | TradeStatus::Degraded
                | TradeStatus::Closed => true,
                TradeStatus::Cancelled | TradeStatus::Rejected => false,
            };
            if may_come && trade.wanted > 0 {
                orders.push(Order { trade: id, side, quantity: trade.wanted, attempt: None });
            }
        }
        orders.retain(|order| order.quantity > 0);
        orders
    }

    pub fn trade_terms(&self, id: TradeId) -> &highmark_engine::NewTrade {
        &self.book.trades[id.0 as usize].new
    }

    pub fn rule_draft(&self, id: RuleId) -> (Scope, &highmark_engine::RuleDraft) {
        let rule = self.rule(id);
        (rule.scope, &rule.draft)
    }

    /// The rule's trade has ended, or it has no figures.
    pub fn is_over(&self, id: RuleId) -> bool {
        let rule = self.rule(id);
        if rule.mtm_spec().is_some() && rule.class() == 3 {
            return true;
        }
        match rule.scope {
            Scope::Trade(trade) => self.book.trades[trade.0 as usize].status != TradeStatus::Open,
            Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => false,
        }
    }

    /// The scopes that exist: those taken back don't.
    pub fn scopes(&self) -> Vec<Scope> {
        let scopes = self.book.scopes().into_iter();
        scopes.filter(|scope| self.exists(*scope).is_ok()).collect()
    }

    pub fn trade_figures(&self, id: TradeId) -> TradeFigures {
        let trade = &self.book.trades[id.0 as usize];
        let mark = self.book.mark(trade);
        let value = |mark: i64| i128::from(trade.open) * i128::from(mark) * trade.multiplier;
        let unrealised = match mark {
            _ if trade.open == 0 => Some(0),
            Some(mark) => Some(trade.sign() * (value(mark) - trade.cost)),
            None => None,
        };
        let stop = if trade.is_held() {
            price::standing(&self.book, trade).map(|(level, ..)| level)
        } else {
            trade.last_stop
        };
        TradeFigures {
            status: trade.status,
            open: Quantity(trade.open),
            best: trade.best.map(Price),
            stop: stop.map(|level| shown_stop(trade, level)),
            realised: Money(trade.realised),
            unrealised: unrealised.map(Money),
            mtm: Money(trade.realised + unrealised.unwrap_or(0)),
            charges: Money(trade.charges),
        }
    }

    pub fn scope_figures(&self, scope: Scope, window: Window) -> ScopeFigures {
        let sums = self.sums(scope, window, None, Valuation::Gross);
        let peaks = self.book.peaks.get(&scope).copied().unwrap_or_default();
        ScopeFigures {
            mtm: Money(sums.mtm),
            realised: Money(sums.realised),
            peak: Money(match window {
                Window::Session => peaks.session.unwrap_or(0),
                Window::Life => peaks.life.unwrap_or(0),
            }),
            uncertain: sums.uncertain,
        }
    }

    pub fn rule_figures(&self, id: RuleId) -> RuleFigures {
        let rule = self.rule(id);
        let mut figures = RuleFigures {
            removed: rule.removed,
            fired: rule.price.fired || rule.mtm.latched,
            level: None,
            floor: None,
            value: None,
            peak: None,
        };
        if rule.price_spec().is_some() {
            let Scope::Trade(trade) = rule.scope else { return figures };
            let trade = &self.book.trades[trade.0 as usize];
            let sign = price::direction(&self.book, rule, trade);
            let target = if trade.is_held() { self.target_of(trade, rule) } else { None };
            figures.level = match (target, rule.price.level) {
                (Some(target), _) => Some(super::book::price_of(sign * target.floor())),
                (None, Some(level)) if !rule.price.skipped => {
                    Some(super::book::price_of(sign * level.ceil()))
                }
                (None, _) => None,
            };
            return figures;
        }
        let drawdown = Oracle::drawdown_basis(rule).is_some();
        // What is judged at candle closes stands still between them.
        let level = match rule.candle() {
            Some(_) => rule.mtm.level,
            None => {
                let level = self.level_of(rule);
                level.map(|(Level::Floor(level) | Level::Target(level))| level)
            }
        };
        figures.floor = level.map(Money);
        // As it was when the scope was last sampled: exits that followed show with the next input.
        let is_known = rule.candle().is_none() || rule.mtm.looked_at;
        figures.value = is_known.then_some(Money(rule.mtm.value));
        figures.peak = (!drawdown).then_some(Money(rule.mtm.peak));
        figures
    }
}
