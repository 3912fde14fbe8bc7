// What the live wire takes and what it refuses, frame by frame, without a server.
import { describe, expect, test } from "bun:test";
import { live } from "../../src/dialects/live/codec.ts";
import { randomFrom } from "../support/random.ts";

const read = (frame: unknown) => live.decode(typeof frame === "string" ? frame : JSON.stringify(frame), 32);
const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** What the sender of this frame is told, once it has shown a token. */
function told(frame: unknown): unknown {
  const command = read(frame);
  if (!("refusal" in command)) return `taken as ${command.kind}`;
  return JSON.parse(live.encode(command.refusal, command.asked) ?? "null");
}

const error = (message: string) => ({ type: "error", message });
const asked = (type: string, ref?: string | number) => ({ type, ref });

describe("requests", () => {
  test("[T1] auth", () => {
    expect(read({ type: "auth", token: "a.b.c", id: 7, key: "x" })).toEqual({
      kind: "auth",
      token: "a.b.c",
      asked: asked("auth"),
    });
  });

  test.each([[undefined], [null], [""], [5], [true], [{}], [["a"]]])("[T1] the token %j is none", (token) => {
    expect(read({ type: "auth", token })).toEqual({ kind: "auth", token: null, asked: asked("auth") });
  });

  test.each([
    ["3", 3, 3],
    ["1.0", 1, 1],
    ["9007199254740991", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['"3"', 3, "3"],
    ['"999999999999999"', 999_999_999_999_999, "999999999999999"],
  ])("[T2] the session %s", (sent, sessionId, ref) => {
    const subscribe = { kind: "subscribe", sessionId, since: null, asked: asked("subscribe", ref) } as const;
    expect(read(`{"type":"subscribe","sessionId":${sent}}`)).toEqual(subscribe);
    expect(read(`{"id":"x","sessionId":1,"sessionId":${sent},"type":"subscribe"}`)).toEqual(subscribe);
    expect(read(`{"type":"unsubscribe","sessionId":${sent},"since":"any"}`)).toEqual({
      kind: "unsubscribe",
      sessionId,
      asked: asked("unsubscribe", ref),
    });
  });

  test.each([
    ["null", null],
    ["0", 0],
    ["17", 17],
    ['"0"', 0],
    ['"0017"', 17],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("[T6] since %s", (sent, since) => {
    expect(read(`{"type":"subscribe","sessionId":"3","since":${sent}}`)).toEqual({
      kind: "subscribe",
      sessionId: 3,
      since,
      asked: asked("subscribe", "3"),
    });
  });

  test.each(['{"type":"ping"}', ' { "id":7, "type":"ping", "sessionId":{} } ', '{"type":"foo","t\\u0079pe":"ping"}'])(
    "[T4] %s is a ping",
    (text) => expect(read(text)).toEqual({ kind: "ping", asked: asked("ping") }),
  );
});

describe("refusals", () => {
  test.each(["", " ", "{", '{"type":"ping"}}', "ping", "null", "[]", "5", '"x"', "true", '[{"type":"ping"}]'])(
    "[T3][L12] %j is no message",
    (text) => {
      expect(read(text)).toMatchObject({ kind: "unreadable", broken: true, asked: undefined });
      expect(told(text)).toEqual(error("Invalid message format"));
    },
  );

  test.each([
    ["{}", "undefined"],
    ['{"__proto__":{"type":"ping"}}', "undefined"],
    ['{"type":"foo"}', "foo"],
    ['{"type":""}', ""],
    ['{"type":"toString"}', "toString"],
    ['{"type":"__proto__"}', "__proto__"],
    ['{"type":"Ping"}', "Ping"],
    ['{"type":"create"}', "create"],
    ['{"type":5}', "5"],
    ['{"type":null}', "null"],
    ['{"type":false}', "false"],
    ['{"type":["ping"]}', "object"],
    ['{"type":{"toString":1}}', "object"],
    [`{"type":"${"x".repeat(1000)}"}`, "x".repeat(64)],
    [`{"type":"${"x".repeat(63)}😀"}`, `${"x".repeat(63)}\ufffd`],
    ['{"type":"\\ud800\\u0000\\"}"}', '\ufffd\u0000"}'],
  ])("[T3][L12] the type of %s is unknown", (text, type) => {
    expect(read(text)).toMatchObject({ kind: "unreadable", broken: false, asked: { type, ref: undefined } });
    expect(told(text)).toEqual(error(`Unknown message type: ${type}`));
  });

  test.each(["subscribe", "unsubscribe"])("[T2][T3] %s without a session", (type) => {
    for (const sessionId of [undefined, null, "", 0]) {
      expect(read({ type, sessionId, since: "x" })).toMatchObject({ kind: "flawed", from: "authenticated" });
      expect(told({ type, sessionId, since: "x" })).toEqual(error("Session ID required"));
    }
  });

  test.each(["subscribe", "unsubscribe"])("[T2][T3] %s with what is no session's id", (type) => {
    for (const sessionId of ['"abc"', '"0"', '"1.5"', '" 1"', '"1e3"', "-1", "1.5", "1e400", "9007199254740993"]) {
      const text = `{"type":"${type}","sessionId":${sessionId}}`;
      expect(read(text)).toMatchObject({ kind: "flawed", from: "authenticated", asked: asked(type) });
      expect(told(text)).toEqual(error("Session not found"));
    }
    for (const sessionId of [{}, [], [1], true, false, "9".repeat(16), "1".repeat(1000)]) {
      expect(told({ type, sessionId })).toEqual(error("Session not found"));
    }
  });

  test.each(['"abc"', '"-1"', "-1", "0.5", "1e400", "true", "{}", "[]"])("[T3][T6] since %s", (since) => {
    const text = `{"type":"subscribe","sessionId":3,"since":${since}}`;
    expect(read(text)).toMatchObject({ kind: "flawed", from: "authenticated" });
    expect(told(text)).toEqual(error("Invalid message format"));
  });
});

test("[L1][T3] depth is no danger, wherever it is", () => {
  const deep = nest(100_000);
  expect(told(deep)).toEqual(error("Invalid message format"));
  expect(told(`{"type":${deep}}`)).toEqual(error("Unknown message type: object"));
  expect(told(`{"type":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`)).toEqual(
    error("Unknown message type: object"),
  );
  expect(told(`{"type":"auth","token":${deep}}`)).toBe("taken as auth");
  expect(told(`{"type":"subscribe","sessionId":${deep}}`)).toEqual(error("Session not found"));
  expect(told(`{"type":"subscribe","sessionId":3,"since":${deep}}`)).toEqual(error("Invalid message format"));
  expect(told(`{"type":"ping","data":${deep}}`)).toBe("taken as ping");
});

test("[L1][T3] whatever comes, it is taken or told one of these", () => {
  const random = randomFrom(20);
  const values: readonly unknown[] = [
    null,
    "",
    "x",
    "7",
    0,
    1,
    -1,
    1.5,
    1e300,
    true,
    [],
    {},
    [0],
    { toString: null },
    "\ud800",
  ];
  const types = ["auth", "subscribe", "unsubscribe", "ping", "", null, {}, "constructor"];
  const known = ["Invalid message format", "Session ID required", "Session not found"];
  for (let step = 0; step < 3_000; step++) {
    const frame: Record<string, unknown> = {};
    if (random.chance(0.9)) frame.type = random.pick(types);
    for (const name of ["token", "sessionId", "since", "id", "constructor"])
      if (random.chance(0.7)) frame[name] = random.pick(values);
    const answer = told(frame);
    if (typeof answer === "string") continue;
    const { type, message } = answer as { type: string; message: string };
    const isKnown = known.includes(message) || message.startsWith("Unknown message type: ");
    if (type !== "error" || !isKnown) throw new Error(`${JSON.stringify(frame)}: ${JSON.stringify(answer)}`);
  }
});
