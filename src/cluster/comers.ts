// The members of a room that has come from another node, or stays after all: each is in its seat again before a word of any of them is carried
// out, and nobody is told [N7].

import type { Gone, SocketLine } from "../doors/line.ts";
import type { Doors } from "../doors/parts.ts";
import type { RoomRecord } from "../rooms/record.ts";
import type { Room } from "../rooms/room.ts";
import type { Gateway } from "./gateway.ts";
import { GuestLine, type Opened } from "./guestSocket.ts";
import type { Owner } from "./owner.ts";

/** A member's line as it is told to the new owner of its room. */
export interface Comer {
  /** Of its seat. */
  readonly index: number;
  /** The node that its socket is open to, and its number there. */
  readonly node: string;
  readonly id: number;
  readonly opened: Opened;
  /** What it had said before, and had to wait. */
  readonly waits: readonly string[];
}

/** A member that comes, and its line here. */
export interface Come {
  readonly comer: Comer;
  readonly line: SocketLine;
  /** What it has said meanwhile, of a line that is open to this node. */
  readonly held: readonly string[];
  /** How it has closed meanwhile; null: it has not. */
  readonly shutAs: { readonly how: Gone; readonly code: number } | null;
}

export interface ComersDeps extends Pick<Doors, "intake" | "faults"> {
  readonly node: string;
  readonly gateway: Gateway;
  readonly owner: Owner;
}

export class Comers {
  constructor(private readonly deps: ComersDeps) {}

  /** Gives each of them a line here: its own where it is open to this node, else a guest. @param from the owner before */
  open(from: string, all: readonly Comer[]): Come[] {
    const { node, gateway, owner } = this.deps;
    const come: Come[] = [];
    for (const comer of all) {
      const far = comer.node === node ? gateway.reclaim(from, comer.id) : null;
      const held = far?.held ?? [];
      const shutAs = far?.shutAs ?? null;
      if (far !== null && shutAs === null) come.push({ comer, line: far.line, held, shutAs });
      else if (far !== null || comer.node !== node) {
        // The last words of a line that has closed are a guest's that goes at once.
        const line = owner.open(comer.node, comer.id, comer.opened);
        if (line !== null) come.push({ comer, line, held, shutAs });
      }
    }
    return come;
  }

  /** Seats them, then carries out what waits. Who was here and has not come is away. */
  reseat(room: Room, { seats }: RoomRecord, all: readonly Come[]): void {
    const { faults } = this.deps;
    const { passage } = room;
    const lacking = new Set(seats.filter(({ awaySince }) => awaySince === null).map(({ index }) => index));
    for (const { comer, line } of all) {
      if (!line.isOpen) continue;
      passage.seat(comer.index, line);
      lacking.delete(comer.index);
    }
    for (const index of lacking) passage.lacks(index);
    for (const come of all) faults.guard(come.line.socket, "a member that came along", () => this.#carryOn(come));
  }

  #carryOn({ comer, line, held, shutAs }: Come): void {
    const { intake, owner } = this.deps;
    const said = [...comer.waits, ...held];
    if (line instanceof GuestLine) {
      for (const text of said) intake.takeCarried(line, text);
      if (shutAs !== null) owner.shut(line, shutAs.how, shutAs.code);
    } else if (line.isOpen) {
      intake.pacing.hold(line);
      intake.pacing.goOn(line, said);
    }
  }
}
