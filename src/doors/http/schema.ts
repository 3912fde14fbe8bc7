// The HTTP answers outside of the API as schemas: the OpenAPI document comes from here, and a test holds real answers against them.
import { z } from "zod";

export const Problem = z.strictObject({ error: z.string() }).describe("A refusal, in English.");

export const Health = z.strictObject({ status: z.literal("ok") });

export const RoomProbe = z
  .strictObject({
    clients: z.int().describe("Members now."),
    maxClients: z.int().describe("Seats."),
    locked: z.boolean().optional().describe("Whether it takes nobody new (not of `party2`, which has no locks)."),
    origin: z.string().describe("The `Origin` of the page that opened it, or `unknown`."),
    url: z.string().optional().describe("The link that its creator left with it (`party2`)."),
  })
  .describe("A room that is there.");
