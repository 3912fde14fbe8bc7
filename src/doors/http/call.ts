// What a call of the API is: what it is given, and the ways it answers. The calls themselves stand in one file a resource; here none is
// known.
import type { z } from "zod";
import type { Pass, Tokens } from "../../auth/tokens.ts";
import type { Clock } from "../../clock.ts";
import type { Logins } from "../../limits/logins.ts";
import type { Reachable } from "../../limits/reach.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import { isRefusal, type Refusal, type RefusalName } from "../../protocol/refusals.ts";
import { mayHear } from "../../protocol/sight.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { findSession } from "../../sessions/find.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { Starter } from "../../sessions/store/rows.ts";
import type { Store } from "../../sessions/store/store.ts";
import type { Elsewhere } from "../elsewhere.ts";
import type { Monitor } from "../monitor.ts";
import type { Outside } from "../outside.ts";
import type { Recorder } from "../recorder.ts";
import { json, refused } from "./answer.ts";
import type { Caller } from "./rooms.ts";

/** Rows of one page at most, for those who bring no token: a fifth of a millisecond's work [H10]. */
export const PAGE_ROWS = 50;
/** The same for those who bring one [H10]. */
export const PAGE_ROWS_MAX = 500;

export interface ApiDeps {
  /** The other nodes; null: there are none, or one of them asks. */
  readonly elsewhere: () => Elsewhere | null;
  /** They bring a room that a call names, also one that another node asks about [N11]; null: there are none. */
  readonly others: () => Pick<Elsewhere, "bring"> | null;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly roomsOpen: Rooms;
  readonly tokens: Tokens;
  readonly logins: Logins;
  /** Whether this is the key that turns the API on; takes the same time wherever it differs. */
  readonly isAdminKey: (key: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly monitor: Monitor;
  /** Streams and webhooks. */
  readonly outside: Outside;
  readonly webhookHosts: Reachable;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  /** Somebody at that address has shown a token that is none. */
  readonly badToken: (address: string) => void;
  /** Whether who asks, a page or no page, may change anything. */
  readonly mayWrite: (request: Request) => boolean;
}

/** What a call is given. */
export interface CallContext<Body = unknown> {
  readonly body: Body;
  /** The session and the game that the path names; 0 where it names none. */
  readonly sessionId: number;
  readonly gameId: number;
  /** The webhook that it names; 0: none. */
  readonly hookId: number;
  /** The code that the path names, as it was written; "" where it names none. */
  readonly code: string;
  readonly query: URLSearchParams;
  /** What `Last-Event-ID` says; null: nothing. */
  readonly lastEventId: string | null;
  /** Whether the headers of the answer alone are asked for. */
  readonly isHead: boolean;
  /** What its token allows; null: it brought none that is good. */
  readonly pass: Pass | null;
  /** Whether it came with a good token. */
  readonly isTrusted: boolean;
  /** What its token is called in the log [M13]. */
  readonly tokenId: () => string;
  /** Who asks, for the calls that want to know. */
  readonly caller: () => Caller;
}

export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `:id` stands for a session, `:gameId` for a game, `:hookId` for a webhook, `:code` for a room. */
  readonly path: string;
  /** What it does, for the docs. */
  readonly summary: string;
  /** What it gives when all is well: the status, and the schema of the answer. */
  readonly status: number;
  readonly gives: z.ZodType;
  /** What its answer goes on as, where it is a stream: no other node can be asked for that [N11]. */
  readonly streams: readonly string[];
  readonly needsToken: boolean;
  /** Whether a viewer's token is enough [S38]. */
  readonly isForViewers: boolean;
  /** What its query may hold, each with a word on it, for the docs. */
  readonly query: Readonly<Record<string, string>>;
  /** What its body may be; null for a call without one. */
  readonly body: z.ZodType | null;
  /** What each field takes, for errors. */
  readonly takes: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: each call knows what its own schema makes of the body.
  readonly answer: (context: CallContext<any>, deps: ApiDeps) => Response | Promise<Response>;
}

/** A call with its body's type tied to its schema. */
export function call<S extends z.ZodType>(
  method: Call["method"],
  path: string,
  spec: {
    readonly summary: string;
    readonly status?: number;
    readonly gives: z.ZodType;
    readonly streams?: readonly string[];
    readonly needsToken?: boolean;
    readonly isForViewers?: boolean;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: S;
    readonly takes?: Readonly<Record<string, string>>;
    readonly answer: (context: CallContext<z.infer<S>>, deps: ApiDeps) => Response | Promise<Response>;
  },
): Call {
  const { summary, status = 200, gives, query = {}, body = null, takes = {}, answer } = spec;
  const { needsToken = false, isForViewers = false, streams = [] } = spec;
  return { method, path, summary, status, gives, streams, needsToken, isForViewers, query, body, takes, answer };
}

const STATUS: Readonly<Partial<Record<RefusalName, number>>> = {
  room_not_found: 404,
  session_not_found: 404,
  game_not_found: 404,
  no_session: 404,
  no_game: 404,
  session_running: 409,
  session_ended: 409,
  game_running: 409,
  game_not_running: 409,
  not_watched: 409,
  too_many_games: 409,
  platform_off: 409,
  too_many_rooms_watched: 429,
  vote_too_soon: 409,
  vote_changes_spent: 409,
  votes_silenced: 409,
  not_kept: 503,
};

/** When to ask again where the file of the sessions is full or out of reach. */
const NOT_KEPT_RETRY_SECONDS = 10;

/** A refusal of the sessions, by HTTP. @throws {Error} on one that no call can get */
export function refusalResponse({ name, text, retryAfterMs }: Refusal): Response {
  const status = STATUS[name];
  if (status === undefined) throw new Error(`no HTTP status for ${name}`);
  const seconds = status === 503 ? NOT_KEPT_RETRY_SECONDS : Math.ceil((retryAfterMs ?? 0) / 1000);
  return refused(status, text, seconds > 0 ? { "retry-after": String(seconds) } : {});
}

/** What a call answers: a refusal, or the value's view. */
export function respond<T>(result: T | Refusal, view: (value: T) => unknown, status = 200): Response {
  return isRefusal(result) ? refusalResponse(result) : json(view(result), status);
}

/** Whose sessions a query asks for; strangers' only where it says so [S34]. */
export function starterOf(query: URLSearchParams): Starter | Response {
  const word = query.get("begun_by") || "token";
  return word === "token" || word === "host" ? word : refused(400, "begun_by must be token or host");
}

interface Page {
  /** Where it begins: rows after or before this id; null: at the first. */
  readonly from: number | null;
  readonly limit: number;
}

/**
 * The page that a query asks for, or why it cannot be had.
 * @param from the name of the parameter that says where it begins
 * @param rows how many it has where the query does not say, for those who bring a token
 */
export function pageOf(
  { query, isTrusted }: Pick<CallContext, "query" | "isTrusted">,
  from: "after" | "before",
  rows = PAGE_ROWS_MAX,
): Page | Response {
  const rowsMax = isTrusted ? PAGE_ROWS_MAX : PAGE_ROWS;
  const beginning = numberOf(query, from, Number.MAX_SAFE_INTEGER);
  const limit = numberOf(query, "limit", rowsMax);
  if (beginning instanceof Response) return beginning;
  if (limit instanceof Response) return limit;
  return { from: beginning, limit: limit ?? Math.min(rows, rowsMax) };
}

/** The page of what a session has, by ascending ids, and whether who asks may know codes in it; or why it cannot be had. */
export function pageOfSession(
  context: Pick<CallContext, "query" | "isTrusted" | "sessionId" | "pass">,
  store: Store,
): (Page & { readonly codes: boolean }) | Response {
  const { sessionId, pass } = context;
  const page = pageOf(context, "after");
  if (page instanceof Response) return page;
  const session = findSession(store, sessionId);
  return isRefusal(session) ? refusalResponse(session) : { ...page, codes: seesCodes(pass, sessionId) };
}

/** Whether somebody may know the codes of the rooms of a session [S33][S38]. */
export function seesCodes(pass: Pass | null, sessionId: number): boolean {
  return pass?.codes === true && mayHear(pass, sessionId);
}

/** A whole number of the query; null when it is not there. */
export function numberOf(query: URLSearchParams, name: string, max: number): number | Response | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  if (/^\d{1,15}$/.test(text) && Number(text) <= max) return Number(text);
  return refused(400, `${name} must be a whole number, 0 to ${max}`);
}
