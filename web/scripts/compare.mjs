// Says whether the dashboard that is committed is what its sources make, and how large its first load is.
// What is compressed is compared by what is in it: another version of brotli may pack it otherwise.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** What the first page may load, compressed. */
const BUDGET = 100_000;

const [made, kept] = process.argv.slice(2).map((path) => resolve(path));
const names = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
const plain = (folder, name) => {
  const bytes = readFileSync(join(folder, name));
  return name.endsWith(".br") ? brotliDecompressSync(bytes) : bytes;
};

const wrong = [];
const [before, after] = [names(kept), names(made)];
for (const name of new Set([...before, ...after])) {
  if (!before.includes(name)) wrong.push(`${name} is not committed`);
  else if (!after.includes(name)) wrong.push(`${name} is committed and is not made any more`);
  else if (!plain(kept, name).equals(plain(made, name))) wrong.push(`${name} is not what the sources make`);
}
for (const line of wrong) console.error(line);

const index = readFileSync(join(kept, "index.html"), "utf8");
const first = ["index.html", ...[...index.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => found[1])];
const sizes = first.map((name) => [name, readFileSync(join(kept, `${name}.br`)).length]);
const size = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
const all = before.filter((name) => name.endsWith(".br")).reduce((sum, name) => sum + readFileSync(join(kept, name)).length, 0);
console.log(`first load: ${size} bytes of brotli (${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(", ")}); the whole dashboard: ${all}`);
if (size >= BUDGET) wrong.push(`the first load is ${size} bytes; it may be ${BUDGET}`);
if (wrong.length) {
  console.error("hint: cargo xtask web");
  process.exit(1);
}
