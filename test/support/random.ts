// The generator of the fuzz tests, and the seed of a run: a failed run can be repeated from the seed it prints.
export { type Random, randomFrom } from "../../bench/drills/random.ts";

/** What CI explores: always the same, so that a landing does not hang on a throw of dice. Runs by hand explore further. */
const CI_SEED = 20_261_120;

/** The seed of this run: from the environment to repeat one, else of the moment. */
export function seedOf(variable: string): number {
  return Number(process.env[variable] ?? (process.env.CI === "true" ? CI_SEED : Date.now() % 2 ** 32));
}
