// Log first, then publish: the one way anything of a session gets out. What one request changes and appends is one transaction; only
// when that stands is anybody told, so what was told survives a crash, and what was not told did not happen [S20]. Knows no address but
// the one it charges.
import type { Clock } from "../clock.ts";
import type { SessionEvent } from "../protocol/events.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Room } from "../rooms/room.ts";
import type { EventData, EventType } from "./events.ts";
import type { Fanout } from "./ports.ts";
import type { Claim, LoggedEvent } from "./store/rows.ts";
import { Store, StoreError } from "./store/store.ts";

/** Whom an event is about: a session, and the room it goes on in. */
export interface Subject {
  readonly id: number;
  readonly room: Room | null;
  /** Whether its beginning is told to all who listen, and not only to who asks for it [S35]. */
  readonly isAnnounced?: boolean;
}

/** Appends one event of a session, which is published when everything else of the same request is written; answers its characters. */
export type Append = <T extends EventType>(subject: Subject, type: T, data: EventData<T>) => number;

interface EventLogDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly fanout: Fanout;
  /** Charges an address for so many characters of the log. */
  readonly charge: (address: string, chars: number) => void;
  /** Hears why something could not be written, and null when it can be again. */
  readonly onFailure: (error: unknown) => void;
  /** Hears that hosts' sessions are refused for want of room, and that they are not any more. */
  readonly onCrowded?: (isCrowded: boolean) => void;
}

interface Appended {
  readonly subject: Subject;
  readonly event: SessionEvent;
}

export class EventLog {
  #isClosed = false;
  #published = 0;
  #isFailing = false;
  #isCrowded = false;
  /** Hears how full the file is, 0 to 1, when a host's session wants to write: whoever makes room looks whether it is time to. */
  onStrangers: (share: number) => void = () => {};
  /** Characters appended so far on the account of somebody; null while nobody is charged. */
  #account: { chars: number } | null = null;

  constructor(private readonly deps: EventLogDeps) {}

  /**
   * Does what a request asks for and publishes it; `not_kept` when it cannot be written, and then nothing is changed or told. `work` must
   * change nothing but the store: its caller takes its result over once the transaction stands.
   * @param claim how far the file may be filled for it
   */
  transact<T>(work: (append: Append) => T, claim: Claim): T | Refusal {
    if (this.#isClosed) return refuse("not_kept");
    const { store, clock, onFailure } = this.deps;
    const lack = this.#lackOf(claim);
    if (lack !== null) return lack;
    const appended: Appended[] = [];
    const append: Append = (subject, type, data) => {
      const timestamp = new Date(clock.wall()).toISOString();
      const body = JSON.stringify(data);
      const id = store.log(subject.id, type, timestamp, body);
      appended.push({ subject, event: { kind: "session", id, type, timestamp, body } });
      return body.length;
    };
    const result = this.attempt(() => store.transaction(() => work(append)));
    if (isRefusal(result)) return result;
    // An end is written where nothing else could be.
    if (this.#isFailing && claim !== "end") {
      onFailure(null);
      this.#isFailing = false;
    }
    for (const { subject, event } of appended) this.#tell(subject, event);
    return result;
  }

  /** Why nothing can be written on that account, or null. A file that is full to its reserve is reported like one that cannot grow. */
  #lackOf(claim: Claim): Refusal | null {
    const { store, onCrowded } = this.deps;
    if (claim === "end") return null;
    const share = this.attempt(() => store.fullShare);
    if (isRefusal(share)) return share;
    const hasRoom = share < store.fillableShare(claim);
    if (claim === "operator") return hasRoom ? null : this.#failed(new StoreError("the sessions' file is full"));
    if (hasRoom === this.#isCrowded) onCrowded?.(!hasRoom);
    this.#isCrowded = !hasRoom;
    this.onStrangers(share);
    return hasRoom ? null : refuse("not_kept");
  }

  /** What the store answers; `not_kept` where its file is full, damaged or out of reach: the rooms play on. */
  attempt<T>(ask: () => T): T | Refusal {
    try {
      return ask();
    } catch (error) {
      if (!Store.isFailure(error)) throw error;
      return this.#failed(error);
    }
  }

  /** A disk that stays full is reported once. */
  #failed(error: unknown): Refusal {
    if (!this.#isFailing) this.deps.onFailure(error);
    this.#isFailing = true;
    return refuse("not_kept");
  }

  /**
   * Charges an address for what `work` appends, all of it at once when `work` ends or throws [L19]. Inside of another call the outer
   * one's address pays: one command has one payer, however its parts are put together. `work` must be synchronous: the log charges nobody
   * for what comes after it has returned.
   */
  onAccountOf<T>(address: string, work: () => T): T {
    if (this.#account !== null) return work();
    const account = { chars: 0 };
    this.#account = account;
    try {
      return work();
    } finally {
      this.#account = null;
      if (account.chars > 0) this.deps.charge(address, account.chars);
    }
  }

  /**
   * Nothing is written or told from now on: the rooms are being kept as they are, and an event told after that would be missing from
   * their histories without a word [R48].
   */
  close(): void {
    this.#isClosed = true;
  }

  /** Whether nothing is written any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many events of the log have been published. */
  get published(): number {
    return this.#published;
  }

  /** Tells the subscribers what is not worth a line of the log. */
  publish<T extends EventType>(sessionId: number, type: T, data: EventData<T>): void {
    const { clock, fanout } = this.deps;
    const timestamp = new Date(clock.wall()).toISOString();
    fanout.toSubscribers(sessionId, { kind: "session", id: null, type, timestamp, body: JSON.stringify(data) });
  }

  #tell({ id, room, isAnnounced = false }: Subject, event: SessionEvent): void {
    const { fanout } = this.deps;
    const chars = event.body.length;
    this.#published++;
    if (this.#account !== null) this.#account.chars += chars;
    room?.tellSession(event);
    if (isAnnounced) fanout.toAll(event);
    else fanout.toSubscribers(id, event);
  }
}

/** A row of the log as the event that was published. */
export function eventOf({ id, type, timestamp, body }: LoggedEvent): SessionEvent {
  return { kind: "session", id, type, timestamp, body };
}
