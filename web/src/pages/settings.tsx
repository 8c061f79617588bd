// How this screen looks, and how the service does.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { age, dateTime, grouped } from "../format";
import { freshness } from "../app";
import { now, service } from "../live";
import { density, letters, palette, theme, type Density, type Palette, type Theme } from "../settings";
import { me } from "../session";
import { status } from "../status";

interface ChoiceProps<T extends string> {
  legend: string;
  name: string;
  value: T;
  all: [T, string][];
  set: (value: T) => void;
}

function Choice<T extends string>({ legend, name, value, all, set }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class="segments">
        {all.map(([id, text]) => (
          <label class="check" key={id}>
            <input type="radio" name={name} checked={value === id} onChange={() => set(id)} /> {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const THEMES: [Theme, string][] = [
  ["auto", "As the system"],
  ["dark", "Dark"],
  ["light", "Light"],
];
const PALETTES: [Palette, string][] = [
  ["green-red", "Green gains, red losses"],
  ["red-green", "Red gains, green losses"],
  ["blue-orange", "Blue and orange: for every eye"],
];
const DENSITIES: [Density, string][] = [
  ["normal", "Usual rows"],
  ["compact", "Narrow rows"],
];

export function Settings() {
  return (
    <section class="page">
      <h1 tabIndex={-1}>Settings and health</h1>
      <div class="columns even">
        <div class="card">
          <h2>This screen</h2>
          <Choice legend="Theme" name="theme" value={theme.value} all={THEMES} set={(value) => (theme.value = value)} />
          <Choice legend="Gains and losses" name="palette" value={palette.value} all={PALETTES} set={(value) => (palette.value = value)} />
          <p>
            <span class="num gain">+₹1,23,456.50</span> <span class="num loss">−₹98,765.00</span>
          </p>
          <Choice legend="Rows" name="density" value={density.value} all={DENSITIES} set={(value) => (density.value = value)} />
          <label class="check">
            <input type="checkbox" checked={letters.value} onChange={(change) => (letters.value = change.currentTarget.checked)} /> Single letters do something (<kbd>?</kbd> tells what)
          </label>
          <p class="hint">You are {me.value?.by}, and may do what {me.value?.role} may. Times are Indian (IST); storage is UTC.</p>
        </div>
        <Health />
      </div>
      <Configuration />
    </section>
  );
}

function Health() {
  const known = status.value;
  const found = known?.service;
  const micro = (value: number) => (value >= 1000 ? `${(value / 1000).toFixed(1)} ms` : `${value} µs`);
  const latency = (p50: number, p99: number, most: number) => `p50 ${micro(p50)} · p99 ${micro(p99)} · most ${micro(most)}`;
  const rows: [string, string][] = found
    ? [
        ["Connection of this page", freshness.value.text],
        ["Feed", `${found.feed}, ${grouped(String(found.feed_ticks))} ticks`],
        ["Waiting", `${found.waiting_requests} requests, ${found.waiting_ticks} ticks`],
        ["From tick to decided exit", latency(found.decision_latency_p50_us, found.decision_latency_p99_us, found.decision_latency_max_us)],
        ["From tick to durable exit", latency(found.exit_latency_p50_us, found.exit_latency_p99_us, found.exit_latency_max_us)],
        ["Journal", found.journal_lost ? "lost" : `durable up to turn ${grouped(String(found.durable_turn))}`],
        ["Running for", `${age(now.value - Date.parse(found.started))}, since ${dateTime(found.started)}`],
        ["Starts on this folder", String(found.starts)],
        ["Version", found.version],
      ]
    : [];
  return (
    <div class="card">
      <h2>The service</h2>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
      </dl>
      <h2>Alarms</h2>
      {service.value.alarms.length === 0 ? (
        <p class="empty">None sounds.</p>
      ) : (
        <ul class="feed-list">
          {service.value.alarms.map((alarm) => (
            <li key={alarm.code} class="warning">
              <span>
                {alarm.message}. {alarm.hint}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        The whole check: <code>highmark doctor</code>. Figures for Prometheus: <code>/metrics</code>.
      </p>
    </div>
  );
}

function Configuration() {
  const found = useSignal<Record<string, { value: unknown; origin: string }>>({});
  useEffect(() => {
    get<typeof found.value>("/api/v1/config").then(
      (read) => (found.value = read),
      () => undefined,
    );
  }, []);
  const keys = Object.entries(found.value);
  return (
    <div class="card">
      <h2>Configuration in force</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Configuration in force">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Value</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {keys.map(([key, { value, origin }]) => (
              <tr key={key}>
                <th scope="row">
                  <code>{key}</code>
                </th>
                <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
                <td class="dim">{origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        It is changed with <code>highmark config set</code> and read again with <code>highmark config reload</code>.
      </p>
    </div>
  );
}
