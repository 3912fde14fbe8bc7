// Every frame that the party2 dialect sends, letter by letter, and every event it must not send. Its clients compare texts, and
// some leave the game on one they do not know: a change here is a change of the wire.
import { describe, expect, test } from "bun:test";
import { party2 } from "../../src/dialects/party2/codec.ts";
import { TEXTS } from "../../src/dialects/party2/errors.ts";
import { FRAMES } from "../../src/dialects/party2/frames.ts";
import type { Asked } from "../../src/protocol/commands.ts";
import type { Event, Picture } from "../../src/protocol/events.ts";
import { CLOSES, REFUSALS, type RefusalName, refuse } from "../../src/protocol/refusals.ts";

const wire = party2({ instance: "i1", region: "fra" });

const tv = { clientId: "key-0", index: 0, name: "TV", isAway: false, player: "{}" };
const ann = { clientId: "key-1", index: 1, name: "Ann", isAway: false, player: null };
const bob = { clientId: "key-2", index: 2, name: null, isAway: true, player: null };
const picture: Picture = {
  code: "GXHB",
  host: "key-0",
  peers: [tv, ann, bob],
  locked: false,
  state: null,
  epoch: "e0",
  seq: 4,
  wireData: null,
  number: null,
  defaults: null,
  session: null,
};
const url = 'https://{instance}.example/{room}?r={room}&q="';
const asked = (type: string): Asked => ({ type, ref: 7 });
const speaker = (index: number) => ({ clientId: `key-${index}`, index, messageHead: null });

type Row = [title: string, event: Event, frame: string, asked?: Asked | undefined];

const GOLDEN: readonly Row[] = [
  [
    "[Q2] created",
    { kind: "created", picture, clientId: "key-0" },
    '{"type":"created","room":"GXHB","instance":"i1","region":"fra","index":0}',
    asked("create"),
  ],
  [
    "[Q9] created, with a link",
    { kind: "created", picture: { ...picture, wireData: url }, clientId: "key-0" },
    '{"type":"created","room":"GXHB","instance":"i1","region":"fra","index":0,"url":"https://i1.example/GXHB?r=GXHB&q=\\""}',
  ],
  [
    "[Q2] joined: the others that are connected",
    { kind: "joined", picture, index: 1, missed: undefined },
    '{"type":"joined","room":"GXHB","index":1,"peers":[0]}',
    asked("join"),
  ],
  [
    "[Q2] joined, lowest index first",
    { kind: "joined", picture: { ...picture, peers: [{ ...tv, index: 3 }, ann] }, index: 2, missed: null },
    '{"type":"joined","room":"GXHB","index":2,"peers":[1,3]}',
  ],
  [
    "[Q2] joined, lowest index first, by number and not by text",
    {
      kind: "joined",
      picture: {
        ...picture,
        peers: [
          { ...tv, index: 10 },
          { ...ann, index: 9 },
        ],
      },
      index: 2,
      missed: null,
    },
    '{"type":"joined","room":"GXHB","index":2,"peers":[9,10]}',
  ],
  [
    "[Q9] joined, with a link, and without the state in it [Q6]",
    { kind: "joined", picture: { ...picture, wireData: url, state: "1" }, index: 1, missed: null },
    '{"type":"joined","room":"GXHB","index":1,"peers":[0],"url":"https://i1.example/GXHB?r=GXHB&q=\\""}',
  ],
  ["[Q5] peer_joined", { kind: "peerJoined", peer: ann }, '{"type":"peer_joined","index":1}'],
  [
    "[Q5] peer_joined of one that is back",
    { kind: "peerBack", clientId: "key-1", index: 1, name: null },
    '{"type":"peer_joined","index":1}',
  ],
  [
    "[Q5] peer_left of one that left",
    { kind: "peerLeft", clientId: "key-1", index: 1, reason: "left" },
    '{"type":"peer_left","index":1}',
  ],
  [
    "[Q5] peer_left of one that is away",
    { kind: "peerAway", clientId: "key-1", index: 1, leftMs: Number.POSITIVE_INFINITY },
    '{"type":"peer_left","index":1}',
  ],
  [
    "[Q6] message",
    { kind: "message", from: speaker(1), body: '{"x":1e400}' },
    '{"type":"message","from":1,"data":{"x":1e400}}',
  ],
  ["[Q6] state", { kind: "state", body: "[ 1 ]" }, '{"type":"state","data":[ 1 ]}'],
];

const SILENT: readonly Event[] = [
  { kind: "peerLeft", clientId: "key-1", index: 1, reason: "timeout" },
  { kind: "peerRenamed", clientId: "key-1", index: 1, name: "Ann" },
  { kind: "hostChanged", clientId: "key-1" },
  { kind: "roomLocked", locked: true },
  { kind: "player", clientId: "key-1", body: "1" },
  { kind: "left" },
  { kind: "pong", t: 1 },
  { kind: "ack", delivered: 1, seq: null },
  { kind: "tick", t: 1 },
  { kind: "session", id: 1, type: "session.ended", timestamp: "2026-11-21T00:00:00.000Z", body: "{}" },
  { kind: "authenticated" },
  { kind: "subscribed" },
  { kind: "unsubscribed" },
  { kind: "bye", close: CLOSES.goingAway, reason: "server going away", retryAfterMs: 1 },
];

/** What each no of the core is told as; null: the line is closed with this code instead. */
const REFUSED: Readonly<Partial<Record<RefusalName, string | number>>> = {
  invalid_json: "Invalid JSON",
  unknown_type: "Unknown message type",
  client_id_required: "clientId is required",
  max_clients_invalid: "maxClients must be a positive number",
  room_required: "room is required",
  room_not_found: "Room not found",
  room_full: "Room is full",
  already_in_room: "Already in a room",
  not_in_room: "Not in a room",
  target_not_found: "Target peer not found",
  not_host: "Only the host can close the room",
  wrong_secret: "Room not found",
  room_locked: "Room is full",
  banned: "Room not found",
  too_large: "State too large",
  too_deep: "Invalid JSON",
  code_taken: "Server draining",
  too_many_rooms: 4100,
  server_full: 4100,
  draining: "Server draining",
  too_many_attempts: 4101,
  bad_field: "maxClients must be a positive number",
};

describe("frames", () => {
  const rows = GOLDEN.map(([title, event, frame, asked]): [string, Event, string, Asked | undefined] => [
    title,
    event,
    frame,
    asked,
  ]);
  test.each(rows)("%s", (_, event, frame, asked) => {
    expect(wire.encode(event, asked, 5)).toBe(frame);
    const read = JSON.parse(frame.replaceAll("1e400", "1"));
    expect(FRAMES[read.type as keyof typeof FRAMES].safeParse(read).error).toBeUndefined();
    expect(frame).not.toContain("key-");
  });

  test("[Q2] every frame there is stands above", () => {
    const types = GOLDEN.map(([, , frame]) => JSON.parse(frame.replaceAll("1e400", "1")).type);
    expect([...new Set(types), "error"].sort()).toEqual(Object.keys(FRAMES).sort());
  });

  test.each(SILENT.map((event): [string, Event] => [event.kind, event]))("[Q2] %s is no frame", (_, event) => {
    expect(wire.encode(event, asked("send"))).toBeNull();
  });

  test("[Q6] the state follows `joined`, and nothing else", () => {
    const joined = (state: string | null): Event => ({
      kind: "joined",
      picture: { ...picture, state },
      index: 1,
      missed: undefined,
    });
    expect(wire.followUps?.(joined("null"))).toEqual(['{"type":"state","data":null}']);
    expect(wire.followUps?.(joined(null))).toEqual([]);
    expect(wire.followUps?.({ kind: "created", picture: { ...picture, state: "1" }, clientId: "key-0" })).toEqual([]);
  });
});

test("[Q6] the head of a member's messages is made once", () => {
  const from = { clientId: "key-1", index: 1, messageHead: '{"type":"message","from":7,"data":' };
  expect(wire.encode({ kind: "message", from, body: "1" })).toBe('{"type":"message","from":7,"data":1}');
});

describe("errors", () => {
  test.each(Object.entries(REFUSED))("[Q3][Q4] %s is %p", (name, told) => {
    const refusal = refuse(name as RefusalName, { retryAfterMs: 5, missing: ["key-1"], delivered: 1 });
    const close = wire.closesOn?.(refusal) ?? null;
    if (typeof told === "number") {
      expect<number | null>(close === null ? null : CLOSES[close].code).toBe(told);
      return;
    }
    expect(close).toBeNull();
    const frame = { type: "error", message: told };
    expect(wire.encode(refusal, asked("join"))).toBe(JSON.stringify(frame));
    expect(FRAMES.error.safeParse(frame).success).toBe(true);
  });

  test("[Q3] the core's own words for a field never get out, nor any name without a row", () => {
    const refusal = refuse("bad_field", { text: "maxClients must be at most 100" });
    expect(wire.encode(refusal)).toBe('{"type":"error","message":"maxClients must be a positive number"}');
    for (const name of Object.keys(REFUSALS) as RefusalName[]) {
      expect(TEXTS as readonly string[]).toContain(JSON.parse(wire.encode(refuse(name)) ?? "{}").message);
    }
  });

  test("[Q3][Q8] who is not the host is told what only the host can do", () => {
    const text = (type: string) => JSON.parse(wire.encode(refuse("not_host"), asked(type)) ?? "{}").message;
    expect([text("set_state"), text("close_room")]).toEqual([
      "Only the host can set state",
      "Only the host can close the room",
    ]);
  });
});
