// What a room keeps, whose role it is, and the session in it: as the client shows them, and as the server would show them to who joins now.
import { describe, expect, test } from "bun:test";
import type { Room } from "../../clients/js/src/index.ts";
import { holds, notes, parties } from "./stage.ts";

const party = parties();

test("state and own data are kept, told to the others, and known to who sets them as soon as it is told", async () => {
  const { host, phone } = await party();
  const tv = await host({ state: { round: 0 }, plays: true });
  const ann = await phone(tv.code);
  expect([tv.state, ann.state]).toEqual([{ round: 0 }, { round: 0 }]);
  const heard = notes(ann, "state", "data");
  const own = notes(tv, "state");
  const set = tv.setState({ round: 1 }).then(() => tv.state);
  await ann.setData("red");
  expect([await set, own, ann.me.data]).toEqual([{ round: 1 }, [], "red"]);
  await holds(() => tv.members.get(ann.me.id)?.data === "red");
  await tv.setState(null);
  await holds(() => ann.state === null);
  await tv.setData(1);
  await holds(() => heard.length === 3);
  expect(heard).toEqual([
    ["state", { round: 1 }],
    ["state", null],
    ["data", tv.me.id, 1],
  ]);
});

test("what the host sets while away is kept for the line, and of two the later stands", async () => {
  const { valve, server, host, phone } = await party();
  const tv = await host({ url: valve.url });
  const ann = await phone(tv.code, { url: server.url });
  valve.refuses = true;
  valve.cut();
  await holds(() => tv.status === "away");
  expect(tv.isHost).toBe(true);
  const both = Promise.all([tv.setState(1), tv.setState(2)]);
  valve.refuses = false;
  await both;
  expect(tv.state).toBe(2);
  await holds(() => ann.state === 2);
});

test("lock, kick and handing over the role", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const [ann, bob] = [await phone(tv.code), await phone(tv.code, { name: "Bob" })];
  const heard = notes(ann, "locked", "host", "left");
  await tv.lock();
  expect([tv.locked, tv.isHost, tv.host]).toEqual([true, true, tv.me]);
  await tv.lock(false);
  await tv.kick(bob.me.id, { ban: false });
  await tv.makeHost(ann.me);
  await holds(() => ann.isHost && !tv.isHost);
  expect(ann.me.isHost).toBe(true);
  expect(tv.host?.id).toBe(ann.me.id);
  await holds(() => heard.length === 4);
  expect(heard).toEqual([
    ["locked", true],
    ["locked", false],
    ["left", bob.me.id, "kicked"],
    ["host", ann.me.id],
  ]);
});

describe("a session", () => {
  /** As who joins now is told it. */
  async function asTold(phone: (room: string) => Promise<Room>, code: string): Promise<Room["night"]> {
    const late = await phone(code);
    await late.leave();
    return late.night;
  }

  test("is shown at each step as who joins then is told it", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const told: string[] = [];
    ann.on("session", ({ type }) => told.push(type));
    const steps: (() => Promise<unknown>)[] = [
      () => tv.session.start({ notes: "friday" }),
      () => tv.session.addGame({ title: "Quiz", max_players: 8 }),
      () => tv.session.lobby("Countdown"),
      () => ann.vote("up"),
      () => tv.session.startGame(),
      () => tv.session.endGame(),
      () => tv.session.addGame({ title: "Drawing" }),
      () => tv.session.startGame(),
      () => tv.session.addGame({ title: "Songs" }),
      () => tv.session.end(),
    ];
    for (const [at, step] of steps.entries()) {
      await step();
      const now = await asTold((code) => phone(code, { name: `late ${at}` }), tv.code);
      await tv.send("fence");
      await ann.next("message", { timeoutMs: 5_000 }).catch(() => {});
      for (const { night } of [tv, ann]) expect({ at, night }).toEqual({ at, night: now });
    }
    expect(told).toContain("session.started");
    expect(told).toContain("vote.received");
    expect(told.at(-1)).toBe("session.ended");
    expect(tv.night).toBeNull();
  }, 30_000);
});
