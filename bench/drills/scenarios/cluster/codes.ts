// Codes are one for all nodes: a wished one is one room's, and who guesses on three nodes is answered as on one.

import { inParallel } from "../../../wait.ts";
import { asked } from "../../cluster/asking.ts";
import { NodesAtWork } from "../../cluster/nodes.ts";
import type { Scenario } from "../../scene.ts";

const WISHES = 1_000;
const LANES = 8;
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_CHARS = 4;
const GUESSES = 80;
const GUESS_APART_MS = 500;
/** What three nodes may answer above what one does: what each says to the others is a moment on its way. */
const MORE_MAX = 1.1;
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
  about: "two guesses a second from one address, over three nodes and, beside it, on one: no more are answered [L9]",
  secondsMax: 180,
  async run(scene) {
    const answeredBy = async (count: number) => {
      const work = await NodesAtWork.start(scene, count, { LIMITS: "on" });
      let answered = 0;
      const guess = async (n: number) => {
        await Bun.sleep(n * GUESS_APART_MS);
        const answer = await asked(work.at(n).url, { type: "join", room: codeOf(n + 1) }, PATIENCE_MS);
        if (answer === "room_not_found") answered++;
      };
      await Promise.all(Array.from({ length: GUESSES }, (_, n) => guess(n)));
      await work.settle();
      return answered;
    };
    const [three = 0, one = 0] = await Promise.all([answeredBy(3), answeredBy(1)]);
    scene.note(`of ${GUESSES} guesses three nodes answered ${three}, one ${one}`);
    scene.expect(three <= one * MORE_MAX, `three nodes answered ${three} guesses, one ${one}`);
  },
};
