import { describe, expect, it } from "vitest";
import { filled } from "./form";
import { KINDS, numbers, picture } from "./kinds";
import { written } from "./terms";

const kindOf = (id: string) => KINDS.find((kind) => kind.id === id);

describe("the words of a rule", () => {
  it("are those of a scenario, without what stays empty", () => {
    const trail = kindOf("trail")!;
    const words = (values: Record<string, string>, others = {}) => written(filled({}, trail, { values, ...others }));
    expect(words({ by: "40", arm_at: "", arm_price: "" })).toBe("trail by=40");
    expect(words({ by: "40", arm_at: "20" }, { alertOnly: true, confirm: "5s" })).toBe("trail by=40 arm_at.profit=20 action=alert confirm.wait=5s");
  });

  it("with a blank in a field were no words of the service", () => {
    expect(written(filled({}, kindOf("max_loss")!, { values: { amount: "2% of capital" } }))).toBe('{ max_loss = { amount = "2% of capital" } }');
    expect(written(filled({}, kindOf("trail")!, { values: { by: "40 action=alert" } }))).toBe('{ trail = { by = "40 action=alert" } }');
  });
});

describe("the picture of a rule", () => {
  const table = (id: string, values: Record<string, string>, peaks: number[]) => {
    const kind = kindOf(id)!;
    return kind.levels!(peaks, numbers(kind, values));
  };

  it("has the levels of the rule manual", () => {
    const steps = { arm_at: "5000", floor: "3000", every: "500", raise: "250" };
    expect(table("lock_and_trail", steps, [4999, 5000, 5499, 5500, 6100, 8000])).toEqual([null, 3000, 3000, 3250, 3500, 4500]);
    expect(table("give_back", { fraction: "30%", arm_at: "0" }, [6000, 100])).toEqual([4200, 4200]);
    expect(table("gap", { amount: "100", arm_at: "1500" }, [1499, 1500, 1800])).toEqual([null, 1400, 1700]);
    expect(table("trail", { by: "5" }, [0, 3, 10, 6])).toEqual([-5, -2, 5, 5]);
    expect(table("trail_loss", { loss: "5000", every: "1000", raise: "500", cap: "cost" }, [0, 999, 1000, 2500, 6000, 12000])).toEqual([-5000, -5000, -4500, -4000, -2000, 0]);
  });

  it("never loosens, and says where it acts", () => {
    for (const id of ["trail", "give_back", "gap", "lock", "lock_and_trail", "trail_loss", "keep", "break_even"]) {
      const kind = kindOf(id)!;
      const values = Object.fromEntries(kind.fields.map((field) => [field.id, field.first]));
      const drawn = picture(kind, values)!;
      const levels = drawn.levels.filter((level) => level !== null);
      levels.forEach((level, at) => expect(level).toBeGreaterThanOrEqual(levels[at - 1] ?? -Infinity));
      expect(drawn.at, id).toBeDefined();
    }
  });

  it("drew a price as if it were a distance", () => {
    expect(picture(kindOf("stop_loss")!, { from_entry: "", price: "25900" })).toBeUndefined();
    expect(picture(kindOf("trail")!, { by: "60", arm_at: "", arm_price: "26100" })).toBeUndefined();
  });
});
