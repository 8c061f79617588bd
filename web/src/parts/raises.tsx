// What loosens takes two steps: here stands what was only asked for, to be confirmed by somebody else or given up.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, post, told } from "../api";
import { asker, onForget } from "../forget";
import { time } from "../format";
import { now } from "../live";
import { refreshRules } from "../rulebook";
import { mayRisk, me } from "../session";
import { toast } from "./toasts";

interface Raise {
  id: number;
  by: string;
  what: string;
  reason: string;
  at: string;
  own_from: string;
  own_from_ns: number;
  until: string;
}

const raises = signal<readonly Raise[]>([]);
const PACE = 3_000;

onForget(() => (raises.value = []));

async function ask(): Promise<void> {
  const isStill = asker();
  const found = await get<{ raises: Raise[] }>("/api/v1/raises").catch(() => ({ raises: [] }));
  if (isStill()) raises.value = found.raises;
}

/** Nothing, as long as nothing waits. */
export function Raises() {
  useEffect(() => {
    void ask();
    const timer = setInterval(() => void ask(), PACE);
    return () => clearInterval(timer);
  }, []);
  if (raises.value.length === 0) return null;
  return (
    <div class="card raises">
      <h2>Asked for, and not done until it is confirmed</h2>
      <ul class="rule-list">
        {raises.value.map((raise) => (
          <Waiting key={raise.id} raise={raise} />
        ))}
      </ul>
    </div>
  );
}

function Waiting({ raise }: { raise: Raise }) {
  const word = useSignal("");
  const code = useSignal("");
  const failed = useSignal("");
  const isOwn = me.value?.by === raise.by;
  const isEarly = isOwn && now.value < raise.own_from_ns / 1e6;
  const send = async (how: "confirm" | "cancel") => {
    try {
      const confirming = { confirm: "raise", ...(code.value ? { code: code.value } : {}) };
      await post(`/api/v1/raises/${raise.id}/${how}`, how === "confirm" ? confirming : {});
      toast("good", how === "confirm" ? "it is done" : "it is given up");
      refreshRules();
    } catch (error) {
      failed.value = told(error);
    }
    void ask();
  };
  return (
    <li>
      <p>
        <strong>{raise.what}</strong>
      </p>
      <p class="dim">
        asked for by {raise.by} at {time(raise.at)}
        {raise.reason ? `: ${raise.reason}` : ""} · waits until {time(raise.until)} IST
      </p>
      {isEarly && <p class="hint">Somebody else of the role risk may confirm it now, and you from {time(raise.own_from)} IST on.</p>}
      {mayRisk.value && (
        <form
          class="raise-form"
          onSubmit={(submit) => {
            submit.preventDefault();
            void send("confirm");
          }}
        >
          <label>
            <span>
              Type <code>raise</code>
            </span>
            <input value={word.value} autocomplete="off" autocapitalize="off" onInput={(input) => (word.value = input.currentTarget.value)} />
          </label>
          <label>
            Code of your second factor, if you have one
            <input value={code.value} inputMode="numeric" autocomplete="one-time-code" onInput={(input) => (code.value = input.currentTarget.value)} />
          </label>
          <span class="actions">
            <button type="submit" class="primary" disabled={isEarly || word.value.trim().toLowerCase() !== "raise"}>
              Confirm it
            </button>
            <button type="button" onClick={() => void send("cancel")}>
              Give it up
            </button>
          </span>
        </form>
      )}
      {failed.value && (
        <p class="problem" role="alert">
          {failed.value}
        </p>
      )}
    </li>
  );
}
