// The guesses of room codes as a door meets them [L9]: who has to take turns, what is a miss, which line has missed too often. How fast any of that
// may be, limits/guesses.ts knows.
import type { Guesses } from "../limits/guesses.ts";
import type { Command } from "../protocol/commands.ts";
import { refuse } from "../protocol/refusals.ts";
import type { Relay } from "../relay.ts";
import type { Answers } from "./answers.ts";
import type { SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Refused joins on one line before it is closed with 4101 [L9]. */
const REFUSED_JOINS_MAX = 20;

interface GuessingDeps {
  readonly guesses: Guesses;
  readonly relay: Relay;
  readonly pacing: Pacing;
  readonly answers: Answers;
}

export class Guessing {
  constructor(private readonly deps: GuessingDeps) {}

  /** Has a guess answered in its turn; false where it is none [L35]. */
  takesTurns(line: SocketLine, command: Command): boolean {
    const { guesses, relay, pacing, answers } = this.deps;
    const { code, isNeighbour, isCooling } = relay.named(line, command);
    const guess = { address: line.address, code, isNeighbour, wrong: line.refusedJoins };
    if (isCooling || guesses.isFree(guess)) return false;
    pacing.parkAsGuess(line, command, guess, () => {
      answers.tell(line, refuse("too_many_attempts", { retryAfterMs: guesses.retryAfterMs }), command.asked);
      this.countRefusedJoin(line);
    });
    return true;
  }

  /** The line is about to leave its room: whoever comes back to it is no stranger [L35]. */
  remember({ seat, address }: SocketLine): void {
    if (seat !== null) this.deps.guesses.knows(address, seat.room.code);
  }

  /** The answer told a stranger that a code is not there, is taken, or belongs to somebody. */
  missed(line: SocketLine, command: Command): void {
    const { guesses, relay } = this.deps;
    const { code } = relay.named(line, command);
    if (guesses.failed(line.address, code)) this.countRefusedJoin(line);
  }

  private countRefusedJoin(line: SocketLine): void {
    line.refusedJoins++;
    if (line.refusedJoins >= REFUSED_JOINS_MAX) line.close("tooFast");
  }
}
