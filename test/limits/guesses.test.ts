// Guessing room codes, over sockets: different wrong codes count, then they take turns. A parked join is shown by the server's clock: a `ping`
// behind it says when the line was read on. Who goes before whom is shown without sockets, in turns.test.ts.
import { describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { ELSEWHERE, exhaust, wrongCode, wrongJoin } from "../support/guesses.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { linesAre, openRoom, range, reaches, stages, take, turn } from "../support/stage.ts";

const stage = stages();

const NOT_FOUND = { type: "error", message: "Room not found" };
const PROXY = { TRUSTED_PROXIES: "1" };
const LIMITED = 'partyline_limited_total{bucket="guesses"}';

/** Sends a join and, behind it, a ping; the answer's `t` is when the line was read on. */
function joinAndPing(client: Client, frame: object): void {
  client.send(frame);
  client.send({ type: "ping" });
}

async function answerAndTime(client: Client): Promise<[Frame, number]> {
  const [answer, pong] = await take(client, 2);
  return [answer ?? {}, Number(pong?.t)];
}

/** Names so many wrong codes, each another, on one line. */
async function guess(url: string, times: number, from = 0): Promise<Client> {
  const guesser = await Client.connect(url);
  for (const n of range(from, from + times)) expect(await guesser.ask(wrongJoin(n))).toMatchObject(NOT_FOUND);
  return guesser;
}

describe("wrong codes", () => {
  test("[L9] ten a minute are answered at once, one more is the turn that is saved, the next waits two seconds", async () => {
    const { server, clock } = stage();
    const guesser = await guess(server.url, 11);
    const start = clock.now();
    joinAndPing(guesser, wrongJoin(11));
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(1_999);
    await turn(server);
    clock.advance(1);
    const [answer, t] = await answerAndTime(guesser);
    expect(answer).toMatchObject(NOT_FOUND);
    expect(t).toBe(start + 2_000);
  });

  test("[L9] one code again and again is one, however it is typed, and on whatever door", async () => {
    const { server } = stage();
    for (const room of ["zzaa", "ZZ-AA", "ＺＺＡＡ", " zz aa "]) {
      for (let n = 0; n < 10; n++) {
        const line = await Client.connect(server.url);
        expect(await line.ask({ type: "join", clientId: "a", room })).toMatchObject(NOT_FOUND);
      }
      expect((await fetch(`${server.http}/room/${encodeURIComponent(room)}`)).status).toBe(404);
    }
    const guesser = await guess(server.url, 10);
    expect(await server.metric("partyline_waits_total")).toBe(0);
    joinAndPing(guesser, wrongJoin(10));
    joinAndPing(guesser, wrongJoin(11));
    await reaches(server, "partyline_waits_total", 1);
  });

  test("[L9] probes and joins have one account, and both are counted where they wait", async () => {
    const { server } = stage();
    for (const n of range(0, 5)) expect((await fetch(`${server.http}/room/${wrongCode(n)}`)).status).toBe(404);
    const guesser = await guess(server.url, 6, 5);
    expect(await server.metric(LIMITED)).toBe(0);
    guesser.send(wrongJoin(11));
    await reaches(server, LIMITED, 1);
    for (const n of range(20, 30)) expect((await fetch(`${server.http}/room/${wrongCode(n)}`)).status).toBe(404);
    const waiting = new AbortController();
    const probe = fetch(`${server.http}/room/${wrongCode(30)}`, { signal: waiting.signal }).catch(() => null);
    await reaches(server, LIMITED, 2);
    waiting.abort();
    expect(await probe).toBeNull();
  });

  test("[L9] the oldest of 33 that wait is told `Too many attempts`, and when to come back; what it said behind is read", async () => {
    const { server, clock } = stage();
    await exhaust(server);
    const oldest = await Client.connect(server.url);
    joinAndPing(oldest, { ...wrongJoin(0), id: 7 });
    await reaches(server, "partyline_waits_total", 1);
    for (const n of range(1, 33)) (await Client.connect(server.url)).send(wrongJoin(n));
    expect(await oldest.next()).toEqual({
      type: "error",
      code: "too_many_attempts",
      message: "Too many attempts",
      request: "join",
      id: 7,
      retryAfterMs: 64_000,
    });
    expect((await oldest.next()).t).toBe(clock.now());
  });

  test("[L9] by HTTP it is a 429", async () => {
    const { server } = stage({ HTTP_REQUESTS_PER_SECOND: "1000" });
    await exhaust(server);
    const oldest = fetch(`${server.http}/room/${wrongCode(0)}`);
    await reaches(server, LIMITED, 1);
    const waiting = new AbortController();
    const others = range(1, 33).map((n) =>
      fetch(`${server.http}/room/${wrongCode(n)}`, { signal: waiting.signal }).catch(() => null),
    );
    const refused = await oldest;
    expect([refused.status, await refused.json()]).toEqual([429, { error: "Too many attempts" }]);
    expect(refused.headers.get("retry-after")).toBe("64");
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    waiting.abort();
    await Promise.all(others);
  });

  test("[L9] lines that hang up while they wait leave nothing behind, and cost the others no turn", async () => {
    const { server, clock } = stage();
    await exhaust(server);
    const start = clock.now();
    const patient = await Client.connect(server.url);
    joinAndPing(patient, wrongJoin(0));
    await reaches(server, "partyline_waits_total", 1);
    const gone = await Promise.all(range(0, 4).map(() => RawClient.connect(server.url)));
    for (const [n, client] of gone.entries()) client.send(JSON.stringify(wrongJoin(n + 1)));
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
    const { server, clock } = stage();
    const guesser = await guess(server.url, 10);
    for (let n = 0; n < 6; n++) {
      clock.advance(10_000);
      await guesser.upToFence();
    }
    for (const n of range(10, 15)) expect(await guesser.ask(wrongJoin(n))).toMatchObject(NOT_FOUND);
    expect(await server.metric("partyline_waits_total")).toBe(0);
  });

  test("[L9] 20 of them on one line close it with 4101", async () => {
    const { server } = stage({ FAILED_JOINS_PER_MINUTE: "1000" });
    const guesser = await guess(server.url, 20);
    expect(await guesser.next()).toMatchObject({ type: "bye", code: 4101, reason: "too fast", retry: true });
    expect((await guesser.closed).code).toBe(4101);
  });

  test("[L9] a taken code on `create` is a guess too", async () => {
    const { server, clock } = stage({ ...PROXY, FAILED_JOINS_PER_MINUTE: "2" });
    const rooms: string[] = [];
    for (let n = 0; n < 4; n++) rooms.push((await openRoom(server.url, 0, ELSEWHERE)).code);
    const guesser = await Client.connect(server.url);
    const create = (n: number) => ({ type: "create", clientId: "mallory", maxClients: 2, room: rooms[n] });
    for (let n = 0; n < 3; n++) expect(await guesser.ask(create(n))).toMatchObject({ code: "code_taken" });
    const start = clock.now();
    joinAndPing(guesser, create(3));
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(2_000);
    const [answer, t] = await answerAndTime(guesser);
    expect([answer.code, t]).toEqual(["code_taken", start + 2_000]);
  });

  test("[L9] a `create` without a code never waits", async () => {
    const { server } = stage();
    const guesser = await guess(server.url, 11);
    expect((await guesser.ask({ type: "create", clientId: "tv", maxClients: 2 })).type).toBe("created");
  });

  test("[L9] other addresses do not feel it", async () => {
    const { server } = stage(PROXY);
    await exhaust(server);
    const elsewhere = await Client.connect(server.url, ELSEWHERE);
    expect(await elsewhere.ask(wrongJoin(0))).toMatchObject(NOT_FOUND);
  });

  test("[L34] nor do networks feel each other: 480 at once of one are its share", async () => {
    const { server } = stage({ ...PROXY, HTTP_REQUESTS_PER_SECOND: "10000" });
    const probe = (n: number, address: string) =>
      fetch(`${server.http}/room/${wrongCode(n)}`, { headers: { "X-Forwarded-For": address } });
    for (const n of range(0, 80)) expect((await probe(n, `2001:db8:1:${n}::1`)).status).toBe(404);
    const waiting = probe(80, "2001:db8:1:99::1");
    await reaches(server, 'partyline_limited_total{bucket="guesses_network"}', 1);
    expect((await probe(81, "2001:db8:2:1::1")).status).toBe(404);
    await server.stop();
    await waiting.catch(() => null);
  });

  test("[L34] the server's share is a setting", async () => {
    const { server } = stage({ ...PROXY, WRONG_CODES_PER_SECOND: "1" });
    const probe = (n: number) =>
      fetch(`${server.http}/room/${wrongCode(n)}`, { headers: { "X-Forwarded-For": `10.${n}.0.1` } });
    for (const n of range(0, 2)) expect((await probe(n)).status).toBe(404);
    const waiting = probe(2);
    await reaches(server, 'partyline_limited_total{bucket="guesses_server"}', 1);
    await server.stop();
    await waiting.catch(() => null);
  });

  test("[L16] LIMITS=off: guess as you like", async () => {
    const { server } = stage({ LIMITS: "off" });
    for (let line = 0; line < 3; line++) await guess(server.url, 15, 20 * line);
    expect(await server.metric("partyline_waits_total")).toBe(0);
  });
});

describe("right codes", () => {
  test("[L9] successes never count, however many", async () => {
    const { server } = stage({ ...PROXY, JOINS_PER_SECOND: "1000", ROOM_JOINS_PER_SECOND: "1000" });
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    const guest = await Client.connect(server.url);
    for (let n = 0; n < 30; n++) {
      expect((await guest.ask({ type: "join", clientId: "g", room: code })).type).toBe("joined");
      expect((await guest.ask({ type: "leave" })).type).toBe("left");
      expect((await fetch(`${server.http}/room/${code}`)).status).toBe(200);
    }
    expect(await guest.ask(wrongJoin(0))).toMatchObject(NOT_FOUND);
    expect((await host.upToFence()).length).toBe(60);
  });

  test("[L9] a full room is no wrong code", async () => {
    const { server } = stage({ ...PROXY, JOINS_PER_SECOND: "1000", ROOM_JOINS_PER_SECOND: "1000" });
    const { code } = await openRoom(server.url, 0, ELSEWHERE, 1);
    const late = await Client.connect(server.url);
    for (let n = 0; n < 15; n++) {
      expect(await late.ask({ type: "join", clientId: "late", room: code })).toMatchObject({ message: "Room is full" });
    }
  });

  test("[L36] 25 lines of an address guess, and a 26th with the right code gets in at once", async () => {
    const { server, clock } = stage(PROXY);
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    const guessers = await Promise.all(range(0, 25).map(() => Client.connect(server.url)));
    for (const [n, guesser] of guessers.entries()) expect(await guesser.ask(wrongJoin(n))).toMatchObject(NOT_FOUND);
    for (const [n, guesser] of guessers.entries()) guesser.send(wrongJoin(30 + n));
    await reaches(server, "partyline_waits_total", 24);
    const guest = await Client.connect(server.url);
    guest.send({ type: "join", clientId: "guest", room: code });
    expect(await guest.next()).toMatchObject({ type: "joined", clients: ["host", "guest"] });
    expect(await host.next()).toMatchObject({ type: "peer_joined", clientId: "guest" });
    // Who mistyped it once goes before them too.
    const typo = await Client.connect(server.url);
    expect(await typo.ask(wrongJoin(200))).toMatchObject(NOT_FOUND);
    const other = await openRoom(server.url, 0, ELSEWHERE);
    typo.send({ type: "join", clientId: "typo", room: other.code });
    await reaches(server, "partyline_waits_total", 25);
    clock.advance(2_000);
    expect(await typo.next()).toMatchObject({ type: "joined", clients: ["host", "typo"] });
  });

  test("[L9] a school of 40 phones that join five rooms, ten with a mistyped code first, waits for nothing", async () => {
    const { server } = stage(PROXY);
    const rooms: string[] = [];
    for (let n = 0; n < 5; n++) rooms.push((await openRoom(server.url, 0, ELSEWHERE, 20)).code);
    const phones = await Promise.all(range(0, 40).map(() => Client.connect(server.url)));
    for (const [n, phone] of phones.slice(0, 10).entries())
      expect(await phone.ask(wrongJoin(n))).toMatchObject(NOT_FOUND);
    for (const [n, phone] of phones.entries()) phone.send({ type: "join", clientId: `p${n}`, room: rooms[n % 5] });
    for (const phone of phones) expect(await phone.next()).toMatchObject({ type: "joined" });
    expect(await server.metric("partyline_waits_total")).toBe(0);
  });

  test("[L9] what a line says behind its waiting join is read after it, in order", async () => {
    const { server, clock } = stage(PROXY);
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    await exhaust(server);
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
    const { server, clock } = stage(PROXY);
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    await exhaust(server);
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
    const { server } = stage({ ...PROXY, MESSAGES_PER_SECOND: "1" });
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    await guess(server.url, 1, 20);
    for (const n of range(0, 9)) await fetch(`${server.http}/room/${wrongCode(n)}`);
    const guesser = await RawClient.connect(server.url);
    const words = [{ type: "ping" }, { type: "ping" }, { type: "ping" }, { type: "join", clientId: "g", room: code }];
    // One write: past its burst the line waits, and has closed by then.
    guesser.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), frame("", OPCODE.close)]));
    await guesser.ended;
    await linesAre(server, 2);
    expect(await host.upToFence()).toEqual([]);
  });

  test("[L9] a probe waits its turn as well, and then says what is there; the join after it is no other guess", async () => {
    const { server, clock } = stage(PROXY);
    const { code } = await openRoom(server.url, 0, ELSEWHERE);
    await exhaust(server);
    const probe = fetch(`${server.http}/room/${code}`);
    await reaches(server, LIMITED, 1);
    clock.advance(2_000);
    expect((await probe).status).toBe(200);
    const guest = await Client.connect(server.url);
    const late = await Client.connect(server.url);
    for (const n of range(0, 3)) late.send(wrongJoin(n));
    await reaches(server, "partyline_waits_total", 1);
    expect(await guest.ask({ type: "join", clientId: "guest", room: code })).toMatchObject({ type: "joined" });
  });

  test("[L9] who sits in a room and types `join` is told so, without waiting", async () => {
    const { server } = stage();
    const { host } = await openRoom(server.url, 0);
    await exhaust(server);
    expect(await host.ask(wrongJoin(0))).toMatchObject({ message: "Already in a room" });
  });
});

describe("no strangers", () => {
  test("[L35] the code of a room that has ended is no guess while it cools down, on any door", async () => {
    const { server } = stage(PROXY);
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    host.send({ type: "close_room" });
    await host.closed;
    const create = { type: "create", clientId: "tv", maxClients: 2, room: code };
    const knock = async () => {
      const phone = await Client.connect(server.url);
      expect(await phone.ask({ type: "join", clientId: "phone", room: code })).toMatchObject(NOT_FOUND);
      expect(await phone.ask(create)).toMatchObject({ code: "code_taken" });
      expect((await fetch(`${server.http}/room/${code}`)).status).toBe(404);
    };
    for (let n = 0; n < 12; n++) await knock();
    // Not one of them counts, or this would wait.
    await exhaust(server);
    await knock();
    expect(await server.metric(LIMITED)).toBe(0);
  });

  test("[L35] who comes to a room that has a member from its address does not wait, on any door", async () => {
    const { server } = stage(PROXY);
    const { code } = await openRoom(server.url, 0, ELSEWHERE);
    const join = (clientId: string) => ({ type: "join", clientId, room: code });
    const first = await Client.connect(server.url);
    expect(await first.ask(join("first"))).toMatchObject({ type: "joined" });
    await exhaust(server);
    expect((await fetch(`${server.http}/room/${code}`)).status).toBe(200);
    const neighbour = await Client.connect(server.url);
    expect(await neighbour.ask(join("neighbour"))).toMatchObject({ type: "joined" });
    expect(await server.metric(LIMITED)).toBe(0);
  });

  test.each(["leave", "close"] as const)("[L35] who was in it comes back without waiting: %s", async (how) => {
    const { server } = stage(PROXY);
    const { code } = await openRoom(server.url, 0, ELSEWHERE);
    const phone = await Client.connect(server.url);
    await phone.ask({ type: "join", clientId: "phone", room: code });
    if (how === "leave") await phone.ask({ type: "leave" });
    else await phone.close();
    await linesAre(server, how === "leave" ? 2 : 1);
    await exhaust(server);
    const back = await Client.connect(server.url);
    expect(await back.ask({ type: "join", clientId: "another", room: code })).toMatchObject({ type: "joined" });
    expect(await server.metric(LIMITED)).toBe(0);
  });

  test("[L35] who tries a secret there is a stranger all the same", async () => {
    const { server } = stage(PROXY);
    const { code } = await openRoom(server.url, 0);
    const phone = await Client.connect(server.url);
    await phone.ask({ type: "join", clientId: "phone", room: code, secret: "its own" });
    await exhaust(server);
    const thief = await Client.connect(server.url);
    thief.send({ type: "join", clientId: "phone", room: code, secret: "a guess" });
    await reaches(server, "partyline_waits_total", 1);
  });
});
