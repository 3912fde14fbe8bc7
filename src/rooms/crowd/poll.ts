// One poll and its answers: one an identity, counted as they come, so that a tally is never a walk over them [C12][C13]. Knows neither room nor clock.
import { textBytes } from "../../limits/kept.ts";
import { WIRE } from "../../limits/table.ts";
import type { ClientId } from "../../protocol/commands.ts";
import type { Answer, Counts, Question } from "../../protocol/polls.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";

/** Parts of their range that are counted apart; the last one has the largest number too. */
const TENTHS = 10;
/** Bytes that an answer takes besides its texts: a place in a Map and a string. */
export const ANSWER_BYTES = 100;
/** Bytes that a poll takes besides its texts. */
export const POLL_BYTES = 600;

/** An answer as it is kept: the place of an option, a mask of such places, a number, a text. */
export type KeptAnswer = number | string;

export class Poll {
  readonly #answers = new Map<ClientId, KeptAnswer>();
  readonly #counts: number[];
  #sum = 0;
  #first: ClientId | null = null;
  /** Bytes that its answers take. */
  #bytes = 0;

  constructor(readonly question: Question) {
    const { ask, options } = question;
    this.#counts = Array.from({ length: ask === "number" ? TENTHS : options.length }, () => 0);
  }

  /** Bytes that it takes in memory [L31]. */
  get bytes(): number {
    const { poll, options } = this.question;
    return options.reduce((sum, option) => sum + textBytes(option) + 16, POLL_BYTES + textBytes(poll)) + this.#bytes;
  }

  /** No fewer characters than a picture of it has on any wire, its texts with who sent them included. */
  get chars(): number {
    return this.question.ask === "text" ? this.bytes : this.bytes - this.#bytes;
  }

  get counts(): Counts {
    const { ask } = this.question;
    return {
      counts: [...this.#counts],
      total: this.#answers.size,
      ...(ask === "number" && { sum: this.#sum }),
      ...(this.#first !== null && { first: this.#first }),
    };
  }

  /** Bytes more that it takes with this answer of that identity. */
  moreWith(clientId: ClientId, answer: KeptAnswer): number {
    return answerBytes(clientId, answer) - this.#bytesOf(clientId);
  }

  /** The answer as it is kept; the refusal names the field that is not as the poll asks. */
  read({ choice, choices, number, text }: Answer): KeptAnswer | Refusal {
    const { ask, options } = this.question;
    switch (ask) {
      case "choice":
        if (choice === undefined || choice >= options.length) return bad("choice", options.length);
        return choice;
      case "many":
        if (choices === undefined || choices.some((one) => one >= options.length))
          return bad("choices", options.length);
        return choices.reduce((mask, one) => mask | (1 << one), 0);
      case "number":
        return number ?? refuse("bad_field", { text: `number must be a whole number, 0 to ${WIRE.answerNumberMax}` });
      case "text":
        return text ?? refuse("bad_field", { text: "text must be what is answered" });
      case "first":
        return 0;
      default:
        return ask satisfies never;
    }
  }

  /** Whether that identity may answer so: it has not answered yet, or may change what it said, or says it again. */
  takes(clientId: ClientId, answer: KeptAnswer): boolean {
    const before = this.#answers.get(clientId);
    return this.question.changes || before === undefined || before === answer;
  }

  /** Takes the answer of an identity, in place of the one it had; false: it has said that already. */
  put(clientId: ClientId, answer: KeptAnswer): boolean {
    const before = this.#answers.get(clientId);
    if (before === answer) return false;
    this.#bytes += this.moreWith(clientId, answer);
    if (before !== undefined) this.#count(before, -1);
    this.#answers.set(clientId, answer);
    this.#count(answer, 1);
    if (this.question.ask === "first") this.#first ??= clientId;
    return true;
  }

  /** What that identity has answered, as it said it; null: nothing. */
  answerOf(clientId: ClientId): Answer | null {
    const kept = this.#answers.get(clientId);
    if (kept === undefined) return null;
    if (typeof kept === "string") return { text: kept };
    switch (this.question.ask) {
      case "choice":
        return { choice: kept };
      case "many":
        return { choices: this.question.options.flatMap((_, at) => (kept & (1 << at) ? [at] : [])) };
      case "number":
        return { number: kept };
      default:
        return {};
    }
  }

  hasAnswerOf(clientId: ClientId): boolean {
    return this.#answers.has(clientId);
  }

  /** The texts that came, in the order of each identity's first answer. */
  get texts(): { from: ClientId; text: string }[] {
    return Array.from(this.#answers, ([from, text]) => ({ from, text: String(text) }));
  }

  /** All answers, as they are recorded. */
  get answers(): Iterable<readonly [ClientId, KeptAnswer]> {
    return this.#answers;
  }

  #bytesOf(clientId: ClientId): number {
    const before = this.#answers.get(clientId);
    return before === undefined ? 0 : answerBytes(clientId, before);
  }

  #count(answer: KeptAnswer, by: 1 | -1): void {
    if (typeof answer === "string") return;
    const { ask, options } = this.question;
    if (ask === "number") {
      this.#sum += by * answer;
      this.#add(Math.min(TENTHS - 1, Math.floor((answer * TENTHS) / WIRE.answerNumberMax)), by);
    } else if (ask === "choice") this.#add(answer, by);
    else if (ask === "many") for (let at = 0; at < options.length; at++) if (answer & (1 << at)) this.#add(at, by);
  }

  #add(at: number, by: 1 | -1): void {
    this.#counts[at] = (this.#counts[at] ?? 0) + by;
  }
}

function answerBytes(clientId: ClientId, answer: KeptAnswer): number {
  return ANSWER_BYTES + textBytes(clientId) + (typeof answer === "string" ? textBytes(answer) : 0);
}

function bad(field: string, options: number): Refusal {
  return refuse("bad_field", { text: `${field} must name options, 0 to ${options - 1}` });
}
