// The sleep test: a room of two members in this page, one of which says a number a second to the other. The device is put to sleep, and what
// happened meanwhile is read off: how the line ended, how soon that was found, and which numbers came.
import type { Room } from "../../clients/js/src/index.ts";

export interface Slept {
  readonly sleptMs: number;
  /** How the listener's line stood when the page woke: still good, open and dead, or closed, with which code. */
  readonly line: "alive" | "silent" | "closed";
  readonly code: number;
  /** From waking until it was known that the line is gone, and until the listener was back; 0 where it was alive. */
  readonly foundMs: number;
  readonly backMs: number;
  readonly said: number;
  readonly came: number;
  /** How many came later, since they were said while the line was away. */
  readonly late: number;
  readonly twice: number;
}

export type Sleep =
  | { readonly at: "ready" }
  | { readonly at: "opening" }
  /** The numbers run: now the device should be put to sleep. */
  | { readonly at: "awake"; readonly came: number }
  | { readonly at: "woken"; readonly sleptMs: number }
  | { readonly at: "done"; readonly slept: Slept }
  | { readonly at: "failed"; readonly why: string };

/** The very client that games load; most who open the doctor need none of it, so it comes when the test is started. */
const CLIENT: string = "/partyline.js";
const SAY_MS = 1_000;
const BEAT_MS = 250;
/** A page that stood still, or was hidden, for so long has slept. */
const SLEPT_MS = 3_000;
/** How many numbers are said after waking, before what came is counted. */
const SAID_AFTER = 3;
const BACK_MS = 30_000;
const ASLEEP_MAX_MS = 300_000;
const AWAY_S = 180;

/** Starts it; `told` hears each step. @returns how to stop it */
export function testSleep(told: (sleep: Sleep) => void): () => void {
  const test = new SleepTest(told);
  void test.start();
  return () => test.end();
}

class SleepTest {
  #speaker: Room | null = null;
  #listener: Room | null = null;
  readonly #stop = new AbortController();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #startedAt = Date.now();
  #beatAt = Date.now();
  #hiddenAt = document.hidden ? Date.now() : 0;
  #wokeAt = 0;
  #sleptMs = 0;
  #said = 0;
  #unsettled = 0;
  #saidAfter = 0;
  readonly #came = new Map<number, number>();
  #late = 0;
  /** How the listener's newest socket ended, as long as nobody has let it go. */
  #closedWith: number | null = null;
  #line: Slept["line"] = "alive";
  #code = 0;
  #foundAt = 0;
  #backAt = 0;

  constructor(readonly told: (sleep: Sleep) => void) {}

  async start(): Promise<void> {
    this.told({ at: "opening" });
    try {
      const client: typeof import("../../clients/js/src/index.ts") = await import(CLIENT);
      const { createRoom, joinRoom, memorySeats } = client;
      const seats = memorySeats();
      this.#speaker = await createRoom({ maxClients: 2, name: "Speaker", away: AWAY_S, history: 256, seats });
      const room = this.#speaker.code;
      const socket = (url: string) => this.#watched(new WebSocket(url));
      this.#listener = await joinRoom({ room, name: "Listener", seats, key: "listener", socket });
    } catch (error) {
      this.#fail(`No room could be opened for it (${(error as Error).message}): see what stands in the list.`);
      return;
    }
    if (this.#stop.signal.aborted) {
      this.#leave();
      return;
    }
    this.#listen(this.#listener);
    const options = { signal: this.#stop.signal };
    document.addEventListener("visibilitychange", () => this.#beat(), options);
    this.#timers.push(
      setInterval(() => this.#beat(), BEAT_MS),
      setInterval(() => this.#say(), SAY_MS),
    );
    this.told({ at: "awake", came: 0 });
  }

  /** Registered before the client's own handlers, and left on a socket that it lets go: so it hears first how a socket has ended. */
  #watched(socket: WebSocket): WebSocket {
    this.#closedWith = null;
    socket.addEventListener("close", ({ code }) => {
      this.#closedWith ??= code;
    });
    socket.addEventListener("error", () => {
      this.#closedWith ??= 1006;
    });
    socket.addEventListener("message", ({ data }) => {
      const bye = /^\{"type":"bye","code":(\d+)/.exec(`${data}`);
      if (bye) this.#closedWith ??= Number(bye[1]);
    });
    return socket;
  }

  #listen(listener: Room): void {
    listener.on("message", (data, _, { missed }) => {
      this.#beat();
      const n = Number(data);
      this.#came.set(n, (this.#came.get(n) ?? 0) + 1);
      if (missed) this.#late++;
      if (this.#wokeAt === 0) this.told({ at: "awake", came: this.#came.size });
    });
    listener.on("status", (status) => {
      const now = Date.now();
      this.#beat(now);
      if (status === "away" && this.#foundAt === 0) {
        this.#foundAt = now;
        this.#line = this.#closedWith === null ? "silent" : "closed";
        this.#code = this.#closedWith ?? 0;
      }
      if (status === "here") this.#backAt = now;
    });
    for (const room of [listener, this.#speaker])
      room?.on("over", ({ reason }) =>
        this.#fail(`The room was over before the test was (${reason}): start it once more.`),
      );
  }

  /** Called often, and first of all by whatever happens: a long time since the last call was a sleep. */
  #beat(now = Date.now()): void {
    const stoodMs = now - this.#beatAt;
    this.#beatAt = now;
    const hiddenMs = this.#hiddenAt > 0 ? now - this.#hiddenAt : 0;
    if (document.hidden) {
      this.#hiddenAt ||= now;
      return;
    }
    this.#hiddenAt = 0;
    const sleptMs = Math.max(stoodMs, hiddenMs);
    if (sleptMs >= SLEPT_MS) {
      this.#wokeAt = now;
      this.#sleptMs += sleptMs;
      this.#saidAfter = 0;
      this.told({ at: "woken", sleptMs: this.#sleptMs });
      return;
    }
    if (this.#wokeAt === 0) {
      if (now - this.#startedAt > ASLEEP_MAX_MS)
        this.#fail("The device never slept: start the test again, and lock it then.");
      return;
    }
    const isSettled = this.#saidAfter >= SAID_AFTER && this.#unsettled === 0 && this.#came.size === this.#said;
    if (isSettled || now - this.#wokeAt > BACK_MS) this.#finish();
  }

  #say(): void {
    const isHere = this.#speaker?.status === "here" && this.#listener?.status === "here";
    if (this.#wokeAt > 0) {
      if (this.#saidAfter >= SAID_AFTER) return;
      if (isHere) this.#saidAfter++;
    }
    // Before the list of what waits is full: a device may sleep for an hour while its timers run.
    if (this.#unsettled > 32) return;
    const n = ++this.#said;
    this.#unsettled++;
    const settled = () => {
      this.#unsettled--;
    };
    this.#speaker?.send(n).then(settled, settled);
  }

  #finish(): void {
    if (this.#listener?.status !== "here") {
      this.#fail(`The line did not come back within ${BACK_MS / 1_000} s after waking: see what stands in the list.`);
      return;
    }
    const since = (at: number) => (this.#line === "alive" ? 0 : Math.max(0, at - this.#wokeAt));
    const slept: Slept = {
      sleptMs: this.#sleptMs,
      ...{ line: this.#line, code: this.#code, foundMs: since(this.#foundAt), backMs: since(this.#backAt) },
      ...{ said: this.#said, came: this.#came.size, late: this.#late },
      twice: [...this.#came.values()].filter((times) => times > 1).length,
    };
    this.end();
    this.told({ at: "done", slept });
  }

  #fail(why: string): void {
    if (this.#stop.signal.aborted) return;
    this.end();
    this.told({ at: "failed", why });
  }

  end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#leave();
  }

  #leave(): void {
    void this.#listener?.leave();
    void this.#speaker?.leave();
  }
}
