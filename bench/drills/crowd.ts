// Rooms full of members, and the load they make: so many messages a second in each room, said by its members in turn. Whoever is
// away is passed over; what a member has no ack for it sends again itself.

import type { ServerProcess } from "../serverProcess.ts";
import { inParallel, until } from "../wait.ts";
import type { Accountant } from "./accountant.ts";
import { Member, type MemberOptions, type Opening } from "./member.ts";

export interface CrowdPlan {
  readonly rooms: number;
  /** Members of each, the host included. */
  readonly size: number;
  readonly opening?: Partial<Opening>;
  /** Before the names of rooms: where several crowds meet one accountant. */
  readonly name?: string;
  readonly special?: (index: number) => MemberOptions;
}

const BEAT_MS = 50;
const GATHER_MS = 60_000;

export class Crowd {
  readonly rooms: Member[][] = [];
  #load: ReturnType<typeof setInterval> | undefined;

  private constructor(private readonly accountant: Accountant) {}

  static async gather(url: string, plan: CrowdPlan, accountant: Accountant): Promise<Crowd> {
    const { rooms, size, opening, name = "r", special = () => ({}) } = plan;
    const crowd = new Crowd(accountant);
    const enter = async (i: number, index: number) => {
      const members = crowd.rooms[i] ?? [];
      const room = members[0]?.place.room ?? "";
      const member = new Member(url, room, `${name}${i}-m${index}`, accountant, {
        opening: { maxClients: size, away: 120, history: 512, ...opening },
        ...special(index),
      });
      crowd.rooms[i] = [...members, member];
      member.connect();
      await until(GATHER_MS, () => member.state !== "outside");
      if (member.state !== "here") throw new Error(`${member.clientId} did not get in`);
    };
    await inParallel(rooms, (i) => enter(i, 0));
    await inParallel(rooms * (size - 1), (i) => enter(i % rooms, 1 + Math.floor(i / rooms)));
    return crowd;
  }

  get members(): Member[] {
    return this.rooms.flat();
  }

  get guests(): Member[] {
    return this.rooms.flatMap((members) => members.slice(1));
  }

  get away(): number {
    return this.members.filter(({ state }) => state === "away").length;
  }

  /** Rooms with somebody in them. */
  get alive(): number {
    return this.rooms.filter((members) => members.some(({ state }) => state === "here")).length;
  }

  async knownTo({ http }: ServerProcess): Promise<number> {
    const answers = await Promise.all(this.rooms.map(([host]) => fetch(`${http}/room/${host?.place.room}`)));
    return answers.filter(({ ok }) => ok).length;
  }

  talk(perRoomASecond: number, padding = "", beatMs = BEAT_MS): void {
    const perMs = (this.rooms.length * perRoomASecond) / 1000;
    let told = 0;
    const startedAt = performance.now();
    this.#load = setInterval(() => {
      const due = Math.floor((performance.now() - startedAt) * perMs);
      for (; told < due; told++) {
        const members = this.rooms[told % this.rooms.length] ?? [];
        const turn = Math.floor(told / this.rooms.length);
        const here = members.filter(({ state, isMute }) => state === "here" && !isMute);
        here[turn % here.length]?.speak(padding);
      }
    }, beatMs);
  }

  hush(): void {
    clearInterval(this.#load);
  }

  /** Whether everyone who has not stopped for good is back within that time. */
  async allBack(patienceMs: number): Promise<boolean> {
    await until(patienceMs, () => this.away === 0);
    return this.away === 0;
  }

  /** Lets everything arrive that is under way, then closes the books. */
  async settle(patienceMs = 10_000): Promise<void> {
    this.hush();
    await this.allBack(patienceMs);
    await until(patienceMs, () => this.members.every(({ state, unacked }) => state !== "here" || unacked === 0));
    await Promise.all(this.members.map((member) => member.fenced(patienceMs)));
    this.accountant.close(this.rooms.map((members) => members.map(({ clientId }) => clientId)));
    for (const member of this.members) member.stop();
  }
}
