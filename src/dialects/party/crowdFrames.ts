// The frames about what few rooms have beside seats, as schemas, from which the docs come.
import { z } from "zod";
import { RESETTABLE } from "../../protocol/commands.ts";

const clientId = z.string().describe("A member's clientId.");
const seq = z.int().min(1).optional().describe("Its number in the one order of the room; only in rooms with history.");
const timerFields = {
  timer: z.string(),
  label: z.string().optional(),
  leftMs: z.int().min(0).describe("How long it has to go, at `t`."),
  t: z.int().describe("The server's clock, ms since 1970."),
  endsAt: z.int().nullable().describe("When it will be over, by the server's clock; null: it stands still."),
  isPaused: z.boolean().describe("Whether it stands still."),
};
const privateData = z.strictObject({ clientId, data: z.unknown().describe("As it was sent.") });

/** What `joined` has of it. */
export const CROWD_PICTURE = {
  timers: z.array(z.strictObject(timerFields)).optional().describe("The timers there are."),
  private: z.unknown().optional().describe("What only this member and the host see, if there is any."),
  privates: z.array(privateData).optional().describe("To the host: what the other members have so."),
};

export const CROWD_FRAMES = {
  timer: z
    .strictObject({ type: z.literal("timer"), ...timerFields, stopped: z.literal(true).optional() })
    .describe("To all: how a timer stands from now on; `stopped`: it is no more."),
  timer_done: z.strictObject({ type: z.literal("timer_done"), timer: z.string(), seq }).describe("To all, once."),
  private: z
    .strictObject({ type: z.literal("private"), ...privateData.shape })
    .describe("To that member, and to whoever becomes host: what only these two see."),
  reset: z
    .strictObject({ type: z.literal("reset"), keep: z.array(z.enum(RESETTABLE)).describe("What has stayed."), seq })
    .describe("To all: state, players' and private data, polls and timers are gone, but for what `keep` names."),
} as const;
