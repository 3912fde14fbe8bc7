// Every frame that the party dialect sends, letter by letter. Clients in the field compare some of these as text: a change here
// is a change of the wire.
import { expect, test } from "bun:test";
import { encode } from "../../src/dialects/party/encode.ts";
import { FRAMES } from "../../src/dialects/party/frames.ts";
import { type Asked, CLOSES, type Event, REFUSALS, refuse } from "../../src/vocabulary.ts";

const ann = { clientId: "a", name: "Ann" };
const tv = { clientId: "tv", name: null };
const asked: Asked = { type: "join", ref: 7 };

const GOLDEN: [string, Event, Asked | undefined, string][] = [
  [
    "[P1] created",
    { kind: "created", code: "GXHB", clientId: "tv" },
    undefined,
    '{"type":"created","room":"GXHB","clientId":"tv","host":"tv"}',
  ],
  [
    "[P1][R14] joined",
    { kind: "joined", code: "GXHB", host: "tv", peers: [tv, ann] },
    asked,
    '{"type":"joined","room":"GXHB","clients":["tv","a"],"host":"tv","peers":[{"clientId":"tv"},{"clientId":"a","name":"Ann"}],"id":7}',
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
    { kind: "peerLeft", clientId: "a", reason: "lost" },
    undefined,
    '{"type":"peer_left","clientId":"a","reason":"lost"}',
  ],
  [
    "[P1][P7] message",
    { kind: "message", from: { clientId: "a", messageHead: null }, body: '{"x":1e400}' },
    undefined,
    '{"type":"message","from":"a","data":{"x":1e400}}',
  ],
  [
    "[P8] message from a quote",
    { kind: "message", from: { clientId: 'a","x":"', messageHead: null }, body: "1" },
    undefined,
    '{"type":"message","from":"a\\",\\"x\\":\\"","data":1}',
  ],
  ["[R15] host_changed", { kind: "hostChanged", clientId: null }, undefined, '{"type":"host_changed","clientId":null}'],
  ["[P3] ack", { kind: "ack", delivered: 3 }, { type: "send", ref: "r" }, '{"type":"ack","id":"r","delivered":3}'],
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

test.each(GOLDEN)("%s", (_title, event, request, frame) => {
  expect(encode(event, request)).toBe(frame);
  // The published schema says the same of it.
  const { type } = JSON.parse(frame) as { type: keyof typeof FRAMES };
  expect(FRAMES[type].safeParse(JSON.parse(frame)).error?.issues).toBeUndefined();
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
