// Which other nodes are dead, as one node sees it, who looks after each renewal of its own [N6]. After an outage all lives are gone, and the
// first node that is back must not bury the others.
import type { Seen } from "./scripts.ts";

/** Looks in a row without a life. Each comes after a renewal of the judge's own, so that there is one between two. */
const LOOKS = 2;

export interface Dead {
  readonly node: string;
  /** The process; null: it was never seen alive. */
  readonly boot: string | null;
}

export class Judge {
  /** Nodes that are dead and have rooms to be adopted. */
  readonly dead = new Set<string>();
  /** The process behind each name that was seen alive. */
  readonly #boots = new Map<string, string>();
  /** Looks in a row that found no life. */
  readonly #missed = new Map<string, number>();

  constructor(private readonly self: string) {}

  /**
   * @param isFit whether the judge has held its own lease for long enough: what it misses before counts for nothing
   * @returns processes that are no more, each once
   */
  look(seen: readonly Seen[], isFit: boolean): readonly Dead[] {
    const found = new Map(seen.map(({ node, boot }) => [node, boot]));
    const died: Dead[] = [];
    for (const node of new Set([...found.keys(), ...this.#boots.keys(), ...this.dead])) {
      if (node === this.self) continue;
      const boot = found.get(node) ?? null;
      if (boot !== null) died.push(...this.#alive(node, boot));
      else if (isFit) died.push(...this.#missing(node));
      else this.#forget(node);
      // Adopted to the end.
      if (!found.has(node) && this.dead.has(node)) this.#forget(node);
    }
    return died;
  }

  #alive(node: string, boot: string): Dead[] {
    const before = this.#boots.get(node);
    this.#boots.set(node, boot);
    this.#forget(node);
    // Another process took the name up before its lease was over.
    return before === undefined || before === boot ? [] : [{ node, boot: before }];
  }

  #forget(node: string): void {
    this.#missed.delete(node);
    this.dead.delete(node);
  }

  #missing(node: string): Dead[] {
    const missed = (this.#missed.get(node) ?? 0) + 1;
    this.#missed.set(node, missed);
    if (missed < LOOKS || this.dead.has(node)) return [];
    this.dead.add(node);
    const boot = this.#boots.get(node) ?? null;
    this.#boots.delete(node);
    return [{ node, boot }];
  }
}
