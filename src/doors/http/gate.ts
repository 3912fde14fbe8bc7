// Before the router and after it: what a request costs its address, and how every answer leaves. Strangers' connections end with their
// answer, so that none can be kept open in numbers, and what is pipelined behind a request is not even read [H11][H12].
import type { Clock } from "../../clock.ts";
import { LIVE_PATH } from "../../dialects/index.ts";
import type { Asked, Requests } from "../../limits/requests.ts";
import type { Metrics } from "../../metrics.ts";
import { refused } from "./answer.ts";
import { CALLS } from "./api.ts";
import { LOGIN_PATH } from "./auth.ts";
import { DOCUMENT_PATHS } from "./documents.ts";
import { CLIENT_PATH, codeAt, isOwnPhone, OWN_PHONES, PAGE_PATHS, type PhonePaths } from "./pages.ts";
import { DOCTOR_PATH, HERE_PATH } from "./way.ts";

export interface GateDeps {
  readonly requests: Requests;
  readonly metrics: Metrics;
  /** One that never stands: a node that is frozen answers as many requests as any other. */
  readonly steady: Clock;
  readonly metricsFor: "open" | "token" | number;
  /** Whether the page that these headers name may do anything here. */
  readonly isOfHouse: (headers: Headers) => boolean;
}

/** A load balancer asks these, they cost next to nothing, and whoever floods must not make the server look dead. */
const FREE = new Set(["/health", "/ready"]);
/** All else, as far as it is only read, is for browsers: pages, what they load, files of the host's game [H23]. */
const FOR_PROGRAMS = /^\/(api|room|v2\/room|metrics)(\/|$)/;
/** An origin is kept as a key: longer than any that browsers write for a host name. */
const ORIGIN_CHARS_MAX = 300;
/** Paths that are labels as they are. */
const FIXED = new Set([
  "/",
  "/health",
  "/ready",
  "/metrics",
  CLIENT_PATH,
  LIVE_PATH,
  HERE_PATH,
  DOCTOR_PATH,
  ...PAGE_PATHS.keys(),
  ...DOCUMENT_PATHS,
]);
const PATTERNS: readonly (readonly [label: string, pattern: RegExp])[] = [
  "/room/:code",
  "/v2/room/:code",
  "/pages/:asset",
]
  .concat(CALLS.map(({ path }) => path))
  .map((path) => [
    path,
    new RegExp(`^${path.replaceAll(/:(\w*[iI]d)/g, "\\d{1,15}").replaceAll(/:(code|asset)/g, "[^/]+")}$`),
  ]);

/** The labels of the phone's page, at whatever code. */
const PHONES = "/:code";
const OWN = `${OWN_PHONES}:code`;
/** The label of every other path. */
export const OTHER = "other";
const CORS = { "access-control-allow-origin": "*" };

/** 429 where the address has asked too much; null: it may. */
export function toll(request: Request, path: string, address: () => string, deps: GateDeps): Response | null {
  if (FREE.has(path)) return null;
  const { requests, metrics, steady } = deps;
  const by = payer(request, path, deps);
  const foreign = by === "browser" && isLinkFollowed(request) ? null : foreignPage(request, deps);
  const dry = requests.take({ address: address(), by, foreign }, steady.now());
  if (dry === null) return null;
  metrics.limited(dry.bucket);
  return refused(429, "Too many requests", { ...CORS, "retry-after": String(Math.ceil(dry.retryAfterMs / 1000)) });
}

function payer({ method, headers }: Request, path: string, { metricsFor }: GateDeps): Asked["by"] {
  if (path === LOGIN_PATH && method === "POST") return "login";
  if ((method === "GET" || method === "HEAD") && !FOR_PROGRAMS.test(path)) return "browser";
  // Where nobody looks at a token, it is none.
  const isLookedAt = path.startsWith("/api/") || (path === "/metrics" && metricsFor === "token");
  return isLookedAt && headers.has("authorization") ? "token" : "stranger";
}

/** The page behind a request that does not belong here: its origin, or "" where the browser does not say which; null: none. */
export function foreignPage({ headers }: Request, { isOfHouse }: Pick<GateDeps, "isOfHouse">): string | null {
  const origin = headers.get("origin");
  // An image: a browser says no Origin with it, but that another site asked for it.
  if (origin === null) return headers.get("sec-fetch-site") === "cross-site" ? "" : null;
  // A copy: a slice would keep all the headers that it was cut from.
  return isOfHouse(headers) ? null : Buffer.from(origin.slice(0, ORIGIN_CHARS_MAX)).toString();
}

/** Whether a person came by a link of another site, as from a chat: the page is for him, and not for that site [H23]. */
function isLinkFollowed({ headers }: Request): boolean {
  return headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
}

/** The answer as it leaves. @param label which kind of path it was of, for the figures */
export function sealed(answer: Response, label: string, metrics: Metrics): Response {
  const { headers } = answer;
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("connection")) headers.set("connection", "close");
  metrics.requested(label, answer.status);
  return answer;
}

/** A WebSocket's requests are told apart from those on the same path. */
export function labelFor(path: string | null, isSocket: boolean, phones: PhonePaths): string {
  if (isSocket) return "websocket";
  if (path === null) return OTHER;
  const label = labelOf(path);
  // Whatever could be a code is one label: a stranger can write all of them [H3].
  return label === OTHER && phones.arePagesOn && codeAt(path, phones) !== null ? PHONES : label;
}

/** The path of a request as a label of a figure: always one of a table of our own, whatever the stranger asked for. */
export function labelOf(path: string): string {
  if (FIXED.has(path)) return path;
  return PATTERNS.find(([, pattern]) => pattern.test(path))?.[0] ?? (isOwnPhone(path) ? OWN : OTHER);
}
