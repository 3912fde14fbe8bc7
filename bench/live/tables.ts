// What was measured of game nights, for people: a row a window, the ratio of the hot path from pairs that ran after each other.

import { median, medianRatio } from "../stats.ts";
import type { Use } from "./meter.ts";
import type { HotPath } from "./rooms.ts";
import type { Figures } from "./votes.ts";

export type VotesWindow = Figures & { readonly name: string };
export type RoomsWindow = HotPath & Use & { readonly name: string };

const QUIET = "quiet";
const SHARES = ["server CPU", "client CPU", "others"];

/** Columns as wide as they must be, the first one to the left. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return cells.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

export function votesTable(windows: readonly VotesWindow[], subscribers: number): string {
  const head = ["vote → last subscriber", "votes", "2xx", "heard by all", "lost", "p50 ms", "p99 ms", "max ms"];
  const rows = windows.map((window) => [
    ...[window.name, window.votes, window.taken, window.complete, window.votes * subscribers - window.heard],
    ...[window.p50Ms, window.p99Ms, window.maxMs, window.answerP50Ms, window.answerP99Ms].map((ms) => ms.toFixed(1)),
    ...[window.lateMaxMs.toFixed(0), ...shares(window)],
  ]);
  return table([[...head, "answer p50", "answer p99", "late max", ...SHARES], ...rows]);
}

export function hotPathTable(windows: readonly RoomsWindow[]): string {
  const rows = windows.map((window) => {
    const { name, sent, delivered, p50Us, p90Us, p99Us } = window;
    return [name, sent, delivered, ...[p50Us, p90Us, p99Us].map((us) => us.toFixed(0)), ...shares(window)];
  });
  const of = (figure: "p50Us" | "p90Us" | "p99Us", isQuiet: boolean) =>
    windows.filter(({ name }) => (name === QUIET) === isQuiet).map((window) => window[figure]);
  const ratio = (figure: "p50Us" | "p90Us" | "p99Us") =>
    `${median(of(figure, true)).toFixed(0)} → ${median(of(figure, false)).toFixed(0)} (${medianRatio(of(figure, false), of(figure, true)).toFixed(2)} ×)`;
  rows.push(["medians, quiet → beside", "", "", ratio("p50Us"), ratio("p90Us"), ratio("p99Us")]);
  return table([
    ["20 rooms of 8, 800 messages/s", "sent", "delivered", "p50 us", "p90 us", "p99 us", ...SHARES],
    ...rows,
  ]);
}

function shares({ serverUse, clientUse, othersUse }: Use): string[] {
  return [serverUse, clientUse, othersUse].map(percent);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
