// Texts that are nearly JSON, for the fuzz of any wire: what no client would write, and what one might write by mistake.
import type { Random } from "./random.ts";

const SCALARS = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e400",
    "-1.5E-7",
    "9007199254740993",
    "0.1",
    '""',
    '"x"',
    '"\\""',
    '"\\\\"',
  ],
  ...[
    '"\\\\\\""',
    '"\\ud800"',
    '"\\u0000"',
    '"}"',
    '"{"',
    '"[,]"',
    '"\\u2028"',
    '"\u2028"',
    '","from":"x"',
    "NaN",
    "01",
    "+1",
    "tru",
  ],
];
export const SPACES = ["", "", "", " ", "\n", "\t\r ", "\u00a0", "\ufeff"];
const NOISE = [..."{}[]\",:\\ \n0-1eE.tfnu/*'", "\\u", '"data":', '"type":"send",', '\\"', "}}", "\u0000", "\ud800"];

/** A JSON value with such keys in it, or nearly one. */
export function nearlyJson(random: Random, keys: readonly string[], depth = 0): string {
  const roll = random.below(depth > 3 ? 6 : 10);
  if (roll < 6) return random.pick(SCALARS);
  const items = Array.from({ length: random.below(4) }, () => nearlyJson(random, keys, depth + 1));
  const space = () => random.pick(SPACES);
  if (roll < 8) return `[${space()}${items.join(`${space()},${space()}`)}]`;
  return `{${items.map((item) => `${space()}"${random.pick(keys)}"${space()}:${item}`).join(",")}${space()}}`;
}

/** The text with a few pieces cut out, doubled or put in. */
export function mutated(random: Random, text: string): string {
  let result = text;
  while (random.chance(1 / 2)) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + random.below(6));
    const insert = random.pick(["", random.pick(NOISE), random.pick(NOISE), result.slice(random.below(at + 1), at)]);
    result = result.slice(0, at) + insert + result.slice(end);
  }
  return result;
}
