// Who has spoken for a room, and when: an owner that takes a room up after a crash gives it a new epoch. What was sent after somebody was told the
// new one and is heard or acknowledged under the old one was taken by a node that should be silent [N9]. What was sent before may be heard late.

import type { Frame } from "../member.ts";

interface Speech {
  /** When somebody was told the epoch first, and when something was last said under it, in ms. */
  readonly first: number;
  last: number;
  /** When the youngest of it was sent, and who heard that. */
  youngest: number;
  heardBy: string;
}

export class Witness {
  /** @param sentAt when a member first sent that number, in ms of performance.now() */
  constructor(private readonly sentAt: (from: string, n: number) => number) {}

  /** Room → epoch → when it was spoken for. */
  readonly #rooms = new Map<string, Map<string, Speech>>();

  /** Ears for one member; it may come back to its room, under another epoch. */
  watch(): (frame: Frame, who: string) => void {
    let speeches: Map<string, Speech> | undefined;
    let epoch = "";
    return (frame, who) => {
      const now = performance.now();
      const { type, room = "" } = frame;
      if ((type === "created" || type === "joined") && frame.epoch !== undefined) {
        epoch = frame.epoch;
        speeches = this.#rooms.get(room) ?? new Map();
        this.#rooms.set(room, speeches);
        if (!speeches.has(epoch)) speeches.set(epoch, { first: now, last: now, youngest: 0, heardBy: who });
      }
      const speech = speeches?.get(epoch);
      if (speech === undefined || (type !== "message" && type !== "ack")) return;
      speech.last = now;
      const sentAt =
        type === "ack" ? this.sentAt(who, Number(frame.id)) : this.sentAt(frame.from ?? "", frame.data?.n ?? 0);
      if (sentAt <= speech.youngest) return;
      speech.youngest = sentAt;
      speech.heardBy = who;
    };
  }

  /** Rooms that are in another epoch than at first. */
  get renewed(): number {
    return [...this.#rooms.values()].filter(({ size }) => size > 1).length;
  }

  /** The last word that was said under an epoch that another has followed, in ms of performance.now(); 0: there is none. */
  get lastOldWord(): number {
    const old = [...this.#rooms.values()].flatMap((speeches) => [...speeches.values()].sort(byFirst).slice(0, -1));
    return Math.max(0, ...old.map(({ last }) => last));
  }

  /** Rooms for which something was said under an old epoch after the new one, and by how much too late. */
  spokenForTwice(): string[] {
    const found: string[] = [];
    for (const [room, speeches] of this.#rooms) {
      const inTurn = [...speeches.values()].sort(byFirst);
      for (const [n, speech] of inTurn.entries()) {
        const late = speech.youngest - (inTurn[n + 1]?.first ?? Number.POSITIVE_INFINITY);
        if (late > 0) found.push(`${room} ${late.toFixed(0)} ms, heard by ${speech.heardBy}`);
      }
    }
    return found;
  }
}

function byFirst(one: Speech, other: Speech): number {
  return one.first - other.first;
}
