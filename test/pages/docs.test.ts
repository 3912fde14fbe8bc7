// The page of the documents: that all of them is there, can be found and read, by everybody; and what it makes of a schema.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import axe from "axe-core";
import asyncapi from "../../docs/asyncapi.json";
import openapi from "../../docs/openapi.json";
import { type AsyncApi, found, groupsOf, type OpenApi } from "../../pages/docs/read.ts";
import { rowsOf, takesOf } from "../../pages/docs/shape.ts";
import { browserNeeded, openBrowser } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

const groups = groupsOf(openapi as unknown as OpenApi, asyncapi as unknown as AsyncApi);

describe("[O7] what the page shows", () => {
  test("every call and every frame is in it, each at an address of its own", () => {
    const calls = Object.values(openapi.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
    const [http, ...wires] = groups;
    expect(http?.entries).toHaveLength(calls);
    expect(wires.map(({ id }) => id)).toEqual(Object.keys(asyncapi.channels));
    const frames = wires.reduce((sum, { entries }) => sum + entries.length, 0);
    const told = Object.values(asyncapi.operations).reduce((sum, { messages }) => sum + messages.length, 0);
    expect(frames).toBe(told);
    const ids = groups.flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("every entry says what it does, and every field what it takes", () => {
    for (const { entries } of groups) {
      for (const { id, says, tables } of entries) {
        expect([id, says.length > 0]).toEqual([id, true]);
        for (const { rows } of tables)
          for (const { name, takes } of rows) expect([id, name, takes.length > 0]).toEqual([id, name, true]);
      }
    }
  });

  test("a search finds by all of its words: name, field, what is said", () => {
    const names = (words: string) => found(groups, words).flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(names("kick party")).toContain("party:you-send:kick");
    expect(names("JOIN maxframe")).toContain("party:you-send:join");
    expect(names("join maxframe zebra")).toEqual([]);
    expect(names("  ").length).toBe(groups.reduce((sum, { entries }) => sum + entries.length, 0));
  });

  test("a schema is told in words", () => {
    expect(takesOf({ type: "string", maxLength: 64 })).toBe("text ≤ 64");
    expect(takesOf({ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe("integer ≥ 0");
    expect(takesOf({ anyOf: [{ anyOf: [{ type: "boolean" }, { const: "answer" }] }, { type: "null" }] })).toBe(
      'boolean | "answer" | null',
    );
    expect(takesOf({ type: "array", items: { enum: ["up", "down"] } })).toBe('("up" | "down")[]');
    expect(takesOf({ type: ["string", "null"], maxLength: 9 })).toBe("text ≤ 9 | null");
    expect(takesOf({})).toBe("any JSON");
    expect(takesOf({ type: "object", additionalProperties: { type: "number" } })).toBe("object of number");
    const peers = { type: "array", items: { type: "object", properties: { name: { type: "string" } } } };
    expect(rowsOf({ type: "object", required: ["peers"], properties: { peers } })).toEqual([
      { name: "peers", takes: "object[]", isRequired: true, says: "" },
      { name: "peers[].name", takes: "text", isRequired: false, says: "" },
    ]);
  });
});

browserNeeded.describe("[O7] in a browser", () => {
  let server: TestServer;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    server = startServer();
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  for (const [size, scheme] of [
    ["tv", "light"],
    ["phone", "dark"],
  ] as const) {
    test(`it is found, opened and read, and axe finds nothing wrong, ${size}, ${scheme}`, async () => {
      const { page, faults, origins, context } = await browser.person(size, { scheme });
      await page.goto(`http://party.lan:${server.port}/docs/`);
      await page.getByLabel("Search").fill("since epoch");
      const join = page.locator("details", { hasText: "Takes a seat in a room" }).first();
      await join.locator("summary").click();
      await join.getByRole("rowheader", { name: "clientId" }).waitFor();
      expect(new URL(page.url()).hash).toBe("#party%3Ayou-send%3Ajoin");
      // On a phone nothing is as wide as to move the page sideways.
      const width = page.viewportSize()?.width ?? 0;
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect([...origins]).toEqual([`http://party.lan:${server.port}`]);
      expect([...faults]).toEqual([]);
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs-${size}.png` });
      await context.close();

      const seen = await browser.person(size, { scheme, isPolicyOff: true });
      await seen.page.goto(`http://party.lan:${server.port}/docs/#http:POST:/api/sessions`);
      await seen.page.getByRole("rowheader", { name: "notes" }).first().waitFor();
      if (process.env.SCREENSHOTS)
        await seen.page.screenshot({ path: `${process.env.SCREENSHOTS}/docs-http-${size}.png` });
      await seen.page.evaluate(axe.source);
      const { violations } = (await seen.page.evaluate("axe.run(document)")) as axe.AxeResults;
      const words = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target}`));
      expect(words).toEqual([]);
      await seen.context.close();
    }, 60_000);
  }

  test("where the documents do not come it says so", async () => {
    const { page, context } = await browser.person("phone");
    await page.route("**/asyncapi.json", (route) => route.abort());
    await page.goto(`http://party.lan:${server.port}/docs`);
    expect(await page.getByRole("alert").textContent()).toContain("did not come");
    await context.close();
  }, 60_000);
});
