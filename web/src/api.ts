// Asking the service. What changes something carries a key of its own, so that it is done once however often it is sent:
// as long as nobody knows whether it was done, asking for the same again sends the same key.

/** A refusal as the service tells it (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly hint: string,
    readonly field: string,
  ) {
    super(detail);
  }
}

export interface Done {
  turn: number;
  told: string[];
}

/** How long an answer is waited for; the service answers within ten seconds. */
const PATIENCE = 15_000;

export async function get<T>(path: string): Promise<T> {
  return read<T>(await send(path, { method: "GET" }));
}

/** With the tag of what was looked at, to change it only if it still stands so. */
export async function getTagged<T>(path: string): Promise<{ value: T; tag: string }> {
  const response = await send(path, { method: "GET" });
  return { tag: response.headers.get("ETag") ?? "", value: await read<T>(response) };
}

/** The keys of what is on its way, and of what may have been done or not. */
const keys = new Map<string, string>();

export async function post<T = Done>(path: string, body: unknown, tag?: string): Promise<T> {
  const sent = JSON.stringify(body);
  const name = JSON.stringify([path, sent, tag]);
  const before = keys.get(name);
  const key = before ?? crypto.randomUUID();
  keys.set(name, key);
  const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": key };
  if (tag) headers["If-Match"] = tag;
  try {
    const answer = await read<T>(await send(path, { method: "POST", headers, body: sent }));
    keys.delete(name);
    return before === undefined ? answer : doneOnce(answer);
  } catch (error) {
    if (!(error instanceof Refused)) throw openEnded(0, "UNREACHABLE", "the answer was cut off: it may have been done, or not");
    if (error.code === "LATE") throw openEnded(error.status, error.code, error.detail);
    if (isOpen(error)) throw openEnded(error.status, error.code, "there was no answer: it may have been done, or not");
    if (before === undefined || !AT_THE_DOOR.has(error.code)) keys.delete(name);
    throw error;
  }
}

/** The service goes on and does it, or never got it; what has no code comes from a machine in between. */
const isOpen = ({ status, code }: Refused) => status === 0 || code.startsWith("HTTP 5");

const openEnded = (status: number, code: string, detail: string) =>
  new Refused(status, code, detail, "look, or press again and change nothing: it is done once", "");

/** What is turned away before its key is looked at says nothing of what came under the key before. */
const AT_THE_DOOR = new Set(["NO_KEY", "FORBIDDEN", "BOUND", "BAD_HOST", "BAD_ORIGIN", "TOO_OFTEN", "BUSY", "STOPPING", "NOT_READY"]);

/** Nobody takes the answer to the first for a second one that was done. */
function doneOnce<T>(answer: T): T {
  const told = (answer as Partial<Done> | undefined)?.told;
  return told?.length ? { ...answer, told: told.map((line) => `${line} (asked for more than once, done once)`) } : answer;
}

async function send(path: string, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Refused(0, "UNREACHABLE", "the service did not answer", "look whether it runs: highmark status", "");
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Partial<Record<string, string>>;
  throw new Refused(
    response.status,
    problem["code"] ?? `HTTP ${response.status}`,
    problem["detail"] ?? response.statusText,
    problem["hint"] ?? "",
    problem["field"] ?? "",
  );
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export function told(error: unknown): string {
  if (error instanceof Refused) return error.hint ? `${error.detail}: ${error.hint}` : error.detail;
  return error instanceof Error ? error.message : String(error);
}
