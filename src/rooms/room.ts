// One room: who sits in it, who is host, what is kept. It decides, and its delivery tells; it knows no bytes and no sockets.
import type { JoinedRoom } from "../limits/joins.ts";
import type { RoomKept } from "../limits/kept.ts";
import type { Asked, ClientId, Guest, RoomRules, Shaped, Since, Target } from "../protocol/commands.ts";
import type { Event, Later, Picture, SessionEvent } from "../protocol/events.ts";
import type { CloseName, Refusal } from "../protocol/refusals.ts";
import { Access } from "./access.ts";
import { keepsFrom, recognises } from "./admission.ts";
import { Attendance } from "./attendance.ts";
import { type Audience, Crowd } from "./crowd/crowd.ts";
import { Delivery } from "./delivery.ts";
import { Host } from "./host.ts";
import { kick, makeHost, type PlayerData, setPlayer } from "./hostRequests.ts";
import { fitsSurely, JoinedFit } from "./joinedFit.ts";
import { Members } from "./members.ts";
import { Passage } from "./passage.ts";
import { pictureOf } from "./pictureOf.ts";
import type { Budget, RoomDeps, RoomOptions, RoomSelf } from "./ports.ts";
import type { Owner, RoomRecord } from "./record.ts";
import { recordOf } from "./recordOf.ts";
import { openingBytes, Retained } from "./retained.ts";
import type { Line, Seat } from "./seat.ts";
import { type Sizes, sizesOf } from "./sizes.ts";

/** A seat of a room, for those who speak to the room through it. */
export type Member = Seat<Room>;

/** What a record of a room does not hold. */
type RestoreOptions = Pick<RoomOptions, "epoch" | "hostGoneMs" | "outgoing" | "kept" | "openedAt">;

export class Room implements RoomSelf, JoinedRoom {
  readonly code: string;
  readonly wire: string;
  readonly wireData: string | null;
  readonly maxClients: number;
  readonly address: string;
  readonly origin: string;
  readonly id: string;
  readonly epoch: string;
  readonly rules: RoomRules;
  readonly number: number | null;
  readonly outgoing: Budget;
  readonly kept: RoomKept;
  readonly openedAt: number;
  joins: JoinedRoom["joins"] = null;
  readonly #creator: ClientId;
  readonly #members: Members<Room>;
  readonly #host: Host;
  readonly #access: Access;
  readonly #retained: Retained;
  readonly #delivery: Delivery;
  readonly #attendance: Attendance<Room>;
  readonly #deps: RoomDeps<Room, Member>;

  /** Opens with its creator in the first seat. */
  static open(options: RoomOptions, line: Line<Room>, guest: Guest, deps: RoomDeps<Room, Member>): Room {
    // The secret comes with the first seat: only the room can seal it, since its id is the salt.
    const room = new Room(options, guest.clientId, { clientId: guest.clientId, sealed: null }, deps);
    room.#attendance.open(line, guest);
    return room;
  }

  /** Restores a room of an earlier process, all its seats waiting [R48]. `epoch`: another one where its numbers cannot go on. */
  static restore(record: RoomRecord, fresh: RestoreOptions, deps: RoomDeps<Room, Member>): Room {
    const { state, wireData, defaults } = record;
    const rules = { ...record.rules, awayMs: record.rules.awayMs ?? Number.POSITIVE_INFINITY, isNumbered: false };
    const options = { ...record, ...fresh, number: null, opening: { rules, state, wireData, defaults } };
    const room = new Room(options, record.creator, record.owner, deps);
    room.#access.restore(record.locked, record.bans);
    const seats = room.#attendance.restore(record.seats, record.nextIndex);
    if (record.history !== null) room.#delivery.restore(record.history, rules.historyMax, seats);
    if (record.crowd !== undefined) room.crowd().restore(record.crowd);
    room.#attendance.holdHost(room.has(record.owner.clientId));
    return room;
  }

  private constructor(options: RoomOptions, creator: ClientId, owner: Owner, deps: RoomDeps<Room, Member>) {
    const { rules, wireData, defaults } = options.opening;
    this.code = options.code;
    this.wire = options.wire;
    this.wireData = wireData;
    this.maxClients = options.maxClients;
    this.address = options.address;
    this.origin = options.origin;
    this.id = options.id;
    this.epoch = options.epoch;
    this.rules = rules;
    this.number = options.number;
    this.outgoing = options.outgoing;
    this.kept = options.kept;
    this.openedAt = options.openedAt;
    this.kept.add(openingBytes(options.opening));
    this.#creator = creator;
    this.#members = new Members<Room>(this.kept);
    this.#host = new Host(owner, rules.hostGone, options.hostGoneMs, deps.clock);
    this.#access = new Access(deps.secrets, options.id, this.kept);
    this.#retained = new Retained(options.opening.state, defaults);
    this.#delivery = new Delivery(this, this.#members, deps, this.kept, rules.historyMax);
    const seating = { members: this.#members, host: this.#host, access: this.#access };
    const state = { ...seating, retained: this.#retained, delivery: this.#delivery, crowd: null };
    this.#attendance = new Attendance<Room>(this, state, deps);
    this.#deps = deps;
  }

  /**
   * The record of it; null for a numbered room, whose members could not come back as themselves [R49].
   * @param isWhole whether it tells nothing after this: else nobody can resume from it, and of its history the number is enough [R48]
   */
  record(isWhole: boolean): RoomRecord | null {
    return this.number === null ? recordOf(this, this.#attendance.state, this.#creator, isWhole) : null;
  }

  changed(): void {
    this.#deps.changed(this);
  }

  /** Members that are here. */
  get here(): number {
    return this.#members.here;
  }

  /** Members that count against maxClients. */
  get size(): number {
    return this.#attendance.size;
  }

  /** Members whose seat waits for them. */
  get away(): number {
    return this.#members.away;
  }

  /** Since when it stands empty, and could give way; null while somebody is here, or somebody was promised a seat for a time [Q12]. */
  get emptySince(): number | null {
    return Number.isFinite(this.rules.awayMs) ? null : this.#members.emptySince;
  }

  get host(): Seat | null {
    return this.#host.seat;
  }

  get isLocked(): boolean {
    return this.#access.isLocked;
  }

  get seats(): Iterable<Member> {
    return this.#members.seats.values();
  }

  /** The members that play: all but the creator, which is the display, unless it plays too [S12]. */
  get players(): readonly Member[] {
    return [...this.#members.seats.values()].filter((seat) => this.plays(seat));
  }

  plays(seat: Seat): boolean {
    return this.rules.creatorPlays || seat.clientId !== this.#creator;
  }

  get playersMax(): number {
    return this.rules.creatorPlays ? this.maxClients : this.maxClients - 1;
  }

  /** The number of the last thing the room was told; null in a room without history. */
  get seq(): number | null {
    return this.#delivery.seq;
  }

  /** How much it has been told, all in all [M4]. */
  get busy(): number {
    return this.#delivery.busy;
  }

  /** What it keeps, in figures [M6]. */
  get sizes(): Sizes {
    return sizesOf(this.#attendance.state);
  }

  /** All that a client needs to draw the room, with what that member may see of it. */
  picture(clientId: ClientId, when: "now" | "ahead" = "now"): Picture {
    return pictureOf(this, this.#attendance.state, this.#deps.watcher, clientId, when);
  }

  /** Those who watch it without a seat; null: nobody ever did [C1]. */
  get audience(): Audience<Room> | null {
    return this.#attendance.state.crowd?.audience ?? null;
  }

  /** What few rooms have beside seats: it is made by the first who asks. */
  crowd(): Crowd<Room> {
    const { state } = this.#attendance;
    state.crowd ??= new Crowd(this, state, this.#deps);
    return state.crowd;
  }

  /** Whether a member of that clientId has a seat, here or away. */
  has(clientId: ClientId): boolean {
    return this.#members.get(clientId) !== undefined;
  }

  /** Gives the line the guest's own seat, or a new one; answers what it is told [R10], as large as its client takes it [P13]. */
  join(line: Line<Room>, guest: Guest, since: Since | null, asked: Asked): Event | Later {
    const isSure = since === null && fitsSurely(this.kept.bytes, guest);
    const fit = isSure ? null : new JoinedFit(this, this.#deps.outlet, guest, since, asked);
    const misfit = () =>
      fit?.misfit(
        this.picture(guest.clientId, "ahead"),
        this.#retained.firstPlayer,
        this.#members.get(guest.clientId),
      ) ?? null;
    const came = this.#attendance.join(
      line,
      guest,
      since,
      fit?.isDoubtful(this.seats, this.#retained, this.#attendance.state.crowd) ? misfit : null,
    );
    if ("kind" in came) return came;
    const { seat, missed, done } = came;
    const joined = { kind: "joined", picture: this.picture(guest.clientId), index: seat.index, missed, done } as const;
    return fit?.fitted(joined) ?? joined;
  }

  /** Its way to another node, and up from there [N7]. */
  get passage(): Passage<Room> {
    return new Passage(this, this.#attendance.state, this.#deps);
  }

  /** Whether a guest would be refused a seat now [R10]. */
  turnsAway(guest: Guest): boolean {
    return this.#attendance.turnsAway(guest);
  }

  /** Whether the guest's secret is that of a seat kept for it. */
  recognises(guest: Guest): boolean {
    return recognises(this.#attendance.state, guest);
  }

  /** Whether it keeps a seat, or the host's role, for this clientId, and the guest's secret is not the one that takes it up. */
  keepsFrom(guest: Guest): boolean {
    return keepsFrom(this.#attendance.state, guest);
  }

  /** Whether somebody from that address is in it, or opened it. */
  isHomeOf(address: string): boolean {
    return this.address === address || this.#members.isHereFrom(address) || this.audience?.isFrom(address) === true;
  }

  /** Tells every member what happened in the room's session; answers how many lines heard it. */
  tellSession(event: SessionEvent): number {
    return this.#delivery.tell(event, null);
  }

  /** Relays a body; answers how many lines it was handed to. */
  send(from: Seat, to: Target, body: string): number | Refusal {
    return this.#delivery.send(from, to, body, this.#host.seat === from ? null : from.index);
  }

  /** Replaces what the room keeps for everyone [R36]. */
  setState(from: Seat, body: string): number | Refusal {
    return this.#retained.setState(from, body, this.#delivery);
  }

  /** Replaces what the room keeps of one member [R37][C30]; where its data has a shape, all are told, the member included [R45]. */
  setPlayer(by: Seat, what: PlayerData): number | Refusal {
    return setPlayer(this.#attendance.state, by, what);
  }

  /** Any member replaces what is kept for everyone, and with it what each member's own data is [R46]. */
  setShared(state: string, defaults: Shaped): number | Refusal {
    return this.#retained.setShared(state, defaults, this.#members, this.#delivery);
  }

  lock(locked: boolean): number {
    this.#access.isLocked = locked;
    return this.#delivery.tellOf({ kind: "roomLocked", locked }, null);
  }

  /** Puts a member out, for good unless `ban` is false [R39]. @param by null: an operator [M12] */
  kick(by: Seat | null, clientId: ClientId, reason: string | null, ban: boolean): number | Refusal {
    return kick(this.#attendance, by, clientId, reason, ban);
  }

  /** Hands the role to a member that is here [R40]. */
  makeHost(clientId: ClientId): number | Refusal {
    return makeHost(this.#attendance.state, clientId);
  }

  /** The member gives up its seat, or its line is lost: then the seat may wait for it [R23]. */
  rise(seat: Member, reason: "left" | "lost" | "timeout"): void {
    this.#attendance.rise(seat, reason);
  }

  /** The drain has closed this member's line: its seat waits for the next server [R48]. */
  hold(seat: Member): void {
    this.#attendance.hold(seat);
  }

  /** Ends the room for everyone in it; what its session has to say is told before any line is closed [S7], but where it is another node's by now [N9]. */
  close(how: CloseName, reason: string | null, isAnothers = false): void {
    this.#attendance.close(how, reason, isAnothers);
  }
}
