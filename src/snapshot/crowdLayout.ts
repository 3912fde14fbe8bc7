// What a room has beside seats may look like on disk: a part of the layout, whose number and migrations stand in layouts.ts.
import { z } from "zod";
import { WIRE } from "../limits/table.ts";
import { RESETTABLE } from "../protocol/commands.ts";
import { clientId, count, json } from "./layoutFields.ts";

const name = z.string().min(1);
const timer = z.strictObject({
  timer: name,
  label: z.string().nullable(),
  leftMs: count,
  pauses: z.boolean(),
  isPaused: z.boolean(),
});

/** Each part is absent where there is nothing of it. */
export const crowd = z.strictObject({
  timers: z.array(timer).max(WIRE.timersMax).optional(),
  privates: z.array(z.strictObject({ clientId, body: json })).optional(),
});

/** What few rooms tell with a number. */
export const CROWD_EVENTS = [
  z.strictObject({ kind: z.literal("timerDone"), timer: name }),
  z.strictObject({ kind: z.literal("reset"), keep: z.array(z.enum(RESETTABLE)) }),
] as const;
