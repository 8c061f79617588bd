// The pictures of the manual, of the demo's desk: each page once, the first one also light, and what a phone shows. They
// are made when somebody asks for them, for no two are alike.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, open, packed } from "./browser.mjs";
import { demo, until } from "./service.mjs";

const FOLDER = join(import.meta.dirname, "../../docs/images");
/** The demo plays so long before it is looked at, in seconds: there are exits, alerts and curves then. */
const STORY = 150;

const browser = await launch();
const { link, end } = await demo();
try {
  mkdirSync(FOLDER, { recursive: true });
  const { page } = await open(browser);
  await page.goto(link);
  await page.locator(".nearest li").first().waitFor();
  const begun = Date.now();
  await until(() => Date.now() - begun > STORY * 1_000, "a story to tell", STORY * 2_000);
  const closed = await page.evaluate(() => fetch("/api/v1/trades?all=true&limit=500").then((answer) => answer.json()));
  const trade = (fits) => closed.trades.findLast(fits)?.id ?? 0;
  const ended = `/trades/${trade((one) => one.exit_reason === "trail")}`;
  const running = `/trades/${closed.trades.find((one) => one.status === "open" && one.stop && one.rules.length > 1)?.id ?? 0}`;
  await tell(page, "dark", 1440, { home: "/", strategies: "/strategies", strategy: "/strategies/0", positions: "/positions", trade: running, "trade-closed": ended });
  await tell(page, "dark", 1440, { "new-strategy": "/strategies/new", "new-trade": "/trades/new", rules: "/rules", "rule-editor": "/rules/new?on=strategy&id=2", alerts: "/alerts" });
  await tell(page, "dark", 1440, { replay: "/replay", reports: "/reports", settings: "/settings" });
  await page.keyboard.press("Shift+K");
  await page.getByRole("heading", { name: "Kill: close everything" }).waitFor();
  await keep(page, "kill-dark-1440");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /^Search/ }).fill("mo");
  await keep(page, "palette-dark-1440");
  await page.keyboard.press("Escape");
  await tell(page, "light", 1440, { home: "/" });
  await page.setViewportSize({ width: 320, height: 700 });
  await tell(page, "dark", 320, { home: "/", positions: "/positions", trade: running });
} finally {
  await end();
  await browser.close();
}

/** Goes from page to page within the dashboard, so that what it has seen stays. */
async function tell(page, theme, width, pages) {
  await page.emulateMedia({ colorScheme: theme });
  for (const [name, path] of Object.entries(pages)) {
    await page.evaluate((path) => {
      const link = Object.assign(document.createElement("a"), { href: path });
      document.querySelector("main").append(link);
      link.click();
      link.remove();
    }, path);
    await page.waitForFunction((path) => location.pathname + location.search === path && !document.querySelector(".loading"), path);
    if (name === "replay") await whatIf(page);
    await page.waitForTimeout(1_500);
    await keep(page, `${name}-${theme}-${width}`);
  }
}

async function whatIf(page) {
  await page.getByRole("button", { name: "Trails 120 points behind" }).click();
  await page.getByRole("button", { name: "Decide again" }).click();
  await page.locator("[data-found]").waitFor();
}

async function keep(page, name) {
  const png = await page.screenshot({ animations: "disabled" });
  writeFileSync(join(FOLDER, `${name}.webp`), await packed(browser, png));
}
