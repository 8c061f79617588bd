// The curve of a scope: mtm with its peak, the floor in steps, room shaded between them, what happened as marks, and
// the drawdown below under the same cursor. The drawing library is loaded with the first chart.
import { effect, signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rupees, stamp, time } from "../format";
import { recall } from "../curve";
import { curve, points, type Curve } from "../history";
import { earlierStrategies } from "../live";
import { isDark, palette } from "../settings";
import { save } from "../save";
import { story, type Told } from "../story";

type Plot = typeof import("./plot");
const plot = signal<Plot | undefined>(undefined);
let loading: Promise<void> | undefined;

function load(): void {
  loading ??= import("./plot").then((module) => {
    plot.value = module;
  });
}

/** Seconds that are shown; 0 is all. */
const SPANS: [label: string, seconds: number][] = [
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["All", 0],
];

interface Props {
  /** As the history knows it: `system`, `strategy:3`. */
  name: string;
  title: string;
  wants: (told: Told) => boolean;
}

export interface Mark {
  at: number;
  tone: "bad" | "warn" | "good";
  text: string;
}

export function ScopeChart({ name, title, wants }: Props) {
  const span = useSignal(300);
  const isTable = useSignal(false);
  const host = useRef<HTMLDivElement>(null);
  useEffect(load, []);
  useEffect(() => void recall(name, earlierStrategies.value), [name, earlierStrategies.value]);
  useEffect(() => {
    const at = host.current;
    const module = plot.value;
    if (!at || !module || isTable.value) return undefined;
    const drawn = module.draw(at, title);
    const stop = effect(() => {
      points.value;
      void [isDark.value, palette.value];
      drawn.show(cut(curve(name), span.value), marks(wants));
    });
    return () => {
      stop();
      drawn.end();
    };
  }, [name, plot.value, isTable.value, isDark.value, palette.value]);
  const all = curve(name);
  points.value;
  const shown = cut(all, span.value);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend" aria-hidden="true">
          <i class="line mtm" /> mtm <i class="line peak" /> peak <i class="line floor" /> floor
        </span>
        <span class="segmented" role="group" aria-label="How far back">
          {SPANS.map(([label, seconds]) => (
            <button type="button" key={label} aria-pressed={span.value === seconds} onClick={() => (span.value = seconds)}>
              {label}
            </button>
          ))}
        </span>
        <button type="button" class="quiet small wide-only" disabled={shown.at.length === 0} onClick={() => save(`${fileName(title)}.csv`, "text/csv", csv(shown))}>
          CSV
        </button>
        <button type="button" class="quiet small wide-only" disabled={isTable.value || shown.at.length < 2} onClick={() => host.current && picture(host.current, `${fileName(title)}.png`)}>
          PNG
        </button>
        <button type="button" class="quiet small" aria-pressed={isTable.value} onClick={() => (isTable.value = !isTable.value)}>
          {isTable.value ? "Chart" : "Table"}
        </button>
      </figcaption>
      {isTable.value ? (
        <CurveTable shown={shown} />
      ) : (
        <div ref={host} class="chart-host" role="img" aria-label={summary(title, shown)}>
          {shown.at.length < 2 && <p class="empty">The curve begins with the next prices.</p>}
        </div>
      )}
    </figure>
  );
}

/** The last seconds of a curve. */
export function cut(all: Curve, seconds: number): Curve {
  const last = all.at[all.at.length - 1];
  if (seconds === 0 || last === undefined) return all;
  let from = all.at.length;
  while (from > 0 && all.at[from - 1]! >= last - seconds) from--;
  return { at: all.at.slice(from), mtm: all.mtm.slice(from), peak: all.peak.slice(from), floor: all.floor.slice(from) };
}

function marks(wants: (told: Told) => boolean): Mark[] {
  const found: Mark[] = [];
  for (const told of story.value) {
    if (told.weight === "info" || told.kind === "refused" || !wants(told)) continue;
    const tone = told.weight === "critical" ? "bad" : told.weight === "warning" ? "warn" : "good";
    found.push({ at: Math.floor(told.atNs / 1e9), tone, text: told.text });
    if (found.length === 200) break;
  }
  return found;
}

const fileName = (title: string) => `highmark-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;

/** Times as the wire has them, money in rupees. */
function csv(shown: Curve): string {
  const cell = (value: number | null | undefined) => (value == null ? "" : value.toFixed(2));
  const lines = shown.at.map((at, index) => [stamp(at * 1000), cell(shown.mtm[index]), cell(shown.peak[index]), cell(shown.floor[index])].join(","));
  return ["time,mtm,peak,floor", ...lines, ""].join("\r\n");
}

/** Both panes, one under the other, as they are seen. */
function picture(host: HTMLElement, name: string): void {
  const panes = [...host.querySelectorAll("canvas")];
  const whole = document.createElement("canvas");
  whole.width = Math.max(...panes.map((pane) => pane.width));
  whole.height = panes.reduce((sum, pane) => sum + pane.height, 0);
  const ink = whole.getContext("2d");
  if (!ink) return;
  ink.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--face").trim();
  ink.fillRect(0, 0, whole.width, whole.height);
  let top = 0;
  for (const pane of panes) {
    ink.drawImage(pane, 0, top);
    top += pane.height;
  }
  whole.toBlob((blob) => blob && save(name, "image/png", blob));
}

const rounded = (value: number | null | undefined) => (value == null ? "–" : rupees(value.toFixed(2), "signed"));

function summary(title: string, shown: Curve): string {
  const last = shown.at.length - 1;
  if (last < 1) return `${title}: just begun`;
  const floor = shown.floor[last];
  const room = floor == null ? "there is no floor" : `the floor is ${rounded(floor)}`;
  return `${title}: ${rounded(shown.mtm[last])} now, from ${rounded(Math.min(...shown.mtm))} to ${rounded(Math.max(...shown.mtm))}; the peak is ${rounded(shown.peak[last])}, ${room}`;
}

function CurveTable({ shown }: { shown: Curve }) {
  const every = Math.max(1, Math.floor(shown.at.length / 40));
  const rows = shown.at.map((_, at) => at).filter((at) => at % every === 0 || at === shown.at.length - 1);
  return (
    <div class="scroll chart-host" tabIndex={0} role="region" aria-label="The curve as a table">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" class="right">Mtm</th>
            <th scope="col" class="right">Peak</th>
            <th scope="col" class="right">Floor</th>
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map((at) => (
            <tr key={shown.at[at]}>
              <td class="num">{time(stamp(shown.at[at]! * 1000))}</td>
              <td class="num right">{rounded(shown.mtm[at])}</td>
              <td class="num right">{rounded(shown.peak[at])}</td>
              <td class="num right">{rounded(shown.floor[at])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
