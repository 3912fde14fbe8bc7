// Votes as they come in: what changes nothing is not written, what comes too often is refused, and one voter's part of a session's log has
// an end, so that nobody ends a session by voting [S36]. Who may vote, its callers know.
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { EventData } from "./events.ts";
import { findCurrentGame } from "./find.ts";
import type { MemberShare } from "./memberShare.ts";
import { voteData } from "./payloads.ts";
import type { SessionsCore } from "./running.ts";
import type { Ballot } from "./store/rows.ts";

/** A voter changes a vote at most once in so long, in ms: a person who changes their mind takes longer. */
export const VOTE_CHANGE_MS = 1_000;
/** Changes of one voter's vote for one game: nobody means the twentieth more than the first. */
export const VOTE_CHANGES_MAX = 20;
/** Characters of a session's log that the votes of one voter may take: some 600 votes, all the changes of thirty games. */
export const VOTER_LOG_CHARS_MAX = 256 * 1024;
/** Who brings a vote: a member of the room, or somebody outside by HTTP. */
export type Polled = "member" | "outside";

export class Votes {
  constructor(
    private readonly core: SessionsCore,
    private readonly memberShare: MemberShare,
    private readonly voterLogCharsMax: number = VOTER_LOG_CHARS_MAX,
  ) {}

  /** A vote for the current game; a voter's second one replaces the first [S6]. */
  cast(sessionId: number, ballot: Ballot, from: Polled): EventData<"vote.received"> | Refusal {
    const { store, clock, eventLog, running } = this.core;
    const game = findCurrentGame(store, sessionId);
    if (isRefusal(game)) return game;
    const before = store.vote(game.id, ballot.voter);
    const castAt = clock.wall();
    const waitMs = before === null ? 0 : waitOf(before.castAt, castAt);
    // A chat's second vote within the second is a duplicate, whatever it says: so the wire that bots are written for has it.
    if (waitMs > 0 && from === "outside") return refuse("vote_too_soon", { retryAfterMs: waitMs });
    if (before?.vote === ballot.vote) return voteData(game, { ...before, gameId: game.id }, game);
    if (waitMs > 0) return refuse("vote_too_soon", { retryAfterMs: waitMs });
    if (before !== null && before.changes >= VOTE_CHANGES_MAX) return refuse("vote_changes_spent");
    if (this.#isSilenced(sessionId, ballot.voter, from)) return refuse("votes_silenced");
    const row = { gameId: game.id, ...ballot };
    return eventLog.transact((append) => {
      const data = voteData(game, row, store.putVote(row, castAt));
      const chars = append(running.subject(sessionId), "vote.received", data);
      store.addToShare(sessionId, ballot.voter, chars);
      if (from === "member") this.memberShare.charge(sessionId, chars);
      return data;
    }, running.claimOf(sessionId));
  }

  #isSilenced(sessionId: number, voter: string, from: Polled): boolean {
    if (this.core.store.share(sessionId, voter) >= this.voterLogCharsMax) return true;
    return from === "member" && this.memberShare.isFull(sessionId);
  }
}

/** How long until a vote cast then may be changed, in ms. A clock that went back lets nobody wait. */
function waitOf(castAt: number, now: number): number {
  const elapsedMs = now - castAt;
  return elapsedMs < 0 ? 0 : Math.max(0, VOTE_CHANGE_MS - elapsedMs);
}
