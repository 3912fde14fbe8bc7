// Frames that are nearly right, thousands of them, through the party dialect. The reference is JSON.parse of the whole frame:
// what decode makes of it may be a no, but never a throw, and never a message that says anything else [P7][P8].
import { expect, test } from "bun:test";
import { decode } from "../../src/dialects/party/decode.ts";
import { encode } from "../../src/dialects/party/encode.ts";
import type { Event } from "../../src/protocol/events.ts";
import { mutated, nearlyJson, SPACES } from "../support/mutation.ts";
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
/** A member that belongs to another request. */
const FOREIGN = {
  set_state: '"state":{"a":1}',
  set_player: '"state":{"a":1}',
  set_private: '"state":{"a":1}',
  create: '"data":{"a":1}',
};

/** A request with a body that is kept: the room's state, a member's own data, the first state of a room. */
function keeping(random: Random): string {
  const type = random.pick(["set_state", "set_player", "set_private", "create"] as const);
  const members = [`"type":"${type}"`];
  if (type === "create") members.push('"clientId":"a"', '"maxClients":2');
  if (type === "set_private") members.push('"clientId":"ana"');
  if (type !== "create" || random.chance(3 / 4))
    members.push(`"${type === "create" ? "state" : "data"}":${nearlyJson(random, KEYS)}`);
  if (random.chance(1 / 3))
    members.push(random.pick(['"id":"r"', '"id":7', '"maxFrame":65536', '"state":[1]', FOREIGN[type]]));
  if (random.chance(1 / 2)) members.reverse();
  const text = `{${members.join(`,${random.pick(SPACES)}`)}}`;
  return random.chance(1 / 2) ? text : mutated(random, text);
}

function frame(random: Random): string {
  if (random.chance(1 / 4)) return keeping(random);
  if (random.chance(1 / 4)) return mutated(random, `{"type":"send","data":${nearlyJson(random, KEYS)}}`);
  if (random.chance(1 / 40))
    return `{"type":"send","data":${"[".repeat(DEPTH_MAX + random.below(2))}`.concat("]".repeat(DEPTH_MAX), "}");
  const members = [`"type":"${random.pick(WORDS)}"`, `"data":${nearlyJson(random, KEYS)}`];
  while (random.chance(1 / 2))
    members.push(`"${random.pick(KEYS)}"${random.pick(SPACES)}:${random.pick(SPACES)}${nearlyJson(random, KEYS)}`);
  if (random.chance(1 / 3))
    members.push(random.pick(['"to":"a"', '"to":["a","b"]', '"to":null', '"to":""', '"id":"r"', '"id":7']));
  if (random.chance(1 / 2)) members.reverse();
  return mutated(random, `${random.pick(SPACES)}{${members.join(`,${random.pick(SPACES)}`)}}${random.pick(SPACES)}`);
}

interface Reference {
  readonly type?: unknown;
  readonly clientId?: unknown;
  readonly maxClients?: unknown;
  readonly state?: unknown;
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

/** Whether this is a request with a body that must be taken. */
function isGood(reference: Reference): boolean {
  const { type, data, to, id } = reference;
  const isTo = to == null || typeof to === "string" || (Array.isArray(to) && to.length > 0 && to.every(isString));
  const isRef = id == null || (typeof id === "string" && id.length <= 64) || (typeof id === "number" && isExact(id));
  if (type === "send") return data !== undefined && isTo && isRef;
  if (type === "set_state" || type === "set_player") return data !== undefined && isRef;
  if (type === "set_private")
    return data !== undefined && isRef && isString(reference.clientId) && reference.clientId !== "";
  // Of `create` only the plain ones: what its other fields take is the schemas' business.
  const isPlain = Object.keys(reference).every((key) =>
    ["type", "clientId", "maxClients", "state", "data", "id"].includes(key),
  );
  return type === "create" && isPlain && reference.clientId === "a" && reference.maxClients === 2 && isRef;
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
  const event = eventOf(command);
  if (event === null) {
    const isTooDeep = command.kind === "flawed" && command.refusal.name === "too_deep";
    if (isTooDeep && (text.match(/[[{]/g)?.length ?? 0) > DEPTH_MAX) return null;
    return isGood(reference) ? `refused a good ${reference.type} as ${command.kind}` : null;
  }
  if (reference.type !== WORD_OF[command.kind] || (command.kind !== "create" && !isGood(reference))) {
    return `took as a ${command.kind} what is none`;
  }
  const body = command.kind === "create" ? reference.state : reference.data;
  if (event === "no body") return body === undefined || body === null || body === "" ? null : "lost the state";
  // What only one is told has no number.
  for (const seq of event.kind === "private" ? [null] : [null, 7]) {
    const fault = toldFault(JSON.parse(encode(event, undefined, seq) ?? ""), event, seq, body);
    if (fault !== null) return fault;
  }
  if (command.kind !== "send") return null;
  const to = reference.to === "" || reference.to === undefined ? null : reference.to;
  return Bun.deepEquals(command.to, to, true) ? null : "sent it to others";
}

const WORD_OF: Readonly<Record<string, string>> = {
  send: "send",
  setState: "set_state",
  setPlayer: "set_player",
  setPrivate: "set_private",
  create: "create",
};

/** What others are told of a request with a body; null for any other. */
function eventOf(command: ReturnType<typeof decode>): Event | "no body" | null {
  switch (command.kind) {
    case "send":
      return { kind: "message", from: { clientId: "ana", index: 0, messageHead: null }, body: command.body };
    case "setState":
      return { kind: "state", body: command.body };
    case "setPlayer":
      return { kind: "player", clientId: "ana", body: command.body };
    case "setPrivate":
      return { kind: "private", clientId: "ana", body: command.body };
    case "create":
      return command.state === null ? "no body" : { kind: "state", body: command.state };
    default:
      return null;
  }
}

/** What is wrong with a frame that others are told: a member too many, another name, other data. */
function toldFault(told: Record<string, unknown>, { kind }: Event, seq: number | null, body: unknown): string | null {
  const names = kind === "message" ? ["type", "from", "data"] : kind === "state" ? ["type", "data"] : [];
  const members = [
    ...(kind === "player" || kind === "private" ? ["type", "clientId", "data"] : names),
    ...(seq === null ? [] : ["seq"]),
  ];
  const isForged = told.type !== kind || (told.from ?? told.clientId ?? "ana") !== "ana" || (told.seq ?? null) !== seq;
  if (isForged) return "spoke in another's name";
  if (Object.keys(told).join() !== members.join()) return `told ${Object.keys(told)}`;
  return JSON.stringify(told.data) === JSON.stringify(body) ? null : "told other data";
}

function run(seed: number): { taken: number; refusals: number } {
  const random = randomFrom(seed);
  let taken = 0;
  for (let n = 0; n < STEPS; n++) {
    const text = frame(random);
    let fault: string | null;
    try {
      fault = faultOf(text);
    } catch (error) {
      fault = `threw ${error}`;
    }
    if (fault !== null) throw new Error(`FUZZ_SEED=${seed}, frame ${n}: ${fault}: ${JSON.stringify(text)}`);
    if (eventOf(decode(text, DEPTH_MAX)) !== null) taken++;
  }
  return { taken, refusals: STEPS - taken };
}

test.each(SEEDS)(
  "[P8] nearly right frames never say anything else than they say (seed %d)",
  (seed) => {
    const { taken, refusals } = run(seed);
    // Of both enough, or nothing was shown.
    expect([taken > STEPS / 10, refusals > STEPS / 10]).toEqual([true, true]);
  },
  60_000,
);

test("[P8] nearly right frames, with a seed nobody has seen", () => {
  run(seedOf("FUZZ_SEED"));
}, 60_000);

test("[P8] the reference can fail: a decoder that cuts the body out unread lets a sender forge `from`", () => {
  const careless: typeof decode = (text) => {
    const body = text.slice('{"type":"send","data":'.length, -1);
    return { kind: "send", to: null, body, asked: { type: "send", ref: undefined } };
  };
  expect(faultOf('{"type":"send","data":1}', careless)).toBeNull();
  expect(faultOf('{"type":"send","data":1,"from":"tv"}', careless)).toBe("spoke in another's name");
  expect(faultOf('{"type":"send","data":1}}', careless)).toBe("took what is no JSON as send");
});

test("[R36] `data` on `create` is not the room's state", () => {
  expect(faultOf('{"type":"create","clientId":"a","maxClients":2,"data":{"a":1}}')).toBeNull();
});
