// What a room has beside seats when the room changes nodes, over real sockets on nodes that are joined in memory.
import { describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { create, join, kinds } from "../support/far.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";

const stage = nodeStages();

/** A room on a with a TV there, a phone on b and one on c, two timers and a secret of the phone on b. */
async function party(at: (index: number) => TestNode) {
  const { tv, room } = await create(at(0), { away: 600, history: 64 });
  const [ann, bob] = [await join(at(1), room, "ann"), await join(at(2), room, "bob")];
  const all = [tv, ann, bob];
  tv.send({ type: "timer.set", timer: "goes", seconds: 30 });
  tv.send({ type: "timer.set", timer: "pauses", seconds: 60, pauses: true });
  tv.send({ type: "set_private", clientId: "ann", data: "spy" });
  tv.send({ type: "set_player", clientId: "bob", data: 7 });
  for (const one of all) await one.upToFence();
  return { room, tv, ann, bob, all };
}

function move(from: TestNode, room: string, to: string): Promise<boolean> {
  const ours = from.doors.rooms.at(room);
  if (ours === null) throw new Error(`${room} is not there`);
  return from.nodes.moves.move(ours, to);
}

/** How each timer stands that the client has been told of, by the last word. */
async function timers(client: Client): Promise<Record<string, unknown>> {
  const told = (await client.upToFence()) as Frame[];
  expect(told.filter(({ type }) => type !== "timer")).toEqual([]);
  return Object.fromEntries(told.map(({ timer, leftMs, isPaused }) => [String(timer), [leftMs, isPaused]]));
}

describe("a room that moves", () => {
  test("[C24] tells each member its timers again, and they go off there, once", async () => {
    const { at, clock } = stage(3);
    const { room, tv, all } = await party(at);
    clock.advance(10_000);
    for (const one of all) await one.upToFence();
    expect(await move(at(0), room, "b")).toBe(true);
    for (const one of all) expect(await timers(one)).toEqual({ goes: [20_000, false], pauses: [50_000, false] });
    clock.advance(20_000);
    for (const one of all)
      expect(kinds(await one.upToFence()).filter((kind) => kind !== "tick")).toEqual(["timer_done"]);
    tv.send({ type: "timer.pause", timer: "pauses" });
    for (const one of all) expect(await timers(one)).toEqual({ pauses: [30_000, true] });
  });

  test("[C24][C32][C33] takes along what only one may see, and shows it to nobody else there", async () => {
    const { at } = stage(3);
    const { room, tv, ann } = await party(at);
    expect(await move(at(0), room, "c")).toBe(true);
    ann.close();
    while ((await tv.next()).type !== "peer_away");
    const again = await Client.connect(at(0).url);
    expect(await again.ask({ type: "join", clientId: "ann", room })).toMatchObject({ type: "joined", private: "spy" });
    const late = await Client.connect(at(1).url);
    const shown = await late.ask({ type: "join", clientId: "late", room });
    expect(JSON.stringify(shown)).not.toContain("spy");
    expect(shown).toMatchObject({ peers: [{}, {}, { clientId: "bob", player: 7 }, {}] });
    tv.send({ type: "set_private", clientId: "late", data: "cook" });
    expect((await late.upToFence()).find(({ type }) => type === "private")).toMatchObject({
      clientId: "late",
      data: "cook",
    });
  });
});
