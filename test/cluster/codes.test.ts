// Codes that several nodes share: claimed before a room is opened, found wherever it is, resting everywhere when it has ended; and what becomes of
// a request while nobody can say. Guesses of codes count on all nodes.
import { describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";

const stage = nodeStages();

const CREATE = { type: "create", clientId: "tv", maxClients: 8 };

async function connect(node: TestNode): Promise<Client> {
  return Client.connect(node.url);
}

/** Lets what is asked of other nodes be answered, then time pass, so often. */
async function pass(clock: { advance(ms: number): void }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
    clock.advance(500);
  }
}

/** What the line was told, once the node has read what it said. */
async function parked(node: TestNode, count: number): Promise<void> {
  while ((await node.metric("partyline_waits_total")) < count);
}

/** Waits until no line is left. */
async function nobodyIsLeft(node: TestNode): Promise<void> {
  while ((await node.metric("partyline_lines")) > 0);
}

describe("[N4] a new room", () => {
  test("has a code that was claimed for it", async () => {
    const { at, codes } = stage(2);
    const tv = await connect(at(0));
    const { room } = await tv.ask(CREATE);
    expect([...codes.owners]).toEqual([[String(room), "a"]]);
  });

  test("draws another code where that is taken or rests", async () => {
    const { at, codes } = stage(2);
    codes.answers.push("taken", "resting");
    const tv = await connect(at(0));
    expect(await tv.ask(CREATE)).toMatchObject({ type: "created" });
    expect(codes.answers).toEqual([]);
  });

  test("gives up after 40 codes", async () => {
    const { at, codes } = stage(2);
    codes.answers.push(...Array.from({ length: 40 }, () => "taken" as const));
    const tv = await connect(at(0));
    expect(await tv.ask(CREATE)).toMatchObject({ message: "Server is full" });
    expect([codes.answers.length, codes.owners.size, at(0).doors.rooms.size]).toEqual([0, 0, 0]);
  });

  test("[R6] does not get a wished code that another node has, nor one that rests there", async () => {
    const { at } = stage(2);
    const [one, other] = [await connect(at(0)), await connect(at(1))];
    expect(await one.ask({ ...CREATE, room: "GXHB" })).toMatchObject({ room: "GXHB" });
    expect(await other.ask({ ...CREATE, room: "GXHB" })).toMatchObject({ message: "Room code is taken" });
    one.send({ type: "close_room" });
    await one.closed;
    expect(await other.ask({ ...CREATE, room: "GXHB" })).toMatchObject({ message: "Room code is taken" });
    expect(await other.ask({ ...CREATE, room: "GXHC" })).toMatchObject({ room: "GXHC" });
  });

  test("is one of two that wish for the same code at once", async () => {
    const { at } = stage(2);
    for (let n = 0; n < 20; n++) {
      const wish = { ...CREATE, room: `GX${"ABCDEFGHJKLMNPQRSTUV"[n]}Z` };
      const both = await Promise.all([connect(at(0)), connect(at(1))]);
      const answers = await Promise.all(both.map((client) => client.ask(wish)));
      expect(answers.map(({ type }) => type).sort()).toEqual(["created", "error"]);
      await Promise.all(both.map((client) => client.close()));
    }
  });

  test("[R7] is refused where all nodes together, or an address on them, have too many", async () => {
    const { at, codes } = stage(2, { JOINS_PER_SECOND: "1000" });
    const tv = await connect(at(0));
    codes.answers.push("tooMany", "tooManyOfAddress");
    expect(await tv.ask(CREATE)).toMatchObject({ message: "Server is full" });
    expect(await tv.ask(CREATE)).toMatchObject({ message: "Too many rooms" });
    expect([codes.owners.size, at(0).doors.rooms.size]).toEqual([0, 0]);
    expect(await tv.ask(CREATE)).toMatchObject({ type: "created" });
  });

  test("is not opened for a line that has closed meanwhile: the code rests", async () => {
    const { at, codes } = stage(2);
    const tv = await connect(at(0));
    const claim = codes.hold();
    tv.send(CREATE);
    await claim.asked;
    // From here, since a paused line hears nothing of its client.
    for (const line of [...at(0).doors.liveness.lines()]) line.close("goingAway");
    expect((await tv.closed).code).toBe(4200);
    claim.go();
    while (codes.resting.size === 0) await new Promise(setImmediate);
    expect([codes.owners.size, at(0).doors.rooms.size]).toEqual([0, 0]);
  });

  test("[N8] is opened when the node goes on, where the claim is answered while it is frozen", async () => {
    const { at, codes, frozen, clock } = stage(2);
    const tv = await connect(at(0));
    const claim = codes.hold();
    tv.send(CREATE);
    await claim.asked;
    frozen.add("a");
    claim.go();
    while (codes.owners.size === 0) await new Promise(setImmediate);
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
    expect(at(0).doors.rooms.size).toBe(0);
    frozen.delete("a");
    clock.advance(50);
    expect(await tv.next()).toMatchObject({ type: "created" });
  });

  test("gives its code back where it is refused after all", async () => {
    const { at, codes } = stage(2);
    const tv = await connect(at(0));
    const claim = codes.hold();
    tv.send(CREATE);
    await claim.asked;
    at(0).doors.rooms.drain(false);
    claim.go();
    expect(await tv.next()).toMatchObject({ message: "Server is draining" });
    expect([codes.owners.size, codes.resting.size]).toEqual([0, 1]);
  });

  test("[Q12] has the place of an empty one of its address here", async () => {
    const { at, codes } = stage(2);
    const display = await Client.connect(`${at(0).url}/v2`);
    const { room } = await display.ask(CREATE);
    await display.close();
    await nobodyIsLeft(at(0));
    codes.answers.push("tooManyOfAddress");
    const tv = await connect(at(0));
    expect(await tv.ask(CREATE)).toMatchObject({ type: "created" });
    expect([codes.resting.has(String(room)), at(0).doors.rooms.size]).toEqual([true, 1]);
  });

  test("waits while the engine is away, 5 s at most", async () => {
    const { at, clock, codes } = stage(2);
    const [one, other] = [await connect(at(0)), await connect(at(0))];
    codes.isAway = true;
    one.send(CREATE);
    one.send({ type: "send", data: 1, id: "behind" });
    await parked(at(0), 1);
    await pass(clock, 4_000);
    codes.isAway = false;
    await pass(clock, 500);
    expect([await one.next(), await one.next()]).toMatchObject([{ type: "created" }, { type: "ack", id: "behind" }]);
    codes.isAway = true;
    other.send(CREATE);
    await parked(at(0), 2);
    await pass(clock, 5_500);
    expect((await other.closed).code).toBe(4200);
  });
});

describe("[N1] a join", () => {
  test("of a room whose node is dead waits until another has taken it up, 10 s at most", async () => {
    const { at, clock, codes } = stage(2);
    const tv = await connect(at(0));
    const { room } = await tv.ask(CREATE);
    codes.owners.set(String(room), "c");
    codes.dead.add("c");
    const [one, other] = [await connect(at(1)), await connect(at(1))];
    one.send({ type: "join", clientId: "p1", room });
    await parked(at(1), 1);
    await pass(clock, 6_000);
    codes.owners.set(String(room), "a");
    await pass(clock, 500);
    expect(await one.next()).toMatchObject({ type: "joined" });
    codes.owners.set(String(room), "c");
    other.send({ type: "join", clientId: "p2", room });
    await parked(at(1), 2);
    await pass(clock, 10_500);
    expect((await other.closed).code).toBe(4200);
  });

  test("waits while the engine is away, 5 s at most, and not for a room that is here", async () => {
    const { at, clock, codes } = stage(2);
    const tv = await connect(at(0));
    const { room } = await tv.ask(CREATE);
    const [here, there] = [await connect(at(0)), await connect(at(1))];
    codes.isAway = true;
    expect(await here.ask({ type: "join", clientId: "p1", room })).toMatchObject({ type: "joined" });
    there.send({ type: "join", clientId: "p2", room });
    await parked(at(1), 1);
    await pass(clock, 5_500);
    expect((await there.closed).code).toBe(4200);
  });

  test("of another wire's room, or of what is no code, is told as at one node", async () => {
    const { at, wires } = stage(2);
    const tv = await connect(at(0));
    const { room } = await tv.ask(CREATE);
    const party2 = await Client.connect(`${at(1).url}/v2`);
    expect(await party2.ask({ type: "join", clientId: "p1", room })).toEqual({
      type: "error",
      message: "Room not found",
    });
    const one = await connect(at(1));
    expect(await one.ask({ type: "join", clientId: "p1", room: "no code!" })).toMatchObject({
      message: "Room not found",
    });
    expect(wires.count("b", "open")).toBe(0);
  });
});

describe("[N5][L9] wrong codes", () => {
  test("count on every node: whoever goes on elsewhere has to wait there", async () => {
    const { at } = stage(3, { FAILED_JOINS_PER_MINUTE: "4", JOINS_PER_SECOND: "1000" });
    const wrong = (n: number): Frame => ({ type: "join", clientId: "p1", room: `ZZZ${"ABCDEFGH"[n]}` });
    const [one, other, third] = [await connect(at(0)), await connect(at(1)), await connect(at(2))];
    for (const n of [0, 1]) expect(await one.ask(wrong(n))).toMatchObject({ message: "Room not found" });
    for (const n of [2, 3]) expect(await other.ask(wrong(n))).toMatchObject({ message: "Room not found" });
    await at(2).metric("partyline_lines");
    // Whoever is slowed down has a turn at once as a newcomer, and one as no newcomer.
    for (const n of [4, 5, 6]) third.send(wrong(n));
    while ((await at(2).metric('partyline_limited_total{bucket="guesses"}')) < 1);
    expect(await at(0).metric('partyline_limited_total{bucket="guesses"}')).toBe(0);
  });

  test("take turns on all nodes: whoever guesses on three of them is answered once in 2 s, as on one", async () => {
    const { at, clock } = stage(3, { ROOMLESS_SECONDS: "3600" });
    let code = 0;
    const wrong = (): Frame => ({ type: "join", clientId: "p1", room: `Z${codeOf(code++)}` });
    const lines = [await connect(at(0)), await connect(at(1)), await connect(at(2))];
    const step = async (ms: number) => {
      for (const n of [0, 1, 2]) await at(n).metric("partyline_lines");
      clock.advance(ms);
    };
    // Nine that are told at once, one more, and then more than anybody waits for.
    for (const line of lines) for (let n = 0; n < 3; n++) expect((await line.ask(wrong())).type).toBe("error");
    let answers = 0;
    const asking = lines.map(async (line) => {
      for (let n = 0; n < 14; n++) {
        await line.ask(wrong());
        answers++;
      }
    });
    for (const one of asking) one.catch(() => {});
    for (let n = 0; n < 160; n++) await step(250);
    expect(answers).toBeGreaterThanOrEqual(12);
    expect(answers).toBeLessThanOrEqual(1 + 20 + lines.length);
  }, 20_000);
});

/** Three capitals that stand for a number. */
function codeOf(number: number): string {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  return [number / 576, number / 24, number].map((digit) => letters[Math.floor(digit) % 24]).join("");
}
