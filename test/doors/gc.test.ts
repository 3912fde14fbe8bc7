// When memory is given back: after a crowd has come or gone, in a quiet second, once.
import { expect, spyOn, test } from "bun:test";
import { Gc } from "../../src/doors/gc.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { linesAre, stages } from "../support/stage.ts";

const stage = stages();

/** Lines that come or go before a collection is worth its time, as SPEC.md says it. */
const CROWD = 1_000;
/** Messages with which a second is no quiet one any more. */
const TALK = 50;

function house() {
  const clock = new ManualClock();
  const seen = { messages: 0, collections: 0 };
  const gc = new Gc(
    clock,
    () => seen.messages,
    () => {
      seen.collections++;
    },
  );
  gc.start();
  const turnover = (lines: number) => {
    for (let n = 0; n < lines; n++) gc.count();
  };
  const answers = (count: number) => {
    for (let n = 0; n < count; n++) gc.countAnswer();
  };
  const second = () => clock.advance(1_000);
  return { seen, turnover, answers, second };
}

test("[L18] a crowd that has come is collected after in the first second in which nobody comes, goes or speaks", () => {
  const { seen, turnover, second } = house();
  turnover(CROWD);
  second();
  expect(seen.collections).toBe(0);
  turnover(1);
  second();
  expect(seen.collections).toBe(0);
  seen.messages += TALK;
  second();
  expect(seen.collections).toBe(0);
  second();
  expect(seen.collections).toBe(1);
  second();
  expect(seen.collections).toBe(1);
});

test("[L18][M5] 250 answers of the monitor are worth one, in the second of the last of them", () => {
  const { seen, answers, second } = house();
  answers(249);
  second();
  expect(seen.collections).toBe(0);
  answers(1);
  second();
  expect(seen.collections).toBe(1);
  answers(249);
  second();
  expect(seen.collections).toBe(1);
});

test("[L18] a few lines are not worth a collection, until they are a crowd together", () => {
  const { seen, turnover, second } = house();
  turnover(CROWD - 1);
  second();
  second();
  expect(seen.collections).toBe(0);
  turnover(1);
  second();
  second();
  expect(seen.collections).toBe(1);
});

test("[L18] a second in which a few messages come is quiet, however many came before it", () => {
  const { seen, turnover, second } = house();
  turnover(CROWD);
  seen.messages += 10 * TALK;
  second();
  seen.messages += TALK - 1;
  second();
  expect(seen.collections).toBe(1);
});

test("[L18] after a collection the next crowd is counted anew", () => {
  const { seen, turnover, second } = house();
  turnover(CROWD);
  second();
  second();
  turnover(CROWD - 1);
  second();
  second();
  expect(seen.collections).toBe(1);
  turnover(1);
  second();
  second();
  expect(seen.collections).toBe(2);
});

test("[L18] each line of a server counts when it comes, and again when it goes", async () => {
  const { server } = stage();
  const count = spyOn(Gc.prototype, "count");
  try {
    const client = await Client.connect(server.url);
    await client.ask({ type: "ping" });
    expect(count).toHaveBeenCalledTimes(1);
    await client.close();
    await linesAre(server, 0);
    expect(count).toHaveBeenCalledTimes(2);
  } finally {
    count.mockRestore();
  }
});
