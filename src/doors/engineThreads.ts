// The engine's own threads wait for the games. What compiles JavaScript and what gives memory back works beside the loop: where a machine
// has one core, each takes up to 3 ms of it in one piece, and a message that comes then waits that long. With less weight they give way
// as soon as a message is there. Linux alone can say so of one thread.

import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { Clock } from "../clock.ts";

/**
 * Threads that work for nobody who waits: the compilers, and what gives memory back. Those of the collector are left as they are, because
 * the loop waits for them, and beside a busy neighbour it would wait long.
 */
const GIVING_WAY = new Set(["JITWorker", "JSCWarmUp", "mi-scavenger"]);
/** A third of the loop's weight: the loop waits now and then for a compiler too, which must not starve beside a busy neighbour. */
const NICE = 5;
/** A compiler that has had nothing to do for 10 s ends, and another begins when it is needed. */
const LOOK_EVERY_MS = 250;

/** What is asked of the machine; another in tests. */
export interface Threads {
  /** Ids of the threads of this process. @throws where there is no such list */
  ids(): readonly string[];
  /** @throws when it has ended */
  name(id: string): string;
  /** @throws where that is not allowed */
  setNice(id: string, nice: number): void;
}

const TASKS = "/proc/self/task";

const ofThisProcess: Threads = {
  ids: () => readdirSync(TASKS),
  name: (id) => readFileSync(`${TASKS}/${id}/comm`, "utf8").trim(),
  setNice: (id, nice) => setPriority(Number(id), nice),
};

/** Looks after them until the process ends; where the machine knows no such thing, once [L45]. */
export function engineThreadsGiveWay(clock: Pick<Clock, "after">, threads = ofThisProcess): void {
  let told: ReadonlySet<string> = new Set();
  const look = () => {
    try {
      told = giveWay(threads, told);
    } catch {
      return;
    }
    clock.after(LOOK_EVERY_MS, look);
  };
  look();
}

/** Answers who has been told by now, and lives. All others are looked at again, because a thread is named only after it has begun. */
function giveWay(threads: Threads, told: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(threads.ids().filter((id) => told.has(id) || isTold(threads, id)));
}

function isTold(threads: Threads, id: string): boolean {
  try {
    if (!GIVING_WAY.has(threads.name(id))) return false;
    threads.setNice(id, NICE);
    return true;
  } catch {
    // It has ended since, or may not be told: the next one may.
    return false;
  }
}
