// A job of the service: the record decided again, and how it would have come out.
import { price, time } from "../format";
import { kindWords } from "../rules/words";
import { Money } from "./figures";

export interface TradeRow {
  id: string;
  name: string;
  strategy: string;
  symbol: string;
  side: "buy" | "sell";
  quantity: string;
  status: string;
  entry?: string | null;
  entered_at?: string | null;
  exit?: string | null;
  exited_at?: string | null;
  reason?: string | null;
  pnl: string;
  pnl_x4: number;
  charges: string;
}

export interface ScopeRow {
  id: string;
  name: string;
  mtm: string;
  realised: string;
  unrealised: string;
  peak: string;
  peak_x4: number;
  mtm_x4: number;
  floor?: string | null;
  state: string;
  open_trades: number;
  total_trades: number;
}

export interface Job {
  id: number;
  what: string;
  by: string;
  begun: string;
  state: "running" | "done" | "failed" | "cancelled";
  read: number;
  turns: number;
  found?: {
    turns: number;
    differing: number;
    same: boolean;
    dropped: number;
    dropped_commands: number;
    made: number;
    difference?: {
      same_trades: number;
      trades: { id: string; name: string; before?: TradeRow | null; after?: TradeRow | null }[];
      strategies: { name: string; before: ScopeRow; after: ScopeRow }[];
      mtm_before: string;
      mtm_after: string;
      mtm_before_x4: number;
      mtm_after_x4: number;
    } | null;
  } | null;
  problem?: { detail: string; hint: string } | null;
}

export function Found({ job }: { job: Job }) {
  if (job.state === "running") {
    return (
      <p role="status">
        <progress max={Math.max(1, job.turns)} value={job.read} aria-label="Turns decided again" /> {job.read} of {job.turns} turns are decided again
      </p>
    );
  }
  if (job.problem) {
    return (
      <p class="problem">
        {job.problem.detail}. {job.problem.hint}
      </p>
    );
  }
  const { found } = job;
  if (!found) return <p class="hint">It was cancelled.</p>;
  const { difference } = found;
  return (
    <div class="found" data-found>
      {found.same ? (
        <p class="sentence">Nothing comes out otherwise: {found.turns} turns decided again, all the same.</p>
      ) : (
        <p class="sentence">
          {found.differing} of {found.turns} turns come out otherwise.
        </p>
      )}
      {difference && !found.same && (
        <>
          <dl class="day">
            <div>
              <dt>As it was</dt>
              <dd>
                <Money value={difference.mtm_before} />
              </dd>
            </div>
            <div>
              <dt>As it would be</dt>
              <dd>
                <Money value={difference.mtm_after} />
              </dd>
            </div>
          </dl>
          <Pairs trades={difference.trades} />
          <p class="hint">{difference.same_trades} trades would be the same.</p>
        </>
      )}
      {found.dropped + found.dropped_commands + found.made > 0 && (
        <p class="warning-text">
          Partly a guess: {found.made} fills are made at the mark, {found.dropped + found.dropped_commands} records no longer fit.
        </p>
      )}
    </div>
  );
}

function Pairs({ trades }: { trades: NonNullable<NonNullable<Job["found"]>["difference"]>["trades"] }) {
  if (trades.length === 0) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Trades that come out otherwise">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Trade</th>
            <th scope="col">As it was</th>
            <th scope="col" class="right">Mtm</th>
            <th scope="col">As it would be</th>
            <th scope="col" class="right">Mtm</th>
          </tr>
        </thead>
        <tbody>
          {trades.slice(0, 60).map((pair) => (
            <tr key={pair.id}>
              <th scope="row">
                {pair.name} <span class="dim">{(pair.before ?? pair.after)?.symbol}</span>
              </th>
              <End row={pair.before} />
              <End row={pair.after} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function End({ row }: { row: TradeRow | null | undefined }) {
  if (!row) {
    return (
      <>
        <td class="dim">not there</td>
        <td />
      </>
    );
  }
  return (
    <>
      <td>{row.exit != null ? `${row.reason ? kindWords(row.reason) : "exit"} at ${price(row.exit)}, ${time(row.exited_at)}` : row.status}</td>
      <td class="right">
        <Money value={row.pnl} />
      </td>
    </>
  );
}
