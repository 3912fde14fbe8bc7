// Slows down the guessing of room codes [L9][L34]–[L36]. Distinct wrong codes count, by address, by network and for the whole server. Where one
// of these has had its share, codes take turns whether they are right or not: a right one costs nothing, so whoever has it gets in a little
// later at most, and the wait tells a guesser nothing.

import type { Clock } from "../clock.ts";
import { ADDRESSES_PER_NETWORK, blockAround, networkAround } from "./address.ts";
import { Buckets } from "./bucket.ts";
import { ByKey, KEYS_MAX } from "./byKey.ts";
import { Suspect } from "./suspects.ts";
import type { Limits } from "./table.ts";
import { PATIENCE_MS, Turns } from "./turns.ts";

/** Wrong codes a second of a network, once its burst is used up: 400 a minute, beside 80 at once, so an IPv6 /48 has 480 [L34]. */
const NETWORK_PER_SECOND = (ADDRESSES_PER_NETWORK * 50) / 60;
const NETWORK_WAITING_MAX = 256;
/** Seconds of the whole server's rate that may come at once. */
const SERVER_BURST_SECONDS = 2;
/** All who wait for the server: 20 s of turns. */
const SERVER_WAITING_MAX = 1_024;
/** Wrong codes of a block that are nobody's fault in particular; past it the block's strangers go after others' [L36]. */
const BLOCK_RATE = { perSecond: 1, burst: 60 };

/** Codes that an address is remembered to know: it left their rooms, or was told that they are there. An evening has fewer. */
const KNOWN_CODES_MAX = 16;
const KNOWN_MS = 3_600_000;

/** A code that somebody names. */
export interface Guess {
  readonly address: string;
  /** As it was meant; null where a seat's secret is what is guessed. */
  readonly code: string | null;
  /** How often the line that names it was wrong; or it is a probe by HTTP. */
  readonly wrong: number | "probe";
  /** Whether somebody from this address is in its room, or opened it. */
  readonly isNeighbour: boolean;
}

/** Whoever named it. */
export interface Guesser {
  /** Called when it may be answered. */
  go(): void;
  /** Called instead where too many wait. */
  refuse(): void;
}

/** What made somebody wait, as it is counted. */
export type GuessRing = "guesses" | "guesses_network" | "guesses_server";

/** A wrong code that an address has named on one node, as the others count it. */
export interface Failure {
  readonly address: string;
  /** null: a seat's secret was wrong. */
  readonly code: string | null;
  /** Whose turn it took, as in a guess; null: it took none. */
  readonly wrong: Guess["wrong"] | null;
}

interface Step {
  readonly ring: GuessRing;
  readonly turns: Turns;
  readonly level: number;
}

/** One that has begun to take its turns. */
interface Course {
  readonly guess: Guess;
  readonly steps: readonly Step[];
  readonly guesser: Guesser;
  /** Turns taken so far. */
  taken: number;
  isWrong: boolean;
}

interface Known {
  readonly codes: string[];
  at: number;
}

export class Guesses {
  /** Tells the other nodes of each wrong code that counts; null: there are none [N5]. */
  onFailed: ((failure: Failure) => void) | null = null;
  readonly #suspects: ByKey<Suspect>;
  readonly #networks: ByKey<Turns>;
  readonly #known: ByKey<Known>;
  /** Null while nothing was wrong of late: then nobody who joins need look any further. */
  #server: Turns | null = null;
  readonly #blocks: Buckets;
  readonly #networkRate: { readonly perSecond: number; readonly burst: number };
  readonly #isLifted: boolean;
  /** The one that is being answered: what is wrong of it has been paid. */
  #running: Course | null = null;

  /** @param onDry somebody waits or is refused, because of that ring */
  constructor(
    private readonly limits: Pick<Limits, "failedJoinsPerMinute" | "wrongCodesPerSecond">,
    private readonly clock: Clock,
    private readonly onDry: (ring: GuessRing) => void = () => {},
    keysMax = KEYS_MAX,
  ) {
    const { failedJoinsPerMinute: failed } = limits;
    this.#isLifted = failed === Number.POSITIVE_INFINITY;
    this.#suspects = new ByKey(keysMax);
    this.#networks = new ByKey(keysMax);
    this.#known = new ByKey(keysMax);
    this.#blocks = new Buckets(BLOCK_RATE, keysMax);
    const network = Math.max(NETWORK_PER_SECOND, (ADDRESSES_PER_NETWORK * failed) / 60);
    this.#networkRate = { perSecond: network, burst: ADDRESSES_PER_NETWORK * failed };
  }

  /** Whether a code that somebody names at this address may have to take turns: else nobody need ask. */
  isCrowded(address: string): boolean {
    if (this.#isLifted || this.#server === null) return false;
    if (this.#server.isDry || this.#suspects.peek(address)?.isThrottled === true) return true;
    return this.#networks.peek(networkAround(address))?.isDry === true;
  }

  /**
   * Whether it is no guess [L35]: the address knows the code, or was told a moment ago that it is wrong. Asked once for each code that is
   * named, since to name one that is not known has its price.
   */
  isFree({ address, code, isNeighbour }: Guess): boolean {
    const suspect = this.#suspect(address);
    if (code !== null && suspect.wasTold(code)) return true;
    if (code !== null && (isNeighbour || this.#knows(address, code))) return suspect.hasLook;
    suspect.takeLook();
    return false;
  }

  /** Has it answered in its turn, which may be now; whether it waits. Never both answered and refused. */
  ask(guess: Guess, guesser: Guesser): boolean {
    const course = { guess, steps: this.#stepsOf(guess), guesser, taken: 0, isWrong: false };
    return this.#proceed(course);
  }

  /**
   * The address has failed: it named a room that is not there, wished for a code that is taken, or brought a wrong secret (`null`) [L9].
   * Answers whether that was a guess.
   */
  failed(address: string, code: string | null): boolean {
    if (this.#isLifted) return true;
    if (code !== null && this.#knows(address, code)) return false;
    if (!this.#suspect(address).add(code)) return true;
    if (this.onFailed !== null) this.onFailed({ address, code, wrong: this.#running?.guess.wrong ?? null });
    this.#blocks.take(blockAround(address), 1, this.clock.now());
    if (this.#running === null) {
      this.#network(address).spend();
      this.#all().spend();
    } else {
      this.#running.isWrong = true;
    }
    return true;
  }

  /** The same on another node: it takes the turns here as well, or each node would answer as many as one may [N5]. */
  failedElsewhere({ address, code, wrong }: Failure): void {
    if (this.#isLifted || (code !== null && this.#knows(address, code))) return;
    const suspect = this.#suspect(address);
    if (!suspect.add(code)) return;
    this.#blocks.take(blockAround(address), 1, this.clock.now());
    this.#network(address).spend();
    this.#all().spend();
    if (wrong !== null) suspect.turnsFor(wrong).spend();
  }

  /** Somebody from the address has been in the room of that code, or was told that it is there: to name it again is no guess. */
  knows(address: string, code: string): void {
    if (this.#isLifted) return;
    const known = this.#known.use(address, () => ({ codes: [], at: 0 }));
    known.at = this.clock.now();
    if (known.codes.includes(code)) return;
    known.codes.push(code);
    if (known.codes.length > KNOWN_CODES_MAX) known.codes.shift();
  }

  /** How long whoever is refused should stay away, in ms. */
  get retryAfterMs(): number {
    return PATIENCE_MS;
  }

  /** Forgets those of whom nothing need be known any more: called now and then. */
  prune(now: number): void {
    this.#suspects.prune((suspect) => suspect.isIdle);
    this.#networks.prune((turns) => turns.isFull);
    this.#known.prune(({ at }) => now - at >= KNOWN_MS);
    this.#blocks.prune(now);
    if (this.#suspects.size === 0 && this.#networks.size === 0 && this.#server?.isFull === true) this.#server = null;
  }

  /** How many addresses, networks and blocks are remembered. */
  get size(): number {
    return this.#suspects.size + this.#networks.size + this.#known.size + this.#blocks.size;
  }

  #suspect(address: string): Suspect {
    return this.#suspects.use(address, () => new Suspect(this.limits.failedJoinsPerMinute, this.clock));
  }

  #network(address: string): Turns {
    return this.#networks.use(
      networkAround(address),
      () => new Turns(this.clock, this.#networkRate, NETWORK_WAITING_MAX),
    );
  }

  #all(): Turns {
    const { wrongCodesPerSecond: perSecond } = this.limits;
    const rate = { perSecond, burst: perSecond * SERVER_BURST_SECONDS };
    this.#server ??= new Turns(this.clock, rate, SERVER_WAITING_MAX);
    return this.#server;
  }

  #knows(address: string, code: string): boolean {
    return this.#known.peek(address)?.codes.includes(code) === true;
  }

  /** The turns that it has to take, and who goes before it [L36]. */
  #stepsOf({ address, wrong }: Guess): Step[] {
    const suspect = this.#suspect(address);
    const network = this.#network(address);
    const steps: Step[] = [];
    const isThrottled = suspect.isThrottled;
    const level = wrong === "probe" ? 0 : wrong;
    if (isThrottled) steps.push({ ring: "guesses", turns: suspect.turnsFor(wrong), level });
    const isClean = suspect.isClean && level === 0;
    steps.push({ ring: "guesses_network", turns: network, level: isThrottled ? 2 : isClean ? 0 : 1 });
    const isBlockClean = this.#blocks.waitMs(blockAround(address), 1, this.clock.now()) === 0;
    const rank = (isBlockClean ? 0 : 4) + (network.isFull ? 0 : 2) + (isClean ? 0 : 1);
    steps.push({ ring: "guesses_server", turns: this.#all(), level: rank });
    return steps;
  }

  /** Takes the turns that are left, as far as there are any; answers whether it waits for one. */
  #proceed(course: Course): boolean {
    for (let step = course.steps[course.taken]; step !== undefined; step = course.steps[course.taken]) {
      const { ring, turns, level } = step;
      const go = () => {
        course.taken++;
        this.#proceed(course);
      };
      const entered = turns.enter({ level, go, refuse: () => this.#refuse(course) });
      if (entered !== "now") this.onDry(ring);
      if (entered === "refused") this.#refuse(course);
      if (entered !== "now") return entered === "later";
      course.taken++;
    }
    this.#answer(course);
    return false;
  }

  #answer(course: Course): void {
    const before = this.#running;
    this.#running = course;
    try {
      course.guesser.go();
    } finally {
      this.#running = before;
      if (!course.isWrong) this.#giveBack(course);
    }
  }

  #refuse(course: Course): void {
    this.#giveBack(course);
    course.guesser.refuse();
  }

  #giveBack({ steps, taken }: Course): void {
    for (const { turns } of steps.slice(0, taken)) turns.giveBack();
  }
}
