// The curve of the day from the record, in front of what this screen has seen; and the whole as the sum of its parts.
import { get } from "./api";
import { asker, onForget } from "./forget";
import { prepend, type Curve } from "./history";
import type { Id } from "./wire";

interface Recorded {
  at_ns: number[];
  last_x4: number[];
  peak_x4: number[];
  floor_x4: (number | null)[];
  /** What the session had made before the day: the rows that go on with this curve count it. */
  carried_x4: number[];
  marks: { at_ns: number; kind: string }[];
}

const COLUMNS = 1_000;
/** With more strategies the whole begins with what this screen has seen. */
const MOST_PARTS = 40;
/** A curve that was asked for is not asked for again so soon. */
const FRESH = 60_000;

const asked = new Map<string, number>();
onForget(() => asked.clear());

/** Puts the day so far in front of a curve: of `strategy:3`, or of `system`, which is made of these strategies. */
export async function recall(name: string, strategies: readonly Id[]): Promise<void> {
  const of = /^strategy:(\d+)$/.exec(name)?.[1];
  if (of !== undefined && !strategies.includes(Number(of))) return;
  if (of === undefined && (name !== "system" || strategies.length === 0 || strategies.length > MOST_PARTS)) return;
  if (Date.now() - (asked.get(name) ?? -Infinity) < FRESH) return;
  asked.set(name, Date.now());
  const isStill = asker();
  try {
    const parts: Curve[] = [];
    for (const id of of === undefined ? strategies : [Number(of)]) parts.push(await recorded(id));
    if (isStill()) prepend(name, of === undefined ? sum(parts) : parts[0]!);
  } catch {
    // The record cannot be had now; what comes is drawn all the same.
    asked.delete(name);
  }
}

async function recorded(id: Id): Promise<Curve> {
  const found = await get<Recorded>(`/api/v1/strategies/${id}/curve?columns=${COLUMNS}`);
  const rupees = (money: number | null, index: number) => (money === null ? null : (money + found.carried_x4[index]!) / 1e4);
  // Whoever was shut down and reset counts anew from there: a floor of then is in other terms than this mtm.
  const until = found.marks.find((mark) => mark.kind === "shutdown")?.at_ns ?? Infinity;
  return perSecond({
    at: found.at_ns.map((at) => Math.floor(at / 1e9)),
    mtm: found.last_x4.map((money, index) => rupees(money, index)!),
    peak: found.peak_x4.map(rupees),
    floor: found.floor_x4.map((money, index) => (found.at_ns[index]! > until ? null : rupees(money, index))),
  });
}

/** A young day has many columns in a second: the last of each stays. */
export function perSecond(all: Curve): Curve {
  const isLast = (_: unknown, index: number) => all.at[index] !== all.at[index + 1];
  return { at: all.at.filter(isLast), mtm: all.mtm.filter(isLast), peak: all.peak.filter(isLast), floor: all.floor.filter(isLast) };
}

/** What all of them had together at each moment at which one of them moved. Peak and floor of the whole are no sums. */
export function sum(parts: readonly Curve[]): Curve {
  const at = [...new Set(parts.flatMap((part) => part.at))].sort((one, other) => one - other);
  const mtm = at.map(() => 0);
  for (const part of parts) {
    let next = 0;
    let last = 0;
    at.forEach((second, index) => {
      while (next < part.at.length && part.at[next]! <= second) last = part.mtm[next++]!;
      mtm[index]! += last;
    });
  }
  return { at, mtm, peak: at.map(() => null), floor: at.map(() => null) };
}
