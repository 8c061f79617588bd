// Rules in words, each with its level, its room and what it waits for.
import { level, money, price } from "../format";
import { sentence } from "../rules/sentence";
import { kindWords } from "../rules/words";
import { mayRisk } from "../session";
import { scopeName } from "../story";
import type { RuleView } from "../wire";

/** What a rule waits for, or that it watches. */
export function waiting(view: RuleView): { tone: string; text: string } {
  if (view.fired) return { tone: "breach", text: "fired" };
  const waits = view.waits_for;
  if (typeof waits === "string") {
    const words: Record<string, [string, string]> = {
      level: ["calm", "watching"],
      entry: ["none", "waits for the entry"],
      mark: ["watch", "waits for a price"],
      nothing: ["none", "over"],
      profit: ["none", "waits for a profit"],
      whole: ["watch", "waits for capital or margin"],
    };
    const found = words[waits];
    return found ? { tone: found[0], text: found[1] } : { tone: "none", text: `waits: ${waits.replaceAll("_", " ")}` };
  }
  const [kind, value] = Object.entries((waits ?? {}) as Record<string, unknown>)[0] ?? ["", undefined];
  if (kind === "arming_money") return { tone: "none", text: `arms at a peak of ${money(String(value))}` };
  if (kind === "arming_price") return { tone: "none", text: `arms at ${price(String(value))}` };
  return { tone: "none", text: kind.replaceAll("_", " ") };
}

export function levelOf(view: RuleView): string {
  if (view.level != null) return `level ${level(view.level)}`;
  if (view.floor != null) return `floor ${money(view.floor, "signed")}`;
  return "no level yet";
}

export function roomOf(view: RuleView): string {
  if (view.room != null) return money(view.room);
  return view.room_points != null ? `${level(view.room_points)} pts` : "–";
}

export function RuleList({ views, empty, scopes = false }: { views: readonly RuleView[]; empty: string; scopes?: boolean }) {
  if (views.length === 0) return <p class="empty">{empty}</p>;
  return (
    <ul class="rule-list">
      {views.map((view) => {
        const { tone, text } = waiting(view);
        return (
          <li key={view.rule.rule}>
            <div class="rule-head">
              <strong>{kindWords("price" in view.draft.spec || view.rule.kind !== "target" ? view.rule.kind : "mtm_target")}</strong>
              {scopes && <span class="dim">of {scopeName(view.rule.scope)}</span>}
              <span class={`badge ${tone}`}>{text}</span>
              <span class="spacer" />
              {mayRisk.value && (
                <a href={`/rules/${view.rule.rule}`} data-amend aria-label={`Amend ${kindWords(view.rule.kind)} of ${scopeName(view.rule.scope)}`}>
                  Amend
                </a>
              )}
            </div>
            <p>{sentence(view.draft)}</p>
            <p class="rule-figures">
              <span class="num">{levelOf(view)}</span>
              {!view.fired && view.waits_for !== "nothing" && <span class="num">room {roomOf(view)}</span>}
              <small class="dim">
                set by {view.provenance.by}
                {view.provenance.reason ? `: ${view.provenance.reason}` : ""} · version {view.rule.version}
              </small>
            </p>
          </li>
        );
      })}
    </ul>
  );
}
