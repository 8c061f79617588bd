// Up to when a person has seen what happened. It is a time, not a turn: journals of one address count turns each anew.
import { signal } from "@preact/signals";

const KEY = "highmark.alerts.seen-until";

function kept(): number {
  try {
    return Number(localStorage.getItem(KEY)) || -1;
  } catch {
    return -1;
  }
}

/** In nanoseconds since 1970; -1 as long as nobody has looked in this browser. */
export const seenUntil = signal(kept());

export function acknowledge(atNs: number): void {
  if (atNs <= seenUntil.peek()) return;
  seenUntil.value = atNs;
  try {
    localStorage.setItem(KEY, String(atNs));
  } catch {
    // It is seen as long as the page is there.
  }
}
