// Who has spoken for a room, and when: an owner that takes a room up after a crash gives it a new epoch, so what is said under an old one after
// somebody was told the new one comes of a node that should be silent [N9].

import type { Frame } from "../member.ts";

/** What a socket and this process may hold back of what was said before. */
const SLACK_MS = 150;

interface Speech {
  /** When somebody was told the epoch first, and when something was last said under it, in ms. */
  readonly first: number;
  last: number;
}

export class Witness {
  /** Room → epoch → when it was spoken for. */
  readonly #rooms = new Map<string, Map<string, Speech>>();

  /** Ears for one member; it may come back to its room, under another epoch. */
  watch(): (frame: Frame) => void {
    let speeches: Map<string, Speech> | undefined;
    let epoch = "";
    return (frame) => {
      const now = performance.now();
      const { type, room = "" } = frame;
      if ((type === "created" || type === "joined") && frame.epoch !== undefined) {
        epoch = frame.epoch;
        speeches = this.#rooms.get(room) ?? new Map();
        this.#rooms.set(room, speeches);
        if (!speeches.has(epoch)) speeches.set(epoch, { first: now, last: now });
      }
      const speech = speeches?.get(epoch);
      if (speech !== undefined && (type === "message" || type === "ack")) speech.last = now;
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
        const late = speech.last - (inTurn[n + 1]?.first ?? Number.POSITIVE_INFINITY);
        if (late > SLACK_MS) found.push(`${room} ${late.toFixed(0)} ms`);
      }
    }
    return found;
  }
}

function byFirst(one: Speech, other: Speech): number {
  return one.first - other.first;
}
