// The same rule for other hands: the command, the body that is posted, the call from Python, the line of a scenario.
import { useSignal } from "@preact/signals";

interface Props {
  on: string;
  id: string | undefined;
  name: string;
  rule: string;
  reason: string;
}

export function OtherWays({ on, id, name, rule, reason }: Props) {
  const why = reason || "…";
  const body = JSON.stringify({ on, ...(id ? { id: Number(id) } : {}), rule, reason: why });
  const ways: [string, string][] = [
    ["Command", `highmark rule add ${name} ${rule.startsWith("{") ? `'${rule}'` : rule}`],
    ["API", `POST /api/v1/rules ${body}`],
    ["Python", python(on, id, name, rule, why)],
  ];
  return (
    <details class="card other-ways">
      <summary>The same by command, API and Python</summary>
      {ways.map(([title, text]) => (
        <div key={title}>
          <header class="section">
            <h2>{title}</h2>
            <Copy what={title} text={text} />
          </header>
          <pre tabIndex={0}>{text}</pre>
        </div>
      ))}
    </details>
  );
}

function python(on: string, id: string | undefined, name: string, rule: string, reason: string): string {
  const target = on === "trade" ? `trade="t${id}"` : on === "strategy" ? `strategy=${quoted(name)}` : on === "account" ? "account=True" : "system=True";
  return `connect(url, key).set_rule(${JSON.stringify(rule)}, ${target}, reason=${JSON.stringify(reason)})`;
}

const quoted = (name: string) => (name.startsWith('"') ? name : `"${name}"`);

function Copy({ what, text }: { what: string; text: string }) {
  const said = useSignal("Copy");
  // Without TLS a browser gives no clipboard but to this machine's own pages.
  if (!navigator.clipboard) return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => (said.value = "Copied"),
      () => (said.value = "Not allowed"),
    );
  return (
    <button type="button" class="quiet small" aria-label={`Copy: ${what}`} onClick={() => void copy()} onBlur={() => (said.value = "Copy")}>
      {said.value}
    </button>
  );
}
