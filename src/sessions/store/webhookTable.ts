// The webhooks as they are kept, and how far each has been told. In the file of the store; SQL and nothing else.
import type { Database } from "bun:sqlite";

/** How what is told looks: our own JSON, or what Discord shows. */
export const WEBHOOK_FORMATS = ["json", "discord"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** How far a webhook is. Times are ms since 1970. */
export interface WebhookProgress {
  /** The id of the last event that it was told, or did not want. */
  readonly toldId: number;
  /** How often the next one was tried without success. */
  readonly tries: number;
  /** When that was tried first; null: it was not. */
  readonly failingSince: number | null;
  /** When it is tried again; null: at once. */
  readonly nextAt: number | null;
  /** Why it failed last, in words. */
  readonly problem: string | null;
  /** Since when nothing is tried any more; null: it is. */
  readonly pausedAt: number | null;
}

export interface WebhookRow extends WebhookProgress {
  readonly id: number;
  /** A word at random, by which its events are told apart from those of other webhooks and other servers. */
  readonly tag: string;
  readonly url: string;
  /** `whsec_…` */
  readonly secret: string;
  readonly format: WebhookFormat;
  /** Types of events that it wants. */
  readonly events: readonly string[];
  readonly createdAt: number;
}

type Columns = Omit<WebhookRow, "events"> & { readonly events: string };
type New = Pick<WebhookRow, "tag" | "url" | "secret" | "format" | "events" | "createdAt" | "toldId">;

/** Makes the statements: making one takes longer than running it. */
function prepare(db: Database) {
  return {
    all: db.prepare<Columns, []>(`
      SELECT id, tag, url, secret, format, events, created_at AS createdAt, told_id AS toldId, tries,
        failing_since AS failingSince, next_at AS nextAt, problem, paused_at AS pausedAt
      FROM webhooks ORDER BY id`),
    add: db.prepare<never, [string, string, string, string, string, number, number]>(
      "INSERT INTO webhooks (tag, url, secret, format, events, created_at, told_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    remove: db.prepare<never, [number]>("DELETE FROM webhooks WHERE id = ?"),
    save: db.prepare<never, [number, number, number | null, number | null, string | null, number | null, number]>(
      `UPDATE webhooks SET told_id = ?, tries = ?, failing_since = ?, next_at = ?, problem = ?, paused_at = ?
      WHERE id = ?`,
    ),
  };
}

export class WebhookTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#statements = prepare(db);
  }

  /** All of them, oldest first. */
  all(): WebhookRow[] {
    return this.#statements.all.all().map((row) => ({ ...row, events: row.events.split(" ") }));
  }

  /** Answers its id. */
  add({ tag, url, secret, format, events, createdAt, toldId }: New): number {
    const { add } = this.#statements;
    return Number(add.run(tag, url, secret, format, events.join(" "), createdAt, toldId).lastInsertRowid);
  }

  remove(id: number): void {
    this.#statements.remove.run(id);
  }

  save(id: number, { toldId, tries, failingSince, nextAt, problem, pausedAt }: WebhookProgress): void {
    this.#statements.save.run(toldId, tries, failingSince, nextAt, problem, pausedAt, id);
  }
}
