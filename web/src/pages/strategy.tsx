// One strategy: how far from its floor, its curve, its rules in words, its trades, what happened in it.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, told } from "../api";
import { count, money, percent, rupees, time, unbroken } from "../format";
import { strategy, thaw, trades } from "../live";
import { ScopeChart } from "../parts/chart";
import { Dialog } from "../parts/dialog";
import { Money, Near, nearness, RoomBar, State, Tile } from "../parts/figures";
import { RuleList } from "../parts/rule-list";
import { toast } from "../parts/toasts";
import { rules, isOn, watchRules } from "../rulebook";
import { mayTrade } from "../session";
import { story, together } from "../story";
import { TradeGrid } from "../parts/trade-grid";

export function Strategy({ id }: { id: number }) {
  const row = strategy(id).value;
  useEffect(watchRules, []);
  const own = useComputed(() => trades.value.filter((trade) => trade.strategy === id));
  const asks = useSignal<"" | "halt" | "exit">("");
  if (!row) {
    return (
      <section class="page">
        <h1 tabIndex={-1}>Strategy</h1>
        <p class="empty">There is no strategy {id}, or it is not known yet.</p>
      </section>
    );
  }
  const isHalted = row.state === "halted";
  const happened = together(story.value.filter((one) => one.strategy === id)).slice(0, 20);
  const inForce = rules.value.filter((view) => isOn(view.rule.scope, "Strategy", id));
  const resume = async () => {
    try {
      await post(`/api/v1/strategies/${id}/resume`, { reason: "resumed from the dashboard" });
      toast("good", `${row.name} takes entries again`);
    } catch (error) {
      toast("bad", told(error));
    }
  };
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>{row.name}</h1>
        <State state={row.state} />
        <Near share={row.room_share} />
        {row.uncertain && <span class="badge watch">uncertain: a price is missing or stale</span>}
        <span class="spacer" />
        {mayTrade.value && (
          <span class="actions">
            <a class="button primary" href={`/trades/new?strategy=${id}`} data-new>
              Add trade
            </a>
            <a class="button" href={`/rules/new?on=strategy&id=${id}`}>
              Add rule
            </a>
            {isHalted ? (
              <button type="button" data-halt onClick={() => void resume()}>
                Resume entries
              </button>
            ) : (
              <button type="button" data-halt onClick={() => (asks.value = "halt")}>
                Halt entries…
              </button>
            )}
            <button type="button" class="danger-quiet" disabled={row.open_trades === 0} onClick={() => (asks.value = "exit")}>
              Exit all…
            </button>
          </span>
        )}
      </header>
      <div class="tiles">
        <Tile label="Room" tone={`hero ${nearness(row.room_share)}`}>
          <span class="num">{row.room != null ? money(row.room) : "no floor"}</span>
          {row.room_share != null && (
            <>
              <RoomBar share={row.room_share} label={row.name} />
              <small class="dim">{percent(row.room_share, 1)} of the way from peak to floor</small>
            </>
          )}
        </Tile>
        <Tile label="Mtm">
          <Money value={row.mtm} />
          <small class="dim">
            realised <Money value={row.realised} places={0} /> · open <Money value={row.unrealised} places={0} />
          </small>
        </Tile>
        <Tile label="Peak">
          <span class="num">{money(row.peak)}</span>
        </Tile>
        <Tile label="Floor">
          <span class="num">{row.floor != null ? money(row.floor, "signed") : "none yet"}</span>
        </Tile>
        <Tile label="Trades">
          <span class="num">{row.open_trades}</span>
          <small class="dim">of {row.total_trades} in all</small>
        </Tile>
      </div>
      <div class="columns">
        <div class="card">
          <ScopeChart name={`strategy:${id}`} title={`Mtm of ${row.name}`} wants={(one) => one.strategy === id} />
        </div>
        <div class="card">
          <header class="section">
            <h2>Rules in words</h2>
          </header>
          <RuleList views={inForce} empty="No rule watches this strategy as a whole." />
        </div>
      </div>
      <header class="section">
        <h2>Trades</h2>
      </header>
      <TradeGrid label={`Trades of ${row.name}`} trades={own} group="none" isOfOne height="short" />
      <div class="card">
        <h2>What happened</h2>
        <ul class="feed-list">
          {happened.map((one) => (
            <li key={one.key} class={one.weight}>
              <time class="num dim">{time(one.at)}</time>
              <span>{unbroken(one.text)}</span>
              {one.before ? <small class="dim">{count(one.before, "time")} before</small> : null}
              {one.trade !== undefined && <a href={`/trades/${one.trade}`}>why</a>}
            </li>
          ))}
        </ul>
        {happened.length === 0 && <p class="empty">Nothing yet.</p>}
      </div>
      {asks.value === "halt" && <Halt id={id} name={row.name} close={() => (asks.value = "")} />}
      {asks.value === "exit" && <ExitAll id={id} name={row.name} open={row.open_trades} mtm={row.unrealised} close={() => (asks.value = "")} />}
    </section>
  );
}

function Halt({ id, name, close }: { id: number; name: string; close: () => void }) {
  const reason = useSignal("");
  const halt = async () => {
    try {
      await post(`/api/v1/strategies/${id}/halt`, { reason: reason.value.trim() });
      toast("good", `${name} takes no entries; protection goes on`);
      close();
    } catch (error) {
      toast("bad", told(error));
    }
  };
  return (
    <Dialog title={`Halt entries of ${name}`} close={close}>
      <p>Nothing enters until you resume. Stops, floors and exits go on.</p>
      <form
        onSubmit={(submit) => {
          submit.preventDefault();
          void halt();
        }}
      >
        <label>
          Reason, for the record
          <input required value={reason.value} onInput={(input) => (reason.value = input.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          Halt entries
        </button>
      </form>
    </Dialog>
  );
}

function ExitAll({ id, name, open, mtm, close }: { id: number; name: string; open: number; mtm: string; close: () => void }) {
  const typed = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  // Who closes all of it must see what that is.
  useEffect(thaw, []);
  const exit = async () => {
    busy.value = true;
    failed.value = "";
    try {
      const done = await post(`/api/v1/strategies/${id}/exit`, { reason: `exit of ${name} from the dashboard` });
      const [first, ...others] = done.told;
      toast("good", first ? `${first}${others.length ? `, and ${others.length} more` : ""}` : `nothing of ${name} was left to exit`);
      close();
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <Dialog title={`Exit all of ${name}`} close={close} tone="danger">
      <p>
        <strong>{count(open, "trade")}</strong> {open === 1 ? "exits" : "exit"} at the market, about {rupees(mtm, "signed")} open; shorts go first. Entries stay possible; halt them too if you mean it.
      </p>
      <form
        onSubmit={(submit) => {
          submit.preventDefault();
          void exit();
        }}
      >
        <label>
          <span>
            Type <code>{name}</code>
          </span>
          <input value={typed.value} autocomplete="off" onInput={(input) => (typed.value = input.currentTarget.value)} />
        </label>
        {failed.value && (
          <p class="problem" role="alert">
            {failed.value}
          </p>
        )}
        <button type="submit" class="danger" disabled={busy.value || typed.value.trim() !== name}>
          Exit {count(open, "trade")}
        </button>
      </form>
    </Dialog>
  );
}
