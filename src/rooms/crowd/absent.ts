// Those who watched and whose line was lost: their names are kept for a while for whoever has their secrets [C7]. Knows no line.
import type { Clock } from "../../clock.ts";
import { type RoomKept, textBytes } from "../../limits/kept.ts";
import type { ClientId } from "../../protocol/commands.ts";
import type { Done } from "../../protocol/events.ts";

/** Bytes that one takes besides texts. */
const ABSENT_BYTES = 150;

interface Absentee {
  readonly sealed: string;
  /** What became of its requests [P16]; undefined: nobody knows. */
  readonly done: Done | undefined;
  readonly until: number;
}

export class Absent {
  /** Oldest first. */
  readonly #all = new Map<ClientId, Absentee>();

  /** @param forgotten is told of one whose time is over, or who had to make room */
  constructor(
    private readonly kept: RoomKept,
    private readonly clock: Clock,
    private readonly forgotten: (clientId: ClientId, sealed: string) => void,
  ) {}

  get size(): number {
    return this.#all.size;
  }

  /** Keeps a name. Whoever is away the longest makes room. @param most how many may be kept */
  keep(clientId: ClientId, absentee: Absentee, most: number): void {
    this.#all.set(clientId, absentee);
    this.kept.add(bytesOf(clientId, absentee));
    const now = this.clock.now();
    for (const [oldest, { until, sealed }] of this.#all) {
      if (until > now && this.#all.size <= most) break;
      this.drop(oldest);
      this.forgotten(oldest, sealed);
    }
  }

  /** The one whose name is kept; undefined: there is none, or its time is over. */
  find(clientId: ClientId): Absentee | undefined {
    const found = this.#all.get(clientId);
    if (found === undefined || found.until > this.clock.now()) return found;
    this.drop(clientId);
    this.forgotten(clientId, found.sealed);
    return undefined;
  }

  /** It is back, or put out. */
  drop(clientId: ClientId): void {
    const found = this.#all.get(clientId);
    if (found === undefined) return;
    this.#all.delete(clientId);
    this.kept.add(-bytesOf(clientId, found));
  }

  /** The room is over. */
  clear(): void {
    this.#all.clear();
  }

  record(): [ClientId, string][] {
    return Array.from(this.#all, ([clientId, { sealed }]) => [clientId, sealed]);
  }
}

function bytesOf(clientId: ClientId, { sealed }: Absentee): number {
  return ABSENT_BYTES + textBytes(clientId) + textBytes(sealed);
}
