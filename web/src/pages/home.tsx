// Everything at a glance: room first, then the curve of the day, what is nearest, what happened.
import { computed } from "@preact/signals";
import { count, money, percent, price, time, unbroken } from "../format";
import { curve, points } from "../history";
import { accounts, isKilled, strategies, system, trades } from "../live";
import { ScopeChart } from "../parts/chart";
import { Money, Near, nearness, RoomBar, Spark, State, Tile } from "../parts/figures";
import { mayTrade } from "../session";
import { story, together } from "../story";
import { distance } from "../trade-room";
import type { Row, Trade } from "../wire";

/** What could act next, least room first: scopes by the share of their room, trades by the way to their stop. */
interface Nearest {
  key: string;
  name: string;
  href: string;
  kind: string;
  room: string;
  share: number;
}

const byRoom = (one: Row, other: Row) => (one.room_x4 ?? Infinity) - (other.room_x4 ?? Infinity);
export const strategiesByRoom = computed(() => [...strategies.value].sort(byRoom));

const nearest = computed<Nearest[]>(() => {
  const found: Nearest[] = [];
  for (const row of [...strategies.value, ...accounts.value]) {
    if (row.room == null || row.room_share == null || row.open_trades === 0) continue;
    const href = row.scope === "strategy" ? `/strategies/${row.id}` : "/rules";
    found.push({ key: `${row.scope}${row.id}`, name: row.name, href, kind: `${row.scope} floor`, room: money(row.room), share: row.room_share });
  }
  for (const trade of trades.value) {
    const way = distance(trade);
    if (!way) continue;
    found.push({ key: `t${trade.id}`, name: `${trade.name || `t${trade.id}`} ${trade.symbol}`, href: `/trades/${trade.id}`, kind: "stop", room: `${price(way.points)} pts`, share: way.share });
  }
  return found.sort((a, b) => a.share - b.share).slice(0, 8);
});

const told = computed(() => together(story.value.filter((one) => one.kind !== "rule").slice(0, 200)).slice(0, 14));
const worst = computed<Trade | undefined>(() => [...trades.value].sort((a, b) => a.mtm_x4 - b.mtm_x4)[0]);

export function Home() {
  const day = system.value;
  const account = accounts.value.find((row) => row.room != null);
  const floorOf = day?.room != null ? day : account;
  const leg = worst.value;
  const near = strategies.value.filter((row) => ["near", "breach"].includes(nearness(row.room_share))).length;
  return (
    <section class="page home">
      <h1 class="unseen" tabIndex={-1}>
        Home
      </h1>
      <div class="tiles">
        <Tile label="Room to the account's floor" tone={`hero ${nearness(floorOf?.room_share)}`} href="/rules">
          <span class="num">{floorOf?.room != null ? money(floorOf.room) : "no floor"}</span>
          {floorOf?.room_share != null && (
            <>
              <RoomBar share={floorOf.room_share} label="The account" />
              <small class="dim">{percent(floorOf.room_share, 0)} left</small>
            </>
          )}
        </Tile>
        <Tile label="Mtm of the day">
          <Money value={day?.mtm} />
          <small class="dim">
            realised <Money value={day?.realised} places={0} />
          </small>
        </Tile>
        <Tile label="Peak">
          <span class="num">{money(day?.peak)}</span>
          <small class="dim">{givenBack(day)}</small>
        </Tile>
        <Tile label="Strategies near a floor" tone={near ? "near" : ""} href="/strategies">
          <span class="num">{near}</span>
          <small class="dim">of {strategies.value.length}</small>
        </Tile>
        <Tile label="Worst trade" {...(leg ? { href: `/trades/${leg.id}` } : {})}>
          {leg ? <Money value={leg.mtm} /> : "–"}
          <small class="dim">{leg ? `${leg.name || `t${leg.id}`} ${leg.symbol}` : "nothing is open"}</small>
        </Tile>
      </div>
      <div class="columns">
        <div class="card">
          <ScopeChart name="system" title="Mtm of everything today" wants={(told) => told.weight !== "info"} />
        </div>
        <div class="card nearest">
          <h2>Nearest to breach</h2>
          <ol>
            {nearest.value.map((one) => (
              <li key={one.key}>
                <a href={one.href}>
                  <span class="grow">
                    {one.name} <small class="dim">{one.kind}</small>
                  </span>
                  <span class="num">{one.room}</span>
                  <RoomBar share={one.share} label={one.name} />
                  <span class="num dim share">{percent(one.share, 0)}</span>
                </a>
              </li>
            ))}
          </ol>
          {nearest.value.length === 0 && <p class="empty">Nothing is open that a rule would close.</p>}
        </div>
      </div>
      <div class="columns">
        <div>
          <header class="section">
            <h2>Strategies, least room first</h2>
            {mayTrade.value && (
              <a class="button" href="/strategies/new" data-new>
                New strategy
              </a>
            )}
          </header>
          <div class="cards">
            {strategiesByRoom.value.map((row) => (
              <StrategyCard key={row.id} row={row} />
            ))}
          </div>
          {strategies.value.length === 0 && <p class="empty">There is no strategy yet.{isKilled.value ? " The kill is engaged." : ""}</p>}
        </div>
        <div class="card feed-card">
          <header class="section">
            <h2>What happened</h2>
            <a href="/alerts">All</a>
          </header>
          <ul class="feed-list">
            {told.value.map((one) => (
              <li key={one.key} class={one.weight}>
                <time class="num dim">{time(one.at)}</time>
                <span>{unbroken(one.text)}</span>
                {one.before ? <small class="dim">{count(one.before, "time")} before</small> : null}
              </li>
            ))}
          </ul>
          {told.value.length === 0 && <p class="empty">Nothing yet.</p>}
        </div>
      </div>
    </section>
  );
}

/** How much of the peak has gone again. */
function givenBack(row: Row | undefined): string {
  if (!row || row.peak_x4 <= 0) return "nothing to give back yet";
  const back = Math.max(0, row.peak_x4 - row.mtm_x4);
  return back >= row.peak_x4 ? "all of it given back" : `${percent((back / row.peak_x4) * 1e6)} given back`;
}

export function StrategyCard({ row }: { row: Row }) {
  points.value;
  return (
    <a class={`card strategy-card ${nearness(row.room_share)}`} href={`/strategies/${row.id}`}>
      <span class="card-head">
        <strong>{row.name}</strong>
        <State state={row.state} />
        <Near share={row.room_share} />
        {row.uncertain && <span class="badge watch">uncertain</span>}
      </span>
      <span class="card-room">
        <span class="tile-label">Room</span>
        <span class="num big">{row.room != null ? money(row.room) : "no floor"}</span>
        <RoomBar share={row.room_share} label={row.name} />
      </span>
      <span class="card-foot">
        <span>
          <span class="tile-label">Mtm</span>
          <Money value={row.mtm} places={0} />
        </span>
        <span>
          <span class="tile-label">Peak</span>
          <Money value={row.peak} sign="plain" places={0} />
        </span>
        <span>
          <span class="tile-label">Floor</span>
          <Money value={row.floor} sign="signed" places={0} class="even" />
        </span>
        <Spark values={curve(`strategy:${row.id}`).mtm} label={`Mtm of ${row.name}`} />
      </span>
    </a>
  );
}
