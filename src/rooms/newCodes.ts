// Hands out codes: which a wire's are, which is free, which rests. Whether another node has a code is asked elsewhere, before a room is opened.
import type { Clock } from "../clock.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import { Codes, isRude } from "./codes.ts";
import { CoolingCodes } from "./cooling.ts";

/** Draws before `create` gives up: where half of the codes are taken, 40 misses in a row are one in 10^12 [R7]. */
const CODE_DRAWS_MAX = 40;
/** No code is as long, by far. */
const NO_CODE_CHARS = 16;

export class NewCodes {
  readonly #cooling: CoolingCodes;
  /** The codes of wires that have none of their own. */
  readonly #codes: Codes;

  /**
   * @param byWire the wires whose codes are of another kind
   * @param taken the codes of rooms that are open here
   * @param codesCoolingMax how many codes are kept back after their rooms
   */
  constructor(
    codeLength: number,
    private readonly byWire: ReadonlyMap<string, Codes>,
    private readonly taken: { has(code: string): boolean },
    private readonly clock: Clock,
    codesCoolingMax?: number,
  ) {
    this.#codes = Codes.capitals(codeLength);
    this.#cooling = new CoolingCodes(codesCoolingMax);
  }

  /** What the codes of a wire are. */
  of(wire: string): Codes {
    return this.byWire.get(wire) ?? this.#codes;
  }

  /** The code that was meant, as it is counted among guesses: what is much longer than any is none, and all of that the same. */
  meant(name: string, wire: string): string {
    const code = this.of(wire).read(name);
    return code.length <= NO_CODE_CHARS ? code : "";
  }

  /** A code for a new room. @param wanted as a client typed it; null: any */
  pick(wanted: string | null, wire: string): string | Refusal {
    const codes = this.of(wire);
    this.#cooling.drop(this.clock.now());
    if (wanted !== null) {
      const code = codes.read(wanted);
      if (!codes.isCode(code)) {
        return refuse("bad_field", { text: `room must be ${codes.length} characters of ${codes.alphabet}` });
      }
      return this.#isFree(code) ? code : refuse("code_taken");
    }
    for (let draws = 0; draws < CODE_DRAWS_MAX; draws++) {
      const code = codes.draw();
      if (this.#isFree(code)) return code;
    }
    return refuse("server_full");
  }

  /** Whether its room has ended a moment ago [R5]. */
  isCooling(code: string): boolean {
    return this.#cooling.has(code, this.clock.now());
  }

  /** Its room has ended. */
  ended(code: string): void {
    this.#cooling.add(code, this.clock.now());
  }

  #isFree(code: string): boolean {
    return !this.taken.has(code) && !this.isCooling(code) && !isRude(code);
  }
}
