// A small seeded generator for the tests, and the seed of a run: what was done with it can be done again from the seed it prints.

/** What CI explores: always the same, so that a landing does not hang on a throw of dice. Runs by hand explore further. */
const CI_SEED = 20_261_120;

/** The seed of this run: from the environment to repeat one, else of the moment. */
export function seedOf(variable: string): number {
  return Number(process.env[variable] ?? (process.env.CI === "true" ? CI_SEED : Date.now() % 2 ** 32));
}

export interface Random {
  /** A whole number from 0 to n − 1. */
  below(n: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: 32 bits of state, enough for a test. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
  };
}
