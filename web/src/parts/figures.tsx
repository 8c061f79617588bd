// Money, room and states as they stand everywhere: the sign and a word first, colour third.
import { money, percent, rupees, way, type Sign } from "../format";

interface MoneyProps {
  value: string | null | undefined;
  sign?: Sign;
  places?: 0 | 2;
  class?: string;
}

export function Money({ value, sign = "signed", places = 2, class: name = "" }: MoneyProps) {
  const text = places === 0 ? rupees(value, sign) : money(value, sign);
  return <span class={`num ${sign === "signed" ? way(value) : ""} ${name}`}>{text}</span>;
}

/** How near a scope is: nothing, near (less than a quarter), at it. */
export type Nearness = "none" | "calm" | "watch" | "near" | "breach";

export function nearness(share: number | null | undefined): Nearness {
  if (share == null) return "none";
  if (share <= 0) return "breach";
  if (share < 250_000) return "near";
  if (share < 500_000) return "watch";
  return "calm";
}

const NEAR_WORDS: Record<Nearness, string> = {
  none: "no floor",
  calm: "calm",
  watch: "half used",
  near: "near",
  breach: "at its floor",
};

/** A bar that empties as the floor comes nearer; the word says the same. */
export function RoomBar({ share, label }: { share: number | null | undefined; label: string }) {
  const near = nearness(share);
  const part = Math.max(0, Math.min(1, (share ?? 0) / 1e6));
  const text = share == null ? NEAR_WORDS.none : `${percent(share, 0)} of the room is left`;
  return (
    <span class={`roombar ${near}`} role="img" aria-label={`${label}: ${text}`}>
      <span class="roombar-fill" style={{ transform: `scaleX(${part})` }} />
    </span>
  );
}

export function Near({ share }: { share: number | null | undefined }) {
  const near = nearness(share);
  if (near === "calm") return null;
  return <span class={`badge ${near}`}>{NEAR_WORDS[near]}</span>;
}

export function State({ state }: { state: string }) {
  if (state === "active" || state === "open") return null;
  const tone = state === "pending" || state === "exiting" ? "watch" : state === "closed" ? "none" : "breach";
  return <span class={`badge ${tone}`}>{state}</span>;
}

/** A line of where something has been, without axes. */
export function Spark({ values, label }: { values: number[]; label: string }) {
  const shown = values.slice(-120);
  if (shown.length < 2) return <svg class="spark" viewBox="0 0 100 24" role="img" aria-label={`${label}: just begun`} />;
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const span = high - low || 1;
  const path = shown.map((value, at) => {
    const x = (at / (shown.length - 1)) * 100;
    const y = 22 - ((value - low) / span) * 20;
    return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const tone = shown[shown.length - 1]! >= 0 ? "gain" : "loss";
  return (
    <svg class={`spark ${tone}`} viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={`${label}: from ${Math.round(low)} to ${Math.round(high)} rupees`}>
      <path d={path.join("")} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

export function Tile({ label, children, tone = "", href }: { label: string; children: preact.ComponentChildren; tone?: string; href?: string }) {
  const body = (
    <>
      <span class="tile-label">{label}</span>
      <span class="tile-value">{children}</span>
    </>
  );
  return href ? (
    <a class={`tile ${tone}`} href={href}>
      {body}
    </a>
  ) : (
    <div class={`tile ${tone}`}>{body}</div>
  );
}
