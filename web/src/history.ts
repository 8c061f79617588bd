// The last hours of each scope as this screen has seen them, one point a second; what was before comes from the service.
import { signal, type Signal } from "@preact/signals";
import { onForget } from "./forget";

type Fields = Record<string, unknown>;

/** Seconds since 1970, and money in rupees; only for drawing. */
export interface Curve {
  at: number[];
  mtm: number[];
  /** Nothing where the record does not tell it. */
  peak: (number | null)[];
  floor: (number | null)[];
}

/** What is kept of one scope: two hours. */
const MOST = 7_200;

/** Where a trade's price and stop have been, a point a second. */
export interface Way {
  mark: number[];
  stop: (number | null)[];
}

/** What is kept of one trade: ten minutes; and of how many. */
const MOST_OF_TRADE = 600;
const MOST_TRADES = 500;

const curves = new Map<string, Curve>();
const ways = new Map<string, Way>();
/** Counts points, so that a chart knows when to draw. */
export const points: Signal<number> = signal(0);

let before = 0;

export function curve(name: string): Curve {
  let found = curves.get(name);
  if (!found) {
    found = { at: [], mtm: [], peak: [], floor: [] };
    curves.set(name, found);
  }
  return found;
}

/** What was seen of a trade. */
export const wayOf = (id: number): Way => ways.get(`trade:${id}`) ?? { mark: [], stop: [] };

onForget(() => {
  curves.clear();
  ways.clear();
  before = 0;
  points.value++;
});

/** Takes a point of each scope, at most one a second. */
export function remember(milliseconds: number, items: Map<string, Signal<Fields>>): void {
  const second = Math.floor(milliseconds / 1000);
  if (second <= before) return;
  before = second;
  for (const [name, one] of items) {
    const row = one.peek();
    if (row !== undefined && name.startsWith("trade:")) follow(name, row);
    if (row === undefined || typeof row["mtm_x4"] !== "number" || typeof row["peak_x4"] !== "number") continue;
    const to = curve(name);
    to.at.push(second);
    to.mtm.push(row["mtm_x4"] / 1e4);
    to.peak.push(row["peak_x4"] / 1e4);
    to.floor.push(typeof row["floor_x4"] === "number" ? row["floor_x4"] / 1e4 : null);
    if (to.at.length > MOST) for (const all of [to.at, to.mtm, to.peak, to.floor]) all.shift();
  }
  points.value++;
}

function follow(name: string, trade: Fields): void {
  const known = ways.get(name);
  if (typeof trade["mark"] !== "string" || (!known && ways.size >= MOST_TRADES)) return;
  const to = known ?? { mark: [], stop: [] };
  if (!known) ways.set(name, to);
  to.mark.push(Number(trade["mark"]));
  to.stop.push(typeof trade["stop"] === "string" ? Number(trade["stop"]) : null);
  if (to.mark.length > MOST_OF_TRADE) for (const all of [to.mark, to.stop]) all.shift();
}

/** Puts what the service remembers in front of what was seen here. */
export function prepend(name: string, past: Curve): void {
  const to = curve(name);
  const first = to.at[0] ?? Infinity;
  const count = past.at.findIndex((at) => at >= first);
  const take = count < 0 ? past.at.length : count;
  to.at.unshift(...past.at.slice(0, take));
  to.mtm.unshift(...past.mtm.slice(0, take));
  to.peak.unshift(...past.peak.slice(0, take));
  to.floor.unshift(...past.floor.slice(0, take));
  points.value++;
}
