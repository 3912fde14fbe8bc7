// What the party wire takes and what it refuses, frame by frame, without a server.
import { describe, expect, test } from "bun:test";
import { memberSpan, valueSpan } from "../../src/dialects/json.ts";
import { decode } from "../../src/dialects/party/decode.ts";
import { REQUESTS } from "../../src/dialects/party/schema.ts";

const DEPTH = 32;
const read = (frame: unknown) => decode(typeof frame === "string" ? frame : JSON.stringify(frame), DEPTH);
const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

function refusalOf(frame: unknown): string {
  const command = read(frame);
  return "refusal" in command ? command.refusal.text : `taken as ${command.kind}`;
}

describe("unreadable frames", () => {
  const notJson = [
    "",
    "{",
    "nope",
    "{'type':'ping'}",
    '{"type":"send","data":}',
    '{"type":"send","data":1,}',
    '{"type":"send","data":1}}',
  ];
  test.each([...notJson, '{"type":"send","data":01}', '{"type":"send","data":"\n"}', '\uFEFF{"type":"ping"}'])(
    "[P2] %j is Invalid JSON",
    (frame) => {
      expect(read(frame)).toMatchObject({ kind: "unreadable", broken: true });
      expect(refusalOf(frame)).toBe("Invalid JSON");
    },
  );

  test.each(["null", "[]", "5", '"x"', "true", "{}", '{"type":5}', '{"type":null}', '{"data":1}', '[{"type":"ping"}]'])(
    "[P2] %s is no request",
    (frame) => {
      expect(read(frame)).toMatchObject({ kind: "unreadable", broken: true });
      expect(refusalOf(frame)).toBe("Unknown message type");
    },
  );

  test.each(["foo", "__proto__", "constructor", "toString", "hasOwnProperty", ""])(
    "[P2][L12] type %j is unknown",
    (type) => {
      expect(read(`{"type":${JSON.stringify(type)},"id":7}`)).toMatchObject({
        kind: "unreadable",
        broken: false,
        asked: { type, ref: 7 },
      });
    },
  );
});

describe("fields", () => {
  test.each([
    [{ type: "create" }, "clientId is required"],
    [{ type: "create", clientId: 5, maxClients: 2 }, "clientId is required"],
    [{ type: "create", clientId: "", maxClients: 2 }, "clientId is required"],
    [{ type: "create", clientId: "a".repeat(65), maxClients: 2 }, "clientId must be 1 to 64 printable characters"],
    [{ type: "create", clientId: "a\u0000", maxClients: 2 }, "clientId must be 1 to 64 printable characters"],
    ['{"type":"create","clientId":"\\ud800","maxClients":2}', "clientId must be 1 to 64 printable characters"],
    [{ type: "create", clientId: "a" }, "maxClients must be a positive number"],
    [{ type: "create", clientId: "a", maxClients: 0 }, "maxClients must be a positive number"],
    [{ type: "create", clientId: "a", maxClients: -1 }, "maxClients must be a positive number"],
    [{ type: "create", clientId: "a", maxClients: 2.5 }, "maxClients must be a positive number"],
    [{ type: "create", clientId: "a", maxClients: "4" }, "maxClients must be a positive number"],
    ['{"type":"create","clientId":"a","maxClients":1e400}', "maxClients must be a positive number"],
    [
      { type: "create", clientId: "a", maxClients: 2, name: "x".repeat(65) },
      "name must be at most 64 printable characters",
    ],
    [
      { type: "create", clientId: "a", maxClients: 2, name: "x\u202Ey" },
      "name must be at most 64 printable characters",
    ],
    [{ type: "create", clientId: "a", maxClients: 2, room: 5 }, "room must be a room code"],
    [{ type: "create", clientId: "a", maxClients: 2, tick: 1 }, 'tick must be true, false or "answer"'],
    [{ type: "join", clientId: "a" }, "room is required"],
    [{ type: "join", clientId: "a", room: "" }, "room is required"],
    [{ type: "join", clientId: "a", room: " - \u200B\u2014" }, "room is required"],
    [{ type: "join", room: "ABCD" }, "clientId is required"],
    [{ type: "send" }, "data must be any JSON value"],
    [{ type: "send", data: 1, to: 5 }, "to must be a clientId or a list of one clientId or more"],
    [{ type: "send", data: 1, to: [] }, "to must be a clientId or a list of one clientId or more"],
    [{ type: "send", data: 1, to: ["a", 5] }, "to must be a clientId or a list of one clientId or more"],
    [{ type: "close_room", reason: "x".repeat(101) }, "reason must be at most 100 printable characters"],
    [{ type: "ping", id: "x".repeat(65) }, "id must be a string or an exact number of at most 64 characters"],
    ['{"type":"ping","id":9007199254740993}', "id must be a string or an exact number of at most 64 characters"],
    [{ type: "ping", id: {} }, "id must be a string or an exact number of at most 64 characters"],
  ])("[P6] %j: %s", (frame, text) => {
    expect(refusalOf(frame)).toBe(text);
  });

  test("[P6] null and empty count as absent", () => {
    expect(read({ type: "create", clientId: "a", maxClients: 2, name: null, room: "", tick: null })).toMatchObject({
      kind: "create",
      code: null,
      guest: { name: null, tick: false },
    });
    expect(read({ type: "send", to: "", data: 1 })).toMatchObject({ to: null });
    expect(read({ type: "send", to: null, data: 1 })).toMatchObject({ to: null });
    for (const absent of [null, ""]) {
      const rules = { away: absent, history: absent, hostGone: absent, plays: absent, state: absent, secret: absent };
      expect(read({ type: "create", clientId: "a", maxClients: 2, ...rules, id: absent })).toMatchObject({
        guest: { secret: null },
        rules: { awayMs: 0, historyMax: 0, hostGone: "stay", creatorPlays: false },
        state: null,
        asked: { ref: undefined },
      });
      const left = { since: absent, epoch: absent, tick: absent };
      expect(read({ type: "join", clientId: "a", room: "GXHB", ...left })).toMatchObject({ since: null });
      expect(read({ type: "kick", clientId: "a", reason: absent, ban: absent })).toMatchObject({ ban: true });
      // A request that fails all the same has no id either.
      expect(read({ type: "lock", locked: 1, id: absent })).toMatchObject({ asked: { ref: undefined } });
      expect(read({ type: "fly", id: absent })).toMatchObject({ asked: { ref: undefined } });
    }
  });

  test("[P13] `maxFrame` of create and join: 16 KiB or more, 1 MiB unless said, and what it takes when it is something else", () => {
    for (const request of [
      { type: "create", clientId: "a", maxClients: 2 },
      { type: "join", clientId: "a", room: "GXHB" },
    ]) {
      const takes = (maxFrame: unknown) => read({ ...request, maxFrame });
      for (const absent of [undefined, null, ""])
        expect(takes(absent)).toMatchObject({ guest: { frameBytesMax: 1_048_576 } });
      for (const bytes of [16_384, 65_536, Number.MAX_SAFE_INTEGER])
        expect(takes(bytes)).toMatchObject({ guest: { frameBytesMax: bytes } });
      for (const wrong of [16_383, 0, -1, 20_000.5, "65536", true, [65_536], {}]) {
        expect(takes(wrong)).toMatchObject({
          refusal: { name: "bad_field", text: "maxFrame must be a whole number of bytes, 16384 or more" },
        });
      }
    }
    expect(read('{"type":"join","clientId":"a","room":"GXHB","maxFrame":1e400}')).toMatchObject({ kind: "flawed" });
  });

  test("[P6] `since` may come as text; what no number says may not", () => {
    const since = (value: unknown) => read({ type: "join", clientId: "a", room: "GXHB", since: value, epoch: "e" });
    expect(since("0")).toMatchObject({ since: { seq: 0, epoch: "e" } });
    expect(since("17")).toMatchObject({ since: { seq: 17, epoch: "e" } });
    for (const value of ["-1", "1.5", " 1", "1e3", "9007199254740993", "x", true, [0]]) {
      expect(since(value)).toMatchObject({ refusal: { text: "since must be a whole number, 0 or more" } });
    }
  });

  test("[R2] a clientId is 1 to 64 printable characters, of whatever script", () => {
    for (const clientId of [
      "a",
      "a".repeat(64),
      "Zoë",
      "小明",
      "6f1c2f0e-8f3b-4c55-9d7e-0a1b2c3d4e5f",
      "a b",
      "<>&'\"\\",
    ]) {
      expect(read({ type: "join", clientId, room: "GXHB" })).toMatchObject({ guest: { clientId } });
    }
    for (const clientId of ["a".repeat(65), "\u0000", "a\nb", "\u007f", "\u200b", "\u202e", "\u2028", "\ud800"]) {
      expect(refusalOf({ type: "join", clientId, room: "GXHB" })).toBe("clientId must be 1 to 64 printable characters");
    }
  });

  test("[P12] names keep what people write", () => {
    const england = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
    const names = [
      "Ann",
      "Zoë",
      "Ольга",
      "小明",
      "👩‍👩‍👧",
      "d'Artagnan <b>",
      " Ann ",
      ".",
      "1️⃣",
      england,
      "دانی\u200Cال",
    ];
    for (const name of [...names, "שרה", "x".repeat(64), "\u{1F3F4}".repeat(64)]) {
      expect(read({ type: "join", clientId: "a", room: "GXHB", name })).toMatchObject({ guest: { name } });
    }
  });

  test("[P5] a flaw is told to who may make the request at all: outside, inside, or anywhere", () => {
    const bad = { id: {} };
    for (const type of ["create", "join"]) expect(read({ type, ...bad })).toMatchObject({ from: "outside" });
    expect(read({ type: "ping", ...bad })).toMatchObject({ from: "anywhere" });
    const present = ["leave", "answer", "vote"];
    for (const type of present) expect(read({ type, ...bad })).toMatchObject({ from: "present" });
    const others = Object.keys(REQUESTS).filter((type) => !["create", "join", "ping", ...present].includes(type));
    expect(others.length).toBeGreaterThan(10);
    for (const type of others) expect(read({ type, ...bad })).toMatchObject({ kind: "flawed", from: "inside" });
  });

  test("[C1] who wants to watch says so, and a creator how many may", () => {
    const join = { type: "join", clientId: "a", room: "GXHB" };
    expect(read({ ...join, as: "audience" })).toMatchObject({ kind: "join", guest: { as: "audience" } });
    expect(read({ ...join, as: "audience", data: 1 })).toMatchObject({ kind: "join", guest: { as: "audience" } });
    expect(read(join)).not.toHaveProperty("guest.as");
    expect(read({ ...join, as: "" })).not.toHaveProperty("guest.as");
    for (const as of ["host", 1, "Audience"])
      expect(read({ ...join, as })).toMatchObject({ kind: "flawed", refusal: { text: "as must be audience" } });
    const create = { type: "create", clientId: "a", maxClients: 8 };
    expect(read({ ...create, audience: 500 })).toMatchObject({ kind: "create", rules: { audienceMax: 500 } });
    expect(read({ ...create, audience: 0 })).not.toHaveProperty("rules.audienceMax");
    for (const audience of [-1, 1.5, "9"])
      expect(read({ ...create, audience })).toMatchObject({
        refusal: { text: "audience must be a whole number, 0 or more" },
      });
  });

  test("[C10] a question has its options, where it is one of options, and no others", () => {
    const open = { type: "poll.open", poll: "q", ask: "choice", options: ["A", "B"] };
    expect(read(open)).toEqual({
      kind: "pollOpen",
      question: { poll: "q", ask: "choice", options: ["A", "B"], who: "members", changes: true, show: "end" },
      ms: null,
      asked: { type: "poll.open", ref: undefined },
    });
    const all = { who: "audience", changes: false, show: "live", seconds: 1.5 };
    expect(read({ ...open, ...all })).toMatchObject({
      question: { who: "audience", changes: false, show: "live" },
      ms: 1_500,
    });
    for (const ask of ["number", "text", "first"]) {
      expect(read({ type: "poll.open", poll: "q", ask })).toMatchObject({ question: { ask, options: [] } });
      expect(read({ ...open, ask })).toMatchObject({ kind: "flawed", refusal: { name: "bad_field" } });
    }
    const letters = Array.from({ length: 26 }, (_, n) => `${n}`);
    expect(read({ ...open, ask: "many", options: letters })).toMatchObject({ question: { options: letters } });
    for (const options of [
      [],
      ["A"],
      [...letters, "x"],
      ["A", ""],
      ["A", " "],
      ["A", "x".repeat(61)],
      ["A", 1],
      "AB",
      ["A", "B\n"],
    ])
      expect(read({ ...open, options })).toMatchObject({ kind: "flawed", refusal: { name: "bad_field" } });
    for (const poll of ["", " ", "x".repeat(33), 1, undefined])
      expect(read({ ...open, poll })).toMatchObject({ refusal: { text: "poll must be 1 to 32 printable characters" } });
    for (const field of [
      { ask: "why" },
      { who: "you" },
      { show: "me" },
      { changes: 1 },
      { seconds: -1 },
      { seconds: 1e9 },
    ])
      expect(read({ ...open, ...field })).toMatchObject({ kind: "flawed", refusal: { name: "bad_field" } });
  });

  test("[C12] an answer is a choice, choices, a number, a text or nothing", () => {
    const answer = { type: "answer", poll: "q" };
    for (const value of [{ choice: 0 }, { choices: [2, 0] }, { number: 1_000 }, { text: "Ann & Bob" }, {}])
      expect(read({ ...answer, ...value })).toMatchObject({ kind: "answer", poll: "q", value });
    const long = "x".repeat(141);
    for (const value of [
      ...[{ choice: -1 }, { choice: 26 }, { choice: 0.5 }, { choices: [] }, { choices: [1, 1] }, { choices: [26] }],
      ...[
        { number: 1_001 },
        { number: -1 },
        { number: 0.5 },
        { text: long },
        { text: " " },
        { text: "a\nb" },
        { text: 1 },
      ],
    ])
      expect(read({ ...answer, ...value })).toMatchObject({ kind: "flawed", from: "present" });
    expect(read({ type: "poll.close", poll: "q", id: 1 })).toMatchObject({ kind: "pollClose", poll: "q" });
  });

  test("[R33] since without an epoch is of no room's", () => {
    const join = { type: "join", clientId: "a", room: "GXHB" };
    expect(read({ ...join, since: 5 })).toMatchObject({ since: { seq: 5, epoch: "" } });
    expect(read({ ...join, since: 0, epoch: "e" })).toMatchObject({ since: { seq: 0, epoch: "e" } });
    expect(read({ ...join, epoch: "e" })).toMatchObject({ since: null });
  });

  test("[P4] a type that nobody knows is named in the error if it is a word, not if it is a text", () => {
    expect(read({ type: "x".repeat(64) })).toMatchObject({ asked: { type: "x".repeat(64) } });
    expect(read({ type: "x".repeat(65) })).toMatchObject({ asked: { type: "" } });
  });

  const UNSEEN = [
    " ",
    "\u00A0\u3000",
    "\u200B",
    "\u200D\uFE0F",
    "\u3164",
    "\uFFA0\u115F\u1160",
    "\u2800",
    "\u00AD",
    "\uFEFF",
  ];
  test.each([...UNSEEN, " \u2060 ", "\u034F", "\u180E", "\u{1D159}"])("[P12] a name of %j shows nothing", (name) => {
    const text = "name must be at most 64 printable characters";
    expect(refusalOf({ type: "join", clientId: "a", room: "GXHB", name })).toBe(text);
    expect(refusalOf({ type: "create", clientId: "a", maxClients: 2, name })).toBe(text);
    expect(refusalOf({ type: "game.add", title: name })).toBe("title must be 1 to 100 printable characters");
  });

  test.each(["\u061C", "\u200E", "\u200F", "\u202E", "\u{E0001}", "\u{E0061}", "\u{1F3F4}\u{E0067}"])(
    "[P12] %j may not be in a name",
    (mark) => {
      for (const name of [`a${mark}`, `${mark}a`, `a${mark}b`]) {
        expect(refusalOf({ type: "join", clientId: "a", room: "GXHB", name })).toBe(
          "name must be at most 64 printable characters",
        );
      }
    },
  );

  test("[P12] isolates are taken out of a name, and one of isolates alone shows nothing", () => {
    const named = (name: string) => {
      const join = read({ type: "join", clientId: "a", room: "GXHB", name });
      return join.kind === "join" ? join.guest?.name : join.kind;
    };
    expect(named("\u2068Ann\u2069")).toBe("Ann");
    expect(named("\u2066A\u2067n\u2068n\u2069")).toBe("Ann");
    expect(named(`\u2068${"x".repeat(64)}\u2069`)).toBe("x".repeat(64));
    expect(named(`\u2068${"x".repeat(65)}\u2069`)).toBe("flawed");
    expect([named("\u2068"), named("\u2068 \u2069"), named("\u2068\u202E\u2069a")]).toEqual([
      "flawed",
      "flawed",
      "flawed",
    ]);
    expect(read({ type: "create", clientId: "a", maxClients: 2, name: "\u2068Ann\u2069" })).toMatchObject({
      guest: { name: "Ann" },
    });
  });

  test("[P12] a flag counts with all that is in it", () => {
    const wales = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}";
    const called = (name: string) => read({ type: "join", clientId: "a", room: "GXHB", name }).kind;
    expect([called(wales.repeat(9)), called(wales.repeat(10))]).toEqual(["join", "flawed"]);
  });

  test("[R2] a clientId shows something", () => {
    for (const clientId of [" ", "\u3000", "\u3164", "\u2800 "]) {
      expect(refusalOf({ type: "join", clientId, room: "GXHB" })).toBe("clientId must be 1 to 64 printable characters");
    }
  });

  test("[P3] the ref survives a flaw elsewhere", () => {
    expect(read({ type: "create", id: "r1" })).toMatchObject({ kind: "flawed", asked: { type: "create", ref: "r1" } });
  });
});

describe("bodies", () => {
  const bodies = [
    "null",
    "0",
    "-0",
    "1e400",
    "9007199254740993",
    "1.0",
    '"\\ud800"',
    '"\\u0041"',
    '{"b":1,"a":2,"b":3}',
    "[ 1 , 2 ]",
  ].concat(['"}"', '"\\\\"', '"\\""', '{"data":{"data":"]"}}', '""', "[]", "{}", '"é€😀"', `"${"\\\\".repeat(50)}"`]);

  test.each(bodies)("[P7] %s is passed on as it came, wherever it stands", (body) => {
    for (const frame of [
      `{"type":"send","data":${body}}`,
      `{"type":"send","data":${body},"to":"a"}`,
      `{"type":"send","to":"a","data":${body}}`,
      `{"data":${body},"type":"send"}`,
      ` { "id" : 1 , "data" : ${body} , "type" : "send" } `,
      `{"type":"send","d\\u0061ta":${body}}`,
      `{"type":"send","data":"first","data":${body}}`,
      `{"x":[{"data":"inner"}],"type":"send","data":${body},"y":"\\"data\\":5"}`,
    ]) {
      expect(read(frame)).toMatchObject({ kind: "send", body });
    }
  });

  test("[P8] what looks like a second member is part of no body", () => {
    expect(read('{"type":"send","data":1,"from":"evil"}')).toMatchObject({ kind: "send", body: "1" });
    expect(read('{"type":"send","data":"x","type":"bye"}')).toMatchObject({
      kind: "unreadable",
      asked: { type: "bye" },
    });
    for (const data of ['1},"from":{"a":1', "1 2", "[1}", "{]", '{"a":1', '1}{"from":"evil"', '"x']) {
      expect(refusalOf(`{"type":"send","data":${data}}`)).toBe("Invalid JSON");
    }
  });

  test("[L3] 32 levels are taken, 33 are not, whatever stands around them", () => {
    expect(read(`{"type":"send","data":${nest(32)}}`)).toMatchObject({ kind: "send", body: nest(32) });
    for (const deep of [
      nest(33),
      `{"a":${nest(32)}}`,
      `[1,"]]]]",${nest(32)}]`,
      `{"a":${nest(40)},"a":1}`,
      nest(30_000),
    ]) {
      expect(read(`{"type":"send","data":${deep}}`)).toMatchObject({ kind: "flawed", refusal: { name: "too_deep" } });
      expect(read(`{"type":"send","to":"a","data":${deep}}`)).toMatchObject({
        kind: "flawed",
        refusal: { name: "too_deep" },
      });
    }
    expect(read(`{"type":"send","data":"${"[".repeat(500)}"}`)).toMatchObject({ kind: "send" });
    expect(refusalOf("[".repeat(60_000))).toBe("Invalid JSON");
  });
});

describe("what a room keeps", () => {
  const keeping = (max: number): [string, number, (body: string) => string][] => [
    ["a state", max, (body) => `{"type":"set_state","data":${body}}`],
    ["a first state", max, (body) => `{"type":"create","clientId":"a","maxClients":2,"state":${body}}`],
  ];
  const KEPT = [
    ...keeping(16 * 1024),
    ["a member's data", 4 * 1024, (body: string) => `{"type":"set_player","data":${body}}`] as const,
  ];

  test.each(KEPT)("[R36][R37] %s may have %d bytes of UTF-8, and not one more", (_, max, frame) => {
    for (const letter of ["x", "é"]) {
      const size = Buffer.byteLength(letter);
      const body = `"${letter.repeat((max - 2) / size)}"`;
      expect(Buffer.byteLength(body)).toBe(max);
      expect(refusalOf(frame(body))).toStartWith("taken as ");
      expect(refusalOf(frame(body.replace('"', '"x')))).toBe("Data is too large");
    }
  });

  test.each(KEPT)("[L3] %s may nest 32 levels, and not one more", (_, _max, frame) => {
    expect(refusalOf(frame(nest(32)))).toStartWith("taken as ");
    expect(refusalOf(frame(nest(33)))).toBe("Data is nested too deeply");
  });
});

describe("the walk over a JSON text", () => {
  test("[P7] finds the last member of that name at the top, and no other", () => {
    const at = (text: string) => {
      const span = memberSpan(text, "data");
      return span && text.slice(span.start, span.end);
    };
    expect(at('{"a":{"data":1},"data":2,"b":3}')).toBe("2");
    expect(at('{"data":1,"data":[2]}')).toBe("[2]");
    expect(at('{"a":"\\"data\\":1"}')).toBeNull();
    expect(at("[1]")).toBeNull();
    expect(at("")).toBeNull();
    expect(at('{"data"')).toBeNull();
  });

  test("[L1] a text that breaks off is no value", () => {
    for (const text of [
      "",
      '"',
      '"\\',
      "[",
      '["',
      '{"a',
      '{"a":',
      "]",
      ",",
      " ",
      "\\",
      "-",
      "1.",
      "1e",
      "tru",
      '"\\u00',
    ]) {
      expect(valueSpan(text, 0)).toBeNull();
    }
  });
});
