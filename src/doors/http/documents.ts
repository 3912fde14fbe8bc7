// The documents that machines read: what can be asked by HTTP, what is said on each wire. They are the files of docs/, as they were when this
// server was built [O7]. None is loaded before somebody asks for it.
import { notFound } from "./misses.ts";
import { documentOf, pageAt } from "./pages.ts";

type Load = () => Promise<{ readonly default: unknown }>;

const FOLDER = "/docs/";
const HASH_CHARS = 10;
const LOADS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ["openapi.json", () => import("../../../docs/openapi.json")],
  ["asyncapi.json", () => import("../../../docs/asyncapi.json")],
  ["party.schema.json", () => import("../../../docs/party.schema.json")],
  ["party2.schema.json", () => import("../../../docs/party2.schema.json")],
  ["sessionserver.schema.json", () => import("../../../docs/sessionserver.schema.json")],
  ["live.schema.json", () => import("../../../docs/live.schema.json")],
]);
/** Each path of a document, and of the page that shows them. */
export const DOCUMENT_PATHS: readonly string[] = ["", ...LOADS.keys()].map((name) => FOLDER + name);

interface Document {
  readonly text: string;
  readonly hash: string;
}
/** Those that somebody has asked for. */
const made = new Map<string, Promise<Document>>();

/** The document at this path, null where the path is in no folder of theirs. */
export function documentAt(request: Request, path: string): Promise<Response> | Response | null {
  if (!path.startsWith(FOLDER)) return null;
  if (path === FOLDER) return pageAt(request, path);
  const name = path.slice(FOLDER.length);
  const load = LOADS.get(name);
  if (load === undefined) return notFound(path);
  const document = made.get(name) ?? read(load);
  made.set(name, document);
  return document.then(({ text, hash }) => documentOf(request, text, hash));
}

/** Its text as it lies in docs/. */
async function read(load: Load): Promise<Document> {
  const text = `${JSON.stringify((await load()).default, null, 2)}\n`;
  return { text, hash: new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, HASH_CHARS) };
}
