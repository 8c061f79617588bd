// What a person chooses on this screen. It stays in this browser; the rules are on the server.
import { effect, signal, type Signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
export type Palette = "green-red" | "red-green" | "blue-orange";
export type Density = "normal" | "compact";

function kept<T>(name: string, first: T, valid: (value: unknown) => value is T): Signal<T> {
  const key = `highmark.${name}`;
  let value = first;
  try {
    const text = localStorage.getItem(key);
    const read: unknown = text === null ? undefined : JSON.parse(text);
    if (valid(read)) value = read;
  } catch {
    // A browser that keeps nothing shows what is usual.
  }
  const chosen = signal(value);
  effect(() => {
    const text = JSON.stringify(chosen.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // The choice lasts as long as the page.
    }
  });
  return chosen;
}

const oneOf =
  <T extends string>(...all: T[]) =>
  (value: unknown): value is T =>
    all.includes(value as T);
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

const isWidths = (value: unknown): value is Record<string, number> =>
  typeof value === "object" && value !== null && Object.values(value).every((width) => typeof width === "number" && width >= 30 && width <= 600);

export const theme = kept<Theme>("theme", "auto", oneOf("auto", "light", "dark"));
export const palette = kept<Palette>("palette", "green-red", oneOf("green-red", "red-green", "blue-orange"));
export const density = kept<Density>("density", "normal", oneOf("normal", "compact"));
/** Single letters do something; who speaks to the machine turns them off (WCAG 2.1.4). */
export const letters = kept<boolean>("letters", true, isBoolean);
export const hiddenColumns = kept<string[]>("columns.hidden", ["best", "account", "mtm-share"], isTexts);
/** Widths of columns that somebody has drawn. */
export const columnWidths = kept<Record<string, number>>("columns.widths", {}, isWidths);
export const grouping = kept<string>("grouping", "strategy", (value): value is string => typeof value === "string");
export const filters = kept<string[]>("filters", [], isTexts);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (change) => (systemDark.value = change.matches));

export const isDark = signal(true);
effect(() => {
  const dark = theme.value === "dark" || (theme.value === "auto" && systemDark.value);
  isDark.value = dark;
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  document.documentElement.dataset["palette"] = palette.value;
  document.documentElement.dataset["density"] = density.value;
});

const narrowQuery = matchMedia("(max-width: 699px)");
export const isNarrow = signal(narrowQuery.matches);
narrowQuery.addEventListener("change", (change) => (isNarrow.value = change.matches));

export function nextTheme(): Theme {
  theme.value = isDark.value ? "light" : "dark";
  return theme.value;
}
