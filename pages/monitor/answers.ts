// What the monitor's calls answer [M2][M6][M11], as types: a page imports nothing of the server, and a test holds these to its schemas.

/** Something rare that happened. */
export interface Recorded {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly room: string | null;
  readonly number: number | null;
  readonly dialect: string | null;
  readonly seat: number | null;
  readonly what: string | null;
  readonly code: number | null;
}

export interface RoomRow {
  readonly code: string;
  readonly number: number | null;
  readonly dialect: string;
  readonly here: number;
  readonly away: number;
  readonly maxClients: number;
  readonly audience: number;
  readonly locked: boolean;
  readonly ageMs: number;
  readonly quietMs: number;
  readonly busy: number;
  readonly session: number | null;
}

export type Counts = Readonly<Record<string, number>>;

export interface Totals {
  readonly linesOpened: number;
  readonly roomsOpened: number;
  readonly sessionsOpened: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly pauses: number;
  readonly waits: number;
  readonly dropped: number;
  readonly abandoned: number;
  readonly faults: number;
  readonly resumesOk: number;
  readonly resumesFailed: number;
  readonly failedLogins: number;
  readonly cpuMs: number;
}

/** How the server stands. */
export interface Picture {
  readonly at: number;
  readonly startedAt: number;
  readonly version: string;
  readonly draining: boolean;
  readonly now: {
    readonly lines: number;
    readonly rooms: number;
    readonly here: number;
    readonly away: number;
    readonly audience: number;
    readonly listeners: number;
    readonly keptBytes: number;
    readonly unreadBytes: number;
    readonly memoryBytes: number;
  };
  readonly totals: Totals;
  readonly refusals: Counts;
  readonly limited: Counts;
  readonly closes: Counts;
  readonly lag: { readonly boundsMs: readonly number[]; readonly counts: readonly number[]; readonly sumMs: number };
  readonly rooms: readonly RoomRow[];
  readonly total: number;
  readonly matched: number;
  readonly events: readonly Recorded[];
  readonly next: number;
  readonly missed: number;
  readonly recording: boolean;
}

export interface Member {
  readonly index: number;
  readonly name: string | null;
  readonly clientId?: string | undefined;
  readonly host: boolean;
  readonly here: boolean;
  readonly leftMs: number | null;
  readonly unreadBytes: number | null;
  readonly silentMs: number | null;
  readonly paused: boolean;
}

/** A room, without anything that is said in it. */
export interface RoomAnswer extends RoomRow {
  readonly at: number;
  readonly origin: string;
  readonly members: readonly Member[];
  readonly host: number | null;
  readonly rules: {
    readonly awayMs: number | null;
    readonly history: number;
    readonly hostGone: "stay" | "migrate" | "close";
    readonly capCounts: "seats" | "here";
    readonly plays: boolean;
  };
  readonly seq: number | null;
  readonly stateBytes: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly keptBytes: number;
  readonly bans: number;
}

export interface RecordAnswer {
  readonly events: readonly Recorded[];
  readonly next: number;
  readonly recording: boolean;
}
