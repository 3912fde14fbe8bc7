// A node that goes gives its rooms away, each to the node that has fewest, until none is left that can go [N7].
import type { Clock } from "../clock.ts";
import type { Room } from "../rooms/room.ts";
import type { Moves } from "./moves.ts";
import type { Seen } from "./scripts.ts";

/** Rooms that are on their way at once: each waits for the others' answers, and not for the machine. */
const AT_ONCE = 8;
/** Whoever stops a node has set a time for that: what has not gone by then is kept in the engine. */
const EMPTYING_MS = 10_000;

export interface EmptyingDeps {
  readonly rooms: Iterable<Room>;
  readonly moves: Pick<Moves, "move" | "isLeaving">;
  /** The other nodes that live, with their rooms; asked again for each room. */
  readonly others: () => Iterable<Pick<Seen, "node" | "rooms">>;
  readonly clock: Pick<Clock, "now">;
}

/** Moves every room that can go. @returns how many went. Never rejects. */
export async function empty({ rooms, moves, others, clock }: EmptyingDeps): Promise<number> {
  const until = clock.now() + EMPTYING_MS;
  const all = [...rooms][Symbol.iterator]();
  /** What the others were given since they were last counted, which is the engine's to do. */
  const given = new Map<string, number>();
  /** To these a move has failed: nobody waits for them twice. */
  const failed = new Set<string>();
  let moved = 0;

  const target = (): string | null => {
    let fewest: { readonly node: string; readonly rooms: number } | null = null;
    for (const { node, rooms: count } of others()) {
      const size = count + (given.get(node) ?? 0);
      if (failed.has(node) || moves.isLeaving(node) || (fewest !== null && fewest.rooms <= size)) continue;
      fewest = { node, rooms: size };
    }
    return fewest?.node ?? null;
  };
  const work = async () => {
    for (const room of all) {
      if (!room.passage.isFree) continue;
      for (let node = target(); node !== null && clock.now() < until; node = target()) {
        given.set(node, (given.get(node) ?? 0) + 1);
        if (await moves.move(room, node)) {
          moved++;
          break;
        }
        // It went home, or ended, or it is that node's by now.
        given.set(node, (given.get(node) ?? 1) - 1);
        if (room.here + room.away === 0) break;
        failed.add(node);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return moved;
}
