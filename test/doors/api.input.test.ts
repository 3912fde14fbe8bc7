// What the API's calls take: bodies as a whole and field by field, and the queries that cut lists into pages.
import { describe, expect, test } from "bun:test";
import { GATHERING } from "../../src/sessions/gathering.ts";
import { Api, callAt } from "../support/api.ts";
import { rawHttp } from "../support/http.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { range, stages } from "../support/stage.ts";

const stage = stages();

/** A session with one game. */
async function withSession(env: Record<string, string> = {}) {
  const { server, clock } = stage(env);
  const api = await Api.admitted(server);
  const id = await api.make("/api/sessions", { notes: "Friday" });
  const gameId = await api.make(`/api/sessions/${id}/games`, { title: "Quiz" });
  return { server, clock, api, id, gameId, game: `/api/sessions/${id}/games/${gameId}` };
}

describe("bodies", () => {
  const KiB64 = 64 * 1024;
  const bodyOf = (bytes: number) => `{"notes":"x"${" ".repeat(bytes - 13)}}`;

  test("[H8] of 64 KiB are taken, one byte more is a 413", async () => {
    const { api } = await withSession();
    expect((await api.send("POST", "/api/sessions", bodyOf(KiB64))).status).toBe(201);
    expect(await api.refusal("POST", "/api/sessions", bodyOf(KiB64 + 1))).toEqual([
      413,
      "Body must be at most 65536 bytes",
    ]);
  });

  test("[H8] so it is where their length is not said", async () => {
    const { server, api } = await withSession();
    const { token } = await api.ask("POST", "/api/auth/login", { key: ADMIN_KEY });
    const chunked = (bytes: number) => {
      const head = `POST /api/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      return rawHttp(server.http, `${head}${bytes.toString(16)}\r\n${bodyOf(bytes)}\r\n0\r\n\r\n`);
    };
    expect((await chunked(KiB64)).status).toBe(201);
    const { status, text } = await chunked(KiB64 + 1);
    expect([status, text.slice(text.indexOf("{"))]).toEqual([413, '{"error":"Body must be at most 65536 bytes"}']);
  });

  test("[H8] what is far too long is a 413 as well", async () => {
    const { api } = await withSession();
    expect((await api.send("POST", "/api/sessions", bodyOf(10 * KiB64))).status).toBe(413);
    expect((await api.send("GET", "/api/sessions")).status).toBe(200);
  });

  test("[H8] none at all is one without fields; no object is a 400", async () => {
    const { api } = await withSession();
    for (const body of [undefined, "", " \n", "{}"]) await api.ask("POST", "/api/sessions", body);
    for (const body of ["[]", "null", "5", '"x"', "{", "{}}", "nonsense"]) {
      expect(await api.refusal("POST", "/api/sessions", body)).toEqual([400, "Body must be a JSON object"]);
    }
  });

  test("[H8] what is no JSON is told what it is", async () => {
    const { api } = await withSession();
    const send = async (body: string, headers: Record<string, string> = {}) => {
      const { status, text } = await api.send("POST", "/api/sessions", body, headers);
      return [status, JSON.parse(text).error];
    };
    const FORM = { "content-type": "application/x-www-form-urlencoded" };
    expect(await send("username=ann&vote=up", FORM)).toEqual([415, "Body must be a JSON object, not a form"]);
    // What curl sends for `-d '{…}'`.
    expect((await send('{"notes":"x"}', FORM))[0]).toBe(201);
    expect(await send("{notes", FORM)).toEqual([400, "Body must be a JSON object"]);
    const NUMBERS = "Body must be JSON, which knows no NaN and no Infinity";
    for (const body of ['{"notes":NaN}', '{"a":[-Infinity]}', '{"a":1,"b": NaN}'])
      expect(await send(body)).toEqual([400, NUMBERS]);
    expect((await send('{"notes":"NaN"}'))[0]).toBe(201);
    expect((await send('\ufeff{"notes":"x"}'))[0]).toBe(201);
    expect(await send("x", { "content-encoding": "gzip" })).toEqual([415, "Body must not be compressed"]);
    expect((await send("{}", { "content-encoding": "identity" }))[0]).toBe(201);
  });

  test("[H8] and in no time, however it is made", async () => {
    const { api } = await withSession();
    for (const body of [`{"a":"${'\\"'.repeat(30_000)}`, `{${",".repeat(60_000)}`, `{"a":${" ".repeat(60_000)}`]) {
      const began = performance.now();
      expect((await api.send("POST", "/api/sessions", body)).status).toBe(400);
      expect(performance.now() - began).toBeLessThan(500);
    }
  }, 60_000);

  const GAMES = "/api/sessions/1/games";
  const VOTES = "/api/votes/live";
  const TITLE = "title must be 1 to 100 printable characters";
  const COUNT = "a whole number, 1 to 10000";
  const ROWS: readonly [path: string, body: object, error: string][] = [
    ["/api/auth/login", {}, "key must be the admin key"],
    ["/api/auth/login", { key: "" }, "key must be the admin key"],
    ["/api/auth/login", { key: 5 }, "key must be the admin key"],
    ["/api/sessions", { notes: 5 }, "notes must be at most 500 characters"],
    ["/api/sessions", { notes: "x".repeat(501) }, "notes must be at most 500 characters"],
    ["/api/sessions", { notes: "a\u0000b" }, "notes must be at most 500 characters"],
    ["/api/sessions", { room_code: 5 }, "room_code must be the code of a room"],
    ["/api/sessions", { room_code: "x".repeat(65) }, "room_code must be the code of a room"],
    ["/api/sessions", { room_code: "x".repeat(65) }, "room_code must be the code of a room"],
    [GAMES, {}, TITLE],
    [GAMES, { title: "" }, TITLE],
    [GAMES, { title: "x".repeat(101) }, TITLE],
    [GAMES, { title: "a\nb" }, TITLE],
    [GAMES, { title: "a\u202eb" }, TITLE],
    [GAMES, { title: "x", pack_name: 5 }, "pack_name must be at most 100 printable characters"],
    [GAMES, { title: "x", app_tag: {} }, "app_tag must be at most 100 printable characters"],
    [GAMES, { title: "x", min_players: 0 }, `min_players must be ${COUNT}`],
    [GAMES, { title: "x", min_players: 1.5 }, `min_players must be ${COUNT}`],
    [GAMES, { title: "x", min_players: "2" }, `min_players must be ${COUNT}`],
    [GAMES, { title: "x", max_players: 10_001 }, `max_players must be ${COUNT}, and at least min_players`],
    [GAMES, { title: "x", min_players: 3, max_players: 2 }, `max_players must be ${COUNT}, and at least min_players`],
    [GAMES, { title: "x", manually_added: 1 }, "manually_added must be true or false"],
    [GAMES, { title: "x", room_code: [] }, "room_code must be the code of a room"],
    [`${GAMES}/1/start-player-check`, { room_code: true }, "room_code must be the code of a room"],
    [`${GAMES}/1/start-player-check`, {}, "room_code must be the code of a room: the game has none yet"],
    [`${GAMES}/1/player-count`, {}, "player_count must be a whole number, 0 to 10000"],
    [`${GAMES}/1/player-count`, { player_count: -1 }, "player_count must be a whole number, 0 to 10000"],
    [`${GAMES}/1/player-count`, { player_count: "3" }, "player_count must be a whole number, 0 to 10000"],
    [
      `${GAMES}/1/player-count`,
      { player_count: 3, status: "a/b" },
      "status must be 1 to 32 letters, digits, spaces, dots and dashes",
    ],
    [VOTES, { vote: "up" }, "username must be 1 to 100 printable characters"],
    [VOTES, { username: "", vote: "up" }, "username must be 1 to 100 printable characters"],
    [VOTES, { username: "\u3164 ", vote: "up" }, "username must be 1 to 100 printable characters"],
    [VOTES, { username: "ann\u200F", vote: "up" }, "username must be 1 to 100 printable characters"],
    [VOTES, { username: "ann" }, "vote must be up or down"],
    [VOTES, { username: "ann", vote: "UP" }, "vote must be up or down"],
    [VOTES, { username: "ann", vote: 1 }, "vote must be up or down"],
    [VOTES, { username: "ann", vote: "up", timestamp: 5 }, "timestamp must be a time like 2026-01-31T20:15:00.000Z"],
    [
      VOTES,
      { username: "ann", vote: "up", timestamp: "now" },
      "timestamp must be a time like 2026-01-31T20:15:00.000Z",
    ],
    ...["+99:99", "+24:00", "-23:60", ""].map((offset): [string, object, string] => [
      VOTES,
      { username: "ann", vote: "up", timestamp: `2026-01-31T20:15:00${offset}` },
      "timestamp must be a time like 2026-01-31T20:15:00.000Z",
    ]),
    // No four digits are left for the year.
    ...["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"].map((timestamp): [string, object, string] => [
      VOTES,
      { username: "ann", vote: "up", timestamp },
      "timestamp must be a time like 2026-01-31T20:15:00.000Z",
    ]),
    [VOTES, { username: "ann", vote: "up", sessionId: 0 }, "sessionId must be the id of a session"],
    [VOTES, { username: "ann", vote: "up", sessionId: "abc" }, "sessionId must be the id of a session"],
    [VOTES, { username: "ann", vote: "up", sessionId: 1.5 }, "sessionId must be the id of a session"],
  ];
  test.each(ROWS)("[H8] %s %j: 400, and which field takes what", async (path, body, error) => {
    const { api } = await withSession();
    const method = path.endsWith("player-count") ? "PATCH" : "POST";
    expect(callAt(method, path).body).not.toBeNull();
    const log = await api.list("/api/sessions/1/events");
    expect(await api.refusal(method, path, body)).toEqual([400, error]);
    expect(await api.list("/api/sessions/1/events")).toEqual(log);
  });

  test("[H8] fields that may be left out may be null; what nobody knows is ignored", async () => {
    const { api, id, game } = await withSession();
    await api.ask("POST", "/api/sessions", { notes: null, room_code: null, is_active: 0, id: 77 });
    const nulls = { pack_name: null, min_players: null, max_players: null, app_tag: null, manually_added: null };
    await api.ask("POST", `/api/sessions/${id}/games`, { title: "x", ...nulls, room_code: null });
    await api.ask("PATCH", `${game}/player-count`, { player_count: 0, status: null });
    await api.ask("POST", "/api/votes/live", { username: "ann", vote: "up", timestamp: null, sessionId: id, x: {} });
  });

  test("[H8] what a body is called does not matter", async () => {
    const { api } = await withSession();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"]) {
      expect((await api.send("POST", "/api/sessions", {}, { "content-type": type })).status).toBe(201);
    }
  });
});

describe("pages of lists", () => {
  test("[H10] sessions are newest first: limit, before, 50 unless said", async () => {
    const { api } = await withSession();
    for (const _ of range(0, 59)) await api.make("/api/sessions");
    const ids = async (query: string) => (await api.list(`/api/sessions${query}`)).map(({ id }) => id);
    const down = (from: number, count: number) => range(0, count).map((n) => from - n);
    expect(await ids("")).toEqual(down(60, 50));
    expect(await ids("?limit=3")).toEqual([60, 59, 58]);
    expect(await ids("?limit=3&before=58")).toEqual([57, 56, 55]);
    expect(await ids("?before=11")).toEqual(down(10, 10));
    expect(await ids("?before=1")).toEqual([]);
    expect(await ids("?before=999999")).toEqual(down(60, 50));
    expect(await ids("?limit=500")).toEqual(down(60, 60));
    expect(await ids("?limit=&before=")).toEqual(down(60, 50));
    expect(await ids("?limit=2&limit=9&other=1")).toEqual([60, 59]);
    expect(await ids("?limit=0")).toEqual([]);
  });

  test("[H10] games and the log are oldest first: limit, after", async () => {
    const { api, id } = await withSession();
    for (const n of range(1, 6)) await api.make(`/api/sessions/${id}/games`, { title: `Game ${n}` });
    for (const what of ["games", "events"]) {
      const ids = async (query: string) =>
        (await api.list(`/api/sessions/${id}/${what}${query}`)).map((row) => Number(row.id));
      const all = await ids("");
      expect([what, all]).toEqual([what, range(1, what === "games" ? 7 : 8)]);
      expect(await ids("?limit=2")).toEqual([1, 2]);
      expect(await ids("?limit=2&after=2")).toEqual([3, 4]);
      expect(await ids("?after=0")).toEqual(all);
      expect(await ids("?after=5")).toEqual(all.slice(5));
      expect(await ids("?after=99")).toEqual([]);
    }
  });

  test("[H10] at most 500 rows a page", async () => {
    const { api, id, clock } = await withSession();
    for (const n of range(0, 510)) {
      await api.send("POST", "/api/votes/live", { username: `v${n}`, vote: "up" });
      clock.advance(GATHERING.everyMs);
    }
    const first = await api.list(`/api/sessions/${id}/events`);
    expect(first.length).toBe(500);
    expect((await api.list(`/api/sessions/${id}/events?after=${first.at(-1)?.id}`)).length).toBe(12);
  }, 60_000);

  test("[H10] at most 50 rows a page for those who bring no token, whatever they ask for", async () => {
    const { server, api, id } = await withSession();
    for (const n of range(1, 60)) await api.make(`/api/sessions/${id}/games`, { title: `Game ${n}` });
    for (const _ of range(0, 59)) await api.make("/api/sessions");
    const stranger = new Api(server);
    for (const path of ["/api/sessions", `/api/sessions/${id}/games`]) {
      expect((await stranger.list(path)).length).toBe(50);
      expect((await stranger.list(`${path}?limit=50`)).length).toBe(50);
      expect((await stranger.list(`${path}?limit=3`)).length).toBe(3);
      const refusal = [400, "limit must be a whole number, 0 to 50"];
      expect(await stranger.refusal("GET", `${path}?limit=51`)).toEqual(refusal as [number, string]);
    }
    const votes = async (who: Api) => ((await who.ask("GET", `/api/sessions/${id}/votes`)).votes as object[]).length;
    expect(await votes(stranger)).toBe(50);
    expect(await votes(api)).toBe(60);
    expect((await api.list(`/api/sessions/${id}/games`)).length).toBe(60);
  });

  test("[H10] what is no number of rows and no id is a 400 that says so", async () => {
    const { api, id } = await withSession();
    const lists = ["/api/sessions?before", `/api/sessions/${id}/games?after`, `/api/sessions/${id}/events?after`];
    for (const list of lists) {
      const [path, from] = list.split("?");
      for (const bad of ["-1", "1.5", "x", "1e3", "0x1", "NaN", "%2B1", "1%00", "9".repeat(16), "null", "%20"]) {
        expect(await api.refusal("GET", `${path}?${from}=${bad}`)).toEqual([
          400,
          `${from} must be a whole number, 0 to ${Number.MAX_SAFE_INTEGER}`,
        ]);
        expect(await api.refusal("GET", `${path}?limit=${bad}`)).toEqual([
          400,
          "limit must be a whole number, 0 to 500",
        ]);
      }
      expect((await api.refusal("GET", `${path}?limit=501`))[0]).toBe(400);
    }
  });
});
