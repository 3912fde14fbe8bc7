// What tells programs outside of what happens in sessions: streams that they read, and webhooks that are called. Puts the parts together; what they
// do, they know.
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { live } from "../dialects/live/codec.ts";
import type { Connections } from "../limits/connections.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { EventLog } from "../sessions/eventLog.ts";
import type { Store } from "../sessions/store/store.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Faults } from "./faults.ts";
import { OneATurn } from "./streams/oneATurn.ts";
import { Streams } from "./streams/streams.ts";
import { Sender } from "./webhooks/sender.ts";
import { systemLookup } from "./webhooks/target.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

interface OutsideDeps {
  readonly config: Pick<Config, "limits" | "webhookHosts">;
  readonly store: Store;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly log: Log;
  readonly isDraining: () => boolean;
  /** The other nodes; null: there are none. */
  readonly nodes: () => Pick<Elsewhere, "sessions" | "isFrozen"> | null;
}

export class Outside {
  readonly streams: Streams;
  readonly webhooks: Webhooks;

  constructor(deps: OutsideDeps) {
    const { config, metrics, clock } = deps;
    const { streamsMax, webhooksMax } = config.limits;
    const turns = new OneATurn(clock);
    const streams = new Streams({ ...deps, turns, dialect: live, streamsMax });
    const sender = new Sender({ clock, reachable: config.webhookHosts, resolve: systemLookup });
    const mayCall = () => {
      const nodes = deps.nodes();
      return nodes === null || (nodes.sessions === "here" && !nodes.isFrozen);
    };
    const webhooks = new Webhooks({ ...deps, mayCall, turns, sender, dialect: live, max: webhooksMax });
    this.streams = streams;
    this.webhooks = webhooks;
    const count = (is: (webhook: (typeof webhooks.list)[number]) => boolean) => webhooks.list.filter(is).length;
    metrics.add([
      { name: "partyline_streams", help: "Open streams and exports", read: () => streams.size },
      { name: "partyline_webhooks", help: "Webhooks", read: () => webhooks.list.length },
      {
        name: "partyline_webhooks_failing",
        help: "Webhooks whose last call was no success, paused ones among them",
        read: () => count(({ problem }) => problem !== null),
      },
      {
        name: "partyline_webhooks_paused",
        help: "Webhooks that are not called any more",
        read: () => count(({ pausedAt }) => pausedAt !== null),
      },
      { name: "partyline_webhook_calls_total", help: "Calls of webhooks", read: () => webhooks.calls },
      { name: "partyline_webhook_failures_total", help: "Calls that were no success", read: () => webhooks.failures },
    ]);
  }

  /** The server goes: ends all streams over so many ms; resolves when it has. */
  drain(ms: number): Promise<void> {
    return this.streams.drain(ms);
  }

  /** Calls nobody any more. */
  stop(): void {
    this.webhooks.stop();
  }
}
