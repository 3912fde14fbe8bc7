// Each figure by itself: what is counted under which name, with every number different, so that two that are swapped are seen.
import { describe, expect, test } from "bun:test";
import { version } from "../package.json";
import { Metrics } from "../src/metrics.ts";

/** Figures read off, each a number of its own. */
const LEVELS = {
  lines: () => 101,
  rooms: () => 102,
  keptBytes: () => 112,
  seats: () => 103,
  seatsAway: () => 104,
  audience: () => 113,
  listeners: () => 105,
  sessionEvents: () => 106,
  unsentBytes: () => 4096,
  sessionsFull: () => 0.625,
  sessionsForgotten: () => 107,
  snapshotAt: () => 1_800_000_000.5,
  connections: () => [["party", 107] as const, ["http", 108] as const],
  roomsOpened: () => 109,
  sessionsOpened: () => 110,
};

/** The samples by name and labels, as they are printed. */
async function samplesOf(metrics: Metrics): Promise<Record<string, number>> {
  const rows = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    rows.map((row) => [row.slice(0, row.lastIndexOf(" ")), Number(row.slice(row.lastIndexOf(" ")))]),
  );
}

describe("figures", () => {
  test("[H3] levels are read at each scrape, each under its name", async () => {
    let lines = 101;
    const metrics = new Metrics({ ...LEVELS, lines: () => lines });
    const expected = {
      partyline_rooms: 102,
      partyline_kept_bytes: 112,
      partyline_seats: 103,
      partyline_seats_away: 104,
      partyline_audience: 113,
      partyline_live_listeners: 105,
      partyline_session_events_total: 106,
      partyline_unsent_bytes: 4096,
      partyline_sessions_full_ratio: 0.625,
      partyline_sessions_forgotten_total: 107,
      partyline_snapshot_timestamp_seconds: 1_800_000_000.5,
      'partyline_connections{kind="party"}': 107,
      'partyline_connections{kind="http"}': 108,
      partyline_rooms_opened_total: 109,
      partyline_sessions_opened_total: 110,
      [`partyline_build_info{version="${version}"}`]: 1,
    };
    expect(await samplesOf(metrics)).toMatchObject({ partyline_lines: 101, ...expected });
    lines = 7;
    expect(await samplesOf(metrics)).toMatchObject({ partyline_lines: 7, ...expected });
  });

  test("[H3] counts are told as they stand, each under its name, however often one asks", async () => {
    const metrics = new Metrics(LEVELS);
    Object.assign(metrics.counts, {
      ...{ messagesIn: 1, bytesIn: 2, messagesOut: 3, bytesOut: 4 },
      ...{ pauses: 5, dropped: 6, abandoned: 7, faults: 8, linesOpened: 9 },
    });
    for (let scrape = 0; scrape < 2; scrape++) {
      expect(await samplesOf(metrics)).toMatchObject({
        partyline_messages_in_total: 1,
        partyline_bytes_in_total: 2,
        partyline_messages_out_total: 3,
        partyline_bytes_out_total: 4,
        partyline_pauses_total: 5,
        partyline_dropped_total: 6,
        partyline_abandoned_total: 7,
        partyline_faults_total: 8,
        partyline_lines_opened_total: 9,
      });
    }
    metrics.counts.faults++;
    expect(await samplesOf(metrics)).toMatchObject({ partyline_faults_total: 9 });
  });

  test("[H3] buckets that ran dry by name, from 0 on; requests by route and status; wrong keys", async () => {
    const metrics = new Metrics(LEVELS);
    const limited = async (bucket: string) => (await samplesOf(metrics))[`partyline_limited_total{bucket="${bucket}"}`];
    expect([await limited("http"), await limited("connects")]).toEqual([0, 0]);
    metrics.limited("http");
    metrics.limited("http");
    metrics.limited("connects");
    for (const status of [200, 200, 404]) metrics.requested("/room/:code", status);
    metrics.loginFailed();
    expect([await limited("http"), await limited("connects"), await limited("lines")]).toEqual([2, 1, 0]);
    expect(await samplesOf(metrics)).toMatchObject({
      'partyline_http_requests_total{route="/room/:code",status="200"}': 2,
      'partyline_http_requests_total{route="/room/:code",status="404"}': 1,
      partyline_failed_logins_total: 1,
    });
  });

  test("[H13] the text is made at most once a second, whoever asks", async () => {
    let rooms = 1;
    const metrics = new Metrics({ ...LEVELS, rooms: () => rooms++ });
    const at = async (now: number) => /^partyline_rooms (\d+)$/m.exec(await metrics.page(now))?.[1];
    expect([await at(5_000), await at(5_000), await at(5_999), await at(6_000), await at(6_001)]).toEqual([
      "1",
      "1",
      "1",
      "2",
      "2",
    ]);
    // A clock that went back does not keep an old one for ever.
    expect(await at(0)).toBe("3");
  });

  test("[H3] refusals by name, from 0 on", async () => {
    const metrics = new Metrics(LEVELS);
    const figure = async (name: string) => (await samplesOf(metrics))[`partyline_refusals_total{name="${name}"}`];
    expect([await figure("room_full"), await figure("not_host")]).toEqual([0, 0]);
    metrics.refused("room_full");
    metrics.refused("room_full");
    metrics.refused("not_host");
    expect([await figure("room_full"), await figure("not_host"), await figure("banned")]).toEqual([2, 1, 0]);
  });

  test("[H3] resumes that were whole are `ok`, others `failed`, from 0 on", async () => {
    const metrics = new Metrics(LEVELS);
    const figures = async () => {
      const samples = await samplesOf(metrics);
      return ["ok", "failed"].map((result) => samples[`partyline_resumes_total{result="${result}"}`]);
    };
    expect(await figures()).toEqual([0, 0]);
    metrics.counts.resumesOk += 3;
    metrics.counts.resumesFailed += 1;
    expect(await figures()).toEqual([3, 1]);
  });

  test("[H3] closes by code: the server's and the protocol's by themselves, all that a client can make up together", async () => {
    const metrics = new Metrics(LEVELS);
    for (const code of [1000, 1006, 1006, 1009, 4101, 4200, 3000, 4711, 4999, 0]) metrics.closed(code);
    const closes = Object.entries(await samplesOf(metrics)).filter(([name]) => name.startsWith("partyline_closes"));
    expect(Object.fromEntries(closes)).toEqual({
      'partyline_closes_total{code="1000"}': 1,
      'partyline_closes_total{code="1006"}': 2,
      'partyline_closes_total{code="1009"}': 1,
      'partyline_closes_total{code="4101"}': 1,
      'partyline_closes_total{code="4200"}': 1,
      'partyline_closes_total{code="other"}': 4,
    });
  });

  test("[H3] the lag is in seconds, and a beat that came early is none", async () => {
    const metrics = new Metrics(LEVELS);
    for (const ms of [0, 3, 40, -20]) metrics.lagged(ms);
    const samples = await samplesOf(metrics);
    const below = (bound: string) => samples[`partyline_event_loop_lag_seconds_bucket{le="${bound}"}`];
    expect([below("0.001"), below("0.005"), below("0.025"), below("0.05")]).toEqual([2, 3, 3, 4]);
    expect(samples.partyline_event_loop_lag_seconds_sum).toBeCloseTo(0.043);
    expect(samples.partyline_event_loop_lag_seconds_count).toBe(4);
  });

  test("[M2] the lag by itself: beats within each bound and not within the one before, the last later than all", () => {
    const metrics = new Metrics(LEVELS);
    for (const ms of [-3, 0, 1, 2, 5, 6, 250, 1_000, 1_001, 9_000]) metrics.lagged(ms);
    expect([metrics.lagCounts, metrics.lagSumMs]).toEqual([[3, 2, 1, 0, 0, 0, 1, 1, 2], 11_265]);
  });

  test("[H3] of the process: its time, memory, descriptors and age", async () => {
    const samples = await samplesOf(new Metrics(LEVELS));
    expect(samples.process_cpu_seconds_total).toBeCloseTo(
      process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
      0,
    );
    expect(samples.process_resident_memory_bytes).toBeGreaterThan(10_000_000);
    expect(samples.process_uptime_seconds).toBeCloseTo(process.uptime(), 0);
    expect(samples.process_open_fds).toBeGreaterThan(process.platform === "linux" ? 2 : -1);
  });
});
