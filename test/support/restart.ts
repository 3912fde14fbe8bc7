// The end of a process and the next one, on the core alone: rooms → records → JSON text → rooms of another core.
import type { Limits } from "../../src/limits/table.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { core } from "./core.ts";
import type { NotebookLine } from "./notebook.ts";

type Core = ReturnType<typeof core>;

export interface Ending {
  /** A stop, after which nothing was told; else a crash. */
  readonly isWhole?: boolean;
  /** How long there was no server. */
  readonly downMs?: number;
  readonly limits?: Partial<Limits>;
}

/** What is kept of all rooms, as it comes back from text. */
export function recordsOf({ rooms }: Pick<Core, "rooms">, isWhole = true): RoomRecord[] {
  return JSON.parse(JSON.stringify([...rooms.records(isWhole)]));
}

/** The next process, on the same store and the same time. */
export function reborn(old: Core, { isWhole = true, downMs = 0, limits }: Ending = {}): Core {
  const records = recordsOf(old, isWhole);
  const next = core(limits, old.store);
  next.clock.advance(old.clock.now() - next.clock.now() + downMs);
  for (const record of records) next.rooms.restore(record, isWhole);
  next.sessions.restore((code, id) => {
    const room = next.rooms.at(code);
    return room?.id === id ? room : null;
  });
  return next;
}

/** The server goes and closes these lines; their seats wait for the next one. */
export function hold({ relay }: Pick<Core, "relay">, ...lines: readonly NotebookLine[]): void {
  for (const line of lines) relay.gone(line, "held");
}
