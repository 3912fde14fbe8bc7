// What every HTTP request meets before and after its router: the bucket of its address, the end of its connection, the headers that all
// answers have, and the figures; and who may see those.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { systemClock } from "../../src/clock.ts";
import { Api } from "../support/api.ts";
import { startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { wrongCode } from "../support/guesses.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { ADMIN_KEY, freePort, startServer } from "../support/server.ts";
import { openRoom, range, stages } from "../support/stage.ts";

const ulimit = await needs("bash and /proc", async () =>
  existsSync("/proc/self/fd") ? await firstThatRuns([["bash", "-c", "ulimit -n 100"]]) : null,
);
const stage = stages();
const DEFAULT = { HTTP_REQUESTS_PER_SECOND: "20" };
const LIST = { ALLOWED_ORIGINS: "https://game.example" };

/** All that a connection answers until the server ends it. */
function untilClosed(http: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(http);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

const answersIn = (text: string) => text.match(/HTTP\/1\.1 \d+/g) ?? [];
const request = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

describe("the bucket of an address", () => {
  test("[H11] a hundred requests at once, then 429 with when to come back, then twenty a second", async () => {
    const { server, clock } = stage(DEFAULT);
    const statuses = async (count: number) => {
      const answers = await Promise.all(
        range(0, count).map((n) => fetch(`${server.http}/${n % 2 ? "api/nowhere" : "metrics"}`)),
      );
      return answers.filter(({ status }) => status === 429).length;
    };
    expect(await statuses(99)).toBe(0);
    expect(await statuses(1)).toBe(0);
    const dry = await fetch(`${server.http}/metrics`);
    expect([dry.status, await dry.json(), dry.headers.get("retry-after")]).toEqual([
      429,
      { error: "Too many requests" },
      "1",
    ]);
    expect(await server.metric('partyline_limited_total{bucket="http"}')).toBe(1);
    clock.advance(1_000);
    expect(await statuses(25)).toBe(5);
    // What is dry is the address's alone, and a load balancer is always answered.
    for (const path of ["/health", "/ready"]) expect((await fetch(server.http + path)).status).toBe(200);
    await Client.connect(server.url);
  });

  test("[H11] a header that asks for a WebSocket where none lives is no way past it", async () => {
    const { server } = stage({ HTTP_REQUESTS_PER_SECOND: "1" });
    const statuses = [];
    for (const _ of range(0, 6)) statuses.push((await rawHttp(server.http, handshake("/api/sessions"))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test("[H11] operators have five times that", async () => {
    const { server } = stage(DEFAULT);
    const api = await Api.admitted(server);
    const answers = await Promise.all(range(0, 501).map(() => api.send("POST", "/api/auth/verify")));
    expect(answers.filter(({ status }) => status === 200).length).toBe(500);
  }, 60_000);

  test("[H11] a page of a foreign origin pays by itself: its visitor goes on", async () => {
    const { server } = stage({ ...DEFAULT, ...LIST });
    const foreign = { origin: "https://evil.example" };
    const crossSite = { "sec-fetch-site": "cross-site" };
    for (const headers of [foreign, crossSite]) {
      const answers = await Promise.all(range(0, 101).map(() => fetch(`${server.http}/`, { headers })));
      expect(answers.some(({ status }) => status === 429)).toBe(true);
    }
    for (const headers of [{}, { origin: "https://game.example" }])
      expect((await fetch(`${server.http}/`, { headers })).status).toBe(200);
  });

  test("[H23] who follows a link of another site takes from his own address's pages, and that site's images do not", async () => {
    const { server } = stage({ HTTP_REQUESTS_PER_SECOND: "1" });
    const crossSite = { "sec-fetch-site": "cross-site" };
    const link = { ...crossSite, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const frame = { ...link, "sec-fetch-dest": "iframe" };
    const statuses = async (headers: Record<string, string>, path = "/GXHB") => {
      const answers = await Promise.all(range(0, 7).map(() => fetch(server.http + path, { headers })));
      return answers.filter(({ status }) => status === 429).length;
    };
    expect(await statuses(link)).toBe(0);
    expect(await statuses(crossSite)).toBe(2);
    expect(await statuses(frame)).toBe(7);
    // What is for programs is paid by the site, however a browser asks.
    expect(await statuses(link, "/api/sessions")).toBe(7);
    expect(await statuses({}, "/api/sessions")).toBe(2);
  });

  test("[H11] nor are the codes that it names its visitor's guesses", async () => {
    const { server } = stage({ ...LIST });
    const probe = (n: number, headers = {}) => fetch(`${server.http}/room/${wrongCode(n)}`, { headers });
    // All that an address may name by HTTP without waiting.
    for (const n of range(0, 20)) await probe(n, { origin: "https://evil.example" });
    // Throttled these would wait for a clock that stands still.
    for (const n of range(20, 40)) expect((await probe(n)).status).toBe(404);
  });
});

describe("connections", () => {
  test("[H12] of strangers end with their answer, whatever it is", async () => {
    const { server } = stage();
    const token = "Authorization: Bearer x\r\n";
    const asked = [
      request("/"),
      request("/health"),
      request("/metrics"),
      request("/room/ZZZZ"),
      request("/nowhere"),
      request("/api/sessions"),
      request("/api/sessions/1/events", token),
      request("/api/sessions/live"),
      request("/%zz", "Origin: https://a.example\r\n"),
      handshake("/api/sessions"),
      handshake("/", { "Sec-WebSocket-Key": "short" }),
      handshake("/", { Upgrade: "", Connection: "keep-alive" }),
    ];
    for (const bytes of asked)
      expect([bytes, answersIn(await untilClosed(server.http, bytes)).length]).toEqual([bytes, 1]);
  }, 60_000);

  test("[H12] one request of a connection is answered, however many were sent with it", async () => {
    const { server } = stage();
    for (const path of ["/metrics", "/", "/api/sessions", "/room/ZZZZ"]) {
      expect(answersIn(await untilClosed(server.http, request(path).repeat(300))).length).toBe(1);
    }
    expect(await server.metric('partyline_http_requests_total{route="/",status="200"}')).toBe(1);
  });

  test("[H12] of operators go on", async () => {
    const { server } = stage();
    const { headers } = await Api.admitted(server);
    const answer = await fetch(`${server.http}/api/sessions`, { headers });
    expect(answer.headers.get("connection")).toBe("keep-alive");
  });
});

describe("every answer", () => {
  test("[H12] is what it says it is", async () => {
    const { server } = stage({ ...LIST, MAX_LINES: "1" });
    await Client.connect(server.url, { Origin: "https://game.example" });
    const asked = [
      ...["/", "/health", "/ready", "/metrics", "/room/ZZZZ", "/room/%zz", "/nowhere", "/api/sessions", "/api/x"].map(
        (path) => request(path),
      ),
      request("/api/auth/verify", "Content-Length: 0\r\n").replace("GET", "POST"),
      request("/health").replace("GET", "PUT"),
      request("/room/ZZZZ").replace("GET", "OPTIONS"),
      request("/").replace("Host: x", "Host: a b"),
      handshake("/", { Origin: "https://evil.example" }),
      handshake("/"),
    ];
    for (const bytes of asked) {
      const { text } = await rawHttp(server.http, bytes);
      expect([bytes, text.toLowerCase().includes("\r\nx-content-type-options: nosniff\r\n")]).toEqual([bytes, true]);
    }
  });

  test("[H3] is counted by its route and status, and by nothing that was asked for", async () => {
    const { server } = stage();
    const { code } = await openRoom(server.url, 0);
    for (const path of [`/room/${code}`, "/room/4711", "/v2/room/4711", "/4711", "/api/sessions/4711/games"])
      await fetch(server.http + path);
    await fetch(`${server.http}/api/auth/login`, { method: "POST", body: "{}" });
    const rows = (await server.figures()).split("\n").filter((row) => row.startsWith("partyline_http_requests_total{"));
    expect(rows.map((row) => row.slice("partyline_http_requests_total".length))).toEqual([
      '{route="websocket",status="101"} 1',
      '{route="/room/:code",status="200"} 1',
      '{route="/room/:code",status="404"} 1',
      '{route="/v2/room/:code",status="404"} 1',
      '{route="other",status="404"} 1',
      '{route="/api/sessions/:id/games",status="404"} 1',
      '{route="/api/auth/login",status="400"} 1',
    ]);
  });

  test("[H3] connections are counted by their kind", async () => {
    const { server } = stage();
    await Client.connect(server.url);
    await Client.connect(`${server.url}/v2`);
    await Client.connect(`${server.url}/v2`);
    const kinds = ["party", "party2", "live", "sessionserver", "http"];
    const figures = await Promise.all(kinds.map((kind) => server.metric(`partyline_connections{kind="${kind}"}`)));
    expect(figures).toEqual([1, 2, 0, 0, 0]);
    expect(await server.metric("partyline_lines_opened_total")).toBe(3);
  });
});

describe("who may see the figures", () => {
  test("[H13] with METRICS=token, who brings one", async () => {
    const { server } = stage({ METRICS: "token" });
    const api = await Api.admitted(server);
    expect((await fetch(`${server.http}/metrics`)).status).toBe(401);
    expect((await fetch(`${server.http}/metrics`, { headers: { authorization: "Bearer x" } })).status).toBe(401);
    const answer = await api.send("GET", "/metrics");
    expect([answer.status, answer.text.includes("partyline_lines ")]).toEqual([200, true]);
  });

  test("[H13] with a port of their own, who gets there; there is nothing else", async () => {
    const port = await freePort();
    const { server } = stage({ METRICS: String(port) });
    expect((await fetch(`${server.http}/metrics`)).status).toBe(404);
    const status = async (path: string, method = "GET") =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method })).status;
    expect([await status("/metrics"), await status("/health"), await status("/ready")]).toEqual([200, 200, 200]);
    expect([await status("/"), await status("/api/sessions"), await status("/metrics", "POST")]).toEqual([
      404, 404, 405,
    ]);
    // What is listened on is given up with the rest, also where the start fails half-way.
    await server.stop();
    expect(() => startServer({ METRICS: String(server.port), PORT: String(server.port) })).toThrow();
    startServer({ PORT: String(server.port), METRICS: String(port) }, systemClock).stop();
  });
});

describe("the way through a proxy", () => {
  const warnings = (logged: readonly string[]) =>
    logged.map((line) => JSON.parse(line)).flatMap(({ level, msg }) => (level === "warn" ? [String(msg)] : []));

  test("[H15] X-Forwarded-For that nobody may set is told, once", async () => {
    const { server } = stage();
    await fetch(`${server.http}/health`);
    expect(warnings(server.logged)).toEqual([]);
    // Not every request is looked at, but one of the next sixteen.
    for (const _ of range(0, 40)) await fetch(`${server.http}/health`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    await Client.connect(server.url, { "x-forwarded-for": "192.0.2.1" });
    expect(warnings(server.logged)).toEqual([
      "requests come with X-Forwarded-For and TRUSTED_PROXIES is unset: all behind that proxy count as one address",
    ]);
  });

  test("[H15] so is a number of hops on a port that is open to others, and neither where all is well", async () => {
    const started = async (env: Record<string, string>) => {
      const { server } = stage(env);
      await fetch(`http://127.0.0.1:${server.port}/health`, { headers: { "x-forwarded-for": "192.0.2.1" } });
      return warnings(server.logged);
    };
    expect(await started({ TRUSTED_PROXIES: "1", HOST: "0.0.0.0" })).toEqual([
      expect.stringContaining("who comes past the proxy can say any address"),
    ]);
    expect(await started({ TRUSTED_PROXIES: "1", HOST: "127.0.0.1" })).toEqual([]);
    expect(await started({ TRUSTED_PROXIES: "127.0.0.0/8", HOST: "0.0.0.0" })).toEqual([]);
  });
});

describe("a stop", () => {
  ulimit.test("[R51] keeps its rooms though a crowd holds every descriptor there is", async () => {
    await using child = await startChild({ DRAIN_SECONDS: "0", LOG_LEVEL: "info" }, 100);
    const host = await Client.connect(child.url);
    await host.ask({ type: "create", clientId: "tv", maxClients: 2 });
    const { hostname, port } = new URL(child.http);
    // They say nothing: only Bun's own timer would end them.
    const crowd = range(0, 150).map(() => connect(Number(port), hostname).on("error", () => {}));
    const fds = () => readdirSync(`/proc/${child.process.pid}/fd`).length;
    while (fds() < 100) await new Promise((resolve) => setImmediate(resolve));
    child.process.kill("SIGTERM");
    expect(await child.ended).toBe(0);
    for (const socket of crowd) socket.destroy();
    expect(child.logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ msg: "stopped", areKept: true }),
    );
  });

  test("[R51] whose rooms cannot be kept does not end with 0", async () => {
    await using child = await startChild({ ADMIN_KEY, DRAIN_SECONDS: "0" });
    const host = await Client.connect(child.url);
    await host.ask({ type: "create", clientId: "tv", maxClients: 2 });
    // A folder where the snapshot is to be written to.
    mkdirSync(`${child.dataDir}/rooms.snapshot.new/in-the-way`, { recursive: true });
    child.process.kill("SIGTERM");
    expect(await child.ended).toBe(1);
    expect(child.logged.map((line) => JSON.parse(line).msg)).toContain("rooms are not kept");
  }, 60_000);
});
