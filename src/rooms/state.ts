// The collaborators of one room, for whoever has to do with several of them.
import type { Access } from "./access.ts";
import type { Crowd, CrowdParts } from "./crowd/crowd.ts";
import type { RoomSelf } from "./ports.ts";

export interface RoomState<R extends RoomSelf> extends CrowdParts<R> {
  readonly access: Access;
  /** What few rooms have beside seats; null before the first of it. */
  crowd: Crowd<R> | null;
}
