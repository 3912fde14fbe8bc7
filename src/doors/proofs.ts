// Has tokens that lines show looked at, which takes a promise: until then nothing else of the line is read. What a good token is good for,
// the intake knows.

import type { Pass, Tokens } from "../auth/tokens.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Tokens refused on one line before it is closed with 4003 [T8]. */
const BAD_TOKENS_MAX = 10;

interface ProofsDeps {
  readonly tokens: Tokens;
  readonly pacing: Pacing;
  readonly faults: Faults;
}

/** A token, and of whom it must be: a viewer's lets nobody do anything [S38]. */
interface Shown {
  readonly token: string;
  /** Whether a viewer's is enough. */
  readonly isForAll: boolean;
}

export class Proofs {
  /** Beside the lines: ten thousand of them never show a token. */
  readonly #badTokens = new WeakMap<SocketLine, number>();

  constructor(private readonly deps: ProofsDeps) {}

  /**
   * Parks the line until it is known what the token is.
   * @param bad tells the line that it is none; of too many it is closed
   */
  lookAt(line: SocketLine, { token, isForAll }: Shown, good: (pass: Pass) => void, bad: () => void): Pause {
    const { tokens, pacing, faults } = this.deps;
    const pause = pacing.park(line);
    const decided = tokens.verify(token).then((pass) => {
      pacing.resume(line, pause, () => {
        if (pass !== null && (isForAll || pass.isAdmin)) good(pass);
        else this.#refuse(line, bad);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
    return pause;
  }

  #refuse(line: SocketLine, bad: () => void): void {
    bad();
    const count = (this.#badTokens.get(line) ?? 0) + 1;
    this.#badTokens.set(line, count);
    if (count >= BAD_TOKENS_MAX) line.close("notAuthorised");
  }
}
