// A new strategy: a name, its capital, and at once the rule that limits it.
import { useSignal } from "@preact/signals";
import { post, told, type Done } from "../api";
import { money } from "../format";
import { strategies } from "../live";
import { toast } from "../parts/toasts";
import { go } from "../router";

export function NewStrategy() {
  const name = useSignal("");
  const capital = useSignal("");
  const limit = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  /** What was made already, when its limit was refused: it is not made twice. */
  const made = useSignal<{ of: string; id: number } | undefined>(undefined);
  const isTaken = strategies.value.some((row) => row.name === name.value.trim());
  const make = async () => {
    busy.value = true;
    failed.value = "";
    try {
      const terms = { name: name.value.trim(), ...(capital.value.trim() ? { capital: capital.value.trim() } : {}) };
      const of = JSON.stringify(terms);
      if (made.value?.of !== of) {
        const done = await post<Done>("/api/v1/strategies", terms);
        made.value = { of, id: Number(/\(s(\d+)\)/.exec(done.told.join(" "))?.[1] ?? NaN) };
      }
      const { id } = made.value!;
      if (limit.value.trim() && Number.isInteger(id)) {
        await post("/api/v1/rules", { on: "strategy", id, rule: `max_loss amount=${limit.value.trim()}`, reason: "set with the strategy" });
      }
      toast("good", `${name.value.trim()} is there`);
      go(Number.isInteger(id) ? `/strategies/${id}` : "/strategies");
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <section class="page form-page">
      <h1 tabIndex={-1}>New strategy</h1>
      <form
        class="card"
        onSubmit={(submit) => {
          submit.preventDefault();
          void make();
        }}
      >
        <label>
          Name
          <input required maxLength={60} value={name.value} onInput={(input) => (name.value = input.currentTarget.value)} />
        </label>
        {isTaken && !made.value && <p class="warning-text">There is a strategy of this name; two of them are hard to tell apart.</p>}
        <label>
          Capital in rupees, for rules that take a share of it (may stay empty)
          <input inputMode="decimal" value={capital.value} onInput={(input) => (capital.value = input.currentTarget.value)} />
        </label>
        <label>
          It may lose so much, in rupees, and is shut down then
          <input inputMode="decimal" value={limit.value} onInput={(input) => (limit.value = input.currentTarget.value)} />
        </label>
        <p class={limit.value.trim() ? "sentence" : "warning-text"}>
          {limit.value.trim() ? `Lose no more than ${money(limit.value.trim())}; then everything of it exits and nothing enters until you reset it.` : "Without a limit only the rules of its trades and of the account protect it."}
        </p>
        {failed.value && (
          <p class="problem" role="alert">
            {failed.value}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy.value || !name.value.trim()}>
          Make it
        </button>
      </form>
    </section>
  );
}
