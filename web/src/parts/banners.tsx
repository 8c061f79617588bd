// What must not be missed, above every page: lost connections, the kill, stale prices, alarms, trades without a stop.
import { computed, signal } from "@preact/signals";
import { age, count, rupees, time } from "../format";
import { frozen, freeze, heardAt, isKilled, line, lostAt, now, prices, retry, service, shownAt, system, trades } from "../live";
import { status } from "../status";
import { openKill } from "./kill";

/** Trades that are open and that nothing would close. */
export const unprotected = computed(() => trades.value.filter((trade) => trade.status === "open" && trade.stop == null));
export const stale = computed(() => prices.value.filter((price) => price.stale));
const dismissed = signal("");

export function Banners() {
  const lost = line.value !== "live";
  const { alarms, journal_lost: journalLost, stopping, trades_cut: cut } = service.value;
  const without = unprotected.value;
  const withoutKey = without.map((trade) => trade.id).join(",");
  return (
    <div class="banners">
      {lost && heardAt.value > 0 && (
        <p class="banner critical" role="alert">
          <strong>Not connected.</strong> What you see is of {time(shownAt.value)} IST, {age(now.value - (lostAt.value || heardAt.value))} ago. Rules run on the
          server and go on.
          <button type="button" onClick={retry}>
            Try now
          </button>
        </p>
      )}
      {isKilled.value && (
        <p class="banner critical">
          <strong>The kill is engaged.</strong> Everything closes and no entry is taken.
          <button type="button" onClick={openKill}>
            Look, or release
          </button>
        </p>
      )}
      {journalLost && (
        <p class="banner critical" role="alert">
          <strong>The journal has stopped.</strong> Nothing is durable any more; exits go on by the emergency way. Look at the disk, then start again.
        </p>
      )}
      {stopping && <p class="banner warn">The service is stopping: exits on their way are waited for.</p>}
      {stale.value.length > 0 && (
        <p class="banner warn">
          <strong>{count(stale.value.length, "price is", "prices are")} stale:</strong> {stale.value.slice(0, 6).map((price) => price.symbol).join(", ")}
          {stale.value.length > 6 ? " …" : ""}. Figures that need them are uncertain.
        </p>
      )}
      {alarms.map((alarm) => (
        <p class="banner warn" key={alarm.code}>
          <strong>{alarm.message}.</strong> {alarm.hint} <span class="dim">since {time(alarm.since)}</span>
        </p>
      ))}
      {without.length > 0 && dismissed.value !== withoutKey && (
        <p class="banner warn">
          <strong>{count(without.length, "trade has", "trades have")} no stop:</strong> {without.slice(0, 5).map((trade) => trade.name || trade.symbol).join(", ")}
          {without.length > 5 ? " …" : ""}.
          <a href="/positions?filter=unprotected">Show</a>
          <button type="button" class="quiet" onClick={() => (dismissed.value = withoutKey)}>
            I know
          </button>
        </p>
      )}
      {cut && <p class="banner warn">There are more open trades than are shown here: the first 2,000.</p>}
      <Recovered />
      {frozen.value && (
        <p class="banner info">
          <strong>The screen stands still</strong> at {time(shownAt.value)} IST. Rules go on.
          <button type="button" onClick={freeze}>
            Go on
          </button>
        </p>
      )}
    </div>
  );
}

/** How long a start that found something is told. */
const NEWS = 15 * 60_000;
const seenStart = signal("");

/** What the last start found, until somebody has seen it or it is no news any more. */
function Recovered() {
  const { recovered, started, starts } = status.value?.service ?? {};
  if (!recovered || !started || seenStart.value === started || now.value - Date.parse(started) > NEWS) return null;
  const { open_trades: open, orders_again: again, from_emergency: emergency } = recovered;
  return (
    <div class={`banner ${recovered.after_crash ? "warn" : "info"}`}>
      <strong>{recovered.after_crash ? "Recovered after a crash" : "Started again"}</strong> at {time(started)} IST, start {starts}. The record ends at{" "}
      {time(recovered.stood_at)}, turn {recovered.turn}: {count(open, "trade")} open, mtm {rupees(recovered.mtm, "signed")} then and {rupees(system.value?.mtm, "signed")} now.
      {again > 0 && ` ${count(again, "order")} without an answer ${again === 1 ? "is" : "are"} asked again.`}
      {emergency > 0 && ` ${count(emergency, "fact")} of the emergency file ${emergency === 1 ? "is" : "are"} taken in.`}
      <button type="button" class="quiet" onClick={() => (seenStart.value = started)}>
        I know
      </button>
    </div>
  );
}
