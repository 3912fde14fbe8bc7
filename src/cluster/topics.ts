// Which nodes listen to a topic of this one, and with how many lines: what is told is said once to each of them, however many hear it there [N3].

export class Topics {
  readonly #nodes = new Map<string, Map<string, number>>();

  /** The nodes that listen, each with the number of its listeners; undefined: none does. */
  nodes(topic: string): ReadonlyMap<string, number> | undefined {
    return this.#nodes.get(topic);
  }

  /** One more line of that node listens. */
  add(topic: string, node: string): void {
    const nodes = this.#nodes.get(topic) ?? new Map<string, number>();
    nodes.set(node, (nodes.get(node) ?? 0) + 1);
    this.#nodes.set(topic, nodes);
  }

  /** One of them does no longer. */
  remove(topic: string, node: string): void {
    const nodes = this.#nodes.get(topic);
    const listeners = nodes?.get(node) ?? 0;
    if (listeners > 1) nodes?.set(node, listeners - 1);
    else nodes?.delete(node);
    if (nodes?.size === 0) this.#nodes.delete(topic);
  }

  /** How many topics are listened to elsewhere. */
  get size(): number {
    return this.#nodes.size;
  }
}
