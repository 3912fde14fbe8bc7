// What frames say, and what the room looks like by them: each row of what is found and what it means.
import { describe, expect, test } from "bun:test";
import { PLAYERS_MAX, read } from "../../../src/doors/ecast/frames.ts";
import { areSamePlayers, isSame, Picture } from "../../../src/doors/ecast/picture.ts";
import { frame, player, welcome } from "../../support/ecastScript.ts";

/** The room as it is after these frames. */
function viewAfter(...texts: string[]) {
  const picture = new Picture();
  for (const text of texts) {
    const said = read(text);
    if (said?.kind === "welcome") picture.welcome(said.welcome);
    else if (said?.kind === "state" || said?.kind === "came" || said?.kind === "left" || said?.kind === "locked")
      picture.say(said);
  }
  return picture.view();
}
const state = (val: unknown, key = "room") => frame("object", { key, val, version: 1, from: 1 });
const text = (val: string, key = "bc:room") => frame("text", { key, val, version: 1, from: 1 });
const here = (people: unknown) => frame("client/welcome", { id: 9, secret: "s", here: people, entities: {} });
const namesAfter = (...texts: string[]) => viewAfter(...texts).players.map(({ name }) => name);

describe("players", () => {
  test("[E9] are those of the welcome who have that role and were not put out, by id", () => {
    const people = {
      ...{ 1: { id: 1, roles: { host: {} } }, 12: { id: 12, roles: { player: { name: "IDA" } } } },
      ...{ 3: { id: 3, roles: { shard: {} } }, 4: { id: 4, roles: { moderator: {} } } },
      ...{ 5: { id: 5, roles: { player: { name: "OUT", kicked: true } } } },
      ...{ 6: { id: 6, kicked: true, roles: { player: { name: "OUT" } } } },
      ...{ 7: { id: 7, roles: { player: { name: "OUT" }, banned: {} } } },
      ...{ 8: { id: 8, kicked: false, roles: { player: { name: "OLE", banned: "no" } } } },
      ...{ a: { id: "9", roles: { player: { name: "TEXT" } } }, b: { id: 1.5, roles: { player: { name: "HALF" } } } },
      ...{ c: { id: -2, roles: { player: { name: "LESS" } } }, d: null, e: [], f: { id: 13, roles: null } },
      ...{ g: { id: 14, roles: { player: "x" } }, h: { id: 8, roles: { player: { name: "TWICE" } } } },
    };
    expect(viewAfter(here(people)).players).toEqual([
      { id: 8, name: "OLE" },
      { id: 12, name: "IDA" },
    ]);
    for (const nobody of [null, [], "x", {}]) expect(viewAfter(here(nobody)).players).toEqual([]);
  });

  test("[E9] come one by one, leave when they are put out, and keep their place while their phone sleeps", () => {
    const came = (id: unknown, name: unknown, more: object = { role: "player" }) =>
      frame("client/connected", { id, name, ...more });
    const before = [welcome(["ADA"]), came(7, "BEA"), came(4, "CLEO")];
    expect(namesAfter(...before)).toEqual(["ADA", "CLEO", "BEA"]);
    expect(namesAfter(...before, frame("client/disconnected", { id: 7 }))).toEqual(["ADA", "CLEO", "BEA"]);
    expect(namesAfter(...before, frame("client/kicked", { id: 7 }))).toEqual(["ADA", "CLEO"]);
    expect(namesAfter(...before, came(7, "BETTY"))).toEqual(["ADA", "CLEO", "BETTY"]);
    const profile = { id: 8, roles: { player: { name: "DAN" } } };
    expect(namesAfter(came(8, undefined, { role: "player", profile }))).toEqual(["DAN"]);
    expect(namesAfter(came(8, "DAN", { profile }))).toEqual(["DAN"]);
    for (const nobody of [came(8, "x", { role: "shard" }), came(8, "x", {}), came("8", "x"), came(null, "x")]) {
      expect(namesAfter(nobody)).toEqual([]);
    }
    for (const id of ["7", null, 7.5, -7]) expect(namesAfter(...before, frame("client/kicked", { id })).length).toBe(3);
  });

  test("[E9] are 256 at most, of whom those with the lowest ids were there first", () => {
    const crowd = Object.assign({}, ...Array.from({ length: 5_000 }, (_, n) => player(n + 10, `P${n}`)));
    const full = viewAfter(here(crowd), frame("client/connected", { id: 3, name: "LATE", role: "player" })).players;
    expect([full.length, full[0]?.id, full.at(-1)?.id]).toEqual([PLAYERS_MAX, 10, 265]);
  });

  test.each([
    ["ADA", "ADA"],
    ["  A\u0000D\u202EA\n ", "ADA"],
    ["", "Player 8"],
    [" \u200b ", "Player 8"],
    [null, "Player 8"],
    [5, "Player 8"],
    [{ a: 1 }, "Player 8"],
    ["x".repeat(5_000), "x".repeat(64)],
    ["\u0001".repeat(5_000), "Player 8"],
    [`${"x".repeat(63)}😀`, "x".repeat(63)],
    ["\ud800", "Player 8"],
    ["ÄÖÜ 日本 😀", "ÄÖÜ 日本 😀"],
  ])("[E9] are called by what can be shown: %j is %j", (said, shown) => {
    expect(namesAfter(here({ 8: { id: 8, roles: { player: { name: said } } } }))).toEqual([shown]);
    expect(namesAfter(frame("client/connected", { id: 8, name: said, role: "player" }))).toEqual([shown]);
  });
});

describe("the state of the game", () => {
  test("[E9] stands in the first of three entities, as an object or as a text", () => {
    const lobby = { state: "Lobby" };
    expect(viewAfter(state({ state: "Round" })).gameState).toBe("Gameplay");
    expect(viewAfter(state({ state: "Round" }, "roomBlob")).gameState).toBe("Gameplay");
    expect(viewAfter(text('{"state":"Round"}')).gameState).toBe("Gameplay");
    expect(viewAfter(text('{"state":"Round"}'), state(lobby)).gameState).toBe("Lobby");
    expect(viewAfter(state({ state: "Round" }, "roomBlob"), text('{"state":"Lobby"}')).gameState).toBe("Lobby");
    // What is no object changes nothing, nor does one that only players may read or nobody knows.
    for (const none of [state(null), state([]), state("x"), text("{"), text("[]"), text("null"), text(5 as never)]) {
      expect(viewAfter(state({ state: "Round" }), none).gameState).toBe("Gameplay");
    }
    expect(viewAfter(state({ state: "Round" }, "player:2"), state({ state: "Round" }, "toString")).gameState).toBe(
      "Lobby",
    );
    expect(viewAfter(frame("object", { key: {}, val: { state: "Round" } })).gameState).toBe("Lobby");
  });

  test("[E9] of a welcome counts, and what is none of it is ignored", () => {
    expect(viewAfter(welcome([], { state: "Round" })).gameState).toBe("Gameplay");
    const entities = { room: ["text", { val: '{"state":"Round"}' }], "bc:room": null, roomBlob: [5] };
    expect(viewAfter(frame("client/welcome", { id: 1, entities })).gameState).toBe("Gameplay");
    for (const none of [
      [],
      null,
      "x",
      { room: {} },
      { room: ["object"] },
      { room: ["object", null] },
      { room: [null, { val: {} }] },
    ]) {
      expect(viewAfter(frame("client/welcome", { id: 1, entities: none }), frame("room/lock", {})).gameState).toBe(
        "Gameplay",
      );
    }
  });

  test("[E9] is what the latest welcome says, also where it says that there is none", () => {
    const before = [welcome(["ADA"], { state: "Round" })];
    expect(viewAfter(...before, welcome(["ADA"])).gameState).toBe("Lobby");
    expect(viewAfter(...before, frame("client/welcome", { id: 9, secret: "s" })).gameState).toBe("Gameplay");
  });

  const over = [
    { state: "Lobby", lobbyState: "PostGame" },
    { state: "Lobby", gameFinished: true },
    { state: "Round", gameResults: { players: [] } },
    { gameResults: [] },
    ...["PostGame", "GameOver", "Credits", "DayEnd"].map((word) => ({ state: word })),
  ];
  test.each(over)("[E9] %j: over", (said) => expect(viewAfter(state(said)).gameState).toBe("Ended"));

  const played = [
    { state: "EnterSingleText" },
    { state: "" },
    { state: "lobby" },
    { state: "Logo", gameFinished: false },
  ];
  test.each(played)("[E9] %j: played", (said) => expect(viewAfter(state(said)).gameState).toBe("Gameplay"));

  const open = [
    { state: "Lobby" },
    { state: "Lobby_CanStart" },
    { lobbyState: "CanStart" },
    {},
    { state: 5 },
    { state: {}, gameResults: null },
  ];
  test.each(open)("[E9] %j: an open lobby", (said) => expect(viewAfter(state(said)).gameState).toBe("Lobby"));

  test("[E9] the lock tells of a game whose state says nothing, and of no other", () => {
    const lock = frame("room/lock", {});
    expect(viewAfter(welcome(["ADA"]), lock).gameState).toBe("Gameplay");
    expect(viewAfter(state({ lobbyState: "CanStart" }), lock).gameState).toBe("Gameplay");
    expect(viewAfter(state({ state: "Lobby" }), lock).gameState).toBe("Lobby");
    expect(viewAfter(state({ state: "GameOver" }), lock).gameState).toBe("Ended");
    const picture = new Picture();
    const facts = { appTag: null, minPlayers: null, maxPlayers: null };
    picture.found(facts, true);
    picture.found(facts, false);
    expect(picture.view().gameState).toBe("Gameplay");
  });

  test.each([
    [{ lobbyState: "WaitingForMore" }, "WaitingForMore", null, null],
    [{ lobbyState: "CanStart", gameCanStart: true, gameIsStarting: false }, "CanStart", true, false],
    [{ state: "Lobby_Countdown" }, "Countdown", null, null],
    [{ state: "Lobby_Countdown", lobbyState: {} }, "Countdown", null, null],
    [{ state: "Lobby_Countdown", lobbyState: "CanStart" }, "CanStart", null, null],
    [{ lobbyState: "Full" }, null, null, null],
    [{ lobbyState: {}, gameCanStart: "yes", gameIsStarting: 1 }, null, null, null],
    [{ state: "Lobby", gameIsStarting: true }, null, null, true],
  ])("[E8] the lobby by %j", (said, lobbyState, gameCanStart, gameIsStarting) => {
    expect(viewAfter(state(said))).toMatchObject({ lobbyState, gameCanStart, gameIsStarting });
  });
});

test("[E12] what says nothing to a watcher is null, whatever it looks like", () => {
  const nothing = [
    ...[
      "",
      "null",
      "[]",
      "7",
      '"x"',
      "{",
      "\ufeff{}",
      "{}",
      '{"opcode":null}',
      '{"opcode":{}}',
      '{"opcode":"toString"}',
    ],
    ...[
      frame("client/welcome", null),
      frame("client/connected", []),
      frame("client/kicked", "x"),
      frame("audience/x", {}),
    ],
    ...[
      frame("object", { key: "audience", val: {} }),
      frame("client/disconnected", { id: 2 }),
      frame("room/exit2", {}),
    ],
  ];
  for (const one of nothing) expect([one, read(one)]).toEqual([one, null]);
  expect(read('{"opcode":"room/exit"}')).toEqual({ kind: "exit" });
  expect(read(frame("object", { key: "textDescriptions", val: null }))).toEqual({ kind: "news" });
});

test("[E6] what takes the same place again is a number and a text, or is none", () => {
  const passOf = (id: unknown, secret: unknown) => {
    const said = read(frame("client/welcome", { id, secret }));
    return said?.kind === "welcome" ? said.welcome.pass : "none";
  };
  expect(passOf(4, "5f0e")).toEqual({ id: 4, secret: "5f0e" });
  for (const [id, secret] of [
    ["4", "x"],
    [4, ""],
    [4, null],
    [4, "x".repeat(257)],
    [null, "x"],
  ])
    expect(passOf(id, secret)).toBeNull();
});

test("[E10] two views are the same only when nothing differs that anybody could be told", () => {
  const view = viewAfter(welcome(["ADA", "BEA"], { state: "Lobby" }));
  expect(isSame(view, structuredClone(view))).toBe(true);
  const others = [
    ...[
      { gameState: "Ended" },
      { lobbyState: "CanStart" },
      { gameCanStart: true },
      { gameIsStarting: false },
      { appTag: "x" },
    ],
    ...[
      { maxPlayers: 4 },
      { minPlayers: 1 },
      { players: [] },
      {
        players: [
          { id: 2, name: "ADA" },
          { id: 3, name: "B" },
        ],
      },
    ],
  ];
  for (const other of others)
    expect([other, isSame(view, { ...view, ...other } as typeof view)]).toEqual([other, false]);
  expect(areSamePlayers(view.players, [...view.players].reverse())).toBe(false);
});
