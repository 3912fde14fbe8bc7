// What an operator can watch: what is counted (metrics/tally.ts) and what is read off, in the text format of Prometheus, made when someone
// scrapes. No label has a value that a client can choose.
import { readdirSync, statSync } from "node:fs";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { version } from "../package.json";
import { LAG_BOUNDS_MS, Tally } from "./metrics/tally.ts";

/** The text is made at most once in this time, whoever asks: at 20,000 lines it costs milliseconds [H13]. */
const PAGE_MS = 1_000;

/** Figures that are read off at a scrape. */
export interface Levels {
  lines(): number;
  rooms(): number;
  /** Bytes that rooms keep, as they are counted [L31]. */
  keptBytes(): number;
  seats(): number;
  seatsAway(): number;
  /** Those who watch rooms without a seat [C1]. */
  audience(): number;
  /** Bytes that all lines left unread when they were last looked at. */
  unsentBytes(): number;
  listeners(): number;
  /** Events of sessions that were told since the start. */
  sessionEvents(): number;
  /** How much of what the sessions' file may hold it holds, 0 to 1. */
  sessionsFull(): number;
  /** Sessions of hosts that were forgotten to make room. */
  sessionsForgotten(): number;
  /** Open connections by kind: the wires, and requests that wait for their answer. */
  connections(): Iterable<readonly [kind: string, count: number]>;
  /** Opened since the start. */
  roomsOpened(): number;
  sessionsOpened(): number;
  /** When the rooms were last kept, in seconds since 1970; 0: not yet, or not at all. */
  snapshotAt(): number;
}

/** One more figure that is read off at a scrape. */
export interface Figure {
  /** With its unit last; ends in `_total` where it only grows. */
  readonly name: string;
  readonly help: string;
  read(): number;
}

/** The same with a value for each of a label's words, none of which a client can choose; without a label there is one. */
export interface Series {
  readonly name: string;
  readonly help: string;
  readonly label: string | null;
  read(): Iterable<readonly [word: string, value: number]>;
}

export class Metrics extends Tally {
  readonly #registry = new Registry();
  readonly #lag: Histogram;
  #page: Promise<string> | null = null;
  #pageAt = 0;

  /** @param pageMs how long a text that was made is good for */
  constructor(
    levels: Levels,
    private readonly pageMs = PAGE_MS,
  ) {
    super();
    const registers = [this.#registry];
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const counter = (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });

    const labelled = (
      name: string,
      help: string,
      labelNames: string[],
      read: () => Iterable<readonly [labels: Record<string, string>, count: number]>,
    ) =>
      new Counter({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [labels, count] of read()) this.inc(labels, count);
        },
      });

    gauge("partyline_lines", "Open connections", levels.lines);
    gauge("partyline_rooms", "Open rooms", levels.rooms);
    gauge("partyline_kept_bytes", "Bytes that rooms keep, as they are counted", levels.keptBytes);
    gauge("partyline_seats", "Members of all rooms that are here", levels.seats);
    gauge("partyline_seats_away", "Seats that wait for their members", levels.seatsAway);
    gauge("partyline_audience", "Those who watch rooms without a seat", levels.audience);
    gauge("partyline_unsent_bytes", "Bytes that lines leave unread", levels.unsentBytes);
    gauge("partyline_live_listeners", "Lines of the live socket that have shown a token", levels.listeners);
    gauge("partyline_snapshot_timestamp_seconds", "When the rooms were last kept; 0: never", levels.snapshotAt);
    counter("partyline_session_events_total", "Events of sessions told", levels.sessionEvents);
    gauge("partyline_sessions_full_ratio", "How full the sessions' file is, 0 to 1", levels.sessionsFull);
    counter("partyline_sessions_forgotten_total", "Hosts' sessions forgotten to make room", levels.sessionsForgotten);
    counter("partyline_messages_in_total", "Frames received", () => this.counts.messagesIn);
    counter("partyline_bytes_in_total", "Payload bytes received", () => this.counts.bytesIn);
    counter("partyline_messages_out_total", "Frames handed to lines", () => this.counts.messagesOut);
    counter("partyline_bytes_out_total", "Payload bytes handed to lines", () => this.counts.bytesOut);
    counter("partyline_pauses_total", "Times a line's reads were paused for being too fast", () => this.counts.pauses);
    counter("partyline_waits_total", "Requests of lines that had to wait for their turn", () => this.counts.waits);
    counter("partyline_dropped_total", "Frames a socket would not take", () => this.counts.dropped);
    counter(
      "partyline_abandoned_total",
      "Frames left unread by flooding lines that closed",
      () => this.counts.abandoned,
    );
    counter("partyline_faults_total", "Throws caught by the fault wall", () => this.counts.faults);
    labelled("partyline_refusals_total", "Refusals", ["name"], () =>
      [...this.refusals].map(([name, count]) => [{ name }, count]),
    );
    labelled("partyline_closes_total", "Lines closed", ["code"], () =>
      [...this.closes()].map(([code, count]) => [{ code }, count]),
    );
    labelled("partyline_resumes_total", "Resumes", ["result"], () => [
      [{ result: "ok" }, this.counts.resumesOk],
      [{ result: "failed" }, this.counts.resumesFailed],
    ]);
    labelled("partyline_limited_total", "Refusals and pauses of a bucket that ran dry", ["bucket"], () =>
      [...this.limitedBy].map(([bucket, count]) => [{ bucket }, count]),
    );
    labelled("partyline_http_requests_total", "HTTP requests answered", ["route", "status"], () =>
      [...this.requests].flatMap(([route, byStatus]) =>
        Array.from(byStatus, ([status, count]) => [{ route, status: String(status) }, count] as const),
      ),
    );
    counter("partyline_failed_logins_total", "Wrong admin keys", () => this.failedLogins);
    counter("partyline_lines_opened_total", "Lines opened", () => this.counts.linesOpened);
    counter("partyline_rooms_opened_total", "Rooms opened", levels.roomsOpened);
    counter("partyline_sessions_opened_total", "Sessions begun", levels.sessionsOpened);
    new Gauge({
      name: "partyline_connections",
      help: "Open connections, by the wire they speak; http: requests that wait for their answer; stream: streams and exports",
      labelNames: ["kind"],
      registers,
      collect() {
        for (const [kind, count] of levels.connections()) this.set({ kind }, count);
      },
    });
    const build = { name: "partyline_build_info", help: "Which version this is", labelNames: ["version"], registers };
    new Gauge(build).set({ version }, 1);
    this.#lag = new Histogram({
      name: "partyline_event_loop_lag_seconds",
      help: "How late the server's own beat came",
      buckets: LAG_BOUNDS_MS.map((ms) => ms / 1000),
      registers,
    });
    // prom-client's own process figures carry the runtime's version and, under Bun 1.4.4, a lag of NaN: these few instead.
    counter("process_cpu_seconds_total", "CPU time spent by the process", cpuSeconds);
    gauge("process_resident_memory_bytes", "Memory held by the process", () => process.memoryUsage.rss());
    gauge("process_open_fds", "Open file descriptors", openDescriptors);
    gauge("process_uptime_seconds", "Seconds since the start", () => process.uptime());
  }

  /** Shows these too: what a server has that is one of several. */
  add(figures: readonly Figure[]): void {
    for (const { name, help, read } of figures) {
      const options = { name, help, registers: [this.#registry] };
      if (name.endsWith("_total")) {
        new Counter({
          ...options,
          collect() {
            this.reset();
            this.inc(read());
          },
        });
      } else {
        new Gauge({
          ...options,
          collect() {
            this.set(read());
          },
        });
      }
    }
  }

  /** Shows these too: what a server does that most do not. */
  addSeries(series: readonly Series[]): void {
    for (const { name, help, label, read } of series) {
      const options = { name, help, registers: [this.#registry], labelNames: label === null ? [] : [label] };
      const labels = (word: string): Record<string, string> => (label === null ? {} : { [label]: word });
      if (name.endsWith("_total")) {
        new Counter({
          ...options,
          collect() {
            this.reset();
            for (const [word, value] of read()) this.inc(labels(word), value);
          },
        });
      } else {
        new Gauge({
          ...options,
          collect() {
            for (const [word, value] of read()) this.set(labels(word), value);
          },
        });
      }
    }
  }

  override lagged(ms: number): void {
    super.lagged(ms);
    this.#lag.observe(Math.max(0, ms) / 1000);
  }

  /** The text as it was made within the last second, or now. */
  page(now: number): Promise<string> {
    if (this.#page === null || now < this.#pageAt || now - this.#pageAt >= this.pageMs) {
      this.#page = this.text();
      this.#pageAt = now;
    }
    return this.#page;
  }

  /** The Prometheus text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

/** CPU time spent by the process. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** 0 where the system has no /proc to count them in. */
function openDescriptors(): number {
  try {
    // Since Linux 6.2 the folder says how many are in it; before, its size is 0, and listing 2,000 takes 15 ms.
    return statSync("/proc/self/fd").size || readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
