import { expect, test } from "vitest";
import { isLess, minus, times } from "./decimal";

test("products and differences lose nothing, in either direction", () => {
  expect([times("0.1", "3"), times("-0.05", "100", "2"), times("2", "75"), times("0", "0.5")]).toEqual(["0.3", "-10.00", "150", "0.0"]);
  expect([minus("0.3", "0.1"), minus("1", "1.25"), minus("-0.5", "-1"), minus("9007199254740993", "1")]).toEqual(["0.2", "-0.25", "0.5", "9007199254740992"]);
  expect([isLess("1", "1.0"), isLess("0.99", "1"), isLess("-1", "0")]).toEqual([false, true, true]);
});
