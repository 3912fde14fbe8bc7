// The log as webhooks read it, of all sessions that were begun with a token. Nearly all webhooks are at one place in it, and read the same part.
import type { Refusal } from "../../protocol/refusals.ts";
import { isRefusal } from "../../protocol/refusals.ts";
import type { EventLog } from "../../sessions/eventLog.ts";
import type { OperatorsEvents } from "../../sessions/store/outward.ts";
import type { Store } from "../../sessions/store/store.ts";

/** Events looked at at a time, and characters past which that ends: what a webhook has in memory. */
const PAGE_EVENTS = 256;
const PAGE_CHARS = 64 * 1024;

export class LogReader {
  #last: { readonly after: number; readonly page: OperatorsEvents } | null = null;

  constructor(
    private readonly store: Store,
    private readonly eventLog: Pick<EventLog, "attempt">,
  ) {}

  /** Something was told: what was read at the end of the log is not all there is any more. */
  grew(): void {
    if (this.#last?.page.isEnd === true) this.#last = null;
  }

  /** What stands behind that event; `not_kept` where it cannot be read. */
  after(id: number): OperatorsEvents | Refusal {
    if (this.#last?.after === id) return this.#last.page;
    const page = this.eventLog.attempt(() => this.store.outward.operatorsEvents(id, PAGE_EVENTS, PAGE_CHARS));
    if (!isRefusal(page)) this.#last = { after: id, page };
    return page;
  }
}
