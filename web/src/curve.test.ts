import { expect, test } from "vitest";
import { perSecond, sum } from "./curve";
import { curve, prepend } from "./history";

const of = (at: number[], mtm: number[]) => ({ at, mtm, peak: mtm.map(() => null), floor: mtm.map(() => null) });

test("the whole is what its parts had at each moment, those that stood still included", () => {
  const whole = sum([of([10, 20, 40], [1, 2, 4]), of([20, 30], [100, 300])]);
  expect(whole.at).toEqual([10, 20, 30, 40]);
  expect(whole.mtm).toEqual([1, 102, 302, 304]);
  expect(whole.peak).toEqual([null, null, null, null]);
});

test("the record goes in front of what was seen, and nothing stands there twice", () => {
  Object.assign(curve("system"), of([30, 31], [5, 6]));
  prepend("system", of([10, 20, 30, 40], [1, 2, 3, 4]));
  expect(curve("system").at).toEqual([10, 20, 30, 31]);
  expect(curve("system").mtm).toEqual([1, 2, 5, 6]);
});

test("of several columns in one second the last is drawn, and no spike", () => {
  expect(perSecond(of([1, 1, 2, 3, 3, 3], [5, 6, 7, 8, 9, 10]))).toMatchObject({ at: [1, 2, 3], mtm: [6, 7, 10] });
});
