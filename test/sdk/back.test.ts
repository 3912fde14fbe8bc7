// Coming back when nobody can tell all that was missed, with a seat that was kept over a reload, and to a server that goes or is full.
import { describe, expect, test } from "bun:test";
import { localSeats, memorySeats, probeRoom, type SocketLike } from "../../clients/js/src/index.ts";
import { page } from "./paper.ts";
import { holds, notes, outcome, parties } from "./stage.ts";

const party = parties();

describe("a member that cannot be told all it missed", () => {
  test("hears how the room differs from what it knew, then fresh, once; members stand in the order they joined", async () => {
    const { valve, host, phone } = await party();
    // Without history nothing that is missed can be told.
    const tv = await host({ history: 0, state: 1 });
    const ann = await phone(tv.code);
    const [bob, cid] = [await phone(tv.code, { name: "Bob" }), await phone(tv.code, { name: "Cid" })];
    await holds(() => ann.members.size === 4);
    const { me } = ann;
    const knownBob = ann.members.get(bob.me.id);
    const heard = notes(ann, "joined", "left", "away", "back", "data", "state", "host", "locked", "renamed", "fresh");
    valve.stall("down");
    await cid.leave();
    await tv.setState({ round: 2 });
    await tv.setData("tv");
    await tv.lock();
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away" && bob.status === "away");
    await tv.lock(false);
    valve.refuses = false;
    const dan = await host({ name: "ignored" }).then(() => phone(tv.code, { name: "Dan" }));
    await holds(() => ann.status === "here" && bob.status === "here" && heard.some(([type]) => type === "fresh"));
    await holds(() => ann.members.has(dan.me.id));
    const names = heard.map(([type, what]) => (type === "fresh" ? type : [type, what]));
    expect(names.filter((one) => one === "fresh")).toHaveLength(1);
    expect(names).toContainEqual(["left", cid.me.id]);
    expect(names).toContainEqual(["data", tv.me.id]);
    expect(heard).toContainEqual(["state", { round: 2 }]);
    expect([...ann.members.keys()]).toEqual([tv.me.id, ann.me.id, bob.me.id, dan.me.id]);
    expect(ann.state).toEqual({ round: 2 });
    expect(ann.me).toBe(me);
    expect(ann.members.get(bob.me.id)).toBe(knownBob as never);
    expect(ann.host?.id).toBe(tv.me.id);
  }, 30_000);

  test("and whoever gave its seat up and joined again is last", async () => {
    const { valve, host, phone } = await party();
    const tv = await host({ history: 0 });
    const seats = memorySeats();
    const bob = await host({ name: "x" }).then(() => phone(tv.code, { name: "Bob", seats }));
    const kept = seats.load(tv.code);
    const ann = await phone(tv.code);
    expect([...ann.members.keys()]).toEqual([tv.me.id, bob.me.id, ann.me.id]);
    valve.stall("down");
    await bob.leave();
    if (kept) seats.save(tv.code, kept);
    const cid = await phone(tv.code, { name: "Cid" });
    const again = await phone(tv.code, { seats });
    valve.cut();
    await holds(() => ann.members.size === 4);
    await holds(() => [...ann.members.keys()].at(-1) === again.me.id);
    expect([...ann.members.keys()]).toEqual([tv.me.id, ann.me.id, cid.me.id, again.me.id]);
  });

  test("one that resumes hears what it missed as it happened, and no fresh", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const ann = await phone(tv.code);
    await ann.next("fresh");
    const heard = notes(ann, "message", "joined", "left", "state", "fresh");
    valve.refuses = true;
    valve.cut();
    await holds(() => ann.status === "away");
    const bob = await host({ name: "x" }).then(async () => {
      valve.refuses = false;
      return phone(tv.code, { name: "Bob" });
    });
    await holds(() => ann.status === "here");
    await tv.setState("s");
    await bob.leave();
    await tv.send("fence", { to: ann.me });
    await holds(() => heard.some(([type]) => type === "message"));
    expect(heard.map(([type, what]) => [type, what])).toEqual([
      ["joined", bob.me.id],
      ["state", "s"],
      ["left", bob.me.id],
      ["message", "fence"],
    ]);
  });
});

describe("a page that is loaded again", () => {
  test("has its seat, the picture as it is now, and is told fresh; nothing of before", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const seats = memorySeats();
    const ann = await phone(tv.code, { seats });
    await tv.send("before");
    await tv.setState("now");
    const again = await phone(tv.code.toLowerCase(), { seats });
    const heard = notes(again, "message", "fresh");
    await again.next("fresh");
    expect(again.me.id).toBe(ann.me.id);
    expect(again.me.name).toBe("Ann");
    expect([again.state, heard]).toEqual(["now", [["fresh"]]]);
    // The page before it had asked for things, too: nothing is taken for done, or said twice.
    expect(await again.send("as before")).toMatchObject({ delivered: 1 });
  });

  test("may have the messages since it was left instead", async () => {
    const { valve, host, phone } = await party();
    const tv = await host();
    const seats = memorySeats();
    let isGone = false;
    const socket = (url: string) => {
      if (isGone) throw new Error("this page is gone");
      return new WebSocket(url) as SocketLike;
    };
    const ann = await phone(tv.code, { seats, socket });
    await tv.send("heard");
    await ann.next("message");
    // A page that goes is hidden first, and keeps how far it has heard.
    const window = page();
    window.set("hidden");
    window.undo();
    isGone = true;
    valve.cut();
    await holds(() => ann.status === "away");
    await tv.send("missed");
    await tv.setState("old");
    await tv.setState("new");
    const again = await phone(tv.code, { seats, reload: "messages" });
    const heard = notes(again, "message", "state", "fresh");
    expect((await again.next("message"))[2].missed).toBe(true);
    expect(again.state).toBe("new");
    await holds(() => heard.length === 2);
    expect(heard.map(([type, what]) => [type, what])).toEqual([
      ["message", "missed"],
      ["fresh", undefined],
    ]);
  });

  test("with another code under the same key is not taken to the room of before", async () => {
    const { host, phone } = await party();
    const [one, two] = [await host(), await host()];
    const seats = memorySeats();
    await phone(one.code, { seats, key: "2" });
    expect((await phone(two.code, { seats, key: "2" })).code).toBe(two.code);
  });

  test("finds its seat in the browser's storage, and goes on without where that throws", async () => {
    const { host, phone } = await party();
    const tv = await host();
    const kept = new Map<string, string>();
    let isFull = false;
    const localStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem(key: string, text: string) {
        if (isFull) throw new Error("full");
        kept.set(key, text);
      },
      removeItem: (key: string) => kept.delete(key),
    };
    const window = page();
    Object.assign(globalThis, { localStorage });
    try {
      const ann = await phone(tv.code);
      expect([...kept.keys()]).toEqual([`partyline:${tv.code}`]);
      expect((await phone(tv.code)).me.id).toBe(ann.me.id);
      expect((await phone(tv.code, { seats: localSeats("other:") })).me.id).not.toBe(ann.me.id);
      isFull = true;
      expect((await phone(tv.code, { key: "2" })).me.id).not.toBe(ann.me.id);
      kept.set(`partyline:${tv.code}3`, "{");
      expect((await phone(tv.code, { key: "3" })).status).toBe("here");
      // Storage that is not there at all.
      Reflect.deleteProperty(globalThis, "localStorage");
      expect((await phone(tv.code)).status).toBe("here");
    } finally {
      Reflect.deleteProperty(globalThis, "localStorage");
      window.undo();
    }
  });

  test("opens its room again, or a new one where that is over", async () => {
    const { host } = await party();
    const seats = memorySeats();
    const tv = await host({ seats });
    const again = await host({ seats });
    expect([again.code, again.me.id, again.isHost]).toEqual([tv.code, tv.me.id, true]);
    const kept = seats.load("host");
    await again.close();
    expect(seats.load("host")).toBeUndefined();
    if (kept) seats.save("host", kept);
    const next = await host({ seats, state: null });
    expect(next.code).not.toBe(tv.code);
    expect([next.isHost, next.state, next.me.name]).toEqual([true, undefined, "TV"]);
    expect(seats.load("host")).toMatchObject({ room: next.code });
  });
});

describe("a server that lets nobody in for now", () => {
  test("that is full is asked again until it is not", async () => {
    const { host } = await party({ MAX_ROOMS: "1" });
    const first = await host();
    const second = host();
    await first.next("latency", { timeoutMs: 1 }).catch(() => {});
    await first.leave();
    expect((await second).status).toBe("here");
  }, 30_000);

  test("that goes away says when to come back, and is asked again", async () => {
    const { server, host, phone } = await party({ DRAIN_SECONDS: "0" });
    const tv = await host();
    const ann = await phone(tv.code);
    const codes: unknown[] = [];
    ann.on("status", (status, { code }) => status === "away" && codes.push(code));
    void server.drain();
    await holds(() => codes.length > 0);
    expect(codes[0]).toBe(4200);
    expect(ann.status).toBe("away");
  });
});

test("probing a room joins nobody", async () => {
  const { server, host } = await party();
  const tv = await host({ maxClients: 3 });
  expect(await probeRoom(server.url, tv.code)).toMatchObject({ clients: 1, maxClients: 3, locked: false });
  expect(await probeRoom(server.http, "ZZZZ")).toBeNull();
  expect(await outcome(probeRoom("ws://127.0.0.1:1", "ZZZZ"))).toBe("unreachable");
});
