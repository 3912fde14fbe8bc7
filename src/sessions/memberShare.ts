// What members of rooms may write of one session's log, all of them together: their votes, their coming and going. They are strangers in
// anybody's session, so however they do it they neither end it nor fill the file in its name [S36].
import type { Store } from "./store/store.ts";

/**
 * Characters: half of what ends a host's session, and a vote for each of a hundred members in two hundred games. Whatever members call
 * themselves from one vote to the next, it is counted in one.
 */
export const MEMBERS_LOG_CHARS_MAX = 8 * 1024 * 1024;
/** Under what it is counted: no voter is called so, since each has its kind before its name. */
const MEMBERS = "members";

export class MemberShare {
  constructor(
    private readonly store: Store,
    private readonly charsMax: number = MEMBERS_LOG_CHARS_MAX,
  ) {}

  isFull(sessionId: number): boolean {
    return this.store.share(sessionId, MEMBERS) >= this.charsMax;
  }

  /** So many more, in the transaction that appends them. */
  charge(sessionId: number, chars: number): void {
    this.store.addToShare(sessionId, MEMBERS, chars);
  }
}
