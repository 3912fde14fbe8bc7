// What few rooms have beside seats: timers, and data that is not everybody's. It is made when it is first asked for, so that a room without any of it
// costs nothing more. `R`: the room.
import type { ClientId, CrowdCommand, Resettable } from "../../protocol/commands.ts";
import type { CrowdEvent, CrowdPicture } from "../../protocol/events.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Delivery } from "../delivery.ts";
import type { RoomEvent } from "../historyRecord.ts";
import type { Host } from "../host.ts";
import type { Members } from "../members.ts";
import type { RoomDeps, RoomSelf } from "../ports.ts";
import type { Retained } from "../retained.ts";
import type { Line, Seat } from "../seat.ts";
import type { CrowdRoom } from "./ports.ts";
import { Privates } from "./privates.ts";
import type { CrowdRecord } from "./record.ts";
import { Timers } from "./timers.ts";

/** The collaborators of its room that it speaks to. */
export interface CrowdParts<R> {
  readonly members: Members<R>;
  readonly host: Host;
  readonly retained: Retained;
  readonly delivery: Delivery;
}

/** A part that a reset of its room makes as new. */
interface Resetting {
  reset(): void;
}

export class Crowd<R extends RoomSelf> implements CrowdRoom {
  timers: Timers | null = null;
  privates: Privates | null = null;
  polls: Resetting | null = null;

  constructor(
    private readonly room: R,
    private readonly parts: CrowdParts<R>,
    private readonly deps: Pick<RoomDeps<R>, "clock">,
  ) {}

  /** Carries out what a member asks, who may: how many lines heard it. */
  handle(by: Seat, command: CrowdCommand): number | Refusal {
    switch (command.kind) {
      case "setPrivate":
        return this.#setPrivate(by, command.clientId, command.body);
      case "reset":
        return this.#reset(command.keep);
      case "timerSet":
        this.timers ??= new Timers(this, this.deps.clock);
        return this.timers.set(command);
      case "timerPause":
        return this.timers?.pause(command.timer) ?? refuse("timer_not_found");
      case "timerGo":
        return this.timers?.go(command.timer) ?? refuse("timer_not_found");
      case "timerStop":
        return this.timers?.stop(command.timer) ?? refuse("timer_not_found");
      default:
        return command satisfies never;
    }
  }

  /** What that member is shown of it; undefined: there is nothing. @param isHost whether it sees what the host sees */
  picture(clientId: ClientId, isHost: boolean): CrowdPicture | undefined {
    const { timers, privates } = this;
    const own = privates?.of(clientId);
    const others = isHost ? (privates?.othersThan(clientId) ?? []) : [];
    const picture: CrowdPicture = {
      ...(timers !== null && timers.size > 0 && { timers: timers.picture() }),
      ...(own !== undefined && { private: own }),
      ...(others.length > 0 && { privates: others }),
    };
    return picture.timers || picture.private || picture.privates ? picture : undefined;
  }

  /** No fewer characters than its picture has on any wire, for whoever asks whether it fits. */
  get charsAtMost(): number {
    return (this.timers?.chars ?? 0) + (this.privates?.chars ?? 0);
  }

  /** Who is host has changed, and everyone has been told. @param heir the one that became it while it was here; null: no such one */
  hostChanged(heir: Seat | null): void {
    this.timers?.hostChanged();
    if (heir !== null && heir.line !== null) this.privates?.tellTo(heir.line, heir.clientId);
  }

  /** A member's line came along with the room, to a clock that may go otherwise [N7]. */
  cameAlong({ line }: Seat): void {
    if (line !== null) this.timers?.tellTo(line);
  }

  /** The member has given up its seat. */
  left({ clientId }: Seat): void {
    this.privates?.drop(clientId);
  }

  /** The room has ended, or goes: nothing of it is told any more. */
  end(): void {
    this.timers?.clear();
  }

  /** The record of it; undefined: there is nothing. */
  record(): CrowdRecord | undefined {
    const { timers, privates } = this;
    const record: CrowdRecord = {
      ...(timers !== null && timers.size > 0 && { timers: timers.record() }),
      ...(privates !== null && privates.size > 0 && { privates: privates.record() }),
    };
    return record.timers || record.privates ? record : undefined;
  }

  restore({ timers, privates }: CrowdRecord): void {
    if (timers !== undefined) {
      this.timers = new Timers(this, this.deps.clock);
      this.timers.restore(timers);
    }
    if (privates !== undefined) {
      this.privates = new Privates(this);
      this.privates.restore(privates);
    }
  }

  get hasHost(): boolean {
    return this.parts.host.seat !== null;
  }

  tell(event: RoomEvent): number {
    return this.parts.delivery.tell(event, null);
  }

  tellNow(event: CrowdEvent): number {
    return this.parts.delivery.tellNow(event);
  }

  tellOne(line: Line, event: CrowdEvent): void {
    this.parts.delivery.tellOneNow(line, event);
  }

  keep(more: number): boolean {
    return this.parts.delivery.keep(more);
  }

  keepAnyway(more: number): void {
    this.room.kept.add(more);
  }

  changed(): void {
    this.room.changed();
  }

  #setPrivate(by: Seat, clientId: ClientId, body: string): number | Refusal {
    const of = this.parts.members.get(clientId);
    if (of === undefined) return refuse("target_not_found");
    this.privates ??= new Privates(this);
    return this.privates.set(by, of, body);
  }

  /** Lets go of all that a game leaves, but for what `keep` names: the next one needs no new code [C39]. */
  #reset(keep: readonly Resettable[]): number {
    const { retained, members, delivery } = this.parts;
    if (!keep.includes("state")) retained.clearState(delivery);
    if (!keep.includes("players")) retained.clearPlayers(members, delivery);
    if (!keep.includes("private")) this.privates?.clear();
    if (!keep.includes("timers")) this.timers?.clear();
    if (!keep.includes("polls")) this.polls?.reset();
    return this.tell({ kind: "reset", keep });
  }
}
