// What the parts of a crowd need of their room: to tell it something, to keep something, and whether anybody is host.
import type { ClientId } from "../../protocol/commands.ts";
import type { CrowdEvent } from "../../protocol/events.ts";
import type { RoomEvent } from "../historyRecord.ts";
import type { Line } from "../seat.ts";

export interface CrowdRoom {
  /** Whether anybody is host now. */
  readonly hasHost: boolean;
  /** Tells everyone what is kept in the history and has a number there; answers how many lines heard it. */
  tell(event: RoomEvent): number;
  /** Tells everyone what has no number: whoever comes back finds it in the picture. Answers how many lines heard it. */
  tellNow(event: CrowdEvent): number;
  /** Tells one line, without a number. */
  tellOne(line: Line, event: CrowdEvent): void;
  /** Counts so many bytes more as kept, or fewer; false: the room may not keep them [L31]. */
  keep(more: number): boolean;
  /** Counts so many bytes more, or fewer, whatever the bounds: they have been kept before. */
  keepAnyway(more: number): void;
  /** One has given up its place for good: its seat, or its name among those who watch. */
  gaveUp(clientId: ClientId, sealed: string | null): void;
  /** The sealed secret of one who did so, and whose name is kept for its answers; undefined: there is none. */
  sealedOfLeaver(clientId: ClientId): string | undefined;
  /** What its record holds has changed. */
  changed(): void;
}
