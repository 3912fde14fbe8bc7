// What few rooms have beside seats: an audience, polls, timers, and data that is not everybody's. It is made when it is first asked for, so that a room without any of it
// costs nothing more. `R`: the room.
import { WIRE } from "../../limits/table.ts";
import type { Asked, ClientId, CrowdCommand, Guest, Resettable } from "../../protocol/commands.ts";
import type { CrowdEvent, CrowdPicture, Event, Later, PollClosed } from "../../protocol/events.ts";
import type { Answer, Counts } from "../../protocol/polls.ts";
import { type CloseName, type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Access } from "../access.ts";
import type { Delivery } from "../delivery.ts";
import type { RoomEvent } from "../historyRecord.ts";
import type { Host } from "../host.ts";
import type { Members } from "../members.ts";
import type { RoomDeps, RoomSelf } from "../ports.ts";
import type { Retained } from "../retained.ts";
import { isWatching, type Line, type Seat } from "../seat.ts";
import { Audience } from "./audience.ts";
import { type PollRoom, Polls } from "./polls.ts";
import { Privates } from "./privates.ts";
import type { CrowdRecord } from "./record.ts";
import { Timers } from "./timers.ts";

export type { Audience } from "./audience.ts";

/** The collaborators of its room that it speaks to. */
export interface CrowdParts<R> {
  readonly access: Access;
  readonly members: Members<R>;
  readonly host: Host;
  readonly retained: Retained;
  readonly delivery: Delivery;
}

export class Crowd<R extends RoomSelf> implements PollRoom {
  timers: Timers | null = null;
  privates: Privates | null = null;
  polls: Polls | null = null;
  audience: Audience<R> | null = null;

  constructor(
    private readonly room: R,
    private readonly parts: CrowdParts<R>,
    private readonly deps: Pick<RoomDeps<R>, "clock" | "outlet" | "audiences" | "watcher">,
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
      case "pollOpen":
        this.polls ??= new Polls(this, this.deps.clock);
        return this.polls.open(command.question, command.ms);
      case "pollClose":
        return this.polls?.close(command.poll) ?? refuse("poll_not_found");
      case "answer":
        return this.#answer(by, command.poll, command.value);
      default:
        return command satisfies never;
    }
  }

  /** What that member is shown of it; undefined: there is nothing. @param isHost whether it sees what the host sees */
  picture(clientId: ClientId, isHost: boolean): CrowdPicture | undefined {
    const { timers, privates, polls } = this;
    const audience = this.#audiencePicture();
    const own = privates?.of(clientId);
    const others = isHost ? (privates?.othersThan(clientId) ?? []) : [];
    const picture: CrowdPicture = {
      ...(timers !== null && timers.size > 0 && { timers: timers.picture() }),
      ...(own !== undefined && { private: own }),
      ...(others.length > 0 && { privates: others }),
      ...(polls !== null && polls.size > 0 && { polls: polls.picture(clientId, isHost) }),
      ...(audience !== null && { audience }),
    };
    return Object.keys(picture).length > 0 ? picture : undefined;
  }

  /** No fewer characters than its picture has on any wire, for whoever asks whether it fits. */
  get charsAtMost(): number {
    return (this.timers?.chars ?? 0) + (this.privates?.chars ?? 0) + (this.polls?.chars ?? 0);
  }

  /** Who is host has changed, and everyone has been told. @param heir the one that became it while it was here; null: no such one */
  hostChanged(heir: Seat | null): void {
    const line = heir?.line ?? null;
    this.timers?.hostChanged();
    this.polls?.hostChanged();
    if (heir !== null && line !== null) this.#tellHeir(line, heir);
  }

  /** A member's line came along with the room, to a clock that may go otherwise [N7]. */
  cameAlong({ line }: Seat): void {
    if (line === null) return;
    this.timers?.tellTo(line);
    this.polls?.tellTo(line);
  }

  /** The member has given up its seat. */
  left({ clientId, sealed }: Seat): void {
    this.privates?.drop(clientId);
    this.gaveUp(clientId, sealed);
  }

  gaveUp(clientId: ClientId, sealed: string | null): void {
    this.polls?.leavers.left(clientId, sealed);
  }

  sealedOfLeaver(clientId: ClientId): string | undefined {
    return this.polls?.leavers.sealedOf(clientId);
  }

  /** The room has ended, or goes: nothing of it is told any more. */
  end(how: CloseName, reason: string | null): void {
    this.timers?.clear();
    this.polls?.stop();
    this.audience?.end(how, reason);
  }

  /** The record of it; undefined: there is nothing. */
  record(): CrowdRecord | undefined {
    const { timers, privates, polls, audience } = this;
    const record: CrowdRecord = {
      ...(timers !== null && timers.size > 0 && { timers: timers.record() }),
      ...(privates !== null && privates.size > 0 && { privates: privates.record() }),
      ...(polls !== null && !polls.isEmpty && { polls: polls.record() }),
      ...(audience !== null && !audience.isEmpty && { audience: audience.record() }),
    };
    return Object.keys(record).length > 0 ? record : undefined;
  }

  restore({ timers, privates, polls, audience }: CrowdRecord): void {
    if (timers !== undefined) {
      this.timers = new Timers(this, this.deps.clock);
      this.timers.restore(timers);
    }
    if (privates !== undefined) {
      this.privates = new Privates(this);
      this.privates.restore(privates);
    }
    if (polls !== undefined) {
      this.polls = new Polls(this, this.deps.clock);
      this.polls.restore(polls);
    }
    if (audience !== undefined) this.gallery().restore(audience);
  }

  /** Those who watch: made by the first who does. */
  gallery(): Audience<R> {
    const { access, host } = this.parts;
    const { audiences } = this.deps;
    this.audience ??= new Audience(this.room, this, { access, host, kept: this.room.kept, audiences }, this.deps);
    return this.audience;
  }

  /** Has the line watch without a seat; answers what it is told [C3], as large as its client takes it [P13]. */
  watch(line: Line<R>, guest: Guest, asked: Asked): Event | Later {
    const audience = this.gallery();
    const admitted = audience.admit(guest, line.address);
    if ("kind" in admitted) return admitted;
    const { outlet, watcher } = this.deps;
    const { code, epoch } = this.room;
    const answer: Event = {
      ...{ kind: "watching", code, epoch, locked: this.parts.access.isLocked, state: this.parts.retained.state },
      session: watcher.rooms.has(this.room) ? watcher.picture(this.room) : null,
      done: admitted.done,
      crowd: { timers: this.timers?.picture(), polls: this.polls?.picture(guest.clientId, false) },
    };
    const bytesMax = guest.frameBytesMax ?? Number.POSITIVE_INFINITY;
    const needs = bytesMax < WIRE.frameTakenUnsaid ? outlet.sizeOf(this.room, answer, asked) : 0;
    if (needs > bytesMax) return refuse("max_frame_too_small", { needs });
    audience.sit(line, guest, admitted);
    return answer;
  }

  get isOwing(): boolean {
    return this.room.outgoing.waitMs(this.deps.clock.now()) > 0;
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

  tellHost(event: CrowdEvent): void {
    const { host, delivery } = this.parts;
    if (host.seat !== null && host.seat.line !== null) delivery.tellOneNow(host.seat.line, event);
  }

  tellClosed(closed: PollClosed, counts: Counts): number {
    const { host, members, delivery } = this.parts;
    const owner = members.get(host.owner.clientId);
    if (owner === undefined) return delivery.tell(closed, null);
    return delivery.tell(closed, owner) + delivery.tellOnly({ ...closed, counts }, owner);
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

  /** Two that hand each other the role again and again would have all of it told each time: who is told pays for that before it can go on [L38]. */
  #tellHeir(line: Line, heir: Seat): void {
    const { outgoing } = this.room;
    const { left } = outgoing;
    this.privates?.tellTo(line, heir.clientId);
    this.polls?.tellHeir();
    outgoing.chargeShare(heir, left - outgoing.left);
  }

  #answer(by: Seat, poll: string, value: Answer): number | Refusal {
    if (this.polls === null) return refuse("poll_not_found");
    const { clientId, line } = by;
    const role = isWatching(by) ? "audience" : this.room.plays(by) ? "player" : "member";
    const answersMax = this.deps.audiences.perAddressMax;
    const from = role === "audience" && line !== null ? { address: line.address, answersMax } : null;
    return this.polls.answer(poll, { clientId, role, from }, value) ?? 0;
  }

  #audiencePicture(): { count: number; max: number } | null {
    const max = this.room.rules.audienceMax ?? 0;
    return max === 0 ? null : { count: this.audience?.size ?? 0, max };
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
