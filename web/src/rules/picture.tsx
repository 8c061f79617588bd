// A rule at work on a made-up path that can be stretched: where its level is, and where it acts.
import { useSignal } from "@preact/signals";
import { rupees } from "../format";
import { picture, type Kind } from "./kinds";

const WIDTH = 560;
const HEIGHT = 190;

export function RulePicture({ kind, values }: { kind: Kind; values: Record<string, string> }) {
  const stretch = useSignal(100);
  const drawn = picture(kind, values, stretch.value / 100);
  if (!drawn) return null;
  const { path, levels, at } = drawn;
  const known = levels.filter((level): level is number => level !== null);
  const all = [...path, ...known, 0];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (index: number) => ((index / (path.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number) => (HEIGHT - 10 - ((value - low) / (high - low || 1)) * (HEIGHT - 20)).toFixed(1);
  const until = at ?? path.length - 1;
  const line = (from: number, to: number) => path.slice(from, to + 1).map((value, index) => `${index ? "L" : "M"}${x(from + index)} ${y(value)}`).join("");
  let level = "";
  levels.slice(0, until + 1).forEach((value, index) => {
    if (value === null) return;
    level += level ? `H${x(index)}V${y(value)}` : `M${x(index)} ${y(value)}`;
  });
  const unit = (value: number) => (kind.on === "trade" ? `${value.toFixed(1)} points` : rupees(value.toFixed(0), "signed"));
  const told = at === undefined ? "On this path it does not act." : `On this path it acts at ${unit(path[at]!)}, after a best of ${unit(Math.max(0, ...path.slice(0, at + 1)))}.`;
  return (
    <figure class="card rule-picture">
      <figcaption>
        <span class="chart-title">On a made-up path</span>
        <span class="legend" aria-hidden="true">
          <i class="line mtm" /> {kind.on === "trade" ? "profit in points" : "mtm"} <i class="line floor" /> level
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={told}>
        <path class="entry" d={`M0 ${y(0)}H${WIDTH}`} vector-effect="non-scaling-stroke" />
        <path class="after" d={line(until, path.length - 1)} vector-effect="non-scaling-stroke" />
        <path class="mtm" d={line(0, until)} vector-effect="non-scaling-stroke" />
        {level && <path class="floor" d={level} vector-effect="non-scaling-stroke" />}
        {at !== undefined && <circle class="acts" cx={x(at)} cy={y(path[at]!)} r="5" />}
      </svg>
      <p>{told}</p>
      <label>
        How far the path goes
        <input type="range" min={20} max={200} value={stretch.value} onInput={(input) => (stretch.value = Number(input.currentTarget.value))} />
      </label>
    </figure>
  );
}
