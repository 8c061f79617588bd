// All strategies, least room first.
import { rupees } from "../format";
import { strategies } from "../live";
import { Money, Near, RoomBar, State } from "../parts/figures";
import { isNarrow } from "../settings";
import { mayTrade } from "../session";
import { strategiesByRoom, StrategyCard } from "./home";

export function Strategies() {
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>Strategies</h1>
        {mayTrade.value && (
          <a class="button primary" href="/strategies/new" data-new>
            New strategy
          </a>
        )}
      </header>
      {strategies.value.length === 0 && <p class="empty">There is no strategy yet.</p>}
      {isNarrow.value ? (
        <div class="cards">
          {strategiesByRoom.value.map((row) => (
            <StrategyCard key={row.id} row={row} />
          ))}
        </div>
      ) : (
        <div class="card scroll" tabIndex={0} role="region" aria-label="Strategies">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Strategy</th>
                <th scope="col">State</th>
                <th scope="col" class="right">Room</th>
                <th scope="col">
                  <span class="unseen">Share of room</span>
                </th>
                <th scope="col" class="right">Mtm</th>
                <th scope="col" class="right">Realised</th>
                <th scope="col" class="right">Unrealised</th>
                <th scope="col" class="right">Peak</th>
                <th scope="col" class="right">Floor</th>
                <th scope="col" class="right">Open</th>
              </tr>
            </thead>
            <tbody>
              {strategiesByRoom.value.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <a href={`/strategies/${row.id}`}>{row.name}</a>
                  </th>
                  <td>
                    {row.state === "active" ? <span class="dim">active</span> : <State state={row.state} />} <Near share={row.room_share} />
                    {row.uncertain && <span class="badge watch">uncertain</span>}
                  </td>
                  <td class="right num strong">{row.room != null ? rupees(row.room) : "no floor"}</td>
                  <td class="bar-cell">
                    <RoomBar share={row.room_share} label={row.name} />
                  </td>
                  <td class="right">
                    <Money value={row.mtm} />
                  </td>
                  <td class="right">
                    <Money value={row.realised} />
                  </td>
                  <td class="right">
                    <Money value={row.unrealised} />
                  </td>
                  <td class="right num">{rupees(row.peak)}</td>
                  <td class="right num">{rupees(row.floor, "signed")}</td>
                  <td class="right num">
                    {row.open_trades} <span class="dim">of {row.total_trades}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
