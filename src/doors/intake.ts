// From a frame to the relay and back: bucket, decode, handle, answer. What comes too fast, or before its turn, goes into the waiting
// room and comes back here. Knows no HTTP and no upgrade.

import type { Tokens } from "../auth/tokens.ts";
import type { Clock } from "../clock.ts";
import type { Rates } from "../limits/bucket.ts";
import type { Guesses } from "../limits/guesses.ts";
import { FIXED, type Limits, WIRE } from "../limits/table.ts";
import type { WriteLimit } from "../limits/writes.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { Relay } from "../relay.ts";
import type { Faults } from "./faults.ts";
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import { Pacing, type Reader } from "./pacing.ts";
import { LineRates } from "./rates.ts";

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

  constructor(private readonly deps: IntakeDeps) {
    this.#rates = new LineRates(deps.limits, deps.relay);
    const { guesses, metrics, clock, faults } = deps;
    this.#pacing = new Pacing({ rates: this.#rates, guesses, metrics, clock, faults }, this);
  }

  /** What a line may say until it is host of a room. */
  get memberRates(): Rates {
    return this.#rates.memberRates;
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
    if (line.held !== null) line.held.frames.push(text);
    else if (this.#rates.take(line, bytes, now)) this.read(line, text);
    else this.#pacing.hold(line, text);
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
    // Nearly every message: nothing below concerns it.
    if (read.kind === "send") this.carryOut(line, read);
    else if (!line.isOpen) this.#carryOutLast(line, read);
    else if (read.kind === "auth" && read.token !== null) this.#authenticate(line, read, read.token);
    else if (this.#isSuspect(line, read)) this.#parkAsGuess(line, read);
    else this.#carryOutInTurn(line, read);
  }

  /** The last words of a line that has closed: what it would have to wait for is of no use to it any more. */
  #carryOutLast(line: SocketLine, command: Command): void {
    if (command.kind === "auth" || this.#isSuspect(line, command)) return;
    const { relay, writes, clock, metrics } = this.deps;
    // Else whoever closes a line behind its words could write as much as it likes.
    const mayWrite = !relay.writes(line, command) || writes.tryTake(line.address, clock.now());
    if (mayWrite) this.carryOut(line, command);
    else metrics.counts.abandoned++;
  }

  #isSuspect(line: SocketLine, command: Command): boolean {
    if (line.seat !== null || !isGuess(command) || !this.deps.guesses.isThrottled(line.address)) return false;
    return !this.deps.relay.recognises(line, command);
  }

  /** What is written to the log waits for its turn among what its address has written. */
  #carryOutInTurn(line: SocketLine, command: Command): void {
    const { relay, writes, clock } = this.deps;
    const ms = relay.writes(line, command) ? writes.take(line.address, clock.now()) : 0;
    if (ms === 0) this.carryOut(line, command);
    else this.#pacing.parkFor(line, command, ms).owed = command;
  }

  /** Looking at a token takes a promise: until then nothing else of the line is read. */
  #authenticate(line: SocketLine, command: Command, token: string): void {
    const { tokens, relay, faults } = this.deps;
    const held = this.#pacing.park(line);
    const decided = tokens.verify(token).then((pass) => {
      this.#pacing.resume(line, held, () => {
        this.#answer(line, pass === null ? refuse("bad_token") : relay.admit(line, pass.expiresAtMs), command.asked);
        if (pass === null) this.#countBadToken(line);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
  }

  /** Its turn is among the guesses; where too many wait already, it is refused. */
  #parkAsGuess(line: SocketLine, command: Command): void {
    const { guesses } = this.deps;
    this.#pacing.parkAsGuess(line, command, () => {
      this.#answer(line, refuse("too_many_attempts", { retryAfterMs: guesses.retryAfterMs }), command.asked);
      this.#countRefusedJoin(line);
    });
  }

  /** The relay does it; what it answers is told, and counted where it was a guess. */
  carryOut(line: SocketLine, command: Command): void {
    const { relay } = this.deps;
    const answer = relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later") {
      if (line.isOpen) this.#pacing.parkFor(line, command, answer.ms);
      return;
    }
    this.#answer(line, answer, command.asked);
    relay.answered(line);
    if (answer.kind === "created" || answer.kind === "joined") {
      this.deps.liveness.tick(line, "guest" in command && command.guest?.tick === true);
      if (answer.kind === "joined" && command.kind === "join" && command.since !== null) {
        this.deps.metrics.resumed(Array.isArray(answer.missed));
      }
    } else if (answer.kind === "refusal" && isGuess(command) && isMiss(answer)) {
      this.deps.guesses.failed(line.address);
      this.#countRefusedJoin(line);
    }
  }

  #answer(line: SocketLine, answer: Event, asked: Command["asked"] | undefined): void {
    const isRefusal = answer.kind === "refusal";
    if (isRefusal) this.deps.metrics.refused(answer.name);
    const close = isRefusal ? (line.dialect.closesOn?.(answer) ?? null) : null;
    if (close === null) line.tell(answer, asked);
    else line.close(close);
  }

  /** On such a line nobody joins, so one count serves both. */
  #countBadToken(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= FIXED.badTokensPerLineMax) line.close("notAuthorised");
  }

  #countRefusedJoin(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= FIXED.refusedJoinsPerLineMax) line.close("tooFast");
  }
}

/** Commands that tell a stranger whether a code exists. A room's number hides nothing: the next one is one more. */
function isGuess(command: Command): boolean {
  if (command.kind === "join") return typeof command.code === "string";
  return command.kind === "create" && command.code !== null;
}

function isMiss(refusal: Refusal): boolean {
  return refusal.name === "room_not_found" || refusal.name === "code_taken" || refusal.name === "wrong_secret";
}

/** Godot and Unity send text in binary frames: taken if it is UTF-8. What is not becomes a text that no dialect reads. */
function utf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return "";
  }
}
