// Nodes as people run them: processes with an engine between them. What a phone and a TV see when a node is killed or stopped, when the engine goes
// away, and when a node cannot be one of them.
import { expect, test } from "bun:test";
import { type Child, startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { Redis, redisServer } from "../support/redis.ts";

const TV = { type: "create", clientId: "tv", secret: "s".repeat(16), maxClients: 8, history: 64, away: 60 };
const ROOMS = 12;
const VISITORS = 20;
const PHONE = { type: "join", clientId: "phone", secret: "p".repeat(16), name: "Ann" };

function nodeOf(redis: Redis, name: string, env: Record<string, string> = {}): Promise<Child> {
  return startChild({
    ...{ ENGINE_URL: redis.url, INSTANCE: name, LEASE_SECONDS: "3", DRAIN_SECONDS: "0" },
    ...{ JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g", ADMIN_KEY: "Xq7-vT2m_Zr9-Lk4w" },
    ...env,
  });
}

/** Two nodes over a Redis of their own, which end with the test. */
async function pair(envOfOne: Record<string, string> = {}) {
  const redis = await Redis.start();
  const [one, two] = [await nodeOf(redis, "one", envOfOne), await nodeOf(redis, "two", { SESSIONS: "elsewhere" })];
  const stop = () => Promise.all([one.stop(), two.stop()]).then(() => redis[Symbol.asyncDispose]());
  return { redis, one, two, [Symbol.asyncDispose]: stop };
}

/** A TV on one node and its phone on another. */
async function party(tvAt: Child, phoneAt: Child) {
  const tv = await Client.connect(tvAt.url);
  const made = await tv.ask(TV);
  const room = String(made.room);
  const phone = await Client.connect(phoneAt.url);
  const joined = await phone.ask({ ...PHONE, room });
  expect(joined).toMatchObject({ type: "joined", room, host: "tv" });
  expect(await tv.next()).toMatchObject({ type: "peer_joined", clientId: "phone" });
  return { tv, phone, room, epoch: made.epoch };
}

/** Joins until the room is there, each time on a line of its own; what else is answered is counted. */
async function comesBack(at: Child, join: object) {
  const refused: unknown[] = [];
  for (;;) {
    const line = await Client.connect(at.url);
    const answer = await line.ask(join);
    if (answer.type === "joined") return { line, answer, refused };
    // A bye: its node is dead and nobody has taken its rooms up yet.
    refused.push(answer.type);
    await line.close();
  }
}

/** A figure of a node's metrics. */
async function shownBy({ http }: Child, figure: RegExp): Promise<number> {
  return Number(figure.exec(await (await fetch(`${http}/metrics`)).text())?.[1]);
}

/** Resolves when the node has said that it is: two seconds before its lease would be over. An answer is what each look waits for. */
async function isFrozen({ http, logged }: Child): Promise<void> {
  while (!logged.some((line) => line.includes('"frozen"'))) await fetch(`${http}/health`);
}

/** What a node's metrics show of its cluster. */
async function figuresOf({ http }: Child): Promise<Record<string, number>> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const rows = text.matchAll(/^partyline_cluster_(\w+) (\S+)$/gm);
  return Object.fromEntries(Array.from(rows, ([, name, value]) => [name, Number(value)]));
}

/** Resolves once the engine keeps a record of the room: what was changed before it outlives its node. */
async function kept(redis: Redis, node: string, code: string, atLeast: number): Promise<void> {
  for (;;) {
    const memory = await redis.ask("HGET", `{pl:partyline}:rooms:${node}`, code);
    if (typeof memory === "string" && memory.length > atLeast) return;
  }
}

redisServer.test("[N1][N3] a TV on one node and a phone on another play as on one", async () => {
  await using nodes = await pair();
  const { one, two } = nodes;
  const { tv, phone, room } = await party(one, two);
  expect(await figuresOf(one)).toMatchObject({ engine_up: 1, frozen: 0, links: 1, guests: 1, far_lines: 0 });
  expect(await figuresOf(two)).toMatchObject({ engine_up: 1, frozen: 0, links: 1, guests: 0, far_lines: 1 });
  phone.send({ type: "send", data: { buzz: 1 } });
  expect(await tv.next()).toMatchObject({ type: "message", from: "phone", data: { buzz: 1 } });
  tv.send({ type: "send", to: "phone", data: "for you" });
  tv.send({ type: "set_state", data: { round: 2 } });
  expect(await phone.next()).toMatchObject({ type: "message", from: "tv", data: "for you" });
  expect(await phone.next()).toMatchObject({ data: { round: 2 } });
  // The phone comes back on the other node: its earlier line is replaced there.
  const again = await Client.connect(one.url);
  expect(await again.ask({ ...PHONE, room })).toMatchObject({ type: "joined", state: { round: 2 } });
  expect((await phone.closed).code).toBe(4000);
});

redisServer.test(
  "[C7][C12][C13][N6] a node that is killed: the polls of its room go on with all answers, and who watched is who it was",
  async () => {
    await using nodes = await pair();
    const { redis, one, two } = nodes;
    const tv = await Client.connect(one.url);
    const { room } = await tv.ask({ ...TV, audience: 100 });
    const eve = { type: "join", room, clientId: "eve", secret: "e".repeat(16), as: "audience" };
    const line = await Client.connect(two.url);
    expect(await line.ask(eve)).toMatchObject({ type: "joined", audience: true });
    tv.send({ type: "poll.open", poll: "q", ask: "text", who: "all" });
    expect(await line.next()).toMatchObject({ type: "poll", poll: "q" });
    for (const text of ["an early cat", "x".repeat(140)])
      expect(await line.ask({ type: "answer", poll: "q", text, id: text.length })).toMatchObject({ type: "ack" });
    // Until the record that the engine keeps is the one with the later answer in it: nothing else makes it so long.
    const before = (await redis.ask("HGET", "{pl:partyline}:rooms:one", String(room))) as string | null;
    tv.send({ type: "set_state", data: "x".repeat(8_000) });
    await line.next();
    await kept(redis, "one", String(room), (before?.length ?? 0) + 4_000);
    one.process.kill("SIGKILL");
    expect((await line.closed).code).toBe(4200);
    const { line: again, answer } = await comesBack(two, eve);
    expect(answer).toMatchObject({ audience: true, polls: [{ poll: "q", answered: { text: "x".repeat(140) } }] });
    const thief = await Client.connect(two.url);
    expect(await thief.ask({ ...eve, secret: "wrong" })).toMatchObject({ code: "wrong_secret" });
    const { line: tvAgain, answer: host } = await comesBack(two, {
      type: "join",
      room,
      clientId: "tv",
      secret: TV.secret,
    });
    expect(host).toMatchObject({ polls: [{ total: 1, answers: [{ from: "eve", text: "x".repeat(140) }] }] });
    tvAgain.send({ type: "poll.close", poll: "q" });
    expect(await again.next()).toMatchObject({ type: "poll_closed", total: 1 });
  },
);

redisServer.test(
  "[N6] a node that is killed: its room comes up on another with its code, seats, secrets and state",
  async () => {
    await using nodes = await pair();
    const { redis, one, two } = nodes;
    const { tv, phone, room, epoch } = await party(one, two);
    tv.send({ type: "set_state", data: "x".repeat(4_000) });
    await phone.next();
    await kept(redis, "one", room, 4_000);
    one.process.kill("SIGKILL");
    expect((await phone.closed).code).toBe(4200);
    const { answer } = await comesBack(two, { ...PHONE, room, since: 0, epoch });
    expect(await figuresOf(two)).toMatchObject({ rooms_adopted_total: 1, far_lines: 0 });
    expect(two.logged.some((line) => line.includes('"node dead"'))).toBe(true);
    expect(await figuresOf(two)).toMatchObject({ rooms_adopted_total: 1, far_lines: 0 });
    expect(answer).toMatchObject({ resumed: false, state: "x".repeat(4_000) });
    expect(answer.epoch).not.toBe(epoch);
    // Nobody without its secret takes the other's seat.
    const thief = await Client.connect(two.url);
    expect(await thief.ask({ ...PHONE, clientId: "tv", room })).toMatchObject({ type: "error" });
    const host = await Client.connect(two.url);
    expect(await host.ask({ type: "join", room, clientId: "tv", secret: TV.secret })).toMatchObject({ host: "tv" });
  },
);

redisServer.test(
  "[N6] a node that is stopped: its room comes up whole on another, and whoever comes back resumes",
  async () => {
    await using nodes = await pair();
    const { one, two } = nodes;
    const { tv, phone, room, epoch } = await party(one, two);
    phone.send({ type: "send", data: "last words" });
    await tv.next();
    one.process.kill("SIGTERM");
    expect((await tv.closed).code).toBe(4200);
    expect(await one.ended).toBe(0);
    const { answer } = await comesBack(two, { type: "join", room, clientId: "tv", secret: TV.secret, since: 1, epoch });
    expect(answer).toMatchObject({ resumed: true, epoch, missed: [{ type: "message", data: "last words" }] });
  },
);

redisServer.test(
  "[N7] a node that is stopped: who is connected elsewhere notices nothing, and who comes back is resumed",
  async () => {
    await using nodes = await pair();
    const { one, two } = nodes;
    const { tv, phone, room, epoch } = await party(one, two);
    one.process.kill("SIGTERM");
    expect((await tv.closed).code).toBe(4200);
    expect(await one.ended).toBe(0);
    expect(await phone.next()).toMatchObject({ type: "peer_away", clientId: "tv" });
    phone.send({ type: "send", data: "still here" });
    expect(await phone.upToFence()).toMatchObject([{ type: "host_changed", clientId: null }]);
    const back = await Client.connect(two.url);
    const answer = await back.ask({ type: "join", room, clientId: "tv", secret: TV.secret, since: 1, epoch });
    expect(answer).toMatchObject({ resumed: true, epoch, host: "tv" });
    expect(answer.missed).toContainEqual(expect.objectContaining({ type: "message", data: "still here" }));
    expect(await figuresOf(two)).toMatchObject({ rooms_adopted_total: 0, far_lines: 0, guests: 0 });
    // Nothing for an operator to be woken by.
    while (!two.logged.some((line) => line.includes('"node gone"'))) await fetch(`${two.http}/health`);
    expect(two.logged.map((line) => JSON.parse(line).level)).not.toContain("warn");
  },
);

redisServer.test("[N3][N7] nodes that are replaced one after the other while their rooms are played", async () => {
  await using redis = await Redis.start();
  const names = ["one", "two", "three"];
  const nodes = new Map<string, Child>();
  for (const name of names) nodes.set(name, await nodeOf(redis, name));
  await using three = nodes.get("three") as Child;
  // Rooms of the two that go; everybody is connected to the third.
  const rooms: { tv: Client; phones: Client[] }[] = [];
  for (let n = 0; n < ROOMS; n++) {
    const opener = await Client.connect((nodes.get(n % 2 === 0 ? "one" : "two") as Child).url);
    const { room } = await opener.ask({ ...TV, clientId: "opener" });
    const tv = await Client.connect(three.url);
    await tv.ask({ type: "join", room, clientId: "tv" });
    const phones: Client[] = [];
    for (const clientId of ["p1", "p2"]) {
      const phone = await Client.connect(three.url);
      await phone.ask({ type: "join", room, clientId });
      phones.push(phone);
    }
    rooms.push({ tv, phones });
  }
  let said = 0;
  let isOver = false;
  const talk = (async () => {
    while (!isOver) {
      said++;
      for (const { phones } of rooms) for (const phone of phones) phone.send({ type: "send", data: said });
      // A round trip: what is said is bounded by what is heard.
      await (rooms[0] as (typeof rooms)[number]).phones[0]?.upToFence();
    }
  })();
  for (const name of ["one", "two"]) {
    nodes.get(name)?.process.kill("SIGTERM");
    expect(await nodes.get(name)?.ended).toBe(0);
    if (name === "one") nodes.set("four", await nodeOf(redis, "four"));
  }
  isOver = true;
  await talk;
  await using _ = nodes.get("four") as Child;
  const all = Array.from({ length: said }, (_, n) => n + 1);
  for (const { tv, phones } of rooms) {
    for (const phone of phones) await phone.upToFence();
    const told = await tv.upToFence();
    for (const from of ["p1", "p2"]) {
      expect(told.filter((frame) => frame.type === "message" && frame.from === from).map(({ data }) => data)).toEqual(
        all,
      );
    }
  }
  console.log(`${rooms.length} rooms, ${said * rooms.length * 2} messages over two nodes that went`);
  expect((await figuresOf(three)).rooms_adopted_total).toBe(0);
});

redisServer.test(
  "[N7] a room that cannot move is kept whole, and its members elsewhere are sent away with it",
  async () => {
    await using nodes = await pair({ ROOM_SESSIONS: "open" });
    const { one, two } = nodes;
    const { tv, phone, room, epoch } = await party(one, two);
    expect((await tv.ask({ type: "session.start", id: 1 })).type).not.toBe("error");
    let code = 0;
    void phone.closed.then((closed) => {
      code = closed.code;
    });
    one.process.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    // It says so itself: nobody has to find it dead first.
    await figuresOf(two);
    expect(code).toBe(4200);
    const { answer } = await comesBack(two, { ...PHONE, room, since: 1, epoch });
    expect(answer).toMatchObject({ resumed: true, epoch });
  },
);

redisServer.test("[N7] a node that is stopped where there is no other: the next one has its rooms, whole", async () => {
  await using redis = await Redis.start();
  const one = await nodeOf(redis, "one");
  const tv = await Client.connect(one.url);
  const { room, epoch } = await tv.ask(TV);
  one.process.kill("SIGTERM");
  expect((await tv.closed).code).toBe(4200);
  expect(await one.ended).toBe(0);
  await using two = await nodeOf(redis, "two");
  const { answer } = await comesBack(two, { type: "join", room, clientId: "tv", secret: TV.secret, since: 0, epoch });
  expect(answer).toMatchObject({ resumed: true, epoch, host: "tv" });
});

redisServer.test(
  "[N8][N13] while the engine is away the game stands still, then goes on with all that was said; health never asks it",
  async () => {
    await using nodes = await pair();
    const { redis, one, two } = nodes;
    const { tv, phone } = await party(one, two);
    await redis.kill();
    await isFrozen(one);
    for (const node of [one, two]) {
      for (const path of ["/health", "/ready"]) expect((await fetch(node.http + path)).status).toBe(200);
    }
    tv.send({ type: "send", data: "to all" });
    phone.send({ type: "send", data: "to the TV" });
    await redis.restart();
    expect(await phone.next()).toMatchObject({ type: "message", from: "tv", data: "to all" });
    expect(await tv.next()).toMatchObject({ type: "message", from: "phone", data: "to the TV" });
    expect(await tv.upToFence()).toEqual([]);
    expect(await phone.upToFence()).toEqual([]);
  },
);

redisServer.concurrent(
  "[N9][N12] a node whose name lives, or that is not like the others, does not start and says why",
  async () => {
    await using redis = await Redis.start();
    await using one = await nodeOf(redis, "one");
    expect(one.logged.length).toBeGreaterThan(0);
    await expect(nodeOf(redis, "one")).rejects.toThrow("INSTANCE one is the name of a node of partyline that lives");
    await expect(nodeOf(redis, "two", { ROOM_CODE_LENGTH: "5" })).rejects.toThrow(
      "ROOM_CODE_LENGTH is 4 there and 5 here",
    );
    const other = { JWT_SECRET: "Zq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1z" };
    await expect(nodeOf(redis, "two", other)).rejects.toThrow("JWT_SECRET is another");
  },
);

redisServer.concurrent("[N12] a node that cannot reach its engine says so", async () => {
  const redis = await Redis.start();
  const { url } = redis;
  await redis[Symbol.asyncDispose]();
  await expect(nodeOf({ url } as Redis, "one")).rejects.toThrow("ENGINE_URL cannot be reached");
});

test("a server that is alone shows nothing of a cluster", async () => {
  await using child = await startChild();
  expect(await figuresOf(child)).toEqual({});
}, 60_000);

redisServer.concurrent(
  "[N8] when the engine has been away for a minute, lines are closed with 4200: members, whoever waits, and whoever comes then",
  async () => {
    await using nodes = await pair({ HTTP_REQUESTS_PER_SECOND: "20" });
    const { redis, one, two } = nodes;
    const { tv, phone, room } = await party(one, two);
    await redis.kill();
    await isFrozen(one);
    // Whoever asks by HTTP is answered as ever: a bucket that has run dry fills, and figures are those of now.
    while ((await fetch(`${one.http}/room/${room}`)).ok);
    while ((await shownBy(one, /^partyline_cluster_frozen (\d)$/m)) !== 1);
    for (let visitor = 0; visitor < VISITORS; visitor++) {
      const line = await Client.connect(one.url);
      line.send({ ...TV, clientId: "visitor" });
      void line.close();
    }
    const waiting = await Client.connect(one.url);
    waiting.send(TV);
    for (const line of [tv, phone, waiting]) expect((await line.closed).code).toBe(4200);
    const late = await Client.connect(one.url);
    late.send(TV);
    expect((await late.closed).code).toBe(4200);
    // Those who came and gave up have left nothing behind, neither their lines nor what they asked for.
    while ((await shownBy(one, /^partyline_lines (\d+)$/m)) !== 0);
    expect(await shownBy(one, /^partyline_rooms (\d+)$/m)).toBe(1);
    expect((await fetch(`${one.http}/health`)).status).toBe(200);
  },
);
