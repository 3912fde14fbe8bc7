// A room on its way from one node to another: it leaves without a word, and its members take their seats up again without one [N7]. Which node,
// and how its record gets there, is the cluster's business. `R`: the room.
import { heldMs } from "./keeping.ts";
import type { RoomDeps, RoomSelf } from "./ports.ts";
import type { Line } from "./seat.ts";
import type { RoomState } from "./state.ts";

export class Passage<R extends RoomSelf> {
  constructor(
    private readonly room: R,
    private readonly state: RoomState<R>,
    private readonly deps: RoomDeps<R>,
  ) {}

  /** Whether it can go: a numbered room has no record, and one with a session stays with it. */
  get isFree(): boolean {
    return this.room.number === null && !this.deps.watcher.rooms.has(this.room);
  }

  /** Ends here without a word: its lines stay open, and speak for no seat. */
  leave(): void {
    const { members, host } = this.state;
    const seats = [...members.seats.values()];
    for (const { line } of seats) if (line !== null) this.deps.outlet.quit(line, this.room);
    members.clear();
    host.end();
    this.state.crowd?.end("goingAway", null);
    this.deps.ended(this.room);
    // Whoever waits for one of the seats looks for the room anew.
    for (const seat of seats) if (seat.fight?.isAwaited === true) this.deps.clock.soon(() => members.wake(seat));
  }

  /** A member's line has come along: it sits in its seat again, and is host if it was. Nobody is told. */
  seat(index: number, line: Line<R>): void {
    const { members, host } = this.state;
    const seat = members.at(index);
    if (seat === undefined) return;
    members.sit(seat, line, this.deps.clock.now());
    const isHost = host.arrived(seat);
    this.deps.outlet.enter(line, this.room);
    const { crowd } = this.state;
    if (isHost) crowd?.hostChanged(null);
    crowd?.cameAlong(seat);
    this.room.changed();
  }

  /** The line of a member that was here has not come along: the others hear that its seat waits. */
  lacks(index: number): void {
    const seat = this.state.members.at(index);
    if (seat === undefined || !seat.isAway || this.room.rules.awayMs === 0) return;
    const leftMs = heldMs(this.room.rules, 0);
    this.state.delivery.tellOf({ kind: "peerAway", clientId: seat.clientId, index, leftMs }, seat);
  }
}
