// The rules in force. They are asked for when a page shows them and when one of them has changed.
import { computed, effect, signal } from "@preact/signals";
import { get } from "./api";
import { asker, onForget } from "./forget";
import { story } from "./story";
import type { Id, RuleView, Scope } from "./wire";

export const rules = signal<readonly RuleView[]>([]);
export const rulesFailed = signal("");
onForget(() => (rules.value = []));

let wanted = 0;
let timer = 0;
const PACE = 2_000;

async function ask(): Promise<void> {
  const isStill = asker();
  const found: RuleView[] = [];
  let after: number | undefined;
  do {
    const page: { rules: RuleView[]; next?: number | null } = await get(`/api/v1/rules?limit=500${after === undefined ? "" : `&after=${after}`}`);
    found.push(...page.rules);
    after = page.next ?? undefined;
  } while (after !== undefined && found.length < 5_000);
  if (isStill()) rules.value = found;
}

/** Asks as long as a page wants them; what it returns ends it. */
export function watchRules(): () => void {
  wanted++;
  if (wanted === 1) void round();
  return () => {
    wanted--;
    if (wanted === 0) clearTimeout(timer);
  };
}

async function round(): Promise<void> {
  clearTimeout(timer);
  try {
    await ask();
    rulesFailed.value = "";
  } catch (error) {
    rulesFailed.value = String(error instanceof Error ? error.message : error);
  }
  if (wanted > 0) timer = window.setTimeout(round, PACE);
}

export const refreshRules = () => void round();

let newest = "";
effect(() => {
  const told = story.value[0];
  if (!told || told.key === newest) return;
  newest = told.key;
  if (wanted > 0 && (told.kind === "rule" || told.kind === "loosened")) void round();
});

export const isOn = (scope: Scope, kind: "Trade" | "Strategy" | "Account", id: Id) =>
  scope !== "System" && kind in scope && (scope as Record<string, Id>)[kind] === id;

export const rulesOf = (kind: "Trade" | "Strategy" | "Account", id: Id) => computed(() => rules.value.filter((view) => isOn(view.rule.scope, kind, id)));
