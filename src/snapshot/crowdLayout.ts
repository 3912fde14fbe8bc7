// What a room has beside seats may look like on disk: a part of the layout, whose number and migrations stand in layouts.ts.
import { z } from "zod";
import { WIRE } from "../limits/table.ts";
import { RESETTABLE } from "../protocol/commands.ts";
import { ASKED, ASKS, SHOWS } from "../protocol/polls.ts";
import { clientId, count, json } from "./layoutFields.ts";

const name = z.string().min(1);
const timer = z.strictObject({
  timer: name,
  label: z.string().nullable(),
  leftMs: count,
  pauses: z.boolean(),
  isPaused: z.boolean(),
});

const question = {
  poll: name,
  ask: z.enum(ASKS),
  options: z.array(z.string()),
  who: z.enum(ASKED),
  changes: z.boolean(),
  show: z.enum(SHOWS),
};
const polls = z.strictObject({
  open: z.array(
    z.strictObject({
      ...question,
      leftMs: count.nullable(),
      answers: z.array(z.tuple([clientId, z.union([z.int().min(0), z.string()])])),
    }),
  ),
  closed: z.array(name),
  leavers: z.array(z.tuple([clientId, z.string().min(1)])).optional(),
});
const counts = z.strictObject({
  counts: z.array(count),
  total: count,
  sum: count.optional(),
  first: z.string().optional(),
});

/** Each part is absent where there is nothing of it. */
export const crowd = z.strictObject({
  timers: z.array(timer).max(WIRE.timersMax).optional(),
  privates: z.array(z.strictObject({ clientId, body: json })).optional(),
  polls: polls.optional(),
  audience: z.array(z.tuple([clientId, z.string().min(1)])).optional(),
});

/** What few rooms tell with a number. */
export const CROWD_EVENTS = [
  z.strictObject({ kind: z.literal("poll"), question: z.strictObject(question), endsAt: count.nullable() }),
  z.strictObject({ kind: z.literal("pollClosed"), poll: name, counts: counts.nullable() }),
  z.strictObject({ kind: z.literal("timerDone"), timer: name }),
  z.strictObject({ kind: z.literal("reset"), keep: z.array(z.enum(RESETTABLE)) }),
] as const;
