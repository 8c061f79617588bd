// Every trade that has not ended, in one grid: grouped, filtered, with totals of what is shown.
import { useComputed, useSignal } from "@preact/signals";
import { count } from "../format";
import { trades } from "../live";
import { Dialog } from "../parts/dialog";
import { Money, nearness } from "../parts/figures";
import { COLUMNS, csv, GROUPINGS, isUnprotected, ordered, total, TradeGrid, type Grouping } from "../parts/trade-grid";
import { query } from "../router";
import { save } from "../save";
import { density, filters, grouping, hiddenColumns } from "../settings";
import { mayTrade } from "../session";
import { distance } from "../trade-room";
import type { Trade } from "../wire";

const FILTERS: [id: string, name: string, fits: (trade: Trade) => boolean][] = [
  ["long", "Long", (trade) => trade.side === "buy"],
  ["short", "Short", (trade) => trade.side === "sell"],
  ["near", "Near its stop", (trade) => ["near", "breach"].includes(nearness(distance(trade)?.share))],
  ["unprotected", "No stop", isUnprotected],
  ["winning", "Winning", (trade) => trade.mtm_x4 > 0],
  ["losing", "Losing", (trade) => trade.mtm_x4 < 0],
  ["waiting", "Pending or exiting", (trade) => trade.status !== "open"],
];

export function Positions() {
  const search = useSignal("");
  const choosing = useSignal(false);
  const paused = useSignal(false);
  const asked = query.value.get("filter");
  if (asked && filters.peek().join() !== asked && !query.value.has("seen")) {
    filters.value = [asked];
    query.value = new URLSearchParams({ seen: "1" });
  }
  const shown = useComputed(() => {
    const chosen = FILTERS.filter(([id]) => filters.value.includes(id));
    const words = search.value.trim().toLowerCase();
    return trades.value.filter(
      (trade) =>
        chosen.every(([, , fits]) => fits(trade)) &&
        (!words || `${trade.name} ${trade.symbol} ${trade.strategy_name} ${trade.account_name}`.toLowerCase().includes(words)),
    );
  });
  const isFiltered = filters.value.length > 0 || search.value.trim() !== "";
  const group = (GROUPINGS.find(([id]) => id === grouping.value)?.[0] ?? "strategy") as Grouping;
  const take = () => save("positions.csv", "text/csv", csv(ordered(shown.value, { column: "distance", down: false }), hiddenColumns.value));
  return (
    <section class="page positions">
      <header class="section">
        <h1 tabIndex={-1}>Positions</h1>
        <span class="sum" aria-live="off">
          {count(shown.value.length, "trade")} <Money value={total(shown.value)} />
        </span>
        {paused.value && <span class="badge watch">order paused</span>}
        <span class="spacer" />
        <button type="button" class="wide-only" onClick={() => (density.value = density.value === "compact" ? "normal" : "compact")} aria-pressed={density.value === "compact"}>
          Narrow rows
        </button>
        <button type="button" class="wide-only" onClick={() => (choosing.value = true)}>
          Columns…
        </button>
        <button type="button" onClick={take} disabled={shown.value.length === 0}>
          Save as CSV
        </button>
        {mayTrade.value && (
          <a class="button primary" href="/trades/new" data-new>
            Add trade
          </a>
        )}
      </header>
      <div class="toolbar" role="group" aria-label="What is shown">
        <input type="search" data-search aria-label="Search trades" placeholder="Search" value={search.value} onInput={(input) => (search.value = input.currentTarget.value)} />
        <label class="inline">
          Group by
          <select value={group} onChange={(change) => (grouping.value = change.currentTarget.value)}>
            {GROUPINGS.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <div class="filters" role="group" aria-label="Filters">
          {FILTERS.map(([id, name]) => (
            <button
              type="button"
              key={id}
              class="filter"
              aria-pressed={filters.value.includes(id)}
              onClick={() => (filters.value = filters.value.includes(id) ? filters.value.filter((one) => one !== id) : [...filters.value, id])}
            >
              {name}
            </button>
          ))}
          {isFiltered && (
            <button
              type="button"
              class="filter clear"
              onClick={() => {
                filters.value = [];
                search.value = "";
              }}
            >
              <i class="dot" aria-hidden="true" /> Filtered: show all
            </button>
          )}
        </div>
      </div>
      <TradeGrid label="Open trades" trades={shown} group={group} height="tall" paused={paused} empty={isFiltered ? "No trade fits the filters." : "Nothing is open."} />
      {choosing.value && (
        <Dialog title="Columns" close={() => (choosing.value = false)}>
          <div class="checks">
            {COLUMNS.map((column) => (
              <label class="check" key={column.id}>
                <input
                  type="checkbox"
                  checked={!hiddenColumns.value.includes(column.id)}
                  onChange={() =>
                    (hiddenColumns.value = hiddenColumns.value.includes(column.id) ? hiddenColumns.value.filter((one) => one !== column.id) : [...hiddenColumns.value, column.id])
                  }
                />
                {column.name}
              </label>
            ))}
          </div>
          <p class="hint">A column is drawn wider at the right edge of its head; a double click there gives it its usual width.</p>
        </Dialog>
      )}
    </section>
  );
}
