// Rooms that are given from node to node, by the engine: whichever of the two dies on the way, the room is somebody's [N7].
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw } from "../snapshot/layouts.ts";
import type { Memories } from "./memories.ts";
import type { Handover } from "./moves.ts";
import type { Scripts } from "./scripts.ts";

export class EngineHandover implements Handover {
  constructor(
    private readonly scripts: Pick<Scripts, "give" | "take">,
    private readonly memories: Pick<Memories, "seal" | "open">,
  ) {}

  /** @throws {EngineAway} */
  async give(record: RoomRecord, target: string): Promise<boolean> {
    return (await this.scripts.give(record.code, target, this.memories.seal(record))) === "given";
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
