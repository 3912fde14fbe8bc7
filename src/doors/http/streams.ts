// Sessions for who reads on: the log, events as they are told, and exports of all there is. What is parsed here is opened by `streams/`; what a session is,
// nobody here knows.
import { z } from "zod";
import { isRefusal } from "../../protocol/refusals.ts";
import { findSession } from "../../sessions/find.ts";
import { json, refused } from "./answer.ts";
import { type ApiDeps, type CallContext, call, numberOf, pageOfSession, refusalResponse, seesCodes } from "./call.ts";
import { EXPORTS, exportOf, FORMATS } from "./exports.ts";
import { LoggedView, loggedView } from "./views.ts";

/** Parameters of queries, in words. */
const AFTER = "Only rows with a greater id.";
const LIMIT = "Rows at most: up to 50, with a token up to 500.";

/** Characters of events on one page: a few milliseconds' work. */
const PAGE_CHARS_MAX = 1024 * 1024;
const EVENTS_TYPE = "text/event-stream";
const SINCE = "Every event with a greater id comes first; `Last-Event-ID` goes before it.";
const Stream = z.string().describe("Server-sent events: `id`, `event`, and `data` with `{type, timestamp, data, id}`.");

export const STREAM_CALLS = [
  call("GET", "/api/sessions/:id/events", {
    summary: "The log of a session.",
    gives: z.array(LoggedView),
    query: { after: AFTER, limit: LIMIT },
    needsToken: true,
    isForViewers: true,
    answer(context, { store }) {
      const page = pageOfSession(context, store);
      if (page instanceof Response) return page;
      const events = store.events(context.sessionId, page.from ?? 0, page.limit, PAGE_CHARS_MAX);
      return json(events.map((event) => loggedView(event, page.codes)));
    },
  }),
  call("GET", "/api/sessions/stream", {
    summary: "The events of all sessions begun with a token, as server-sent events.",
    gives: Stream,
    streams: [EVENTS_TYPE],
    query: { since: SINCE },
    needsToken: true,
    isForViewers: true,
    answer: (context, deps) => {
      if (context.pass?.session != null) return refused(403, "This token is for another session");
      return stream(null, context, deps);
    },
  }),
  call("GET", "/api/sessions/:id/stream", {
    summary: "The events of a session, as server-sent events.",
    gives: Stream,
    streams: [EVENTS_TYPE],
    query: { since: SINCE },
    needsToken: true,
    isForViewers: true,
    answer: (context, deps) => {
      const session = findSession(deps.store, context.sessionId);
      return isRefusal(session) ? refusalResponse(session) : stream(context.sessionId, context, deps);
    },
  }),
  call("GET", "/api/sessions/:id/export", {
    summary: "All games, votes or events of a session, as JSON lines or CSV.",
    gives: z.string().describe("A row a line; in CSV the first line names the columns."),
    streams: Object.values(FORMATS),
    query: { of: "`games`, `votes` or `events`.", format: "`jsonl` (unless said) or `csv`." },
    needsToken: true,
    isForViewers: true,
    answer: exported,
  }),
];

function stream(sessionId: number | null, context: CallContext, { outside: { streams } }: ApiDeps): Response {
  const { pass, caller, query, lastEventId, isHead } = context;
  const since = lastEventId ? idOf(lastEventId) : numberOf(query, "since", Number.MAX_SAFE_INTEGER);
  if (since instanceof Response) return since;
  if (isHead || pass === null) return headOnly({ "content-type": EVENTS_TYPE });
  return streams.events(sessionId, since, { pass, caller: caller() });
}

function exported(
  { sessionId, query, pass, caller, isHead }: CallContext,
  { store, outside: { streams } }: ApiDeps,
): Response {
  const of = EXPORTS.find((word) => word === query.get("of"));
  if (of === undefined) return refused(400, `of must be ${EXPORTS.join(", ")}`);
  const format = query.get("format") || "jsonl";
  if (format !== "jsonl" && format !== "csv") return refused(400, "format must be jsonl, csv");
  const session = findSession(store, sessionId);
  if (isRefusal(session)) return refusalResponse(session);
  const headers = {
    "content-type": FORMATS[format],
    "content-disposition": `attachment; filename="session-${sessionId}-${of}.${format}"`,
  };
  if (isHead || pass === null) return headOnly(headers);
  const source = exportOf(store, sessionId, { of, format, codes: seesCodes(pass, sessionId) });
  return streams.open(source, headers, { pass, caller: caller() });
}

/** The id that a client has heard last. */
function idOf(text: string): number | Response {
  return /^\d{1,15}$/.test(text) ? Number(text) : refused(400, "Last-Event-ID must be the id of an event");
}

function headOnly(headers: Record<string, string>): Response {
  return new Response(null, { headers: { "cache-control": "no-store", ...headers } });
}
