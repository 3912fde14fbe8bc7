// Every frame that the party dialect sends, letter by letter. Clients in the field compare some of these as text: a change here
// is a change of the wire.
import { expect, test } from "bun:test";
import { encode } from "../../src/dialects/party/encode.ts";
import { FRAMES } from "../../src/dialects/party/frames.ts";
import type { Asked } from "../../src/protocol/commands.ts";
import type { Event } from "../../src/protocol/events.ts";
import type { Question } from "../../src/protocol/polls.ts";
import { CLOSES, REFUSALS, refuse } from "../../src/protocol/refusals.ts";
import { EXAMPLES, TIME } from "../support/events.ts";

const ann = { clientId: "a", index: 1, name: "Ann", isAway: false, player: null };
const tv = { clientId: "tv", index: 0, name: null, isAway: false, player: null };
const asked: Asked = { type: "join", ref: 7 };
const picture = {
  code: "GXHB",
  host: "tv",
  peers: [tv, ann],
  locked: false,
  state: null,
  epoch: "e0",
  seq: 0,
  wireData: null,
  number: null,
  defaults: null,
  session: null,
};
const choice: Question = {
  ...{ poll: "q", ask: "choice", options: ["A", '"B"'] },
  ...{ who: "all", changes: true, show: "end" },
};
const speaker = (clientId: string) => ({ clientId, index: 1, messageHead: null });

type Row = [title: string, event: Event, asked: Asked | undefined, frame: string, seq?: number];

const GOLDEN: Row[] = [
  [
    "[P1] created",
    { kind: "created", picture, clientId: "tv" },
    undefined,
    '{"type":"created","room":"GXHB","clientId":"tv","host":"tv","epoch":"e0","seq":0}',
  ],
  [
    "[P1][R14] joined",
    { kind: "joined", picture, index: 1, missed: undefined },
    asked,
    '{"type":"joined","room":"GXHB","clients":["tv","a"],"host":"tv","peers":[{"clientId":"tv"},{"clientId":"a","name":"Ann"}],"locked":false,"epoch":"e0","seq":0,"id":7}',
  ],
  [
    "[R14][R33] joined, with all there is",
    {
      kind: "joined",
      picture: {
        ...picture,
        host: null,
        locked: true,
        state: '{"round":1e400}',
        seq: 9,
        peers: [
          { ...tv, isAway: true },
          { ...ann, player: '"red"' },
        ],
      },
      index: 1,
      missed: [
        { seq: 8, event: { kind: "message", from: speaker("tv"), body: "1.0" } },
        { seq: 9, event: { kind: "peerLeft", clientId: "b", index: 2, reason: "timeout" } },
      ],
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv","a"],"host":null,"peers":[{"clientId":"tv","away":true},{"clientId":"a","name":"Ann","player":"red"}],"locked":true,"state":{"round":1e400},"epoch":"e0","seq":9,"resumed":true,"missed":[{"type":"message","from":"tv","data":1.0,"seq":8},{"type":"peer_left","clientId":"b","reason":"timeout","seq":9}]}',
  ],
  [
    "[S15] joined while a session runs",
    {
      kind: "joined",
      picture: { ...picture, peers: [tv], session: '{"id":3,"notes":null,"games_played":0,"game":null}' },
      index: 0,
      missed: undefined,
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"session":{"id":3,"notes":null,"games_played":0,"game":null},"epoch":"e0","seq":0}',
  ],
  [
    "[C20][C32] joined, with what the room has beside seats, as its host sees it",
    {
      kind: "joined",
      picture: {
        ...picture,
        peers: [tv],
        crowd: {
          timers: [{ timer: "round", label: null, leftMs: 500, t: 12, endsAt: null }],
          private: "[1]",
          privates: [{ clientId: "a", body: '"spy"' }],
        },
      },
      index: 0,
      missed: undefined,
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"timers":[{"timer":"round","leftMs":500,"t":12,"endsAt":null,"isPaused":true}],"private":[1],"privates":[{"clientId":"a","data":"spy"}],"epoch":"e0","seq":0}',
  ],
  [
    "[P16] joined, of a seat whose requests were all handled but two",
    {
      ...{ kind: "joined", picture: { ...picture, peers: [tv] }, index: 0, missed: null },
      done: { last: 7, undone: ["a", 6] },
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"epoch":"e0","seq":0,"resumed":false,"done":7,"undone":["a",6]}',
  ],
  [
    "[P16] joined, of a seat that has asked for nothing",
    {
      ...{ kind: "joined", picture: { ...picture, peers: [tv] }, index: 0, missed: null },
      done: { last: null, undone: [] },
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"epoch":"e0","seq":0,"resumed":false,"done":null}',
  ],
  [
    "[R33] joined, not resumed",
    { kind: "joined", picture: { ...picture, peers: [tv] }, index: 0, missed: null },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"epoch":"e0","seq":0,"resumed":false}',
  ],
  [
    "[P1] peer_joined",
    { kind: "peerJoined", peer: ann },
    undefined,
    '{"type":"peer_joined","clientId":"a","name":"Ann"}',
  ],
  ["[P1] peer_joined, no name", { kind: "peerJoined", peer: tv }, undefined, '{"type":"peer_joined","clientId":"tv"}'],
  [
    "[P1][R16] peer_left",
    { kind: "peerLeft", clientId: "a", index: 1, reason: "lost" },
    undefined,
    '{"type":"peer_left","clientId":"a","reason":"lost"}',
  ],
  [
    "[R23] peer_away",
    { kind: "peerAway", clientId: "a", index: 1, leftMs: 30_000 },
    undefined,
    '{"type":"peer_away","clientId":"a","until":30000,"seq":4}',
    4,
  ],
  [
    "[R11] peer_renamed",
    { kind: "peerRenamed", clientId: "a", index: 1, name: 'An"n' },
    undefined,
    '{"type":"peer_renamed","clientId":"a","name":"An\\"n"}',
  ],
  [
    "[R23] peer_back",
    { kind: "peerBack", clientId: "a", index: 1, name: null },
    undefined,
    '{"type":"peer_back","clientId":"a"}',
  ],
  [
    "[C37] peer_back with a name",
    { kind: "peerBack", clientId: "a", index: 1, name: "Ann" },
    undefined,
    '{"type":"peer_back","clientId":"a","name":"Ann"}',
  ],
  [
    "[P1][P7] message",
    { kind: "message", from: speaker("a"), body: '{"x":1e400}' },
    undefined,
    '{"type":"message","from":"a","data":{"x":1e400}}',
  ],
  [
    "[R31] message in a room with history",
    { kind: "message", from: speaker("a"), body: "null" },
    undefined,
    '{"type":"message","from":"a","data":null,"seq":12}',
    12,
  ],
  [
    "[P8] message from a quote",
    { kind: "message", from: speaker('a","x":"'), body: "1" },
    undefined,
    '{"type":"message","from":"a\\",\\"x\\":\\"","data":1}',
  ],
  ["[R36] state", { kind: "state", body: "[1]" }, undefined, '{"type":"state","data":[1]}'],
  [
    "[R37] player",
    { kind: "player", clientId: "a", body: '"x"' },
    undefined,
    '{"type":"player","clientId":"a","data":"x"}',
  ],
  [
    "[C20] timer",
    { kind: "timer", timer: { timer: "round", label: 'R"2', leftMs: 30_000, t: 12, endsAt: 30_012 }, isStopped: false },
    undefined,
    '{"type":"timer","timer":"round","label":"R\\"2","leftMs":30000,"t":12,"endsAt":30012,"isPaused":false}',
  ],
  [
    "[C22] timer that is no more",
    { kind: "timer", timer: { timer: "round", label: null, leftMs: 0, t: 12, endsAt: null }, isStopped: true },
    undefined,
    '{"type":"timer","timer":"round","leftMs":0,"t":12,"endsAt":null,"isPaused":true,"stopped":true}',
  ],
  ["[C21] timer_done", { kind: "timerDone", timer: "a" }, undefined, '{"type":"timer_done","timer":"a","seq":4}', 4],
  [
    "[C32] private",
    { kind: "private", clientId: "a", body: '["A♠"]' },
    undefined,
    '{"type":"private","clientId":"a","data":["A♠"]}',
  ],
  [
    "[C39] reset",
    { kind: "reset", keep: ["state", "timers"] },
    undefined,
    '{"type":"reset","keep":["state","timers"],"seq":9}',
    9,
  ],
  ["[R15] host_changed", { kind: "hostChanged", clientId: null }, undefined, '{"type":"host_changed","clientId":null}'],
  ["[R38] room_locked", { kind: "roomLocked", locked: true }, undefined, '{"type":"room_locked","locked":true}'],
  [
    "[P3] ack",
    { kind: "ack", delivered: 3, seq: null },
    { type: "send", ref: "r" },
    '{"type":"ack","id":"r","delivered":3}',
  ],
  [
    "[P3][R31] ack in a room with history",
    { kind: "ack", delivered: 3, seq: 5 },
    { type: "send", ref: "r" },
    '{"type":"ack","id":"r","seq":5,"delivered":3}',
  ],
  [
    "[C3] joined, of one who watches",
    {
      ...{ kind: "watching", code: "GXHB", epoch: "e0", locked: false, state: "[1]", session: null, done: undefined },
      crowd: { timers: [{ timer: "t", label: null, leftMs: 5, t: 12, endsAt: 17 }], polls: [] },
    },
    asked,
    '{"type":"joined","room":"GXHB","audience":true,"locked":false,"state":[1],"timers":[{"timer":"t","leftMs":5,"t":12,"endsAt":17,"isPaused":false}],"polls":[],"epoch":"e0","id":7}',
  ],
  [
    "[C3][P16] joined, of one who watches again",
    {
      ...{ kind: "watching", code: "GXHB", epoch: "e0", locked: true, state: null, session: null },
      ...{ done: { last: 4, undone: [] }, crowd: {} },
    },
    undefined,
    '{"type":"joined","room":"GXHB","audience":true,"locked":true,"epoch":"e0","done":4}',
  ],
  [
    "[C6][C18] joined, with polls and an audience",
    {
      kind: "joined",
      picture: {
        ...picture,
        peers: [tv],
        crowd: {
          polls: [
            { question: choice, endsAt: 99, answered: { choice: 1 }, counts: null, texts: null },
            {
              question: { ...choice, poll: "w", ask: "text", options: [] },
              ...{
                endsAt: null,
                answered: null,
                counts: { counts: [], total: 1 },
                texts: [{ from: "a", text: 'A "b"' }],
              },
            },
          ],
          audience: { count: 3, max: 500 },
        },
      },
      ...{ index: 0, missed: undefined },
    },
    undefined,
    '{"type":"joined","room":"GXHB","clients":["tv"],"host":"tv","peers":[{"clientId":"tv"}],"locked":false,"polls":[{"poll":"q","ask":"choice","options":["A","\\"B\\""],"who":"all","changes":true,"show":"end","endsAt":99,"answered":{"choice":1}},{"poll":"w","ask":"text","who":"all","changes":true,"show":"end","counts":[],"total":1,"answers":[{"from":"a","text":"A \\"b\\""}]}],"audience":{"count":3,"max":500},"epoch":"e0","seq":0}',
  ],
  [
    "[C10] poll",
    { kind: "poll", question: choice, endsAt: null },
    undefined,
    '{"type":"poll","poll":"q","ask":"choice","options":["A","\\"B\\""],"who":"all","changes":true,"show":"end","seq":3}',
    3,
  ],
  [
    "[C13][C15] tally of numbers",
    { kind: "tally", poll: "n", counts: { counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], total: 2, sum: 1_001 } },
    undefined,
    '{"type":"tally","poll":"n","counts":[1,0,0,0,0,0,0,0,0,1],"total":2,"sum":1001,"mean":500.5}',
  ],
  [
    "[C17] poll_closed of a first",
    { kind: "pollClosed", poll: "b", counts: { counts: [], total: 1, first: "a" } },
    undefined,
    '{"type":"poll_closed","poll":"b","counts":[],"total":1,"first":"a","seq":5}',
    5,
  ],
  [
    "[C14] poll_closed whose counts are the host's",
    { kind: "pollClosed", poll: "b", counts: null },
    undefined,
    '{"type":"poll_closed","poll":"b","seq":5}',
    5,
  ],
  [
    "[C16] answer",
    { kind: "answered", poll: "w", clientId: "a", text: 'A "b"' },
    undefined,
    '{"type":"answer","poll":"w","from":"a","text":"A \\"b\\""}',
  ],
  ["[C6] audience", { kind: "audience", count: 3 }, undefined, '{"type":"audience","count":3}'],
  [
    "[C8] error of a full room that can be watched",
    refuse("room_full", { audience: true }),
    asked,
    '{"type":"error","code":"room_full","message":"Room is full","request":"join","id":7,"audience":true}',
  ],
  ["[R16] left", { kind: "left" }, undefined, '{"type":"left"}'],
  ["[P11] pong", { kind: "pong", t: 12 }, { type: "ping", ref: 0 }, '{"type":"pong","t":12,"id":0}'],
  ["[L8] tick", { kind: "tick", t: 12 }, undefined, '{"type":"tick","t":12}'],
  [
    "[P10] bye, come back",
    { kind: "bye", close: CLOSES.goingAway, reason: "server going away", retryAfterMs: 1200 },
    undefined,
    '{"type":"bye","code":4200,"reason":"server going away","retry":true,"retryAfterMs":1200}',
  ],
  [
    "[P10] bye, come back after a pause",
    { kind: "bye", close: CLOSES.tooSlow, reason: "too slow a reader", retryAfterMs: 3000 },
    undefined,
    '{"type":"bye","code":4102,"reason":"too slow a reader","retry":true,"retryAfterMs":3000}',
  ],
  [
    "[P10] bye, stay away",
    { kind: "bye", close: CLOSES.replaced, reason: "replaced", retryAfterMs: 0 },
    undefined,
    '{"type":"bye","code":4000,"reason":"replaced","retry":false,"retryAfterMs":0}',
  ],
  [
    "[P4] error",
    refuse("room_not_found"),
    asked,
    '{"type":"error","code":"room_not_found","message":"Room not found","request":"join","id":7}',
  ],
  [
    "[P4][P13] error that says how large a frame is needed",
    refuse("max_frame_too_small", { needs: 72_741 }),
    asked,
    '{"type":"error","code":"max_frame_too_small","message":"The room does not fit into maxFrame","request":"join","id":7,"needs":72741}',
  ],
  [
    "[P4] error to what was no request",
    refuse("invalid_json"),
    undefined,
    '{"type":"error","code":"invalid_json","message":"Invalid JSON"}',
  ],
  [
    "[P9] error with who is missing",
    refuse("target_not_found", { missing: ["x"], delivered: 2 }),
    { type: "send", ref: undefined },
    '{"type":"error","code":"target_not_found","message":"Target client not found","request":"send","missing":["x"],"delivered":2}',
  ],
  [
    "[L9] error with a pause",
    refuse("too_many_attempts", { retryAfterMs: 64000 }),
    { type: "join", ref: undefined },
    '{"type":"error","code":"too_many_attempts","message":"Too many attempts","request":"join","retryAfterMs":64000}',
  ],
];

/** What is told of the session: as on the live socket, without the id; numbered in rooms with history. */
for (const [type, [data, text]] of Object.entries(EXAMPLES)) {
  if (type === "game.status") continue;
  const event: Event = { kind: "session", id: 7, type, timestamp: TIME, body: JSON.stringify(data) };
  const head = `{"type":"${type}","timestamp":"${TIME}","data":${text}`;
  GOLDEN.push([`[S10] ${type}`, event, undefined, `${head}}`]);
  GOLDEN.push([`[S10][R31] ${type} in a room with history`, event, undefined, `${head},"seq":5}`, 5]);
}

for (const [title, event, request, frame, seq] of GOLDEN) {
  test(title, () => {
    expect(encode(event, request, seq ?? null)).toBe(frame);
    // The published schema says the same of it.
    const { type } = JSON.parse(frame) as { type: keyof typeof FRAMES };
    expect(FRAMES[type].safeParse(JSON.parse(frame)).error?.issues).toBeUndefined();
  });
}

test("[P7] the head of a member's messages is made once", () => {
  const from = { ...speaker("a"), messageHead: '{"type":"message","from":"kept","data":' };
  expect(encode({ kind: "message", from, body: "1" })).toBe('{"type":"message","from":"kept","data":1}');
});

test("[P1] every published frame has a golden one", () => {
  const golden = GOLDEN.map(([, , , frame]) => JSON.parse(frame).type);
  expect(Object.keys(FRAMES).filter((type) => !golden.includes(type))).toEqual([]);
});

test("[P1] the texts of the first wire are these, to the letter", () => {
  const texts: string[] = Object.values(REFUSALS).map(({ text }) => text);
  for (const text of [
    "Invalid JSON",
    "Unknown message type",
    "clientId is required",
    "maxClients must be a positive number",
    "room is required",
    "Room not found",
    "Room is full",
    "Already in a room",
    "Not in a room",
    "Target client not found",
  ]) {
    expect(texts).toContain(text);
  }
});
