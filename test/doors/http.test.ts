// The fixed paths over plain HTTP, what is counted at /metrics, and what the log says (and what it never says).
import { describe, expect, test } from "bun:test";
import { CALLS } from "../../src/doors/http/api.ts";
import { Client } from "../support/client.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { freePort, type TestServer } from "../support/server.ts";
import { linesAre, only, openRoom, reaches, stages } from "../support/stage.ts";

const stage = stages();

async function get(server: TestServer, path: string, init: RequestInit = {}) {
  const response = await fetch(server.http + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("for operators", () => {
  test("[H1] /health says ok", async () => {
    const { server } = stage();
    const { status, text, headers } = await get(server, "/health");
    expect([status, text]).toEqual([200, '{"status":"ok"}']);
    expect(headers.get("content-type")).toStartWith("application/json");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("[H1] to HTTP/1.0 without a Host as well: so some load balancers ask", async () => {
    const { server } = stage();
    const { status, text } = await rawHttp(server.http, "GET /health HTTP/1.0\r\n\r\n");
    expect(status).toBe(200);
    expect(text).toEndWith('{"status":"ok"}');
  });

  test("[H2] /ready says yes while the server takes guests", async () => {
    const { server } = stage();
    expect((await get(server, "/ready")).status).toBe(200);
  });

  test("[H5] / says what this is, and how much goes on", async () => {
    const { server } = stage();
    await openRoom(server.url, 2);
    const { status, text, headers } = await get(server, "/");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toStartWith("text/plain");
    expect(text).toContain("Partyline");
    expect(text).toContain("3 lines, 1 rooms");
  });

  test("[H1] HEAD is answered like GET, without a body", async () => {
    const { server } = stage();
    for (const path of ["/", "/health", "/ready", "/metrics"]) {
      const { status, text } = await get(server, path, { method: "HEAD" });
      expect([path, status, text]).toEqual([path, 200, ""]);
    }
  });
});

describe("the probe", () => {
  test("[H4][R4] an open room, however its code is typed, for pages of any origin", async () => {
    const { server } = stage();
    const { code } = await openRoom(server.url, 2, { Origin: "https://game.example" }, 6);
    const halves = [code.slice(0, 2), code.slice(2)] as const;
    for (const typed of [
      code,
      code.toLowerCase(),
      halves.join("-"),
      halves.join("\u3000"),
      ` ${halves.join(" \u2014 ")}`,
    ]) {
      const { status, text, headers } = await get(server, `/room/${encodeURIComponent(typed)}`);
      expect([status, JSON.parse(text)]).toEqual([
        200,
        { clients: 3, maxClients: 6, locked: false, origin: "https://game.example" },
      ]);
      expect(headers.get("access-control-allow-origin")).toBe("*");
    }
  });

  test("[H4] a room that was opened without an Origin says `unknown`", async () => {
    const { server } = stage();
    const { code } = await openRoom(server.url, 0);
    expect(JSON.parse((await get(server, `/room/${code}`)).text).origin).toBe("unknown");
  });

  test("[H4] an Origin is told with 256 characters at most", async () => {
    const { server } = stage();
    const Origin = `https://${"a".repeat(292)}`;
    const host = await Client.connect(server.url, { Origin });
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 2 });
    const { text } = await get(server, `/room/${room}`);
    expect(JSON.parse(text)).toMatchObject({ origin: Origin.slice(0, 256) });
  });

  test("[H4] no room: 404, with CORS as well", async () => {
    const { server } = stage();
    const { status, text, headers } = await get(server, "/room/ZZZZ");
    expect([status, text]).toEqual([404, '{"error":"Room not found"}']);
    expect(headers.get("access-control-allow-origin")).toBe("*");
  });

  test("[H4] a browser that asks first is told yes", async () => {
    const { server } = stage();
    const { status, headers } = await get(server, "/room/ZZZZ", { method: "OPTIONS" });
    expect([status, headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });

  test("[H4] a code spelt with escapes is the same code", async () => {
    const { server } = stage();
    const { code } = await openRoom(server.url, 0);
    const escaped = [...code].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
    expect((await get(server, `/room/${escaped}`)).status).toBe(200);
  });
});

describe("upgrades", () => {
  test("[H6] a subprotocol is refused with 400", async () => {
    const { server } = stage();
    for (const offered of ["chat", "graphql-ws, party", ","]) {
      const request = handshake("/").replace("\r\n\r\n", `\r\nSec-WebSocket-Protocol: ${offered}\r\n\r\n`);
      const { status, text } = await rawHttp(server.http, request);
      expect([offered, status]).toEqual([offered, 400]);
      expect(text).toContain('{"error":"Unknown subprotocol"}');
      expect(text.toLowerCase()).not.toContain("sec-websocket-protocol");
    }
  });

  test("[H6] a header that offers none is no offer", async () => {
    const { server } = stage();
    const request = handshake("/").replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: \r\n\r\n");
    const { status, text } = await rawHttp(server.http, request);
    expect([status, text.toLowerCase().includes("sec-websocket-protocol")]).toEqual([101, false]);
  });

  test("[H14] a handshake without its Upgrade is a 426 that says so", async () => {
    const { server } = stage();
    for (const path of ["/", "/GXHB", "/api/sessions/live"]) {
      const { status, text } = await rawHttp(server.http, handshake(path, { Upgrade: "", Connection: "close" }));
      expect([path, status]).toEqual([path, 426]);
      expect(text).toContain("came without its Upgrade header: a proxy on the way dropped it");
      expect(text.toLowerCase()).toContain("\r\nupgrade: websocket");
    }
    expect((await rawHttp(server.http, handshake("/health", { Upgrade: "" }))).status).toBe(200);
  });

  test("[H14] a bot's socket behind a prefix is told, and hears no other wire", async () => {
    const { server } = stage();
    const { status, text } = await rawHttp(server.http, handshake("/partyline/api/sessions/live"));
    expect([status, text.includes("a proxy in front must strip what stands before it")]).toEqual([404, true]);
    expect((await rawHttp(server.http, handshake("/api/sessions/live"))).status).toBe(101);
  });

  test("[H14] a path longer than any of ours is not looked through for a reason: that would take ever longer", async () => {
    const { server } = stage();
    const reasonAt = async (path: string) => {
      const answer = await fetch(server.http + path);
      return [answer.status, ((await answer.json()) as { error: string }).error];
    };
    for (const path of [`/health${"/".repeat(200)}`, `${"/a".repeat(140)}/health`])
      expect((await reasonAt(path))[1]).toMatch(/^Not found: /);
    for (const path of [`/health${"/".repeat(300)}`, `${"/a".repeat(150)}/health`, `/x${"/".repeat(12_000)}a`])
      expect(await reasonAt(path)).toEqual([404, "Not found"]);
    // Nor for a WebSocket, which costs nothing but that before it is counted.
    const { text } = await rawHttp(server.http, handshake(`${"/a".repeat(150)}/api/sessions/live`));
    expect(text).not.toContain("a proxy in front must strip");
  });

  test("[H7] a fixed path is never taken for a room", async () => {
    const { server } = stage();
    for (const path of [
      "/health",
      "/ready",
      "/metrics",
      "/room/GXHB",
      "/room",
      "/room/",
      "/api",
      "/api/GXHB",
      "/api/x/y",
    ]) {
      expect([path, (await rawHttp(server.http, handshake(path))).status]).not.toEqual([path, 101]);
    }
    expect(await server.metric("partyline_lines")).toBe(0);
  });

  test("[H7] any other path is the party's", async () => {
    const { server } = stage();
    for (const path of ["/", "/GXHB", "/some/where?x=1", "/healthy", "/rooms", "/%zz"]) {
      expect([path, (await rawHttp(server.http, handshake(path))).status]).toEqual([path, 101]);
    }
  });

  test("[H7] half a handshake is a 400, and costs its address no place", async () => {
    const { server } = stage({ MAX_LINES_PER_ADDRESS: "1" });
    for (const key of ["", "short", "dGhlIHNhbXBsZSBub25jZQ="]) {
      const { status, text } = await rawHttp(server.http, handshake("/", { "Sec-WebSocket-Key": key }));
      expect([key, status]).toEqual([key, 400]);
      expect(text).toContain('{"error":"Not a WebSocket handshake"}');
    }
    // Bun answers this one itself.
    expect((await rawHttp(server.http, handshake("/", { "Sec-WebSocket-Version": "8" }))).status).toBe(426);
    await Client.connect(server.url);
  });
});

test("[H14] of every call of the API it is said that its path begins at the root", async () => {
  const { server } = stage();
  for (const { path } of CALLS) {
    const { text } = await rawHttp(server.http, `GET /party${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect([path, text.includes(prefixed("/api/"))]).toEqual([path, true]);
  }
});

/** What is said of a path behind a prefix. */
function prefixed(form: string): string {
  return `Not found: ${form} begins at the root, a proxy in front must strip what stands before it`;
}

describe("what is malformed or unknown", () => {
  const ROWS: readonly [method: string, path: string, status: number, error: string][] = [
    ["GET", "/nowhere", 404, "Not found"],
    ["GET", "//", 404, "Not found"],
    ["GET", "/room", 404, "Not found"],
    ["GET", "/room/", 404, "Not found"],
    ["GET", "/room/GXHB/more", 404, "Not found"],
    ["GET", "/api/anything", 404, "Not found"],
    ["GET", "/room/%zz", 400, "Malformed path"],
    ["GET", "/room/%ff", 400, "Malformed path"],
    ["POST", "/", 405, "Method not allowed"],
    ["POST", "/health", 405, "Method not allowed"],
    ["DELETE", "/room/GXHB", 405, "Method not allowed"],
    ["PUT", "/metrics", 405, "Method not allowed"],
    ["TRACE", "/ready", 405, "Method not allowed"],
    ["POST", "/nowhere", 404, "Not found"],
    ["GET", "/api/sessions/", 404, "Not found: there is no slash at the end of this path"],
    ["GET", "/health//", 404, "Not found: there is no slash at the end of this path"],
    ["GET", "/room/GXHB/", 404, "Not found: there is no slash at the end of this path"],
    ["GET", "/games/party/room/GXHB", 404, prefixed("/room/:code")],
    ["GET", "/party/health", 404, prefixed("/health")],
    ["POST", "/party/api/sessions/", 404, prefixed("/api/")],
  ];
  test.each(ROWS)("[H7] %s %s is a %d with a reason", async (method, path, status, error) => {
    const { server } = stage();
    const answer = await rawHttp(server.http, `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    expect(answer.status).toBe(status);
    expect(answer.text).toEndWith(`\r\n\r\n${JSON.stringify({ error })}`);
    if (status === 405) expect(answer.text.toLowerCase()).toContain("\r\nallow: get, head\r\n");
  });

  test("[H7] a Host that makes no URL is a 400", async () => {
    const { server } = stage();
    const answer = await rawHttp(server.http, "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n");
    expect([answer.status, answer.text.includes('{"error":"Malformed URL"}')]).toEqual([400, true]);
  });
});

describe("metrics", () => {
  test("[H3] every documented figure is there, with its help and type", async () => {
    const { server } = stage();
    const { status, text, headers } = await get(server, "/metrics");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toStartWith("text/plain");
    const names = [
      ..."lines rooms seats messages_in_total bytes_in_total messages_out_total bytes_out_total pauses_total".split(
        " ",
      ),
      ..."live_listeners session_events_total snapshot_timestamp_seconds".split(" "),
      ..."dropped_total abandoned_total faults_total refusals_total closes_total event_loop_lag_seconds".split(" "),
    ].map((name) => `partyline_${name}`);
    for (const name of [...names, "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"]) {
      expect(text).toContain(`# HELP ${name} `);
      expect(text).toContain(`# TYPE ${name} `);
    }
    expect(text).not.toContain("NaN");
  });

  test("[H3] counts move with what happens, and back", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url, 2);
    only(guests.slice(0, 1)).send({ type: "send", data: "four" });
    await host.next();
    await only(guests.slice(1)).next();
    await host.ask({ type: "send", to: "nobody", data: 1 });
    const figure = (name: string) => server.metric(`partyline_${name}`);
    expect([await figure("lines"), await figure("rooms"), await figure("seats")]).toEqual([3, 1, 3]);
    // create, two joins, two sends in; created, two joined, three peer_joined, two messages, one error out.
    expect([await figure("messages_in_total"), await figure("messages_out_total")]).toEqual([5, 9]);
    expect(await figure("bytes_in_total")).toBeGreaterThan(100);
    expect(await figure("bytes_out_total")).toBeGreaterThan(100);
    expect(await figure('refusals_total{name="target_not_found"}')).toBe(1);
    await host.ask({ type: "close_room" });
    await host.closed;
    for (const guest of guests) expect((await guest.closed).code).toBe(4001);
    expect([await figure("lines"), await figure("rooms"), await figure("seats")]).toEqual([0, 0, 0]);
    expect(await figure('closes_total{code="4001"}')).toBe(3);
  });

  test("[H3] bytes are those of the payload, in and out, whoever they were for", async () => {
    const { server } = stage();
    const client = await Client.connect(server.url);
    const asked = ['{"type":"ping"}', '{"type":"ping","id":"ü"}'];
    let bytesOut = 0;
    for (const text of asked) {
      client.send(text);
      bytesOut += Buffer.byteLength(await client.nextText());
    }
    const bytesIn = asked.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const figures = [server.metric("partyline_bytes_in_total"), server.metric("partyline_bytes_out_total")];
    expect(await Promise.all(figures)).toEqual([bytesIn, bytesOut]);
  });

  test("[H3] bytes are counted for each that is told, also where the server has a second port", async () => {
    const { server } = stage({ SESSIONSERVER_PORT: String(await freePort()) });
    const { host, guests } = await openRoom(server.url, 2);
    const figure = () => server.metric("partyline_bytes_out_total");
    const before = await figure();
    let bytes = 0;
    // What the others hear is published by a line, what all hear by the server.
    host.send({ type: "send", data: "for two" });
    for (const guest of guests) bytes += Buffer.byteLength(await guest.nextText());
    host.send({ type: "lock", locked: true });
    for (const member of [host, ...guests]) bytes += Buffer.byteLength(await member.nextText());
    expect(await figure()).toBe(before + bytes);
  });

  test("[H3] resumes are counted by whether they brought all that was missed; a first join is none", async () => {
    const { server } = stage();
    const host = await Client.connect(server.url);
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60, history: 8 });
    const comeBack = async (more: object) => {
      const guest = await Client.connect(server.url);
      const joined = await guest.ask({ type: "join", clientId: "guest", room, ...more });
      await guest.close();
      await linesAre(server, 1);
      return joined;
    };
    const results = async () => {
      const figure = (result: string) => server.metric(`partyline_resumes_total{result="${result}"}`);
      return [await figure("ok"), await figure("failed")];
    };
    const { seq, epoch } = await comeBack({});
    expect(await results()).toEqual([0, 0]);
    expect((await comeBack({ since: seq, epoch })).resumed).toBe(true);
    expect(await results()).toEqual([1, 0]);
    for (let n = 0; n < 2; n++) expect((await comeBack({ since: seq, epoch: "another" })).resumed).toBe(false);
    expect(await results()).toEqual([1, 2]);
    // Without a number nothing was asked to be made up for.
    expect((await comeBack({})).resumed).not.toBe(true);
    expect(await results()).toEqual([1, 2]);
  });

  test("[H3] no label has a value that a client can choose", async () => {
    const { server } = stage();
    const client = await Client.connect(`${server.url}/PATH4711`, { Origin: "https://origin4711.example" });
    await client.ask({ type: "type4711" });
    await client.ask({ type: "create", clientId: "client4711", maxClients: 2, name: "name4711" });
    await client.ask({ type: "send", data: "data4711", to: "to4711" });
    await get(server, "/room/4711");
    const { room } = await (await Client.connect(server.url)).ask({ type: "create", clientId: "a", maxClients: 1 });
    await client.close(4711);
    await reaches(server, 'partyline_closes_total{code="other"}', 1);
    // Names and labels alone: a figure may well be 4711.
    const text = (await get(server, "/metrics")).text.replaceAll(/ \S+$/gm, "");
    expect(text).toContain('partyline_closes_total{code="other"}');
    expect(text).not.toContain("4711");
    expect(text).not.toContain(String(room));
    expect(text).not.toContain(Bun.version);
  });
});

describe("the log", () => {
  test("[H3] a line that closes is told with its code, why the server closed it, and its address", async () => {
    const { server } = stage({ TRUSTED_PROXIES: "1" });
    const { host } = await openRoom(server.url, 0, { "X-Forwarded-For": "192.0.2.1" });
    await host.ask({ type: "close_room" });
    await host.closed;
    const other = await Client.connect(server.url, { "X-Forwarded-For": "192.0.2.2" });
    await other.close(1000);
    await reaches(server, 'partyline_closes_total{code="1000"}', 1);
    const time = expect.any(String);
    const closed = { level: "debug", time, msg: "line closed" };
    const lines = server.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === closed.msg);
    expect(lines).toEqual([
      { ...closed, code: 4001, as: "roomClosed", address: "192.0.2.1" },
      { ...closed, code: 1000, as: null, address: "192.0.2.2" },
    ]);
  });

  test("[H3] is one JSON object a line, and holds nothing that a client said", async () => {
    const { server } = stage();
    const { host, guests, code } = await openRoom(server.url, 2);
    only(guests.slice(0, 1)).send({ type: "send", data: "payload4711" });
    await host.next();
    await host.ask({ type: "type4711\n{}" });
    await host.ask("{payload4711");
    await host.ask({ type: "close_room", reason: "reason4711" });
    await host.closed;
    await reaches(server, 'partyline_closes_total{code="4001"}', 3);
    expect(server.logged.length).toBeGreaterThan(0);
    for (const line of server.logged) {
      expect(line.split("\n")).toHaveLength(2);
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        msg: expect.any(String),
      });
      expect(line).not.toContain("4711");
      expect(line).not.toContain(code);
    }
  });
});
