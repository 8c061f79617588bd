// How far a trade is from its stop. Shown only: what decides is decided by the service, exactly.
import { isLess, minus, times } from "./decimal";
import { fixed } from "./format";
import type { Trade } from "./wire";

export interface Way {
  /** In points, as text. */
  points: string;
  /** What a fill at the stop would take from here, in rupees; about, since the fill may be elsewhere. */
  rupees: string;
  /** Of the way from best to stop that is left, in parts per million. */
  share: number;
  /** Of the mark, in parts per million. */
  ofMark: number;
}

/** Points and shares to the stop; nothing without a mark and a stop. */
export function distance(trade: Trade): Way | undefined {
  if (trade.mark == null || trade.stop == null || trade.status !== "open") return undefined;
  const { mark, stop } = trade;
  const away = (from: string) => (trade.side === "buy" ? minus(from, stop) : minus(stop, from));
  const points = away(mark);
  const whole = Math.max(Number(away(trade.best ?? mark)), 1e-9);
  return {
    points: fixed(points, 2),
    rupees: fixed(times(points, trade.open, String(trade.multiplier)), 2),
    share: Math.round(Math.max(0, Math.min(1, Number(points) / whole)) * 1e6),
    ofMark: Math.round((Number(points) / Number(mark)) * 1e6),
  };
}

/** Mtm as a share of what the trade cost, in parts per million; only shown. */
export function shareOfEntry(trade: Trade): number | null {
  const cost = Number(trade.entry ?? 0) * Number(trade.quantity) * trade.multiplier;
  return cost > 0 ? Math.round((trade.mtm_x4 / 1e4 / cost) * 1e6) : null;
}

/** The nearest of the stops that a new trade is to have, in points or percent, and what a fill there would take. */
export function risk(stops: readonly string[], mark: string | null | undefined, size: string, multiplier: string): { points: string; rupees: string } | undefined {
  const known = stops.flatMap((stop) => {
    const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(stop.trim()) ?? [];
    if (!number || (percent && mark == null)) return [];
    return percent ? times(number, "0.01", mark!) : number;
  });
  if (known.length === 0) return undefined;
  const points = known.reduce((nearest, one) => (isLess(one, nearest) ? one : nearest));
  return { points: fixed(points, 2), rupees: fixed(times(points, size, multiplier), 2) };
}

const CONTRACT = /^([A-Z&-]+?)(\d{2}[A-Z]{3}|\d{2}[0-9OND]\d{2})(\d*(?:CE|PE)|FUT)$/;

/** What an option or future is written on; a share stands for itself. */
export function underlying(symbol: string): string {
  return CONTRACT.exec(symbol)?.[1] ?? symbol;
}

export function expiry(symbol: string): string {
  const found = CONTRACT.exec(symbol)?.[2];
  return found ? found : "no expiry";
}
