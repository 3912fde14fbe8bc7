// How often seats may be taken: so many joins a second on one line, and so many to one room. A join costs all who are there a frame, and
// who joins all of them at once; what is beyond waits for its turn, and is never refused [L22].
import { Bucket, type Rate } from "./bucket.ts";
import type { Limits } from "./table.ts";

/** Seconds of a line's rate that may come at once: a page that is reloaded again and again. */
const LINE_BURST_SECONDS = 5;

/** A line: null until its first join, which is nearly always its last; a bucket from the second on. */
export interface JoiningLine {
  joins: "once" | Bucket | null;
}

/** A room: null until somebody joins it. */
export interface JoinedRoom {
  readonly maxClients: number;
  joins: Bucket | null;
}

export class Joins {
  readonly #lineRate: Rate;

  constructor(private readonly limits: Pick<Limits, "joinsPerSecond" | "roomJoinsPerSecond">) {
    const { joinsPerSecond } = limits;
    this.#lineRate = { perSecond: joinsPerSecond, burst: joinsPerSecond * LINE_BURST_SECONDS };
  }

  /** Takes one of the line's; answers how long to wait before it may be used, in ms. */
  takeOfLine(line: JoiningLine, now: number): number {
    if (line.joins === null) {
      line.joins = "once";
      return 0;
    }
    if (line.joins === "once") {
      line.joins = new Bucket(this.#lineRate, now);
      line.joins.take(1, now);
    }
    return line.joins.take(1, now);
  }

  /**
   * Takes one of the room's if there is one, for a newcomer. Nobody takes ahead: those who wait ask again, so what strangers ask for and do
   * not get holds up nobody who gets in.
   */
  tryRoom(room: JoinedRoom, now: number): boolean {
    return this.ofRoom(room, now).tryTake(1, now);
  }

  /** How long until there is one of the room's, in ms. */
  roomWaitMs(room: JoinedRoom, now: number): number {
    return Math.max(1, this.ofRoom(room, now).waitMs(1, now));
  }

  /** The join was refused, and has cost nobody a frame. */
  giveBack(room: JoinedRoom, now: number): void {
    this.ofRoom(room, now).give(1, now);
  }

  private ofRoom(room: JoinedRoom, now: number): Bucket {
    const { roomJoinsPerSecond: perSecond } = this.limits;
    room.joins ??= new Bucket({ perSecond, burst: Math.max(perSecond, room.maxClients) }, now);
    return room.joins;
  }
}
