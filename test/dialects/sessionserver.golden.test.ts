// Every frame that the sessionserver dialect sends, letter by letter, in both namings, and every event it must not send. Its clients
// match text: a change here is a change of the wire.
import { describe, expect, test } from "bun:test";
import { sessionserver } from "../../src/dialects/sessionserver/codec.ts";
import { FRAMES } from "../../src/dialects/sessionserver/frames.ts";
import { DATA_NAMES } from "../../src/dialects/sessionserver/names.ts";
import type { Asked } from "../../src/protocol/commands.ts";
import type { Event, Picture } from "../../src/protocol/events.ts";
import { CLOSES, REFUSALS, type RefusalName, refuse } from "../../src/protocol/refusals.ts";

const { encode, followUps, closesOn } = sessionserver;

const SESSION = '{"map":"castle"}';
const PLAYER = '{"name":"?","pos":{"x":0}}';
const ANN = '{"name":"Ann","pos":{"x":14}}';

const first = { clientId: "3", index: 0, name: null, isAway: false, player: ANN };
const second = { clientId: "11", index: 2, name: null, isAway: false, player: PLAYER };
const third = { clientId: "7", index: 4, name: null, isAway: false, player: PLAYER };
/** What the wire has no word for is there all the same, and must not show. */
const picture: Picture = {
  code: "GXHB",
  host: "3",
  peers: [first, second, third],
  locked: true,
  state: SESSION,
  epoch: "e0",
  seq: 4,
  wireData: null,
  number: 5,
  defaults: PLAYER,
  session: '{"id":1}',
};
const asked = (type: string): Asked => ({ type, ref: undefined });
const withNames = (wireData: string | null): Picture => ({ ...picture, wireData });

type Row = [title: string, event: (wireData: string | null) => Event, frame: string];

/** With the names of the package's code. */
const GOLDEN: readonly Row[] = [
  [
    "[V3] sessionJoin of its creator",
    (wireData) => ({ kind: "created", picture: withNames(wireData), clientId: "3" }),
    `{"command":"sessionJoin","error":0,"sessionID":5,"playerID":3,"session":${SESSION},"player":${PLAYER}}`,
  ],
  [
    "[V4] sessionJoin of who joins: its own number, and the defaults",
    (wireData) => ({ kind: "joined", picture: withNames(wireData), index: 2, missed: undefined }),
    `{"command":"sessionJoin","error":0,"sessionID":5,"playerID":11,"session":${SESSION},"player":${PLAYER}}`,
  ],
  [
    "[V4] playerJoin",
    () => ({ kind: "peerJoined", peer: first }),
    `{"command":"playerJoin","error":0,"playerID":3,"player":${ANN}}`,
  ],
  [
    "[V8] playerUpdate",
    () => ({ kind: "player", clientId: "0", body: "null" }),
    '{"command":"playerUpdate","error":0,"playerID":0,"player":null}',
  ],
  [
    "[V11] sessionUpdate",
    () => ({ kind: "shared", state: '[1,"player"]', player: "{}" }),
    '{"command":"sessionUpdate","error":0,"session":[1,"player"],"player":{}}',
  ],
  ["[V12] sessionLeave", () => ({ kind: "left" }), '{"command":"sessionLeave","error":0}'],
  [
    "[V12] playerLeave",
    () => ({ kind: "peerLeft", clientId: "3", index: 0, reason: "left" }),
    '{"command":"playerLeave","error":0,"playerID":3}',
  ],
  [
    "[V13] playerLeave of one that was lost",
    () => ({ kind: "peerLeft", clientId: "3", index: 0, reason: "timeout" }),
    '{"command":"playerLeave","error":0,"playerID":3}',
  ],
];

/** The frame in the names of the package's README: the last of its own members, so nothing inside of data is meant. */
function renamed(frame: string): string {
  return frame.replace('"session":', '"sessionData":').replace(/"player":(?=[{n])/, '"playerData":');
}

const SILENT: readonly Event[] = [
  { kind: "peerAway", clientId: "3", index: 0, leftMs: 0 },
  { kind: "peerBack", clientId: "3", index: 0, name: null },
  { kind: "peerRenamed", clientId: "3", index: 0, name: "Ann" },
  { kind: "hostChanged", clientId: null },
  { kind: "roomLocked", locked: true },
  { kind: "state", body: "1" },
  { kind: "message", from: { clientId: "3", index: 0, messageHead: null }, body: "1" },
  { kind: "session", id: 1, type: "session.ended", timestamp: "2026-11-21T00:00:00.000Z", body: "{}" },
  { kind: "authenticated" },
  { kind: "subscribed" },
  { kind: "unsubscribed" },
  { kind: "ack", delivered: 1, seq: null },
  { kind: "pong", t: 1 },
  { kind: "tick", t: 1 },
  { kind: "bye", close: CLOSES.goingAway, reason: "server going away", retryAfterMs: 1 },
];

/** Fails unless the published schema of that frame takes it. */
function expectPublished(frame: string): void {
  const read = JSON.parse(frame);
  expect(FRAMES[read.command as keyof typeof FRAMES].safeParse(read).error).toBeUndefined();
}

describe("frames", () => {
  test.each([...GOLDEN])("%s", (_, event, frame) => {
    expect(encode(event(null), asked("joinSession"), 7, null)).toBe(frame);
    expectPublished(frame);
  });

  test.each([...GOLDEN])("[V16] %s, in the other names", (_, event, frame) => {
    const told = encode(event(DATA_NAMES), asked("joinSession"), 7, DATA_NAMES) ?? "";
    expect(told).toBe(renamed(frame));
    expectPublished(told);
  });

  test("[V4] who is there follows `sessionJoin`, in the order they came, and in the session's names", () => {
    const joined = (wireData: string | null): Event => ({
      kind: "joined",
      picture: withNames(wireData),
      index: 2,
      missed: undefined,
    });
    const told = [
      `{"command":"playerJoin","error":0,"playerID":3,"player":${ANN}}`,
      `{"command":"playerJoin","error":0,"playerID":7,"player":${PLAYER}}`,
    ];
    expect(followUps?.(joined(null))).toEqual(told);
    expect(followUps?.(joined(DATA_NAMES))).toEqual(told.map(renamed));
    for (const frame of [...told, ...told.map(renamed)]) expectPublished(frame);
  });

  test("[V1] nothing follows any other answer", () => {
    for (const [, event] of GOLDEN) if (event(null).kind !== "joined") expect(followUps?.(event(null))).toEqual([]);
  });

  test("[V1] every frame there is stands above", () => {
    const commands = GOLDEN.map(([, , frame]) => JSON.parse(frame).command);
    expect([...new Set(commands)].sort()).toEqual(Object.keys(FRAMES).sort());
  });

  test.each(SILENT.map((event): [string, Event] => [event.kind, event]))("[V19] %s is no frame", (_, event) => {
    expect(encode(event, asked("updatePlayer"))).toBeNull();
    expect(encode(event, undefined, 7, DATA_NAMES)).toBeNull();
  });
});

/** Each request, and the notice that answers it. */
const NOTICES = {
  createSession: "sessionJoin",
  joinSession: "sessionJoin",
  updateSession: "sessionUpdate",
  updatePlayer: "playerUpdate",
  leaveSession: "sessionLeave",
} as const;

/** What is told of a no besides 9. */
const NUMBERS: readonly [name: RefusalName, request: keyof typeof NOTICES, number: number][] = [
  ["already_in_room", "createSession", 4],
  ["already_in_room", "joinSession", 5],
  ["no_room", "joinSession", 6],
  ["room_not_found", "joinSession", 7],
  ["room_full", "joinSession", 7],
  ["not_in_room", "updateSession", 2],
  ["not_in_room", "updatePlayer", 2],
  ["not_in_room", "leaveSession", 2],
  ["wrong_shape", "updatePlayer", 4],
  ["bad_field", "updateSession", 9],
  ["too_large", "createSession", 9],
  ["too_large", "updateSession", 9],
  ["too_large", "updatePlayer", 9],
  ["too_deep", "updatePlayer", 9],
];

describe("refusals", () => {
  test.each([...NUMBERS])("[V5][V6][V7][V10][V15][V19] %s to %s is %d, and has no data", (name, request, error) => {
    const frame = JSON.stringify({ command: NOTICES[request], error });
    for (const wireData of [null, DATA_NAMES]) expect(encode(refuse(name), asked(request), null, wireData)).toBe(frame);
    expectPublished(frame);
  });

  test("[V1] every name there is has a number, whatever it answers, and is no 0", () => {
    const names = Object.keys(REFUSALS) as RefusalName[];
    for (const name of names) {
      const refusal = refuse(name, { retryAfterMs: 5, missing: ["3"], delivered: 1, text: "words" });
      for (const [request, command] of Object.entries(NOTICES)) {
        const { error, ...rest } = JSON.parse(encode(refusal, asked(request)) ?? "{}");
        expect(rest).toEqual({ command });
        expect([2, 4, 5, 6, 7, 9]).toContain(error);
      }
      expect(JSON.parse(encode(refusal) ?? "{}")).toMatchObject({ command: "", error: expect.any(Number) });
    }
  });

  test.each(["nope", "", "__proto__", "toString", 'a"b\\\u0000\ud800', "sessionJoin"])(
    "[V17] the command %j is told as it was sent",
    (command) => {
      const frame = encode(refuse("unknown_type"), asked(command)) ?? "";
      expect(frame).toBe(`{"command":${JSON.stringify(command)},"error":9}`);
    },
  );

  test("[V19] where no session is to be had the line is closed; every other no is told", () => {
    const closing: Partial<Record<RefusalName, number>> = { server_full: 4100, too_many_rooms: 4100, draining: 4200 };
    for (const name of Object.keys(REFUSALS) as RefusalName[]) {
      const close = closesOn?.(refuse(name)) ?? null;
      expect<number | undefined>(close === null ? undefined : CLOSES[close].code, name).toBe(closing[name]);
    }
  });
});
