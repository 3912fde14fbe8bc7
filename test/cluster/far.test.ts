// Members of one room on two nodes, over real sockets: what the conformance suites cannot see, since they know no nodes. The nodes are joined in
// memory here; the links have tests of their own.
import { describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { create, data, join, kinds, until } from "../support/far.ts";
import { nodeStages } from "../support/nodes.ts";
import { RawClient } from "../support/raw.ts";

const stage = nodeStages();

const FAST = {
  ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
  ...{ ROOM_OUT_BYTES_PER_SECOND: "1000000000", ADDRESS_MESSAGES_PER_SECOND: "1000000" },
};

describe("a message", () => {
  test("[N3] is said once to a node, however many hear it there; its sender is left out", async () => {
    const { at, wires } = stage(2);
    const { tv, room } = await create(at(0));
    const phones: Client[] = [];
    for (const name of ["p1", "p2", "p3"]) phones.push(await join(at(1), room, name));
    for (const client of [tv, ...phones]) await client.upToFence();
    const before = wires.count("a", "publish");
    const [p1, p2, p3] = phones as [Client, Client, Client];
    p1.send({ type: "send", data: "from b" });
    tv.send({ type: "send", data: "from a" });
    expect(data([await tv.next()])).toEqual(["from b"]);
    for (const phone of [p2, p3])
      expect(data([await phone.next(), await phone.next()]).sort()).toEqual(["from a", "from b"]);
    expect(data([await p1.next()])).toEqual(["from a"]);
    for (const client of [tv, ...phones]) expect(await client.upToFence()).toEqual([]);
    expect(wires.count("a", "publish") - before).toBe(2);
  });

  test("[N3] to one and to some reaches whom it is for, on either node, in order with what all hear", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    const p2 = await join(at(0), room, "p2");
    const p3 = await join(at(1), room, "p3");
    for (const client of [tv, p1, p2, p3]) await client.upToFence();
    for (let n = 0; n < 30; n += 3) {
      tv.send({ type: "send", data: n });
      tv.send({ type: "send", to: "p1", data: n + 1 });
      tv.send({ type: "send", to: ["p1", "p2"], data: n + 2 });
    }
    await tv.upToFence();
    const all = Array.from({ length: 30 }, (_, n) => n);
    expect(data(await p1.upToFence())).toEqual(all);
    expect(data(await p2.upToFence())).toEqual(all.filter((n) => n % 3 !== 1));
    expect(data(await p3.upToFence())).toEqual(all.filter((n) => n % 3 === 0));
  });

  test("[N3][R31] a member is told again what it missed, on whichever node it comes back", async () => {
    const { at } = stage(2);
    const { tv, room, created } = await create(at(0), { away: 60, history: 64 });
    const p1 = await join(at(1), room, "p1");
    tv.send({ type: "send", data: 1 });
    const seen = await p1.next();
    await p1.close();
    await until(async () => kinds(await tv.upToFence()).includes("peer_away"));
    for (const n of [2, 3]) tv.send({ type: "send", data: n });
    await tv.upToFence();
    for (const node of [at(0), at(1)]) {
      const back = await Client.connect(node.url);
      const joined = await back.ask({ type: "join", clientId: "p1", room, since: seen.seq, epoch: created.epoch });
      expect(joined).toMatchObject({ type: "joined", resumed: true });
      expect(data((joined.missed ?? []) as Frame[])).toEqual([2, 3]);
    }
  });
});

describe("a seat", () => {
  test("[N3][R11] is taken up on another node: the old line is closed with 4000, the others hear nothing", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const onB = await join(at(1), room, "p1");
    await tv.upToFence();
    const onA = await join(at(0), room, "p1");
    expect((await onB.closed).code).toBe(4000);
    const again = await join(at(1), room, "p1");
    expect((await onA.closed).code).toBe(4000);
    expect(await tv.upToFence()).toEqual([]);
    tv.send({ type: "send", to: "p1", data: "you" });
    expect(await again.next()).toMatchObject({ data: "you" });
  });

  test("[N3][R39] kick, ban, lock and close reach members elsewhere", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const [p1, p2] = [await join(at(1), room, "p1", { secret: "s" }), await join(at(1), room, "p2")];
    await p1.upToFence();
    tv.send({ type: "kick", clientId: "p1", reason: "no" });
    expect(await p1.next()).toMatchObject({ type: "bye", code: 4002, reason: "no" });
    expect(await p1.closed).toEqual({ code: 4002, reason: "kicked" });
    const late = await Client.connect(at(1).url);
    expect(await late.ask({ type: "join", clientId: "p1", room })).toMatchObject({
      message: "You are banned from this room",
    });
    tv.send({ type: "lock", locked: true });
    await tv.upToFence();
    expect(await late.ask({ type: "join", clientId: "new", room })).toMatchObject({ message: "Room is locked" });
    tv.send({ type: "close_room" });
    expect((await p2.closed).code).toBe(4001);
    expect(await late.ask({ type: "join", clientId: "new", room })).toMatchObject({ message: "Room not found" });
    expect([at(0).nodes.owner.size, at(1).nodes.gateway.size, at(0).nodes.topics.size]).toEqual([0, 0, 0]);
  });

  test("[N3][R21] what a member said right before its line closed still counts", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0), { away: 60 });
    const p1 = await join(at(1), room, "p1");
    await tv.next();
    for (let n = 0; n < 20; n++) p1.send({ type: "send", data: n });
    p1.send({ type: "leave" });
    await p1.close();
    const heard: Frame[] = [];
    while (heard.at(-1)?.type !== "peer_left") heard.push(await tv.next());
    expect(data(heard)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(heard.at(-1)).toMatchObject({ reason: "left" });
  });

  test("[N3] the host may be elsewhere: it hears what its rates are", async () => {
    const { at, wires } = stage(2);
    const { tv, room } = await create(at(0), { hostGone: "migrate" });
    const p1 = await join(at(1), room, "p1");
    tv.send({ type: "host", clientId: "p1" });
    tv.send({ type: "make_host", clientId: "p1" });
    expect(await p1.next()).toMatchObject({ type: "host_changed" });
    await p1.upToFence();
    const rates = () => wires.said.filter(({ frame }) => frame.op === "rates").map(({ frame }) => frame.arg);
    expect(rates()).toEqual(["host"]);
    p1.send({ type: "make_host", clientId: "tv" });
    await p1.upToFence();
    expect(rates()).toEqual(["host", "member"]);
  });

  test("[N3][R8] a member elsewhere is told ticks by its own node", async () => {
    const { at, clock } = stage(2, { TICK_SECONDS: "1", PING_SECONDS: "1" });
    const { room } = await create(at(0));
    const p1 = await join(at(1), room, "p1", { tick: true });
    await p1.upToFence();
    clock.advance(1_100);
    expect((await p1.next()).type).toBe("tick");
  });
});

describe("a line that goes home", () => {
  test("[N1] leaves a room on one node and joins one on another, with all that it said behind that, in order", async () => {
    const { at } = stage(3);
    const one = await create(at(0));
    const two = await create(at(2));
    const p1 = await join(at(1), one.room, "p1");
    p1.send({ type: "send", data: "one" });
    p1.send({ type: "leave" });
    p1.send({ type: "join", clientId: "p1", room: two.room });
    for (let n = 0; n < 10; n++) p1.send({ type: "send", data: n });
    p1.send({ type: "leave" });
    p1.send({ type: "join", clientId: "p1", room: one.room });
    p1.send({ type: "send", data: "again" });
    expect(kinds(await p1.upToFence())).toEqual(["left", "joined", "left", "joined"]);
    expect(kinds(await one.tv.upToFence())).toEqual(["peer_joined", "message", "peer_left", "peer_joined", "message"]);
    const heard = await two.tv.upToFence();
    expect(data(heard)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([heard[0]?.type, heard.at(-1)?.type]).toEqual(["peer_joined", "peer_left"]);
    expect([at(0).nodes.owner.size, at(1).nodes.gateway.size, at(2).nodes.owner.size]).toEqual([1, 1, 0]);
  });

  test("[N1] opens a room of its own on its own node", async () => {
    const { at, codes } = stage(2);
    const { room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    p1.send({ type: "leave" });
    p1.send({ type: "create", clientId: "p1", maxClients: 4 });
    p1.send({ type: "send", data: 1, id: "r" });
    expect(await p1.next()).toMatchObject({ type: "left" });
    const created = await p1.next();
    expect(codes.owners.get(String(created.room))).toBe("b");
    expect(await p1.next()).toMatchObject({ type: "ack", id: "r" });
    const guest = await join(at(0), String(created.room), "g");
    guest.send({ type: "send", data: 2 });
    await p1.next();
    expect(await p1.next()).toMatchObject({ data: 2 });
  });

  test("[N1] whose join is refused there is a line like any other again", async () => {
    const { at } = stage(2);
    const { room } = await create(at(0), { secret: "mine" });
    const p1 = await Client.connect(at(1).url);
    for (let n = 0; n < 3; n++) {
      expect(await p1.ask({ type: "join", clientId: "tv", room, secret: `wrong ${n}` })).toMatchObject({
        message: "Wrong secret",
      });
    }
    expect(await p1.ask({ type: "send", data: 1 })).toMatchObject({ message: "Not in a room" });
    expect(await p1.ask({ type: "join", clientId: "p1", room })).toMatchObject({ type: "joined" });
  });

  test("[N3][L9] carries with it how often it was refused: 20 times end it", async () => {
    const { at, clock } = stage(2, { FAILED_JOINS_PER_MINUTE: "1000", JOINS_PER_SECOND: "1000" });
    const { room } = await create(at(0), { secret: "mine" });
    const p1 = await Client.connect(at(1).url);
    for (let n = 0; n < 20; n++) p1.send({ type: "join", clientId: "tv", room, secret: `wrong ${n}` });
    let code = 0;
    void p1.closed.then((closed) => {
      code = closed.code;
    });
    await until(async () => {
      await at(0).metric("partyline_lines");
      await at(1).metric("partyline_lines");
      clock.advance(100);
      return code !== 0;
    });
    expect(code).toBe(4101);
  });
});

describe("too much", () => {
  test("[N3][L4] a fast sender waits at its own node, and nothing of what it says is lost", async () => {
    const { at, clock, wires } = stage(2, { MESSAGES_PER_SECOND: "10", HOST_MESSAGES_PER_SECOND: "1000" });
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.next();
    for (let n = 0; n < 40; n++) p1.send({ type: "send", data: n });
    await until(async () => (await at(1).metric("partyline_pauses_total")) > 0);
    expect(wires.count("b", "frame")).toBeLessThan(25);
    const heard: unknown[] = [];
    while (heard.length < 40) {
      clock.advance(100);
      heard.push(...data(await tv.upToFence()));
    }
    expect(heard).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(await at(0).metric("partyline_pauses_total")).toBe(0);
  });

  test("[N3][L26] where the room owes what it has handed out, members elsewhere are held by its node", async () => {
    const { at, clock, wires } = stage(2, { ...FAST, ROOM_OUT_BYTES_PER_SECOND: "100000" });
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.next();
    const filler = "x".repeat(30_000);
    for (let n = 0; n < 40; n++) p1.send({ type: "send", data: { n, filler } });
    await until(() => wires.count("a", "hold") > 0);
    const heard: unknown[] = [];
    while (heard.length < 40) {
      clock.advance(100);
      heard.push(...data(await tv.upToFence()).map((one) => (one as { n: number }).n));
    }
    expect(heard).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await until(() => wires.count("a", "go") === wires.count("a", "hold"));
  });

  test("[N3] where the way to the owner is full, lines of that way are not read", async () => {
    const { at, wires } = stage(2, FAST);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.next();
    wires.fill("b", "a", true);
    for (let n = 0; n < 20; n++) p1.send({ type: "send", data: n });
    const p2 = await Client.connect(at(1).url);
    expect(await p2.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect(data(await tv.upToFence())).toEqual([]);
    wires.fill("b", "a", false);
    const heard: unknown[] = [];
    while (heard.length < 20) heard.push(...data(await tv.upToFence()));
    expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test("[N3] where the way to a guest's node is full, nothing is carried out that would be answered there", async () => {
    const { at, wires, clock } = stage(2, FAST);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.next();
    wires.fill("a", "b", true);
    const p2 = await Client.connect(at(1).url);
    p2.send({ type: "join", clientId: "p2", room });
    for (let n = 0; n < 20; n++) p1.send({ type: "send", data: n });
    p1.send({ type: "ping", id: "last" });
    await until(() => wires.arrived("b", "frame") > 2);
    clock.advance(100);
    expect(await tv.upToFence()).toEqual([]);
    wires.fill("a", "b", false);
    const heard: Frame[] = [];
    await until(async () => {
      clock.advance(50);
      heard.push(...(await tv.upToFence()));
      return heard.length === 21;
    });
    expect(data(heard)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(kinds(heard)).toContain("peer_joined");
    expect((await p2.next()).type).toBe("joined");
  });

  test("[N3] where much more waits on the way to a member's node, nobody speaks in its room; a line that closes then does not, either", async () => {
    const { at, wires, clock } = stage(3, FAST);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    const [p2, p3] = [await join(at(0), room, "p2"), await join(at(2), room, "p3")];
    for (const client of [tv, p1, p2, p3]) await client.upToFence();
    wires.fill("a", "b", true);
    tv.send({ type: "send", data: "goes on" });
    expect((await p1.next()).data).toBe("goes on");
    wires.jam("a", "b", true);
    for (const client of [tv, p2, p3]) client.send({ type: "send", data: "waits" });
    await until(() => wires.arrived("c", "frame") > 2);
    const other = await create(at(0));
    for (const line of at(0).doors.liveness.lines()) if (line.seat?.clientId === "p2") line.close("goingAway");
    await p2.closed;
    expect(await other.tv.upToFence()).toEqual([]);
    const before = wires.count("a", "publish");
    clock.advance(100);
    await other.tv.upToFence();
    expect(wires.count("a", "publish")).toBe(before);
    wires.jam("a", "b", false);
    wires.fill("a", "b", false);
    clock.advance(50);
    expect([await p1.next(), await p1.next()]).toMatchObject([
      { from: "tv", data: "waits" },
      { from: "p3", data: "waits" },
    ]);
    expect(data(await p1.upToFence())).toEqual([]);
  });

  test("[N3][L6] a member that does not read is closed with 4102 by its own node; the others hear everything", async () => {
    const { at, clock } = stage(2, FAST);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    const sleeper = await RawClient.connect(at(1).url);
    sleeper.send(JSON.stringify({ type: "join", clientId: "sleeper", room }));
    await sleeper.next();
    for (const client of [tv, p1]) await client.upToFence();
    sleeper.socket.pause();
    const filler = "x".repeat(60_000);
    for (let n = 0; n < 200; n++) tv.send({ type: "send", data: { n, filler } });
    for (let n = 0; n < 200; n++) expect((await p1.next()).data).toEqual({ n, filler });
    clock.advance(1_100);
    expect(await p1.next()).toEqual({ type: "peer_left", clientId: "sleeper", reason: "lost" });
    expect(await at(1).metric('partyline_closes_total{code="4102"}')).toBe(1);
    sleeper.destroy();
  }, 60_000);

  test("[N3][L6] a member elsewhere that is silent is found out by its own node", async () => {
    const { at, clock } = stage(2, { DEAD_SECONDS: "3", PING_SECONDS: "1" });
    const { tv, room } = await create(at(0));
    const silent = await RawClient.connect(at(1).url);
    silent.send(JSON.stringify({ type: "join", clientId: "silent", room }));
    await silent.next();
    await tv.next();
    silent.socket.pause();
    for (let second = 0; second < 6; second++) {
      clock.advance(1_000);
      await tv
        .upToFence()
        .then(
          (frames) => frames.length > 0 && expect(frames).toMatchObject([{ type: "peer_left", reason: "timeout" }]),
        );
    }
    expect(await at(1).metric('partyline_closes_total{code="4104"}')).toBe(1);
    silent.destroy();
  });
});

describe("[N10] where a node cannot be spoken to any more", () => {
  test("its members elsewhere are closed with 4200, and their seats wait there", async () => {
    const { at, clock, wires } = stage(2);
    const { tv, room } = await create(at(0), { away: 60 });
    const phones: Client[] = [];
    for (const name of ["p1", "p2", "p3"]) phones.push(await join(at(1), room, name));
    const own = await create(at(1));
    await tv.upToFence();
    wires.cut("a", "b", "silent");
    clock.advance(2_000);
    for (const phone of phones) expect((await phone.closed).code).toBe(4200);
    expect(kinds(await tv.upToFence())).toEqual(["peer_away", "peer_away", "peer_away"]);
    expect(await own.tv.upToFence()).toEqual([]);
    wires.mend("a", "b");
    const back = await join(at(1), room, "p1");
    expect(await tv.next()).toMatchObject({ type: "peer_back", clientId: "p1" });
    back.send({ type: "send", data: "here" });
    expect(await tv.next()).toMatchObject({ data: "here" });
  });

  test("[R48] also in a room that keeps no seat of a line that was lost: these were sent away", async () => {
    const { at, clock, wires } = stage(2);
    const { tv, room } = await create(at(0));
    const phones = [await join(at(1), room, "p1"), await join(at(1), room, "p2")];
    await tv.upToFence();
    wires.cut("a", "b", "silent");
    clock.advance(2_000);
    for (const phone of phones) expect((await phone.closed).code).toBe(4200);
    expect(await tv.upToFence()).toEqual([]);
    wires.mend("a", "b");
    await join(at(1), room, "p1");
    const left: Frame[] = [];
    for (let second = 0; second < 120; second++) {
      clock.advance(1_000);
      left.push(...(await tv.upToFence()));
    }
    expect(left).toEqual([
      { type: "peer_back", clientId: "p1" },
      { type: "peer_left", clientId: "p2", reason: "timeout" },
    ]);
  });

  test("a join waits until it can be, 10 s at most", async () => {
    const { at, clock, wires } = stage(2);
    const { room } = await create(at(0));
    wires.cut("a", "b", "silent");
    const p1 = await Client.connect(at(1).url);
    p1.send({ type: "join", clientId: "p1", room });
    await until(async () => (await at(1).metric("partyline_waits_total")) > 0);
    const closes = async (ms: number) => {
      for (let at = 0; at < ms; at += 500) {
        for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
        clock.advance(500);
      }
    };
    await closes(5_000);
    wires.mend("a", "b");
    await closes(500);
    expect(await p1.next()).toMatchObject({ type: "joined" });
    wires.cut("a", "b", "silent");
    expect((await p1.closed).code).toBe(4200);
    const p2 = await Client.connect(at(1).url);
    p2.send({ type: "join", clientId: "p2", room });
    await until(async () => (await at(1).metric("partyline_waits_total")) > 1);
    await closes(10_500);
    expect((await p2.closed).code).toBe(4200);
  });
});
