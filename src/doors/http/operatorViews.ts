// What operators are shown of a server that runs, as zod schemas [M2]–[M14]. No body of a message, no address and no secret has a place in any of them;
// names of members stand in the view of one room alone.
import { z } from "zod";
import { EVENT_KINDS } from "../recorder.ts";

const ms = z.int().min(0);
const count = z.int().min(0);
const code = z
  .string()
  .describe("The code of a room, as its members write it; of a numbered room one that only operators see.");
const number = z.int().nullable().describe("The number by which a room of `sessionserver` is known; else null.");
const session = z.int().nullable().describe("The session that goes on in it; null: none.");
const at = z.int().describe("When this was read, in ms since 1970, by the server's clock.");
const busy = count.describe("What the room was told since it was opened: one for each message, however many heard it.");

export const RecordedView = z
  .strictObject({
    id: z.int().min(1).describe("Counts up from 1 for the life of the server."),
    at: z.int().describe("ms since 1970"),
    kind: z.enum(EVENT_KINDS),
    room: code.nullable().describe("null: of a line in no room, or of the server."),
    number,
    dialect: z.string().nullable().describe("The wire of the room, or of the line; null: of none."),
    seat: count.nullable().describe("The index of the member; null: of none."),
    what: z
      .string()
      .nullable()
      .describe(
        "`left`: the reason; `refused`: the name of the refusal; `paused`: the bucket that ran dry; `closed`, `flooded`, `unread`: what the code says; else null.",
      ),
    code: z.int().nullable().describe("`closed`, `flooded`, `unread`: the code with which the line closed; else null."),
  })
  .describe("Something rare that happened.");

export const RoomRow = z
  .strictObject({
    code,
    number,
    dialect: z.string(),
    here: count.describe("Members that are here."),
    away: count.describe("Seats that wait for their members."),
    maxClients: count,
    audience: count.describe("Those who watch it without a seat."),
    locked: z.boolean(),
    ageMs: ms.describe("Since it was opened, or restored."),
    quietMs: ms.describe("Since it was told something, to a tenth of a second."),
    busy,
    session,
  })
  .describe("A room in the list.");

export const MonitorView = z
  .strictObject({
    at,
    startedAt: z
      .int()
      .describe("When this server began, in ms since 1970: with another one all counters and ids begin anew."),
    version: z.string(),
    node: z
      .string()
      .nullable()
      .describe(
        "Of several nodes the one that answers: all figures, rooms and entries are its own; null: there is one.",
      ),
    draining: z.boolean(),
    now: z
      .strictObject({
        lines: count,
        rooms: count,
        here: count.describe("Members of all rooms that are here."),
        away: count.describe("Seats that wait for their members."),
        audience: count.describe("Those who watch rooms without a seat."),
        listeners: count.describe("Lines of the live socket that have shown a token."),
        keptBytes: count.describe("What rooms keep, as it is counted."),
        unreadBytes: count.describe("What all lines left unread when they were last looked at."),
        memoryBytes: count,
      })
      .describe("As it stands."),
    totals: z
      .strictObject({
        linesOpened: count,
        roomsOpened: count,
        sessionsOpened: count,
        messagesIn: count,
        messagesOut: count,
        bytesIn: count,
        bytesOut: count,
        pauses: count,
        waits: count,
        dropped: count,
        abandoned: count,
        faults: count,
        resumesOk: count,
        resumesFailed: count,
        failedLogins: count,
        cpuMs: count,
      })
      .describe("Since the start; a rate is the difference of two answers."),
    refusals: z.record(z.string(), count).describe("By name, those that are not 0."),
    limited: z
      .record(z.string(), count)
      .describe("Refusals and pauses by the bucket that ran dry, those that are not 0."),
    closes: z
      .record(z.string(), count)
      .describe("Lines closed by code, those that are not 0; `other`: a client's own codes."),
    lag: z
      .strictObject({
        boundsMs: z.array(z.number()),
        counts: z
          .array(count)
          .describe("Beats that were at most so late, and not within the bound before; the last: later than all."),
        sumMs: z.number().min(0),
      })
      .describe("How late the server's own beat of 100 ms came, since the start."),
    rooms: z.array(RoomRow).max(100).describe("The first of that order."),
    total: count.describe("Rooms in all."),
    matched: count.describe("Rooms that `q` finds."),
    events: z
      .array(RecordedView)
      .max(200)
      .describe("What was recorded after `since`, oldest first; without `since` the newest."),
    next: count.describe("What to say as `since` next."),
    missed: count.describe("What came after `since` and is recorded no more."),
    recording: z.boolean().describe("false: RECORDER_EVENTS is 0."),
  })
  .describe("How the server stands.");

export const MemberView = z
  .strictObject({
    index: count,
    name: z.string().nullable(),
    clientId: z
      .string()
      .optional()
      .describe("Where the wire tells it to all members; absent where it is the key to the seat."),
    host: z.boolean(),
    here: z.boolean(),
    leftMs: ms
      .nullable()
      .describe("Away: until its seat is given up; null: it is here, or its seat waits as long as the room."),
    unreadBytes: count.nullable().describe("Here: what its client has not read yet."),
    silentMs: ms.nullable().describe("Here: since anything of it was heard, pongs included."),
    paused: z.boolean().describe("Whether its reads are paused: it was too fast, or waits its turn."),
  })
  .describe("A member of a room.");

export const RoomView = z
  .strictObject({
    at,
    ...RoomRow.shape,
    origin: z.string().describe("The `Origin` that opened it, or `unknown`."),
    members: z.array(MemberView),
    host: count.nullable().describe("The index of the host; null: nobody is."),
    rules: z.strictObject({
      awayMs: ms.nullable().describe("How long a seat waits; null: as long as the room."),
      history: count.describe("How many of the last events are kept for a resume."),
      hostGone: z.enum(["stay", "migrate", "close"]),
      capCounts: z.enum(["seats", "here"]),
      plays: z.boolean().describe("Whether its creator plays."),
    }),
    seq: count.nullable().describe("The number of the last thing it was told; null: it has no history."),
    stateBytes: count.describe("Its state, as it is counted; 0: none."),
    historyEvents: count,
    historyBytes: count,
    keptBytes: count.describe("All that it keeps, as it is counted."),
    bans: count,
  })
  .describe("A room, without anything that is said in it.");

export const RecordView = z
  .strictObject({
    events: z.array(RecordedView).max(500).describe("Of this code, oldest first: the newest 500."),
    next: count.describe("The newest id of all that was recorded: what to say as `since` next."),
    recording: z.boolean(),
  })
  .describe("What was recorded of a room, also after its end.");

export const ClosedView = z.strictObject({ code, members: count.describe("Members whose lines were closed.") });
export const LockedView = z.strictObject({ code, locked: z.boolean() });
export const KickedView = z.strictObject({
  code,
  index: count,
  banned: z.boolean().describe("false also in a numbered room, whose members are known by their lines alone."),
});
