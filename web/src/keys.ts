// What keys do, on every page. Single letters can be turned off; the kill needs Shift.
import { signal } from "@preact/signals";
import { freeze } from "./live";
import { openKill } from "./parts/kill";
import { go } from "./router";
import { density, letters, nextTheme } from "./settings";

export const paletteIsOpen = signal(false);
export const helpIsOpen = signal(false);

export const PAGES: [key: string, path: string, name: string][] = [
  ["h", "/", "Home"],
  ["s", "/strategies", "Strategies"],
  ["p", "/positions", "Positions"],
  ["a", "/alerts", "Alerts"],
  ["u", "/rules", "Rules"],
  ["r", "/replay", "Replay"],
  ["o", "/reports", "Reports"],
  ["c", "/settings", "Settings"],
];

export const KEYS: [keys: string, what: string][] = [
  ["g then h s p a u r o c", "go to a page"],
  ["Ctrl K", "command palette"],
  ["Shift K", "kill"],
  ["/", "search in the list"],
  ["j, k or arrows", "another row"],
  ["Enter", "open the row"],
  ["Shift and ← or → on a column's head", "narrower or wider"],
  ["w", "why: the row's explanation"],
  ["x", "exit the row's trade (asks first)"],
  ["n", "new: strategy, trade or rule of the page"],
  ["e", "amend the first rule of the page"],
  ["a", "alerts: I have seen them"],
  ["p", "strategy: halt or resume entries"],
  ["d", "narrow or usual rows"],
  ["t", "dark or light"],
  [".", "hold the screen still"],
  ["?", "these keys"],
];

/** What a letter presses, where the page has it. */
const WANTED: Record<string, string> = { "/": "[data-search]", n: "[data-new]", e: "[data-amend]", a: "[data-seen]", p: "[data-halt]" };

let leading = 0;

addEventListener("keydown", (key) => {
  if ((key.ctrlKey || key.metaKey) && key.key.toLowerCase() === "k") {
    key.preventDefault();
    paletteIsOpen.value = !paletteIsOpen.value;
    return;
  }
  if (key.ctrlKey || key.metaKey || key.altKey || isTyping(key.target) || document.querySelector("dialog[open]")) return;
  if (key.key === "K" && key.shiftKey) {
    key.preventDefault();
    return openKill();
  }
  if (!letters.peek()) return;
  const isLed = Date.now() - leading < 1_200;
  leading = 0;
  if (isLed) {
    const page = PAGES.find(([letter]) => letter === key.key);
    if (page) {
      key.preventDefault();
      go(page[1]);
    }
    return;
  }
  switch (key.key) {
    case "g":
      leading = Date.now();
      return;
    case "?":
      helpIsOpen.value = true;
      return;
    case "t":
      nextTheme();
      return;
    case "d":
      density.value = density.peek() === "normal" ? "compact" : "normal";
      return;
    case ".":
      return freeze();
    case "/":
    case "n":
    case "e":
    case "a":
    case "p": {
      const wanted = document.querySelector<HTMLElement>(WANTED[key.key]!);
      if (!wanted) return;
      key.preventDefault();
      if (key.key === "/") wanted.focus();
      else wanted.click();
      return;
    }
  }
});

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest("input, textarea, select, [contenteditable]");
}
