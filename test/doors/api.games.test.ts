// The games of a session by HTTP: added, played, watched in a live room, voted for; and what each call answers when it cannot.
import { describe, expect, test } from "bun:test";
import { GATHERING } from "../../src/sessions/gathering.ts";
import { VOTE_CHANGE_MS, VOTE_CHANGES_MAX } from "../../src/sessions/votes.ts";
import { beginSession, errorOf, type Fields } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { only, openRoom, range, stages, take } from "../support/stage.ts";

const stage = stages();

/** A server on which a session goes on. */
async function withSession() {
  const { server, clock } = stage();
  const session = await beginSession(server);
  /** A vote, and then so much time that the next one waits for no transaction. */
  const cast = async (fields: Fields) => {
    const answer = await session.api.send("POST", "/api/votes/live", { username: "ann", vote: "up", ...fields });
    clock.advance(GATHERING.everyMs);
    return answer;
  };
  const castWell = async (fields: Fields = {}) => {
    const { status, text } = await cast(fields);
    expect(status).toBe(200);
    return JSON.parse(text);
  };
  const castInVain = async (fields: Fields = {}) => {
    const answer = await cast(fields);
    return [answer.status, errorOf(answer)];
  };
  return { server, clock, ...session, cast, castWell, castInVain };
}

describe("games", () => {
  test("[S4] as they are described, and as little", async () => {
    const { api, id, at, clock } = await withSession();
    const added_at = new Date(clock.now()).toISOString();
    const fresh = {
      state: "Lobby",
      added_at,
      started_at: null,
      ended_at: null,
      player_count: null,
      player_count_status: null,
    };
    const votes = { upvotes: 0, downvotes: 0, popularity_score: 0 };
    const full = {
      title: "Quiz",
      pack_name: "Pack 3",
      min_players: 2,
      max_players: 8,
      app_tag: "quiz3",
      manually_added: true,
    };
    const view = { session_id: id, room_code: null, platform: "partyline", ...fresh, ...votes };
    expect(await api.ask("POST", `${at}/games`, full)).toEqual({ id: 1, ...full, ...view });
    const bare = { pack_name: null, min_players: null, max_players: null, app_tag: null, manually_added: false };
    expect(await api.ask("POST", `${at}/games`, { title: "Draw" })).toEqual({ id: 2, title: "Draw", ...bare, ...view });
    expect(await api.ask("GET", at)).toMatchObject({ games_played: 2 });
  });

  test("[S4] with a room are watched from then on; the next ends the one that runs", async () => {
    const { server, api, at, addGame, types } = await withSession();
    const { code } = await openRoom(server.url, 2);
    const first = await addGame({ title: "Quiz", room_code: code.toLowerCase() });
    expect(await api.ask("GET", `${first}/status-live`)).toMatchObject({
      monitoring: true,
      playerCount: 2,
      roomCode: code,
    });
    await api.ask("POST", `${first}/start`);
    await addGame({ title: "Draw" });
    expect(await types()).toEqual([
      ...["session.started", "game.added", "room.connected", "game.started", "game.ended", "game.added"],
    ]);
    expect((await api.list(`${at}/games`)).map(({ state }) => state)).toEqual(["Ended", "Lobby"]);
    expect(await api.ask("GET", `${first}/status-live`)).toMatchObject({ monitoring: false, gameFinished: true });
    expect(await api.refusal("POST", `${at}/games`, { title: "x", room_code: "ZZZZ" })).toEqual([
      404,
      "Room not found",
    ]);
  });

  test("[S5] start once and end once", async () => {
    const { api, addGame, types } = await withSession();
    const game = await addGame({ title: "Quiz" });
    expect(await api.refusal("POST", `${game}/end`)).toEqual([409, "The game is not running"]);
    expect(await api.ask("POST", `${game}/start`)).toMatchObject({ state: "Gameplay", started_at: expect.any(String) });
    expect(await api.refusal("POST", `${game}/start`)).toEqual([409, "The game has been started already"]);
    expect(await api.ask("POST", `${game}/end`)).toMatchObject({ state: "Ended", ended_at: expect.any(String) });
    expect(await api.refusal("POST", `${game}/end`)).toEqual([409, "The game is not running"]);
    expect(await api.refusal("POST", `${game}/start`)).toEqual([409, "The game has been started already"]);
    expect(await types()).toEqual(["session.started", "game.added", "game.started", "game.ended"]);
  });

  test("[S8] the number of players set by hand is what is told of a game that nobody watches", async () => {
    const { api, id, addGame, log } = await withSession();
    const game = await addGame({ title: "Quiz" });
    expect(await api.ask("PATCH", `${game}/player-count`, { player_count: 5 })).toMatchObject({
      player_count: 5,
      player_count_status: "completed",
    });
    expect((await log()).at(-1)).toMatchObject({
      type: "player-count.updated",
      data: { sessionId: String(id), gameId: "1", playerCount: 5, status: "completed" },
    });
    await api.ask("PATCH", `${game}/player-count`, { player_count: 6, status: "by hand" });
    expect((await log()).at(-1)).toMatchObject({ data: { playerCount: 6, status: "by hand" } });
    await api.ask("POST", `${game}/start`);
    expect((await log()).at(-1)).toMatchObject({ type: "game.started", data: { playerCount: 6, players: [] } });
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({
      playerCount: 6,
      players: [],
      monitoring: false,
    });
  });
});

describe("watching", () => {
  test("[S11] a live room: who is there, now and at the start", async () => {
    const { server, api, id, addGame, log } = await withSession();
    const { code, host } = await openRoom(server.url, 2);
    const game = await addGame({ title: "Quiz", max_players: 3, app_tag: "quiz3" });
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({
      monitoring: false,
      players: [],
      roomCode: null,
    });
    const about = { sessionId: id, gameId: 1, roomCode: code };
    const who = { appTag: "quiz3", maxPlayers: 3, playerCount: 2, players: ["guest-1", "guest-2"] };
    const state = { lobbyState: "CanStart", gameState: "Lobby" };
    const status = { ...about, ...who, ...state, gameStarted: false, gameFinished: false, monitoring: true };
    expect(await api.ask("POST", `${game}/start-player-check`, { room_code: code.toLowerCase() })).toEqual({
      ...status,
      platform: "partyline",
    });
    expect(await api.ask("GET", `${game}/status-live`)).toEqual(status);
    expect((await log()).at(-1)).toMatchObject({ type: "room.connected", data: { ...about, ...who, ...state } });
    // Its members do not hear of another's session.
    expect(await host.upToFence()).toEqual([]);
    const third = await Client.connect(server.url);
    expect((await third.ask({ type: "join", clientId: "c", name: "Cy", room: code })).type).toBe("joined");
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ playerCount: 3, lobbyState: "Full" });
    expect((await log()).slice(-2)).toMatchObject([
      { type: "lobby.player-joined", data: { playerName: "Cy", playerCount: 3 } },
      { type: "lobby.updated", data: { lobbyState: "Full", gameCanStart: true } },
    ]);
  });

  test("[S11] of whatever dialect", async () => {
    const { server, api, addGame } = await withSession();
    const host = await Client.connect(`${server.url}/v2`);
    const { room } = await host.ask({ type: "create", clientId: "secret-1", maxClients: 4 });
    const guest = await Client.connect(`${server.url}/v2`);
    await guest.ask({ type: "join", clientId: "secret-2", room });
    const game = await addGame({ title: "Quiz" });
    // Where clientIds are secret nobody is told one [S12].
    expect(await api.ask("POST", `${game}/start-player-check`, { room_code: room })).toMatchObject({
      players: ["Player 1"],
    });
  });

  test("[S11] a room that is not there: a 404, and told", async () => {
    const { api, addGame, log, id } = await withSession();
    const game = await addGame({ title: "Quiz" });
    expect(await api.refusal("POST", `${game}/start-player-check`, { room_code: "ZZZZ" })).toEqual([
      404,
      "Room not found",
    ]);
    expect((await log()).at(-1)).toMatchObject({
      type: "room.disconnected",
      data: { sessionId: id, gameId: 1, roomCode: "ZZZZ", reason: "room_not_found", finalPlayerCount: 0 },
    });
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ monitoring: false });
  });

  test("[S11] stops when it is told to, and begins again with the room it had", async () => {
    const { server, api, addGame, log, types } = await withSession();
    const { code } = await openRoom(server.url);
    const game = await addGame({ title: "Quiz" });
    expect(await api.refusal("POST", `${game}/stop-player-check`)).toEqual([409, "The game is not watched"]);
    await api.ask("POST", `${game}/start-player-check`, { room_code: code });
    expect(await api.ask("POST", `${game}/stop-player-check`)).toMatchObject({ room_code: code });
    expect((await log()).at(-1)).toMatchObject({ data: { reason: "manually_stopped", finalPlayerCount: 1 } });
    expect(await api.refusal("POST", `${game}/stop-player-check`)).toEqual([409, "The game is not watched"]);
    for (const body of [{}, { room_code: null }, ""]) {
      expect(await api.ask("POST", `${game}/start-player-check`, body)).toMatchObject({
        roomCode: code,
        monitoring: true,
      });
    }
    // One that is watched already is let go first.
    expect((await types()).slice(-4)).toEqual([
      "room.disconnected",
      "room.connected",
      "room.disconnected",
      "room.connected",
    ]);
  });

  test("[S7] ends with the room; the session goes on", async () => {
    const { server, api, at, addGame, log } = await withSession();
    const { host, code } = await openRoom(server.url);
    const game = await addGame({ title: "Quiz", room_code: code });
    await api.ask("POST", `${game}/start`);
    host.send({ type: "close_room" });
    await host.closed;
    expect((await log()).slice(-2)).toMatchObject([
      { type: "game.ended", data: { players: ["guest-1"] } },
      { type: "room.disconnected", data: { reason: "room_closed", finalPlayerCount: 1 } },
    ]);
    expect(await api.ask("GET", at)).toMatchObject({ is_active: 1 });
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ monitoring: false, gameFinished: true });
  });
});

describe("votes", () => {
  test("[S6] one a voter a game; voting again replaces it, and a change is told again", async () => {
    const { clock, api, id, at, addGame, types, castWell } = await withSession();
    await addGame({ title: "Quiz", pack_name: "Pack 3" });
    const vote = (username: string, way: string) => castWell({ username, vote: way });
    const game = { id: 1, title: "Quiz", pack_name: "Pack 3" };
    const timestamp = new Date(clock.now()).toISOString();
    expect(await vote("ann", "up")).toEqual({
      ...{ success: true, sessionId: id, game },
      ...{
        vote: { username: "ann", type: "up", timestamp },
        totals: { upvotes: 1, downvotes: 0, popularity_score: 1 },
      },
    });
    expect((await vote("bob", "up")).totals).toEqual({ upvotes: 2, downvotes: 0, popularity_score: 2 });
    clock.advance(1_000);
    const changed = await vote("ann", "down");
    expect(changed.totals).toEqual({ upvotes: 1, downvotes: 1, popularity_score: 0 });
    clock.advance(1_000);
    // What changes nothing is answered with the vote that stands, and is no event [S36].
    expect(await vote("ann", "down")).toEqual(changed);
    expect((await types()).filter((type) => type === "vote.received").length).toBe(3);
    await addGame({ title: "Draw" });
    expect(await vote("ann", "down")).toMatchObject({ game: { id: 2 }, totals: { downvotes: 1 } });
    const empty = { title: "Draw", pack_name: null, upvotes: 0, downvotes: 1, popularity_score: -1 };
    const first = { game_id: 1, title: "Quiz", pack_name: "Pack 3", upvotes: 1, downvotes: 1, popularity_score: 0 };
    expect(await api.ask("GET", `${at}/votes`)).toEqual({ session_id: id, votes: [first, { game_id: 2, ...empty }] });
  });

  test("[S6] for the session that is named, as number or text, or for the newest that is active", async () => {
    const { api, id, addGame, castWell } = await withSession();
    await addGame({ title: "Quiz" });
    let voters = 0;
    const other = await api.make("/api/sessions");
    await api.make(`/api/sessions/${other}/games`, { title: "Draw" });
    const voted = async (more: Fields) => (await castWell({ username: `v${++voters}`, ...more })).sessionId;
    expect(await voted({})).toBe(other);
    expect(await voted({ sessionId: null })).toBe(other);
    expect(await voted({ sessionId: id })).toBe(id);
    expect(await voted({ sessionId: String(id) })).toBe(id);
    await api.ask("POST", `/api/sessions/${other}/close`);
    expect(await voted({})).toBe(id);
  });

  test("[S6] the time that is said is taken over, in UTC with milliseconds", async () => {
    const { addGame, log, castWell } = await withSession();
    const times = [
      ["2026-01-31T20:15:00.123Z", "2026-01-31T20:15:00.123Z"],
      ["2026-01-31T20:15:00Z", "2026-01-31T20:15:00.000Z"],
      ["2026-01-31T20:15:00.123456789+02:00", "2026-01-31T18:15:00.123Z"],
      ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ];
    for (const [timestamp, told] of times) {
      await addGame({ title: "Quiz" });
      const given = await castWell({ timestamp });
      expect(given.vote).toEqual({ username: "ann", type: "up", timestamp: told });
      expect((await log()).at(-1)).toMatchObject({ data: { vote: { timestamp: told } } });
    }
  });

  test("[S6] ended games take them too; without a session or a game: 404", async () => {
    const { api, id, at, addGame, castWell, castInVain } = await withSession();
    expect(await castInVain()).toEqual([404, "The session has no game yet"]);
    const game = await addGame({ title: "Quiz" });
    await api.ask("POST", `${game}/start`);
    await api.ask("POST", `${game}/end`);
    await castWell();
    expect(await castInVain({ sessionId: 999 })).toEqual([404, "Session not found"]);
    await api.ask("POST", `${at}/close`);
    expect(await castInVain()).toEqual([404, "No active session"]);
    expect(await castInVain({ sessionId: id })).toEqual([409, "The session has ended"]);
  });

  test("[S36] a second vote within a second is a 409, whatever it says, and so is the twenty-first change", async () => {
    const { clock, addGame, log, cast, castWell, castInVain } = await withSession();
    await addGame({ title: "Quiz" });
    await castWell({ vote: "up" });
    clock.advance(VOTE_CHANGE_MS - 1 - 2 * GATHERING.everyMs);
    for (const way of ["up", "down"]) {
      const answer = await cast({ vote: way });
      expect([answer.status, errorOf(answer)]).toEqual([409, "A vote may be changed once a second"]);
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    clock.advance(1);
    for (const n of range(0, VOTE_CHANGES_MAX)) {
      await castWell({ vote: n % 2 === 0 ? "down" : "up" });
      clock.advance(VOTE_CHANGE_MS);
    }
    expect(await castInVain({ vote: "down" })).toEqual([409, "The vote has been changed too often"]);
    expect((await log()).filter(({ type }) => type === "vote.received").length).toBe(VOTE_CHANGES_MAX + 1);
    await addGame({ title: "Draw" });
    await castWell({ vote: "down" });
  });

  test("[S6] a name by HTTP is not the member of that name", async () => {
    const { server, api } = await withSession();
    const { host, guests, code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    await api.make(`/api/sessions/${id}/games`, { title: "Quiz" });
    await take(host, 2);
    only(guests).send({ type: "vote", vote: "up" });
    expect(await host.next()).toMatchObject({ data: { vote: { username: "guest-1" }, totals: { upvotes: 1 } } });
    await api.ask("POST", "/api/votes/live", { username: "guest-1", vote: "up", sessionId: id });
    expect(await host.next()).toMatchObject({ data: { vote: { username: "guest-1" }, totals: { upvotes: 2 } } });
  });
});
