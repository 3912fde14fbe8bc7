// The client's end of a line in memory: as much of a WebSocket as a client needs. What is said takes a turn each way and comes in order; a
// line can be cut, and it can be asleep. Knows no room and no frame.
import { inTurn } from "./clock.ts";

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];
/** Close codes of RFC 6455: none was given, and the line was lost. */
const NO_CODE = 1005;
const LOST = 1006;

/** The server's end of the same line. */
export interface Peer {
  heard(data: string | Uint8Array): void;
  /** The line is gone, by the client's doing or by a cut. */
  gone(): void;
}

/** All that is under way in a server, so that a test can wait until nothing is. */
export class Traffic {
  #underWay = 0;

  post(work: () => void): void {
    this.#underWay++;
    inTurn(() => {
      this.#underWay--;
      work();
    });
  }

  /** Until nothing is under way, and nothing was sent in answer to what was. */
  async settled(): Promise<void> {
    let idleTurns = 0;
    while (idleTurns < 2) {
      // Not a turn but a timer: what a client has put off until the next one comes first.
      await new Promise<void>((resolve) => setTimeout(resolve));
      idleTurns = this.#underWay === 0 ? idleTurns + 1 : 0;
    }
  }
}

/** A line to a local server, with the members of a WebSocket that clients use. */
export class LocalSocket {
  readonly bufferedAmount: number = 0;
  readyState: number = CONNECTING;
  onopen: ((event: { type: "open" }) => void) | null = null;
  onmessage: ((event: { type: "message"; data: string }) => void) | null = null;
  onclose: ((event: { type: "close"; code: number; reason: string; wasClean: boolean }) => void) | null = null;
  onerror: ((event: { type: "error" }) => void) | null = null;
  #peer: Peer | null = null;
  readonly #traffic: Traffic;
  /** What comes to either end while the client sleeps; null while it is awake. */
  #held: (() => void)[] | null = null;
  #isCut = false;

  /** @param answer the server's end, made when the line is open */
  constructor(traffic: Traffic, answer: (socket: LocalSocket) => Peer) {
    this.#traffic = traffic;
    this.#post(() => {
      if (this.readyState !== CONNECTING) return;
      this.readyState = OPEN;
      this.#peer = answer(this);
      this.onopen?.({ type: "open" });
    });
  }

  /** @throws {Error} while the line is not open yet, as any WebSocket does */
  send(data: string | Uint8Array | ArrayBuffer): void {
    if (this.readyState === CONNECTING) throw new Error("The line is not open yet");
    if (this.readyState !== OPEN) return;
    // A copy: whoever sent them may write over them.
    const said = typeof data === "string" ? data : new Uint8Array(data).slice();
    this.#post(() => this.#peer?.heard(said));
  }

  close(code: number = NO_CODE, reason = ""): void {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    this.#post(() => {
      this.#peer?.gone();
      this.#closed(code, reason, true);
    });
  }

  /** The server says something. */
  tell(text: string): void {
    this.#post(() => {
      if (this.readyState === OPEN) this.onmessage?.({ type: "message", data: text });
    });
  }

  /** The server has closed the line: what it said before comes first. */
  end(code: number, reason: string): void {
    this.#post(() => this.#closed(code, reason, true));
  }

  /** What is under way comes nowhere, and both ends learn that the line is lost. */
  cut(): void {
    this.#isCut = true;
    this.#peer?.gone();
    const learn = () => this.#closed(LOST, "", false);
    if (this.#held === null) this.#traffic.post(learn);
    else this.#held = [learn];
  }

  /** Nothing comes to either end until it wakes. */
  sleep(): void {
    this.#held ??= [];
  }

  /** In a turn of its own, so that what is under way by now stays in order with what was held. */
  wake(): void {
    this.#traffic.post(() => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const work of held) safely(work);
    });
  }

  #post(work: () => void): void {
    this.#traffic.post(() => {
      if (this.#isCut) return;
      if (this.#held !== null) this.#held.push(work);
      else work();
    });
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.onclose?.({ type: "close", code, reason, wasClean });
  }
}

/** A throw is a bug, and is heard of; what comes behind it comes all the same. */
function safely(work: () => void): void {
  try {
    work();
  } catch (error) {
    inTurn(() => {
      throw error;
    });
  }
}
