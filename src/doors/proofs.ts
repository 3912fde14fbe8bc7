// Has tokens that lines show looked at, which takes a promise: until then nothing else of the line is read. What a good token is good for,
// the intake knows.

import type { Pass, Tokens } from "../auth/tokens.ts";
import type { Asked, Command } from "../protocol/commands.ts";
import { refuse } from "../protocol/refusals.ts";
import type { Answers } from "./answers.ts";
import type { Faults } from "./faults.ts";
import type { Pause, SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Tokens refused on one line before it is closed with 4003 [T8]. */
const BAD_TOKENS_MAX = 10;

interface ProofsDeps {
  readonly tokens: Tokens;
  readonly pacing: Pacing;
  readonly faults: Faults;
  readonly answers: Answers;
}

export class Proofs {
  /** Beside the lines: ten thousand of them never show a token. */
  readonly #badTokens = new WeakMap<SocketLine, number>();

  constructor(private readonly deps: ProofsDeps) {}

  /**
   * Parks the line until it is known what the token is that a command brought. Of one that is none the line is told; of too many it is closed. A
   * viewer's is good for nothing but to listen [S38].
   */
  lookAt(line: SocketLine, { kind, asked }: Command, token: string, good: (pass: Pass) => void): Pause {
    const { tokens, pacing, faults } = this.deps;
    const pause = pacing.park(line);
    const decided = tokens.verify(token).then((pass) => {
      pacing.resume(line, pause, () => {
        if (pass !== null && (kind === "auth" || pass.isAdmin)) good(pass);
        else this.#refuse(line, asked);
      });
    });
    decided.catch((error) => faults.close(line.socket, "a token", error));
    return pause;
  }

  #refuse(line: SocketLine, asked: Asked): void {
    this.deps.answers.tell(line, refuse("bad_token"), asked);
    const count = (this.#badTokens.get(line) ?? 0) + 1;
    this.#badTokens.set(line, count);
    if (count >= BAD_TOKENS_MAX) line.close("notAuthorised");
  }
}
