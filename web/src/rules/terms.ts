// The terms of a rule, as a person writes them and exactly as the journal has them: what nobody touches stays as it is.
import type { RuleDraft } from "../wire";
import { share } from "./sentence";

export type Term = string | boolean | Term[] | Terms;
/** By their names; a rule is a table with its kind first, and what else it does after that. */
export interface Terms {
  [name: string]: Term;
}

type Object = Record<string, any>;

/** Nothing, when there is something in it that is not known here. */
export function termsOf(draft: RuleDraft): Terms | undefined {
  try {
    const [kind, terms] = one(Object.values(draft.spec)[0]);
    return { [kind]: core(kind, terms as Object), ...beside(draft.options) };
  } catch {
    return undefined;
  }
}

function core(kind: string, terms: Object): Term {
  switch (kind) {
    case "stop_loss":
      return place(terms["at"]);
    case "target":
      return "at" in terms ? place(terms["at"]) : fields(terms);
    case "step": {
      const { by, start, ...others } = terms;
      const move = (one(by)[1] as Object | undefined)?.["move"];
      const [how] = one(start);
      return { start: how === "price" ? term(start) : place(start), ...fields(others), ...(move ? { move: term(move) } : {}) };
    }
    case "ladder":
      return (terms["rungs"] as Object[]).map(rung);
    case "bars": {
      const [study, its] = one(terms["study"]);
      return { study, length: span(terms["length"]), ...fields(its as Object) };
    }
    case "time": {
      const [how, when] = one(terms["when"]);
      return { [how]: how === "at" ? clock(when as number) : span(when) };
    }
    case "drawdown": {
      const { distance, ...others } = terms;
      const [unit, size] = one(distance);
      return { ...(unit === "money" ? { amount: String(size) } : { percent: share(size) }), ...fields(others) };
    }
    case "cooling_off":
      return { losses: term(terms["losses"]), wait: span(terms["wait"]) };
    default:
      return fields(terms);
  }
}

function fields(terms: Object): Terms {
  const known = Object.entries(terms).filter(([, value]) => value !== null);
  return Object.fromEntries(known.map(([name, value]) => [name, name === "fraction" ? share(value) : term(value)]));
}

function one(value: unknown): [string, unknown] {
  if (typeof value === "string") return [value, undefined];
  const [found, ...others] = Object.entries(value as Object);
  if (!found || others.length > 0) throw new Error("it is not one of several");
  return found;
}

const place = (value: unknown): Terms => {
  const [how, where] = one(value);
  return { [how]: term(where) };
};

function rung(value: Object): Term {
  const [how, where] = one(value["stop"]);
  const terms = where as Object;
  const stop: Terms = how === "profit" ? { stop: term(where) } : how === "trail" ? { trail: term(terms["by"]) } : { steps: fields(terms) };
  return { at: term(value["at"]), ...stop };
}

/** A number, a word, a distance, an amount, or the place at which something begins. */
function term(value: unknown): Term {
  if (typeof value === "string" || typeof value === "number") return String(value);
  const [unit, size] = one(value);
  switch (unit) {
    case "points":
    case "money":
    case "price":
      return String(size);
    case "ticks":
      return `${size}ticks`;
    case "basis_points":
      return `${size}bps`;
    case "of_entry":
      return share(size);
    case "of_best":
    case "of_premium":
    case "of_capital":
    case "of_margin":
      return `${share(size)} of ${unit.slice(3)}`;
    case "profit":
      return { profit: term(size) };
    default:
      throw new Error(`${unit} is not known here`);
  }
}

const USUAL: Object = { watch: "own", window: "session", valuation: "gross" };

/** What a rule does beside its level. */
function beside(options: Object): Terms {
  const found: Terms = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === false || value === USUAL[name]) continue;
    if (name === "action") found[name] = action(value);
    else if (name === "then") found[name] = { [value["reach"]]: action(value["action"]) };
    else if (name === "confirm") found[name] = confirm(value);
    else if (name === "warn") found[name] = (value as string[]).map(share);
    else found[name] = value === true ? true : term(value);
  }
  return found;
}

const action = (value: unknown): Term => (typeof value === "string" ? value : { reduce: share(one(value)[1]) });

function confirm(value: unknown): Terms {
  const [how, terms] = one(value) as [string, Object];
  if (how === "ticks") return { ticks: term(terms["count"]), within: span(terms["within"]) };
  return how === "seconds" ? { wait: span(terms["wait"]) } : { [how]: span(terms["length"]) };
}

const UNITS: [string, number][] = [
  ["h", 3_600e9],
  ["m", 60e9],
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
  ["ns", 1],
];

function span(value: unknown): string {
  const [unit, size] = UNITS.find(([, size]) => (value as number) % size === 0)!;
  return `${(value as number) / size}${unit}`;
}

function clock(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  const parts = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0"));
  return parts.join(":");
}

// -- In words

/** Every term with its path: `arm_at.profit` is 20. */
export function flat(terms: Terms, path = ""): [path: string, value: string | boolean | Term[]][] {
  return Object.entries(terms).flatMap(([name, value]) => {
    const isTable = typeof value === "object" && !Array.isArray(value);
    return isTable ? flat(value, `${path}${name}.`) : ([[path + name, value]] as [string, string | boolean | Term[]][]);
  });
}

/** A rule as the service reads it: `trail by=40 arm_at.profit=20`, or as a table where a word would not be one. */
export function written(terms: Terms): string {
  const kind = Object.keys(terms)[0]!;
  const { [kind]: own, ...others } = terms;
  const all = [...(isTable(own) ? flat(own) : []), ...flat(others)];
  const isPlain = isTable(own) && all.every(([, value]) => typeof value === "boolean" || (typeof value === "string" && /^[^\s"'#{}[\]]*$/.test(value)));
  if (!isPlain) return table(terms);
  return [kind, ...all.map(([path, value]) => `${path}=${value}`)].join(" ");
}

const isTable = (value: Term | undefined): value is Terms => typeof value === "object" && !Array.isArray(value);

function table(term: Term): string {
  if (Array.isArray(term)) return `[${term.map(table).join(", ")}]`;
  if (!isTable(term)) return JSON.stringify(term);
  return `{ ${Object.entries(term).map(([name, value]) => `${name} = ${table(value)}`).join(", ")} }`;
}

// -- One term

/** What stands at a path; nothing, when that is not one value. */
export function textAt(terms: Term | undefined, path: string): string {
  let found = terms;
  for (const name of path.split(".")) found = isTable(found) ? found[name] : undefined;
  return typeof found === "string" ? found : "";
}

/** The terms with another value at a path, or without one; all others are as they were. */
export function changed(terms: Terms, path: string, value: string | undefined): Terms {
  const [first, ...rest] = path.split(".") as [string, ...string[]];
  const { [first]: before, ...others } = terms;
  if (rest.length > 0) {
    if (value === undefined && !isTable(before)) return terms;
    const inner = changed(isTable(before) ? before : {}, rest.join("."), value);
    return Object.keys(inner).length > 0 ? { ...terms, [first]: inner } : others;
  }
  if (value !== undefined) return { ...terms, [first]: value };
  return isTable(before) ? terms : others;
}

/** Whether two drafts say the same, in whatever order. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  const [mine, theirs] = [Object.entries(one), Object.entries(other)];
  return Array.isArray(one) === Array.isArray(other) && mine.length === theirs.length && mine.every(([name, value]) => name in other && isSame(value, (other as Object)[name]));
}
