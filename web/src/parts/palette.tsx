// The command palette and the sheet of keys.
import { useSignal } from "@preact/signals";
import { helpIsOpen, KEYS, PAGES, paletteIsOpen } from "../keys";
import { freeze, strategies, trades } from "../live";
import { go } from "../router";
import { letters, nextTheme, density } from "../settings";
import { logout, mayTrade } from "../session";
import { Dialog } from "./dialog";
import { openKill } from "./kill";

interface Entry {
  name: string;
  kind: string;
  run: () => void;
}

const MOST = 12;

function entries(): Entry[] {
  const to = (name: string, kind: string, path: string): Entry => ({ name, kind, run: () => go(path) });
  const all = PAGES.map(([, path, name]) => to(name, "page", path));
  for (const row of strategies.value) {
    all.push(to(row.name, "strategy", `/strategies/${row.id}`));
    if (mayTrade.value) all.push(to(`Add a trade to ${row.name}`, "action", `/trades/new?strategy=${row.id}`));
    if (mayTrade.value) all.push(to(`Add a rule to ${row.name}`, "action", `/rules/new?on=strategy&id=${row.id}`));
  }
  for (const trade of trades.value) all.push(to(`${trade.name || `t${trade.id}`} ${trade.symbol}`, "trade", `/trades/${trade.id}`));
  if (mayTrade.value) all.push(to("New strategy", "action", "/strategies/new"), to("New trade", "action", "/trades/new"));
  all.push(
    { name: "Kill: close everything", kind: "action", run: openKill },
    { name: "Dark or light", kind: "screen", run: nextTheme },
    { name: "Narrow or usual rows", kind: "screen", run: () => (density.value = density.value === "normal" ? "compact" : "normal") },
    { name: "Hold the screen still", kind: "screen", run: freeze },
    { name: "Keys", kind: "screen", run: () => (helpIsOpen.value = true) },
    { name: "Log out", kind: "action", run: () => void logout() },
  );
  return all;
}

/** Letters in their order; words that begin so come first. */
export function fits(name: string, wanted: string): number {
  const text = name.toLowerCase();
  const words = wanted.toLowerCase().trim();
  if (!words) return 1;
  if (text.startsWith(words)) return 4;
  if (text.split(/\s+/).some((word) => word.startsWith(words))) return 3;
  if (text.includes(words)) return 2;
  let at = 0;
  for (const letter of text) if (letter === words[at]) at++;
  return at === words.length ? 1 : 0;
}

export function Palette() {
  return paletteIsOpen.value ? <Open /> : null;
}

function Open() {
  const wanted = useSignal("");
  const at = useSignal(0);
  const close = () => (paletteIsOpen.value = false);
  const found = entries()
    .map((entry) => ({ entry, fit: fits(entry.name, wanted.value) }))
    .filter((one) => one.fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, MOST);
  const run = (entry: Entry | undefined) => {
    close();
    // After the dialog has gone, which gives focus back.
    if (entry) setTimeout(entry.run, 0);
  };
  const move = (by: number) => (at.value = (at.value + by + found.length) % Math.max(1, found.length));
  return (
    <Dialog title="Go to, or do" close={close}>
      <input
        class="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${at.value}`}
        aria-label="Search pages, strategies, trades and actions"
        value={wanted.value}
        autocomplete="off"
        autofocus
        onInput={(input) => {
          wanted.value = input.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={(key) => {
          if (key.key === "ArrowDown") move(1);
          else if (key.key === "ArrowUp") move(-1);
          else if (key.key === "Enter") run(found[at.value]?.entry);
          else return;
          key.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="Found" class="palette-list">
        {found.map(({ entry }, index) => (
          <li key={entry.name} id={`palette-${index}`} role="option" aria-selected={index === at.value} onPointerMove={() => (at.value = index)} onClick={() => run(entry)}>
            <span>{entry.name}</span>
            <span class="dim">{entry.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="hint">Nothing has these letters.</p>}
    </Dialog>
  );
}

export function Help() {
  if (!helpIsOpen.value) return null;
  return (
    <Dialog title="Keys" close={() => (helpIsOpen.value = false)}>
      <table class="plain">
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input type="checkbox" checked={letters.value} onChange={(change) => (letters.value = change.currentTarget.checked)} />
        Single letters do something
      </label>
    </Dialog>
  );
}
