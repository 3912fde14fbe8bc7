// The figures for people: aligned columns, plain text, nothing a terminal would have to understand.

import type { Verdict } from "./goals.ts";
import type { Machine } from "./machine.ts";
import { medianOf, type Results, type Row, values } from "./results.ts";
import { medianRatio } from "./stats.ts";
import { cpuClockName } from "./usage.ts";

const BYTES_PER_MB = 1024 * 1024;
/** Below this the server waited for its clients: the CPU figure stands, the throughput is not its limit. */
const SATURATED_SHARE = 0.9;
/** Above this the load generator had nothing left either: a faster one might show the server faster. */
const CLIENT_FULL_SHARE = 0.97;

function number(value: number, digits: number): string {
  if (Number.isNaN(value)) return "-";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function align(lines: string[][], leftColumns: number): string {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const pad = (cell: string, i: number) =>
    i < leftColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

function remark(row: Row): string {
  const clientUse = medianOf(row, "clientUse");
  if (Number.isNaN(clientUse)) return ""; // a fixed rate is not meant to fill anybody
  if (medianOf(row, "serverUse") < SATURATED_SHARE) {
    return clientUse < SATURATED_SHARE ? "client-bound (neither full: neighbours?)" : "client-bound";
  }
  return clientUse > CLIENT_FULL_SHARE ? "client full too" : "";
}

export function figuresTable(results: Results): string {
  const head = ["case", "contestant", "per second", "CPU us", "x control", "server CPU", "client CPU"];
  const lines = [[...head, "p50 us", "p99 us", "RSS MB", "B/conn", "RSS left MB", "start ms", ""]];
  let last = "";
  for (const row of results.rows) {
    const figure = (name: Parameters<typeof medianOf>[1]) => medianOf(row, name);
    const control = results.find(row.case, "control");
    lines.push([
      row.case === last ? "" : row.case,
      row.contestant,
      number(figure("deliveredPerSecond"), 0),
      number(figure("cpuUs"), 3),
      number(medianRatio(values(row, "cpuUs"), values(control, "cpuUs")), 2),
      number(figure("serverUse") * 100, 0),
      number(figure("clientUse") * 100, 0),
      number(figure("p50Us"), 0),
      number(figure("p99Us"), 0),
      number(figure("rssBytes") / BYTES_PER_MB, 1),
      number(figure("bytesPerConnection"), 0),
      number(figure("rssLeftBytes") / BYTES_PER_MB, 1),
      number(figure("firstAnswerMs"), 0),
      remark(row),
    ]);
    last = row.case;
  }
  return align(lines, 2);
}

export function goalsTable(verdicts: Verdict[]): string {
  const lines = [["goal", "limit", "measured", "", ""]];
  for (const { goal, limit, measured, unit, pass } of verdicts) {
    const digits = unit === "x" ? 2 : 0;
    const word = pass === null ? "not measured" : pass ? "pass" : "MISS";
    lines.push([goal, number(limit, digits), number(measured, digits), unit, word]);
  }
  return align(lines, 1);
}

/** Above this the figures deserve a second run. */
const NEIGHBOUR_SHARE_MAX = 0.05;

export function neighbourLine(share: number | null): string {
  if (share === null) return "whether other processes ran beside this one is not known here";
  const text = `other processes had ${number(share * 100, 0)} % of one core while this ran`;
  return share > NEIGHBOUR_SHARE_MAX ? `${text}: NOISY, a second run may say otherwise` : text;
}

export function machineLine(machine: Machine): string {
  const pinning = machine.pinned
    ? "servers on one core, load generator on another"
    : "NOT PINNED: servers and load generator share cores, so figures are noisier and throughput is lower";
  return `${machine.cores} cores (${machine.cpuModel}), ${machine.platform}, Bun ${machine.bun}; ${pinning}; CPU time by ${cpuClockName}`;
}
