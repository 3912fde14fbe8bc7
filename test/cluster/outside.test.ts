// Streams, exports and webhooks with other nodes: the one that keeps the sessions has them all.
import { describe, expect, test } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { create, until } from "../support/far.ts";
import { nodeStages } from "../support/nodes.ts";
import { Sse } from "../support/sse.ts";

const stage = nodeStages();

describe("[W15] with other nodes", () => {
  test("a stream and an export are had at the one that keeps the sessions, and elsewhere 503 with when to ask the next", async () => {
    const { at, wires, clock } = stage(2);
    const operator = await Api.admitted(at(1));
    await operator.ask("POST", "/api/sessions", {});
    await using sse = await Sse.open(`${at(0).http}/api/sessions/1/stream?since=0`, { ...operator.headers });
    expect(await sse.next()).toEqual({ retry: "3000" });
    const asked = wires.count("b", "ask");
    for (const path of ["/api/sessions/1/stream", "/api/sessions/stream", "/api/sessions/1/export?of=games"]) {
      const answer = await operator.send("GET", path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "2"]);
    }
    expect(wires.count("b", "ask")).toBe(asked);
    const exported = new Api(at(0), operator.headers).send("GET", "/api/sessions/1/export?of=events");
    const whole = exported.then(() => true);
    await until(() => {
      clock.advance(0);
      return Promise.race([
        whole,
        at(0)
          .metric("partyline_streams")
          .then(() => false),
      ]);
    });
    expect((await exported).text).toContain("session.started");
  });

  test("webhooks are made at any node, and called by the one that keeps the sessions", async () => {
    const heard: string[] = [];
    const receiver = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        heard.push(await request.text());
        return new Response();
      },
    });
    try {
      const { at, clock } = stage(2, { WEBHOOK_HOSTS: "127.0.0.1" });
      const operator = await Api.admitted(at(1));
      await operator.ask("POST", "/api/webhooks", { url: `http://127.0.0.1:${receiver.port}/` });
      expect(await operator.ask("POST", "/api/webhooks/1/test")).toMatchObject({ delivered: true });
      await operator.ask("POST", "/api/sessions", {});
      await until(() => {
        clock.advance(0);
        return heard.length === 2;
      });
      expect(heard.map((body) => JSON.parse(body).type)).toEqual(["webhook.test", "session.started"]);
      expect(await new Api(at(0), operator.headers).list("/api/webhooks")).toHaveLength(1);
      expect(await at(0).metric("partyline_webhooks")).toBe(1);
      expect(await at(1).metric("partyline_webhooks")).toBe(0);
    } finally {
      await receiver.stop(true);
    }
  });

  test("a node that keeps the sessions no more calls nobody, until it does again", async () => {
    let calls = 0;
    const receiver = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(null, { status: calls++ ? 200 : 500 }),
    });
    try {
      const { at, clock, keeper } = stage(2, { WEBHOOK_HOSTS: "127.0.0.1" });
      const operator = await Api.admitted(at(0));
      await operator.ask("POST", "/api/webhooks", { url: `http://127.0.0.1:${receiver.port}/` });
      await operator.ask("POST", "/api/sessions", {});
      const failures = (count: number) => async () => {
        clock.advance(0);
        return (await at(0).metric("partyline_webhook_failures_total")) === count;
      };
      await until(failures(1));
      keeper.node = "b";
      for (let second = 0; second < 10; second++) {
        clock.advance(1_000);
        await until(failures(1));
      }
      expect(calls).toBe(1);
      keeper.node = "a";
      clock.advance(1_000);
      await until(async () => (await failures(1)()) && calls === 2);
    } finally {
      await receiver.stop(true);
    }
  });

  test("[S38] a viewer at another node is told no code", async () => {
    const { at } = stage(2);
    const operator = await Api.admitted(at(1));
    const { room } = await create(at(1));
    await operator.ask("POST", "/api/sessions", { room_code: room });
    const { token } = await operator.ask("POST", "/api/auth/links", { role: "viewer", session: 1 });
    const line = await Client.connect(at(1).url + LIVE_PATH);
    expect(await line.ask({ type: "auth", token })).toMatchObject({ type: "auth_success" });
    expect(await line.ask({ type: "subscribe", sessionId: 1 })).toMatchObject({ type: "subscribed" });
    await operator.ask("POST", "/api/sessions/1/games", { title: "Quiz", room_code: room });
    expect(await line.next()).toMatchObject({ type: "game.added", data: { game: { title: "Quiz", room_code: null } } });
    expect(await line.next()).toMatchObject({ type: "room.connected", data: { roomCode: null } });
  });
});
