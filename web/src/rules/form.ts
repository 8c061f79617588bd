// What the fields of a form show of a rule, and the rule that they make: only what was touched is another.
import type { RuleDraft } from "../wire";
import { KINDS, type Field, type Kind } from "./kinds";
import { changed, textAt, type Terms } from "./terms";

/** The form of a rule that stands; a target on mtm is not one on a price. */
export function formOf(draft: RuleDraft): Kind | undefined {
  const on = "price" in draft.spec ? "trade" : "scope";
  const name = Object.keys(Object.values(draft.spec)[0] as object)[0];
  return KINDS.find((kind) => kind.on === on && kind.id === name);
}

const pathOf = (kind: Kind, field: Field) => `${kind.id}.${field.path ?? field.id}`;

/** What the terms have in a field. */
export const valueIn = (terms: Terms, kind: Kind, field: Field) => textAt(terms, pathOf(kind, field));

/** What a person has touched in the form, by the ids of fields; what is not there is as it was. */
export interface Touched {
  values: Record<string, string>;
  alertOnly?: boolean | undefined;
  confirm?: string | undefined;
}

/** The terms with what was touched, and nothing else, changed. */
export function filled(before: Terms, kind: Kind, { values, alertOnly, confirm }: Touched): Terms {
  let terms: Terms = { ...before, [kind.id]: before[kind.id] ?? {} };
  const touched = kind.fields.filter((field) => field.id in values).map((field) => ({ field, value: values[field.id]!.trim() }));
  const mayStayEmpty = (field: Field) => field.optional || field.instead;
  // What gives its place to another goes first.
  for (const { field, value } of touched) if (!value && mayStayEmpty(field)) terms = changed(terms, pathOf(kind, field), undefined);
  for (const { field, value } of touched) if (value || !mayStayEmpty(field)) terms = changed(terms, pathOf(kind, field), value);
  if (alertOnly) terms = { ...terms, action: "alert" };
  else if (alertOnly === false && terms["action"] === "alert") terms = changed(terms, "action", undefined);
  if (confirm !== undefined) {
    const { confirm: _, ...others } = terms;
    terms = confirm.trim() ? { ...others, confirm: { wait: confirm.trim() } } : others;
  }
  // A rule of which every term was taken away is still one.
  return { [kind.id]: {}, ...terms };
}

/** The terms that the form does not show. */
export function unshown(terms: Terms, kind: Kind): Terms {
  let rest = terms;
  for (const field of kind.fields) if (valueIn(terms, kind, field)) rest = changed(rest, pathOf(kind, field), undefined);
  if (rest["action"] === "alert") rest = changed(rest, "action", undefined);
  return changed(rest, "confirm.wait", undefined);
}
