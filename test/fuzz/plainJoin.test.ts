// Joins, good, bad and odd in every field: one that is read without its schema must be exactly what the schema makes of it [P5][P6].
import { expect, test } from "bun:test";
import { decodeRequest, plainJoin } from "../../src/dialects/party/decode.ts";
import { WIRE } from "../../src/limits/table.ts";
import { mutated, SPACES } from "../support/mutation.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";

const STEPS = Number(process.env.FUZZ_STEPS ?? 20_000);
const DEPTH_MAX = 32;

const ODD = [
  "null",
  '""',
  '" "',
  "true",
  "false",
  "0",
  "-1",
  "1.5",
  "1e400",
  "[]",
  "{}",
  '"\\u0000"',
  '"\\ud800"',
  '"\u202e"',
];
/** What each field is written as: what is taken, at its bounds and past them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  clientId: ['"p1"', '"Zoë 😀"', '"\u2800"', '"d\\u0061ta"', ...atBound(WIRE.clientIdCharsMax)],
  room: ['"ABCD"', '"ab-cd"', '" ‐ "', '"\u3000A"', '"-"', '"é"'],
  name: ['"Ann"', '"Ann\\n"', '"\u200b"', '"🏴\u{e0067}\u{e0062}"', '"a\u200f"', ...atBound(WIRE.nameCharsMax)],
  secret: ['"s"', ...atBound(WIRE.secretCharsMax)],
  since: ["17", "-0", "9007199254740991", "9007199254740992", '"17"', '"007"', '"x"', "17.0", "1e2"],
  epoch: ['"abcdefghij"', ...atBound(WIRE.epochCharsMax)],
  tick: ['"answer"', '"yes"'],
  maxFrame: [`${WIRE.frameTakenMin}`, `${WIRE.frameTakenMin - 1}`, "1048576", "65536.5", '"65536"'],
  id: ['"r"', "7", "-7", "9007199254740993", ...atBound(WIRE.refCharsMax)],
  type: ['"join"', '"jo\\u0069n"', '"leave"', '"create"'],
  other: ['"join"', '"\\"data\\":1"'],
  data: ["1", '{"type":"join"}'],
  __proto__: ['{"clientId":"p2"}'],
};

function atBound(charsMax: number): string[] {
  return [charsMax, charsMax + 1].flatMap((chars) => [`"${"x".repeat(chars)}"`, `"${"é".repeat(chars)}"`]);
}

function frame(random: Random): string {
  const members = ['"type":"join"', '"clientId":"p1"', '"room":"ABCD"'];
  for (const [name, values] of Object.entries(FIELDS)) {
    if (random.chance(name === "data" || name === "type" ? 0.04 : 0.15))
      members.push(`"${name}":${random.chance(0.75) ? random.pick(values) : random.pick(ODD)}`);
  }
  if (random.chance(0.2)) members.reverse();
  if (random.chance(0.1)) members.splice(random.below(members.length), 1);
  const text = `{${random.pick(SPACES)}${members.join(`,${random.pick(SPACES)}`)}}`;
  return random.chance(0.1) ? mutated(random, text) : text;
}

function run(seed: number): { plain: number; others: number } {
  const random = randomFrom(seed);
  let plain = 0;
  for (let n = 0; n < STEPS; n++) {
    const text = frame(random);
    const read = plainJoin(text);
    if (read === null) continue;
    plain++;
    if (!Bun.deepEquals(read, decodeRequest(text, DEPTH_MAX), true))
      throw new Error(`FUZZ_SEED=${seed}, frame ${n}: ${JSON.stringify(text)} was read as ${JSON.stringify(read)}`);
  }
  return { plain, others: STEPS - plain };
}

test.each([1, 2, 3])(
  "[P5][P6] a plain join is what its schema makes of it (seed %d)",
  (seed) => {
    const { plain, others } = run(seed);
    // Of both enough, or nothing was shown.
    expect([plain > STEPS / 10, others > STEPS / 10]).toEqual([true, true]);
  },
  60_000,
);

test("[P5][P6] the same with a seed nobody has seen", () => {
  run(seedOf("FUZZ_SEED"));
}, 60_000);

test("[P5] what a client in use sends is plain, from its first join to a rejoin with all it has", () => {
  const all = { name: "Zoë", secret: "s", since: 3, epoch: "abc", tick: true, maxFrame: 65_536, id: 7 };
  for (const more of [{}, { name: "Ann" }, { secret: "s", since: 0, epoch: "" }, { tick: "answer", id: "r" }, all])
    expect(plainJoin(JSON.stringify({ type: "join", clientId: "p", room: "ABCD", ...more }))).not.toBeNull();
});
