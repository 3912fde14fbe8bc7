// Several servers in this process that are nodes of one cluster, without an engine: what they say to each other is handed over in order, in a
// later turn, and who owns which code stands in a Map.

import { afterEach } from "bun:test";
import type { Handover } from "../../src/cluster/moves.ts";
import { Nodes } from "../../src/cluster/nodes.ts";
import {
  type Broken,
  type Carried,
  type Carrier,
  type Claimed,
  type Directory,
  EngineAway,
  type Frame,
} from "../../src/cluster/ports.ts";
import type { Doors } from "../../src/doors/parts.ts";
import { ManualClock } from "./clock.ts";
import { startServer, type TestServer } from "./server.ts";

/** Carries what nodes say to each other. */
export class Wires {
  readonly nodes = new Map<string, Carried>();
  /** What was said, oldest first: who, to whom, what. */
  readonly said: { readonly from: string; readonly to: string; readonly frame: Frame }[] = [];
  /** In how many turns from now what is said gets there: never before what was said before it. */
  lag: () => number = () => 1;
  /** What is said and never gets there: no link would do that, but a node that hangs looks so. */
  isLost: ((from: string, frame: Frame) => boolean) | null = null;
  readonly #arrived: { readonly from: string; readonly op: Frame["op"] }[] = [];
  readonly #full = new Set<string>();
  readonly #jammed = new Set<string>();
  readonly #ways = new Map<string, Frame[]>();
  readonly #cut = new Set<string>();

  of(from: string): Carrier {
    return {
      say: (to, frame) => {
        if (!this.nodes.has(to) || this.#cut.has(pair(from, to))) return false;
        if (frame.arg.includes(",")) throw new Error(`an arg with a comma: ${frame.arg}`);
        this.said.push({ from, to, frame });
        if (this.isLost?.(from, frame) === true) return true;
        // Only what can be written down gets across.
        const copy: Frame = JSON.parse(JSON.stringify(frame));
        this.#send(from, to, copy);
        return true;
      },
      isFull: (to) => this.#full.has(`${from}>${to}`),
      isJammed: (to) => this.#jammed.has(`${from}>${to}`),
      nodes: () => [...this.nodes.keys()].filter((name) => name !== from && !this.#cut.has(pair(from, name))),
    };
  }

  #send(from: string, to: string, frame: Frame): void {
    const key = `${from}>${to}`;
    const way = this.#ways.get(key) ?? [];
    this.#ways.set(key, way);
    if (way.push(frame) === 1) this.#deliverIn(this.lag(), from, to, way);
  }

  /** Hands over what has been said by then. */
  #deliverIn(turns: number, from: string, to: string, way: Frame[]): void {
    setImmediate(() => {
      if (turns > 1) return this.#deliverIn(turns - 1, from, to, way);
      for (const frame of way.splice(0)) {
        if (this.#cut.has(pair(from, to))) continue;
        this.nodes.get(to)?.heard(from, frame);
        this.#arrived.push({ from, op: frame.op });
      }
    });
  }

  /** The way from one node to another is full, or has room again. */
  fill(from: string, to: string, isFull: boolean): void {
    if (isFull) this.#full.add(`${from}>${to}`);
    else this.#full.delete(`${from}>${to}`);
    this.nodes.get(from)?.filled(to, isFull);
  }

  /** So much is under way from one node to another that all have to wait for that, or no more. */
  jam(from: string, to: string, isJammed: boolean): void {
    if (isJammed) this.#jammed.add(`${from}>${to}`);
    else this.#jammed.delete(`${from}>${to}`);
  }

  /** Nothing gets from one to the other any more, and both know. */
  cut(one: string, other: string, why: Broken): void {
    this.#cut.add(pair(one, other));
    this.nodes.get(one)?.broken(other, why);
    this.nodes.get(other)?.broken(one, why);
  }

  /** How often that was said. */
  count(from: string, op: Frame["op"]): number {
    return this.said.filter((one) => one.from === from && one.frame.op === op).length;
  }

  /** How often that got there. */
  arrived(from: string, op: Frame["op"]): number {
    return this.#arrived.filter((one) => one.from === from && one.op === op).length;
  }

  mend(one: string, other: string): void {
    this.#cut.delete(pair(one, other));
  }
}

/** Who owns which code. */
export class Codes {
  readonly owners = new Map<string, string>();
  readonly resting = new Set<string>();
  readonly dead = new Set<string>();
  isAway = false;
  #held: { asked(): Promise<void> } | null = null;
  /** What the next claims are answered; then they are decided here. */
  readonly answers: Claimed[] = [];
  /** What a handover waits for. */
  giving: ((code: string) => Promise<void>) | null = null;
  taking: ((code: string) => Promise<void>) | null = null;
  readonly #given = new Map<string, string>();

  of(node: string): Directory {
    return {
      find: async (code) => {
        this.#check();
        const owner = this.owners.get(code);
        return owner === undefined ? null : { node: owner, boot: owner, isAlive: !this.dead.has(owner) };
      },
      claim: async (code) => {
        this.#check();
        await this.#held?.asked();
        const answer = this.answers.shift();
        if (answer !== undefined) return answer;
        if (this.owners.has(code)) return "taken";
        if (this.resting.has(code)) return "resting";
        this.owners.set(code, node);
        return "ours";
      },
      release: (code) => {
        if (this.owners.get(code) !== node) return;
        this.owners.delete(code);
        this.resting.add(code);
      },
    };
  }

  /** Has the next claim wait. */
  hold(): { readonly asked: Promise<void>; readonly go: () => void } {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    this.#held = {
      asked: () => {
        this.#held = null;
        asked.resolve();
        return go.promise;
      },
    };
    return { asked: asked.promise, go: go.resolve };
  }

  /** Hands rooms over, as the engine does. */
  handover(node: string): Handover {
    return {
      give: async (record, target) => {
        this.#check();
        await this.giving?.(record.code);
        if (this.owners.get(record.code) !== node || this.dead.has(target)) return false;
        this.owners.set(record.code, target);
        this.#given.set(record.code, JSON.stringify(record));
        return true;
      },
      take: async (code) => {
        this.#check();
        await this.taking?.(code);
        const text = this.#given.get(code);
        this.#given.delete(code);
        return text === undefined || this.owners.get(code) !== node ? null : JSON.parse(text);
      },
    };
  }

  #check(): void {
    if (this.isAway) throw new EngineAway();
  }
}

export interface TestNode extends TestServer {
  readonly nodes: Nodes;
  readonly doors: Doors;
}

export interface TestCluster {
  readonly wires: Wires;
  readonly codes: Codes;
  /** Who keeps the sessions; null: nobody that lives. */
  readonly keeper: { node: string | null };
  /** The nodes that may serve nobody for now; what is on its way to them is not held for that. */
  readonly frozen: Set<string>;
  /** Starts one more node. */
  start(name: string, env?: Record<string, string>, ...more: StartMore): TestNode;
  stop(): Promise<void>;
}

type StartMore = [clock?: Parameters<typeof startServer>[1]];

/** Gives each test nodes `a`, `b`, … of a cluster of its own, on one clock that stands still; they are stopped when the test is over. */
export function nodeStages(): (count: number, env?: Record<string, string>) => TestCluster & NodeStage {
  const open: TestCluster[] = [];
  afterEach(async () => {
    for (const cluster of open.splice(0)) await cluster.stop();
  });
  return (count, env = {}) => {
    const cluster = openCluster();
    open.push(cluster);
    const clock = new ManualClock();
    const nodes = Array.from("abcdef".slice(0, count), (name) => cluster.start(name, env, clock));
    const at = (index: number) => {
      const node = nodes[index];
      if (node === undefined) throw new Error(`there is no node ${index}`);
      return node;
    };
    return { ...cluster, clock, at };
  };
}

interface NodeStage {
  readonly clock: ManualClock;
  /** A node by its place, from 0. */
  at(index: number): TestNode;
}

/** A cluster without nodes. */
export function openCluster(): TestCluster {
  const wires = new Wires();
  const codes = new Codes();
  const keeper: TestCluster["keeper"] = { node: "a" };
  const frozen = new Set<string>();
  const started: TestNode[] = [];
  return {
    keeper,
    frozen,
    wires,
    codes,
    start(name, env = {}, clock) {
      let made: { nodes: Nodes; doors: Doors } | null = null;
      const server = startServer({ INSTANCE: name, ...env }, clock, undefined, null, (doors) => {
        const nodes = new Nodes({
          ...doors,
          node: name,
          carrier: wires.of(name),
          directory: codes.of(name),
          isFrozen: () => frozen.has(name),
          plainClock: doors.clock,
          sessionsBack: Promise.resolve(),
          sessions: () => (keeper.node === name ? "here" : keeper.node === null ? null : { node: keeper.node }),
          handover: codes.handover(name),
        });
        wires.nodes.set(name, nodes);
        made = { nodes, doors };
        return nodes;
      });
      if (made === null) throw new Error("the server has joined nobody");
      const node: TestNode = { ...server, ...(made as { nodes: Nodes; doors: Doors }) };
      started.push(node);
      return node;
    },
    async stop() {
      await Promise.all(started.map((node) => node.stop()));
    },
  };
}

function pair(one: string, other: string): string {
  return [one, other].sort().join(" ");
}
