// The beat: closes lines that are dead, silent or slow to read, and pings and ticks the others. Bun's own idle timer does not find a dead
// peer (every send re-arms it), so each line carries the time it was last heard. A tenth of the lines is visited each beat, so that ten
// thousand phones that connected together are not pinged together. Knows nothing of rooms.

import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Limits } from "../limits/table.ts";
import type { UnreadTotals } from "../limits/unread.ts";
import type { CloseName } from "../protocol/refusals.ts";
import type { RoomFace } from "../rooms/ports.ts";
import type { SocketLine } from "./line.ts";
import type { SocketOutlet } from "./outlet.ts";

/** The beat of liveness, pings, ticks and drain: a tenth of a second is as late as any of them may be. */
export const BEAT_MS = 100;
/** Each beat visits one slice of the lines, so that each line is visited once a second. */
const BEATS_PER_SWEEP = 10;

type Bounds = Pick<
  Limits,
  | "deadSeconds"
  | "helloSeconds"
  | "quietHelloSeconds"
  | "liveSilenceSeconds"
  | "pingSeconds"
  | "roomlessSeconds"
  | "tickSeconds"
  | "unsentBytesMax"
>;

/** What the sweep tells and asks. */
interface Hooks {
  /** A beat came so late, in ms. */
  lagged(ms: number): void;
  isCrowd(address: string, now: number): boolean;
  /** A line is closed for what it and its neighbours leave unread, or for keeping only its place. */
  limited(bucket: "unread" | "roomless"): void;
}

export class Liveness {
  /** The time of the last beat, in ms: the clock of the hot path, BEAT_MS coarse and free to read. */
  now: number;
  /** Lists and not Sets: ten thousand entries of a Set take half a megabyte more, and a line knows its place. */
  readonly #slices: readonly SocketLine[][] = Array.from({ length: BEATS_PER_SWEEP }, () => []);
  /** The large answers that lines have to read. Beside the lines: hardly any is ever told one. */
  readonly #answers = new WeakMap<SocketLine, { readonly bytes: number; readonly until: number }>();
  /** Dialects that have a frame for a tick, once a line has asked for one. */
  readonly #ticking = new Set<Dialect>();
  #beats = 0;
  #nextSlice = 0;

  constructor(
    private readonly bounds: Bounds,
    private readonly clock: Clock,
    private readonly outlet: SocketOutlet,
    private readonly unread: UnreadTotals<SocketLine>,
    private readonly hooks: Hooks,
  ) {
    this.now = clock.now();
    outlet.now = this.now;
  }

  /** Beats until the process ends. */
  start(): void {
    this.clock.after(BEAT_MS, () => {
      this.start();
      this.#beat();
    });
  }

  add(line: SocketLine): void {
    line.slice = this.#nextSlice;
    this.#nextSlice = (this.#nextSlice + 1) % BEATS_PER_SWEEP;
    const slice = this.#sliceOf(line);
    line.placeInSlice = slice.length;
    slice.push(line);
  }

  remove(line: SocketLine): void {
    const slice = this.#sliceOf(line);
    // A line whose `open` never ran stands in no slice: its place there is somebody else's.
    if (slice[line.placeInSlice] !== line) return;
    const last = slice.pop();
    if (last === undefined || last === line) return;
    slice[line.placeInSlice] = last;
    last.placeInSlice = line.placeInSlice;
  }

  /** The client's library has answered our ping: a sign of life, except on a wire where only frames of the client itself count. */
  ponged(line: SocketLine): void {
    line.pingsOut--;
    if (!this.#mustSpeak(line) && !this.#answersTicks(line)) line.heardAt = this.now;
  }

  /** Looks at the lines of a room that has been told much: one that leaves too much unread is closed now, not at the next sweep [L23]. */
  look(room: RoomFace): void {
    // A copy: a line that is closed gives up its seat inside this loop.
    for (const line of [...Array.from(room.seats, (seat) => seat.line), ...(room.audience?.lines() ?? [])]) {
      const own = line as SocketLine | null;
      if (own?.isOpen && this.#isTooSlow(own, own.socket.getBufferedAmount())) own.close("tooSlow");
    }
  }

  /** Looks at all lines for what they leave unread together: much was handed out since the last sweep [L23]. */
  lookAtAll(): void {
    const unread = this.unread.beside();
    for (const line of this.lines()) if (line.isOpen) unread.note(line, line.socket.getBufferedAmount());
    this.#closeExcess(unread);
  }

  /** The line was answered with so many bytes, and has a while to read them: an answer is no fault of its reader's [L6]. */
  answered(line: SocketLine, bytes: number): void {
    this.#answers.set(line, { bytes, until: this.now + this.bounds.deadSeconds * 1000 });
  }

  /** Every open line. */
  *lines(): Generator<SocketLine> {
    for (const slice of this.#slices) yield* slice;
  }

  get size(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.length, 0);
  }

  /** The line is told ticks from now on, or no longer. All lines of a slice share a topic, so that one publish ticks them all [L8]. */
  tick(line: SocketLine, wishes: SocketLine["ticks"]): void {
    const topic = tickTopic(line.dialect, line.slice);
    if (line.ticks !== false) line.socket.unsubscribe(topic);
    line.ticks = wishes;
    if (wishes === false) return;
    this.#ticking.add(line.dialect);
    line.socket.subscribe(topic);
  }

  #beat(): void {
    const now = this.clock.now();
    this.hooks.lagged(now - this.now - BEAT_MS);
    this.now = now;
    this.outlet.now = now;
    const slice = this.#slices[this.#beats % BEATS_PER_SWEEP] ?? [];
    // The loop runs from the end: a line that closes in it leaves its place to the last one, which has been visited.
    for (let at = slice.length - 1; at >= 0; at--) {
      const line = slice[at];
      if (line !== undefined) this.#visit(line, now);
    }
    this.#tickSlice(now);
    this.#beats++;
    if (this.#beats % BEATS_PER_SWEEP === 0) this.#closeExcess(this.unread);
  }

  #closeExcess(unread: UnreadTotals<SocketLine>): void {
    for (const line of unread.finish()) {
      this.hooks.limited("unread");
      line.close("tooSlow");
    }
  }

  #sliceOf(line: SocketLine): SocketLine[] {
    return this.#slices[line.slice] ?? [];
  }

  #visit(line: SocketLine, now: number): void {
    if (line.seat !== null || line.isTrusted || line.far?.isSettled === true) line.seatedAt = now;
    const unread = line.socket.getBufferedAmount();
    const fault = this.#isTooSlow(line, unread) ? "tooSlow" : this.#faultOf(line, now);
    if (fault === null) this.unread.note(line, unread);
    if (fault !== null) {
      line.close(fault);
      return;
    }
    const pingMs = this.bounds.pingSeconds * 1000;
    if (now - line.heardAt < pingMs || now - line.pingedAt < pingMs || line.pause !== null) return;
    line.pingedAt = now;
    line.pingsOut++;
    line.socket.ping();
  }

  #isTooSlow(line: SocketLine, unread: number): boolean {
    const { unsentBytesMax } = this.bounds;
    if (unread <= unsentBytesMax) return false;
    const answer = this.#answers.get(line);
    return answer === undefined || this.now > answer.until || unread > unsentBytesMax + answer.bytes;
  }

  #faultOf(line: SocketLine, now: number): CloseName | null {
    // A paused line is silent because the server does not read it.
    if (line.pause !== null) return null;
    // A line that only keeps its place is in the way of those who want to play [L25].
    if (now - line.seatedAt > this.bounds.roomlessSeconds * 1000) {
      this.hooks.limited("roomless");
      return "saidNothing";
    }
    if (this.#mustSpeak(line)) return this.#isMute(line, now) ? "noSignOfLife" : null;
    if (!line.hasSpoken && this.#isLateToSpeak(line, now)) return "saidNothing";
    return now - line.heardAt > this.bounds.deadSeconds * 1000 ? "noSignOfLife" : null;
  }

  /** Whoever tries the wire by hand thinks before the first word; a crowd is asked to speak at once [L7]. */
  #isLateToSpeak({ openedAt, address }: SocketLine, now: number): boolean {
    const { helloSeconds, quietHelloSeconds } = this.bounds;
    const seconds = (now - openedAt) / 1000;
    return seconds > helloSeconds && (seconds > quietHelloSeconds || this.hooks.isCrowd(address, now));
  }

  /** Whether the line's client has to say something now and then [T9]. */
  #mustSpeak({ dialect }: SocketLine): boolean {
    return dialect.onlySpeechCounts === true && this.bounds.liveSilenceSeconds > 0;
  }

  /** Whether its ticks tell that it is alive: where they come too seldom for that, its pongs do [L40]. */
  #answersTicks({ ticks }: SocketLine): boolean {
    return ticks === "answer" && this.bounds.tickSeconds < this.bounds.deadSeconds;
  }

  /** Whether it has been silent too long; looked at twice in that time, not at each visit, since bots in use are written for that [T9]. */
  #isMute(line: SocketLine, now: number): boolean {
    const sweepsPerLook = Math.ceil((this.bounds.liveSilenceSeconds * 1000) / 2 / (BEAT_MS * BEATS_PER_SWEEP));
    const sweep = Math.floor(this.#beats / BEATS_PER_SWEEP);
    return sweep % sweepsPerLook === 0 && now - line.heardAt > this.bounds.liveSilenceSeconds * 1000;
  }

  /** Each slice ticks once in `tickSeconds`, on a beat of its own. */
  #tickSlice(now: number): void {
    const beatsPerTick = this.bounds.tickSeconds * BEATS_PER_SWEEP;
    const slice = (this.#beats % beatsPerTick) / this.bounds.tickSeconds;
    if (!Number.isInteger(slice)) return;
    for (const dialect of this.#ticking)
      this.outlet.tellTopic(tickTopic(dialect, slice), dialect, { kind: "tick", t: now });
  }
}

function tickTopic(dialect: Dialect, slice: number): string {
  return `tick/${dialect.name}/${slice}`;
}
