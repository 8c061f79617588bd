// Numbers and times as people in India read them. Money stays the text that it came as: nothing is rounded by a float.

const MINUS = "\u2212";
const RUPEE = "\u20b9";

/** 1234567 -> 12,34,567 */
export function grouped(whole: string): string {
  if (whole.length <= 3) return whole;
  const head = whole.slice(0, -3);
  return `${head.replace(/\B(?=(\d\d)+$)/g, ",")},${whole.slice(-3)}`;
}

interface Parts {
  negative: boolean;
  whole: string;
  fraction: string;
}

function parts(text: string): Parts | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!found) return undefined;
  return {
    negative: found[1] === "-",
    whole: found[2]!.replace(/^0+(?=\d)/, ""),
    fraction: found[3] ?? "",
  };
}

/** To so many places, half away from zero; never a negative zero. */
function rounded(text: string, places: number): Parts | undefined {
  const found = parts(text);
  if (!found) return undefined;
  const fraction = found.fraction.padEnd(places + 1, "0");
  let digits = BigInt(found.whole + fraction.slice(0, places));
  if (fraction.charCodeAt(places) >= 53) digits += 1n;
  const all = digits.toString().padStart(places + 1, "0");
  const cut = all.length - places;
  return {
    negative: found.negative && digits !== 0n,
    whole: all.slice(0, cut),
    fraction: all.slice(cut),
  };
}

/** A number to so many places, as text. */
export function fixed(text: string, places: number): string {
  const found = rounded(text, places);
  return found ? `${found.negative ? "-" : ""}${found.whole}.${found.fraction}` : text;
}

export type Sign = "signed" | "plain";

/** ₹12,34,567.50, with the sign always when it is signed. */
export function money(text: string | null | undefined, sign: Sign = "plain", places = 2): string {
  const found = text == null ? undefined : rounded(text, places);
  if (!found) return "\u2013";
  const isZero = /^0*$/.test(found.whole + found.fraction);
  const before = found.negative ? MINUS : sign === "signed" && !isZero ? "+" : "";
  const after = places > 0 ? `.${found.fraction}` : "";
  return `${before}${RUPEE}${grouped(found.whole)}${after}`;
}

/** Without paise: for tiles and cards, where the eye compares sizes. */
export function rupees(text: string | null | undefined, sign: Sign = "plain"): string {
  return money(text, sign, 0);
}

/** ₹1.23 L, ₹4.56 Cr. */
export function short(text: string | null | undefined, sign: Sign = "plain"): string {
  const found = text == null ? undefined : parts(text);
  if (!found) return "\u2013";
  const digits = found.whole.length;
  const unit = digits >= 8 ? 7 : digits >= 6 ? 5 : 0;
  if (unit === 0) return rupees(text, sign);
  const shifted = `${found.negative ? "-" : ""}${found.whole.slice(0, -unit)}.${found.whole.slice(-unit)}`;
  return `${money(shifted, sign)} ${unit === 7 ? "Cr" : "L"}`;
}

/** A price with at least two places and as many as it has. */
export function price(text: string | null | undefined): string {
  const found = text == null ? undefined : parts(text);
  if (!found) return "\u2013";
  const fraction = found.fraction.replace(/0+$/, "").padEnd(2, "0");
  return `${found.negative ? MINUS : ""}${grouped(found.whole)}.${fraction}`;
}

/** A level that was computed: to the paise where a paisa is small beside it. */
export function level(text: string | null | undefined): string {
  const found = text == null ? undefined : rounded(text, Math.abs(Number(text)) >= 200 ? 2 : 4);
  return found ? price(`${found.negative ? "-" : ""}${found.whole}.${found.fraction}`) : "\u2013";
}

export function quantity(text: string | null | undefined): string {
  const found = text == null ? undefined : parts(text);
  if (!found) return "\u2013";
  const fraction = found.fraction.replace(/0+$/, "");
  return `${found.negative ? MINUS : ""}${grouped(found.whole)}${fraction ? `.${fraction}` : ""}`;
}

/** Parts per million as percent with one place. */
export function percent(ppm: number | null | undefined, places = 1): string {
  if (ppm == null || !Number.isFinite(ppm)) return "\u2013";
  const value = (Math.abs(ppm) / 10_000).toFixed(places);
  return `${ppm < 0 && Number(value) !== 0 ? MINUS : ""}${value}%`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${grouped(String(value))} ${value === 1 ? one : many}`;
}

/** A sentence of the service in which no line ends between a sign and its rupees. */
export const unbroken = (text: string) => text.replace(/([\u2212+])\u20b9/g, "$1\u2060\u20b9");

/** Which way money went; colour is never the only thing that tells it. */
export function way(text: string | null | undefined): "gain" | "loss" | "even" {
  const found = text == null ? undefined : parts(text);
  if (!found || /^0*$/.test(found.whole + found.fraction)) return "even";
  return found.negative ? "loss" : "gain";
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const IST = 330 * 60_000;

/** 14:22:07 of a time of the wire, which is in Indian time already. */
export function time(stamp: string | null | undefined): string {
  return stamp ? stamp.slice(11, 19) : "\u2013";
}

/** 22 Nov 2026 */
export function date(stamp: string | null | undefined): string {
  if (!stamp) return "\u2013";
  const [year, month, day] = stamp.slice(0, 10).split("-");
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? "?"} ${year}`;
}

export function dateTime(stamp: string | null | undefined): string {
  return stamp ? `${date(stamp)} ${time(stamp)} IST` : "\u2013";
}

/** Indian time of milliseconds since 1970, as the wire writes it. */
export function stamp(milliseconds: number): string {
  return `${new Date(milliseconds + IST).toISOString().slice(0, 23)}+05:30`;
}

/** 3 s, 12 min, 2 h 5 min */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
