// Guessing room codes: only failures count, then one answer every two seconds. A parked join is shown by the server's clock:
// a `ping` behind it says when the line was read on.
import { describe, expect, test } from "bun:test";
import { Guesses } from "../../src/limits/guesses.ts";
import { Client, type Frame } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { linesAre, only, openRoom, reaches, type Stage, stages, take, turn } from "../support/stage.ts";

const stage = stages();

const WRONG = { type: "join", clientId: "mallory", room: "ZZZZ" };
const NOT_FOUND = { type: "error", message: "Room not found" };

/** A server whose address has just used up its ten wrong codes, and the line that did. */
async function throttled(env: Record<string, string> = {}): Promise<Stage & { guesser: Client }> {
  const { server, clock } = stage(env);
  const guesser = await Client.connect(server.url);
  for (let n = 0; n < 10; n++) expect(await guesser.ask(WRONG)).toMatchObject(NOT_FOUND);
  return { server, clock, guesser };
}

/** Sends a join and, behind it, a ping; the answer's `t` is when the line was read on. */
function joinAndPing(client: Client, frame: object): void {
  client.send(frame);
  client.send({ type: "ping" });
}

async function answerAndTime(client: Client): Promise<[Frame, number]> {
  const [answer, pong] = await take(client, 2);
  return [answer ?? {}, Number(pong?.t)];
}

describe("wrong codes", () => {
  test("[L9] ten a minute are answered at once, the next waits two seconds", async () => {
    const { server, clock, guesser } = await throttled();
    const start = clock.now();
    joinAndPing(guesser, WRONG);
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(1_999);
    await turn(server);
    clock.advance(1);
    const [answer, t] = await answerAndTime(guesser);
    expect(answer).toMatchObject(NOT_FOUND);
    expect(t).toBe(start + 2_000);
  });

  test("[L9] the first that waits does so from the latest wrong code on, not from the first", async () => {
    const { server, clock } = stage();
    const guesser = await Client.connect(server.url);
    for (let n = 0; n < 10; n++) {
      expect(await guesser.ask(WRONG)).toMatchObject(NOT_FOUND);
      if (n < 9) clock.advance(5_000);
    }
    const start = clock.now();
    joinAndPing(guesser, WRONG);
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(2_000);
    const [answer, t] = await answerAndTime(guesser);
    expect(answer).toMatchObject(NOT_FOUND);
    expect(t).toBe(start + 2_000);
  });

  test("[L9] those who wait get a turn every two seconds, in order of asking", async () => {
    const { server, clock } = await throttled();
    const start = clock.now();
    const clients: Client[] = [];
    for (let n = 1; n <= 4; n++) {
      const client = await Client.connect(server.url);
      joinAndPing(client, WRONG);
      await reaches(server, "partyline_waits_total", n);
      clients.push(client);
    }
    clock.advance(8_000);
    const times = [];
    for (const client of clients) times.push((await answerAndTime(client))[1] - start);
    expect(times).toEqual([2_000, 4_000, 6_000, 8_000]);
  });

  test("[L9] 32 may wait; past that `Too many attempts`, by HTTP 429, each with when to come back", async () => {
    const { server, clock } = await throttled();
    for (let n = 1; n <= 32; n++) (await Client.connect(server.url)).send(WRONG);
    await reaches(server, "partyline_waits_total", 32);
    const late = await Client.connect(server.url);
    expect(await late.ask({ ...WRONG, id: 7 })).toEqual({
      type: "error",
      code: "too_many_attempts",
      message: "Too many attempts",
      request: "join",
      id: 7,
      retryAfterMs: 64_000,
    });
    // Refused, not parked: what it says next is read at once.
    expect((await late.ask({ type: "ping" })).t).toBe(clock.now());
    const probe = await fetch(`${server.http}/room/ZZZZ`);
    expect([probe.status, await probe.json()]).toEqual([429, { error: "Too many attempts" }]);
    expect(probe.headers.get("retry-after")).toBe("64");
    expect(probe.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("[L9] lines that hang up while they wait leave nothing behind, and cost the others a turn each at most", async () => {
    const { server, clock } = await throttled();
    const start = clock.now();
    const gone = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(server.url)));
    for (const client of gone) client.send(JSON.stringify(WRONG));
    await reaches(server, "partyline_waits_total", 4);
    const patient = await Client.connect(server.url);
    joinAndPing(patient, WRONG);
    await reaches(server, "partyline_waits_total", 5);
    for (const client of gone) client.destroy();
    // Nobody reads a paused line, so that it is gone is only found at its turn.
    for (let n = 0; n < 5; n++) {
      clock.advance(2_000);
      await turn(server);
    }
    const [answer, t] = await answerAndTime(patient);
    expect(answer).toMatchObject(NOT_FOUND);
    expect(t - start).toBeLessThanOrEqual(10_000);
    await linesAre(server, 2);
  });

  test("[L9] a minute without wrong codes, and everything is as before", async () => {
    const { server, clock, guesser } = await throttled();
    for (let n = 0; n < 6; n++) {
      clock.advance(10_000);
      await guesser.upToFence();
    }
    const start = clock.now();
    joinAndPing(guesser, WRONG);
    const [answer, t] = await answerAndTime(guesser);
    expect([answer.message, t]).toEqual(["Room not found", start]);
    expect(await server.metric("partyline_waits_total")).toBe(0);
  });

  test("[L9] 20 of them on one line close it with 4101", async () => {
    const { server } = stage({ FAILED_JOINS_PER_MINUTE: "1000" });
    const guesser = await Client.connect(server.url);
    for (let n = 0; n < 20; n++) expect(await guesser.ask(WRONG)).toMatchObject(NOT_FOUND);
    expect(await guesser.next()).toMatchObject({ type: "bye", code: 4101, reason: "too fast", retry: true });
    expect((await guesser.closed).code).toBe(4101);
  });

  test("[L9] so do 20 `Too many attempts`", async () => {
    const { server } = await throttled();
    for (let n = 1; n <= 32; n++) (await Client.connect(server.url)).send(WRONG);
    await reaches(server, "partyline_waits_total", 32);
    const stubborn = await Client.connect(server.url);
    for (let n = 0; n < 20; n++) stubborn.send(WRONG);
    const frames = await take(stubborn, 21);
    expect(frames.filter(({ code }) => code === "too_many_attempts")).toHaveLength(20);
    expect(frames.at(-1)).toMatchObject({ type: "bye", code: 4101 });
    expect((await stubborn.closed).code).toBe(4101);
  });

  test("[L9] a taken code on `create` is a guess too", async () => {
    const { server, clock } = stage({ FAILED_JOINS_PER_MINUTE: "2" });
    const { code } = await openRoom(server.url, 0);
    const guesser = await Client.connect(server.url);
    const create = { type: "create", clientId: "mallory", maxClients: 2, room: code };
    for (let n = 0; n < 2; n++) expect(await guesser.ask(create)).toMatchObject({ code: "code_taken" });
    const start = clock.now();
    joinAndPing(guesser, create);
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(2_000);
    const [answer, t] = await answerAndTime(guesser);
    expect([answer.code, t]).toEqual(["code_taken", start + 2_000]);
  });

  test("[L9] a `create` without a code never waits", async () => {
    const { guesser } = await throttled();
    expect((await guesser.ask({ type: "create", clientId: "tv", maxClients: 2 })).type).toBe("created");
  });

  test("[L9] other addresses do not feel it", async () => {
    const { server } = await throttled({ TRUSTED_PROXIES: "1" });
    const elsewhere = await Client.connect(server.url, { "X-Forwarded-For": "203.0.113.7" });
    expect(await elsewhere.ask(WRONG)).toMatchObject(NOT_FOUND);
  });

  test("[L16] LIMITS=off: guess as you like", async () => {
    const { server } = stage({ LIMITS: "off" });
    for (let line = 0; line < 3; line++) {
      const guesser = await Client.connect(server.url);
      for (let n = 0; n < 15; n++) expect(await guesser.ask(WRONG)).toMatchObject(NOT_FOUND);
    }
  });
});

describe("right codes", () => {
  test("[L9] successes never count, however many", async () => {
    const { server } = stage({ JOINS_PER_SECOND: "1000", ROOM_JOINS_PER_SECOND: "1000" });
    const { host, guests, code } = await openRoom(server.url);
    await only(guests).ask({ type: "leave" });
    for (let n = 0; n < 30; n++) {
      expect((await only(guests).ask({ type: "join", clientId: "g", room: code })).type).toBe("joined");
      expect((await only(guests).ask({ type: "leave" })).type).toBe("left");
      expect((await fetch(`${server.http}/room/${code}`)).status).toBe(200);
    }
    expect(await only(guests).ask(WRONG)).toMatchObject(NOT_FOUND);
    expect((await host.upToFence()).length).toBe(61);
  });

  test("[L9] a full room is no wrong code", async () => {
    const { server } = stage({ JOINS_PER_SECOND: "1000", ROOM_JOINS_PER_SECOND: "1000" });
    const { code } = await openRoom(server.url, 0, {}, 1);
    const late = await Client.connect(server.url);
    for (let n = 0; n < 15; n++) {
      expect(await late.ask({ type: "join", clientId: "late", room: code })).toMatchObject({ message: "Room is full" });
    }
  });

  test("[L9] a guest with the right code gets in a little later, whatever the neighbours typed", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const neighbour = await Client.connect(server.url);
    for (let n = 0; n < 10; n++) await neighbour.ask(WRONG);
    const guest = await Client.connect(server.url);
    guest.send({ type: "join", clientId: "guest", room: code });
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(2_000);
    expect(await guest.next()).toMatchObject({ type: "joined", clients: ["host", "guest"] });
    expect(await host.next()).toMatchObject({ type: "peer_joined", clientId: "guest" });
  });

  test("[L9] what a line says behind its waiting join is read after it, in order", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const neighbour = await Client.connect(server.url);
    for (let n = 0; n < 10; n++) await neighbour.ask(WRONG);
    const guest = await Client.connect(server.url);
    guest.send({ type: "join", clientId: "guest", room: code });
    for (let n = 0; n < 5; n++) guest.send({ type: "send", data: n });
    await reaches(server, "partyline_waits_total", 1);
    await turn(server);
    clock.advance(2_000);
    expect((await host.next()).type).toBe("peer_joined");
    expect((await take(host, 5)).map(({ data }) => data)).toEqual([0, 1, 2, 3, 4]);
    expect((await guest.upToFence()).map(({ type }) => type)).toEqual(["joined"]);
  });

  test("[L9] so it is behind a flood: the join in it waits, and all after it", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const neighbour = await Client.connect(server.url);
    for (let n = 0; n < 10; n++) await neighbour.ask(WRONG);
    const guest = await Client.connect(server.url);
    for (let n = 0; n < 130; n++) guest.send({ type: "ping" });
    guest.send({ type: "join", clientId: "guest", room: code });
    for (let n = 0; n < 5; n++) guest.send({ type: "send", data: n });
    await take(guest, 120);
    clock.advance(1_000);
    await take(guest, 10);
    await turn(server);
    clock.advance(1_000);
    expect((await host.next()).type).toBe("peer_joined");
    expect((await take(host, 5)).map(({ data }) => data)).toEqual([0, 1, 2, 3, 4]);
    expect((await guest.upToFence()).map(({ type }) => type)).toEqual(["joined"]);
  });

  test("[L9][R21] as a line's last word it is no way past the wait: nobody comes in, and nothing is told", async () => {
    const { server } = stage({ MESSAGES_PER_SECOND: "1" });
    const { host, code } = await openRoom(server.url, 0);
    for (let n = 0; n < 10; n++) await fetch(`${server.http}/room/ZZZZ`);
    const guesser = await RawClient.connect(server.url);
    const words = [{ type: "ping" }, { type: "ping" }, { type: "ping" }, { type: "join", clientId: "g", room: code }];
    // One write: past its burst the line waits, and has closed by then.
    guesser.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), frame("", OPCODE.close)]));
    await guesser.ended;
    await linesAre(server, 1);
    expect(await host.upToFence()).toEqual([]);
  });

  test("[L9] a probe waits its turn as well, and then says what is there", async () => {
    const { server, clock } = stage();
    const { code } = await openRoom(server.url, 0);
    for (let n = 0; n < 10; n++) expect((await fetch(`${server.http}/room/ZZZZ`)).status).toBe(404);
    const ahead = await Client.connect(server.url);
    ahead.send(WRONG);
    await reaches(server, "partyline_waits_total", 1);
    const probe = rawHttp(server.http, handshake(`/room/${code}`, { Upgrade: "", Connection: "close" }));
    await turn(server);
    await turn(server);
    clock.advance(2_000);
    expect(await ahead.next()).toMatchObject(NOT_FOUND);
    clock.advance(2_000);
    expect((await probe).status).toBe(200);
  });

  test("[L9] who sits in a room and types `join` is told so, without waiting", async () => {
    const { server } = stage();
    const { host } = await openRoom(server.url, 0);
    for (let n = 0; n < 10; n++) await fetch(`${server.http}/room/ZZZZ`);
    expect(await host.ask(WRONG)).toMatchObject({ message: "Already in a room" });
  });
});

describe("the queue of an address", () => {
  const ADDRESS = "192.0.2.1";
  const LIMIT = 3;

  function suspect() {
    const clock = new ManualClock();
    const guesses = new Guesses(LIMIT, clock);
    for (let n = 0; n < LIMIT; n++) guesses.failed(ADDRESS);
    const start = clock.now();
    const turns: number[] = [];
    /** Waits; when its turn comes, that is written down, and it answers or is gone. */
    const wait = (isThere = true) =>
      guesses.wait(ADDRESS, () => {
        turns.push(clock.now() - start);
        return isThere;
      });
    return { clock, guesses, turns, wait };
  }

  test("[L9] right codes keep the distance as well", () => {
    const { clock, turns, wait } = suspect();
    for (let n = 0; n < 3; n++) expect(wait()).toBe(true);
    clock.advance(10_000);
    expect(turns).toEqual([2_000, 4_000, 6_000]);
  });

  test("[L9] whoever has gone gives the turn to the next at once", () => {
    const { clock, turns, wait } = suspect();
    for (const isThere of [false, false, true, true]) wait(isThere);
    clock.advance(10_000);
    expect(turns).toEqual([2_000, 2_000, 2_000, 4_000]);
  });

  test("[L1] a turn that throws does not stop those behind it", () => {
    const { clock, guesses, turns, wait } = suspect();
    guesses.wait(ADDRESS, () => {
      throw new Error("a bug");
    });
    wait();
    expect(() => clock.advance(2_000)).toThrow("a bug");
    clock.advance(2_000);
    expect(turns).toEqual([4_000]);
  });

  test("[L9] a minute of quiet, and the address is forgotten; not before, and not while somebody waits", () => {
    const { clock, guesses } = suspect();
    clock.advance(59_999);
    guesses.prune(clock.now());
    expect([guesses.size, guesses.isThrottled(ADDRESS)]).toEqual([1, true]);
    clock.advance(1);
    guesses.prune(clock.now());
    expect([guesses.size, guesses.isThrottled(ADDRESS)]).toEqual([0, false]);
  });

  test("[L9] while somebody waits it is kept, or the next would not wait behind them", () => {
    const { clock, guesses, turns, wait } = suspect();
    for (let n = 0; n < 32; n++) wait();
    clock.advance(61_000);
    expect(turns).toHaveLength(30);
    guesses.prune(clock.now());
    expect([guesses.size, guesses.isThrottled(ADDRESS)]).toEqual([1, true]);
    clock.advance(4_000);
    guesses.prune(clock.now());
    expect([guesses.size, turns.length]).toEqual([0, 32]);
  });

  test("[L16] lifted nobody is remembered", () => {
    const guesses = new Guesses(Number.POSITIVE_INFINITY, new ManualClock());
    for (let n = 0; n < 100; n++) guesses.failed(ADDRESS);
    expect([guesses.size, guesses.isThrottled(ADDRESS)]).toEqual([0, false]);
  });
});
