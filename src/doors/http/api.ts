// The API's way in: which call a path is, who asks, what the body says. A call itself is a function from its context to an answer;
// everything that can be wrong before that is answered here. Knows no session and no game.
import type { z } from "zod";
import { type Pass, tokenId } from "../../auth/tokens.ts";
import { HTTP_BODY_BYTES_MAX } from "../../limits/table.ts";
import { isRefusal } from "../../protocol/refusals.ts";
import { mayHear } from "../../protocol/sight.ts";
import type { Elsewhere } from "../elsewhere.ts";
import { askThere, away, foreignCodes, placeOfCodes } from "./across.ts";
import { keptOpen, refused } from "./answer.ts";
import { AUTH_CALLS } from "./auth.ts";
import { type ApiDeps, type Call, type CallContext, refusalResponse } from "./call.ts";
import { LINK_CALLS } from "./links.ts";
import { decoded, notFound } from "./misses.ts";
import { OPERATOR_CALLS } from "./operators.ts";
import type { Caller } from "./rooms.ts";
import { SESSION_CALLS } from "./sessions.ts";
import { STREAM_CALLS } from "./streams.ts";
import { WEBHOOK_CALLS } from "./webhooks.ts";

/** Every call of the API. */
export const CALLS: readonly Call[] = [
  ...AUTH_CALLS,
  ...LINK_CALLS,
  ...SESSION_CALLS,
  ...STREAM_CALLS,
  ...WEBHOOK_CALLS,
  ...OPERATOR_CALLS,
];
/** What only the node that keeps the sessions can answer. */
const OF_SESSIONS: readonly Call[] = [...LINK_CALLS, ...SESSION_CALLS, ...STREAM_CALLS, ...WEBHOOK_CALLS];

const CORS = { "access-control-allow-origin": "*" };
const PATTERNS = CALLS.map((call) => {
  const path = call.path.replace(":code", "(?<code>[^/]+)").replaceAll(/:(\w+)/g, "(?<$1>\\d{1,15})");
  return { call, pattern: new RegExp(`^${path}$`) };
});

interface Match {
  readonly call: Call;
  readonly sessionId: number;
  readonly gameId: number;
  readonly hookId: number;
  /** Still percent-encoded. */
  readonly code: string;
}

/** The calls on this path, one for each of its methods. */
function callsOn(path: string): Match[] {
  return PATTERNS.flatMap(({ call, pattern }) => {
    const found = pattern.exec(path);
    if (found === null) return [];
    const { id = "0", gameId = "0", hookId = "0", code = "" } = found.groups ?? {};
    return [{ call, sessionId: Number(id), gameId: Number(gameId), hookId: Number(hookId), code }];
  });
}

/** The answer to a request under `/api/`. Rejects only on a bug. */
export async function api(request: Request, path: string, caller: () => Caller, deps: ApiDeps): Promise<Response> {
  const matches = callsOn(path);
  if (matches.length === 0) return notFound(path, CORS);
  const methods = matches.flatMap(({ call }) => (call.method === "GET" ? ["GET", "HEAD"] : [call.method]));
  if (request.method === "OPTIONS") return preflight(methods);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const match = matches.find(({ call }) => call.method === method);
  if (match === undefined) return refused(405, "Method not allowed", { allow: [...methods, "OPTIONS"].join(", ") });
  const answer = await carryOut(request, match, caller, deps);
  if (method === "GET") for (const [name, value] of Object.entries(CORS)) answer.headers.set(name, value);
  return answer;
}

async function carryOut(
  request: Request,
  { call, sessionId, gameId, hookId, code: encoded }: Match,
  caller: () => Caller,
  deps: ApiDeps,
): Promise<Response> {
  if (call.method !== "GET" && !deps.mayWrite(request)) return refused(403, "Origin not allowed");
  const asker = await askerOf(request, caller, deps);
  if (call.needsToken && asker instanceof Response) return asker;
  const pass = asker instanceof Response ? null : asker;
  const forbidden = pass !== null && call.needsToken ? beyondViewers(call, sessionId, pass) : null;
  if (forbidden !== null) return keptOpen(forbidden);
  const { searchParams: query } = new URL(request.url, "http://localhost");
  const code = encoded === "" ? "" : decoded(encoded);
  if (code === null) return refused(400, "Malformed path");
  const elsewhere = deps.elsewhere();
  const there = elsewhere === null ? null : await answerThere(request, { call, code, query }, caller, elsewhere, deps);
  if (there !== null) return there;
  const who = { isTrusted: pass !== null, pass, caller };
  const asked = { lastEventId: request.headers.get("last-event-id"), isHead: request.method === "HEAD" };
  const context = {
    sessionId,
    gameId,
    hookId,
    code,
    query,
    ...asked,
    ...who,
    tokenId: () => tokenId(bearer(request) ?? ""),
  };
  const answer = await answered(request, call, context, deps);
  return pass === null ? answer : keptOpen(answer);
}

/** Why a viewer's token is not enough; null: it is, or it is none of a viewer's [S38]. */
export function beyondViewers(call: Pick<Call, "isForViewers">, sessionId: number, pass: Pass): Response | null {
  if (pass.isAdmin) return null;
  if (!call.isForViewers) return refused(403, "This token may only look on");
  return sessionId === 0 || mayHear(pass, sessionId) ? null : refused(403, "This token is for another session");
}

/** The answer of the node that has what a call is about; null: that is this one [N11]. */
async function answerThere(
  request: Request,
  { call, code, query }: { readonly call: Call; readonly code: string; readonly query: URLSearchParams },
  caller: () => Caller,
  elsewhere: Elsewhere,
  { roomsOpen }: ApiDeps,
): Promise<Response | null> {
  const isRoom = call.path.startsWith("/api/rooms/");
  if (!isRoom && !OF_SESSIONS.includes(call)) return null;
  const codes = isRoom ? foreignCodes(code, query.get("dialect"), roomsOpen) : [];
  const place = isRoom ? await placeOfCodes(codes, elsewhere) : elsewhere.sessions;
  // Frozen, it may serve nobody: what it would change may be another's [N8].
  if (place === "here" && elsewhere.isFrozen && call.method !== "GET") return away("The engine");
  if (place === "here") return null;
  if (call.streams.length > 0) return away("What keeps the sessions");
  const answer = place === null ? null : await askThere(request, caller(), place, elsewhere);
  return answer ?? away(isRoom ? "The room" : "What keeps the sessions");
}

async function answered(
  request: Request,
  call: Call,
  context: Omit<CallContext, "body">,
  deps: ApiDeps,
): Promise<Response> {
  if (call.body === null) return attempt(() => call.answer({ ...context, body: null }, deps), deps);
  const body = await bodyOf(request);
  if (body instanceof Response) return body;
  const read = call.body.safeParse(body);
  if (!read.success) return badField(read.error.issues[0], call.takes);
  const refusal = await bringRoom(read.data, deps);
  if (refusal !== null) return refusal;
  return attempt(() => call.answer({ ...context, body: read.data }, deps), deps);
}

/** Sessions find the rooms of their own node alone: one that a call names moves there first [N11]. A 503 where it cannot now. */
async function bringRoom(body: unknown, { others, roomsOpen }: ApiDeps): Promise<Response | null> {
  const { room_code: code, platform } = body as {
    readonly room_code?: string | null;
    readonly platform?: string | null;
  };
  const nodes = others();
  // A room of another platform is on no node.
  if (!code || platform === "jackbox" || nodes === null) return null;
  for (const read of foreignCodes(code, null, roomsOpen)) if (!(await nodes.bring(read))) return away("The room");
  return null;
}

/** What the token of a request is good for; or a 401: there is none, or a bad one, which is dearer than none [H11]. */
export async function askerOf(request: Request, caller: () => Caller, deps: ApiDeps): Promise<Pass | Response> {
  const token = bearer(request);
  const pass = token === null ? null : await deps.tokens.verify(token);
  if (pass !== null) return pass;
  if (request.headers.has("authorization")) deps.badToken(caller().address());
  const text = token === null ? "Token required" : "Invalid or expired token";
  return refused(401, text, { "www-authenticate": "Bearer" });
}

/** The answer of a call; a 503 where the sessions' file has failed. */
async function attempt(answer: () => Response | Promise<Response>, { sessions }: ApiDeps): Promise<Response> {
  const answered = sessions.attempt(answer);
  return isRefusal(answered) ? refusalResponse(answered) : answered;
}

/** The JSON object of a request; none at all counts as one without fields. */
async function bodyOf(request: Request): Promise<object | Response> {
  const { headers } = request;
  const tooLarge = refused(413, `Body must be at most ${HTTP_BODY_BYTES_MAX} bytes`);
  // The header may be missing, so the bytes are counted as well. A body that is far too long Bun itself refuses (doors/listen.ts).
  if (Number(headers.get("content-length")) > HTTP_BODY_BYTES_MAX) return tooLarge;
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  // Unpacked, a few bytes could be megabytes.
  if (encoding !== "" && encoding !== "identity") {
    return refused(415, "Body must not be compressed", { "accept-encoding": "identity" });
  }
  let text: string;
  try {
    const bytes = await request.arrayBuffer();
    if (bytes.byteLength > HTTP_BODY_BYTES_MAX) return tooLarge;
    // A byte-order mark at the beginning is none of the text.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refused(400, "Body must be UTF-8");
  }
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    return notJson(text, headers.get("content-type") ?? "");
  }
  return refused(400, "Body must be a JSON object");
}

/** `curl -d` says that JSON is a form, so the type alone tells nothing. */
function notJson(text: string, type: string): Response {
  if (/^\s*(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(type) && !/^\s*[[{]/.test(text)) {
    return refused(415, "Body must be a JSON object, not a form");
  }
  // Where a value may begin: what is no JSON anyway is not worth taking apart.
  if (/[:,[]\s*-?(?:NaN|Infinity)\b/.test(text))
    return refused(400, "Body must be JSON, which knows no NaN and no Infinity");
  return refused(400, "Body must be a JSON object");
}

function badField(issue: z.core.$ZodIssue | undefined, takes: Readonly<Record<string, string>>): Response {
  const field = String(issue?.path[0] ?? "body");
  return refused(400, `${field} must be ${takes[field] ?? "something else"}`);
}

function bearer(request: Request): string | null {
  const [, token = null] = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return token;
}

/** Pages of any origin may read, and bring a token for it [H9]. */
function preflight(methods: readonly string[]): Response {
  const reads = methods.filter((method) => method === "GET" || method === "HEAD");
  const allowed = { "access-control-allow-methods": reads.join(", "), "access-control-allow-headers": "authorization" };
  return new Response(null, { status: 204, headers: reads.length === 0 ? {} : { ...CORS, ...allowed } });
}
