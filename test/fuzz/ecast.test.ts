// What a room of another platform may say to its watcher, and what it should not: 20,000 frames, each a real one with pieces cut out, doubled or
// put in. None of them ends anything, throws, or leaves a view that could not be told.
import { expect, test } from "bun:test";
import { PLAYERS_MAX } from "../../src/doors/ecast/frames.ts";
import { EVENTS } from "../../src/sessions/events.ts";
import { Lobby } from "../../src/sessions/lobby.ts";
import { RoomAbroad } from "../../src/sessions/place.ts";
import type { GameRow } from "../../src/sessions/store/rows.ts";
import { frame, scripted, welcome } from "../support/ecastScript.ts";
import { mutated, nearlyJson } from "../support/mutation.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const FRAMES = 20_000;
/** Seeds that failed once. */
const SEEDS: readonly number[] = [];

const KEYS = [
  "id",
  "roles",
  "player",
  "name",
  "key",
  "val",
  "state",
  "lobbyState",
  "here",
  "entities",
  "room",
  "opcode",
  "result",
];
const ROOM_STATE = {
  state: "Lobby",
  lobbyState: "WaitingForMore",
  gameCanStart: false,
  gameIsStarting: false,
  gameFinished: false,
};
const REAL = [
  welcome(["ADA", "BEA"], ROOM_STATE),
  frame("client/connected", {
    id: 5,
    userId: "u5",
    name: "OLE",
    role: "player",
    profile: { id: 5, roles: { player: { name: "OLE" } } },
  }),
  frame("client/kicked", { id: 5 }),
  frame("client/disconnected", { id: 2, role: "player" }),
  frame("object", { key: "room", val: ROOM_STATE, version: 5, from: 1 }),
  frame("object", { key: "room", val: { state: "EnterSingleText" }, version: 6, from: 1 }),
  frame("object", { key: "textDescriptions", val: { latestDescriptions: [{ id: 3, text: "OLE ist da." }] } }),
  frame("text", {
    key: "bc:room",
    val: JSON.stringify({ state: "Lobby", lobbyState: "Countdown" }),
    version: 4,
    from: 1,
  }),
  frame("room/lock", {}),
  frame("error", { code: 2014, msg: "requested role does not exist" }),
];

const GAME: GameRow = {
  ...{
    id: 7,
    sessionId: 3,
    roomCode: "KLMN",
    platform: "jackbox",
    watchedRoomId: "abroad",
    addedAt: 0,
    startedAt: null,
    endedAt: null,
  },
  ...{ title: "Quip", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
  ...{ playerCount: null, playerCountStatus: null, lobbyStateSet: null, upvotes: 0, downvotes: 0 },
};

for (const seed of [...SEEDS, seedOf("FUZZ_SEED")]) {
  test(`[E12] ${FRAMES} frames that are nearly right end nothing, and leave a view that can be told (FUZZ_SEED=${seed})`, () => {
    const random = randomFrom(seed);
    const { clock, attach, line, told, watch, lines } = scripted();
    attach(welcome(["ADA"], ROOM_STATE));
    const room = new RoomAbroad({ platform: "jackbox", code: "KLMN" });
    const lobby = new Lobby(GAME, room);
    let [changes, seen] = [0, 0];
    for (let n = 0; n < FRAMES; n++) {
      const text = random.chance(0.9) ? mutated(random, random.pick(REAL)) : nearlyJson(random, KEYS);
      line().said(text);
      if (random.chance(0.01)) clock.advance(random.below(5_000));
      // A look has opened a line: it is let in as a real one would be, or says anything but that.
      if (lines.length > 1 && random.chance(0.2)) line().said(welcome(["ADA", "BEA"], ROOM_STATE));
      for (; seen < told.length; seen++) {
        const { what, view } = told[seen] ?? { what: "" };
        expect([text, what]).toEqual([text, seen === 0 ? "attached" : "changed"]);
        if (view === undefined) continue;
        changes++;
        expect(view.players.length).toBeLessThanOrEqual(PLAYERS_MAX);
        const ids = view.players.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
        expect(view.players.every(({ name }) => name.length > 0 && name.length <= 64 && name.isWellFormed())).toBe(
          true,
        );
        room.see(view, false);
        EVENTS["room.connected"].shape.data.parse(lobby.connected());
        EVENTS["lobby.updated"].shape.data.parse(lobby.updated());
      }
    }
    expect(watch.state).toBe("watching");
    // It did say something.
    expect(changes).toBeGreaterThan(500);
  }, 60_000);
}
