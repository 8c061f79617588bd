// How the service itself does, asked now and then; asking also keeps the session of a page that is looked at.
import { computed, signal } from "@preact/signals";
import { get, Refused } from "./api";
import { asker, onForget } from "./forget";
import { service } from "./live";
import { leave } from "./session";
import type { Status } from "./wire";

export const status = signal<Status | undefined>(undefined);
onForget(() => (status.value = undefined));

const PACE = 10_000;

/** Paper until the service says otherwise. */
export const mode = computed<"paper" | "live">(() => ((service.value as { mode?: string }).mode === "live" ? "live" : "paper"));

export async function ask(): Promise<void> {
  const isStill = asker();
  try {
    const found = await get<Status>("/api/v1/status");
    if (isStill()) status.value = found;
  } catch (error) {
    if (error instanceof Refused && error.status === 401 && isStill()) leave("the session has ended");
  }
}

/** Asks as long as the page is in front; what it returns ends it. */
export function keepAlive(): () => void {
  void ask();
  const timer = setInterval(() => document.visibilityState === "visible" && void ask(), PACE);
  return () => clearInterval(timer);
}
