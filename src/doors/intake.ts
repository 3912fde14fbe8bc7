// Takes a frame through bucket, dialect and relay, and tells the answer. A frame that comes too fast and a request that has to wait its turn
// go to pacing.ts, and come back through `read` and `carryOut`. Knows no HTTP and no upgrade.

import type { Tokens } from "../auth/tokens.ts";
import type { Clock } from "../clock.ts";
import type { Unreadable } from "../dialects/dialect.ts";
import type { Guesses } from "../limits/guesses.ts";
import type { Joins } from "../limits/joins.ts";
import type { Limits } from "../limits/table.ts";
import type { WriteLimit } from "../limits/writes.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import { utf8 } from "../protocol/text.ts";
import type { Relay } from "../relay.ts";
import { type Look, overtakes } from "../relayRules.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { Abroad } from "./abroad.ts";
import { Answers } from "./answers.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { Entry } from "./entry.ts";
import type { Faults } from "./faults.ts";
import { Guessing } from "./guessing.ts";
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import { Pacing, type Reader } from "./pacing.ts";
import { Proofs } from "./proofs.ts";
import { LineRates } from "./rates.ts";
import type { Recorder } from "./recorder.ts";
import { WriteQueue, type Writer } from "./writeQueue.ts";

const BYTE_ORDER_MARK = "\uFEFF";

interface IntakeDeps {
  readonly limits: Limits;
  readonly relay: Relay;
  readonly metrics: Metrics;
  readonly guesses: Guesses;
  /** What each address may write to the sessions' log. */
  readonly writes: WriteLimit;
  readonly joins: Joins;
  readonly tokens: Tokens;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly recorder: Recorder;
}

export class Intake implements Reader, Writer {
  readonly #rates: LineRates;
  readonly pacing: Pacing;
  readonly #writeQueue: WriteQueue;
  readonly answers: Answers;
  readonly #proofs: Proofs;
  readonly #entry: Entry;
  readonly #guessing: Guessing;
  /** The other nodes, and what is asked of them; null: none, at one node. */
  #elsewhere: Elsewhere | null = null;
  #abroad: Abroad | null = null;

  constructor(private readonly deps: IntakeDeps) {
    this.#rates = new LineRates(deps.limits, deps.relay);
    const { guesses, metrics, clock, faults, writes, recorder } = deps;
    this.answers = new Answers({ ...deps, rates: this.#rates });
    const pacing = new Pacing({ rates: this.#rates, guesses, metrics, clock, faults, recorder }, this);
    this.pacing = pacing;
    this.#proofs = new Proofs({ tokens: deps.tokens, pacing, faults, answers: this.answers });
    this.#entry = new Entry({ joins: deps.joins, pacing, metrics, clock }, this);
    this.#writeQueue = new WriteQueue({ writes, pacing, counts: metrics.counts, clock, faults }, this);
    this.#guessing = new Guessing({ guesses, relay: deps.relay, pacing, answers: this.answers });
  }

  /** From now on there are other nodes. */
  join(elsewhere: Elsewhere, rooms: Rooms): void {
    const { pacing, answers } = this;
    this.#elsewhere = elsewhere;
    this.answers.elsewhere = elsewhere;
    this.#abroad = new Abroad({ ...this.deps, elsewhere, rooms, pacing, answers }, this);
  }

  /** A line is open: one that is another node's business goes there before it says anything [N11]. */
  opened(line: SocketLine): void {
    if (this.#elsewhere !== null && line.dialect.isOfSessions === true) this.#elsewhere.opened(line);
  }

  /** A frame has come in. */
  take(line: SocketLine, raw: string | Buffer): void {
    if (!line.isOpen) return;
    const { counts } = this.deps.metrics;
    line.hasSpoken = true;
    const bytes = typeof raw === "string" ? Buffer.byteLength(raw) : raw.byteLength;
    counts.messagesIn++;
    counts.bytesIn += bytes;
    this.takeIn(line, typeof raw === "string" ? raw : utf8(raw), bytes);
  }

  /** Whether this node may serve nobody for now; never at one node [N8]. */
  get isFrozen(): boolean {
    return this.#elsewhere?.isFrozen === true;
  }

  isStill(line: SocketLine): boolean {
    return this.#elsewhere !== null && (this.#elsewhere.isFrozen || this.#elsewhere.isFull(line));
  }

  /** A guest's frame has come, which its gateway has counted: nothing stands in its way but what its room hands out, and a way that is full [N3]. */
  takeCarried(line: SocketLine, text: string): void {
    if (line.isOpen) this.takeIn(line, text, Buffer.byteLength(text));
  }

  private takeIn(line: SocketLine, text: string, bytes: number): void {
    const { now } = this.deps.liveness;
    line.heardAt = now;
    if (line.pause !== null) this.pacing.keep(line, line.pause, text);
    else if (this.isStill(line)) this.pacing.still(line, text);
    else if (this.#rates.take(line, bytes, now)) this.read(line, text);
    else this.pacing.delay(line, text);
  }

  /** The line has closed: what it had sent before still counts [R21]. */
  flush(line: SocketLine): void {
    this.#writeQueue.flush(line);
    this.pacing.flush(line);
    this.#guessing.remember(line);
  }

  /** Decodes a frame, and carries out what it asks for, now or in its turn. That of a far line is another node's to read. */
  read(line: SocketLine, text: string): void {
    if (line.far !== null) {
      line.far.say(line, text);
      return;
    }
    const { dataDepthMax } = this.deps.limits;
    let read = line.dialect.decode(text, dataDepthMax);
    // Some libraries put one before each text. Binary frames have lost theirs already.
    if (read.kind === "unreadable" && text.startsWith(BYTE_ORDER_MARK)) {
      read = line.dialect.decode(text.slice(BYTE_ORDER_MARK.length), dataDepthMax);
    }
    if (read.kind === "unreadable") {
      this.unreadable(line, read);
      return;
    }
    line.unreadable = null;
    if (!line.isOpen && this.isTooMuch(line, read, text.length)) {
      this.abandon(line, read);
      return;
    }
    // `send` is nearly every frame. It names no code and appends nothing to the log, so the relay is not asked to look at it.
    if (read.kind === "send") this.say(line, read);
    else this.request(line, read, text);
  }

  /** Carries out a message. A way of its own, so that the engine's last compiler has no more to compile for messages than this. */
  private say(line: SocketLine, command: Extract<Command, { kind: "send" }>): void {
    const { ref } = command.asked;
    if (ref !== undefined) line.seat?.markDone(ref, !line.isOpen);
    const answer = this.deps.relay.send(line, command);
    if (answer !== null) this.answers.tell(line, answer, command.asked);
  }

  /** Carries out what is no message, now or in its turn. */
  request(line: SocketLine, read: Command, text: string): void {
    if (read.kind === "join" && this.#abroad?.join(line, read, text)) return;
    if (read.kind === "sessionStart" && this.#abroad?.begin(line, text)) return;
    if (read.kind === "leave") this.#guessing.remember(line);
    if (line.isOpen) this.carryOutInTurn(line, read);
    else this.carryOutLast(line, read);
  }

  /** Whether a line that has closed would hand out what its room owes already: else a hundred that close at once could say all they had. */
  private isTooMuch(line: SocketLine, { kind }: Command, bytes: number): boolean {
    if (kind === "leave" || kind === "closeRoom") return false;
    return this.#elsewhere?.isFull(line) === true || !this.#rates.roomTakes(line, bytes, this.deps.liveness.now);
  }

  /** Told so; a line that says nothing else for a while is no client of this wire [L12]. */
  private unreadable(line: SocketLine, { refusal, asked, broken }: Unreadable): void {
    this.answers.tell(line, refusal, asked);
    if (!broken) {
      line.unreadable = null;
      return;
    }
    if (line.countUnreadable(this.deps.liveness.now)) line.close("protocolViolation");
  }

  /** Carries the command out, or lets it wait: a guess for the guesses of its address [L9], a write for its write limit [L19]. */
  carryOutInTurn(line: SocketLine, command: Command): void {
    const { writes, joins, clock, metrics } = this.deps;
    // Only a member's writes wait, and it keeps its seat behind them.
    if (line.seat !== null && this.#writeQueue.holds(line) && !overtakes(command)) {
      this.#writeQueue.follow(line, command, this.look(line, command).appends && isDecidedAtOnce(command));
      return;
    }
    if (command.kind === "auth" && command.token !== null) {
      this.#proofs.lookAt(line, command, command.token, (pass) => {
        line.isTrusted = true;
        this.answers.tell(line, this.deps.relay.admit(line, pass), command.asked);
      });
      return;
    }
    const { isGuess, appends, entrance, isJoin } = this.look(line, command);
    if (isGuess && this.#guessing.takesTurns(line, command)) return;
    if (!isJoin && !appends) {
      this.carryOut(line, command);
      return;
    }
    const now = clock.now();
    const joinMs = isJoin ? joins.takeOfLine(line, now) : 0;
    const writeMs = appends ? writes.take(line.address, now) : 0;
    if (joinMs > 0) metrics.limited("joins");
    if (writeMs > 0) metrics.limited("writes");
    const ms = Math.max(joinMs, writeMs);
    if (!isJoin && ms > 0 && isDecidedAtOnce(command)) this.#writeQueue.wait(line, command, ms);
    // A token waits with what is behind it; a seat that was not taken yet is nobody's.
    else if (ms > 0)
      this.pacing.parkUntil(line, ms, () => this.#entry.enterLater(line, command)).pending =
        joinMs === 0 ? command : null;
    else if (entrance === null) this.carryOut(line, command);
    else this.#entry.enter(line, command, entrance);
  }

  /** A ping, or a pong that nobody asked for: it costs what a message of that size does [L24]. */
  takeControl(line: SocketLine, bytes: number): void {
    const { now } = this.deps.liveness;
    line.heardAt = now;
    // Bun hands over all that it had read before a pause, thousands of pings at a time: each of them is owed.
    if (line.pause !== null) this.#rates.owe(line, bytes);
    else if (!this.#rates.take(line, bytes, now)) this.pacing.slow(line);
  }

  /** Carries out what a line said before it closed [R21]. A token or a guess would let in nobody any more, so both are dropped. */
  carryOutLast(line: SocketLine, command: Command): void {
    if (command.kind === "auth") return;
    const { isGuess, appends } = this.look(line, command);
    if (isGuess) return;
    const { writes, clock } = this.deps;
    // Without the write limit here, closing a line right behind its frames would be a way to write without bound.
    if (!appends || writes.tryTake(line.address, clock.now())) this.carryOut(line, command);
    else this.abandon(line, command);
  }

  /** Will not be carried out, though what comes behind it may be: its member is told so when it comes back [P16]. */
  private abandon({ seat }: SocketLine, { asked }: Command): void {
    this.deps.metrics.counts.abandoned++;
    if (asked.ref !== undefined) seat?.markUndone(asked.ref);
  }

  look(line: SocketLine, command: Command): Look {
    return this.deps.relay.look(line, command, this.deps.guesses.isCrowded(line.address));
  }

  /** The host of a room shows a token with what it asks [S35]. If its line closes meanwhile, what it said behind that still counts. */
  private prove(line: SocketLine, command: Command, token: string): void {
    if (!line.isOpen) this.abandon(line, command);
    if (!line.isOpen || command.kind !== "sessionStart") return;
    const proven: Command = { ...command, isProven: true };
    this.#proofs.lookAt(line, command, token, () => this.carryOut(line, proven)).pending = command;
  }

  /** Carries the command out in its place among the line's requests [P16]. */
  carryOut(line: SocketLine, command: Command): void {
    const { ref } = command.asked;
    if (ref !== undefined) line.seat?.markDone(ref, !line.isOpen);
    this.carryOutLate(line, command);
  }

  /** Has the relay carry the command out, tells the answer and what follows it, and counts a miss against the address. */
  carryOutLate(line: SocketLine, command: Command): void {
    const { relay } = this.deps;
    if (this.#abroad?.takes(line, command) === true) return;
    const { answer, after, isMiss } = relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later" || answer.kind === "unproven") {
      if (answer.kind === "unproven") this.prove(line, command, answer.token);
      else if (line.isOpen) this.pacing.parkForSeat(line, command, answer);
      return;
    }
    this.answers.tell(line, answer, command.asked, answer.kind === "refusal" ? relay.roomOf(line, command) : null);
    after?.();
    if (command.kind === "create" || command.kind === "join") this.seated(line, command, answer);
    if (isMiss) this.#guessing.missed(line, command);
  }

  /** Starts or stops the ticks of a line that has a seat now, and counts a resume. */
  private seated(line: SocketLine, command: Extract<Command, { kind: "create" | "join" }>, answer: Event): void {
    if (answer.kind === "refusal" || line.seat === null || !line.isOpen) return;
    const { liveness, metrics } = this.deps;
    const wishes = command.guest?.tick ?? false;
    if (line.isGuest) this.#elsewhere?.seated(line, wishes);
    else if (wishes !== line.ticks) liveness.tick(line, wishes);
    if (answer.kind !== "joined" || command.kind !== "join" || command.since === null) return;
    if (Array.isArray(answer.missed)) metrics.counts.resumesOk++;
    else metrics.counts.resumesFailed++;
  }
}

/** Whether the relay decides it at once: a token has to be looked at first, which takes a promise. */
function isDecidedAtOnce(command: Command): boolean {
  return command.kind !== "sessionStart" || command.token === undefined;
}
