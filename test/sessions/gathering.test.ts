// Works that share a transaction: who waits and how long, and that nobody's work is lost for another's.
import { describe, expect, test } from "bun:test";
import { isRefusal, refuse } from "../../src/protocol/refusals.ts";
import { GATHERING, Gathering } from "../../src/sessions/gathering.ts";
import type { Store } from "../../src/sessions/store/store.ts";
import { core } from "../support/core.ts";
import { diskFull, GAME, ok } from "../support/sessions.ts";
import { range } from "../support/stage.ts";

/** A session with a game that a chat votes for, and how many transactions the store has had. */
function stage() {
  const fixture = core();
  const { store, sessions, eventLog, clock, fanout } = fixture;
  const { id } = ok(sessions.start(null, null));
  ok(sessions.addGame(id, GAME, null));
  const counted = { transactions: 0 };
  const { transaction } = store;
  store.transaction = <T>(work: () => T): T => {
    counted.transactions++;
    return transaction.call(store, work) as T;
  };
  const answers: unknown[] = [];
  const hear = (answer: unknown) => void answers.push(answer);
  const keep = (soon: Promise<unknown>) => soon.then(hear, hear);
  const ballot = (name: string) => ({ voter: `chat:${name}`, username: name, vote: "up", votedAt: 0 }) as const;
  const vote = (name: string) => void keep(sessions.voteSoon(id, ballot(name)));
  const voters = () => store.events(id, 0, 1_000).flatMap(({ body }) => JSON.parse(body).vote?.username ?? []);
  return { store, sessions, eventLog, clock, fanout, id, counted, answers, keep, vote, voters };
}

/** Lets the answers of what is done be heard: they are promises. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function failOn(store: Store, name: string, error: unknown): void {
  const { putVote } = store;
  store.putVote = (row, castAt) => {
    if (row.username === name) throw error;
    return putVote.call(store, row, castAt);
  };
}

describe("votes by HTTP", () => {
  test("[S20] the first waits for nobody; those of the next moment are one transaction, in their order", async () => {
    const { clock, counted, answers, vote, voters } = stage();
    vote("a");
    await settle();
    expect(answers).toMatchObject([{ vote: { username: "a" }, totals: { upvotes: 1 } }]);
    for (const name of ["b", "c", "d"]) vote(name);
    clock.advance(GATHERING.everyMs - 1);
    await settle();
    expect([answers.length, voters()]).toEqual([1, ["a"]]);
    clock.advance(1);
    await settle();
    expect(answers.slice(1)).toMatchObject([2, 3, 4].map((upvotes) => ({ totals: { upvotes } })));
    expect(voters()).toEqual(["a", "b", "c", "d"]);
    expect(counted.transactions).toBe(2);
  });

  test("[S20] they are told when all of them are written, and not before", async () => {
    const { store, clock, fanout, vote, id } = stage();
    vote("a");
    for (const name of ["b", "c"]) vote(name);
    const heard = () => fanout.told.filter(({ sessionId }) => sessionId === id).length;
    const before = heard();
    const { log } = store;
    store.log = (...event) => {
      expect(heard()).toBe(before);
      return log.apply(store, event);
    };
    clock.advance(GATHERING.everyMs);
    expect(heard()).toBe(before + 2);
  });

  test("[S20] where one fails by a bug, the others are written and told, and it alone hears of it", async () => {
    const { store, clock, answers, vote, voters } = stage();
    const bug = new Error("a bug");
    failOn(store, "c", bug);
    for (const name of ["a", "b", "c", "d"]) vote(name);
    clock.advance(GATHERING.everyMs);
    await settle();
    expect(answers).toMatchObject([{ vote: { username: "a" } }, { vote: { username: "b" } }, bug, { vote: {} }]);
    expect(voters()).toEqual(["a", "b", "d"]);
    expect(store.latestGame(1)).toMatchObject({ upvotes: 3 });
  });

  test("[S20] where one cannot be told by a bug, the others are told and answered, and it alone hears of it", async () => {
    const { clock, answers, fanout, vote, voters, id } = stage();
    const bug = new Error("a bug");
    const { toSubscribers } = fanout;
    fanout.toSubscribers = (sessionId, event) => {
      if (event.body.includes('"c"')) throw bug;
      toSubscribers.call(fanout, sessionId, event);
    };
    for (const name of ["a", "b", "c", "d"]) vote(name);
    clock.advance(GATHERING.everyMs);
    await settle();
    expect(answers).toMatchObject([{ vote: { username: "a" } }, { vote: { username: "b" } }, bug, { vote: {} }]);
    expect(voters()).toEqual(["a", "b", "c", "d"]);
    expect(fanout.told.filter(({ sessionId }) => sessionId === id).at(-1)?.event.body).toContain('"d"');
  });

  test("[S20][S23] where the file fails at one or at the commit, each is told what became of its own, and no id is left out", async () => {
    const { store, clock, answers, vote, voters, id } = stage();
    const full = diskFull();
    failOn(store, "c", full);
    for (const name of ["a", "b", "c", "d"]) vote(name);
    clock.advance(GATHERING.everyMs);
    await settle();
    const words = answers.map((answer) => (isRefusal(answer) ? answer.name : "done"));
    expect(words).toEqual(["done", "done", "not_kept", "done"]);
    expect(voters()).toEqual(["a", "b", "d"]);
    const ids = store.events(id, 0, 100).map((event) => event.id);
    expect(ids).toEqual(range(ids[0] ?? 0, (ids[0] ?? 0) + ids.length));
  });

  test("[S20] so many at once, and the others in the turns after it", () => {
    const { clock, vote, voters } = stage();
    for (const n of range(0, 2 * GATHERING.atOnceMax + 2)) vote(`${n}`);
    clock.advance(GATHERING.everyMs);
    expect(voters().length).toBe(2 * GATHERING.atOnceMax + 2);
    expect(voters()).toEqual(range(0, 2 * GATHERING.atOnceMax + 2).map(String));
    expect(GATHERING.atOnceMax).toBeLessThanOrEqual(32);
  });

  test("[S36] the second of a name in the same moment is refused as any second one", async () => {
    const { clock, answers, vote, voters } = stage();
    for (const name of ["a", "b", "b"]) vote(name);
    clock.advance(GATHERING.everyMs);
    await settle();
    expect(answers[2]).toMatchObject({ name: "vote_too_soon" });
    expect(voters()).toEqual(["a", "b"]);
  });

  test("[L17] that wait when the log closes are written first, and none is after it", async () => {
    const { eventLog, clock, answers, counted, vote, voters } = stage();
    const names = range(0, GATHERING.atOnceMax + 3).map(String);
    for (const name of names) vote(name);
    eventLog.close();
    await settle();
    expect(answers).toMatchObject(names.map((username) => ({ vote: { username } })));
    vote("late");
    clock.advance(GATHERING.everyMs);
    await settle();
    expect([answers.at(-1), voters(), counted.transactions]).toMatchObject([{ name: "not_kept" }, names, 3]);
  });

  test("a work that refuses takes nothing from the others", async () => {
    const { eventLog, clock, answers, keep } = stage();
    const gathering = new Gathering(eventLog, clock);
    for (const n of range(0, 3)) void keep(gathering.add(() => (n === 1 ? refuse("no_game") : n)));
    clock.advance(GATHERING.everyMs);
    await settle();
    expect(answers).toMatchObject([0, { name: "no_game" }, 2]);
  });
});
