// Takes a frame through bucket, dialect and relay, and tells the answer. A frame that comes too fast and a request that has to wait its turn
// go to pacing.ts, and come back through `read` and `carryOut`. Knows no HTTP and no upgrade.

import type { Tokens } from "../auth/tokens.ts";
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
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import { Pacing, type Reader } from "./pacing.ts";
import { LineRates } from "./rates.ts";

/** Refused joins on one line before it is closed with 4101 [L9]. */
const REFUSED_JOINS_MAX = 20;
/** Tokens refused on one line before it is closed with 4003 [T8]. */
const BAD_TOKENS_MAX = 10;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

interface IntakeDeps {
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

  /** The line has closed: what it had sent before still counts [R21]. */
  flush(line: SocketLine): void {
    this.#pacing.flush(line);
  }

  /** Decodes a frame, and carries out what it asks for, now or in its turn. */
  read(line: SocketLine, text: string): void {
    const read = line.dialect.decode(text, this.deps.limits.dataDepthMax);
    if (read.kind === "unreadable") {
      this.#answer(line, read.refusal, read.asked);
      line.unreadableFrames = read.broken ? line.unreadableFrames + 1 : 0;
      if (line.unreadableFrames >= WIRE.unreadableFramesMax) line.close("protocolViolation");
      return;
    }
    line.unreadableFrames = 0;
    // `send` is nearly every frame. It names no code and appends nothing to the log, so the relay is not asked to look at it.
    if (read.kind === "send") this.carryOut(line, read);
    else if (line.isOpen) this.#carryOutInTurn(line, read);
    else this.#carryOutLast(line, read);
  }

  /** Carries the command out, or lets it wait: a guess for the guesses of its address [L9], a write for its write limit [L19]. */
  #carryOutInTurn(line: SocketLine, command: Command): void {
    const { writes, clock } = this.deps;
    if (command.kind === "auth" && command.token !== null) {
      this.#authenticate(line, command, command.token);
      return;
    }
    const { isGuess, appends } = this.#look(line, command);
    const ms = appends && !isGuess ? writes.take(line.address, clock.now()) : 0;
    if (isGuess) this.#parkAsGuess(line, command);
    else if (ms > 0) this.#pacing.parkFor(line, command, ms).pending = command;
    else this.carryOut(line, command);
  }

  /** Carries out what a line said before it closed [R21]. A token or a guess would let in nobody any more, so both are dropped. */
  #carryOutLast(line: SocketLine, command: Command): void {
    if (command.kind === "auth") return;
    const { isGuess, appends } = this.#look(line, command);
    if (isGuess) return;
    const { writes, clock, metrics } = this.deps;
    // Without the write limit here, closing a line right behind its frames would be a way to write without bound.
    if (!appends || writes.tryTake(line.address, clock.now())) this.carryOut(line, command);
    else metrics.counts.abandoned++;
  }

  #look(line: SocketLine, command: Command): Look {
    return this.deps.relay.look(line, command, this.deps.guesses.isThrottled(line.address));
  }

  /** Verifies a token, which takes a promise: until that has settled no other frame of the line is read. */
  #authenticate(line: SocketLine, command: Command, token: string): void {
    const { tokens, relay, faults } = this.deps;
    const pause = this.#pacing.park(line);
    const decided = tokens.verify(token).then((pass) => {
      this.#pacing.resume(line, pause, () => {
        this.#answer(line, pass === null ? refuse("bad_token") : relay.admit(line, pass.expiresAtMs), command.asked);
        if (pass === null) this.#countBadToken(line);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
  }

  /** Queues a guess; it is refused where the queue of its address is full. */
  #parkAsGuess(line: SocketLine, command: Command): void {
    const { guesses } = this.deps;
    this.#pacing.parkAsGuess(line, command, () => {
      this.#answer(line, refuse("too_many_attempts", { retryAfterMs: guesses.retryAfterMs }), command.asked);
      this.#countRefusedJoin(line);
    });
  }

  /** Has the relay carry the command out, tells the answer and what follows it, and counts a miss against the address. */
  carryOut(line: SocketLine, command: Command): void {
    const { relay, guesses } = this.deps;
    const { answer, after, isMiss } = relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later") {
      if (line.isOpen) this.#pacing.parkFor(line, command, answer.ms);
      return;
    }
    this.#answer(line, answer, command.asked);
    after?.();
    if (command.kind === "create" || command.kind === "join") this.#seated(line, command, answer);
    if (!isMiss) return;
    guesses.failed(line.address);
    this.#countRefusedJoin(line);
  }

  /** Starts or stops the ticks of a line that has a seat now, and counts a resume. */
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

  /** Counts a bad token as a refused join: a line of the live socket never joins, so one field serves both. */
  #countBadToken(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= BAD_TOKENS_MAX) line.close("notAuthorised");
  }

  #countRefusedJoin(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= REFUSED_JOINS_MAX) line.close("tooFast");
  }
}

/** Godot and Unity send text in binary frames. Bytes that are no UTF-8 become an empty text, which is unreadable in every dialect. */
function utf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return "";
  }
}
