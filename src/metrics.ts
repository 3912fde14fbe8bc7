// What an operator can watch. Counts of the hot path are plain numbers, read when someone scrapes; no label has a value that
// a client can choose. Knows nothing of what it counts: whoever counts something holds `counts` or calls a method.
import { readdirSync } from "node:fs";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
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
  /** Times a line's reads were paused because a request of it waits for its turn. */
  waits: number;
  /** Frames a socket would not take: 0 unless a line is over its hard limit. */
  dropped: number;
  /** What a line had sent before it closed and was dropped: frames past one burst [L17], writes past the write limit [L19]. */
  abandoned: number;
  /** Throws that the fault wall caught: each is a bug. */
  faults: number;
}

/** Figures that are read off at a scrape. */
interface Levels {
  lines(): number;
  rooms(): number;
  seats(): number;
  seatsAway(): number;
  listeners(): number;
  /** Events of sessions that were told since the start. */
  sessionEvents(): number;
  /** How much of what the sessions' file may hold it holds, 0 to 1. */
  sessionsFull(): number;
  /** Sessions of hosts that were forgotten to make room. */
  sessionsForgotten(): number;
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
  };
  readonly #registry = new Registry();
  readonly #refusals: Counter<"name">;
  /** Lines closed, by code. Plain numbers: a labelled counter costs more than the close. */
  readonly #closes = new Map<number, number>();
  readonly #lag: Histogram;

  constructor(levels: Levels) {
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

    gauge("partyline_lines", "Open connections", levels.lines);
    gauge("partyline_rooms", "Open rooms", levels.rooms);
    gauge("partyline_seats", "Members of all rooms that are here", levels.seats);
    gauge("partyline_seats_away", "Seats that wait for their members", levels.seatsAway);
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
    counter(
      "partyline_waits_total",
      "Times a request waited for its turn, its line's reads paused",
      () => this.counts.waits,
    );
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
    const closes = this.#closes;
    new Counter({
      name: "partyline_closes_total",
      help: "Lines closed",
      labelNames: ["code"],
      registers,
      collect() {
        this.reset();
        for (const [code, count] of closes) this.inc({ code: code === OTHER_CODE ? "other" : String(code) }, count);
      },
    });
    for (const name of Object.keys(REFUSALS)) this.#refusals.inc({ name }, 0);
    const { counts } = this;
    new Counter({
      name: "partyline_resumes_total",
      help: "Resumes",
      labelNames: ["result"],
      registers,
      collect() {
        this.reset();
        this.inc({ result: "ok" }, counts.resumesOk);
        this.inc({ result: "failed" }, counts.resumesFailed);
      },
    });
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
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
