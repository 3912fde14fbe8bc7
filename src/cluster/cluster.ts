// Makes this process a node: its membership in the engine, its links to the other nodes, and what they mean for its doors and rooms. The only place
// where the parts of a cluster meet; loaded only where ENGINE_URL is set.
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Elsewhere } from "../doors/elsewhere.ts";
import type { Doors, RoomKeeper } from "../doors/parts.ts";
import type { Log } from "../log.ts";
import type { Figure } from "../metrics.ts";
import { empty } from "./emptying.ts";
import { type NodeCounts, nodeFigures } from "./figures.ts";
import { FreezableClock } from "./freezableClock.ts";
import { carrierOf, introducing, sessionsPlace } from "./introductions.ts";
import { channelOf, Links } from "./links.ts";
import { Membership, type MembershipEvents } from "./membership.ts";
import { Nodes } from "./nodes.ts";
import { FollowedRooms, lateRooms, type OwnRooms } from "./ownRooms.ts";
import { VERSION } from "./packet.ts";
import { EngineAway } from "./ports.ts";

/** Until what an earlier process has left is asked for again. */
const TAKE_UP_AGAIN_MS = 500;
/** How long a line waits that comes when the engine has been away for a minute. */
const LOST_AGAIN_MS = 5_000;
/** Longer than rooms are given away, and the last of them is on its way. */
const EMPTYING_MS_MAX = 15_000;

export interface ClusterOptions {
  readonly config: Pick<
    Config,
    | "engineUrl"
    | "cluster"
    | "instance"
    | "leaseSeconds"
    | "roomCodeLength"
    | "relayDialect"
    | "limits"
    | "sessions"
    | "adminKey"
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
  #areSessionsBack = false;
  readonly #sessionsBack = Promise.withResolvers<void>();
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
      adminKey: config.adminKey,
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
    const { log, config } = options;
    const wants = config.sessions === "here";
    if (wants && sessions?.node !== config.instance)
      log.warn({ node: sessions?.node }, "another node keeps the sessions: set SESSIONS=elsewhere here");
    if (!wants && sessions === null) log.warn("no node keeps the sessions: one of them needs SESSIONS=here");
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
        // Who is dead, or has gone, is told already.
        if (broken[1] !== "dead") log.warn({ node: broken[0], why: broken[1] }, "link broken");
        nodes.broken(...broken);
      },
    };
    const onFault = (error: unknown) => this.#fault(error);
    const links = new Links({ node, boot, cluster, engine, clock, carried, look: this.#look, onFault });
    const { life } = this.#membership;
    const directory = introducing(this.#membership.directory, links);
    const sessions = () => {
      const place = sessionsPlace(links, life, node);
      return place === "here" && !this.#areSessionsBack ? null : place;
    };
    const own = {
      node,
      isFrozen: this.#isFrozen,
      plainClock: clock,
      sessions,
      handover,
      sessionsBack: this.#sessionsBack.promise,
    };
    const nodes = new Nodes({ ...doors, ...own, carrier: carrierOf(links, life, node), directory });
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

  /** Asked again until the engine has answered. */
  #takeUp(): void {
    this.#membership.takeUp().then(
      () => {
        this.#hasTakenUp = true;
        if (!this.#isFrozen()) this.#thawed();
        void this.#restoreSessions();
      },
      (error) => {
        this.#fault(error);
        this.options.clock.after(TAKE_UP_AGAIN_MS, () => this.#takeUp());
      },
    );
  }

  /** Until its rooms are here, this node keeps no sessions: else they would end for a room that another has taken up meanwhile [N11]. */
  async #restoreSessions(): Promise<void> {
    await this.#nodes?.wanted.get(this.#doors?.roomsNeeded() ?? []);
    this.#doors?.takenUp();
    this.#areSessionsBack = true;
    this.#sessionsBack.resolve();
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
    const { log } = this.options;
    const seen = this.#membership.life.seen.find((one) => one.node === node);
    // One that was stopped has given its rooms away, and that is as it should be.
    if (seen === undefined || seen.rooms === 0) log.info({ node }, "node gone");
    else log.warn({ node, rooms: seen.rooms }, "node dead");
    // A process that has taken its name up lives, and has nothing of its links.
    const now = seen?.boot ?? null;
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
