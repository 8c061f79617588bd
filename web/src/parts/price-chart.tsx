// The price of a trade with its stop and its entry, as this screen has seen them.
import { level, price } from "../format";
import { points as pulse, wayOf } from "../history";
import type { Trade } from "../wire";

const WIDTH = 600;
const HEIGHT = 170;

export function PriceChart({ trade }: { trade: Trade }) {
  pulse.value;
  const { mark: marks, stop: stops } = wayOf(trade.id);
  if (marks.length < 2) {
    if (trade.status === "closed") return <p class="empty">It had ended when this screen was opened: its price is not drawn.</p>;
    return <p class="empty">The price is drawn as it comes.</p>;
  }
  const levels = [...marks, ...stops.flatMap((one) => one ?? []), ...(trade.entry ? [Number(trade.entry)] : [])];
  const low = Math.min(...levels);
  const high = Math.max(...levels);
  const spread = high - low || 1;
  const x = (at: number) => ((at / (marks.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number) => (HEIGHT - 8 - ((value - low) / spread) * (HEIGHT - 16)).toFixed(1);
  const mark = marks.map((one, at) => `${at ? "L" : "M"}${x(at)} ${y(one)}`).join("");
  let stop = "";
  stops.forEach((one, at) => {
    if (one === null) return;
    stop += stop ? `H${x(at)}V${y(one)}` : `M${x(at)} ${y(one)}`;
  });
  const label = `Price ${price(trade.mark)}, stop ${price(trade.stop)}, entry ${price(trade.entry)}`;
  return (
    <figure class="price-chart">
      <figcaption>
        <span class="chart-title">Price, stop and entry</span>
        <span class="legend" aria-hidden="true">
          <i class="line mtm" /> {trade.status === "closed" ? `exit ${price(trade.exit)}` : `price ${price(trade.mark)}`} <i class="line floor" /> stop {level(trade.stop)} <i class="line peak" /> entry {price(trade.entry)}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {trade.entry && <path class="entry" d={`M0 ${y(Number(trade.entry))}H${WIDTH}`} vector-effect="non-scaling-stroke" />}
        <path class="mtm" d={mark} vector-effect="non-scaling-stroke" />
        {stop && <path class="floor" d={stop} vector-effect="non-scaling-stroke" />}
      </svg>
    </figure>
  );
}
