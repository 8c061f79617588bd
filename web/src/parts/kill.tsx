// The kill switch: on every page, by holding or by typing. Engaging is fast, releasing asks for a word.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post, told } from "../api";
import { count } from "../format";
import { hasNotHeard, hearOfKill, isKilled, thaw, trades } from "../live";
import { mayRisk, mayTrade } from "../session";
import { Dialog } from "./dialog";
import { Money } from "./figures";
import { toast } from "./toasts";

/** How long the button is held. Letting go before is as if nothing had been. */
const HOLD = 1_500;

const isOpen = signal(false);

export function openKill(): void {
  // Who closes everything must see what that is.
  thaw();
  isOpen.value = true;
}

export function KillButton({ compact = false }: { compact?: boolean }) {
  const killed = isKilled.value;
  return (
    <button type="button" class={`kill ${killed ? "engaged" : ""}`} onClick={openKill} aria-haspopup="dialog" aria-keyshortcuts="Shift+K">
      {killed ? "KILLED" : compact ? "Kill" : "KILL"}
    </button>
  );
}

export function KillDialog() {
  if (!isOpen.value) return null;
  const close = () => (isOpen.value = false);
  return isKilled.value ? <Release close={close} /> : <Engage close={close} />;
}

function Engage({ close }: { close: () => void }) {
  const reason = useSignal("");
  const typed = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  const held = trades.value.filter((trade) => trade.status !== "pending");
  const pending = trades.value.length - held.length;
  const word = `EXIT ${held.length}`;
  const engage = async () => {
    if (busy.value) return;
    busy.value = true;
    failed.value = "";
    try {
      const done = await post("/api/v1/kill", { reason: reason.value.trim() || "kill from the dashboard" });
      hearOfKill(true, done.turn);
      toast("good", "the kill is engaged: everything closes, nothing enters");
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <Dialog title="Kill: close everything" close={close} tone="danger">
      <p>
        <strong>{count(held.length, "trade")}</strong> will exit and <strong>{count(pending, "entry", "entries")}</strong> that{" "}
        {pending === 1 ? "waits" : "wait"} will be cancelled. Nothing enters until somebody releases it. It stays so after a restart.
      </p>
      {!mayTrade.value && <p class="problem">Your role may only look.</p>}
      <label>
        Reason, for the record
        <input value={reason.value} onInput={(input) => (reason.value = input.currentTarget.value)} placeholder="kill from the dashboard" maxLength={200} />
      </label>
      <div class="kill-ways">
        <HoldButton done={engage} busy={busy.value} label={`Hold to exit ${count(held.length, "trade")}`} />
        <span class="or">or</span>
        <form
          onSubmit={(submit) => {
            submit.preventDefault();
            if (typed.value.trim().toUpperCase() === word) void engage();
          }}
        >
          <label>
            <span>
              Type <code>{word}</code>
            </span>
            <input value={typed.value} onInput={(input) => (typed.value = input.currentTarget.value)} autocomplete="off" autocapitalize="characters" />
          </label>
          <button type="submit" class="danger" disabled={busy.value || typed.value.trim().toUpperCase() !== word}>
            Exit
          </button>
        </form>
      </div>
      {failed.value && (
        <p class="problem" role="alert">
          {failed.value}
        </p>
      )}
      <p class="hint">
        Only one strategy: “Exit all…” on <a href="/strategies" onClick={close}>its page</a>. If this page does not answer: <code>highmark kill engage</code>, or <code>kill -USR1</code> to the service.
      </p>
    </Dialog>
  );
}

function HoldButton({ done, label, busy }: { done: () => void; label: string; busy: boolean }) {
  const holding = useSignal(false);
  const timer = useRef(0);
  const begin = () => {
    if (busy || holding.value) return;
    holding.value = true;
    timer.current = window.setTimeout(() => {
      holding.value = false;
      done();
    }, HOLD);
  };
  const end = () => {
    clearTimeout(timer.current);
    holding.value = false;
  };
  useEffect(() => end, []);
  const isKey = (key: KeyboardEvent) => key.key === " " || key.key === "Enter";
  return (
    <button
      type="button"
      class={`hold danger ${holding.value ? "holding" : ""}`}
      disabled={busy}
      onPointerDown={begin}
      onPointerUp={end}
      onPointerLeave={end}
      onPointerCancel={end}
      onContextMenu={(menu) => menu.preventDefault()}
      onKeyDown={(key) => {
        if (isKey(key)) {
          key.preventDefault();
          if (!key.repeat) begin();
        }
      }}
      onKeyUp={(key) => isKey(key) && end()}
      onBlur={end}
    >
      <span class="hold-fill" aria-hidden="true" />
      <span class="hold-label">{holding.value ? "Keep holding…" : label}</span>
    </button>
  );
}

function Release({ close }: { close: () => void }) {
  const reason = useSignal("");
  const word = useSignal("");
  const code = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  const left = trades.value;
  const release = async () => {
    busy.value = true;
    failed.value = "";
    try {
      const confirm = word.value.trim().toLowerCase();
      const done = await post("/api/v1/release", { reason: reason.value.trim(), confirm, ...(code.value ? { code: code.value } : {}) });
      hearOfKill(false, done.turn);
      toast("good", "released: entries are taken again");
      close();
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <Dialog title="The kill is engaged" close={close} tone="danger">
      {hasNotHeard.value ? (
        <p>This screen has not heard yet what is left open.</p>
      ) : left.length === 0 ? (
        <p>
          <strong>Everything is flat.</strong> No entry is taken until somebody releases it.
        </p>
      ) : (
        <>
          <p>
            <strong>{count(left.length, "trade")}</strong> still {left.length === 1 ? "exits" : "exit"}:
          </p>
          <ul class="kill-list">
            {left.map((trade) => (
              <li key={trade.id}>
                <span>{trade.symbol}</span>
                <span>{trade.status_reason ?? trade.status}</span>
                <Money value={trade.mtm} />
              </li>
            ))}
          </ul>
        </>
      )}
      {mayRisk.value ? (
        <form
          onSubmit={(submit) => {
            submit.preventDefault();
            void release();
          }}
        >
          <label>
            Why it may go on
            <input value={reason.value} required onInput={(input) => (reason.value = input.currentTarget.value)} maxLength={200} />
          </label>
          <label>
            <span>
              Type <code>release</code>
            </span>
            <input value={word.value} onInput={(input) => (word.value = input.currentTarget.value)} autocomplete="off" autocapitalize="off" />
          </label>
          <label>
            Code of your second factor, where somebody has one
            <input value={code.value} inputMode="numeric" autocomplete="one-time-code" onInput={(input) => (code.value = input.currentTarget.value)} />
          </label>
          <button type="submit" disabled={busy.value || word.value.trim().toLowerCase() !== "release" || !reason.value.trim()}>
            Release
          </button>
        </form>
      ) : (
        <p class="hint">Releasing takes the role risk.</p>
      )}
      {failed.value && (
        <p class="problem" role="alert">
          {failed.value}
        </p>
      )}
    </Dialog>
  );
}
