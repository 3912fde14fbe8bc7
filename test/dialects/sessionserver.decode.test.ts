// What the sessionserver wire takes and what it refuses, frame by frame, without a server.
import { describe, expect, test } from "bun:test";
import { decode } from "../../src/dialects/sessionserver/decode.ts";
import { numberOf } from "../../src/dialects/sessionserver/errors.ts";
import { DATA_NAMES } from "../../src/dialects/sessionserver/names.ts";

const DEPTH = 32;
const read = (frame: unknown) => decode(typeof frame === "string" ? frame : JSON.stringify(frame), DEPTH);
const lists = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const maps = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** What the sender of this frame is told if it stands where it has to, or what the frame is taken as. */
function toldOf(frame: unknown): string | number {
  const command = read(frame);
  return "refusal" in command ? numberOf(command.refusal.name, command.asked) : command.kind;
}

const SESSION = { map: "castle" };
const PLAYER = { name: "?", pos: { x: 1, y: [2] } };
const SHAPE = '["name","x","y"]';
const player = (value: string) => `{"command":"updatePlayer","player":${value}}`;

describe("requests", () => {
  test("[R47][V3] createSession opens a room of this wire's rules, with a guest that is known by its number", () => {
    expect(read({ command: "createSession", session: SESSION, player: PLAYER, sessionID: 5, secret: "s" })).toEqual({
      kind: "create",
      guest: null,
      maxClients: null,
      code: null,
      rules: {
        awayMs: 0,
        historyMax: 0,
        hostGone: "stay",
        capCounts: "seats",
        idsAre: "public",
        isNumbered: true,
        creatorPlays: true,
      },
      state: '{"map":"castle"}',
      defaults: { body: JSON.stringify(PLAYER), shape: SHAPE },
      wireData: null,
      asked: { type: "createSession", ref: undefined },
    });
  });

  test.each(["", ',"session":null', ',"player":null', ',"sessionData":null,"player":null'])(
    "[V3] data that is left out, or null, is empty: %j",
    (members) => {
      expect(read(`{"command":"createSession"${members}}`)).toMatchObject({
        kind: "create",
        state: "{}",
        defaults: { body: "{}", shape: "[]" },
      });
    },
  );

  test.each([
    ['{"sessionID":0}', 0],
    ['{"sessionID":1.0}', 1],
    ['{"sessionID":-1}', -1],
    ['{"sessionID":1e0}', 1],
    ['{"sessionID":1.5}', 1.5],
    ['{"sessionID":1e400}', Number.POSITIVE_INFINITY],
    ['{"sessionID":1,"sessionID":2}', 2],
  ])("[V7] joinSession %s", (members, code) => {
    expect(read(`{"command":"joinSession",${members.slice(1)}`)).toEqual({
      kind: "join",
      guest: null,
      code,
      since: null,
      asked: { type: "joinSession", ref: undefined },
    });
  });

  test.each(['"1"', "null", "true", "[1]", "{}", '""', '"GXHB"'])("[V7] a sessionID of %s is no room's", (id) => {
    for (const text of [`{"command":"joinSession","sessionID":${id}}`, '{"command":"joinSession"}']) {
      expect(read(text)).toMatchObject({ kind: "join", code: Number.NaN });
    }
  });

  test("[V8][V11] updatePlayer and updateSession bring data and its shape; leaveSession brings nothing", () => {
    expect(read({ command: "updatePlayer", player: PLAYER })).toEqual({
      kind: "setPlayer",
      body: JSON.stringify(PLAYER),
      shape: SHAPE,
      asked: { type: "updatePlayer", ref: undefined },
    });
    expect(read({ command: "updateSession", session: false, player: PLAYER })).toEqual({
      kind: "setShared",
      state: "false",
      defaults: { body: JSON.stringify(PLAYER), shape: SHAPE },
      asked: { type: "updateSession", ref: undefined },
    });
    expect(read({ player: 1, command: "leaveSession" })).toEqual({
      kind: "leave",
      asked: { type: "leaveSession", ref: undefined },
    });
  });

  test.each([
    ["14.0", "14"],
    [' { "a" : 1e3 , "b" : -27.50 } ', '{"a":1000,"b":-27.5}'],
    ["1e400", "null"],
    ["-0", "0"],
    ["9007199254740993", "9007199254740992"],
    ['"\\u0041\\/\\u00e9"', '"A/é"'],
    ['"\\ud800"', '"\\ud800"'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"b":1,"2":1,"1":1}', '{"1":1,"2":1,"b":1}'],
    ['{"__proto__":{"a":1},"toJSON":1}', '{"__proto__":{"a":1},"toJSON":1}'],
    ["false", "false"],
    ['""', '""'],
  ])("[V1] data is parsed and written anew: %s", (value, body) => {
    expect(read(player(value))).toMatchObject({ kind: "setPlayer", body });
  });
});

describe("namings", () => {
  const create = (members: object) => read({ command: "createSession", ...members });

  test("[V16] sessionData and playerData are the same, and the session's creator says which it is", () => {
    const theirs = create({ sessionData: SESSION, playerData: PLAYER });
    expect(theirs).toEqual({ ...create({ session: SESSION, player: PLAYER }), wireData: DATA_NAMES } as typeof theirs);
    for (const own of [{ sessionData: SESSION }, { playerData: PLAYER }]) {
      expect(create(own)).toMatchObject({ wireData: DATA_NAMES });
    }
    for (const own of [
      {},
      { session: SESSION },
      { session: SESSION, playerData: PLAYER },
      { player: 1, sessionData: 1 },
    ]) {
      expect(create(own)).toMatchObject({ wireData: null });
    }
  });

  test("[V16] of both, session and player are taken", () => {
    const both = { session: 1, sessionData: 2, player: 3, playerData: 4 };
    const taken = { state: "1", defaults: { body: "3" } };
    expect(create(both)).toMatchObject(taken);
    expect(read({ command: "updateSession", ...both })).toMatchObject(taken);
    expect(read({ command: "updatePlayer", ...both })).toMatchObject({ body: "3" });
    expect(read({ command: "updatePlayer", playerData: 4 })).toMatchObject({ body: "4" });
    expect(read({ command: "updateSession", sessionData: 2, playerData: 4 })).toMatchObject({ state: "2" });
  });
});

describe("shapes", () => {
  const shape = (value: string) => {
    const command = read(player(value));
    return command.kind === "setPlayer" ? command.shape : null;
  };

  test.each([
    ["{}", []],
    ['{"a":{},"b":{"c":{}}}', []],
    ['{"b":1,"a":2}', ["b", "a"]],
    ['{"p":{"x":1,"y":2},"n":"?"}', ["x", "y", "n"]],
    ['{"l":[{"deep":1}],"n":null}', ["l", "n"]],
    ['{"a.b":1,"a":{"b":2}}', ["a.b", "b"]],
    ['{"a":{"a":1},"b":{"a":1}}', ["a", "a"]],
    ['{"__proto__":{"x":1},"constructor":2}', ["x", "constructor"]],
    ['{"":1}', [""]],
    ['{"\\ud800":1}', ["\ud800"]],
    ["[1,[2]]", ["0", "1"]],
    ['[{"a":1},2]', ["a", "1"]],
    ['"ab"', ["0", "1"]],
    ["5", []],
    ["true", []],
    ["1e400", []],
  ])("[V9] the leaves of %s", (value, names) => {
    expect(shape(value)).toBe(JSON.stringify(names));
  });

  test("[V9] names that look like others when put together are not the same", () => {
    expect(shape('{"a\\",\\"b":1}')).not.toBe(shape('{"a":1,"b":1}'));
    expect(shape('{"a,b":1}')).not.toBe(shape('{"a":1,"b":1}'));
  });
});

describe("refusals", () => {
  test("[V10][V11] what is left out of an update: 4 of a player's, 9 of a session's", () => {
    for (const value of [{}, { player: null }, { playerData: null }]) {
      expect(toldOf({ command: "updatePlayer", ...value })).toBe(4);
    }
    for (const value of [
      {},
      { session: 1 },
      { player: 1 },
      { session: null, player: 1 },
      { session: 1, player: null },
    ]) {
      expect(toldOf({ command: "updateSession", ...value })).toBe(9);
    }
  });

  test("[V7][V15] who asks from the wrong side is told so first", () => {
    const deep = `{"x":${lists(DEPTH + 1)},`;
    const sides = { createSession: "outside", joinSession: "outside", updateSession: "inside", updatePlayer: "inside" };
    for (const [command, from] of Object.entries({ ...sides, leaveSession: "inside" })) {
      expect(read(`${deep}"command":"${command}"}`)).toMatchObject({ kind: "flawed", from });
    }
    const long = "x".repeat(20_000);
    expect(read({ command: "createSession", session: long })).toMatchObject({ kind: "flawed", from: "outside" });
    expect(read({ command: "updateSession", session: long, player: 1 })).toMatchObject({ from: "inside" });
    expect(read({ command: "updatePlayer", player: long })).toMatchObject({ from: "inside" });
  });

  test("[V19] 16 KiB of a session and 4 KiB of a player, in bytes of UTF-8 as they are told", () => {
    const text = (bytes: number) => "é".repeat((bytes - 2) / 2);
    for (const [session, data, told] of [
      [16_384, 4_096, "taken"],
      [16_386, 4_096, 9],
      [16_384, 4_098, 9],
    ] as const) {
      const members = { session: text(session), player: text(data) };
      expect(toldOf({ command: "createSession", ...members })).toBe(told === "taken" ? "create" : told);
      expect(toldOf({ command: "updateSession", ...members })).toBe(told === "taken" ? "setShared" : told);
      if (session === 16_384)
        expect(toldOf({ command: "updatePlayer", ...members })).toBe(told === 9 ? 9 : "setPlayer");
    }
    // Short as it was sent, long as it is told.
    expect(toldOf(player(`[${"1e20,".repeat(800)}0]`))).toBe(9);
    // The other way round.
    expect(toldOf(player(`{"a":1${" ".repeat(60_000)}}`))).toBe("setPlayer");
  });

  test("[V19] data may nest as deep as MAX_DEPTH, wherever it stands", () => {
    for (const nest of [lists, maps]) {
      expect(toldOf(player(nest(DEPTH)))).toBe("setPlayer");
      expect(toldOf(player(nest(DEPTH + 1)))).toBe(9);
      expect(toldOf(`{"command":"createSession","session":${nest(DEPTH)}}`)).toBe("create");
      expect(toldOf(`{"command":"createSession","session":${nest(DEPTH + 1)}}`)).toBe(9);
      expect(toldOf(`{"command":"updateSession","session":1,"player":${nest(DEPTH + 1)}}`)).toBe(9);
      expect(toldOf(`{"command":"leaveSession","more":${nest(DEPTH + 1)}}`)).toBe(9);
    }
  });
});

const HUGE = "x".repeat(1_000_000);

/** No frame of this wire's: what is told, and whether any client could have meant it. */
const HOSTILE: Readonly<Record<string, readonly [text: string, command: string, broken: boolean]>> = {
  nothing: ["", "", true],
  "white space": [" \n\t", "", true],
  "a NUL": ["\u0000", "", true],
  "half an object": ['{"command":"leaveSession"', "", true],
  "two frames in one": ['{"command":"leaveSession"}{"command":"leaveSession"}', "", true],
  "a comment": ['{"command":"leaveSession"/**/}', "", true],
  "a byte order mark": ['\ufeff{"command":"leaveSession"}', "", true],
  null: ["null", "", true],
  "a list": ['["command","leaveSession"]', "", true],
  "a number": ["5", "", true],
  "a text": ['"leaveSession"', "", true],
  "an empty object": ["{}", "", true],
  "a command of null": ['{"command":null}', "", true],
  "a command of a list": ['{"command":["leaveSession"]}', "", true],
  "a command of an object": ['{"command":{"toString":1}}', "", true],
  "a command by the prototype": ['{"__proto__":{"command":"leaveSession"}}', "", true],
  "the last of two commands, no text": ['{"command":"leaveSession","command":5}', "", true],
  "a lone surrogate around": ["\ud800", "", true],
  "100,000 open lists": ["[".repeat(100_000), "", true],
  "100,000 nested lists": [lists(100_000), "", true],
  "100,000 open objects": ['{"a":'.repeat(100_000), "", true],
  "100,000 nested objects": [maps(100_000), "", true],
  "100,000 nested lists as the command": [`{"command":${lists(100_000)}}`, "", true],
  "a text of a megabyte": [JSON.stringify(HUGE), "", true],
  "an empty command": ['{"command":""}', "", false],
  "a command of a megabyte": [JSON.stringify({ command: HUGE }), HUGE, false],
  "a command of another case": ['{"command":"LeaveSession"}', "LeaveSession", false],
  "a command with blanks": ['{"command":" leaveSession "}', " leaveSession ", false],
  "a command called __proto__": ['{"command":"__proto__"}', "__proto__", false],
  "a command called constructor": ['{"command":"constructor"}', "constructor", false],
  "a command of a lone surrogate": ['{"command":"\\ud800"}', "\ud800", false],
  "a command of the other direction": ['{"command":"sessionJoin","error":0}', "sessionJoin", false],
};

/** Requests all the same: what becomes of them. */
const ODD: Readonly<Record<string, readonly [text: string, told: string | number]>> = {
  "escaped keys and words": ['{"c\\u006fmmand":"leave\\u0053ession"}', "leave"],
  "the last of two commands": ['{"command":"nope","command":"leaveSession"}', "leave"],
  "a __proto__ beside": ['{"__proto__":null,"constructor":1,"hasOwnProperty":1,"command":"leaveSession"}', "leave"],
  "a __proto__ as data": [player('{"__proto__":null}'), "setPlayer"],
  "10,000 keys beside": [
    `{${Array.from({ length: 10_000 }, (_, n) => `"k${n}":1`).join()},"command":"leaveSession"}`,
    "leave",
  ],
  "10,000 times one key": [`{${'"player":0,'.repeat(10_000)}"command":"updatePlayer"}`, "setPlayer"],
  "100,000 nested lists as data": [player(lists(100_000)), 9],
  "100,000 nested objects as data": [player(maps(100_000)), 9],
  "100,000 nested lists beside": [`{"command":"leaveSession","x":${lists(100_000)}}`, 9],
  "a megabyte as data": [player(JSON.stringify(HUGE)), 9],
  "a list of a million": [player(`[${"0,".repeat(1_000_000)}0]`), 9],
  "10,000 keys as data": [player(`{${Array.from({ length: 10_000 }, (_, n) => `"${n}":1`).join()}}`), 9],
};

describe("hostile texts", () => {
  test.each(Object.entries(HOSTILE))("[L12][V17][V18] %s", (_, [text, type, broken]) => {
    const command = read(text);
    expect(command).toMatchObject({ kind: "unreadable", broken });
    // Not in the matcher: it would print a megabyte.
    expect(command.asked?.type === type).toBe(true);
    expect("refusal" in command && numberOf(command.refusal.name, command.asked)).toBe(9);
  });

  test.each(Object.entries(ODD))("[V1][V19] %s", (_, [text, told]) => {
    expect(toldOf(text)).toBe(told);
  });

  test("[L1] whatever the depth allowed, nothing throws", () => {
    for (const depthMax of [1, 512]) {
      for (const levels of [depthMax, depthMax + 1, 20_000]) {
        for (const nest of [lists, maps]) {
          const command = decode(player(nest(levels)), depthMax);
          expect("refusal" in command).toBe(levels > depthMax);
        }
      }
    }
  });
});
