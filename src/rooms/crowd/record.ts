// What few rooms have beside seats, as it lies on disk. The schema that checks it stands in snapshot/crowdLayout.ts; a leaf.
import type { ClientId } from "../../protocol/commands.ts";
import type { PrivateData } from "../../protocol/events.ts";
import type { PollRecord } from "../../protocol/polls.ts";

/** Each absent where there is nothing of it. */
export interface CrowdRecord {
  readonly timers?: readonly TimerRecord[] | undefined;
  readonly privates?: readonly PrivateData[] | undefined;
  readonly polls?: PollsRecord | undefined;
  readonly audience?: AudienceRecord | undefined;
}

/** The open polls, and the names of those that were closed, oldest first. */
export interface PollsRecord {
  readonly open: readonly PollRecord[];
  readonly closed: readonly string[];
  /** Absent where there are none. */
  readonly leavers?: LeaversRecord | undefined;
}

/** Those who have answered and have given up their place: a clientId, and the sealed secret that keeps it. */
export type LeaversRecord = readonly (readonly [clientId: ClientId, sealed: string])[];

/** Who watches or may come back to it: a clientId, and the sealed secret that keeps it. */
export type AudienceRecord = readonly (readonly [clientId: ClientId, sealed: string])[];

export interface TimerRecord {
  readonly timer: string;
  readonly label: string | null;
  /** How long it has to go, in ms: while the server is down it stands still [C23]. */
  readonly leftMs: number;
  /** Whether it stands still while nobody is host. */
  readonly pauses: boolean;
  /** Whether the host has stopped it for a while. */
  readonly isPaused: boolean;
}
