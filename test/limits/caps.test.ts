// How big, how deep, how many, from where: bounds that are a plain no, before or right after the upgrade.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { linesAre, only, openRoom, stages } from "../support/stage.ts";

const stage = stages();

/** The answer to one more upgrade, as it is on the wire. */
function knock(server: TestServer, headers: Record<string, string> = {}) {
  return rawHttp(server.http, handshake("/", headers));
}

function from(address: string): Record<string, string> {
  return { "X-Forwarded-For": address };
}

describe("sizes", () => {
  test("[L2] a frame of MAX_FRAME_BYTES is taken, one byte more closes with 1009", async () => {
    const { server } = stage({ MAX_FRAME_BYTES: "1000" });
    const exact = await Client.connect(server.url);
    expect(await exact.ask("x".repeat(1_000))).toMatchObject({ message: "Invalid JSON" });
    const raw = await RawClient.connect(server.url);
    raw.send("x".repeat(1_001));
    expect(await raw.closeCode()).toBe(1009);
  });

  test("[L2] in pieces as well", async () => {
    const { server } = stage({ MAX_FRAME_BYTES: "1000" });
    const raw = await RawClient.connect(server.url);
    raw.write(frame("x".repeat(600), OPCODE.text, false));
    raw.write(frame("x".repeat(600), OPCODE.continuation));
    expect(await raw.closeCode()).toBe(1009);
  });

  test("[L2] its room hears that it left, and plays on", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url, 2);
    only(guests.slice(0, 1)).send("x".repeat(65_537));
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "guest-1", reason: "lost" });
    only(guests.slice(1)).send({ type: "send", data: 1 });
    expect(await host.next()).toMatchObject({ from: "guest-2", data: 1 });
  });

  test("[L3] data may nest 32 deep; one level more is refused and not relayed", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url);
    const nested = (depth: number) => `{"type":"send","data":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    only(guests).send(nested(32));
    expect((await host.next()).type).toBe("message");
    expect(await only(guests).ask(nested(33))).toMatchObject({
      code: "too_deep",
      message: "Data is nested too deeply",
    });
    const addressed = nested(33).replace("{", '{"to":"host",');
    expect(await only(guests).ask(addressed)).toMatchObject({ code: "too_deep" });
    only(guests).send({ type: "send", data: "[".repeat(500) });
    expect(await host.next()).toMatchObject({ data: "[".repeat(500) });
  });

  test("[L3] MAX_DEPTH sets how deep", async () => {
    const { server } = stage({ MAX_DEPTH: "1" });
    const { guests } = await openRoom(server.url);
    expect(await only(guests).ask({ type: "send", data: [[]] })).toMatchObject({ code: "too_deep" });
    expect(await only(guests).ask({ type: "send", data: [1], id: 1 })).toMatchObject({ type: "ack" });
  });
});

describe("lines", () => {
  test("[L10] so many from one address, then 429 with when to come back; a closed one makes room", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "2" });
    const first = await Client.connect(server.url);
    await Client.connect(server.url);
    const answer = await knock(server);
    expect(answer.status).toBe(429);
    expect(answer.text).toContain('{"error":"Too many connections"}');
    expect(answer.text.toLowerCase()).toContain("retry-after: 10");
    await first.close();
    await linesAre(server, 1);
    expect((await knock(server)).status).toBe(101);
  });

  test("[L10] lines that vanish leave no place taken", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "5", CONNECTS_PER_SECOND: "1000" });
    for (let round = 0; round < 10; round++) {
      const lines = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(server.url)));
      for (const line of lines) line.destroy();
      await linesAre(server, 0);
    }
    expect((await knock(server)).status).toBe(101);
  });

  test("[L10] so many a second, a burst of five seconds free; past it 429, later welcome again", async () => {
    const { server, clock } = stage({ CONNECTS_PER_SECOND: "1" });
    for (let n = 0; n < 5; n++) expect((await knock(server)).status).toBe(101);
    const answer = await knock(server);
    expect(answer.status).toBe(429);
    expect(answer.text.toLowerCase()).toContain("retry-after: 1\r\n");
    clock.advance(1_000);
    expect((await knock(server)).status).toBe(101);
    expect((await knock(server)).status).toBe(429);
  });

  test("[L10] each address for itself", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "1", TRUSTED_PROXIES: "1" });
    await Client.connect(server.url, from("203.0.113.1"));
    expect((await knock(server, from("203.0.113.1"))).status).toBe(429);
    expect((await knock(server, from("203.0.113.2"))).status).toBe(101);
  });

  test("[L11] so many in all, then 503, from wherever", async () => {
    const { server } = stage({ MAX_LINES: "2", TRUSTED_PROXIES: "1" });
    await Client.connect(server.url, from("203.0.113.1"));
    const second = await Client.connect(server.url, from("203.0.113.2"));
    const answer = await knock(server, from("203.0.113.3"));
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('{"error":"Server is full"}');
    await second.close();
    await linesAre(server, 1);
    expect((await knock(server, from("203.0.113.3"))).status).toBe(101);
  });

  test("[L16] LIMITS=off lifts those an address, not the one in all", async () => {
    const { server } = stage({ LIMITS: "off", MAX_LINES_PER_ADDRESS: "1", CONNECTS_PER_SECOND: "1", MAX_LINES: "20" });
    for (let n = 0; n < 20; n++) await Client.connect(server.url);
    expect((await knock(server)).status).toBe(503);
  });
});

describe("rooms", () => {
  test("[R7] so many from one address, then `Too many rooms`; one that ends makes room", async () => {
    const { server } = stage({ MAX_ROOMS_PER_ADDRESS: "1", TRUSTED_PROXIES: "1" });
    const { host } = await openRoom(server.url, 0, from("203.0.113.1"));
    const create = { type: "create", clientId: "tv", maxClients: 2 };
    const next = await Client.connect(server.url, from("203.0.113.1"));
    expect(await next.ask(create)).toMatchObject({ code: "too_many_rooms", message: "Too many rooms" });
    const elsewhere = await Client.connect(server.url, from("203.0.113.2"));
    expect((await elsewhere.ask(create)).type).toBe("created");
    await host.ask({ type: "leave" });
    expect((await next.ask(create)).type).toBe("created");
  });

  test("[R7] so many in all, then `Server is full`", async () => {
    const { server } = stage({ MAX_ROOMS: "1" });
    const { host } = await openRoom(server.url, 0);
    const next = await Client.connect(server.url);
    const create = { type: "create", clientId: "tv", maxClients: 2 };
    expect(await next.ask(create)).toMatchObject({ code: "server_full", message: "Server is full" });
    await host.close();
    await linesAre(server, 1);
    expect((await next.ask(create)).type).toBe("created");
  });
});

describe("nonsense", () => {
  const broken = ["{", "null", "[]", "5", '"x"', "", '{"type":5}', "{}", "\u0000", '{"type":null}'];

  test("[L12] ten frames in a row that are no requests close with 4004, and a bye before", async () => {
    const { server } = stage();
    const fool = await Client.connect(server.url);
    for (const text of broken) expect((await fool.ask(text)).type).toBe("error");
    expect(await fool.next()).toMatchObject({ type: "bye", code: 4004, reason: "protocol violation", retry: false });
    expect((await fool.closed).code).toBe(4004);
  });

  test("[L12] nine, a request, and nine more do not", async () => {
    const { server } = stage();
    const clumsy = await Client.connect(server.url);
    for (let round = 0; round < 3; round++) {
      for (const text of broken.slice(1)) expect((await clumsy.ask(text)).type).toBe("error");
      expect((await clumsy.ask({ type: "ping" })).type).toBe("pong");
    }
  });

  test("[L12] nor do ten that came over more than a minute, however many more: noise is no attack", async () => {
    const { server, clock } = stage();
    const { host } = await openRoom(server.url, 0);
    for (let beat = 0; beat < 40; beat++) {
      clock.advance(7_000);
      expect(await host.ask("💓")).toMatchObject({ code: "invalid_json" });
    }
    // Nine within the minute are in the window now; a tenth in the same moment is one too many.
    expect(await host.ask("💓")).toMatchObject({ code: "invalid_json" });
    expect(await host.next()).toMatchObject({ type: "bye", code: 4004 });
  });

  test("[L12] types nobody knows never do", async () => {
    const { server } = stage();
    const newer = await Client.connect(server.url);
    for (let n = 0; n < 30; n++) expect(await newer.ask({ type: "teleport" })).toMatchObject({ code: "unknown_type" });
    expect((await newer.ask({ type: "ping" })).type).toBe("pong");
  });

  test("[L12] a type nobody knows is a request, so it breaks the row", async () => {
    const { server } = stage();
    const newer = await Client.connect(server.url);
    for (let round = 0; round < 2; round++) {
      for (const text of broken.slice(1)) expect((await newer.ask(text)).type).toBe("error");
      expect(await newer.ask({ type: "teleport" })).toMatchObject({ code: "unknown_type" });
    }
    expect((await newer.ask({ type: "ping" })).type).toBe("pong");
  });

  test("[L12] fields that cannot be taken never do", async () => {
    const { server } = stage();
    const wrong = await Client.connect(server.url);
    for (let n = 0; n < 30; n++)
      expect(await wrong.ask({ type: "create" })).toMatchObject({ code: "client_id_required" });
  });
});

describe("origins", () => {
  const GAME = "https://game.example";

  test("[L14] any page may connect where no list is set", async () => {
    const { server } = stage();
    expect((await knock(server, { Origin: "https://evil.example" })).status).toBe(101);
  });

  test("[L14] with a list, another origin gets 403; none at all is welcome", async () => {
    const { server } = stage({ ALLOWED_ORIGINS: `${GAME}, http://localhost:5173` });
    expect((await knock(server, { Origin: GAME })).status).toBe(101);
    expect((await knock(server, { Origin: "http://localhost:5173" })).status).toBe(101);
    expect((await knock(server)).status).toBe(101);
    for (const Origin of [
      "https://evil.example",
      "null",
      "http://game.example",
      `${GAME}.evil.example`,
      `${GAME}:8443`,
    ]) {
      const answer = await knock(server, { Origin });
      expect([Origin, answer.status]).toEqual([Origin, 403]);
      expect(answer.text).toContain('{"error":"Origin not allowed"}');
    }
  });

  test("[L14] the server's own pages need not stand in the list where they come from an address, and must where they come from a name", async () => {
    const { server } = stage({ ALLOWED_ORIGINS: GAME });
    const own = (Host: string, Origin = `http://${Host}`) => knock(server, { Host, Origin });
    for (const host of ["192.168.1.5:3000", "localhost:3000", "[fd00::1]:3000", "10.0.0.2"])
      expect([host, (await own(host)).status]).toEqual([host, 101]);
    expect((await own("192.168.1.5", "https://192.168.1.5")).status).toBe(101);
    for (const host of ["evil.example", "evil.example:3000", "192.168.1.5.evil.example", "localhost.evil.example"])
      expect([host, (await own(host)).status]).toEqual([host, 403]);
    for (const origin of [
      "http://192.168.1.6:3000",
      "http://192.168.1.5",
      "file://192.168.1.5:3000",
      "x//192.168.1.5:3000",
    ])
      expect([origin, (await own("192.168.1.5:3000", origin)).status]).toEqual([origin, 403]);
  });

  test("[L14] REQUIRE_ORIGIN=on refuses those without", async () => {
    const { server } = stage({ ALLOWED_ORIGINS: GAME, REQUIRE_ORIGIN: "on" });
    expect((await knock(server)).status).toBe(403);
    expect((await knock(server, { Origin: GAME })).status).toBe(101);
  });

  test("[L14] a refused page costs its address no place", async () => {
    const { server } = stage({ ALLOWED_ORIGINS: GAME, MAX_LINES_PER_ADDRESS: "1", CONNECTS_PER_SECOND: "1" });
    for (let n = 0; n < 10; n++) expect((await knock(server, { Origin: "https://evil.example" })).status).toBe(403);
    expect((await knock(server, { Origin: GAME })).status).toBe(101);
  });
});

describe("addresses", () => {
  test("[L13] without TRUSTED_PROXIES a header changes nothing", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "1" });
    await Client.connect(server.url, from("203.0.113.1"));
    expect((await knock(server, from("203.0.113.2"))).status).toBe(429);
  });

  test("[L13] what a client claims left of the proxy's word changes nothing", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "1", TRUSTED_PROXIES: "127.0.0.0/8" });
    await Client.connect(server.url, from("198.51.100.1, 203.0.113.1"));
    expect((await knock(server, from("198.51.100.2, 203.0.113.1"))).status).toBe(429);
    expect((await knock(server, from("198.51.100.1, 203.0.113.2"))).status).toBe(101);
  });

  test("[L13] IPv6 counts by /64", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "1", TRUSTED_PROXIES: "1" });
    await Client.connect(server.url, from("2001:db8:1:2::1"));
    expect((await knock(server, from("2001:db8:1:2:ffff::9"))).status).toBe(429);
    expect((await knock(server, from("2001:db8:1:3::1"))).status).toBe(101);
  });
});
