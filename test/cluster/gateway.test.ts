// What a node does for the lines that it has of rooms elsewhere, and what it leaves to their owner.
import { describe, expect, spyOn, test } from "bun:test";
import { Dialects } from "../../src/dialects/index.ts";
import type { SocketLine } from "../../src/doors/line.ts";
import { SocketOutlet } from "../../src/doors/outlet.ts";
import { Metrics } from "../../src/metrics.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { create, data, join, kinds, until } from "../support/far.ts";
import { nodeStages } from "../support/nodes.ts";

const stage = nodeStages();

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("[N3] a line that is a member elsewhere", () => {
  test("joins by a way that is full, and is read on when there is room again", async () => {
    const { at, wires } = stage(2);
    const { tv, room } = await create(at(0));
    wires.fill("b", "a", true);
    const p1 = await join(at(1), room, "p1");
    for (const n of numbers(5)) p1.send({ type: "send", data: n });
    expect(kinds(await tv.upToFence())).toEqual(["peer_joined"]);
    expect(wires.count("b", "frame")).toBe(1);
    wires.fill("b", "a", false);
    await p1.upToFence();
    expect(data(await tv.upToFence())).toEqual(numbers(5));
  });

  test("is not read as long as either its owner or the way there has it wait", async () => {
    const { at, wires } = stage(2);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.upToFence();
    const say = (op: "hold" | "go") => wires.nodes.get("b")?.heard("a", { op, line: 1, arg: "", text: "" });
    say("hold");
    wires.fill("b", "a", true);
    p1.send({ type: "send", data: 1 });
    wires.fill("b", "a", false);
    for (let looks = 0; looks < 5; looks++) expect(await tv.upToFence()).toEqual([]);
    say("go");
    await p1.upToFence();
    expect(data(await tv.upToFence())).toEqual([1]);
  });

  test("[L4] speaks at the host's rates while it is the host, also when it comes back as such", async () => {
    const { at, clock, wires } = stage(2, {
      MESSAGES_PER_SECOND: "10",
      HOST_MESSAGES_PER_SECOND: "1000",
      ROOM_OUT_BYTES_PER_SECOND: "1000000000",
    });
    const { tv, room } = await create(at(0), { away: 60 });
    const p1 = await join(at(1), room, "p1");
    await tv.close();
    const host = await join(at(1), room, "tv");
    await p1.upToFence();
    expect(wires.said.filter(({ frame }) => frame.op === "rates").map(({ frame }) => frame.arg)).toEqual(["host"]);
    // What runs in from now on runs in at its new rates.
    clock.advance(1_000);
    for (const n of numbers(200)) host.send({ type: "send", data: n });
    await host.upToFence();
    expect(data(await p1.upToFence())).toEqual(numbers(200));
    expect(await at(1).metric("partyline_pauses_total")).toBe(0);
  });

  test("[L4][R11] has the host's rates where it takes up the host's seat from a line that is open", async () => {
    const { at, wires } = stage(2);
    const { tv, room } = await create(at(0));
    await join(at(1), room, "tv");
    expect((await tv.closed).code).toBe(4000);
    expect(wires.said.filter(({ frame }) => frame.op === "rates").map(({ frame }) => frame.arg)).toEqual(["host"]);
  });

  test("[R48] is closed with 4200 where its owner sends it away, and its seat waits", async () => {
    const { at, clock } = stage(2);
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.upToFence();
    for (const { line } of [...(at(0).doors.rooms.at(room)?.seats ?? [])]) {
      if ((line as SocketLine).isGuest) (line as SocketLine).close("goingAway");
    }
    expect(await p1.next()).toMatchObject({ type: "bye", code: 4200 });
    expect((await p1.closed).code).toBe(4200);
    clock.advance(1_000);
    expect(await tv.upToFence()).toEqual([]);
    await join(at(1), room, "p1");
    expect(kinds(await tv.upToFence())).toEqual(["peer_back"]);
  });

  test("[R48] is gone for a while where its own node drains: its seat waits", async () => {
    const { at } = stage(2, { DRAIN_SECONDS: "0" });
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.upToFence();
    for (const line of [...at(1).doors.liveness.lines()]) line.close("goingAway");
    expect((await p1.closed).code).toBe(4200);
    await until(() => at(0).nodes.owner.size === 0);
    await join(at(0), room, "p1");
    expect(kinds(await tv.upToFence())).toEqual(["peer_back"]);
  });

  test("[L1] is closed with 1011 where what it asked for is a fault there, and the room plays on", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const [p1, p2] = [await join(at(1), room, "p1"), await join(at(1), room, "p2")];
    await tv.upToFence();
    const failing = spyOn(at(0).doors.relay, "send").mockImplementationOnce(() => {
      throw new Error("a bug");
    });
    p1.send({ type: "send", data: "bad luck" });
    expect((await p1.closed).code).toBe(1011);
    failing.mockRestore();
    expect(await at(0).metric("partyline_faults_total")).toBe(1);
    expect(kinds(await tv.upToFence())).toEqual(["peer_left"]);
    p2.send({ type: "send", data: "on" });
    expect(await tv.next()).toMatchObject({ data: "on" });
  });

  test("[L1] hears nothing of a frame between nodes that nobody can read: it is a fault, and no more", async () => {
    const { at, wires } = stage(2);
    const { tv } = await create(at(0));
    const a = wires.nodes.get("a");
    a?.heard("b", { op: "open", line: 7, arg: "", text: "no JSON" });
    a?.heard("b", { op: "guess", line: 0, arg: "", text: "{" });
    a?.heard("b", { op: "open", line: 8, arg: "", text: '{"wire":"of tomorrow","address":"192.0.2.1"}' });
    expect(await at(0).metric("partyline_faults_total")).toBe(2);
    expect(await tv.upToFence()).toEqual([]);
    expect(at(0).nodes.owner.size).toBe(0);
    expect(wires.said.at(-1)?.frame).toMatchObject({ op: "close", line: 8, arg: "goingAway" });
  });

  test("[L21] pays for the answers that it asks for", async () => {
    const { at } = stage(2, { BYTES_PER_SECOND: "40000", JOINS_PER_SECOND: "1000", ROOM_JOINS_PER_SECOND: "1000" });
    const { room } = await create(at(0), { state: "x".repeat(15_000) });
    const p1 = await join(at(1), room, "p1");
    for (const _ of numbers(4)) {
      expect(await p1.ask({ type: "leave" })).toMatchObject({ type: "left" });
      expect(await p1.ask({ type: "join", clientId: "p1", room })).toMatchObject({ type: "joined" });
    }
    expect(await at(1).metric("partyline_pauses_total")).toBe(0);
    await p1.ask({ type: "leave" });
    await p1.ask({ type: "join", clientId: "p1", room });
    p1.send({ type: "leave" });
    await until(async () => (await at(1).metric("partyline_pauses_total")) === 1);
  });

  test("[L22] waits for its joins as on one node", async () => {
    const { at, clock } = stage(2, { JOINS_PER_SECOND: "1" });
    const { room } = await create(at(0));
    const p1 = await Client.connect(at(1).url);
    for (const n of numbers(6)) {
      p1.send({ type: "join", clientId: `p${n}`, room });
      p1.send({ type: "leave" });
    }
    await until(async () => (await at(1).metric('partyline_limited_total{bucket="joins"}')) === 1);
    for (const _ of numbers(5)) expect([(await p1.next()).type, (await p1.next()).type]).toEqual(["joined", "left"]);
    clock.advance(2_000);
    expect((await p1.next()).type).toBe("joined");
  });

  test("[L25] is no line that only keeps its place", async () => {
    const { at, clock } = stage(2, { ROOMLESS_SECONDS: "60", DEAD_SECONDS: "3600", PING_SECONDS: "3000" });
    const { room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    for (const _ of numbers(80)) clock.advance(1_000);
    expect(await p1.upToFence()).toEqual([]);
  });

  test("[R21] that waits when its own node sends it away has said what it had sent, as far as one burst", async () => {
    const { at, wires } = stage(2, { MESSAGES_PER_SECOND: "10" });
    const { tv, room } = await create(at(0));
    const p1 = await join(at(1), room, "p1");
    await tv.upToFence();
    for (const n of numbers(30)) p1.send({ type: "send", data: n });
    await until(async () => (await at(1).metric("partyline_pauses_total")) === 1);
    wires.fill("b", "a", true);
    for (const line of [...at(1).doors.liveness.lines()]) line.close("goingAway");
    expect((await p1.closed).code).toBe(4200);
    const heard: unknown[] = [];
    while (heard.length < 30) heard.push(...data(await tv.upToFence()));
    expect(heard).toEqual(numbers(30));
  });

  test("leaves nothing behind on either node when it is gone", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const [p1, p2] = [await join(at(1), room, "p1"), await join(at(1), room, "p2")];
    const sizes = () => [
      at(0).nodes.owner.size,
      at(0).nodes.topics.size,
      at(1).nodes.gateway.size,
      at(1).nodes.gateway.topics,
    ];
    expect(sizes()).toEqual([2, 1, 2, 1]);
    await p1.close();
    await tv.upToFence();
    await until(() => at(0).nodes.owner.size === 1);
    expect(sizes()).toEqual([1, 1, 1, 1]);
    await p2.close();
    await until(() => at(0).nodes.owner.size === 0);
    expect(sizes()).toEqual([0, 0, 0, 0]);
  });

  test("[N10] of a node that is gone says nothing more there, and is closed in its turn", async () => {
    const { at, clock, wires } = stage(2);
    const { tv, room } = await create(at(0));
    const phones: Client[] = [];
    for (const name of ["p1", "p2", "p3"]) phones.push(await join(at(1), room, name));
    await tv.upToFence();
    wires.cut("a", "b", "silent");
    wires.mend("a", "b");
    const before = wires.count("b", "frame");
    const last = phones.at(-1);
    last?.send({ type: "send", data: "into the void" });
    await at(1).metric("partyline_lines");
    expect(data(await tv.upToFence())).toEqual([]);
    expect([wires.count("b", "frame") - before, await at(1).metric("partyline_lines")]).toEqual([0, 2]);
    clock.advance(2_000);
    for (const phone of phones) expect((await phone.closed).code).toBe(4200);
  });

  test("[N3] whose room has another owner by the time it gets there is carried to that one by its own node", async () => {
    const { at, codes, wires } = stage(3);
    const { tv, room } = await create(at(0));
    codes.owners.set(room, "c");
    const p1 = await Client.connect(at(1).url);
    p1.send({ type: "join", clientId: "p1", room });
    await until(() => {
      if (wires.count("b", "open") === 1) codes.owners.set(room, "a");
      return wires.count("b", "open") > 0;
    });
    expect(await p1.next()).toMatchObject({ type: "joined" });
    tv.send({ type: "send", data: "heard" });
    expect(data([await p1.next()])).toEqual(["heard"]);
    expect([wires.count("c", "open"), wires.count("b", "open")]).toEqual([0, 2]);
  });

  test("[N3] and hears nothing more, also when one that was closed before it has come back: it would miss what was said between", async () => {
    const { at, clock, wires } = stage(2);
    const { tv, room } = await create(at(0), { away: 60 });
    const p1 = await join(at(1), room, "p1");
    const p2 = await join(at(1), room, "p2");
    wires.cut("a", "b", "silent");
    tv.send({ type: "send", data: "unheard" });
    await tv.upToFence();
    wires.mend("a", "b");
    expect((await p1.closed).code).toBe(4200);
    const back = await join(at(1), room, "p1");
    tv.send({ type: "send", data: "heard" });
    expect(data([await back.next()])).toEqual(["heard"]);
    clock.advance(2_000);
    expect((await p2.closed).code).toBe(4200);
    expect(await p2.next()).toMatchObject({ type: "bye" });
    expect(p2.next()).rejects.toThrow("closed while waiting");
  });
});

test("[N3][L23] what is handed out for rooms elsewhere has all lines looked at, as what is handed out for those here", () => {
  const looks: unknown[] = [];
  const names = { instance: "a", region: "" };
  const { counts } = new Metrics({} as ConstructorParameters<typeof Metrics>[0]);
  const outlet = new SocketOutlet(counts, new Dialects("party", names), (room) => looks.push(room), new ManualClock());
  for (const _ of numbers(31)) outlet.publishCarried("topic", "x".repeat(1024), 1024, null);
  expect(looks).toEqual([]);
  outlet.publishCarried("topic", "x".repeat(1024), 1024, null);
  expect(looks).toEqual([null]);
});
