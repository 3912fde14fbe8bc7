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

/** @param claim on whose account it was written; null: it was not, as `game.status` */
type Hear = (sessionId: number, event: SessionEvent, claim: Claim | null) => void;

interface Appended {
  readonly subject: Subject;
  readonly claim: Claim;
  readonly event: SessionEvent;
}

export class EventLog {
  #isClosed = false;
  #published = 0;
  #isFailing = false;
  #isCrowded = false;
  /** Hears how full the file is, 0 to 1, when a host's session wants to write: whoever makes room looks whether it is time to. */
  onStrangers: (share: number) => void = () => {};
  /** The characters that `onAccountOf` will charge for so far; null outside of it. */
  #account: { chars: number } | null = null;
  /** What the work of `together` that runs now has appended so far; null outside of it. */
  #gathered: Appended[] | null = null;
  readonly #beforeClose: (() => void)[] = [];
  /** Hear each event that is told. They must not throw, nor read the log in that turn: what stands there may not be told yet. */
  readonly onTold = new Set<Hear>();

  constructor(private readonly deps: EventLogDeps) {}

  /**
   * Runs `work` in one transaction and then publishes what it appended; `not_kept` when the file cannot be written, and then nothing is
   * changed or told. `work` must change nothing but the store: what is in memory its caller changes after the commit.
   * @param claim how far the file may be filled for it
   */
  transact<T>(work: (append: Append) => T, claim: Claim): T | Refusal {
    if (this.#isClosed) return refuse("not_kept");
    const { store, clock, onFailure } = this.deps;
    const lack = this.#lackOf(claim);
    if (lack !== null) return lack;
    const appended: Appended[] = this.#gathered ?? [];
    const append: Append = (subject, type, data) => {
      const timestamp = new Date(clock.wall()).toISOString();
      const body = JSON.stringify(data);
      const id = store.log(subject.id, type, timestamp, body);
      appended.push({ subject, claim, event: { kind: "session", id, type, timestamp, body } });
      return body.length;
    };
    // Told with the others, once they are written.
    if (this.#gathered !== null) return work(append);
    const result = this.attempt(() => store.transaction(() => work(append)));
    if (isRefusal(result)) return result;
    // An end is written where nothing else could be.
    if (this.#isFailing && claim !== "end") {
      onFailure(null);
      this.#isFailing = false;
    }
    return this.#tellAll(appended, result);
  }

  /**
   * Runs works in one transaction, in order, and then publishes what they appended. Where one of them fails, or the commit, that counts for
   * none of them: each is run again in a transaction of its own, so that nobody's work is lost for another's. A work must change nothing but
   * the store, and only by `transact`. Answers what each has answered, or thrown; `not_kept` where it could not be written.
   */
  together<T>(works: readonly (() => T)[]): PromiseSettledResult<T | Refusal>[] {
    const done = works.length > 1 && !this.#isFailing ? this.#inOne(works) : null;
    if (done === null) return works.map((work) => settled(() => this.attempt(work)));
    // Each apart: a bug where one is told must leave no other without its answer.
    return done.map(({ value, appended }) => settled(() => this.#tellAll(appended, value)));
  }

  /** What each of them answered and appended, or null: nothing is done. */
  #inOne<T>(works: readonly (() => T)[]): { value: T; appended: readonly Appended[] }[] | null {
    const one = (work: () => T) => {
      const appended: Appended[] = [];
      this.#gathered = appended;
      return { value: work(), appended };
    };
    try {
      return this.deps.store.transaction(() => works.map(one));
    } catch {
      // Whatever it was, it comes again when they are run one by one, and is told by the one that it concerns.
      return null;
    } finally {
      this.#gathered = null;
    }
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
   * Charges an address for all that `work` appends, at once when `work` ends or throws [L19]. Within another call the outer address pays:
   * one command has one payer. `work` must be synchronous, since nobody is charged for what it appends after it has returned.
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

  /** Has that called when the log is about to close, for whoever still has something to write. */
  beforeClose(call: () => void): void {
    this.#beforeClose.push(call);
  }

  /**
   * Refuses every write from now on [L17]: the last snapshot is being written, and an event told after that would be missing from the
   * histories in it without a word [R48].
   */
  close(): void {
    for (const call of this.#beforeClose) call();
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

  /** Tells the subscribers an event that is not logged, which is `game.status` alone [S9]. */
  publish<T extends EventType>(sessionId: number, type: T, data: EventData<T>): void {
    const { clock, fanout } = this.deps;
    const timestamp = new Date(clock.wall()).toISOString();
    const event: SessionEvent = { kind: "session", id: null, type, timestamp, body: JSON.stringify(data) };
    fanout.toSubscribers(sessionId, event);
    for (const hear of this.onTold) hear(sessionId, event, null);
  }

  /** Publishes what was appended; answers what the work that appended it did. */
  #tellAll<T>(appended: readonly Appended[], value: T): T {
    for (const told of appended) this.#tell(told);
    return value;
  }

  #tell({ subject: { id, room, isAnnounced = false }, event, claim }: Appended): void {
    const { fanout } = this.deps;
    const chars = event.body.length;
    this.#published++;
    if (this.#account !== null) this.#account.chars += chars;
    room?.tellSession(event);
    if (isAnnounced) fanout.toAll(event);
    else fanout.toSubscribers(id, event);
    for (const hear of this.onTold) hear(id, event, claim);
  }
}

function settled<T>(work: () => T): PromiseSettledResult<T> {
  try {
    return { status: "fulfilled", value: work() };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

/** A row of the log as the event that was published. */
export function eventOf({ id, type, timestamp, body }: LoggedEvent): SessionEvent {
  return { kind: "session", id, type, timestamp, body };
}
