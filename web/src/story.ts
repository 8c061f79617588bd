// What happened, each in one sentence. The words are those of `highmark watch`.
import { signal } from "@preact/signals";
import { get } from "./api";
import { asker, onForget } from "./forget";
import { money, percent, price, quantity } from "./format";
import { item } from "./live";
import { kindWords } from "./rules/words";
import type { Fact, Happening, Id, Row, RuleRef, Scope, Trade } from "./wire";

export type Weight = "critical" | "warning" | "act" | "info";

export interface Told {
  key: string;
  seq: number;
  at: string;
  atNs: number;
  weight: Weight;
  kind: string;
  text: string;
  strategy?: Id | undefined;
  trade?: Id | undefined;
  /** What says the same again is shown as one. */
  same?: string;
}

/** The newest first. */
export const story = signal<readonly Told[]>([]);
/** The newest that matters, for those who hear the page. */
export const announced = signal<Told | undefined>(undefined);

const MOST = 1_000;
const seen = new Set<string>();
/** Names of trades and symbols that are no longer shown. */
const names = new Map<string, string>();
const owners = new Map<Id, Id>();

onForget(() => {
  story.value = [];
  announced.value = undefined;
  for (const kept of [seen, names, owners]) kept.clear();
});

/** Takes what happened; news is announced. */
export function hear(happening: Happening, isNews = true): void {
  const lines: Told[] = [];
  happening.events.forEach((fact, at) => {
    learn(fact);
    const key = `${happening.seq}.${at}`;
    if (seen.has(key)) return;
    seen.add(key);
    const told = tell(fact);
    if (told) lines.unshift({ ...told, key, seq: happening.seq, at: happening.at, atNs: happening.at_ns });
  });
  if (lines.length === 0) return;
  const all = isNews ? [...lines, ...story.peek()] : [...story.peek(), ...lines];
  if (!isNews) all.sort((a, b) => b.seq - a.seq);
  story.value = all.slice(0, MOST);
  const loud = lines.find((line) => line.weight === "critical" || line.weight === "warning");
  if (isNews && loud) announced.value = loud;
}

/** What happened before this screen was opened. */
export async function lookBack(turn: number): Promise<void> {
  const isStill = asker();
  let after = Math.max(0, turn - 20_000);
  // The set-up tells the names of everything.
  const pages = after > 0 ? [0, after] : [0];
  for (const start of pages) {
    after = start;
    for (let page = 0; page < 6; page++) {
      const found = await get<{ events: Happening[]; next?: number }>(`/api/v1/events?after=${after}&limit=500`);
      if (!isStill()) return;
      for (const one of found.events) hear(one, false);
      if (found.events.length < 500 || found.next === undefined || (found.next ?? 0) <= after) break;
      after = found.next;
    }
  }
}

/** How often the same was told before. */
export type Shown = Told & { before?: number };

/** A limit that is near, then less near, then near again is one line: the newest, and how often before. */
export function together(all: readonly Told[]): Shown[] {
  const found = new Map<string, Shown>();
  for (const told of all) {
    const one = found.get(told.same ?? told.key);
    if (one) one.before = (one.before ?? 0) + 1;
    else found.set(told.same ?? told.key, { ...told });
  }
  return [...found.values()];
}

type Object = Record<string, any>;

function learn(fact: Fact): void {
  if (typeof fact === "string") return;
  const [kind, body] = Object.entries(fact)[0] as [string, Object];
  if (kind === "trade_added") {
    const generation = body["generation"] > 0 ? `#${body["generation"] + 1}` : "";
    names.set(`trade:${body["trade"]}`, `${body["new"]["name"] || `t${body["trade"]}`}${generation}`);
    names.set(`symbol:${body["trade"]}`, String(body["new"]["instrument"]));
    owners.set(body["trade"], body["new"]["strategy"]);
  }
  if (kind === "instrument_defined") names.set(`price:${body["instrument"]}`, body["spec"]["symbol"]);
  if (kind === "strategy_created" || kind === "strategy_edited") names.set(`strategy:${body["strategy"]}`, body["spec"]["name"]);
  if (kind === "account_opened") names.set(`account:${body["account"]}`, body["spec"]["name"]);
}

export const tradeName = (id: Id) => names.get(`trade:${id}`) ?? item<Trade>(`trade:${id}`).peek()?.name ?? `t${id}`;
const symbolName = (id: Id) =>
  item<{ symbol: string }>(`price:${id}`).peek()?.symbol ?? names.get(`price:${id}`) ?? `i${id}`;
const symbolOf = (id: Id) => {
  const shown = item<Trade>(`trade:${id}`).peek()?.symbol;
  return shown ?? symbolName(Number(names.get(`symbol:${id}`) ?? -1));
};
const rowName = (kind: string, id: Id) =>
  item<Row>(`${kind}:${id}`).peek()?.name ?? names.get(`${kind}:${id}`) ?? `${kind} ${id}`;

export function scopeName(scope: Scope): string {
  if (scope === "System") return "the system";
  if ("Trade" in scope) return tradeName(scope.Trade);
  if ("Strategy" in scope) return rowName("strategy", scope.Strategy);
  if ("Account" in scope) return rowName("account", scope.Account);
  return `group ${scope.Group}`;
}

function of(scope: Scope): { strategy?: Id | undefined; trade?: Id | undefined } {
  if (scope === "System") return {};
  if ("Trade" in scope) return { trade: scope.Trade, strategy: ownerOf(scope.Trade) };
  return "Strategy" in scope ? { strategy: scope.Strategy } : {};
}

const ownerOf = (id: Id) => owners.get(id) ?? item<Trade>(`trade:${id}`).peek()?.strategy;
const ofTrade = (trade: Id) => ({ trade, strategy: ownerOf(trade) });

type Sentence = Omit<Told, "key" | "seq" | "at" | "atNs">;

function tell(fact: Fact): Sentence | undefined {
  if (typeof fact === "string") return undefined;
  const [kind, body] = Object.entries(fact)[0] as [string, Object];
  switch (kind) {
    case "filled":
      return filled(body);
    case "exit_decided": {
      const id = body["intent"]["trade"] as Id;
      return { weight: "act", kind: "exit", text: `${tradeName(id)} exits: ${why(body["cause"])}`, ...ofTrade(id) };
    }
    case "price_rule_fired": {
      const rule = body["rule"] as RuleRef;
      const text = `${kindWords(rule.kind)} of ${scopeName(rule.scope)} fires: ${why(body["cause"])}`;
      return { weight: "act", kind: "fired", text, ...of(rule.scope) };
    }
    case "breached":
      return breached(body);
    case "warned": {
      const rule = body["rule"] as RuleRef;
      const band = percent(Number(body["band"]) * 1e6, 0);
      const text = `${scopeName(rule.scope)} is ${money(body["room"])} from its ${kindWords(rule.kind)}: less than ${band} of the room is left`;
      return { weight: "warning", kind: "near", text, same: `near ${rule.rule}`, ...of(rule.scope) };
    }
    case "exit_rejected": {
      const id = body["intent"]["trade"] as Id;
      return { weight: "critical", kind: "rejected", text: `the exit of ${tradeName(id)} is rejected: ${body["reason"]}`, ...ofTrade(id) };
    }
    case "exit_unknown": {
      const id = body["intent"]["trade"] as Id;
      return { weight: "critical", kind: "unknown", text: `nobody knows what became of the exit of ${tradeName(id)}`, ...ofTrade(id) };
    }
    default:
      return ofState(kind, body) ?? ofPerson(kind, body) ?? ofMarket(kind, body);
  }
}

function filled(fill: Object): Sentence {
  const id = fill["trade"] as Id;
  const verb = fill["side"] === "buy" ? "buys" : "sells";
  const text = `${tradeName(id)} ${verb} ${quantity(fill["quantity"])} ${symbolOf(id)} at ${price(fill["price"])}`;
  return { weight: "info", kind: "fill", text, ...ofTrade(id) };
}

const ACTIONS: Record<string, string> = {
  alert: "an alert goes out",
  exit: "its trades exit",
  shutdown: "it is shut down",
  block_entries: "entries are blocked",
  exit_losers: "the losing trades exit",
  move_to_cost: "stops go to the entries",
};

function breached(body: Object): Sentence {
  const rule = body["rule"] as RuleRef;
  const action = typeof body["action"] === "string" ? (ACTIONS[body["action"]] ?? body["action"]) : "its trades are reduced";
  const kind = kindWords(rule.kind);
  const isCount = rule.kind === "max_trades_per_day" || rule.kind === "cooling_off";
  const numbers = isCount
    ? `${body["value"]} of ${body["level"]}`
    : `${money(body["value"], "signed")} against ${money(body["level"], "signed")}, after a peak of ${money(body["peak"])}`;
  const weight = body["action"] === "alert" ? "warning" : "critical";
  return { weight, kind: "breach", text: `${scopeName(rule.scope)} meets its ${kind}: ${numbers}; ${action}`, ...of(rule.scope) };
}

function ofState(kind: string, body: Object): Sentence | undefined {
  const simple = (weight: Weight, word: string, text: string, about: object): Sentence => ({ weight, kind: word, text, ...about });
  switch (kind) {
    case "trade_cancelled":
      return simple("act", "cancelled", `${tradeName(body["trade"])} is cancelled: ${body["reason"]}`, ofTrade(body["trade"]));
    case "trade_rejected":
      return simple("critical", "rejected", `${tradeName(body["trade"])} is rejected: ${body["reason"]}`, ofTrade(body["trade"]));
    case "trade_degraded":
      return simple("critical", "degraded", `${tradeName(body["trade"])} needs a person: ${body["reason"]}`, ofTrade(body["trade"]));
    case "moved_to_cost":
      return simple("info", "stop", `the stop of ${tradeName(body["trade"])} goes to its entry, ${price(body["level"])}`, ofTrade(body["trade"]));
    case "entries_blocked":
      return simple("warning", "blocked", `${scopeName(body["scope"])} takes no entries (${kindWords(body["by"].kind)})`, of(body["scope"]));
    case "shut_down":
      return simple("critical", "shut down", `${rowName("strategy", body["strategy"])} is shut down by its ${kindWords(body["by"].kind)}`, { strategy: body["strategy"] });
    case "strategy_reset":
      return simple("act", "reset", `${rowName("strategy", body["strategy"])} may trade again`, { strategy: body["strategy"] });
    case "rule_set": {
      const name = scopeName(body["scope"]);
      const spec = Object.values(body["draft"]["spec"])[0] as Object;
      return simple("info", "rule", `${name} has a ${kindWords(Object.keys(spec)[0] ?? "rule")}, set by ${body["provenance"]["by"]}`, of(body["scope"]));
    }
    case "rule_changed":
      return simple("act", "rule", `rule ${body["rule"]} is changed, version ${body["version"]}: ${body["provenance"]["reason"]}`, {});
    case "rule_removed":
      return simple("act", "rule", `rule ${body["rule"]} is removed: ${body["provenance"]["reason"]}`, {});
    case "stop_loosened":
      return simple("warning", "loosened", `a person loosens a stop to ${price(body["to"])}: ${body["provenance"]["reason"]}`, {});
    default:
      return undefined;
  }
}

function ofPerson(kind: string, body: Object): Sentence | undefined {
  switch (kind) {
    case "killed":
      return { weight: "critical", kind: "kill", text: `KILL: everything closes, nothing enters. ${body["reason"]}` };
    case "released":
      return { weight: "act", kind: "release", text: `the kill is released: ${body["reason"]}` };
    case "halted":
      return { weight: "act", kind: "halt", text: `a person halts ${scopeName(body["scope"])}: ${body["reason"]}`, ...of(body["scope"]) };
    case "resumed":
      return { weight: "act", kind: "resume", text: `a person resumes ${scopeName(body["scope"])}: ${body["reason"]}`, ...of(body["scope"]) };
    case "refused":
      return { weight: "act", kind: "refused", same: `refused ${body["message"]}`, text: `refused: ${body["message"]} (${body["hint"]})` };
    case "undone":
      return { weight: "act", kind: "undo", text: `command ${body["command"]} is taken back` };
    case "redone":
      return { weight: "act", kind: "redo", text: `command ${body["command"]} is done again` };
    default:
      return undefined;
  }
}

function ofMarket(kind: string, body: Object): Sentence | undefined {
  const symbol = symbolName(body["instrument"]);
  const words: Record<string, [Weight, string]> = {
    went_stale: ["critical", "the price is stale"],
    became_fresh: ["info", "prices come again"],
    held_accepted: ["info", "the jump is confirmed"],
    held_dropped: ["info", "the jump was no real price"],
    gap_held: ["warning", "an overnight gap waits for a person"],
    suspected: ["warning", "its prices are suspect"],
  };
  const found = words[kind];
  return found && { weight: found[0], kind: "market", text: `${symbol}: ${found[1]}` };
}

/** Why something exits, with the numbers that were compared. */
export function why(cause: Object): string {
  const mark = cause["mark"] == null ? "no mark" : price(cause["mark"]);
  const best = cause["best"] == null ? "" : `, best ${price(cause["best"])}`;
  const reason = cause["reason"] as string | Object;
  if (typeof reason === "string") {
    const words: Record<string, string> = {
      kill: `kill, mark ${mark}`,
      stale: "its price stayed stale",
      settlement: `the contract is settled at ${mark}`,
      roll: "it is rolled",
      external: "it was closed at the broker by other hands",
    };
    return words[reason] ?? reason;
  }
  if ("rule" in reason) {
    const rule = reason["rule"] as RuleRef;
    const kind = kindWords(rule.kind);
    if (rule.scope !== "System" && "Trade" in rule.scope) {
      return cause["level"] == null ? `${kind}, mark ${mark}${best}` : `${kind} at ${price(cause["level"])}, mark ${mark}${best}`;
    }
    return `${kind} of ${scopeName(rule.scope)}, mark ${mark}`;
  }
  if ("moved_to_cost" in reason) {
    const by = reason["moved_to_cost"]["by"] as RuleRef;
    return `the stop at its entry ${price(cause["level"])} that ${kindWords(by.kind)} put there, mark ${mark}`;
  }
  if ("operator" in reason) return `a person asked (${reason["operator"]["reason"]}), mark ${mark}`;
  return "it was filled where no entry was allowed";
}
