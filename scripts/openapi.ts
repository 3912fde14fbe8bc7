// The HTTP side of the server as an OpenAPI 3.1 document, from the table of calls and their schemas.
import { z } from "zod";
import { version } from "../package.json";
import { WIRES } from "../src/dialects/index.ts";
import { CALLS } from "../src/doors/http/api.ts";
import type { Call } from "../src/doors/http/call.ts";
import { Health, Problem, RoomProbe } from "../src/doors/http/schema.ts";
import { DOCTOR_PATH, DoctorView, HERE_PATH, HereView } from "../src/doors/http/way.ts";
import { SORTS } from "../src/doors/monitor.ts";

function answer(description: string, schema: z.ZodType) {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return { description, content: { "application/json": { schema: body } } };
}

function plain(description: string) {
  return { description, content: { "text/plain": { schema: { type: "string" } } } };
}

function home() {
  const schema = { type: "string" };
  return {
    description: "A short text, or the first page.",
    content: { "text/plain": { schema }, "text/html": { schema } },
  };
}

/** What the server's own pages ask. */
function forPages(summary: string, gives: z.ZodType) {
  return {
    get: { summary: `${summary} No page of another origin may read it.`, responses: { 200: answer("Done.", gives) } },
  };
}

/** A question whether a room is there. */
function probe(summary: string) {
  return {
    get: {
      summary,
      parameters: [{ name: "code", in: "path", required: true, schema: { type: "string" } }],
      responses: {
        200: answer("It is.", RoomProbe),
        404: answer("It is not.", Problem),
        429: answer("Too many attempts from this address.", Problem),
      },
    },
  };
}

/** The calls of the API, each path with its methods. */
function apiPaths() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const call of CALLS) {
    const path = call.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [call.method.toLowerCase()]: operation(call) };
  }
  return paths;
}

/** Parameters of queries that are no whole numbers. */
const QUERY: Readonly<Record<string, object>> = {
  begun_by: { type: "string", enum: ["token", "host"] },
  sort: { type: "string", enum: SORTS },
  q: { type: "string" },
  dialect: { type: "string", enum: WIRES.map(({ name }) => name) },
};

function operation({ method, path, summary, status, gives, needsToken, isForViewers, query, body }: Call) {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const parameters: object[] = names.map((name) => {
    return { name, in: "path", required: true, schema: { type: name === "code" ? "string" : "integer" } };
  });
  for (const [name, description] of Object.entries(query)) {
    parameters.push({ name, in: "query", description, schema: QUERY[name] ?? { type: "integer", minimum: 0 } });
  }
  const responses: Record<string, unknown> = { [status]: answer("Done.", gives) };
  if (Object.keys(query).length > 0) responses[400] = answer("A parameter has a value that cannot be taken.", Problem);
  if (body !== null) responses[400] = answer("A field has a value that cannot be taken; it is named.", Problem);
  if (needsToken) responses[401] = answer("No token, or one that is not good.", Problem);
  if (needsToken)
    responses[403] = answer(isForViewers ? "The token is for another session." : "A viewer's token.", Problem);
  if (names.length > 0) responses[404] = answer("Not there.", Problem);
  if (needsToken && method !== "GET" && names.length > 0) responses[409] = answer("Does not fit its state.", Problem);
  return {
    summary,
    ...(needsToken ? { security: [{ token: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === null ? {} : { requestBody: { content: { "application/json": { schema: input(body) } } } }),
    responses,
  };
}

function input(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

export function openApi() {
  return {
    openapi: "3.1.0",
    info: { title: "Partyline", version, license: { name: "MIT", identifier: "MIT" } },
    paths: {
      "/": { get: { summary: "What this is: a page for who accepts HTML, else a text.", responses: { 200: home() } } },
      "/health": { get: { summary: "Whether the process lives.", responses: { 200: answer("It does.", Health) } } },
      "/ready": {
        get: {
          summary: "Whether it takes new guests.",
          responses: { 200: answer("It does.", Health), 503: answer("It is draining.", Problem) },
        },
      },
      "/metrics": { get: { summary: "Prometheus text.", responses: { 200: plain("The figures.") } } },
      "/room/{code}": probe("Whether a room is there. Counts as a guess when it is not."),
      "/v2/room/{code}": probe("The same for rooms of the party2 wire."),
      [HERE_PATH]: forPages("Which addresses of this server phones can reach.", HereView),
      [DOCTOR_PATH]: forPages("What the server sees of the request that asks.", DoctorView),
      ...apiPaths(),
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
  };
}
