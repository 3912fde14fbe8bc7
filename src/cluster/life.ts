// Whether this node may serve its rooms: a lease in the engine that it renews all the time, and holds its rooms still before another node may
// begin to take them up [N8][N9]. What holding still means, it does not know.
import type { Clock } from "../clock.ts";
import { Judge } from "./judge.ts";
import { type Engine, EngineAway } from "./ports.ts";
import type { Fenced, Renewed, Scripts, Seen } from "./scripts.ts";

/** So long before its lease is over a node is still: what was under way in it has come to rest by then. */
const MARGIN_MS = 2_000;
/** A lease is renewed so often, or four times before the freeze where that is sooner. */
const RENEW_MS_MAX = 1_000;
/** Lines of rooms that have been frozen for so long are closed. */
export const LOST_MS = 60_000;

const NONE: ReadonlySet<string> = new Set();

/** Whoever owns the rooms: calls all of them over, and lets go of what is another's. */
export interface RollCall {
  /** Resolves when engine and node agree. @throws {EngineAway} */
  call(): Promise<"agreed" | Fenced>;
}

export interface LifeEvents {
  /** A life has begun: to be kept, for a restart that may replace it. */
  began(life: string): void;
  /** Rooms hold still: nothing is read, told or timed. */
  frozen(): void;
  /** They go on. */
  thawed(): void;
  /** Frozen for LOST_MS: their lines are to be closed; the rooms stay, until the engine can be asked. */
  lost(): void;
  /** Another process has the name: every room is its, or another's, and this one has nothing more to do. */
  taken(): void;
  /** A process is no more. `boot`: which; null: it was never seen. Its rooms, if there are any, are in `Life.dead`'s estates. */
  dead(node: string, boot: string | null): void;
  fault(error: unknown): void;
}

export interface LifeOptions {
  readonly scripts: Pick<Scripts, "node" | "renew" | "resign" | "life">;
  readonly engine: Pick<Engine, "isUp">;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly newLife: () => string;
  readonly rollCall: RollCall;
  readonly events: LifeEvents;
}

interface Moment {
  readonly now: number;
  readonly wall: number;
}

export class Life {
  readonly #judge: Judge;
  readonly #frozenAfterMs: number;
  readonly #renewMs: number;
  /** When the last renewal that was carried out had been asked for. */
  #renewed: Moment;
  /** Since when it is frozen; null: it is not. */
  #frozenAt: Moment | null;
  #hasBegun = false;
  #isLost = false;
  #isOver = false;
  /** The renewal that is under way. */
  #asking: Promise<void> | null = null;
  #isCalling = false;
  /** Whether the engine has had the life that `scripts` speaks for. */
  #hadLife = false;
  /** The life whose roll call is done. */
  #called = "";
  /** Since when the lease has been held without a freeze, in ms; null: it is not. */
  #heldSince: number | null = null;
  #seen: readonly Seen[] = [];
  #sessions: string | null = null;
  #cancel: (() => void) | null = null;

  constructor(private readonly options: LifeOptions) {
    const { clock, leaseMs, scripts } = options;
    this.#judge = new Judge(scripts.node);
    this.#frozenAfterMs = leaseMs - MARGIN_MS;
    this.#renewMs = Math.min(RENEW_MS_MAX, this.#frozenAfterMs / 4);
    this.#renewed = this.#frozenAt = momentOf(clock);
  }

  /**
   * Whether rooms hold still. Looks at both clocks each time: a process that was stopped must not read a socket before it knows, and a
   * machine that was suspended stops one of them.
   */
  get isFrozen(): boolean {
    if (this.#frozenAt === null && this.#ageOf(this.#renewed) >= this.#frozenAfterMs) this.#freeze();
    return this.#frozenAt !== null;
  }

  /** Age of the lease, in ms since it was asked for. */
  get leaseAgeMs(): number {
    return this.#ageOf(this.#renewed);
  }

  /** Nodes without a life that have rooms to adopt; none for as long as this node is no judge. */
  get dead(): ReadonlySet<string> {
    return !this.isFrozen && this.#isFit ? this.#judge.dead : NONE;
  }

  /** The node that keeps the sessions, and its process; null: none that lives, at the last look [N11]. */
  get sessions(): Seen | null {
    return this.#seen.find(({ node, boot }) => node === this.#sessions && boot !== null) ?? null;
  }

  /** Every node at the last look. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }

  /**
   * Begins the first life, before there are rooms.
   * @param lastLife of an earlier process in the same folder, which may be replaced at once; "": none
   * @returns taken: a node of that name lives
   * @throws {EngineAway}
   */
  async begin(lastLife: string): Promise<"begun" | "taken"> {
    const { scripts, newLife, clock } = this.options;
    scripts.life = newLife();
    const at = momentOf(clock);
    const renewed = await scripts.renew(false, lastLife);
    if (renewed.state === "taken") return "taken";
    this.#called = scripts.life;
    this.#holds(renewed, at);
    this.#hasBegun = true;
    return "begun";
  }

  /** Renews from now on. */
  start(): void {
    this.#later();
  }

  /** Asks the engine at once, where it is there; nothing before the first life has begun. Resolves when it has answered, or has not. Never rejects. */
  async ask(): Promise<void> {
    // What is under way is answered soon enough, and a caller must not go by what was seen before it.
    if (this.#asking !== null) await this.#asking;
    else if (this.#hasBegun && !this.#isOver && this.options.engine.isUp) await this.#renew();
  }

  /** Ends the life: nothing is renewed any more, and what the estate holds is anybody's. @throws {EngineAway} */
  async resign(): Promise<void> {
    this.stop();
    await this.options.scripts.resign();
  }

  /** Renews nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#cancel?.();
  }

  #later(): void {
    this.#cancel = this.options.clock.after(this.#renewMs, () => {
      this.#later();
      this.#look();
      void this.ask();
    });
  }

  /** What only time brings. */
  #look(): void {
    if (!this.isFrozen || this.#isLost || this.#frozenAt === null) return;
    if (this.#ageOf(this.#frozenAt) < LOST_MS) return;
    this.#isLost = true;
    this.options.events.lost();
  }

  async #renew(): Promise<void> {
    const { scripts, clock, events } = this.options;
    const at = momentOf(clock);
    const answer = Promise.withResolvers<void>();
    this.#asking = answer.promise;
    try {
      const renewed = await scripts.renew(this.#hadLife, "");
      this.#asking = null;
      if (!this.#isOver) this.#answered(renewed, at);
    } catch (error) {
      if (!(error instanceof EngineAway)) events.fault(error);
    } finally {
      answer.resolve();
      if (this.#asking === answer.promise) this.#asking = null;
    }
  }

  #answered(renewed: Renewed, at: Moment): void {
    const { scripts, newLife, events } = this.options;
    switch (renewed.state) {
      case "taken":
        this.#freeze();
        this.stop();
        events.taken();
        break;
      case "gone":
        // Another node may have our rooms by now: a life that has ended is never taken up again.
        this.#freeze();
        scripts.life = newLife();
        this.#hadLife = false;
        void this.ask();
        break;
      case "begun":
      case "ours":
        this.#holds(renewed, at);
        break;
      default:
        renewed.state satisfies never;
    }
  }

  /** The engine has our life. */
  #holds({ seen, sessions }: Renewed, at: Moment): void {
    const { scripts, events } = this.options;
    // An answer that came late must not hide the time before it.
    this.#look();
    this.#renewed = at;
    this.#seen = seen;
    this.#sessions = sessions;
    if (!this.#hadLife) events.began(scripts.life);
    this.#hadLife = true;
    if (this.#called === scripts.life) this.#thaw();
    else if (!this.#isCalling) void this.#callOver(scripts.life);
    for (const { node, boot } of this.#judge.look(seen, this.#isFit)) events.dead(node, boot);
  }

  async #callOver(life: string): Promise<void> {
    const { rollCall, scripts, events } = this.options;
    this.#isCalling = true;
    try {
      const became = await rollCall.call();
      if (became !== "agreed" || scripts.life !== life || this.#isOver) return;
      this.#called = life;
      this.#thaw();
    } catch (error) {
      // The next renewal calls them over again.
      if (!(error instanceof EngineAway)) events.fault(error);
    } finally {
      this.#isCalling = false;
    }
  }

  #freeze(): void {
    this.#heldSince = null;
    if (this.#frozenAt !== null) return;
    this.#frozenAt = momentOf(this.options.clock);
    this.options.events.frozen();
  }

  /** Goes on, where the lease is fresh. */
  #thaw(): void {
    if (this.#frozenAt === null || this.#ageOf(this.#renewed) >= this.#frozenAfterMs) return;
    this.#frozenAt = null;
    this.#isLost = false;
    this.#heldSince = this.#renewed.now;
    if (this.#hasBegun) this.options.events.thawed();
  }

  /** Whether the lease has been held for a whole lease without a break. */
  get #isFit(): boolean {
    return this.#heldSince !== null && this.options.clock.now() - this.#heldSince >= this.options.leaseMs;
  }

  /** By whichever clock it is longer ago. */
  #ageOf(moment: Moment): number {
    const { clock } = this.options;
    return Math.max(clock.now() - moment.now, clock.wall() - moment.wall);
  }
}

function momentOf(clock: Clock): Moment {
  return { now: clock.now(), wall: clock.wall() };
}
