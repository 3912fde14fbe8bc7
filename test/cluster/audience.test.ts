// Those who watch a room that is on another node, and its polls, over real sockets on nodes that are joined in memory: what is told is said once to a node,
// counts are of all nodes, and a move takes polls and names along.
import { describe, expect, test } from "bun:test";
import { CHANNEL_BOUNDS } from "../../src/doors/channel.ts";
import { Client, type Frame } from "../support/client.ts";
import { create, data, join, kinds, until } from "../support/far.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";

const stage = nodeStages();
const QUESTION = { type: "poll.open", poll: "q", ask: "choice", options: ["A", "B"], who: "all" };

const watch = (node: TestNode, room: string, clientId: string) =>
  join(node, room, clientId, { as: "audience", secret: `${clientId}'s` });

async function ofKind(client: Client, type: string): Promise<Frame[]> {
  return (await client.upToFence()).filter((frame) => frame.type === type);
}

/** The first frame of that type, when it has come. */
async function soon(client: Client, type: string): Promise<Frame | undefined> {
  const came: Frame[] = [];
  await until(async () => {
    came.push(...(await ofKind(client, type)));
    return came.length > 0;
  });
  return came[0];
}

describe("an audience on other nodes", () => {
  test("[C3][N3] is told once a node, however many watch there", async () => {
    const { at, wires } = stage(3);
    const { tv, room } = await create(at(0), { audience: 100 });
    const here = await watch(at(0), room, "here");
    const there: Client[] = [];
    for (const index of [1, 2]) for (const n of [1, 2, 3]) there.push(await watch(at(index), room, `w${index}${n}`));
    const member = await join(at(1), room, "ann");
    for (const client of [here, ...there, member]) await client.upToFence();
    const before = wires.count("a", "publish");
    tv.send({ type: "send", to: "audience", data: "all of you" });
    for (const client of [here, ...there]) expect((await client.next()).data).toBe("all of you");
    expect(wires.count("a", "publish") - before).toBe(2);
    expect(data(await member.upToFence())).toEqual([]);
    tv.send({ type: "set_state", data: 1 });
    for (const client of [here, ...there, member])
      expect(await client.next()).toMatchObject({ type: "state", data: 1 });
    // One more to b, for its member.
    expect(wires.count("a", "publish") - before).toBe(5);
    for (const client of there) await client.close();
    await until(() => at(0).nodes.topics.nodes(`${room}/audience`) === undefined);
    await until(() => at(2).nodes.gateway.topics === 0);
  });

  test("[C9][N3] that is a crowd hears all, once and in order, and the last of it before it is closed", async () => {
    const { at, clock } = stage(2, { LIMITS: "off" });
    const { tv, room } = await create(at(0), { audience: 500 });
    const crowd: Client[] = [];
    for (let n = 0; n < CHANNEL_BOUNDS.atOnceMax + 20; n++) crowd.push(await watch(at(1), room, `w${n}`));
    const said = Array.from({ length: 20 }, (_, n) => n);
    for (const n of said) {
      tv.send({ type: "send", to: "audience", data: n });
      if (n % 5 === 0) await tv.upToFence();
      clock.advance(CHANNEL_BOUNDS.roundMs);
    }
    await tv.upToFence();
    tv.send({ type: "close_room" });
    expect((await tv.closed).code).toBe(4001);
    for (const client of crowd) {
      const heard: unknown[] = [];
      for (let frame = await client.next(); frame.type !== "bye"; frame = await client.next()) heard.push(frame.data);
      expect(heard).toEqual(said);
      expect((await client.closed).code).toBe(4001);
    }
  }, 30_000);

  test("[C12][C13] answers of all nodes are counted, each once, also of one that changes nodes", async () => {
    const { at, clock } = stage(3);
    const { tv, room } = await create(at(0), { audience: 100, away: 60 });
    const crowd = await Promise.all([0, 1, 2].map((index) => watch(at(index), room, `w${index}`)));
    const ann = await join(at(1), room, "ann");
    tv.send(QUESTION);
    for (const [n, client] of [...crowd, ann].entries()) {
      await until(async () => (await ofKind(client, "poll")).length > 0);
      client.send({ type: "answer", poll: "q", choice: n % 2, id: n });
      await until(async () => (await ofKind(client, "ack")).length > 0);
    }
    const [first] = crowd;
    const again = await watch(at(2), room, "w0");
    expect((await first?.closed)?.code).toBe(4000);
    again.send({ type: "answer", poll: "q", choice: 1, id: "again" });
    await again.upToFence();
    clock.advance(1_000);
    await tv.upToFence();
    tv.send({ type: "poll.close", poll: "q" });
    for (const client of [again, ...crowd.slice(1), ann]) {
      expect(await soon(client, "poll_closed")).toMatchObject({ counts: [1, 3], total: 4 });
    }
  });

  test("[C3][N3] while the way to it is full nobody speaks in its room, though no member is there", async () => {
    const { at, clock, wires } = stage(2);
    const { tv, room } = await create(at(0), { audience: 100 });
    const there = await watch(at(1), room, "there");
    await tv.upToFence();
    wires.jam("a", "b", true);
    const before = wires.count("a", "publish");
    tv.send({ type: "set_state", data: "waits" });
    const other = await create(at(0));
    await other.tv.upToFence();
    clock.advance(100);
    await other.tv.upToFence();
    expect(wires.count("a", "publish")).toBe(before);
    wires.jam("a", "b", false);
    clock.advance(50);
    expect(await there.next()).toMatchObject({ type: "state", data: "waits" });
  });

  test("[C1][C5][N3] kicks, the lock and the end of the room reach it", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0), { audience: 100 });
    const [one, other] = [await watch(at(1), room, "one"), await watch(at(1), room, "other")];
    tv.send({ type: "kick", clientId: "one" });
    expect((await one.closed).code).toBe(4002);
    tv.send({ type: "lock", locked: true });
    await tv.upToFence();
    expect(kinds(await other.upToFence())).toContain("room_locked");
    const late = await Client.connect(at(1).url);
    expect(await late.ask({ type: "join", room, clientId: "late", as: "audience" })).toMatchObject({
      code: "room_locked",
    });
    expect(await late.ask({ type: "create", clientId: "late", maxClients: 2 })).toMatchObject({ type: "created" });
    tv.send({ type: "close_room" });
    expect((await other.closed).code).toBe(4001);
  });
});

describe("a room that moves", () => {
  test("[C7][C12][C17][N7] takes its polls and the names of who watches along; those come back by `join`", async () => {
    const { at, clock } = stage(3);
    const { tv, room } = await create(at(0), { audience: 100, away: 60, history: 32 });
    const ann = await join(at(1), room, "ann");
    const [here, there] = [await watch(at(0), room, "here"), await watch(at(2), room, "there")];
    tv.send({ ...QUESTION, seconds: 5 });
    await tv.upToFence();
    for (const client of [here, there, ann]) {
      client.send({ type: "answer", poll: "q", choice: 0, id: 1 });
      await until(async () => (await ofKind(client, "ack")).length > 0);
    }
    const ours = at(0).doors.rooms.at(room);
    if (ours === null) throw new Error("it is not there");
    clock.advance(1_000);
    for (const client of [tv, ann]) await client.upToFence();
    expect(await at(0).nodes.moves.move(ours, "b")).toBe(true);
    for (const client of [here, there]) expect((await client.closed).code).toBe(4200);
    for (const client of [tv, ann]) expect((await ofKind(client, "poll")).map(({ poll }) => poll)).toEqual(["q"]);
    const thief = await Client.connect(at(2).url);
    expect(await thief.ask({ type: "join", room, clientId: "here", as: "audience", secret: "x" })).toMatchObject({
      code: "wrong_secret",
    });
    const back = await Client.connect(at(2).url);
    const joined = await back.ask({ type: "join", room, clientId: "here", as: "audience", secret: "here's" });
    expect(joined).toMatchObject({ audience: true, polls: [{ poll: "q", answered: { choice: 0 } }] });
    back.send({ type: "answer", poll: "q", choice: 1, id: 2 });
    await until(async () => (await ofKind(back, "ack")).length > 0);
    clock.advance(3_999);
    expect(await ofKind(ann, "poll_closed")).toEqual([]);
    clock.advance(1);
    expect(await soon(ann, "poll_closed")).toMatchObject({ counts: [2, 1], total: 3 });
    expect(await ofKind(back, "poll_closed")).toMatchObject([{ counts: [2, 1], total: 3 }]);
  });
});
