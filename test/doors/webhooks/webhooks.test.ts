// How webhooks are told of the log, on a clock that stands still and with a sender that does what a test says: order, retries, pauses, what the
// next process knows.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook as Verifier } from "standardwebhooks";
import { live } from "../../../src/dialects/live/codec.ts";
import { OneATurn } from "../../../src/doors/streams/oneATurn.ts";
import type { Letter, Outcome } from "../../../src/doors/webhooks/sender.ts";
import { newSecret, signed } from "../../../src/doors/webhooks/signature.ts";
import type { Webhook } from "../../../src/doors/webhooks/webhook.ts";
import { Webhooks } from "../../../src/doors/webhooks/webhooks.ts";
import { openLog } from "../../../src/log.ts";
import { isRefusal } from "../../../src/protocol/refusals.ts";
import { EventLog } from "../../../src/sessions/eventLog.ts";
import { Sessions } from "../../../src/sessions/sessions.ts";
import { Store } from "../../../src/sessions/store/store.ts";
import { ManualClock } from "../../support/clock.ts";
import { NotebookFanout } from "../../support/notebook.ts";
import { GAME, ok } from "../../support/sessions.ts";
import { range } from "../../support/stage.ts";

const OK: Outcome = { status: 200, problem: null, retryAfterMs: 0 };
const BAD: Outcome = { status: 500, problem: "it answered 500", retryAfterMs: 0 };
const ALL = ["session.started", "game.added", "game.started", "game.ended", "vote.received", "session.ended"];
const DAY_MS = 86_400_000;

interface Sent extends Letter {
  /** ms after the beginning. */
  readonly at: number;
  readonly answer: (outcome: Outcome) => void;
  readonly end: AbortSignal;
}

/** A process with webhooks on this store: what is sent is answered at once, or by the test. */
function house(store = Store.open(":memory:", 64 * 1024 * 1024), clock = new ManualClock(), max = 50) {
  const beganAt = clock.now();
  const sent: Sent[] = [];
  const logged: string[] = [];
  const faults: unknown[] = [];
  let answers: ((letter: Letter) => Outcome) | null = () => OK;
  let mayCall = true;
  const eventLog = new EventLog({ store, clock, fanout: new NotebookFanout(), charge: () => {}, onFailure: () => {} });
  const sessions = new Sessions({ store, clock, eventLog });
  const webhooks = new Webhooks({
    ...{ store, clock, eventLog, dialect: live, max, turns: new OneATurn(clock) },
    log: openLog("debug", { write: (line) => logged.push(line) }),
    faults: { caught: (error) => void faults.push(error) },
    mayCall: () => mayCall,
    random: () => 0.5,
    sender: {
      send(letter, end) {
        const { promise, resolve } = Promise.withResolvers<Outcome>();
        end.addEventListener("abort", () => resolve({ status: null, problem: "ended", retryAfterMs: 0 }));
        sent.push({ ...letter, at: clock.now() - beganAt, answer: resolve, end });
        if (answers !== null) resolve(answers(letter));
        return promise;
      },
    },
  });
  webhooks.start();
  /** Lets so much time pass, and whatever is due at once happen. */
  const pass = async (ms = 0) => {
    clock.advance(ms);
    for (let calm = 0; calm < 15; calm++) {
      const before = sent.length;
      await new Promise(setImmediate);
      clock.advance(0);
      if (sent.length > before) calm = 0;
    }
  };
  const add = (more: Partial<{ format: "json" | "discord"; events: readonly string[]; url: string }> = {}): Webhook => {
    const made = webhooks.add({ url: "https://hook.example/secret-path", format: "json", events: ALL, ...more });
    if (isRefusal(made)) throw new Error(made.text);
    return made;
  };
  const session = () => ok(sessions.start("Friday", null)).id;
  const vote = (id: number, n: number) =>
    ok(sessions.vote(id, { voter: `chat:v${n}`, username: `v${n}`, vote: "up", votedAt: clock.now() }));
  return {
    ...{ store, clock, sent, logged, faults, eventLog, sessions, webhooks, pass, add, session, vote },
    answer: (how: ((letter: Letter) => Outcome) | null) => {
      answers = how;
    },
    allow: (may: boolean) => {
      mayCall = may;
    },
    ids: () => sent.map(({ body }) => JSON.parse(body).id),
  };
}

const idOf = ({ headers }: Letter) => headers["webhook-id"];

describe("a webhook", () => {
  test("[W6][W7] is told what happens from then on, as the log has it, in order", async () => {
    const { add, session, sessions, store, pass, sent, ids } = house();
    const id = session();
    add();
    sessions.addGame(id, GAME, null);
    sessions.end(id);
    await pass();
    expect(ids()).toEqual([2, 3]);
    const [row] = store.events(id, 1, 1);
    expect(sent.map(({ body }) => JSON.parse(body))[0]).toEqual({
      ...{ id: 2, type: "game.added", timestamp: row?.timestamp, data: JSON.parse(row?.body ?? "") },
    });
  });

  test("[W6] is told what it wants, and of no stranger's session", async () => {
    const { add, sessions, session, pass, sent, store } = house();
    const picky = add({ events: ["game.added"] });
    const theirs = ok(sessions.start(null, null, "host")).id;
    sessions.addGame(theirs, GAME, null);
    const ours = session();
    sessions.addGame(ours, GAME, null);
    await pass(100);
    expect(sent.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: "game.added", data: { session: { id: ours } } },
    ]);
    // It is past what it does not want, and that is kept.
    sessions.end(ours);
    await pass(100);
    expect([picky.toldId, store.webhooks.all()[0]?.toldId]).toEqual([5, 5]);
    expect(sent).toHaveLength(1);
  });

  test("[W6] what strangers' sessions are told wakes none, and many that are at one place read it once", async () => {
    const { add, sessions, session, pass, sent, store } = house();
    for (const _ of range(0, 10)) add();
    await pass();
    let reads = 0;
    const read = store.outward.operatorsEvents.bind(store.outward);
    store.outward.operatorsEvents = (...asked) => {
      reads++;
      return read(...asked);
    };
    for (const _ of range(0, 20)) ok(sessions.start(null, null, "host"));
    await pass();
    expect(reads).toBe(0);
    const ours = session();
    await pass();
    expect(sent).toHaveLength(10);
    // Once for what is new, and once to see that there is no more.
    expect(reads).toBe(2);
    sessions.end(ours);
    await pass();
    expect(sent).toHaveLength(20);
  });

  test("[W7] each call is signed so that the package of Standard Webhooks takes it, and no other secret does", async () => {
    // Its verifier looks at the world's clock.
    const secret = newSecret();
    const body = '{"type":"vote.received","data":{"ü":"🎉"}}';
    const headers = signed(secret, "msg_x_1", Date.now(), body);
    expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    for (const [text, changed] of [
      [`${body} `, headers],
      [body, { ...headers, "webhook-id": "msg_x_2" }],
      [body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) }],
    ] as const) {
      expect(() => new Verifier(secret).verify(text, { ...changed })).toThrow("No matching signature");
    }
    expect(() => new Verifier(newSecret()).verify(body, headers)).toThrow("No matching signature");
    const late = signed(secret, "msg_x_1", Date.now() - 301_000, body);
    expect(() => new Verifier(secret).verify(body, late)).toThrow("too old");
  });

  test("[W7] each event has an id of its own, the same at each try, and no other webhook's", async () => {
    const { add, session, pass, sent, answer, clock } = house();
    add();
    add();
    let left = 2;
    answer(() => (left-- > 0 ? BAD : OK));
    session();
    await pass();
    await pass(1_000);
    await pass(5_000);
    const [first, second, ...again] = sent;
    expect(again.map(idOf)).toEqual([first, second].map((letter) => letter && idOf(letter)));
    expect(new Set(sent.map(idOf)).size).toBe(2);
    for (const letter of sent) expect(idOf(letter)).toMatch(/^msg_[\w-]{12}_1$/);
    // The time is that of the try.
    const seconds = sent.map(({ headers }) => Number(headers["webhook-timestamp"]));
    expect(seconds[2]).toBe((seconds[0] ?? 0) + 1);
    expect(clock.now() % 1_000).toBe(0);
  });

  test("[W6] past MAX_WEBHOOKS there is no room, and one that has ended is told nothing", async () => {
    const { add, webhooks, session, pass, sent, store } = house(undefined, undefined, 2);
    const one = add();
    expect(webhooks.isFull).toBe(false);
    add();
    expect(webhooks.isFull).toBe(true);
    webhooks.remove(one);
    expect(webhooks.isFull).toBe(false);
    session();
    await pass(100);
    expect(sent).toHaveLength(1);
    expect(store.webhooks.all().map(({ id }) => id)).toEqual([2]);
  });
});

describe("what is not taken", () => {
  test("[W8][W9] holds up what comes behind it, and is tried again after 1 s, 5 s, 30 s, …, then each hour", async () => {
    const { add, session, pass, sent, answer } = house();
    add();
    answer(() => BAD);
    const id = session();
    expect(id).toBe(1);
    await pass();
    for (let second = 0; second < 3 * 3_600; second++) await pass(1_000);
    const gaps = sent.map(({ at }, n) => (at - (sent[n - 1]?.at ?? 0)) / 1_000);
    expect(gaps).toEqual([0, 1, 5, 30, 120, 600, 1_800, 3_600, 3_600]);
    expect(new Set(sent.map(idOf)).size).toBe(1);
  }, 60_000);

  test("[W9] jitter moves each try by up to half of its wait, either way", async () => {
    const { add } = house();
    const webhook = add();
    webhook.failed("x", 0, 0, 0);
    expect(webhook.nextAt).toBe(500);
    webhook.failed("x", 0, 0, 1);
    expect(webhook.nextAt).toBe(7_500);
    webhook.failed("x", 600_000, 0, 0.5);
    expect(webhook.nextAt).toBe(600_000);
  });

  test("[W9] days for which the machine slept, or by which its clock was set, are none of failures", async () => {
    const { add, session, sessions, pass, sent, answer, clock } = house();
    const webhook = add();
    answer(() => BAD);
    session();
    await pass();
    expect(webhook.tries).toBe(1);
    const wall = clock.wall.bind(clock);
    clock.wall = () => wall() + 3 * DAY_MS;
    await pass(1_000);
    expect([sent.length, webhook.tries, webhook.pausedAt]).toEqual([2, 2, null]);
    answer(() => OK);
    await pass(5_000);
    expect([webhook.tries, webhook.toldId]).toEqual([0, 1]);
    // Those after it count as ever.
    answer(() => BAD);
    sessions.end(1);
    for (let hours = 0; webhook.pausedAt === null; hours++) {
      expect(hours).toBeLessThan(30);
      await pass(DAY_MS / 24);
    }
    expect(webhook.pausedAt - (webhook.failingSince ?? 0)).toBeWithin(DAY_MS, 1.1 * DAY_MS);
  });

  test("[W9] after 24 h without a success nothing is tried any more, and it says why; resumed it goes on where it stood", async () => {
    const { add, session, vote, sessions, webhooks, pass, sent, answer, logged, ids, store } = house();
    const webhook = add();
    answer(() => BAD);
    const id = session();
    sessions.addGame(id, GAME, null);
    vote(id, 1);
    for (let hour = 0; hour < 30; hour++) for (const _ of range(0, 6)) await pass(600_000);
    expect(webhook.pausedAt).not.toBeNull();
    const spentMs = (webhook.pausedAt ?? 0) - (webhook.failingSince ?? 0);
    expect(spentMs).toBeWithin(DAY_MS, DAY_MS + 3_600_001);
    expect(webhook.problem).toBe("it answered 500");
    const tries = sent.length;
    await pass(DAY_MS);
    expect(sent).toHaveLength(tries);
    expect(logged.map((line) => JSON.parse(line).msg)).toEqual(["a webhook fails", "a webhook is paused"]);
    expect(JSON.parse(logged[1] ?? "")).toMatchObject({ webhook: 1, host: "hook.example", problem: "it answered 500" });
    answer(() => OK);
    webhooks.resume(webhook, false);
    await pass();
    await pass(100);
    expect(ids().slice(tries)).toEqual([1, 2, 3]);
    expect(store.webhooks.all()).toMatchObject([
      { toldId: 3, tries: 0, failingSince: null, pausedAt: null, problem: null },
    ]);
  }, 60_000);

  test("[W9] skip: what it was not told it is never told", async () => {
    const { add, session, vote, sessions, webhooks, pass, answer, ids, sent } = house();
    const webhook = add();
    answer(() => BAD);
    const id = session();
    sessions.addGame(id, GAME, null);
    await pass();
    answer(() => OK);
    webhooks.resume(webhook, true);
    await pass(10_000);
    expect(sent).toHaveLength(1);
    vote(id, 1);
    await pass();
    expect(ids()).toEqual([1, 3]);
  });

  test("[W9] a resume while one is under way tells it again, and goes on", async () => {
    const { add, session, sessions, webhooks, pass, answer, ids, sent } = house();
    const webhook = add();
    answer(null);
    const id = session();
    await pass();
    answer(() => OK);
    webhooks.resume(webhook, false);
    sessions.addGame(id, GAME, null);
    await pass();
    expect(sent[0]?.end.aborted).toBe(true);
    expect(ids()).toEqual([1, 1, 2]);
  });

  test("[W9] 410 pauses at once; a success in between begins the day anew", async () => {
    const { add, session, sessions, pass, answer, clock, sent } = house();
    const webhook = add();
    answer(() => BAD);
    const id = session();
    await pass();
    expect(webhook.failingSince).toBe(clock.now());
    answer(() => OK);
    await pass(1_000);
    expect([webhook.failingSince, webhook.tries]).toEqual([null, 0]);
    answer(() => ({ status: 410, problem: "it answered 410", retryAfterMs: 0 }));
    sessions.addGame(id, GAME, null);
    await pass();
    expect(webhook.pausedAt).toBe(clock.now());
    await pass(DAY_MS);
    expect(sent).toHaveLength(3);
  });

  test("[W9] the answer's own wish is kept", async () => {
    const { add, session, pass, answer, sent } = house();
    add();
    answer(() => ({ status: 429, problem: "it answered 429", retryAfterMs: 60_000 }));
    session();
    await pass();
    for (let second = 0; second < 61; second++) await pass(1_000);
    expect(sent.map(({ at }) => at / 1_000)).toEqual([0, 60]);
  });
});

describe("one that is slow", () => {
  test("[W11] has one call under way, and holds up no other", async () => {
    const { add, session, vote, sessions, pass, answer, sent } = house();
    add({ url: "https://slow.example/" });
    add();
    answer(null);
    const id = session();
    sessions.addGame(id, GAME, null);
    await pass();
    expect(sent.map(({ url }) => url.host)).toEqual(["slow.example", "hook.example"]);
    answer(({ url }) => (url.host === "slow.example" ? BAD : OK));
    sent[1]?.answer(OK);
    for (const n of range(0, 20)) vote(id, n);
    await pass();
    expect(sent.filter(({ url }) => url.host === "slow.example")).toHaveLength(1);
    expect(sent.filter(({ url }) => url.host === "hook.example")).toHaveLength(22);
  });

  test("[W11] with a log that is long one has only a part of it in memory", async () => {
    const { add, session, sessions, vote, pass, answer, sent } = house();
    const webhook = add();
    answer(null);
    const id = session();
    sessions.addGame(id, GAME, null);
    for (const n of range(0, 300)) vote(id, n);
    await pass();
    expect(webhook.waiting.length).toBe(256);
    answer(() => OK);
    sent[0]?.answer(OK);
    await pass();
    expect(sent.map(({ body }) => JSON.parse(body).id)).toEqual(range(1, 303));
  });
});

describe("the next process", () => {
  test("[W8] goes on where the last one was, 100 ms before its kill at most, and leaves nothing out", async () => {
    const store = Store.open(":memory:", 64 * 1024 * 1024);
    const first = house(store);
    first.add();
    const id = first.session();
    first.sessions.addGame(id, GAME, null);
    for (const n of range(0, 5)) first.vote(id, n);
    await first.pass();
    await first.pass(100);
    for (const n of range(5, 8)) first.vote(id, n);
    await first.pass();
    await first.pass(99);
    expect(first.ids()).toEqual(range(1, 11));
    // Killed: nothing more is kept.
    const second = house(store, first.clock);
    second.vote(id, 8);
    await second.pass(100);
    expect(second.ids()).toEqual(range(8, 12));
    expect(idOf(second.sent[0] as Letter)).toBe(idOf(first.sent[7] as Letter));
    // Stopped: all is kept.
    second.vote(id, 9);
    await second.pass();
    second.webhooks.stop();
    const third = house(store, first.clock);
    await third.pass(10_000);
    expect(third.sent).toEqual([]);
  });

  test("[W9] knows what failed, waits as long, and does not count the time for which there was none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "partyline-webhooks-"));
    try {
      const path = join(folder, "sessions.sqlite");
      const store = Store.open(path, 64 * 1024 * 1024);
      const first = house(store);
      first.add();
      first.answer(() => BAD);
      first.session();
      for (let second = 0; second < 8; second++) await first.pass(1_000);
      first.webhooks.stop();
      store.close();
      const clock = first.clock;
      clock.advance(2 * DAY_MS);
      const next = house(Store.open(path, 64 * 1024 * 1024), clock);
      next.answer(() => BAD);
      const [webhook] = next.webhooks.list;
      expect(webhook).toMatchObject({ tries: 3, problem: "it answered 500", pausedAt: null });
      await next.pass();
      expect(next.sent).toHaveLength(1);
      expect(webhook?.pausedAt).toBeNull();
      await next.pass(120_000);
      expect(next.sent).toHaveLength(2);
      expect(clock.now() - (webhook?.failingSince ?? 0)).toBeLessThan(DAY_MS);
      next.store.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("[W8] a clock that was set back by a day keeps nobody waiting for a day", async () => {
    const store = Store.open(":memory:", 64 * 1024 * 1024);
    const first = house(store);
    first.add();
    first.answer(() => BAD);
    first.clock.advance(DAY_MS);
    first.session();
    await first.pass(1_000);
    first.webhooks.stop();
    const second = house(store, new ManualClock());
    await second.pass();
    expect(second.sent).toHaveLength(1);
  });

  test("[W15] that may not call yet waits until it may", async () => {
    const { add, session, pass, sent, allow } = house();
    add();
    allow(false);
    session();
    await pass(5_000);
    expect(sent).toEqual([]);
    allow(true);
    await pass(1_000);
    expect(sent).toHaveLength(1);
  });
});

describe("what is never told", () => {
  test("[W14] a secret, or of an address more than its host, stands in no line of the log", async () => {
    const { add, session, pass, answer, webhooks, logged } = house();
    const webhook = add();
    answer(() => BAD);
    session();
    await pass(1_000);
    answer(() => OK);
    await pass(60_000);
    await webhooks.test(webhook);
    expect(logged.map((line) => JSON.parse(line).msg)).toEqual(["a webhook fails", "a webhook works again"]);
    for (const line of logged) {
      expect(line).not.toContain("secret-path");
      expect(line).not.toContain(webhook.row.secret.slice("whsec_".length));
    }
  });

  test("[W6] without a webhook nobody listens to the log", async () => {
    const { add, webhooks, eventLog } = house();
    expect(eventLog.onTold.size).toBe(0);
    const webhook = add();
    expect(eventLog.onTold.size).toBe(1);
    webhooks.remove(webhook);
    expect(eventLog.onTold.size).toBe(0);
  });
});

test("[W13] a test is one call with something that is no event, also to one that is paused", async () => {
  const { add, session, pass, answer, webhooks, sent } = house();
  const webhook = add();
  answer(() => ({ status: 410, problem: "it answered 410", retryAfterMs: 0 }));
  session();
  await pass();
  answer(() => OK);
  expect(await webhooks.test(webhook)).toEqual(OK);
  const [, letter] = sent;
  expect(JSON.parse(letter?.body ?? "")).toMatchObject({ type: "webhook.test", data: { webhookId: 1 } });
  expect(letter?.headers["webhook-id"]).toMatch(/^msg_[\w-]{12}_test[\w-]{12}$/);
  expect(webhook.pausedAt).not.toBeNull();
  await pass(10_000);
  expect(sent).toHaveLength(2);
});
