// How far a trade is from its stop. Shown only: what decides is decided by the service, exactly.
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
  const [mark, stop] = [Number(trade.mark), Number(trade.stop)];
  const sign = trade.side === "buy" ? 1 : -1;
  const points = sign * (mark - stop);
  const best = Number(trade.best ?? trade.mark);
  const whole = Math.max(sign * (best - stop), 1e-9);
  return {
    points: points.toFixed(2),
    rupees: (points * Number(trade.open)).toFixed(2),
    share: Math.round(Math.max(0, Math.min(1, points / whole)) * 1e6),
    ofMark: Math.round((points / mark) * 1e6),
  };
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
