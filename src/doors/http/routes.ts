// The fixed paths, matched before any path is taken for a room code. Request → Response, testable without a port.
import { type Dialects, LIVE_PATH } from "../../dialects/index.ts";
import type { Guesses } from "../../limits/guesses.ts";
import { wantsPage } from "./accepts.ts";
import { askThere, away, placeOfCodes } from "./across.ts";
import { keptOpen, moved, queryOf, refused } from "./answer.ts";
import { api, askerOf, beyondViewers } from "./api.ts";
import type { ApiDeps } from "./call.ts";
import { documentAt } from "./documents.ts";
import type { Files, Meant } from "./files.ts";
import { decoded, isHandshake, notFound, prefixedForm, upgradeLost } from "./misses.ts";
import { health, home, metrics, notRead, type OpsDeps, ready } from "./ops.ts";
import { codeAt, isPage, mistypedAt, type PhonePaths, page, pageAt } from "./pages.ts";
import { type Caller, preflight, probe } from "./rooms.ts";
import { DOCTOR_PATH, doctorFor, HERE_PATH, hereFor, type WayDeps } from "./way.ts";

export interface HttpDeps extends OpsDeps, ApiDeps, WayDeps, PhonePaths {
  readonly dialects: Dialects;
  readonly guesses: Guesses;
  /** Files of the host's own game; null: there are none [H20]. */
  readonly files: Files | null;
}

/** Finds the path of nearly every URL without parsing it, which took a tenth of the CPU of a connection that comes and goes. */
const PLAIN_URL = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(\/[\w/-]*)(?:[?#]|$)/i;

/** The last URL of that kind, and its path: nearly all phones open the same one. */
let lastUrl: string | null = null;
let lastPath = "/";

type Answer = Response | Promise<Response>;

/** Where the API lives, and the probes: never a room code, whatever the length of codes. */
const RESERVED = /^\/(api|room|v2\/room)(\/|$)/;
const OPS = new Set(["/health", "/ready", "/metrics"]);
const UPGRADE = { upgrade: "websocket", connection: "Upgrade, close" };
/** A probe sees the rooms of the dialect that owns the path before it. */
const PROBE = /^(\/v2)?\/room\/([^/]+)$/;

/**
 * The answer to a request for a fixed path, or null when the path is not one.
 * @param path the URL's path, still percent-encoded
 */
export function route(request: Request, path: string, caller: () => Caller, deps: HttpDeps): Answer | null {
  const only = (answer: () => Answer) => (isRead(request) ? answer() : notRead());
  switch (path) {
    case "/health":
      return only(health);
    case "/ready":
      return only(() => ready(deps));
    case "/metrics":
      return only(() => figures(request, caller, deps));
    default:
  }
  if (!RESERVED.test(path)) {
    if (!isPage(path)) return null;
    return deps.arePagesOn ? only(() => documentAt(request, path) ?? pageAt(request, path)) : notFound(path);
  }
  if (path === LIVE_PATH && wantsSocket(request)) return null;
  if (path === LIVE_PATH) return isHandshake(request) ? upgradeLost() : refused(426, "A WebSocket lives here", UPGRADE);
  if (path === HERE_PATH) return only(() => hereFor(request, caller(), deps));
  if (path === DOCTOR_PATH) return only(() => doctorFor(request, caller(), deps));
  if (path.startsWith("/api/")) return api(request, path, caller, deps);
  const [, base = "/", code] = PROBE.exec(path) ?? [];
  const dialect = deps.dialects.at(base);
  if (code === undefined || dialect === null) return notFound(path);
  const name = decoded(code);
  if (name === null) return refused(400, "Malformed path");
  if (request.method === "OPTIONS") return preflight();
  return only(() => probeAt(request, { code: name, dialect, caller: caller() }, deps));
}

/** Has a probe answered where its room is: whoever names a room of another node has not guessed wrong [N11]. */
function probeAt(request: Request, asked: Parameters<typeof probe>[0], deps: HttpDeps): Answer {
  const nodes = deps.elsewhere();
  const code = nodes === null ? null : deps.roomsOpen.foreignCode(asked.code, asked.dialect.name);
  if (nodes === null || code === null) return probe(asked, deps);
  return placeOfCodes([code], nodes).then(async (place) => {
    if (place === "here") return probe(asked, deps);
    return (place === null ? null : await askThere(request, asked.caller, place, nodes)) ?? away("The room");
  });
}

/** The figures, for whoever may see them [H13]. */
async function figures(request: Request, caller: () => Caller, deps: HttpDeps): Promise<Response> {
  if (typeof deps.metricsFor === "number") return refused(404, "Not found");
  if (deps.metricsFor === "open") return metrics(deps);
  const asker = await askerOf(request, caller, deps);
  if (asker instanceof Response) return asker;
  return keptOpen(beyondViewers({ isForViewers: false }, 0, asker) ?? (await metrics(deps)));
}

/**
 * The path of a request, still percent-encoded; null where a strange Host leaves no valid URL. Without any Host (HTTP/1.0, as some
 * load balancers check health) Bun gives the path alone.
 */
export function pathOf(request: Request): string | null {
  const { url } = request;
  if (url === lastUrl) return lastPath;
  const plain = PLAIN_URL.exec(url)?.[1];
  if (plain !== undefined) {
    lastUrl = url;
    lastPath = plain;
    return plain;
  }
  const { headers } = request;
  const absolute = url.startsWith("/") && !headers.has("host") ? `http://localhost${url}` : url;
  return URL.parse(absolute)?.pathname ?? null;
}

/** The answer on a path that is no fixed one, by plain HTTP. */
export function elsewhere(request: Request, path: string, caller: () => Caller, deps: HttpDeps): Answer {
  if (isHandshake(request)) return upgradeLost();
  return deps.files === null ? ours(request, path, deps) : hosted(request, path, caller(), deps.files, deps);
}

/** What the host's folder has for a path, before anything of ours [H20][H22]. */
async function hosted(request: Request, path: string, caller: Caller, files: Files, deps: HttpDeps): Promise<Response> {
  const file = await files.at(request, path, caller);
  if (file !== null) return file;
  const meant = isRead(request) ? meantAt(request, path, deps) : null;
  return (meant === null ? null : await files.phone(request, meant)) ?? ours(request, path, deps);
}

function ours(request: Request, path: string, deps: HttpDeps): Answer {
  const phone = deps.arePagesOn ? meantAt(request, path, deps) : null;
  if (path !== "/" && phone === null) return slashed(request, path, deps) ?? notFound(path);
  if (!isRead(request)) return notRead();
  if (phone !== null) return page(request, "phone", phone.isByAccept ? "accept, " : "");
  if (!deps.arePagesOn) return home(deps);
  if (wantsPage(request)) return page(request, "home", "accept, ");
  const forPrograms = home(deps);
  forPrograms.headers.set("vary", "accept");
  return forPrograms;
}

/** The code that a path is, or that a person in front of it meant; null: no code is meant [H18]. */
function meantAt(request: Request, path: string, deps: HttpDeps): Meant | null {
  const code = codeAt(path, deps);
  if (code !== null) return { code, isByAccept: false };
  const mistyped = wantsPage(request) ? mistypedAt(path) : null;
  return mistyped === null ? null : { code: mistyped, isByAccept: true };
}

/** Where a code leads that a person typed with a slash at its end; null: it is none [H18]. */
function slashed(request: Request, path: string, deps: HttpDeps): Response | null {
  if (!deps.arePagesOn || !path.endsWith("/") || !isRead(request) || !wantsPage(request)) return null;
  const bare = path.slice(0, -1);
  // Of a path that is known the slash is told [H14].
  const meant = isFixed(bare) ? null : meantAt(request, bare, deps);
  return meant === null ? null : moved(302, `/${encodeURIComponent(meant.code)}${queryOf(request)}`, true);
}

function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** Whether a path is answered by HTTP whatever comes there: no WebSocket ever lives at it [H7]. */
export function isFixed(path: string): boolean {
  return OPS.has(path) || isPage(path) || (RESERVED.test(path) && path !== LIVE_PATH);
}

/** Why no wire is spoken there, though it speaks any path that is not taken: a bot's socket behind a prefix would hear the wrong one. */
export function misdirected(path: string): Response | null {
  return path.endsWith(LIVE_PATH) && path !== LIVE_PATH && prefixedForm(path) !== null ? notFound(path) : null;
}

/** Whether the request wants to become a WebSocket. */
export function wantsSocket(request: Request): boolean {
  const upgrade = request.headers.get("upgrade");
  return upgrade === "websocket" || upgrade?.toLowerCase() === "websocket";
}
