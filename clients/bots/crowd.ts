// Rooms full of bots in this process: they come a few at a time, play, fall asleep and lose their lines as phones do, and at the end all that is
// under way arrives before the books are closed. Bounded in time whatever the server does.
import { PartylineError } from "../js/src/index.ts";
import type { Script } from "./bot.ts";
import { count, type Figures, figures, note } from "./figures.ts";
import { Ledger } from "./ledger.ts";
import type { Options } from "./options.ts";
import { Player } from "./player.ts";
import { type Random, randomOf } from "./random.ts";
import { thiefOf } from "./thief.ts";

/** A room that this process fills: which of all it is, and how many phones come into it. */
export interface Part {
  readonly room: number;
  readonly players: number;
  /** The index of the first of them. */
  readonly from: number;
}

/** Times in ms. */
const MS = {
  /** A member that has just sat down is not waited for long if it is lost: the server takes it for one that left. */
  settledIn: 6_000,
  sleepLeast: 2_000,
  sleepMost: 40_000,
  between: [3_000, 12_000],
  cutBetween: [2_000, 8_000],
  back: 30_000,
  answers: 10_000,
  leave: 3_000,
  beat: 50,
} as const;
const EXAMPLES_MAX = 8;
const HOST = -1;
const REFUSED_HOSTS_MAX = 3;
/** Numbers that are kept of what was heard: some 100 bytes each. */
const NUMBERS_MAX = 8_000_000;

/**
 * Plays these rooms, and answers what was seen.
 * @param share of all bots that come a second, how many are this process's
 * @param stop ends the run before its time, as if it were over: everybody is waited for, and the books are closed
 */
export async function play(
  options: Options,
  parts: readonly Part[],
  script: Script,
  share = 1,
  stop: AbortSignal = new AbortController().signal,
): Promise<Figures> {
  const seen = figures();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const stopLag = watchLag(seen);
  const rooms = parts.map((part) => new Table(options, part, script, seen));
  const everyMs = 1000 / (options.ramp * share);
  let dueAt = performance.now();
  const games: Promise<void>[] = [];
  let refusedHosts = 0;
  for (const room of rooms) {
    // A server that has opened no room three times over opens the others neither, and each try would take its while.
    if (refusedHosts >= REFUSED_HOSTS_MAX) {
      count(seen.refused, "not tried", room.part.players + 1);
      continue;
    }
    for (let at = options.room === null ? HOST : 0; at < room.part.players && !stop.aborted; at++) {
      await Bun.sleep(Math.max(0, dueAt - performance.now()));
      dueAt = Math.max(dueAt + everyMs, performance.now() - 1000);
      const entering = room.enter(at);
      games.push(entering);
      if (at !== HOST) continue;
      // Phones need the code.
      await entering;
      refusedHosts = room.isOpen ? 0 : refusedHosts + 1;
      if (!room.isOpen) count(seen.refused, "no room", room.part.players);
      if (!room.isOpen) break;
    }
  }
  await Promise.all(games);
  const isFull = await playFor(options.seconds * 1000, rooms, stop);
  if (isFull) seen.examples.push(`the books are full after ${NUMBERS_MAX} numbers: the run has ended here`);
  for (const room of rooms) room.hush();
  await Promise.all(rooms.map((room) => room.settle()));
  for (const room of rooms) room.close();
  stopLag();
  const { user, system } = process.cpuUsage(cpu);
  seen.cpu.push((user + system) / 1000 / (performance.now() - startedAt));
  await Promise.all(rooms.map((room) => Promise.race([room.leave(), Bun.sleep(MS.leave)])));
  return seen;
}

/** Until the time is over, nobody is left to play, or the books are full; whether they are. */
async function playFor(ms: number, rooms: readonly Table[], stop: AbortSignal): Promise<boolean> {
  const endAt = performance.now() + ms;
  while (performance.now() < endAt && !stop.aborted && rooms.some(({ isPlaying }) => isPlaying)) {
    await Bun.sleep(Math.min(MS.beat * 4, endAt - performance.now()));
    if (rooms.reduce((sum, { numbers }) => sum + numbers, 0) > NUMBERS_MAX) return true;
  }
  return false;
}

function watchLag(seen: Figures): () => void {
  let dueAt = performance.now() + MS.beat;
  const timer = setInterval(() => {
    const now = performance.now();
    note(seen.lagMs, Math.max(0, now - dueAt));
    dueAt = now + MS.beat;
  }, MS.beat);
  return () => clearInterval(timer);
}

/** One room, its host where it is ours, and its phones. */
class Table {
  readonly players: Player[] = [];
  readonly #ledger: Ledger;
  readonly #rng: Random;
  #code = "";

  constructor(
    private readonly options: Options,
    readonly part: Part,
    private readonly script: Script,
    private readonly seen: Figures,
  ) {
    this.#rng = randomOf(options.seed, 100_003 * (part.room + 1));
    this.#ledger = new Ledger(options.room ?? `room ${part.room + 1}`);
    this.#code = options.room ?? "";
  }

  get isOpen(): boolean {
    return this.#code !== "";
  }

  /** How many numbers its books hold. */
  get numbers(): number {
    return this.#ledger.faults.heard;
  }

  get isPlaying(): boolean {
    return this.players.some(({ isOver }) => !isOver);
  }

  /** One more comes in: resolves when it is in, or is not let in. */
  async enter(at: number): Promise<void> {
    const { options, part, script, seen } = this;
    const isHost = at === HOST;
    const index = isHost ? HOST : part.from + at;
    const player = await Player.make({
      ...{ url: options.url, latency: options.latency, figures: seen, index },
      name: isHost ? "TV" : `Bot ${part.room + 1}.${index + 1}`,
      rng: randomOf(options.seed, 1009 * part.room + index + 7),
    });
    // The last phone of the first room is the one that something is taken from.
    if (options.lose > 0 && part.room === 0 && index === options.players - 1) this.#robs(player);
    this.players.push(player);
    seen.bots++;
    try {
      if (isHost) this.#code = (await player.create(options.players + 1, script.options ?? {}, this.#ledger)).code;
      else await player.join(this.#code, this.#ledger);
    } catch (error) {
      count(seen.refused, error instanceof PartylineError ? error.code : String(error));
      return;
    }
    if (isHost) seen.rooms++;
    seen.joined++;
    void player.play(isHost ? script.host : script.player);
    if (isHost) return;
    const nth = part.room * options.players + index;
    if (isOneOf(nth, options, "sleep")) {
      seen.sleepers++;
      void this.#doze(player);
    }
    if (isOneOf(nth, options, "drop")) {
      seen.droppers++;
      void this.#lose(player);
    }
  }

  hush(): void {
    for (const player of this.players) player.hush();
  }

  /** Waits until everybody is back, everything is answered, and all that was told has been heard: so long as that may take. */
  async settle(): Promise<void> {
    const playing = this.players.filter(({ isOver }) => !isOver);
    await until(MS.back, () => playing.every(({ isHere, isOver }) => isHere || isOver));
    await until(MS.answers, () => this.#ledger.open === 0);
    const fenced = await Promise.all(playing.map(async (player) => [player, await player.fenced()] as const));
    for (const [player, isFenced] of fenced) {
      if (isFenced || player.isOver) continue;
      this.seen.notBack++;
      this.#ledger.over(player.room?.me.id ?? "");
    }
  }

  close(): void {
    const { seen } = this;
    for (const [name, value] of Object.entries(this.#ledger.close())) seen[name as "lost"] += value;
    seen.examples.push(...this.#ledger.examples);
    seen.examples.splice(EXAMPLES_MAX);
    for (const { room } of this.players) {
      seen.casts.sent += room?.casts.sent ?? 0;
      seen.casts.dropped += room?.casts.dropped ?? 0;
    }
  }

  async leave(): Promise<void> {
    const [first, ...others] = this.players;
    const hasHost = this.options.room === null;
    await Promise.all(others.map((player) => player.leave(false)));
    await first?.leave(hasHost);
  }

  async #doze(player: Player): Promise<void> {
    const { signal, wait, sleep } = player.bot;
    const mostMs = Math.min(MS.sleepMost, Math.max(MS.sleepLeast, (this.options.seconds * 1000) / 2));
    await wait(Math.min(MS.settledIn, (this.options.seconds * 1000) / 4));
    while (!signal.aborted) {
      await wait(this.#rng.between(MS.between[0], MS.between[1]) * (mostMs / MS.sleepMost));
      await sleep(this.#rng.between(MS.sleepLeast, mostMs));
    }
  }

  async #lose(player: Player): Promise<void> {
    const { signal, wait } = player.bot;
    await wait(Math.min(MS.settledIn, (this.options.seconds * 1000) / 4));
    while (!signal.aborted) {
      await wait(this.#rng.between(MS.cutBetween[0], MS.cutBetween[1]));
      if (!signal.aborted) player.cut(this.#rng.chance(0.5) ? "reset" : "end");
    }
  }

  /** Takes messages from it, but the first: it would be one that it had not been told of. */
  #robs(player: Player): void {
    let seenOnes = 0;
    player.valve.filter = () =>
      thiefOf(() => {
        if (++seenOnes < 2 || this.seen.taken >= this.options.lose) return false;
        this.seen.taken++;
        return true;
      });
  }
}

async function until(ms: number, holds: () => boolean): Promise<void> {
  const endAt = performance.now() + ms;
  while (!holds() && performance.now() < endAt) await Bun.sleep(MS.beat / 2);
}

/** Whether the nth of all phones is one of those that sleep, or are dropped: so many as was asked for, one at the least, spread over the rooms. */
export function isOneOf(nth: number, { players, rooms, seed, ...shares }: Options, what: "sleep" | "drop"): boolean {
  const all = players * rooms;
  const some = shares[what] === 0 ? 0 : Math.max(1, Math.round(all * shares[what]));
  // Where they begin is drawn, so that who sleeps is not who is dropped.
  const from = randomOf(seed, what === "sleep" ? 1 : 2).below(all);
  const place = (nth + from) % all;
  return Math.floor(((place + 1) * some) / all) > Math.floor((place * some) / all);
}
