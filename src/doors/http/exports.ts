// A session's games, votes or events as text, a page at a time: JSON lines, or CSV that no spreadsheet takes for formulas [W4][W5].
import type { LoggedEvent, VoteRow } from "../../sessions/store/rows.ts";
import type { Store } from "../../sessions/store/store.ts";
import type { Piece, Source } from "../streams/stream.ts";
import { GameView, gameView, loggedView } from "./views.ts";

export const EXPORTS = ["games", "votes", "events"] as const;
export const FORMATS = { jsonl: "application/x-ndjson; charset=utf-8", csv: "text/csv; charset=utf-8" } as const;

/** Rows of a page, and characters past which one of events ends: about a millisecond's work. */
const PAGE_ROWS = 256;
const PAGE_CHARS = 64 * 1024;

interface Wanted {
  readonly of: (typeof EXPORTS)[number];
  readonly format: keyof typeof FORMATS;
  /** Whether codes of rooms are told. */
  readonly codes: boolean;
}

type Row = Readonly<Record<string, unknown>>;

const COLUMNS: Readonly<Record<Wanted["of"], readonly string[]>> = {
  games: Object.keys(GameView.shape),
  votes: ["game_id", "title", "username", "vote", "voted_at", "from"],
  events: ["id", "type", "timestamp", "data"],
};

/** All of it from the first row to the last that was there when it was reached. */
export function exportOf(store: Store, sessionId: number, wanted: Wanted): Source {
  const { of, format } = wanted;
  const pages = { games, votes, events }[of](store, sessionId, wanted.codes);
  const utf8 = new TextEncoder();
  let isFirst = true;
  function next(): Piece {
    const { value: rows, done } = pages.next();
    // A session that is forgotten meanwhile must not look as if it had ended here.
    if (store.session(sessionId) === null) return "gone";
    const head = isFirst && format === "csv" ? csvLine(COLUMNS[of]) : "";
    isFirst = false;
    if (done === true && head === "") return "end";
    const text = head + (rows ?? []).map((row) => line(row, of, format)).join("");
    return text === "" ? null : utf8.encode(text);
  }
  return { isAtHand: false, next };
}

type Pages = Generator<readonly Row[], undefined>;

function* games(store: Store, sessionId: number, codes: boolean): Pages {
  for (const page of gamePages(store, sessionId)) yield page.map((row) => gameView(row, codes));
}

function* gamePages(store: Store, sessionId: number) {
  for (let after = 0; ; ) {
    const page = store.games(sessionId, after, PAGE_ROWS);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.id;
  }
}

function* votes(store: Store, sessionId: number): Pages {
  for (const page of gamePages(store, sessionId)) {
    for (const { id, title } of page) {
      for (let after: string | null = ""; after !== null; ) {
        const cast: VoteRow[] = store.outward.votes(id, after, PAGE_ROWS);
        yield cast.map((vote) => voteView(vote, title));
        after = cast.length < PAGE_ROWS ? null : (cast.at(-1)?.voter ?? null);
      }
    }
  }
}

function* events(store: Store, sessionId: number, codes: boolean): Pages {
  for (let after = 0; ; ) {
    const page: LoggedEvent[] = store.events(sessionId, after, PAGE_ROWS, PAGE_CHARS);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map((event) => loggedView(event, codes));
    after = last.id;
  }
}

/** A vote without what could take its voter's seat. */
function voteView({ gameId, voter, username, vote, votedAt }: VoteRow, title: string): Row {
  const from = voter.startsWith("member:") ? "room" : "outside";
  return { game_id: gameId, title, username, vote, voted_at: new Date(votedAt).toISOString(), from };
}

function line(row: Row, of: Wanted["of"], format: Wanted["format"]): string {
  return format === "csv" ? csvLine(COLUMNS[of].map((name) => row[name])) : `${JSON.stringify(row)}\n`;
}

/** A line of RFC 4180. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** What spreadsheets take for the beginning of a formula, in full width too. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** The same behind what some of them part cells with, whatever the file says; quotes there are an empty beginning of the cell, which goes on. */
const BEHIND_SEPARATOR = /([;\t][\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const plain = (FORMULA.test(text) ? `'${text}` : text).replaceAll(BEHIND_SEPARATOR, "$1'");
  return /[",;\t\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
