import { expect, test } from "vitest";
import { distance, expiry, risk, shareOfEntry, underlying } from "./trade-room";
import type { Trade } from "./wire";

const trade = (fields: Partial<Trade>) => ({ status: "open", side: "buy", open: "75", multiplier: 1, ...fields }) as Trade;

test("the way to the stop is counted in the trade's own direction", () => {
  expect(distance(trade({ mark: "26030", stop: "26010", best: "26050" }))).toMatchObject({ points: "20.00", rupees: "1500.00", share: 500_000 });
  expect(distance(trade({ side: "sell", mark: "100", stop: "104", best: "96" }))).toMatchObject({ points: "4.00", share: 500_000 });
  expect(distance(trade({ mark: "26009", stop: "26010", best: "26050" }))).toMatchObject({ points: "-1.00", share: 0 });
});

test("the rupees to a stop were a hundredth of what they are with a multiplier of 100", () => {
  expect(distance(trade({ mark: "70.25", stop: "69.75", best: "71", open: "3", multiplier: 100 }))).toMatchObject({ points: "0.50", rupees: "150.00" });
  expect(risk(["0.5", "2%"], "70", "3", "100")).toEqual({ points: "0.50", rupees: "150.00" });
  const bought = { entry: "70", quantity: "3", mtm_x4: 210_0000 };
  expect([shareOfEntry(trade({ ...bought, multiplier: 100 })), shareOfEntry(trade(bought))]).toEqual([10_000, 1_000_000]);
});

test("rupees went through a float", () => {
  expect(distance(trade({ mark: "0.3", stop: "0.1", best: "0.3", open: "10000000000" }))!.rupees).toBe("2000000000.00");
  expect(distance(trade({ mark: "90071992.54740993", stop: "90071992.54740992", best: "90071993", open: "100000000" }))!.rupees).toBe("1.00");
  expect(distance(trade({ mark: "26030.123456", stop: "26010.1", best: "26050", open: "75" }))).toMatchObject({ points: "20.02", rupees: "1501.76" });
});

test("what a new trade risks is the nearest stop, in what is known", () => {
  expect(risk(["40", "1%"], "26000", "75", "1")).toEqual({ points: "40.00", rupees: "3000.00" });
  expect(risk(["400", "1%"], "26000", "75", "1")).toEqual({ points: "260.00", rupees: "19500.00" });
  expect(risk(["1%"], null, "75", "1")).toBeUndefined();
  expect(risk(["1%", "30"], null, "75", "1")).toEqual({ points: "30.00", rupees: "2250.00" });
  expect(risk(["forty", ""], "26000", "75", "1")).toBeUndefined();
  expect(risk(["0.5%"], "100", "0.3", "1")).toEqual({ points: "0.50", rupees: "0.15" });
});

test("without a mark or a stop, and for what is not open, there is none", () => {
  expect(distance(trade({ mark: "26030" }))).toBeUndefined();
  expect(distance(trade({ stop: "26030" }))).toBeUndefined();
  expect(distance(trade({ mark: "1", stop: "1", status: "exiting" }))).toBeUndefined();
});

test("options and futures are of their underlying and expiry, a share is of itself", () => {
  expect(["NIFTY26DEC26000CE", "BANKNIFTY26DECFUT", "NIFTY26D0126000PE", "SBIN", "M&M"].map(underlying)).toEqual(["NIFTY", "BANKNIFTY", "NIFTY", "SBIN", "M&M"]);
  expect(["NIFTY26DEC26000CE", "NIFTY26D0126000PE", "SBIN"].map(expiry)).toEqual(["26DEC", "26D01", "no expiry"]);
});
