// What is measured and counted while bots play, in plain data: processes send it to each other, and add it up.

/** Times in ms: as they came, up to a bound; past it a draw of them all, so that the tail stays as it is. */
export interface Times {
  all: number;
  readonly kept: number[];
}

const KEPT_MAX = 100_000;

export function times(): Times {
  return { all: 0, kept: [] };
}

export function note(list: Times, ms: number): void {
  list.all++;
  if (list.kept.length < KEPT_MAX) list.kept.push(ms);
  else {
    const at = Math.floor(Math.random() * list.all);
    if (at < KEPT_MAX) list.kept[at] = ms;
  }
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** null: there is nothing. */
export function spreadOf({ all, kept }: Times): Spread | null {
  if (kept.length === 0) return null;
  const sorted = [...kept].sort((one, other) => one - other);
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { count: all, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

export function round(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Counts by a name. */
export type Counts = Record<string, number>;

export function count(counts: Counts, name: string | number, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/** All that one process of bots has seen. */
export function figures() {
  return {
    bots: 0,
    rooms: 0,
    joined: 0,
    /** Bots that did not get in, by the code of the error; and handshakes that the server answered with something else than 101, by status. */
    refused: {} as Counts,
    turnedDown: {} as Counts,
    /** From a request to its answer, of phones that are awake, and of those that have just woken or come back. */
    awake: times(),
    woken: times(),
    /** From when the network was there again to being in the room. */
    back: times(),
    /** Rejoins: told all they missed, or told that they were not; and how much came as missed. */
    resumed: 0,
    fresh: 0,
    missed: 0,
    /** Lines that ended, by close code; by our own hand; found dead and let go by the client. */
    closes: {} as Counts,
    cut: 0,
    letGo: 0,
    sleeps: 0,
    /** Phones that fall asleep, and that lose their lines, by themselves. */
    sleepers: 0,
    droppers: 0,
    casts: { sent: 0, dropped: 0 },
    /** Requests that were refused while in the room, by code. */
    errors: {} as Counts,
    /** Rooms whose game was over for a bot before the end, by why. */
    over: {} as Counts,
    notBack: 0,
    heard: 0,
    told: 0,
    carriedOut: 0,
    unanswered: 0,
    /** Of these the run fails. */
    lost: 0,
    twice: 0,
    disorder: 0,
    lostWithNotice: 0,
    thrown: 0,
    /** Messages that were taken away on purpose. */
    taken: 0,
    /** Messages of rooms without history, which have no number. */
    unnumbered: 0,
    examples: [] as string[],
    measures: {} as Record<string, Times>,
    cpu: [] as number[],
    lagMs: times(),
  };
}
export type Figures = ReturnType<typeof figures>;

const EXAMPLES_MAX = 8;

/** Adds what another process has seen. */
export function add(to: Figures, other: Figures): void {
  addTree(to as unknown as Tree, other as unknown as Tree);
  to.examples.splice(EXAMPLES_MAX);
}

interface Tree {
  [name: string]: number | Tree | (number | string)[];
}

function addTree(to: Tree, other: Tree): void {
  for (const [name, value] of Object.entries(other)) {
    const mine = to[name];
    if (typeof value === "number") to[name] = (typeof mine === "number" ? mine : 0) + value;
    else if (Array.isArray(value)) to[name] = Array.isArray(mine) ? [...mine, ...value] : [...value];
    else {
      const branch: Tree = typeof mine === "object" && !Array.isArray(mine) ? mine : {};
      addTree(branch, value);
      to[name] = branch;
    }
  }
}
