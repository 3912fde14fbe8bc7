// What is slow the first time (modules that load when they are used, the cipher, code that has not run yet) is done once before anybody
// plays, on a file of its own: then the first write takes the rooms no more time than the hundredth.
import { rm } from "node:fs/promises";
import { Changes } from "../rooms/changes.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import { Pace } from "./pace.ts";

/** So many records and pieces have been made by then: more makes the first ones no faster. */
const ROOMS = 32;
const ROUNDS = 3;

/** Writes rooms of nobody beside the file. @throws what the disk throws */
export async function warm(options: Pick<JournalOptions, "path" | "key" | "wall">): Promise<void> {
  const path = `${options.path}.warm`;
  const rooms = new Map(Array.from({ length: ROOMS }, (_, n) => [`${n}`, roomOf(`${n}`)]));
  const changes = new Changes(rooms);
  const pace = new Pace((_, call) => {
    call();
    return () => {};
  });
  const journal = await Journal.begin({ ...options, path, pace }, changes);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const room of rooms.values()) changes.changed(room);
      if (!(await journal.isInPlace())) return;
      await journal.append();
    }
  } finally {
    await journal.close();
    await rm(path, { force: true });
  }
}

function roomOf(code: string) {
  return { id: code, code, record: () => recordOf(code) };
}

function recordOf(code: string): RoomRecord {
  const seat = { clientId: "nobody", name: null, sealed: null, player: "{}", joinedSeq: 0, awaySince: null };
  return {
    ...{ code, wire: "party", wireData: null, id: code, epoch: code, address: "", origin: "", maxClients: 8 },
    rules: { awayMs: 0, historyMax: 1, hostGone: "stay", capCounts: "seats", idsAre: "public", creatorPlays: false },
    ...{ state: "{}", defaults: null, locked: false, bans: null, creator: "nobody", nextIndex: 8 },
    owner: { clientId: "nobody", sealed: null },
    seats: Array.from({ length: 8 }, (_, index) => ({ ...seat, index })),
    history: { seq: 0, droppedSeq: 0, told: [] },
  };
}
