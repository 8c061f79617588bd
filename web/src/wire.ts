// What the service sends, as its description has it.

export type Id = number;

export interface Row {
  scope: "system" | "account" | "strategy";
  id?: Id;
  name: string;
  state: string;
  mtm: string;
  mtm_x4: number;
  realised: string;
  unrealised: string;
  peak: string;
  peak_x4: number;
  floor?: string | null;
  floor_x4?: number | null;
  room?: string | null;
  room_x4?: number | null;
  /** Room as a share of the way from peak to floor, in parts per million. */
  room_share?: number | null;
  uncertain: boolean;
  open_trades: number;
  total_trades: number;
}

export interface Trade {
  id: Id;
  name: string;
  strategy: Id;
  strategy_name: string;
  account: Id;
  account_name: string;
  instrument: Id;
  symbol: string;
  /** Units of the underlying in one unit of quantity. */
  multiplier: number;
  side: "buy" | "sell";
  status: string;
  status_reason?: string | null;
  generation: number;
  quantity: string;
  open: string;
  entry?: string | null;
  exit?: string | null;
  exit_reason?: string | null;
  mark?: string | null;
  best?: string | null;
  stop?: string | null;
  target?: string | null;
  realised: string;
  unrealised?: string | null;
  mtm: string;
  mtm_x4: number;
  charges: string;
  opened_at?: string | null;
  opened_at_ns?: number | null;
  closed_at?: string | null;
  closed_at_ns?: number | null;
  rules: Id[];
}

export interface Price {
  id: Id;
  symbol: string;
  mark?: string | null;
  stale: boolean;
}

export interface Instrument extends Price {
  tick_size: string;
  lot_size: string;
  multiplier: number;
}

export interface Alarm {
  code: string;
  message: string;
  hint: string;
  since: string;
}

export interface ServiceState {
  killed: boolean;
  stopping: boolean;
  journal_lost: boolean;
  alarms: Alarm[];
  trades_cut: boolean;
}

export interface Status {
  service: {
    version: string;
    starts: number;
    started: string;
    recovered?: {
      after_crash: boolean;
      stood_at: string;
      turn: number;
      mtm: string;
      open_trades: number;
      orders_again: number;
      from_emergency: number;
    } | null;
    feed: string;
    feed_ticks: number;
    waiting_requests: number;
    waiting_ticks: number;
    durable_turn: number;
    journal_lost: boolean;
    decision_latency_p50_us: number;
    decision_latency_p99_us: number;
    decision_latency_max_us: number;
    exit_latency_p50_us: number;
    exit_latency_p99_us: number;
    exit_latency_max_us: number;
  };
  turn: number;
  at: string;
  killed: boolean;
}

export type Scope = "System" | { Trade: Id } | { Group: Id } | { Strategy: Id } | { Account: Id };

export interface RuleRef {
  rule: Id;
  version: number;
  kind: string;
  scope: Scope;
}

export interface RuleDraft {
  spec: { price: unknown } | { mtm: unknown };
  options: Record<string, unknown>;
}

export interface RuleView {
  rule: RuleRef;
  draft: RuleDraft;
  provenance: { by: string; reason: string };
  level?: string | null;
  floor?: string | null;
  value?: string | null;
  peak?: string | null;
  room_points?: string | null;
  room?: string | null;
  waits_for: unknown;
  fired?: unknown;
}

/** One fact of the journal: an object with one name, or a name alone. */
export type Fact = string | Record<string, unknown>;

export interface Happening {
  type: "event";
  seq: number;
  at: string;
  at_ns: number;
  events: Fact[];
}

export type Items = Record<string, Record<string, unknown> | null>;

export interface Picture {
  type: "snapshot" | "delta";
  seq: number;
  at: string;
  at_ns: number;
  items: Items;
}

export type Message =
  | Picture
  | Happening
  | { type: "heartbeat"; seq: number; shown: number }
  | { type: "resync"; seq: number }
  | { type: "problem"; code: string; detail: string };
