// What the party2 wire takes and what it refuses, frame by frame, without a server.
import { describe, expect, test } from "bun:test";
import { decode } from "../../src/dialects/party2/decode.ts";
import { TEXTS, textOf } from "../../src/dialects/party2/errors.ts";
import { randomFrom } from "../support/random.ts";

const DEPTH = 32;
const read = (frame: unknown) => decode(typeof frame === "string" ? frame : JSON.stringify(frame), DEPTH);
const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** What the sender of this frame is told, if the line may say such a thing at all. */
function refusalOf(frame: unknown): string {
  const command = read(frame);
  return "refusal" in command ? textOf(command.refusal, command.asked) : `taken as ${command.kind}`;
}

const CREATE = { type: "create", clientId: "key", maxClients: 4 };

describe("requests", () => {
  test("[Q5][Q7][Q8] create opens a room of this wire's rules", () => {
    expect(read({ ...CREATE, name: "Ann", secret: "s", tick: true, room: "GXHB", away: 5, id: 7 })).toEqual({
      kind: "create",
      guest: { clientId: "key", name: null, secret: "key", tick: false },
      maxClients: 4,
      code: null,
      rules: {
        awayMs: Number.POSITIVE_INFINITY,
        historyMax: 0,
        hostGone: "close",
        capCounts: "here",
        idsAre: "secret",
        isNumbered: false,
        creatorPlays: false,
      },
      state: null,
      wireData: null,
      defaults: null,
      asked: { type: "create", ref: undefined },
    });
  });

  test("[Q2] join, set_state, leave and close_room", () => {
    expect(read({ type: "join", clientId: "key", room: "gxhb", since: 5, epoch: "e" })).toMatchObject({
      kind: "join",
      code: "gxhb",
      since: null,
    });
    expect(read('{"type":"set_state","data": { "a":1e400 } }')).toMatchObject({
      kind: "setState",
      body: '{ "a":1e400 }',
    });
    expect(read({ type: "leave" })).toMatchObject({ kind: "leave" });
    expect(read({ type: "close_room", reason: "x" })).toMatchObject({ kind: "closeRoom", reason: null });
  });

  test.each([
    ['{"type":"send","data":[1]}', null, "[1]"],
    ['{"type":"send","to":0,"data":[1]}', 0, "[1]"],
    ['{"type":"send","to":12,"data":"é"}', 12, '"é"'],
    ['{"type":"send","data":1,"to":3}', 3, "1"],
    ['{"data":1,"type":"send","to":3}', 3, "1"],
    ['{"type":"send","to":1,"data":1,"to":2}', 2, "1"],
    ['{"type":"send","data":1,"data":2}', null, "2"],
    ['{"type":"send","to":1}', 1, "null"],
    [' {"type":"send","to":1.0,"data": 5 }', 1, "5"],
  ])("[Q6] %s", (text, to, body) => {
    expect(read(text)).toEqual({ kind: "send", to, body, asked: { type: "send", ref: undefined } });
  });

  test.each([[null], [""], ["0"], ["display"], [true], [1.5], [-1], [[0]], [{}]])("[Q6] to %p is no peer", (to) => {
    expect(refusalOf({ type: "send", to, data: 1 })).toBe("Target peer not found");
    expect(read({ type: "send", to, data: 1 })).toMatchObject({ from: "inside" });
  });

  test("[Q6] an index of many digits is no other one, rounded", () => {
    for (const to of ["9007199254740993", "1".repeat(19), "1".repeat(400)]) {
      expect(refusalOf(`{"type":"send","to":${to},"data":1}`)).toBe("Target peer not found");
    }
    expect(read('{"type":"send","to":1234567890,"data":1}')).toMatchObject({ kind: "send", to: 1_234_567_890 });
  });

  test("[L3][Q3] what nests too deeply is not relayed", () => {
    expect(refusalOf(`{"type":"send","data":${nest(DEPTH)}}`)).toBe("taken as send");
    for (const head of ['{"type":"send","data":', '{"type":"send","to":0,"data":', '{"type":"set_state","data":']) {
      expect(refusalOf(`${head}${nest(DEPTH + 1)}}`)).toBe("Invalid JSON");
      expect(read(`${head}${nest(DEPTH + 1)}}`)).toMatchObject({ kind: "flawed", from: "inside" });
    }
  });
});

describe("refusals", () => {
  test.each(["", "{", '{"type":"send","data":}', '{"type":"send","to":01,"data":1}', '{"type":"send","data":1}}'])(
    "[P2] %j is Invalid JSON",
    (text) => {
      expect(read(text)).toMatchObject({ kind: "unreadable", broken: true });
      expect(refusalOf(text)).toBe("Invalid JSON");
    },
  );

  test.each(["null", "[]", "5", "{}", '{"type":5}'])("[P2] %s is no request", (text) => {
    expect(read(text)).toMatchObject({ kind: "unreadable", broken: true });
    expect(refusalOf(text)).toBe("Unknown message type");
  });

  test.each(["ping", "kick", "lock", "make_host", "set_player", "created", "toString", "__proto__", ""])(
    "[Q2][L12] type %j is unknown",
    (type) => {
      expect(read(`{"type":"${type}","id":1}`)).toMatchObject({ kind: "unreadable", broken: false, asked: undefined });
      expect(refusalOf({ type })).toBe("Unknown message type");
    },
  );

  test.each([
    [{ type: "create" }, "clientId is required"],
    [{ ...CREATE, clientId: 5 }, "clientId is required"],
    [{ ...CREATE, clientId: "" }, "clientId is required"],
    [{ ...CREATE, clientId: "x".repeat(65) }, "clientId is required"],
    [{ ...CREATE, clientId: "a\u0000" }, "clientId is required"],
    [{ ...CREATE, maxClients: "4" }, "maxClients must be a positive number"],
    [{ ...CREATE, maxClients: 0 }, "maxClients must be a positive number"],
    [{ ...CREATE, maxClients: 2.5 }, "maxClients must be a positive number"],
    [{ type: "join", room: "GXHB" }, "clientId is required"],
    [{ type: "join", clientId: "key" }, "room is required"],
    [{ type: "join", clientId: "key", room: " \u3000-" }, "room is required"],
    [{ type: "join", clientId: "key", room: 5 }, "room is required"],
    [{ type: "set_state" }, "State data is required"],
    [{ type: "set_state", data: "x".repeat(16_383) }, "State too large"],
  ])("[Q3] %j: %s", (frame, text) => expect(refusalOf(frame)).toBe(text));

  test("[Q6] the state's size counts bytes of UTF-8", () => {
    expect(refusalOf({ type: "set_state", data: "é".repeat(8_191) })).toBe("taken as setState");
    expect(refusalOf({ type: "set_state", data: "é".repeat(8_192) })).toBe("State too large");
  });
});

describe("links", () => {
  const url = (url: unknown) => refusalOf({ ...CREATE, url });

  test.each([
    "https://game.example/",
    "https://{instance}.game.example/{room}",
    "HTTPS://game.example/?room={room}#{room}",
    `https://x.example/${"a".repeat(494)}`,
  ])("[Q9] %s is taken", (template) => expect(url(template)).toBe("taken as create"));

  test.each([
    [null, "url must be a string"],
    [{}, "url must be a string"],
    [`https://x.example/${"a".repeat(495)}`, "url too large"],
    [` ${"é".repeat(256)}`, "url too large"],
    ["https://x.example/ {x}", "url must not contain spaces or control characters"],
    ["https://x.example/\u0000", "url must not contain spaces or control characters"],
    ["https://x.example/\u007f", "url must not contain spaces or control characters"],
    ["ftp://x.example/{}", "Unknown url placeholder: {}"],
    ["https://x.example/{ROOM}{", "Unknown url placeholder: {ROOM}"],
    ["https://x.example/{room}{", "url has an unmatched placeholder brace"],
    ["http://x.example/}", "url has an unmatched placeholder brace"],
    ["", "url is not a valid URL"],
    ["/join/{room}", "url is not a valid URL"],
    ["https://x.example:{room}/", "url is not a valid URL"],
    ["javascript:alert({room})", "url must be an https URL"],
    ["wss://x.example/{room}", "url must be an https URL"],
  ])("[Q9] %p: %s", (template, text) => expect(url(template)).toBe(text));

  test("[Q9] maxClients is told before the link", () => {
    expect(refusalOf({ ...CREATE, maxClients: 0, url: 5 })).toBe("maxClients must be a positive number");
  });
});

test("[Q3] whatever comes, no other text than those of the wire is told", () => {
  const random = randomFrom(20);
  const values = [null, "", "x", 0, 1, -1, 1.5, 1e9, true, [], {}, [0], "https://x.example/", "{", "y".repeat(600)];
  const types = ["create", "join", "send", "set_state", "close_room", "leave", "ping", "", null];
  const known: readonly string[] = TEXTS;
  for (let step = 0; step < 3_000; step++) {
    const frame: Record<string, unknown> = { type: random.pick(types) };
    for (const name of ["clientId", "maxClients", "room", "to", "data", "url"])
      if (random.chance(0.8)) frame[name] = random.pick(values);
    const text = refusalOf(frame);
    if (!text.startsWith("taken as ") && !known.includes(text)) throw new Error(`${JSON.stringify(frame)}: ${text}`);
  }
});
