// What happens in a house full of games, besides talk: members leave and others come, lines are lost in tunnels, nights are held
// with games and votes, some phones stop reading for a while, and one loud room tells more than its sleepy guests can hold.

import type { Accountant } from "../chaos/accountant.ts";
import { Crowd, type CrowdPlan } from "../chaos/crowd.ts";
import { SleepyLine } from "../chaos/line.ts";
import { Member } from "../chaos/member.ts";

export const SIZE = 8;
const TALK_PER_SECOND = 2;
const SESSION_ROOMS = 20;
const SLEEPY_ROOMS = 20;
const LOUD_PER_SECOND = 20;
const LOUD_CHARS = 32 * 1024;
/** Each second. */
const LEAVE = 3;
const TUNNELS = 5;
const TUNNEL_MS_MAX = 25_000;
const SLEEP_MS_MAX = 20_000;
/** So often the guests of the loud room stop reading, and so long: more than the kernel and MAX_UNSENT_BYTES take for them. */
const LOUD_LULL_SECONDS = 45;
const LOUD_LULL_MS = 15_000;
const NIGHT_SECONDS = 60;
const VOTE_SECONDS = 3;

export class Life {
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #guests = 0;
  #second = 0;

  private constructor(
    private readonly url: string,
    private readonly accountant: Accountant,
    private readonly crowds: { readonly plain: Crowd; readonly sleepy: Crowd; readonly loud: Crowd },
    private readonly lines: { readonly sleepy: Set<SleepyLine>; readonly loud: Set<SleepyLine> },
  ) {}

  static async begin(url: string, rooms: number, accountant: Accountant): Promise<Life> {
    const lines = { sleepy: new Set<SleepyLine>(), loud: new Set<SleepyLine>() };
    const into = (set: Set<SleepyLine>) => (index: number) =>
      index === 0 ? {} : { openLine: SleepyLine.opener((line) => set.add(line)) };
    const gather = (plan: Pick<CrowdPlan, "rooms" | "size" | "name" | "special" | "opening">) =>
      Crowd.gather({ url, ...plan }, accountant);
    const opening = { away: 60, history: 32 };
    const sleepy = await gather({
      ...{ rooms: Math.min(SLEEPY_ROOMS, rooms), size: 2, name: "sleepy" },
      ...{ special: into(lines.sleepy), opening },
    });
    const loud = await gather({ rooms: 1, size: 3, name: "loud", special: into(lines.loud), opening });
    const plain = await gather({ rooms, size: SIZE, opening });
    for (const members of [...sleepy.rooms, ...loud.rooms]) {
      for (const member of members.slice(1)) member.isMute = true;
    }
    const life = new Life(url, accountant, { plain, sleepy, loud }, lines);
    life.#start();
    return life;
  }

  /** Everybody falls silent, and the books are closed. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const line of [...this.lines.sleepy, ...this.lines.loud]) line.wake();
    const { plain, sleepy, loud } = this.crowds;
    for (const crowd of [plain, sleepy, loud]) crowd.hush();
    for (const crowd of [plain, sleepy, loud]) await crowd.settle(TUNNEL_MS_MAX + 15_000);
  }

  #start(): void {
    const { plain, sleepy, loud } = this.crowds;
    plain.talk(TALK_PER_SECOND);
    sleepy.talk(TALK_PER_SECOND);
    loud.talk(LOUD_PER_SECOND, "x".repeat(LOUD_CHARS));
    this.#timers.push(setInterval(() => this.#tick(), 1000));
  }

  #tick(): void {
    this.#second++;
    for (let i = 0; i < LEAVE; i++) this.#replaceOne();
    for (let i = 0; i < TUNNELS; i++) pick(pick(this.crowds.plain.rooms))?.drop(Math.random() * TUNNEL_MS_MAX);
    this.#lull();
    for (const members of this.crowds.plain.rooms.slice(0, SESSION_ROOMS)) this.#night(members);
  }

  /** A guest leaves for good, and somebody new takes the seat. */
  #replaceOne(): void {
    const members = pick(this.crowds.plain.rooms) ?? [];
    const at = 1 + Math.floor(Math.random() * (SIZE - 1));
    const leaver = members[at];
    const room = members[0]?.place.room;
    // Who is away holds its seat, and the room would be full.
    if (leaver?.state !== "here" || room === undefined) return;
    leaver.leave();
    const place = { room, clientId: `guest${++this.#guests}`, secret: crypto.randomUUID() };
    const guest = new Member(this.url, place, this.accountant, null);
    members[at] = guest;
    guest.connect();
  }

  /** One of the sleepy lines falls asleep for a while; those in the loud room all at once, now and then. */
  #lull(): void {
    for (const set of [this.lines.sleepy, this.lines.loud]) {
      for (const line of set) if (line.isOver) set.delete(line);
    }
    doze(pick([...this.lines.sleepy]), Math.random() * SLEEP_MS_MAX);
    if (this.#second % LOUD_LULL_SECONDS !== 0) return;
    for (const line of this.lines.loud) doze(line, LOUD_LULL_MS);
  }

  /** A night of a minute: two games, votes, an end. What the host says while it is away is lost, as its server says no. */
  #night([host, ...guests]: readonly Member[]): void {
    const second = this.#second % NIGHT_SECONDS;
    if (second === 1) host?.say({ type: "session.start", notes: "soak" });
    if (second === 2 || second === 30)
      host?.say({ type: "game.add", title: `Quiz ${this.#second}`, max_players: SIZE });
    if (second === 4 || second === 32) host?.say({ type: "game.start" });
    if (second > 4 && second % VOTE_SECONDS === 0)
      pick(guests)?.say({ type: "vote", vote: second % 2 ? "up" : "down" });
    if (second === 0) host?.say({ type: "session.end" });
  }
}

function doze(line: SleepyLine | undefined, ms: number): void {
  line?.sleep();
  setTimeout(() => line?.wake(), ms);
}

function pick<T>(list: readonly T[] | undefined): T | undefined {
  return list?.[Math.floor(Math.random() * list.length)];
}
