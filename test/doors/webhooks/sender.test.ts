// One call of a webhook against whatever may stand at the other end: names that change, answers without end, none at all, certificates of others.
import { afterEach, describe, expect, test } from "bun:test";
import { BlockList, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { systemClock } from "../../../src/clock.ts";
import { CALL_MS, type Letter, Sender } from "../../../src/doors/webhooks/sender.ts";
import type { Lookup } from "../../../src/doors/webhooks/target.ts";
import type { Reachable } from "../../../src/limits/reach.ts";
import { certificates, openssl } from "../../support/certificates.ts";
import { ManualClock } from "../../support/clock.ts";

const MiB = 1024 * 1024;
const NOTHING: Reachable = { names: new Set(), networks: new BlockList() };
const LOOPBACK: Reachable = { names: new Set(), networks: new BlockList() };
LOOPBACK.networks.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.networks.addAddress("::1", "ipv6");
const HOOK: Reachable = { names: new Set(["hook.example"]), networks: new BlockList() };
const here: Lookup = async () => ["127.0.0.1"];

const servers: { close(): unknown; readonly sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { close, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    close();
  }
});

/** Somebody who listens on this machine, counts who connects, and answers what a test has it say. */
async function listener(answer: (socket: Socket, heard: string) => void, made?: Server) {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  let connections = 0;
  const onSocket = (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (chunk: Buffer) => {
      heard.push(chunk.toString("latin1"));
      answer(socket, chunk.toString("latin1"));
    });
  };
  const server = made ?? createServer(onSocket);
  if (made !== undefined) made.on("secureConnection", onSocket);
  await new Promise<void>((resolve) => server.listen(0, made === undefined ? "::" : "127.0.0.1", resolve));
  servers.push({ close: () => server.close(), sockets });
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    heard,
    connections: () => connections,
    sockets,
  };
}

const says =
  (status: string, more = "") =>
  (socket: Socket) =>
    socket.end(`HTTP/1.1 ${status}\r\n${more}content-length: 0\r\n\r\n`);

function letterTo(url: string, tries = 0): Letter {
  return { url: new URL(url), headers: { "content-type": "application/json" }, body: '{"a":1}', tries };
}

const never = () => new AbortController().signal;

function sender(reachable: Reachable, resolve: Lookup = here, ca?: string) {
  return new Sender({ clock: systemClock, reachable, resolve, ...(ca !== undefined && { ca }) });
}

describe("a call", () => {
  test("[W11] is one POST, and a 2xx is a success", async () => {
    const { port, heard } = await listener(says("204 No Content"));
    const outcome = await sender(HOOK).send(letterTo(`http://hook.example:${port}/in?key=%0d%0a`), never());
    expect(outcome).toEqual({ status: 204, problem: null, retryAfterMs: 0 });
    expect(heard).toHaveLength(1);
    const [head = "", body] = (heard[0] ?? "").split("\r\n\r\n");
    expect(head).toStartWith("POST /in?key=%0d%0a HTTP/1.1\r\n");
    expect(head.toLowerCase()).toContain(`\r\nhost: hook.example:${port}\r\n`);
    expect(body).toBe('{"a":1}');
  });

  test.each([
    ["301 Moved", "it answered 301, and no redirect is followed"],
    ["307 X", "it answered 307, and no redirect is followed"],
    ["400 X", "it answered 400"],
    ["500 X", "it answered 500"],
  ])("[W11] %s is a failure, and leads nowhere", async (status, problem) => {
    const other = await listener(says("200 OK"));
    const { port, connections } = await listener(says(status, `location: http://127.0.0.1:${other.port}/\r\n`));
    const outcome = await sender(LOOPBACK).send(letterTo(`http://127.0.0.1:${port}/`), never());
    expect([outcome.problem, connections(), other.connections()]).toEqual([problem, 1, 0]);
  });

  test.each([
    ["retry-after: 30\r\n", 30_000],
    ["retry-after: 1.25\r\n", 1_250],
    ["retry-after: 999999\r\n", 3_600_000],
    ["retry-after: Fri, 27 Nov 2026 00:00:00 GMT\r\n", 0],
    ["retry-after: -5\r\n", 0],
    ["", 0],
  ])("[W9] of %j comes a wait of %d ms", async (header, ms) => {
    const { port } = await listener(says("503 X", header));
    const outcome = await sender(LOOPBACK).send(letterTo(`http://127.0.0.1:${port}/`), never());
    expect(outcome).toEqual({ status: 503, problem: "it answered 503", retryAfterMs: ms });
  });
});

describe("who answers without end", () => {
  /** Writes as fast as it is read, and counts what went. */
  const floods = (head: string, chunk: Buffer) => {
    let bytes = 0;
    const answer = (socket: Socket) => {
      socket.write(head);
      const go = () => {
        while (!socket.destroyed && socket.write(chunk)) bytes += chunk.length;
        if (!socket.destroyed) socket.once("drain", go);
      };
      go();
    };
    return { answer, bytes: () => bytes };
  };

  test("[W11] is hung up on as soon as its status is known", async () => {
    const flood = floods("HTTP/1.1 200 OK\r\n\r\n", Buffer.alloc(MiB, "x"));
    const { port, sockets } = await listener(flood.answer);
    const before = process.memoryUsage.rss();
    const outcome = await sender(LOOPBACK).send(letterTo(`http://127.0.0.1:${port}/`), never());
    expect(outcome.problem).toBeNull();
    for (const socket of sockets)
      await new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));
    expect(flood.bytes()).toBeLessThan(64 * MiB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * MiB);
  });

  test.each([
    ["in one header", "HTTP/1.1 200 OK\r\nx: ", "y".repeat(65_536)],
    ["in many headers", "HTTP/1.1 200 OK\r\n", "x-y: z\r\n".repeat(10_000)],
    ["in no HTTP", "SSH-2.0-x\r\n", "\0".repeat(65_536)],
  ])("[W11] %s is none", async (_, head, chunk) => {
    const { port } = await listener(floods(head, Buffer.from(chunk)).answer);
    const outcome = await sender(LOOPBACK).send(letterTo(`http://127.0.0.1:${port}/`), never());
    expect(outcome).toEqual({ status: null, problem: "no connection, or no answer by HTTP", retryAfterMs: 0 });
  });

  test.each([
    ["nothing", () => {}],
    ["`100 Continue` again and again", floods("", Buffer.from("HTTP/1.1 100 Continue\r\n\r\n".repeat(100))).answer],
    ["half a head", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\nx: ")],
  ])("[W9][W11] who says %s is waited for 10 s, and no longer", async (_, answer) => {
    const clock = new ManualClock();
    const { port, heard, sockets } = await listener(answer);
    const hook = new Sender({ clock, reachable: LOOPBACK, resolve: here });
    let isOver = false;
    const sent = hook.send(letterTo(`http://127.0.0.1:${port}/`), never()).finally(() => {
      isOver = true;
    });
    while (heard.length === 0) await new Promise(setImmediate);
    clock.advance(CALL_MS - 1);
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    clock.advance(1);
    expect(await sent).toEqual({ status: null, problem: "no answer within 10 s", retryAfterMs: 0 });
    for (const socket of sockets)
      await new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));
  });

  test("[W11] a name that is looked up without end is waited for as long", async () => {
    const clock = new ManualClock();
    const hook = new Sender({ clock, reachable: NOTHING, resolve: () => new Promise(() => {}) });
    const sent = hook.send(letterTo("https://hook.example/"), never());
    clock.advance(CALL_MS);
    expect((await sent).problem).toBe("no answer within 10 s");
  });

  test("[W11] nobody is there, and whoever hangs up at once", async () => {
    const { port } = await listener((socket) => socket.destroy());
    const gone = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => gone.once("listening", resolve));
    const address = gone.address();
    const free = typeof address === "object" ? address?.port : 0;
    await new Promise((resolve) => gone.close(resolve));
    const problem = async (to: number | undefined) =>
      (await sender(LOOPBACK).send(letterTo(`http://127.0.0.1:${to}/`), never())).problem;
    expect([await problem(port), await problem(free)]).toEqual([
      "no connection, or no answer by HTTP",
      "nobody listens there",
    ]);
  });
});

describe("where a call may not go", () => {
  /** Forty ways to this machine, to its network, or to nobody. */
  const TARGETS: readonly string[] = [
    ...["127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.0.1"],
    ...["100.64.0.1", "100.127.255.254", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.254"],
    ...["192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.254", "198.18.0.1", "198.51.100.1"],
    ...["203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1"],
    ...["::ffff:7f00:1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1"],
    ...["2001:0:7f00:1::1", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1"],
  ];

  test("[W10] forty targets get no connection, by name and by number; what is allowed does", async () => {
    expect(new Set(TARGETS).size).toBe(40);
    const { port, connections } = await listener(says("200 OK"));
    for (const address of TARGETS) {
      const byName = sender(NOTHING, async () => [address]);
      const inPublic = sender(NOTHING, async () => ["8.8.8.8", address]);
      const host = address.includes(":") ? `[${address}]` : address;
      for (const [hook, url] of [
        [byName, `https://hook.example:${port}/`],
        [inPublic, `https://hook.example:${port}/`],
        [byName, `https://${host}:${port}/`],
      ] as const) {
        const outcome = await hook.send(letterTo(url), never());
        expect([address, outcome]).toEqual([
          address,
          { status: null, problem: "its address may not be called", retryAfterMs: 0 },
        ]);
      }
    }
    expect(connections()).toBe(0);
    // The same listener is reached where it may be, so it would have counted.
    await sender(LOOPBACK).send(letterTo(`https://hook.example:${port}/`), never());
    expect(connections()).toBeGreaterThan(0);
  });

  test("[W10] a name that leads elsewhere a moment later is called where it led when it was looked at", async () => {
    const { port, connections } = await listener(says("200 OK"));
    let looks = 0;
    const rebinding: Lookup = async () => [["127.0.0.1", "127.0.0.1"][looks++] ?? "10.0.0.1"];
    const reachable: Reachable = { names: new Set(["hook.example"]), networks: new BlockList() };
    const outcome = await sender(reachable, rebinding).send(letterTo(`http://hook.example:${port}/`), never());
    // Asked once, and connected to what it said then: a second look-up, by whoever connects, there is none.
    expect([outcome.status, looks, connections()]).toEqual([200, 1, 1]);
    const second: Lookup = async () => [looks++ % 2 === 0 ? "8.8.8.8" : "127.0.0.1"];
    looks = 1;
    expect((await sender(NOTHING, second).send(letterTo(`https://hook.example:${port}/`), never())).problem).toBe(
      "its address may not be called",
    );
    expect(connections()).toBe(1);
  });

  test("[W10] of several addresses each try has another", async () => {
    const { port, heard } = await listener(says("200 OK"));
    const both: Lookup = async () => ["127.0.0.1", "127.0.0.2"];
    const reachable: Reachable = { ...LOOPBACK, names: new Set(["hook.example"]) };
    for (const tries of [0, 1, 2]) {
      const url = `http://hook.example:${port}/`;
      expect((await sender(reachable, both).send(letterTo(url, tries), never())).status).toBe(200);
    }
    expect(heard).toHaveLength(3);
  });
});

openssl.describe("by TLS", () => {
  openssl.test("[W10] the certificate must be the name's, and by somebody who is trusted", async () => {
    const { ca, key, cert } = await certificates();
    const names: string[] = [];
    const server = createTlsServer({
      key,
      cert,
      SNICallback(name, done) {
        names.push(name);
        done(null, undefined);
      },
    });
    const { port, heard } = await listener(says("200 OK"), server as unknown as Server);
    const reachable: Reachable = { names: new Set(["hook.example", "other.example"]), networks: LOOPBACK.networks };
    const call = (url: string, trusted?: string) => sender(reachable, here, trusted).send(letterTo(url), never());
    const good = await call(`https://hook.example:${port}/`, ca);
    expect([good.status, good.problem]).toEqual([200, null]);
    expect(heard).toHaveLength(1);
    for (const [url, trusted] of [
      [`https://other.example:${port}/`, ca],
      [`https://127.0.0.1:${port}/`, ca],
      [`https://hook.example:${port}/`, undefined],
    ] as const) {
      expect((await call(url, trusted)).problem).toBe("its certificate is not good");
    }
    // Nothing was said to any of them, and each was asked for by its name.
    expect(heard).toHaveLength(1);
    expect(names.slice(0, 2)).toEqual(["hook.example", "other.example"]);
  });
});
