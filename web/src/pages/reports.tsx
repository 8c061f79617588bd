// What was made on a day: figures, exits by their reason, trades. It can be taken away as a file.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, told } from "../api";
import { date, percent, price, quantity, rupees, stamp, time } from "../format";
import { Money, Tile } from "../parts/figures";
import type { ScopeRow, TradeRow } from "../parts/job";
import { total } from "../parts/trade-grid";
import { kindWords } from "../rules/words";

interface Report {
  name: string;
  system?: ScopeRow | null;
  strategies: ScopeRow[];
  trades: TradeRow[];
  actions: { at: string; text: string; kind: string }[];
  ticks: number;
}

const today = () => stamp(Date.now()).slice(0, 10);

export function Reports() {
  const day = useSignal(today());
  const found = useSignal<Report | undefined>(undefined);
  const failed = useSignal("");
  const busy = useSignal(false);
  useEffect(() => {
    let isOver = false;
    busy.value = true;
    get<Report>(`/api/v1/reports/${day.value}`).then(
      (report) => {
        if (isOver) return;
        found.value = report;
        failed.value = "";
        busy.value = false;
      },
      (error: unknown) => {
        if (isOver) return;
        found.value = undefined;
        failed.value = told(error);
        busy.value = false;
      },
    );
    return () => (isOver = true);
  }, [day.value]);
  const report = found.value;
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>Reports</h1>
        <label class="inline">
          Day
          <input type="date" value={day.value} max={today()} onChange={(change) => change.currentTarget.value && (day.value = change.currentTarget.value)} />
        </label>
        <span class="spacer" />
        {report && (
          <a class="button" href={`/api/v1/reports/${day.value}?format=csv`} download={`highmark-${day.value}.csv`}>
            Save as CSV
          </a>
        )}
      </header>
      {failed.value && <p class="problem">{failed.value}</p>}
      {busy.value && !report && <p class="loading">Reading the record…</p>}
      {report && <Day report={report} day={day.value} />}
    </section>
  );
}

function Day({ report, day }: { report: Report; day: string }) {
  const closed = report.trades.filter((trade) => trade.status === "closed");
  const won = closed.filter((trade) => trade.pnl_x4 > 0);
  const lost = closed.filter((trade) => trade.pnl_x4 < 0);
  const sum = (trades: TradeRow[]) => trades.reduce((all, trade) => all + trade.pnl_x4, 0);
  const factor = sum(lost) === 0 ? "–" : (sum(won) / -sum(lost)).toFixed(2);
  const reasons = new Map<string, TradeRow[]>();
  for (const trade of closed) {
    const reason = trade.reason ?? "other";
    const before = reasons.get(reason);
    if (before) before.push(trade);
    else reasons.set(reason, [trade]);
  }
  const expected = closed.length ? (sum(closed) / closed.length / 1e4).toFixed(2) : undefined;
  const ofPeak = report.system && report.system.peak_x4 > 0 ? percent((report.system.mtm_x4 / report.system.peak_x4) * 1e6, 0) : "–";
  return (
    <>
      <div class="tiles">
        <Tile label={`Mtm on ${date(day)}`} tone="hero">
          <Money value={report.system?.mtm} />
        </Tile>
        <Tile label="Realised">
          <Money value={report.system?.realised} />
        </Tile>
        <Tile label="Kept of the peak">
          <span class="num">{ofPeak}</span>
          <small class="dim">peak {rupees(report.system?.peak)}</small>
        </Tile>
        <Tile label="Won">
          <span class="num">{closed.length ? percent((won.length / closed.length) * 1e6, 0) : "–"}</span>
          <small class="dim">
            {won.length} of {closed.length} closed
          </small>
        </Tile>
        <Tile label="Profit factor">
          <span class="num">{factor}</span>
          <small class="dim">
            <Money value={expected} /> a trade
          </small>
        </Tile>
      </div>
      <div class="columns even">
        <div class="card">
          <h2>Exits by their reason</h2>
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Reason</th>
                <th scope="col" class="right">Trades</th>
                <th scope="col" class="right">Mtm</th>
              </tr>
            </thead>
            <tbody>
              {[...reasons].map(([reason, trades]) => (
                <tr key={reason}>
                  <th scope="row">{kindWords(reason)}</th>
                  <td class="right num">{trades.length}</td>
                  <td class="right">
                    <Money value={total(trades.map((trade) => ({ mtm_x4: trade.pnl_x4 })) as never)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {reasons.size === 0 && <p class="empty">Nothing has exited.</p>}
        </div>
        <div class="card">
          <h2>Strategies</h2>
          <div class="scroll" tabIndex={0} role="region" aria-label="Strategies of the day">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Strategy</th>
                <th scope="col" class="right">Mtm</th>
                <th scope="col" class="right">Peak</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {report.strategies.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <a href={`/strategies/${row.id.slice(1)}`}>{row.name}</a>
                  </th>
                  <td class="right">
                    <Money value={row.mtm} />
                  </td>
                  <td class="right num">{rupees(row.peak)}</td>
                  <td class="dim">{row.state}</td>
                </tr>
              ))}
            </tbody>
          </table>
          </div>
        </div>
      </div>
      <div class="card">
        <h2>
          Trades <span class="dim">{report.trades.length}</span>
        </h2>
        <div class="scroll tall" tabIndex={0} role="region" aria-label="Trades of the day">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Trade</th>
                <th scope="col">Symbol</th>
                <th scope="col">Strategy</th>
                <th scope="col">Side</th>
                <th scope="col" class="right">Quantity</th>
                <th scope="col" class="right">Entry</th>
                <th scope="col" class="right">Exit</th>
                <th scope="col">Reason</th>
                <th scope="col">At</th>
                <th scope="col" class="right">Mtm</th>
              </tr>
            </thead>
            <tbody>
              {[...report.trades].reverse().slice(0, 400).map((trade) => (
                <tr key={trade.id}>
                  <th scope="row">
                    <a href={`/trades/${trade.id.slice(1)}`}>{trade.name}</a>
                  </th>
                  <td>{trade.symbol}</td>
                  <td class="dim">{trade.strategy}</td>
                  <td>
                    <span class={`side ${trade.side}`}>{trade.side === "buy" ? "long" : "short"}</span>
                  </td>
                  <td class="right num">{quantity(trade.quantity)}</td>
                  <td class="right num">{price(trade.entry)}</td>
                  <td class="right num">{price(trade.exit)}</td>
                  <td>{trade.reason ? kindWords(trade.reason) : trade.status}</td>
                  <td class="num dim">{time(trade.exited_at)}</td>
                  <td class="right">
                    <Money value={trade.pnl} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </>
  );
}
