// Files of the host's own game, out of one folder. Request → Response: which file a path means, that it is one of those that may be seen, and
// whether the browser has it already; Bun sends it, a range of it too, without holding it in memory. Knows no room and no page of ours.
import { lstat, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { wayDown } from "../../config/folders.ts";
import { weightOf } from "./accepts.ts";
import { moved, queryOf, refused } from "./answer.ts";
import { notRead } from "./ops.ts";
import { hasAlready } from "./pages.ts";
import type { Readers } from "./readers.ts";
import type { Caller } from "./rooms.ts";

const BUSY_SECONDS = 5;

/** The one folder whose name begins with a dot and that is for everybody. */
const WELL_KNOWN = ".well-known";
/** No part of a path: Windows would take it for a folder, a stream or another name of the same file. */
const NO_NAME = process.platform === "win32" ? /[\0/\\:]|[. ]$/ : /[\0/\\]/;
/** Folders within one another at most: a path is taken apart no further than that, since a stranger's may have thousands of parts. */
const DEPTH_MAX = 64;
const INDEX = "index.html";
const PHONE = "phone.html";

/** What may stand beside a file in its place, the smaller first [H20]. */
const PACKED = [
  { coding: "br", ending: ".br" },
  { coding: "gzip", ending: ".gz" },
] as const;
/** Types that are packed as they are. */
const IS_PACKED = /^(image\/(?!svg)|audio\/|video\/|font\/woff)|zip/;

/** Where a path ends that leads to no file; all else is told. */
const NOWHERE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EINVAL", "ENODEV", "ENXIO"]);
const NOT_ALLOWED = new Set(["EACCES", "EPERM"]);
const NO_DESCRIPTORS = new Set(["EMFILE", "ENFILE"]);

/** A code that a path stands for. */
export interface Meant {
  readonly code: string;
  /** Whether it does so for who wants a page, and for nobody else: caches are told. */
  readonly isByAccept: boolean;
}

interface Found {
  /** Where it really is. */
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly size: bigint;
  /** When it last changed, in ns since 1970. */
  readonly changedNs: bigint;
}

export class Files {
  /** Where the folder was found to be the last time. */
  #root: string;

  /**
   * @param folder its absolute path
   * @param readers who is being sent its files
   */
  constructor(
    private readonly folder: string,
    private readonly readers: Pick<Readers, "admit">,
  ) {
    this.#root = folder;
  }

  /**
   * The answer for a path; null: nothing of the folder is there [H20][H21].
   * @param path the URL's path, still percent-encoded
   * @param caller who is sent it
   */
  async at(request: Request, path: string, caller: Caller): Promise<Response | null> {
    const names = namesOf(path);
    if (names === null) return null;
    return this.#guarded(async () => {
      const found = await this.#find(names);
      if (found === null) return null;
      const isFolder = found.kind === "folder";
      const file = isFolder ? await this.#file([...names, INDEX]) : found;
      // A slash at its end makes a folder of it, or nothing.
      if (file === null || (!isFolder && path.endsWith("/"))) return null;
      if (request.method !== "GET" && request.method !== "HEAD") return notRead();
      if (isFolder && !path.endsWith("/"))
        return moved(301, `/${names.map(encodeURIComponent).join("/")}/${queryOf(request)}`);
      return this.#answer(request, file, isFolder ? [...names, INDEX] : names, caller);
    });
  }

  /** The way from a code to the game's own page for phones; null: it has none [H22]. */
  async phone(request: Request, { code, isByAccept }: Meant): Promise<Response | null> {
    return this.#guarded(async () => {
      if ((await this.#file([PHONE])) === null) return null;
      return moved(302, `/${PHONE}${queryOf(request)}#${encodeURIComponent(code)}`, isByAccept);
    });
  }

  /** Whether codes lead to the game's own page for phones [H22]; a folder that cannot be looked at now has none. */
  async hasPhone(): Promise<boolean> {
    return (await this.#file([PHONE]).catch(() => null)) !== null;
  }

  /**
   * The answer for an error of the disk that Bun tells only when it opens a file of this folder: one that went meanwhile, or may not be read;
   * null: it was no such error.
   */
  failed(error: unknown): Response | null {
    const { path, code = "" }: Partial<NodeJS.ErrnoException> = error instanceof Error ? error : {};
    if (typeof path !== "string" || wayDown(this.#root, path) === null) return null;
    return NOWHERE.has(code) ? refused(404, "Not found") : refusalFor(code);
  }

  async #guarded(look: () => Promise<Response | null>): Promise<Response | null> {
    try {
      return await unlessMissing(look);
    } catch (error) {
      const refusal = refusalFor((error as NodeJS.ErrnoException).code ?? "");
      if (refusal === null) throw error;
      return refusal;
    }
  }

  /** What is at this place, wherever links lead, as long as it is in the folder and nothing on the way is hidden. @throws what the disk says */
  async #find(names: readonly string[]): Promise<Found | null> {
    // Both each time: a deploy may change where the folder itself leads.
    const [root, path] = await Promise.all([realpath(this.folder), realpath(join(this.folder, ...names))]);
    this.#root = root;
    const way = wayDown(root, path);
    if (way === null || isHidden(way.split(sep))) return null;
    const stats = await stat(path, { bigint: true });
    const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : null;
    return kind === null ? null : { path, kind, size: stats.size, changedNs: stats.mtimeNs };
  }

  /** The plain file at this place; null: there is none. */
  async #file(names: readonly string[]): Promise<Found | null> {
    const found = await unlessMissing(() => this.#find(names));
    return found?.kind === "file" ? found : null;
  }

  async #answer({ headers }: Request, plain: Found, names: readonly string[], caller: Caller): Promise<Response> {
    // By the name that was asked for: a link may lead to one that tells nothing.
    const type = typeOf(names.at(-1) ?? "");
    const { file, coding } = await packed(headers, plain, type);
    const etag = `"${file.changedNs.toString(36)}-${file.size.toString(36)}${coding === null ? "" : `-${coding}`}"`;
    const changed = new Date(Number(file.changedNs / 1_000_000n));
    const fixed = {
      etag,
      "last-modified": changed.toUTCString(),
      "cache-control": "no-cache",
      vary: "accept-encoding",
    };
    if (isUnchanged(headers, etag, changed)) return new Response(null, { status: 304, headers: fixed });
    // Only what is sent holds anything: a redirect or a page of ours is answered in any crowd.
    if (!this.readers.admit(caller)) return busy();
    const answer = new Response(Bun.file(file.path), { headers: { ...fixed, "content-type": type } });
    if (coding !== null) answer.headers.set("content-encoding", coding);
    // Bun says it itself where it answers a range.
    if (!headers.has("range")) answer.headers.set("accept-ranges", "bytes");
    return answer;
  }
}

/** What is sent in the place of a file: one that was packed beforehand, unless the file has changed since. */
async function packed(headers: Headers, plain: Found, type: string): Promise<{ file: Found; coding: string | null }> {
  const accepted = headers.get("accept-encoding");
  for (const { coding, ending } of IS_PACKED.test(type) ? [] : PACKED) {
    if (weightOf(accepted, coding) === 0) continue;
    // Beside where the file really is, which may be seen; itself no link, so that one look is enough.
    const path = plain.path + ending;
    const stats = await unlessMissing(() => lstat(path, { bigint: true }));
    if (stats?.isFile() && stats.mtimeNs >= plain.changedNs) {
      return { file: { path, kind: "file", size: stats.size, changedNs: stats.mtimeNs }, coding };
    }
  }
  return { file: plain, coding: null };
}

/** What a look at the disk finds; null where there is nothing. @throws all else that the disk says */
async function unlessMissing<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (NOWHERE.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** The names of a path, decoded; null where one is none, is hidden, or would lead somewhere else than it says [H21]. */
function namesOf(path: string): string[] | null {
  const parts = path.slice(1).split("/", DEPTH_MAX + 2);
  if (parts.length > DEPTH_MAX + 1) return null;
  // What follows the last slash of a folder.
  if (parts.at(-1) === "") parts.pop();
  const names = parts.map(decoded).filter((name) => name !== null);
  const areNames = names.length === parts.length && names.every((name) => name !== "" && !NO_NAME.test(name));
  return areNames && !isHidden(names) ? names : null;
}

function isHidden(names: readonly string[]): boolean {
  return names.some((name, at) => name.startsWith(".") && !(at === 0 && name === WELL_KNOWN));
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The media type by a name's ending; text is UTF-8. */
function typeOf(name: string): string {
  const { type } = Bun.file(name);
  return type.startsWith("text/") && !type.includes("charset") ? `${type};charset=utf-8` : type;
}

/** Whether the browser has it as it is; a tag that it names goes before a time. */
function isUnchanged(headers: Headers, etag: string, changed: Date): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) return hasAlready(tags, etag);
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  // Its times are whole seconds.
  return Math.floor(changed.getTime() / 1000) * 1000 <= since;
}

function refusalFor(code: string): Response | null {
  if (NOT_ALLOWED.has(code)) return refused(403, "Forbidden");
  return NO_DESCRIPTORS.has(code) ? busy() : null;
}

function busy(): Response {
  return refused(503, "Server is busy", { "retry-after": String(BUSY_SECONDS) });
}
