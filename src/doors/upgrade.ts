// A Request that wants to become a WebSocket: which dialect it speaks, and whether it may. Every no is an HTTP answer, given
// before a line exists.
import type { Server } from "bun";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Connections, Turndown } from "../limits/connections.ts";
import type { BucketName } from "../metrics/tally.ts";
import type { Metrics } from "../metrics.ts";
import { addressOf } from "./caller.ts";
import { refused } from "./http/answer.ts";
import { CountedLine, SocketLine } from "./line.ts";

export interface UpgradeDeps {
  readonly config: Pick<Config, OriginSettings | "trust">;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  /** The number of the next line of a wire that numbers its lines [R47]. */
  readonly nextNumber: () => number;
}

type OriginSettings = "allowedOrigins" | "requireOrigin" | "publicUrl";

/** Characters of an Origin that are kept with a room; the rest is cut off. */
const ORIGIN_CHARS_MAX = 256;

export const NOT_ADMITTED: Readonly<
  Record<Turndown, [bucket: BucketName, status: number, text: string, retrySeconds: number]>
> = {
  server_full: ["server", 503, "Server is full", 10],
  too_many_lines: ["lines", 429, "Too many connections", 10],
  too_many_connects: ["connects", 429, "Too many connections", 1],
};

/** Upgrades the request to a line of this dialect: undefined when it is a WebSocket now, else the answer that says why not. */
export function upgrade(
  request: Request,
  server: Server<SocketLine>,
  dialect: Dialect | null,
  deps: UpgradeDeps,
): Response | undefined {
  const { config, connections, metrics, clock } = deps;
  if (deps.isDraining()) return refused(503, "Server is draining", { "retry-after": "5" });
  if (request.headers.get("sec-websocket-version") !== "13") {
    return refused(426, "Not this version of WebSocket", { "sec-websocket-version": "13" });
  }
  if (dialect === null) return refused(404, "Not found");
  // No subprotocol is spoken here, and Bun would echo the first one as agreed [H6]. A header without any offers none.
  if ((request.headers.get("sec-websocket-protocol") ?? "").trim() !== "") return refused(400, "Unknown subprotocol");
  const origin = request.headers.get("origin");
  if (!isAllowed(origin, origin === null ? null : request.headers.get("host"), config))
    return refused(403, "Origin not allowed");

  const now = clock.now();
  const admission = connections.admit(addressOf(request, server, config.trust), now);
  if (typeof admission === "string") {
    const [bucket, status, text, seconds] = NOT_ADMITTED[admission];
    metrics.limited(bucket);
    return refused(status, text, { "retry-after": String(seconds) });
  }
  const from = origin === null ? "unknown" : copyOf(origin, ORIGIN_CHARS_MAX);
  const Kind = dialect.isCounted ? CountedLine : SocketLine;
  const line = new Kind(dialect, admission, from, metrics.counts, now);
  if (server.upgrade(request, { data: line })) {
    if (line instanceof CountedLine) line.count(deps.nextNumber());
    return undefined;
  }
  connections.release(admission.address);
  return refused(400, "Not a WebSocket handshake");
}

/** The beginning of a text, on its own: a slice would keep the whole header alive as long as the line and its room. */
function copyOf(text: string, charsMax: number): string {
  return Buffer.from(text.slice(0, charsMax)).toString();
}

/** A Host that no other server's page can have, since no name leads to it: an address, or the machine itself. */
const NAMELESS_HOST = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]|localhost)(?::\d{1,5})?$/i;

/**
 * Whether a page of that origin may do anything here [L14].
 * @param origin null: a client that says none
 * @param host the Host of its request: the server's own pages are there, or at PUBLIC_URL
 */
export function isAllowed(origin: string | null, host: string | null, config: Pick<Config, OriginSettings>): boolean {
  const { allowedOrigins, publicUrl } = config;
  if (origin === null) return !config.requireOrigin;
  if (allowedOrigins === "*" || allowedOrigins.has(origin)) return true;
  if (publicUrl !== "" && origin === publicUrl) return true;
  // By its name alone it could be anybody's page: whoever owns a name can have it lead here (DNS rebinding).
  return host !== null && NAMELESS_HOST.test(host) && /^https?:\/\//.test(origin) && origin.endsWith(`//${host}`);
}
