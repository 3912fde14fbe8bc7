// What the world knows against what the log has: every event that anybody heard, every vote and game that was acknowledged. Read
// after a restart, when nothing is written; the log only grows, so each time only what is new is read.

import type { Operator } from "../../client/operator.ts";
import { type Heard, type Logged, sessionOf } from "./subscriber.ts";
import type { Uproar } from "./uproar.ts";

const PAGE_ROWS = 500;
const COMPLAINTS_MAX = 10;
const ACKNOWLEDGED = '{"success":true,';

type Votes = { readonly game_id: number; readonly upvotes: number; readonly downvotes: number }[];
type VoteData = { readonly game: { readonly id: number }; readonly totals: { upvotes: number; downvotes: number } };

const WRONGS = { lost: 0, garbled: 0, gaps: 0, repeats: 0, skipped: 0, totalsWrong: 0 };

export class Evidence {
  readonly counts = { logged: 0, seen: 0, seenInRooms: 0, votes: 0, games: 0, ...WRONGS };
  /** The first things that were wrong, in words. */
  readonly complaints: string[] = [];
  /** By id: the frame that subscribers must have heard. */
  readonly #log: string[] = [];
  /** Session → the ids of its events. */
  readonly #bySession = new Map<number, number[]>();
  /** Vote's data as text → how many times it is in the log and has not been matched with an answer. */
  readonly #votes = new Map<string, number>();
  readonly #games = new Set<number>();
  /** Frames as rooms hear them: without an id. */
  readonly #toRooms = new Set<string>();
  readonly #totals = new Map<number, VoteData["totals"]>();
  /** Sessions that have ended and been read: nothing more comes of them. */
  readonly #done = new Set<number>();

  /** Reads what the log has got since the last time, and the totals of what is still going on. */
  async read(operator: Operator): Promise<void> {
    const rows: (Logged & { readonly sessionId: number })[] = [];
    for await (const { id: sessionId, is_active } of sessionsOf(operator)) {
      if (this.#done.has(sessionId)) continue;
      if (is_active === 0) this.#done.add(sessionId);
      const last = this.#bySession.get(sessionId)?.at(-1) ?? 0;
      for await (const row of pages<Logged>(operator, `/${sessionId}/events`, "after", last))
        rows.push({ ...row, sessionId });
    }
    for (const row of rows.toSorted((a, b) => a.id - b.id)) this.#note(row, row.sessionId);
    for (const sessionId of new Set(rows.map((row) => row.sessionId))) {
      this.#compare((await operator.get<{ votes: Votes }>(`/api/sessions/${sessionId}/votes`)).votes);
    }
  }

  /** What subscribers heard since the last time. */
  heard(events: readonly Heard[]): void {
    this.counts.seen += events.length;
    for (const { id, text } of events) {
      const logged = this.#log[id];
      if (logged === undefined) this.#complain("lost", `was heard and is not in the log: ${text}`);
      else if (logged !== text) this.#complain("garbled", `was heard as ${text} and logged as ${logged}`);
    }
  }

  /** What was acknowledged, and what members of rooms heard. */
  known({ votes, games, inRoom }: Uproar): void {
    this.counts.seenInRooms += inRoom.length;
    this.counts.votes += votes.length;
    this.counts.games += games.length;
    for (const text of inRoom) if (!this.#toRooms.has(text)) this.#complain("lost", `was heard in a room: ${text}`);
    for (const answer of votes) {
      const data = `{${answer.slice(ACKNOWLEDGED.length)}`;
      const left = this.#votes.get(data) ?? 0;
      if (left === 0) this.#complain("lost", `a vote was acknowledged and is not in the log: ${answer}`);
      else this.#votes.set(data, left - 1);
    }
    for (const id of games) if (!this.#games.has(id)) this.#complain("lost", `game ${id} was acknowledged`);
  }

  /** All that one subscriber ever heard: of each session, what the log has, up to some point, each once. */
  inOrder(events: readonly Heard[]): void {
    const next = new Map<number, number>();
    for (const { id, sessionId } of events) {
      const at = next.get(sessionId) ?? 0;
      const due = this.#bySession.get(sessionId)?.[at];
      if (due !== id) this.#complain("skipped", `session ${sessionId}: ${due} was due and ${id} came`);
      next.set(sessionId, at + 1);
    }
  }

  #note({ id, type, timestamp, data }: Logged, sessionId: number): void {
    const last = Math.max(0, this.#log.length - 1);
    if (id <= last) this.#complain("repeats", `id ${id} after ${last}`);
    else if (id !== last + 1) this.#complain("gaps", `id ${id} after ${last}`);
    const body = JSON.stringify(data);
    const frame = `{"type":"${type}","timestamp":"${timestamp}","data":${body}`;
    this.#log[id] = `${frame},"id":${id}}`;
    this.#toRooms.add(`${frame}}`);
    this.#bySession.set(sessionId, this.#bySession.get(sessionId) ?? []);
    this.#bySession.get(sessionId)?.push(id);
    this.counts.logged++;
    if (sessionOf(data) !== sessionId) this.#complain("garbled", `event ${id} is of another session`);
    if (type === "game.added") this.#games.add((data as VoteData).game.id);
    if (type !== "vote.received") return;
    const { game, totals } = data as VoteData;
    this.#votes.set(body, (this.#votes.get(body) ?? 0) + 1);
    this.#totals.set(game.id, totals);
  }

  #compare(votes: Votes): void {
    for (const { game_id, upvotes, downvotes } of votes) {
      const told = this.#totals.get(game_id) ?? { upvotes: 0, downvotes: 0 };
      if (told.upvotes === upvotes && told.downvotes === downvotes) continue;
      this.#complain("totalsWrong", `game ${game_id}: ${upvotes}/${downvotes}, told as ${JSON.stringify(told)}`);
    }
  }

  #complain(what: keyof typeof WRONGS, words: string): void {
    this.counts[what]++;
    if (this.complaints.length < COMPLAINTS_MAX) this.complaints.push(`${what}: ${words}`);
  }
}

/** Every session, whoever began it: a room's host began its own. */
async function* sessionsOf(operator: Operator) {
  type Session = { readonly id: number; readonly is_active: 0 | 1 };
  yield* pages<Session>(operator, "?begun_by=token", "before");
  yield* pages<Session>(operator, "?begun_by=host", "before");
}

/** A list of the API, a page at a time; `cursor` says how the next one is asked for, from the last id. */
async function* pages<T extends { readonly id: number }>(
  operator: Operator,
  path: string,
  cursor: string,
  from?: number,
) {
  for (let last = from; ; ) {
    const after = last === undefined ? "" : `&${cursor}=${last}`;
    const query = `${path.includes("?") ? "&" : "?"}limit=${PAGE_ROWS}${after}`;
    const page = await operator.get<T[]>(`/api/sessions${path}${query}`);
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)?.id;
  }
}
