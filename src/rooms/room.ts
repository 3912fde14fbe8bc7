// One room: who sits in it, who is host, what is kept. It decides, and its delivery tells; it knows no bytes and no sockets.
import { FIXED } from "../limits/table.ts";
import type { ClientId, Guest, RoomRules, Shaped, Since, Target } from "../protocol/commands.ts";
import type { Event, Later, LeaveReason, Numbered, Picture, SessionEvent } from "../protocol/events.ts";
import { type CloseName, type Refusal, refuse } from "../protocol/refusals.ts";
import { Access } from "./access.ts";
import { Delivery } from "./delivery.ts";
import { Host } from "./host.ts";
import { Members } from "./members.ts";
import type { RoomDeps, RoomOptions } from "./options.ts";
import type { Line } from "./ports.ts";
import { type Owner, type RoomRecord, type SeatRecord, seatRecord } from "./record.ts";
import { Seat } from "./seat.ts";

export class Room {
  readonly code: string;
  readonly wire: string;
  readonly maxClients: number;
  readonly address: string;
  readonly origin: string;
  readonly id: string;
  readonly epoch: string;
  readonly rules: RoomRules;
  readonly wireData: string | null;
  readonly number: number | null;
  readonly #members = new Members();
  readonly #host: Host;
  readonly #creator: ClientId;
  #isEnding = false;
  readonly #access: Access;
  readonly #delivery: Delivery;
  /** The retained state, as JSON text. */
  #state: string | null;
  /** What a member's own data begins as, and the shape it keeps. */
  #defaults: Shaped | null;
  readonly #deps: RoomDeps;

  /** Opens with its creator in the first seat. */
  static open(options: RoomOptions, line: Line, guest: Guest, deps: RoomDeps): Room {
    // Sealed by the room itself, whose salt it takes: the role gets its owner with the seat.
    const room = new Room(options, guest.clientId, { clientId: guest.clientId, sealed: null }, deps);
    const seat = room.#newSeat(guest, room.#access.seal(guest.secret));
    room.#members.sit(seat, line);
    deps.outlet.enter(line, room);
    room.#host.give(seat);
    return room;
  }

  /** Takes up a room of an earlier process: all its seats wait [R48]. `epoch`: another one where its numbers cannot go on. */
  static restore(record: RoomRecord, epoch: string, hostGoneMs: number, deps: RoomDeps): Room {
    const { state, wireData, defaults } = record;
    const rules = { ...record.rules, awayMs: record.awayMs ?? Number.POSITIVE_INFINITY };
    const options = { ...record, epoch, number: null, opening: { rules, state, wireData, defaults }, hostGoneMs };
    const room = new Room(options, record.creator, record.owner, deps);
    room.#access.restore(record.locked, record.bans);
    const seats = new Map(record.seats.map((seat) => [seat.index, room.#restoreSeat(seat)]));
    room.#members.goOnAt(record.nextIndex);
    if (record.history !== null) room.#delivery.restore(record.history, rules.historyMax, seats);
    room.#host.hold(room.has(record.owner.clientId), () => room.close("roomClosed", "host gone"));
    return room;
  }

  private constructor(options: RoomOptions, creator: ClientId, owner: Owner, deps: RoomDeps) {
    const { rules, state, wireData, defaults } = options.opening;
    this.code = options.code;
    this.wire = options.wire;
    this.maxClients = options.maxClients;
    this.address = options.address;
    this.origin = options.origin;
    this.id = options.id;
    this.epoch = options.epoch;
    this.rules = rules;
    this.wireData = wireData;
    this.number = options.number;
    this.#state = state;
    this.#defaults = defaults;
    this.#access = new Access(deps.secrets, options.id);
    this.#delivery = new Delivery(this, this.#members, deps.outlet, rules.historyMax);
    this.#deps = deps;
    this.#creator = creator;
    this.#host = new Host(owner, rules.hostGone, options.hostGoneMs, deps.clock);
  }

  /**
   * What is kept of it while no process holds it; null: nothing, since its members could not come back as themselves [R47].
   * @param isWhole whether it will say nothing more: else nobody can resume from here [R48], and of its history the number is enough
   */
  record(isWhole: boolean): RoomRecord | null {
    if (this.number !== null) return null;
    const { code, wire, maxClients, address, origin, id, epoch, wireData } = this;
    const { awayMs, ...rules } = this.rules;
    return {
      ...{ code, wire, maxClients, address, origin, id, epoch, rules, wireData },
      awayMs: Number.isFinite(awayMs) ? awayMs : null,
      state: this.#state,
      defaults: this.#defaults,
      locked: this.#access.isLocked,
      creator: this.#creator,
      owner: this.#host.owner,
      bans: this.#access.bansRecord(),
      nextIndex: this.#members.indexes,
      seats: Array.from(this.#members, seatRecord),
      history: this.#delivery.record(isWhole),
    };
  }

  /** Members that are here. */
  get here(): number {
    return this.#members.here;
  }

  /** Members that count against maxClients. */
  get size(): number {
    return this.rules.capCounts === "here" ? this.#members.here : this.#members.size;
  }

  /** Members whose seat waits for them. */
  get away(): number {
    return this.#members.away;
  }

  get host(): Seat | null {
    return this.#host.host;
  }

  get isLocked(): boolean {
    return this.#access.isLocked;
  }

  get seats(): Iterable<Seat> {
    return this.#members;
  }

  /** Those that play: everyone but the creator, which is the display, unless it plays too [S12]. */
  get players(): readonly Seat[] {
    return [...this.#members].filter((seat) => this.plays(seat));
  }

  plays(seat: Seat): boolean {
    return this.rules.creatorPlays || seat.clientId !== this.#creator;
  }

  /** How many may play. */
  get playersMax(): number {
    return this.rules.creatorPlays ? this.maxClients : this.maxClients - 1;
  }

  /** The number of the last thing the room was told; null in a room without history. */
  get seq(): number | null {
    return this.#delivery.seq;
  }

  /** All that a client needs to draw the room. */
  picture(): Picture {
    return {
      code: this.code,
      host: this.host?.clientId ?? null,
      peers: Array.from(this.#members, (seat) => seat.peer()),
      locked: this.#access.isLocked,
      state: this.#state,
      epoch: this.epoch,
      seq: this.#delivery.seq ?? 0,
      wireData: this.wireData,
      number: this.number,
      defaults: this.#defaults?.body ?? null,
      session: this.#deps.watcher.picture(this),
    };
  }

  /** Whether a seat of that name is taken or kept. */
  has(clientId: ClientId): boolean {
    return this.#members.get(clientId) !== undefined;
  }

  /** What to call a member: its name, or the id it chose where that is no secret. */
  label({ name, clientId, index }: Seat): string {
    return name ?? (this.rules.idsAre === "public" ? clientId : `Player ${index}`);
  }

  /** Gives the line the guest's own seat, or a new one. The checks stand in the order of [R10]. */
  join(line: Line, guest: Guest, since: Since | null): Event | Later {
    const sealed = this.#access.seal(guest.secret);
    if (this.#access.isBanned(guest.clientId, sealed)) return refuse("banned");
    const held = this.#members.get(guest.clientId);
    if (held !== undefined) {
      if (!this.#access.opens(held.sealed, sealed)) return refuse("wrong_secret");
      // Where only those that are here count, a place that was left may be somebody else's by now [Q7].
      if (held.isAway && this.rules.capCounts === "here" && this.#members.here >= this.maxClients) {
        return refuse("room_full");
      }
      const ms = held.takeoverWaitMs(this.#deps.clock.now());
      return ms > 0 ? { kind: "later", ms } : this.#takeUp(held, line, guest, since);
    }
    const role = this.#host.sealedFor(guest.clientId);
    if (role !== undefined && !this.#access.opens(role, sealed)) return refuse("wrong_secret");
    // The host is nobody new, even where its seat was not kept.
    if (this.#access.isLocked && role === undefined) return refuse("room_locked");
    if (this.size >= this.maxClients) return refuse("room_full");
    return this.#welcome(line, guest, sealed, since);
  }

  /** Whether the guest's secret is that of a seat kept for it. */
  recognises(guest: Guest): boolean {
    const sealed = this.#members.get(guest.clientId)?.sealed ?? null;
    return sealed !== null && this.#access.opens(sealed, this.#access.seal(guest.secret));
  }

  /** Tells every member what happened in the room's session; answers how many lines heard it. */
  tellSession(event: SessionEvent): number {
    return this.#delivery.tell(event, null);
  }

  /** Relays a body; answers how many lines it was handed to. */
  send(from: Seat, to: Target, body: string): number | Refusal {
    return this.#delivery.send(from, to, body);
  }

  /** Replaces what the room keeps for everyone. */
  setState(from: Seat, body: string): number {
    this.#state = body;
    return this.#delivery.tell({ kind: "state", body }, from);
  }

  /** Replaces what the room keeps of one member. Where the room says what shape that has, everyone is told, the member included [R45]. */
  setPlayer(from: Seat, body: string, shape: string | null): number | Refusal {
    const isShaped = this.#defaults !== null;
    if (isShaped && this.#defaults?.shape !== shape) return refuse("wrong_shape");
    from.player = body;
    return this.#delivery.tell({ kind: "player", clientId: from.clientId, body }, isShaped ? null : from);
  }

  /** Any member replaces what is kept for everyone, and with it what each member's own data is [R46]. */
  setShared(state: string, defaults: Shaped): number | Refusal {
    if (this.#defaults === null) return refuse("not_host");
    this.#state = state;
    this.#defaults = defaults;
    for (const seat of this.#members) seat.player = defaults.body;
    return this.#delivery.tell({ kind: "shared", state, player: defaults.body }, null);
  }

  lock(locked: boolean): number {
    this.#access.isLocked = locked;
    return this.#delivery.tell({ kind: "roomLocked", locked }, null);
  }

  /** Puts a member out, for good unless `ban` is false. */
  kick(by: Seat, clientId: ClientId, reason: string | null, ban: boolean): number | Refusal {
    const seat = this.#members.get(clientId);
    if (seat === undefined) return refuse("target_not_found");
    if (seat === by) return refuse("bad_field", { text: "clientId must be another member's" });
    if (ban) this.#access.ban(clientId, seat.sealed);
    const { line } = seat;
    this.#remove(seat, "kicked");
    line?.close("kicked", reason ?? undefined);
    return this.#members.here;
  }

  /** Hands the role to a member that is here. */
  makeHost(clientId: ClientId): number | Refusal {
    const seat = this.#members.get(clientId);
    if (seat === undefined || seat.line === null) return refuse("target_not_found");
    this.#host.give(seat);
    return this.#delivery.tell({ kind: "hostChanged", clientId }, null);
  }

  /** The member gives up its seat, or its line is lost: then the seat may wait for it. */
  rise(seat: Seat, reason: "left" | "lost" | "timeout"): void {
    if (reason === "left" || this.rules.awayMs === 0) this.#remove(seat, reason);
    else {
      this.#wait(seat, this.rules.awayMs);
      this.#departed(seat);
      if (!Number.isFinite(this.rules.awayMs)) this.#trimKept();
    }
  }

  /** The server goes, and takes this member's line with it: its seat waits for the next one [R48]. */
  hold(seat: Seat): void {
    if (this.number !== null) {
      this.rise(seat, "lost");
      return;
    }
    const wasHost = this.host === seat;
    if (wasHost) this.#host.hold(true, () => this.close("roomClosed", "host gone"));
    this.#wait(seat, this.#holdMsMin(0));
    if (wasHost) this.#delivery.tellOf({ kind: "hostChanged", clientId: null }, seat);
  }

  /** Ends the room for everyone in it. */
  close(how: CloseName, reason: string | null): void {
    // What its session has to say at the end may not end it again.
    if (this.#isEnding) return;
    try {
      this.#announceEnd();
    } finally {
      this.#dismiss(how, reason);
    }
  }

  #dismiss(how: CloseName, reason: string | null): void {
    // A copy: closing a line runs its close handler inside this loop (limits.md, measured).
    const lines = Array.from(this.#members, (seat) => seat.line);
    this.#members.clear();
    this.#end();
    for (const line of lines) {
      if (line === null) continue;
      this.#deps.outlet.quit(line, this);
      line.close(how, reason ?? undefined);
    }
  }

  #welcome(line: Line, guest: Guest, sealed: string | null, since: Since | null): Event {
    const seat = this.#newSeat(guest, sealed);
    this.#delivery.tellOf({ kind: "peerJoined", peer: seat.peer() }, seat);
    this.#members.sit(seat, line);
    this.#arrived(seat);
    seat.joinedSeq = this.#delivery.seq ?? 0;
    this.#deps.outlet.enter(line, this);
    // Its seat was not kept, so what it missed cannot be told: it was not meant for this one.
    return this.#joined(seat, since === null ? undefined : null);
  }

  /** The owner is back, from away or while its old line still looks open [R11]. */
  #takeUp(seat: Seat, line: Line, guest: Guest, since: Since | null): Event {
    // Before its return is told: that is not news for itself, and must not push what is out of the window.
    const isSameRoom = since !== null && since.epoch === this.epoch;
    const missed = isSameRoom ? this.#delivery.missed(since.seq, seat) : null;
    if (guest.name !== null) seat.name = guest.name;
    const isBack = seat.isAway;
    const before = this.#members.sit(seat, line);
    if (before !== null) {
      seat.noteTakeover(this.#deps.clock.now());
      this.#deps.outlet.quit(before, this);
      before.close("replaced");
    }
    if (isBack) {
      this.#delivery.tellOf({ kind: "peerBack", clientId: seat.clientId, index: seat.index }, seat);
      this.#arrived(seat);
    }
    this.#deps.outlet.enter(line, this);
    return this.#joined(seat, missed);
  }

  #joined(seat: Seat, missed: readonly Numbered[] | null | undefined): Event {
    return { kind: "joined", picture: this.picture(), index: seat.index, missed };
  }

  #newSeat(guest: Guest, sealed: string | null): Seat {
    const seat = new Seat(this, guest.clientId, this.#members.nextIndex(), guest.name, sealed);
    seat.player = this.#defaults?.body ?? null;
    return seat;
  }

  /** A member is here: the role may be its own. */
  #arrived(seat: Seat): void {
    if (this.#host.arrived(seat)) this.#delivery.tellOf({ kind: "hostChanged", clientId: seat.clientId }, seat);
  }

  /** A member is not here any more, and hears nothing more. */
  #departed(seat: Seat): void {
    const isChange = this.#host.departed(seat, this.#members.present(), () => this.close("roomClosed", "host gone"));
    if (isChange) this.#tellHost(seat);
  }

  #tellHost(by: Seat): void {
    this.#delivery.tellOf({ kind: "hostChanged", clientId: this.host?.clientId ?? null }, by);
  }

  /** The seat stays, and waits so long. Where seats never wait, nobody knows what that is: it is only the server that goes. */
  #wait(seat: Seat, ms: number): void {
    const { clock, outlet } = this.#deps;
    if (seat.line !== null) outlet.quit(seat.line, this);
    this.#members.wait(seat, clock.now(), this.#giveUpAfter(seat, ms));
    if (this.rules.awayMs === 0) return;
    this.#delivery.tellOf({ kind: "peerAway", clientId: seat.clientId, index: seat.index, leftMs: ms }, seat);
  }

  /** Of seat and room it can only be this one: a seat that is taken up, left or cleared cancels its timer. */
  #giveUpAfter(seat: Seat, ms: number): () => void {
    return Number.isFinite(ms) ? this.#deps.clock.after(ms, () => this.#remove(seat, "timeout")) : () => {};
  }

  /** How long a seat that has waited so long waits for its member, who has to find the next server first. */
  #holdMsMin(waitedMs: number): number {
    return Math.max(this.rules.awayMs - waitedMs, FIXED.holdMsMin);
  }

  #restoreSeat({ clientId, index, name, sealed, player, joinedSeq, awaySince }: SeatRecord): Seat {
    const seat = new Seat(this, clientId, index, name, sealed);
    seat.player = player;
    seat.joinedSeq = joinedSeq;
    const now = this.#deps.clock.now();
    const since = awaySince ?? now;
    this.#members.restore(seat, since, this.#giveUpAfter(seat, this.#holdMsMin(Math.max(0, now - since))));
    return seat;
  }

  #remove(seat: Seat, reason: LeaveReason): void {
    const wasHere = seat.line !== null;
    if (seat.line !== null) this.#deps.outlet.quit(seat.line, this);
    this.#members.remove(seat);
    if (this.#members.size === 0) {
      try {
        this.#announceEnd();
      } finally {
        this.#end();
      }
      return;
    }
    this.#delivery.tellOf({ kind: "peerLeft", clientId: seat.clientId, index: seat.index, reason }, seat);
    if (wasHere) this.#departed(seat);
    else if (this.#host.gaveUp(seat, this.#members.present())) this.#tellHost(seat);
    this.#deps.watcher.left(this, seat);
  }

  /** Where seats are kept as long as the room, joining under ever new names must not fill it. */
  #trimKept(): void {
    if (this.away <= this.maxClients * FIXED.keptSeatsPerSeat) return;
    const longest = this.#members.longestAway(this.#host.owner.clientId);
    if (longest !== null) this.#remove(longest, "timeout");
  }

  #announceEnd(): void {
    this.#isEnding = true;
    this.#deps.watcher.ending(this);
  }

  #end(): void {
    this.#host.end();
    this.#deps.ended(this);
  }
}
