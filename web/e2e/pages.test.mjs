// Every page: it loads without a complaint, axe finds nothing in either theme, wide and as narrow as a phone. With
// PICTURES=FOLDER pictures of all of it are left there, to be looked at.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { at, enter, launch, open, picture } from "./browser.mjs";
import { Service, until } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pages, what shows that they are there, and the name of their picture. */
const PAGES = [
  ["/", "Nearest to breach", "home"],
  ["/strategies", "Momentum", "strategies"],
  ["/strategies/0", "Rules in words", "strategy"],
  ["/strategies/new", "Make it", "new-strategy"],
  ["/positions", "BANKNIFTY", "positions"],
  ["/trades/0", "Room to stop", "trade"],
  ["/trades/2", "Closed by", "trade-closed"],
  ["/trades/new", "Enter it", "new-trade"],
  ["/alerts", "What", "alerts"],
  ["/rules", "in force", "rules"],
  ["/rules/new?on=strategy&id=0", "On a made-up path", "rule-editor"],
  ["/replay", "What if", "replay"],
  ["/reports", "Exits by their reason", "reports"],
  ["/settings", "Configuration in force", "settings"],
  ["/strategies/nowhere", "There is no such page", "nowhere"],
];

let browser;
let service;
before(async () => {
  browser = await launch();
  service = await new Service().start();
  await morning(service);
});
after(async () => {
  await service.end();
  await browser.close();
});

/** Some trades with a story, so that there is something to see. */
async function morning(service) {
  await service.prices({ NIFTY: 26000, BANKNIFTY: 58000, NIFTY26DEC26000CE: 140, SBIN: 900 });
  await service.enter("n1", { quantity: "150", rules: ["trail by=40", "target from_entry=400"] });
  await service.enter("b1", { instrument: 1, quantity: "70", side: "sell", rules: ["stop_loss from_entry=1%"] });
  await service.enter("n2", { rules: ["trail by=20"] });
  await service.enter("ce", { strategy: 1, instrument: 2, side: "sell", quantity: "300" });
  await service.enter("s1", { strategy: 1, instrument: 3, quantity: "400", rules: ["keep fraction=50%"] });
  const path = [26020, 26045, 26070, 26062, 26051, 26049, 26068, 26082, 26090, 26075, 26066, 26071];
  for (const [step, price] of path.entries()) {
    await service.prices({ NIFTY: price, BANKNIFTY: 58000 - step * 14 + (step % 3) * 25, NIFTY26DEC26000CE: 140 + step * 1.5, SBIN: 900 + step * 0.6 });
  }
}

async function complaintsOf(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return violations.flatMap((violation) => violation.nodes.map((node) => `${where}: ${violation.id}: ${node.target.join(" ")}: ${node.failureSummary?.split("\n")[1]?.trim()}`));
}

/** Nothing has to be scrolled sideways to be read. */
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** A number of which a part is hidden is another number. */
const cutNumbers = (page) =>
  page.evaluate(() => {
    const isCut = (one) => {
      const { left, right, width } = one.getBoundingClientRect();
      if (width === 0 || one.closest(".unseen")) return false;
      for (let at = one.parentElement; at; at = at.parentElement) {
        const hides = getComputedStyle(at).overflowX;
        const edge = at.getBoundingClientRect();
        if (["hidden", "clip"].includes(hides) && (right > edge.right + 1 || left < edge.left - 1)) return true;
        if (["auto", "scroll"].includes(hides)) return false;
      }
      return left < 0 || right > innerWidth + 1;
    };
    return [...document.querySelectorAll(".num")].filter(isCut).map((one) => `${one.parentElement.className || one.parentElement.tagName} ${one.textContent}`);
  });

for (const [theme, width, height] of [
  ["dark", 1440, 900],
  ["light", 1440, 900],
  ["dark", 320, 700],
  ["light", 320, 700],
]) {
  test(`every page is sound, ${theme}, ${width} wide`, async (t) => {
    const { page, context, complaints } = await open(browser, { theme, width, height });
    t.after(() => context.close());
    await enter(page, service);
    const found = [];
    for (const [path, wanted, name] of PAGES) {
      await page.goto(at(service, path));
      await page.locator("main").getByText(wanted).first().waitFor();
      await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, theme);
      // The figures have come, and what is loaded later is there.
      await page.waitForFunction(() => !document.querySelector(".loading") && /₹/.test(document.querySelector(".top")?.textContent ?? ""));
      if (path === "/" || path === "/strategies/0") await page.locator(".chart-host canvas").first().or(page.getByText("The curve begins")).first().waitFor();
      found.push(...(await complaintsOf(page, path)));
      const wide = await overflow(page);
      if (wide > 0) found.push(`${path}: ${wide} pixels too wide for ${width}`);
      found.push(...(await cutNumbers(page)).map((one) => `${path}: cut: ${one}`));
      await picture(page, `${name}-${theme}-${width}`);
    }
    // The dialogs, too.
    await page.goto(at(service, "/positions"));
    await page.getByRole("button", { name: "KILL" }).click();
    await page.getByRole("heading", { name: "Kill: close everything" }).waitFor();
    found.push(...(await complaintsOf(page, "kill")));
    await picture(page, `kill-${theme}-${width}`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /^Search/ }).waitFor();
    found.push(...(await complaintsOf(page, "palette")));
    await picture(page, `palette-${theme}-${width}`);
    await page.keyboard.press("Escape");
    assert.deepEqual(found, []);
    assert.deepEqual(complaints, []);
  });
}

test("the way in is sound in both themes, and nothing is shown to whoever is not let in", async (t) => {
  for (const theme of ["dark", "light"]) {
    const { page, context } = await open(browser, { theme });
    t.after(() => context.close());
    await page.goto(at(service, "/positions"));
    await page.getByRole("button", { name: "Log in" }).waitFor();
    assert.deepEqual(await complaintsOf(page, "login"), []);
    assert.ok(!(await page.textContent("body")).includes("NIFTY"));
    await picture(page, `login-${theme}-1440`);
  }
});

test("each palette of colours can be read, and the choice stays", async (t) => {
  const { page, context } = await open(browser);
  t.after(() => context.close());
  await enter(page, service);
  const found = [];
  for (const theme of ["Dark", "Light"]) {
    for (const palette of ["Red gains, green losses", "Blue and orange: for every eye", "Green gains, red losses"]) {
      await page.goto(at(service, "/settings"));
      await page.getByLabel(theme, { exact: true }).check();
      await page.getByLabel(palette).check();
      await page.goto(at(service, "/positions"));
      await page.getByRole("grid").getByText("n1").waitFor();
      found.push(...(await complaintsOf(page, `${theme} ${palette}`)));
    }
  }
  assert.deepEqual(found, []);
  await until(() => page.evaluate(() => localStorage.getItem("highmark.palette")?.includes("green-red")), "the choice that stays");
});
