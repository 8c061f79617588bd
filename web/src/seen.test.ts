import { expect, test, vi } from "vitest";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });

const fresh = async () => {
  vi.resetModules();
  return import("./seen");
};

test("what was seen stays seen over a load of the page, and goes on only forwards", async () => {
  const { acknowledge, seenUntil } = await fresh();
  expect(seenUntil.value).toBe(-1);
  acknowledge(1_795_000_000_123_456_789);
  acknowledge(1_795_000_000e9);
  expect((await fresh()).seenUntil.value).toBe(seenUntil.value);
  expect(seenUntil.value).toBe(1_795_000_000_123_456_789);
});

test("what is kept and is no time hid every alert", async () => {
  kept.set("highmark.alerts.seen-until", "soon");
  expect((await fresh()).seenUntil.value).toBe(-1);
});
