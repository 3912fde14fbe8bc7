// Makes this process a node: its membership in the engine, its links to the other nodes, and what they mean for its doors and rooms. The only place
// where the parts of a cluster meet; loaded only where ENGINE_URL is set.
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Elsewhere, SessionsPlace } from "../doors/elsewhere.ts";
import type { Doors, RoomKeeper } from "../doors/parts.ts";
import type { Log } from "../log.ts";
import type { Figure } from "../metrics.ts";
import { empty } from "./emptying.ts";
import { type NodeCounts, nodeFigures } from "./figures.ts";
import { FreezableClock } from "./freezableClock.ts";
import { channelOf, Links } from "./links.ts";
import { Membership, type MembershipEvents } from "./membership.ts";
import { Nodes } from "./nodes.ts";
import { FollowedRooms, lateRooms, type OwnRooms } from "./ownRooms.ts";
import { VERSION } from "./packet.ts";
import { type Carrier, type Directory, EngineAway } from "./ports.ts";

/** Until what an earlier process has left is asked for again. */
const TAKE_UP_AGAIN_MS = 500;
/** How long a line waits that comes when the engine has been away for a minute. */
const LOST_AGAIN_MS = 5_000;
/** Longer than rooms are given away, and the last of them is on its way. */
const EMPTYING_MS_MAX = 15_000;

export interface ClusterOptions {
  readonly config: Pick<
    Config,
    "engineUrl" | "cluster" | "instance" | "leaseSeconds" | "roomCodeLength" | "relayDialect" | "limits" | "sessions"
  >;
  /** The folder of this process, on which no other has its hands. */
  readonly dataDir: string;
  readonly secret: Uint8Array;
  readonly log: Log;
  /** The clock of the process, which never stands. */
  readonly clock: Clock;
  /** Another process has the name of this one: it has nothing more to do. */
  readonly onTaken: () => void;
}

export class Cluster implements RoomKeeper {
  /** What doors and rooms go by: it stands while the node is frozen. */
  readonly doorClock: FreezableClock;
  readonly #membership: Membership;
  readonly #channel: string;
  readonly #isFrozen = () => !this.#hasTakenUp || this.#membership.life.isFrozen;
  /** Freezes where it is time: nobody else may have looked since the process went on. */
  readonly #look = () => void this.#membership.life.isFrozen;
  readonly #counts: NodeCounts;
  #links: Links | null = null;
  #nodes: Nodes | null = null;
  #doors: Doors | null = null;
  #rooms: OwnRooms | null = null;
  #isDraining = false;
  /** Whether the rooms of an earlier process are here: until then nobody can be told that there is no such room. */
  #hasTakenUp = false;

  private constructor(private readonly options: ClusterOptions) {
    const { config, secret, clock, dataDir } = options;
    const { cluster, instance: node, leaseSeconds, limits } = config;
    this.doorClock = new FreezableClock(clock, this.#look);
    this.#counts = { frozenMs: () => this.doorClock.stoodMs, roomsAdopted: 0, roomsMoved: 0, roomsLetGo: 0 };
    this.#channel = channelOf(cluster, node);
    this.#membership = new Membership({
      ...{ url: config.engineUrl, cluster, node, leaseSeconds, channels: [this.#channel], secret, clock },
      ...{ version: VERSION, codeLength: config.roomCodeLength, rootDialect: config.relayDialect },
      ...{ roomsMax: limits.roomsMax, roomsPerAddressMax: limits.roomsPerAddressMax },
      keepsSessions: config.sessions === "here",
      ...{ lifeFile: join(dataDir, "life"), rooms: lateRooms(() => this.#rooms), events: this.#events() },
    });
  }

  /** Dials the engine, and begins a life there. @throws {StartError} one line for the operator */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    await cluster.#membership.begin();
    const { sessions } = cluster.#membership.life;
    if (options.config.sessions === "here" && sessions?.node !== options.config.instance)
      options.log.warn({ node: sessions?.node }, "another node keeps the sessions: set SESSIONS=elsewhere here");
    return cluster;
  }

  get figures(): readonly Figure[] {
    return nodeFigures({
      ...{ membership: this.#membership, counts: this.#counts },
      ...{ links: () => this.#links, nodes: () => this.#nodes },
    });
  }

  /** Joins the doors to the other nodes. Nobody is served until the rooms of an earlier process of this name have come up. */
  join(doors: Doors): Elsewhere {
    const { log, config, clock } = this.options;
    const { cluster, instance: node } = config;
    const { engine, boot, handover } = this.#membership;
    const carried = {
      heard: (...heard: Parameters<Nodes["heard"]>) => nodes.heard(...heard),
      filled: (...filled: Parameters<Nodes["filled"]>) => nodes.filled(...filled),
      broken: (...broken: Parameters<Nodes["broken"]>) => {
        log.warn({ node: broken[0], why: broken[1] }, "link broken");
        nodes.broken(...broken);
      },
    };
    const onFault = (error: unknown) => this.#fault(error);
    const links = new Links({ node, boot, cluster, engine, clock, carried, look: this.#look, onFault });
    const directory = this.#directory(links);
    const sessions = () => this.#sessions(links);
    const own = { node, isFrozen: this.#isFrozen, plainClock: clock, sessions, handover };
    const nodes = new Nodes({ ...doors, ...own, carrier: this.#carrier(links), directory });
    this.#links = links;
    this.#nodes = nodes;
    this.#doors = doors;
    const { byName } = doors.dialects;
    this.#rooms = new FollowedRooms({
      ...{ rooms: doors.rooms, roomsMax: config.limits.roomsMax },
      ...{ isDraining: () => this.#isDraining, isWire: (name) => byName.has(name) },
    });
    this.#freeze();
    this.#takeUp();
    return nodes;
  }

  async leaving(): Promise<void> {
    this.#isDraining = true;
    if (this.#nodes !== null) this.#nodes.moves.isGoing = true;
    const { clock } = this.options;
    // An engine that goes away meanwhile holds up no stop.
    const giveUp = new Promise<void>((resolve) => clock.after(EMPTYING_MS_MAX, resolve));
    if (!this.#isFrozen()) await Promise.race([this.#empty(), giveUp]);
    // Whoever waits for the engine here would wait for nothing.
    if (this.#isFrozen()) this.#closeLines();
    this.doorClock.thaw();
  }

  async finish(): Promise<boolean> {
    try {
      // Their rooms could not move, and are kept from here on.
      this.#nodes?.owner.closeAll();
      return await this.#membership.leave();
    } catch (error) {
      this.options.log.error({ err: error }, "rooms are not kept");
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#links?.stop();
    this.#membership.close();
  }

  #sessions(links: Links): SessionsPlace {
    const keeper = this.#membership.life.sessions;
    if (keeper === null || keeper.boot === null) return null;
    if (keeper.node === this.options.config.instance) return "here";
    links.know(keeper.node, keeper.boot);
    return keeper;
  }

  #directory(links: Links): Directory {
    const { directory } = this.#membership;
    return {
      claim: (code, address) => directory.claim(code, address),
      release: (code) => directory.release(code),
      async find(code) {
        const owner = await directory.find(code);
        if (owner?.isAlive === true) links.know(owner.node, owner.boot);
        return owner;
      },
    };
  }

  #carrier(links: Links): Carrier {
    const { life } = this.#membership;
    const { instance } = this.options.config;
    return {
      say: (node, frame) => links.say(node, frame),
      isFull: (node) => links.isFull(node),
      isJammed: (node) => links.isJammed(node),
      nodes() {
        const others: string[] = [];
        for (const { node, boot } of life.seen) {
          if (node === instance || boot === null) continue;
          links.know(node, boot);
          others.push(node);
        }
        return others;
      },
    };
  }

  /** Asked again until the engine has answered. */
  #takeUp(): void {
    this.#membership.takeUp().then(
      () => {
        this.#doors?.takenUp();
        this.#hasTakenUp = true;
        if (!this.#isFrozen()) this.#thawed();
      },
      (error) => {
        this.#fault(error);
        this.options.clock.after(TAKE_UP_AGAIN_MS, () => this.#takeUp());
      },
    );
  }

  #events(): MembershipEvents {
    const { log } = this.options;
    return {
      up: () => {
        log.info("engine there");
        this.#links?.engineBack();
      },
      down: (reason) => log.warn({ reason }, "engine away"),
      heard: (channel, text) => {
        if (channel === this.#channel) this.#links?.received(text);
      },
      frozen: () => {
        log.warn({ leaseAgeMs: this.#membership.life.leaseAgeMs }, "frozen");
        if (this.#isDraining) this.#closeLines();
        else this.#freeze();
      },
      thawed: () => this.#thawed(),
      lost: () => {
        log.warn("frozen for too long: all lines are closed");
        this.#closeWhileFrozen();
      },
      taken: () => {
        log.fatal("another process has the name of this node: it stops");
        this.options.onTaken();
      },
      dead: (node, boot) => this.#dead(node, boot),
      letGo: (codes) => this.#letGo(codes),
      adopted: (from, rooms, flaws) => {
        this.#counts.roomsAdopted += rooms;
        log.info({ from, rooms, flaws }, "rooms taken up");
      },
      fault: (error) => this.#fault(error),
    };
  }

  #dead(node: string, boot: string | null): void {
    this.options.log.warn({ node }, "node dead");
    // A process that has taken its name up lives, and has nothing of its links.
    const now = this.#membership.life.seen.find((seen) => seen.node === node)?.boot ?? null;
    if (now !== null && now !== boot) this.#links?.know(node, now);
    else this.#links?.died(node);
  }

  #thawed(): void {
    if (!this.#hasTakenUp) return;
    this.doorClock.thaw();
    this.#links?.release();
    this.options.log.info("serving");
  }

  async #empty(): Promise<void> {
    const { log, config, clock } = this.options;
    if (this.#nodes === null || this.#doors === null) return;
    const { moves } = this.#nodes;
    const { rooms } = this.#doors;
    const { life } = this.#membership;
    // Who has come, or gone, a moment ago.
    await life.ask();
    const others = () => life.seen.filter(({ node, boot }) => node !== config.instance && boot !== null);
    const moved = await empty({ rooms, moves, others, clock });
    this.#counts.roomsMoved += moved;
    log.info({ moved, left: rooms.size }, "rooms moved to other nodes");
  }

  #freeze(): void {
    this.doorClock.freeze();
    this.#links?.hold();
  }

  #closeLines(): void {
    this.#nodes?.owner.closeAll();
    for (const line of [...(this.#doors?.liveness.lines() ?? [])]) line.close("goingAway");
  }

  /** Whoever comes now, and finds nobody who serves him, is sent away in his turn. */
  #closeWhileFrozen(): void {
    if (!this.#isFrozen() || this.#isDraining) return;
    this.#closeLines();
    this.options.clock.after(LOST_AGAIN_MS, () => this.#closeWhileFrozen());
  }

  #letGo(codes: readonly string[]): void {
    for (const code of codes) {
      const room = this.#doors?.rooms.at(code);
      if (room?.code === code) this.#doors?.rooms.letGo(room);
    }
    this.#counts.roomsLetGo += codes.length;
    this.options.log.warn({ rooms: codes.length }, "rooms are another node's, and let go of");
  }

  #fault(error: unknown): void {
    if (!(error instanceof EngineAway)) this.options.log.error({ err: error }, "a fault among nodes");
  }
}
