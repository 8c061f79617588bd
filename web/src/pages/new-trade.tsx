// A trade to enter, with its stop: what it risks is said before it is sent.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, post, told, type Done } from "../api";
import { times } from "../decimal";
import { money, price, quantity } from "../format";
import { accounts, isKilled, price as live, strategies } from "../live";
import { toast } from "../parts/toasts";
import { go, query } from "../router";
import { risk } from "../trade-room";
import type { Instrument } from "../wire";

type StopKind = "trail" | "stop_loss" | "both" | "none";

export function NewTrade() {
  const instruments = useSignal<Instrument[]>([]);
  const strategy = useSignal(query.value.get("strategy") ?? "");
  const account = useSignal("");
  const instrument = useSignal("");
  const side = useSignal<"buy" | "sell">("buy");
  const lots = useSignal("1");
  const name = useSignal("");
  const stopKind = useSignal<StopKind>("trail");
  const trail = useSignal("");
  const stop = useSignal("");
  const target = useSignal("");
  const busy = useSignal(false);
  const failed = useSignal("");
  useEffect(() => {
    get<{ instruments: Instrument[] }>("/api/v1/instruments").then(
      (found) => {
        instruments.value = found.instruments;
        if (!instrument.value && found.instruments[0]) instrument.value = String(found.instruments[0].id);
      },
      (error: unknown) => (failed.value = told(error)),
    );
  }, []);
  const usualStrategy = strategy.value || String(strategies.value[0]?.id ?? "");
  const usualAccount = account.value || String(accounts.value[0]?.id ?? "");
  const chosen = useComputed(() => instruments.value.find((one) => String(one.id) === instrument.value));
  const now = live(Number(instrument.value || -1)).value;
  const size = times(/^\d{1,9}$/.test(lots.value.trim()) ? lots.value.trim() : "0", chosen.value?.lot_size ?? "1");
  const rules: string[] = [];
  if (stopKind.value !== "stop_loss" && stopKind.value !== "none" && trail.value.trim()) rules.push(`trail by=${trail.value.trim()}`);
  if (stopKind.value !== "trail" && stopKind.value !== "none" && stop.value.trim()) rules.push(`stop_loss from_entry=${stop.value.trim()}`);
  if (target.value.trim()) rules.push(`target from_entry=${target.value.trim()}`);
  const stops = [stopKind.value === "stop_loss" || stopKind.value === "none" ? "" : trail.value, stopKind.value === "trail" || stopKind.value === "none" ? "" : stop.value];
  const first = risk(stops, now?.mark, size, String(chosen.value?.multiplier ?? 1));
  const isUnprotected = !rules.some((rule) => !rule.startsWith("target"));
  const enter = async () => {
    busy.value = true;
    failed.value = "";
    try {
      const done = await post<Done>("/api/v1/trades", {
        name: name.value.trim(),
        strategy: Number(usualStrategy),
        account: Number(usualAccount),
        instrument: Number(instrument.value),
        side: side.value,
        quantity: size,
        rules,
      });
      toast("good", done.told[0] ?? "entered");
      go(`/strategies/${usualStrategy}`);
    } catch (error) {
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <section class="page form-page">
      <h1 tabIndex={-1}>Add a trade</h1>
      {isKilled.value && <p class="problem">The kill is engaged: no entry is taken.</p>}
      <form
        class="card"
        onSubmit={(submit) => {
          submit.preventDefault();
          void enter();
        }}
      >
        <div class="fields">
          <label>
            Strategy
            <select value={usualStrategy} onChange={(change) => (strategy.value = change.currentTarget.value)}>
              {strategies.value.map((row) => (
                <option key={row.id} value={String(row.id)}>
                  {row.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Account
            <select value={usualAccount} onChange={(change) => (account.value = change.currentTarget.value)}>
              {accounts.value.map((row) => (
                <option key={row.id} value={String(row.id)}>
                  {row.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Instrument
            <select value={instrument.value} onChange={(change) => (instrument.value = change.currentTarget.value)}>
              {instruments.value.map((one) => (
                <option key={one.id} value={String(one.id)}>
                  {one.symbol}
                </option>
              ))}
            </select>
          </label>
          <label>
            Lots of {chosen.value ? quantity(chosen.value.lot_size) : "…"}
            <input inputMode="numeric" required value={lots.value} onInput={(input) => (lots.value = input.currentTarget.value)} />
          </label>
          <fieldset class="segments">
            <legend>Side</legend>
            <label class="check">
              <input type="radio" name="side" checked={side.value === "buy"} onChange={() => (side.value = "buy")} /> Buy (long)
            </label>
            <label class="check">
              <input type="radio" name="side" checked={side.value === "sell"} onChange={() => (side.value = "sell")} /> Sell (short)
            </label>
          </fieldset>
          <label>
            Name (may stay empty)
            <input maxLength={30} value={name.value} onInput={(input) => (name.value = input.currentTarget.value)} />
          </label>
        </div>
        <fieldset>
          <legend>What protects it</legend>
          <div class="segments">
            {(
              [
                ["trail", "A trailing stop"],
                ["stop_loss", "A fixed stop"],
                ["both", "Both"],
                ["none", "Nothing of its own"],
              ] as [StopKind, string][]
            ).map(([id, text]) => (
              <label class="check" key={id}>
                <input type="radio" name="stop" checked={stopKind.value === id} onChange={() => (stopKind.value = id)} /> {text}
              </label>
            ))}
          </div>
          <div class="fields">
            {(stopKind.value === "trail" || stopKind.value === "both") && (
              <label>
                Trail behind the best price by (points, or 0.5%)
                <input value={trail.value} onInput={(input) => (trail.value = input.currentTarget.value)} />
              </label>
            )}
            {(stopKind.value === "stop_loss" || stopKind.value === "both") && (
              <label>
                Stop this far from the entry (points, or 1%)
                <input value={stop.value} onInput={(input) => (stop.value = input.currentTarget.value)} />
              </label>
            )}
            <label>
              Target this far from the entry (may stay empty)
              <input value={target.value} onInput={(input) => (target.value = input.currentTarget.value)} />
            </label>
          </div>
        </fieldset>
        <p class={isUnprotected ? "warning-text" : "sentence"}>
          {isUnprotected
            ? "Nothing of its own would close this trade: only its strategy's and account's rules."
            : `${side.value === "buy" ? "Buy" : "Sell"} ${quantity(size)} ${chosen.value?.symbol ?? ""} at about ${price(now?.mark)}; the first stop is ${price(first?.points)} points away, about ${money(first?.rupees)} at risk.`}
        </p>
        {failed.value && (
          <p class="problem" role="alert">
            {failed.value}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy.value || !(Number(size) > 0) || !instrument.value || isKilled.value}>
          Enter it
        </button>
      </form>
    </section>
  );
}
