// The API's door: which calls there are, who may make them, and which pages may read. What they take stands in api.input.test.ts.
import { describe, expect, test } from "bun:test";
import { CALLS } from "../../src/doors/http/api.ts";
import { Api, errorOf, pathOf } from "../support/api.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { openRoom, stages } from "../support/stage.ts";

const stage = stages();

/** A session with one game. */
async function withSession(env: Record<string, string> = {}) {
  const { server, clock } = stage(env);
  const api = await Api.admitted(server);
  const id = await api.make("/api/sessions", { notes: "Friday" });
  const gameId = await api.make(`/api/sessions/${id}/games`, { title: "Quiz" });
  return { server, clock, api, id, gameId, game: `/api/sessions/${id}/games/${gameId}` };
}

const named = CALLS.map((call) => [`${call.method} ${call.path}`, call] as const);
const guarded = named.filter(([, { needsToken }]) => needsToken);
const open = named.filter(([, { needsToken }]) => !needsToken);

describe("the calls", () => {
  test("[H8] each gives what its schema says, with its status", async () => {
    const { server, api, id, game } = await withSession();
    const { code } = await openRoom(server.url);
    await api.ask("POST", "/api/auth/login", { key: ADMIN_KEY });
    await api.ask("POST", "/api/auth/verify");
    await api.ask("POST", "/api/auth/links", { role: "viewer" });
    await api.list("/api/sessions");
    await api.ask("GET", "/api/sessions/active");
    await api.ask("GET", `/api/sessions/${id}`);
    await api.list(`/api/sessions/${id}/games`);
    await api.ask("POST", `${game}/start-player-check`, { room_code: code });
    await api.ask("GET", `${game}/status-live`);
    await api.ask("POST", `${game}/stop-player-check`);
    await api.ask("GET", `${game}/status-live`);
    await api.ask("POST", `${game}/start`);
    await api.ask("PATCH", `${game}/player-count`, { player_count: 3 });
    await api.ask("POST", "/api/votes/live", { username: "ann", vote: "up" });
    await api.ask("GET", `/api/sessions/${id}/votes`);
    await api.ask("POST", `${game}/end`);
    await api.list(`/api/sessions/${id}/events`);
    await api.ask("POST", `/api/sessions/${id}/close`);
    await api.ask("GET", "/api/sessions/active");
    await api.ask("POST", "/api/webhooks", { url: "https://nobody.invalid/" });
    await api.list("/api/webhooks");
    await api.ask("POST", "/api/webhooks/1/test");
    await api.ask("POST", "/api/webhooks/1/resume");
    await api.ask("DELETE", "/api/webhooks/1");
    await api.ask("GET", "/api/monitor");
    await api.ask("GET", `/api/rooms/${code}`);
    await api.ask("POST", `/api/rooms/${code}/lock`, { locked: true });
    await api.ask("POST", `/api/rooms/${code}/kick`, { index: 1 });
    await api.ask("POST", `/api/rooms/${code}/close`);
    await api.ask("GET", `/api/rooms/${code}/record`);
    // Streams have tests of their own.
    const atOnce = named.filter(([, { streams }]) => streams.length === 0);
    expect([...api.made].sort()).toEqual(atOnce.map(([name]) => name).sort());
  });

  test("[H8][M1] reads need no token, save the log and the monitor; all else does, save asking for one", () => {
    expect(open.filter(([, { method }]) => method !== "GET").map(([name]) => name)).toEqual(["POST /api/auth/login"]);
    expect(guarded.filter(([, { method }]) => method === "GET").map(([name]) => name)).toEqual([
      "GET /api/sessions/:id/events",
      "GET /api/sessions/stream",
      "GET /api/sessions/:id/stream",
      "GET /api/sessions/:id/export",
      "GET /api/webhooks",
      "GET /api/monitor",
      "GET /api/rooms/:code",
      "GET /api/rooms/:code/record",
    ]);
  });

  test("[H8] what makes something is a 201, all else a 200", () => {
    const made = named.filter(([, { status }]) => status !== 200).map(([name, { status }]) => [name, status]);
    expect(made).toEqual([
      ["POST /api/auth/links", 201],
      ["POST /api/sessions", 201],
      ["POST /api/sessions/:id/games", 201],
      ["POST /api/webhooks", 201],
    ]);
  });
});

describe("without a good token", () => {
  test.each(guarded)("[H8] %s is a 401, and does nothing", async (_, call) => {
    const { server, api, id, gameId } = await withSession();
    const before = await api.list(`/api/sessions/${id}/events`);
    const path = pathOf(call, id, gameId);
    const none = await new Api(server).send(call.method, path);
    expect([none.status, errorOf(none)]).toEqual([401, "Token required"]);
    expect(none.headers.get("www-authenticate")).toBe("Bearer");
    for (const token of ["x", "a.b.c", "null", "x".repeat(5_000)]) {
      const bad = new Api(server, { authorization: `Bearer ${token}` });
      const body = call.method === "GET" ? undefined : { title: "x", username: "x", vote: "up", player_count: 1 };
      expect(await bad.refusal(call.method, path, body)).toEqual([401, "Invalid or expired token"]);
    }
    for (const authorization of ["Bearer", "Bearer ", "Basic YTpi", "token", "Bearer a b", ""]) {
      expect(await new Api(server, { authorization }).refusal(call.method, path)).toEqual([401, "Token required"]);
    }
    // Nor does it matter whether the thing is there.
    if (call.path.includes(":id")) {
      expect(await new Api(server).refusal(call.method, pathOf(call, 999, 999))).toEqual([401, "Token required"]);
    }
    expect(await api.list(`/api/sessions/${id}/events`)).toEqual(before);
  });

  test.each(open.filter(([, { method }]) => method === "GET"))(
    "[H8] %s answers, with a bad one too",
    async (_, call) => {
      const { server, id, gameId } = await withSession();
      const path = pathOf(call, id, gameId);
      for (const headers of [{}, { authorization: "Bearer x" }]) {
        expect((await new Api(server, headers).send("GET", path)).status).toBe(200);
      }
    },
  );

  test("[H8] `bearer` in any case", async () => {
    const { server, api } = await withSession();
    const { token } = await api.ask("POST", "/api/auth/login", { key: ADMIN_KEY });
    for (const scheme of ["bearer", "BEARER", "Bearer "]) {
      await new Api(server, { authorization: `${scheme} ${token}` }).ask("POST", "/api/auth/verify");
    }
  });
});

describe("what is not there", () => {
  test.each(named.filter(([, { path }]) => path.includes(":id")))("[H8] %s of no session: 404", async (_, call) => {
    const { api } = await withSession();
    const body = { title: "x", player_count: 1, room_code: "ZZZZ" };
    const query = call.path.endsWith("/export") ? "?of=games" : "";
    const refusal = await api.refusal(call.method, pathOf(call, 999) + query, call.method === "GET" ? undefined : body);
    // The room a game would be played in is looked for first.
    expect(refusal).toEqual([
      404,
      call.path.endsWith("/games") && call.method === "POST" ? "Room not found" : "Session not found",
    ]);
  });

  test.each(named.filter(([, { path }]) => path.includes(":gameId")))("[H8] %s of no game: 404", async (_, call) => {
    const { api, id, gameId } = await withSession();
    const other = await api.make("/api/sessions");
    const body = call.method === "GET" ? undefined : { player_count: 1, room_code: "ZZZZ" };
    expect(await api.refusal(call.method, pathOf(call, id, 999), body)).toEqual([404, "Game not found"]);
    // Another session's game is not this one's.
    expect(await api.refusal(call.method, pathOf(call, other, gameId), body)).toEqual([404, "Game not found"]);
  });

  test("[H8] a path that no call has: 404", async () => {
    const { api } = await withSession();
    for (const path of ["/api/", "/api/session", "/api/votes", "/api/Sessions"]) {
      expect(await api.refusal("GET", path)).toEqual([404, "Not found"]);
    }
  });

  test("[H8] a method that a path does not have: 405, and which it has", async () => {
    const { api, id, game } = await withSession();
    const rows: readonly [method: string, path: string, allow: string][] = [
      ["GET", "/api/auth/login", "POST, OPTIONS"],
      ["DELETE", "/api/sessions", "POST, GET, HEAD, OPTIONS"],
      ["PUT", `/api/sessions/${id}`, "GET, HEAD, OPTIONS"],
      ["PATCH", `/api/sessions/${id}/games`, "GET, HEAD, POST, OPTIONS"],
      ["POST", `${game}/player-count`, "PATCH, OPTIONS"],
      ["POST", `${game}/status-live`, "GET, HEAD, OPTIONS"],
      ["HEAD", "/api/votes/live", "POST, OPTIONS"],
    ];
    for (const [method, path, allow] of rows) {
      const answer = await api.send(method, path);
      expect([method, path, answer.status, answer.headers.get("allow")]).toEqual([method, path, 405, allow]);
      if (method !== "HEAD") expect(errorOf(answer)).toBe("Method not allowed");
    }
  });

  test("[H8] HEAD is answered like GET, without a body", async () => {
    const { server, api, id, game } = await withSession();
    for (const path of ["/api/sessions", `/api/sessions/${id}`, `${game}/status-live`, `/api/sessions/${id}/events`]) {
      const { status, text } = await api.send("HEAD", path);
      expect([path, status, text]).toEqual([path, 200, ""]);
    }
    expect((await new Api(server).send("HEAD", `/api/sessions/${id}/events`)).status).toBe(401);
    expect((await api.send("HEAD", "/api/sessions/999")).status).toBe(404);
  });
});

describe("pages of other origins", () => {
  const FOREIGN = { origin: "https://elsewhere.example" };
  const LISTED = { ALLOWED_ORIGINS: "https://game.example" };

  test("[H9] may read, whatever comes of it", async () => {
    const { api, id } = await withSession(LISTED);
    for (const path of [
      "/api/sessions",
      `/api/sessions/${id}/events`,
      "/api/sessions/999",
      "/api/nowhere",
      "/api/sessions?limit=x",
    ]) {
      const { headers } = await api.send("GET", path, undefined, FOREIGN);
      expect([path, headers.get("access-control-allow-origin")]).toEqual([path, "*"]);
    }
    const { server } = stage();
    const { status, headers } = await new Api(server).send("GET", "/api/sessions/1/events", undefined, FOREIGN);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
  });

  test("[H9] one that asks first is told that it may read, with a token", async () => {
    const { api, id } = await withSession();
    for (const path of ["/api/sessions", `/api/sessions/${id}`, `/api/sessions/${id}/events`]) {
      const asking = {
        ...FOREIGN,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      };
      const { status, headers, text } = await api.send("OPTIONS", path, undefined, asking);
      expect([path, status, text]).toEqual([path, 204, ""]);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD");
      expect(headers.get("access-control-allow-headers")).toBe("authorization");
    }
  });

  test("[H9] one that asks whether it may write is told nothing of the kind", async () => {
    const { api, id, game } = await withSession();
    for (const path of [
      "/api/auth/login",
      `/api/sessions/${id}/close`,
      `${game}/start`,
      `${game}/player-count`,
      "/api/votes/live",
    ]) {
      const { headers } = await api.send("OPTIONS", path, undefined, {
        ...FOREIGN,
        "access-control-request-method": "POST",
      });
      for (const name of headers.keys())
        expect([path, name]).not.toEqual([path, expect.stringContaining("access-control")]);
    }
    // Where one may be read and written, only reading is offered.
    const { headers } = await api.send("OPTIONS", "/api/sessions", undefined, {
      ...FOREIGN,
      "access-control-request-method": "POST",
    });
    expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    // What was written all the same cannot be read by that page.
    const written = await api.send("POST", "/api/sessions", {}, FOREIGN);
    expect(written.headers.get("access-control-allow-origin")).toBeNull();
  });

  test.each(named.filter(([, { method }]) => method !== "GET"))(
    "[H8] %s from a page that is not listed: 403",
    async (_, call) => {
      const { server, api, id, gameId } = await withSession(LISTED);
      const path = pathOf(call, id, gameId);
      for (const origin of ["https://elsewhere.example", "null", "https://game.example.evil.example"]) {
        const answer = await api.send(call.method, path, { title: "x" }, { origin });
        expect([answer.status, errorOf(answer)]).toEqual([403, "Origin not allowed"]);
        // Before anything is said of tokens.
        expect((await new Api(server).send(call.method, path, {}, { origin })).status).toBe(403);
      }
      const listed = await api.send(call.method, path, {}, { origin: "https://game.example" });
      expect([403, 401]).not.toContain(listed.status);
    },
  );

  test("[H8] who says no origin may write", async () => {
    const { api } = await withSession({ ...LISTED, REQUIRE_ORIGIN: "on" });
    expect((await api.send("POST", "/api/sessions", {})).status).toBe(201);
  });
});
