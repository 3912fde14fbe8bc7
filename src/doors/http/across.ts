// What HTTP asks of another node: a request as it is carried there, and its answer as it leaves here [N11]. Which node has what, the directory says
// and who keeps the sessions; how any of it gets there, nobody here knows.
import { HTTP_BODY_BYTES_MAX } from "../../limits/table.ts";
import { CODE_LENGTH_MAX, foldCode, typedCode } from "../../rooms/codes.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Elsewhere, Question, SessionsPlace } from "../elsewhere.ts";
import { refused } from "./answer.ts";
import type { Caller } from "./rooms.ts";

/** Those that an answer depends on. */
const HEADERS = ["authorization", "content-type", "content-encoding", "origin", "host"] as const;
const CORS = { "access-control-allow-origin": "*" };
/** When to ask again for what nobody can be asked about now. */
const RETRY_SECONDS = 2;

/** Where a room is, as far as HTTP has to know; null: nobody can say, or reach it, now. */
type There = SessionsPlace;

/** Where the room of a code is that is not here: the first of these readings that another node has. */
export async function placeOfCodes(codes: readonly string[], elsewhere: Elsewhere): Promise<There> {
  for (const code of codes) {
    const place = await elsewhere.find(code);
    if (place === "unknown" || place === "ownerless") return null;
    if (typeof place !== "string") return place;
  }
  return "here";
}

/** The codes that an operator may mean by what stands in a path, none of which is a room's here. */
export function foreignCodes(code: string, dialect: string | null, rooms: Rooms): string[] {
  if (dialect) return [rooms.foreignCode(code, dialect)].filter((read) => read !== null);
  if (rooms.at(code) !== null) return [];
  return [...new Set([typedCode(code), foldCode(code)])].filter((read) => read.length <= CODE_LENGTH_MAX);
}

/** What no node can be asked now. */
export function away(what: string): Response {
  return refused(503, `${what} cannot be reached now`, { ...CORS, "retry-after": String(RETRY_SECONDS) });
}

/** The answer of that node, or a 503. */
export async function askThere(
  request: Request,
  caller: Caller,
  { node }: { readonly node: string },
  elsewhere: Elsewhere,
): Promise<Response | null> {
  const question = await questionOf(request, caller);
  if (question instanceof Response) return question;
  const reply = await elsewhere.ask(node, question, (ms) => caller.holdMs(ms));
  return reply === null ? null : new Response(reply.body || null, { status: reply.status, headers: reply.headers });
}

async function questionOf(request: Request, caller: Caller): Promise<Question | Response> {
  const { method, headers, url } = request;
  const { pathname, search } = new URL(url, "http://localhost");
  const isRead = method === "GET" || method === "HEAD";
  const body = isRead ? "" : await bodyOf(request);
  if (body instanceof Response) return body;
  const carried = HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { method, path: pathname + search, headers: carried, body, address: caller.address(), peer: caller.peer() };
}

/** In base64, whatever it is: what it must be, who answers knows. */
async function bodyOf(request: Request): Promise<string | Response> {
  const tooLarge = refused(413, `Body must be at most ${HTTP_BODY_BYTES_MAX} bytes`);
  if (Number(request.headers.get("content-length")) > HTTP_BODY_BYTES_MAX) return tooLarge;
  try {
    const bytes = await request.arrayBuffer();
    return bytes.byteLength > HTTP_BODY_BYTES_MAX ? tooLarge : Buffer.from(bytes).toString("base64");
  } catch {
    return refused(400, "Body must be UTF-8");
  }
}
