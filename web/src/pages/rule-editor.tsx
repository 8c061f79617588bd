// A rule to set or to amend: its sentence, its picture, and what speaks against it, before anything changes.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, getTagged, post, Refused, told, type Done } from "../api";
import { money, price } from "../format";
import { accounts, strategies, trades } from "../live";
import { toast } from "../parts/toasts";
import { go, query } from "../router";
import { RulePicture } from "../rules/picture";
import { KINDS, kindOf, words } from "../rules/kinds";
import { sentence, share } from "../rules/sentence";
import { kindWords } from "../rules/words";
import { scopeName } from "../story";
import { mayRisk } from "../session";
import type { RuleDraft, RuleView } from "../wire";
import { OtherWays } from "../parts/other-ways";
import { WhatIf } from "../parts/what-if";

type On = "trade" | "strategy" | "account" | "system";

interface Preview {
  valid: boolean;
  words: string;
  draft: RuleDraft;
  rule?: { sentence: string; room?: string | null; compared: { level?: string | null; floor?: string | null } } | null;
  follows: string[];
  warnings: string[];
  refusal?: { detail: string; hint: string } | null;
}

export function RuleEditor({ id }: { id: number }) {
  const isNew = !location.pathname.match(/\/rules\/\d+$/);
  const before = useSignal<{ value: RuleView; tag: string } | undefined>(undefined);
  const failed = useSignal("");
  useEffect(() => {
    if (isNew) return;
    getTagged<RuleView>(`/api/v1/rules/${id}`).then(
      (found) => (before.value = found),
      (error: unknown) => (failed.value = told(error)),
    );
  }, [id]);
  if (!isNew && !before.value) {
    return (
      <section class="page">
        <h1 tabIndex={-1}>Amend a rule</h1>
        <p class={failed.value ? "problem" : "loading"}>{failed.value || "Loading…"}</p>
      </section>
    );
  }
  return <Editor {...(before.value ? { before: before.value } : {})} />;
}

/** What a command calls it. */
function nameOf(on: On, id: string | undefined): string {
  if (on === "system") return "system";
  if (on === "trade") return `t${id}`;
  const rows = on === "strategy" ? strategies.value : accounts.value;
  const name = rows.find((row) => String(row.id) === id)?.name ?? "";
  return /^[\w.-]+$/.test(name) ? name : `"${name}"`;
}

/** The fields of a rule that stands, as far as the editor has them. */
function valuesOf(view: RuleView): { kind: string; values: Record<string, string> } | undefined {
  const spec = Object.values(view.draft.spec)[0] as Record<string, Record<string, unknown>>;
  const [name, terms] = Object.entries(spec)[0] ?? ["", {}];
  const kind = kindOf(name);
  if (!kind || (name === "target" && "mtm" in view.draft.spec)) return undefined;
  const values: Record<string, string> = {};
  const text = (value: unknown): string | undefined => {
    if (typeof value === "number" || typeof value === "string") return String(value);
    const [unit, size] = Object.entries((value ?? {}) as Record<string, unknown>)[0] ?? ["", undefined];
    if (unit === "money" || unit === "points" || unit === "price") return String(size);
    if (unit === "of_entry") return share(size);
    if (unit === "of_capital" || unit === "of_margin" || unit === "of_premium") return `"${share(size)} of ${unit.slice(3)}"`;
    if (unit === "profit" || unit === "from_entry") return text(size);
    return undefined;
  };
  for (const field of kind.fields) {
    // What the engine calls `at`, a person gives from the entry.
    const value = terms[field.id] ?? (field.id === "from_entry" ? terms["at"] : undefined);
    values[field.id] = (field.id === "fraction" ? share(value) : text(value)) ?? "";
  }
  return { kind: name, values };
}

function Editor({ before }: { before?: { value: RuleView; tag: string } }) {
  const view = before?.value;
  const known = view && valuesOf(view);
  const scope = view?.rule.scope;
  const firstOn: On = scope === undefined ? ((query.value.get("on") as On | null) ?? "strategy") : scope === "System" ? "system" : "Trade" in scope ? "trade" : "Strategy" in scope ? "strategy" : "account";
  const on = useSignal<On>(firstOn);
  const target = useSignal(scope === undefined ? (query.value.get("id") ?? "") : scope === "System" ? "" : String(Object.values(scope)[0]));
  const kindId = useSignal(known?.kind ?? (firstOn === "trade" ? "trail" : "max_loss"));
  const values = useSignal<Record<string, string>>(known?.values ?? {});
  const alertOnly = useSignal(view?.draft.options["action"] === "alert");
  const confirm = useSignal("");
  const raw = useSignal(view && !known ? "" : "");
  const reason = useSignal("");
  const preview = useSignal<Preview | undefined>(undefined);
  const failed = useSignal("");
  /** Why it was not saved; it stays until it is tried again. */
  const refusal = useSignal("");
  const busy = useSignal(false);
  const isTrade = on.value === "trade";
  const kinds = KINDS.filter((kind) => (kind.on === "trade") === isTrade);
  const kind = useComputed(() => {
    const fitting = KINDS.filter((one) => (one.on === "trade") === (on.value === "trade"));
    return fitting.find((one) => one.id === kindId.value) ?? fitting[0]!;
  });
  const valueOf = (field: string) => values.value[field] ?? kind.value.fields.find((one) => one.id === field)?.first ?? "";
  const all = Object.fromEntries(kind.value.fields.map((field) => [field.id, valueOf(field.id)]));
  const text = raw.value.trim() || words(kind.value, all, { alertOnly: alertOnly.value, confirm: confirm.value });
  const targets = on.value === "trade" ? trades.value.map((one) => [one.id, `${one.name || `t${one.id}`} ${one.symbol}`] as const) : on.value === "strategy" ? strategies.value.map((one) => [one.id!, one.name] as const) : on.value === "account" ? accounts.value.map((one) => [one.id!, one.name] as const) : [];
  const chosen = on.value === "system" ? undefined : target.value || String(targets[0]?.[0] ?? "");
  const needsRisk = on.value === "account" || on.value === "system" || view !== undefined;

  // What the service says of it, a moment after the last letter.
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      const asked = new URLSearchParams({ on: on.value, rule: text, ...(chosen ? { id: chosen } : {}) });
      get<Preview>(`/api/v1/rules/preview?${asked}`).then(
        (found) => {
          if (isOver) return;
          preview.value = found;
          failed.value = "";
        },
        (error: unknown) => {
          if (isOver) return;
          preview.value = undefined;
          failed.value = error instanceof Refused && error.status === 404 ? "" : told(error);
        },
      );
    }, 350);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text, chosen, on.value]);

  /** What loosens was only asked for: it waits under Rules. */
  const refused = (error: unknown) => {
    if (error instanceof Refused && error.code === "CONFIRM") {
      toast("good", error.detail);
      go("/rules");
    } else refusal.value = told(error);
  };
  const save = async () => {
    busy.value = true;
    refusal.value = "";
    try {
      const done = view
        ? await post<Done>(`/api/v1/rules/${view.rule.rule}/change`, { rule: text, on_trade: isTrade, reason: reason.value.trim() }, before?.tag)
        : await post<Done>("/api/v1/rules", { on: on.value, ...(chosen ? { id: Number(chosen) } : {}), rule: text, reason: reason.value.trim() });
      toast("good", done.told[0] ?? "the rule is set");
      go(on.value === "trade" ? `/trades/${chosen}` : on.value === "strategy" ? `/strategies/${chosen}` : "/rules");
    } catch (error) {
      refused(error);
    }
    busy.value = false;
  };
  const remove = async () => {
    if (!view) return;
    busy.value = true;
    refusal.value = "";
    try {
      await post(`/api/v1/rules/${view.rule.rule}/remove`, { reason: reason.value.trim() }, before?.tag);
      toast("good", "the rule is removed");
      go("/rules");
    } catch (error) {
      refused(error);
    }
    busy.value = false;
  };
  const said = preview.value;
  // For an amendment a refusal because the old one stands there too is none.
  const warnings = (said?.warnings ?? []).filter((warning) => !view || !warning.startsWith(`r${view.rule.rule} stands there too`));
  return (
    <section class="page">
      <h1 tabIndex={-1}>{view ? `Amend: ${kindWords(view.rule.kind)} of ${scopeName(view.rule.scope)}` : "Add a rule"}</h1>
      <div class="columns even editor">
        <form
          class="card"
          onSubmit={(submit) => {
            submit.preventDefault();
            void save();
          }}
        >
          {view && (
            <p class="dim">
              Now: {sentence(view.draft)} Version {view.rule.version}.
            </p>
          )}
          {!view && (
            <div class="fields">
              <label>
                It watches
                <select value={on.value} onChange={(change) => ((on.value = change.currentTarget.value as On), (target.value = ""))}>
                  <option value="trade">a trade</option>
                  <option value="strategy">a strategy</option>
                  <option value="account">an account</option>
                  <option value="system">everything</option>
                </select>
              </label>
              {on.value !== "system" && (
                <label>
                  Which
                  <select value={chosen} onChange={(change) => (target.value = change.currentTarget.value)}>
                    {targets.map(([one, name]) => (
                      <option key={one} value={String(one)}>
                        {name}
                      </option>
                    ))}
                  </select>
                </label>
              )}
            </div>
          )}
          <label>
            Kind
            <select value={kind.value.id} disabled={view !== undefined} onChange={(change) => ((kindId.value = change.currentTarget.value), (values.value = {}))}>
              {kinds.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}: {one.what}
                </option>
              ))}
            </select>
          </label>
          <div class="fields">
            {kind.value.fields.map((field) => (
              <label key={field.id}>
                {field.name}
                {field.hint && <span class="dim"> ({field.hint})</span>}
                <input value={valueOf(field.id)} required={!field.optional} onInput={(input) => (values.value = { ...values.value, [field.id]: input.currentTarget.value })} />
              </label>
            ))}
          </div>
          <label class="check">
            <input type="checkbox" checked={alertOnly.value} onChange={(change) => (alertOnly.value = change.currentTarget.checked)} /> Only alert: close nothing
          </label>
          <details>
            <summary>More, and the words that are sent</summary>
            <label>
              Act only once it has lasted (5s, 1m; may stay empty)
              <input value={confirm.value} onInput={(input) => (confirm.value = input.currentTarget.value)} />
            </label>
            <label>
              In words of your own, instead of the form
              <input value={raw.value} placeholder={text} spellcheck={false} onInput={(input) => (raw.value = input.currentTarget.value)} />
            </label>
          </details>
          <label>
            Reason, for the record
            <input required value={reason.value} onInput={(input) => (reason.value = input.currentTarget.value)} />
          </label>
          {needsRisk && !mayRisk.value && <p class="problem">This takes the role risk.</p>}
          {failed.value && (
            <p class="problem" role="alert">
              {failed.value}
            </p>
          )}
          {refusal.value && (
            <p class="problem" role="alert">
              {refusal.value}
            </p>
          )}
          <div class="actions">
            <button type="submit" class="primary" disabled={busy.value || (needsRisk && !mayRisk.value) || (!view && said?.valid === false)}>
              {view ? "Change it" : "Set it"}
            </button>
            {view && (
              <button type="button" class="danger-quiet" disabled={busy.value || !reason.value.trim() || !mayRisk.value} onClick={() => void remove()}>
                Remove it
              </button>
            )}
          </div>
        </form>
        <div>
          <div class="card" aria-live="polite">
            <h2>What it will do</h2>
            <p class="sentence">{said ? sentence(said.draft) : failed.value ? "The service cannot read it yet." : "The service is asked…"}</p>
            {said?.rule && (
              <p class="told">
                {/[.!?]$/.test(said.rule.sentence) ? said.rule.sentence : `${said.rule.sentence}.`}
                {said.rule.compared.level ? ` Its level would be ${price(said.rule.compared.level)}.` : ""}
                {said.rule.compared.floor ? ` Its floor would be ${money(said.rule.compared.floor, "signed")}.` : ""}
              </p>
            )}
            {said?.refusal && !view && (
              <p class="problem">
                It cannot be set: {said.refusal.detail}. {said.refusal.hint}
              </p>
            )}
            {[...(said?.follows ?? []), ...warnings].map((warning) => (
              <p class="warning-text" key={warning}>
                {warning}
              </p>
            ))}
          </div>
          <RulePicture kind={kind.value} values={all} />
          {!view && <OtherWays on={on.value} id={chosen} name={nameOf(on.value, chosen)} rule={text} reason={reason.value.trim()} />}
          {said?.valid && <WhatIf on={on.value} id={chosen} rule={text} isAmended={view !== undefined} />}
        </div>
      </div>
    </section>
  );
}
