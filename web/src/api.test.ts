import { afterEach, expect, test, vi } from "vitest";
import { post, Refused, told } from "./api";

/** A service that answers in turn, and keeps the keys that it was sent. */
function service(...answers: (Response | Error)[]): string[] {
  const keys: string[] = [];
  const answer = (_: string, request: RequestInit) => {
    keys.push((request.headers as Record<string, string>)["Idempotency-Key"]!);
    const next = answers.shift() ?? done();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  vi.stubGlobal("fetch", answer);
  return keys;
}

const done = () => Response.json({ turn: 7, told: ["t5 is entered"] });
const refusal = (status: number, code: string) => Response.json({ code, detail: "no answer in time", hint: "look" }, { status });
const cut = () => new Response(new ReadableStream({ start: (body) => body.error(new Error("cut")) }));
const enter = (path: string) => post(path, { side: "buy" }).catch((error: unknown) => error as Refused);

afterEach(() => vi.unstubAllGlobals());

test.each([
  ["that was lost", () => new TypeError("failed to fetch")],
  ["that was cut", cut],
  ["that was late", () => refusal(503, "LATE")],
  ["of a tunnel in between", () => new Response("", { status: 504 })],
])("after an answer %s a second press entered a second trade", async (name, lost) => {
  const path = `/trades/${name}`;
  const keys = service(lost(), done(), done());
  const open = await enter(path);
  expect(told(open)).toContain("press again and change nothing: it is done once");
  expect(await enter(path)).toMatchObject({ told: ["t5 is entered (asked for more than once, done once)"] });
  // What was answered is over: the same once more is another trade.
  expect(await enter(path)).toMatchObject({ told: ["t5 is entered"] });
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

test("a refusal at the door on the second press forgot the key of the first", async () => {
  const keys = service(new TypeError("failed to fetch"), refusal(429, "TOO_OFTEN"), refusal(401, "NO_KEY"), refusal(409, "KILLED"), done());
  for (let times = 0; times < 5; times++) await enter("/door");
  expect(new Set(keys.slice(0, 4)).size).toBe(1);
  expect(keys[4]).not.toBe(keys[0]);
});

test("what is answered is asked anew, and so is anything else", async () => {
  const keys = service(refusal(409, "KILLED"), refusal(429, "TOO_OFTEN"), refusal(503, "NOT_DURABLE"), refusal(503, "CUT_OFF"), new TypeError("failed to fetch"));
  for (let times = 0; times < 5; times++) await enter("/anew");
  await post("/anew", { side: "sell" });
  await post("/anew", { side: "buy" }, '"3"');
  await post("/else", { side: "buy" });
  expect(new Set(keys).size).toBe(8);
});

test("two presses while the first is on its way entered two trades", async () => {
  const keys = service(done(), done(), done());
  await Promise.all([enter("/twice"), enter("/twice")]);
  await enter("/twice");
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});
