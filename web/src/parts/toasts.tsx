// What was done and what was not, for a few seconds; refusals stay until they are read.
import { signal } from "@preact/signals";
import { onForget } from "../forget";

interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

const toasts = signal<readonly Toast[]>([]);
onForget(() => (toasts.value = []));
let next = 1;
const GOOD_FOR = 6_000;

export function toast(tone: Toast["tone"], text: string): void {
  const id = next++;
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }];
  if (tone === "good") setTimeout(() => dismiss(id), GOOD_FOR);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="region" aria-label="Messages">
      <div aria-live="polite">
        {toasts.value.map((one) => (
          <div key={one.id} class={`toast ${one.tone}`}>
            <span aria-hidden="true">{one.tone === "good" ? "✓" : "!"}</span>
            <p>{one.text}</p>
            <button type="button" class="icon" aria-label="Dismiss" onClick={() => dismiss(one.id)}>
              ✕
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}
