// The end of a room, for each reason there is: told exactly once, and nothing is left behind that could keep a process or a page awake.
import { describe, expect, test } from "bun:test";
import { createRoom, memorySeats, type Room } from "../../clients/js/src/index.ts";
import { holds, outcome, PATIENCE_MS, parties } from "./stage.ts";

const party = parties();

/** What a room tells of its end; resolves when no more can come. */
async function endOf(room: Room, how: () => unknown): Promise<unknown[]> {
  const told: unknown[] = [];
  room.on("over", (over) => told.push(over));
  room.on("status", (status) => status === "over" && told.push(status));
  await how();
  await holds(() => room.status === "over");
  // What a timer or a socket had ready has run by then.
  await new Promise(setImmediate);
  return told;
}

describe("it is over exactly once", () => {
  test("when its member leaves, and the others hear that", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const left = tv.next("left");
    expect(await endOf(ann, () => ann.leave())).toEqual(["over", { why: "left", reason: "left" }]);
    expect((await left)[1]).toBe("left");
    await ann.leave();
    expect(await outcome(ann.send(1))).toBe("over");
    expect(await outcome(ann.next("message"))).toBe("over");
    expect(ann.cast(1)).toBe(false);
  });

  test("when its member leaves while away: at once, and what waited is told so", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    const waits = outcome(ann.send("never"));
    const next = outcome(ann.next("message", { timeoutMs: 60_000 }));
    expect((await endOf(ann, () => ann.leave())).length).toBe(2);
    expect([await waits, await next]).toEqual(["over", "over"]);
    const { lines } = valve;
    valve.refuses = false;
    await tv.send("fence");
    expect(valve.lines).toBe(lines);
  });

  test("when it leaves and the line is lost before the answer: it does not come back", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    valve.stall("down");
    const told = await endOf(ann, async () => {
      const left = ann.leave();
      await tv.next("left", { timeoutMs: PATIENCE_MS });
      valve.cut();
      await left;
    });
    expect(told).toEqual(["over", { why: "left", reason: "left" }]);
    expect(valve.lines).toBe(1);
  });

  test("when the host closes the room, for both of them, and its words are told", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const ofHost = endOf(tv, () => tv.close("good night"));
    expect(await endOf(ann, () => {})).toEqual(["over", { why: "closed", code: 4001, reason: "good night" }]);
    expect(await ofHost).toEqual(["over", { why: "closed", code: 4001, reason: "good night" }]);
  });

  test("when the host puts it out, and it does not get in again", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const seats = memorySeats();
    const ann = await phone(tv.code, { seats });
    expect(seats.load(tv.code)).toMatchObject({ room: tv.code, name: "Ann" });
    expect(await endOf(ann, () => tv.kick(ann.me, { reason: "manners" }))).toEqual([
      "over",
      { why: "kicked", code: 4002, reason: "manners" },
    ]);
    expect(seats.load(tv.code)).toBeUndefined();
  });

  test("when another page takes its seat, which stays kept", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const seats = memorySeats();
    const ann = await phone(tv.code, { seats });
    let other: Room | undefined;
    const told = await endOf(ann, async () => {
      other = await phone(tv.code, { seats });
    });
    expect(told).toEqual(["over", { why: "replaced", code: 4000, reason: "replaced" }]);
    expect(other?.me.id).toBe(ann.me.id);
    expect(seats.load(tv.code)).toMatchObject({ clientId: ann.me.id });
    expect([...tv.members.keys()]).toEqual([tv.me.id, ann.me.id]);
  });

  test("when the room is gone by the time it comes back", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    await tv.close();
    valve.refuses = false;
    const told = await endOf(ann, () => {});
    expect(told.at(-1)).toEqual({ why: "gone", code: undefined, reason: "Room not found" });
    expect(told).toHaveLength(2);
  });

  test("when the server lets it in no more", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    await tv.kick(ann.me);
    valve.refuses = false;
    const told = await endOf(ann, () => {});
    expect(told.at(-1)).toEqual({ why: "refused", code: undefined, reason: "You are banned from this room" });
  });
});

describe("what the server says at once is what opening a room rejects with", () => {
  test("no such room, full, locked", async () => {
    const { host, phone } = await party();
    const tv = await host({ maxClients: 2 });
    expect(await outcome(phone("ZZZZ"))).toBe("room_not_found");
    await phone(tv.code);
    expect(await outcome(phone(tv.code))).toBe("room_full");
    await tv.lock();
    expect(await outcome(phone(tv.code))).toBe("room_locked");
    await expect(host({ maxClients: 0 })).rejects.toMatchObject({ code: "max_clients_invalid", request: "create" });
    expect(await outcome(createRoom({ url: "::", maxClients: 2 }))).toBe("ERR_INVALID_URL");
  });
});
