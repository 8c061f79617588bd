import { expect, test } from "vitest";
import { distance, expiry, underlying } from "./trade-room";
import type { Trade } from "./wire";

const trade = (fields: Partial<Trade>) => ({ status: "open", side: "buy", open: "75", ...fields }) as Trade;

test("the way to the stop is counted in the trade's own direction", () => {
  expect(distance(trade({ mark: "26030", stop: "26010", best: "26050" }))).toMatchObject({ points: "20.00", rupees: "1500.00", share: 500_000 });
  expect(distance(trade({ side: "sell", mark: "100", stop: "104", best: "96" }))).toMatchObject({ points: "4.00", share: 500_000 });
  expect(distance(trade({ mark: "26009", stop: "26010", best: "26050" }))).toMatchObject({ points: "-1.00", share: 0 });
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
