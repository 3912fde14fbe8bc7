// What the world knows against what the log has: every event that anybody heard, every vote and game that was acknowledged. Read
// once, after the last restart: the log only grows, so what any kill has cost is missing there too.

import type { Operator } from "../../client/operator.ts";
import { type Heard, type Logged, sessionOf } from "./subscriber.ts";
import type { Uproar } from "./uproar.ts";

const PAGE_ROWS = 500;
const COMPLAINTS_MAX = 10;
const ACKNOWLEDGED = '{"success":true,';

type Votes = { readonly game_id: number; readonly upvotes: number; readonly downvotes: number }[];
type VoteData = { readonly game: { readonly id: number }; readonly totals: { upvotes: number; downvotes: number } };

export class Evidence {
  readonly counts = { logged: 0, seen: 0, seenInRooms: 0, votes: 0, games: 0, wrong: 0 };
  readonly complaints: string[] = [];
  /** By id: the frame that subscribers must have heard. */
  readonly #log: string[] = [];
  readonly #bySession = new Map<number, number[]>();
  /** Vote's data as text → how many times it is in the log and has not been matched with an answer. */
  readonly #votes = new Map<string, number>();
  readonly #games = new Set<number>();
  /** Frames as rooms hear them: without an id. */
  readonly #toRooms = new Set<string>();
  readonly #totals = new Map<number, VoteData["totals"]>();

  /** Reads the log, and the totals of every game. */
  async read(operator: Operator): Promise<void> {
    const rows: (Logged & { readonly sessionId: number })[] = [];
    for await (const { id: sessionId } of sessionsOf(operator)) {
      const events = pages<Logged>(operator, `/api/sessions/${sessionId}/events`, "after");
      for await (const event of events) rows.push({ ...event, sessionId });
    }
    for (const row of rows.toSorted((a, b) => a.id - b.id)) this.#note(row, row.sessionId);
    for (const sessionId of new Set(rows.map((row) => row.sessionId))) {
      this.#compare((await operator.get<{ votes: Votes }>(`/api/sessions/${sessionId}/votes`)).votes);
    }
  }

  known({ votes, games, inRoom }: Uproar): void {
    this.counts.seenInRooms += inRoom.length;
    this.counts.votes += votes.length;
    this.counts.games += games.length;
    for (const text of inRoom) this.#expect(this.#toRooms.has(text), `heard in a room and lost: ${text}`);
    for (const id of games) this.#expect(this.#games.has(id), `acknowledged and lost: game ${id}`);
    for (const answer of votes) {
      const data = `{${answer.slice(ACKNOWLEDGED.length)}`;
      const left = this.#votes.get(data) ?? 0;
      this.#expect(left > 0, `acknowledged and lost: ${answer}`);
      this.#votes.set(data, left - 1);
    }
  }

  /** All that one subscriber ever heard: of each session, what the log has, up to some point, each once. */
  heard(events: readonly Heard[]): void {
    this.counts.seen += events.length;
    const next = new Map<number, number>();
    for (const { id, sessionId, text } of events) {
      this.#expect(this.#log[id] === text, `heard as ${text} and logged as ${this.#log[id]}`);
      const at = next.get(sessionId) ?? 0;
      const due = this.#bySession.get(sessionId)?.[at];
      this.#expect(due === id, `session ${sessionId}: ${due} was due and ${id} came`);
      next.set(sessionId, at + 1);
    }
  }

  #note({ id, type, timestamp, data }: Logged, sessionId: number): void {
    const last = Math.max(0, this.#log.length - 1);
    this.#expect(id === last + 1, `a gap or a repeat: ${id} after ${last}`);
    this.#expect(sessionOf(data) === sessionId, `event ${id} is of another session`);
    const body = JSON.stringify(data);
    const frame = `{"type":"${type}","timestamp":"${timestamp}","data":${body}`;
    this.#log[id] = `${frame},"id":${id}}`;
    this.#toRooms.add(`${frame}}`);
    this.#bySession.set(sessionId, this.#bySession.get(sessionId) ?? []);
    this.#bySession.get(sessionId)?.push(id);
    this.counts.logged++;
    if (type === "game.added") this.#games.add((data as VoteData).game.id);
    if (type !== "vote.received") return;
    const { game, totals } = data as VoteData;
    this.#votes.set(body, (this.#votes.get(body) ?? 0) + 1);
    this.#totals.set(game.id, totals);
  }

  #compare(votes: Votes): void {
    for (const { game_id, upvotes, downvotes } of votes) {
      const told = this.#totals.get(game_id) ?? { upvotes: 0, downvotes: 0 };
      const isTold = told.upvotes === upvotes && told.downvotes === downvotes;
      this.#expect(isTold, `game ${game_id}: ${upvotes}/${downvotes}, told as ${JSON.stringify(told)}`);
    }
  }

  #expect(holds: boolean, otherwise: string): void {
    if (holds) return;
    this.counts.wrong++;
    if (this.complaints.length < COMPLAINTS_MAX) this.complaints.push(otherwise);
  }
}

/** Every session, whoever began it: a room's host began its own. */
async function* sessionsOf(operator: Operator) {
  yield* pages<{ readonly id: number }>(operator, "/api/sessions?begun_by=token", "before");
  yield* pages<{ readonly id: number }>(operator, "/api/sessions?begun_by=host", "before");
}

/** A list of the API, a page at a time; `cursor` says how the next one is asked for, from the last id. */
async function* pages<T extends { readonly id: number }>(operator: Operator, path: string, cursor: string) {
  for (let last: number | undefined; ; ) {
    const query = `${path.includes("?") ? "&" : "?"}limit=${PAGE_ROWS}${last ? `&${cursor}=${last}` : ""}`;
    const page: T[] = await operator.get(`${path}${query}`);
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)?.id;
  }
}
