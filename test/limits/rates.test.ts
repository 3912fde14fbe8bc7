// Too fast a sender: its reads are paused and nothing else happens, until it has flooded for ten seconds. The clock stands
// still unless the test moves it, so a bucket fills exactly as far as the test says.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import {
  numbered,
  numbersOf,
  only,
  openRoom,
  range,
  reaches,
  stages,
  take,
  takeOverTime,
  turn,
} from "../support/stage.ts";

const stage = stages();

/** The burst of a member: two seconds of MESSAGES_PER_SECOND. */
const BURST = 120;

describe("pausing", () => {
  test("[L4] a burst of two seconds is free, and pauses nobody", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url);
    // Its join took one of the 120.
    numbered(only(guests), 0, 119);
    expect(numbersOf(await take(host, 119))).toEqual(range(0, 119));
    expect(await server.metric("partyline_pauses_total")).toBe(0);
  });

  test("[L4] what comes past the burst waits, then arrives whole and in order", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    numbered(only(guests), 0, 300);
    await reaches(server, "partyline_pauses_total", 1);
    expect(numbersOf(await host.upToFence())).toEqual(range(0, 119));
    clock.advance(1_000);
    const second = numbersOf(await host.upToFence());
    expect(second.length).toBeGreaterThanOrEqual(59);
    expect(second.length).toBeLessThanOrEqual(61);
    const rest = numbersOf(await takeOverTime(host, 181 - second.length, clock));
    expect([...second, ...rest]).toEqual(range(119, 300));
    expect(await host.upToFence()).toEqual([]);
  });

  test("[L4] no error is told, and a paused line's own answers come in their place", async () => {
    const { server, clock } = stage();
    const { guests, host } = await openRoom(server.url);
    const guest = only(guests);
    numbered(guest, 0, 150);
    guest.send({ type: "send", data: 150, id: "last" });
    await takeOverTime(host, 151, clock);
    expect(await guest.upToFence()).toEqual([{ type: "ack", id: "last", delivered: 1 }]);
  });

  test("[L4] one paused member slows down nobody else", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url, 2);
    const [flooder, other] = guests as [Client, Client];
    numbered(flooder, 0, 500);
    await reaches(server, "partyline_pauses_total", 1);
    await host.upToFence();
    other.send({ type: "send", data: "still here" });
    expect(await host.next()).toEqual({ type: "message", from: "guest-2", data: "still here" });
  });

  test("[L4] the host has a wider rate", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    const guest = only(guests);
    clock.advance(2_000);
    numbered(host, 0, 480);
    expect(numbersOf(await take(guest, 480))).toEqual(range(0, 480));
    expect(await server.metric("partyline_pauses_total")).toBe(0);
    numbered(guest, 0, 480);
    await reaches(server, "partyline_pauses_total", 1);
  });

  test("[L4] bytes have a bucket of their own", async () => {
    const { server, clock } = stage({ BYTES_PER_SECOND: "5000", MAX_FRAME_BYTES: "4000" });
    const { host, guests } = await openRoom(server.url);
    const filler = "x".repeat(1_000);
    for (const n of range(0, 20)) only(guests).send({ type: "send", data: n, filler });
    await reaches(server, "partyline_pauses_total", 1);
    const free = numbersOf(await host.upToFence());
    expect(free).toEqual(range(0, free.length));
    expect(free.length).toBe(9);
    expect(numbersOf(await takeOverTime(host, 11, clock))).toEqual(range(9, 20));
  });

  test("[L4] bytes that were not used do not pile up past the burst", async () => {
    const { server, clock } = stage({ BYTES_PER_SECOND: "5000", MAX_FRAME_BYTES: "4000" });
    const { host, guests } = await openRoom(server.url);
    clock.advance(8_000);
    const filler = "x".repeat(1_000);
    for (const n of range(0, 20)) only(guests).send({ type: "send", data: n, filler });
    await reaches(server, "partyline_pauses_total", 1);
    expect(numbersOf(await host.upToFence())).toEqual(range(0, 9));
  });

  test("[L4] the host has four times the bytes", async () => {
    const { server, clock } = stage({ BYTES_PER_SECOND: "5000", MAX_FRAME_BYTES: "4000" });
    const { host, guests } = await openRoom(server.url);
    clock.advance(8_000);
    const filler = "x".repeat(970);
    for (const n of range(0, 60)) host.send({ type: "send", data: n, filler });
    await reaches(server, "partyline_pauses_total", 1);
    const heard = numbersOf(await only(guests).upToFence());
    expect(heard).toEqual(range(0, 39));
  });

  test("[L4] who is no host any more has a member's burst, whatever it had left", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    clock.advance(2_000);
    expect((await host.ask({ type: "leave" })).type).toBe("left");
    const { room } = await (await Client.connect(server.url)).ask({ type: "create", clientId: "tv", maxClients: 4 });
    expect(room).not.toBe(code);
    expect((await host.ask({ type: "join", clientId: "was-host", room })).type).toBe("joined");
    clock.advance(100);
    for (const n of range(0, 200)) host.send({ type: "ping", id: n });
    await reaches(server, "partyline_pauses_total", 1);
    expect(await server.metric("partyline_messages_out_total")).toBeLessThan(BURST + 10);
  });

  test("[L4] a frame as large as any may be still passes, later", async () => {
    const { server, clock } = stage({ BYTES_PER_SECOND: "2000", MAX_FRAME_BYTES: "4000" });
    const { host, guests } = await openRoom(server.url);
    const data = "x".repeat(4_000 - '{"type":"send","data":""}'.length);
    only(guests).send({ type: "send", data });
    await reaches(server, "partyline_pauses_total", 1);
    expect(await host.upToFence()).toEqual([]);
    clock.advance(2_000);
    expect(await host.next()).toMatchObject({ type: "message", data });
  });

  test("[R21] a paused line that closes is heard to the end, then leaves", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    numbered(only(guests), 0, 200);
    await reaches(server, "partyline_pauses_total", 1);
    void only(guests).close();
    const frames = await takeOverTime(host, 201, clock);
    expect(numbersOf(frames)).toEqual(range(0, 200));
    expect(frames.at(-1)).toEqual({ type: "peer_left", clientId: "guest-1", reason: "lost" });
  });

  test("[R21] a `leave` behind a flood still counts as one", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    numbered(only(guests), 0, 130);
    only(guests).send({ type: "leave" });
    await reaches(server, "partyline_pauses_total", 1);
    void only(guests).close();
    const frames = await takeOverTime(host, 131, clock);
    expect(numbersOf(frames)).toEqual(range(0, 130));
    expect(frames.at(-1)).toEqual({ type: "peer_left", clientId: "guest-1", reason: "left" });
  });
});

describe("last words", () => {
  test("[R21] rooms opened and joined right before the end leave no ghost, not even past the burst", async () => {
    const { server } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const line = await RawClient.connect(server.url);
    const words: object[] = [{ type: "create", clientId: "a", maxClients: 3, tick: true }];
    for (const n of range(0, 122)) words.push({ type: "send", to: "a", data: n });
    words.push({ type: "leave" }, { type: "create", clientId: "b", maxClients: 3, tick: true });
    words.push({ type: "send", to: "b", data: 1 }, { type: "leave" });
    words.push({ type: "join", clientId: "c", room: code, tick: true }, { type: "send", data: "adieu" });
    // One write: the server meets all of it, the close included, in one read.
    line.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), frame("", OPCODE.close)]));
    expect((await host.next()).type).toBe("peer_joined");
    expect(await host.next()).toEqual({ type: "message", from: "c", data: "adieu" });
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "c", reason: "lost" });
    const figures = ["lines", "rooms", "seats", "faults_total"].map((name) => server.metric(`partyline_${name}`));
    expect(await Promise.all(figures)).toEqual([1, 1, 1, 0]);
  });

  test("[R21] beyond one burst the rest of a flood is dropped, and counted", async () => {
    const { server } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const line = await RawClient.connect(server.url);
    line.send(JSON.stringify({ type: "join", clientId: "flood", room: code }));
    await line.next();
    await host.next();
    const flood = range(0, 400).map((n) => frame(JSON.stringify({ type: "send", data: n })));
    line.write(Buffer.concat([...flood, frame("", OPCODE.close)]));
    // Its bucket had 119, and 120 more are one burst.
    expect(numbersOf(await take(host, 239))).toEqual(range(0, 239));
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "flood", reason: "lost" });
    expect(await server.metric("partyline_abandoned_total")).toBe(161);
  });
});

describe("flooding", () => {
  test("[L5] 10 s without a break close the line with 4101, and a bye before", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    const flooder = only(guests);
    numbered(flooder, 0, 2_000);
    await reaches(server, "partyline_pauses_total", 1);
    const heard: number[] = numbersOf(await host.upToFence());
    for (let second = 1; second <= 9; second++) {
      clock.advance(1_000);
      heard.push(...numbersOf(await host.upToFence()));
    }
    expect(await server.metric("partyline_lines")).toBe(2);
    clock.advance(2_000);
    expect(await flooder.next()).toMatchObject({ type: "bye", code: 4101, retry: true });
    expect(await flooder.closed).toEqual({ code: 4101, reason: "too fast" });
    const last = await host.upToFence();
    heard.push(...numbersOf(last));
    expect(heard).toEqual(range(0, heard.length));
    expect(last.at(-1)).toEqual({ type: "peer_left", clientId: "guest-1", reason: "lost" });
  });

  test("[L5] floods with a break of a second between them go on for as long as they like", async () => {
    const { server, clock } = stage();
    const { host, guests } = await openRoom(server.url);
    const flooder = only(guests);
    for (let round = 0; round < 8; round++) {
      numbered(flooder, round * 200, (round + 1) * 200);
      await reaches(server, "partyline_pauses_total", round + 1);
      const heard: number[] = [];
      while (heard.length < 200) {
        heard.push(...numbersOf(await host.upToFence()));
        clock.advance(500);
      }
      expect(heard).toEqual(range(round * 200, (round + 1) * 200));
      clock.advance(3_000);
      await turn(server);
    }
    flooder.send({ type: "send", data: "well" });
    expect(await host.next()).toMatchObject({ data: "well" });
  });
});

describe("limits lifted", () => {
  test("[L16] LIMITS=off pauses nobody; sizes and depth stay", async () => {
    const { server } = stage({ LIMITS: "off" });
    const { host, guests } = await openRoom(server.url);
    const guest = only(guests);
    numbered(guest, 0, 2_000);
    expect(numbersOf(await take(host, 2_000))).toEqual(range(0, 2_000));
    expect(await server.metric("partyline_pauses_total")).toBe(0);
    expect(await guest.ask(`{"type":"send","data":${"[".repeat(33)}${"]".repeat(33)}}`)).toMatchObject({
      code: "too_deep",
    });
    guest.send({ type: "send", data: "x".repeat(70_000) });
    expect((await guest.closed).code).toBe(1009);
  });
});
