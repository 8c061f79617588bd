// One trade: where it stands against its stop, why it ended or what would end it, its rules, its prices.
import { effect, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, Refused, told } from "../api";
import { age, dateTime, level, money, percent, price, quantity, time } from "../format";
import { now, trade as live, turn } from "../live";
import { ExitTrade } from "../parts/exit-trade";
import { Money, RoomBar, State, Tile, nearness } from "../parts/figures";
import { RuleList } from "../parts/rule-list";
import { isOn, rules, watchRules } from "../rulebook";
import { kindWords } from "../rules/words";
import { mayTrade } from "../session";
import { story } from "../story";
import { distance } from "../trade-room";
import { PriceChart } from "../parts/price-chart";
import type { Trade } from "../wire";
import { Explanation } from "../parts/explanation";

export function TradePage({ id }: { id: number }) {
  const ended = useSignal<Trade | undefined>(undefined);
  const failed = useSignal("");
  const exiting = useSignal(false);
  const shown = live(id).value ?? ended.value;
  useEffect(watchRules, []);
  // A trade that has ended is in the picture no longer.
  useEffect(() => {
    const missing = signal(true);
    return effect(() => {
      missing.value = live(id).value === undefined;
      if (!missing.value || turn.peek() === 0) return;
      get<Trade>(`/api/v1/trades/${id}`).then(
        (found) => (ended.value = found),
        (error: unknown) => (failed.value = error instanceof Refused && error.status === 404 ? `there is no trade ${id}` : told(error)),
      );
    });
  }, [id, turn.value === 0]);
  if (!shown) {
    return (
      <section class="page">
        <h1 tabIndex={-1}>Trade</h1>
        <p class="empty">{failed.value || "Looking…"}</p>
      </section>
    );
  }
  const way = distance(shown);
  const name = shown.name || `t${shown.id}`;
  const own = rules.value.filter((view) => isOn(view.rule.scope, "Trade", id));
  const happened = story.value.filter((one) => one.trade === id);
  const hasEnded = shown.status === "closed";
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>
          {name} <span class="dim">{shown.symbol}</span>
        </h1>
        <span class={`side ${shown.side}`}>{shown.side === "buy" ? "long" : "short"}</span>
        <State state={shown.status} />
        {shown.status === "open" && shown.stop == null && <span class="badge breach">no stop</span>}
        <a href={`/strategies/${shown.strategy}`}>{shown.strategy_name}</a>
        <span class="spacer" />
        {mayTrade.value && !hasEnded && (
          <span class="actions">
            <a class="button" href={`/rules/new?on=trade&id=${id}`}>
              Add rule
            </a>
            <button type="button" class="danger-quiet" onClick={() => (exiting.value = true)}>
              Exit…
            </button>
          </span>
        )}
      </header>
      <div class="tiles">
        {hasEnded ? (
          <Tile label="Closed by" tone="hero">
            <span>{shown.exit_reason ? kindWords(shown.exit_reason) : "–"}</span>
            <small class="dim">{dateTime(shown.closed_at)}</small>
          </Tile>
        ) : (
          <Tile label="Room to stop" tone={`hero ${nearness(way?.share)}`}>
            <span class="num">{way ? `${price(way.points)} pts` : "no stop"}</span>
            {way && (
              <>
                <RoomBar share={way.share} label={name} />
                <small class="dim">
                  {percent(way.ofMark, 2)} of the price · about {money(way.rupees)}
                </small>
              </>
            )}
          </Tile>
        )}
        <Tile label="Mtm">
          <Money value={shown.mtm} />
          <small class="dim">
            realised <Money value={shown.realised} places={0} />
          </small>
        </Tile>
        <Tile label={hasEnded ? "Exit" : "Mark"}>
          <span class="num">{price(hasEnded ? shown.exit : shown.mark)}</span>
          <small class="dim">entry {price(shown.entry)}</small>
        </Tile>
        <Tile label="Stop">
          <span class="num" data-stop>
            {level(shown.stop)}
          </span>
          <small class="dim">best {price(shown.best)}</small>
        </Tile>
        <Tile label="Quantity">
          <span class="num">{quantity(hasEnded ? shown.quantity : shown.open)}</span>
          <small class="dim">{shown.opened_at_ns ? `held ${age((shown.closed_at_ns ? shown.closed_at_ns / 1e6 : now.value) - shown.opened_at_ns / 1e6)}` : "not entered yet"}</small>
        </Tile>
      </div>
      <div class="columns">
        <div>
          <div class="card">
            <PriceChart trade={shown} />
          </div>
          <Explanation about={`t${id}`} stands={shown.status} title={hasEnded ? "Why it exited" : "Why it has not exited"} />
        </div>
        <div>
          <div class="card">
            <h2>Rules in words</h2>
            <RuleList views={own} empty={hasEnded ? "Its rules ended with it." : "Nothing would close this trade but a rule of its strategy or account."} />
          </div>
          <div class="card">
            <h2>What happened</h2>
            <ul class="feed-list">
              {happened.map((one) => (
                <li key={one.key} class={one.weight}>
                  <time class="num dim">{time(one.at)}</time>
                  <span>{one.text}</span>
                </li>
              ))}
            </ul>
            {happened.length === 0 && <p class="empty">Nothing since this page was opened.</p>}
          </div>
        </div>
      </div>
      {exiting.value && <ExitTrade trade={shown} close={() => (exiting.value = false)} />}
    </section>
  );
}
