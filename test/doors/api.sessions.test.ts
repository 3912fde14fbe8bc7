// Sessions by HTTP: how they begin and end, what the members of a room hear of it, and who is told the code of a room.
import { describe, expect, test } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { Api, beginSession, errorOf, type Fields } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { ADMIN_KEY, startServer } from "../support/server.ts";
import { only, openRoom, range, stages, take } from "../support/stage.ts";

const stage = stages();

/** A server on which a session goes on. */
async function withSession(notes: string | null = null) {
  const { server, clock } = stage();
  return { server, clock, ...(await beginSession(server, { notes })) };
}

describe("a session", () => {
  test("[S3] begins with notes or without, in a room or in none", async () => {
    const { server, clock, api } = await withSession();
    const { code } = await openRoom(server.url);
    const created_at = new Date(clock.now()).toISOString();
    const bare = { is_active: 1, created_at, ended_at: null, notes: null, games_played: 0, room_code: null };
    expect(await api.ask("POST", "/api/sessions", {})).toEqual({ id: 2, ...bare });
    const notes = "Friday\nwith friends 🎉";
    expect(
      await api.ask("POST", "/api/sessions", {
        notes,
        room_code: `${code.toLowerCase().slice(0, 2)} ${code.slice(2)}`,
      }),
    ).toEqual({
      ...{ id: 3, ...bare },
      ...{ notes, room_code: code },
    });
    expect(await api.ask("POST", "/api/sessions", { notes: "" })).toEqual({ id: 4, ...bare });
  });

  test("[S3] one at a time a room, and none in a room that is not there", async () => {
    const { server, api } = await withSession();
    const { host, code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    expect(await api.refusal("POST", "/api/sessions", { room_code: code })).toEqual([
      409,
      "A session is running already",
    ]);
    await host.next();
    expect(await host.ask({ type: "session.start" })).toMatchObject({ code: "session_running" });
    await api.ask("POST", `/api/sessions/${id}/close`);
    await api.make("/api/sessions", { room_code: code });
    expect(await api.refusal("POST", "/api/sessions", { room_code: "ZZZZ" })).toEqual([404, "Room not found"]);
  });

  test("[S3][S10] begun by HTTP is its room's: the host runs it on", async () => {
    const { server, api } = await withSession();
    const { host, guests, code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    for (const member of [host, only(guests)]) expect(await member.next()).toMatchObject({ type: "session.started" });
    host.send({ type: "game.add", title: "Quiz" });
    for (const member of [host, only(guests)]) {
      expect((await take(member, 2)).map(({ type }) => type)).toEqual(["game.added", "room.connected"]);
    }
    const [game] = await api.list(`/api/sessions/${id}/games`);
    expect(game).toMatchObject({ title: "Quiz", room_code: code, state: "Lobby" });
    await api.ask("POST", `/api/sessions/${id}/games/${game?.id}/start`);
    expect(await host.next()).toMatchObject({ type: "game.started", data: { players: ["guest-1"] } });
  });

  test("[S7] that is closed is told as ended, once; a running game ends before it", async () => {
    const { server, clock, api } = await withSession();
    const { host, guests, code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    const gameId = await api.make(`/api/sessions/${id}/games`, { title: "Quiz", room_code: code });
    await api.ask("POST", `/api/sessions/${id}/games/${gameId}/start`);
    const ended_at = new Date(clock.now()).toISOString();
    expect(await api.ask("POST", `/api/sessions/${id}/close`)).toMatchObject({
      id,
      is_active: 0,
      ended_at,
      games_played: 1,
    });
    for (const member of [host, only(guests)]) {
      const heard = await take(member, 6);
      expect(heard.map(({ type }) => type)).toEqual([
        ...["session.started", "game.added", "room.connected", "game.started", "game.ended", "session.ended"],
      ]);
      expect(heard.at(-1)?.data).toEqual({ session: { id, is_active: 0, games_played: 1 } });
    }
    expect(await api.refusal("POST", `/api/sessions/${id}/close`)).toEqual([409, "The session has ended"]);
    expect(await host.upToFence()).toEqual([]);
  });

  test("[S7] that is over takes nothing more, and can be read", async () => {
    const { api, at, addGame, log } = await withSession();
    const game = await addGame({ title: "Quiz" });
    await api.ask("POST", `${at}/close`);
    const before = await log();
    const calls: readonly [string, string, Fields?][] = [
      ["POST", `${at}/games`, { title: "Late" }],
      ["POST", `${game}/start`],
      ["POST", `${game}/end`],
      ["POST", `${game}/start-player-check`, { room_code: "ZZZZ" }],
      ["POST", `${game}/stop-player-check`],
      ["PATCH", `${game}/player-count`, { player_count: 1 }],
      ["POST", "/api/votes/live", { username: "ann", vote: "up", sessionId: 1 }],
    ];
    for (const [method, path, body] of calls) {
      expect([path, await api.refusal(method, path, body)]).toEqual([path, [409, "The session has ended"]]);
    }
    expect(await log()).toEqual(before);
    expect(await api.ask("GET", at)).toMatchObject({ is_active: 0 });
    expect((await api.list(`${at}/games`)).length).toBe(1);
    await api.ask("GET", `${game}/status-live`);
  });

  test("[S7] in a room that ends, ends with it", async () => {
    const { server, api } = await withSession();
    const { host, code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    host.send({ type: "close_room" });
    expect((await host.closed).code).toBe(4001);
    expect(await api.ask("GET", `/api/sessions/${id}`)).toMatchObject({ is_active: 0 });
  });

  test("[H8] the newest that is active, or a word that there is none", async () => {
    const { api, id } = await withSession();
    const [second, third] = [await api.make("/api/sessions"), await api.make("/api/sessions")];
    expect(await api.ask("GET", "/api/sessions/active")).toMatchObject({ id: third });
    await api.ask("POST", `/api/sessions/${third}/close`);
    expect(await api.ask("GET", "/api/sessions/active")).toMatchObject({ id: second });
    for (const left of [second, id]) await api.ask("POST", `/api/sessions/${left}/close`);
    expect(await api.ask("GET", "/api/sessions/active")).toEqual({ session: null, message: "No active session" });
  });

  test("[S37] without a room ends by itself after SESSION_IDLE_HOURS, and its bots are told", async () => {
    const { server, clock } = stage({ SESSION_IDLE_HOURS: "2", LIVE_SILENCE_SECONDS: "0", DEAD_SECONDS: "7200" });
    const { api, at, id } = await beginSession(server);
    const bot = await Client.connect(server.url + LIVE_PATH);
    const { token } = await api.ask("POST", "/api/auth/login", { key: ADMIN_KEY });
    await bot.ask({ type: "auth", token });
    await bot.ask({ type: "subscribe", sessionId: id });
    clock.advance(2 * 3_600_000 - 1);
    expect(await api.ask("GET", at)).toMatchObject({ is_active: 1 });
    clock.advance(60_000);
    expect(await api.ask("GET", at)).toMatchObject({ is_active: 0 });
    expect(await bot.next()).toMatchObject({ type: "session.ended", data: { session: { id } } });
  });

  test("[S26] strangers' sessions that have had their part of the file are logged once, and the operator's go on", async () => {
    const clock = new ManualClock();
    const store = Store.open(":memory:", 1024 * 1024);
    const server = startServer({ LIMITS: "off", DEAD_SECONDS: "7200" }, clock, store);
    const { host } = await openRoom(server.url);
    await host.ask({ type: "session.start" });
    const title = "x".repeat(100);
    for (const _ of range(0, 900)) host.send({ type: "game.add", title, pack_name: title });
    const refused = (await host.upToFence()).filter(({ code }) => code === "not_kept");
    expect(refused.length).toBeGreaterThan(10);
    expect(server.logged.filter((line) => line.includes("hosts' sessions are refused"))).toHaveLength(1);
    expect(await server.metric("partyline_sessions_full_ratio")).toBeWithin(0.75, 0.78);
    await beginSession(server);
    host.send({ type: "session.end" });
    await host.upToFence();
    clock.advance(30_000);
    expect(await server.metric("partyline_sessions_forgotten_total")).toBe(1);
    expect(await host.ask({ type: "session.start" })).toMatchObject({ type: "session.started" });
    expect(server.logged.filter((line) => line.includes("hosts' sessions are taken again"))).toHaveLength(1);
    expect(server.logged.filter((line) => line.includes("old sessions of hosts forgotten"))).toHaveLength(1);
    await server.stop();
  });

  test("[S34] lists and the active one leave hosts' sessions out unless asked; so does a vote that names none", async () => {
    const { server, api, id, at } = await withSession();
    const { host } = await openRoom(server.url);
    expect(await host.ask({ type: "session.start", notes: "a stranger's" })).toMatchObject({ type: "session.started" });
    host.send({ type: "game.add", title: "Quiz" });
    await host.upToFence();
    const ids = async (query: string) => (await api.list(`/api/sessions${query}`)).map((row) => row.id);
    for (const query of ["", "?begun_by=", "?begun_by=token"]) expect(await ids(query)).toEqual([id]);
    expect(await ids("?begun_by=host")).toEqual([id + 1]);
    expect(await api.ask("GET", "/api/sessions/active")).toMatchObject({ id });
    expect(await api.ask("GET", "/api/sessions/active?begun_by=host")).toMatchObject({ id: id + 1 });
    // Whoever knows its id may read it.
    expect(await api.ask("GET", `/api/sessions/${id + 1}`)).toMatchObject({ notes: "a stranger's" });
    await api.ask("POST", `${at}/close`);
    expect(await api.ask("GET", "/api/sessions/active")).toEqual({ session: null, message: "No active session" });
    const vote = { username: "ann", vote: "up" };
    expect(await api.refusal("POST", "/api/votes/live", vote)).toEqual([404, "No active session"]);
    await api.ask("POST", "/api/votes/live", { ...vote, sessionId: id + 1 });
    for (const bad of ["HOST", "all", "host%20", "null"]) {
      for (const path of ["/api/sessions", "/api/sessions/active"]) {
        expect(await api.refusal("GET", `${path}?begun_by=${bad}`)).toEqual([400, "begun_by must be token or host"]);
      }
    }
  });

  test("[S1] is logged as it was told, numbered without a gap", async () => {
    const { api, at, addGame, log, clock } = await withSession("Friday");
    const game = await addGame({ title: "Quiz", pack_name: "Pack 3" });
    clock.advance(1_500);
    await api.ask("POST", `${game}/start`);
    const events = await log();
    expect(events.map(({ id }) => id)).toEqual(range(1, 4));
    const { created_at } = await api.ask("GET", at);
    const session = { id: 1, is_active: 1, created_at, notes: "Friday" };
    expect(events[0]).toEqual({ id: 1, type: "session.started", timestamp: created_at, data: { session } });
    expect(Date.parse(String(events[2]?.timestamp)) - Date.parse(String(created_at))).toBe(1_500);
  });
});

describe("a full disk", () => {
  test("[H8][S20][S25] is a 503 with Retry-After: nothing is done, reads and rooms go on", async () => {
    const server = startServer({}, new ManualClock(), Store.open(":memory:", 256 * 1024));
    try {
      const { api, id, at } = await beginSession(server);
      let last = await api.send("POST", "/api/sessions", { notes: "x".repeat(500) });
      while (last.status === 201) last = await api.send("POST", "/api/sessions", { notes: "x".repeat(500) });
      const count = (await api.list("/api/sessions?limit=500")).length;
      expect([last.status, errorOf(last)]).toEqual([503, "The server cannot write this down"]);
      expect(last.headers.get("retry-after")).toBe("10");
      expect((await api.list("/api/sessions?limit=500")).length).toBe(count);
      expect((await api.list(`${at}/events`)).length).toBe(1);
      expect(await api.ask("GET", at)).toMatchObject({ id });
      const { host, guests } = await openRoom(server.url);
      only(guests).send({ type: "send", data: "still here" });
      expect(await host.next()).toMatchObject({ data: "still here" });
      expect(await server.metric("partyline_faults_total")).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

describe("codes of rooms", () => {
  test("[S33] are told to who brings a token, in each read that needs none", async () => {
    const { server, api } = await withSession();
    const { code } = await openRoom(server.url);
    const id = await api.make("/api/sessions", { room_code: code });
    const gameId = await api.make(`/api/sessions/${id}/games`, { title: "Quiz", room_code: code });
    const reads = ["/api/sessions", "/api/sessions/active", `/api/sessions/${id}`, `/api/sessions/${id}/games`];
    const status = `/api/sessions/${id}/games/${gameId}/status-live`;
    for (const path of [...reads, status]) {
      const shown = await api.send("GET", path);
      expect([path, shown.text.includes(`"${code}"`)]).toEqual([path, true]);
      for (const headers of [{}, { authorization: "Bearer x" }, { authorization: "Basic YTpi" }]) {
        const hidden = await new Api(server, headers).send("GET", path);
        expect([path, hidden.text.includes(code)]).toEqual([path, false]);
        // All else is the same, save that a member without a name has none: its clientId may be the key to its seat.
        expect(hidden.text).toBe(shown.text.replaceAll(`"${code}"`, "null").replace('"guest-1"', '"Player 1"'));
      }
    }
    expect((await new Api(server).send("GET", `/api/sessions/${id}/votes`)).text).not.toContain(code);
  });
});
