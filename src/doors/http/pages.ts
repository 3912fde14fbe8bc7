// Serves what a browser takes from this server: the client, as it was built and committed. Everything of it stands in assets.json; nothing
// is bundled here, and nothing is read from a disk.
import assets from "../../../pages/built/assets.json";
import { notFound } from "./misses.ts";

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

/** Made at the first request that takes it, and kept: there are few assets, and each is some kilobytes. */
const gzipped = new Map<string, Uint8Array<ArrayBuffer>>();

/** Whether a path is for pages: never a room's, also where none is served or there is no such page [H7]. */
export function isPage(path: string): boolean {
  return path === CLIENT_PATH || path.startsWith(ASSETS_PATH);
}

/** The asset at this path, packed where the client takes that, or 304 where it has it already [H16]. */
export function page({ headers }: Request, path: string): Response {
  const isClient = path === CLIENT_PATH;
  const asset = isClient ? CLIENT : BY_PATH.get(path);
  if (asset === undefined) return notFound(path);
  const { type, hash, text } = asset;
  // Weak: it is the same for the packed bytes and the plain ones.
  const etag = `W/"${hash}"`;
  const answered = {
    etag,
    "cache-control": isClient ? ASK_AGAIN : FOR_EVER,
    vary: "accept-encoding",
    "access-control-allow-origin": "*",
  };
  if (hasAlready(headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers: answered });
  const whole = { ...answered, "content-type": type };
  if (!takesGzip(headers.get("accept-encoding"))) return new Response(text, { headers: whole });
  return new Response(packed(asset), { headers: { ...whole, "content-encoding": "gzip" } });
}

function packed({ hash, text }: Asset): Uint8Array<ArrayBuffer> {
  const kept = gzipped.get(hash);
  if (kept !== undefined) return kept;
  const made = Bun.gzipSync(text, { level: 9 });
  gzipped.set(hash, made);
  return made;
}

/** Whether one of the tags that the browser has is this one; strong or weak makes no difference to a reader. */
function hasAlready(tags: string | null, etag: string): boolean {
  if (tags === null) return false;
  if (tags.trim() === "*") return true;
  return tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));
}

/** Whether gzip is among the encodings that are taken, and not with `q=0`. */
function takesGzip(accepted: string | null): boolean {
  const taken = (accepted ?? "").toLowerCase().split(",");
  const named = (name: string) => taken.find((item) => item.split(";")[0]?.trim() === name);
  const item = named("gzip") ?? named("*");
  return item !== undefined && !/;\s*q=0(?:\.0*)?\s*$/.test(item);
}
