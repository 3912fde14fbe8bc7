// Rooms that change nodes while they are played, over real sockets on nodes that are joined in memory: everybody hears all, once, in one order, and no
// line is closed; and what becomes of it where one of the nodes fails on the way.
import { describe, expect, test } from "bun:test";
import { empty } from "../../src/cluster/emptying.ts";
import { Client, type Frame } from "../support/client.ts";
import { create, data, join, kinds, until } from "../support/far.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const stage = nodeStages();

const FAST = {
  ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
  ...{ ROOM_OUT_BYTES_PER_SECOND: "1000000000", ADDRESS_MESSAGES_PER_SECOND: "1000000" },
  ...{ JOINS_PER_SECOND: "100000", ROOM_JOINS_PER_SECOND: "100000" },
};

function move(from: TestNode, room: string, to: string): Promise<boolean> {
  const ours = from.doors.rooms.at(room);
  if (ours === null) throw new Error(`${room} is not there`);
  return from.nodes.moves.move(ours, to);
}

const MOVES = 40;

const owns = (node: TestNode, room: string) => node.doors.rooms.at(room) !== null;

/** A room on a, with a TV there, and a phone on each of a, b and c. */
async function party(at: (index: number) => TestNode, more: object = {}) {
  const { tv, room, created } = await create(at(0), { away: 600, history: 256, ...more });
  const phones: Client[] = [];
  for (const [index, name] of ["on a", "on b", "on c"].entries()) phones.push(await join(at(index), room, name));
  const all = [tv, ...phones];
  for (const one of all) await one.upToFence();
  return { tv, room, created, phones, all };
}

/** The messages of a room that each has heard, and its own: who hears all hears them in the numbers' order. */
async function heard(client: Client): Promise<Frame[]> {
  return (await client.upToFence()).filter(({ type }) => type === "message");
}

describe("a room that moves", () => {
  test("[N7] is the other node's with everybody in it, who are told nothing and stay connected", async () => {
    const { at, codes } = stage(3);
    const { tv, room, created, all } = await party(at);
    expect(await move(at(0), room, "b")).toBe(true);
    expect([owns(at(0), room), owns(at(1), room), codes.owners.get(room)]).toEqual([false, true, "b"]);
    for (const one of all) expect(await one.upToFence()).toEqual([]);
    const late = await join(at(2), room, "late");
    for (const one of all) expect(kinds(await one.upToFence())).toEqual(["peer_joined"]);
    tv.send({ type: "lock", locked: true });
    for (const one of [...all, late]) expect(kinds(await one.upToFence())).toEqual(["room_locked"]);
    expect(at(1).doors.rooms.at(room)?.epoch).toBe(String(created.epoch));
    expect([at(0).nodes.gateway.size, at(1).nodes.gateway.size, at(2).nodes.gateway.size]).toEqual([2, 0, 2]);
    expect([at(0).nodes.owner.size, at(1).nodes.owner.size, at(2).nodes.owner.size]).toEqual([0, 4, 0]);
    // Nobody listens to the node that it has left.
    expect(at(0).nodes.topics.size).toBe(0);
    expect(at(2).nodes.gateway.topics).toBe(1);
  });

  test("[N7][N3] under talk from all sides: each hears all, once, in one order", async () => {
    const seed = seedOf("MOVE_SEED");
    console.log(`MOVE_SEED=${seed}`);
    const random = randomFrom(seed);
    const { at, clock, wires } = stage(3, FAST);
    wires.lag = () => 1 + random.below(4);
    const time = setInterval(() => clock.advance(20), 1);
    const { room, all } = await party(at);
    const told = new Map<Client, Frame[]>(all.map((client) => [client, []]));
    const said = new Map<Client, number[]>(all.map((client) => [client, []]));
    const read = async () => {
      for (const client of all) told.get(client)?.push(...(await heard(client)));
    };
    let count = 0;
    for (let round = 0; round < MOVES; round++) {
      const from = [0, 1, 2].find((index) => owns(at(index), room)) ?? 0;
      const to = random.pick([0, 1, 2].filter((index) => index !== from));
      let isOver = false;
      const moved = move(at(from), room, "abc"[to] ?? "").finally(() => {
        isOver = true;
      });
      for (let more = 0; !isOver || more < 5; more++) {
        for (const client of all) {
          if (random.chance(0.3)) continue;
          client.send({ type: "send", data: ++count });
          said.get(client)?.push(count);
        }
        await new Promise(setImmediate);
      }
      expect(await moved).toBe(true);
      await read();
    }
    await read();
    await read();
    clearInterval(time);
    expect(count).toBeGreaterThan(MOVES * 10);
    const names = ["tv", "on a", "on b", "on c"];
    for (const client of all) {
      const frames = told.get(client) ?? [];
      const seqs = frames.map(({ seq }) => Number(seq));
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
      for (const [index, other] of all.entries()) {
        if (other === client) continue;
        const own = frames.filter(({ from }) => from === names[index]).map((frame) => Number(frame.data));
        expect(own).toEqual(said.get(other) ?? []);
      }
    }
  }, 60_000);
});

describe("a move meets", () => {
  test("[N7] a join, which gets in there; a member that comes back, and is resumed", async () => {
    const { at, codes } = stage(3);
    const { tv, room, created, phones } = await party(at);
    const giving = Promise.withResolvers<void>();
    codes.giving = () => giving.promise;
    const moved = move(at(0), room, "b");
    await until(() => !owns(at(0), room));
    const comers: Client[] = [];
    for (const index of [0, 1, 2]) comers.push(await Client.connect(at(index).url));
    for (const [index, comer] of comers.entries()) comer.send({ type: "join", clientId: `n${index}`, room });
    const back = await Client.connect(at(0).url);
    back.send({ type: "join", clientId: "on c", room, since: 3, epoch: created.epoch });
    tv.send({ type: "send", data: "meanwhile" });
    giving.resolve();
    expect(await moved).toBe(true);
    for (const comer of [comers[0], comers[2]]) expect((await comer?.next())?.type).toBe("joined");
    expect(await back.next()).toMatchObject({ type: "joined", resumed: true });
    expect((await phones[2]?.closed)?.code).toBe(4000);
    await tv.upToFence();
    expect(await tv.ask({ type: "send", to: "n2", data: 1, id: "m" })).toMatchObject({ type: "ack", delivered: 1 });
  });

  test("[N7][R21] last words of lines that close meanwhile, on each node", async () => {
    const { at, codes } = stage(3);
    const { tv, room, phones } = await party(at);
    const giving = Promise.withResolvers<void>();
    codes.giving = () => giving.promise;
    const moved = move(at(0), room, "b");
    await until(() => !owns(at(0), room));
    for (const [index, phone] of phones.entries()) {
      phone.send({ type: "send", data: `bye ${index}` });
      await phone.close();
    }
    giving.resolve();
    expect(await moved).toBe(true);
    const told: Frame[] = [];
    await until(async () => {
      told.push(...(await tv.upToFence()));
      return kinds(told).filter((kind) => kind === "peer_away").length === 3;
    });
    expect(data(told).sort()).toEqual(["bye 0", "bye 1", "bye 2"]);
    await until(() => at(1).nodes.owner.size === 1);
    expect([at(0).nodes.gateway.size, at(1).nodes.gateway.size, at(2).nodes.gateway.size]).toEqual([1, 0, 0]);
    expect([at(2).nodes.gateway.topics, at(1).nodes.gateway.topics]).toEqual([0, 0]);
  });

  test("[N7] an engine that does not give the room away: it stays, and what was said meanwhile is carried out", async () => {
    const { at, codes } = stage(3);
    const { room, all, created } = await party(at);
    const giving = Promise.withResolvers<void>();
    codes.giving = () => giving.promise;
    codes.dead.add("b");
    const moved = move(at(0), room, "b");
    await until(() => !owns(at(0), room));
    for (const [index, one] of all.entries()) one.send({ type: "send", data: index });
    for (const { metric } of [at(0), at(1), at(2)]) await metric("partyline_lines");
    giving.resolve();
    expect(await moved).toBe(false);
    expect(at(0).doors.rooms.at(room)?.epoch).toBe(String(created.epoch));
    for (const [index, one] of all.entries()) {
      const frames: Frame[] = [];
      await until(async () => frames.push(...(await one.upToFence())) === 3);
      expect(data(frames).sort()).toEqual([0, 1, 2, 3].filter((other) => other !== index));
    }
    codes.dead.clear();
    expect(await move(at(0), room, "c")).toBe(true);
    for (const one of all) expect(await one.upToFence()).toEqual([]);
  });

  test("[N7] a node of members that does not answer: they are sent away, and nobody else", async () => {
    const { at, wires, clock } = stage(3);
    const { tv, room, phones } = await party(at);
    wires.isLost = (from, { op }) => from === "c" && op === "held";
    const moved = move(at(0), room, "b");
    await until(() => wires.count("c", "held") === 1 && wires.arrived("b", "held") === 1);
    clock.advance(1_000);
    expect(await moved).toBe(true);
    expect((await phones[2]?.closed)?.code).toBe(4200);
    expect(kinds(await tv.upToFence())).toEqual(["peer_away"]);
    expect(await phones[1]?.upToFence()).toHaveLength(1);
    const back = await Client.connect(at(2).url);
    expect(await back.ask({ type: "join", clientId: "on c", room })).toMatchObject({ type: "joined" });
  });

  test("[N7] the same where it answers no more once the room is on its way", async () => {
    const { at, wires, clock } = stage(3);
    const { tv, room, phones } = await party(at);
    wires.isLost = (from, { op, text }) => from === "c" && op === "held" && text === "2";
    const moved = move(at(0), room, "b");
    await until(() => wires.count("c", "held") === 2 && wires.arrived("b", "held") === 2);
    clock.advance(1_000);
    expect(await moved).toBe(true);
    expect((await phones[2]?.closed)?.code).toBe(4200);
    expect(kinds(await tv.upToFence())).toEqual(["peer_away"]);
    expect(kinds((await phones[0]?.upToFence()) ?? [])).toEqual(["peer_away"]);
  });

  test.each(["says nothing", "is gone"])(
    "[N7] an owner that %s: all lines are closed, and the room is that node's",
    async (how) => {
      const { at, codes, wires, clock } = stage(3);
      const { room, all } = await party(at);
      codes.taking = () => new Promise(() => {});
      const moved = move(at(0), room, "b");
      await until(() => wires.count("a", "takeRoom") === 1);
      for (const one of all) one.send({ type: "send", data: "lost" });
      if (how === "is gone") wires.cut("a", "b", "dead");
      else clock.advance(2_000);
      expect(await moved).toBe(false);
      // Those of the node itself it gives up by itself.
      for (const one of all.filter((_, index) => index !== 2)) expect((await one.closed).code).toBe(4200);
      clock.advance(6_000);
      expect((await all[2]?.closed)?.code).toBe(4200);
      expect(codes.owners.get(room)).toBe("b");
      expect([at(0).nodes.gateway.size, at(1).nodes.gateway.size, at(2).nodes.gateway.size]).toEqual([0, 0, 0]);
    },
  );

  test("[N7] an owner that says it too late: it has the room, and its seats wait", async () => {
    const { at, codes, wires, clock } = stage(3);
    const { room, created, all } = await party(at);
    const taking = Promise.withResolvers<void>();
    codes.taking = () => taking.promise;
    const moved = move(at(0), room, "b");
    await until(() => wires.count("a", "takeRoom") === 1);
    clock.advance(2_000);
    expect(await moved).toBe(false);
    for (const one of [all[0], all[1], all[3]]) expect((await one?.closed)?.code).toBe(4200);
    taking.resolve();
    await until(() => owns(at(1), room) && at(1).nodes.owner.size === 0);
    const back = await Client.connect(at(2).url);
    const answer = await back.ask({ type: "join", clientId: "on c", room, since: 0, epoch: created.epoch });
    expect(answer).toMatchObject({ type: "joined", epoch: created.epoch });
  });
});

describe("what a line brings along", () => {
  test("[N7][L26] what it had said and had to wait for, in order; and it is read again", async () => {
    const { at, start, clock, wires } = stage(1, { ...FAST, ROOM_OUT_BYTES_PER_SECOND: "100000" });
    // The other nodes have nobody wait.
    const nodes = [at(0), start("b", FAST, clock), start("c", FAST, clock)];
    const { tv, room, phones } = await party((index) => nodes[index] ?? at(0));
    const phone = phones[2] as Client;
    const filler = "x".repeat(30_000);
    for (let n = 0; n < 40; n++) phone.send({ type: "send", data: { n, filler } });
    await until(() => wires.count("a", "hold") > 0);
    expect(await move(at(0), room, "b")).toBe(true);
    for (let n = 40; n < 45; n++) phone.send({ type: "send", data: { n, filler } });
    const numbers: unknown[] = [];
    while (numbers.length < 45) {
      clock.advance(100);
      numbers.push(...data(await tv.upToFence()).map((one) => (one as { n: number }).n));
    }
    expect(numbers).toEqual(Array.from({ length: 45 }, (_, n) => n));
  });

  test("[N7][L4] the rates of a host, wherever it is, and those of the next one", async () => {
    const { at, wires } = stage(3);
    const { tv, room } = await party(at);
    expect(await move(at(0), room, "b")).toBe(true);
    const far = () => [...at(0).doors.liveness.lines()].map((line) => line.far?.isHost);
    expect(far()).toEqual([true, false]);
    tv.send({ type: "make_host", clientId: "on c" });
    await until(() => wires.arrived("b", "rates") === 2);
    expect(far()).toEqual([false, false]);
    // Of those who were guests before the move nobody has to be told again.
    expect(await move(at(1), room, "a")).toBe(true);
    expect(wires.count("a", "rates")).toBe(0);
    expect([...at(2).doors.liveness.lines()].map((line) => line.far?.isHost)).toEqual([true]);
  });

  test("[N7][N10] a way that is full has it wait, and another one does not", async () => {
    const { at, wires } = stage(3);
    const { tv, room, phones } = await party(at);
    const phone = phones[2] as Client;
    wires.fill("c", "b", true);
    expect(await move(at(0), room, "b")).toBe(true);
    await until(() => [...at(2).doors.liveness.lines()].every(({ pause }) => pause !== null));
    phone.send({ type: "send", data: "waits" });
    await at(2).metric("partyline_lines");
    expect(data(await tv.upToFence())).toEqual([]);
    wires.fill("c", "a", true);
    expect(await move(at(1), room, "a")).toBe(true);
    wires.fill("c", "b", false);
    expect(await move(at(0), room, "b")).toBe(true);
    expect(data([await tv.next()])).toEqual(["waits"]);
  });

  test("[N7][N10] what was said meanwhile does not fill a way that is full: it waits, in order", async () => {
    const { at, codes, wires } = stage(3, FAST);
    const { tv, room, phones } = await party(at);
    const [, , onC] = phones;
    const giving = Promise.withResolvers<void>();
    codes.giving = () => giving.promise;
    const moved = move(at(0), room, "b");
    await until(() => wires.arrived("c", "held") === 2);
    for (let n = 0; n < 20; n++) onC?.send({ type: "send", data: n });
    const other = await Client.connect(at(2).url);
    expect(await other.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    wires.fill("c", "b", true);
    const before = wires.count("c", "frame");
    giving.resolve();
    expect(await moved).toBe(true);
    expect(data(await tv.upToFence())).toEqual([]);
    expect(wires.count("c", "frame")).toBe(before);
    onC?.send({ type: "send", data: 20 });
    wires.fill("c", "b", false);
    const told: unknown[] = [];
    await until(async () => told.push(...data(await tv.upToFence())) === 21);
    expect(told).toEqual(Array.from({ length: 21 }, (_, n) => n));
  });

  test("[N7] a line that goes home meanwhile takes with it what it said", async () => {
    const { at, wires } = stage(3);
    const { room, phones } = await party(at);
    const other = await create(at(1));
    const phone = phones[2] as Client;
    wires.lag = () => 300;
    const frames = wires.count("c", "frame");
    phone.send({ type: "leave" });
    await until(() => wires.count("c", "frame") > frames);
    const moved = move(at(0), room, "b");
    const held = wires.arrived("a", "holdRoom");
    await until(() => wires.arrived("a", "holdRoom") >= held + 2);
    phone.send({ type: "join", clientId: "p", room: other.room });
    await until(() => wires.arrived("a", "end") === 1);
    wires.lag = () => 1;
    expect([(await phone.next()).type, (await phone.next()).type]).toEqual(["left", "joined"]);
    expect(await moved).toBe(true);
  });

  test("[N7][L22] a join that waits for its turn finds its room where it is then", async () => {
    const { at, clock } = stage(3, { ...FAST, ROOM_JOINS_PER_SECOND: "1" });
    const { room } = await party(at);
    const churner = await Client.connect(at(0).url);
    // As many as may join at once.
    for (let n = 3; n < 16; n++) {
      churner.send({ type: "join", clientId: "churner", room });
      churner.send({ type: "leave" });
    }
    await churner.upToFence();
    const comers: Client[] = [];
    for (let n = 0; n < 3; n++) {
      const comer = await Client.connect(at(n % 3).url);
      comer.send({ type: "join", clientId: `n${n}`, room });
      comers.push(comer);
    }
    const waiting = () => at(0).metric('partyline_limited_total{bucket="joins"}');
    await until(async () => (await waiting()) === 3);
    expect(await move(at(0), room, "b")).toBe(true);
    const time = setInterval(() => clock.advance(100), 1);
    for (const comer of comers) expect((await comer.next()).type).toBe("joined");
    clearInterval(time);
  });
});

describe("a node that goes", () => {
  const others = (...counts: [string, number][]) => counts.map(([node, rooms]) => ({ node, rooms }));

  function emptied(node: TestNode, ...counts: [string, number][]): Promise<number> {
    const { rooms, clock } = node.doors;
    return empty({ rooms, clock, moves: node.nodes.moves, others: () => others(...counts) });
  }

  test("[N7] gives each room to the node that has fewest", async () => {
    const { at } = stage(3, { ...FAST, CREATES_PER_SECOND: "1000" });
    const tvs: Client[] = [];
    for (let n = 0; n < 20; n++) tvs.push((await create(at(0))).tv);
    expect(await emptied(at(0), ["b", 10], ["c", 4])).toBe(20);
    expect([at(0).doors.rooms.size, at(1).doors.rooms.size, at(2).doors.rooms.size]).toEqual([0, 7, 13]);
    for (const tv of tvs) expect(await tv.upToFence()).toEqual([]);
  });

  test("[N7] gives none to a node that goes as well, nor to one that does not answer, and keeps those nobody takes", async () => {
    const { at, wires, clock } = stage(3, FAST);
    const { tv, room } = await party(at);
    at(1).nodes.moves.isGoing = true;
    wires.isLost = (from) => from === "c";
    const moved = emptied(at(0), ["b", 0], ["c", 5]);
    const time = setInterval(() => clock.advance(100), 1);
    expect(await moved).toBe(0);
    clearInterval(time);
    expect(owns(at(0), room)).toBe(true);
    // The one that does not answer has lost its member.
    expect(kinds(await tv.upToFence())).toEqual(["peer_away"]);
    wires.isLost = null;
    at(1).nodes.moves.isGoing = false;
    wires.cut("a", "b", "anotherBoot");
    wires.mend("a", "b");
    expect(await move(at(0), room, "b")).toBe(true);
  });

  test("[N7] keeps a room that plays a session", async () => {
    const { at } = stage(2, { ROOM_SESSIONS: "open" });
    const { tv, room } = await create(at(0));
    const { passage } = at(0).doors.rooms.at(room) ?? {};
    expect(passage?.isFree).toBe(true);
    tv.send({ type: "session.start" });
    await tv.upToFence();
    expect(passage?.isFree).toBe(false);
    expect(await emptied(at(0), ["b", 0])).toBe(0);
    expect(owns(at(0), room)).toBe(true);
  });
});
