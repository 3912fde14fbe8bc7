// The frames about polls and the audience, as schemas, from which the docs come.
import { z } from "zod";
import { ASKED, ASKS, SHOWS } from "../../protocol/polls.ts";

const seq = z.int().min(1).optional().describe("Its number in the one order of the room; only in rooms with history.");
const count = z.int().min(0);
const poll = z.string().describe("The name of the poll.");
const clientId = z.string().describe("The clientId of who answered, a member's or one's of the audience.");

const question = {
  poll,
  ask: z.enum(ASKS),
  options: z.array(z.string()).optional().describe("Of `choice` and `many`."),
  who: z.enum(ASKED).describe("Who may answer."),
  changes: z.boolean().describe("Whether an answer may be replaced."),
  show: z.enum(SHOWS).describe("Who sees the counts besides the host: all while it is open, all at its end, nobody."),
  endsAt: z.int().optional().describe("When it closes by itself, by the server's clock, ms since 1970."),
};
const counts = {
  counts: z
    .array(count)
    .describe("How often each option was chosen; of `number` each tenth of 0 to 1000; of `text` and `first` none."),
  total: count.describe("Who has answered, each identity once."),
  sum: count.optional().describe("Of `number`: of all answers."),
  mean: z.number().nullable().optional().describe("Of `number`; null: nobody has answered."),
  first: z.string().optional().describe("Of `first`: the clientId of who was."),
};
const shown = z.strictObject(counts).partial().shape;
const answered = z
  .strictObject({
    choice: count.optional(),
    choices: z.array(count).optional(),
    number: count.optional(),
    text: z.string().optional(),
  })
  .describe("My own answer, if I have given one.");

/** What `joined` has of it. */
export const POLL_PICTURE = {
  polls: z
    .array(
      z.strictObject({
        ...question,
        ...shown,
        answered: answered.optional(),
        answers: z
          .array(z.strictObject({ from: clientId, text: z.string() }))
          .optional()
          .describe("To the host, of `text`: what came so far."),
      }),
    )
    .optional()
    .describe("The open polls; with their counts to the host, and to all where these are live."),
  audience: z
    .union([z.strictObject({ count, max: count }), z.literal(true)])
    .optional()
    .describe("How many watch, and may; true: I am one of them, and have no seat."),
};

export const POLL_FRAMES = {
  poll: z.strictObject({ type: z.literal("poll"), ...question, seq }).describe("To all: a question is asked."),
  tally: z
    .strictObject({ type: z.literal("tally"), poll, ...counts })
    .describe("To the host, and to all where counts are live: at most four a second, and the last is exact."),
  poll_closed: z
    .strictObject({ type: z.literal("poll_closed"), poll, ...shown, seq })
    .describe("To all, once: nobody can answer any more; with the counts, where they are not for the host alone."),
  answer: z
    .strictObject({ type: z.literal("answer"), poll, from: clientId, text: z.string() })
    .describe("To the host alone: a text that somebody answered."),
  audience: z
    .strictObject({ type: z.literal("audience"), count })
    .describe("To members: how many watch now; at most once a second."),
} as const;
