// A node asks the others for the rooms of its sessions: what it does for each answer, and when it gives up.
import { expect, test } from "bun:test";
import type { Frame } from "../../src/cluster/ports.ts";
import { Wanted } from "../../src/cluster/wanted.ts";
import type { Place } from "../../src/doors/elsewhere.ts";
import type { Room } from "../../src/rooms/room.ts";
import { ManualClock } from "../support/clock.ts";

const WISH = { code: "CODE", id: "this one" };
const WANTED_MS = 10_000;

/** @param places what is answered to each look, the last one for ever */
function node(places: Place[]) {
  const clock = new ManualClock();
  const here = new Map<string, Room>();
  const said: [to: string, Frame][] = [];
  const moved: string[] = [];
  const state = { isReachable: true };
  let looks = 0;
  const wanted = new Wanted({
    ...{ node: "keeper", clock, rooms: { at: (code) => here.get(code) ?? null } },
    carrier: {
      say(to, frame) {
        if (state.isReachable) said.push([to, frame]);
        return state.isReachable;
      },
      isFull: () => false,
      isJammed: () => false,
      nodes: () => [],
    },
    moves: {
      async move(room, to) {
        moved.push(`${room.code} to ${to}`);
        return true;
      },
    },
    find: async () => places[Math.min(looks++, places.length - 1)] ?? "unknown",
  });
  /** Lets so much time pass, and all that it sets off. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      await new Promise(setImmediate);
      clock.advance(50);
    }
    await new Promise(setImmediate);
  };
  const answer = (from: string, text: string) => wanted.heard(from, { op: "wanted", line: 0, arg: "CODE", text });
  const room = (id: string) => ({ code: "CODE", id }) as Room;
  const begin = () => {
    const asked = { isDone: false };
    void wanted.get([WISH]).then(() => (asked.isDone = true));
    return asked;
  };
  return { wanted, clock, here, said, moved, state, pass, answer, room, begin, looks: () => looks };
}

const OTHER: Place = { node: "other" };

test("[N11] a room that has come is asked for no more", async () => {
  const { said, here, pass, answer, room, begin } = node(["ownerless", "unknown", OTHER]);
  const asked = begin();
  await pass(1_000);
  expect(said).toEqual([["other", { op: "wantRoom", line: 0, arg: "CODE", text: "this one" }]]);
  expect(asked.isDone).toBe(false);
  here.set("CODE", room("this one"));
  answer("other", "");
  await pass(50);
  expect(asked.isDone).toBe(true);
});

test("[N11] one that could not move yet is asked for again, and in the end given up", async () => {
  const { said, pass, answer, begin } = node([OTHER]);
  const asked = begin();
  await pass(50);
  answer("other", "");
  await pass(500);
  expect(said.length).toBe(2);
  await pass(2 * WANTED_MS);
  expect(asked.isDone).toBe(true);
});

test.each<[string, Place[]]>([
  ["nobody has", ["nowhere"]],
  ["is here by then", ["here"]],
])("[N11] a room that %s is not asked for", async (_, places) => {
  const { said, pass, begin } = node(places);
  const asked = begin();
  await pass(50);
  expect([asked.isDone, said]).toEqual([true, []]);
});

test("[N11] a room whose code another has by now is gone", async () => {
  const { said, pass, answer, begin } = node([OTHER]);
  const asked = begin();
  await pass(50);
  answer("other", "none");
  await pass(50);
  expect([asked.isDone, said.length]).toEqual([true, 1]);
});

test("[N11] a node that cannot be spoken to, or is lost, holds up nothing for ever", async () => {
  const { wanted, state, said, pass, begin } = node([OTHER]);
  state.isReachable = false;
  const asked = begin();
  await pass(500);
  state.isReachable = true;
  await pass(500);
  expect(said.length).toBe(1);
  wanted.broken("other");
  await pass(500);
  expect(said.length).toBe(2);
  await pass(2 * WANTED_MS);
  expect(asked.isDone).toBe(true);
});

test("[N11] whoever has that room moves it, and no other of that code; either is answered", async () => {
  const { wanted, here, said, moved, pass, room } = node([]);
  const ask = () => wanted.heard("keeper", { op: "wantRoom", line: 0, arg: "CODE", text: "this one" });
  here.set("CODE", room("another"));
  ask();
  await pass(50);
  here.set("CODE", room("this one"));
  ask();
  await pass(50);
  expect(moved).toEqual(["CODE to keeper"]);
  expect(said.map(([to, { op, text }]) => [to, op, text])).toEqual([
    ["keeper", "wanted", "none"],
    ["keeper", "wanted", ""],
  ]);
});

test("[N11] a room that is brought: there once it has come, or nowhere; not where nobody can say, or it cannot come in time", async () => {
  const soon = node([OTHER]);
  const brought = soon.wanted.bring("CODE");
  await soon.pass(50);
  soon.here.set("CODE", soon.room("whichever"));
  soon.answer("other", "");
  await soon.pass(300);
  expect(await brought).toBe(true);
  expect(await node(["nowhere"]).wanted.bring("CODE")).toBe(true);
  expect(await node(["unknown"]).wanted.bring("CODE")).toBe(false);
  const never = node(["ownerless"]);
  const gone = never.wanted.bring("CODE");
  await never.pass(4_000);
  expect(await gone).toBe(false);
});
