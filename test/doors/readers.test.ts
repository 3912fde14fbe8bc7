// Who is being sent files: places for all, and the last of them for addresses that hold few; told from what a server of Bun says of a request.
import { describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { PENDING_FREE, PENDING_MAX, READS_PER_ADDRESS, Readers } from "../../src/doors/http/readers.ts";
import { folderOf } from "../support/folder.ts";
import { range, stages } from "../support/stage.ts";

const stage = stages();

/** Readers with as many requests under way as is said; `done` is called when its answer is through. */
function crowd() {
  let others = 0;
  const reading = new Set<object>();
  // The one that asks is under way, too.
  const readers = new Readers(() => others + reading.size + 1);
  return {
    others: (count: number) => {
      others = count;
    },
    /** null: it was not sent. */
    read(address: string): { done: () => void } | null {
      const me = {};
      const isAdmitted = readers.admit({ address: () => address, peer: () => (reading.has(me) ? address : "") });
      if (!isAdmitted) return null;
      reading.add(me);
      return { done: () => reading.delete(me) };
    },
  };
}

describe("[H23] places for who is sent a file", () => {
  test("are there up to a bound, whoever takes them", () => {
    const { others, read } = crowd();
    others(PENDING_MAX - 1);
    expect(read("192.0.2.1")).not.toBeNull();
    expect(read("192.0.2.1")).toBeNull();
  });

  test("are for whoever comes first with LIMITS=off [L16]", () => {
    let pending = PENDING_MAX;
    const readers = new Readers(() => pending, true);
    const admit = () => readers.admit({ address: () => "192.0.2.1", peer: () => "192.0.2.1" });
    for (const _ of range(0, READS_PER_ADDRESS + 1)) expect(admit()).toBe(true);
    pending++;
    expect(admit()).toBe(false);
  });

  test("are the last of them for addresses that hold few: one that takes all it can shuts out nobody else", () => {
    const { read } = crowd();
    const taken = range(0, 2 * PENDING_MAX).map(() => read("192.0.2.1"));
    expect(taken.filter((place) => place !== null).length).toBe(PENDING_FREE);
    const home = range(0, READS_PER_ADDRESS + 1).map(() => read("198.51.100.1"));
    expect(home.indexOf(null)).toBe(READS_PER_ADDRESS);
    // Whoever has many addresses in one network gains eight times that.
    const near = range(0, 200).flatMap((n) => range(0, 10).map(() => read(`203.0.113.${n}`)));
    expect(near.filter((place) => place !== null).length).toBe(8 * READS_PER_ADDRESS);
    expect(read("198.51.100.2")).not.toBeNull();
  });

  test("are free again when the answer is through, in any order", () => {
    const { others, read } = crowd();
    others(PENDING_FREE);
    const full = () => range(0, READS_PER_ADDRESS).map(() => read("192.0.2.1"));
    const places = full();
    expect(read("192.0.2.1")).toBeNull();
    for (const at of [7, 0, 31]) places[at]?.done();
    expect(range(0, 4).map(() => read("192.0.2.1") !== null)).toEqual([true, true, true, false]);
    others(0);
    for (const _ of range(0, 1_000)) read("192.0.2.1")?.done();
    others(PENDING_FREE);
    for (const place of places) place?.done();
    expect(full().indexOf(null)).toBe(READS_PER_ADDRESS - 3);
  });

  test("are told from what Bun says of a request: read to its end, asked for alone, or left", async () => {
    const held: Request[] = [];
    const left = Promise.withResolvers<void>();
    using folder = folderOf({ "small.txt": "a", "big.bin": "x".repeat(16 * 1024 * 1024) });
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        held.push(request);
        request.signal.addEventListener("abort", () => left.resolve());
        return new Response(Bun.file(join(folder.path, new URL(request.url).pathname)));
      },
    });
    const isRead = () => held.map((request) => server.requestIP(request) === null);
    for (const path of ["small.txt", "big.bin"]) await (await fetch(new URL(path, server.url))).arrayBuffer();
    await fetch(new URL("big.bin", server.url), { method: "HEAD" });
    const socket = connect(server.port ?? 0, "127.0.0.1", () =>
      socket.write("GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n"),
    );
    // Its head is there, and the rest is more than a socket holds.
    await new Promise<void>((came) => socket.once("data", () => came(void socket.pause())));
    expect(isRead()).toEqual([true, true, true, false]);
    socket.destroy();
    await left.promise;
    expect(isRead()).toEqual([true, true, true, true]);
    await server.stop(true);
  }, 60_000);

  test("one address that reads nothing takes half of them, and who comes from elsewhere loads the game", async () => {
    using folder = folderOf({ "big.bin": "x".repeat(16 * 1024 * 1024), "game.js": "start()" });
    const { server } = stage({ PUBLIC_DIR: folder.path, HTTP_REQUESTS_PER_SECOND: "1000", TRUSTED_PROXIES: "1" });
    const { hostname, port } = new URL(server.http);
    const idle: Socket[] = [];
    const hold = (address: string) =>
      new Promise<string>((resolve) => {
        const request = `GET /big.bin HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\n\r\n`;
        const socket = connect(Number(port), hostname, () => socket.write(request));
        idle.push(socket);
        socket.once("data", (bytes) => {
          socket.pause();
          resolve(bytes.toString("latin1").slice(9, 12));
        });
      });
    const held: string[] = [];
    for (const _ of range(0, 22)) held.push(...(await Promise.all(range(0, 50).map(() => hold("192.0.2.1")))));
    const count = (status: string) => held.filter((each) => each === status).length;
    // Those that are looked for at the same time count as well.
    expect(count("200")).toBeLessThanOrEqual(PENDING_FREE);
    expect(count("200")).toBeGreaterThan(PENDING_FREE - 50);
    expect(count("200") + count("503")).toBe(1_100);
    const game = (address: string) => fetch(`${server.http}/game.js`, { headers: { "x-forwarded-for": address } });
    expect((await game("192.0.2.1")).status).toBe(503);
    expect((await game("198.51.100.1")).status).toBe(200);
    for (const socket of idle) socket.destroy();
    while ((await server.metric('partyline_connections{kind="http"}')) > 0);
    expect((await game("192.0.2.1")).status).toBe(200);
  }, 60_000);
});
