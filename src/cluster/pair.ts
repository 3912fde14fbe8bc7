// Two connections to the engine, for as long as both are good: one that speaks and one that listens. Bun's client loses its subscriptions
// in silence when it reconnects by itself, so it never does: a pair that is bad is left, and engine.ts makes another.
import { createHash } from "node:crypto";
import { RedisClient } from "bun";
import type { Clock } from "../clock.ts";
import { type Answer, EngineAway } from "./ports.ts";

const CONNECT_MS = 2_000;
/** A command that is not answered by then counts as a closed connection. */
const ANSWER_MS = 2_000;
/** How often is looked whether everything is answered. */
const LOOK_MS = 250;
/** How often the pair says something to itself, and how long it may not hear it: a subscription can be gone with both connections open. */
const ECHO_MS = 1_000;
const ECHO_MS_MAX = 3_000;
const CLIENT = { autoReconnect: false, enableOfflineQueue: false, connectionTimeout: CONNECT_MS } as const;
/** What an engine answers that is there and cannot serve: it reads its file, is a replica, has lost its primary, or cannot write its disk. */
const NOT_SERVING = /^(LOADING|READONLY|MASTERDOWN|MISCONF|UNKILLABLE|BUSY) /;
/** Writes nothing, but only who may write may run it: an engine that is there and would refuse each renewal is none. */
const MAY_WRITE = "#!lua flags=allow-oom\nreturn 1";

export interface PairEvents {
  heard(channel: string, text: string): void;
  /** Nothing comes of it any more; may be told more than once. */
  lost(reason: string): void;
}

export class Pair {
  readonly #speaker: RedisClient;
  readonly #listener: RedisClient;
  /** Commands so far, and answers: they come in the order of the commands. */
  #asked = 0;
  #answered = 0;
  /** How many had been asked at a look that was not answered in full yet, oldest first. */
  #looks: { readonly asked: number; readonly at: number }[] = [];
  #lookedAt = 0;
  #echoedAt = 0;
  #heardAt = 0;
  #cancel: (() => void) | null = null;
  #isClosed = false;
  /** Rejects what waits when the pair is left: a client that is closed need not answer any more. */
  readonly #closed: Promise<never>;
  #close: (reason: Error) => void = () => {};
  readonly #shas = new Map<string, string>();

  constructor(
    url: string,
    private readonly echoChannel: string,
    private readonly clock: Clock,
    private readonly events: PairEvents,
  ) {
    this.#speaker = new RedisClient(url, CLIENT);
    this.#listener = new RedisClient(url, CLIENT);
    this.#closed = new Promise((_, reject) => {
      this.#close = reject;
    });
    // Nobody may be waiting for it.
    this.#closed.catch(() => {});
    for (const client of [this.#speaker, this.#listener]) {
      client.onclose = (error) => this.events.lost(error?.message ?? "it was closed");
    }
  }

  /** Resolves when everything can be heard, every script is loaded, and it may write. */
  async ready(channels: readonly string[], scripts: readonly string[]): Promise<void> {
    await this.#orClosed(Promise.all([this.#speaker.connect(), this.#listener.connect()]));
    await this.#orClosed(this.listen([this.echoChannel, ...channels]));
    for (const script of scripts) await this.#orClosed(this.#speaker.send("SCRIPT", ["LOAD", script]));
    await this.#orClosed(this.#speaker.send("EVAL", [MAY_WRITE, "0"]));
  }

  /** Looks from now on whether it is answered and hears itself. */
  watch(): void {
    this.#lookedAt = this.#heardAt = this.#echoedAt = this.clock.now();
    this.publish(this.echoChannel, "");
    this.#later();
  }

  async listen(channels: readonly string[]): Promise<void> {
    if (channels.length > 0) await this.#listener.subscribe([...channels], this.#heard);
  }

  /** @throws {EngineAway} where it is not known what became of it; Error where the script failed */
  async run(script: string, args: readonly string[]): Promise<Answer> {
    try {
      return await this.#ask("EVALSHA", [this.#shaOf(script), "0", ...args]);
    } catch (error) {
      if (!isNamed(error, "NOSCRIPT")) throw error;
      return await this.#ask("EVAL", [script, "0", ...args]);
    }
  }

  publish(channel: string, text: string): void {
    this.#asked++;
    // No closure a message: these are made once a pair.
    this.#speaker.publish(channel, text).then(this.#isAnswered, this.#isRefused);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    for (const client of [this.#speaker, this.#listener]) {
      client.onclose = null;
      client.close();
    }
    this.#close(new EngineAway("the engine is away"));
  }

  readonly #heard = (text: string, channel: string): void => {
    if (this.#isClosed) return;
    if (channel === this.echoChannel) this.#heardAt = this.clock.now();
    else this.events.heard(channel, text);
  };

  readonly #isAnswered = (): void => {
    this.#answered++;
  };

  readonly #isRefused = (error: unknown): void => {
    this.#answered++;
    this.events.lost(error instanceof Error ? error.message : "it was refused");
  };

  async #ask(command: string, args: string[]): Promise<Answer> {
    this.#asked++;
    const answer: Promise<Answer> = this.#speaker.send(command, args);
    answer.then(this.#isAnswered, this.#isAnswered);
    try {
      return await this.#orClosed(answer);
    } catch (error) {
      throw isOfScript(error) ? error : new EngineAway(error instanceof Error ? error.message : "it was closed");
    }
  }

  #orClosed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#closed]);
  }

  #later(): void {
    this.#cancel = this.clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const now = this.clock.now();
    // The process itself was stopped: what has come meanwhile is read after this.
    if (now - this.#lookedAt > ECHO_MS) {
      this.#looks = [];
      this.#heardAt = now;
    }
    this.#lookedAt = now;
    while ((this.#looks[0]?.asked ?? Number.POSITIVE_INFINITY) <= this.#answered) this.#looks.shift();
    const fault = this.#faultAt(now);
    if (fault !== null) {
      this.events.lost(fault);
      return;
    }
    if (now - this.#echoedAt >= ECHO_MS) {
      this.#echoedAt = now;
      this.publish(this.echoChannel, "");
    }
    if (this.#asked > this.#answered) this.#looks.push({ asked: this.#asked, at: now });
    this.#later();
  }

  /** Why it has to be left. */
  #faultAt(now: number): string | null {
    const [oldest] = this.#looks;
    if (oldest !== undefined && now - oldest.at >= ANSWER_MS) return "it does not answer";
    return now - this.#heardAt >= ECHO_MS_MAX ? "what is published is not heard" : null;
  }

  #shaOf(script: string): string {
    let sha = this.#shas.get(script);
    if (sha === undefined) {
      sha = createHash("sha1").update(script).digest("hex");
      this.#shas.set(script, sha);
    }
    return sha;
  }
}

/** Whether the engine itself said no, and will say it again. */
function isOfScript(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_REDIS_SERVER_ERROR") return false;
  return !NOT_SERVING.test(error.message);
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.message.startsWith(name);
}
