// What became of it all: as data, and as text for a person.
import { type Counts, type Figures, round, type Spread, spreadOf } from "./figures.ts";
import { grown, type Scrape, settingOf } from "./metrics.ts";
import type { Options } from "./options.ts";

/** Above the first, of one core, or behind by the second, the bots are slower than what they measure. */
const CPU_MAX = 0.8;
const LAG_P99_MS_MAX = 30;

export type Report = ReturnType<typeof reportOf>;

/** @param tookMs of the whole run  @param scrapes before and after; null: the server does not say */
export function reportOf(options: Options, seen: Figures, tookMs: number, [before, after]: readonly (Scrape | null)[]) {
  const { url, players, rooms, room, seconds, seed, sleep, drop, latency } = options;
  const { awake, woken, back, lagMs, cpu, measures, ...counted } = seen;
  const cpuMost = Math.max(0, ...cpu);
  const lag = spreadOf(lagMs);
  const metrics = before && after ? grown(before, after) : null;
  const isBottleneck = cpuMost > CPU_MAX || (lag?.p99 ?? 0) > LAG_P99_MS_MAX;
  return {
    run: { url, players, rooms, room, seconds, seed, sleep, drop, latency, tookSeconds: round(tookMs / 1000) },
    ...counted,
    roundTripMs: { awake: spreadOf(awake), justWoken: spreadOf(woken) },
    backMs: spreadOf(back),
    measuredMs: Object.fromEntries(Object.entries(measures).map(([name, list]) => [name, spreadOf(list)])),
    metrics,
    settings: settingsBehind(seen, metrics),
    bots: {
      count: seen.bots,
      processes: cpu.length,
      cpu: cpu.map((share) => round(share, 2)),
      lagMs: lag,
      isBottleneck,
    },
    isGood: isGood(seen),
  };
}

/** Whether nothing was lost in silence, heard twice or out of order, no script threw, and somebody was there to see. */
export function isGood({ lost, twice, disorder, thrown, joined }: Figures): boolean {
  return lost + twice + disorder + thrown === 0 && joined > 0;
}

/** Each no and each pause, with the setting that is behind it. */
function settingsBehind(seen: Figures, metrics: Record<string, number> | null): Record<string, string> {
  const limited = Object.keys(metrics ?? {}).filter((name) => name.startsWith("limited_total"));
  const names = [seen.refused, seen.turnedDown, seen.errors, seen.closes].flatMap(Object.keys).concat(limited);
  const found = names.flatMap((name) => {
    const setting = settingOf(name);
    return setting === undefined ? [] : [[name, setting] as const];
  });
  return Object.fromEntries(found);
}

/** The report for people: what fails stands last, where a terminal shows it. */
export function textOf(report: Report): string {
  const { run, bots, roundTripMs, backMs, measuredMs, metrics, settings } = report;
  const others =
    Object.keys(report.turnedDown).length > 0 ? `; handshakes answered with ${list(report.turnedDown)}` : "";
  const hosts = run.room === null ? `${report.rooms} rooms` : `room ${run.room}`;
  const rows: [string, string][] = [
    [
      "played",
      `${report.joined} of ${bots.count} bots in ${hosts}, ${run.tookSeconds} s, seed ${run.seed}; ${report.sleepers} fall asleep, ${report.droppers} lose their lines`,
    ],
    ["not let in", `${list(report.refused)}${others}`],
    ["round trip, awake", spread(roundTripMs.awake)],
    ["  just woken", spread(roundTripMs.justWoken)],
    ...Object.entries(measuredMs).map(([name, ms]): [string, string] => [`  ${name}`, spread(ms)]),
    ["back after", spread(backMs)],
    [
      "came back",
      `${report.resumed} told all they missed (${report.missed} frames), ${report.fresh} told that they were not`,
    ],
    [
      "lines ended",
      `${list(report.closes)}; ${report.cut} cut here, ${report.letGo} found dead; ${report.sleeps} sleeps`,
    ],
    [
      "requests",
      `${report.carriedOut} carried out, ${report.unanswered} without an answer; refused: ${list(report.errors)}`,
    ],
    ["casts", `${report.casts.sent} sent, ${report.casts.dropped} dropped`],
    ["over early", list(report.over)],
    ["not back at the end", `${report.notBack}`],
    [
      "numbers heard",
      `${report.heard}, ${report.told} of them messages; ${report.unnumbered} messages without a number`,
    ],
    ["server", metrics === null ? "/metrics does not answer" : list(metrics)],
    ["the bots", `${bots.processes} × CPU ${bots.cpu.join(", ")} of a core; behind by ${spread(bots.lagMs)}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}${text}`);
  for (const [name, setting] of Object.entries(settings)) lines.push(`  ${name}: see ${setting}`);
  if (/ADDRESS|SECOND|MINUTE/.test(Object.values(settings).join())) lines.push("  LIMITS=off lifts these for a test");
  if (bots.isBottleneck)
    lines.push("WARNING: the bots are the bottleneck: the times above are theirs, not the server's");
  if (report.taken > 0) lines.push(`${report.taken} messages were taken away on purpose (--lose)`);
  if (report.unnumbered > 0 && report.heard === 0)
    lines.push("the room keeps no history, so nothing has a number to be missed by");
  for (const example of report.examples) lines.push(`  ${example}`);
  const { lost, twice, disorder, lostWithNotice, thrown } = report;
  const told = `lost in silence ${lost}, twice ${twice}, out of order ${disorder}; missed and told so ${lostWithNotice}`;
  const verdict = report.isGood ? "GOOD" : report.joined === 0 ? "FAILED: nobody got in" : "FAILED";
  lines.push(`${verdict}: ${told}${thrown > 0 ? `; the script threw ${thrown} times` : ""}`);
  return lines.join("\n");
}

function list(counts: Counts): string {
  const all = Object.entries(counts).map(([name, times]) => `${name} × ${round(times)}`);
  return all.length === 0 ? "none" : all.join(", ");
}

function spread(ms: Spread | null): string {
  return ms === null ? "–" : `p50 ${ms.p50}, p95 ${ms.p95}, p99 ${ms.p99}, max ${ms.max} ms (${ms.count})`;
}
