// How the server stands, for operators that look [M2]–[M6]: reads what is counted anyway, and the rooms in one pass. It keeps the answer of the last
// second and nothing else: no viewer, no timer, no rate.
import { version } from "../../package.json";
import type { Clock } from "../clock.ts";
import type { Dialects } from "../dialects/index.ts";
import { LAG_BOUNDS_MS, type Tally } from "../metrics/tally.ts";
import { cpuSeconds, type Levels } from "../metrics.ts";
import { foldCode, typedCode } from "../rooms/codes.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { Top } from "./top.ts";

/** Orders of the list of rooms: most busy, most members, oldest, longest quiet first. */
export const SORTS = ["busy", "members", "age", "quiet"] as const;
export type Sort = (typeof SORTS)[number];

const ROOMS_MAX = 100;
/** One answer is good for so long, whoever asks. */
const ANSWER_MS = 1_000;
/** Questions whose answers are kept at once: the orders, and what a few operators have typed. */
const ANSWERS_MAX = 16;
/** No code and no number is as long, by far: all such questions are one. */
const FILTER_CHARS_MAX = 20;
/** Members away weigh less than any that are here. */
const HERE_WEIGHT = 2 ** 20;

interface MonitorDeps {
  readonly rooms: Rooms;
  readonly sessions: Pick<Sessions, "of" | "opened">;
  readonly tally: Tally;
  readonly levels: Levels;
  readonly dialects: Dialects;
  readonly clock: Clock;
  /** The name of this one of several nodes; null: there is one. */
  readonly node: string | null;
  readonly isDraining: () => boolean;
  /** Hears of each answer that was made: it leaves garbage. */
  readonly made: () => void;
}

/** Which rooms are asked for. */
interface Filter {
  /** As a wire reads it that tells capitals and small letters apart, and as the others do. */
  readonly typed: string;
  readonly folded: string;
  readonly isNumber: boolean;
}

export class Monitor {
  readonly #startedAt: number;
  /** The wires whose codes have a case. */
  readonly #cased: ReadonlySet<string>;
  /** Texts made since `#madeAt`. */
  readonly #answers = new Map<string, string>();
  #madeAt = Number.NEGATIVE_INFINITY;

  /** @param answerMs how long an answer that was made is good for */
  constructor(
    private readonly deps: MonitorDeps,
    private readonly answerMs = ANSWER_MS,
  ) {
    this.#startedAt = deps.clock.wall();
    this.#cased = new Set(
      [...deps.dialects.byName.values()].flatMap(({ name, hasBase58Codes }) => (hasBase58Codes ? name : [])),
    );
  }

  /** The counters and the first rooms of that order whose codes begin so, as a JSON object in text: made now, or within the last second. */
  text(sort: Sort, q: string): string {
    const { clock } = this.deps;
    // By the wall, since the rooms' clock may stand while somebody wants to know why [N8].
    const wall = clock.wall();
    if (wall < this.#madeAt || wall - this.#madeAt >= this.answerMs) {
      this.#answers.clear();
      this.#madeAt = wall;
    }
    const typed = typedCode(q).slice(0, FILTER_CHARS_MAX);
    const key = `${sort} ${typed}`;
    const made = this.#answers.get(key);
    if (made !== undefined) return made;
    const text = JSON.stringify(this.#look(sort, typed, clock.now()));
    this.deps.made();
    if (this.#answers.size < ANSWERS_MAX) this.#answers.set(key, text);
    return text;
  }

  /** A room as a row of the list. */
  row(room: Room, now: number) {
    const { code, number, wire: dialect, here, away, maxClients, isLocked: locked, busy } = room;
    return {
      ...{ code, number, dialect, here, away, maxClients, locked },
      audience: room.audience?.size ?? 0,
      ageMs: Math.max(0, now - room.openedAt),
      quietMs: Math.max(0, now - room.outgoing.toldAt),
      busy,
      session: this.deps.sessions.of(room),
    };
  }

  #look(sort: Sort, typed: string, now: number) {
    const { rooms, clock } = this.deps;
    const filter: Filter = { typed, folded: foldCode(typed), isNumber: /^\d+$/.test(typed) };
    const top = new Top<Room>(ROOMS_MAX);
    let here = 0;
    let away = 0;
    let matched = 0;
    for (const room of rooms) {
      here += room.here;
      away += room.away;
      if (typed !== "" && !this.#matches(room, filter)) continue;
      matched++;
      top.offer(keyOf(room, sort), room);
    }
    return {
      at: clock.wall(),
      startedAt: this.#startedAt,
      version,
      node: this.deps.node,
      draining: this.deps.isDraining(),
      ...this.#figures(here, away),
      rooms: top.sorted().map((room) => this.row(room, now)),
      total: rooms.size,
      matched,
    };
  }

  #matches({ code, wire, number }: Room, { typed, folded, isNumber }: Filter): boolean {
    if (code.startsWith(this.#cased.has(wire) ? typed : folded)) return true;
    return isNumber && number !== null && String(number).startsWith(typed);
  }

  #figures(here: number, away: number) {
    const { tally, levels } = this.deps;
    const { linesOpened, ...counts } = tally.counts;
    return {
      now: {
        lines: levels.lines(),
        rooms: levels.rooms(),
        here,
        away,
        audience: levels.audience(),
        listeners: levels.listeners(),
        keptBytes: levels.keptBytes(),
        unreadBytes: levels.unsentBytes(),
        memoryBytes: process.memoryUsage.rss(),
      },
      totals: {
        linesOpened,
        roomsOpened: levels.roomsOpened(),
        sessionsOpened: levels.sessionsOpened(),
        ...counts,
        failedLogins: tally.failedLogins,
        cpuMs: Math.round(cpuSeconds() * 1000),
      },
      refusals: counted(tally.refusals),
      limited: counted(tally.limitedBy),
      closes: counted(tally.closes()),
      lag: { boundsMs: LAG_BOUNDS_MS, counts: tally.lagCounts, sumMs: tally.lagSumMs },
    };
  }
}

function keyOf(room: Room, sort: Sort): number {
  switch (sort) {
    case "busy":
      return room.busy;
    case "members":
      return room.here * HERE_WEIGHT + room.away;
    case "age":
      return -room.openedAt;
    case "quiet":
      return -room.outgoing.toldAt;
    default:
      return sort satisfies never;
  }
}

/** Those that are not 0. */
function counted(counts: Iterable<readonly [name: string, count: number]>): Record<string, number> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}
