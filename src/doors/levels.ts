// The figures that are read off when somebody looks: what stands where at that moment. Counts nothing, keeps nothing.
import type { Dialects } from "../dialects/index.ts";
import type { Kept } from "../limits/kept.ts";
import type { UnreadTotals } from "../limits/unread.ts";
import type { Levels } from "../metrics.ts";
import { isRefusal } from "../protocol/refusals.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { EventLog } from "../sessions/eventLog.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Store } from "../sessions/store/store.ts";
import type { Subscribers } from "../sessions/subscribers.ts";
import type { SnapshotSchedule } from "../snapshot/schedule.ts";
import type { SocketLine } from "./line.ts";
import type { Listening } from "./listen.ts";
import type { Liveness } from "./liveness.ts";
import type { Outside } from "./outside.ts";

/** Where the figures stand. */
interface Places {
  readonly liveness: Liveness;
  readonly rooms: Rooms;
  readonly kept: Kept;
  readonly unread: UnreadTotals<SocketLine>;
  readonly subscribers: Subscribers;
  readonly eventLog: EventLog;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly dialects: Dialects;
  readonly servers: readonly Pick<Listening, "pendingRequests">[];
  /** null: rooms end with the server. */
  readonly schedule: SnapshotSchedule | null;
  readonly outside: Outside;
}

/** @param places asked at each look, since what counts is made before most of them are */
export function levelsOf(places: () => Places): Levels {
  return {
    lines: () => places().liveness.size,
    rooms: () => places().rooms.size,
    keptBytes: () => places().kept.bytes,
    seats: () => places().rooms.count().here,
    audience: () => places().rooms.audiences.size,
    seatsAway: () => places().rooms.count().away,
    unsentBytes: () => places().unread.total,
    listeners: () => places().subscribers.size,
    sessionEvents: () => places().eventLog.published,
    sessionsFull: () => {
      const { sessions, store } = places();
      const share = sessions.attempt(() => store.fullShare);
      return isRefusal(share) ? Number.NaN : share;
    },
    sessionsForgotten: () => places().sessions.forgotten,
    snapshotAt: () => places().schedule?.writtenAt ?? 0,
    connections: () => connectionsByKind(places()),
    roomsOpened: () => places().rooms.opened,
    sessionsOpened: () => places().sessions.opened,
  };
}

function connectionsByKind({ dialects, liveness, servers, outside }: Places): Iterable<readonly [string, number]> {
  const counts = new Map([...dialects.byName.keys()].map((name) => [name, 0]));
  for (const { dialect } of liveness.lines()) counts.set(dialect.name, (counts.get(dialect.name) ?? 0) + 1);
  const requests = servers.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0);
  return counts.set("http", requests - outside.streams.size).set("stream", outside.streams.size);
}
