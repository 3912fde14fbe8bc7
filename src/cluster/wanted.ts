// The node that keeps the sessions has gone and come back, and others have taken up the rooms of its sessions meanwhile: it asks for them, so that the
// sessions go on where they were [N11][S24]. How a room moves, it does not know.
import type { Clock } from "../clock.ts";
import type { Place } from "../doors/elsewhere.ts";
import type { Room } from "../rooms/room.ts";
import { Answers } from "./answers.ts";
import type { Moves } from "./moves.ts";
import type { Carrier, Frame } from "./ports.ts";

/** So long its sessions wait for their rooms: a move takes milliseconds, and a node that dies meanwhile its lease. */
const WANTED_MS = 10_000;
/** One room that is on its way, whichever of its gateways hangs. */
const MOVE_MS = 5_000;
/** What is answered for a room that is not here. */
const NONE = "none";
/** Until a room is asked for again that nobody has taken up yet. */
const AGAIN_MS = 250;

/** A room that somebody waits for, by HTTP. */
const BRING_MS = 3_000;

/** A room, and which of those that had its code; "": whichever has it. */
export interface Wish {
  readonly code: string;
  readonly id: string;
}

interface WantedDeps {
  readonly node: string;
  readonly carrier: Carrier;
  readonly moves: Pick<Moves, "move">;
  readonly rooms: { at(code: string): Room | null };
  readonly clock: Pick<Clock, "now" | "after">;
  /** Where a room is; never rejects. */
  readonly find: (code: string) => Promise<Place>;
}

export class Wanted {
  readonly #answers: Answers;
  /** Codes of rooms that are not where they were looked for: another has the code, or none. */
  readonly #gone = new Set<string>();

  constructor(private readonly deps: WantedDeps) {
    this.#answers = new Answers(deps.clock as Clock);
  }

  /** Has those rooms move here that are elsewhere. Resolves when all have come, or cannot. Never rejects. */
  async get(wishes: readonly Wish[], msMax = WANTED_MS): Promise<void> {
    const until = this.deps.clock.now() + msMax;
    await Promise.all(wishes.map((wish) => this.#get(wish, until)));
  }

  /** Has the room of that code move here; false: it is elsewhere, and cannot. Never rejects. */
  async bring(code: string): Promise<boolean> {
    const place = await this.deps.find(code);
    if (place === "nowhere" || place === "unknown") return place === "nowhere";
    await this.get([{ code, id: "" }], BRING_MS);
    return this.deps.rooms.at(code) !== null;
  }

  heard(node: string, { op, arg: code, text }: Frame): void {
    if (op === "wanted") {
      if (text === NONE) this.#gone.add(code);
      this.#answers.came(`${code} of ${node}`, node);
    } else if (op === "wantRoom") void this.#give(node, code, text);
  }

  /** Nothing comes from there any more. */
  broken(node: string): void {
    this.#answers.lost(node);
  }

  async #get({ code, id }: Wish, until: number): Promise<void> {
    const { rooms, carrier, clock, find } = this.deps;
    while (rooms.at(code) === null && clock.now() < until) {
      const place = await find(code);
      if (place === "nowhere" || place === "here") return;
      if (typeof place === "object") {
        const { node } = place;
        const answered = this.#answers.await(`${code} of ${node}`, [node], MOVE_MS);
        if (!carrier.say(node, { op: "wantRoom", line: 0, arg: code, text: id })) this.#answers.lost(node);
        await answered;
        if (this.#gone.delete(code)) return;
      }
      if (rooms.at(code) !== null) return;
      // A node that does not know yet that this one is back cannot give it anything.
      await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve));
    }
  }

  async #give(to: string, code: string, id: string): Promise<void> {
    const room = this.deps.rooms.at(code);
    const isIt = room !== null && (id === "" || room.id === id);
    if (isIt) await this.deps.moves.move(room, to);
    this.deps.carrier.say(to, { op: "wanted", line: 0, arg: code, text: isIt ? "" : NONE });
  }
}
