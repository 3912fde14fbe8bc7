// The client's promises about messages and requests, through a valve that cuts: each once and in order, or its sender is told.
import { describe, expect, test } from "bun:test";
import { range } from "../support/stage.ts";
import { holds, outcome, parties } from "./stage.ts";

const party = parties();

describe("a member whose line is cut", () => {
  test("says and hears each thing once and in order, whatever was on its way", async () => {
    const { valve, host, phone } = await party();
    const tv = await host({ history: 512 });
    const ann = await phone(tv.code);
    const [toTv, toAnn]: [unknown[], unknown[]] = [[], []];
    tv.on("message", (data) => toTv.push(data));
    ann.on("message", (data) => toAnn.push(data));
    const sent: Promise<unknown>[] = [];
    const missed: unknown[] = [];
    ann.on("message", (data, _, meta) => meta.missed && missed.push(data));
    for (const round of range(0, 12)) {
      for (const n of range(0, 10)) {
        sent.push(ann.send(round * 10 + n), tv.send(round * 10 + n));
        // The cut falls between two of them, or with answers on their way.
        if (n === round % 10) valve.cut(round % 2 === 0 ? "reset" : "end");
        if (n === 9 - (round % 10)) valve.stall("down");
      }
      valve.cut();
      await holds(() => ann.status === "away");
      await holds(() => ann.status === "here");
    }
    await Promise.all(sent);
    await holds(() => toAnn.length >= 120 && toTv.length >= 120);
    expect(toTv).toEqual(range(0, 120));
    expect(toAnn).toEqual(range(0, 120));
    expect(missed.length).toBeGreaterThan(0);
  }, 60_000);

  test("whose answer was lost knows that it happened, and what never arrived is said again", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const heard: unknown[] = [];
    tv.on("message", (data) => heard.push(data));
    valve.stall("down");
    const first = ann.send("its answer is lost");
    await holds(() => heard.length === 1);
    valve.stall("up");
    const second = ann.send("it is lost itself");
    const third = ann.setData({ colour: "red" });
    valve.cut();
    expect(await first).toEqual({});
    expect(await second).toMatchObject({ delivered: 1, seq: expect.any(Number) });
    await third;
    expect(ann.me.data).toEqual({ colour: "red" });
    expect(heard).toEqual(["its answer is lost", "it is lost itself"]);
  });

  test("keeps 64 requests while away, or 64 KiB, and says no to what is more; they are said in order", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const heard: unknown[] = [];
    tv.on("message", (data) => heard.push(data));
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    const sent = range(0, 64).map((n) => ann.send(n));
    expect(await outcome(ann.send("one too many"))).toBe("queue_full");
    valve.refuses = false;
    await Promise.all(sent);
    expect(heard).toEqual(range(0, 64));
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    const large = ann.send("x".repeat(40_000));
    expect(await outcome(ann.send("y".repeat(40_000)))).toBe("queue_full");
    const small = ann.send("small");
    valve.refuses = false;
    await Promise.all([large, small]);
    await holds(() => heard.length === 66);
    expect(heard.at(-1)).toBe("small");
  }, 30_000);

  test("casts nothing while away, and counts that", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const heard: unknown[] = [];
    tv.on("message", (data) => heard.push(data));
    expect(ann.cast(1)).toBe(true);
    await holds(() => heard.length === 1);
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    expect(ann.cast(2)).toBe(false);
    valve.refuses = false;
    await holds(() => ann.status === "here");
    expect(ann.cast(3, tv.me)).toBe(true);
    // A cast to nobody is no error: it was worth nothing anyway.
    expect(ann.cast(4, "nobody")).toBe(true);
    await ann.send("fence");
    await holds(() => heard.includes("fence"));
    expect(heard).toEqual([1, 3, "fence"]);
    expect(ann.casts).toEqual({ sent: 3, dropped: 1 });
  });

  test("is told of a request that took too long, which is not taken back", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    const message = tv.next("message");
    valve.stall("down");
    expect(await outcome(ann.send("late", { ackMs: 50 }))).toBe("timeout");
    expect((await message)[0]).toBe("late");
    valve.pass();
    await ann.send("after it");
  });
});

test("a request that ends every line it is said on is given up after five, and the others go on", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const ann = await phone(tv.code);
  const heard: unknown[] = [];
  tv.on("message", (data) => heard.push(data));
  const large = ann.send("x".repeat(70_000)).catch((error) => error);
  const behind = ann.send("behind it");
  expect(await large).toMatchObject({ code: "unknown", request: "send" });
  await behind;
  expect(heard).toEqual(["behind it"]);
}, 20_000);

test("a request is refused with the server's own no, and what came of it", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const [ann, bob] = [await phone(tv.code), await phone(tv.code)];
  await expect(ann.lock()).rejects.toMatchObject({ code: "not_host", request: "lock", retry: false });
  await expect(ann.send(1, { to: [bob.me, "gone"] })).rejects.toMatchObject({
    code: "target_not_found",
    missing: ["gone"],
  });
  expect(await ann.send(2, { to: [bob.me.id, tv.me] })).toMatchObject({ delivered: 2 });
  expect(await outcome(tv.send(1n))).toBeInstanceOf(TypeError);
});

test("a listener that throws is reported, and the others hear", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const ann = await phone(tv.code);
  const reported: unknown[] = [];
  const original = globalThis.reportError;
  globalThis.reportError = (error) => void reported.push(error);
  try {
    const heard: unknown[] = [];
    const fault = new Error("a game's");
    tv.on("message", () => {
      throw fault;
    });
    tv.on("message", (data) => heard.push(data));
    await ann.send("hello");
    await holds(() => heard.length === 1);
    expect(reported).toEqual([fault]);
  } finally {
    globalThis.reportError = original;
  }
});

test("what happens before a game can listen is told when it can", async () => {
  const { host, phone } = await party();
  const tv = await host();
  tv.on("joined", (member) => void tv.send("welcome", { to: member }));
  const ann = await phone(tv.code);
  const told: string[] = [];
  ann.on("status", (status) => told.push(status));
  ann.on("fresh", () => told.push("fresh"));
  ann.on("message", (data) => told.push(`${data}`));
  await holds(() => told.length === 3);
  expect(told).toEqual(["here", "fresh", "welcome"]);
});
