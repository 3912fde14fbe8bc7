// Slow readers: closed with a code, never skipped. A raw client stops reading; the kernel hides up to some megabytes, so the
// host sends more than that.
import { describe, expect, spyOn, test } from "bun:test";
import { Liveness } from "../../src/doors/liveness.ts";
import { Client } from "../support/client.ts";
import type { ManualClock } from "../support/clock.ts";
import { RawClient } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { linesAre, only, openRoom, type Party, stages } from "../support/stage.ts";

const stage = stages();

const FAST = {
  ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
  ROOM_OUT_BYTES_PER_SECOND: "1000000000",
};
const FILLER = "x".repeat(60_000);
/** Past what the kernel hides and past the soft limit, yet under the hard one. */
const MESSAGES = 200;

interface Sleeper extends Party {
  readonly sleeper: RawClient;
}

/** A room whose member "sleeper" reads nothing any more. */
async function withSleeper(server: TestServer): Promise<Sleeper> {
  const party = await openRoom(server.url, 1);
  const sleeper = await RawClient.connect(server.url);
  sleeper.send(JSON.stringify({ type: "join", clientId: "sleeper", room: party.code }));
  await sleeper.next();
  await party.host.next();
  await only(party.guests).next();
  sleeper.socket.pause();
  return { ...party, sleeper };
}

/** The host says so much; the server has handed it all out when this ends. To the sleeper alone, lest a busy machine make others slow. */
async function speak(host: Client, count: number, to: string | null = "sleeper"): Promise<void> {
  for (let n = 0; n < count; n++) host.send({ type: "send", to, data: { n, FILLER } });
  await host.upToFence();
}

function sweep(clock: ManualClock): void {
  clock.advance(1_100);
}

describe("slow readers", () => {
  test("[L6] one that leaves too much unread is closed with 4102; the others hear everything", async () => {
    const { server, clock } = stage(FAST);
    const { host, guests, sleeper } = await withSleeper(server);
    await speak(host, MESSAGES, null);
    for (let n = 0; n < MESSAGES; n++) expect((await only(guests).next()).data).toEqual({ n, FILLER });
    sweep(clock);
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "sleeper", reason: "lost" });
    expect(await only(guests).next()).toEqual({ type: "peer_left", clientId: "sleeper", reason: "lost" });
    expect(await server.metric('partyline_closes_total{code="4102"}')).toBe(1);
    sleeper.destroy();
  }, 60_000);

  test("[L6][L23][C9] one who watches is closed with 4102 as well, looked at as soon as the room was told much; others hear everything", async () => {
    const { server, clock } = stage(FAST);
    const host = await Client.connect(server.url);
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 2, audience: 10 });
    const join = (clientId: string) => ({ type: "join", room, clientId, as: "audience" });
    const reader = await Client.connect(server.url);
    await reader.ask(join("reader"));
    const sleeper = await RawClient.connect(server.url);
    sleeper.send(JSON.stringify(join("sleeper")));
    await sleeper.next();
    sleeper.socket.pause();
    for (let n = 0; n < MESSAGES; n++) {
      host.send({ type: "send", to: "audience", data: { n, FILLER } });
      expect((await reader.next()).data).toEqual({ n, FILLER });
    }
    clock.advance(0);
    expect(await server.metric('partyline_closes_total{code="4102"}')).toBe(1);
    expect(await server.metric("partyline_audience")).toBe(1);
    sleeper.destroy();
  }, 60_000);

  test("[R20] when it wakes up it gets all that was written, a bye, and then the code", async () => {
    const { server, clock } = stage(FAST);
    const { host, sleeper } = await withSleeper(server);
    await speak(host, MESSAGES);
    sweep(clock);
    expect((await host.next()).type).toBe("peer_left");
    sleeper.socket.resume();
    for (let n = 0; n < MESSAGES; n++) expect(((await sleeper.next()).data as { n: number }).n).toBe(n);
    expect(await sleeper.next()).toMatchObject({ type: "bye", code: 4102, reason: "too slow a reader", retry: true });
    expect(await sleeper.closeCode()).toBe(4102);
    expect(await server.metric("partyline_dropped_total")).toBe(0);
  });

  test("[L6] one that wakes up in time loses nothing and stays", async () => {
    const { server, clock } = stage(FAST);
    const { host, sleeper } = await withSleeper(server);
    await speak(host, MESSAGES);
    sleeper.socket.resume();
    for (let n = 0; n < MESSAGES; n++) expect(((await sleeper.next()).data as { n: number }).n).toBe(n);
    sweep(clock);
    sleeper.send('{"type":"send","data":"awake"}');
    expect(await host.next()).toEqual({ type: "message", from: "sleeper", data: "awake" });
  });

  test("[L6] within one turn the hard limit holds: the line ends, and nobody else's does", async () => {
    const { server } = stage(FAST);
    const { host, guests, sleeper } = await withSleeper(server);
    await speak(host, 500).catch(() => {});
    let left = await only(guests).next();
    while (left.type !== "peer_left") left = await only(guests).next();
    expect(left).toEqual({ type: "peer_left", clientId: "sleeper", reason: "lost" });
    only(guests).send({ type: "send", data: "still here" });
    let frame = await host.next();
    while (frame.type !== "message") frame = await host.next();
    expect(frame).toMatchObject({ from: "guest-1", data: "still here" });
    sleeper.destroy();
  });

  test("[L6] a large answer is told to the sweep with its bytes, so that it is not held against its reader; a small one is not", async () => {
    const answered = spyOn(Liveness.prototype, "answered");
    try {
      const { server } = stage({ MAX_UNSENT_BYTES: "80000" });
      const party = await openRoom(server.url, 1);
      await party.host.ask({ type: "set_state", data: "x".repeat(15_000), id: 1 });
      const small = await Client.connect(server.url);
      await small.ask({ type: "join", clientId: "small", room: party.code });
      expect(answered).toHaveBeenCalledTimes(0);
      await only(party.guests).ask({ type: "set_player", data: "é".repeat(2_000), id: 1 });
      await small.ask({ type: "set_player", data: "x".repeat(4_000), id: 1 });
      const large = await Client.connect(server.url);
      large.send({ type: "join", clientId: "large", room: party.code });
      const bytes = Buffer.byteLength(await large.nextText());
      expect(answered.mock.calls.map(([, told]) => told)).toEqual([bytes]);
    } finally {
      answered.mockRestore();
    }
  });

  test("[L6] its place in the count of its address is kept until its socket is surely gone", async () => {
    const { server, clock } = stage({ ...FAST, MAX_LINES_PER_ADDRESS: "3" });
    const { host, guests, sleeper } = await withSleeper(server);
    await speak(host, MESSAGES);
    sweep(clock);
    expect((await host.next()).type).toBe("peer_left");
    await linesAre(server, 2);
    await expect(Client.connect(server.url)).rejects.toThrow();
    await only(guests).close();
    await linesAre(server, 1);
    const third = await Client.connect(server.url);
    await expect(Client.connect(server.url)).rejects.toThrow();
    await Promise.all([host.close(), third.close()]);
    await linesAre(server, 0);
    clock.advance(118_000);
    await Promise.all([1, 2].map(() => Client.connect(server.url)));
    await expect(Client.connect(server.url)).rejects.toThrow();
    clock.advance(2_000);
    await Client.connect(server.url);
    sleeper.destroy();
  });

  test("[L6] so it is with whichever code it was closed: what it left unread is still held", async () => {
    const { server } = stage({ ...FAST, MAX_LINES_PER_ADDRESS: "3" });
    const { host, sleeper } = await withSleeper(server);
    await speak(host, MESSAGES);
    host.send({ type: "close_room" });
    expect((await host.closed).code).toBe(4001);
    await linesAre(server, 0);
    await Promise.all([1, 2].map(() => Client.connect(server.url)));
    await expect(Client.connect(server.url)).rejects.toThrow();
    sleeper.destroy();
  });
});

describe("[L23] a room that has been told much", () => {
  test("is looked at before the next sweep: who leaves too much unread is closed with 4102, and Bun closes nobody", async () => {
    const { server, clock } = stage({ ...FAST });
    const { host, sleeper } = await withSleeper(server);
    // More than Bun would keep for one line, and no beat in between: the clock stands still, save for what is due at once.
    for (let n = 0; n < 12; n++) {
      await speak(host, 30);
      clock.advance(0);
    }
    expect(await server.metric('partyline_closes_total{code="4102"}')).toBe(1);
    expect(await server.metric("partyline_dropped_total")).toBe(0);
    sleeper.destroy();
  }, 60_000);
});

test("[L23] what lines leave unread is told to the operator, and who is closed for its neighbours' sake is counted", async () => {
  const settings = { MAX_UNSENT_BYTES: "8388608", MAX_UNSENT_PER_ADDRESS_MIB: "1" };
  const { server, clock } = stage({ ...FAST, ...settings });
  const { host, sleeper } = await withSleeper(server);
  while ((await server.metric("partyline_unsent_bytes")) === 0) {
    await speak(host, 10);
    clock.advance(1_000);
  }
  while ((await server.metric('partyline_limited_total{bucket="unread"}')) === 0) {
    await speak(host, 10);
    clock.advance(1_000);
  }
  expect(await server.metric('partyline_closes_total{code="4102"}')).toBe(1);
  sleeper.destroy();
}, 60_000);
