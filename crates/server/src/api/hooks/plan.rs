//! What a signal comes to in the state that it meets: commands, or why there is none. It is asked in the engine's turn,
//! so that nothing happens in between.

use super::signal::{Wish, Word};
use super::{Does, Exits, Terms};
use crate::leaving;
use crate::socket::protocol::Problem;
use highmark_engine::*;
use highmark_play::failure::Failure;
use highmark_play::scenario::rule_in_words;
use serde::{Deserialize, Serialize};

/// A signal on its way to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The name of the hook.
    pub hook: String,
    pub terms: Terms,
    pub wishes: Vec<Wish>,
}

/// Whose trades a signal is for.
#[derive(Clone, Copy)]
struct Whose {
    strategy: StrategyId,
    account: AccountId,
    /// Every one, when absent.
    instrument: Option<InstrumentId>,
}

impl Wanted {
    /// What this wish comes to, in order; nothing, when it asks for an exit of what is not open. What was found before
    /// it is refused is done all the same: by it something leaves.
    pub(crate) fn commands(
        &self,
        state: &State,
        wish: &Wish,
        commands: &mut Vec<Command>,
    ) -> Result<(), Problem> {
        let whose = self.whose(state, wish)?;
        match (self.terms.does(wish.word), whose.instrument) {
            (Does::Nothing, _) | (Does::Open, None) => Err(self.forbids(wish.word)),
            (Does::Exit, _) => {
                let exits = self.exits(state, whose, wish.held);
                commands.extend(match wish.part(&self.terms) {
                    None => exits,
                    Some(asked) => part(state, exits, asked)?,
                });
                Ok(())
            }
            (Does::Open, Some(instrument)) => {
                let side = if wish.word == Word::Sell { Side::Sell } else { Side::Buy };
                if wish.turns_round && self.terms.turns_round() {
                    let exits = self.exits(state, whose, Some(side.opposite()));
                    if !exits.is_empty() && self.terms.exit == Exits::Nothing {
                        return Err(self.forbids(Word::Exit));
                    }
                    commands.extend(exits);
                }
                commands.push(self.entry(state, whose, (instrument, side), wish)?);
                Ok(())
            }
        }
    }

    fn whose(&self, state: &State, wish: &Wish) -> Result<Whose, Problem> {
        let terms = &self.terms;
        let strategy = state.strategies().find(|(_, spec)| spec.name == terms.strategy);
        let strategy = strategy.map(|(id, _)| id);
        let strategy = strategy.ok_or_else(|| missing("strategy", "strategy", &terms.strategy))?;
        let account = state.accounts().find(|(_, spec)| spec.name == terms.account);
        let account = account.map(|(id, _)| id);
        let account = account.ok_or_else(|| missing("account", "account", &terms.account))?;
        let instrument = match &wish.symbol {
            None => None,
            Some(theirs) => Some(self.instrument(state, theirs)?),
        };
        Ok(Whose { strategy, account, instrument })
    }

    /// Everything of theirs on this side, in the order in which a strategy leaves.
    fn exits(&self, state: &State, whose: Whose, side: Option<Side>) -> Vec<Command> {
        let reason = format!("a signal of the hook {}", self.hook);
        let mut all = leaving::all(state, Scope::Strategy(whose.strategy), &reason);
        all.retain(|command| {
            let trade = leaves(command).and_then(|id| state.trade_view(id));
            trade.is_some_and(|trade| whose.has(&trade, side))
        });
        all
    }

    fn entry(
        &self,
        state: &State,
        whose: Whose,
        (instrument, side): (InstrumentId, Side),
        wish: &Wish,
    ) -> Result<Command, Problem> {
        let live = state.live_trades(Scope::Strategy(whose.strategy));
        let live = live.filter_map(|id| state.trade_view(id));
        let live = live.filter(|trade| whose.has(trade, Some(side))).count();
        if live >= self.terms.trades as usize {
            let message = format!("{live} trades are open in it already");
            let hint = "exit them first, or let the hook have more: trades";
            return Err(on("symbol", Problem::new("ALREADY_OPEN", message, hint)));
        }
        is_traded_now(state, instrument)?;
        Ok(Command::AddTrade(NewTrade {
            name: format!("hook {}", self.hook),
            strategy: whose.strategy,
            account: whose.account,
            group: None,
            instrument,
            side,
            quantity: self.quantity(wish)?,
            entry: Entry::AtMark,
            rules: self.rules()?,
        }))
    }

    fn instrument(&self, state: &State, theirs: &str) -> Result<InstrumentId, Problem> {
        let ours = self.terms.symbol(theirs).ok_or_else(|| {
            let hint = "add it to the hook's symbols, if it may be traded by it";
            on(
                "symbol",
                Problem::new("HOOK_FORBIDS", format!("{theirs} is not of this hook"), hint),
            )
        })?;
        let found = state.instruments().find(|(_, spec)| spec.symbol == ours);
        found.map(|(id, _)| id).ok_or_else(|| missing("symbol", "instrument", &ours))
    }

    fn quantity(&self, wish: &Wish) -> Result<Quantity, Problem> {
        if let Some(quantity) = self.terms.quantity {
            return Ok(quantity);
        }
        let asked = wish.quantity.ok_or_else(|| {
            let hint = "send one, or give the hook one";
            on("quantity", Problem::new("BAD_QUANTITY", "the signal says no quantity", hint))
        })?;
        let most = self.terms.most.unwrap_or_default();
        if asked > most {
            let message = format!("{asked} is more than this hook may ask for: {most}");
            let hint = "let the signal ask for less, or the hook allow more";
            return Err(on("quantity", Problem::new("BAD_QUANTITY", message, hint)));
        }
        Ok(asked)
    }

    fn rules(&self) -> Result<Vec<RuleDraft>, Problem> {
        let drafts = self.terms.rules.iter().map(|rule| {
            let words: Vec<String> = rule.split_whitespace().map(str::to_owned).collect();
            rule_in_words(&words, true).map_err(|unusable| {
                let failure = Failure::from(unusable);
                on("rules", Problem::new("BAD_FIELD", failure.message, failure.hint))
            })
        });
        drafts.collect()
    }

    fn forbids(&self, word: Word) -> Problem {
        let message = format!("the hook {} may not {}", self.hook, word.name());
        let hint = "it is made for something else: see highmark hook list";
        on("action", Problem::new("HOOK_FORBIDS", message, hint))
    }
}

impl Whose {
    fn has(self, trade: &TradeView, side: Option<Side>) -> bool {
        trade.account == self.account
            && self.instrument.is_none_or(|one| trade.instrument == one)
            && side.is_none_or(|side| trade.side == side)
    }
}

/// The trade that a command for an exit is of.
fn leaves(command: &Command) -> Option<TradeId> {
    match command {
        Command::ExitTrade { trade, .. } | Command::CancelTrade { trade, .. } => Some(*trade),
        _ => None,
    }
}

/// An exit of so much: of all, when that is no more; else of one trade, since nothing says of which.
fn part(state: &State, mut exits: Vec<Command>, asked: Quantity) -> Result<Vec<Command>, Problem> {
    let views = exits.iter().filter_map(leaves).filter_map(|id| state.trade_view(id));
    let open = views.fold(0_i64, |open, trade| open.saturating_add(trade.open.0));
    if asked >= Quantity(open) {
        return Ok(exits);
    }
    if let [Command::ExitTrade { quantity, .. }] = exits.as_mut_slice() {
        *quantity = Some(asked);
        return Ok(exits);
    }
    let message = format!("{asked} is less than what {} trades have open", exits.len());
    let hint = "exit all of the symbol, or one trade by hand";
    Err(on("quantity", Problem::new("SEVERAL_OPEN", message, hint)))
}

/// A late alert enters nothing at a price of before.
fn is_traded_now(state: &State, instrument: InstrumentId) -> Result<(), Problem> {
    let now = state.now();
    let closed = state.session(instrument).filter(|one| now < one.open || one.close <= now);
    let refused = |code, message: &str, hint| Err(on("symbol", Problem::new(code, message, hint)));
    if closed.is_some() {
        let hint = "signals enter while it is traded; exits are taken at any time";
        return refused("OUT_OF_SESSION", "it is not traded now", hint);
    }
    if state.is_stale(instrument) {
        let hint = "look at its feed; exits are taken at any time";
        return refused("STALE", "its price is stale", hint);
    }
    Ok(())
}

fn on(field: &str, problem: Problem) -> Problem {
    Problem { field: field.to_owned(), ..problem }
}

fn missing(field: &str, what: &str, name: &str) -> Problem {
    let hint = "it has another name, or is not there yet";
    on(field, Problem::new("NOT_FOUND", format!("there is no {what} {name}"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::hooks::{Source, some};

    /// Momentum in the accounts `main`, `other`, and `orders` at a broker; SBIN is traded from 1,000 to 2,000 ns and stale after 100.
    fn engine() -> Engine {
        let mut engine = Engine::new();
        let mut sbin = InstrumentSpec::new("SBIN");
        sbin.checks.stale_after = Some(Span(100));
        let session = Session {
            venue: VenueId(0),
            day: Day(0),
            open: Timestamp(1_000),
            close: Timestamp(2_000),
        };
        engine.step(Input { at: Timestamp(500), body: Body::Session(session) });
        let account = |name: &str, fills| {
            Command::OpenAccount(AccountSpec {
                name: name.into(),
                fills,
                starting_balance: Money::rupees(100_000),
                external: ExternalPolicy::NewestFirst,
            })
        };
        let strategy = StrategySpec {
            name: "Momentum".into(),
            capital: Money::ZERO,
            exit_order: ExitOrder::ShortsFirst,
        };
        let made = [
            Command::DefineInstrument(sbin),
            account("main", FillMode::Tracking),
            account("other", FillMode::Tracking),
            account("orders", FillMode::Orders),
            Command::CreateStrategy(strategy),
        ];
        for command in made {
            done(&mut engine, 500, command);
        }
        engine
    }

    fn done(engine: &mut Engine, at: i64, command: Command) {
        let body = Body::Command { by: "hook:tv".into(), command };
        let events = engine.step(Input { at: Timestamp(at), body });
        let refused = events.iter().find(|event| matches!(event, Event::Refused(_)));
        assert_eq!(refused, None);
    }

    fn marked(engine: &mut Engine, at: i64) {
        let tick = Tick::last(InstrumentId(0), Timestamp(at), "800".parse().unwrap());
        engine.step(Input { at: Timestamp(at), body: Body::Ticks(vec![tick]) });
    }

    fn terms(account: &str) -> Terms {
        let main = some(Source::Tradingview);
        Terms { account: account.into(), exit: Exits::Strategy, ..main }
    }

    fn come_to(engine: &Engine, word: Word, account: &str) -> Result<Vec<Command>, String> {
        let terms = terms(account);
        let symbol = (word != Word::ExitAll).then(|| "SBIN".to_owned());
        planned(engine, Wish::new((word, None), symbol, &terms), terms)
    }

    fn planned(engine: &Engine, wish: Wish, terms: Terms) -> Result<Vec<Command>, String> {
        let wanted = Wanted { hook: "tv".into(), terms, wishes: Vec::new() };
        let mut commands = Vec::new();
        let refused = wanted.commands(engine.state(), &wish, &mut commands);
        refused.map(|()| commands).map_err(|problem| problem.code)
    }

    #[test]
    fn a_signal_enters_while_there_is_a_fresh_price_and_exits_at_any_time() {
        let mut engine = engine();
        let clock = |engine: &mut Engine, at: i64| {
            engine.step(Input { at: Timestamp(at), body: Body::Clock });
        };
        let entry = |engine: &Engine| come_to(engine, Word::Buy, "main").map(|some| some.len());
        assert_eq!(entry(&engine), Err("OUT_OF_SESSION".into()));
        marked(&mut engine, 1_000);
        assert_eq!(entry(&engine), Ok(1));
        clock(&mut engine, 1_150);
        assert_eq!(entry(&engine), Err("STALE".into()));
        marked(&mut engine, 1_200);
        let entered = come_to(&engine, Word::Buy, "main").unwrap();
        entered.into_iter().for_each(|command| done(&mut engine, 1_200, command));
        clock(&mut engine, 2_000);
        assert_eq!(entry(&engine), Err("ALREADY_OPEN".into()));
        for word in [Word::Sell, Word::Exit, Word::ExitAll] {
            assert_eq!(come_to(&engine, word, "main").map(|some| some.len()), Ok(1), "{word:?}");
        }
        let other = come_to(&engine, Word::Buy, "other");
        assert_eq!(other.unwrap_err(), "OUT_OF_SESSION");
    }

    #[test]
    fn what_the_strategy_has_in_another_account_stays() {
        let mut engine = engine();
        marked(&mut engine, 1_000);
        for account in ["main", "other"] {
            let entered = come_to(&engine, Word::Buy, account).unwrap();
            entered.into_iter().for_each(|command| done(&mut engine, 1_000, command));
        }
        let exits = come_to(&engine, Word::ExitAll, "other").unwrap();
        assert_eq!(exits.iter().filter_map(leaves).collect::<Vec<_>>(), [TradeId(1)]);
    }

    /// As when a contract is rolled: the engine takes an entry while the exit is on its way.
    #[test]
    fn what_turns_round_at_a_broker_enters_while_its_exit_is_on_its_way() {
        let mut engine = engine();
        marked(&mut engine, 1_000);
        let entered = come_to(&engine, Word::Buy, "orders").unwrap();
        entered.into_iter().for_each(|command| done(&mut engine, 1_000, command));
        let fill = Fill {
            id: "1".into(),
            trade: TradeId(0),
            side: Side::Buy,
            quantity: "75".parse().unwrap(),
            price: "800".parse().unwrap(),
            charges: Money::ZERO,
            at: Timestamp(1_001),
        };
        let body = Body::Order(OrderNews::Filled(fill));
        engine.step(Input { at: Timestamp(1_001), body });
        let terms = Terms { sell: Does::Open, ..terms("orders") };
        let sell = Wish::new((Word::Sell, None), Some("SBIN".into()), &terms);
        let turned = planned(&engine, Wish { turns_round: true, ..sell }, terms).unwrap();
        turned.into_iter().for_each(|command| done(&mut engine, 1_002, command));
        let trades = engine.state().trade_views().map(|trade| (trade.side, trade.status));
        let expected = [(Side::Buy, TradeStatus::Exiting), (Side::Sell, TradeStatus::Pending)];
        assert_eq!(trades.collect::<Vec<_>>(), expected);
    }
}
