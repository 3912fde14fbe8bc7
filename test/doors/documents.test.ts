// The documents at their paths: those of docs/, as they were written, kept and packed as pages are.
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DOCUMENT_PATHS } from "../../src/doors/http/documents.ts";
import { stages } from "../support/stage.ts";

const DOCS = join(import.meta.dir, "../../docs");
const stage = stages();
const FILES = readdirSync(DOCS).filter((name) => name.endsWith(".json"));

test("[O7] every document of docs/ is served as it lies there, for pages of any origin", async () => {
  const { server } = stage();
  expect(DOCUMENT_PATHS.toSorted()).toEqual(["/docs/", ...FILES.map((name) => `/docs/${name}`)].sort());
  for (const name of FILES) {
    const answer = await fetch(`${server.http}/docs/${name}`, { headers: { origin: "https://tool.example" } });
    expect([name, answer.status, await answer.text()]).toEqual([name, 200, await Bun.file(join(DOCS, name)).text()]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const etag = answer.headers.get("etag") ?? "";
    const again = await fetch(`${server.http}/docs/${name}`, { headers: { "if-none-match": etag } });
    expect([name, etag.length > 10, again.status]).toEqual([name, true, 304]);
  }
});

test("[O7] nothing else is there, and nothing is to be written", async () => {
  const { server } = stage();
  for (const path of [
    "/docs/ARCHITECTURE.md",
    "/docs/../package.json",
    "/docs/openapi",
    "/docs//",
    "/docs/constructor",
  ]) {
    const { status } = await fetch(server.http + path);
    expect([path, status]).toEqual([path, 404]);
  }
  expect((await fetch(`${server.http}/docs/openapi.json`, { method: "POST" })).status).toBe(405);
});
