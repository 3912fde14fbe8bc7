// What the sessions hear of the rooms that games are played in, shown on the core alone.
import { describe, expect, test } from "bun:test";
import { core } from "../support/core.ts";
import { GAME } from "../support/sessions.ts";

/** A room whose creator is its display, with a session, and a game for two at least. */
function stage() {
  const parts = core();
  const tv = parts.create("tv");
  parts.ask(tv.line, { kind: "sessionStart", notes: null });
  parts.ask(tv.line, { kind: "gameAdd", game: { ...GAME, minPlayers: 2 } });
  const told = () => parts.fanout.told.splice(0).map(({ event }) => event.type);
  told();
  return { ...parts, tv: tv.line, code: tv.code, told };
}

describe("an open lobby", () => {
  test("[S14] is told as updated with each player that leaves, and with who joins where that has moved it since it was last told", () => {
    const { join, ask, code, told } = stage();
    join(code, "a");
    expect(told()).toEqual(["lobby.player-joined"]);
    const { line: b } = join(code, "b");
    expect(told()).toEqual(["lobby.player-joined", "lobby.updated"]);
    ask(b, { kind: "leave" });
    expect(told()).toEqual(["lobby.updated"]);
    // As far as it was before somebody left: but that was told since.
    join(code, "c");
    expect(told()).toEqual(["lobby.player-joined", "lobby.updated"]);
    join(code, "d");
    expect(told()).toEqual(["lobby.player-joined"]);
  });

  test("[S12][S14] does not hear of its display", () => {
    const { join, ask, code, tv, told } = stage();
    join(code, "a");
    told();
    ask(tv, { kind: "leave" });
    join(code, "tv");
    expect(told()).toEqual([]);
  });
});

test("[S14] a lobby that is closed does not hear of who comes and goes", () => {
  const { join, ask, code, tv, told } = stage();
  const { line: a } = join(code, "a");
  ask(tv, { kind: "gameStart" });
  told();
  join(code, "b");
  ask(a, { kind: "leave" });
  expect(told()).toEqual([]);
});
