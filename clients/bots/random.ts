// Seeded draws: what a run did it does again with the seed it printed, as far as a network lets it.

export interface Random {
  /** From 0 to 1, without it. */
  next(): number;
  /** A whole number from 0 to n − 1. */
  below(n: number): number;
  /** A number from least to most. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** @throws {Error} on an empty list */
  pick<T>(items: readonly T[]): T;
}

/** @param salt makes other draws of the same seed, one for each bot */
export function randomOf(seed: number, salt = 0): Random {
  // Weyl's sequence through the finish of murmur3: 32 bits of state are enough to play dice.
  let state = (seed ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (n) => Math.floor(next() * n),
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("there is nothing to pick from");
      return item;
    },
  };
}
