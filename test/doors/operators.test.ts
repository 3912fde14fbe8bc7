// What operators see of one room and may do to it: on every wire as its host would, for members here and away; the audit; and that no answer,
// entry or line of the log holds what is nobody's business.
import { describe, expect, test } from "bun:test";
import { Api, type Fields } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { Operator } from "../support/operator.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { CREATE, join as joinNumber, no, PATH, upToFence } from "../support/sessionserver.ts";
import { only, openRoom, range, stages } from "../support/stage.ts";

const stage = stages();

async function scene(env: Record<string, string> = {}) {
  const { server, clock } = stage(env);
  return { server, clock, operator: await Operator.at(server) };
}

/** A room of party2, by its clients' own words. */
async function openParty2(url: string, guestCount = 1) {
  const host = await Client.connect(`${url}/v2`);
  const { room } = await host.ask({ type: "create", clientId: "key-0", maxClients: 4 });
  const code = String(room);
  const guests: Client[] = [];
  for (const n of range(1, guestCount + 1)) {
    const guest = await Client.connect(`${url}/v2`);
    await guest.ask({ type: "join", clientId: `key-${n}`, room: code });
    for (const member of [host, ...guests]) await member.next();
    guests.push(guest);
  }
  return { host, guests, code };
}

/** A session of sessionserver, with the code that only operators see. */
async function openNumbered(url: string, operator: Operator) {
  const [host, guest] = [await Client.connect(url + PATH), await Client.connect(url + PATH)];
  await host.ask(CREATE);
  await guest.ask(joinNumber(-1));
  await upToFence(host);
  await upToFence(guest);
  const { rooms } = (await operator.monitor("?sort=age")) as { rooms: { code: string; dialect: string }[] };
  const code = String(rooms.find(({ dialect }) => dialect === "sessionserver")?.code);
  return { host, guest, code };
}

describe("one room", () => {
  test("[M6] its members, its rules, and how much it keeps", async () => {
    const { server, clock, operator } = await scene();
    const host = await Client.connect(server.url, { origin: "https://game.example" });
    const create = {
      type: "create",
      clientId: "tv",
      name: "TV",
      maxClients: 5,
      away: 60,
      history: 8,
      hostGone: "migrate",
    };
    const { room } = await host.ask({ ...create, state: { round: 1 } });
    const code = String(room);
    const join = async (clientId: string, name: string) => {
      const guest = await Client.connect(server.url);
      await guest.ask({ type: "join", room: code, clientId, name });
      return guest;
    };
    const ann = await join("ann", "Ann");
    await join("bob", "Bob");
    clock.advance(6_000);
    await ann.close();
    await operator.sees(code, "away");
    clock.advance(4_000);
    host.send({ type: "kick", clientId: "bob" });
    host.send({ type: "send", data: "a message" });
    await host.upToFence();
    const { members, ...all } = await operator.room(code);
    expect(members).toEqual([
      {
        ...{ index: 0, name: "TV", clientId: "tv", host: true, here: true },
        ...{ leftMs: null, unreadBytes: 0, silentMs: 0, paused: false },
      },
      {
        ...{ index: 1, name: "Ann", clientId: "ann", host: false, here: false },
        ...{ leftMs: 56_000, unreadBytes: null, silentMs: null, paused: false },
      },
    ]);
    expect(all).toMatchObject({
      ...{ code, number: null, dialect: "party", origin: "https://game.example", at: clock.wall(), session: null },
      ...{ here: 1, away: 1, maxClients: 5, audience: 0, locked: false, host: 0, ageMs: 10_000, quietMs: 0 },
      ...{ rules: { awayMs: 60_000, history: 8, hostGone: "migrate", capCounts: "seats", plays: false } },
      // Two came, one went away, one was put out, one message.
      ...{ seq: 5, busy: 5, stateBytes: 11, historyEvents: 5, bans: 1 },
    });
    expect([all.historyBytes, all.keptBytes].map((bytes) => Number(bytes) > 1_000)).toEqual([true, true]);
    expect(JSON.stringify(all)).not.toContain("message");
  });

  test("[M6] how long a line is silent, and that its reads are paused", async () => {
    const { server, clock, operator } = await scene({ MESSAGES_PER_SECOND: "1" });
    const { guests, code } = await openRoom(server.url);
    clock.advance(2_000);
    for (const n of range(0, 9)) only(guests).send({ type: "send", data: n });
    await operator.sees(code, "paused");
    clock.advance(100);
    const { members } = await operator.room(code);
    expect(members).toMatchObject([
      { index: 0, silentMs: 2_100, paused: false },
      { index: 1, paused: true },
    ]);
  });

  test("[M6][Q5] no clientId where it is the key to the seat, and a seat that waits as long as its room", async () => {
    const { server, operator } = await scene();
    const { guests, code } = await openParty2(server.url);
    await only(guests).close();
    await operator.sees(code, "away");
    const room = await operator.room(code);
    expect(room).toMatchObject({ dialect: "party2", rules: { awayMs: null, capCounts: "here" } });
    expect(room.members).toMatchObject([{ index: 0 }, { index: 1, here: false, leftMs: null }]);
    expect(JSON.stringify([room, await operator.monitor()])).not.toContain("key-");
  });

  test("[M7] by its code as it was typed; exactly as it is written it is no other's", async () => {
    const { server, operator } = await scene({ PARTY2_CODE_LENGTH: "4" });
    const { code: cased } = await openParty2(server.url);
    const host = await Client.connect(server.url);
    // The same letters, on the wire on which case is nothing.
    const capitals = cased.toUpperCase();
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 2, room: "GXHB" });
    expect(room).toBe("GXHB");
    for (const typed of ["GXHB", "gxhb", "gx-hb", "%20G%20xhb", "%EF%BC%A7XHB"]) {
      expect(await operator.room(typed)).toMatchObject({ code: "GXHB", dialect: "party" });
    }
    expect(await operator.room(cased)).toMatchObject({ code: cased, dialect: "party2" });
    expect(await operator.room(`${cased}?dialect=party2`)).toMatchObject({ code: cased });
    expect((await operator.api.send("GET", `/api/rooms/${cased}?dialect=party`)).status).toBe(404);
    expect(await operator.room("gxhb?dialect=party")).toMatchObject({ code: "GXHB" });
    for (const none of ["ZZZZ", "GXH", "G".repeat(3_000), "..", "%00", "gxhb?dialect=party2", "gxhb?dialect=none"]) {
      const { status } = await operator.api.send("GET", `/api/rooms/${none}`);
      expect([none.slice(0, 20), status]).toEqual([none.slice(0, 20), 404]);
    }
    if (capitals !== cased) expect((await operator.api.send("GET", `/api/rooms/${capitals}`)).status).toBe(404);
    // An operator that mistypes is no guesser.
    for (const n of range(0, 100)) await operator.api.send("GET", `/api/rooms/ZZ${n}`);
    expect(await server.metric('partyline_limited_total{bucket="guesses"}')).toBe(0);
  });

  test("[M11] what was recorded of it, also after its end, and by a code as it was typed", async () => {
    const { server, operator } = await scene();
    const host = await Client.connect(server.url);
    await host.ask({ type: "create", clientId: "tv", maxClients: 2, room: "GXHB" });
    await host.ask({ type: "leave" });
    expect((await operator.api.send("GET", "/api/rooms/gxhb")).status).toBe(404);
    for (const path of ["GXHB/record", "gx-hb/record", "gxhb/record?dialect=party"]) {
      expect(await operator.api.ask("GET", `/api/rooms/${path}`)).toMatchObject({
        events: [{ id: 1, kind: "opened" }, { kind: "left" }, { kind: "ended", room: "GXHB", dialect: "party" }],
        next: 3,
      });
    }
    expect(await operator.api.ask("GET", "/api/rooms/GXHB/record?since=2")).toMatchObject({ events: [{ id: 3 }] });
    expect(await operator.api.ask("GET", "/api/rooms/GXHB/record?since=3")).toMatchObject({ events: [], next: 3 });
    expect(await operator.api.refusal("GET", "/api/rooms/gxhb/record?dialect=party2")).toEqual([404, "Room not found"]);
  });
});

describe("an end", () => {
  test("[M12] of a room of `party`: each is told goodbye with the reason, and 4001", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    expect(await operator.api.ask("POST", `/api/rooms/${code}/close`, { reason: "it is late" })).toEqual({
      ...{ code, members: 2 },
    });
    for (const member of [host, only(guests)]) {
      expect(await member.next()).toMatchObject({ type: "bye", code: 4001, reason: "it is late" });
      expect(await member.closed).toMatchObject({ code: 4001 });
    }
    expect(await operator.record(code)).toEqual([["opened"], ["joined", 1], ["operatorClose"], ["ended"]]);
  });

  test("[M12] of one without a reason, as of its host without one", async () => {
    const { server, operator } = await scene();
    const { host, code } = await openRoom(server.url, 0);
    await operator.api.ask("POST", `/api/rooms/${code}/close`);
    expect(await host.next()).toMatchObject({ type: "bye", code: 4001, reason: "room closed" });
    expect(await operator.api.refusal("POST", `/api/rooms/${code}/close`)).toEqual([404, "Room not found"]);
  });

  test("[M12] of a room of `party2`: 4001 without a word", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openParty2(server.url);
    await operator.api.ask("POST", `/api/rooms/${code}/close`, { reason: "it is late" });
    for (const member of [host, only(guests)]) {
      expect(await member.closed).toMatchObject({ code: 4001 });
      await expect(member.next()).rejects.toThrow("closed while waiting");
    }
  });

  test("[M12] of a room of `sessionserver`: 4001 without a word", async () => {
    const { server, operator } = await scene();
    const { host, guest, code } = await openNumbered(server.url, operator);
    expect(await operator.api.ask("POST", `/api/rooms/${code}/close`)).toEqual({ code, members: 2 });
    for (const member of [host, guest]) expect(await member.closed).toMatchObject({ code: 4001 });
    const late = await Client.connect(server.url + PATH);
    expect(await late.ask(joinNumber(0))).toEqual(no("sessionJoin", 7));
  });

  test("[M12] of a room in which a session goes on: the session ends with it", async () => {
    const { server, operator } = await scene();
    const { host, code } = await openRoom(server.url, 0);
    await host.ask({ type: "session.start", id: 1 });
    await operator.api.ask("POST", `/api/rooms/${code}/close`);
    const [session] = await operator.api.list("/api/sessions?begun_by=host");
    expect(session).toMatchObject({ is_active: 0 });
  });
});

describe("a lock", () => {
  test("[M12] is told and holds as the host's, and is opened again; what is so already is a 409", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    const lock = (locked: unknown) => operator.api.send("POST", `/api/rooms/${code}/lock`, { locked });
    const late = await Client.connect(server.url);
    expect(JSON.parse((await lock(true)).text)).toEqual({ code, locked: true });
    for (const member of [host, only(guests)])
      expect(await member.next()).toEqual({ type: "room_locked", locked: true });
    expect(await late.ask({ type: "join", room: code, clientId: "late" })).toMatchObject({ code: "room_locked" });
    expect([(await lock(true)).status, (await lock(true)).text]).toEqual([409, '{"error":"Room is locked already"}']);
    expect((await lock(false)).status).toBe(200);
    expect([(await lock(false)).status, (await lock(false)).text]).toEqual([409, '{"error":"Room is not locked"}']);
    for (const member of [host, only(guests)])
      expect(await member.next()).toEqual({ type: "room_locked", locked: false });
    expect(await late.ask({ type: "join", room: code, clientId: "late" })).toMatchObject({ type: "joined" });
    for (const bad of [undefined, null, "true", 1]) {
      expect((await lock(bad)).text).toBe('{"error":"locked must be true or false"}');
    }
    // A no is no doing.
    expect(operator.audits().map(({ audit }) => audit)).toEqual(["lock", "unlock"]);
    expect((await operator.record(code)).map(([kind]) => kind)).toEqual([
      ...["opened", "joined", "operatorLock", "locked", "refused", "operatorUnlock", "unlocked", "joined"],
    ]);
  });

  test("[M12] holds on a wire that has no word for it", async () => {
    const { server, operator } = await scene();
    const { host, code } = await openParty2(server.url);
    await operator.api.ask("POST", `/api/rooms/${code}/lock`, { locked: true });
    const late = await Client.connect(`${server.url}/v2`);
    expect(await late.ask({ type: "join", room: code, clientId: "key-9" })).toEqual({
      ...{ type: "error", message: "Room is full" },
    });
    expect(await host.ask({ type: "send", to: 7, data: 1 })).toMatchObject({ message: "Target peer not found" });
  });
});

describe("a kick", () => {
  test("[M12] puts a member out for good, with the reason; the others hear it as of the host's", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url, 2);
    const [one, two] = guests as [Client, Client];
    const kick = { index: 1, reason: "enough" };
    expect(await operator.api.ask("POST", `/api/rooms/${code}/kick`, kick)).toEqual({ code, index: 1, banned: true });
    expect(await one.next()).toMatchObject({ type: "bye", code: 4002, reason: "enough" });
    expect(await one.closed).toMatchObject({ code: 4002 });
    for (const member of [host, two]) {
      expect(await member.next()).toEqual({ type: "peer_left", clientId: "guest-1", reason: "kicked" });
    }
    const again = await Client.connect(server.url);
    expect(await again.ask({ type: "join", room: code, clientId: "guest-1" })).toMatchObject({ code: "banned" });
    expect((await operator.record(code)).slice(3)).toEqual([
      ["operatorKick", 1],
      ["kicked", 1],
      ["refused", "banned"],
    ]);
  });

  test("[M12] with `ban: false` lets it come back", async () => {
    const { server, operator } = await scene();
    const { guests, code } = await openRoom(server.url);
    const kick = { index: 1, ban: false };
    expect(await operator.api.ask("POST", `/api/rooms/${code}/kick`, kick)).toMatchObject({ banned: false });
    await only(guests).closed;
    const again = await Client.connect(server.url);
    expect(await again.ask({ type: "join", room: code, clientId: "guest-1" })).toMatchObject({ type: "joined" });
    expect((await operator.room(code)).bans).toBe(0);
  });

  test("[M12] of one that is away gives its seat up", async () => {
    const { server, operator } = await scene();
    const host = await Client.connect(server.url);
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60 });
    const code = String(room);
    const phone = await Client.connect(server.url);
    await phone.ask({ type: "join", room: code, clientId: "phone", secret: "s" });
    await phone.close();
    await operator.sees(code, "away");
    await host.upToFence();
    await operator.api.ask("POST", `/api/rooms/${code}/kick`, { index: 1 });
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "phone", reason: "kicked" });
    const back = await Client.connect(server.url);
    // Another name with the same secret is the same one.
    expect(await back.ask({ type: "join", room: code, clientId: "other", secret: "s" })).toMatchObject({
      ...{ type: "error", code: "banned" },
    });
  });

  test("[M12] reaches the host too, and nobody is host until somebody is", async () => {
    const { server, operator } = await scene();
    const { host, guests, code } = await openRoom(server.url);
    await operator.api.ask("POST", `/api/rooms/${code}/kick`, { index: 0 });
    expect(await host.closed).toMatchObject({ code: 4002 });
    expect(await only(guests).next()).toEqual({ type: "peer_left", clientId: "host", reason: "kicked" });
    expect(await only(guests).next()).toEqual({ type: "host_changed", clientId: null });
    expect(await operator.room(code)).toMatchObject({ host: null, bans: 1 });
    // The last member takes the room with it.
    await operator.api.ask("POST", `/api/rooms/${code}/kick`, { index: 1 });
    expect((await operator.record(code)).slice(-3)).toEqual([["operatorKick", 1], ["kicked", 1], ["ended"]]);
  });

  test("[M12] in a room of `party2` is for good, in one of `sessionserver` never", async () => {
    const { server, operator } = await scene();
    const party2 = await openParty2(server.url);
    await operator.api.ask("POST", `/api/rooms/${party2.code}/kick`, { index: 1 });
    expect(await only(party2.guests).closed).toMatchObject({ code: 4002 });
    expect(await party2.host.next()).toEqual({ type: "peer_left", index: 1 });
    const again = await Client.connect(`${server.url}/v2`);
    expect(await again.ask({ type: "join", room: party2.code, clientId: "key-1" })).toEqual({
      ...{ type: "error", message: "Room not found" },
    });
    const { host, guest, code } = await openNumbered(server.url, operator);
    expect(await operator.api.ask("POST", `/api/rooms/${code}/kick`, { index: 1 })).toMatchObject({ banned: false });
    expect(await guest.closed).toMatchObject({ code: 4002 });
    expect(await upToFence(host)).toMatchObject([{ command: "playerLeave", error: 0 }]);
  });

  test("[M12] of nobody is a 404, and what no index is a 400", async () => {
    const { server, operator } = await scene();
    const { code } = await openRoom(server.url);
    const kick = (body: object) => operator.api.refusal("POST", `/api/rooms/${code}/kick`, body);
    expect(await kick({ index: 7 })).toEqual([404, "Member not found"]);
    for (const index of [-1, 1.5, "1", null, undefined, 2 ** 60]) {
      expect(await kick({ index })).toEqual([400, "index must be the index of a member"]);
    }
    expect(await kick({ index: 1, ban: "no" })).toEqual([400, "ban must be true or false"]);
    for (const reason of [5, "x".repeat(101), "two\nlines", "\u202Eturned"]) {
      expect(await kick({ index: 1, reason })).toEqual([400, "reason must be at most 100 printable characters"]);
      const closed = await operator.api.refusal("POST", `/api/rooms/${code}/close`, { reason });
      expect(closed).toEqual([400, "reason must be at most 100 printable characters"]);
    }
    expect(operator.audits()).toEqual([]);
    expect(await operator.record(code)).toEqual([["opened"], ["joined", 1]]);
  });
});

describe("what operators do", () => {
  test("[M13] is one line in the log each, with address and token, before what comes of it", async () => {
    const { server, operator } = await scene({ TRUSTED_PROXIES: "1" });
    const { code } = await openRoom(server.url, 2);
    const other = await Operator.at(server);
    const from = { "x-forwarded-for": "192.0.2.77" };
    const at = `/api/rooms/${code}`;
    await operator.api.send("POST", `${at}/lock`, { locked: true }, from);
    await operator.api.send("POST", `${at}/kick`, { index: 2, reason: "enough" }, from);
    await operator.api.send("POST", `${at}/close`, {}, from);
    const audits = operator.audits();
    const [token] = audits.map((audit) => audit.token);
    expect(token).toMatch(/^[0-9a-f]{8}$/);
    const who = { level: "info", room: code, dialect: "party", address: "192.0.2.77", token };
    expect(audits).toMatchObject([
      { audit: "lock", ...who },
      { audit: "kick", seat: 2, banned: true, reason: "enough", ...who },
      { audit: "close", members: 2, ...who },
    ]);
    const lines = server.logged.map((line): Fields => JSON.parse(line));
    const place = (find: (line: Fields) => boolean) => lines.findIndex(find);
    expect(place(({ audit }) => audit === "close")).toBeLessThan(place(({ as }) => as === "roomClosed"));
    expect(other.api.headers.authorization).not.toContain(String(token));
  });

  test("[M1][M13] from a page that does not belong here is nothing", async () => {
    const { server, operator } = await scene({ ALLOWED_ORIGINS: "https://game.example" });
    const { host, code } = await openRoom(server.url);
    const origin = { origin: "https://evil.example" };
    for (const call of ["close", "lock", "kick"]) {
      const { status } = await operator.api.send(
        "POST",
        `/api/rooms/${code}/${call}`,
        { locked: true, index: 1 },
        origin,
      );
      expect(status).toBe(403);
    }
    expect(await host.upToFence()).toEqual([]);
    expect(operator.audits()).toEqual([]);
  });
});

test("[M14] nothing that is said, kept, or called, no secret and no address is in what they are told", async () => {
  const { server, operator } = await scene({ TRUSTED_PROXIES: "1" });
  const CANARY = "canary";
  const address = { "x-forwarded-for": "198.51.100.123" };
  const connect = () => Client.connect(server.url, address);
  const host = await connect();
  const { room } = await host.ask({
    ...{
      type: "create",
      clientId: `${CANARY}-host`,
      name: `${CANARY} name`,
      secret: `${CANARY} secret`,
      maxClients: 8,
    },
    ...{ away: 60, history: 32, state: { is: CANARY } },
  });
  const code = String(room);
  const seat = { type: "join", room: code, clientId: `${CANARY}-guest`, name: `${CANARY} guest`, secret: CANARY };
  const guest = await connect();
  await guest.ask(seat);
  host.send({ type: "session.start", notes: CANARY });
  host.send({ type: "game.add", title: `${CANARY} quiz` });
  for (const to of [null, `${CANARY}-guest`, [`${CANARY}-guest`], CANARY])
    host.send({ type: "send", to, data: CANARY });
  host.send({ type: "set_state", data: { is: CANARY } });
  guest.send({ type: "set_player", data: CANARY });
  guest.send({ type: "vote", vote: "up" });
  guest.send({ type: CANARY });
  guest.send(`{"${CANARY}"`);
  await guest.upToFence();
  const other = await connect();
  await other.ask({ ...seat, secret: `${CANARY} wrong` });
  await other.ask({ ...seat, room: CANARY });
  await other.ask(seat);
  host.send({ type: "lock", locked: true });
  host.send({ type: "kick", clientId: `${CANARY}-guest`, reason: CANARY });
  await host.upToFence();
  const party2 = await Client.connect(`${server.url}/v2`, address);
  await party2.ask({ type: "create", clientId: CANARY, maxClients: 2, url: `https://${CANARY}.example/{room}` });
  const numbered = await Client.connect(server.url + PATH, address);
  await numbered.ask({ ...CREATE, session: { [CANARY]: CANARY } });
  await new Api(server).send("POST", "/api/auth/login", { key: CANARY }, address);
  await new Api(server, { authorization: `Bearer ${CANARY}` }).send("GET", `/api/rooms/${code}`, undefined, address);
  await operator.monitor(`?q=${CANARY}`);
  await operator.api.send("POST", `/api/rooms/${code}/lock`, { locked: CANARY });
  await operator.api.send("GET", `/api/rooms/${CANARY}`);

  const { members, ...figures } = await operator.room(code);
  // The names of members stand there alone, and their clientIds, which are public on this wire.
  expect(JSON.stringify(members)).toContain(`${CANARY} name`);
  const monitor = JSON.stringify(await operator.monitor("?sort=members"));
  const record = (await operator.api.send("GET", `/api/rooms/${code}/record`)).text;
  await operator.api.ask("POST", `/api/rooms/${code}/kick`, { index: 0 });
  const token = String(operator.api.headers.authorization).slice("Bearer ".length);
  for (const told of [JSON.stringify(figures), monitor, record]) {
    for (const secret of [CANARY, "198.51.100", "127.0.0.1", ADMIN_KEY, token]) expect(told).not.toContain(secret);
  }
  expect(record).toContain('"kind":"refused"');
  for (const secret of [CANARY, ADMIN_KEY, token]) expect(server.logged.join("\n")).not.toContain(secret);
  expect(operator.audits()).toHaveLength(1);
});
