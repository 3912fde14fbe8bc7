// What a kind of attack is.

import type { Attack, Beat } from "./attack.ts";

export interface Kind {
  readonly name: string;
  /** What it does, in a line. */
  readonly about: string;
  /** Close codes that its lines may be told; any other, and 1006 above all, fails it. */
  readonly codes: readonly number[];
  /** Figures of /metrics that all grow when the server makes whoever attacks wait, refuses or closes: its answer to this kind. */
  readonly signs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Why the verdict is not asked of it; it is played and shown. */
  readonly expectedMiss?: string;
  /** Answers what it does in each beat; all that it opens is opened in beats. */
  begin(attack: Attack): Beat;
}
