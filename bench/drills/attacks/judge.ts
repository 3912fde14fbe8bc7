// What a bystander may feel of an attack, what it may cost, and the table of figures. Pure.

import type { Report } from "./attacker.ts";
import type { Felt } from "./bystander.ts";
import type { Kind } from "./kind.ts";

const MIB = 1024 * 1024;
/** On a machine where nothing happens the p99 is not that low: three times what it was just before is what noise may do. */
const NOISE_FACTOR = 3;
const RSS_GROWN_MAX = 128 * MIB;
/** Memory has fallen back when no more than this is left of it: warm code and the heap's own pages stay. */
const RSS_LEFT_MAX = 64 * MIB;

export interface Figures {
  readonly name: string;
  readonly quiet: Felt;
  readonly felt: Felt;
  readonly rss: { readonly before: number; readonly peak: number; readonly after: number };
  readonly report: Report;
  readonly dropped: number;
  readonly faults: number;
  /** Whether the server's answer to this kind was seen; null: there is none to see. */
  readonly isAnswered: boolean | null;
}

/** What must not be; empty: it passes. */
export function judge({ quiet, felt, rss, report, dropped, faults }: Figures, kinds: readonly Kind[], p99Max: number) {
  const limitMs = Math.max(p99Max, NOISE_FACTOR * quiet.p99Ms);
  const codes = new Set(kinds.flatMap((kind) => kind.codes.map(String)));
  const strange = Object.entries(report.closes).filter(([code]) => !codes.has(code));
  const grown = rss.peak - rss.before;
  const checks: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [felt.lost === 0, `the bystander lost ${felt.lost}`],
    [felt.closes === 0, `${felt.closes} of its lines were closed`],
    [felt.newcomer === "in", `a newcomer got no room: ${felt.newcomer}`],
    // Written so that NaN fails.
    [felt.p99Ms <= limitMs, `p99 ${felt.p99Ms.toFixed(1)} ms, at most ${limitMs.toFixed(0)}`],
    // Of many at once only what is felt is promised: each of them, and each address, has bounds of its own, which add up.
    [kinds.length > 1 || grown <= RSS_GROWN_MAX, `RSS grew by ${mib(grown)} MiB`],
    [rss.after - rss.before <= RSS_LEFT_MAX, `${mib(rss.after - rss.before)} MiB of RSS did not go`],
    [strange.length === 0, `closes with ${strange.map(([code, times]) => `${code} (${times})`).join()}`],
    [dropped === 0, `${dropped} frames dropped`],
    [faults === 0, `${faults} faults`],
  ];
  return checks.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
}

/** Whether all figures that are a server's answer to these kinds have grown; null where there are none. */
export function isAnswered(kinds: readonly Kind[], figures: ReadonlyMap<string, number>): boolean | null {
  const signs = kinds.flatMap((kind) => kind.signs);
  return signs.length === 0 ? null : signs.every((sign) => (figures.get(sign) ?? 0) > 0);
}

export function figuresTable(rows: readonly { readonly figures: Figures; readonly verdict: string }[]): string {
  return Bun.inspect.table(
    rows.map(({ figures: { name, quiet, felt, rss, report, dropped, isAnswered }, verdict }) => ({
      kind: name,
      "quiet p50/p99": pair(quiet.p50Ms, quiet.p99Ms),
      "p50/p99": pair(felt.p50Ms, felt.p99Ms),
      max: felt.maxMs.toFixed(0),
      "own p99": felt.ownP99Ms.toFixed(1),
      ...{ sent: felt.sent, lost: felt.lost, "RSS +": mib(rss.peak - rss.before), after: mib(rss.after - rss.before) },
      "closes by code": tell(report.closes),
      refusals: tell(report.refusals),
      "by HTTP": tell(report.statuses),
      ...{ dropped, answered: isAnswered === null ? "-" : isAnswered ? "yes" : "not yet", verdict },
    })),
  );
}

function pair(a: number, b: number): string {
  return `${a.toFixed(1)}/${b.toFixed(1)}`;
}

function tell(tally: Readonly<Record<string, number>>): string {
  return Object.entries(tally)
    .map(([key, times]) => `${key}:${times}`)
    .join(" ");
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
