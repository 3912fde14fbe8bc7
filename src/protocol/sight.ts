// What a token lets its holder see of sessions: all of them, or one; with the codes of their rooms, or without. A leaf.

export interface Sight {
  /** The one session that its holder may hear; null: all. */
  readonly session: number | null;
  /** Whether it is told codes of rooms [S33]. */
  readonly codes: boolean;
}

/** What an operator sees. */
export const ALL_SEEN: Sight = Object.freeze({ session: null, codes: true });

/** Whether its holder may hear that session. */
export function mayHear({ session }: Sight, sessionId: number): boolean {
  return session === null || session === sessionId;
}

/** Whether both let their holders see the same. */
export function isSameSight(one: Sight, other: Sight): boolean {
  return one.session === other.session && one.codes === other.codes;
}
