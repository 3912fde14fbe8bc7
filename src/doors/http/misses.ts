// A path where nothing is: what is wrong with it, as far as its form shows. A proxy that did not strip its prefix, a slash too many, a
// handshake that lost its Upgrade on the way. Nothing of a stranger's own text is said back.
import { refused } from "./answer.ts";

/** Paths that exist, by the form in which they are named to whoever missed one. */
const FORMS: readonly (readonly [form: string, pattern: RegExp])[] = [
  ["/health", /^\/health$/],
  ["/ready", /^\/ready$/],
  ["/metrics", /^\/metrics$/],
  ["/partyline.js", /^\/partyline\.js$/],
  ["/home", /^\/home$/],
  ["/home/:code", /^\/home\/[a-z0-9]{1,8}$/i],
  ["/doctor", /^\/doctor$/],
  ["/monitor", /^\/monitor$/],
  ["/playground", /^\/playground$/],
  ["/docs", /^\/docs$/],
  ["/docs/:file", /^\/docs\/[a-z0-9]{1,20}(\.schema)?\.json$/],
  ["/overlay", /^\/overlay$/],
  ["/v2/room/:code", /^\/v2\/room\/[^/]+$/],
  ["/room/:code", /^\/room\/[^/]+$/],
  ["/api/", /^\/api\/(auth|sessions|votes|webhooks|monitor|rooms|here|doctor)(\/|$)/],
];

/** Longer than any path of ours behind any prefix: what a stranger writes past that is not looked through, since that takes ever longer. */
const HINTED_CHARS_MAX = 300;

/** 404, with the reason where there is one. */
export function notFound(path: string, headers: Record<string, string> = {}): Response {
  return refused(404, whyNot(path), headers);
}

/** 426 for a handshake of a WebSocket without its `Upgrade` [H14]. */
export function upgradeLost(): Response {
  const text =
    "A WebSocket lives here, and this handshake came without its Upgrade header: a proxy on the way dropped it";
  return refused(426, text, { upgrade: "websocket", connection: "Upgrade, close" });
}

/** Whether a handshake was meant: nobody else sends these. */
export function isHandshake({ headers }: Request): boolean {
  return headers.has("sec-websocket-key") || headers.has("sec-websocket-version");
}

/** A part of a path without its percent signs; null: they stand for no text. */
export function decoded(component: string): string | null {
  try {
    return decodeURIComponent(component);
  } catch {
    return null;
  }
}

function whyNot(path: string): string {
  if (path.length > HINTED_CHARS_MAX) return "Not found";
  const bare = path.replace(/\/+$/, "");
  if (bare !== path && formOf(bare) !== null) return "Not found: there is no slash at the end of this path";
  const form = prefixedForm(bare);
  if (form !== null) return `Not found: ${form} begins at the root, a proxy in front must strip what stands before it`;
  return "Not found";
}

/** The path that stands behind a prefix; null: none does, or the path is longer than any of ours would be. */
export function prefixedForm(path: string): string | null {
  if (path.length > HINTED_CHARS_MAX) return null;
  for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1)) {
    const form = formOf(path.slice(at));
    if (form !== null) return form;
  }
  return null;
}

function formOf(path: string): string | null {
  return FORMS.find(([, pattern]) => pattern.test(path))?.[0] ?? null;
}
