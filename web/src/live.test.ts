import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "./wire";

/** A connection that a test speaks through. */
class Line {
  static all: Line[] = [];
  static get last(): Line {
    return Line.all.at(-1)!;
  }
  onmessage?: (message: { data: string }) => void;
  onclose?: (close: { code: number }) => void;
  constructor(readonly url: string) {
    Line.all.push(this);
  }
  close(): void {}
  tell(...messages: object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let frames: (() => void)[] = [];
const draw = () => frames.splice(0).forEach((frame) => frame());
let answers: Record<string, unknown> = {};

vi.stubGlobal("location", { protocol: "http:", host: "desk", pathname: "/", search: "", hash: "", origin: "http://desk" });
vi.stubGlobal("document", { addEventListener: () => undefined, visibilityState: "visible" });
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("window", globalThis);
vi.stubGlobal("WebSocket", Line);
vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
vi.stubGlobal("fetch", async (path: string) => Response.json(await answers[path.split("?")[0]!]));

const live = await import("./live");
const { login, leave } = await import("./session");
const { lookBack, story } = await import("./story");
const { curve } = await import("./history");

const AT = { at: "2026-11-20T10:00:00.000+05:30", at_ns: 1_795_000_000e9 };
const row = (mtm: number) => ({ name: "S", mtm_x4: mtm, peak_x4: mtm });
const snapshot = (seq: number, items: object): Message => ({ type: "snapshot", seq, ...AT, items: items as never });
const delta = (seq: number, items: object): Message => ({ type: "delta", seq, ...AT, at_ns: AT.at_ns + seq * 1e9, items: items as never });
const killed = (seq: number): Message => ({ type: "event", seq, ...AT, events: [{ killed: { reason: `of ${seq}` } }] });

async function enter(by: string, accounts: string[] = []): Promise<Line> {
  answers["/api/v1/login"] = { by, role: "viewer", accounts };
  await login(by, "", "");
  live.connect();
  return Line.last;
}

function go(): void {
  live.disconnect();
  leave("");
}

let person = 0;
/** Somebody whom no test has seen. */
const somebody = () => `user:${person++}`;

beforeEach(() => {
  if (live.frozen.peek()) live.freeze();
  go();
  frames = [];
});

test("who came back was not told what had happened meanwhile", async () => {
  const who = somebody();
  (await enter(who)).tell(snapshot(7, { "strategy:1": row(1) }), killed(8));
  draw();
  go();
  expect((await enter(who)).url).toMatch(/\?since=8$/);
  expect(story.value.map((told) => told.seq)).toEqual([8]);
});

test.each([
  ["somebody else", () => enter(somebody())],
  ["the same with other accounts", () => enter("user:bound", ["main"])],
])("%s saw what was of the one before", async (_, next) => {
  (await enter("user:bound")).tell(snapshot(7, { "strategy:1": row(1) }), killed(8));
  draw();
  expect(curve("strategy:1").at.length).toBe(1);
  Line.last.tell(delta(9, { "strategy:1": row(2) }), killed(9));
  go();
  expect((await next()).url).toMatch(/stream$/);
  expect([story.value, live.strategies.value, live.turn.value, curve("strategy:1").at]).toEqual([[], [], 0, []]);
  // Nor does what had come and was not shown yet.
  draw();
  expect([story.value, live.turn.value]).toEqual([[], 0]);
  // What is told again is told to them too.
  Line.last.tell(snapshot(7, {}), killed(8));
  draw();
  expect(story.value.map((told) => told.seq)).toEqual([8]);
});

test("what happened in another journal stayed on the screen", async () => {
  vi.useFakeTimers();
  const line = await enter(somebody());
  line.tell(snapshot(7, { "strategy:1": row(1) }), killed(8));
  draw();
  live.hearOfKill(true, 99);
  line.onclose!({ code: 4409 });
  expect([story.value, live.strategies.value, live.turn.value, live.isKilled.value]).toEqual([[], [], 0, false]);
  vi.advanceTimersByTime(1_000);
  expect(Line.last).not.toBe(line);
  expect(Line.last.url).toMatch(/stream$/);
  vi.useRealTimers();
});

test("a look back that was slow told the next one what was of the one before", async () => {
  await enter(somebody());
  let answer: (found: unknown) => void = () => undefined;
  answers["/api/v1/events"] = new Promise((done) => (answer = done));
  const looking = lookBack(5);
  go();
  await enter(somebody());
  answer({ events: [killed(3)] });
  await looking;
  expect(story.value).toEqual([]);
});

test("after a log out the figures of then looked as if they were of now", async () => {
  (await enter(somebody())).tell(snapshot(7, {}));
  expect(live.line.value).toBe("live");
  go();
  expect(live.line.value).toBe("lost");
});

test("a screen that is held still jumped after 600 messages", async () => {
  const line = await enter(somebody());
  line.tell(snapshot(1, { "strategy:1": row(1), "trade:5": { id: 5, stop: "90", mark: "1" }, "trade:6": { id: 6, stop: "1" } }));
  draw();
  live.freeze();
  for (let seq = 2; seq < 2_000; seq++) line.tell(delta(seq, { "trade:5": { mark: String(seq) } }), killed(seq));
  line.tell(delta(2_000, { "trade:5": { stop: null }, "trade:6": null, "strategy:2": row(2) }));
  draw();
  const trade = live.trade(5);
  expect([live.turn.value, story.value.length, trade.value]).toEqual([1, 0, { id: 5, stop: "90", mark: "1" }]);
  // What went and came back has nothing of before, and a picture that comes meanwhile stands for all before it.
  for (let seq = 2_001; seq < 2_700; seq++) line.tell(delta(seq, { "trade:6": { id: 6, mark: String(seq) } }));
  expect(live.turn.value).toBe(1);
  live.freeze();
  expect([live.turn.value, story.value.length, trade.value]).toEqual([2_699, 1_000, { id: 5, mark: "1999" }]);
  expect(live.trade(6).value).toEqual({ id: 6, mark: "2699" });
  expect(live.strategyIds.value).toEqual([1, 2]);
  // Where nobody holds it, as many are shown at once: a page that is not in front has no frames.
  for (let seq = 3_000; seq < 3_601; seq++) line.tell(delta(seq, { "trade:5": { mark: String(seq) } }));
  expect(live.turn.value).toBe(3_600);
});
