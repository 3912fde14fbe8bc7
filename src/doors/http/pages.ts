// Serves what a browser takes from this server: pages and the client, as they were built and committed. Everything of it stands in
// assets.json; nothing is bundled here, and nothing is read from a disk. Knows no room: a page is the same for all of them.
import assets from "../../../pages/built/assets.json";
import { LIST_CHARS_MAX, weightOf } from "./accepts.ts";
import { decoded, notFound } from "./misses.ts";

/** As scripts/pages.ts makes it. */
interface Asset {
  readonly type: string;
  readonly hash: string;
  readonly text: string;
}

/** Where the client is, whatever it is at the time: for people who paste one line. */
export const CLIENT_PATH = "/partyline.js";
/** Under it are the assets, each with a hash of its text in its name [H16]. */
const ASSETS_PATH = "/pages/";

/** A year, as long as there is any sense in saying. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_AGAIN = "no-cache";

const BY_PATH: ReadonlyMap<string, Asset> = new Map(Object.entries(assets satisfies Record<string, Asset>));
const CLIENT = [...BY_PATH].find(([path]) => path.startsWith(`${ASSETS_PATH}partyline-client.`))?.[1];

export type PageName = "home" | "phone" | "doctor" | "monitor" | "playground" | "overlay" | "docs";
/** Pages with a path of their own. No room's code could be one of the words: each holds an O or an I [H18]. */
export const PAGE_PATHS: ReadonlyMap<string, PageName> = new Map([
  ["/home", "home"],
  ["/doctor", "doctor"],
  ["/monitor", "monitor"],
  ["/playground", "playground"],
  ["/overlay", "overlay"],
  ["/docs", "docs"],
]);
/** The page of the documents, as the folder in which they are [O7]. */
const DOCS_FOLDER = "/docs/";
/** A Worker is bound by the policy that comes with its own script, and not by its page's [H33]. */
const WORKERS = /^\/pages\/[a-z]+-worker\./;
/** Pages whose scripts may make one policy of Trusted Types, which lets one path of a Worker through [H33]. */
const TRUSTED: Partial<Record<PageName, string>> = { playground: "partyline" };

/** Made at the first request that takes it, and kept: there are few assets, and each is some kilobytes. */
const gzipped = new Map<string, Uint8Array<ArrayBuffer>>();

/** Before a code the phone's page that is always ours: of a game in PUBLIC_DIR, `/<CODE>` may be the game's own [H22]. */
export const OWN_PHONES = "/home/";
/** What somebody types who means a code: whether one of that length, or with such letters, there could be is for the page to say [H18]. */
const TYPED = /^\/(?!v[12]$)[a-z0-9]{1,8}$/i;

/** Whether a path is for pages: never a room's, also where none is served or there is no such page [H7]. */
export function isPage(path: string): boolean {
  const isUnder = path.startsWith(ASSETS_PATH) || path.startsWith(DOCS_FOLDER);
  return isUnder || path === CLIENT_PATH || PAGE_PATHS.has(path) || isOwnPhone(path);
}

/** Whether a path is the phone's page whatever the host's folder has [H22]. */
export function isOwnPhone(path: string): boolean {
  return path.startsWith(OWN_PHONES) && TYPED.test(path.slice(OWN_PHONES.length - 1));
}

/** What says which paths are the phone's page. */
export interface PhonePaths {
  /** Whether pages and the client are served [H17]. */
  readonly arePagesOn: boolean;
  /** The code that a text is, as somebody types it, for a room that phones join on a page; null: it could be none [H18]. */
  readonly codeIn: (text: string) => string | null;
}

/**
 * What somebody typed who meant a code, in capitals, though none is like that: too short, too long, or with a 0 for an O. Who stands in front
 * of it is told so by the phone's page [H18]. null: nobody meant a code.
 */
export function mistypedAt(path: string): string | null {
  return TYPED.test(path) ? path.slice(1).toUpperCase() : null;
}

/** The code that a path is, where it is one: whether there is such a room is not looked at here [H18]. */
export function codeAt(path: string, { codeIn }: PhonePaths): string | null {
  const name = decoded(path.slice(1));
  return name === null ? null : codeIn(name);
}

/** The page or asset at this path [H16][H18]. */
export function pageAt(request: Request, path: string): Response {
  const name = isOwnPhone(path) ? "phone" : PAGE_PATHS.get(path === DOCS_FOLDER ? "/docs" : path);
  return name === undefined ? asset(request, path) : page(request, name);
}

/**
 * A page, packed where the browser takes that, or 304 where it has it already.
 * @param vary what else its path answers by, for caches
 */
export function page(request: Request, name: PageName, vary = ""): Response {
  const found = BY_PATH.get(`${name}.html`);
  if (found === undefined) throw new Error(`no page ${name} was built`);
  return answered(request, found, {
    "cache-control": ASK_AGAIN,
    vary: `${vary}accept-encoding`,
    "content-security-policy": policyFor(name, request.headers.get("host")),
    "referrer-policy": "no-referrer",
  });
}

/** The asset at this path, for pages of any origin. */
function asset(request: Request, path: string): Response {
  const isClient = path === CLIENT_PATH;
  const found = isClient ? CLIENT : path.startsWith(ASSETS_PATH) ? BY_PATH.get(path) : undefined;
  if (found === undefined) return notFound(path);
  return forAnyOrigin(request, found, isClient ? ASK_AGAIN : FOR_EVER, {
    ...(WORKERS.test(path) && {
      "content-security-policy": workerPolicyFor(request.headers.get("host")),
      "referrer-policy": "no-referrer",
    }),
  });
}

/** A document of that text [O7]. @param hash of the text: another text has another one */
export function documentOf(request: Request, text: string, hash: string): Response {
  return forAnyOrigin(request, { type: "application/json; charset=utf-8", hash, text }, ASK_AGAIN);
}

function forAnyOrigin(
  request: Request,
  asset: Asset,
  kept: string,
  besides: Readonly<Record<string, string>> = {},
): Response {
  const own = { "cache-control": kept, vary: "accept-encoding", "access-control-allow-origin": "*" };
  return answered(request, asset, { ...own, ...besides });
}

function answered({ headers }: Request, asset: Asset, own: Readonly<Record<string, string>>): Response {
  const { type, hash, text } = asset;
  // Weak: it is the same for the packed bytes and the plain ones.
  const etag = `W/"${hash}"`;
  const fixed = { ...own, etag };
  if (hasAlready(headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers: fixed });
  const whole = { ...fixed, "content-type": type };
  if (weightOf(headers.get("accept-encoding"), "gzip", "*") === 0) return new Response(text, { headers: whole });
  return new Response(packed(asset), { headers: { ...whole, "content-encoding": "gzip" } });
}

/** A name or an IPv4 address, with a port: only such a Host is repeated. One of IPv6 no policy can name, and browsers log an error over it. */
const PLAIN_HOST = /^[a-z0-9.-]{1,253}(?::\d{1,5})?$/i;

/**
 * What a page may do: load and call what comes from here and nothing else, and make no script out of a text [H19].
 * @param name the overlay alone stands in frames of others, as streaming programs show it
 * @param host the Host of the request: a browser that takes `'self'` for http alone is told its WebSockets by name
 */
function policyFor(name: PageName, host: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${socketsOf(host)}`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${name === "overlay" ? "*" : "'none'"}`,
    "require-trusted-types-for 'script'",
    `trusted-types ${TRUSTED[name] ?? "'none'"}`,
  ].join("; ");
}

/** A Worker opens its line, and does nothing else [H33]. */
function workerPolicyFor(host: string | null): string {
  return `default-src 'none'; connect-src 'self'${socketsOf(host)}`;
}

function socketsOf(host: string | null): string {
  return host !== null && PLAIN_HOST.test(host) ? ` ws://${host} wss://${host}` : "";
}

function packed({ hash, text }: Asset): Uint8Array<ArrayBuffer> {
  const kept = gzipped.get(hash);
  if (kept !== undefined) return kept;
  const made = Bun.gzipSync(text, { level: 9 });
  gzipped.set(hash, made);
  return made;
}

/** Whether one of the tags that the browser has is this one; strong or weak makes no difference to a reader. */
export function hasAlready(tags: string | null, etag: string): boolean {
  if (tags === null) return false;
  if (tags.trim() === "*") return true;
  return tags
    .slice(0, LIST_CHARS_MAX)
    .split(",")
    .some((tag) => tag.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));
}
