// Rooms that are given from node to node, by the engine: whichever of the two dies on the way, the room is somebody's [N7].
import type { Clock } from "../clock.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw } from "../snapshot/layouts.ts";
import type { Memories } from "./memories.ts";
import type { Handover } from "./moves.ts";
import { EngineAway } from "./ports.ts";
import type { Scripts } from "./scripts.ts";

/** So long the engine is asked what became of a room; by then its lines are closed anyway [N8]. */
const ASKED_MS = 60_000;
/** From one question that was not answered to the next. */
const AGAIN_MS = 100;

export class EngineHandover implements Handover {
  constructor(
    private readonly scripts: Pick<Scripts, "node" | "give" | "take" | "find">,
    private readonly memories: Pick<Memories, "seal" | "open">,
    private readonly clock: Pick<Clock, "now" | "after">,
  ) {}

  /** @throws {EngineAway} where the engine has not said for a minute what became of it */
  async give(record: RoomRecord, target: string): Promise<boolean> {
    try {
      return (await this.scripts.give(record.code, target, this.memories.seal(record))) === "given";
    } catch (error) {
      if (!(error instanceof EngineAway)) throw error;
      // The answer is lost, not what was asked: a room that was given away, and goes on here, would speak with two voices.
      return this.#isAnothers(record.code, error);
    }
  }

  /** Asks whose the room is until the engine answers. */
  async #isAnothers(code: string, away: EngineAway): Promise<boolean> {
    const until = this.clock.now() + ASKED_MS;
    while (this.clock.now() < until) {
      try {
        const owner = await this.scripts.find(code);
        return owner !== null && owner.node !== this.scripts.node;
      } catch (error) {
        if (!(error instanceof EngineAway)) throw error;
        await new Promise<void>((resolve) => this.clock.after(AGAIN_MS, resolve));
      }
    }
    throw away;
  }

  /** @throws {EngineAway}; Error where what lies there is no room */
  async take(code: string): Promise<RoomRecord | null> {
    const taken = await this.scripts.take([code]);
    const kin = taken === "fenced" ? undefined : taken.kin[0];
    if (kin === undefined || !kin.isWhole) return null;
    const record = this.memories.open(kin.memory, code);
    if (record instanceof Flaw) throw new Error(record.reason);
    return record;
  }
}
