// A rule to set or to amend: its sentence, its picture, and what speaks against it, before anything changes.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, Refused, told, type Done } from "../api";
import { money, price } from "../format";
import { accounts, strategies, trades } from "../live";
import { toast } from "../parts/toasts";
import { go, query } from "../router";
import { filled, formOf, unshown, valueIn } from "../rules/form";
import { look, placeOf, previewed, type Held, type On, type Preview } from "../rules/held";
import { RulePicture } from "../rules/picture";
import { KINDS, type Field } from "../rules/kinds";
import { sentence } from "../rules/sentence";
import { flat, textAt, written } from "../rules/terms";
import { kindWords } from "../rules/words";
import { scopeName } from "../story";
import { mayRisk } from "../session";
import { OtherWays } from "../parts/other-ways";
import { WhatIf } from "../parts/what-if";

export function RuleEditor({ id }: { id: number }) {
  const isNew = !location.pathname.match(/\/rules\/\d+$/);
  const before = useSignal<Held | undefined>(undefined);
  const failed = useSignal("");
  useEffect(() => {
    if (isNew) return;
    look(id).then(
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

function Editor({ before }: { before?: Held }) {
  const view = before?.view;
  const held = before?.terms;
  const place = view && placeOf(view.rule.scope);
  const on = useSignal<On>(place?.on ?? (query.value.get("on") as On | null) ?? "strategy");
  const target = useSignal(place ? (place.id ?? "") : (query.value.get("id") ?? ""));
  const kindId = useSignal(on.value === "trade" ? "trail" : "max_loss");
  const form = view && held && formOf(view.draft);
  /** What has no form is amended in its own words; what cannot be told in words is written anew. */
  const isRaw = view !== undefined && !form;
  const values = useSignal<Record<string, string>>({});
  const alertOnly = useSignal<boolean | undefined>(undefined);
  const confirm = useSignal<string | undefined>(undefined);
  const raw = useSignal(isRaw && held ? written(held) : "");
  const reason = useSignal("");
  const preview = useSignal<Preview | undefined>(undefined);
  const failed = useSignal("");
  /** Why it was not saved; it stays until it is tried again. */
  const refusal = useSignal("");
  const busy = useSignal(false);
  const isTrade = on.value === "trade";
  const kinds = form ? [form] : KINDS.filter((kind) => (kind.on === "trade") === isTrade);
  const kind = useComputed(() => {
    const fitting = KINDS.filter((one) => (one.on === "trade") === (on.value === "trade"));
    return form ?? fitting.find((one) => one.id === kindId.value) ?? fitting[0]!;
  });
  const valueOf = (field: Field) => values.value[field.id] ?? (held ? valueIn(held, kind.value, field) : field.first);
  const all = Object.fromEntries(kind.value.fields.map((field) => [field.id, valueOf(field)]));
  const isAlert = alertOnly.value ?? held?.["action"] === "alert";
  const terms = filled(held ?? {}, kind.value, { values: held ? values.value : all, alertOnly: alertOnly.value, confirm: confirm.value });
  const text = raw.value.trim() || (isRaw ? "" : written(terms));
  const rest = held && !isRaw ? flat(unshown(held, kind.value)) : [];
  const put = (field: Field, value: string) => {
    const emptied = field.instead && value.trim() ? { [field.instead]: "" } : {};
    values.value = { ...values.value, ...emptied, [field.id]: value };
  };
  const targets = on.value === "trade" ? trades.value.map((one) => [one.id, `${one.name || `t${one.id}`} ${one.symbol}`] as const) : on.value === "strategy" ? strategies.value.map((one) => [one.id!, one.name] as const) : on.value === "account" ? accounts.value.map((one) => [one.id!, one.name] as const) : [];
  const chosen = on.value === "system" ? undefined : target.value || String(targets[0]?.[0] ?? "");
  const needsRisk = on.value === "account" || on.value === "system" || view !== undefined;

  // What the service says of it, a moment after the last letter.
  useEffect(() => {
    if (!text) {
      preview.value = undefined;
      return undefined;
    }
    let isOver = false;
    const timer = setTimeout(() => {
      previewed(on.value, chosen, text).then(
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
        ? await post<Done>(`/api/v1/rules/${view.rule.rule}/change`, { rule: text, on_trade: isTrade, reason: reason.value.trim() }, before.tag)
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
      await post(`/api/v1/rules/${view.rule.rule}/remove`, { reason: reason.value.trim() }, before.tag);
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
          {isRaw ? (
            <>
              <label>
                The whole rule, in words
                <input value={raw.value} required spellcheck={false} onInput={(input) => (raw.value = input.currentTarget.value)} />
              </label>
              <p class="dim">{held ? "There is no form for it. What you leave stays as it is." : "The form cannot show it without changing it. What you write takes its place, all of it."}</p>
            </>
          ) : (
            <>
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
                    <input value={all[field.id]} required={!field.optional && !(field.instead && all[field.instead]?.trim())} onInput={(input) => put(field, input.currentTarget.value)} />
                  </label>
                ))}
              </div>
              <label class="check">
                <input type="checkbox" checked={isAlert} onChange={(change) => (alertOnly.value = change.currentTarget.checked)} /> Only alert: close nothing
              </label>
              {rest.length > 0 && (
                <p class="dim">
                  Stays as it is: <code>{rest.map(([path, value]) => `${path}=${Array.isArray(value) ? JSON.stringify(value) : value}`).join(" ")}</code>
                </p>
              )}
              <details>
                <summary>More, and the words that are sent</summary>
                <label>
                  Act only once it has lasted (5s, 1m; may stay empty)
                  <input value={confirm.value ?? (held ? textAt(held, "confirm.wait") : "")} onInput={(input) => (confirm.value = input.currentTarget.value)} />
                </label>
                <label>
                  In words of your own, instead of the form
                  <input value={raw.value} placeholder={text} spellcheck={false} onInput={(input) => (raw.value = input.currentTarget.value)} />
                </label>
              </details>
            </>
          )}
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
            <p class="sentence">{said ? sentence(said.draft) : failed.value ? "The service cannot read it yet." : text ? "The service is asked…" : "Nothing is written yet."}</p>
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
          {!isRaw && <RulePicture kind={kind.value} values={all} />}
          {!view && <OtherWays on={on.value} id={chosen} name={nameOf(on.value, chosen)} rule={text} reason={reason.value.trim()} />}
          {said?.valid && <WhatIf on={on.value} id={chosen} rule={text} isAmended={view !== undefined} />}
        </div>
      </div>
    </section>
  );
}
