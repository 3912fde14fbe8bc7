// party2 among the doors: which path speaks it, what a probe says of its rooms, and the limits that end a line here because its
// wire has no words for them.
import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config.ts";
import { Client, type Frame } from "../support/client.ts";
import { exhaust, wrongJoin } from "../support/guesses.ts";
import { handshake, rawHttp } from "../support/http.ts";
import type { TestServer } from "../support/server.ts";
import { openRoom, reaches, stages, turn } from "../support/stage.ts";

const stage = stages();

const error = (message: string): Frame => ({ type: "error", message });

interface Opened {
  readonly tv: Client;
  readonly phones: readonly Client[];
  readonly code: string;
}

/** A party2 room with its display and so many phones; nobody has a frame left to read. */
async function open(server: TestServer, count: number, more: object = {}, path = "/v2"): Promise<Opened> {
  const tv = await Client.connect(server.url + path, { Origin: "https://game.example" });
  const { room } = await tv.ask({ type: "create", clientId: "display", maxClients: 4, ...more });
  const code = String(room);
  const phones: Client[] = [];
  for (let n = 1; n <= count; n++) {
    const phone = await Client.connect(server.url + path);
    await phone.ask({ type: "join", clientId: `phone-${n}`, room: code });
    for (const member of [tv, ...phones]) await member.next();
    phones.push(phone);
  }
  return { tv, phones, code };
}

async function probe(server: TestServer, path: string) {
  const response = await fetch(server.http + path);
  return {
    status: response.status,
    cors: response.headers.get("access-control-allow-origin"),
    instance: response.headers.get("x-instance-id"),
    body: await response.json(),
  };
}

describe("paths", () => {
  test("[Q1] /v2 and /v2/<CODE> speak party2, all else party", async () => {
    const { server } = stage();
    for (const path of ["/v2", "/v2/", "/v2/GXHB", "/v2?instance=i1", "/v2/GXHB?instance=i1"]) {
      const client = await Client.connect(server.url + path);
      expect([path, await client.ask({ type: "ping" })]).toEqual([path, error("Unknown message type")]);
    }
    for (const path of ["/", "/v2x", "/v2/GXHB/more", "/v1", "/V2"]) {
      const client = await Client.connect(server.url + path);
      expect([path, (await client.ask({ type: "ping" })).type]).toEqual([path, "pong"]);
    }
  });

  test("[Q1] with RELAY_DIALECT=party2 it owns every path", async () => {
    const { server } = stage({ RELAY_DIALECT: "party2" });
    for (const path of ["/", "/GXHB", "/v2", "/some/where"]) {
      const client = await Client.connect(server.url + path);
      expect([path, await client.ask({ type: "ping" })]).toEqual([path, error("Unknown message type")]);
    }
  });

  test("[Q1][H7] fixed paths are never a room's", async () => {
    const { server } = stage();
    for (const path of ["/v2/room", "/v2/room/GXHB", "/v2/room/GXHB/more", "/room/GXHB", "/health"]) {
      expect([path, (await rawHttp(server.http, handshake(path))).status]).not.toEqual([path, 101]);
    }
    expect((await fetch(`${server.http}/v2/GXHB`)).status).toBe(404);
  });

  test("[Q1][R12] a room is not there for the other dialect, either way", async () => {
    const { server } = stage();
    const { code } = await open(server, 0);
    const party = await Client.connect(server.url);
    expect(await party.ask({ type: "join", clientId: "a", room: code })).toMatchObject(error("Room not found"));
    const other = await openRoom(server.url, 0);
    const phone = await Client.connect(`${server.url}/v2`);
    expect(await phone.ask({ type: "join", clientId: "a", room: other.code })).toEqual(error("Room not found"));
  });
});

describe("where a server is", () => {
  test("[Q2] instance and region are its settings", async () => {
    const { server } = stage({ INSTANCE: "relay-1.b", REGION: "fra" });
    const tv = await Client.connect(`${server.url}/v2`);
    const url = "https://{instance}.example/{room}";
    const created = await tv.ask({ type: "create", clientId: "display", maxClients: 1, url });
    expect(created).toMatchObject({ instance: "relay-1.b", region: "fra" });
    expect(created.url).toBe(`https://relay-1.b.example/${created.room}`);
  });

  test("[Q2] without them the instance is made at the start, one a server", async () => {
    const made: unknown[] = [];
    for (const { server } of [stage(), stage()]) {
      for (let line = 0; line < 2; line++) {
        const tv = await Client.connect(`${server.url}/v2`);
        const created = await tv.ask({ type: "create", clientId: "display", maxClients: 1 });
        expect(String(created.instance)).toMatch(/^[0-9a-z]{8}$/);
        expect(created.region).toBe("local");
        made.push(created.instance);
      }
    }
    expect([made[0] === made[1], made[2] === made[3], made[0] === made[2]]).toEqual([true, true, false]);
  });
});

describe("codes", () => {
  test("[Q11] are 6 characters of base58; `party` keeps its 4 capitals", async () => {
    const { server } = stage({ LIMITS: "off" });
    const codes: string[] = [];
    for (let count = 0; count < 40; count++) codes.push((await open(server, 0)).code);
    for (const code of codes) expect(code).toMatch(/^[1-9A-HJ-NP-Za-km-z]{6}$/);
    expect(codes.join("")).toMatch(/[a-z]/);
    expect(new Set(codes).size).toBe(40);
    expect((await openRoom(server.url, 0)).code).toMatch(/^[A-HJ-NP-Z2-9]{4}$/);
  });

  test("[Q11] PARTY2_CODE_LENGTH and ROOM_CODE_LENGTH say how many each", async () => {
    const { server } = stage({ PARTY2_CODE_LENGTH: "8", ROOM_CODE_LENGTH: "5" });
    expect([(await open(server, 0)).code.length, (await openRoom(server.url, 0)).code.length]).toEqual([8, 5]);
  });

  test("[Q11] case tells two codes apart", async () => {
    const { server } = stage({ LIMITS: "off" });
    let { code } = await open(server, 0);
    while (code === code.toUpperCase()) code = (await open(server, 0)).code;
    const phone = await Client.connect(`${server.url}/v2`);
    const join = (room: string) => phone.ask({ type: "join", clientId: "key", room });
    expect(await join(code.toUpperCase())).toEqual(error("Room not found"));
    expect((await probe(server, `/v2/room/${code.toUpperCase()}`)).status).toBe(404);
    expect(await join(`${code}\n`)).toMatchObject({ type: "joined", room: code });
  });
});

describe("settings", () => {
  test.each([
    [{ RELAY_DIALECT: "party3" }, "RELAY_DIALECT must be one of party, party2"],
    [{ PARTY2_CODE_LENGTH: "3" }, 'PARTY2_CODE_LENGTH must be a whole number from 4 to 8, not "3"'],
    [{ INSTANCE: "a/b" }, 'INSTANCE must be at most 64 of A-Z, a-z, 0-9, dot, dash and underscore, not "a/b"'],
    [{ REGION: "{x}" }, 'REGION must be at most 64 of A-Z, a-z, 0-9, dot, dash and underscore, not "{x}"'],
  ])("[Q1][Q2][L15] %j stops the start", (env, problem) => {
    expect(() => readConfig(env)).toThrow(problem);
  });
});

describe("the probe", () => {
  test("[Q10] counts who is connected, and has the link", async () => {
    const { server } = stage({ INSTANCE: "i1" });
    const { tv, phones, code } = await open(server, 2, { url: "https://x.example/{instance}/{room}" });
    await phones[0]?.close();
    expect(await tv.next()).toEqual({ type: "peer_left", index: 1 });
    const body = {
      clients: 2,
      maxClients: 4,
      origin: "https://game.example",
      url: `https://x.example/i1/${code}`,
    };
    const found = { status: 200, cors: "*", instance: "i1", body };
    expect(await probe(server, `/v2/room/${code}`)).toEqual(found);
    expect(await probe(server, `/v2/room/${encodeURIComponent(`${code.slice(0, 3)} ${code.slice(3)}`)}`)).toEqual(
      found,
    );
  });

  test("[Q10] has the fields and headers of this wire, and no others", async () => {
    const { server } = stage({ INSTANCE: "i1" });
    const { code } = await open(server, 0);
    const { headers, body } = await fetch(`${server.http}/v2/room/${code}`).then(async (response) => {
      return { headers: [...response.headers.keys()], body: (await response.json()) as object };
    });
    expect(Object.keys(body)).toEqual(["clients", "maxClients", "origin"]);
    const ours = headers.filter(
      (name) => !["content-type", "content-length", "date", "cache-control", "connection"].includes(name),
    );
    expect(ours.filter((name) => name !== "x-content-type-options").sort()).toEqual([
      "access-control-allow-origin",
      "x-instance-id",
    ]);
    const party = await openRoom(server.url, 0);
    expect(Object.keys((await probe(server, `/room/${party.code}`)).body as object)).toContain("locked");
    expect((await probe(server, `/room/${party.code}`)).instance).toBeNull();
  });

  test("[Q10] each path sees the rooms of its dialect", async () => {
    const { server } = stage();
    const { code } = await open(server, 0);
    const party = await openRoom(server.url, 0);
    const room = { clients: 1, maxClients: 4, origin: "https://game.example" };
    const gone = { status: 404, cors: "*", instance: null, body: { error: "Room not found" } };
    expect((await probe(server, `/v2/room/${code}`)).body).toEqual(room);
    expect(await probe(server, `/room/${code}`)).toEqual(gone);
    expect((await probe(server, `/room/${party.code}`)).status).toBe(200);
    expect(await probe(server, `/v2/room/${party.code}`)).toEqual(gone);
  });

  test("[Q10] /room/:code asks the owner of /", async () => {
    const { server } = stage({ RELAY_DIALECT: "party2" });
    const { code } = await open(server, 1, {}, "/");
    for (const path of [`/room/${code}`, `/v2/room/${code}`]) {
      expect([path, (await probe(server, path)).body]).toEqual([path, expect.objectContaining({ clients: 2 })]);
    }
    const preflight = await fetch(`${server.http}/v2/room/${code}`, { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });
});

describe("the host", () => {
  test("[Q8] gone for HOST_GONE_SECONDS: the room is closed with 4001, without a word", async () => {
    const { server, clock } = stage({ HOST_GONE_SECONDS: "120" });
    const { tv, phones, code } = await open(server, 1);
    const [phone] = phones;
    if (phone === undefined) throw new Error("no phone");
    await tv.close();
    expect(await phone.next()).toEqual({ type: "peer_left", index: 0 });
    expect((await probe(server, `/v2/room/${code}`)).status).toBe(200);
    // Whole seconds, so that the phone's answers to pings are heard in between.
    for (let second = 0; second < 119; second++) {
      clock.advance(1_000);
      expect(await phone.ask({ type: "fence" })).toEqual(error("Unknown message type"));
    }
    clock.advance(1_000);
    expect(await phone.closed).toEqual({ code: 4001, reason: "room closed" });
    expect((await probe(server, `/v2/room/${code}`)).status).toBe(404);
  });
});

describe("members that come and go", () => {
  test("[Q5] each is told once as here and once as gone, however many are kept", async () => {
    const { server } = stage({ LIMITS: "off" });
    const { tv, code } = await open(server, 0, { maxClients: 2 });
    for (let index = 1; index <= 20; index++) {
      const phone = await Client.connect(`${server.url}/v2`);
      const joined = await phone.ask({ type: "join", clientId: `phone-${index}`, room: code });
      expect(joined).toEqual({ type: "joined", room: code, index, peers: [0] });
      expect(await tv.next()).toEqual({ type: "peer_joined", index });
      await phone.close();
      expect(await tv.next()).toEqual({ type: "peer_left", index });
    }
    expect(await tv.ask({ type: "fence" })).toEqual(error("Unknown message type"));
  });
});

describe("limits", () => {
  test("[Q4] no room to be had: the line is closed with 4100", async () => {
    for (const env of [{ MAX_ROOMS: "1" }, { MAX_ROOMS_PER_ADDRESS: "1" }]) {
      const { server } = stage(env);
      await open(server, 0);
      const tv = await Client.connect(`${server.url}/v2`);
      tv.send({ type: "create", clientId: "display", maxClients: 4 });
      expect(await tv.closed).toEqual({ code: 4100, reason: "server full" });
      await expect(tv.next()).rejects.toThrow("closed while waiting");
    }
  });

  test("[Q12] a room that nobody is connected to gives way, the one empty longest first; one that somebody is in does not", async () => {
    const { server, clock } = stage({ MAX_ROOMS_PER_ADDRESS: "3" });
    const rooms: Opened[] = [];
    for (let count = 0; count < 3; count++) rooms.push(await open(server, 0));
    const [first, second, third] = rooms as [Opened, Opened, Opened];
    const status = async ({ code }: Opened) => (await probe(server, `/v2/room/${code}`)).status;
    const leave = async ({ tv }: Opened) => {
      await tv.close();
      clock.advance(1_000);
      await turn(server);
    };
    await leave(second);
    await leave(first);
    await open(server, 0);
    expect([await status(first), await status(second), await status(third)]).toEqual([200, 404, 200]);
    // Any wire's room may take the place, and what is refused for another reason takes none.
    const party = await Client.connect(server.url);
    expect(await party.ask({ type: "create", clientId: "a", maxClients: 2, room: "?" })).toMatchObject({
      code: "bad_field",
    });
    expect(await status(first)).toBe(200);
    expect(await party.ask({ type: "create", clientId: "a", maxClients: 2 })).toMatchObject({ type: "created" });
    expect([await status(first), await status(third)]).toEqual([404, 200]);
    const late = await Client.connect(`${server.url}/v2`);
    late.send({ type: "create", clientId: "display", maxClients: 4 });
    expect((await late.closed).code).toBe(4100);
    expect(await server.metric("partyline_rooms")).toBe(3);
  });

  test("[Q12][R24] a room of party that waits for its members does not give way", async () => {
    const { server } = stage({ MAX_ROOMS_PER_ADDRESS: "1" });
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 2, away: 60 });
    await tv.close();
    const other = await Client.connect(server.url);
    expect(await other.ask({ type: "create", clientId: "b", maxClients: 2 })).toMatchObject({ code: "too_many_rooms" });
    expect(await other.ask({ type: "join", clientId: "tv", room })).toMatchObject({ type: "joined" });
  });

  test("[Q4] too many guesses: the line is closed with 4101", async () => {
    const { server } = stage();
    const { code } = await open(server, 1);
    await exhaust(server);
    const oldest = await Client.connect(`${server.url}/v2`);
    oldest.send(wrongJoin(0));
    await reaches(server, "partyline_waits_total", 1);
    // A member that comes back is no guesser: its clientId is the key to its seat.
    const back = await Client.connect(`${server.url}/v2`);
    expect(await back.ask({ type: "join", clientId: "phone-1", room: code })).toMatchObject({ index: 1 });
    for (let n = 1; n <= 32; n++) (await Client.connect(`${server.url}/v2`)).send(wrongJoin(n));
    expect(await oldest.closed).toEqual({ code: 4101, reason: "too fast" });
    await expect(oldest.next()).rejects.toThrow("closed while waiting");
  });

  test("[Q3] a server that goes away takes no rooms, and closes with 4200 without a word", async () => {
    const { server, clock } = stage({ DRAIN_SECONDS: "1" });
    const { tv, phones } = await open(server, 1);
    const late = await Client.connect(`${server.url}/v2`);
    await turn(server);
    const drained = server.drain();
    late.send({ type: "create", clientId: "display", maxClients: 4 });
    // The first slice goes at once, and it may be this one.
    const first = await late.next().then(
      ({ message }) => message,
      () => "closed",
    );
    expect(["Server draining", "closed"]).toContain(String(first));
    for (let beat = 0; beat < 12; beat++) clock.advance(100);
    for (const client of [tv, ...phones, late]) expect((await client.closed).code).toBe(4200);
    await drained;
  });
});
