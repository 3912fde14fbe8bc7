// The HTTP side of the house as an OpenAPI 3.1 document.
import { z } from "zod";
import { Health, Problem, RoomProbe } from "../src/doors/http/schema.ts";

function answer(description: string, schema: z.ZodType) {
  const { $schema: _, ...body } = z.toJSONSchema(schema);
  return { description, content: { "application/json": { schema: body } } };
}

function plain(description: string) {
  return { description, content: { "text/plain": { schema: { type: "string" } } } };
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

export function openApi() {
  return {
    openapi: "3.1.0",
    info: { title: "Partyline", version: "1", license: { name: "MIT", identifier: "MIT" } },
    paths: {
      "/": { get: { summary: "What this is, for a person.", responses: { 200: plain("A short page.") } } },
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
    },
  };
}
