// A rule that is amended, as it was looked at, and what the service says of one before it is set.
import { get, getTagged } from "../api";
import type { RuleDraft, RuleView, Scope } from "../wire";
import { isSame, termsOf, written, type Terms } from "./terms";

export type On = "trade" | "group" | "strategy" | "account" | "system";

export interface Preview {
  valid: boolean;
  words: string;
  draft: RuleDraft;
  rule?: { sentence: string; room?: string | null; compared: { level?: string | null; floor?: string | null } } | null;
  follows: string[];
  warnings: string[];
  refusal?: { detail: string; hint: string } | null;
}

/** A rule that is amended, as it was looked at. */
export interface Held {
  view: RuleView;
  tag: string;
  /** Its terms, when the service makes exactly this rule of them: only then they are offered to be changed. */
  terms?: Terms | undefined;
}

export function placeOf(scope: Scope): { on: On; id?: string } {
  if (scope === "System") return { on: "system" };
  const [level, id] = Object.entries(scope)[0]!;
  return { on: level.toLowerCase() as On, id: String(id) };
}

/** What a rule would be, if it were set now. */
export const previewed = (on: On, id: string | undefined, rule: string) => get<Preview>(`/api/v1/rules/preview?${new URLSearchParams({ on, rule, ...(id ? { id } : {}) })}`);

export async function look(id: number): Promise<Held> {
  const { value: view, tag } = await getTagged<RuleView>(`/api/v1/rules/${id}`);
  const terms = termsOf(view.draft);
  if (!terms) return { view, tag };
  const { on, id: of } = placeOf(view.rule.scope);
  const read = await previewed(on, of, written(terms)).catch(() => undefined);
  return { view, tag, terms: isSame(read?.draft, view.draft) ? terms : undefined };
}
