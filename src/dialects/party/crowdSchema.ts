// Requests about what few rooms have beside seats, as zod schemas: timers, data of one member's, a room as new. Their docs come from here.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { RESETTABLE } from "../../protocol/commands.ts";
import { nameOf } from "../../protocol/text.ts";
import { optional } from "../../sessions/fields.ts";
import { BAD, id, named } from "./fields.ts";

/** What each field takes, as told in errors and in the docs. */
export const CROWD_TAKES: Readonly<Record<string, string>> = {
  timer: `1 to ${WIRE.crowdNameCharsMax} printable characters`,
  seconds: `a number of seconds, 0.1 to ${WIRE.timerSecondsMax}`,
  label: `at most ${WIRE.nameCharsMax} printable characters`,
  pauses: "true or false",
  keep: `a list of ${RESETTABLE.slice(0, -1).join(", ")} and ${RESETTABLE.at(-1)}`,
};

const timer = z
  .string(BAD)
  .regex(nameOf(1, WIRE.crowdNameCharsMax), BAD)
  .describe(`What it is called: ${CROWD_TAKES.timer}.`);

const setPrivate = z
  .object({
    type: z.literal("set_private"),
    clientId: named,
    data: z.unknown().describe("Any JSON value; null is one."),
    id,
  })
  .describe("Replaces what only that member and the host see (host).");
const reset = z
  .object({
    type: z.literal("room.reset"),
    keep: optional(z.array(z.enum(RESETTABLE, BAD), BAD)).describe("What stays as it is; nothing unless said."),
    id,
  })
  .describe("Lets go of state, players' and private data, polls and timers; seats, names and code stay (host).");
const timerSet = z
  .object({
    type: z.literal("timer.set"),
    timer,
    seconds: z.number(BAD).min(0.1, BAD).max(WIRE.timerSecondsMax, BAD).describe("How long it runs, from now on."),
    label: z.string(BAD).regex(nameOf(0, WIRE.nameCharsMax), BAD).nullish().describe("What to show beside it."),
    pauses: optional(z.boolean(BAD)).describe("true: it stands still while nobody is host."),
    id,
  })
  .describe("Begins a timer, in the place of one of that name (host).");
const timerPause = z
  .object({ type: z.literal("timer.pause"), timer, id })
  .describe("The timer stands still until `timer.go` (host).");
const timerGo = z.object({ type: z.literal("timer.go"), timer, id }).describe("The timer goes on (host).");
const timerStop = z
  .object({ type: z.literal("timer.stop"), timer, id })
  .describe("Ends a timer before its time; no `timer_done` is told (host).");

/** Each request by its type. */
export const CROWD_REQUESTS = {
  set_private: setPrivate,
  "room.reset": reset,
  "timer.set": timerSet,
  "timer.pause": timerPause,
  "timer.go": timerGo,
  "timer.stop": timerStop,
} as const;

export type CrowdRequest = z.infer<(typeof CROWD_REQUESTS)[keyof typeof CROWD_REQUESTS]>;
