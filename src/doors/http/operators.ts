// What operators see of a server that runs, and what they may do to a room [M1]–[M14]. A room does it and tells it, as for its host; here it is
// parsed, written down in the log and the recorder, and answered.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { NOT_IN_TEXT } from "../../protocol/text.ts";
import { foldCode, typedCode } from "../../rooms/codes.ts";
import type { Member, Room } from "../../rooms/room.ts";
import { optional } from "../../sessions/fields.ts";
import { SORTS, type Sort } from "../monitor.ts";
import { json, jsonText, refused } from "./answer.ts";
import { type ApiDeps, type CallContext, call, numberOf, PAGE_ROWS_MAX } from "./call.ts";
import { ClosedView, KickedView, LockedView, MonitorView, RecordView, RoomView } from "./operatorViews.ts";
import { roomView } from "./roomView.ts";

/** Entries of the recorder in one answer. */
const EVENTS_MAX = 200;
const INDEX_MAX = Number.MAX_SAFE_INTEGER;

const REASON = new RegExp(`^[^${NOT_IN_TEXT}]{0,${WIRE.reasonCharsMax}}$`, "u");
const reason = z.string().regex(REASON).nullish().describe("Told to whom it concerns, and written in the log.");

const Close = z.object({ reason });
const Lock = z.object({ locked: z.boolean().describe("Whether it takes nobody new.") });
const Kick = z.object({
  index: z.int().min(0).max(INDEX_MAX).describe("Which member."),
  reason,
  ban: optional(z.boolean()).describe(
    "false: it may come back; else neither its clientId nor its secret gets in again.",
  ),
});

const TAKES: Readonly<Record<string, string>> = {
  reason: `at most ${WIRE.reasonCharsMax} printable characters`,
  locked: "true or false",
  index: "the index of a member",
  ban: "true or false",
};

const SINCE = "Only what was recorded after this id.";
const DIALECT = "The wire whose room is meant; unless said the first that is found.";

type Asked = Pick<CallContext, "code" | "query" | "caller" | "tokenId">;

export const OPERATOR_CALLS = [
  call("GET", "/api/monitor", {
    summary: "How the server stands: counters, the first 100 rooms of an order, what was recorded.",
    gives: MonitorView,
    needsToken: true,
    query: {
      sort: "The order of the rooms: `busy` (unless said), `members`, `age` or `quiet`.",
      q: "Only rooms whose code, or number, begins so.",
      since: `${SINCE} Unless said the newest.`,
    },
    answer({ query }, { monitor, recorder }) {
      const sort = sortOf(query.get("sort") || "busy");
      if (sort === null) return refused(400, `sort must be ${SORTS.join(", ")}`);
      const since = numberOf(query, "since", Number.MAX_SAFE_INTEGER);
      if (since instanceof Response) return since;
      const recorded = JSON.stringify({ ...recorder.after(since, EVENTS_MAX), recording: recorder.isOn });
      // Both are objects as text: the first is made once a second for all who ask.
      return jsonText(`${monitor.text(sort, query.get("q") ?? "").slice(0, -1)},${recorded.slice(1)}`);
    },
  }),
  call("GET", "/api/rooms/:code", {
    summary: "One room: its members, how they are connected, its rules, how much it keeps.",
    gives: RoomView,
    needsToken: true,
    query: { dialect: DIALECT },
    answer(asked, deps) {
      const room = roomAt(asked, deps);
      return room instanceof Response ? room : json(roomView(room, deps));
    },
  }),
  call("GET", "/api/rooms/:code/record", {
    summary: "What the recorder holds of a room, also after its end.",
    gives: RecordView,
    needsToken: true,
    query: { dialect: DIALECT, since: SINCE },
    answer: record,
  }),
  call("POST", "/api/rooms/:code/close", {
    summary: "Ends a room, as its host would.",
    gives: ClosedView,
    needsToken: true,
    query: { dialect: DIALECT },
    body: Close,
    takes: TAKES,
    answer({ body, ...asked }, deps) {
      const room = roomAt(asked, deps);
      if (room instanceof Response) return room;
      const members = room.here;
      deps.recorder.operator("operatorClose", room);
      audit("close", room, asked, deps, { members, ...why(body) });
      room.close("roomClosed", body.reason || null);
      return json({ code: room.code, members });
    },
  }),
  call("POST", "/api/rooms/:code/lock", {
    summary: "Locks a room, or opens its lock, as its host would.",
    gives: LockedView,
    needsToken: true,
    query: { dialect: DIALECT },
    body: Lock,
    takes: TAKES,
    answer({ body: { locked }, ...asked }, deps) {
      const room = roomAt(asked, deps);
      if (room instanceof Response) return room;
      if (room.isLocked === locked) return refused(409, locked ? "Room is locked already" : "Room is not locked");
      deps.recorder.operator(locked ? "operatorLock" : "operatorUnlock", room);
      audit(locked ? "lock" : "unlock", room, asked, deps, {});
      room.lock(locked);
      return json({ code: room.code, locked });
    },
  }),
  call("POST", "/api/rooms/:code/kick", {
    summary: "Puts a member out, here or away, as the host would; for good unless `ban` is false.",
    gives: KickedView,
    needsToken: true,
    query: { dialect: DIALECT },
    body: Kick,
    takes: TAKES,
    answer({ body, ...asked }, deps) {
      const room = roomAt(asked, deps);
      if (room instanceof Response) return room;
      const { index } = body;
      const member = memberAt(room, index);
      if (member === null) return refused(404, "Member not found");
      // A member of a numbered room is its line, and the next line has another number.
      const banned = body.ban !== false && room.number === null;
      deps.recorder.operator("operatorKick", room, index);
      audit("kick", room, asked, deps, { seat: index, banned, ...why(body) });
      room.kick(null, member.clientId, body.reason || null, banned);
      return json({ code: room.code, index, banned });
    },
  }),
];

function record(asked: Asked, deps: ApiDeps): Response {
  const { recorder, roomsOpen } = deps;
  const since = numberOf(asked.query, "since", Number.MAX_SAFE_INTEGER);
  if (since instanceof Response) return since;
  const room = roomAt(asked, deps);
  const dialect = asked.query.get("dialect");
  const read = dialect ? [roomsOpen.codeOf(asked.code, dialect)] : [typedCode(asked.code), foldCode(asked.code)];
  const codes = room instanceof Response ? read : [room.code];
  const code = codes.find((meant) => recorder.of(meant, 0, 1).length > 0);
  if (code === undefined && room instanceof Response) return room;
  const events = code === undefined ? [] : recorder.of(code, since ?? 0, PAGE_ROWS_MAX);
  return json({ events, next: recorder.last, recording: recorder.isOn });
}

/** The room that the path names [M7], or why there is none. */
function roomAt({ code, query }: Asked, { roomsOpen: rooms }: ApiDeps): Room | Response {
  const dialect = query.get("dialect");
  const room = dialect ? rooms.find(code, dialect) : rooms.at(code);
  return room ?? refused(404, "Room not found");
}

function memberAt(room: Room, index: number): Member | null {
  for (const seat of room.seats) if (seat.index === index) return seat;
  return null;
}

function sortOf(word: string): Sort | null {
  return SORTS.find((sort) => sort === word) ?? null;
}

/** One line in the log for what an operator does, before what comes of it [M13]. */
function audit(did: string, { code, wire }: Room, { caller, tokenId }: Asked, { log }: ApiDeps, more: object): void {
  const who = { address: caller().address(), token: tokenId() };
  log.info({ audit: did, room: code, dialect: wire, ...who, ...more }, "an operator's doing");
}

function why({ reason }: { readonly reason?: string | null | undefined }): { reason?: string } {
  return reason ? { reason } : {};
}
