// Who owns which code, as this node asks it. An answer is never kept: the owner's own rooms decide, the directory only points [N2][N4].
import { type Claimed, type Directory, type Engine, EngineAway, type Owner } from "./ports.ts";
import { REST_MS, type Scripts } from "./scripts.ts";

/** Codes that are released with one script. */
const RELEASED_MAX = 500;

export interface DirectoryOptions {
  readonly engine: Pick<Engine, "isUp">;
  readonly scripts: Pick<Scripts, "find" | "claim" | "release">;
  /** Of all nodes [N5]. */
  readonly roomsMax: number;
  readonly roomsPerAddressMax: number;
  /** An address as it may stand in the engine. */
  readonly hash: (address: string) => string;
  /** What a script threw that is no absence of the engine. */
  readonly onFault: (error: unknown) => void;
}

export class EngineDirectory implements Directory {
  /** Codes to be released, and whether they rest. */
  readonly #released = new Map<string, boolean>();
  #isReleasing = false;

  constructor(private readonly options: DirectoryOptions) {}

  find(code: string): Promise<Owner | null> {
    return this.options.scripts.find(code);
  }

  async claim(code: string, address: string): Promise<Claimed> {
    const { scripts, roomsMax, roomsPerAddressMax, hash } = this.options;
    const rests = this.#released.get(code);
    // Ours still, until the engine knows that its room has ended.
    if (rests === true) return "resting";
    // Its last claim may have been carried out, and is not taken back yet.
    if (rests === false) throw new EngineAway("an earlier claim is not taken back yet");
    try {
      return await scripts.claim(code, hash(address), roomsMax, roomsPerAddressMax);
    } catch (error) {
      // It may be ours now without a room.
      if (error instanceof EngineAway) this.unclaim(code);
      // It has no memory for one more room, and says so to everybody who wants one: no fault of this node.
      else if (error instanceof Error && error.message.startsWith("OOM ")) return "tooMany";
      throw error;
    }
  }

  release(code: string): void {
    this.#add(code, true);
  }

  /** No room was opened with the code that was claimed: it is free at once. */
  unclaim(code: string): void {
    this.#add(code, false);
  }

  /** Whether it is to be released: what the engine still keeps of it is nobody's. */
  isReleased(code: string): boolean {
    return this.#released.has(code);
  }

  /** Says what could not be said before: for when the engine is back, and for when there is a life again. Never throws. */
  flush(): void {
    if (!this.#isReleasing && this.#released.size > 0 && this.options.engine.isUp) void this.#say();
  }

  #add(code: string, rests: boolean): void {
    this.#released.set(code, rests);
    this.flush();
  }

  async #say(): Promise<void> {
    this.#isReleasing = true;
    let isSaid = true;
    try {
      while (isSaid && this.#released.size > 0) {
        isSaid = (await this.#sayBatch(true)) && (await this.#sayBatch(false));
      }
    } catch (error) {
      // It is asked again when the engine is back.
      if (!(error instanceof EngineAway)) this.options.onFault(error);
    }
    this.#isReleasing = false;
  }

  /** Answers whether we have a life to speak for; without one it waits for the next. */
  async #sayBatch(rests: boolean): Promise<boolean> {
    const all = [...this.#released].filter(([, does]) => does === rests);
    const codes = all.slice(0, RELEASED_MAX).map(([code]) => code);
    if (codes.length === 0) return true;
    if ((await this.options.scripts.release(codes, rests ? REST_MS : 0)) === "fenced") return false;
    for (const code of codes) this.#released.delete(code);
    return true;
  }
}
