// What an operator can watch. Counts of the hot path are plain numbers, read when someone scrapes; no label has a value that
// a client can choose. Knows nothing of what it counts: whoever counts something holds `counts` or calls a method.
import { readdirSync, statSync } from "node:fs";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { version } from "../package.json";
import { CLOSES, REFUSALS, type RefusalName } from "./protocol/refusals.ts";

const LAG_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Counted where they happen, and often: each costs an increment and nothing more. */
export interface Counts {
  messagesIn: number;
  bytesIn: number;
  /** Frames handed to lines, one for each that hears it. */
  messagesOut: number;
  bytesOut: number;
  /** Rejoins that said where they had left off: told all they missed, or not. */
  resumesOk: number;
  resumesFailed: number;
  /** Times a line's reads were paused for being too fast, or because its room had handed out too much. */
  pauses: number;
  /** Requests that had to wait for their turn. */
  waits: number;
  /** Frames a socket would not take: 0 unless a line is over its hard limit. */
  dropped: number;
  /** What a line had sent before it closed and was dropped: frames past one burst [L17], writes past the write limit [L19]. */
  abandoned: number;
  /** Throws that the fault wall caught: each is a bug. */
  faults: number;
  linesOpened: number;
}

/** Buckets and caps that refuse or slow somebody down, by the name they are counted under when they do. */
export const BUCKETS = [
  "http",
  "http_token",
  "http_login",
  "http_foreign",
  "http_files",
  "connects",
  "lines",
  "server",
  "guesses",
  "guesses_network",
  "guesses_server",
  "logins",
  "messages",
  "address_in",
  "room_out",
  "joins",
  "writes",
  "unread",
  "roomless",
  "rooms",
  "kept",
] as const;
export type BucketName = (typeof BUCKETS)[number];

/** The text is made at most once in this time, whoever asks: at 20,000 lines it costs milliseconds [H13]. */
const PAGE_MS = 1_000;

/** Figures that are read off at a scrape. */
interface Levels {
  lines(): number;
  rooms(): number;
  /** Bytes that rooms keep, as they are counted [L31]. */
  keptBytes(): number;
  seats(): number;
  seatsAway(): number;
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

const PROTOCOL_CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011];
const KNOWN_CODES = new Set<number>([...Object.values(CLOSES).map(({ code }) => code), ...PROTOCOL_CODES]);

/** Stands for all codes that clients choose for themselves; no line closes with it. */
const OTHER_CODE = 0;

export class Metrics {
  readonly counts: Counts = {
    messagesIn: 0,
    bytesIn: 0,
    messagesOut: 0,
    bytesOut: 0,
    resumesOk: 0,
    resumesFailed: 0,
    pauses: 0,
    waits: 0,
    dropped: 0,
    abandoned: 0,
    faults: 0,
    linesOpened: 0,
  };
  readonly #registry = new Registry();
  readonly #refusals: Counter<"name">;
  /** Lines closed, by code. Plain numbers: a labelled counter costs more than the close. */
  readonly #closes = new Map<number, number>();
  readonly #lag: Histogram;
  readonly #limited = new Map<BucketName, number>(BUCKETS.map((name) => [name, 0]));
  readonly #requests = new Map<string, number>();
  #failedLogins = 0;
  #page: Promise<string> | null = null;
  #pageAt = 0;

  /** @param pageMs how long a text that was made is good for */
  constructor(
    levels: Levels,
    private readonly pageMs = PAGE_MS,
  ) {
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
    this.#refusals = new Counter({
      name: "partyline_refusals_total",
      help: "Refusals",
      labelNames: ["name"],
      registers,
    });
    labelled("partyline_closes_total", "Lines closed", ["code"], () =>
      [...this.#closes].map(([code, count]) => [{ code: code === OTHER_CODE ? "other" : String(code) }, count]),
    );
    for (const name of Object.keys(REFUSALS)) this.#refusals.inc({ name }, 0);
    labelled("partyline_resumes_total", "Resumes", ["result"], () => [
      [{ result: "ok" }, this.counts.resumesOk],
      [{ result: "failed" }, this.counts.resumesFailed],
    ]);
    labelled("partyline_limited_total", "Refusals and pauses of a bucket that ran dry", ["bucket"], () =>
      [...this.#limited].map(([bucket, count]) => [{ bucket }, count]),
    );
    labelled("partyline_http_requests_total", "HTTP requests answered", ["route", "status"], () =>
      [...this.#requests].map(([key, count]) => {
        const [route = "", status = ""] = key.split(" ");
        return [{ route, status }, count];
      }),
    );
    counter("partyline_failed_logins_total", "Wrong admin keys", () => this.#failedLogins);
    counter("partyline_lines_opened_total", "Lines opened", () => this.counts.linesOpened);
    counter("partyline_rooms_opened_total", "Rooms opened", levels.roomsOpened);
    counter("partyline_sessions_opened_total", "Sessions begun", levels.sessionsOpened);
    new Gauge({
      name: "partyline_connections",
      help: "Open connections, by the wire they speak; http: requests that wait for their answer",
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
      buckets: LAG_BUCKETS_SECONDS,
      registers,
    });
    // prom-client's own process figures carry the runtime's version and, under Bun 1.4.4, a lag of NaN: these few instead.
    counter("process_cpu_seconds_total", "CPU time spent by the process", cpuSeconds);
    gauge("process_resident_memory_bytes", "Memory held by the process", () => process.memoryUsage.rss());
    gauge("process_open_fds", "Open file descriptors", openDescriptors);
    gauge("process_uptime_seconds", "Seconds since the start", () => process.uptime());
  }

  refused(name: RefusalName): void {
    this.#refusals.inc({ name });
  }

  /** A line closed with this code; a code of the client's own choosing counts as "other". */
  closed(code: number): void {
    const known = KNOWN_CODES.has(code) ? code : OTHER_CODE;
    this.#closes.set(known, (this.#closes.get(known) ?? 0) + 1);
  }

  lagged(ms: number): void {
    this.#lag.observe(Math.max(0, ms) / 1000);
  }

  /** Somebody was refused or slowed down by that bucket. */
  limited(bucket: BucketName): void {
    this.#limited.set(bucket, (this.#limited.get(bucket) ?? 0) + 1);
  }

  /** An HTTP request was answered. @param route one of our own table, never what was asked for */
  requested(route: string, status: number): void {
    const key = `${route} ${status}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
  }

  loginFailed(): void {
    this.#failedLogins++;
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

function cpuSeconds(): number {
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
