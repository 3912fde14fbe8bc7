// This node as one of a cluster, on the side of the engine: connections, lease, directory and estate put together, and begun in the one order
// that is safe. What a frozen room does, and what is said to other nodes, it does not know.
import { readFileSync, writeFileSync } from "node:fs";
import { nanoid } from "nanoid";
import type { Clock } from "../clock.ts";
import { type Alike, addressHasher, differences, estateKey } from "./alike.ts";
import { EngineDirectory } from "./directory.ts";
import { type EngineEvents, RedisEngine } from "./engine.ts";
import { Estate, type EstateEvents } from "./estate.ts";
import { EngineHandover } from "./handover.ts";
import { Life, type LifeEvents } from "./life.ts";
import { SCRIPTS } from "./lua.ts";
import { Memories } from "./memories.ts";
import type { OwnRooms } from "./ownRooms.ts";
import { EngineAway } from "./ports.ts";
import { Scripts } from "./scripts.ts";

/** A start that cannot reach the engine by then ends. */
const START_MS = 10_000;
/** What a reason of Bun's client may stand for: it says no more of a server that turned it away. */
const HINTS: Readonly<Record<string, string>> = {
  "Connection closed":
    "; a wrong user or password ends it so, and a certificate that is not trusted (NODE_EXTRA_CA_CERTS names one to trust)",
};
/** 60 bits at random. */
const WORD_CHARS = 10;

/** Why this node cannot be one of them: one line for the operator. */
export class StartError extends Error {}

export interface MembershipEvents extends EngineEvents, Omit<LifeEvents, "began">, EstateEvents {}

export interface MembershipOptions extends Alike {
  readonly url: string;
  readonly cluster: string;
  readonly node: string;
  readonly leaseSeconds: number;
  /** What it hears. */
  readonly channels: readonly string[];
  /** Holds the life of the last process in this folder, on which no other has its hands; null: none is kept. */
  readonly lifeFile: string | null;
  /** Of all nodes [N5]. */
  readonly roomsMax: number;
  readonly roomsPerAddressMax: number;
  /** Whether it keeps the sessions, if no other node does [N11]. */
  readonly keepsSessions: boolean;
  readonly rooms: OwnRooms;
  readonly clock: Clock;
  readonly events: MembershipEvents;
}

export class Membership {
  /** Names this process to its links. */
  readonly boot = nanoid(WORD_CHARS);
  readonly engine: RedisEngine;
  readonly scripts: Scripts;
  readonly life: Life;
  readonly directory: EngineDirectory;
  readonly estate: Estate;
  readonly handover: EngineHandover;
  readonly #firstUp = Promise.withResolvers<void>();
  #reason = "it does not answer";

  constructor(private readonly options: MembershipOptions) {
    const { url, cluster, node, leaseSeconds, channels, secret, rooms, clock, events } = options;
    const echoChannel = `pl:${cluster}:echo:${this.boot}`;
    const { boot } = this;
    this.engine = new RedisEngine({ url, echoChannel, scripts: SCRIPTS, events: this.#engineEvents(), clock });
    this.engine.subscribe(channels);
    const { engine } = this;
    const leaseMs = leaseSeconds * 1_000;
    this.scripts = new Scripts(engine, { cluster, node, boot, leaseMs });
    const { scripts } = this;
    scripts.keepsSessions = options.keepsSessions;
    const hash = addressHasher(secret);
    this.directory = new EngineDirectory({
      ...options,
      engine,
      scripts,
      hash,
      onFault: (error) => events.fault(error),
    });
    const { directory } = this;
    const newLife = () => nanoid(WORD_CHARS);
    const rollCall = { call: () => this.estate.call() };
    this.life = new Life({ scripts, engine, clock, leaseMs, newLife, rollCall, events: this.#lifeEvents() });
    const { life } = this;
    const memories = new Memories(estateKey(secret), () => clock.wall());
    this.handover = new EngineHandover(scripts, memories, clock);
    this.estate = new Estate({ engine, scripts, clock, life, rooms, memories, hash, directory, events });
  }

  /** Begins, and takes up what an earlier process of this name has left. Before anybody can connect. @throws {StartError} */
  async start(): Promise<void> {
    await this.begin();
    try {
      await this.takeUp();
    } catch (error) {
      this.close();
      throw error instanceof EngineAway ? new StartError(`ENGINE_URL went away: ${error.message}`) : error;
    }
  }

  /** Dials the engine, and begins a life that is renewed from now on. @throws {StartError} */
  async begin(): Promise<void> {
    this.engine.start();
    const giveUp = this.options.clock.after(START_MS, () => {
      this.#firstUp.reject(new StartError(`ENGINE_URL cannot be reached: ${this.#reason}${HINTS[this.#reason] ?? ""}`));
    });
    try {
      await this.#firstUp.promise;
      await this.#join();
    } catch (error) {
      this.close();
      throw error instanceof EngineAway ? new StartError(`ENGINE_URL went away: ${error.message}`) : error;
    } finally {
      giveUp();
    }
    this.life.start();
  }

  /** Takes up what an earlier process of this name has left, and keeps what changes from then on; until then nobody may be served. @throws {EngineAway} */
  async takeUp(): Promise<void> {
    await this.estate.takeUp();
    this.estate.start();
  }

  /**
   * Leaves: what it has not given away is kept whole for whoever takes it up. Nobody plays here any more.
   * @returns whether it is: not where its life is over, and others may have its rooms as they were before
   * @throws {EngineAway}
   */
  async leave(): Promise<boolean> {
    const isKept = (await this.estate.keepWhole()) === "agreed";
    if (isKept) await this.life.resign();
    return isKept;
  }

  /** Says and hears nothing more; the lease runs out by itself. */
  close(): void {
    this.life.stop();
    this.estate.stop();
    this.engine.close();
  }

  async #join(): Promise<void> {
    const { node, cluster } = this.options;
    const different = await differences(this.scripts, this.options);
    if (different.length > 0) throw new StartError(`not like the other nodes of ${cluster}: ${different.join("; ")}`);
    if ((await this.life.begin(this.#lastLife())) === "begun") {
      // Its file is not the one that is told from: it must not take the place of that other node while it runs.
      this.scripts.keepsSessions &&= this.life.sessions?.node === node;
      return;
    }
    throw new StartError(`INSTANCE ${node} is the name of a node of ${cluster} that lives`);
  }

  #engineEvents(): EngineEvents {
    const { events } = this.options;
    return {
      up: () => {
        this.#firstUp.resolve();
        events.up();
        void this.life.ask();
        this.directory.flush();
      },
      down: (reason) => {
        this.#reason = reason;
        events.down(reason);
      },
      heard: (channel, text) => events.heard(channel, text),
      fault: (error) => events.fault(error),
    };
  }

  #lifeEvents(): LifeEvents {
    const { events } = this.options;
    return {
      began: (life) => this.#keepLife(life),
      frozen: () => events.frozen(),
      thawed: () => {
        events.thawed();
        this.directory.flush();
        // An engine that came back empty has to know again what the next start is compared with.
        differences(this.scripts, this.options).catch(() => {});
      },
      lost: () => events.lost(),
      taken: () => events.taken(),
      dead: (node, boot) => {
        events.dead(node, boot);
        this.estate.adopt();
      },
      fault: (error) => events.fault(error),
    };
  }

  #lastLife(): string {
    const { lifeFile } = this.options;
    try {
      return lifeFile === null ? "" : readFileSync(lifeFile, "utf8").trim();
    } catch {
      // The first process here.
      return "";
    }
  }

  /** Without it a restart waits for the lease. */
  #keepLife(life: string): void {
    const { lifeFile, events } = this.options;
    try {
      if (lifeFile !== null) writeFileSync(lifeFile, life, { mode: 0o600 });
    } catch (error) {
      events.fault(error);
    }
  }
}
