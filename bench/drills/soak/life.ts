// What happens in a house full of games, besides talk: members leave and others come, lines are lost in tunnels, sessions are held
// with games and votes, some phones stop reading for a while, and one loud room tells more than its sleepy guests can hold.

import type { ServerProcess } from "../../serverProcess.ts";
import type { Crowd } from "../crowd.ts";
import { Member } from "../member.ts";
import type { Scene } from "../scene.ts";

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
const SESSION_SECONDS = 60;
const VOTE_SECONDS = 3;

export class Life {
  #timer: ReturnType<typeof setInterval> | undefined;
  #guests = 0;
  #second = 0;

  private constructor(
    private readonly enter: (room: string, clientId: string) => Member,
    private readonly plain: Crowd,
    private readonly sleepy: Crowd,
    private readonly loud: Crowd,
  ) {}

  static async begin(scene: Scene, server: ServerProcess, rooms: number): Promise<Life> {
    const gather = (plan: { rooms: number; size: number; name?: string }) =>
      scene.gather(server, { opening: { away: 60, history: 32 }, ...plan });
    const enter = (room: string, clientId: string) => new Member(server.url, room, clientId, scene.accountant);
    const sleepy = await gather({ rooms: Math.min(SLEEPY_ROOMS, rooms), size: 2, name: "sleepy" });
    const loud = await gather({ rooms: 1, size: 3, name: "loud" });
    for (const guest of [...sleepy.guests, ...loud.guests]) guest.isMute = true;
    const life = new Life(enter, await gather({ rooms, size: SIZE }), sleepy, loud);
    life.plain.talk(TALK_PER_SECOND);
    sleepy.talk(TALK_PER_SECOND);
    loud.talk(LOUD_PER_SECOND, "x".repeat(LOUD_CHARS));
    life.#timer = setInterval(() => life.#tick(), 1000);
    return life;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    const crowds = [this.plain, this.sleepy, this.loud];
    for (const crowd of crowds) {
      for (const member of crowd.members) member.wake();
      crowd.hush();
    }
    for (const crowd of crowds) await crowd.settle(TUNNEL_MS_MAX + 15_000);
  }

  #tick(): void {
    this.#second++;
    for (let i = 0; i < LEAVE; i++) this.#replaceOne();
    for (let i = 0; i < TUNNELS; i++) pick(pick(this.plain.rooms))?.drop(Math.random() * TUNNEL_MS_MAX);
    doze(pick(this.sleepy.guests), Math.random() * SLEEP_MS_MAX);
    if (this.#second % LOUD_LULL_SECONDS === 0) for (const guest of this.loud.guests) doze(guest, LOUD_LULL_MS);
    for (const members of this.plain.rooms.slice(0, SESSION_ROOMS)) this.#playSession(members);
  }

  #replaceOne(): void {
    const members = pick(this.plain.rooms) ?? [];
    const at = 1 + Math.floor(Math.random() * (SIZE - 1));
    const leaver = members[at];
    const room = members[0]?.place.room;
    // Who is away holds its seat, and the room would be full.
    if (leaver?.state !== "here" || room === undefined) return;
    leaver.leave();
    const guest = this.enter(room, `guest${++this.#guests}`);
    members[at] = guest;
    guest.connect();
  }

  /** A session of a minute: two games, votes, an end. What the host says while it is away is lost, as its server says no. */
  #playSession([host, ...guests]: readonly Member[]): void {
    const second = this.#second % SESSION_SECONDS;
    if (second === 1) host?.say({ type: "session.start", notes: "soak" });
    if (second === 2 || second === 30)
      host?.say({ type: "game.add", title: `Quiz ${this.#second}`, max_players: SIZE });
    if (second === 4 || second === 32) host?.say({ type: "game.start" });
    if (second > 4 && second % VOTE_SECONDS === 0)
      pick(guests)?.say({ type: "vote", vote: second % 2 ? "up" : "down" });
    if (second === 0) host?.say({ type: "session.end" });
  }
}

function doze(member: Member | undefined, ms: number): void {
  member?.sleep();
  setTimeout(() => member?.wake(), ms);
}

function pick<T>(list: readonly T[] | undefined): T | undefined {
  return list?.[Math.floor(Math.random() * list.length)];
}
