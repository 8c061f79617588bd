// The frame around every page: where one is, how the day stands, whether it is paper, and the kill.
import { computed, effect, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { money, rupees, short, time, way } from "./format";
import { helpIsOpen, paletteIsOpen } from "./keys";
import { accounts, isKilled, line, now, heardAt, prices, shownAt, strategies, system } from "./live";
import { Banners } from "./parts/banners";
import { Money, nearness, RoomBar } from "./parts/figures";
import { KillButton, KillDialog } from "./parts/kill";
import { Help, Palette } from "./parts/palette";
import { Toasts } from "./parts/toasts";
import { path } from "./router";
import { logout, me, standing } from "./session";
import { isNarrow } from "./settings";
import { keepAlive, mode, status } from "./status";
import { announced } from "./story";
import { Login } from "./pages/login";
import { Home } from "./pages/home";
import { Strategies } from "./pages/strategies";
import { Strategy } from "./pages/strategy";
import { Positions } from "./pages/positions";
import { TradePage } from "./pages/trade";
import { Alerts, unread } from "./pages/alerts";
import { Rules } from "./pages/rules";
import { Replay } from "./pages/replay";
import { Reports } from "./pages/reports";
import { Settings } from "./pages/settings";
import { lazily } from "./parts/lazily";

const NewStrategy = lazily(() => import("./pages/new-strategy").then((module) => module.NewStrategy));
const NewTrade = lazily(() => import("./pages/new-trade").then((module) => module.NewTrade));
const RuleEditor = lazily(() => import("./pages/rule-editor").then((module) => module.RuleEditor));

interface NavEntry {
  path: string;
  name: string;
  icon: string;
}

const NAV: NavEntry[] = [
  { path: "/", name: "Home", icon: "M3 11 12 4l9 7v9h-6v-6H9v6H3z" },
  { path: "/strategies", name: "Strategies", icon: "M4 19h16M6 16V9m6 7V5m6 11v-5" },
  { path: "/positions", name: "Positions", icon: "M4 6h16M4 12h16M4 18h16" },
  { path: "/alerts", name: "Alerts", icon: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4" },
  { path: "/rules", name: "Rules", icon: "M4 18h5v-5h5V8h6" },
  { path: "/replay", name: "Replay", icon: "M4 5v6h6M5 11a8 8 0 1 1 1 6" },
  { path: "/reports", name: "Reports", icon: "M6 3h9l4 4v14H6zM9 12h6M9 16h6" },
  { path: "/settings", name: "Settings", icon: "M5 7h14M5 12h14M5 17h14M9 5v4M15 10v4M8 15v4" },
];

/** Pages by the beginning of their address; the first that fits. */
const PAGES: [pattern: RegExp, page: ComponentType<{ id: number }>][] = [
  [/^\/$/, Home],
  [/^\/strategies\/new$/, NewStrategy],
  [/^\/strategies\/(\d+)$/, Strategy],
  [/^\/strategies$/, Strategies],
  [/^\/positions$/, Positions],
  [/^\/trades\/new$/, NewTrade],
  [/^\/trades\/(\d+)$/, TradePage],
  [/^\/alerts$/, Alerts],
  [/^\/rules\/new$/, RuleEditor],
  [/^\/rules\/(\d+)$/, RuleEditor],
  [/^\/rules$/, Rules],
  [/^\/replay$/, Replay],
  [/^\/reports$/, Reports],
  [/^\/settings$/, Settings],
];

const nearCount = computed(() => strategies.value.filter((row) => ["near", "breach"].includes(nearness(row.room_share))).length);

// The page's title says how the day stands, also when another page is in front.
effect(() => {
  const row = system.value;
  const day = row && standing.value === "in" ? `(${rupees(row.mtm, "signed")}${nearCount.value ? ` | ${nearCount.value} near` : ""}) ` : "";
  const paper = mode.value === "paper" && standing.value === "in" ? "PAPER " : "";
  document.title = `${day}${paper}Highmark`;
});

// So does its icon: a dot that is amber near a floor, red when something wants a person, black when all is killed.
effect(() => {
  const tone = standing.value !== "in" ? "" : isKilled.value ? "killed" : unread.value ? "alert" : nearCount.value ? "near" : "";
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = tone ? `/icon-${tone}.svg` : "/icon.svg";
});

export function App() {
  if (standing.value === "asking") return <p class="loading">Asking who you are…</p>;
  if (standing.value === "out") return <Login />;
  return <Frame />;
}

function Frame() {
  useEffect(keepAlive, []);
  const at = PAGES.map(([pattern, page]) => ({ page, found: pattern.exec(path.value) })).find((one) => one.found);
  const Page = at?.page ?? Nowhere;
  const id = Number(at?.found?.[1] ?? 0);
  return (
    <div class={`frame ${mode.value}`}>
      <a class="skip" href="#main" onClick={(click) => (click.preventDefault(), document.getElementById("main")?.focus())}>
        To the page
      </a>
      <TopBar />
      <Rail />
      <main id="main" tabIndex={-1}>
        <Banners />
        <Page key={path.value} id={id} />
      </main>
      <BottomBar />
      <KillDialog />
      <Palette />
      <Help />
      <Toasts />
      <Announcer />
    </div>
  );
}

function TopBar() {
  const row = system.value;
  const binding = accounts.value.find((one) => one.room != null);
  const shown = row?.room != null ? row : binding;
  const write = isNarrow.value ? short : rupees;
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Highmark, home">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 22l8-8 5 4 10-12" class="brand-line" />
          <path d="M4 28h9v-5h7v-5h7" class="brand-floor" />
        </svg>
        <span>Highmark</span>
      </a>
      <span class={`mode ${mode.value}`}>{mode.value === "paper" ? "PAPER" : "LIVE"}</span>
      <dl class="day">
        <div>
          <dt>Day</dt>
          <dd>
            {isNarrow.value ? <span class={`num ${way(row?.mtm)}`}>{short(row?.mtm, "signed")}</span> : <Money value={row?.mtm} />}
          </dd>
        </div>
        <div class="wide-only">
          <dt>Peak</dt>
          <dd class="num">{money(row?.peak)}</dd>
        </div>
        <div>
          <dt>Room</dt>
          <dd class="num strong">
            {shown?.room != null ? write(shown.room) : "no floor"} {shown?.room_share != null && !isNarrow.value && <RoomBar share={shown.room_share} label="The account" />}
          </dd>
        </div>
      </dl>
      <span class="spacer" />
      <FeedChip />
      <span class="clock num wide-only">{time(shownAt.value)} IST</span>
      <a class={`chip wide-only ${unread.value ? "alerting" : ""}`} href="/alerts">
        Alerts {unread.value}
      </a>
      <button type="button" class="chip wide-only" onClick={() => (paletteIsOpen.value = true)} aria-keyshortcuts="Control+K">
        Search <kbd>Ctrl K</kbd>
      </button>
      <button type="button" class="chip wide-only" aria-label="Keys" onClick={() => (helpIsOpen.value = true)}>
        ?
      </button>
      <KillButton />
    </header>
  );
}

/** How fresh what one sees is, in a word. */
export const freshness = computed(() => {
  if (line.value !== "live") return { tone: "breach", text: line.value === "connecting" ? "connecting" : "not connected" };
  const staleCount = prices.value.filter((price) => price.stale).length;
  if (staleCount > 0) return { tone: "near", text: `${staleCount} stale` };
  if (now.value - heardAt.value > 8_000) return { tone: "watch", text: "slow" };
  if (status.value?.service.feed === "none") return { tone: "calm", text: "pushed prices" };
  return { tone: "calm", text: status.value?.service.feed === "replay" ? "replay" : "live" };
});

function FeedChip() {
  const { tone, text } = freshness.value;
  return (
    <a class={`chip feed ${tone}`} href="/settings">
      <i aria-hidden="true" />
      {text}
    </a>
  );
}

function Icon({ path: shape }: { path: string }) {
  return (
    <svg class="icon-line" viewBox="0 0 24 24" aria-hidden="true">
      <path d={shape} />
    </svg>
  );
}

const isHere = (entry: NavEntry) => (entry.path === "/" ? path.value === "/" : path.value.startsWith(entry.path) || (entry.path === "/positions" && path.value.startsWith("/trades")));

function Rail() {
  return (
    <nav class="rail" aria-label="Pages">
      {NAV.map((entry) => (
        <a key={entry.path} href={entry.path} aria-current={isHere(entry) ? "page" : undefined}>
          <Icon path={entry.icon} />
          {entry.name}
          {entry.path === "/alerts" && unread.value > 0 && <span class="count">{unread.value}</span>}
        </a>
      ))}
      <span class="spacer" />
      <span class="who dim">{me.value?.by}</span>
      <button type="button" class="quiet" onClick={() => void logout()}>
        Log out
      </button>
    </nav>
  );
}

function BottomBar() {
  const more = useSignal(false);
  const first = NAV.filter((entry) => ["/", "/positions", "/alerts"].includes(entry.path));
  const rest = NAV.filter((entry) => !first.includes(entry));
  return (
    <nav class="bottom" aria-label="Pages, short">
      {more.value && (
        <div class="more" onClick={() => (more.value = false)}>
          {rest.map((entry) => (
            <a key={entry.path} href={entry.path} aria-current={isHere(entry) ? "page" : undefined}>
              <Icon path={entry.icon} />
              {entry.name}
            </a>
          ))}
          <button type="button" onClick={() => void logout()}>
            Log out
          </button>
        </div>
      )}
      {first.map((entry) => (
        <a key={entry.path} href={entry.path} aria-current={isHere(entry) ? "page" : undefined}>
          <Icon path={entry.icon} />
          {entry.name}
        </a>
      ))}
      <button type="button" aria-expanded={more.value} onClick={() => (more.value = !more.value)}>
        <Icon path="M5 12h.01M12 12h.01M19 12h.01" />
        More
      </button>
    </nav>
  );
}

/** Ticks are not read out; what happened is. */
function Announcer() {
  const told = announced.value;
  const isLoud = told?.weight === "critical";
  return (
    <>
      <div class="unseen" aria-live="polite">
        {!isLoud && told ? told.text : ""}
      </div>
      <div class="unseen" aria-live="assertive">
        {isLoud ? told.text : ""}
      </div>
    </>
  );
}

function Nowhere() {
  return (
    <section class="page">
      <h1 tabIndex={-1}>There is no such page</h1>
      <p>
        <a href="/">To the beginning</a>
      </p>
    </section>
  );
}
