// What tells programs outside of what happens in sessions: streams that they read. Puts the parts together; what they do they know.
import type { Clock } from "../clock.ts";
import { live } from "../dialects/live/codec.ts";
import type { Connections } from "../limits/connections.ts";
import type { Limits } from "../limits/table.ts";
import type { Metrics } from "../metrics.ts";
import type { EventLog } from "../sessions/eventLog.ts";
import type { Store } from "../sessions/store/store.ts";
import type { Faults } from "./faults.ts";
import { Streams } from "./streams/streams.ts";

interface OutsideDeps {
  readonly limits: Limits;
  readonly store: Store;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly isDraining: () => boolean;
}

export class Outside {
  readonly streams: Streams;

  constructor(deps: OutsideDeps) {
    const { limits, metrics } = deps;
    this.streams = new Streams({ ...deps, dialect: live, streamsMax: limits.streamsMax });
    metrics.add([{ name: "partyline_streams", help: "Open streams and exports", read: () => this.streams.size }]);
  }

  /** The server goes: ends all streams over so many ms; resolves when it has. */
  drain(ms: number): Promise<void> {
    return this.streams.drain(ms);
  }
}
