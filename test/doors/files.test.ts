// The folder of the host's own game: what is served of it and how, as a browser asks; and that nothing else can be had, however it is asked for.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Files } from "../../src/doors/http/files.ts";
import type { Caller } from "../../src/doors/http/rooms.ts";
import { Client } from "../support/client.ts";
import { type Folder, folderOf } from "../support/folder.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { freePort, type TestServer } from "../support/server.ts";
import { openRoom, range, stages } from "../support/stage.ts";

const stage = stages();
const mkfifo = await needs("mkfifo", () => firstThatRuns([["mkfifo", "--version"]]));

/** What nobody may ever read. */
const SECRET = "the secret of the house";
const GAME = {
  "index.html": "<h1>A game of mine</h1>",
  "phone.html": "<h1>The phone</h1>",
  "game.js": "start()",
  "folder/index.html": "<h1>Level 2</h1>",
  "folder/level.json": "{}",
  "unlisted/a.txt": "a",
  "Ünï cødé/smörgås bord.txt": "mjam",
  "100%.txt": "all of it",
  ".well-known/security.txt": "Contact: us",
};

const CALLER: Caller = { address: () => "192.0.2.1", peer: () => "192.0.2.1", isGone: () => false, holdMs: () => {} };

let outside: Folder;
let root: string;
beforeEach(() => {
  const inside = Object.fromEntries(Object.entries(GAME).map(([name, text]) => [`game/${name}`, text]));
  outside = folderOf({ ...inside, "secret.txt": SECRET, "game2/secret.txt": SECRET });
  root = join(outside.path, "game");
});
afterEach(() => outside[Symbol.dispose]());

const start = (env: Record<string, string> = {}) => stage({ PUBLIC_DIR: root, ...env }).server;

async function get(server: TestServer, path: string, init: RequestInit = {}) {
  const answer = await fetch(server.http + path, { redirect: "manual", decompress: false, ...init });
  const { status, headers } = answer;
  return { status, headers, text: await answer.text(), type: headers.get("content-type") };
}
const statusOf = async (server: TestServer, path: string, init: RequestInit = {}) =>
  (await get(server, path, init)).status;

describe("[H20] a file", () => {
  test("is served as what its name says it is, text as UTF-8", async () => {
    const server = start();
    const TYPES: Record<string, string> = {
      "a.html": "text/html;charset=utf-8",
      "a.css": "text/css;charset=utf-8",
      "a.mjs": "text/javascript;charset=utf-8",
      "a.txt": "text/plain;charset=utf-8",
      "a.csv": "text/csv;charset=utf-8",
      "a.json": "application/json;charset=utf-8",
      "a.svg": "image/svg+xml",
      "a.PNG": "image/png",
      "a.wasm": "application/wasm",
      "a.woff2": "font/woff2",
      "a.mp3": "audio/mpeg",
      "a.pck": "application/octet-stream",
      nothing: "application/octet-stream",
    };
    for (const [name, type] of Object.entries(TYPES)) {
      outside.write(`game/types/${name}`, "x");
      expect([name, (await get(server, `/types/${name}`)).type]).toEqual([name, type]);
    }
  });

  test("comes whole, with what a browser needs to ask for it again, and no policy of ours", async () => {
    const server = start();
    const { status, headers, text } = await get(server, "/game.js?v=2");
    expect([status, text]).toEqual([200, "start()"]);
    expect(headers.get("etag")).toMatch(/^"[^"]+"$/);
    expect(Date.parse(headers.get("last-modified") ?? "")).not.toBeNaN();
    const names = ["cache-control", "x-content-type-options", "accept-ranges", "content-length", "vary"];
    expect(names.map((name) => headers.get(name))).toEqual(["no-cache", "nosniff", "bytes", "7", "accept-encoding"]);
    for (const name of ["content-security-policy", "access-control-allow-origin"]) expect(headers.get(name)).toBeNull();
  });

  test("may be called whatever people call files", async () => {
    const server = start();
    expect(await get(server, encodeURI("/Ünï cødé/smörgås bord.txt"))).toMatchObject({ status: 200, text: "mjam" });
    expect(await get(server, "/100%25.txt")).toMatchObject({ status: 200, text: "all of it" });
    // Written raw, as some clients do.
    const { text } = await rawHttp(
      server.http,
      Buffer.from("GET /Ünï%20cødé/smörgås%20bord.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
    );
    expect(text).toEndWith("mjam");
  });

  test("is only read: HEAD says what GET would, all else is 405, and what is not there 404", async () => {
    const server = start();
    const head = await get(server, "/game.js", { method: "HEAD" });
    expect([head.status, head.text, head.headers.get("content-length")]).toEqual([200, "", "7"]);
    expect(head.type).toBe("text/javascript;charset=utf-8");
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await get(server, "/game.js", { method });
      expect([method, status, headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
    }
    const { status, text } = await get(server, "/nothing.js");
    expect([status, text]).toEqual([404, '{"error":"Not found"}']);
  });

  test("that is empty is empty", async () => {
    outside.write("game/empty.txt", "");
    expect(await get(start(), "/empty.txt")).toMatchObject({ status: 200, text: "" });
  });

  test("that the browser has is 304, by its tag or by its time, the tag first", async () => {
    const server = start();
    const { headers } = await get(server, "/game.js");
    const etag = headers.get("etag") ?? "";
    const at = headers.get("last-modified") ?? "";
    const status = (more: Record<string, string>) => statusOf(server, "/game.js", { headers: more });
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-none-match": `"a", W/${etag}` })).toBe(304);
    expect(await status({ "if-none-match": "*" })).toBe(304);
    expect(await status({ "if-none-match": '"a"' })).toBe(200);
    expect(await status({ "if-modified-since": at })).toBe(304);
    expect(await status({ "if-modified-since": new Date(Date.parse(at) - 1000).toUTCString() })).toBe(200);
    expect(await status({ "if-modified-since": "yesterday" })).toBe(200);
    expect(await status({ "if-none-match": '"a"', "if-modified-since": at })).toBe(200);
    const unchanged = await get(server, "/game.js", { headers: { "if-none-match": etag } });
    expect([unchanged.text, unchanged.headers.get("etag")]).toEqual(["", etag]);
  });

  test("that changed is told from what it was, though it is as long and as old in whole seconds", async () => {
    const server = start();
    const tag = async () => (await get(server, "/game.js")).headers.get("etag");
    utimesSync(join(root, "game.js"), 1_000_000.25, 1_000_000.25);
    const before = await tag();
    outside.write("game/game.js", "START()");
    utimesSync(join(root, "game.js"), 1_000_000.5, 1_000_000.5);
    expect(await tag()).not.toBe(before);
    outside.write("game/game.js", "START(1)");
    utimesSync(join(root, "game.js"), 1_000_000.25, 1_000_000.25);
    expect(await tag()).not.toBe(before);
  });
});

describe("[H20] a range of a file", () => {
  const part = async (server: TestServer, headers: Record<string, string>) => {
    const { status, headers: told, text } = await get(server, "/ten.txt", { headers });
    return [status, told.get("content-range"), text];
  };

  test("is sent alone: from, to, the last; 416 past its end; and whole where it cannot be read", async () => {
    const server = start();
    outside.write("game/ten.txt", "0123456789");
    const ranged = (value: string) => part(server, { range: `bytes=${value}` });
    expect(await ranged("2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await ranged("7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await ranged("-2")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await ranged("8-99")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await ranged("10-")).toEqual([416, "bytes */10", ""]);
    for (const value of ["4-2", "x", "0-1,3-4"]) expect(await ranged(value)).toEqual([200, null, "0123456789"]);
    const { headers } = await get(server, "/ten.txt", { headers: { range: "bytes=0-0" } });
    expect([headers.get("accept-ranges"), headers.get("content-length")]).toEqual(["bytes", "1"]);
  });

  test("of a file that has changed meanwhile is the whole one", async () => {
    const server = start();
    outside.write("game/ten.txt", "0123456789");
    const { headers } = await get(server, "/ten.txt");
    const [etag, at] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
    const range = "bytes=2-4";
    for (const value of [etag, at]) expect((await part(server, { range, "if-range": value }))[0]).toBe(206);
    for (const value of ['"old"', new Date(0).toUTCString(), `W/${etag}`]) {
      expect((await part(server, { range, "if-range": value }))[0]).toBe(200);
    }
  });
});

describe("[H20] a folder", () => {
  test("is its index.html, behind a slash that is put there", async () => {
    const server = start();
    expect(await get(server, "/")).toMatchObject({ status: 200, text: GAME["index.html"] });
    expect(await get(server, "/folder/")).toMatchObject({ status: 200, text: GAME["folder/index.html"] });
    const { status, headers } = await get(server, "/folder?a=b");
    expect([status, headers.get("location")]).toEqual([301, "/folder/?a=b"]);
    outside.write("game/a b?c/index.html", "");
    expect((await get(server, "/a%20b%3Fc")).headers.get("location")).toBe("/a%20b%3Fc/");
  });

  test("without one is nothing, and lists nothing; and a file is no folder", async () => {
    const server = start();
    for (const path of ["/unlisted", "/unlisted/", "/game.js/", "/game.js/index.html", "/nothing/"]) {
      expect([path, await statusOf(server, path)]).toEqual([path, 404]);
    }
  });

  test("never sends anybody to another server", async () => {
    const server = start();
    outside.write("game/evil.example/index.html", "");
    for (const path of [
      "//evil.example",
      "///evil.example",
      "/%2fevil.example",
      "/\\evil.example",
      "/folder//",
      "//folder",
    ]) {
      const { text, status } = await rawHttp(server.http, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect([path, status, text.toLowerCase().includes("location:")]).toEqual([path, 404, false]);
    }
  });

  test("stands behind the fixed paths and before the pages of the server", async () => {
    for (const name of ["health", "metrics", "partyline.js", "home", "doctor", "api/sessions", "room/index.html"]) {
      outside.write(`game/${name}`, SECRET);
    }
    const server = start();
    for (const path of ["/health", "/metrics", "/partyline.js", "/home", "/doctor", "/api/sessions", "/room/"]) {
      expect([path, (await get(server, path)).text.includes(SECRET)]).toEqual([path, false]);
    }
    // Without an index.html the first page is the server's.
    unlinkSync(join(root, "index.html"));
    const { text } = await get(server, "/", { headers: { accept: "text/html" } });
    expect(text).not.toContain("A game of mine");
    expect(await statusOf(server, "/")).toBe(200);
  });

  test("may lie in 64 others, and a path that goes deeper is taken apart no further", async () => {
    const deep = (depth: number) => "/d".repeat(depth);
    mkdirSync(join(root, deep(65)), { recursive: true });
    for (const depth of [64, 65]) writeFileSync(join(root, deep(depth), "a.txt"), "deep");
    const server = start();
    expect(await statusOf(server, `${deep(64)}/a.txt`)).toBe(200);
    for (const path of [`${deep(65)}/a.txt`, "/a".repeat(5_000)]) expect(await statusOf(server, path)).toBe(404);
  });

  test("of another release is served as soon as the link to it leads there", async () => {
    symlinkSync(root, join(outside.path, "current"));
    const server = start({ PUBLIC_DIR: join(outside.path, "current") });
    expect((await get(server, "/")).text).toBe(GAME["index.html"]);
    outside.write("next/index.html", "<h1>Release 2</h1>");
    symlinkSync(join(outside.path, "next"), join(outside.path, "current.new"));
    renameSync(join(outside.path, "current.new"), join(outside.path, "current"));
    expect((await get(server, "/")).text).toBe("<h1>Release 2</h1>");
  });
});

describe("[H20] what was packed beforehand", () => {
  const ask = (server: TestServer, accepted: string, more: Record<string, string> = {}) =>
    get(server, "/game.js", { headers: { "accept-encoding": accepted, ...more } });

  test("is sent to who takes it, the smaller first, each with a tag of its own", async () => {
    const server = start();
    outside.write("game/game.js.gz", Bun.gzipSync("start()"));
    outside.write("game/game.js.br", "brotli");
    const answers = await Promise.all(
      ["br, gzip", "gzip, br;q=0", "identity"].map((accepted) => ask(server, accepted)),
    );
    expect(answers.map(({ headers }) => headers.get("content-encoding"))).toEqual(["br", "gzip", null]);
    expect(new Set(answers.map(({ headers }) => headers.get("etag"))).size).toBe(3);
    for (const { type } of answers) expect(type).toBe("text/javascript;charset=utf-8");
    expect(answers.map(({ text }) => text)).toContain("brotli");
    const etag = answers[1]?.headers.get("etag") ?? "";
    expect((await ask(server, "gzip", { "if-none-match": etag })).status).toBe(304);
    expect((await ask(server, "identity", { "if-none-match": etag })).status).toBe(200);
  });

  test("is not, where it is older than the file, or no file that may be seen", async () => {
    const server = start();
    outside.write("game/game.js.gz", "old");
    utimesSync(join(root, "game.js.gz"), 1, 1);
    symlinkSync(join(outside.path, "secret.txt"), join(root, "game.js.br"));
    const { headers, text } = await ask(server, "br, gzip");
    expect([headers.get("content-encoding"), text]).toEqual([null, "start()"]);
  });
});

describe("[H21] nothing else can be had", () => {
  const hostile = (server: TestServer, path: string) => rawHttp(server.http, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);

  test("by no way out of the folder, however it is written", async () => {
    const server = start();
    const UP = [
      "..",
      "%2e%2e",
      ".%2e",
      "%2e.",
      "%252e%252e",
      "..%00",
      "%c0%ae%c0%ae",
      "%e0%80%ae%e0%80%ae",
      "%uff0e%uff0e",
      "..;",
      "...",
      "․․",
      "．．",
    ];
    const SLASH = ["/", "%2f", "%2F", "\\", "%5c", "%252f", "%c0%af", "%e0%80%af", "//", "/./", "%ef%bc%8f"];
    const ways = UP.flatMap((up) =>
      SLASH.flatMap((slash) => [`/${up}${slash}secret.txt`, `/folder/${up}${slash}${up}${slash}secret.txt`]),
    );
    const absolute = join(outside.path, "secret.txt");
    const others = [
      absolute,
      `/${absolute}`,
      `//${absolute}`,
      `/file://${absolute}`,
      `/${encodeURIComponent(absolute)}`,
      "/../game2/secret.txt",
      "/..%2fgame2/secret.txt",
      "/game.js%00.html",
      "/game.js\0",
      "/%00",
      "/%",
      "/%zz",
      "/%ff",
      `/${"a".repeat(5_000)}`,
      `/${"a/".repeat(3_000)}`,
      `/folder/${"../".repeat(50)}etc/passwd`,
      "/proc/self/environ",
      "/~root/",
      "/game.js::$DATA",
      "/GAME~1",
    ];
    expect(ways.length).toBeGreaterThan(200);
    for (const path of [...ways, ...others]) {
      const { status, text } = await hostile(server, path);
      expect([path, text.includes(SECRET), text.includes("root:")]).toEqual([path, false, false]);
      expect([path, [400, 404, 414, 505].includes(status)]).toEqual([path, true]);
    }
    // In the form that a proxy is asked in, and without a Host.
    for (const target of [`http://x/../secret.txt`, `http://x/..%2fsecret.txt`]) {
      expect((await hostile(server, target)).text).not.toContain(SECRET);
    }
    expect((await rawHttp(server.http, "GET /..%2fsecret.txt HTTP/1.0\r\n\r\n")).text).not.toContain(SECRET);
    expect(await server.metric("partyline_faults_total")).toBe(0);
  }, 60_000);

  test("by no name that begins with a dot, but in /.well-known/", async () => {
    for (const name of [
      ".env",
      ".git/config",
      "folder/.env",
      "folder/.git/config",
      ".well-known/.env",
      "folder/.well-known/a",
    ]) {
      outside.write(`game/${name}`, SECRET);
    }
    const server = start();
    for (const path of [
      ...["/.env", "/%2eenv", "/.git/config", "/.git/", "/.git", "/folder/.env", "/folder/%2Egit/config"],
      ...["/.well-known/.env", "/folder/.well-known/a", "/.Well-Known/security.txt", "/./.env"],
    ]) {
      expect([path, (await hostile(server, path)).status]).toEqual([path, 404]);
    }
    expect(await get(server, "/.well-known/security.txt")).toMatchObject({ status: 200, text: "Contact: us" });
  });

  test("by no link that leads out of the folder, or to what is hidden in it; one that stays in it is fine", async () => {
    outside.write("game/.env", SECRET);
    const links: [name: string, to: string][] = [
      ["out.txt", "../secret.txt"],
      ["absolute.txt", join(outside.path, "secret.txt")],
      ["up", ".."],
      ["beside", "../game2"],
      ["env.txt", ".env"],
      ["twice.txt", "out.txt"],
      ["loop", "loop"],
      ["dangling", "nothing"],
      ["proc", "/proc/self"],
      [".link.js", "game.js"],
      ["fine.js", "game.js"],
      ["fine", "folder"],
    ];
    for (const [name, to] of links) symlinkSync(to, join(root, name));
    mkdirSync(join(root, "indexed"));
    symlinkSync("../../secret.txt", join(root, "indexed/index.html"));
    const server = start();
    const paths = [
      "/out.txt",
      "/absolute.txt",
      "/up/secret.txt",
      "/up/",
      "/up",
      "/beside/secret.txt",
      "/env.txt",
      "/twice.txt",
    ];
    for (const path of [
      ...paths,
      "/loop",
      "/dangling",
      "/proc/environ",
      "/.link.js",
      "/indexed/",
      "/indexed",
      "/up/game/game.js/../secret.txt",
    ]) {
      const { status, text } = await get(server, path);
      expect([path, status, text.includes(SECRET)]).toEqual([path, 404, false]);
    }
    // Out and in again is a file of the folder.
    expect((await get(server, "/up/game/game.js")).text).toBe("start()");
    expect(await get(server, "/fine.js")).toMatchObject({ text: "start()", type: "text/javascript;charset=utf-8" });
    expect((await get(server, "/fine/")).text).toBe(GAME["folder/index.html"]);
  });

  mkfifo.test("by no name of a thing that is no file: a pipe would be waited for", async () => {
    expect(Bun.spawnSync(["mkfifo", join(root, "pipe.html")]).exitCode).toBe(0);
    symlinkSync("/dev/zero", join(root, "zero"));
    const server = start();
    for (const path of ["/pipe.html", "/zero"]) expect([path, await statusOf(server, path)]).toEqual([path, 404]);
  });

  test("and no answer holds a path of the machine", async () => {
    const server = start();
    for (const path of ["/nothing", "/folder", "/unlisted", "/folder/..%2f", "/%00"]) {
      const { text } = await hostile(server, path);
      expect([path, text.includes(outside.path)]).toEqual([path, false]);
    }
  });
});

/** Reads a file whole over a plain socket; `began` is called with the first bytes. @returns how many there were, with the head */
function download(server: TestServer, path: string, began: () => void = () => {}): Promise<number> {
  const { hostname, port } = new URL(server.http);
  return new Promise((resolve) => {
    let bytes = 0;
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.once("data", began);
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(bytes));
  });
}

/** A file of so many bytes, which takes none on the disk. */
function sparse(name: string, bytes: number): string {
  const path = join(root, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

const MiB = 1024 * 1024;

describe("[H21] a file that", () => {
  const failing = (code: string, path: string) => Object.assign(new Error(code), { code, path, syscall: "open" });

  test("goes between the look at it and its sending is not there, and nobody's fault", async () => {
    const files = new Files(root, { admit: () => true });
    await files.at(new Request("http://x/game.js"), "/game.js", CALLER);
    expect(files.failed(failing("ENOENT", join(root, "game.js")))?.status).toBe(404);
    expect(files.failed(failing("EACCES", join(root, "game.js")))?.status).toBe(403);
    expect(files.failed(failing("EMFILE", join(root, "game.js")))?.status).toBe(503);
    // Other errors of the disk are bugs, and so are those of other files.
    for (const error of [
      failing("EIO", join(root, "game.js")),
      failing("ENOENT", "/data/x"),
      new Error("a bug"),
      null,
    ]) {
      expect(files.failed(error)).toBeNull();
    }
  });

  test("Bun cannot open any more is 404, and is counted as no fault", async () => {
    symlinkSync(root, join(outside.path, "current"));
    const server = start({ PUBLIC_DIR: join(outside.path, "current") });
    // It goes when it has been looked at, before Bun opens it.
    const { at } = Files.prototype;
    Files.prototype.at = async function (...asked) {
      const answer = await at.call(this, ...asked);
      unlinkSync(join(root, "game.js"));
      return answer;
    };
    try {
      expect(await statusOf(server, "/game.js")).toBe(404);
    } finally {
      Files.prototype.at = at;
    }
    expect(await server.metric("partyline_faults_total")).toBe(0);
  });

  test("is cut short while it is sent ends the connection before its length: nobody takes a part for the whole", async () => {
    const server = start();
    const path = sparse("big.bin", 512 * MiB);
    const received = await download(server, "/big.bin", () => truncateSync(path, 1024));
    expect(received).toBeLessThan(512 * MiB);
    expect(await statusOf(server, "/game.js")).toBe(200);
    expect(await server.metric("partyline_faults_total")).toBe(0);
  }, 60_000);

  test("is huge is not held in memory", async () => {
    const server = start();
    sparse("huge.bin", 1024 * MiB);
    const before = process.memoryUsage.rss();
    expect(await download(server, "/huge.bin")).toBeGreaterThan(1024 * MiB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * MiB);
  }, 60_000);

  test("may not be read, or lies in a folder that may not, is 403", async () => {
    mkdirSync(join(root, "locked"));
    writeFileSync(join(root, "locked/a.txt"), SECRET);
    for (const name of ["locked", "game.js"]) chmodSync(join(root, name), 0);
    // In a process of its own, because root may read everything and has to become somebody else.
    const script = `
      const { Files } = await import(${JSON.stringify(join(import.meta.dir, "../../src/doors/http/files.ts"))});
      const files = new Files(${JSON.stringify(root)}, { admit: () => true });
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        development: false,
        fetch: async (request) => (await files.at(request, new URL(request.url).pathname)) ?? new Response("", { status: 404 }),
        error: (error) => files.failed(error) ?? new Response("", { status: 500 }),
      });
      if (process.getuid() === 0) process.setuid(65534);
      const paths = ["/locked/a.txt", "/locked/", "/locked", "/game.js", "/index.html"];
      const statuses = paths.map(async (path) => (await fetch(new URL(path, server.url))).status);
      console.log(JSON.stringify(await Promise.all(statuses)));
      process.exit();`;
    // The folder of tests is its owner's alone.
    chmodSync(outside.path, 0o755);
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    const said = await new Response(child.stdout).text();
    for (const name of ["locked", "game.js"]) chmodSync(join(root, name), 0o755);
    expect(JSON.parse(said)).toEqual([403, 403, 403, 403, 200]);
  }, 60_000);
});

describe("[H22] a code", () => {
  test("leads to the game's own page for phones, in capitals, with its query", async () => {
    const server = start();
    const location = async (path: string) => {
      const { status, headers } = await get(server, path);
      return [status, headers.get("location")];
    };
    expect(await location("/GXHB")).toEqual([302, "/phone.html#GXHB"]);
    expect(await location("/gx-hb?player=2")).toEqual([302, "/phone.html?player=2#GXHB"]);
    expect(await location("/GXHB?next=%0d%0aSet-Cookie:a")).toEqual([302, "/phone.html?next=%0d%0aSet-Cookie:a#GXHB"]);
    // None of these could be a code.
    for (const path of ["/GXH", "/GXHBB", "/OOOO", "/GXHB/", "/GXHB/x", "/phone"]) {
      expect([path, await statusOf(server, path)]).toEqual([path, 404]);
    }
    expect(await statusOf(server, "/GXHB", { method: "POST" })).not.toBe(302);
  });

  test("that is none is the game's to mend, for a person in front of it", async () => {
    const server = start();
    const led = async (path: string, accept = "text/html,*/*;q=0.8") => {
      const { status, headers } = await get(server, path, { headers: { accept } });
      return [status, headers.get("location"), headers.get("vary")];
    };
    for (const [path, code] of [
      ["/gxh0", "GXH0"],
      ["/GXH", "GXH"],
      ["/3lx6zz", "3LX6ZZ"],
    ])
      expect(await led(`${path}?player=2`)).toEqual([302, `/phone.html?player=2#${code}`, "accept"]);
    expect(await led("/folder")).toEqual([301, "/folder/", null]);
    expect(await led("/gxhb/")).toEqual([302, "/GXHB", "accept"]);
    for (const path of ["/gxh0", "/GXHB/"]) expect((await led(path, "*/*"))[0]).toBe(404);
    for (const path of ["/gamephone", "/GXHB//", "/phone.htm"])
      expect([path, (await led(path))[0]]).toEqual([path, 404]);
  });

  test("of the first page's room leads to the server's own page for phones all the same, and pages are told where that is", async () => {
    const server = start();
    const own = (await get(start({ PUBLIC_DIR: "" }), "/GXHB")).text;
    const here = async (from: TestServer) => JSON.parse((await get(from, "/api/here")).text).phonePath;
    expect(await here(server)).toBe("/home/");
    for (const path of ["/home/GXHB", "/home/gxhb", "/home/GXH0"]) {
      expect(await get(server, path)).toMatchObject({ status: 200, text: own });
      expect((await rawHttp(server.http, handshake(path))).status).toBe(200);
      expect(await statusOf(server, path, { method: "POST" })).toBe(405);
    }
    expect(await server.metric('partyline_http_requests_total{route="/home/:code",status="200"}')).toBe(6);
    // A folder of that name is the game's.
    outside.write("game/home/art.png", "art");
    expect((await get(server, "/home/art.png")).text).toBe("art");
    expect(await statusOf(server, "/home/GXHB/x")).toBe(404);
    unlinkSync(join(root, "phone.html"));
    expect(await here(server)).toBeUndefined();
    const off = start({ PAGES: "off" });
    outside.write("game/phone.html", "");
    expect([await here(off), await statusOf(off, "/home/GXHB")]).toEqual([undefined, 404]);
  });

  test("that is also a file is the file, and for a WebSocket the room all the same", async () => {
    const server = start();
    const { code } = await openRoom(server.url);
    outside.write(`game/${code}`, "a file of that name");
    expect(await get(server, `/${code}`)).toMatchObject({ status: 200, text: "a file of that name" });
    mkdirSync(join(root, "GXHB"));
    expect(await statusOf(server, "/GXHB")).toBe(302);
    outside.write("game/GXHB/index.html", "a folder of that name");
    expect((await get(server, "/GXHB")).headers.get("location")).toBe("/GXHB/");
    const guest = await Client.connect(`${server.url}/${code}`);
    expect(await guest.ask({ type: "join", clientId: "late", room: code })).toMatchObject({ type: "joined" });
    // Nor is the first page of the game in the way of the relay.
    expect((await rawHttp(server.http, handshake("/"))).status).toBe(101);
  });

  test("is the server's own page where the game has none, or nothing", async () => {
    unlinkSync(join(root, "phone.html"));
    const server = start();
    const { status, headers } = await get(server, "/GXHB");
    expect([status, headers.get("location")]).toEqual([200, null]);
    expect(await statusOf(start({ PAGES: "off" }), "/GXHB")).toBe(404);
  });
});

describe("[H23] pages and files have a bucket of their own", () => {
  const DEFAULT = { HTTP_REQUESTS_PER_SECOND: "20" };
  const statuses = async (server: TestServer, count: number, path: string) =>
    (await Promise.all(range(0, count).map(() => statusOf(server, path)))).filter((status) => status === 429).length;

  test("nine phones load a game of eighty files at once, from one address", async () => {
    expect(await statuses(start(DEFAULT), 9 * 80, "/game.js")).toBe(0);
  }, 60_000);

  test("a school of 300 phones loads four files each within a minute, from one address", async () => {
    const { server, clock } = stage({ PUBLIC_DIR: root, ...DEFAULT });
    let refused = 0;
    // All in the first half of it.
    for (const _ of range(0, 30)) {
      for (const path of ["/GXHB", "/phone.html", "/game.js", "/folder/level.json"])
        refused += await statuses(server, 10, path);
      clock.advance(1_000);
    }
    expect(refused).toBe(0);
  }, 60_000);

  test("a flood of them is bounded, and shuts its address out of nothing else", async () => {
    const { server, clock } = stage({ PUBLIC_DIR: root, ...DEFAULT });
    expect(await statuses(server, 1_100, "/game.js")).toBe(100);
    expect(await server.metric('partyline_limited_total{bucket="http_files"}')).toBe(100);
    for (const path of ["/", "/home", "/partyline.js", "/nothing", "/GXHB"]) {
      expect([path, await statusOf(server, path)]).toEqual([path, 429]);
    }
    for (const path of ["/api/sessions", "/metrics", "/health"])
      expect([path, await statusOf(server, path)]).toEqual([path, 200]);
    await Client.connect(server.url);
    clock.advance(1_000);
    expect(await statuses(server, 210, "/game.js")).toBe(10);
  }, 60_000);

  test("[H20] are not those of SESSIONSERVER_PORT, whose paths are the relay's", async () => {
    const port = await freePort();
    const server = start({ SESSIONSERVER_PORT: String(port) });
    expect(await statusOf(server, "/game.js")).toBe(200);
    for (const path of ["/game.js", "/GXHB"])
      expect([path, (await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" })).status]).toEqual([
        path,
        404,
      ]);
  });

  test("while too many requests are being answered files wait, and nothing that holds no descriptor", async () => {
    let hasPlace = true;
    const files = new Files(root, { admit: () => hasPlace });
    const ask = async (path: string) => {
      const answer = await files.at(new Request(`http://x${path}`), path, CALLER);
      return answer === null ? null : [answer.status, answer.headers.get("retry-after")];
    };
    expect(await ask("/game.js")).toEqual([200, null]);
    hasPlace = false;
    expect(await ask("/game.js")).toEqual([503, "5"]);
    expect(await ask("/folder")).toEqual([301, null]);
    expect(await ask("/nothing.js")).toBeNull();
    expect((await files.phone(new Request("http://x/GXHB"), { code: "GXHB", isByAccept: false }))?.status).toBe(302);
  });

  test("a phone that stopped reading is one of those", async () => {
    const server = start();
    sparse("big.bin", 64 * MiB);
    const { hostname, port } = new URL(server.http);
    const socket = connect(Number(port), hostname, () =>
      socket.write("GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n"),
    ).pause();
    while ((await server.metric('partyline_connections{kind="http"}')) < 1);
    socket.destroy();
    while ((await server.metric('partyline_connections{kind="http"}')) > 0);
  }, 60_000);
});
