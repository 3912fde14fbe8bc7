// Frames that are nearly right, thousands of them, through the party dialect. The reference is JSON.parse of the whole frame:
// what decode makes of it may be a no, but never a throw, and never a message that says anything else [P7][P8].
import { expect, test } from "bun:test";
import { decode } from "../../src/dialects/party/decode.ts";
import { encode } from "../../src/dialects/party/encode.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";

/** Seeds that once failed, and a few to begin with. */
const SEEDS = [1, 2, 3];
const STEPS = Number(process.env.FUZZ_STEPS ?? 5_000);
const DEPTH_MAX = 32;

const KEYS = [
  "type",
  "data",
  "to",
  "id",
  "from",
  "d\\u0061ta",
  "\\u0074ype",
  "__proto__",
  "constructor",
  "dat",
  "dataa",
  "",
];
const WORDS = ["send", "send", "send", "ping", "create", "join", "leave", "message", "toString", "\\u0073end"];
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
const SPACES = ["", "", "", " ", "\n", "\t\r ", "\u00a0", "\ufeff"];
const NOISE = [..."{}[]\",:\\ \n0-1eE.tfnu/*'", "\\u", '"data":', '"type":"send",', '\\"', "}}", "\u0000", "\ud800"];

function value(random: Random, depth = 0): string {
  const roll = random.below(depth > 3 ? 6 : 10);
  if (roll < 6) return random.pick(SCALARS);
  const items = Array.from({ length: random.below(4) }, () => value(random, depth + 1));
  const space = () => random.pick(SPACES);
  if (roll < 8) return `[${space()}${items.join(`${space()},${space()}`)}]`;
  return `{${items.map((item) => `${space()}"${random.pick(KEYS)}"${space()}:${item}`).join(",")}${space()}}`;
}

function frame(random: Random): string {
  if (random.chance(1 / 4)) return mutated(random, `{"type":"send","data":${value(random)}}`);
  if (random.chance(1 / 40))
    return `{"type":"send","data":${"[".repeat(DEPTH_MAX + random.below(2))}`.concat("]".repeat(DEPTH_MAX), "}");
  const members = [`"type":"${random.pick(WORDS)}"`, `"data":${value(random)}`];
  while (random.chance(1 / 2))
    members.push(`"${random.pick(KEYS)}"${random.pick(SPACES)}:${random.pick(SPACES)}${value(random)}`);
  if (random.chance(1 / 3))
    members.push(random.pick(['"to":"a"', '"to":["a","b"]', '"to":null', '"to":""', '"id":"r"', '"id":7']));
  if (random.chance(1 / 2)) members.reverse();
  return mutated(random, `${random.pick(SPACES)}{${members.join(`,${random.pick(SPACES)}`)}}${random.pick(SPACES)}`);
}

function mutated(random: Random, text: string): string {
  let result = text;
  while (random.chance(1 / 2)) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + random.below(6));
    const insert = random.pick(["", random.pick(NOISE), random.pick(NOISE), result.slice(random.below(at + 1), at)]);
    result = result.slice(0, at) + insert + result.slice(end);
  }
  return result;
}

interface Reference {
  readonly type?: unknown;
  readonly data?: unknown;
  readonly to?: unknown;
  readonly id?: unknown;
}

function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** Whether this is a `send` that must be taken. */
function isGood({ type, data, to, id }: Reference): boolean {
  const isTo = to == null || typeof to === "string" || (Array.isArray(to) && to.length > 0 && to.every(isString));
  const isRef =
    id === undefined || (typeof id === "string" && id.length <= 64) || (typeof id === "number" && isExact(id));
  return type === "send" && data !== undefined && isTo && isRef;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** What is wrong with how a decoder took this text, or null. */
function faultOf(text: string, read = decode): string | null {
  const command = read(text, DEPTH_MAX);
  const whole = parsed(text);
  if (whole === null) {
    return command.kind === "unreadable" && command.refusal.name === "invalid_json"
      ? null
      : `took what is no JSON as ${command.kind}`;
  }
  const isObject = typeof whole.value === "object" && whole.value !== null && !Array.isArray(whole.value);
  const reference: Reference = isObject ? (whole.value as Reference) : {};
  if (command.kind !== "send") {
    const isTooDeep = command.kind === "flawed" && command.refusal.name === "too_deep";
    if (isTooDeep && (text.match(/[[{]/g)?.length ?? 0) > DEPTH_MAX) return null;
    return isGood(reference) ? `refused a good send as ${command.kind}` : null;
  }
  if (!isGood(reference)) return "took as a send what is none";
  const told = JSON.parse(
    encode({ kind: "message", from: { clientId: "ana", messageHead: null }, body: command.body }),
  );
  if (Object.keys(told).join() !== "type,from,data") return `told ${Object.keys(told)}`;
  if (told.type !== "message" || told.from !== "ana") return "spoke in another's name";
  if (JSON.stringify(told.data) !== JSON.stringify(reference.data)) return "told other data";
  const to = reference.to === "" || reference.to === undefined ? null : reference.to;
  return Bun.deepEquals(command.to, to, true) ? null : "sent it to others";
}

function run(seed: number): { sends: number; refusals: number } {
  const random = randomFrom(seed);
  let sends = 0;
  for (let n = 0; n < STEPS; n++) {
    const text = frame(random);
    let fault: string | null;
    try {
      fault = faultOf(text);
    } catch (error) {
      fault = `threw ${error}`;
    }
    if (fault !== null) throw new Error(`FUZZ_SEED=${seed}, frame ${n}: ${fault}: ${JSON.stringify(text)}`);
    if (decode(text, DEPTH_MAX).kind === "send") sends++;
  }
  return { sends, refusals: STEPS - sends };
}

test.each(SEEDS)("[P8] nearly right frames never say anything else than they say (seed %d)", (seed) => {
  const { sends, refusals } = run(seed);
  // Of both enough, or nothing was shown.
  expect([sends > STEPS / 10, refusals > STEPS / 10]).toEqual([true, true]);
});

test("[P8] nearly right frames, with a seed nobody has seen", () => {
  run(seedOf("FUZZ_SEED"));
});

test("[P8] the reference can fail: a decoder that cuts the body out unread lets a sender forge `from`", () => {
  const careless: typeof decode = (text) => {
    const body = text.slice('{"type":"send","data":'.length, -1);
    return { kind: "send", to: null, body, asked: { type: "send", ref: undefined } };
  };
  expect(faultOf('{"type":"send","data":1}', careless)).toBeNull();
  expect(faultOf('{"type":"send","data":1,"from":"tv"}', careless)).toBe("spoke in another's name");
  expect(faultOf('{"type":"send","data":1}}', careless)).toBe("took what is no JSON as send");
});
