// Sessions to begin a test with: in a room, watching another room, and in no room.
import type { NewGame } from "../../src/protocol/commands.ts";
import { isRefusal, type Refusal } from "../../src/protocol/refusals.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { core } from "./core.ts";

export const GAME: NewGame = {
  ...{ title: "Quiz", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false },
};

/** The value, where no refusal is expected. */
export function ok<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(value.text);
  return value;
}

/** A session in a room, one without whose game is played in another room, and one without any. */
export function threeSessions() {
  const fixture = core();
  const own = fixture.create("tv");
  fixture.ask(own.line, { kind: "sessionStart", notes: null });
  fixture.ask(own.line, { kind: "gameAdd", game: GAME });
  fixture.ask(own.line, { kind: "gameStart" });
  const other = fixture.create("tv2");
  const watching = ok(fixture.sessions.start(null, null));
  fixture.sessions.addGame(watching.id, GAME, fixture.rooms.at(other.code));
  const free = ok(fixture.sessions.start("free", null));
  return { ...fixture, own, other, watching, free };
}

/** What a store throws whose file may not grow. */
export function diskFull(): unknown {
  const store = Store.open(":memory:", 64 * 1024);
  const row = { createdAt: 0, notes: "x".repeat(500), roomCode: null, roomId: null, startedBy: "token" as const };
  try {
    for (let n = 0; n < 1000; n++) store.addSession(row);
  } catch (error) {
    return error;
  }
  throw new Error("the store never was full");
}
