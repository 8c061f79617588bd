// Sums and products of numbers that are text, exactly: no float stands in between.

interface Exact {
  digits: bigint;
  places: number;
}

const read = (text: string): Exact => {
  const [whole = "", fraction = ""] = text.split(".");
  return { digits: BigInt(whole + fraction), places: fraction.length };
};

function write({ digits, places }: Exact): string {
  const all = (digits < 0n ? -digits : digits).toString().padStart(places + 1, "0");
  const cut = all.length - places;
  return `${digits < 0n ? "-" : ""}${all.slice(0, cut)}${places > 0 ? `.${all.slice(cut)}` : ""}`;
}

export function times(...texts: string[]): string {
  const all = texts.map(read);
  return write({ digits: all.reduce((product, one) => product * one.digits, 1n), places: all.reduce((sum, one) => sum + one.places, 0) });
}

export function minus(one: string, other: string): string {
  const [from, away] = [read(one), read(other)];
  const places = Math.max(from.places, away.places);
  const at = ({ digits, places: has }: Exact) => digits * 10n ** BigInt(places - has);
  return write({ digits: at(from) - at(away), places });
}

export const isLess = (one: string, other: string) => minus(one, other).startsWith("-");
