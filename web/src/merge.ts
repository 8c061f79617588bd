// What an item becomes by a delta, what a picture becomes by many, and how a scope's floor is shown.
import type { Picture } from "./wire";

export type Fields = Record<string, unknown>;

/** A merge patch (RFC 7396) of one level and those below it. */
export function merged(before: Fields, patch: Fields): Fields {
  const after = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete after[name];
    else if (isFields(value) && isFields(after[name])) after[name] = merged(after[name], value);
    else after[name] = value;
  }
  return after;
}

/** What was shown, and the pictures and deltas that came since, as one picture. */
export function folded(before: Record<string, Fields>, since: readonly Picture[]): Picture {
  const items = new Map(Object.entries(before));
  for (const { type, items: next } of since) {
    if (type === "snapshot") items.clear();
    for (const [name, fields] of Object.entries(next)) {
      const known = items.get(name);
      if (fields === null) items.delete(name);
      else items.set(name, known ? merged(known, fields) : fields);
    }
  }
  return { ...since.at(-1)!, type: "snapshot", items: Object.fromEntries(items) };
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** A scope's floor in terms of the mtm that is shown: after a reset a rule counts from there, and its own floor does too. */
export function shown(fields: Fields): Fields {
  const { mtm_x4: mtm, room_x4: room, peak_x4: peak } = fields;
  if (typeof mtm !== "number" || typeof room !== "number" || typeof peak !== "number") return fields;
  const floor = mtm - room;
  const share = peak > floor ? Math.round(Math.max(0, Math.min(1, room / (peak - floor))) * 1e6) : 0;
  return { ...fields, floor: ofX4(floor), floor_x4: floor, room_share: share };
}

/** Money as text, of a whole number of 1e-4 rupee. */
export function ofX4(whole: number): string {
  const digits = String(Math.abs(whole)).padStart(5, "0");
  return `${whole < 0 ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
