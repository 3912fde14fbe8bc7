// Who hears what. A listener that throws is reported, and the others hear all the same.
import { PartylineError } from "./errors.ts";

/** Reports what nobody catches, where the runtime has a place for that; else it is thrown from a task of its own. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    });
}

/** Listeners by the name of what they hear. `Events`: each name with the arguments of its listeners. */
export class Emitter<Events extends { [K in keyof Events]: unknown[] }> {
  readonly #listeners: { [K in keyof Events]?: Set<(...args: Events[K]) => void> } = {};
  readonly #waiting = new Set<(error: PartylineError) => void>();

  /** Hears each `type` from now on; answers how to stop. */
  on<K extends keyof Events>(type: K, hear: (...args: Events[K]) => void): () => void {
    this.#listeners[type] ??= new Set();
    this.#listeners[type].add(hear);
    return () => void this.#listeners[type]?.delete(hear);
  }

  /** Hears the next `type`, and no other. */
  once<K extends keyof Events>(type: K, hear: (...args: Events[K]) => void): () => void {
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
  next<K extends keyof Events>(
    type: K,
    { filter = () => true, timeoutMs = 0 }: { filter?: (...args: Events[K]) => boolean; timeoutMs?: number } = {},
  ): Promise<Events[K]> {
    return new Promise((resolve, reject) => {
      const fail = (error: PartylineError) => {
        settle();
        reject(error);
      };
      const timer =
        timeoutMs > 0
          ? setTimeout(() => fail(new PartylineError("timeout", `no ${String(type)}`)), timeoutMs)
          : undefined;
      const stop = this.on(type, (...args) => {
        if (!filter(...args)) return;
        settle();
        resolve(args);
      });
      const settle = () => {
        stop();
        clearTimeout(timer);
        this.#waiting.delete(fail);
      };
      this.#waiting.add(fail);
    });
  }

  /** Tells all who listen; a listener that is added or taken away meanwhile changes nothing about this one. */
  emit<K extends keyof Events>(type: K, ...args: Events[K]): void {
    for (const hear of [...(this.#listeners[type] ?? [])]) {
      try {
        hear(...args);
      } catch (error) {
        report(error);
      }
    }
  }

  /** Nobody waits for anything any more. */
  end(error: PartylineError): void {
    for (const fail of [...this.#waiting]) fail(error);
  }
}
