// Everything that a frame of the sessionserver wire can be, thrown at a server of its own process with a session on it besides [L1], by
// hand and by the thousand. FUZZ_SEED repeats a run, FUZZ_STEPS lengthens it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { FRAMES } from "../../src/dialects/sessionserver/frames.ts";
import { Bystanders, type Company, expectNoSecrets, newAddress } from "../support/bystander.ts";
import { Client } from "../support/client.ts";
import { mutated, nearlyJson } from "../support/mutation.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";
import { CREATE, join, LEAVE, no, PATH, told, update, upToFence } from "../support/sessionserver.ts";
import { range } from "../support/stage.ts";

/** Two whose session has nothing to do with the attacks; it is full, so no attacker gets in. */
const SESSION: Company = {
  path: PATH,
  async meet(host, guest) {
    await host.ask(CREATE);
    await guest.ask(join(-1));
    await Promise.all([host.next(), guest.next()]);
  },
  say: update,
  hears(numbers) {
    const all = [0, 1].map((playerID) => numbers.map((n) => told(playerID, n)));
    return { host: all, guest: all };
  },
};

const COMMANDS = ["createSession", "joinSession", "updateSession", "updatePlayer", "leaveSession"];
const KEYS = [
  ...["command", "session", "player", "sessionID", "sessionData", "playerData", "error", "c\\u006fmmand", "n"],
  ...["__proto__", "constructor", "toJSON", "toString", "length", "0", ""],
];
const FRAMES_A_RUN = Number(process.env.FUZZ_STEPS ?? 10_000);

/** A frame of the wire, nearly: most have a command that is one, and half are cut up. */
function hostile(random: Random): string {
  const command = random.chance(0.9) ? random.pick(COMMANDS) : random.pick([...KEYS, "nope"]);
  const members = [`"command":"${command}"`];
  if (random.chance(0.8)) members.push(`"${random.pick(["player", "playerData"])}":${nearlyJson(random, KEYS)}`);
  if (random.chance(0.6)) members.push(`"${random.pick(["session", "sessionData"])}":${nearlyJson(random, KEYS)}`);
  if (random.chance(0.4))
    members.push(`"sessionID":${random.pick(["0", "-1", "-1", "-1", "1", "2", "1e400", "-0", "0.5", '"0"', "null"])}`);
  while (random.chance(0.3)) members.push(`"${random.pick(KEYS)}":${nearlyJson(random, KEYS)}`);
  if (random.chance(0.5)) members.reverse();
  const text = `{${members.join()}}`;
  return random.chance(0.5) ? text : mutated(random, text);
}

let session: Bystanders;
beforeAll(async () => {
  session = await Bystanders.start(SESSION, { MAX_CLIENTS: "2", LIMITS: "off" });
});
afterAll(() => session.stop());

const attack = () => Client.connect(session.child.url + PATH, newAddress());

test("[L1] null, before anything else, in a session, and out of one again", async () => {
  const attacker = await attack();
  expect(await attacker.ask("null")).toEqual(no("", 9));
  await attacker.ask(CREATE);
  expect(await attacker.ask("null")).toEqual(no("", 9));
  await attacker.ask(LEAVE);
  expect(await attacker.ask("null")).toEqual(no("", 9));
  await attacker.close();
  await session.areUnharmed();
  await session.areAlone();
});

const NEST = "[".repeat(30_000) + "]".repeat(30_000);
const TEXTS: Readonly<Record<string, readonly [text: string, command: string, error: number]>> = {
  "a number": ["5", "", 9],
  nothing: ["", "", 9],
  "a NUL": ["\u0000", "", 9],
  "60,000 open lists": ["[".repeat(60_000), "", 9],
  "30,000 nested lists": [NEST, "", 9],
  "nested lists as player": [`{"command":"updatePlayer","player":${NEST}}`, "playerUpdate", 9],
  "nested lists as session": [`{"command":"updateSession","session":${NEST},"player":1}`, "sessionUpdate", 9],
  "nested lists as sessionID": [`{"command":"joinSession","sessionID":${NEST}}`, "sessionJoin", 5],
  "nested lists as command": [`{"command":${NEST}}`, "", 9],
  "60,000 characters as player": [`{"command":"updatePlayer","player":"${"x".repeat(60_000)}"}`, "playerUpdate", 9],
  "6,000 keys as player": [
    `{"command":"updatePlayer","player":{${range(0, 6_000).map((n) => `"k${n}":1`)}}}`,
    "playerUpdate",
    9,
  ],
  "no player": ['{"command":"updatePlayer"}', "playerUpdate", 4],
  "a player by the prototype": ['{"command":"updatePlayer","__proto__":{"player":{"n":1}}}', "playerUpdate", 4],
  "a player that is __proto__": ['{"command":"updatePlayer","player":{"__proto__":{"n":1},"x":1}}', "playerUpdate", 4],
  "a command called __proto__": ['{"command":"__proto__"}', "__proto__", 9],
  "a command called constructor": ['{"command":"constructor"}', "constructor", 9],
  "an update without session": ['{"command":"updateSession","player":{}}', "sessionUpdate", 9],
  "a session in a session": ['{"command":"createSession","session":1e400}', "sessionJoin", 4],
  "the own session": ['{"command":"joinSession","sessionID":-1}', "sessionJoin", 5],
};

test.each(Object.entries(TEXTS))("[L1] %s", async (_, [text, command, error]) => {
  const attacker = await attack();
  expect(await attacker.ask(CREATE)).toMatchObject({ error: 0 });
  const answer = await attacker.ask(text);
  expect(answer).toEqual(no(command, error));
  expectNoSecrets(JSON.stringify(answer));
  expect(await upToFence(attacker)).toEqual([]);
  await attacker.close();
  await session.areUnharmed();
});

test("[L1] bytes that are no UTF-8, in a binary frame", async () => {
  const attacker = await attack();
  for (const bytes of [[], [0xff], [0xed, 0xa0, 0x80], [0x7b, 0x80, 0x7d]]) {
    attacker.sendBytes(Uint8Array.from(bytes));
    expect(await attacker.next()).toEqual(no("", 9));
  }
  await attacker.close();
  await session.areUnharmed();
});

/** Throws frames from that seed on four lines; answers what they were told, and how often. */
async function bombard(seed: number): Promise<Record<string, number>> {
  const random = randomFrom(seed);
  const attackers = await Promise.all(range(0, 4).map(attack));
  const heard: Record<string, number> = {};
  let step = 0;
  /** What a line was told is what the wire may say; a line that has ended was told so ten times. */
  async function settle(index: number): Promise<void> {
    const attacker = attackers[index];
    if (attacker === undefined) return;
    const frames = await upToFence(attacker).catch(async () => {
      expect((await attacker.closed).code).toBe(4004);
      attackers[index] = await attack();
      return [];
    });
    for (const one of frames as { command: string; error: number }[]) {
      const schema = FRAMES[one.command as keyof typeof FRAMES];
      const isPublished = Object.hasOwn(FRAMES, one.command) && schema.safeParse(one).success;
      const isUnknown = one.error === 9 && Object.keys(one).join() === "command,error";
      if (!isPublished && !isUnknown) throw new Error(`told ${JSON.stringify(one)}`);
      const kind = `${one.command} ${one.error}`;
      heard[kind] = (heard[kind] ?? 0) + 1;
    }
  }
  try {
    while (step < FRAMES_A_RUN) {
      attackers[random.below(attackers.length)]?.send(hostile(random));
      if (++step % 100 === 0) for (const index of attackers.keys()) await settle(index);
      if (step % 1_000 === 0) await session.areUnharmed();
    }
  } catch (error) {
    throw new Error(`FUZZ_SEED=${seed}, up to frame ${step}: ${error instanceof Error ? error.message : error}`);
  }
  for (const attacker of attackers) await attacker.close();
  await session.areUnharmed();
  await session.areAlone();
  return heard;
}

/** What has to be told in a run, or it has shown nothing. */
const LIVELY = [
  ...["sessionJoin 0", "sessionJoin 4", "sessionJoin 5", "sessionJoin 7", "playerJoin 0", "playerUpdate 0", " 9"],
  ...["playerUpdate 2", "playerUpdate 4", "sessionUpdate 0", "sessionUpdate 2", "sessionUpdate 9", "playerLeave 0"],
  ...["sessionLeave 0", "sessionLeave 2"],
];

test.each([1, 2, 3])(
  "[L1] thousands of frames that are nearly right (seed %d)",
  async (seed) => {
    const heard = await bombard(seed);
    expect(LIVELY.filter((kind) => heard[kind] === undefined)).toEqual([]);
  },
  60_000,
);

test("[L1] thousands of frames that are nearly right, with a seed nobody has seen", async () => {
  await bombard(seedOf("FUZZ_SEED"));
}, 60_000);
