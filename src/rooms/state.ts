// The collaborators of one room, for whoever has to do with several of them.
import type { Crowd, CrowdParts } from "./crowd/crowd.ts";
import type { RoomSelf } from "./ports.ts";

export interface RoomState<R extends RoomSelf> extends CrowdParts<R> {
  /** What few rooms have beside seats; null before the first of it. */
  crowd: Crowd<R> | null;
}
