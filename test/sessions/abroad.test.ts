// A game in a room of another platform: what of what is seen there is told, in which order, and how it ends. The platform is played by the test.
import { describe, expect, test } from "bun:test";
import { AnyEvent, type DisconnectReason } from "../../src/sessions/events.ts";
import type { View } from "../../src/sessions/ports.ts";
import { roomsNeeded } from "../../src/sessions/restore.ts";
import type { Store } from "../../src/sessions/store/store.ts";
import { core } from "../support/core.ts";
import { ScriptedPlatform, viewOf } from "../support/platform.ts";
import { GAME, ok } from "../support/sessions.ts";

const ABROAD = { platform: "jackbox", code: "KLMN" } as const;

/** A session with a game in a room of theirs; nothing has been seen of it. */
function stage(store?: Store, game = GAME) {
  const platform = new ScriptedPlatform();
  const fixture = core({}, store, { platforms: { jackbox: platform } });
  const { sessions } = fixture;
  const { id } = ok(sessions.start(null, null));
  const gameId = ok(sessions.addGame(id, game, ABROAD)).id;
  let seen = 0;
  /** What was told since the last look, each held against its schema. */
  const news = () => {
    const events = fixture.store.events(id, 0, 10_000).slice(seen);
    seen += events.length;
    return events.map(({ type, timestamp, body }) => {
      const data = JSON.parse(body);
      AnyEvent.parse({ type, timestamp, data });
      return { type, data };
    });
  };
  const types = () => news().map(({ type }) => type);
  const attached = (view: View) => platform.last.heard.attached(view);
  const changed = (view: View) => platform.last.heard.changed(view);
  const over = (reason: DisconnectReason) => platform.last.heard.over(reason);
  const status = () => ok(sessions.status(id, gameId));
  news();
  return { ...fixture, platform, id, gameId, news, types, attached, changed, over, status };
}

describe("the first sight of a room", () => {
  test("[E5] is told when it comes; until then the game is one that nobody watches", () => {
    const { status, attached, news, id, gameId, sessions } = stage();
    expect(status()).toMatchObject({ monitoring: false, roomCode: "KLMN", playerCount: 0, players: [] });
    ok(sessions.setPlayerCount(id, gameId, 5, "by hand"));
    expect(status()).toMatchObject({ monitoring: false, playerCount: 5 });
    news();
    attached(viewOf(["ADA", "BEA"]));
    const who = { appTag: "quiplash3", maxPlayers: 8, playerCount: 2, players: ["ADA", "BEA"] };
    const about = { sessionId: id, gameId, roomCode: "KLMN" };
    const data = { ...about, ...who, lobbyState: "WaitingForMore", gameState: "Lobby" };
    expect(news()).toEqual([{ type: "room.connected", data }]);
    expect(status()).toEqual({ ...data, gameStarted: false, gameFinished: false, monitoring: true } as never);
    // Names alone [S33].
    expect(sessions.status(id, gameId, "strangers")).toMatchObject({ roomCode: null, players: ["ADA", "BEA"] });
  });

  test("[E10] in the middle of a game: it is played, and that is told after it", () => {
    const { attached, news, status } = stage();
    attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    expect(news()).toMatchObject([
      { type: "room.connected", data: { gameState: "Gameplay" } },
      { type: "game.started", data: { playerCount: 1, players: ["ADA"], maxPlayers: 8 } },
    ]);
    expect(status()).toMatchObject({ gameState: "Gameplay", gameStarted: true });
  });

  test("[E10] with the end of an earlier round on the screen: this game is the next one", () => {
    const { attached, changed, news, types, status } = stage();
    attached(viewOf(["ADA"], { gameState: "Ended" }));
    expect(news()).toMatchObject([
      { type: "room.connected", data: { gameState: "Lobby", lobbyState: "WaitingForMore" } },
    ]);
    changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect(types()).toEqual(["lobby.player-joined"]);
    expect(status()).toMatchObject({ gameState: "Lobby", gameFinished: false });
    changed(viewOf(["ADA", "BEA"], { lobbyState: "CanStart" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Gameplay" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect(types()).toEqual(["lobby.updated", "game.started", "game.ended"]);
  });

  test("[E8] with what the room says of its lobby, or else by its number of players", () => {
    const cases: readonly (readonly [Partial<View>, string])[] = [
      [{}, "WaitingForMore"],
      [{ minPlayers: null }, "CanStart"],
      [{ minPlayers: 2 }, "CanStart"],
      [{ maxPlayers: 2 }, "Full"],
      [{ maxPlayers: null }, "WaitingForMore"],
      [{ gameCanStart: true }, "CanStart"],
      [{ maxPlayers: 2, gameCanStart: true }, "CanStart"],
      [{ gameCanStart: false, gameIsStarting: true }, "Countdown"],
      [{ lobbyState: "WaitingForMore", gameCanStart: true, maxPlayers: 2 }, "WaitingForMore"],
      [{ lobbyState: "Countdown" }, "Countdown"],
    ];
    for (const [more, lobbyState] of cases) {
      const { attached, news } = stage();
      attached(viewOf(["ADA", "BEA"], more));
      expect([more, news()[0]?.data.lobbyState]).toEqual([more, lobbyState]);
    }
  });

  test("[E8] the game's own word on who it needs comes before the room's, on who it takes after it", () => {
    const own = { ...GAME, minPlayers: 1, maxPlayers: 2, appTag: "own" };
    const said = stage(undefined, own);
    said.attached(viewOf(["ADA", "BEA"]));
    expect(said.news()[0]?.data).toMatchObject({ lobbyState: "CanStart", maxPlayers: 8, appTag: "quiplash3" });
    const unsaid = stage(undefined, own);
    unsaid.attached(viewOf(["ADA", "BEA"], { maxPlayers: null, appTag: null }));
    expect(unsaid.news()[0]?.data).toMatchObject({ lobbyState: "Full", maxPlayers: 2, appTag: "own" });
    const nobody = stage();
    nobody.attached(viewOf(["ADA"], { maxPlayers: null, minPlayers: null, appTag: null }));
    expect(nobody.news()[0]?.data).toMatchObject({ lobbyState: "CanStart", maxPlayers: null, appTag: null });
  });
});

describe("what changes", () => {
  test("[E10] one player more each: who was there then, by id; and how far the lobby is, last", () => {
    const { attached, changed, news } = stage();
    attached(viewOf(["ADA"]));
    news();
    const players = [
      { id: 2, name: "ADA" },
      { id: 4, name: "CLEO" },
      { id: 7, name: "BEA" },
    ];
    changed({ ...viewOf([]), players });
    expect(
      news().map(({ type, data }) => [type, data.playerName ?? data.lobbyState, data.playerCount, data.players]),
    ).toEqual([
      ["lobby.player-joined", "CLEO", 2, ["ADA", "CLEO"]],
      ["lobby.player-joined", "BEA", 3, ["ADA", "CLEO", "BEA"]],
      ["lobby.updated", "CanStart", 3, undefined],
    ]);
  });

  test("[E10] one whose number is below those of all who are there", () => {
    const { attached, changed, news } = stage();
    attached({ ...viewOf([]), players: [{ id: 5, name: "ADA" }] });
    news();
    changed({
      ...viewOf([]),
      players: [
        { id: 2, name: "BEA" },
        { id: 5, name: "ADA" },
      ],
    });
    expect(news()).toMatchObject([{ data: { playerName: "BEA", players: ["BEA", "ADA"] } }]);
  });

  test("[E10] one player less, and what the lobby says: each once", () => {
    const { attached, changed, news, types } = stage();
    attached(viewOf(["ADA", "BEA"]));
    news();
    changed(viewOf(["ADA"]));
    expect(news()).toMatchObject([{ type: "lobby.updated", data: { playerCount: 1, lobbyState: "WaitingForMore" } }]);
    changed(viewOf(["ADA"], { gameCanStart: true }));
    expect(news()).toMatchObject([{ data: { lobbyState: "CanStart", gameCanStart: true, gameIsStarting: false } }]);
    changed(viewOf(["ADA"], { gameCanStart: true, lobbyState: "CanStart" }));
    changed(viewOf(["ADA"], { gameCanStart: true, lobbyState: "CanStart", appTag: "x" }));
    expect(types()).toEqual([]);
    changed(viewOf(["ADA"], { gameCanStart: false, lobbyState: "CanStart" }));
    expect(news()).toMatchObject([{ data: { lobbyState: "CanStart", gameCanStart: false } }]);
    changed(viewOf(["ADA"], { gameIsStarting: true, lobbyState: "CanStart" }));
    expect(news()).toMatchObject([{ data: { lobbyState: "CanStart", gameCanStart: true, gameIsStarting: true } }]);
  });

  test("[E10] one who leaves while another comes", () => {
    const { attached, changed, news } = stage();
    attached(viewOf(["ADA", "BEA"]));
    news();
    changed({
      ...viewOf([]),
      players: [
        { id: 3, name: "BEA" },
        { id: 9, name: "DAN" },
      ],
    });
    expect(news()).toMatchObject([
      { type: "lobby.player-joined", data: { playerName: "DAN", players: ["BEA", "DAN"], playerCount: 2 } },
      { type: "lobby.updated", data: { playerCount: 2 } },
    ]);
  });

  test("[E10] played, then over: each once, and after that nothing until the room goes", () => {
    const { attached, changed, over, types } = stage();
    attached(viewOf(["ADA", "BEA", "CLEO"]));
    types();
    changed(viewOf(["ADA", "BEA", "CLEO"], { gameState: "Gameplay" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Gameplay", lobbyState: "Countdown" }));
    changed(viewOf(["ADA", "BEA", "DAN"], { gameState: "Lobby" }));
    expect(types()).toEqual(["game.started"]);
    changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Lobby" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Gameplay" }));
    changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect(types()).toEqual(["game.ended"]);
    over("room_closed");
    expect(types()).toEqual(["room.disconnected"]);
  });

  test("[E10] over without having been seen played: both are told", () => {
    const { attached, changed, types } = stage();
    attached(viewOf(["ADA"]));
    types();
    changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect(types()).toEqual(["lobby.player-joined", "game.started", "game.ended"]);
  });

  test("[E10] while the way was lost: the differences, and no second room.connected", () => {
    const { attached, platform, types, status } = stage();
    attached(viewOf(["ADA"]));
    types();
    platform.last.heard.lost();
    expect([types(), status().monitoring, status().players]).toEqual([[], false, ["ADA"]]);
    attached(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect([types(), status().monitoring]).toEqual([["lobby.player-joined", "game.started", "game.ended"], true]);
    platform.last.heard.lost();
    attached(viewOf(["ADA"]));
    expect(types()).toEqual([]);
  });

  test("[E10][S5] a game that begins there ends the one that is played", () => {
    const { attached, changed, news, sessions, id } = stage();
    const first = ok(sessions.addGame(id, GAME, null)).id;
    ok(sessions.startGame(id, first));
    news();
    // The game in the room is watched no more since the next was added; watched again, it begins.
    ok(sessions.watch(id, 1, ABROAD, "KLMN"));
    attached(viewOf(["ADA"]));
    changed(viewOf(["ADA"], { gameState: "Gameplay" }));
    expect(news().map(({ type, data }) => [type, data.gameId])).toEqual([
      ["room.connected", 1],
      ["game.ended", first],
      ["game.started", 1],
    ]);
  });

  test("[E13] whoever comes first tells that it begins or ends, and the other is silent", () => {
    const { attached, changed, types, sessions, id, gameId, platform } = stage();
    attached(viewOf(["ADA"]));
    expect(platform.last.heard.isLobbyOpen).toBe(true);
    ok(sessions.startGame(id, gameId));
    expect(platform.last.heard.isLobbyOpen).toBe(false);
    types();
    changed(viewOf(["ADA"], { gameState: "Gameplay" }));
    expect(types()).toEqual([]);
    ok(sessions.endGame(id, gameId));
    expect(types()).toEqual(["game.ended"]);
    changed(viewOf(["ADA"], { gameState: "Ended" }));
    expect(types()).toEqual([]);
    const other = stage();
    other.attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    expect(other.sessions.startGame(other.id, other.gameId)).toMatchObject({ name: "game_running" });
  });

  test("[E12][S36] what is told of who comes and goes there takes no more of the log than members of our own rooms may", () => {
    const { attached, changed, types, store, id, status } = stage();
    const crowd = (at: number) => ({
      ...viewOf([]),
      players: Array.from({ length: 256 }, (_, n) => ({ id: at * 256 + n, name: "x".repeat(64) })),
    });
    attached(viewOf([]));
    for (let at = 0; at < 10; at++) changed(crowd(at));
    expect(store.logChars(id)).toBeLessThan(12 * 1024 * 1024);
    types();
    changed(viewOf(["ADA"]));
    expect([types(), status().players]).toEqual([[], ["ADA"]]);
    changed(viewOf(["ADA"], { gameState: "Ended" }));
    expect(types()).toEqual(["game.started", "game.ended"]);
  });
});

test("[E6][S9] game.status is told every 20 s, whatever is seen, and never logged", () => {
  const { clock, fanout, attached, platform, sessions, id, gameId, types } = stage();
  const statuses = () => {
    fanout.told.length = 0;
    clock.advance(20_000);
    return fanout.told.map(({ event }) => [event.type, event.id, JSON.parse(event.body).monitoring]);
  };
  expect(statuses()).toEqual([["game.status", null, false]]);
  attached(viewOf(["ADA"]));
  expect(statuses()).toEqual([["game.status", null, true]]);
  platform.last.heard.lost();
  expect(statuses()).toEqual([["game.status", null, false]]);
  expect(JSON.parse(fanout.told[0]?.event.body ?? "")).toMatchObject({ players: ["ADA"], roomCode: "KLMN" });
  ok(sessions.unwatch(id, gameId));
  expect(statuses()).toEqual([]);
  expect(types()).toEqual(["room.connected", "room.disconnected"]);
});

describe("the end of a watch", () => {
  test("[E7] a room that closes ends the game that is played there first", () => {
    const { attached, over, news, status, platform } = stage();
    attached(viewOf(["ADA", "BEA"], { gameState: "Gameplay" }));
    news();
    over("room_closed");
    expect(news()).toMatchObject([
      { type: "game.ended", data: { players: ["ADA", "BEA"] } },
      { type: "room.disconnected", data: { reason: "room_closed", finalPlayerCount: 2, roomCode: "KLMN" } },
    ]);
    expect(status()).toMatchObject({ monitoring: false, gameFinished: true });
    // Whatever the platform says after that.
    for (const reason of ["room_closed", "connection_failed"] as const) platform.last.heard.over(reason);
    platform.last.heard.attached(viewOf([]));
    platform.last.heard.changed(viewOf(["EVE"]));
    expect(news()).toEqual([]);
  });

  const reasons = ["room_not_found", "connection_failed", "role_rejected"] as const;
  test.each(reasons)("[E7] %s is told once, and the game goes on without its room", (reason) => {
    const { over, news, status, sessions, id, gameId, platform } = stage();
    over(reason);
    expect(news()).toMatchObject([{ type: "room.disconnected", data: { reason, finalPlayerCount: 0 } }]);
    over(reason);
    expect([news(), platform.last.isStopped]).toEqual([[], true]);
    expect(status()).toMatchObject({ monitoring: false, gameFinished: false });
    expect(sessions.unwatch(id, gameId)).toMatchObject({ name: "not_watched" });
    ok(sessions.startGame(id, gameId));
  });

  test("[E7] a way that is not found again leaves a game that is played to whoever ends it", () => {
    const { attached, over, types } = stage();
    attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    types();
    over("connection_failed");
    expect(types()).toEqual(["room.disconnected"]);
  });

  test("[E5][S11] stopped by request, seen or not: told once", () => {
    for (const isSeen of [false, true]) {
      const { attached, news, sessions, id, gameId, platform } = stage();
      if (isSeen) attached(viewOf(["ADA"]));
      news();
      expect(ok(sessions.unwatch(id, gameId))).toMatchObject({ roomCode: "KLMN", platform: "jackbox" });
      const data = { reason: "manually_stopped", finalPlayerCount: isSeen ? 1 : 0 };
      expect(news()).toMatchObject([{ type: "room.disconnected", data }]);
      platform.last.heard.over("room_closed");
      expect([news(), platform.last.isStopped]).toEqual([[], true]);
    }
  });

  test("[E5] asked for anew: the old watch is let go of first, and told", () => {
    const { attached, news, sessions, id, gameId, platform } = stage();
    attached(viewOf(["ADA"]));
    const [old] = platform.watches;
    news();
    expect(ok(sessions.watch(id, gameId, { platform: "jackbox", code: "WXYZ" }, "WXYZ")).roomCode).toBe("WXYZ");
    expect(old?.isStopped).toBe(true);
    old?.heard.over("room_closed");
    expect(news()).toMatchObject([{ data: { reason: "manually_stopped", roomCode: "KLMN" } }]);
    attached(viewOf(["ADA"]));
    expect(news()).toMatchObject([{ type: "room.connected", data: { roomCode: "WXYZ" } }]);
  });

  test("[E5] the next game and the end of the night end it without a word, as in a room of our own", () => {
    const { attached, types, sessions, id, platform } = stage();
    attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    const [first] = platform.watches;
    types();
    ok(sessions.addGame(id, GAME, ABROAD));
    expect(types()).toEqual(["game.ended", "game.added"]);
    expect([first?.isStopped, platform.watches.length]).toEqual([true, 2]);
    ok(sessions.end(id));
    expect([types(), platform.last.isStopped]).toEqual([["session.ended"], true]);
    platform.last.heard.attached(viewOf(["ADA"]));
    expect(types()).toEqual([]);
  });

  test("[E5] past the most that may be watched no game is added; the one before makes way for the next", () => {
    const { sessions, id, platform, types, store } = stage();
    platform.placesMax = 1;
    const other = ok(sessions.start(null, null)).id;
    const elsewhere = { platform: "jackbox", code: "WXYZ" } as const;
    expect(sessions.addGame(other, GAME, elsewhere)).toMatchObject({
      name: "too_many_rooms_watched",
      retryAfterMs: 60_000,
    });
    expect(store.games(other, null, 9)).toEqual([]);
    ok(sessions.addGame(other, GAME, ABROAD));
    ok(sessions.addGame(id, GAME, null));
    ok(sessions.addGame(other, GAME, elsewhere));
    expect(platform.watches.map(({ isStopped }) => isStopped)).toEqual([true, true, false]);
    types();
  });

  test("[E2] without a platform nothing is watched, and nothing is written", () => {
    const fixture = core();
    const { id } = ok(fixture.sessions.start(null, null));
    expect(fixture.sessions.addGame(id, GAME, ABROAD)).toMatchObject({ name: "platform_off" });
    expect(fixture.sessions.codeAbroad("jackbox", "KLMN")).toMatchObject({ name: "platform_off" });
    expect(fixture.store.games(id, null, 9)).toEqual([]);
  });

  test("[E7] also when its end cannot be written nothing is watched any more", () => {
    const { eventLog, over, status, platform } = stage();
    eventLog.close();
    over("connection_failed");
    expect([status().monitoring, platform.last.isStopped]).toEqual([false, true]);
  });
});

describe("the next process", () => {
  /** The same night in a process that came after this one. */
  function next({ store, id, gameId }: ReturnType<typeof stage>, platforms = true) {
    const platform = new ScriptedPlatform();
    const fixture = core({}, store, platforms ? { platforms: { jackbox: platform } } : {});
    const before = store.events(id, 0, 10_000).length;
    fixture.sessions.restore(() => null);
    const types = () =>
      store
        .events(id, 0, 10_000)
        .slice(before)
        .map(({ type }) => type);
    const last = () => JSON.parse(store.events(id, 0, 10_000).at(-1)?.body ?? "null");
    return { ...fixture, platform, types, last, status: () => ok(fixture.sessions.status(id, gameId)) };
  }

  test("[E14] watches again; room.connected is told again, what has begun is not", () => {
    const before = stage();
    before.attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    const { platform, types, status } = next(before);
    expect([types(), platform.watches.map(({ code }) => code), status().monitoring]).toEqual([[], ["KLMN"], false]);
    platform.last.heard.attached(viewOf(["ADA", "BEA"], { gameState: "Gameplay" }));
    expect([types(), status().players]).toEqual([["room.connected"], ["ADA", "BEA"]]);
    platform.last.heard.changed(viewOf(["ADA", "BEA"], { gameState: "Ended" }));
    expect(types()).toEqual(["room.connected", "game.ended"]);
  });

  test("[E14] a game that ended meanwhile: told; one that waits takes no old end for its own", () => {
    const played = stage();
    played.attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    const after = next(played);
    after.platform.last.heard.attached(viewOf(["ADA"], { gameState: "Ended" }));
    expect(after.types()).toEqual(["room.connected", "game.ended"]);
    const waiting = next(stage());
    waiting.platform.last.heard.attached(viewOf(["ADA"], { gameState: "Ended" }));
    expect(waiting.types()).toEqual(["room.connected"]);
  });

  test("[E14] a room that is gone meanwhile has closed", () => {
    const played = stage();
    played.attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    const { platform, types, last } = next(played);
    platform.last.heard.over("room_not_found");
    expect([types(), last().reason]).toEqual([["game.ended", "room.disconnected"], "room_closed"]);
  });

  test("[E14] where nobody watches such rooms any more that is told, once, and the game goes on", () => {
    const played = stage();
    played.attached(viewOf(["ADA"], { gameState: "Gameplay" }));
    const off = next(played, false);
    expect([off.types(), off.last().reason]).toEqual([["room.disconnected"], "connection_failed"]);
    expect(off.status()).toMatchObject({ gameState: "Gameplay", monitoring: false });
    const again = next(played, false);
    expect(again.types()).toEqual([]);
  });

  test("[E14][E15] needs no room of ours for it", () => {
    const before = stage();
    const room = before.rooms.at(before.create("tv").code);
    expect(roomsNeeded(before.store)).toEqual([]);
    ok(before.sessions.watch(before.id, before.gameId, room, ""));
    expect(roomsNeeded(before.store)).toEqual([{ code: room?.code ?? "", id: room?.id ?? "" }]);
  });

  test("[E14] a game that was let go of stays so, and nothing of the room but its code is kept", () => {
    const stopped = stage();
    stopped.attached(viewOf(["ADA"]));
    ok(stopped.sessions.unwatch(stopped.id, stopped.gameId));
    expect(next(stopped).platform.watches).toEqual([]);
    expect(stopped.store.game(stopped.id, stopped.gameId)).toMatchObject({ roomCode: "KLMN", watchedRoomId: null });
  });
});
