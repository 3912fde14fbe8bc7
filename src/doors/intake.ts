// From a frame to the relay and back: bucket, decode, handle, answer. What comes too fast waits here with its line's reads
// paused: nothing is lost, and nobody else feels it. Knows no HTTP and no upgrade.
import { FIXED, type Limits, WIRE } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Relay } from "../relay.ts";
import type { Clock } from "../rooms/ports.ts";
import { type Command, type Event, type Refusal, refuse } from "../vocabulary.ts";
import type { Rates } from "./bucket.ts";
import type { Faults } from "./faults.ts";
import type { Guesses } from "./guesses.ts";
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import type { Quota } from "./quota.ts";
import type { Tokens } from "./tokens.ts";

/** The frames of a paused line. Bun still hands over what it had read before the pause: one receive buffer at most. */
export interface Held {
  readonly frames: string[];
  next: number;
  /** Its join waits for its turn among the guesses; nothing of the line is read before that. */
  isParked: boolean;
  /** What waits only for its turn to be written: it was said in time, and counts if the line closes meanwhile [R21]. */
  owed: Command | null;
  /** Since when it floods without a break, in ms. */
  floodFrom: number;
  cancel: (() => void) | null;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export interface IntakeParts {
  readonly limits: Limits;
  readonly relay: Relay;
  readonly metrics: Metrics;
  readonly guesses: Guesses;
  /** What each address may write to the sessions' log. */
  readonly writes: Quota;
  readonly tokens: Tokens;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly faults: Faults;
}

export class Intake {
  /** What a line may say until it is host of a room. */
  readonly memberRates: Rates;
  readonly #hostRates: Rates;
  /** When a line's last flood paused, for those that flood again at once. */
  readonly #calmedAt = new WeakMap<SocketLine, { floodFrom: number; at: number }>();

  constructor(private readonly parts: IntakeParts) {
    const { messagesPerSecond, hostMessagesPerSecond, bytesPerSecond } = parts.limits;
    this.memberRates = { messagesPerSecond, bytesPerSecond };
    const hostBytes = bytesPerSecond * FIXED.hostBytesFactor;
    this.#hostRates = { messagesPerSecond: hostMessagesPerSecond, bytesPerSecond: hostBytes };
  }

  /** A frame has come in. */
  take(line: SocketLine, raw: string | Buffer): void {
    if (!line.isOpen) return;
    const { counts } = this.parts.metrics;
    const { now } = this.parts.liveness;
    line.heardAt = now;
    line.hasSpoken = true;
    const bytes = typeof raw === "string" ? Buffer.byteLength(raw) : raw.byteLength;
    counts.messagesIn++;
    counts.bytesIn += bytes;
    const text = typeof raw === "string" ? raw : utf8(raw);
    if (line.held !== null) line.held.frames.push(text);
    else if (this.#mayTake(line, bytes, now)) this.#read(line, text);
    else this.#hold(line, text);
  }

  /**
   * The line has closed. What it had sent before still counts (`leave` and `close_room` come right before a page hides),
   * as far as one burst goes.
   */
  flush(line: SocketLine): void {
    const { held } = line;
    if (held === null) return;
    held.cancel?.();
    line.held = null;
    // Who is sent away by a server that goes has done nothing wrong: what it said before is said.
    if (line.closedAs !== null && line.closedAs !== "goingAway") return;
    if (held.owed !== null) this.#carryOut(line, held.owed);
    else if (held.isParked) return;
    const burst = this.#ratesOf(line).messagesPerSecond * FIXED.burstSeconds;
    const end = Math.min(held.frames.length, held.next + burst);
    for (let at = held.next; at < end; at++) this.#read(line, held.frames[at] ?? "");
    this.parts.metrics.counts.abandoned += held.frames.length - end;
  }

  #mayTake(line: SocketLine, bytes: number, now: number): boolean {
    if (line.filledAt !== now) line.fill(now, this.#ratesOf(line), FIXED.burstSeconds);
    return line.take(bytes);
  }

  #ratesOf(line: SocketLine): Rates {
    return this.parts.relay.isHost(line) ? this.#hostRates : this.memberRates;
  }

  #hold(line: SocketLine, text: string): void {
    const held = this.#pause(line);
    held.frames.push(text);
    this.#releaseLater(line, held);
  }

  #pause(line: SocketLine): Held {
    const now = this.parts.clock.now();
    const last = this.#calmedAt.get(line);
    const isSameFlood = last !== undefined && now - last.at < FIXED.floodBreakMs;
    const floodFrom = isSameFlood ? last.floodFrom : now;
    const held: Held = { frames: [], next: 0, isParked: false, owed: null, floodFrom, cancel: null };
    line.held = held;
    line.socket.pause();
    this.parts.metrics.counts.pauses++;
    return held;
  }

  #releaseLater(line: SocketLine, held: Held): void {
    const bytes = Buffer.byteLength(held.frames[held.next] ?? "");
    held.cancel = this.parts.clock.after(line.waitMs(bytes, this.#ratesOf(line)), () =>
      this.parts.faults.guard(line.socket, "a paused line", () => this.#release(line, held)),
    );
  }

  /** Reads what waits, as far as the bucket goes; then reads on, or waits again, or ends a flood that does not. */
  #release(line: SocketLine, held: Held): void {
    held.cancel = null;
    const now = this.parts.clock.now();
    while (held.next < held.frames.length) {
      const text = held.frames[held.next] ?? "";
      if (!this.#mayTake(line, Buffer.byteLength(text), now)) {
        if (now - held.floodFrom > FIXED.floodMsMax) line.close("tooFast");
        else this.#releaseLater(line, held);
        return;
      }
      held.next++;
      this.#read(line, text);
      if (!line.isOpen || held.isParked) return;
    }
    line.held = null;
    line.heardAt = now;
    this.#calmedAt.set(line, { floodFrom: held.floodFrom, at: now });
    line.socket.resume();
  }

  #read(line: SocketLine, text: string): void {
    const read = line.dialect.decode(text, this.parts.limits.dataDepthMax);
    if (read.kind === "unreadable") {
      this.#answer(line, read.refusal, read.asked);
      line.unreadableFrames = read.broken ? line.unreadableFrames + 1 : 0;
      if (line.unreadableFrames >= WIRE.unreadableFramesMax) line.close("protocolViolation");
      return;
    }
    line.unreadableFrames = 0;
    // Nearly every message: nothing below concerns it.
    if (read.kind === "send") this.#carryOut(line, read);
    else if (read.kind === "auth" && read.token !== null) this.#authenticate(line, read, read.token);
    else if (this.#isSuspect(line, read)) this.#park(line, read);
    else this.#carryOutInTurn(line, read);
  }

  #isSuspect(line: SocketLine, command: Command): boolean {
    if (line.seat !== null || !isGuess(command) || !this.parts.guesses.isThrottled(line.address)) return false;
    return !this.parts.relay.recognises(line, command);
  }

  /** What is written to the log waits for its turn among what its address has written. */
  #carryOutInTurn(line: SocketLine, command: Command): void {
    const { relay, writes, clock } = this.parts;
    const ms = relay.writes(line, command) ? writes.take(line.address, clock.now()) : 0;
    if (ms === 0 || !line.isOpen) this.#carryOut(line, command);
    else this.#parkFor(line, command, ms).owed = command;
  }

  /** Looking at a token takes a promise: until then nothing else of the line is read. */
  #authenticate(line: SocketLine, command: Command, token: string): void {
    const { tokens, relay, faults } = this.parts;
    const held = line.held ?? this.#pause(line);
    held.isParked = true;
    const decided = tokens.verify(token).then((pass) => {
      this.#resume(line, held, () => {
        this.#answer(line, pass === null ? refuse("bad_token") : relay.admit(line, pass.expiresAtMs), command.asked);
        if (pass === null) this.#countBadToken(line);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
  }

  /** The line's join waits for its turn among the guesses; so does everything it says after it. */
  #park(line: SocketLine, command: Command): void {
    const wasHeld = line.held !== null;
    const held = line.held ?? this.#pause(line);
    held.isParked = true;
    if (this.parts.guesses.wait(line.address, () => this.#unpark(line, held, command))) return;
    held.isParked = false;
    this.#answer(line, refuse("too_many_attempts", { retryAfterMs: this.parts.guesses.retryAfterMs }), command.asked);
    this.#countRefusedJoin(line);
    if (!wasHeld && line.isOpen) this.#release(line, held);
  }

  /** The line's request waits so long; so does everything it says after it. */
  #parkFor(line: SocketLine, command: Command, ms: number): Held {
    const held = line.held ?? this.#pause(line);
    held.isParked = true;
    held.cancel = this.parts.clock.after(ms, () => this.#unpark(line, held, command));
    return held;
  }

  /** Carries out what waited, and reads on; false when there is nobody left to answer. */
  #unpark(line: SocketLine, held: Held, command: Command): boolean {
    return this.#resume(line, held, () => this.#carryOut(line, command));
  }

  /** Ends a wait, and reads on; false when there is nobody left to answer. */
  #resume(line: SocketLine, held: Held, carryOut: () => void): boolean {
    if (!line.isOpen) return false;
    this.parts.faults.guard(line.socket, "a request that waited", () => {
      held.cancel = null;
      held.isParked = false;
      held.owed = null;
      carryOut();
      // Its wait was no flood.
      held.floodFrom = this.parts.clock.now();
      if (line.isOpen && !held.isParked) this.#release(line, held);
    });
    return true;
  }

  #carryOut(line: SocketLine, command: Command): void {
    const answer = this.parts.relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later") {
      this.#parkFor(line, command, answer.ms);
      return;
    }
    this.#answer(line, answer, command.asked);
    this.parts.relay.answered();
    if (answer.kind === "created" || answer.kind === "joined") {
      this.parts.liveness.tick(line, "guest" in command && command.guest?.tick === true);
      if (answer.kind === "joined" && command.kind === "join" && command.since !== null) {
        this.parts.metrics.resumed(Array.isArray(answer.missed));
      }
    } else if (answer.kind === "refusal" && isGuess(command) && isMiss(answer)) {
      this.parts.guesses.failed(line.address);
      this.#countRefusedJoin(line);
    }
  }

  #answer(line: SocketLine, answer: Event, asked: Command["asked"] | undefined): void {
    const isRefusal = answer.kind === "refusal";
    if (isRefusal) this.parts.metrics.refused(answer.name);
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
