// What a server's door does, in memory: a frame is decoded, carried out and answered in its turn; a line that says nothing readable is closed,
// one that is told ticks is told them, and one that sleeps is given up. Limits of time and rate are lifted, as with LIMITS=off.
import type { Unreadable } from "../../../src/dialects/dialect.ts";
import { decode } from "../../../src/dialects/party/decode.ts";
import { type Limits, WIRE } from "../../../src/limits/table.ts";
import { Window } from "../../../src/limits/window.ts";
import type { Command } from "../../../src/protocol/commands.ts";
import type { Event, Later } from "../../../src/protocol/events.ts";
import { utf8 } from "../../../src/protocol/text.ts";
import type { Relay } from "../../../src/relay.ts";
import { inTurn, type StandingClock } from "./clock.ts";
import type { LocalLine } from "./line.ts";
import { utf8Bytes } from "./runtime.ts";
import { NO_SESSIONS } from "./sessions.ts";

const BYTE_ORDER_MARK = "\uFEFF";
/** What a WebSocket is closed with that sends too large a frame: the server's library does it, without a word. */
const TOO_BIG = 1009;

export class LocalDoor {
  constructor(
    private readonly relay: Relay,
    private readonly limits: Pick<Limits, "dataDepthMax" | "frameBytesMax" | "tickSeconds" | "deadSeconds">,
    private readonly clock: StandingClock,
  ) {}

  /** A frame has come in. */
  heard(line: LocalLine, data: string | Uint8Array): void {
    if (!line.isOpen) return;
    const bytes = typeof data === "string" ? utf8Bytes(data) : data.length;
    if (bytes > this.limits.frameBytesMax) {
      line.end(TOO_BIG, "");
      return;
    }
    this.#take(line, typeof data === "string" ? data : utf8(data));
  }

  /** The client of this line sleeps: what answers ticks answers none, and is given up after DEAD_SECONDS [L40]. */
  slept(line: LocalLine): void {
    // Of any other its library says that it lives: a browser answers pings for a page that is suspended.
    if (line.ticks !== "answer") return;
    line.timers.get("dead")?.();
    line.timers.set(
      "dead",
      this.clock.after(this.limits.deadSeconds * 1000, () => line.close("noSignOfLife")),
    );
  }

  woke(line: LocalLine): void {
    line.timers.get("dead")?.();
  }

  #take(line: LocalLine, text: string): void {
    if (line.waiting === null) this.#read(line, text);
    else line.waiting.push(text);
  }

  #read(line: LocalLine, text: string): void {
    const { dataDepthMax } = this.limits;
    let read = decode(text, dataDepthMax);
    if (read.kind === "unreadable" && text.startsWith(BYTE_ORDER_MARK)) {
      read = decode(text.slice(BYTE_ORDER_MARK.length), dataDepthMax);
    }
    if (read.kind === "unreadable") this.#unreadable(line, read);
    else {
      line.unreadable = null;
      this.#carryOut(line, read);
    }
  }

  #unreadable(line: LocalLine, { refusal, asked, broken }: Unreadable): void {
    line.tell(refusal, asked);
    if (!broken) {
      line.unreadable = null;
      return;
    }
    const now = this.clock.now();
    line.unreadable ??= new Window(WIRE.unreadableFramesMax, WIRE.unreadableSpanMs);
    line.unreadable.add(now);
    if (line.unreadable.isFull(now)) line.close("protocolViolation");
  }

  #carryOut(line: LocalLine, command: Command): void {
    const { ref } = command.asked;
    if (ref !== undefined) line.seat?.markDone(ref);
    const { answer, after } = this.relay.handle(line, command);
    if (answer === null) return;
    if (answer.kind === "later") {
      this.#wait(line, command, answer);
      return;
    }
    // A token is for a session, and there are none.
    line.tell(answer.kind === "unproven" ? NO_SESSIONS : answer, command.asked);
    after?.();
    if (command.kind === "create" || command.kind === "join") this.#seated(line, command.guest?.tick ?? false, answer);
  }

  /** The request is carried out when its seat is free, or its time has come [R35]; every later frame waits behind it. */
  #wait(line: LocalLine, command: Command, { ms, whenFree }: Later): void {
    line.waiting ??= [];
    const again = () => {
      line.timers.get("seat")?.();
      if (!line.isOpen) return;
      const frames = line.waiting ?? [];
      line.waiting = null;
      this.#carryOut(line, command);
      for (const text of frames) this.#take(line, text);
    };
    const stopTimer = this.clock.after(ms, again);
    const stopWaiting = whenFree(() => inTurn(again));
    line.timers.set("seat", () => {
      stopTimer();
      stopWaiting();
    });
  }

  #seated(line: LocalLine, ticks: LocalLine["ticks"], answer: { readonly kind: Event["kind"] | "unproven" }): void {
    if (answer.kind !== "created" && answer.kind !== "joined") return;
    line.ticks = ticks;
    line.timers.get("tick")?.();
    if (ticks !== false) this.#tickLater(line);
  }

  #tickLater(line: LocalLine): void {
    const stop = this.clock.after(this.limits.tickSeconds * 1000, () => {
      this.#tickLater(line);
      line.tell({ kind: "tick", t: this.clock.now() });
    });
    line.timers.set("tick", stop);
  }
}
