// The rules that the editor offers: their fields, the terms that they stand for, and a picture of what each does.

export interface Field {
  id: string;
  name: string;
  hint?: string;
  first: string;
  optional?: boolean;
  /** Where it stands among the terms of the rule, when that is not its id. */
  path?: string;
  /** It is given in place of another: one of the two stays empty. */
  instead?: string;
  /** A price, which has no place on a made-up path. */
  isPrice?: boolean;
}

/** What a rule does on a path of prices or mtm, point by point: its level, or nothing yet. */
export type Levels = (path: number[], terms: Record<string, number>) => (number | null)[];

export interface Kind {
  id: string;
  name: string;
  what: string;
  on: "trade" | "scope";
  fields: Field[];
  levels?: Levels;
  /** It acts when the value rises to its level. */
  above?: boolean;
  /** The path of the picture: profit in the unit of the fields. */
  scale: (terms: Record<string, number>) => number;
}

const peaks = (path: number[]) => path.map((_, at) => Math.max(0, ...path.slice(0, at + 1)));
const always =
  (level: (terms: Record<string, number>) => number): Levels =>
  (path, terms) =>
    path.map(() => level(terms));
const byPeak =
  (level: (peak: number, terms: Record<string, number>) => number | null): Levels =>
  (path, terms) => {
    let highest: number | null = null;
    return peaks(path).map((peak) => {
      const next = level(peak, terms);
      if (next !== null) highest = highest === null ? next : Math.max(highest, next);
      return highest;
    });
  };
const term = (terms: Record<string, number>, id: string, otherwise = 0) => (Number.isFinite(terms[id]) ? terms[id]! : otherwise);
const armed = (peak: number, terms: Record<string, number>) => peak >= term(terms, "arm_at");

const ARM: Field[] = [
  { id: "arm_at", path: "arm_at.profit", name: "Only once the profit is", hint: "points; may stay empty", first: "", optional: true, instead: "arm_price" },
  { id: "arm_price", path: "arm_at", name: "Or only once the price is", hint: "may stay empty", first: "", optional: true, instead: "arm_at", isPrice: true },
];
const PRICE: Field = { id: "price", name: "Or at this price", first: "", instead: "from_entry", isPrice: true };

export const KINDS: Kind[] = [
  {
    id: "trail",
    name: "Trailing stop",
    what: "follows the best price at a distance",
    on: "trade",
    fields: [
      { id: "by", name: "Distance behind the best price", hint: "points, or 0.5%, or 25 bps", first: "40" },
      ...ARM,
    ],
    levels: byPeak((best, terms) => (armed(best, terms) ? best - term(terms, "by") : null)),
    scale: (terms) => Math.max(term(terms, "by"), term(terms, "arm_at")) * 2.2,
  },
  {
    id: "stop_loss",
    name: "Fixed stop",
    what: "exits at a distance from the entry",
    on: "trade",
    fields: [{ id: "from_entry", name: "Distance from the entry", hint: "points, or 1%", first: "1%", instead: "price" }, PRICE],
    levels: always((terms) => -term(terms, "from_entry")),
    scale: (terms) => term(terms, "from_entry") * 1.6,
  },
  {
    id: "target",
    name: "Target",
    what: "exits with a profit",
    on: "trade",
    fields: [{ id: "from_entry", name: "Distance from the entry", hint: "points, or 2%", first: "2%", instead: "price" }, PRICE],
    levels: always((terms) => term(terms, "from_entry")),
    above: true,
    scale: (terms) => term(terms, "from_entry") * 1.1,
  },
  {
    id: "keep",
    name: "Keep a share of the profit",
    what: "keeps a share of the best profit",
    on: "trade",
    fields: [
      { id: "fraction", name: "Share that is kept", hint: "50%", first: "50%" },
      ...ARM,
    ],
    levels: byPeak((best, terms) => (best > 0 && armed(best, terms) ? (best * term(terms, "fraction")) / 100 : null)),
    scale: (terms) => Math.max(term(terms, "arm_at") * 2, 100),
  },
  {
    id: "break_even",
    name: "To break even",
    what: "moves the stop to the entry once there is a profit",
    on: "trade",
    fields: [
      { id: "at", name: "Once the profit is", hint: "points", first: "20" },
      { id: "plus", name: "The entry plus", hint: "points", first: "1" },
    ],
    levels: byPeak((best, terms) => (best >= term(terms, "at") ? term(terms, "plus") : null)),
    scale: (terms) => term(terms, "at") * 1.8,
  },
  {
    id: "max_loss",
    name: "Loss limit",
    what: "so much may be lost and no more",
    on: "scope",
    fields: [{ id: "amount", name: "Loss in rupees", hint: "5000, or 2% of capital", first: "5000" }],
    levels: always((terms) => -term(terms, "amount")),
    scale: (terms) => term(terms, "amount") * 1.3,
  },
  {
    id: "give_back",
    name: "Give-back floor",
    what: "a share of the peak may be given back",
    on: "scope",
    fields: [
      { id: "fraction", name: "Share that may be given back", hint: "40%", first: "40%" },
      { id: "arm_at", name: "Arm at a peak of", hint: "rupees; 0 is at once", first: "3000" },
    ],
    levels: byPeak((peak, terms) => (peak > 0 && armed(peak, terms) ? peak * (1 - term(terms, "fraction") / 100) : null)),
    scale: (terms) => Math.max(term(terms, "arm_at") * 2.2, 1000),
  },
  {
    id: "gap",
    name: "Gap below the peak",
    what: "the floor follows the peak at a fixed distance",
    on: "scope",
    fields: [
      { id: "amount", name: "Rupees below the peak", first: "2000" },
      { id: "arm_at", name: "Arm at a peak of", hint: "rupees", first: "3000" },
    ],
    levels: byPeak((peak, terms) => (armed(peak, terms) ? peak - term(terms, "amount") : null)),
    scale: (terms) => Math.max(term(terms, "arm_at"), term(terms, "amount")) * 2.2,
  },
  {
    id: "lock",
    name: "Lock a profit",
    what: "once there is a profit, a part of it is kept",
    on: "scope",
    fields: [
      { id: "arm_at", name: "Once the peak is", hint: "rupees", first: "5000" },
      { id: "floor", name: "Keep", hint: "rupees", first: "3000" },
    ],
    levels: byPeak((peak, terms) => (armed(peak, terms) ? term(terms, "floor") : null)),
    scale: (terms) => term(terms, "arm_at") * 1.7,
  },
  {
    id: "lock_and_trail",
    name: "Lock, then trail in steps",
    what: "locks a profit, then raises the floor step by step",
    on: "scope",
    fields: [
      { id: "arm_at", name: "Once the peak is", hint: "rupees", first: "5000" },
      { id: "floor", name: "Lock", hint: "rupees", first: "3000" },
      { id: "every", name: "For every further", hint: "rupees", first: "1000" },
      { id: "raise", name: "Raise it by", hint: "rupees", first: "500" },
    ],
    levels: byPeak((peak, terms) =>
      armed(peak, terms) ? term(terms, "floor") + Math.floor((peak - term(terms, "arm_at")) / Math.max(1, term(terms, "every"))) * term(terms, "raise") : null,
    ),
    scale: (terms) => term(terms, "arm_at") + term(terms, "every") * 5,
  },
  {
    id: "trail_loss",
    name: "Loss limit that rises",
    what: "the loss limit rises with the profit",
    on: "scope",
    fields: [
      { id: "loss", name: "Loss in rupees", first: "5000" },
      { id: "every", name: "For every profit of", first: "1000" },
      { id: "raise", name: "Raise it by", first: "500" },
      { id: "cap", name: "Up to", hint: "cost (zero) or none", first: "cost" },
    ],
    levels: byPeak((peak, terms) => Math.min(0, -term(terms, "loss") + Math.floor(peak / Math.max(1, term(terms, "every"))) * term(terms, "raise"))),
    scale: (terms) => term(terms, "loss") * 1.4,
  },
  {
    id: "daily_loss",
    name: "Daily loss limit",
    what: "so much may be lost in a day; then no entries until the next",
    on: "scope",
    fields: [{ id: "amount", name: "Loss in rupees", first: "10000" }],
    levels: always((terms) => -term(terms, "amount")),
    scale: (terms) => term(terms, "amount") * 1.3,
  },
  {
    id: "max_trades_per_day",
    name: "Trades a day",
    what: "no further entries after so many",
    on: "scope",
    fields: [{ id: "count", name: "Trades", first: "20" }],
    scale: () => 1,
  },
];

/** Fields as numbers, for the picture alone; a share of the entry is drawn on an entry of 1,000. */
export function numbers(kind: Kind, values: Record<string, string>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const field of kind.fields) {
    const text = (values[field.id] ?? "").trim();
    const number = Number.parseFloat(text.replaceAll(",", ""));
    if (!Number.isFinite(number)) continue;
    const isShare = text.endsWith("%");
    found[field.id] = isShare && field.id !== "fraction" ? number * 10 : number;
  }
  return found;
}

/** A rise, a rest, a further rise and a fall, from nothing, to see a rule at work on. */
const SHAPE = [0, 0.04, -0.05, 0.1, 0.2, 0.17, 0.3, 0.42, 0.38, 0.5, 0.62, 0.58, 0.7, 0.83, 0.8, 0.92, 1, 0.94, 0.97, 0.86, 0.74, 0.78, 0.62, 0.5, 0.36, 0.4, 0.22, 0.05, -0.1, -0.25, -0.4, -0.55, -0.7, -0.85, -1];

export interface Picture {
  path: number[];
  levels: (number | null)[];
  /** Where it acts. */
  at: number | undefined;
}

export function picture(kind: Kind, values: Record<string, string>, stretch = 1): Picture | undefined {
  if (!kind.levels || kind.fields.some((field) => field.isPrice && values[field.id])) return undefined;
  const terms = numbers(kind, values);
  const scale = kind.scale(terms);
  if (!Number.isFinite(scale) || scale <= 0) return undefined;
  const path: number[] = [];
  for (let at = 0; at < SHAPE.length - 1; at++) {
    for (let part = 0; part < 4; part++) path.push((SHAPE[at]! + ((SHAPE[at + 1]! - SHAPE[at]!) * part) / 4) * scale * stretch);
  }
  const levels = kind.levels(path, terms);
  const at = path.findIndex((value, index) => {
    const level = levels[index];
    return index > 0 && level != null && (kind.above ? value >= level : value <= level);
  });
  return { path, levels, at: at < 0 ? undefined : at };
}
