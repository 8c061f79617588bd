// A stranger's walk: the first command of the README, its link, and from there only what the screen says. It tells how
// long each part took a machine; a person needs the time to read besides.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./browser.mjs";
import { demo } from "./service.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("start, see what is protected and how far it is from breach, change a rule, see why, stop everything", async (t) => {
  const begun = Date.now();
  const step = (what) => t.diagnostic(`${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}`);
  const { link, end } = await demo();
  t.after(end);
  const { page, context, complaints } = await open(browser);
  t.after(() => context.close());
  await page.goto(link);
  await page.getByRole("button", { name: "KILL" }).waitFor();
  await page.getByText("PAPER", { exact: true }).waitFor();
  step("the desk is on the screen");
  // It moves.
  const day = page.locator(".top .day");
  const first = await day.textContent();
  await page.waitForFunction((first) => document.querySelector(".top .day")?.textContent !== first, first);
  await page.locator(".nearest li").first().waitFor();
  await picture(page, "walk-1-start");
  step("it moves, and the nearest to breach are named with their room");

  await page.getByText(/trades? ha(s|ve) no stop/).waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "Show", exact: true }).click();
  await page.getByRole("grid").getByText("no stop").first().waitFor();
  await picture(page, "walk-2-unprotected");
  step("what has no stop is found by the banner");
  await page.getByRole("grid").locator("[data-id] a").first().click();
  await page.getByRole("link", { name: "Add rule" }).click();
  await page.getByLabel("Distance behind the best price").fill("1%");
  await page.locator(".sentence").first().waitFor();
  await page.getByLabel("Reason, for the record").fill("it had none");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByText("Room to stop").first().waitFor();
  await picture(page, "walk-3-protected");
  step("it has a trailing stop now");

  await page.getByRole("link", { name: "Momentum" }).or(page.getByRole("link", { name: "Strategies" })).first().click();
  await page.getByRole("link", { name: "Strategies" }).first().click();
  await page.getByRole("link", { name: "Carry" }).click();
  await page.getByRole("link", { name: "Amend give-back floor of Carry" }).click();
  await page.getByLabel("Share that may be given back").fill("30%");
  await page.getByLabel("Reason, for the record").fill("keep more");
  await picture(page, "walk-4-rule");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("give back at most 30% of the peak").first().waitFor();
  step("a rule is changed");

  await page.getByRole("link", { name: "Alerts" }).first().click();
  await page.getByRole("button", { name: "Everything" }).click();
  const exit = page.locator("tr").filter({ hasText: / exits: / }).first();
  await exit.waitFor({ timeout: 120_000 });
  await exit.getByRole("link", { name: "why" }).click();
  await page.locator("[data-explanation] .fired").first().waitFor();
  await picture(page, "walk-5-why");
  step("why something exited is told with the numbers");

  await page.getByRole("button", { name: "KILL" }).click();
  const hold = page.getByRole("button", { name: /^Hold to exit/ });
  await picture(page, "walk-6-kill");
  await hold.hover();
  await page.mouse.down();
  await page.getByRole("heading", { name: "The kill is engaged" }).waitFor();
  await page.mouse.up();
  await page.getByText("Everything is flat.").waitFor();
  await picture(page, "walk-7-flat");
  step("everything is closed");
  assert.deepEqual(complaints, []);
});
