// Asking the service. What changes something carries a key of its own, so that it is done once however often it is sent.

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

export async function post<T = Done>(path: string, body: unknown, tag?: string): Promise<T> {
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "Idempotency-Key": crypto.randomUUID(),
  };
  if (tag) headers["If-Match"] = tag;
  return read<T>(await send(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function send(path: string, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    const changes = request.method !== "GET";
    throw new Refused(
      0,
      "UNREACHABLE",
      changes ? "the service did not answer: it may have been done, or not" : "the service did not answer",
      changes ? "look before you ask again" : "look whether it runs: highmark status",
      "",
    );
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
