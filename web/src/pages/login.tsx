// The way in.
import { useSignal } from "@preact/signals";
import { Refused, told } from "../api";
import { login, whyOut } from "../session";

export function Login() {
  const name = useSignal("");
  const password = useSignal("");
  const code = useSignal("");
  const wantsCode = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal("");
  const enter = async () => {
    busy.value = true;
    failed.value = "";
    try {
      await login(name.value.trim(), password.value, code.value.trim());
    } catch (error) {
      if (error instanceof Refused && error.code === "SECOND_FACTOR") wantsCode.value = true;
      failed.value = told(error);
    }
    busy.value = false;
  };
  return (
    <main class="login">
      <form
        onSubmit={(submit) => {
          submit.preventDefault();
          void enter();
        }}
      >
        <h1>Highmark</h1>
        {whyOut.value && <p class="problem">{whyOut.value}</p>}
        <label>
          Name
          <input name="username" autocomplete="username" required value={name.value} onInput={(input) => (name.value = input.currentTarget.value)} />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password.value}
            onInput={(input) => (password.value = input.currentTarget.value)}
          />
        </label>
        {wantsCode.value && (
          <label>
            Code of your second factor
            <input name="code" inputMode="numeric" autocomplete="one-time-code" value={code.value} onInput={(input) => (code.value = input.currentTarget.value)} />
          </label>
        )}
        {failed.value && (
          <p class="problem" role="alert">
            {failed.value}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy.value}>
          {busy.value ? "Looking…" : "Log in"}
        </button>
        <p class="hint">
          On the machine itself <code>highmark dashboard</code> prints a link that opens this page without a password.
        </p>
      </form>
    </main>
  );
}
