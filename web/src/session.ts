// Who looks at this screen. A link of the service opens it once; otherwise people log in.
import { computed, signal } from "@preact/signals";
import { get, post, Refused, told } from "./api";
import { forget } from "./forget";
import { go, path } from "./router";

export interface Me {
  by: string;
  role: "viewer" | "trader" | "risk" | "admin";
  /** What they are bound to; the whole book, when empty. */
  accounts: string[];
}

export type Standing = "asking" | "out" | "in";
export const standing = signal<Standing>("asking");
export const me = signal<Me | undefined>(undefined);
export const whyOut = signal("");

const RANK = { viewer: 0, trader: 1, risk: 2, admin: 3 };
export const may = (role: Me["role"]) => me.value !== undefined && RANK[me.value.role] >= RANK[role];
export const mayTrade = computed(() => may("trader"));
export const mayRisk = computed(() => may("risk"));

/** Follows the link that the page was opened with, or finds out who is logged in. */
export async function begin(): Promise<void> {
  const token = /^#open=(hmo_[0-9a-f]+)$/.exec(location.hash)?.[1];
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (token) {
      try {
        return enter(await post<Me>("/api/v1/open", { token }));
      } catch (error) {
        // A link that was followed already does no harm to whoever is logged in.
        whyOut.value = told(error);
      }
    }
    enter(await get<Me>("/api/v1/me"));
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) whyOut.value = told(error);
    standing.value = "out";
  }
}

export async function login(name: string, password: string, code: string): Promise<void> {
  enter(await post<Me>("/api/v1/login", { name, password, ...(code ? { code } : {}) }));
}

export async function logout(): Promise<void> {
  await post("/api/v1/logout", {}).catch(() => undefined);
  leave("");
}

/** The session is over: nothing is shown that could be taken for the present. */
export function leave(why: string): void {
  me.value = undefined;
  whyOut.value = why;
  standing.value = "out";
}

/** Who looked last, and at what; they find what they have seen when they come back. */
let looked = "";

function enter(who: Me): void {
  const looks = JSON.stringify([who.by, who.accounts]);
  if (looked && looks !== looked) forget();
  looked = looks;
  me.value = who;
  whyOut.value = "";
  standing.value = "in";
  if (path.value === "/login") go("/", "replace");
}
