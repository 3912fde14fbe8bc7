// Three nodes that talk over a wire which loses, doubles, delays and reorders, while the engine goes and comes back, processes are replaced and
// nodes are taken for dead: every frame comes once and in order, or its link is broken on both sides. FUZZ_SEED repeats a run, FUZZ_STEPS
// lengthens it.
import { expect, test } from "bun:test";
import { ManualClock } from "../support/clock.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";
import { BadWire, CALM, type Faults, WireNode } from "../support/wire.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const STEPS = Number(process.env.FUZZ_STEPS ?? 1_500);
const NAMES = ["a", "b", "c"];
const FAULTS: readonly Faults[] = [
  CALM,
  { lost: 0, doubled: 0.3, delayMs: 30 },
  { lost: 0.1, doubled: 0.1, delayMs: 100 },
  { lost: 0.5, doubled: 0.2, delayMs: 1_500 },
  { lost: 1, doubled: 0, delayMs: 0 },
];

class Run {
  readonly clock = new ManualClock();
  readonly wire: BadWire;
  readonly nodes: WireNode[];
  readonly all: WireNode[] = [];
  #boots = 0;

  constructor(private readonly random: Random) {
    this.wire = new BadWire(this.clock, random);
    this.nodes = NAMES.map((name) => this.#start(name));
    for (const node of this.nodes) this.#knowAll(node);
  }

  step(): void {
    const { random, wire } = this;
    const [node, other] = [random.pick(this.nodes), random.pick(this.nodes)];
    const roll = random.below(100);
    if (roll < 60) for (let times = random.below(5); times >= 0; times--) this.#speak(node, other);
    else if (roll < 85) this.clock.advance(random.pick([0, 1, 10, 60, 500, 2_000]));
    else if (roll < 89) wire.faults = random.pick(FAULTS);
    else if (roll < 92) this.#turnEngine(!wire.isUp);
    else if (roll < 94) node.links.know(other.name, other.boot);
    else if (roll < 96) node.links.hold(random.chance(1 / 2) ? other.name : undefined);
    else if (roll < 98) for (const name of [...NAMES, undefined]) node.links.release(name);
    else if (roll < 99) node.links.died(other.name);
    else this.#restart(node);
  }

  /** All is well again, and everybody speaks: who stands still now stands still for ever. */
  settle(): void {
    this.wire.faults = CALM;
    this.#turnEngine(true);
    for (const node of this.nodes) for (const name of [...NAMES, undefined]) node.links.release(name);
    for (let round = 0; round < 4; round++) {
      for (const node of this.nodes) {
        this.#knowAll(node);
        for (const other of this.nodes) this.#speak(node, other);
      }
      this.clock.advance(11_000);
    }
  }

  #speak(node: WireNode, other: WireNode): void {
    const isSaid = node.speak(other.name, "x".repeat(this.random.pick([0, 10, 40_000])));
    if (node === other && isSaid) throw new Error("nobody talks to himself");
  }

  #turnEngine(isUp: boolean): void {
    const isBack = isUp && !this.wire.isUp;
    this.wire.isUp = isUp;
    if (isBack) for (const node of this.nodes) node.links.engineBack();
  }

  #restart(node: WireNode): void {
    node.links.stop();
    const fresh = this.#start(node.name);
    this.nodes[this.nodes.indexOf(node)] = fresh;
    this.#knowAll(fresh);
  }

  #start(name: string): WireNode {
    this.#boots += 1;
    const node = new WireNode(this.wire, name, `${name}-${this.#boots}`);
    this.all.push(node);
    return node;
  }

  #knowAll(node: WireNode): void {
    for (const other of this.nodes) node.links.know(other.name, other.boot);
  }
}

test.each([...SEEDS, seedOf("FUZZ_SEED")])(
  "[N3][N10] each frame comes once and in order, or its link is broken on both sides, FUZZ_SEED=%d",
  (seed) => {
    const run = new Run(randomFrom(seed));
    for (let step = 0; step < STEPS; step++) {
      run.step();
      expect([step, run.all.flatMap(({ wrongs }) => wrongs)]).toEqual([step, []]);
    }
    run.settle();
    expect(run.all.flatMap(({ wrongs, faults }) => [...wrongs, ...faults])).toEqual([]);
    for (const node of run.nodes) {
      for (const other of run.nodes)
        expect([node.boot, other.boot, node.hasAllOf(other)]).toEqual([node.boot, other.boot, true]);
      expect(node.links.figures()).toMatchObject({ links: 2, bytes: 0, oldestMs: 0 });
    }
    // The run was one in which something came, and something broke.
    expect(run.all.reduce((sum, { heard }) => sum + heard.length, 0)).toBeGreaterThan(STEPS / 4);
    if (STEPS >= 500) expect(run.all.some(({ told }) => told.some((word) => word.endsWith("anotherBoot")))).toBe(true);
  },
  60_000,
);
