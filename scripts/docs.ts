// Writes what can be read off the code: docs/*.json from the zod schemas, and the tables in SPEC.md and in the pages of the manual between
// their markers. `--check` writes nothing and fails when the committed ones differ.
import { join } from "node:path";
import { z } from "zod";
import { version } from "../package.json";
import { settingRows } from "../src/config.ts";
import { WIRES } from "../src/dialects/index.ts";
import { FRAMES } from "../src/dialects/party/frames.ts";
import { REQUESTS, TAKES } from "../src/dialects/party/schema.ts";
import type { Schemas } from "../src/dialects/wire.ts";
import { CALLS } from "../src/doors/http/api.ts";
import { CLOSES, comeback, REFUSALS } from "../src/protocol/refusals.ts";
import { EVENTS } from "../src/sessions/events.ts";
import { openApi } from "./openapi.ts";
import { fieldsOf } from "./reference.ts";
import { wireTypes } from "./wireTypes.ts";

const ROOT = join(import.meta.dir, "..");
const COMEBACK = { stop: "no", pause: "after a pause", now: "at once" } as const;

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

function schemasOf(schemas: Schemas) {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, jsonSchema(schema)]));
}

/** A wire with its frames, which only the docs load. */
interface WireDocs {
  readonly name: string;
  readonly address: string;
  readonly description: string;
  readonly requests: Schemas;
  readonly frames: Schemas;
}

async function wireDocs(): Promise<WireDocs[]> {
  return await Promise.all(WIRES.map(async (wire) => ({ ...wire, frames: (await wire.frames()).FRAMES })));
}

/** A wire as one JSON Schema document. */
function wireSchema({ name, address, requests, frames }: WireDocs) {
  const refs = (schemas: Schemas, under: string) =>
    Object.keys(schemas).map((type) => ({ $ref: `#/$defs/${under}/${type}` }));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `The ${name} wire`,
    description: `Frames between a client and Partyline on ${address}, one JSON object each.`,
    anyOf: [...refs(requests, "requests"), ...refs(frames, "frames")],
    $defs: { requests: schemasOf(requests), frames: schemasOf(frames) },
  };
}

/** Each wire as a channel, what is asked and what is told on it, and every frame as a message. */
function asyncApi(wires: readonly WireDocs[]) {
  const channels: Record<string, unknown> = {};
  const operations: Record<string, unknown> = {};
  const messages: Record<string, unknown> = {};
  for (const { name: wire, address, description, requests, frames } of wires) {
    const named: Record<string, unknown> = {};
    for (const [type, schema] of Object.entries({ ...requests, ...frames })) {
      const summary = schema.description ?? "";
      messages[`${wire}.${type}`] = {
        name: type,
        summary,
        contentType: "application/json",
        payload: jsonSchema(schema),
      };
      named[type] = { $ref: `#/components/messages/${wire}.${type}` };
    }
    const refs = (schemas: Schemas) =>
      Object.keys(schemas).map((type) => ({ $ref: `#/channels/${wire}/messages/${type}` }));
    const channel = { $ref: `#/channels/${wire}` };
    channels[wire] = { address, description, messages: named, bindings: { ws: { method: "GET" } } };
    operations[`${wire}.ask`] = { action: "receive", channel, messages: refs(requests) };
    operations[`${wire}.tell`] = { action: "send", channel, messages: refs(frames) };
  }
  const description = "Game clients and the relay, over a WebSocket.";
  return {
    asyncapi: "3.0.0",
    info: { title: "Partyline", version, description, license: { name: "MIT" } },
    channels,
    operations,
    components: { messages },
  };
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string) => (text === "" ? "" : `\`${text}\``);

/** The members of a schema as a cell: optional ones with a question mark. */
function members(schema: z.ZodObject): string {
  const names = Object.entries(schema.shape).filter(([name]) => name !== "type" && name !== "id");
  return names
    .map(([name, field]) => code(field.safeParse(undefined).success && name !== "data" ? `${name}?` : name))
    .join(", ");
}

function frameRows(schemas: Schemas): string[][] {
  return Object.entries(schemas).map(([type, schema]) => [code(type), members(schema), schema.description ?? ""]);
}

/** The frames of the party wire that are not events of a session: those have a table of their own. */
function roomFrames(): Schemas {
  return Object.fromEntries(Object.entries(FRAMES).filter(([type]) => !Object.hasOwn(EVENTS, type)));
}

function eventRows(): string[][] {
  return Object.entries(EVENTS).map(([type, schema]) => {
    return [code(type), Object.keys(schema.shape.data.shape).map(code).join(", "), schema.description ?? ""];
  });
}

function callRows(): string[][] {
  return CALLS.map(({ method, path, needsToken, isForViewers, summary }) => {
    return [code(`${method} ${path}`), needsToken ? (isForViewers ? "token, or a viewer's" : "token") : "", summary];
  });
}

/** Each schema under a heading of its own, with all that its fields say; one without fields has none. */
function reference(schemas: Schemas, without: readonly string[] = []): string {
  const parts = Object.entries(schemas).flatMap(([type, schema]) => {
    const rows = fieldsOf(schema).filter(([field]) => !without.includes(field));
    return rows.length === 0 ? [] : [`#### ${code(type)}`, fieldTable(rows)];
  });
  return parts.join("\n\n");
}

function fieldTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map(([field = "", holds = "", meaning = ""]) => [code(field), bar(holds), bar(meaning)]);
  return table(["field", "holds", ""], cells);
}

/** Within a cell of a table. */
const bar = (text: string) => text.replaceAll("|", "\\|");

/** What calls by HTTP take in their bodies, and what they give. */
function bodies(): string {
  const parts = CALLS.flatMap(({ method, path, body, gives, status }) => {
    const takes = body === null ? [] : fieldsOf(body);
    const given = fieldsOf(gives);
    const name = `#### ${code(`${method} ${path}`)}`;
    const taken = takes.length === 0 ? [] : ["Takes:", fieldTable(takes)];
    const answer = gives instanceof z.ZodArray ? "a list, each of them:" : "";
    return [
      name,
      ...taken,
      `Gives ${status}${given.length === 0 ? "." : `: ${answer}`}`.trimEnd(),
      ...(given.length === 0 ? [] : [fieldTable(given)]),
    ];
  });
  return parts.join("\n\n");
}

function settingTable(rows: { name: string; fallback: string; meaning: string }[]): string {
  const cells = rows.map(({ name, fallback, meaning }) => [code(name), code(fallback), meaning]);
  return table(["setting", "default", "meaning"], cells);
}

const { settings, bounds } = settingRows();
const SECTIONS: Readonly<Record<string, string>> = {
  settings: settingTable(settings),
  bounds: settingTable(bounds),
  requests: table(["you send", "fields", "what it does"], frameRows(REQUESTS)),
  fields: table(
    ["field", "takes"],
    Object.entries(TAKES).map(([name, takes]) => [code(name), takes]),
  ),
  frames: table(["you get", "fields", "when"], frameRows(roomFrames())),
  requestFields: reference(REQUESTS, ["type"]),
  frameFields: reference(roomFrames(), ["type"]),
  eventFields: reference(EVENTS, ["type"]),
  callFields: bodies(),
  events: table(["event", "`data`", "when"], eventRows()),
  calls: table(["call", "", "does"], callRows()),
  errors: table(
    ["code", "message", "may the same request do better later?"],
    Object.entries(REFUSALS).map(([name, { text, retry }]) => [code(name), code(text), retry ? "yes" : "no"]),
  ),
  closes: table(
    ["code", "reason", "come back?"],
    Object.values(CLOSES).map(({ code, text }) => [String(code), `\`${text}\``, COMEBACK[comeback(code)]]),
  ),
};

/** The text with each marked section filled in. */
function filled(text: string): string {
  return text.replace(
    /(<!-- (\w+): generated by scripts\/docs\.ts -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (whole, open, name, close) => {
      const section = SECTIONS[name];
      return section === undefined ? whole : `${open}\n${section}\n\n${close}`;
    },
  );
}

/** The frames of the party wire as types for the JavaScript client. */
function clientTypes(): string {
  const events = Object.fromEntries(Object.entries(FRAMES).filter(([type]) => Object.hasOwn(EVENTS, type)));
  return wireTypes(REQUESTS, FRAMES, events, Object.keys(REFUSALS));
}

async function outputs(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const write = (path: string, value: unknown) => files.set(path, `${JSON.stringify(value, null, 2)}\n`);
  const wires = await wireDocs();
  for (const wire of wires) write(`docs/${wire.name}.schema.json`, wireSchema(wire));
  write("docs/asyncapi.json", asyncApi(wires));
  write("docs/openapi.json", openApi());
  files.set("clients/js/src/wire.ts", clientTypes());
  const pages = [...new Bun.Glob("docs/*.md").scanSync(ROOT)].sort();
  for (const path of ["SPEC.md", ...pages]) files.set(path, filled(await Bun.file(join(ROOT, path)).text()));
  return files;
}

const isCheck = Bun.argv.includes("--check");
const stale: string[] = [];
for (const [path, text] of await outputs()) {
  const file = Bun.file(join(ROOT, path));
  if ((await file.exists()) && (await file.text()) === text) continue;
  stale.push(path);
  if (!isCheck) await Bun.write(file, text);
}
if (isCheck && stale.length > 0) {
  console.error(`not up to date: ${stale.join(", ")}; run \`bun run docs\``);
  process.exit(1);
}
console.log(stale.length === 0 ? "docs are up to date" : `wrote ${stale.join(", ")}`);
