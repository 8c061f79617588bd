// All rules in force, in words, by what they watch.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count } from "../format";
import { Raises } from "../parts/raises";
import { RuleList } from "../parts/rule-list";
import { rules, rulesFailed, watchRules } from "../rulebook";
import { sentence } from "../rules/sentence";
import { kindWords } from "../rules/words";
import { mayTrade } from "../session";
import { scopeName } from "../story";
import type { RuleView, Scope } from "../wire";

const LEVELS: [name: string, fits: (scope: Scope) => boolean][] = [
  ["Accounts and everything", (scope) => scope === "System" || "Account" in scope],
  ["Strategies", (scope) => scope !== "System" && ("Strategy" in scope || "Group" in scope)],
  ["Trades", (scope) => scope !== "System" && "Trade" in scope],
];

export function Rules() {
  const search = useSignal("");
  useEffect(watchRules, []);
  const words = search.value.trim().toLowerCase();
  const text = (view: RuleView) => `${kindWords(view.rule.kind)} ${scopeName(view.rule.scope)} ${sentence(view.draft)}`.toLowerCase();
  const inForce = rules.value.filter((view) => view.waits_for !== "nothing" || !(view.rule.scope !== "System" && "Trade" in view.rule.scope));
  const shown = inForce.filter((view) => !words || text(view).includes(words));
  return (
    <section class="page">
      <header class="section">
        <h1 tabIndex={-1}>Rules</h1>
        <span class="dim">{count(inForce.length, "rule")} in force, judged by the service</span>
        <span class="spacer" />
        {mayTrade.value && (
          <a class="button primary" href="/rules/new" data-new>
            Add rule
          </a>
        )}
      </header>
      <div class="toolbar">
        <input type="search" data-search aria-label="Search rules" placeholder="Search" value={search.value} onInput={(input) => (search.value = input.currentTarget.value)} />
      </div>
      <Raises />
      {rulesFailed.value && <p class="problem">{rulesFailed.value}</p>}
      {LEVELS.map(([name, fits]) => {
        const views = shown.filter((view) => fits(view.rule.scope));
        return (
          <div class="card" key={name}>
            <h2>
              {name} <span class="dim">{views.length}</span>
            </h2>
            <RuleList views={views} scopes empty="None." />
          </div>
        );
      })}
    </section>
  );
}
