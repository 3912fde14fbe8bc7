// Webhooks by HTTP, with a server and somebody who is called: made, seen, tried, gone on with, ended.
import { describe, expect, test } from "bun:test";
import { Webhook as Verifier } from "standardwebhooks";
import { Api, beginSession, errorOf } from "../../support/api.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { openRoom, range } from "../../support/stage.ts";

interface Heard {
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** A server that may call this machine, and somebody there who answers what the test says. */
async function house(env: Record<string, string> = {}) {
  const heard: Heard[] = [];
  let status = 204;
  let waiting: (() => void) | null = null;
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      heard.push({ body: await request.text(), headers: Object.fromEntries(request.headers) });
      waiting?.();
      return new Response(null, { status });
    },
  });
  const server = startServer({ LIMITS: "off", WEBHOOK_HOSTS: "127.0.0.1, hooks.lan", ...env });
  const begun = await beginSession(server);
  return {
    ...begun,
    ...{ server, heard, url: `http://127.0.0.1:${receiver.port}/in/secret-path` },
    answer: (with_: number) => {
      status = with_;
    },
    /** Resolves when so many calls have come. */
    calls: (count: number) =>
      new Promise<void>((resolve) => {
        waiting = () => heard.length >= count && resolve();
        waiting();
      }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await receiver.stop(true);
    },
  };
}

const audits = (server: TestServer) =>
  server.logged.map((line) => JSON.parse(line)).filter(({ audit }) => String(audit).startsWith("webhook"));

describe("a webhook by HTTP", () => {
  test("[W6] is made with a secret that is told once, and called from then on", async () => {
    await using all = await house();
    const { api, id, at, url, heard, calls } = all;
    const made = await api.ask("POST", "/api/webhooks", { url });
    expect(made).toMatchObject({ id: 1, url, format: "json", state: "fine", problem: null, told_id: 1 });
    expect((made.events as string[]).length).toBe(11);
    await all.addGame({ title: "Quiz" });
    await api.ask("POST", "/api/votes/live", { username: "ann", vote: "up" });
    await calls(2);
    const verifier = new Verifier(String(made.secret));
    const said = heard.map(({ body, headers }) => verifier.verify(body, headers)) as Record<string, unknown>[];
    expect(said).toEqual((await api.list(`${at}/events`)).slice(1, 3) as Record<string, unknown>[]);
    expect(heard[0]?.headers).toMatchObject({ "content-type": "application/json", "user-agent": "Partyline" });
    while ((await api.list("/api/webhooks"))[0]?.told_id !== 3);
    expect((await api.send("GET", "/api/webhooks")).text).not.toContain(String(made.secret).slice(6));
    expect(id).toBe(1);
  });

  test("[W6][W12] with a format and events of its own", async () => {
    await using all = await house();
    const { api, url, heard, calls } = all;
    const { code } = await openRoom(all.server.url);
    const made = await api.ask("POST", "/api/webhooks", { url, format: "discord" });
    expect(made.events).toEqual(["session.started", "game.added", "game.started", "game.ended", "session.ended"]);
    const game = await all.addGame({ title: "Quiz **1**", room_code: code });
    await api.ask("POST", `${game}/start`);
    await calls(2);
    expect(heard.map(({ body }) => JSON.parse(body).content)).toEqual([
      "Next game: **Quiz \\*\\*1\\*\\***",
      "**Quiz \\*\\*1\\*\\*** has begun with 1 player",
    ]);
  });

  test("[W6][W10] what cannot be taken is named", async () => {
    await using all = await house();
    const { api, url } = all;
    const ask = (fields: object) => api.refusal("POST", "/api/webhooks", fields);
    const not = "url must be an address that can be called: https, public or of WEBHOOK_HOSTS, without a user and a #";
    for (const bad of [
      "http://hook.example/",
      "https://10.0.0.1/",
      "https://u:p@hook.example/",
      "https://a\r\nb.example/",
      7,
    ])
      expect(await ask({ url: bad })).toEqual([400, not]);
    expect(await ask({})).toEqual([400, not]);
    expect(await ask({ url, events: ["game.status"] })).toEqual([
      400,
      "events must be types of events that are logged",
    ]);
    expect(await ask({ url, events: [] })).toEqual([400, "events must be types of events that are logged"]);
    expect(await ask({ url, format: "xml" })).toEqual([400, "format must be json or discord"]);
    expect(await api.list("/api/webhooks")).toEqual([]);
    // By a name that is listed, and by one that is public.
    await api.ask("POST", "/api/webhooks", { url: "http://hooks.lan:9/x" });
    await api.ask("POST", "/api/webhooks", { url: "https://hook.example/x" });
  });

  test("[W6] MAX_WEBHOOKS of them; one that has ended makes place and is called no more", async () => {
    await using all = await house({ MAX_WEBHOOKS: "2" });
    const { api, url, heard, server } = all;
    for (const _ of range(0, 2)) await api.ask("POST", "/api/webhooks", { url });
    expect(await api.refusal("POST", "/api/webhooks", { url })).toEqual([409, "Too many webhooks"]);
    expect(await server.metric("partyline_webhooks")).toBe(2);
    for (const id of [1, 2]) expect(await api.ask("DELETE", `/api/webhooks/${id}`)).toEqual({ id, ended: true });
    expect(await api.refusal("DELETE", "/api/webhooks/1")).toEqual([404, "Webhook not found"]);
    await all.addGame({ title: "Quiz" });
    const { id } = await api.ask("POST", "/api/webhooks", { url });
    expect(id).toBe(3);
    await api.ask("POST", "/api/webhooks/3/test");
    expect(heard.map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"]);
  });

  test("[W9] that fails says so, and resumed it goes on at once", async () => {
    await using all = await house();
    const { api, url, heard, calls, answer, server } = all;
    answer(500);
    await api.ask("POST", "/api/webhooks", { url });
    await all.addGame({ title: "Quiz" });
    await calls(1);
    await server.logs(/a webhook fails/, 1);
    const [failing] = await api.list("/api/webhooks");
    expect(failing).toMatchObject({ state: "failing", problem: "it answered 500", told_id: 1 });
    expect(String(failing?.next_try_at) > String(failing?.failing_since)).toBe(true);
    expect(await server.metric("partyline_webhooks_failing")).toBe(1);
    expect(await server.metric("partyline_webhook_failures_total")).toBe(1);
    answer(200);
    expect(await api.ask("POST", "/api/webhooks/1/resume")).toMatchObject({ state: "fine", problem: null });
    await calls(2);
    expect(heard[0]?.headers["webhook-id"]).toBe(heard[1]?.headers["webhook-id"] ?? "");
    while ((await api.list("/api/webhooks"))[0]?.told_id !== 2);
    answer(410);
    await api.ask("POST", "/api/votes/live", { username: "ann", vote: "up" });
    await server.logs(/a webhook is paused/, 1);
    expect((await api.list("/api/webhooks"))[0]).toMatchObject({
      state: "paused",
      problem: "it answered 410",
      next_try_at: null,
    });
    expect(await server.metric("partyline_webhooks_paused")).toBe(1);
    answer(200);
    expect(await api.ask("POST", "/api/webhooks/1/resume", { skip: true })).toMatchObject({
      state: "fine",
      told_id: 3,
    });
    expect(await server.metric("partyline_webhook_calls_total")).toBe(3);
  });

  test("[W13] a test says how it went, and nothing of what was answered", async () => {
    await using all = await house();
    const { api, url, answer, heard } = all;
    const made = await api.ask("POST", "/api/webhooks", { url });
    expect(await api.ask("POST", "/api/webhooks/1/test")).toEqual({ delivered: true, status: 204, problem: null });
    const [first] = heard;
    expect(new Verifier(String(made.secret)).verify(first?.body ?? "", first?.headers ?? {})).toMatchObject({
      type: "webhook.test",
    });
    answer(302);
    const problem = "it answered 302, and no redirect is followed";
    expect(await api.ask("POST", "/api/webhooks/1/test")).toEqual({ delivered: false, status: 302, problem });
    await api.ask("POST", "/api/webhooks", { url: "https://a-name-that-is-none.invalid/" });
    expect(await api.ask("POST", "/api/webhooks/2/test")).toEqual({
      ...{ delivered: false, status: null, problem: "its name is not known" },
    });
    expect(await api.refusal("POST", "/api/webhooks/3/test")).toEqual([404, "Webhook not found"]);
  });

  test("[W13] one at a time a webhook", async () => {
    await using all = await house();
    const { api } = all;
    const held = Promise.withResolvers<Response>();
    const came = Promise.withResolvers<void>();
    const answer = () => {
      came.resolve();
      return held.promise;
    };
    const slow = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    await api.ask("POST", "/api/webhooks", { url: `http://127.0.0.1:${slow.port}/` });
    const first = api.ask("POST", "/api/webhooks/1/test");
    await came.promise;
    expect(await api.refusal("POST", "/api/webhooks/1/test")).toEqual([409, "The webhook is being tested"]);
    held.resolve(new Response());
    expect(await first).toMatchObject({ delivered: true });
    await slow.stop(true);
  });

  test("[W14] what operators do is a line each, in which neither a secret stands nor an address", async () => {
    await using all = await house();
    const { api, url, server } = all;
    const { secret } = await api.ask("POST", "/api/webhooks", { url });
    await api.ask("POST", "/api/webhooks/1/test");
    await api.ask("POST", "/api/webhooks/1/resume");
    await api.ask("DELETE", "/api/webhooks/1");
    const said = ["webhookMade", "webhookTested", "webhookResumed", "webhookEnded"];
    expect(audits(server).map(({ audit }) => audit)).toEqual(said);
    for (const line of audits(server))
      expect(line).toMatchObject({ webhook: 1, host: "127.0.0.1", address: "127.0.0.1", token: expect.any(String) });
    const text = [...server.logged, await server.figures()].join("\n");
    expect(text).not.toContain("secret-path");
    expect(text).not.toContain(String(secret).slice(6));
  });

  test("[W11] one that leads to this very server is answered as anybody is, and fails", async () => {
    await using all = await house();
    const { api, server } = all;
    await api.ask("POST", "/api/webhooks", { url: `${server.http}/api/webhooks/1/test` });
    await api.ask("POST", "/api/webhooks", { url: `${server.http}/api/votes/live` });
    for (const id of [1, 2])
      expect(await api.ask("POST", `/api/webhooks/${id}/test`)).toEqual({
        ...{ delivered: false, status: 401, problem: "it answered 401" },
      });
    const answer = await new Api(server).send("POST", "/api/webhooks", { url: "https://hook.example/" });
    expect([answer.status, errorOf(answer)]).toEqual([401, "Token required"]);
  });
});
