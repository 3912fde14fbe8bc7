// How often seats may be taken: so many joins a second on one line, and so many to one room. A join costs all who are there a frame, and
// who joins all of them at once; what is beyond waits for its turn, and is never refused [L22].
import { Bucket, type Rate } from "./bucket.ts";
import type { Limits } from "./table.ts";

/** Seconds of a line's rate that may come at once: a page that is reloaded again and again. */
const LINE_BURST_SECONDS = 5;

export class Joins {
  /** Made at the first join: most lines join once, most rooms have a handful of members. */
  readonly #ofLines = new WeakMap<object, Bucket>();
  readonly #ofRooms = new WeakMap<object, Bucket>();
  readonly #lineRate: Rate;

  constructor(private readonly limits: Pick<Limits, "joinsPerSecond" | "roomJoinsPerSecond">) {
    const { joinsPerSecond } = limits;
    this.#lineRate = { perSecond: joinsPerSecond, burst: joinsPerSecond * LINE_BURST_SECONDS };
  }

  /**
   * Takes one join for the line and the room; answers how long to wait before it may be carried out, in ms.
   * A join to a room that is not there is no matter of this bucket: it is a guess, and priced as one [L9].
   */
  take(line: object, room: { readonly maxClients: number }, now: number): number {
    const ofLine = bucketOf(this.#ofLines, line, this.#lineRate, now).take(1, now);
    const { roomJoinsPerSecond: perSecond } = this.limits;
    const rate = { perSecond, burst: Math.max(perSecond, room.maxClients) };
    return Math.max(ofLine, bucketOf(this.#ofRooms, room, rate, now).take(1, now));
  }
}

function bucketOf(buckets: WeakMap<object, Bucket>, key: object, rate: Rate, now: number): Bucket {
  const bucket = buckets.get(key) ?? new Bucket(rate, now);
  buckets.set(key, bucket);
  return bucket;
}
