// A rule in one sentence, from what the journal has of it.
import { money, price } from "../format";
import type { RuleDraft } from "../wire";

type Object = Record<string, any>;

/** "Arm at ₹8,000, then keep 60% of the peak." */
export function sentence(draft: RuleDraft): string {
  const spec = Object.values(draft.spec)[0] as Object | string;
  const kind = typeof spec === "string" ? spec : (Object.keys(spec)[0] ?? "");
  const terms = typeof spec === "string" ? {} : (spec[kind] as Object);
  const core = "price" in draft.spec ? onPrice(kind, terms) : onMtm(kind, terms);
  return `${core}${extras(draft.options as Object)}.`;
}

function onPrice(kind: string, terms: Object): string {
  switch (kind) {
    case "stop_loss":
      return `Exit when the price meets ${place(terms["at"], "against")}`;
    case "target":
      return `Exit when the price meets ${place(terms["at"], "with")}`;
    case "trail":
      return `Follow the best price ${distance(terms["by"])} behind${armed(terms["arm_at"])}; exit when the price comes back to it`;
    case "keep":
      return `Keep ${share(terms["fraction"])} of the best profit${armed(terms["arm_at"])}; exit when less is left`;
    case "step":
      return `Begin with a stop at ${place(terms["start"], "against")}; for every ${distance(terms["every"])} of profit move it ${stepBy(terms["by"])}`;
    case "break_even":
      return `At a profit of ${distance(terms["at"])} move the stop to the entry plus ${price(terms["plus"])}`;
    case "ladder":
      return `Move the stop up a ladder: ${(terms["rungs"] as Object[]).map(rung).join("; ")}`;
    case "bars":
      return `Follow ${study(terms["study"])} on bars of ${span(terms["length"])}`;
    case "time":
      return `Exit ${when(terms["when"])}`;
    default:
      return kind;
  }
}

function onMtm(kind: string, terms: Object): string {
  switch (kind) {
    case "max_loss":
      return `Lose no more than ${amount(terms["amount"])}`;
    case "target":
      return `Stop when ${amount(terms["amount"])} has been made`;
    case "give_back":
      return `${arm(terms["arm_at"])}give back at most ${share(terms["fraction"])} of the peak`;
    case "gap":
      return `${arm(terms["arm_at"])}keep the floor ${amount(terms["amount"])} below the peak${terms["floor"] ? `, and never below ${amount(terms["floor"])}` : ""}`;
    case "lock":
      return `At a peak of ${amount(terms["arm_at"])} lock ${amount(terms["floor"])}`;
    case "lock_and_trail": {
      const most = terms["max_steps"] ? `, at most ${terms["max_steps"]} times` : "";
      return `At a peak of ${amount(terms["arm_at"])} lock ${amount(terms["floor"])}; for every ${amount(terms["every"])} more raise it by ${amount(terms["raise"])}${most}`;
    }
    case "trail_loss":
      return `Lose no more than ${amount(terms["loss"])}; for every ${amount(terms["every"])} of profit raise that by ${amount(terms["raise"])}${terms["cap"] === "cost" ? ", up to zero" : ""}`;
    case "drawdown":
      return `Equity may fall ${drawdown(terms["distance"])} below its highest${terms["basis"] === "end_of_day" ? " end of a day" : terms["basis"] === "realised" ? " realised" : ""}`;
    case "daily_loss":
      return `Lose no more than ${amount(terms["amount"])} in a day; then no entries until the next`;
    case "daily_target":
      return `Stop for the day when ${amount(terms["amount"])} has been made`;
    case "max_trades_per_day":
      return `Enter at most ${terms["count"]} trades a day`;
    case "cooling_off":
      return `After ${terms["losses"]} losses in a row take no entry for ${span(terms["wait"])}`;
    default:
      return kind;
  }
}

function one(value: unknown): [string, any] {
  if (typeof value === "string") return [value, undefined];
  return (Object.entries((value ?? {}) as Object)[0] as [string, any] | undefined) ?? ["", undefined];
}

function distance(value: unknown): string {
  const [kind, size] = one(value);
  switch (kind) {
    case "points":
      return `${price(size)} points`;
    case "ticks":
      return `${size} ticks`;
    case "basis_points":
      return `${size / 100}% of the best price`;
    case "of_entry":
      return `${share(size)} of the entry`;
    case "of_best":
      return `${share(size)} of the best price`;
    case "of_premium":
      return `${share(size)} of the premium`;
    default:
      return String(size ?? kind);
  }
}

function amount(value: unknown): string {
  const [kind, size] = one(value);
  if (kind === "money") return money(size).replace(/\.00$/, "");
  const of: Record<string, string> = { of_capital: "capital", of_margin: "margin", of_premium: "premium" };
  return `${share(size)} of ${of[kind] ?? kind}`;
}

/** Shares are text on the wire, "0.4", and stay what they are: 0.125% is not 0.13%. */
export function share(value: unknown): string {
  const [whole = "", fraction = ""] = String(value).split(".");
  const digits = `${whole}${fraction.slice(0, 2).padEnd(2, "0")}`.replace(/^0+(?=\d)/, "");
  const rest = fraction.slice(2).replace(/0+$/, "");
  return `${digits}${rest && `.${rest}`}%`;
}

function place(value: unknown, direction: "against" | "with"): string {
  const [kind, size] = one(value);
  return kind === "price" ? price(size) : `${distance(size)} ${direction === "against" ? "against" : "beyond"} the entry`;
}

function armed(value: unknown): string {
  if (value == null) return "";
  const [kind, size] = one(value);
  return kind === "price" ? ` once it reaches ${price(size)}` : ` once the profit is ${distance(size)}`;
}

function arm(value: unknown): string {
  const text = amount(value);
  return text === "₹0" ? "" : `Arm at ${text}, then `;
}

function stepBy(value: unknown): string {
  const [kind, terms] = one(value);
  return kind === "full_move" ? "by the whole move" : `by ${distance((terms as Object)["move"])}`;
}

function rung(value: Object): string {
  const [kind, terms] = one(value["stop"]);
  const to = kind === "profit" ? `${price(terms)} of profit` : kind === "trail" ? `a trail by ${distance(terms["by"])}` : `steps ${distance(terms["by"])} behind`;
  return `at ${distance(value["at"])} to ${to}`;
}

function study(value: unknown): string {
  const [kind, terms] = one(value);
  const period = (terms as Object)?.["period"];
  return `${kind.replaceAll("_", " ")}${period ? ` of ${period}` : ""}`;
}

const NANO = 1e9;

export function span(nanoseconds: number): string {
  const seconds = nanoseconds / NANO;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${seconds / 60} min`;
  return `${Math.floor(seconds / 3_600)} h${seconds % 3_600 ? ` ${(seconds % 3_600) / 60} min` : ""}`;
}

function when(value: unknown): string {
  const [kind, terms] = one(value);
  if (kind === "after") return `after ${span(terms)}`;
  if (kind === "before_close") return `${span(terms)} before the close`;
  const seconds = typeof terms === "number" ? terms / NANO : 0;
  const text = typeof terms === "string" ? terms : [seconds / 3600, (seconds / 60) % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
  return `at ${text} IST`;
}

function drawdown(value: unknown): string {
  const [kind, size] = one(value);
  return kind === "money" ? money(size) : `${share(size)} of the starting balance`;
}

const ACTIONS: Record<string, string> = {
  alert: "only an alert",
  exit: "its trades exit",
  shutdown: "it is shut down",
  block_entries: "entries are blocked",
  exit_losers: "the losing trades exit",
  move_to_cost: "stops go to the entries",
};

function extras(options: Object): string {
  const found: string[] = [];
  const action = options["action"];
  if (typeof action === "string") found.push(ACTIONS[action] ?? action);
  else if (action) found.push(`${share(one(action)[1])} of it exits`);
  const confirm = options["confirm"];
  if (confirm) {
    const [kind, terms] = one(confirm);
    if (kind === "seconds") found.push(`once it has lasted ${span(terms["wait"])}`);
    else if (kind === "ticks") found.push(`once ${terms["count"]} ticks say so`);
    else found.push(`looked at when bars of ${span(terms["length"])} close`);
  }
  if (options["window"] === "life") found.push("counted since the beginning");
  if (options["valuation"] === "net") found.push("less charges");
  if (options["strict"]) found.push("a touch is no breach");
  return found.length ? ` (${found.join("; ")})` : "";
}
