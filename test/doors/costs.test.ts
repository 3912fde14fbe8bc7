// Who causes work pays for it, over sockets: what is handed out, what is answered, seats that are taken, control frames, and lines that
// only keep their place. The clock stands still, so whoever waits, waits until the test lets time pass.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { linesAre, numbered, numbersOf, only, openRoom, range, reaches, stages, take, turn } from "../support/stage.ts";

const stage = stages();

/** How often a bucket ran dry, by its name. */
const dry = (server: TestServer, bucket: string) => server.metric(`partyline_limited_total{bucket="${bucket}"}`);

/** As JSON it is some 10 KB. */
const LARGE = "x".repeat(10_000);

describe("[L26] what a room hands out", () => {
  test("is paid for by who sends it: it waits, loses nothing, and is no flood; the others and other rooms play on", async () => {
    const { server, clock } = stage({ ROOM_OUT_BYTES_PER_SECOND: "20000" });
    const { host, guests } = await openRoom(server.url, 2);
    const [ann, bob] = guests as readonly [Client, Client];
    const elsewhere = await openRoom(server.url, 1);
    // Two hear each of them: with the second the room owes more than the 40 KB it has at once.
    for (let n = 0; n < 9; n++) ann.send({ type: "send", data: { n, LARGE } });
    for (let n = 0; n < 2; n++) expect((await host.next()).data).toMatchObject({ n });
    await reaches(server, "partyline_pauses_total", 1);
    // [L38] Bob, who sends little, is held up by nobody's debt; nor is the host, who has a larger share.
    numbered(bob, 0, 3);
    expect(numbersOf(await take(host, 3))).toEqual(range(0, 3));
    numbered(host, 0, 10);
    expect(numbersOf((await take(bob, 12)).filter(({ from }) => from === "host"))).toEqual(range(0, 10));
    expect([await dry(server, "room_out"), await dry(server, "messages")]).toEqual([1, 0]);
    // Waiting for what a room owes is no flood: 10 s and more of it close no line.
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    expect((await take(host, 7)).map(({ data }) => (data as { n: number }).n)).toEqual(range(2, 9));
    for (const client of [ann, bob]) await client.upToFence();
    numbered(only(elsewhere.guests), 0, 20);
    expect(numbersOf(await take(elsewhere.host, 20))).toEqual(range(0, 20));
  }, 60_000);

  test("counts for all rooms of the address that opened them", async () => {
    const { server, clock } = stage({ ADDRESS_OUT_BYTES_PER_SECOND: "5000" });
    const one = await openRoom(server.url, 1);
    const other = await openRoom(server.url, 1);
    for (let n = 0; n < 4; n++) only(one.guests).send({ type: "send", data: { n, LARGE } });
    await take(one.host, 4);
    // The rings around a room hear of what it has handed out with the next message of another moment.
    clock.advance(100);
    for (let n = 0; n < 2; n++) only(one.guests).send({ type: "send", data: { n, LARGE } });
    await reaches(server, "partyline_pauses_total", 1);
    // [L38] In the other room too there is a share for each, and no more than that.
    only(other.guests).send({ type: "send", data: "small" });
    only(other.guests).send({ type: "send", data: LARGE });
    await reaches(server, "partyline_pauses_total", 2);
    expect((await other.host.next()).data).toBe("small");
  });
});

test("[L26] what a line still had to say when it closed is no more than its room may hand out, and its `leave` counts", async () => {
  const { server } = stage({ ROOM_OUT_BYTES_PER_SECOND: "4000" });
  const { host, code } = await openRoom(server.url, 0);
  const raw = await RawClient.connect(server.url);
  raw.send(JSON.stringify({ type: "join", clientId: "loud", room: code }));
  expect((await raw.next()).type).toBe("joined");
  expect((await host.next()).type).toBe("peer_joined");
  const said = range(0, 10).map(() => frame(JSON.stringify({ type: "send", data: "x".repeat(4_000) })));
  // In one write with its end, so that all of it has been read when the line closes.
  raw.write(Buffer.concat([...said, frame('{"type":"leave"}'), frame("", OPCODE.close)]));
  const heard = await host.upToFence();
  await raw.ended;
  heard.push(...(await host.upToFence()));
  // 8 KB at once are two of them.
  expect(heard.map(({ type }) => type)).toEqual(["message", "message", "peer_left"]);
  expect(heard.at(-1)).toMatchObject({ reason: "left" });
  expect(await server.metric("partyline_abandoned_total")).toBe(8);
});

test("[L26] a member that is spoken to by name costs the room 512 bytes besides, so a list of many is paid for", async () => {
  const { server } = stage({ ROOM_OUT_BYTES_PER_SECOND: "2500" });
  const { host, guests } = await openRoom(server.url, 4, {}, 8);
  const to = guests.map((_, n) => `guest-${n + 1}`);
  for (const n of range(0, 3)) host.send({ type: "send", to, data: n });
  // 5,000 bytes at once are two lists of four, and what the third is ahead of time: what is more than a share of that waits.
  host.send({ type: "send", data: "x".repeat(1_500) });
  await reaches(server, "partyline_pauses_total", 1);
  expect(numbersOf(await (guests[0] as Client).upToFence())).toEqual([0, 1, 2]);
});

describe("[L41] what is said at one address", () => {
  test("by too many lines together is paused, those that say more than their share; others there, and elsewhere, play on", async () => {
    const { server, clock } = stage({ ADDRESS_MESSAGES_PER_SECOND: "20", TRUSTED_PROXIES: "1" });
    const from = (address: string) => ({ "X-Forwarded-For": address });
    const { host, guests } = await openRoom(server.url, 2, from("192.0.2.1"));
    const [loud, quiet] = guests as readonly [Client, Client];
    clock.advance(5_000);
    numbered(loud, 0, 60);
    await reaches(server, "partyline_pauses_total", 1);
    expect(await dry(server, "address_in")).toBe(1);
    const before = numbersOf(await host.upToFence()).length;
    // 40 at once, and what is within Loud's share.
    expect(before).toBeGreaterThanOrEqual(40);
    expect(before).toBeLessThan(50);
    numbered(quiet, 100, 103);
    expect(numbersOf(await take(host, 3))).toEqual(range(100, 103));
    const elsewhere = await openRoom(server.url, 1, from("192.0.9.9"));
    numbered(only(elsewhere.guests), 0, 20);
    expect(numbersOf(await take(elsewhere.host, 20))).toEqual(range(0, 20));
    // It is no flood of a line that is within its own rate, and nothing is lost.
    const rest: number[] = [];
    while (rest.length < 60 - before) {
      clock.advance(1_000);
      rest.push(...numbersOf(await host.upToFence()));
    }
    expect(rest).toEqual(range(before, 60));
  });
});

describe("[L21] an answer", () => {
  test("costs its line its own size: who asks for large ones waits", async () => {
    const { server, clock } = stage({ BYTES_PER_SECOND: "5000", MAX_FRAME_BYTES: "10000" });
    const { host, code } = await openRoom(server.url, 0);
    host.send({ type: "set_state", data: "s".repeat(9_000) });
    await host.upToFence();
    const guest = await Client.connect(server.url);
    expect((await guest.ask({ type: "join", clientId: "g", room: code })).type).toBe("joined");
    expect((await guest.ask({ type: "leave" })).type).toBe("left");
    guest.send({ type: "join", clientId: "g", room: code });
    expect((await guest.next()).type).toBe("joined");
    guest.send({ type: "leave" });
    await reaches(server, "partyline_pauses_total", 1);
    expect(await dry(server, "messages")).toBe(1);
    clock.advance(2_500);
    expect((await guest.next()).type).toBe("left");
  });
});

test("[L21][P13] a picture that does not fit costs the line its size, though it is not told", async () => {
  const { server } = stage({ BYTES_PER_SECOND: "20000", MAX_FRAME_BYTES: "20000" });
  const { host, code } = await openRoom(server.url, 0);
  host.send({ type: "set_state", data: "s".repeat(15_900) });
  host.send({ type: "set_player", data: "p".repeat(4_000) });
  await host.upToFence();
  const guest = await Client.connect(server.url);
  const join = { type: "join", clientId: "g", room: code, maxFrame: 16_384 };
  // 40,000 bytes at once are two pictures; what is asked behind the third waits.
  for (let n = 0; n < 3; n++) guest.send(join);
  guest.send({ type: "ping" });
  for (let n = 0; n < 2; n++) expect(await guest.next()).toMatchObject({ code: "max_frame_too_small" });
  await reaches(server, "partyline_pauses_total", 1);
});

describe("[L22] joins", () => {
  test("of one line: ten at once, then two a second, in order and none refused", async () => {
    const { server, clock } = stage();
    const { code } = await openRoom(server.url, 0);
    const guest = await Client.connect(server.url);
    for (let n = 0; n < 12; n++) {
      guest.send({ type: "join", clientId: "g", room: code });
      guest.send({ type: "leave" });
    }
    for (let n = 0; n < 20; n++) expect((await guest.next()).type).toBe(n % 2 === 0 ? "joined" : "left");
    await reaches(server, "partyline_waits_total", 1);
    clock.advance(500);
    expect((await guest.next()).type).toBe("joined");
    expect((await guest.next()).type).toBe("left");
    // The next one waits from then on.
    await turn(server);
    clock.advance(500);
    expect((await guest.next()).type).toBe("joined");
  });

  test("to one room: from however many lines, the next newcomer waits while others play", async () => {
    const { server, clock } = stage({ ROOM_JOINS_PER_SECOND: "1" });
    const { host, code } = await openRoom(server.url, 0, {}, 9);
    const lines = await Promise.all(range(0, 10).map(() => Client.connect(server.url)));
    const join = (n: number) => ({ type: "join", clientId: `g${n}`, room: code });
    for (const [n, line] of lines.slice(0, 9).entries()) {
      expect((await line.ask(join(n))).type).toBe(n < 8 ? "joined" : "error");
    }
    // The ninth was refused, since the room is full, and has taken nobody's turn.
    expect((await lines[0]?.ask({ type: "leave" }))?.type).toBe("peer_joined");
    expect((await lines[8]?.ask(join(8)))?.type).toBe("joined");
    lines[1]?.send({ type: "leave" });
    await host.upToFence();
    lines[9]?.send(join(9));
    await reaches(server, "partyline_waits_total", 1);
    expect(await dry(server, "joins")).toBe(1);
    expect((await host.ask({ type: "ping" })).type).toBe("pong");
    clock.advance(1_000);
    expect((await lines[9]?.next())?.type).toBe("joined");
  });

  test("of strangers who do not get in hold up nobody: not who comes back, and not who may come in", async () => {
    const { server } = stage({ ROOM_JOINS_PER_SECOND: "1" });
    const host = await Client.connect(server.url);
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 3, away: 60 });
    const member = await Client.connect(server.url);
    const seat = { type: "join", clientId: "ann", room, secret: "s" };
    expect((await member.ask(seat)).type).toBe("joined");
    await host.next();
    host.send({ type: "lock", locked: true });
    await host.upToFence();
    for (let n = 0; n < 20; n++) {
      const stranger = await Client.connect(server.url);
      expect(await stranger.ask({ type: "join", clientId: `s${n}`, room })).toMatchObject({ code: "room_locked" });
    }
    await member.close();
    const back = await Client.connect(server.url);
    expect((await back.ask(seat)).type).toBe("joined");
    host.send({ type: "lock", locked: false });
    await host.upToFence();
    const newcomer = await Client.connect(server.url);
    expect((await newcomer.ask({ type: "join", clientId: "bob", room })).type).toBe("joined");
  });
});

describe("[L42] frames that wait", () => {
  test("on lines of one address are bounded: past 32 MiB the line whose frame comes is closed with 4101", async () => {
    const { server } = stage({ ROOM_JOINS_PER_SECOND: "1", CONNECTS_PER_SECOND: "1000" });
    const { code } = await openRoom(server.url, 0, {}, 2);
    const quick = await Client.connect(server.url);
    // What the room has for newcomers is used up by one that comes and goes.
    for (let n = 0; n < 2; n++) {
      quick.send({ type: "join", clientId: `q${n}`, room: code });
      quick.send({ type: "leave" });
    }
    await quick.upToFence();
    const tiny = Buffer.concat(Array.from({ length: 30_000 }, () => frame("{}")));
    const codes: (number | null)[] = [];
    for (let n = 0; n < 200 && codes.length === 0; n++) {
      const raw = await RawClient.connect(server.url);
      raw.write(Buffer.concat([frame(JSON.stringify({ type: "join", clientId: `r${n}`, room: code })), tiny]));
      await turn(server);
      await turn(server);
      if ((await server.metric('partyline_closes_total{code="4101"}')) > 0) codes.push(4101);
    }
    expect(codes).toEqual([4101]);
    expect(await server.metric("partyline_dropped_total")).toBe(0);
  }, 30_000);
});

describe("[L24] control frames", () => {
  const pings = (count: number, opcode: number) =>
    Buffer.concat(Array.from({ length: count }, () => frame("", opcode)));

  test.each([
    ["pings", OPCODE.ping],
    ["pongs that nobody asked for", OPCODE.pong],
  ])("%s cost what messages do: past the burst the line's reads pause", async (_, opcode) => {
    const { server, clock } = stage();
    const raw = await RawClient.connect(server.url);
    raw.write(pings(120, opcode));
    await turn(server);
    expect(await server.metric("partyline_pauses_total")).toBe(0);
    raw.write(pings(2, opcode));
    await reaches(server, "partyline_pauses_total", 1);
    expect(await dry(server, "messages")).toBe(1);
    clock.advance(1_000);
    raw.send('{"type":"ping"}');
    let got = await raw.nextFrame();
    while (got.opcode !== OPCODE.text) got = await raw.nextFrame();
    expect(JSON.parse(String(got.payload))).toMatchObject({ type: "pong" });
  });

  test("a flood of them ends the line with 4101, however many were read in one go", async () => {
    const { server, clock } = stage();
    const raw = await RawClient.connect(server.url);
    raw.write(pings(50_000, OPCODE.ping));
    await reaches(server, "partyline_pauses_total", 1);
    for (let second = 0; second < 11; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    expect(await raw.closeCode()).toBe(4101);
    expect(await server.metric("partyline_pauses_total")).toBeLessThan(5);
  }, 60_000);

  test("the answers to our own pings cost nothing", async () => {
    const { server, clock } = stage({ MESSAGES_PER_SECOND: "1", ROOMLESS_SECONDS: "86400" });
    const client = await Client.connect(server.url);
    expect((await client.ask({ type: "ping" })).type).toBe("pong");
    for (let n = 0; n < 20; n++) {
      clock.advance(11_000);
      await turn(server);
    }
    expect(await server.metric("partyline_pauses_total")).toBe(0);
    expect((await client.ask({ type: "ping" })).type).toBe("pong");
  });
});

describe("[L25] a line in no room", () => {
  test("is closed with 4103 after ROOMLESS_SECONDS, whatever it says; a member is not", async () => {
    const { server, clock } = stage();
    const { host } = await openRoom(server.url, 0);
    const idle = await Client.connect(server.url);
    for (let n = 0; n < 12; n++) {
      for (const client of [idle, host]) expect((await client.ask({ type: "ping" })).type).toBe("pong");
      clock.advance(10_000);
    }
    expect(await server.metric("partyline_lines")).toBe(2);
    clock.advance(1_100);
    expect(await idle.closed).toEqual({ code: 4103, reason: "said nothing" });
    expect(await dry(server, "roomless")).toBe(1);
    expect((await host.ask({ type: "ping" })).type).toBe("pong");
    await linesAre(server, 1);
  });

  test("is counted from when it left its room", async () => {
    const { server, clock } = stage({ ROOMLESS_SECONDS: "20" });
    const client = await Client.connect(server.url);
    await client.ask({ type: "create", clientId: "tv", maxClients: 2 });
    clock.advance(18_000);
    expect((await client.ask({ type: "leave" })).type).toBe("left");
    clock.advance(18_000);
    expect((await client.ask({ type: "ping" })).type).toBe("pong");
    clock.advance(4_000);
    expect((await client.closed).code).toBe(4103);
  });
});
