// What the dashboard costs, by the browser's own counters: the first paint, a frame in which 200 of 1,000 trades change,
// and what the service needs when nobody looks. Printed for people; nothing is asserted.
import { readFileSync, statSync } from "node:fs";
import { at, enter, launch, open } from "./browser.mjs";
import { program, Service, until } from "./service.mjs";

const LEGS = 1_000;
const CHANGES = 200;
const FRAMES = 300;
const LOADS = 7;
const WATCHED = ["LayoutDuration", "RecalcStyleDuration", "ScriptDuration", "TaskDuration"];

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const ms = (value) => `${value.toFixed(1)} ms`;

const browser = await launch();
const service = await new Service().start();
try {
  console.log(`${browser.browserType().name()} ${browser.version()}, headless, no GPU; ${program.includes("/release/") ? "release" : "debug"} build of the service`);
  console.log(`binary: ${(statSync(program).size / 1e6).toFixed(1)} MB`);
  console.log(`memory of the service, idle, nobody looking: ${resident(service.pid)}`);
  await service.prices({ NIFTY: 26000, BANKNIFTY: 58000, NIFTY26DEC26000CE: 140, SBIN: 900 });
  await firstPaint(`with an empty book`);
  await crowd();
  console.log(`memory of the service with ${LEGS} open trades: ${resident(service.pid)}`);
  await firstPaint(`with ${LEGS} open trades`);
  for (const path of ["/positions", "/"]) await frames(path);
} finally {
  await service.end();
  await browser.close();
}

function resident(pid) {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return `${(Number(found[1]) / 1024).toFixed(1)} MiB`;
}

/** Trades with a stop each, on all instruments and both sides; as fast as the service lets one key ask. */
async function crowd() {
  const lots = [75, 35, 75, 1];
  for (let number = 0; number < LEGS; number++) {
    const instrument = number % 4;
    const trade = { strategy: number % 2, instrument, side: number % 3 ? "buy" : "sell", quantity: String(lots[instrument]), rules: ["trail by=20%"] };
    await until(() => service.enter(`leg${number}`, trade).then(() => true, wait), `trade ${number}`);
  }
}

async function wait(refusal) {
  if (!String(refusal).includes("429") && !String(refusal).includes("RATE")) throw refusal;
  return false;
}

/** A browser that has never been here, already let in: until something is painted, and until the figures are. */
async function firstPaint(when) {
  const [painted, filled] = [[], []];
  for (let load = 0; load < LOADS; load++) {
    const { page, context } = await open(browser);
    await enter(page, service);
    const cookies = await context.cookies();
    await context.close();
    const again = await open(browser);
    await again.context.addCookies(cookies);
    await again.page.addInitScript(() => {
      const look = () => {
        if (/₹/.test(document.querySelector(".top")?.textContent ?? "")) requestAnimationFrame(() => (window.filledAt = performance.now()));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await again.page.goto(at(service, "/"));
    await again.page.waitForFunction(() => window.filledAt);
    const found = await again.page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, window.filledAt]);
    painted.push(found[0]);
    filled.push(found[1]);
    await again.context.close();
  }
  console.log(`first paint ${when}: ${ms(median(painted))} (most ${ms(Math.max(...painted))}), figures there after ${ms(median(filled))} (most ${ms(Math.max(...filled))}); ${LOADS} loads with an empty cache`);
}

/** The page is given a message before each frame, made of the picture that the service sent. */
async function frames(path) {
  const { page, context } = await open(browser);
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
      constructor(...all) {
        super(...all);
        window.line = this;
        this.addEventListener("message", (message) => {
          const told = JSON.parse(message.data);
          if (told.type === "snapshot") window.picture = told;
        });
      }
    };
  });
  await enter(page, service);
  await page.goto(at(service, path));
  await page.waitForFunction(() => window.picture && !document.querySelector(".loading"));
  await page.locator(".grid [data-id], .nearest li").first().waitFor();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () => Object.fromEntries((await devtools.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const run = (frames) => page.evaluate(drive, { frames, changes: CHANGES });
  await run(60);
  const before = await read();
  const took = await run(FRAMES);
  const after = await read();
  const each = WATCHED.map((name) => `${name.replace("Duration", "").toLowerCase()} ${(((after[name] - before[name]) / FRAMES) * 1000).toFixed(2)} ms`);
  console.log(`${path} with ${LEGS} open trades, ${CHANGES} of them changing before each frame: ${each.join(", ")} a frame; ${((FRAMES / took) * 1000).toFixed(0)} frames a second; ${Math.round(after.Nodes)} nodes`);
  await context.close();
}

/** Runs in the page. The messages are made before the clock of the browser is read. */
async function drive({ frames, changes }) {
  const trades = Object.entries(window.picture.items).filter(([name]) => name.startsWith("trade:"));
  let seed = 7;
  const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648), seed / 2147483648);
  const messages = [];
  for (let frame = 0; frame < frames; frame++) {
    const items = {};
    for (let change = 0; change < changes; change++) {
      const [name, trade] = trades[Math.floor(random() * trades.length)];
      const mark = (Number(trade.mark) * (0.995 + random() / 100)).toFixed(2);
      const mtm = Math.round((random() - 0.5) * 1e8);
      items[name] = { mark, best: mark, stop: (Number(mark) * 0.8).toFixed(2), mtm: (mtm / 1e4).toFixed(4), mtm_x4: mtm };
    }
    const mtm = Math.round((random() - 0.5) * 1e8);
    items.system = { mtm: (mtm / 1e4).toFixed(4), mtm_x4: mtm };
    const at = window.picture.at_ns + frame * 16e6;
    messages.push(JSON.stringify({ type: "delta", seq: window.picture.seq, at: window.picture.at, at_ns: at, items }));
  }
  await new Promise((done) => setTimeout(done, 300));
  const start = performance.now();
  for (const data of messages) {
    window.line.onmessage({ data });
    await new Promise((done) => requestAnimationFrame(done));
  }
  return performance.now() - start;
}
