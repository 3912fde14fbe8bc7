// A quiz as the bots play it, to begin with: copy it, and let the bots play your game. The host asks, phones answer after a while of thinking,
// the room keeps the score, and whoever waits taps on his screen.
import type { Room } from "../../js/src/index.ts";
import type { Bot } from "../bot.ts";

const ROUND_MS = 2_500;
const CHOICES = 4;
const TAPS_MS = 200;

interface Question {
  readonly question: number;
  readonly choices: number;
}

interface Answer {
  readonly answer: number;
  readonly choice: number;
}

export async function host(room: Room, bot: Bot): Promise<void> {
  const points: Record<string, number> = {};
  let n = 0;
  let right = 0;
  room.on("message", (data, from) => {
    const { answer, choice } = data as Partial<Answer>;
    // Whoever answers the question before has slept; it is told all the same.
    if (answer === undefined) return;
    const isRight = answer === n && choice === right;
    if (isRight) points[from.id] = (points[from.id] ?? 0) + 10;
    void room.send({ verdict: answer, isRight }, { to: from }).catch(gone);
  });
  while (!bot.signal.aborted) {
    n++;
    right = bot.rng.below(CHOICES);
    await room.send({ question: n, choices: CHOICES } satisfies Question).catch(gone);
    await bot.wait(ROUND_MS);
    if (!bot.signal.aborted) await room.setState({ n, points }).catch(gone);
  }
}

export async function player(room: Room, bot: Bot): Promise<void> {
  const done = new Map<number, () => void>();
  room.on("message", async (data) => {
    const { question, choices = 1, verdict } = data as Partial<Question> & { verdict?: number };
    if (verdict !== undefined) done.get(verdict)?.();
    if (question === undefined) return;
    await bot.wait(bot.rng.between(200, 1_200));
    if (bot.signal.aborted || room.host === null) return;
    done.set(question, bot.measure("answer to verdict"));
    await room
      .send({ answer: question, choice: bot.rng.below(choices) } satisfies Answer, { to: room.host })
      .catch(gone);
  });
  // Worth nothing a moment later: dropped while away.
  bot.every(TAPS_MS, () => {
    if (room.host !== null) room.cast({ tap: bot.rng.below(100) }, room.host);
  });
  await room.setData({ colour: bot.rng.below(8) }).catch(gone);
}

/** Whoever has left needs no answer, and after a crash of the server nobody knows whether it was asked: the report counts both. */
function gone(): void {}
