// Trades in the grid: nearest to their stop first, grouped as one likes.
import { effect, signal, useComputed, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { age, level, percent, price, quantity, rupees, way } from "../format";
import { now, price as live, trade as follow } from "../live";
import { go } from "../router";
import { hiddenColumns, isNarrow } from "../settings";
import { distance, expiry, shareOfEntry, underlying } from "../trade-room";
import type { Trade } from "../wire";
import { ExitTrade } from "./exit-trade";
import { Money, nearness, RoomBar, State } from "./figures";
import { Grid, type Column, type Line } from "./grid";

export type Grouping = "none" | "strategy" | "underlying" | "expiry" | "account";

export const GROUPINGS: [Grouping, string][] = [
  ["strategy", "Strategy"],
  ["underlying", "Underlying"],
  ["expiry", "Underlying and expiry"],
  ["account", "Account"],
  ["none", "No groups"],
];

const groupOf: Record<Grouping, (trade: Trade) => string> = {
  none: () => "",
  strategy: (trade) => trade.strategy_name,
  underlying: (trade) => underlying(trade.symbol),
  expiry: (trade) => `${underlying(trade.symbol)} · ${expiry(trade.symbol)}`,
  account: (trade) => trade.account_name,
};

const shareOf = (trade: Trade) => distance(trade)?.share ?? null;
const number = (text: string | null | undefined) => (text == null ? null : Number(text));
const signedPercent = (ppm: number | null) => (ppm !== null && ppm > 0 ? `+${percent(ppm, 2)}` : percent(ppm, 2));
const held = (trade: Trade) => (trade.opened_at_ns ? now.value - trade.opened_at_ns / 1e6 : null);

/** Whether anything would close it. */
export const isUnprotected = (trade: Trade) => trade.status === "open" && trade.stop == null;

function Distance({ trade }: { trade: Trade }) {
  const way = distance(trade);
  if (!way) return isUnprotected(trade) ? <span class="badge breach">no stop</span> : <span class="dim">–</span>;
  return (
    <span class="distance" title={`${percent(way.ofMark, 2)} of the price, about ${rupees(way.rupees)}`}>
      <RoomBar share={way.share} label={trade.name || trade.symbol} />
      <span class="num">{price(way.points)}</span>
    </span>
  );
}

/** A price that is old does not look like one that is not. */
function Mark({ trade }: { trade: Trade }) {
  if (!live(trade.instrument).value?.stale) return <>{price(trade.mark)}</>;
  return (
    <span class="stale" title="No price has come for too long">
      <span aria-hidden="true">◷ </span>
      {price(trade.mark)}
      <span class="unseen"> stale</span>
    </span>
  );
}

export const COLUMNS: Column<Trade>[] = [
  {
    id: "name",
    name: "Trade",
    width: 84,
    by: (trade) => trade.id,
    text: (trade) => trade.name || `t${trade.id}`,
    cell: (trade) => <a href={`/trades/${trade.id}`}>{trade.name || `t${trade.id}`}</a>,
  },
  { id: "symbol", name: "Symbol", width: 110, by: (trade) => trade.symbol, text: (trade) => trade.symbol, cell: (trade) => trade.symbol },
  { id: "strategy", name: "Strategy", width: 100, by: (trade) => trade.strategy_name, text: (trade) => trade.strategy_name, cell: (trade) => <span class="dim">{trade.strategy_name}</span> },
  {
    id: "side",
    name: "Side",
    width: 52,
    by: (trade) => trade.side,
    text: (trade) => trade.side,
    cell: (trade) => <span class={`side ${trade.side}`}>{trade.side === "buy" ? "long" : "short"}</span>,
  },
  { id: "quantity", name: "Quantity", width: 76, right: true, by: (trade) => number(trade.open), text: (trade) => trade.open, cell: (trade) => quantity(trade.open) },
  { id: "entry", name: "Entry", width: 90, right: true, by: (trade) => number(trade.entry), text: (trade) => trade.entry ?? "", cell: (trade) => price(trade.entry) },
  { id: "mark", name: "Mark", width: 90, right: true, by: (trade) => number(trade.mark), text: (trade) => trade.mark ?? "", cell: (trade) => <Mark trade={trade} /> },
  {
    id: "mtm-share",
    name: "Mtm %",
    width: 70,
    right: true,
    by: shareOfEntry,
    text: (trade) => (shareOfEntry(trade) == null ? "" : (shareOfEntry(trade)! / 1e4).toFixed(2)),
    cell: (trade) => <span class={`num ${way(trade.mtm)}`}>{signedPercent(shareOfEntry(trade))}</span>,
  },
  { id: "mtm", name: "Mtm", width: 100, right: true, by: (trade) => trade.mtm_x4, text: (trade) => trade.mtm, cell: (trade) => <Money value={trade.mtm} /> },
  {
    id: "distance",
    name: "Room to stop",
    width: 148,
    right: true,
    by: shareOf,
    text: (trade) => distance(trade)?.points ?? "",
    cell: (trade) => <Distance trade={trade} />,
  },
  { id: "stop", name: "Stop", width: 90, right: true, by: (trade) => number(trade.stop), text: (trade) => trade.stop ?? "", cell: (trade) => level(trade.stop) },
  { id: "target", name: "Target", width: 90, right: true, by: (trade) => number(trade.target), text: (trade) => trade.target ?? "", cell: (trade) => level(trade.target) },
  { id: "best", name: "Best", width: 90, right: true, by: (trade) => number(trade.best), text: (trade) => trade.best ?? "", cell: (trade) => price(trade.best) },
  { id: "age", name: "Held", width: 76, right: true, by: held, text: (trade) => trade.opened_at ?? "", cell: (trade) => (held(trade) == null ? "–" : age(held(trade)!)) },
  { id: "account", name: "Account", width: 80, by: (trade) => trade.account_name, text: (trade) => trade.account_name, cell: (trade) => <span class="dim">{trade.account_name}</span> },
  { id: "status", name: "State", width: 80, by: (trade) => trade.status, text: (trade) => trade.status, cell: (trade) => (trade.status === "open" ? <span class="dim">open</span> : <State state={trade.status} />) },
];

interface Props {
  label: string;
  trades: ReadonlySignal<Trade[]>;
  group: Grouping;
  /** All of them are of one strategy, which needs no column then. */
  isOfOne?: boolean;
  height: "short" | "tall";
  paused?: Signal<boolean>;
  empty?: string;
}

/** An order that changes every moment cannot be read: it is made anew so often. */
const ORDER_PACE = 1_000;

export function TradeGrid({ label, trades, group, isOfOne = false, height, paused, empty = "Nothing is open here." }: Props) {
  const sort = useSignal({ column: "distance", down: false });
  const folded = useSignal<readonly string[]>([]);
  const isFocused = useSignal(false);
  const exiting = useSignal<Trade | undefined>(undefined);
  const lines = useMemo(() => signal<Line<Trade>[]>([]), []);
  const wanted = hiddenColumns.value;
  const columns = COLUMNS.filter((column) => !wanted.includes(column.id) && !((isOfOne || group === "strategy") && column.id === "strategy"));
  const sums = useMemo(() => signal<ReadonlyMap<string, string>>(new Map()), []);
  useEffect(() => {
    let made = 0;
    let order: number[] = [];
    let before = sort.peek();
    return effect(() => {
      const all = trades.value;
      const isPaused = isFocused.value;
      const known = new Set(order);
      const same = all.length === order.length && all.every((trade) => known.has(trade.id));
      if (!isPaused && (Date.now() - made >= ORDER_PACE || !same || sort.value !== before)) {
        order = ordered(all, sort.value).map((trade) => trade.id);
        made = Date.now();
        before = sort.value;
      } else if (!same) order = kept(order, all);
      const byId = new Map(all.map((trade) => [trade.id, trade]));
      const rows = order.map((id) => byId.get(id)).filter((trade) => trade !== undefined);
      const groups = byGroup(rows, group);
      sums.value = new Map([...groups].map(([key, members]) => [key, total(members)]));
      const next = grouped(groups, group, folded.value);
      // Rows and groups follow their trades themselves: a line is new only when its place is.
      if (!isSame(lines.peek(), next)) lines.value = next;
    });
  }, [group, trades]);
  return (
    <div class={`grid-frame ${height}`}>
      <Grid
        label={label}
        lines={lines}
        follow={follow}
        columns={columns}
        sort={sort.value}
        setSort={(column) => (sort.value = { column, down: sort.value.column === column && !sort.value.down })}
        toggle={(key) => (folded.value = folded.value.includes(key) ? folded.value.filter((one) => one !== key) : [...folded.value, key])}
        summary={(key) => <GroupSum sums={sums} group={key} />}
        open={(trade) => go(`/trades/${trade.id}`)}
        keys={{ w: (trade) => go(`/trades/${trade.id}`), x: (trade) => (exiting.value = trade) }}
        card={(trade) => <Card trade={trade} />}
        tone={(trade) => (isUnprotected(trade) ? "unprotected" : nearness(shareOf(trade)))}
        focused={(is) => {
          isFocused.value = is && !isNarrow.value;
          if (paused) paused.value = isFocused.value;
        }}
        empty={empty}
      />
      {exiting.value && <ExitTrade trade={exiting.value} close={() => (exiting.value = undefined)} />}
    </div>
  );
}

function Card({ trade }: { trade: Trade }) {
  return (
    <a href={`/trades/${trade.id}`} class="leg">
      <span class="leg-line">
        <strong>{trade.symbol}</strong>
        <span class={`side ${trade.side}`}>{trade.side === "buy" ? "long" : "short"}</span>
        <span class="dim num">{quantity(trade.open)}</span>
        <State state={trade.status} />
        <span class="spacer" />
        <Money value={trade.mtm} />
      </span>
      <span class="leg-line">
        <span class="dim">{trade.strategy_name}</span>
        <span class="spacer" />
        <Distance trade={trade} />
      </span>
    </a>
  );
}

export function ordered(all: readonly Trade[], sort: { column: string; down: boolean }): Trade[] {
  const by = COLUMNS.find((column) => column.id === sort.column)?.by ?? shareOf;
  const way = sort.down ? -1 : 1;
  const keyed = all.map((trade) => ({ trade, key: by(trade) }));
  keyed.sort((one, other) => {
    // What has nothing to compare is last, whichever way; but no stop at all is nearest of all.
    if (one.key === null || other.key === null) {
      if (sort.column === "distance" && one.key !== other.key) return (one.key === null ? Number(!isUnprotected(one.trade)) : 0.5) - (other.key === null ? Number(!isUnprotected(other.trade)) : 0.5);
      return one.key === other.key ? one.trade.id - other.trade.id : one.key === null ? 1 : -1;
    }
    const compared = typeof one.key === "string" ? one.key.localeCompare(String(other.key)) : one.key - Number(other.key);
    return compared === 0 ? one.trade.id - other.trade.id : way * compared;
  });
  return keyed.map((one) => one.trade);
}

/** The order stays; what is new comes last. */
function kept(order: readonly number[], all: readonly Trade[]): number[] {
  const there = new Set(all.map((trade) => trade.id));
  const before = new Set(order);
  return [...order.filter((id) => there.has(id)), ...all.map((trade) => trade.id).filter((id) => !before.has(id))];
}

function byGroup(rows: readonly Trade[], group: Grouping): Map<string, Trade[]> {
  const groups = new Map<string, Trade[]>();
  for (const row of rows) {
    const key = groupOf[group](row);
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

function grouped(groups: Map<string, Trade[]>, group: Grouping, folded: readonly string[]): Line<Trade>[] {
  const lines: Line<Trade>[] = [];
  for (const [key, members] of groups) {
    const isOpen = group === "none" || !folded.includes(key);
    if (group !== "none") lines.push({ kind: "group", key, isOpen, count: members.length });
    if (isOpen) for (const row of members) lines.push({ kind: "row", row });
  }
  return lines;
}

function GroupSum({ sums, group }: { sums: ReadonlySignal<ReadonlyMap<string, string>>; group: string }) {
  const sum = useComputed(() => sums.value.get(group));
  return <Money value={sum.value} />;
}

/** Of whole numbers of 1e-4 rupee, so that nothing is lost on the way. */
export function total(trades: readonly Trade[]): string {
  let sum = 0n;
  for (const trade of trades) sum += BigInt(trade.mtm_x4);
  const sign = sum < 0n ? "-" : "";
  const digits = (sum < 0n ? -sum : sum).toString().padStart(5, "0");
  return `${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

function isSame(before: Line<Trade>[], after: Line<Trade>[]): boolean {
  const isLike = (one: Line<Trade>, other: Line<Trade>) =>
    one.kind === "row" ? other.kind === "row" && one.row.id === other.row.id : other.kind === "group" && one.key === other.key && one.count === other.count && one.isOpen === other.isOpen;
  return before.length === after.length && before.every((one, at) => isLike(one, after[at]!));
}

export function csv(trades: readonly Trade[], hidden: readonly string[]): string {
  const columns = COLUMNS.filter((column) => !hidden.includes(column.id));
  const cell = (text: string) => {
    // A sheet takes what begins so for a formula.
    const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [columns.map((column) => column.name), ...trades.map((trade) => columns.map((column) => column.text(trade)))];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}
