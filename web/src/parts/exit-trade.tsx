// An exit that a person wants: what it will do first, then a reason.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, told } from "../api";
import { price, quantity } from "../format";
import { thaw } from "../live";
import type { Trade } from "../wire";
import { Dialog } from "./dialog";
import { Money } from "./figures";
import { toast } from "./toasts";

export function ExitTrade({ trade, close }: { trade: Trade; close: () => void }) {
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
