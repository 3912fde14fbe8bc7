// Requests about polls, as zod schemas [C10]. Their docs come from here.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { ASKED, ASKS, SHOWS } from "../../protocol/polls.ts";
import { NOT_IN_TEXT, nameOf, UNSEEN } from "../../protocol/text.ts";
import { optional } from "../../sessions/fields.ts";
import { BAD, id } from "./fields.ts";

const { optionsMin, optionsMax, optionCharsMax, answerCharsMax, answerNumberMax } = WIRE;

/** What each field takes, as told in errors and in the docs. */
export const POLL_TAKES: Readonly<Record<string, string>> = {
  poll: `1 to ${WIRE.crowdNameCharsMax} printable characters`,
  ask: oneOf(ASKS),
  options: `${optionsMin} to ${optionsMax} texts of 1 to ${optionCharsMax} printable characters for choice and many, and none else`,
  who: oneOf(ASKED),
  changes: "true or false",
  show: oneOf(SHOWS),
  choice: "the place of an option, from 0",
  choices: "a list of one place of an option or more, from 0, none twice",
  number: `a whole number, 0 to ${answerNumberMax}`,
  text: `1 to ${answerCharsMax} printable characters`,
  as: "audience",
  audience: "a whole number, 0 or more",
};

/** On one line, and something of it is seen. */
const printable = (most: number) =>
  z.string(BAD).regex(new RegExp(`^(?=[\\s\\S]*[^${UNSEEN}])[^${NOT_IN_TEXT}]{1,${most}}$`, "u"), BAD);
const poll = z
  .string(BAD)
  .regex(nameOf(1, WIRE.crowdNameCharsMax), BAD)
  .describe(`What it is called: ${POLL_TAKES.poll}.`);
const place = z
  .int(BAD)
  .min(0, BAD)
  .max(optionsMax - 1, BAD);

const pollOpen = z
  .object({
    type: z.literal("poll.open"),
    poll,
    ask: z.enum(ASKS, BAD).describe("One option, several, a number, a text, or who is first."),
    options: optional(z.array(printable(optionCharsMax), BAD).max(optionsMax, BAD)).describe(
      `The options of \`choice\` and \`many\`: ${optionsMin} to ${optionsMax}.`,
    ),
    who: optional(z.enum(ASKED, BAD)).describe("Who is asked; members unless said."),
    seconds: optional(z.number(BAD).min(0.1, BAD).max(WIRE.timerSecondsMax, BAD)).describe(
      "Closes by itself after so long.",
    ),
    changes: optional(z.boolean(BAD)).describe("false: an answer stands; else it may be replaced."),
    show: optional(z.enum(SHOWS, BAD)).describe(
      "Who sees the counts besides the host: all while it is open, all at its end, nobody; end unless said.",
    ),
    id,
  })
  .refine(({ ask, options }) => hasItsOptions(ask, options?.length ?? 0), { error: "bad_field", path: ["options"] })
  .describe("Asks a question (host).");
const pollClose = z.object({ type: z.literal("poll.close"), poll, id }).describe("Closes a poll (host).");
const answer = z
  .object({
    type: z.literal("answer"),
    poll,
    choice: optional(place).describe("Of `choice`: the place of the option, from 0."),
    choices: optional(z.array(place, BAD).min(1, BAD).refine(isDistinct, BAD)).describe("Of `many`: such places."),
    number: optional(z.int(BAD).min(0, BAD).max(answerNumberMax, BAD)).describe(
      `Of \`number\`: 0 to ${answerNumberMax}.`,
    ),
    text: optional(printable(answerCharsMax)).describe(`Of \`text\`: at most ${answerCharsMax} characters.`),
    id,
  })
  .describe("Answers a poll; of `first` nothing but that.");

/** Each request by its type. */
export const POLL_REQUESTS = { "poll.open": pollOpen, "poll.close": pollClose, answer } as const;

export type PollRequest = z.infer<(typeof POLL_REQUESTS)[keyof typeof POLL_REQUESTS]>;

function hasItsOptions(ask: (typeof ASKS)[number], options: number): boolean {
  return ask === "choice" || ask === "many" ? options >= optionsMin : options === 0;
}

function isDistinct(places: readonly number[]): boolean {
  return new Set(places).size === places.length;
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
