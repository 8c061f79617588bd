import { expect, test } from "vitest";
import { folded, merged, ofX4, shown } from "./merge";
import type { Items } from "./wire";

test("a patch changes what it names, takes away what it nulls, and leaves the rest", () => {
  const before = { mtm: "1", stop: "2", within: { a: 1, b: 2 }, list: [1, 2] };
  expect(merged(before, { mtm: "3", stop: null, within: { b: null, c: 4 }, list: [5] })).toEqual({ mtm: "3", within: { a: 1, c: 4 }, list: [5] });
  expect(before.mtm).toBe("1");
});

test("a floor is shown in terms of the mtm that is shown, also after a reset", () => {
  // After a reset at 10,000 the rule's own floor is -5,000; in terms of the day that is +5,000.
  const row = shown({ mtm_x4: 90_000_000, peak_x4: 100_000_000, room_x4: 40_000_000, floor_x4: -50_000_000 });
  expect(row["floor"]).toBe("5000.0000");
  expect(row["room_share"]).toBe(800_000);
  expect(shown({ mtm_x4: 1, peak_x4: 1 })).toEqual({ mtm_x4: 1, peak_x4: 1 });
  expect(shown({ mtm_x4: -10, peak_x4: 0, room_x4: -2 })["room_share"]).toBe(0);
});

test("money of a whole number of 1e-4 rupee keeps its sign and its noughts", () => {
  expect([ofX4(0), ofX4(-5), ofX4(123_456_789)]).toEqual(["0.0000", "-0.0005", "12345.6789"]);
});

test("pictures and deltas that wait become one picture, and what a picture does not have is gone", () => {
  const at = { at: "", at_ns: 1 };
  const before = { a: { x: 1, y: 2 }, b: { x: 1 }, c: { x: 1 } };
  const delta = (seq: number, items: Items) => ({ type: "delta" as const, seq, ...at, items });
  const one = delta(2, { a: { x: null, z: 3 }, b: null, d: { x: 4 } });
  const two = delta(3, { b: { y: 5 }, d: { x: 6 } });
  expect(folded(before, [one, two])).toEqual({ type: "snapshot", seq: 3, ...at, items: { a: { y: 2, z: 3 }, b: { y: 5 }, c: { x: 1 }, d: { x: 6 } } });
  const picture = { type: "snapshot" as const, seq: 4, ...at, items: { a: { x: 7 } } };
  expect(folded(before, [one, picture, delta(5, { a: { y: 8 } })])).toMatchObject({ seq: 5, items: { a: { x: 7, y: 8 } } });
  expect(Object.keys(folded(before, [picture]).items)).toEqual(["a"]);
  expect(before).toEqual({ a: { x: 1, y: 2 }, b: { x: 1 }, c: { x: 1 } });
});
