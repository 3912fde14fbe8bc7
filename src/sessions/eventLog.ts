// Log first, then tell: the one way anything of a session gets out. What one request changes and says is one transaction; only when
// that stands is anybody told, so what was told survives a crash, and what was not told did not happen [S20].
import type { Clock } from "../clock.ts";
import type { SessionEvent } from "../protocol/events.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import type { EventData, EventType } from "./events.ts";
import type { Fanout } from "./ports.ts";
import type { LoggedEvent } from "./store/rows.ts";
import { Store } from "./store/store.ts";

/** Whom an event is about: a session, and the room it is bound to. */
export interface Subject {
  readonly id: number;
  readonly room: Room | null;
}

/** Writes down one event of a session; it is told when everything else of the same request is written too. */
export type Append = <T extends EventType>(subject: Subject, type: T, data: EventData<T>) => void;

interface Appended {
  readonly subject: Subject;
  readonly event: SessionEvent;
}

export class EventLog {
  #isClosed = false;

  #told = 0;
  /** On whose account it is appended now: null for nobody's. */
  #account: { chars: number } | null = null;
  /** Session → characters of its log, as far as this process wrote it. */
  readonly #sizes = new Map<number, number>();
  #isFailing = false;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly fanout: Fanout,
    /** Hears why something could not be kept, and null when it can be again. */
    private readonly onFailure: (error: unknown) => void,
    /** Hears how many characters were appended on the account of an address. */
    private readonly charge: (address: string, chars: number) => void = () => {},
  ) {}

  /** Does the work; what it appends is charged to the address, once, when it is done [L19]. */
  onAccountOf<T>(address: string, work: () => T): T {
    if (this.#account !== null) return work();
    const account = { chars: 0 };
    this.#account = account;
    try {
      return work();
    } finally {
      this.#account = null;
      if (account.chars > 0) this.charge(address, account.chars);
    }
  }

  /**
   * Does what a request asks for and tells it; `not_kept` when it cannot be written, and then nothing is changed or told. `work` must
   * change nothing but the store: what it answers is for the caller to take over once it stands.
   */
  record<T>(work: (append: Append) => T): T | Refusal {
    if (this.#isClosed) return refuse("not_kept");
    const appended: Appended[] = [];
    const append: Append = (subject, type, data) => {
      const timestamp = new Date(this.clock.wall()).toISOString();
      const body = JSON.stringify(data);
      const id = this.store.log(subject.id, type, timestamp, body);
      appended.push({ subject, event: { kind: "session", id, type, timestamp, body } });
    };
    const result = this.kept(() => this.store.transaction(() => work(append)));
    if (isRefusal(result)) return result;
    if (this.#isFailing) this.onFailure(null);
    this.#isFailing = false;
    for (const { subject, event } of appended) this.#tell(subject, event);
    return result;
  }

  /** What the store answers; `not_kept` where its file is full, damaged or out of reach: the rooms play on. */
  kept<T>(ask: () => T): T | Refusal {
    try {
      return ask();
    } catch (error) {
      if (!Store.isFailure(error)) throw error;
      // Once for a disk that stays as it is.
      if (!this.#isFailing) this.onFailure(error);
      this.#isFailing = true;
      return refuse("not_kept");
    }
  }

  /** Characters of a session's log, as far as this process wrote it. */
  sizeOf(sessionId: number): number {
    return this.#sizes.get(sessionId) ?? 0;
  }

  /**
   * Nothing is written or told from now on: the rooms are being kept as they are, and what was told after that would be missing from
   * their histories without a word [R48].
   */
  close(): void {
    this.#isClosed = true;
  }

  /** How many events have been told. */
  get told(): number {
    return this.#told;
  }

  /** Tells the subscribers what is not worth keeping. */
  publish(sessionId: number, type: EventType, data: EventData<"game.status">): void {
    const timestamp = new Date(this.clock.wall()).toISOString();
    this.fanout.toSubscribers(sessionId, { kind: "session", id: null, type, timestamp, body: JSON.stringify(data) });
  }

  #tell({ id, room }: Subject, event: SessionEvent): void {
    this.#told++;
    if (this.#account !== null) this.#account.chars += event.body.length;
    if (event.type === "session.ended") this.#sizes.delete(id);
    else this.#sizes.set(id, this.sizeOf(id) + event.body.length);
    room?.tellSession(event);
    if (event.type === "session.started") this.fanout.toAll(event);
    else this.fanout.toSubscribers(id, event);
  }
}

/** What the log keeps, as it was told. */
export function asTold({ id, type, timestamp, body }: LoggedEvent): SessionEvent {
  return { kind: "session", id, type, timestamp, body };
}
