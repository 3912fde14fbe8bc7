// What a room on disk may look like. The disk is a door: a record is checked here before it becomes a room, and one of an older layout
// is brought up to this one first. A change of RoomRecord is a new layout: a new number, a migration from the one before, and a new
// golden file in test/snapshot/golden.
import { z } from "zod";
import type { RoomRecord } from "../rooms/record.ts";
import { CROWD_EVENTS, crowd } from "./crowdLayout.ts";
import { clientId, count, json } from "./layoutFields.ts";

/** The layout that is written. */
export const LAYOUT = 4;

const sealed = z.string().min(1).nullable();

const ref = z.union([z.string(), z.number()]);

const shaped = z.strictObject({ body: json, shape: z.string() });
const owner = z.strictObject({ clientId, sealed });
const rules = z.strictObject({
  awayMs: count.nullable(),
  historyMax: count,
  hostGone: z.enum(["stay", "migrate", "close"]),
  capCounts: z.enum(["seats", "here"]),
  idsAre: z.enum(["public", "secret"]),
  creatorPlays: z.boolean(),
  audienceMax: count.optional(),
  names: z.literal("unique").optional(),
});
const seat = z.strictObject({
  clientId,
  index: count,
  name: z.string().nullable(),
  sealed,
  player: json.nullable(),
  joinedSeq: count,
  awaySince: z.number().nullable(),
  isBrief: z.boolean().optional(),
  done: z.strictObject({ last: ref.nullable(), undone: z.array(ref) }).optional(),
});

const event = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("message"), clientId, index: count, body: json }),
  z.strictObject({
    kind: z.literal("peerJoined"),
    clientId,
    index: count,
    name: z.string().nullable(),
    player: json.nullable(),
  }),
  z.strictObject({
    kind: z.literal("peerLeft"),
    clientId,
    index: count,
    reason: z.enum(["left", "lost", "kicked", "timeout"]),
  }),
  z.strictObject({ kind: z.literal("peerAway"), clientId, index: count, leftMs: count }),
  z.strictObject({ kind: z.literal("peerBack"), clientId, index: count, name: z.string().nullable() }),
  z.strictObject({ kind: z.literal("peerRenamed"), clientId, index: count, name: z.string() }),
  z.strictObject({ kind: z.literal("hostChanged"), clientId: clientId.nullable() }),
  z.strictObject({ kind: z.literal("roomLocked"), locked: z.boolean() }),
  z.strictObject({ kind: z.literal("state"), body: json }),
  z.strictObject({ kind: z.literal("player"), clientId, body: json }),
  z.strictObject({ kind: z.literal("shared"), state: json, player: json }),
  z.strictObject({
    kind: z.literal("session"),
    id: count.nullable(),
    type: z.string().regex(/^[a-z.-]+$/),
    timestamp: z.iso.datetime({ precision: 3 }),
    body: json,
  }),
  ...CROWD_EVENTS,
]);
const told = z.strictObject({ seq: count, event, except: count.nullable(), only: z.array(count).nullable() });
const history = z.strictObject({ seq: count, droppedSeq: count, told: z.array(told) });

/** A room as it is written: its fields, and what must fit together between them. */
export const Layout = z
  .strictObject({
    // Of whichever wire: those of party are of fewer characters than those of party2.
    code: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{4,8}$/),
    wire: z.string(),
    wireData: z.string().nullable(),
    id: z.string().min(1),
    epoch: z.string().min(1),
    address: z.string(),
    origin: z.string(),
    maxClients: z.int().min(1),
    rules,
    state: json.nullable(),
    defaults: shaped.nullable(),
    locked: z.boolean(),
    bans: z.strictObject({ clientIds: z.array(clientId), sealed: z.array(z.string()) }).nullable(),
    creator: clientId,
    owner,
    nextIndex: count,
    seats: z.array(seat).min(1),
    history: history.nullable(),
    crowd: crowd.optional(),
  })
  .refine(({ seats }) => isDistinct(seats.map(({ clientId }) => clientId)), error("seats", "of one clientId"))
  .refine(({ seats }) => isDistinct(seats.map(({ index }) => index)), error("seats", "of one index"))
  .refine(({ seats, nextIndex }) => seats.every(({ index }) => index < nextIndex), error("nextIndex", "is taken"))
  .refine(
    ({ rules, history }) => rules.historyMax > 0 === (history !== null),
    error("history", "is not as the rules say"),
  )
  .refine(({ history }) => history === null || isInOrder(history), error("history", "is out of order"));

/** Reads a record. A Flaw says what is wrong without a word of the text: that holds ids and messages, and the reason is logged. */
export function readRecord(text: string, layout: number): RoomRecord | Flaw {
  try {
    const upToDate = (MIGRATIONS[layout] ?? same)(JSON.parse(text));
    const read = Layout.safeParse(upToDate);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    return new Flaw(`${issue?.path.join(".") || "it"}: ${issue?.code ?? "invalid"}`);
  } catch (error) {
    return new Flaw(error instanceof z.ZodError ? "it is not of its layout" : "it is no JSON");
  }
}

/** Why a record cannot be taken. */
export class Flaw {
  constructor(readonly reason: string) {}
}

/** Whether records of that layout can be read: this one's and those before, so that an update may leave a version out. */
export function isReadable(layout: number): boolean {
  return layout === LAYOUT || layout in MIGRATIONS;
}

const Layout1 = z.looseObject({
  memo: z.unknown(),
  awayMs: z.unknown(),
  rules: z.looseObject({ isNumbered: z.unknown() }),
  history: z.looseObject({ told: z.array(z.looseObject({ event: z.looseObject({ kind: z.string() }) })) }).nullable(),
});
const Message1 = z.looseObject({ from: z.looseObject({ clientId: z.unknown(), index: z.unknown() }) });
const PeerJoined1 = z.looseObject({ peer: z.looseObject({}) });

/** Older layout → what brings its records up to LAYOUT; the result is checked like any record. */
const MIGRATIONS: Readonly<Record<number, (record: unknown) => unknown>> = {
  /** 0.1.0 wrote its internal events, had `awayMs` beside the rules, and called `wireData` a memo. */
  1(record) {
    const { memo: wireData, awayMs, rules: rules1, history: history1, ...rest } = Layout1.parse(record);
    const { isNumbered: _, ...rules } = rules1;
    const history = history1 && {
      ...history1,
      told: history1.told.map((one) => ({ ...one, event: eventOfLayout1(one.event) })),
    };
    return withNamesTold(withDroppedSeq({ ...rest, wireData, rules: { awayMs, ...rules }, history }));
  },
  /** 0.2.0 knew no member that is renamed, codes of capitals alone, and kept of its history all after the oldest that it kept. */
  2: (record) => withNamesTold(withDroppedSeq(record)),
  /** Knew nothing beside seats, and did not tell the name of who is back. */
  3: withNamesTold,
};

const History2 = z.looseObject({
  history: z.looseObject({ seq: count, told: z.array(z.looseObject({ seq: count })) }).nullable(),
});

const History3 = z.looseObject({
  history: z.looseObject({ told: z.array(z.looseObject({ event: z.looseObject({ kind: z.string() }) })) }).nullable(),
});

/** Of whoever was back no name was told with that: it is the one it had, and what it was called otherwise was told beside. */
function withNamesTold(record: unknown): unknown {
  const { history, ...rest } = History3.parse(record);
  const told = history?.told.map((one) =>
    one.event.kind === "peerBack" ? { ...one, event: { ...one.event, name: null } } : one,
  );
  return { ...rest, history: history && { ...history, told } };
}

function withDroppedSeq(record: unknown): unknown {
  const { history, ...rest } = History2.parse(record);
  const oldest = history?.told[0];
  const droppedSeq = oldest === undefined ? history?.seq : oldest.seq - 1;
  return { ...rest, history: history && { ...history, droppedSeq } };
}

function eventOfLayout1(event: { readonly kind: string }): unknown {
  if (event.kind === "message") {
    const { from, ...message } = Message1.parse(event);
    return { ...message, clientId: from.clientId, index: from.index };
  }
  if (event.kind === "peerJoined") {
    const { clientId, index, name, player } = PeerJoined1.parse(event).peer;
    return { kind: "peerJoined", clientId, index, name, player };
  }
  return event;
}

function same(record: unknown): unknown {
  return record;
}

/** Whether the numbers go up, and none is beyond the room's last. */
function isInOrder({ seq, told }: z.infer<typeof history>): boolean {
  return told.every((one, at) => one.seq > (told[at - 1]?.seq ?? 0)) && (told.at(-1)?.seq ?? seq) <= seq;
}

function isDistinct(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

function error(field: string, message: string) {
  return { path: [field], error: message };
}
