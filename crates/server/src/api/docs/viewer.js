// Shows the description of the API, and sends requests from it. Whatever comes from outside becomes text, never markup.

const DEEPEST = 5;
const METHODS = ["get", "post", "put", "patch", "delete"];

const at = (id) => document.getElementById(id);

/** An element with attributes and children; text stays text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

let described;

/** What a reference means. */
function meant(schema) {
  if (!schema?.$ref) return schema ?? {};
  const path = schema.$ref.replace(/^#\//, "").split("/");
  const found = path.reduce((place, part) => place?.[part.replace(/~1/g, "/").replace(/~0/g, "~")], described);
  return { ...found, title: path.at(-1) };
}

function typeOf(schema) {
  const known = meant(schema);
  if (known.oneOf || known.anyOf) return (known.oneOf ?? known.anyOf).map(typeOf).join(" or ");
  if (known.enum) return known.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [known.type ?? "any"].flat();
  return types.map((type) => (type === "array" ? `list of ${typeOf(known.items)}` : type === "object" ? known.title ?? type : type)).join(" or ");
}

/** The object that a schema holds, under lists and choices. */
function objectOf(schema) {
  const known = meant(schema);
  if (known.properties) return known;
  if (known.items) return objectOf(known.items);
  for (const choice of [...(known.oneOf ?? []), ...(known.anyOf ?? []), ...(known.allOf ?? [])]) {
    const found = objectOf(choice);
    if (found) return found;
  }
  return null;
}

function fields(schema, depth = 0) {
  const known = objectOf(schema);
  if (!known || depth >= DEEPEST) return null;
  const required = known.required ?? [];
  const list = element("ul");
  for (const [name, field] of Object.entries(known.properties)) {
    const about = field.description ?? meant(field).description;
    list.append(
      element(
        "li",
        {},
        element("strong", {}, name),
        " ",
        element("span", { class: "type" }, typeOf(field)),
        required.includes(name) ? "" : element("span", { class: "dim" }, " optional"),
        about ? `: ${about}` : "",
        fields(field, depth + 1),
      ),
    );
  }
  return list;
}

/** A body to begin with. */
function example(schema, depth = 0) {
  const known = meant(schema);
  if (known.enum) return known.enum[0];
  const type = [known.type ?? "object"].flat()[0];
  if (type === "array") return depth < DEEPEST ? [example(known.items, depth + 1)] : [];
  if (type === "string") return "";
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  const required = known.required ?? [];
  const wanted = Object.entries(known.properties ?? {}).filter(([name]) => required.includes(name));
  return Object.fromEntries(wanted.map(([name, field]) => [name, example(field, depth + 1)]));
}

function jsonOf(content) {
  return content?.["application/json"]?.schema;
}

function parameters(operation) {
  const known = operation.parameters ?? [];
  if (known.length === 0) return null;
  const list = element("ul");
  for (const one of known) {
    const about = one.description ? `: ${one.description}` : "";
    list.append(
      element(
        "li",
        {},
        element("strong", {}, one.name),
        " ",
        element("span", { class: "type" }, `${typeOf(one.schema)}, ${one.in}`),
        element("span", { class: "dim" }, one.required ? "" : " optional"),
        about,
      ),
    );
  }
  return element("section", {}, element("h3", {}, "Parameters"), list);
}

function answers(operation) {
  const part = element("section", {}, element("h3", {}, "Answers"));
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    const known = meant(answer);
    const [kind, content] = Object.entries(known.content ?? {})[0] ?? [];
    part.append(element("p", {}, element("strong", {}, status), ` ${kind ?? ""} ${known.description ?? ""}`));
    const list = status === "default" ? null : fields(content?.schema);
    if (list) part.append(list);
  }
  return part;
}

/** A form that sends the request. */
function sender(method, path, operation) {
  const inputs = new Map();
  const form = element("form", { autocomplete: "off" }, element("h3", {}, "Send"));
  for (const one of operation.parameters ?? []) {
    const input = element("input", { type: "text" });
    if (one.name === "Idempotency-Key") input.placeholder = "a new one, when empty";
    inputs.set(one, input);
    form.append(element("label", {}, `${one.name} `, input));
  }
  const schema = jsonOf(operation.requestBody?.content);
  const body = schema ? element("textarea", { spellcheck: "false", "aria-label": "Body" }) : null;
  if (body) {
    body.value = JSON.stringify(example(schema), null, 2);
    form.append(body);
  }
  const shown = element("pre", { hidden: "", tabindex: "0" });
  form.append(element("button", { type: "submit" }, `Send ${method.toUpperCase()}`), shown);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    shown.hidden = false;
    shown.textContent = "Waiting.";
    try {
      shown.textContent = await send(method, path, inputs, body?.value);
    } catch (error) {
      shown.textContent = String(error);
    }
  });
  return form;
}

async function send(method, path, inputs, body) {
  const headers = new Headers();
  const query = new URLSearchParams();
  let address = path;
  for (const [one, input] of inputs) {
    const value = input.value.trim();
    if (one.in === "path") address = address.replace(`{${one.name}}`, encodeURIComponent(value));
    else if (value && one.in === "query") query.set(one.name, value);
    else if (value && one.in === "header") headers.set(one.name, value);
    else if (one.name === "Idempotency-Key") headers.set(one.name, crypto.randomUUID());
  }
  const key = at("key").value.trim();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const asked = `${address}${query.size ? `?${query}` : ""}`;
  const answer = await fetch(asked, { method: method.toUpperCase(), headers, body, credentials: "same-origin" });
  const text = await answer.text();
  let told = text;
  try {
    told = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is no JSON: it is shown as it came.
  }
  return `${answer.status} ${answer.statusText}\n\n${told}`;
}

function operationOf(method, path, operation) {
  const needs = operation.security?.flatMap((way) => Object.values(way).flat()) ?? [];
  const role = needs[0] ?? "open to all";
  const about = operation.summary ?? operation.description ?? "";
  const whole = element(
    "details",
    {},
    element(
      "summary",
      {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      " ",
      element("span", { class: "path" }, path),
      element("span", { class: "role" }, role),
      element("div", { class: "dim" }, about),
    ),
  );
  whole.dataset.words = `${method} ${path} ${role} ${about}`.toLowerCase();
  // The inside is made when somebody looks at it.
  whole.addEventListener("toggle", () => {
    if (!whole.open || whole.querySelector("div.inside")) return;
    const schema = jsonOf(operation.requestBody?.content);
    const list = fields(schema);
    const inside = element(
      "div",
      { class: "inside" },
      operation.description ? element("p", {}, operation.description) : null,
      parameters(operation),
      list ? element("section", {}, element("h3", {}, "Body"), list) : null,
      answers(operation),
      sender(method, path, operation),
    );
    whole.append(inside);
  });
  return whole;
}

function show() {
  const groups = new Map();
  for (const [path, item] of Object.entries(described.paths)) {
    const parts = path.split("/").filter(Boolean);
    const name = parts[0] === "api" && parts[1] === "v1" ? parts[2] : "service";
    if (!groups.has(name)) groups.set(name, []);
    for (const method of METHODS.filter((method) => item[method])) {
      groups.get(name).push(operationOf(method, path, item[method]));
    }
  }
  const names = [...groups.keys()].sort();
  at("routes").replaceChildren(
    ...names.map((name) => element("section", {}, element("h2", {}, name), ...groups.get(name))),
  );
}

function find() {
  const words = at("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const part of at("routes").querySelectorAll(":scope > section")) {
    let some = false;
    for (const one of part.querySelectorAll(":scope > details")) {
      one.hidden = !words.every((word) => one.dataset.words.includes(word));
      some ||= !one.hidden;
    }
    part.hidden = !some;
  }
}

async function begin() {
  const answer = await fetch("/api/v1/openapi.json");
  described = await answer.json();
  at("version").textContent = described.info.version;
  at("description").textContent = described.info.description ?? "";
  show();
}

at("tools").addEventListener("submit", (event) => event.preventDefault());
at("find").addEventListener("input", find);
begin().catch((error) => {
  at("routes").replaceChildren(element("p", {}, `The description could not be read: ${error}`));
});
