import { describe, expect, it } from "vitest";
import type { RuleDraft } from "../wire";
import { filled, formOf, unshown, valueIn, type Touched } from "./form";
import { sentence, share } from "./sentence";
import { flat, isSame, termsOf, written } from "./terms";

const USUAL = { strict: false, confirm: null, peak_mark: null, breach_mark: null, watch: "own", window: "session", valuation: "gross", action: null, then: null, warn: null, force: false };
/** What is said comes first, as it is written. */
const draft = (spec: object, options: object = {}) => ({ spec, options: { ...options, ...USUAL, ...options } }) as RuleDraft;

/** Words, and the rule that the service makes of them. */
const RULES: [words: string, spec: object, options?: object][] = [
  ["stop_loss price=25900", { price: { stop_loss: { at: { price: "25900" } } } }],
  ["stop_loss from_entry=0.125%", { price: { stop_loss: { at: { from_entry: { of_entry: "0.00125" } } } } }],
  ["target price=26500", { price: { target: { at: { price: "26500" } } } }],
  ["trail arm_at=26100 by=60", { price: { trail: { arm_at: { price: "26100" }, by: { points: "60" } } } }],
  ["trail arm_at.profit=25bps by=60", { price: { trail: { arm_at: { profit: { basis_points: 25 } }, by: { points: "60" } } } }],
  ['{ trail = { arm_at = { profit = "2.5% of premium" }, by = "1% of best" } }', { price: { trail: { arm_at: { profit: { of_premium: "0.025" } }, by: { of_best: "0.01" } } } }],
  ["trail by=20ticks breach_mark=mid force=true peak_mark=last strict=true watch=underlying", { price: { trail: { arm_at: null, by: { ticks: 20 } } } }, { breach_mark: "mid", force: true, peak_mark: "last", strict: true, watch: "underlying" }],
  ["keep arm_at=26100.05 fraction=0.125%", { price: { keep: { arm_at: { price: "26100.05" }, fraction: "0.00125" } } }],
  ["break_even at=20 plus=-1.5", { price: { break_even: { at: { points: "20" }, plus: "-1.5" } } }],
  ["break_even at=0.5% plus=0", { price: { break_even: { at: { of_entry: "0.005" }, plus: "0" } } }],
  ["step start.from_entry=1% every=10 from=26010.5 move=5", { price: { step: { by: { whole_steps: { move: { points: "5" } } }, every: { points: "10" }, from: "26010.5", start: { from_entry: { of_entry: "0.01" } } } } }],
  ["step start=25900 every=10", { price: { step: { by: "full_move", every: { points: "10" }, from: null, start: { price: "25900" } } } }],
  ['{ ladder = [{ at = "10", stop = "-5" }, { at = "1%", trail = "8" }, { at = "500", steps = { by = "8", every = "2" } }] }', { price: { ladder: { rungs: [{ at: { points: "10" }, stop: { profit: "-5" } }, { at: { of_entry: "0.01" }, stop: { trail: { by: { points: "8" } } } }, { at: { points: "500" }, stop: { steps: { by: { points: "8" }, every: { points: "2" } } } }] } } }],
  ["bars study=chandelier length=5m multiple=3 period=14", { price: { bars: { length: 300000000000, study: { chandelier: { multiple: "3", period: 14 } } } } }],
  ["bars study=parabolic_sar length=90m most=0.2 step=0.02", { price: { bars: { length: 5400000000000, study: { parabolic_sar: { most: "0.2", step: "0.02" } } } } }],
  ["bars study=donchian length=250ms period=5", { price: { bars: { length: 250000000, study: { donchian: { period: 5 } } } } }],
  ["time at=15:15:00", { price: { time: { when: { at: 54900000000000 } } } }],
  ["time at=15:15:30", { price: { time: { when: { at: 54930000000000 } } } }],
  ["time after=90m", { price: { time: { when: { after: 5400000000000 } } } }],
  ["time before_close=90s", { price: { time: { when: { before_close: 90000000000 } } } }],
  ["max_loss amount=5000 then.strategy=exit", { mtm: { max_loss: { amount: { money: "5000" } } } }, { then: { action: "exit", reach: "strategy" } }],
  ["trail by=40 action.reduce=33.3333% then.system.reduce=25%", { price: { trail: { arm_at: null, by: { points: "40" } } } }, { action: { reduce: "0.333333" }, then: { action: { reduce: "0.25" }, reach: "system" } }],
  ['{ max_loss = { amount = "2% of capital" }, warn = ["50%", "12.5%"] }', { mtm: { max_loss: { amount: { of_capital: "0.02" } } } }, { warn: ["0.5", "0.125"] }],
  ["max_loss amount=5000.5 action=block_entries confirm.ticks=3 confirm.within=2s valuation=net window=life", { mtm: { max_loss: { amount: { money: "5000.5" } } } }, { action: "block_entries", confirm: { ticks: { count: 3, within: 2000000000 } }, valuation: "net", window: "life" }],
  ["max_loss amount=5000 confirm.candle_close=5m", { mtm: { max_loss: { amount: { money: "5000" } } } }, { confirm: { candle_close: { length: 300000000000 } } }],
  ["max_loss amount=5000 action=alert confirm.wait=5s", { mtm: { max_loss: { amount: { money: "5000" } } } }, { action: "alert", confirm: { seconds: { wait: 5000000000 } } }],
  ["target amount=8000", { mtm: { target: { amount: { money: "8000" } } } }],
  ["give_back arm_at=0 fraction=30%", { mtm: { give_back: { arm_at: { money: "0" }, fraction: "0.3" } } }],
  ["gap amount=100 arm_at=1500 floor=-200", { mtm: { gap: { amount: { money: "100" }, arm_at: { money: "1500" }, floor: { money: "-200" } } } }],
  ["lock arm_at=5000 floor=3000", { mtm: { lock: { arm_at: { money: "5000" }, floor: { money: "3000" } } } }],
  ["lock_and_trail arm_at=5000 every=500 floor=3000 max_steps=4 raise=250", { mtm: { lock_and_trail: { arm_at: { money: "5000" }, every: { money: "500" }, floor: { money: "3000" }, max_steps: 4, raise: { money: "250" } } } }],
  ["trail_loss cap=cost every=1000 loss=5000 raise=500", { mtm: { trail_loss: { cap: "cost", every: { money: "1000" }, loss: { money: "5000" }, raise: { money: "500" } } } }],
  ["trail_loss cap=none every=1000 loss=5000 raise=500", { mtm: { trail_loss: { cap: "none", every: { money: "1000" }, loss: { money: "5000" }, raise: { money: "500" } } } }],
  ["drawdown percent=4.5% basis=end_of_day lock_at=100", { mtm: { drawdown: { basis: "end_of_day", distance: { of_balance: "0.045" }, lock_at: "100" } } }],
  ["drawdown amount=2500 basis=intraday", { mtm: { drawdown: { basis: "intraday", distance: { money: "2500" }, lock_at: null } } }],
  ["daily_loss amount=10000", { mtm: { daily_loss: { amount: { money: "10000" } } } }],
  ["daily_target amount=10000", { mtm: { daily_target: { amount: { money: "10000" } } } }],
  ["max_trades_per_day count=20", { mtm: { max_trades_per_day: { count: 20 } } }],
  ["cooling_off losses=3 wait=15m", { mtm: { cooling_off: { losses: 3, wait: 900000000000 } } }],
];

describe("the terms of a rule that stands", () => {
  it.each(RULES)("lost something on the way into words: %s", (words, spec, options) => {
    expect(written(termsOf(draft(spec, options))!)).toBe(words);
  });

  it.each(RULES)("were changed by a form that nobody touched: %s", (words, spec, options) => {
    const held = termsOf(draft(spec, options))!;
    const form = formOf(draft(spec, options));
    if (form) expect(written(filled(held, form, { values: {} }))).toBe(words);
  });

  it("that are not known here were guessed", () => {
    expect(termsOf(draft({ price: { trail: { by: { parsecs: "3" } } } }))).toBeUndefined();
    expect(termsOf(draft({ price: { trail: { by: { points: "3" } } } }, { later: { a: 1 } }))).toBeUndefined();
  });
});

describe("the form", () => {
  const amended = (spec: object, options: object, touched: Touched) => {
    const held = draft(spec, options);
    return written(filled(termsOf(held)!, formOf(held)!, touched));
  };
  const trail = { price: { trail: { by: { points: "60" }, arm_at: { price: "26100" } } } };

  it("put a price where a distance stands", () => {
    const held = draft({ price: { target: { at: { price: "26500" } } } });
    const form = formOf(held)!;
    expect(form.fields.map((field) => valueIn(termsOf(held)!, form, field))).toEqual(["", "26500"]);
    expect(amended(held.spec, {}, { values: { price: "26400" } })).toBe("target price=26400");
    expect(amended(held.spec, {}, { values: { price: "", from_entry: "2%" } })).toBe("target from_entry=2%");
    expect(amended(trail, {}, { values: { by: "50" } })).toBe("trail by=50 arm_at=26100");
    expect(amended(trail, {}, { values: { arm_price: "", arm_at: "40" } })).toBe("trail by=60 arm_at.profit=40");
    expect(amended(trail, {}, { values: { arm_price: "" } })).toBe("trail by=60");
    expect(amended({ price: { trail: { by: { points: "60" }, arm_at: { profit: { points: "40" } } } } }, {}, { values: { arm_price: "" } })).toBe("trail by=60 arm_at.profit=40");
  });

  it("dropped what it has no field for", () => {
    const gap = { mtm: { gap: { amount: { money: "100" }, arm_at: { money: "1500" }, floor: { money: "-200" } } } };
    const options = { warn: ["0.5", "0.125"], window: "life", strict: true, then: { reach: "account", action: "alert" }, confirm: { ticks: { count: 3, within: 2e9 } } };
    const stays = "floor = \"-200\" }, warn = [\"50%\", \"12.5%\"], window = \"life\", strict = true, then = { account = \"alert\" }";
    expect(amended(gap, options, { values: { amount: "200" } })).toBe(`{ gap = { amount = "200", arm_at = "1500", ${stays}, confirm = { ticks = "3", within = "2s" } }`);
    expect(amended(gap, options, { values: {}, confirm: "5s" })).toBe(`{ gap = { amount = "100", arm_at = "1500", ${stays}, confirm = { wait = "5s" } }`);
    const held = draft(gap, options);
    expect(flat(unshown(termsOf(held)!, formOf(held)!)).map(([path]) => path)).toEqual(["gap.floor", "warn", "window", "strict", "then.account", "confirm.ticks", "confirm.within"]);
    expect(amended(gap, { action: "exit" }, { values: {}, alertOnly: true })).toContain("action=alert");
    expect(amended(gap, { action: "exit" }, { values: {}, alertOnly: false })).toContain("action=exit");
    expect(amended(gap, { action: "alert" }, { values: {}, alertOnly: false })).not.toContain("action");
  });

  it("of a trade was shown for a rule on mtm that stands on one", () => {
    expect(formOf(draft({ mtm: { max_loss: { amount: { money: "5000" } } } }))!.id).toBe("max_loss");
    expect(formOf(draft({ mtm: { target: { amount: { money: "5000" } } } }))).toBeUndefined();
  });
});

it("a share was rounded to two places", () => {
  expect(["0.00125", "0.4", "1", "0.1", "0", "0.333333"].map(share)).toEqual(["0.125%", "40%", "100%", "10%", "0%", "33.3333%"]);
  expect(sentence(draft({ price: { keep: { fraction: "0.00125", arm_at: null } } }))).toBe("Keep 0.125% of the best profit; exit when less is left.");
});

it("two drafts are the same in any order, and not with one term less", () => {
  expect(isSame({ a: [1, { b: null }], c: "1" }, { c: "1", a: [1, { b: null }] })).toBe(true);
  for (const other of [{ a: [1], c: "1" }, { a: [1, { b: null }] }, { a: { 0: 1, 1: { b: null } }, c: "1" }, { a: [1, { b: 0 }], c: "1" }, undefined]) {
    expect(isSame({ a: [1, { b: null }], c: "1" }, other)).toBe(false);
  }
});
