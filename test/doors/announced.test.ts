// Who may speak to every bot of the operator: sessions begun with a token, by HTTP or in a room, and no others.
import { describe, expect, test } from "bun:test";
import { Tokens } from "../../src/auth/tokens.ts";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { WIRE } from "../../src/limits/table.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import type { ManualClock } from "../support/clock.ts";
import { SECRET, type TestServer } from "../support/server.ts";
import { linesAre, only, openRoom, range, stages } from "../support/stage.ts";

const stage = stages();

const tokenOf = (clock: ManualClock) => new Tokens(SECRET, clock).issue();

/** A bot that has shown a token. */
async function bot({ url }: TestServer, clock: ManualClock): Promise<Client> {
  const client = await Client.connect(url + LIVE_PATH);
  expect(await client.ask({ type: "auth", token: await tokenOf(clock) })).toMatchObject({ type: "auth_success" });
  return client;
}

describe("a word in the operator's channel", () => {
  test("[S35] of a stranger's session its room hears, and who subscribes to it, and no other bot", async () => {
    const { server, clock } = stage();
    const listener = await bot(server, clock);
    const { host, guests } = await openRoom(server.url);
    host.send({ type: "session.start", notes: "VISIT ME" });
    for (const member of [host, only(guests)]) expect(await member.next()).toMatchObject({ type: "session.started" });
    expect(await listener.ask({ type: "ping" })).toEqual({ type: "pong" });
    expect(await listener.ask({ type: "subscribe", sessionId: 1, since: 0 })).toMatchObject({ type: "subscribed" });
    expect(await listener.next()).toMatchObject({ type: "session.started", id: 1 });
  });

  test("[S35] of one begun with a token every bot hears: in a room, and by HTTP", async () => {
    const { server, clock } = stage();
    const listener = await bot(server, clock);
    const { host } = await openRoom(server.url);
    const api = await Api.admitted(server);
    const answer = await host.ask({ type: "session.start", notes: "ours", token: await tokenOf(clock), id: 7 });
    expect(answer).toMatchObject({ type: "session.started", data: { session: { id: 1, notes: "ours" } } });
    expect(await host.next()).toMatchObject({ type: "ack", id: 7 });
    expect(await listener.next()).toMatchObject({ type: "session.started", data: { session: { id: 1 } } });
    // It is listed as the operator's.
    expect(await api.ask("GET", "/api/sessions/active")).toMatchObject({ id: 1 });
    const id = await api.make("/api/sessions");
    expect(await listener.next()).toMatchObject({ type: "session.started", data: { session: { id } } });
  });

  test("[S35] what the host says behind its token waits for it, in its order", async () => {
    const { server, clock } = stage();
    const { host } = await openRoom(server.url);
    host.send({ type: "session.start", token: await tokenOf(clock) });
    host.send({ type: "game.add", title: "Quiz" });
    const heard = await host.upToFence();
    expect(heard.map(({ type }) => type)).toEqual(["session.started", "game.added", "room.connected"]);
  });

  test("[S35] a bad token is a refusal and begins nothing; ten on one line close it with 4003", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    const good = await tokenOf(clock);
    const bad = ["x", `${good}=`, good.slice(0, -1), "x".repeat(WIRE.tokenCharsMax)];
    for (const token of bad) {
      const answer = await host.ask({ type: "session.start", token, id: 1 });
      expect(answer).toMatchObject({ type: "error", code: "bad_token", request: "session.start", id: 1 });
      expect(Object.keys(answer).toSorted()).toEqual(["code", "id", "message", "request", "type"]);
    }
    expect(await only(guests).upToFence()).toEqual([]);
    expect(await server.metric('partyline_refusals_total{name="bad_token"}')).toBe(4);
    for (const _ of range(4, 10)) host.send({ type: "session.start", token: "x" });
    expect((await host.closed).code).toBe(4003);
  });

  test("[S35] who asks is looked at before the token: a member and a stranger are told as ever", async () => {
    const { server, clock } = stage();
    const { guests } = await openRoom(server.url);
    const token = await tokenOf(clock);
    expect(await only(guests).ask({ type: "session.start", token })).toMatchObject({ code: "not_host" });
    const stranger = await Client.connect(server.url);
    expect(await stranger.ask({ type: "session.start", token })).toMatchObject({ code: "not_in_room" });
  });

  test("[S35][P6] a token that cannot be taken is named, not repeated; null and an empty one are none", async () => {
    const { server, clock } = stage();
    const listener = await bot(server, clock);
    const { host } = await openRoom(server.url);
    for (const token of [7, {}, ["x"], "x".repeat(WIRE.tokenCharsMax + 1)]) {
      expect(await host.ask({ type: "session.start", token })).toMatchObject({
        code: "bad_field",
        message: `token must be at most ${WIRE.tokenCharsMax} characters`,
      });
    }
    for (const token of [null, ""]) {
      expect(await host.ask({ type: "session.start", token })).toMatchObject({ type: "session.started" });
      expect(await host.ask({ type: "session.end" })).toMatchObject({ type: "session.ended" });
    }
    expect(await listener.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  test("[S35] the token is neither relayed nor logged, on the disk or in a line", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    const token = await tokenOf(clock);
    await host.ask({ type: "session.start", token });
    await host.ask({ type: "session.start", token });
    const api = await Api.admitted(server);
    const kept = await api.send("GET", "/api/sessions/1/events");
    const late = await Client.connect(server.url);
    const { room } = await late.ask({ type: "create", clientId: "late", maxClients: 2 });
    const told = [kept.text, room, JSON.stringify(await only(guests).upToFence()), ...server.logged].join("\n");
    expect(told).toContain("session.started");
    expect(told).not.toContain(token.slice(-40));
  });

  test("[S35] a line that closes while its token is looked at is no fault, and its room goes on", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    host.send({ type: "session.start", token: await tokenOf(clock) });
    host.send({ type: "leave" });
    await host.close();
    await linesAre(server, 1);
    // Whether the token or the close came first: what was said behind the token still counts [R21].
    const left = (await only(guests).upToFence()).find(({ type }) => type === "peer_left");
    expect(left).toEqual({ type: "peer_left", clientId: "host", reason: "left" });
    expect(await server.metric("partyline_faults_total")).toBe(0);
  });

  test("[S35] ROOM_SESSIONS=token: no host begins one without", async () => {
    const { server, clock } = stage({ ROOM_SESSIONS: "token" });
    const { host } = await openRoom(server.url);
    const refused = { type: "error", code: "token_required", message: "Token required", request: "session.start" };
    expect(await host.ask({ type: "session.start" })).toEqual(refused);
    expect(await host.ask({ type: "session.start", token: "" })).toEqual(refused);
    expect(await host.ask({ type: "session.start", token: "x" })).toMatchObject({ code: "bad_token" });
    expect(await host.ask({ type: "session.start", token: await tokenOf(clock) })).toMatchObject({
      type: "session.started",
    });
    expect(await host.ask({ type: "session.end" })).toMatchObject({ type: "session.ended" });
  });
});
