// Who may take a seat now: a newcomer waits while its room has taken in as many as it may for a while [L22]. Nobody takes a turn ahead of time,
// and who is refused takes none.

import type { Clock } from "../clock.ts";
import type { Joins } from "../limits/joins.ts";
import type { Metrics } from "../metrics.ts";
import type { Command } from "../protocol/commands.ts";
import type { Look } from "../relayRules.ts";
import type { SocketLine } from "./line.ts";
import type { Pacing } from "./pacing.ts";

/** Knows what a join is about, and carries it out. */
interface Porter {
  look(line: SocketLine, command: Command): Look;
  carryOut(line: SocketLine, command: Command): void;
}

interface EntryDeps {
  readonly joins: Joins;
  readonly pacing: Pacing;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export class Entry {
  constructor(
    private readonly deps: EntryDeps,
    private readonly porter: Porter,
  ) {}

  /** Carries out a join, now or when its room takes in somebody again. @param room what it joins as a newcomer, as it stands now */
  enter(line: SocketLine, command: Command, room: Look["entrance"]): void {
    const { joins, pacing, clock, metrics } = this.deps;
    const now = clock.now();
    const guest = command.kind === "join" ? command.guest : null;
    const isPaid = room === null || joins.tryRoom(room, now);
    // Whoever is refused hears it at once, and nobody waits behind him.
    if (!isPaid && (guest === null || !room.turnsAway(guest, line.address))) {
      metrics.limited("joins");
      pacing.parkUntil(line, joins.roomWaitMs(room, now), () => this.enterLater(line, command));
      return;
    }
    this.porter.carryOut(line, command);
    if (room !== null && isPaid && line.seat === null) joins.giveBack(room, now);
  }

  /** The same after a wait: the room may be another by now. */
  enterLater(line: SocketLine, command: Command): void {
    this.enter(line, command, this.porter.look(line, command).entrance);
  }
}
