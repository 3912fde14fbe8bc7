// The directory of Jackbox rooms, by HTTP: whether there is a room of a code, and where. It asks once a second for the whole server and waits
// where it is told to, because the service bans addresses that ask faster. What is made of an answer it does not know.
import { version } from "../../../package.json";
import type { Clock } from "../../clock.ts";
import { WIRE } from "../../limits/table.ts";
import { nameOf } from "../../protocol/text.ts";
import { type Fields, fieldsOf, parsed, wholeNumber } from "./frames.ts";
import type { RoomFacts } from "./picture.ts";

/** From one request to the next, for an answer, and to wait where the service wants a pause and says for how long, or does not; in ms. */
const EVERY_MS = 1_000;
const ANSWER_MS = 5_000;
const PAUSE_MS_MAX = 300_000;
const PAUSE_MS = 60_000;
/** Bytes of an answer that are read: those seen have some 500. */
const ANSWER_BYTES_MAX = 64 * 1024;

export const AGENT = `Partyline/${version} (+watcher)`;

/** What the directory says of a code. */
export type Found =
  | { readonly kind: "room"; readonly host: string; readonly isLocked: boolean; readonly facts: RoomFacts }
  | { readonly kind: "nowhere" }
  /** It cannot be said. `trouble`: why, for the log. */
  | { readonly kind: "failed"; readonly trouble: string };

/** Asks about a code; answers a function that takes the question back, after which nothing is heard. @param isUrgent goes before those that are not */
export type Ask = (code: string, isUrgent: boolean, heard: (found: Found) => void) => () => void;

interface Question {
  readonly code: string;
  readonly heard: (found: Found) => void;
}

export class Directory {
  readonly #urgent = new Set<Question>();
  readonly #others = new Set<Question>();
  /** The ones that are being asked, with what gives each up: hanging ones may overlap. */
  readonly #asked = new Map<Question, AbortController>();
  /** Cancels the next request's timer; null: none is due. */
  #cancel: (() => void) | null = null;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly origin: string,
    private readonly clock: Clock,
    /** How the server asks; a test may look on. */
    private readonly request: typeof fetch = fetch,
  ) {}

  ask: Ask = (code, isUrgent, heard) => {
    const question = { code, heard };
    (isUrgent ? this.#urgent : this.#others).add(question);
    this.#plan();
    return () => {
      this.#urgent.delete(question);
      this.#others.delete(question);
      this.#asked.get(question)?.abort();
      this.#asked.delete(question);
    };
  };

  /** Asks nothing more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#urgent.clear();
    this.#others.clear();
    for (const abort of this.#asked.values()) abort.abort();
    this.#asked.clear();
  }

  /** Never within the call that asked: whoever asks has its own state to put right first. */
  #plan(): void {
    if (this.#cancel !== null || this.#urgent.size + this.#others.size === 0) return;
    this.#cancel = this.clock.after(Math.max(0, this.#notBefore - this.clock.now()), () => {
      this.#cancel = null;
      const waiting = this.#urgent.size > 0 ? this.#urgent : this.#others;
      for (const question of waiting) {
        waiting.delete(question);
        this.#notBefore = this.clock.now() + EVERY_MS;
        void this.#answer(question);
        break;
      }
      this.#plan();
    });
  }

  /** Never rejects. */
  async #answer(question: Question): Promise<void> {
    const abort = new AbortController();
    this.#asked.set(question, abort);
    const cancel = this.clock.after(ANSWER_MS, () => abort.abort());
    let found: Found;
    try {
      found = await this.#find(question.code, abort.signal);
    } catch {
      found = { kind: "failed", trouble: abort.signal.aborted ? "directory: no answer" : "directory: no connection" };
    }
    cancel();
    // Within the clock's own turn, whose fault wall catches what a listener throws.
    this.clock.soon(() => {
      if (this.#asked.delete(question)) question.heard(found);
    });
  }

  async #find(code: string, signal: AbortSignal): Promise<Found> {
    const headers = { "user-agent": AGENT, accept: "application/json", "accept-encoding": "identity" };
    const options = { headers, signal, redirect: "manual", decompress: false, keepalive: false } as const;
    const response = await this.request(`${this.origin}/api/v2/rooms/${encodeURIComponent(code)}`, options);
    const { status } = response;
    if (status === 200) return foundIn(await textOf(response));
    if (status === 429 || status === 403) this.#pause(response.headers.get("retry-after"));
    await response.body?.cancel();
    return status === 404 ? { kind: "nowhere" } : { kind: "failed", trouble: `directory: ${status}` };
  }

  /** Nobody asks for that long. */
  #pause(seconds: string | null): void {
    const ms = seconds !== null && /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1_000 : PAUSE_MS;
    this.#notBefore = this.clock.now() + Math.max(EVERY_MS, Math.min(ms, PAUSE_MS_MAX));
    // What is due already would be asked too early.
    this.#cancel?.();
    this.#cancel = null;
    this.#plan();
  }
}

/** The text of an answer; "" where it is too long, or no UTF-8. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop gives the connection up.
    if (bytes > ANSWER_BYTES_MAX) return "";
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return "";
  }
}

function foundIn(text: string): Found {
  const answer = parsed(text);
  const body = answer?.ok === true ? fieldsOf(answer.body) : null;
  if (body === null || typeof body.host !== "string" || body.host === "") {
    return { kind: "failed", trouble: "directory: not understood" };
  }
  return { kind: "room", host: body.host, isLocked: body.locked === true, facts: factsOf(body) };
}

/** What an app_tag of our own may be, too. */
const APP_TAG = nameOf(1, WIRE.titleCharsMax);

function factsOf({ appTag, minPlayers, maxPlayers }: Fields): RoomFacts {
  const isTag = typeof appTag === "string" && APP_TAG.test(appTag);
  return { appTag: isTag ? appTag : null, minPlayers: playersOf(minPlayers), maxPlayers: playersOf(maxPlayers) };
}

function playersOf(value: unknown): number | null {
  const count = wholeNumber(value);
  return count !== null && count >= 1 && count <= WIRE.playersMax ? count : null;
}
