// What a script is given beside its room: sleep and loss as a phone has them, and time that stands still while it sleeps.
import type { CreateOptions, Room } from "../js/src/index.ts";
import { note, type Times, times } from "./figures.ts";
import type { Random } from "./random.ts";

/** What a script is given beside the room. Everything in it ends with the run. */
export interface Bot {
  readonly name: string;
  /** Which phone of its room it is, from 0; -1: the host. */
  readonly index: number;
  /** Seeded draws of its own. */
  readonly rng: Random;
  /** Ends with the run, or with the room. */
  readonly signal: AbortSignal;
  /** Locks the phone's screen for so long: nothing passes on its line, and nobody is told. Resolves when it is unlocked. */
  sleep(ms: number): Promise<void>;
  /** Cuts its line; the client comes back by itself. */
  drop(): void;
  /** Waits for so long while it is awake. Resolves early at the end of the run. */
  wait(ms: number): Promise<void>;
  /** Does that every so often while it is awake, until the run ends; answers how to stop. */
  every(ms: number, work: () => unknown): () => void;
  /** Begins to measure something of the game; what it answers ends it, and the report shows how long such things took. */
  measure(name: string): () => void;
}

/** A game as the bots play it: a module that exports these. */
export interface Script {
  host?(room: Room, bot: Bot): unknown;
  player?(room: Room, bot: Bot): unknown;
  /** How rooms are opened, where the game wants that to be said. */
  readonly options?: Partial<CreateOptions>;
}

/** What stands behind a bot. */
interface Behind {
  readonly name: string;
  readonly index: number;
  readonly rng: Random;
  readonly signal: AbortSignal;
  readonly measures: Record<string, Times>;
  isAsleep(): boolean;
  sleep(): void;
  wake(): void;
  drop(): void;
  /** Hears what the script threw where nobody waits for it. */
  threw(error: unknown): void;
}

/** How often a waiting bot looks whether it has been woken, in ms. */
const LOOK_MS = 50;

export function botOf({ name, index, rng, signal, measures, isAsleep, sleep, wake, drop, threw }: Behind): Bot {
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  const awake = async () => {
    while (isAsleep() && !signal.aborted) await pause(LOOK_MS);
  };
  return {
    ...{ name, index, rng, signal, drop },
    sleep: async (ms) => {
      if (signal.aborted || isAsleep()) return awake();
      sleep();
      await pause(ms);
      wake();
    },
    wait: async (ms) => {
      await pause(ms);
      await awake();
    },
    every: (ms, work) => {
      const timer = setInterval(() => {
        // What it asked for and nobody waits for fails by itself, where it fails.
        if (!signal.aborted && !isAsleep()) (async () => work())().catch(threw);
      }, ms);
      const stop = () => {
        clearInterval(timer);
        signal.removeEventListener("abort", stop);
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop);
      return stop;
    },
    measure: (what) => {
      const startedAt = performance.now();
      const list = measures[what] ?? times();
      measures[what] = list;
      return () => note(list, performance.now() - startedAt);
    },
  };
}
