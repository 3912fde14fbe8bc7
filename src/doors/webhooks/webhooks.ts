// All webhooks: each is told what it wants of the log, in order, the next only when one was taken [W8]. One call a webhook is under way, so none waits
// for another; how far each is, is kept in the store a moment later. What happens in a session, nobody here knows.
import { nanoid } from "nanoid";
import type { Clock } from "../../clock.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Log } from "../../log.ts";
import { isRefusal, type Refusal } from "../../protocol/refusals.ts";
import { type EventLog, eventOf } from "../../sessions/eventLog.ts";
import type { Claim, LoggedEvent } from "../../sessions/store/rows.ts";
import type { Store } from "../../sessions/store/store.ts";
import type { WebhookRow } from "../../sessions/store/webhookTable.ts";
import type { Faults } from "../faults.ts";
import type { OneATurn } from "../streams/oneATurn.ts";
import { discordBody, message } from "./discord.ts";
import { LogReader } from "./logReader.ts";
import type { Outcome, Sender } from "./sender.ts";
import { newSecret, signed } from "./signature.ts";
import { GIVE_UP_MS, Webhook } from "./webhook.ts";

/** From a success to its being kept, in ms: what a `kill -9` says again [W8]. */
const KEEP_MS = 100;
/** From one look to the next whether this node may call, in ms. */
const LOOK_MS = 1_000;
const TAG_CHARS = 12;
/** "Gone": whoever says so wants no call any more. */
const GONE = 410;

interface WebhooksDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly eventLog: Pick<EventLog, "onTold" | "attempt">;
  readonly sender: Pick<Sender, "send">;
  readonly turns: OneATurn;
  readonly dialect: Pick<Dialect, "encode">;
  readonly log: Log;
  readonly faults: Pick<Faults, "caught">;
  readonly max: number;
  /** Whether this node keeps the sessions, and may serve anybody now [W15]. */
  readonly mayCall: () => boolean;
  readonly random?: () => number;
}

export class Webhooks {
  readonly #all = new Map<number, Webhook>();
  readonly #changed = new Set<Webhook>();
  readonly #steps = new WeakMap<Webhook, () => void>();
  /** What a stranger's session is told wakes nobody: there may be thousands of them. */
  readonly #hear = (_: number, __: unknown, claim: Claim | null) => {
    if (claim !== null && claim !== "stranger") this.#news();
  };
  readonly #reader: LogReader;
  #isStopped = false;
  #isKeeping = false;
  #isAsleep = false;
  #isTold = false;
  calls = 0;
  failures = 0;

  constructor(private readonly deps: WebhooksDeps) {
    this.#reader = new LogReader(deps.store, deps.eventLog);
  }

  /** Begins with those that are kept. */
  start(): void {
    const { store, eventLog } = this.deps;
    const rows = eventLog.attempt(() => store.webhooks.all());
    if (!isRefusal(rows)) for (const row of rows) this.#take(row);
  }

  get list(): readonly Webhook[] {
    return [...this.#all.values()];
  }

  get isFull(): boolean {
    return this.#all.size >= this.deps.max;
  }

  at(id: number): Webhook | null {
    return this.#all.get(id) ?? null;
  }

  /** Makes one, which is told what happens from now on. */
  add(asked: Pick<WebhookRow, "url" | "format" | "events">): Webhook | Refusal {
    const { store, clock, eventLog } = this.deps;
    const row = { ...asked, tag: nanoid(TAG_CHARS), secret: newSecret(), createdAt: clock.wall() };
    const none = { tries: 0, failingSince: null, nextAt: null, problem: null, pausedAt: null };
    const made = eventLog.attempt(() => {
      const toldId = store.outward.lastEventId;
      return { ...row, ...none, toldId, id: store.webhooks.add({ ...row, toldId }) };
    });
    return isRefusal(made) ? made : this.#take(made);
  }

  remove(webhook: Webhook): Refusal | null {
    const { store, eventLog } = this.deps;
    const done = eventLog.attempt(() => store.webhooks.remove(webhook.id));
    if (isRefusal(done)) return done;
    webhook.isGone = true;
    webhook.cancelWait?.();
    webhook.calling?.abort();
    this.#all.delete(webhook.id);
    this.#changed.delete(webhook);
    if (this.#all.size === 0) eventLog.onTold.delete(this.#hear);
    return null;
  }

  /** Has it go on where it stood, or with what is new. */
  resume(webhook: Webhook, isSkipping: boolean): void {
    // The event that is being told would be taken for another one.
    webhook.calling?.abort();
    webhook.resume(isSkipping ? this.deps.store.outward.lastEventId : null);
    this.#keep(webhook);
    this.#offer(webhook);
  }

  /** Calls it once with something that is no event; never rejects. */
  async test(webhook: Webhook): Promise<Outcome> {
    const { clock } = this.deps;
    const { row, id } = webhook;
    const timestamp = new Date(clock.wall()).toISOString();
    const body =
      row.format === "discord"
        ? message("Partyline can write here")
        : JSON.stringify({ type: "webhook.test", timestamp, data: { webhookId: id } });
    webhook.isTested = true;
    try {
      return await this.#send(webhook, `msg_${row.tag}_test${nanoid(TAG_CHARS)}`, body, new AbortController());
    } finally {
      webhook.isTested = false;
    }
  }

  /** Calls nobody any more, and keeps how far each is. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.deps.eventLog.onTold.delete(this.#hear);
    for (const webhook of this.#all.values()) {
      webhook.cancelWait?.();
      webhook.calling?.abort();
    }
    this.#keepAll();
  }

  #take(row: WebhookRow): Webhook {
    const webhook = new Webhook(row, this.deps.clock.wall());
    this.#all.set(row.id, webhook);
    this.#steps.set(webhook, () => this.#step(webhook));
    this.deps.eventLog.onTold.add(this.#hear);
    this.#offer(webhook);
    return webhook;
  }

  /** Something was told: it stands in the log when this turn is over. */
  #news(): void {
    this.#reader.grew();
    if (this.#isTold) return;
    this.#isTold = true;
    this.deps.clock.soon(() => {
      this.#isTold = false;
      for (const webhook of this.#all.values()) this.#offer(webhook);
    });
  }

  /** Has its next step done in a turn of its own, now or when its wait is over. */
  #offer(webhook: Webhook): void {
    const { clock, turns } = this.deps;
    if (this.#isStopped || !webhook.isFree || webhook.cancelWait !== null) return;
    const waitMs = webhook.waitMs(clock.wall());
    const step = this.#steps.get(webhook);
    if (step === undefined) return;
    if (waitMs === 0) {
      turns.add(step);
      return;
    }
    webhook.cancelWait = clock.after(waitMs, () => {
      webhook.waited(clock.wall());
      this.#offer(webhook);
    });
  }

  /** Calls it with the next event that it wants, or reads on in the log: one page a turn. */
  #step(webhook: Webhook): void {
    const { clock, mayCall } = this.deps;
    if (this.#isStopped || !webhook.isFree || webhook.waitMs(clock.wall()) > 0) return;
    if (!mayCall()) {
      this.#sleep();
      return;
    }
    const before = webhook.toldId;
    const event = webhook.next();
    if (event !== null) {
      void this.#call(webhook, event);
      return;
    }
    const page = this.#reader.after(webhook.toldId);
    if (isRefusal(page)) {
      this.#sleep();
      return;
    }
    webhook.waiting = [...page.events];
    // What was looked at behind the last of them is no operator's.
    if (webhook.next() === null) webhook.toldId = page.last;
    if (webhook.toldId !== before) this.#keep(webhook);
    if (webhook.waiting.length > 0 || !page.isEnd) this.#offer(webhook);
  }

  async #call(webhook: Webhook, event: LoggedEvent): Promise<void> {
    const ending = new AbortController();
    webhook.calling = ending;
    try {
      const outcome = await this.#send(
        webhook,
        `msg_${webhook.row.tag}_${event.id}`,
        this.#bodyOf(webhook, event),
        ending,
      );
      if (!ending.signal.aborted) this.#came(webhook, outcome);
    } catch (error) {
      this.deps.faults.caught(error, "a webhook");
      if (!ending.signal.aborted) this.#failed(webhook, "it could not be told", 0);
    } finally {
      if (webhook.calling === ending) webhook.calling = null;
      this.#offer(webhook);
    }
  }

  async #send({ row, url, tries }: Webhook, id: string, body: string, ending: AbortController): Promise<Outcome> {
    this.calls++;
    const fixed = { "content-type": "application/json", "user-agent": "Partyline" };
    const headers = { ...fixed, ...signed(row.secret, id, this.deps.clock.wall(), body) };
    const outcome = await this.deps.sender.send({ url, headers, body, tries }, ending.signal);
    if (outcome.problem !== null) this.failures++;
    return outcome;
  }

  #bodyOf({ row }: Webhook, event: LoggedEvent): string {
    const { store, dialect } = this.deps;
    if (row.format === "json") return dialect.encode(eventOf(event)) ?? "";
    return discordBody(event.type, event.body, (gameId) => store.game(event.sessionId, gameId)?.title ?? null);
  }

  #came(webhook: Webhook, { status, problem, retryAfterMs }: Outcome): void {
    if (problem !== null) {
      this.#failed(webhook, problem, retryAfterMs, status === GONE);
      return;
    }
    if (webhook.tries > 0) this.deps.log.info({ webhook: webhook.id, host: webhook.host }, "a webhook works again");
    webhook.succeeded();
    this.#keep(webhook);
  }

  #failed(webhook: Webhook, problem: string, retryAfterMs: number, isLast = false): void {
    const { clock, log, random = Math.random } = this.deps;
    const now = clock.wall();
    const about = { webhook: webhook.id, host: webhook.host, problem };
    if (webhook.tries === 0) log.warn(about, "a webhook fails");
    webhook.failed(problem, retryAfterMs, now, random());
    if (isLast || now - (webhook.failingSince ?? now) >= GIVE_UP_MS) {
      webhook.pausedAt = now;
      log.warn(about, "a webhook is paused");
    }
    this.#keep(webhook);
  }

  /** Looks again later: this node may not call now, or the log cannot be read. */
  #sleep(): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    this.deps.clock.after(LOOK_MS, () => {
      this.#isAsleep = false;
      for (const webhook of this.#all.values()) this.#offer(webhook);
    });
  }

  #keep(webhook: Webhook): void {
    this.#changed.add(webhook);
    if (this.#isKeeping || this.#isStopped) return;
    this.#isKeeping = true;
    this.deps.clock.after(KEEP_MS, () => {
      this.#isKeeping = false;
      if (!this.#isStopped) this.#keepAll();
    });
  }

  /** In one transaction. What cannot be kept is told again by the next process, as after a kill. */
  #keepAll(): void {
    const { store, eventLog } = this.deps;
    const changed = [...this.#changed].filter(({ isGone }) => !isGone);
    this.#changed.clear();
    if (changed.length === 0) return;
    eventLog.attempt(() =>
      store.transaction(() => {
        for (const { id, progress } of changed) store.webhooks.save(id, progress);
      }),
    );
  }
}
