// What a piece of a file that grows says, as text: a mark and a time in its first line, then a line for each room that it has a word
// about, an id and a record, or the id alone of one that has ended.
import type { Word } from "../rooms/changes.ts";

/** base: of the rooms that were there when the file was begun. more: all of those have been told, and this came after. */
export type Mark = "base" | "more";

const FIRST = /^(base|more) (\d+)$/;

/** @param wall when it is written, in ms since 1970 */
export function firstLine(mark: Mark, wall: number): string {
  return `${mark} ${wall}\n`;
}

export function lineOf({ id, record }: Word): string {
  return record === null ? `${id}\n` : `${id} ${JSON.stringify(record)}\n`;
}

interface Said {
  readonly mark: Mark;
  /** When it was written, in ms since 1970. */
  readonly wall: number;
  /** Ids of rooms, with their records as text; null: that room has ended. */
  readonly words: readonly (readonly [string, string | null])[];
}

/** null: it is no such text. */
export function said(text: string): Said | null {
  const [first = "", ...lines] = text.split("\n");
  const [, mark, wall] = FIRST.exec(first) ?? [];
  if (mark === undefined) return null;
  const words = lines.filter((line) => line !== "").map(wordIn);
  return { mark: mark as Mark, wall: Number(wall), words };
}

function wordIn(line: string): readonly [string, string | null] {
  const end = line.indexOf(" ");
  return end === -1 ? [line, null] : [line.slice(0, end), line.slice(end + 1)];
}
