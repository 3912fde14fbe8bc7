// Several nodes as processes of their own with a Redis, each with a valve before the engine and rooms whose members are spread over all of them.

import { Valve } from "../../../clients/bots/valve.ts";
import { ServerProcess } from "../../serverProcess.ts";
import { Crowd } from "../crowd.ts";
import type { Member, Opening } from "../member.ts";
import type { Scene } from "../scene.ts";
import { Redis } from "./redis.ts";
import { Witness } from "./witness.ts";

/** Of a node, by its settings' own default. */
export const LEASE_MS = 6_000;
/** A node that holds still does so 2 s before its lease is over. */
export const FREEZE_MS = LEASE_MS - 2_000;

export class Node {
  /** Whether its process is meant to run. */
  isToRun = true;

  constructor(
    readonly name: string,
    public server: ServerProcess,
    /** Between it and the engine. */
    readonly valve: Valve,
  ) {}

  get url(): string {
    return this.server.url;
  }

  /** Ends it in the midst of what it does. */
  async kill(): Promise<void> {
    this.isToRun = false;
    await this.server.kill();
  }

  /** The next process of its name, in its folder and on its port. */
  async restart(): Promise<void> {
    this.server = await this.server.restarted();
    this.isToRun = true;
  }

  /** Stops its process as a debugger or a busy machine does. */
  stop(): void {
    process.kill(this.server.pid, "SIGSTOP");
  }

  goOn(): void {
    process.kill(this.server.pid, "SIGCONT");
  }

  /** The engine is out of its reach: its connections end, or fall silent where `isMute`. */
  cutOff(isMute = false): void {
    this.valve.refuses = true;
    if (isMute) this.valve.kill();
    else this.valve.cut();
  }

  heal(): void {
    this.valve.refuses = false;
  }

  /** Lines of its log that say this. */
  said(what: string): number {
    return this.server.logged.filter(({ text }) => text.includes(what)).length;
  }
}

export interface Spread {
  /** Of each node. */
  readonly rooms: number;
  readonly size: number;
  readonly perRoomASecond: number;
  readonly padding?: string;
  readonly opening?: Partial<Opening>;
}

export class NodesAtWork {
  readonly witness: Witness;
  readonly crowds: Crowd[] = [];

  private constructor(
    readonly scene: Scene,
    readonly redis: Redis,
    readonly nodes: readonly Node[],
  ) {
    this.witness = new Witness((from, n) => scene.accountant.sentAt(from, n));
  }

  static async start(scene: Scene, count = 3, env: Readonly<Record<string, string>> = {}): Promise<NodesAtWork> {
    const redis = await Redis.start();
    const secrets = { JWT_SECRET: word(), ADMIN_KEY: word() };
    const nodes: Node[] = [];
    for (let n = 0; n < count; n++) {
      const valve = await Valve.open(`http://127.0.0.1:${redis.port}`);
      const INSTANCE = `node${n}`;
      const own = { INSTANCE, ENGINE_URL: valve.url.replace("ws:", "redis:"), LIMITS: "off", LOG_LEVEL: "info" };
      const server = await ServerProcess.start({ env: { ...secrets, ...own, ...env } });
      nodes.push(new Node(INSTANCE, server, valve));
    }
    return new NodesAtWork(scene, redis, nodes);
  }

  at(n: number): Node {
    const node = this.nodes[n % this.nodes.length];
    if (node === undefined) throw new Error("there are no nodes");
    return node;
  }

  /** Rooms on each node, their members one after the other on all of them; whoever has lost a node that is not to run takes the next. */
  async gather({ rooms, size, perRoomASecond, opening, padding }: Spread): Promise<void> {
    const { scene, witness } = this;
    for (const [n, node] of this.nodes.entries()) {
      const special = (index: number) => ({
        url: () => this.#running(n + index).url,
        onFrame: witness.watch(),
      });
      const plan = { rooms, size, name: `${node.name}-r`, special, ...(opening && { opening }) };
      this.crowds.push(await Crowd.gather(node.url, plan, scene.accountant));
    }
    scene.rooms.before = this.crowds.reduce((sum, crowd) => sum + crowd.rooms.length, 0);
    for (const crowd of this.crowds) crowd.talk(perRoomASecond, padding);
  }

  get members() {
    return this.crowds.flatMap(({ members }) => members);
  }

  /** The rooms that were opened on a node, by their members. */
  roomsOf(n: number): Member[][] {
    return this.crowds[n]?.rooms ?? [];
  }

  async allBack(patienceMs: number): Promise<boolean> {
    return (await Promise.all(this.crowds.map((crowd) => crowd.allBack(patienceMs)))).every(Boolean);
  }

  /** Closes the books, and looks whether each process is whole. */
  async settle(): Promise<void> {
    const { scene, witness } = this;
    for (const crowd of this.crowds) crowd.hush();
    scene.rooms.after = this.crowds.reduce((sum, crowd) => sum + crowd.alive, 0);
    await Promise.all(this.crowds.map((crowd) => crowd.settle(15_000)));
    for (const { name, server, isToRun } of this.nodes) {
      scene.expect(server.isRunning || !isToRun, `${name} has ended by itself`);
      const bad = server.logged.filter(({ level }) => level === "error" || level === "fatal");
      scene.expect(bad.length === 0, `${name} logged ${bad.length} errors: ${bad[0]?.text}`);
    }
    const both = witness.spokenForTwice();
    scene.expect(both.length === 0, `${both.length} rooms that two nodes spoke for: ${both.slice(0, 3).join("; ")}`);
  }

  /** A node that is meant to run: that one, or the next. */
  #running(n: number): Node {
    for (let step = 0; step < this.nodes.length; step++) {
      const node = this.at(n + step);
      if (node.isToRun) return node;
    }
    return this.at(n);
  }
}

function word(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
