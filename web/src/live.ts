// What the service shows, as it changes: a picture and its deltas over one WebSocket. What comes between two frames of
// the screen is put together and shown once.
import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { forget, onForget } from "./forget";
import { remember } from "./history";
import { folded, merged, shown, type Fields } from "./merge";
import { leave } from "./session";
import { hear } from "./story";
import type { Id, Message, Picture, Price, Row, ServiceState, Trade } from "./wire";

export type Line = "connecting" | "live" | "lost";

/** How the connection does. */
export const line = signal<Line>("connecting");
/** When the service was heard last, and when the last connection ended, by this machine's clock. */
export const heardAt = signal(0);
export const lostAt = signal(0);
/** The time of what is shown, as the wire writes it. */
export const shownAt = signal("");
/** The same in nanoseconds since 1970. */
export const shownAtNs = signal(0);
export const turn = signal(0);
/** The screen stands still until a person lets it go on; what is decided does not wait for it. */
export const frozen = signal(false);
/** A second, for ages that grow while nothing comes. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 1000);

const items = new Map<string, Signal<Fields>>();

/** Ids in the order in which they came; these change seldom. */
export const strategyIds = signal<readonly Id[]>([]);
export const accountIds = signal<readonly Id[]>([]);
export const tradeIds = signal<readonly Id[]>([]);
export const priceIds = signal<readonly Id[]>([]);
/** Those that were there before this page was: what they did until then is in the record alone. */
export const earlierStrategies = signal<readonly Id[]>([]);
/** Counts pictures and deltas, for what is made from many items. */
export const pulse = signal(0);

const NOTHING: ServiceState = { killed: false, stopping: false, journal_lost: false, alarms: [], trades_cut: false };

/** What a name shows now; read inside a component it is followed. */
export function item<T>(name: string): ReadonlySignal<T | undefined> {
  return slot(name) as unknown as ReadonlySignal<T | undefined>;
}

export const strategy = (id: Id) => item<Row>(`strategy:${id}`);
export const account = (id: Id) => item<Row>(`account:${id}`);
export const trade = (id: Id) => item<Trade>(`trade:${id}`);
export const price = (id: Id) => item<Price>(`price:${id}`);
export const system = item<Row>("system");
export const service = computed(() => item<ServiceState>("status").value ?? NOTHING);
export const strategies = computed(() => present<Row>("strategy", strategyIds.value, true));
export const trades = computed(() => (pulse.value, present<Trade>("trade", tradeIds.value, false)));
export const prices = computed(() => present<Price>("price", priceIds.value, true));
export const accounts = computed(() => present<Row>("account", accountIds.value, true));
/** What an answer told of the kill: it holds until the screen has come to that turn. */
const told = signal({ killed: false, turn: 0 });
export const hasNotHeard = computed(() => turn.value < told.value.turn);
export const isKilled = computed(() => (hasNotHeard.value ? told.value.killed : service.value.killed));

function present<T>(kind: string, ids: readonly Id[], follow: boolean): T[] {
  const found = ids.map((id) => {
    const slot = items.get(`${kind}:${id}`);
    return follow ? slot?.value : slot?.peek();
  });
  return found.filter((one) => one !== undefined) as T[];
}

function slot(name: string): Signal<Fields> {
  let found = items.get(name);
  if (!found) {
    found = signal<Fields>(undefined as unknown as Fields);
    items.set(name, found);
  }
  return found;
}

// -- Messages

/** What may wait until it is shown, or made less of. */
const MOST_WAITING = 600;
/** Of events, what a screen that stands still for long keeps; all of them are in the record. */
const MOST_EVENTS = 5_000;
let waiting: Message[] = [];
let most = MOST_WAITING;
let frame = 0;
let last: number | undefined;

function take(text: string): void {
  const message = JSON.parse(text) as Message;
  heardAt.value = Date.now();
  if ("seq" in message) last = Math.max(last ?? 0, message.seq);
  if (message.type === "heartbeat") return;
  waiting.push(message);
  // A page that is not shown has no frames, and a screen may stand still for hours: neither gathers without end.
  if (waiting.length > most) {
    if (frozen.peek()) fold();
    else flush();
  } else if (!frame && !frozen.peek()) frame = requestAnimationFrame(flush);
}

/** Shows what has come. */
export function flush(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  const messages = waiting;
  drop();
  batch(() => {
    for (const message of messages) {
      if (message.type === "event") hear(message);
      else if (message.type === "snapshot") show(message, true);
      else if (message.type === "delta") show(message, false);
    }
    if (messages.length > 0) pulse.value++;
  });
}

function drop(): void {
  waiting = [];
  most = MOST_WAITING;
}

/** Makes one picture of those that wait, and shows nothing of it. */
function fold(): void {
  const pictures = waiting.filter((message): message is Picture => "items" in message);
  const before = Object.fromEntries([...items].map(([name, one]) => [name, one.peek()]).filter(([, fields]) => fields !== undefined));
  const events = waiting.filter((message) => message.type === "event").slice(-MOST_EVENTS);
  waiting = pictures.length > 0 ? [...events, folded(before, pictures)] : events;
  most = waiting.length + MOST_WAITING;
}

/** Shows the kill as it was answered, however late the stream is. */
export function hearOfKill(killed: boolean, turn: number): void {
  told.value = { killed, turn };
}

/** Ends a screen that stands still. */
export function thaw(): void {
  if (frozen.peek()) freeze();
}

export function freeze(): void {
  frozen.value = !frozen.value;
  if (!frozen.value) flush();
}

function show(message: Picture, whole: boolean): void {
  const changed = new Set<string>();
  if (whole) {
    for (const [name, one] of items) {
      if (!(name in message.items) && one.peek() !== undefined) {
        one.value = undefined as unknown as Fields;
        changed.add(kindOf(name));
      }
    }
  }
  for (const [name, fields] of Object.entries(message.items)) {
    const one = slot(name);
    const before = one.peek();
    if (fields === null) one.value = undefined as unknown as Fields;
    else one.value = shown(whole || before === undefined ? fields : merged(before, fields));
    if ((before === undefined) !== (fields === null)) changed.add(kindOf(name));
  }
  for (const kind of changed) order(kind);
  if (whole && turn.peek() === 0) earlierStrategies.value = strategyIds.peek();
  shownAt.value = message.at;
  shownAtNs.value = message.at_ns;
  turn.value = message.seq;
  remember(message.at_ns / 1e6, items);
}

const kindOf = (name: string) => name.slice(0, Math.max(0, name.indexOf(":"))) || name;

const ORDERS: Record<string, Signal<readonly Id[]>> = {
  strategy: strategyIds,
  account: accountIds,
  trade: tradeIds,
  price: priceIds,
};

function order(kind: string): void {
  const ids = ORDERS[kind];
  if (!ids) return;
  const start = `${kind}:`;
  const found: Id[] = [];
  for (const [name, one] of items) {
    if (!name.startsWith(start)) continue;
    if (one.peek() !== undefined) found.push(Number(name.slice(start.length)));
  }
  ids.value = found.sort((a, b) => a - b);
}

// -- The connection

/** Without a word for so long it is given up: a heartbeat comes every five seconds. */
const SILENCE = 12_000;
let socket: WebSocket | undefined;
let wait = 0;
let wanted = false;
let again = 0;

export function connect(): void {
  wanted = true;
  open();
}

export function disconnect(): void {
  wanted = false;
  clearTimeout(again);
  socket?.close();
  socket = undefined;
  if (line.peek() === "live") lostAt.value = Date.now();
  line.value = "lost";
}

onForget(() => {
  cancelAnimationFrame(frame);
  frame = 0;
  drop();
  last = undefined;
  for (const one of items.values()) one.value = undefined as unknown as Fields;
  for (const ids of Object.values(ORDERS)) ids.value = [];
  earlierStrategies.value = [];
  told.value = { killed: false, turn: 0 };
  frozen.value = false;
  shownAt.value = "";
  shownAtNs.value = 0;
  heardAt.value = 0;
  turn.value = 0;
  pulse.value++;
});

/** Tries now what would be tried in a while. */
export function retry(): void {
  clearTimeout(again);
  if (wanted && line.peek() !== "live") open();
}

function open(): void {
  clearTimeout(again);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const since = last === undefined ? "" : `?since=${last}`;
  const opened = new WebSocket(`${scheme}://${location.host}/api/v1/stream${since}`);
  socket?.close();
  socket = opened;
  opened.onmessage = (message) => {
    if (opened !== socket) return;
    if (line.peek() !== "live") line.value = "live";
    wait = 0;
    take(message.data as string);
  };
  opened.onclose = (close) => {
    if (opened !== socket || !wanted) return;
    if (line.peek() === "live") lostAt.value = Date.now();
    line.value = "lost";
    if (close.code === 4401) return leave("the session has ended");
    // Another journal: what was remembered is not of it.
    if (close.code === 4409) forget();
    wait = Math.min(8_000, wait === 0 ? 300 : wait * 2);
    again = window.setTimeout(open, wait * (0.75 + Math.random() / 2));
  };
}

setInterval(() => {
  if (line.peek() === "live" && Date.now() - heardAt.peek() > SILENCE) {
    const silent = socket;
    lostAt.value = heardAt.peek();
    line.value = "lost";
    socket = undefined;
    silent?.close();
    open();
  }
}, 1000);
addEventListener("online", retry);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && retry());
