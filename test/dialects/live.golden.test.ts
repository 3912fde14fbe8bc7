// Every frame that the live dialect sends, letter by letter, and every event it must not send. Bots compare the texts of answers and
// errors: a change here is a change of the wire.
import { describe, expect, test } from "bun:test";
import { live } from "../../src/dialects/live/codec.ts";
import { FRAMES } from "../../src/dialects/live/frames.ts";
import type { Asked } from "../../src/protocol/commands.ts";
import type { Event } from "../../src/protocol/events.ts";
import { CLOSES, REFUSALS, type RefusalName, refuse } from "../../src/protocol/refusals.ts";
import { EVENTS, type EventType } from "../../src/sessions/events.ts";
import { EXAMPLES, TIME } from "../support/events.ts";

const asked = (type: string, ref?: string | number): Asked => ({ type, ref });

type Row = [title: string, event: Event, frame: string, asked?: Asked];

const ANSWERS: readonly Row[] = [
  [
    "[T1] auth_success",
    { kind: "authenticated" },
    '{"type":"auth_success","message":"Authenticated successfully"}',
    asked("auth"),
  ],
  [
    "[T1] auth_error without a token",
    refuse("token_required"),
    '{"type":"auth_error","message":"Token required"}',
    asked("auth"),
  ],
  [
    "[T1] auth_error with a bad token",
    refuse("bad_token"),
    '{"type":"auth_error","message":"Invalid or expired token"}',
    asked("auth"),
  ],
  ["[T2] subscribed", { kind: "subscribed" }, '{"type":"subscribed","sessionId":3}', asked("subscribe", 3)],
  [
    "[T2] subscribed, as text",
    { kind: "subscribed" },
    '{"type":"subscribed","sessionId":"3"}',
    asked("subscribe", "3"),
  ],
  ["[T2] unsubscribed", { kind: "unsubscribed" }, '{"type":"unsubscribed","sessionId":3}', asked("unsubscribe", 3)],
  [
    "[T2] unsubscribed, as text",
    { kind: "unsubscribed" },
    '{"type":"unsubscribed","sessionId":"3"}',
    asked("unsubscribe", "3"),
  ],
  ["[T4] pong", { kind: "pong", t: 1 }, '{"type":"pong"}', asked("ping")],
];

const happened = (type: string, id: number | null, body: string): Event => ({
  kind: "session",
  id,
  type,
  timestamp: TIME,
  body,
});

const picture = {
  code: "GXHB",
  host: "tv",
  peers: [],
  locked: false,
  state: null,
  epoch: "e0",
  seq: 0,
  wireData: null,
  number: null,
  defaults: null,
  session: null,
};
const tv = { clientId: "tv", index: 0, name: null, isAway: false, player: null };

const SILENT: readonly Event[] = [
  { kind: "created", picture, clientId: "tv" },
  { kind: "joined", picture, index: 0, missed: undefined },
  { kind: "peerJoined", peer: tv },
  { kind: "peerLeft", clientId: "tv", index: 0, reason: "left" },
  { kind: "peerAway", clientId: "tv", index: 0, leftMs: 1 },
  { kind: "peerBack", clientId: "tv", index: 0, name: null },
  { kind: "peerRenamed", clientId: "tv", index: 0, name: "TV" },
  { kind: "hostChanged", clientId: "tv" },
  { kind: "roomLocked", locked: true },
  { kind: "state", body: "1" },
  { kind: "player", clientId: "tv", body: "1" },
  { kind: "message", from: { clientId: "tv", index: 0, messageHead: null }, body: "1" },
  { kind: "ack", delivered: 1, seq: null },
  { kind: "left" },
  { kind: "tick", t: 1 },
  { kind: "bye", close: CLOSES.goingAway, reason: "server going away", retryAfterMs: 1 },
];

/** The frame is one that is published. */
function expectPublished(text: string): void {
  const frame = JSON.parse(text) as { type: keyof typeof FRAMES };
  expect(Object.keys(FRAMES)).toContain(frame.type);
  expect(FRAMES[frame.type].safeParse(frame).error?.issues).toBeUndefined();
}

describe("answers", () => {
  for (const [title, event, frame, request] of ANSWERS) {
    test(title, () => {
      expect(live.encode(event, request, 5)).toBe(frame);
      expectPublished(frame);
    });
  }

  test("[T7] of rooms and of the line itself nothing is told", () => {
    for (const event of SILENT) expect(live.encode(event, asked("ping"), 5)).toBeNull();
  });
});

describe("events", () => {
  test.each(Object.keys(EVENTS) as EventType[])("[T5] %s", (type) => {
    const [data, text] = EXAMPLES[type];
    expect(JSON.stringify(data)).toBe(text);
    const frame = `{"type":"${type}","timestamp":"${TIME}","data":${text}`;
    expect(live.encode(happened(type, 12, text))).toBe(`${frame},"id":12}`);
    expect(live.encode(happened(type, null, text), undefined, 5)).toBe(`${frame}}`);
    expectPublished(`${frame},"id":12}`);
    expectPublished(`${frame}}`);
  });

  test("[T5] the data stays the text it is in the log", () => {
    const frame = live.encode(happened("session.ended", 1, '{ "b":1.0, "a":1e400 }'));
    expect(frame).toBe(`{"type":"session.ended","timestamp":"${TIME}","data":{ "b":1.0, "a":1e400 },"id":1}`);
  });
});

describe("errors", () => {
  const OWN: Readonly<Partial<Record<RefusalName, string>>> = {
    invalid_json: "Invalid message format",
    unknown_type: "Unknown message type: foo",
  };

  test.each(Object.keys(REFUSALS) as RefusalName[])("[T3] %s", (name) => {
    const refusal = refuse(name, { retryAfterMs: 5, missing: ["x"], delivered: 1 });
    const message = OWN[name] ?? REFUSALS[name].text;
    const text = JSON.stringify({ type: "error", message });
    expect(live.encode(refusal, asked("foo", 3), 5)).toBe(text);
    expectPublished(text);
  });

  test("[T1][T2][T3] the texts of this wire are these, to the letter", () => {
    const message = (name: RefusalName) => JSON.parse(live.encode(refuse(name), asked("subscribe")) ?? "{}").message;
    expect(message("not_authenticated")).toBe("Not authenticated");
    expect(message("session_id_required")).toBe("Session ID required");
    expect(message("session_not_found")).toBe("Session not found");
    expect(message("too_many_subscriptions")).toBe("Too many subscriptions");
    expect(live.encode(refuse("invalid_json"))).toBe('{"type":"error","message":"Invalid message format"}');
  });

  test("[T3] what a client calls a type ends no text", () => {
    const frame = live.encode(refuse("unknown_type"), asked('x","type":"pong\n\u0000'));
    expect(frame).toBe('{"type":"error","message":"Unknown message type: x\\",\\"type\\":\\"pong\\n\\u0000"}');
  });

  test("[T1] whatever is wrong with `auth` is an auth_error", () => {
    for (const name of Object.keys(REFUSALS) as RefusalName[]) {
      expect(JSON.parse(live.encode(refuse(name), asked("auth")) ?? "{}").type).toBe("auth_error");
    }
  });
});

test("[T7] every published frame has a golden one", () => {
  const golden = ANSWERS.map(([, , frame]) => JSON.parse(frame).type);
  expect([...new Set(golden), ...Object.keys(EVENTS), "error"].sort()).toEqual(Object.keys(FRAMES).sort());
});
