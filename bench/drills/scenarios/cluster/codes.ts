// Codes are one for all nodes: a wished one is one room's, and who guesses on three nodes is answered as on one.

import { inParallel } from "../../../wait.ts";
import { asked } from "../../cluster/asking.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario } from "../../scene.ts";

const WISHES = 1_000;
const LANES = 8;
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_CHARS = 4;
const GUESSES = 40;
const GUESS_APART_MS = 1_500;
/** Wrong codes of an address that are answered at once, and how far apart the answers are after them. */
const FREE = 10;
const ANSWERS_APART_MS = 2_000;
const PATIENCE_MS = 30_000;

/** Each number its own word. */
function codeOf(n: number): string {
  const letters = Array.from(
    { length: CODE_CHARS },
    (_, at) => LETTERS[Math.floor(n / LETTERS.length ** at) % LETTERS.length],
  );
  return letters.join("");
}

export const wishes: Scenario = {
  name: "cluster-wishes",
  about: `two nodes claim one wished code, ${WISHES} times: one has it each time`,
  secondsMax: 120,
  async run(scene) {
    const work = await NodesAtWork.start(scene);
    const outcomes = new Map<string, number>();
    const wish = async (n: number) => {
      const request = { type: "create", maxClients: 8, room: codeOf(n) };
      const two = [work.at(n), work.at(n + 1)].map(({ url }) => asked(url, request, PATIENCE_MS));
      const outcome = (await Promise.all(two)).sort().join("+");
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    await inParallel(WISHES, wish, LANES);
    scene.note(`${WISHES} times: ${JSON.stringify(Object.fromEntries(outcomes))}`);
    const once = outcomes.get("code_taken+created") ?? 0;
    scene.expect(once === WISHES, `one had the code ${once} times of ${WISHES}`);
    await work.settle();
  },
};

export const guesses: Scenario = {
  name: "cluster-guesses",
  about: `${GUESSES} guesses a minute from one address over three nodes: answered at most one every 2 s after the tenth`,
  secondsMax: 180,
  async run(scene) {
    const work = await NodesAtWork.start(scene, 3, { LIMITS: "on" });
    const answeredAt: number[] = [];
    const said = new Set<string>();
    const guess = async (n: number) => {
      await Bun.sleep(n * GUESS_APART_MS);
      said.add(await asked(work.at(n).url, { type: "join", room: codeOf(n + 1) }, PATIENCE_MS));
      answeredAt.push(performance.now());
    };
    await Promise.all(Array.from({ length: GUESSES }, (_, n) => guess(n)));
    const late = answeredAt.slice(FREE);
    const spanMs = (late.at(-1) ?? 0) - (answeredAt[FREE - 1] ?? 0);
    const meanMs = spanMs / late.length;
    scene.note(`after the tenth one every ${(meanMs / 1000).toFixed(2)} s; answers: ${[...said].join(", ")}`);
    scene.expect(meanMs >= ANSWERS_APART_MS, `after the tenth one every ${meanMs.toFixed(0)} ms`);
    await work.settle();
  },
};
