// Why a trade or strategy has exited, or what would make it: told by the service from the record, with the numbers.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, told } from "../api";
import { time, unbroken } from "../format";

interface Rule {
  id: string;
  kind: string;
  scope: string;
  words: string;
  fired: boolean;
  sentence: string;
  followed: string[];
}

interface Explained {
  at: string;
  text: string;
  rules: Rule[];
  wider: Rule[];
}

interface Props {
  /** `t5`, `s1`, `r3`. */
  about: string;
  /** Asked anew when this changes. */
  stands: string;
  title: string;
}

export function Explanation({ about, stands, title }: Props) {
  const found = useSignal<Explained | undefined>(undefined);
  const failed = useSignal("");
  const busy = useSignal(false);
  const ask = async () => {
    busy.value = true;
    try {
      found.value = await get<Explained>(`/api/v1/explain/${about}`);
      failed.value = "";
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  useEffect(() => void ask(), [about, stands]);
  const shown = found.value;
  const rules = shown ? [...shown.rules, ...shown.wider] : [];
  rules.sort((one, other) => Number(other.fired) - Number(one.fired));
  return (
    <div class="card explanation" data-explanation>
      <header class="section">
        <h2>{title}</h2>
        {shown && <span class="dim">as of {time(shown.at)} IST, from the record</span>}
        <span class="spacer" />
        <button type="button" class="quiet" disabled={busy.value} onClick={() => void ask()}>
          {busy.value ? "Asking…" : "Ask again"}
        </button>
      </header>
      {failed.value && <p class="problem">{failed.value}</p>}
      <ul class="why-list">
        {rules.map((rule) => (
          <li key={rule.id} class={rule.fired ? "fired" : ""}>
            <p>
              <span class={`badge ${rule.fired ? "breach" : "none"}`}>{rule.fired ? "fired" : "not fired"}</span> <strong>{rule.words}</strong> <span class="dim">of {rule.scope}</span>
            </p>
            <p>{unbroken(rule.sentence)}</p>
            {rule.followed.length > 0 && (
              <ul>
                {rule.followed.map((line) => (
                  <li key={line}>{unbroken(line)}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {shown && (
        <details>
          <summary>All of it, as highmark explain prints it</summary>
          <pre tabIndex={0}>{shown.text}</pre>
        </details>
      )}
    </div>
  );
}
