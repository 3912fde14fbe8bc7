// A room is given to another node, and the engine's answer is lost: whose it is, the engine alone knows.
import { expect, test } from "bun:test";
import { EngineHandover } from "../../src/cluster/handover.ts";
import type { Memories } from "../../src/cluster/memories.ts";
import { EngineAway, type Owner } from "../../src/cluster/ports.ts";
import type { RoomRecord } from "../../src/rooms/record.ts";
import { ManualClock } from "../support/clock.ts";

const RECORD = { code: "CODE" } as RoomRecord;
const MEMORIES = { seal: () => "sealed", open: () => RECORD } as unknown as Memories;
const AWAY = new EngineAway("away");

/** @param answers of the engine to `find`, one each time, the last one for ever */
function given(
  answers: (Owner | null | Error)[],
  give: () => Promise<"given" | "notOurs"> = () => Promise.reject(AWAY),
) {
  const clock = new ManualClock();
  const asked = { times: 0 };
  const scripts = {
    node: "this",
    give,
    take: () => Promise.resolve("fenced" as const),
    async find() {
      const answer = answers[Math.min(asked.times++, answers.length - 1)] ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const result = new EngineHandover(scripts, MEMORIES, clock)
    .give(RECORD, "that")
    .then(String, (error: Error) => (error === AWAY ? "away" : error.name));
  const pass = async (ms: number) => {
    for (let passed = 0; passed <= ms; passed += 50) {
      await new Promise(setImmediate);
      clock.advance(50);
    }
  };
  return { result, asked, pass };
}

const ownedBy = (node: string): Owner => ({ node, boot: "1", isAlive: true });

test("[N7] an answer is taken as it comes, and nobody is asked", async () => {
  for (const answer of ["given", "notOurs"] as const) {
    const { result, asked } = given([null], () => Promise.resolve(answer));
    expect(await result).toBe(String(answer === "given"));
    expect(asked.times).toBe(0);
  }
});

test("[N7] one that is lost: the engine is asked whose the room is, until it answers", async () => {
  const { result, asked, pass } = given([AWAY, AWAY, AWAY, ownedBy("that")]);
  await pass(400);
  expect(await result).toBe("true");
  expect(asked.times).toBe(4);
});

test("[N7] what was not carried out stays here, and so does what nobody has any more", async () => {
  for (const owner of [ownedBy("this"), null]) {
    const { result, asked } = given([owner]);
    expect(await result).toBe("false");
    expect(asked.times).toBe(1);
  }
});

test("[N7] a room that somebody else has taken up meanwhile is given", async () => {
  expect(await given([ownedBy("third")]).result).toBe("true");
});

test("[N7][N8] an engine that is away for a minute is asked no more", async () => {
  const { result, asked, pass } = given([AWAY]);
  await pass(61_000);
  expect(await result).toBe("away");
  const { times } = asked;
  await pass(5_000);
  expect(asked.times).toBe(times);
  expect(times).toBeGreaterThan(100);
});

test("[N7] a fault is no lost answer", async () => {
  const fault = new TypeError("a bug");
  expect(await given([null], () => Promise.reject(fault)).result).toBe("TypeError");
  expect(await given([fault]).result).toBe("TypeError");
});
