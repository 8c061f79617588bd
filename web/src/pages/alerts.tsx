// What wants a person, newest first; seen is seen, and nothing is lost by it.
import { computed, effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count, dateTime, time, unbroken } from "../format";
import { service, shownAtNs } from "../live";
import { acknowledge, seenUntil } from "../seen";
import { story, together, type Shown as Line, type Told, type Weight } from "../story";
import { isUnprotected } from "../parts/trade-grid";
import { trades } from "../live";

// Whoever looks for the first time has not missed what was before.
effect(() => {
  if (seenUntil.value < 0 && shownAtNs.value > 0) acknowledge(shownAtNs.value);
});

const isAlert = (told: Told) => told.weight === "critical" || told.weight === "warning";
export const unread = computed(() => story.value.filter((told) => isAlert(told) && told.atNs > seenUntil.value).length);

const WORDS: Record<Weight, string> = { critical: "Critical", warning: "Warning", act: "Done", info: "Note" };
const SIGNS: Record<Weight, string> = { critical: "▼", warning: "◆", act: "●", info: "·" };

type Shown = "alerts" | "all";

export function Alerts() {
  const shown = useSignal<Shown>("alerts");
  const wanted: readonly Line[] = shown.value === "alerts" ? together(story.value.filter(isAlert)) : story.value;
  const newest = story.value[0]?.atNs ?? 0;
  const before = useSignal(seenUntil.peek());
  useEffect(() => () => acknowledge(newest), [newest]);
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>Alerts</h1>
        <span class="segmented" role="group" aria-label="Which">
          <button type="button" aria-pressed={shown.value === "alerts"} onClick={() => (shown.value = "alerts")}>
            Alerts
          </button>
          <button type="button" aria-pressed={shown.value === "all"} onClick={() => (shown.value = "all")}>
            Everything
          </button>
        </span>
        <span class="spacer" />
        <button
          type="button"
          data-seen
          onClick={() => {
            acknowledge(newest);
            before.value = newest;
          }}
        >
          I have seen them
        </button>
      </header>
      <Standing />
      <div class="card">
        <table class="figures alerts">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Weight</th>
              <th scope="col">What</th>
              <th scope="col">
                <span class="unseen">More</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {wanted.slice(0, 300).map((told) => (
              <tr key={told.key} class={`${told.weight} ${told.atNs > before.value && isAlert(told) ? "new" : ""}`}>
                <td class="num">
                  <time title={dateTime(told.at)}>{time(told.at)}</time>
                </td>
                <td class="weight">
                  <span aria-hidden="true">{SIGNS[told.weight]}</span> {WORDS[told.weight]}
                </td>
                <td>
                  {unbroken(told.text)} {told.before ? <span class="badge none">{count(told.before, "time")} before</span> : null}
                </td>
                <td class="right">
                  {told.trade !== undefined ? <a href={`/trades/${told.trade}`}>why</a> : told.strategy !== undefined ? <a href={`/strategies/${told.strategy}`}>open</a> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {wanted.length === 0 && <p class="empty">Nothing wants you.</p>}
      </div>
    </section>
  );
}

/** What goes on as long as it goes on. */
function Standing() {
  const without = trades.value.filter(isUnprotected);
  const { alarms } = service.value;
  if (alarms.length + without.length === 0) return null;
  return (
    <div class="card">
      <h2>Standing</h2>
      <ul class="feed-list">
        {alarms.map((alarm) => (
          <li key={alarm.code} class="warning">
            <time class="num dim">{time(alarm.since)}</time>
            <span>
              {alarm.message}. {alarm.hint}
            </span>
          </li>
        ))}
        {without.slice(0, 20).map((trade) => (
          <li key={trade.id} class="warning">
            <time class="num dim">{time(trade.opened_at)}</time>
            <span>
              {trade.name || `t${trade.id}`} {trade.symbol} has no stop
            </span>
            <a href={`/rules/new?on=trade&id=${trade.id}`}>add one</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
