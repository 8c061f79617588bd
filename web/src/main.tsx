import { computed, effect } from "@preact/signals";
import { render } from "preact";
import "./style/index.css";
import { App } from "./app";
import { connect, disconnect, turn } from "./live";
import { begin, standing } from "./session";
import { lookBack } from "./story";

render(<App />, document.getElementById("app")!);
void begin();

effect(() => {
  if (standing.value === "in") connect();
  else disconnect();
});

// With the first picture it is known how far back to look; when all was forgotten, with the next first one.
const isShown = computed(() => turn.value > 0);
effect(() => {
  if (isShown.value) void lookBack(turn.peek()).catch(() => undefined);
});
