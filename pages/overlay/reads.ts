// What is shown, read from the API: the session, its last game, who plays. Strangers may read as much; codes of rooms are in none of it.
import { ask } from "../shared/asked.ts";

export interface Picture {
  readonly session: number;
  readonly title: string;
  readonly pack: string;
  readonly up: number;
  readonly down: number;
  readonly players: readonly string[];
  readonly count: number;
  /** null: nobody said. */
  readonly max: number | null;
  /** Whether anybody is counted at all: no room is watched, and nobody has set a number. */
  readonly isCounted: boolean;
}

/** Of the newest that goes on there may be none: then it says so, and has no id. */
interface Session {
  readonly id?: number;
  readonly is_active?: number;
}

interface Game {
  readonly id: number;
  readonly title: string;
  readonly pack_name: string | null;
  readonly upvotes: number;
  readonly downvotes: number;
  readonly player_count: number | null;
}

interface Status {
  readonly playerCount: number;
  readonly players: readonly string[];
  readonly maxPlayers: number | null;
  readonly monitoring: boolean;
}

/** Games of one answer to who shows no token. */
const PAGE = 50;

export class Reads {
  /** The last game that is known: those before it are read no more. */
  #game = 0;
  #session = 0;

  /** @param session the one that is shown; null: the newest that goes on */
  constructor(
    private readonly session: number | null,
    private readonly token: string,
  ) {}

  /** How it stands. "none": nothing goes on; null: the server does not say, so whatever is shown stays. */
  async picture(): Promise<Picture | "none" | null> {
    const found = await this.#get<Session>(this.session === null ? "active" : `${this.session}`);
    if (found === null) return null;
    const { id, is_active: isActive } = found;
    if (id === undefined || isActive !== 1) return "none";
    if (id !== this.#session) {
      this.#session = id;
      this.#game = 0;
    }
    const game = await this.#lastGame();
    if (game === null || game === "none") return game;
    const live = await this.#get<Status>(`${id}/games/${game.id}/status-live`);
    if (live === null) return null;
    const { playerCount, players, maxPlayers, monitoring } = live;
    return {
      ...{ session: id, title: game.title, pack: game.pack_name ?? "" },
      ...{ up: game.upvotes, down: game.downvotes, players, max: maxPlayers },
      count: game.player_count ?? playerCount,
      isCounted: monitoring || game.player_count !== null || players.length > 0,
    };
  }

  async #lastGame(): Promise<Game | "none" | null> {
    let last: Game | undefined;
    for (let after = Math.max(0, this.#game - 1); ; ) {
      const found = await this.#get<Game[]>(`${this.#session}/games?after=${after}&limit=${PAGE}`);
      if (found === null) return null;
      last = found.at(-1) ?? last;
      if (last === undefined) return "none";
      this.#game = after = last.id;
      if (found.length < PAGE) return last;
    }
  }

  /** null: no answer that says anything. A session that is not there is an answer too: an object without an id. */
  async #get<T>(path: string): Promise<T | null> {
    const headers = this.token === "" ? {} : { authorization: `Bearer ${this.token}` };
    const { status, body } = await ask(`/api/sessions/${path}`, { headers });
    // A game that was looked for is there: only of a session can a 404 say that there is none.
    return status === 200 || (status === 404 && !path.includes("/")) ? (body as T) : null;
  }
}
