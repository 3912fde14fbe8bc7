// Makes this process a node: dials the engine, begins a life there, and joins the doors to the other nodes. The only place where the parts of a
// cluster meet; loaded only where ENGINE_URL is set.
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Elsewhere } from "../doors/elsewhere.ts";
import type { Doors, RoomKeeper } from "../doors/parts.ts";
import type { Log } from "../log.ts";
import { addressHasher, differences, estateKey } from "./alike.ts";
import { EngineDirectory } from "./directory.ts";
import { RedisEngine } from "./engine.ts";
import { Estate } from "./estate.ts";
import { FreezableClock } from "./freezableClock.ts";
import { Life } from "./life.ts";
import { channelOf, Links } from "./links.ts";
import { LUA } from "./lua.ts";
import { Memories } from "./memories.ts";
import { Nodes } from "./nodes.ts";
import { FollowedRooms } from "./ownRooms.ts";
import { VERSION } from "./packet.ts";
import { type Carrier, type Directory, EngineAway } from "./ports.ts";
import { Scripts } from "./scripts.ts";

/** How long a start waits for the engine: it may be starting too. */
const ENGINE_MS_MAX = 10_000;
/** Until what an earlier process has left is asked for again. */
const TAKE_UP_AGAIN_MS = 500;
/** Bytes at random in the name of a process, and of a life. */
const WORD_BYTES = 9;

/** Why this process cannot be a node, in one line for the operator. */
export class ClusterError extends Error {}

/** What the life of a node is kept in, for a restart on the same folder. */
export interface LastLife {
  /** "": there was none. */
  read(): string;
  write(life: string): void;
}

export interface ClusterOptions {
  readonly config: Pick<
    Config,
    "engineUrl" | "cluster" | "instance" | "leaseSeconds" | "roomCodeLength" | "relayDialect" | "limits"
  >;
  readonly secret: Uint8Array;
  readonly log: Log;
  /** The clock of the process, which never stands. */
  readonly clock: Clock;
  readonly lastLife: LastLife;
  /** Another process has the name of this one: it has nothing more to do. */
  readonly onTaken: () => void;
}

export class Cluster implements RoomKeeper {
  /** What doors and rooms go by: it stands while the node is frozen. */
  readonly doorClock: FreezableClock;
  readonly #engine: RedisEngine;
  readonly #scripts: Scripts;
  readonly #directory: EngineDirectory;
  readonly #life: Life;
  readonly #boot = word();
  #links: Links | null = null;
  #estate: Estate | null = null;
  #doors: Doors | null = null;
  #isDraining = false;
  /** Whether the rooms of an earlier process are here: until then nobody can be told that there is no such room. */
  #hasTakenUp = false;
  readonly #firstUp = Promise.withResolvers<void>();

  private constructor(private readonly options: ClusterOptions) {
    const { config, secret, clock } = options;
    const { cluster, instance: node, limits } = config;
    const leaseMs = config.leaseSeconds * 1000;
    this.doorClock = new FreezableClock(clock);
    this.#engine = new RedisEngine({
      ...{ url: config.engineUrl, echoChannel: `${channelOf(cluster, node)}:${this.#boot}`, clock },
      scripts: Object.values(LUA),
      events: {
        up: () => this.#up(),
        down: (reason) => options.log.warn({ reason }, "engine away"),
        heard: (channel, text) => {
          if (channel === channelOf(cluster, node)) this.#links?.received(text);
        },
        fault: (error) => this.#fault(error),
      },
    });
    this.#scripts = new Scripts(this.#engine, { cluster, node, boot: this.#boot, leaseMs });
    this.#directory = new EngineDirectory({
      ...{ engine: this.#engine, scripts: this.#scripts, hash: addressHasher(secret) },
      ...{ roomsMax: limits.roomsMax, roomsPerAddressMax: limits.roomsPerAddressMax },
      onFault: (error) => this.#fault(error),
    });
    this.#life = new Life({
      ...{ scripts: this.#scripts, engine: this.#engine, clock, leaseMs, newLife: word },
      // Before the doors are joined there are no rooms to call over.
      rollCall: { call: async () => this.#estate?.call() ?? "agreed" },
      events: {
        began: (life) => options.lastLife.write(life),
        frozen: () => this.#frozen(),
        thawed: () => this.#thawed(),
        lost: () => this.#lost(),
        taken: () => this.#taken(),
        dead: (dead) => this.#dead(dead),
        fault: (error) => this.#fault(error),
      },
    });
  }

  /** Dials the engine, and begins a life there. @throws {ClusterError} */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    try {
      await cluster.#begin();
      return cluster;
    } catch (error) {
      cluster.#engine.close();
      if (error instanceof EngineAway) throw new ClusterError("the Redis at ENGINE_URL does not answer");
      throw error;
    }
  }

  /** Joins the doors to the other nodes; the rooms of an earlier process of this name come up once it has been asked for them. */
  join(doors: Doors): Elsewhere {
    const { config, secret, log, clock } = this.options;
    const { cluster, instance: node } = config;
    this.#doors = doors;
    const carried = {
      heard: (...heard: Parameters<Nodes["heard"]>) => nodes.heard(...heard),
      filled: (...filled: Parameters<Nodes["filled"]>) => nodes.filled(...filled),
      broken: (...broken: Parameters<Nodes["broken"]>) => {
        log.warn({ node: broken[0], why: broken[1] }, "a link broke");
        nodes.broken(...broken);
      },
    };
    const onFault = (error: unknown) => this.#fault(error);
    const links = new Links({ ...{ node, boot: this.#boot, cluster, engine: this.#engine, clock }, carried, onFault });
    const others = () => this.#life.seen.filter(({ node: name, boot }) => name !== node && boot !== null);
    const carrier: Carrier = {
      say: (to, frame) => links.say(to, frame),
      isFull: (to) => links.isFull(to),
      nodes: () =>
        others().map(({ node: name, boot }) => {
          if (boot !== null) links.know(name, boot);
          return name;
        }),
    };
    const directory: Directory = {
      claim: (code, address) => this.#directory.claim(code, address),
      release: (code) => this.#directory.release(code),
      find: async (code) => {
        const owner = await this.#directory.find(code);
        if (owner?.isAlive === true) links.know(owner.node, owner.boot);
        return owner;
      },
    };
    const isFrozen = () => !this.#hasTakenUp || this.#life.isFrozen;
    const nodes = new Nodes({ ...doors, node, carrier, directory, isFrozen });
    this.#links = links;
    this.#frozen();
    const wires = doors.dialects.byName;
    this.#estate = new Estate({
      ...{ engine: this.#engine, scripts: this.#scripts, clock, life: this.#life, directory: this.#directory },
      rooms: new FollowedRooms({
        ...{ rooms: doors.rooms, roomsMax: config.limits.roomsMax, isDraining: () => this.#isDraining },
        isWire: (name) => wires.has(name),
      }),
      memories: new Memories(estateKey(secret), () => clock.wall()),
      hash: addressHasher(secret),
      events: {
        letGo: (codes) => this.#letGo(codes),
        adopted: (from, rooms, flaws) => log.info({ from, rooms, flaws }, "rooms taken up"),
        fault: onFault,
      },
    });
    this.#life.start();
    this.#takeUp();
    return nodes;
  }

  leaving(): void {
    this.#isDraining = true;
    // Whoever waits for the engine here would wait for nothing.
    if (this.#life.isFrozen) this.#closeLines();
    this.doorClock.thaw();
  }

  async finish(): Promise<boolean> {
    const { log } = this.options;
    try {
      const kept = await this.#estate?.keepWhole();
      // From here on the others may take them up, and need not wait for the lease.
      await this.#life.resign();
      return kept !== "fenced";
    } catch (error) {
      log.error({ err: error }, "rooms are not kept");
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#life.stop();
    this.#estate?.stop();
    this.#links?.stop();
    this.#engine.close();
  }

  /** Takes up what an earlier process of this name has left; asked again until the engine has answered. */
  #takeUp(): void {
    const estate = this.#estate;
    estate?.takeUp().then(
      () => {
        this.#hasTakenUp = true;
        estate.start();
        if (!this.#life.isFrozen) this.#thawed();
      },
      (error) => {
        this.#fault(error);
        this.options.clock.after(TAKE_UP_AGAIN_MS, () => this.#takeUp());
      },
    );
  }

  #up(): void {
    this.#firstUp.resolve();
    if (this.#links === null) return;
    this.options.log.info("engine there");
    this.#links.engineBack();
    this.#life.ask();
    this.#directory.flush();
  }

  #frozen(): void {
    this.doorClock.freeze();
    this.#links?.hold();
    if (this.#hasTakenUp) this.options.log.warn({ leaseAgeMs: this.#life.leaseAgeMs }, "frozen");
  }

  #thawed(): void {
    if (!this.#hasTakenUp) return;
    this.doorClock.thaw();
    this.#links?.release();
    this.#directory.flush();
    this.options.log.info("serving");
  }

  /** Nobody waits for ever: the members may find their room elsewhere [N8]. */
  #lost(): void {
    this.options.log.warn("frozen for too long: the lines of its rooms are closed");
    this.#closeLines();
  }

  #closeLines(): void {
    for (const room of this.#doors?.rooms ?? []) {
      for (const line of Array.from(room.seats, (seat) => seat.line)) line?.close("goingAway");
    }
  }

  #taken(): void {
    this.options.log.fatal("another process has the name of this node");
    this.options.onTaken();
  }

  #dead(node: string): void {
    this.options.log.warn({ node }, "node dead");
    this.#links?.died(node);
    this.#estate?.adopt();
  }

  #letGo(codes: readonly string[]): void {
    const rooms = this.#doors?.rooms;
    for (const code of codes) {
      const room = rooms?.at(code) ?? null;
      if (room?.code === code) rooms?.letGo(room);
    }
    this.options.log.warn({ rooms: codes.length }, "rooms are another node's, and let go of");
  }

  #fault(error: unknown): void {
    if (!(error instanceof EngineAway)) this.options.log.error({ err: error }, "a fault among nodes");
  }

  async #begin(): Promise<void> {
    const { config, secret, lastLife, clock } = this.options;
    this.#engine.subscribe([channelOf(config.cluster, config.instance)]);
    this.#engine.start();
    const giveUp = clock.after(ENGINE_MS_MAX, () => this.#firstUp.reject(new EngineAway("it does not answer")));
    await this.#firstUp.promise.finally(giveUp);
    const { roomCodeLength: codeLength, relayDialect: rootDialect } = config;
    const differing = await differences(this.#scripts, { version: VERSION, codeLength, rootDialect, secret });
    if (differing.length > 0) throw new ClusterError(`it is not like the other nodes: ${differing.join("; ")}`);
    if ((await this.#life.begin(lastLife.read())) === "taken") {
      throw new ClusterError(`a node ${config.instance} lives already: each needs an INSTANCE of its own`);
    }
  }
}

function word(): string {
  return randomBytes(WORD_BYTES).toString("base64url");
}
