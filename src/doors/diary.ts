// Writes into the log which limits bit, and at `debug` which rooms opened and ended: what somebody wants to read after an evening [L46]. No name, no
// code, no body, no secret.
import type { Log } from "../log.ts";
import type { BucketName, Tally } from "../metrics/tally.ts";
import type { RoomFace, Witness } from "../rooms/ports.ts";

/** From one line about a limit to the next about the same one, in ms: a flood must not flood the log. */
const AGAIN_MS = 60_000;

/** How often a limit bit since the last line about it, and when that was. */
interface Bites {
  toldAt: number;
  since: number;
}

/**
 * Has the log told which limits bite: the first time at once, and then a line a minute at most with how often it was meanwhile.
 * @param nowAt the time in ms, to a tenth of a second or so
 * @param witness hears of rooms as before; at `debug` the log does too
 * @returns who is to be told of rooms
 */
export function openDiary(log: Log, nowAt: () => number, tally: Tally, witness: Witness): Witness {
  const bites = new Map<BucketName, Bites>();
  tally.onLimited = (bucket) => {
    const now = nowAt();
    const before = bites.get(bucket);
    if (before !== undefined && now - before.toldAt < AGAIN_MS) {
      before.since++;
      return;
    }
    log.info({ bucket, times: (before?.since ?? 0) + 1 }, "a limit bit");
    bites.set(bucket, { toldAt: now, since: 0 });
  };
  if (!log.isLevelEnabled("debug")) return witness;
  const about = ({ wire, maxClients, address }: RoomFace) => ({ dialect: wire, maxClients, address });
  return {
    opened(room, how) {
      log.debug(about(room), `a room is ${how}`);
      witness.opened(room, how);
    },
    ended(room) {
      log.debug(about(room), "a room has ended");
      witness.ended(room);
    },
    told: (room, event) => witness.told(room, event),
    takenOver: (room, index) => witness.takenOver(room, index),
  };
}
