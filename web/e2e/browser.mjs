// Debian's Chromium, with a profile of its own, and everything that a page complains of.
import { existsSync, mkdirSync } from "node:fs";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { LATE } from "./service.mjs";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // What a test puts in the service's place is of no network.
  ...(process.env.DIST ? ["--disable-features=LocalNetworkAccessChecks"] : []),
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });

/** A page whose errors are kept; a test ends with none. What it hears of the stream may come `late`. */
export async function open(browser, { theme = "dark", width = 1440, height = 900, late = LATE && ((show) => setTimeout(show, LATE)), ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, acceptDownloads: true, ...more });
  const delayed = (line) => line.connectToServer().onMessage((message) => late(() => line.send(message)));
  if (late) await context.routeWebSocket("**/api/v1/stream*", delayed);
  if (process.env.DIST) await context.route((url) => !url.pathname.startsWith("/api/"), unpacked);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.stack ?? error}`));
  return { page, context, complaints };
}

/** With DIST=dist the files just built are shown, before they are compiled into the service. */
async function unpacked(route) {
  const { pathname } = new URL(route.request().url());
  const path = join(process.env.DIST, extname(pathname) ? pathname : "index.html");
  return existsSync(path) ? route.fulfill({ path }) : route.continue();
}

/** Opens the dashboard as its owner does: by a link. */
export async function enter(page, service) {
  await page.goto(await service.link());
  await page.getByRole("button", { name: "KILL" }).waitFor();
  await page.waitForFunction(() => /₹/.test(document.querySelector(".top")?.textContent ?? ""));
}

/** Goes as a person does who types an address; the session stays. */
export const at = (service, path) => service.url + path;

/** Leaves a picture of the whole page in the folder that PICTURES names. */
export async function picture(page, name) {
  const folder = process.env.PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", fullPage: true });
}

/** A picture as WebP, which the browser itself writes, and which has a third of the size. */
export async function packed(browser, png) {
  const page = await browser.newPage();
  const text = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.75);
  }, `data:image/png;base64,${png.toString("base64")}`);
  await page.close();
  return Buffer.from(text.split(",")[1], "base64");
}
