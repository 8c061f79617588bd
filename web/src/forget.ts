// What a screen has seen is of whoever looked, and of one journal: with another of either all of it is forgotten.
import { batch } from "@preact/signals";

const all: (() => void)[] = [];
let lives = 0;

/** Whoever keeps something says how it is forgotten. */
export const onForget = (forget: () => void) => void all.push(forget);

export function forget(): void {
  lives++;
  batch(() => all.forEach((one) => one()));
}

/** Says, of an answer that comes later, whether it is still for whoever asked. */
export function asker(): () => boolean {
  const mine = lives;
  return () => mine === lives;
}
