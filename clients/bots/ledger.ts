// The books of one room: what its members said, which number the room gave it, and who heard it. At the end each number that a member was owed
// and did not hear is lost in silence, unless it was told that it has not been told all (`resumed: false`). It knows no sockets and no game:
// what is said is the game's, so it is known by its number, and by a hash where its number is not known.

/** What is wrong with what a room was told, counted. */
export interface Faults {
  /** Never heard by somebody who was owed it and was not told that something is missing. */
  lost: number;
  /** Heard twice, or carried out twice. */
  twice: number;
  /** Heard after what came later. */
  disorder: number;
  /** Gaps that were told of: `resumed: false`. Nobody was deceived. */
  lostWithNotice: number;
  /** Numbers heard, one for each who heard it; those of them that a game was told in messages. */
  heard: number;
  told: number;
  /** Requests that were carried out; those whose answer was lost, and which are known by `done` alone. */
  carriedOut: number;
  unanswered: number;
}

/** As a member reads it off `created` or `joined`; no epoch: the room keeps no history, and nothing has a number. */
export interface Arrival {
  readonly epoch?: string | undefined;
  readonly seq?: number | undefined;
  readonly resumed?: boolean | undefined;
  readonly done?: unknown;
  readonly undone?: readonly unknown[] | undefined;
}

interface Asked {
  readonly type: string;
  /** To whom: everyone else; or these. */
  readonly to: readonly string[] | null;
  readonly hash: number;
  /** `partly`: some of those it was for were not there, and its number is not told. */
  state: "asked" | "acked" | "refused" | "partly" | "done";
  /** The number that the room gave it. */
  key: number | null;
}

interface Cast {
  times: number;
  /** Whether all of them were for everyone else. */
  isForAll: boolean;
}

interface Seat {
  readonly id: string;
  readonly name: string;
  /** Everything up to here was before its time, or it was told that it has not been told all. */
  knowsFrom: number;
  lastHeard: number;
  lastTold: number;
  readonly heard: Set<number>;
  readonly told: Set<number>;
  readonly asked: Map<number, Asked>;
  /** What it said that gets no answer, by hash. */
  readonly casts: Map<number, Cast>;
  wasFresh: boolean;
  isOver: boolean;
}

/** Numbers of one epoch come before those of the next: a server that lost what it had counts anew. */
const EPOCH = 2 ** 32;
const EXAMPLES_MAX = 5;
/** Requests that everyone else hears of, or those they are for. */
const NUMBERED = new Set(["send", "set_state", "set_player"]);

export class Ledger {
  readonly examples: string[] = [];
  readonly faults: Faults = {
    ...{ lost: 0, twice: 0, disorder: 0, lostWithNotice: 0 },
    ...{ heard: 0, told: 0, carriedOut: 0, unanswered: 0 },
  };
  readonly #seats = new Map<string, Seat>();
  readonly #epochs: string[] = [];
  /** Of each message that was heard: whose it is, and what it says. */
  readonly #messages = new Map<number, { readonly from: string; readonly hash: number }>();

  /** @param room its name in examples */
  constructor(private readonly room: string) {}

  /** A member is in, for the first time. */
  seat(id: string, name: string): void {
    const none = { heard: new Set<number>(), told: new Set<number>(), asked: new Map(), casts: new Map() };
    this.#seats.set(id, {
      ...{ id, name, ...none, knowsFrom: -1, lastHeard: -1, lastTold: -1, wasFresh: false, isOver: false },
    });
  }

  /** It got in, or is back. */
  arrived(id: string, { epoch, seq = 0, resumed, done, undone = [] }: Arrival): void {
    const seat = this.#seats.get(id);
    if (seat === undefined || epoch === undefined) return;
    const key = this.#keyOf(epoch, seq);
    if (resumed !== true) {
      if (seat.knowsFrom >= 0) seat.wasFresh = true;
      seat.knowsFrom = key;
      seat.lastHeard = Math.max(seat.lastHeard, key);
    }
    if (typeof done !== "number") return;
    for (const [n, asked] of seat.asked) {
      if (asked.state === "asked" && n <= done && !undone.includes(n)) asked.state = "done";
    }
  }

  /** It says that on a line, for the first time or again; null: it gets no answer. @param hash of what it says */
  said(id: string, n: number | null, type: string, to: readonly string[] | null, hash: number): void {
    const seat = this.#seats.get(id);
    if (seat === undefined || !NUMBERED.has(type)) return;
    if (n === null) {
      const { times, isForAll } = seat.casts.get(hash) ?? { times: 0, isForAll: true };
      seat.casts.set(hash, { times: times + 1, isForAll: isForAll && to === null });
    } else if (!seat.asked.has(n)) seat.asked.set(n, { type, to, hash, state: "asked", key: null });
  }

  /** It was carried out: under that number, where the room numbers. */
  acked(id: string, n: number, epoch: string | undefined, seq: number | undefined): void {
    const asked = this.#seats.get(id)?.asked.get(n);
    if (asked === undefined) return;
    asked.state = "acked";
    if (epoch !== undefined && seq !== undefined) asked.key = this.#keyOf(epoch, seq);
  }

  refused(id: string, n: number): void {
    const asked = this.#seats.get(id)?.asked.get(n);
    if (asked !== undefined) asked.state = asked.to === null || asked.to.length < 2 ? "refused" : "partly";
  }

  /** A number came by its line; a message with whose it is and what it says. */
  heard(id: string, epoch: string | undefined, seq: number, message: { from: string; hash: number } | null): void {
    const seat = this.#seats.get(id);
    if (seat === undefined || epoch === undefined) return;
    const key = this.#keyOf(epoch, seq);
    if (message !== null) this.#messages.set(key, message);
    if (seat.heard.has(key)) this.#fault("twice", `${seat.name} heard number ${seq} twice`);
    else if (key <= seat.lastHeard) this.#fault("disorder", `${seat.name} heard number ${seq} too late`);
    seat.heard.add(key);
    seat.lastHeard = Math.max(seat.lastHeard, key);
    this.faults.heard++;
  }

  /** A game was told that message. */
  told(id: string, epoch: string | undefined, seq: number): void {
    const seat = this.#seats.get(id);
    if (seat === undefined || epoch === undefined) return;
    const key = this.#keyOf(epoch, seq);
    if (seat.told.has(key)) this.#fault("twice", `${seat.name}'s game was told number ${seq} twice`);
    else if (key <= seat.lastTold) this.#fault("disorder", `${seat.name}'s game was told number ${seq} too late`);
    seat.told.add(key);
    seat.lastTold = Math.max(seat.lastTold, key);
    this.faults.told++;
  }

  /** It is no member any more, or was not back at the end: what came after the last it heard is not owed to it. */
  over(id: string): void {
    const seat = this.#seats.get(id);
    if (seat !== undefined) seat.isOver = true;
  }

  /** Requests without an answer. */
  get open(): number {
    let open = 0;
    for (const { asked } of this.#seats.values()) for (const { state } of asked.values()) if (state === "asked") open++;
    return open;
  }

  /** At the end, when all that is under way has arrived. */
  close(): Faults {
    const claimed = new Set<number>();
    for (const { asked } of this.#seats.values())
      for (const { key, type } of asked.values()) if (key !== null && type === "send") claimed.add(key);
    const unclaimed = this.#unclaimed(claimed);
    for (const seat of this.#seats.values()) this.#judge(seat, unclaimed);
    for (const [mark, keys] of unclaimed) this.#judgeUnnamed(mark, keys);
    return this.faults;
  }

  /** Numbers that no answer names: of casts, and of what was asked and not answered. More of them than were said were carried out twice. */
  #judgeUnnamed(mark: string, keys: readonly number[]): void {
    const [from = "", hash = ""] = mark.split(" ");
    const seat = this.#seats.get(from);
    if (seat === undefined) return;
    const { times, isForAll } = seat.casts.get(+hash) ?? { times: 0, isForAll: false };
    const open = [...seat.asked.values()].filter(
      (asked) => asked.key === null && asked.hash === +hash && asked.state !== "refused",
    ).length;
    for (const key of keys.slice(times + open))
      this.#fault("twice", `number ${key % EPOCH} says again what ${seat.name} said once`);
    // Somebody has heard it, so it was carried out, and was for all.
    if (!isForAll || open > 0) return;
    for (const key of keys.slice(0, times))
      for (const other of this.#seats.values()) if (other !== seat) this.#owed(other, { key, type: "send" }, seat);
  }

  /** Numbers of messages that no answer names, by whose they are and what they say. */
  #unclaimed(claimed: ReadonlySet<number>): Map<string, number[]> {
    const found = new Map<string, number[]>();
    for (const [key, { from, hash }] of this.#messages) {
      if (claimed.has(key) || !this.#seats.has(from)) continue;
      const mark = `${from} ${hash}`;
      found.set(mark, [...(found.get(mark) ?? []), key]);
    }
    return found;
  }

  #judge(seat: Seat, unclaimed: ReadonlyMap<string, number[]>): void {
    let last = -1;
    for (const [, asked] of [...seat.asked].sort(([one], [other]) => one - other)) {
      if (asked.state === "asked") this.faults.unanswered++;
      if (asked.state === "acked" || asked.state === "done") this.faults.carriedOut++;
      if (asked.state === "done" && asked.key === null && asked.type === "send")
        asked.key = unclaimed.get(`${seat.id} ${asked.hash}`)?.shift() ?? null;
      if (asked.key === null) {
        if (asked.state === "done") this.#mustBeHeard(seat, asked);
        continue;
      }
      if (asked.key < last)
        this.#fault("disorder", `${seat.name}'s number ${asked.key % EPOCH} came before what it said first`);
      last = Math.max(last, asked.key);
      for (const other of this.#seats.values())
        if (other !== seat && (asked.to === null || asked.to.includes(other.id))) this.#owed(other, asked, seat);
    }
  }

  /** Carried out, as `done` says: where somebody was there all the time it has been heard, and has a number. */
  #mustBeHeard(seat: Seat, { to, type, hash }: Asked): void {
    if (to !== null || type !== "send" || hash === 0) return;
    const others = [...this.#seats.values()].filter((other) => other !== seat && !other.isOver && !other.wasFresh);
    if (others.length === 0 || others.every(({ knowsFrom }) => knowsFrom < 0)) return;
    this.#fault("lost", `nobody heard what ${seat.name} said, and the server says that it was carried out`);
  }

  #owed(other: Seat, { key, type }: Pick<Asked, "key" | "type">, from: Seat): void {
    if (key === null || other.knowsFrom < 0) return;
    const has = type === "send" ? other.told : other.heard;
    if (has.has(key)) return;
    if (key <= other.knowsFrom) {
      if (other.wasFresh) this.faults.lostWithNotice++;
      return;
    }
    if (other.isOver && key > other.lastHeard) return;
    this.#fault("lost", `${other.name} never heard number ${key % EPOCH} of ${from.name}`);
  }

  #fault(kind: "lost" | "twice" | "disorder", example: string): void {
    this.faults[kind]++;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(`${this.room}: ${example}`);
  }

  #keyOf(epoch: string, seq: number): number {
    let at = this.#epochs.indexOf(epoch);
    if (at === -1) at = this.#epochs.push(epoch) - 1;
    return at * EPOCH + seq;
  }
}
