// Going away: told first, closed in slices over the drain time; and the process that gets the signal.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drain } from "../../src/doors/drain.ts";
import type { SocketLine } from "../../src/doors/line.ts";
import type { Liveness } from "../../src/doors/liveness.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { beginSession } from "../support/api.ts";
import { startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { SECRET, startServer, type TestServer } from "../support/server.ts";
import { only, openRoom, reaches, stages } from "../support/stage.ts";

const stage = stages();

function connectMany(url: string, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => Client.connect(url)));
}

function goneAway(server: TestServer): Promise<number> {
  return server.metric('partyline_closes_total{code="4200"}');
}

describe("draining", () => {
  test("[L17] /ready turns 503, /health stays 200, new connections get 503", async () => {
    const { server } = stage();
    await openRoom(server.url, 2);
    expect((await fetch(`${server.http}/ready`)).status).toBe(200);
    void server.drain();
    const ready = await fetch(`${server.http}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { error: "Server is draining" }]);
    expect(ready.headers.get("retry-after")).toBe("5");
    expect((await fetch(`${server.http}/health`)).status).toBe(200);
    const late = await rawHttp(server.http, handshake("/"));
    expect(late.status).toBe(503);
    expect(late.text).toContain('{"error":"Server is draining"}');
  });

  test("[L17] `create` is refused, whoever is still here; rooms play on", async () => {
    const { server } = stage();
    const loner = await Client.connect(server.url);
    const { host, guests } = await openRoom(server.url, 2);
    void server.drain();
    // One line is closed at once, in the first slice; which one is the server's business.
    const create = { type: "create", clientId: "tv", maxClients: 2 };
    const create2 = await loner.ask(create).catch(() => null);
    if (create2?.type === "error") expect(create2).toMatchObject({ code: "draining", message: "Server is draining" });
    else expect(create2).toMatchObject({ type: "bye", code: 4200 });
    const last = only(guests.slice(1));
    await host.upToFence().catch(() => []);
    last.send({ type: "send", to: "guest-2", data: "on" });
    let frame = await last.next();
    while (frame.type !== "message") frame = await last.next();
    expect(frame.data).toBe("on");
  });

  test("[L17] everyone gets a bye and is closed with 4200, a slice at a time, at most over DRAIN_SECONDS", async () => {
    const { server, clock } = stage({ DRAIN_SECONDS: "2" });
    const clients = await connectMany(server.url, 60);
    const drained = server.drain();
    const gone = [await goneAway(server)];
    for (let beat = 1; beat < 20; beat++) {
      clock.advance(100);
      if (beat % 5 === 0) gone.push(await goneAway(server));
    }
    expect(gone).toEqual([3, 18, 33, 48]);
    for (const client of clients) {
      expect(await client.next()).toMatchObject({ type: "bye", code: 4200, reason: "server going away", retry: true });
      expect(await client.closed).toEqual({ code: 4200, reason: "server going away" });
    }
    clock.advance(100);
    await drained;
    await expect(Client.connect(server.url)).rejects.toThrow();
  });

  test("[L17] all are told different times to come back, 5 s at most", async () => {
    const { server, clock } = stage({ DRAIN_SECONDS: "0" });
    const clients = await connectMany(server.url, 30);
    const drained = server.drain();
    const pauses: number[] = [];
    for (const client of clients) pauses.push(Number((await client.next()).retryAfterMs));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
    expect(new Set(pauses).size).toBeGreaterThan(15);
    clock.advance(100);
    await drained;
  });

  test("[L17] a line that comes in at the last moment is sent away too, however late that is", async () => {
    const clock = new ManualClock();
    const open = new Set<SocketLine>();
    const sentAway: string[] = [];
    const lineNamed = (name: string, isDeaf = false) => {
      const close = () => {
        sentAway.push(name);
        if (!isDeaf) open.delete(line);
      };
      const line = { close } as unknown as SocketLine;
      open.add(line);
    };
    lineNamed("deaf", true);
    void drain({ lines: () => open.values() } as unknown as Liveness, 0, clock);
    for (let beat = 0; beat < 5; beat++) clock.advance(100);
    expect(new Set(sentAway)).toEqual(new Set(["deaf"]));
    lineNamed("late");
    clock.advance(100);
    expect(sentAway.at(-1)).toBe("late");
  });

  test("[R49] where rooms are not kept, whoever is sent away is lost, and the others hear it", async () => {
    const { server } = stage({ DRAIN_SECONDS: "60" });
    const { guests } = await openRoom(server.url);
    void server.drain();
    expect(await only(guests).next()).toEqual({ type: "peer_left", clientId: "host", reason: "lost" });
  });

  test.each([false, true])(
    "[L17][S20] a vote that waits for others is written and answered, rooms kept: %p",
    async (areKept) => {
      const clock = new ManualClock();
      const folder = mkdtempSync(join(tmpdir(), "partyline-drain-"));
      const store = Store.open(":memory:", 64 * 1024 * 1024);
      const snapshot = areKept ? new SnapshotFile(join(folder, "rooms.snapshot"), SECRET) : null;
      const server = startServer({}, clock, store, snapshot);
      const { api, id } = await beginSession(server);
      await api.make(`/api/sessions/${id}/games`, { title: "Quiz" });
      const cast = (username: string) => api.send("POST", "/api/votes/live", { username, vote: "up" });
      expect((await cast("ann")).status).toBe(200);
      const waiting = ["bob", "cleo"].map(cast);
      // They have come, and what came after them has been answered.
      await reaches(server, 'partyline_connections{kind="http"}', waiting.length);
      await api.list("/api/sessions");
      await server.drain();
      const answers = await Promise.allSettled(waiting);
      expect(answers).toMatchObject(waiting.map(() => ({ status: "fulfilled", value: { status: 200 } })));
      expect(store.latestGame(id)).toMatchObject({ upvotes: 3 });
      rmSync(folder, { recursive: true });
    },
  );

  test("[L17] a server with nobody on it is gone at once", async () => {
    const { server } = stage();
    await server.drain();
    await expect(fetch(`${server.http}/health`)).rejects.toThrow();
  });
});

describe("the process", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "[L17] %s: a bye, 4200, exit 0",
    async (signal) => {
      await using child = await startChild();
      const client = await Client.connect(child.url);
      child.process.kill(signal);
      expect(await client.next()).toMatchObject({ type: "bye", code: 4200, retry: true });
      expect((await client.closed).code).toBe(4200);
      expect(await child.ended).toBe(0);
      expect(child.logged.map((line) => JSON.parse(line).msg)).toEqual(["listening", "draining", "stopped"]);
    },
    60_000,
  );

  test("[L17] a Ctrl-C that comes twice, as through `bun start`, is one: the last lines are heard, exit 0", async () => {
    await using child = await startChild();
    const client = await Client.connect(child.url);
    child.process.kill("SIGINT");
    child.process.kill("SIGINT");
    expect(await client.next()).toMatchObject({ type: "bye", code: 4200 });
    child.process.kill("SIGINT");
    expect(await child.ended).toBe(0);
    expect(child.logged.map((line) => JSON.parse(line).msg)).toEqual(["listening", "draining", "stopped"]);
  }, 60_000);

  test("[L17] a second signal ends it at once", async () => {
    await using child = await startChild({ DRAIN_SECONDS: "600" });
    const clients = await connectMany(child.url, 90);
    child.process.kill("SIGTERM");
    await Promise.race(clients.map((client) => client.next()));
    child.process.kill("SIGTERM");
    expect(await child.ended).not.toBe(0);
    expect(child.logged.map((line) => JSON.parse(line).msg)).toEqual(["listening", "draining"]);
  }, 60_000);
});
