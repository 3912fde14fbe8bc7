// From a frame to the relay and back: bucket, decode, handle, answer. What comes too fast, or before its turn, waits in pacing.ts and
// comes back here. Knows no HTTP and no upgrade.

import type { Pass, Tokens } from "../auth/tokens.ts";
import type { Clock } from "../clock.ts";
import type { Guesses } from "../limits/guesses.ts";
import { type Limits, WIRE } from "../limits/table.ts";
import type { WriteLimit } from "../limits/writes.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { refuse } from "../protocol/refusals.ts";
import type { Look, Relay } from "../relay.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import { Pacing, type Reader } from "./pacing.ts";
import { LineRates } from "./rates.ts";

/** Refused joins on one line before it is closed with 4101 [L9]. */
const REFUSED_JOINS_MAX = 20;
/** Tokens refused on one line before it is closed with 4003 [T8]. */
const BAD_TOKENS_MAX = 10;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export interface IntakeDeps {
  readonly limits: Limits;
  readonly relay: Relay;
  readonly metrics: Metrics;
  readonly guesses: Guesses;
  /** What each address may write to the sessions' log. */
  readonly writes: WriteLimit;
  readonly tokens: Tokens;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly faults: Faults;
}

export class Intake implements Reader {
  readonly #rates: LineRates;
  readonly #pacing: Pacing;
  /** Beside the lines: ten thousand of them never show a token. */
  readonly #badTokens = new WeakMap<SocketLine, number>();

  constructor(private readonly deps: IntakeDeps) {
    this.#rates = new LineRates(deps.limits, deps.relay);
    const { guesses, metrics, clock, faults } = deps;
    this.#pacing = new Pacing({ rates: this.#rates, guesses, metrics, clock, faults }, this);
  }

  /** A frame has come in. */
  take(line: SocketLine, raw: string | Buffer): void {
    if (!line.isOpen) return;
    const { counts } = this.deps.metrics;
    const { now } = this.deps.liveness;
    line.heardAt = now;
    line.hasSpoken = true;
    const bytes = typeof raw === "string" ? Buffer.byteLength(raw) : raw.byteLength;
    counts.messagesIn++;
    counts.bytesIn += bytes;
    const text = typeof raw === "string" ? raw : utf8(raw);
    if (line.pause !== null) line.pause.frames.push(text);
    else if (this.#rates.take(line, bytes, now)) this.read(line, text);
    else this.#pacing.delay(line, text);
  }

  /** The line has closed: what it had sent before still counts. */
  flush(line: SocketLine): void {
    this.#pacing.flush(line);
  }

  /** What a frame says is carried out, or waits. */
  read(line: SocketLine, text: string): void {
    const read = line.dialect.decode(text, this.deps.limits.dataDepthMax);
    if (read.kind === "unreadable") {
      this.#answer(line, read.refusal, read.asked);
      line.unreadableFrames = read.broken ? line.unreadableFrames + 1 : 0;
      if (line.unreadableFrames >= WIRE.unreadableFramesMax) line.close("protocolViolation");
      return;
    }
    line.unreadableFrames = 0;
    // Nearly every message: it is no guess, and the log does not hear of it.
    if (read.kind === "send") this.carryOut(line, read);
    else if (line.isOpen) this.#carryOutInTurn(line, read);
    else this.#carryOutLast(line, read);
  }

  /** Carried out now, or when it is its turn: among those who guess codes, or among what its address writes to the log. */
  #carryOutInTurn(line: SocketLine, command: Command): void {
    const { writes, clock } = this.deps;
    if (command.kind === "auth" && command.token !== null) {
      const { relay } = this.deps;
      this.#lookAtToken(line, command, command.token, (pass) => {
        this.#answer(line, relay.admit(line, pass.expiresAtMs), command.asked);
      });
      return;
    }
    const { isGuess, appends } = this.#look(line, command);
    const ms = appends && !isGuess ? writes.take(line.address, clock.now()) : 0;
    if (isGuess) this.#parkAsGuess(line, command);
    else if (ms > 0) this.#pacing.parkFor(line, command, ms).pending = command;
    else this.carryOut(line, command);
  }

  /** The last words of a line that has closed: what it would have to wait for is of no use to it any more. */
  #carryOutLast(line: SocketLine, command: Command): void {
    if (command.kind === "auth") return;
    const { isGuess, appends } = this.#look(line, command);
    if (isGuess) return;
    const { writes, clock, metrics } = this.deps;
    // Else whoever closes a line behind its words could write as much as it likes.
    if (!appends || writes.tryTake(line.address, clock.now())) this.carryOut(line, command);
    else metrics.counts.abandoned++;
  }

  #look(line: SocketLine, command: Command): Look {
    return this.deps.relay.look(line, command, this.deps.guesses.isThrottled(line.address));
  }

  /** The host of a room shows a token with what it asks [S35]. If its line closes meanwhile, what it said behind that still counts. */
  #prove(line: SocketLine, command: Command, token: string): void {
    if (command.kind !== "sessionStart") return;
    if (!line.isOpen) {
      this.deps.metrics.counts.abandoned++;
      return;
    }
    const proven: Command = { ...command, isProven: true };
    this.#lookAtToken(line, command, token, () => this.carryOut(line, proven)).pending = command;
  }

  /** Looking at a token takes a promise: until then nothing else of the line is read. */
  #lookAtToken(line: SocketLine, command: Command, token: string, good: (pass: Pass) => void): Pause {
    const { tokens, faults } = this.deps;
    const pause = this.#pacing.park(line);
    const decided = tokens.verify(token).then((pass) => {
      this.#pacing.resume(line, pause, () => {
        if (pass !== null) good(pass);
        else this.#badToken(line, command);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
    return pause;
  }

  /** Its turn is among the guesses; where too many wait already, it is refused. */
  #parkAsGuess(line: SocketLine, command: Command): void {
    const { guesses } = this.deps;
    this.#pacing.parkAsGuess(line, command, () => {
      this.#answer(line, refuse("too_many_attempts", { retryAfterMs: guesses.retryAfterMs }), command.asked);
      this.#countRefusedJoin(line);
    });
  }

  /** The relay does it; what it answers is told, then what comes after it; a miss is counted. */
  carryOut(line: SocketLine, command: Command): void {
    const { relay, guesses } = this.deps;
    const { answer, after, isMiss } = relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later") {
      if (line.isOpen) this.#pacing.parkFor(line, command, answer.ms);
      return;
    }
    if (answer.kind === "unproven") {
      this.#prove(line, command, answer.token);
      return;
    }
    this.#answer(line, answer, command.asked);
    after?.();
    if (command.kind === "create" || command.kind === "join") this.#seated(line, command, answer);
    if (!isMiss) return;
    guesses.failed(line.address);
    this.#countRefusedJoin(line);
  }

  /** What a door does for a line that has a seat now. */
  #seated(line: SocketLine, command: Extract<Command, { kind: "create" | "join" }>, answer: Event): void {
    if (answer.kind !== "created" && answer.kind !== "joined") return;
    const { liveness, metrics } = this.deps;
    const { counts } = metrics;
    const wantsTick = command.guest?.tick === true;
    if (wantsTick || line.tickTopic !== null) liveness.tick(line, wantsTick);
    if (answer.kind !== "joined" || command.kind !== "join" || command.since === null) return;
    if (Array.isArray(answer.missed)) counts.resumesOk++;
    else counts.resumesFailed++;
  }

  #answer(line: SocketLine, answer: Event, asked: Command["asked"] | undefined): void {
    const isRefusal = answer.kind === "refusal";
    if (isRefusal) this.deps.metrics.refused(answer.name);
    const close = isRefusal ? (line.dialect.closesOn?.(answer) ?? null) : null;
    if (close === null) line.tell(answer, asked);
    else line.close(close);
  }

  #badToken(line: SocketLine, command: Command): void {
    this.#answer(line, refuse("bad_token"), command.asked);
    const count = (this.#badTokens.get(line) ?? 0) + 1;
    this.#badTokens.set(line, count);
    if (count >= BAD_TOKENS_MAX) line.close("notAuthorised");
  }

  #countRefusedJoin(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= REFUSED_JOINS_MAX) line.close("tooFast");
  }
}

/** Godot and Unity send text in binary frames: taken if it is UTF-8. What is not becomes a text that no dialect reads. */
function utf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return "";
  }
}
