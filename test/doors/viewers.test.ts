// Who looks on with a token of its own: what it hears, what it is not told, and that it changes nothing.
import { describe, expect, test } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { CALLS } from "../../src/doors/http/api.ts";
import { Api, beginSession, errorOf, type Fields, pathOf } from "../support/api.ts";
import { Client, type Frame } from "../support/client.ts";
import { openRoom, type Stage, stages } from "../support/stage.ts";

const stage = stages();
const DENIED = "This token may only look on";
const WELCOME = { type: "auth_success", message: "Authenticated successfully" };

/** A session that is played in a room, another without one, and whoever looks on. */
async function withViewer(link: Fields = {}, env: Record<string, string> = {}) {
  const { server, clock } = stage(env);
  const { host, code } = await openRoom(server.url);
  const { api, id, at, addGame } = await beginSession(server);
  const other = await api.make("/api/sessions");
  const game = await addGame({ title: "Quiz", room_code: code });
  const { token } = await api.ask("POST", "/api/auth/links", { role: "viewer", ...link });
  const viewer = new Api(server, { authorization: `Bearer ${token}` });
  return { server, clock, host, code, api, id, at, game, other, viewer, token: String(token) };
}

async function live({ server }: Pick<Stage, "server">, token: string): Promise<Client> {
  const client = await Client.connect(server.url + LIVE_PATH);
  expect(await client.ask({ type: "auth", token })).toEqual(WELCOME);
  return client;
}

/** What comes before the answer of a ping sent now: the live socket's have no id. */
async function upToPong(client: Client): Promise<Frame[]> {
  client.send({ type: "ping" });
  const frames: Frame[] = [];
  for (let frame = await client.next(); frame.type !== "pong"; frame = await client.next()) frames.push(frame);
  return frames;
}

describe("a link", () => {
  test("[S38] is had with an operator's token, and says what it is good for", async () => {
    const { api, viewer, id, clock } = await withViewer();
    const inHours = (hours: number) => new Date(clock.now() + hours * 3_600_000).toISOString();
    const given = await api.ask("POST", "/api/auth/links", { role: "viewer" });
    const bare = { token: expect.any(String), role: "viewer", session: null, codes: false };
    expect(given).toEqual({ ...bare, expiresAt: inHours(24) });
    const wide = { role: "viewer", session: id, hours: 720, codes: true };
    expect(await api.ask("POST", "/api/auth/links", wide)).toEqual({
      ...bare,
      ...{ session: id, codes: true, expiresAt: inHours(720) },
    });
    expect(await viewer.ask("POST", "/api/auth/verify")).toEqual({
      ...{ valid: true, role: "viewer", session: null, codes: false, expiresAt: inHours(24) },
    });
    expect(await viewer.refusal("POST", "/api/auth/links", { role: "viewer" })).toEqual([403, DENIED]);
  });

  test("[S38] for no session that is not there, no role but the viewer's, and not for ever", async () => {
    const { api } = await withViewer();
    const ask = (fields: Fields) => api.refusal("POST", "/api/auth/links", fields);
    expect(await ask({ role: "viewer", session: 99 })).toEqual([404, "Session not found"]);
    expect(await ask({ role: "admin" })).toEqual([400, "role must be viewer"]);
    expect(await ask({})).toEqual([400, "role must be viewer"]);
    for (const hours of [0, 721, 1.5, "24"])
      expect(await ask({ role: "viewer", hours })).toEqual([400, "hours must be a whole number, 1 to 720"]);
    expect(await ask({ role: "viewer", codes: "yes" })).toEqual([400, "codes must be true or false"]);
  });

  test("[S38] is one line in the log, in which its token does not stand", async () => {
    const { server, token } = await withViewer({ codes: true });
    const lines = server.logged.filter((line) => line.includes('"audit":"link"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ session: null, hours: 24, codes: true, address: "127.0.0.1" });
    for (const line of server.logged) expect(line).not.toContain(token);
  });
});

describe("a viewer by HTTP", () => {
  test("[S38] gets through no call that takes a token, but those for viewers", async () => {
    const { viewer } = await withViewer({}, { METRICS: "token" });
    const others = CALLS.filter(({ needsToken, isForViewers }) => needsToken && !isForViewers);
    expect(others.length).toBeGreaterThan(15);
    for (const call of others) {
      const answer = await viewer.send(call.method, pathOf(call), call.method === "GET" ? undefined : {});
      expect([call.path, answer.status, errorOf(answer)]).toEqual([call.path, 403, DENIED]);
    }
    expect((await viewer.send("GET", "/metrics")).status).toBe(403);
  });

  test("[S38] is told no code, in any read", async () => {
    const { viewer, api, at, game, code } = await withViewer();
    for (const path of [
      at,
      `${at}/games`,
      `${at}/events`,
      `${game}/status-live`,
      "/api/sessions",
      "/api/sessions/active",
    ]) {
      const [seen, known] = [(await viewer.send("GET", path)).text, (await api.send("GET", path)).text];
      expect([path, seen.includes(code)]).toEqual([path, false]);
      // It would have been there.
      if (path.includes("games") || path.includes("events")) expect([path, known.includes(code)]).toEqual([path, true]);
    }
    const [, added] = await viewer.list(`${at}/events`);
    expect(added).toMatchObject({ type: "game.added", data: { game: { title: "Quiz", room_code: null } } });
  });

  test("[S38] with codes it is told them as an operator is", async () => {
    const { viewer, api, at, game } = await withViewer({ codes: true });
    for (const path of [at, `${at}/games`, `${at}/events`, `${game}/status-live`])
      expect((await viewer.send("GET", path)).text).toBe((await api.send("GET", path)).text);
  });

  test("[S38] of one session it hears that one alone, and knows no code of another", async () => {
    const first = await withViewer({ session: 2, codes: true });
    const { viewer, at, code, other, id } = first;
    expect([id, other]).toEqual([1, 2]);
    expect((await viewer.list(`/api/sessions/${other}/events`)).map(({ type }) => type)).toEqual(["session.started"]);
    expect(await viewer.refusal("GET", `${at}/events`)).toEqual([403, "This token is for another session"]);
    // What strangers may read it may read as they do.
    expect((await viewer.send("GET", `${at}/games`)).text).not.toContain(code);
  });

  test("[S38] ends when it says", async () => {
    const { viewer, at, clock } = await withViewer({ hours: 1 });
    clock.advance(3_599_000);
    await viewer.list(`${at}/events`);
    clock.advance(1_000);
    expect(await viewer.refusal("GET", `${at}/events`)).toEqual([401, "Invalid or expired token"]);
  });
});

describe("a viewer on the live socket", () => {
  test("[S38] hears what happened and what happens, without codes, beside a bot that is told them", async () => {
    const { server, api, id, game, code, token } = await withViewer();
    const [viewer, bot] = [
      await live({ server }, token),
      await live({ server }, api.headers.authorization?.slice(7) ?? ""),
    ];
    for (const client of [viewer, bot]) await client.ask({ type: "subscribe", sessionId: id, since: 0 });
    await api.ask("POST", `${game}/start`);
    const heard = await upToPong(viewer);
    const told = await upToPong(bot);
    expect(heard.map(({ type }) => type)).toEqual(["session.started", "game.added", "room.connected", "game.started"]);
    expect(told.map(({ id: at }) => at)).toEqual(heard.map(({ id: at }) => at));
    expect(JSON.stringify(told).split(code)).toHaveLength(4);
    expect(JSON.stringify(heard)).not.toContain(code);
    expect(heard[1]).toMatchObject({ data: { game: { room_code: null } } });
    expect(heard[3]).toMatchObject({ data: { roomCode: null, playerCount: 1 } });
  });

  test("[S38] of one session nothing else is there, nor is it told when others begin", async () => {
    const { server, api, id, other, token } = await withViewer({ session: 1 });
    const viewer = await live({ server }, token);
    expect(await viewer.ask({ type: "subscribe", sessionId: other })).toEqual({
      type: "error",
      message: "Session not found",
    });
    expect(await viewer.ask({ type: "subscribe", sessionId: id })).toMatchObject({ type: "subscribed" });
    await api.make("/api/sessions");
    expect(await upToPong(viewer)).toEqual([]);
  });

  test("[S38] who shows a token that sees something else has nothing subscribed", async () => {
    const { server, api, id, game, code, token } = await withViewer();
    const admin = api.headers.authorization?.slice(7) ?? "";
    const client = await live({ server }, admin);
    await client.ask({ type: "subscribe", sessionId: id });
    const { token: narrow } = await api.ask("POST", "/api/auth/links", { role: "viewer", session: 2 });
    expect(await client.ask({ type: "auth", token: narrow })).toEqual(WELCOME);
    await api.ask("POST", `${game}/start`);
    await api.make("/api/sessions");
    expect(await upToPong(client)).toEqual([]);
    // And back: the wider one takes its place in turn.
    expect(await client.ask({ type: "auth", token })).toEqual(WELCOME);
    await client.ask({ type: "subscribe", sessionId: id });
    await api.ask("POST", `${game}/end`);
    await api.make("/api/sessions");
    const heard = await upToPong(client);
    expect(heard.map(({ type }) => type)).toEqual(["game.ended", "session.started"]);
    expect(JSON.stringify(heard)).not.toContain(code);
  });

  test("[S38][S35] begins no session in a room", async () => {
    const { host, token } = await withViewer();
    await host.upToFence();
    expect(await host.ask({ type: "session.start", token })).toMatchObject({ type: "error", code: "bad_token" });
  });
});
