// The fields that requests of this wire share, whichever file they stand in.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";

export const BAD = { error: "bad_field" };

/** A member as named by another: who is not there is not found, whatever the name. */
export const named = z
  .string({ error: "client_id_required" })
  .min(1, { error: "client_id_required" })
  .describe("A member.");

/** What comes back on an answer. */
export const Ref = z.union(
  [z.string().max(WIRE.refCharsMax), z.number().refine((n) => !Number.isInteger(n) || Number.isSafeInteger(n))],
  BAD,
);
export const id = Ref.nullish().describe("Comes back on the direct answer, an error included.");
