import { describe, expect, it } from "vitest";
import { age, count, date, level, money, percent, price, quantity, rupees, short, stamp, time, way } from "./format";

describe("money", () => {
  it("is grouped as in India, exactly, with a real minus and no negative zero", () => {
    const cases: [string, string][] = [
      ["0", "₹0.00"],
      ["0.05", "₹0.05"],
      ["999.99", "₹999.99"],
      ["1000", "₹1,000.00"],
      ["100000", "₹1,00,000.00"],
      ["1234567.5", "₹12,34,567.50"],
      ["12345678", "₹1,23,45,678.00"],
      ["-1234567.5", "−₹12,34,567.50"],
      ["-0.004", "₹0.00"],
      ["-0.005", "−₹0.01"],
      ["9007199254740993.07", "₹9,00,71,99,25,47,40,993.07"],
      ["0.9999999999999999", "₹1.00"],
    ];
    for (const [text, shown] of cases) expect(money(text)).toBe(shown);
    expect(money("5", "signed")).toBe("+₹5.00");
    expect(money("0", "signed")).toBe("₹0.00");
    expect(money("-5", "signed")).toBe("−₹5.00");
    expect(rupees("1499.5")).toBe("₹1,500");
    for (const nothing of [null, undefined, "", "x", "1e5"]) expect(money(nothing)).toBe("–");
  });

  it("is short in lakh and crore", () => {
    expect(short("99999")).toBe("₹99,999");
    expect(short("123000")).toBe("₹1.23 L");
    expect(short("-45600000", "signed")).toBe("−₹4.56 Cr");
  });

  it("tells which way it went", () => {
    expect([way("0.00"), way("-0"), way("3"), way("-0.01"), way(null)]).toEqual(["even", "even", "gain", "loss", "even"]);
  });
});

describe("prices, quantities and shares", () => {
  it("keeps the places that a price has, at least two", () => {
    expect(price("26007.6")).toBe("26,007.60");
    expect(price("83.4525")).toBe("83.4525");
    expect(price("1000000")).toBe("10,00,000.00");
    expect(level("1505.50405")).toBe("1,505.50");
    expect(level("83.45254")).toBe("83.4525");
    expect(quantity("1500.00")).toBe("1,500");
    expect(quantity("0.5")).toBe("0.5");
    expect(percent(966458)).toBe("96.6%");
    expect(percent(-100)).toBe("0.0%");
    expect(count(1, "trade")).toBe("1 trade");
    expect(count(0, "trade")).toBe("0 trades");
  });
});

describe("time", () => {
  it("is Indian wherever the browser is", () => {
    const at = "2026-11-29T00:35:13.228+05:30";
    expect(time(at)).toBe("00:35:13");
    expect(date(at)).toBe("29 Nov 2026");
    expect(stamp(Date.parse(at))).toBe(at);
    expect(age(59_400)).toBe("59 s");
    expect(age(7_500_000)).toBe("2 h 5 min");
  });
});
