// Who hears what. A listener that throws is reported, and the others hear all the same. What happens before anybody can listen is kept until
// then; after `over` nothing is heard, and nobody is kept.
import { PartylineError } from "./errors.ts";
import type { Events } from "./events.ts";

type Name = keyof Events;
type Hear<K extends Name> = (...args: Events[K]) => unknown;

export class Emitter {
  #listeners: { [K in Name]?: Set<Hear<K>> } = {};
  #isOver = false;
  /** What nobody could listen to yet; null once one could. */
  protected held: (() => void)[] | null = [];

  /** Hears each `type` from now on; answers how to stop. */
  on<K extends Name>(type: K, hear: Hear<K>): () => void {
    const heard: Set<Hear<K>> = this.#listeners[type] ?? new Set();
    (this.#listeners as Record<K, Set<Hear<K>>>)[type] = heard.add(hear);
    return () => void heard.delete(hear);
  }

  /** Hears the next `type`, and no other. */
  once<K extends Name>(type: K, hear: Hear<K>): () => void {
    const stop = this.on(type, (...args) => {
      stop();
      hear(...args);
    });
    return stop;
  }

  /**
   * The arguments of the next `type`.
   * @param options.filter which of them is waited for
   * @param options.timeoutMs rejects with `timeout` after so long
   * @throws {PartylineError} `timeout`, or `over` when the room is over first
   */
  next<K extends Name>(
    type: K,
    { filter = () => true, timeoutMs }: { filter?: (...args: Events[K]) => boolean; timeoutMs?: number } = {},
  ): Promise<Events[K]> {
    return new Promise((resolve, reject) => {
      const settle = (code: "timeout" | "over", args?: Events[K]) => {
        stopHearing();
        stopWaiting();
        clearTimeout(timer);
        if (args) resolve(args);
        else reject(new PartylineError(code, { request: type }));
      };
      const stopHearing = this.on(type, (...args) => filter(...args) && settle("over", args));
      const stopWaiting = this.on("over", () => settle("over"));
      const timer = timeoutMs && setTimeout(settle, timeoutMs, "timeout");
      if (this.#isOver) settle("over");
    });
  }

  /** Tells all who listen; one that begins to meanwhile hears only the next. */
  protected emit<K extends Name>(type: K, ...args: Events[K]): void {
    if (this.held) {
      this.held.push(() => this.emit(type, ...args));
      return;
    }
    const heard: Set<Hear<K>> | undefined = this.#listeners[type];
    if (type === "over") {
      this.#listeners = {};
      this.#isOver = true;
    }
    for (const hear of new Set(heard)) {
      try {
        hear(...args);
      } catch (error) {
        // Node has no place for what nobody catches but the end of the process.
        (globalThis.reportError ?? console.error)(error);
      }
    }
  }

  /** From now on somebody can listen: what has happened is told. */
  protected release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const tell of held) tell();
  }
}
