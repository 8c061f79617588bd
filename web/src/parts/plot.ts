// The drawing itself, with uPlot: one pane of money, one of drawdown, one cursor.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { rupees, short } from "../format";
import type { Curve } from "../history";
import type { Mark } from "./chart";

export interface Drawn {
  show: (curve: Curve, marks: Mark[]) => void;
  end: () => void;
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LOWER = 76;
const GUTTER = 68;

export function draw(host: HTMLElement, title: string): Drawn {
  let marks: Mark[] = [];
  const ink = {
    mtm: css("--accent"),
    peak: css("--ink-dim"),
    floor: css("--floor"),
    room: css("--room-wash"),
    grid: css("--line"),
    text: css("--ink-dim"),
    loss: css("--loss"),
    lossWash: css("--loss-wash"),
    bad: css("--loss"),
    warn: css("--warn"),
    good: css("--ink-dim"),
    face: css("--face"),
  };
  const money = (value: number | null) => (value == null ? "–" : rupees(value.toFixed(2), "signed"));
  const font = `11px ${css("--font")}`;
  const axis = (side: 0 | 1 | 3): uPlot.Axis => ({
    side,
    stroke: ink.text,
    font,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { show: false },
  });
  const values = (_: uPlot, all: number[]) => all.map((value) => short(String(Math.round(value)), "signed"));
  const clock: uPlot.Options["tzDate"] = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Asia/Kolkata");
  const shared = (): Partial<uPlot.Options> => ({
    tzDate: clock,
    cursor: { sync: { key: title }, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: false },
  });
  const step = uPlot.paths.stepped!({ align: 1 });
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  const upper = new uPlot(
    {
      ...shared(),
      width: host.clientWidth,
      height: Math.max(120, host.clientHeight - LOWER),
      padding: [10, 28, 0, 0],
      scales: { x: { time: true, range: stretch }, y: { range: spread } },
      axes: [{ ...axis(0), values: () => [], size: 4 }, { ...axis(3), values, size: GUTTER }],
      series: [
        {},
        { label: "mtm", stroke: ink.mtm, width: 2, points: { show: false } },
        { label: "peak", stroke: ink.peak, width: 1, dash: [3, 3], paths: step, points: { show: false } },
        { label: "floor", stroke: ink.floor, width: 2, paths: step, points: { show: false } },
      ],
      bands: [{ series: [1, 3], fill: ink.room }],
      hooks: {
        draw: [(shown) => drawMarks(shown, marks, ink), (shown) => drawFar(shown, ink, font)],
        setCursor: [(shown) => point(shown, tip, marks, money)],
      },
    } as uPlot.Options,
    [[], [], [], []],
    host,
  );
  upper.over.append(tip);
  const lower = new uPlot(
    {
      ...shared(),
      width: host.clientWidth,
      height: LOWER,
      padding: [4, 28, 0, 0],
      scales: { x: { time: true, range: stretch }, y: { range: (_: uPlot, low: number | null) => [Math.min(low ?? 0, -1) * 1.1, 0] } },
      axes: [
        { ...axis(0), values: (_: uPlot, all: number[]) => all.map(clockText), size: 22, space: 70 },
        { ...axis(3), values, size: GUTTER, space: 24 },
      ],
      series: [{}, { label: "drawdown", stroke: ink.loss, width: 1, fill: ink.lossWash, points: { show: false } }],
    } as uPlot.Options,
    [[], []],
    host,
  );
  const fit = () => {
    if (host.clientWidth === 0) return;
    upper.setSize({ width: host.clientWidth, height: Math.max(120, host.clientHeight - LOWER) });
    lower.setSize({ width: host.clientWidth, height: LOWER });
  };
  const watch = new ResizeObserver(fit);
  watch.observe(host);
  return {
    show(curve, wanted) {
      marks = wanted;
      if (curve.at.length < 2) return;
      const fallen = curve.mtm.map((mtm, at) => (curve.peak[at] == null ? null : Math.min(0, mtm - curve.peak[at]!)));
      upper.setData([curve.at, curve.mtm, curve.peak, curve.floor]);
      lower.setData([curve.at, fallen]);
    },
    end() {
      watch.disconnect();
      upper.destroy();
      lower.destroy();
    },
  };
}

/** A curve that has just begun does not fill the pane. */
const stretch = (_: uPlot, low: number | null, high: number | null): [number, number] => [low ?? 0, Math.max(high ?? 1, (low ?? 0) + 30)];

/** A level that is farther away than so many times the way of the curve would flatten it: it is named at the edge. */
const FAR = 4;
const LEAST_SPAN = 400;

/** The curve fills the pane; peak and floor are in it while they are near. */
function spread(shown: uPlot): [number, number] {
  const mtm = (shown.data[1] ?? []) as number[];
  if (mtm.length === 0) return [-1, 1];
  let [low, high] = ends(mtm);
  const reach = Math.max(high - low, LEAST_SPAN) * FAR;
  const [from, to] = [low - reach, high + reach];
  for (const series of [2, 3]) {
    const [least, most] = ends((shown.data[series] ?? []) as (number | null)[]);
    if (least >= from && least < low) low = least;
    if (most <= to && most > high) high = most;
  }
  const air = Math.max((high - low) * 0.08, 50);
  return [low - air, high + air];
}

function ends(all: readonly (number | null)[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const one of all) {
    if (one == null) continue;
    if (one < low) low = one;
    if (one > high) high = one;
  }
  return [low, high];
}

/** Names a peak or floor that is outside the pane, with the way to it. */
function drawFar(shown: uPlot, ink: Record<string, string>, font: string): void {
  const { ctx } = shown;
  const { left, top, height } = shown.bbox;
  const { min, max } = shown.scales["y"]!;
  const last = shown.data[0].length - 1;
  ctx.save();
  ctx.font = font.replace("11px", `${11 * devicePixelRatio}px`);
  for (const [series, name, color] of [[2, "peak", ink["text"]!], [3, "floor", ink["floor"]!]] as const) {
    const value = shown.data[series]?.[last];
    if (value == null || min == null || max == null || (value >= min && value <= max)) continue;
    const isBelow = value < min;
    ctx.fillStyle = color;
    const text = `${isBelow ? "\u2193" : "\u2191"} ${name} ${rupees(value.toFixed(2), "signed")}`;
    ctx.fillText(text, left + 8 * devicePixelRatio, isBelow ? top + height - 8 * devicePixelRatio : top + 26 * devicePixelRatio);
  }
  ctx.restore();
}

function clockText(seconds: number): string {
  return new Date((seconds + 19_800) * 1000).toISOString().slice(11, 19);
}

function drawMarks(shown: uPlot, marks: Mark[], ink: Record<string, string>): void {
  const { ctx } = shown;
  const { left, top, width, height } = shown.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  // The newest is first; of those that would lie on one another it stays, and a worse one before it.
  let free = Infinity;
  for (const mark of marks) {
    const x = Math.round(shown.valToPos(mark.at, "x", true));
    if (x < left || x > left + width) continue;
    if (x > free - 10 * devicePixelRatio && mark.tone !== "bad") continue;
    free = x;
    ctx.strokeStyle = ctx.fillStyle = ink[mark.tone]!;
    ctx.globalAlpha = 0.55;
    ctx.setLineDash([2, 4]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    drawSign(ctx, mark.tone, x, top + 7 * devicePixelRatio);
  }
  ctx.restore();
}

/** Each kind of mark has a shape of its own. */
function drawSign(ctx: CanvasRenderingContext2D, tone: Mark["tone"], x: number, y: number): void {
  const size = 4.5 * devicePixelRatio;
  ctx.beginPath();
  if (tone === "bad") {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y - size);
    ctx.lineTo(x, y + size);
  } else if (tone === "warn") {
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
  } else ctx.arc(x, y, size * 0.7, 0, 7);
  ctx.fill();
}

function point(shown: uPlot, tip: HTMLElement, marks: Mark[], money: (value: number | null) => string): void {
  const { idx, left } = shown.cursor;
  if (idx == null || left == null || left < 0) {
    tip.hidden = true;
    return;
  }
  const at = shown.data[0][idx]!;
  const value = (series: number) => (shown.data[series]?.[idx] ?? null) as number | null;
  const [mtm, peak, floor] = [value(1), value(2), value(3)];
  const room = mtm != null && floor != null ? mtm - floor : null;
  const lines = [clockText(at), `mtm ${money(mtm)}`, `peak ${money(peak)}`, `floor ${money(floor)}`, `room ${room == null ? "–" : rupees(room.toFixed(2))}`];
  const near = marks.find((mark) => Math.abs(shown.valToPos(mark.at, "x") - left) < 6);
  if (near) lines.push(near.text);
  tip.textContent = lines.join("\n");
  tip.hidden = false;
  const right = left > shown.over.clientWidth / 2;
  tip.style.left = right ? "" : `${left + 12}px`;
  tip.style.right = right ? `${shown.over.clientWidth - left + 12}px` : "";
}
