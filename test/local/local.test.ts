// What the local server does beside the party wire: lines that are cut, clients that sleep, and time that passes when a test says so.
import { expect, test } from "bun:test";
import { type LocalServer, localServer } from "../../clients/js/local.ts";
import { Client } from "../support/client.ts";

/** Until what was said a moment ago has come to its other end, and no further. */
const oneTurn = () => new Promise((resolve) => setImmediate(resolve));
const connect = (server: LocalServer) => Client.over(server.socket());

/** A room with its display and one phone that plays by all the rules, all news heard. */
async function stage(more: object = {}) {
  const server = localServer();
  const tv = await connect(server);
  const create = { type: "create", clientId: "tv", maxClients: 8, away: 60, history: 64, ...more };
  const { room } = await tv.ask(create);
  const code = String(room);
  const join = { type: "join", clientId: "ann", secret: "s", room: code, tick: "answer" };
  const phone = await connect(server);
  const joined = await phone.ask(join);
  await tv.next();
  const member = (id: string) => ({ code, me: { id } });
  return { server, code, tv, phone, join, joined, member, ann: member("ann") };
}

test("a line that is cut loses what is under way, both ways, and both ends learn of it", async () => {
  const { server, tv, phone, join, joined, ann } = await stage();
  tv.send({ type: "send", data: "under way" });
  await oneTurn();
  phone.send({ type: "send", data: "lost", id: 1 });
  tv.send({ type: "send", data: "after" });
  server.cut(ann);
  expect(await phone.closed).toEqual({ code: 1006, reason: "" });
  expect(await tv.upToFence()).toEqual([{ type: "peer_away", clientId: "ann", until: 10_000, seq: 3 }]);
  await expect(phone.next()).rejects.toThrow("closed");
  const again = await connect(server);
  expect(await again.ask({ ...join, since: joined.seq, epoch: joined.epoch })).toMatchObject({
    resumed: true,
    missed: [
      { type: "message", data: "under way", seq: 2 },
      { type: "message", data: "after", seq: 4 },
    ],
    done: null,
  });
});

test("[P16] what was carried out before the cut is known to be", async () => {
  const { server, tv, phone, join, ann } = await stage();
  phone.send({ type: "send", data: "said", id: "m1" });
  expect(await tv.next()).toMatchObject({ data: "said" });
  server.cut(ann);
  expect(await (await connect(server)).ask(join)).toMatchObject({ done: "m1" });
});

test("who is on no line can be neither cut nor put to sleep, and who is awake not woken", async () => {
  const { server, member, ann } = await stage();
  server.cut(ann);
  expect(() => server.cut(ann)).toThrow("ann is on no line");
  expect(() => server.sleep(ann)).toThrow("ann is on no line");
  expect(() => server.cut({ ...ann, code: "ZZZZ" })).toThrow("on no line to room ZZZZ");
  expect(() => server.wake(member("tv"))).toThrow("tv does not sleep");
});

test("[R23][R52] a seat waits until time passes, and no longer than the room says", async () => {
  const { server, tv, ann } = await stage();
  await server.clock.pass(5_000);
  server.cut(ann);
  expect(await tv.next()).toMatchObject({ type: "peer_away", until: 60_000 });
  await server.clock.pass(59_999);
  expect(await tv.upToFence()).toEqual([]);
  const before = server.clock.now();
  await server.clock.pass(1);
  expect(server.clock.now() - before).toBe(1);
  expect(await tv.next()).toMatchObject({ type: "peer_left", clientId: "ann", reason: "timeout" });
});

test("[L40] who sleeps hears nothing and is away after 25 s; when it wakes it hears all, and the end of its line", async () => {
  const { server, tv, phone, ann } = await stage();
  await server.clock.pass(5_000);
  phone.send({ type: "send", data: "falling asleep" });
  server.sleep(ann);
  phone.send({ type: "send", data: "from a dream" });
  tv.send({ type: "send", data: "wake up" });
  await server.clock.pass(24_999);
  expect(await tv.upToFence()).toEqual([]);
  await server.clock.pass(1);
  expect(await tv.next()).toMatchObject({ type: "peer_away", clientId: "ann", until: 60_000 });
  server.wake(ann);
  // Time passes at once: what is under way comes after it.
  expect(await phone.next()).toEqual({ type: "tick", t: expect.any(Number) });
  expect(await phone.next()).toMatchObject({ type: "message", data: "wake up" });
  expect(await phone.next()).toMatchObject({ type: "bye", code: 4104, retry: true });
  expect(await phone.closed).toEqual({ code: 4104, reason: "no sign of life" });
  expect(await tv.upToFence()).toEqual([]);
});

test("[L40] who wakes in time has lost nothing", async () => {
  const { server, tv, phone, ann } = await stage();
  server.sleep(ann);
  server.sleep(ann);
  phone.send({ type: "send", data: 1 });
  await server.clock.pass(20_000);
  phone.send({ type: "send", data: 2 });
  server.wake(ann);
  phone.send({ type: "send", data: 3 });
  await server.clock.pass(60_000);
  for (const data of [1, 2, 3]) expect(await tv.next()).toMatchObject({ type: "message", from: "ann", data });
  expect((await phone.ask({ type: "ping" })).type).toBe("tick");
});

test("[R16][L40] who sleeps in a room that keeps no seats is put out", async () => {
  const { server, tv, ann } = await stage({ away: 0 });
  server.sleep(ann);
  await server.clock.pass(25_000);
  expect(await tv.next()).toMatchObject({ type: "peer_left", clientId: "ann", reason: "timeout" });
});

test("a line that is cut in its sleep ends when its client wakes", async () => {
  const { server, tv, phone, ann } = await stage();
  server.sleep(ann);
  server.cut(ann);
  expect(await tv.next()).toMatchObject({ type: "peer_away" });
  tv.send({ type: "send", data: "not on this line" });
  await server.settled();
  server.wake(ann);
  expect(await phone.closed).toEqual({ code: 1006, reason: "" });
  await expect(phone.next()).rejects.toThrow("closed");
});

test("[L40] of a client that does not answer ticks its library says that it lives", async () => {
  const { server, tv, member } = await stage();
  server.sleep(member("tv"));
  await server.clock.pass(600_000);
  server.wake(member("tv"));
  expect(await tv.upToFence()).toEqual([]);
});

test("ticks come as time passes, for those who asked", async () => {
  const { server, tv, phone, join } = await stage();
  await phone.ask({ type: "leave" });
  await phone.ask(join);
  await tv.upToFence();
  await server.clock.pass(30_000);
  const start = server.clock.now() - 30_000;
  expect(await phone.upToFence()).toEqual([
    { type: "tick", t: start + 15_000 },
    { type: "tick", t: start + 30_000 },
  ]);
  expect(await tv.upToFence()).toEqual([]);
  await phone.ask({ type: "leave" });
  await phone.ask({ ...join, tick: false });
  await server.clock.pass(30_000);
  expect(await phone.upToFence()).toEqual([]);
});

test("[P2] bytes are taken as they were when they were sent", async () => {
  const { tv, phone } = await stage();
  const bytes = new TextEncoder().encode('{"type":"send","data":"é"}');
  phone.sendBytes(bytes);
  bytes.fill(0);
  expect(await tv.next()).toMatchObject({ data: "é" });
});

test("settled: what has not come by then was not sent", async () => {
  const { server, tv, phone } = await stage();
  const heard: string[] = [];
  const listen = async () => {
    for (;;) heard.push(await tv.nextText());
  };
  void listen().catch(() => {});
  for (let n = 0; n < 3; n++) phone.send({ type: "send", data: n });
  expect(heard).toEqual([]);
  await server.settled();
  expect(heard.length).toBe(3);
});

test("sessions are left out, and say so", async () => {
  const { tv, phone } = await stage();
  const no = { type: "error", code: "unknown_type", message: "Sessions are left out of the local server" };
  expect(await tv.ask({ type: "session.start", id: 1 })).toEqual({ ...no, request: "session.start", id: 1 });
  expect(await tv.ask({ type: "session.start", token: "t" })).toEqual({ ...no, request: "session.start" });
  expect(await phone.ask({ type: "vote", vote: "up" })).toMatchObject(no);
});

test("[L12] ten unreadable frames end a line", async () => {
  const client = await connect(localServer());
  for (let n = 0; n < 10; n++) expect(await client.ask("{")).toMatchObject({ code: "invalid_json" });
  expect((await client.next()).type).toBe("bye");
  expect((await client.closed).code).toBe(4004);
});

test("[L2] a frame that is too large ends it as well", async () => {
  const client = await connect(localServer());
  client.send("é".repeat(32 * 1024));
  expect(await client.ask({ type: "ping" })).toMatchObject({ code: "invalid_json" });
  expect((await client.next()).type).toBe("pong");
  client.send(`${"é".repeat(32 * 1024)}x`);
  expect((await client.closed).code).toBe(1009);
});

test("[R35] two pages that fight over a seat wait, and what they said comes behind", async () => {
  const { server, tv, phone, join } = await stage();
  const pages = [phone];
  for (let n = 0; n < 5; n++) {
    const page = await connect(server);
    expect(await page.ask(join)).toMatchObject({ type: "joined" });
    pages.push(page);
  }
  const last = await connect(server);
  last.send(join);
  last.send({ type: "send", data: "at last" });
  await server.settled();
  expect(await tv.upToFence()).toEqual([]);
  await server.clock.pass(10_000);
  expect(await last.next()).toMatchObject({ type: "joined" });
  expect(await tv.next()).toMatchObject({ data: "at last" });
  expect((await pages[5]?.closed)?.code).toBe(4000);
});

test("[R35] a seat that is free is not waited for any longer", async () => {
  const { server, phone, join, ann } = await stage();
  for (let n = 0; n < 5; n++) await (await connect(server)).ask(join);
  const last = await connect(server);
  last.send(join);
  await server.settled();
  server.cut(ann);
  expect(await last.next()).toMatchObject({ type: "joined" });
  expect((await phone.closed).code).toBe(4000);
});

test("[R42] what a room waits for comes with time: a host that is gone closes it", async () => {
  const { server, tv, phone, member } = await stage({ hostGone: "close", away: 600 });
  await server.clock.pass(5_000);
  server.cut(member("tv"));
  expect(await phone.next()).toMatchObject({ type: "peer_away", clientId: "tv" });
  await server.clock.pass(120_000);
  expect((await phone.closed).code).toBe(4001);
  expect((await tv.closed).code).toBe(1006);
});

test("[C20][C21] a timer goes with the time that passes", async () => {
  const { server, tv, phone } = await stage();
  const upToFence = async () => (await phone.upToFence()).filter(({ type }) => type !== "tick");
  tv.send({ type: "timer.set", timer: "round", seconds: 30 });
  const [timer] = await upToFence();
  expect(timer).toMatchObject({ type: "timer", timer: "round", leftMs: 30_000 });
  await server.clock.pass(29_999);
  expect(await upToFence()).toEqual([]);
  await server.clock.pass(1);
  await tv.upToFence();
  const { t } = await tv.ask({ type: "ping" });
  expect(t).toBe(timer?.endsAt);
  expect(await upToFence()).toMatchObject([{ type: "timer_done", timer: "round" }]);
});

test("a server knows nothing of another's rooms, and a socket that is not open takes nothing", async () => {
  const { code, join } = await stage();
  const other = await connect(localServer());
  expect(await other.ask({ ...join, room: code })).toMatchObject({ code: "room_not_found" });
  expect(() => localServer().socket().send("ping")).toThrow("not open yet");
  expect(await other.close(4999)).toEqual({ code: 4999, reason: "" });
  other.send("ping");
});
