// An exit that a person wants: what it will do first, then a reason.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post, told } from "../api";
import { price, quantity } from "../format";
import { thaw, trade as follow } from "../live";
import type { Trade } from "../wire";
import { Dialog } from "./dialog";
import { Money } from "./figures";
import { toast } from "./toasts";

/** Of a trade as it was when this was asked for; what is shown goes on with it. */
export function ExitTrade({ trade: asked, close }: { trade: Trade; close: () => void }) {
  const now = follow(asked.id).value;
  // Not every trade of a large book is on the screen.
  const wasShown = useRef(now !== undefined);
  const trade = now ?? asked;
  const reason = useSignal("");
  const part = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  const name = trade.name || `t${trade.id}`;
  // Who exits it must see what it is.
  useEffect(thaw, []);
  const exit = async () => {
    busy.value = true;
    failed.value = "";
    try {
      const done = await post(`/api/v1/trades/${trade.id}/exit`, {
        reason: reason.value.trim() || "exit from the dashboard",
        ...(part.value.trim() ? { quantity: part.value.trim() } : {}),
      });
      toast("good", done.told[0] ?? `${name} exits`);
      close();
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  if (!now && wasShown.current && !busy.value) {
    return (
      <Dialog title={`Exit ${name}`} close={close}>
        <p>{name} has ended meanwhile.</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Exit ${name}`} close={close} tone="danger">
      <p>
        {trade.side === "buy" ? "Sells" : "Buys"} {quantity(trade.open)} {trade.symbol} at the market, now about {price(trade.mark)}; its mtm is <Money value={trade.mtm} />.
      </p>
      <form
        onSubmit={(submit) => {
          submit.preventDefault();
          void exit();
        }}
      >
        <label>
          Only so many (all when empty)
          <input inputMode="decimal" value={part.value} onInput={(input) => (part.value = input.currentTarget.value)} />
        </label>
        <label>
          Reason, for the record
          <input value={reason.value} placeholder="exit from the dashboard" onInput={(input) => (reason.value = input.currentTarget.value)} />
        </label>
        {failed.value && (
          <p class="problem" role="alert">
            {failed.value}
          </p>
        )}
        <button type="submit" class="danger" disabled={busy.value}>
          Exit {part.value.trim() ? quantity(part.value.trim()) : "all"}
        </button>
      </form>
    </Dialog>
  );
}
