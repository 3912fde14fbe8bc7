// Those who watch, over real sockets: a crowd hears all of it, each thing once and in order, whatever channel serves it; and limits hold for them as for everybody.
import { afterAll, describe, expect, test } from "bun:test";
import { CHANNEL_BOUNDS } from "../../src/doors/channel.ts";
import { Client, type Frame } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { turn } from "../support/stage.ts";

const servers: TestServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

function serve(env: Record<string, string> = {}): TestServer {
  const server = startServer({ TRUSTED_PROXIES: "127.0.0.1", ...env });
  servers.push(server);
  return server;
}

/** A room with an audience, its host and its code. */
async function opened(server: TestServer, more: object = {}) {
  const host = await Client.connect(server.url);
  const { room } = await host.ask({
    type: "create",
    clientId: "tv",
    secret: "tv",
    maxClients: 4,
    audience: 500,
    away: 30,
    ...more,
  });
  return { host, room: String(room) };
}

let lastAddress = 0;
const newAddress = () => ({ "x-forwarded-for": `198.51.${100 + (lastAddress >> 8)}.${lastAddress++ & 255}` });

async function watcher(server: TestServer, room: string, clientId: string, more: object = {}) {
  const line = await Client.connect(server.url, newAddress());
  const joined = await line.ask({ type: "join", room, clientId, as: "audience", ...more });
  return { line, joined };
}

/** The next frame of that type, passing over others. */
async function next(line: Client, type: string): Promise<Frame> {
  for (;;) {
    const frame = await line.next();
    if (frame.type === type) return frame;
  }
}

describe("a crowd that watches", () => {
  test("[C3][C4][C9] hears everything that is for it, once and in order, past the number that is served at once", async () => {
    const server = serve();
    const { host, room } = await opened(server);
    const count = 3 * CHANNEL_BOUNDS.atOnceMax;
    const crowd = await Promise.all(Array.from({ length: count }, (_, n) => watcher(server, room, `w${n}`)));
    expect(crowd.every(({ joined }) => joined.type === "joined" && joined.audience === true)).toBe(true);
    const said: unknown[] = [];
    for (let n = 0; n < 40; n++) {
      if (n % 2 === 0) host.send({ type: "set_state", data: n });
      else host.send({ type: "send", to: "audience", data: n });
      said.push(n);
      if (n % 10 === 0) await host.upToFence();
    }
    for (const { line } of crowd) {
      const heard: unknown[] = [];
      while (heard.length < said.length) heard.push((await line.next()).data);
      expect(heard).toEqual(said);
    }
    // Nothing twice: what comes next is the end.
    host.send({ type: "set_state", data: "last" });
    host.send({ type: "close_room" });
    for (const { line } of crowd) {
      expect([await line.next(), (await line.next()).type]).toMatchObject([{ type: "state", data: "last" }, "bye"]);
      expect((await line.closed).code).toBe(4001);
    }
  }, 30_000);

  test("[C3][C9] one who comes while a crowd is being told hears what it was not answered with, and nothing of before", async () => {
    const server = serve();
    const { host, room } = await opened(server, { state: -1 });
    const crowd = await Promise.all(Array.from({ length: 100 }, (_, n) => watcher(server, room, `w${n}`)));
    for (let n = 0; n < 20; n++) {
      host.send({ type: "set_state", data: n });
      const { line, joined } = await watcher(server, room, `late${n}`);
      let state = joined.state as number;
      host.send({ type: "send", to: "audience", data: `fence ${n}` });
      for (let frame = await line.next(); frame.data !== `fence ${n}`; frame = await line.next()) {
        if (frame.type !== "state") continue;
        expect(frame.data).toBe(state + 1);
        state = frame.data as number;
      }
      expect(state).toBe(n);
      await line.close();
    }
    expect(crowd).toHaveLength(100);
  }, 30_000);

  test("[C12][C15][C17] answers of all are counted, each once", async () => {
    const server = serve();
    const { host, room } = await opened(server);
    const crowd = await Promise.all(Array.from({ length: 90 }, (_, n) => watcher(server, room, `w${n}`)));
    host.send({ type: "poll.open", poll: "q", ask: "choice", options: ["A", "B", "C"], who: "audience" });
    await Promise.all(crowd.map(({ line }) => next(line, "poll")));
    await Promise.all(
      crowd.map(async ({ line }, n) => {
        for (const choice of [0, n % 3]) line.send({ type: "answer", poll: "q", choice, id: choice });
        await next(line, "ack");
        await next(line, "ack");
      }),
    );
    host.send({ type: "poll.close", poll: "q" });
    const tallies: unknown[] = [];
    let closed: Frame = {};
    while (closed.type !== "poll_closed") {
      closed = await host.next();
      if (closed.type === "tally") tallies.push(closed.total);
    }
    expect(closed).toMatchObject({ counts: [30, 30, 30], total: 90 });
    expect(tallies.at(-1)).toBe(90);
    for (const { line } of crowd) expect(await next(line, "poll_closed")).toMatchObject({ counts: [30, 30, 30] });
  }, 30_000);
});

describe("limits", () => {
  test("[C2] of one address so many watch one room, and another room is another", async () => {
    const server = serve({ AUDIENCE_PER_ADDRESS: "2" });
    const { room } = await opened(server);
    const other = await opened(server);
    const answers = [];
    for (const [n, code] of [room, room, room, other.room].entries()) {
      const line = await Client.connect(server.url);
      answers.push((await line.ask({ type: "join", room: code, clientId: `w${n}`, as: "audience" })).code ?? "in");
    }
    expect(answers).toEqual(["in", "in", "room_full", "in"]);
  });

  test("[C9][L22] who comes to watch waits for nobody who wants a seat, and holds nobody up", async () => {
    const server = serve({ ROOM_JOINS_PER_SECOND: "1" });
    const { host, room } = await opened(server, { maxClients: 4 });
    const crowd = await Promise.all(Array.from({ length: 60 }, (_, n) => watcher(server, room, `w${n}`)));
    expect(crowd.every(({ joined }) => joined.audience === true)).toBe(true);
    const member = await Client.connect(server.url);
    expect((await member.ask({ type: "join", room, clientId: "ann" })).type).toBe("joined");
    expect((await next(host, "peer_joined")).clientId).toBe("ann");
  });

  test("[C9][L26] what is told to an audience is paid for by the room", async () => {
    const server = serve();
    const { host, room } = await opened(server);
    const { line } = await watcher(server, room, "w");
    const before = await server.metric("partyline_bytes_out_total");
    for (let n = 0; n < 10; n++) host.send({ type: "send", to: "audience", data: "x".repeat(1_000) });
    for (let n = 0; n < 10; n++) await next(line, "message");
    expect((await server.metric("partyline_bytes_out_total")) - before).toBeGreaterThan(10_000);
  });

  test("[C9][L26][L38] who answers does not wait for what the room hands out, however long a member would", async () => {
    const server = startServer({ ROOM_OUT_BYTES_PER_SECOND: "1000", TRUSTED_PROXIES: "127.0.0.1" }, new ManualClock());
    servers.push(server);
    const { host, room } = await opened(server, { audience: 10 });
    const { line } = await watcher(server, room, "w");
    host.send({ type: "poll.open", poll: "q", ask: "number", who: "audience" });
    for (let n = 0; n < 5; n++) host.send({ type: "send", to: "audience", data: "x".repeat(40_000) });
    await next(line, "message");
    for (let number = 0; number < 20; number++) line.send({ type: "answer", poll: "q", number, id: number });
    for (let number = 0; number < 20; number++) expect((await next(line, "ack")).id).toBe(number);
  });

  test("[C9][L26][L38] a host tells its audience no more than runs in, however few members there are", async () => {
    const clock = new ManualClock();
    const server = startServer({ ROOM_OUT_BYTES_PER_SECOND: "10000", TRUSTED_PROXIES: "127.0.0.1" }, clock);
    servers.push(server);
    const { host, room } = await opened(server);
    const crowd = await Promise.all(Array.from({ length: 20 }, (_, n) => watcher(server, room, `w${n}`)));
    for (let n = 0; n < 60; n++) host.send({ type: "set_state", data: "x".repeat(100) });
    await turn(server);
    const states = async () => {
      const counts = crowd.map(async ({ line }) => {
        return (await line.upToFence()).filter(({ type }) => type === "state").length;
      });
      return new Set(await Promise.all(counts));
    };
    // Two seconds' worth, a second of the host's half, and what each of these is overdrawn by.
    const bytes = 20 * JSON.stringify({ type: "state", data: "x".repeat(100) }).length;
    const [atOnce = 0] = await states();
    expect(atOnce).toBeGreaterThanOrEqual(Math.floor(20_000 / bytes));
    expect(atOnce).toBeLessThanOrEqual(25_000 / bytes + 2);
    // Then the host's half of what runs in.
    clock.advance(2_000);
    const [later = 0] = await states();
    expect(later).toBeGreaterThan(0);
    expect(later).toBeLessThanOrEqual(Math.ceil(20_000 / bytes) + 2);
  }, 30_000);

  test("[C16][L26][L38] two that hand each other the role have told no more texts than runs in", async () => {
    const server = startServer({ ROOM_OUT_BYTES_PER_SECOND: "10000", TRUSTED_PROXIES: "127.0.0.1" }, new ManualClock());
    servers.push(server);
    const { host, room } = await opened(server);
    const other = await Client.connect(server.url);
    await other.ask({ type: "join", room, clientId: "other" });
    const bystander = await Client.connect(server.url);
    await bystander.ask({ type: "join", room, clientId: "bystander" });
    host.send({ type: "poll.open", poll: "q", ask: "text", who: "audience" });
    const texts = 10;
    for (let n = 0; n < texts; n++) {
      const { line } = await watcher(server, room, `w${n}`);
      await line.ask({ type: "answer", poll: "q", text: "a cat", id: "a" });
    }
    await bystander.upToFence();
    for (let n = 0; n < 60; n++) {
      const [by, clientId] = n % 2 === 0 ? [host, "other"] : [other, "tv"];
      by.send({ type: "make_host", clientId });
      await turn(server);
    }
    const told = (await bystander.upToFence()).filter(({ type }) => type === "host_changed").length;
    expect(told).toBeGreaterThan(0);
    // Each hands out 512 bytes a text and more: two seconds' worth, and what each of the two may be overdrawn by.
    expect(told).toBeLessThanOrEqual(20_000 / (texts * 512) + 2);
  }, 30_000);

  test("[C3][P5] a flawed request is told so to who may make it", async () => {
    const server = serve();
    const { room } = await opened(server);
    const { line } = await watcher(server, room, "w");
    const ask = async (frame: object) => (await line.ask(frame)).code;
    expect(await ask({ type: "answer", poll: "" })).toBe("bad_field");
    expect(await ask({ type: "vote", vote: "maybe" })).toBe("bad_field");
    expect(await ask({ type: "set_state" })).toBe("not_in_room");
    expect(await ask({ type: "send", data: 1 })).toBe("not_in_room");
    expect(await ask({ type: "create", clientId: "w", maxClients: 2 })).toBe("already_in_room");
    expect(await ask({ type: "nonsense" })).toBe("unknown_type");
    expect((await line.ask({ type: "leave" })).type).toBe("left");
    expect((await line.ask({ type: "create", clientId: "w", maxClients: 2 })).type).toBe("created");
  });

  test("[C7][L8] who watches is told ticks where it asks for them, and is known to be gone", async () => {
    const server = serve({ TICK_SECONDS: "1" });
    const { host, room } = await opened(server);
    const { line } = await watcher(server, room, "w", { tick: true });
    expect((await next(line, "tick")).type).toBe("tick");
    expect((await next(host, "audience")).count).toBe(1);
    await line.close();
    expect((await next(host, "audience")).count).toBe(0);
  }, 10_000);
});
