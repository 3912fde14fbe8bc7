// When the host is told of the texts that come to one poll: so many in a while, and of each identity only the last [C16]. A crowd that writes anew as fast
// as it may would else drown a display in ten thousand frames a second. Knows whose text is new, and no text.
import type { Clock } from "../../clock.ts";
import type { ClientId } from "../../protocol/commands.ts";

/** The host is told of so many texts of a poll in TEXTS_MS, and of the others in the next. */
export const TEXTS_AT_ONCE_MAX = 128;
export const TEXTS_MS = 250;

export class Texts {
  /** Whose text the host has not been told yet: who has waited longest first. */
  readonly #waiting = new Set<ClientId>();
  #left = TEXTS_AT_ONCE_MAX;
  #cancel: (() => void) | null = null;

  /** @param tell tells the host the text that is kept of that identity */
  constructor(
    private readonly clock: Clock,
    private readonly tell: (clientId: ClientId) => void,
  ) {}

  /** That identity has answered with another text. */
  came(clientId: ClientId): void {
    if (this.#left > 0 && this.#waiting.size === 0) this.#tellOf(clientId);
    else this.#waiting.add(clientId);
    this.#cancel ??= this.clock.after(TEXTS_MS, () => this.#goOn());
  }

  /** The host is told of all of them: no more come. */
  flush(): void {
    for (const clientId of this.#waiting) this.tell(clientId);
    this.stop();
  }

  /** Nobody need be told of those that wait. */
  stop(): void {
    this.#waiting.clear();
    this.#cancel?.();
    this.#cancel = null;
    this.#left = TEXTS_AT_ONCE_MAX;
  }

  #goOn(): void {
    this.#cancel = null;
    this.#left = TEXTS_AT_ONCE_MAX;
    for (const clientId of this.#waiting) {
      if (this.#left === 0) break;
      this.#waiting.delete(clientId);
      this.#tellOf(clientId);
    }
    if (this.#left < TEXTS_AT_ONCE_MAX) this.#cancel = this.clock.after(TEXTS_MS, () => this.#goOn());
  }

  #tellOf(clientId: ClientId): void {
    this.#left--;
    this.tell(clientId);
  }
}
