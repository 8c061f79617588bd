// A service of a test's own, on a free port of this machine, with its own state folder.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const here = import.meta.dirname;
export const program = process.env.HIGHMARK ?? resolve(here, "../../target/debug/highmark");
const run = promisify(execFile);

/** With LATE=300 changes are asked for so many milliseconds apart, and shown so much later: a test that reads what is not
 * there yet fails. */
export const LATE = Number(process.env.LATE ?? 0);

/** The desk that the tests run on. */
export const desk = join(here, "desk.toml");

export class Service {
  folder = mkdtempSync(join(tmpdir(), "hm-web-"));
  scenario = desk;
  /** Where it listens; 0 is anywhere. */
  port = 0;
  extra = [];
  #process;
  #key = "";

  async start() {
    rmSync(join(this.folder, "api.address"), { force: true });
    const config = join(this.folder, "highmark.toml");
    writeFileSync(config, "");
    const options = { "api.listen": `127.0.0.1:${this.port}`, "feed.kind": "none", "state.dir": this.folder, "market.dir": join(this.folder, "market"), "scenario.file": this.scenario };
    const args = Object.entries(options).flatMap(([key, value]) => ["--option", `${key}=${value}`]);
    this.args = ["--config", config, ...args];
    this.#process = spawn(program, [...this.args, "run", ...this.extra], { stdio: ["ignore", "ignore", "pipe"] });
    this.said = "";
    this.#process.stderr.on("data", (text) => (this.said += text));
    const file = join(this.folder, "api.address");
    const address = await until(() => {
      if (this.#process.exitCode !== null) throw new Error(`the service has ended:\n${this.said}`);
      return existsSync(file) && readFileSync(file, "utf8").trim();
    }, "the service's address");
    this.url = `http://${address}`;
    if (!this.#key) this.#key = (await this.highmark("--quiet", "key", "add", "tests", "--role", "admin")).trim();
    await until(() => fetch(`${this.url}/ready`).then((answer) => answer.ok, () => false), "a service that is ready");
    return this;
  }

  async highmark(...words) {
    const { stdout } = await run(program, [...this.args, ...words]);
    return stdout;
  }

  /** A link that opens the dashboard once. */
  async link() {
    return (await this.highmark("dashboard")).trim();
  }

  async stop() {
    const ended = new Promise((done) => this.#process.once("exit", done));
    this.#process.kill("SIGTERM");
    await ended;
  }

  /** As by a loss of power to the process alone. */
  async crash() {
    const ended = new Promise((done) => this.#process.once("exit", done));
    this.#process.kill("SIGKILL");
    await ended;
  }

  async end() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get pid() {
    return this.#process.pid;
  }

  async ask(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
    if (LATE && method !== "GET") await pause(LATE);
    const answer = await fetch(this.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`);
    return told;
  }

  prices(prices) {
    return this.ask("POST", "/api/v1/prices", { prices: Object.entries(prices).map(([symbol, last]) => ({ symbol, last: String(last) })) });
  }

  enter(name, { strategy = 0, instrument = 0, side = "buy", quantity = "75", rules = [] } = {}) {
    return this.ask("POST", "/api/v1/trades", { name, strategy, account: 0, instrument, side, quantity, rules });
  }
}

/** `highmark demo --dashboard` on a free port: its link, and how it is ended. */
export async function demo() {
  const shown = spawn(program, ["--no-color", "demo", "--dashboard", "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((done) => shown.once("exit", done));
  let said = "";
  shown.stderr.on("data", (text) => (said += text));
  const end = async () => {
    shown.kill("SIGINT");
    await ended;
  };
  const link = await until(() => /http:\/\/127\.0\.0\.1:\d+\/#open=\S+/.exec(said)?.[0], "the link");
  return { link, end };
}

/** Waits for something to be so. */
export async function until(look, what, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(30);
  }
}
