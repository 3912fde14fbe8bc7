// All rooms: opened, found, closed. The one place that hands out codes and counts rooms against their limits.
import { nanoid } from "nanoid";
import type { Clock } from "../clock.ts";
import { Audiences } from "../limits/audiences.ts";
import type { Kept } from "../limits/kept.ts";
import type { Outgoing } from "../limits/outgoing.ts";
import type { Limits } from "../limits/table.ts";
import { type Guest, NEWEST, type RoomName } from "../protocol/commands.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import { Changes } from "./changes.ts";
import { type Codes, foldCode, typedCode } from "./codes.ts";
import { NewCodes } from "./newCodes.ts";
import { type Claims, NO_WITNESS, type RoomDeps, type Witness } from "./ports.ts";
import type { RoomRecord } from "./record.ts";
import { openingBytes } from "./retained.ts";
import { Room } from "./room.ts";
import type { Line } from "./seat.ts";
import { type RoomWish, tooLarge } from "./wish.ts";

/** 60 bits at random: no two rooms that ever had a code are taken for each other, and no two lives of one. */
const ID_CHARS = 10;

/** What all rooms share from outside, and what bounds what they hand out and keep. */
export interface RoomsDeps extends Pick<RoomDeps<Room>, "outlet" | "secrets" | "watcher"> {
  readonly witness?: Witness;
  /** The wires whose codes are of another kind. */
  readonly codesByWire?: ReadonlyMap<string, Codes>;
  readonly outgoing: Outgoing;
  readonly kept: Kept;
}

export class Rooms {
  /** Who has to have a code before a room here may have it [N4]; null: nobody, at one node. */
  claims: Claims | null = null;
  #opened = 0;
  /** How many watch them all [C2]. */
  readonly audiences: Audiences;
  readonly #byCode = new Map<string, Room>();
  readonly #byNumber = new Map<number, Room>();
  #nextNumber = 0;
  /** The rooms that each address has opened, oldest first. */
  readonly #byAddress = new Map<string, Room[]>();
  readonly #codes: NewCodes;
  /** Shared by all rooms: a closure a room would be memory a room. */
  readonly #deps: RoomDeps<Room>;
  readonly #outgoing: Outgoing;
  readonly #kept: Kept;
  #isDraining = false;
  /** The room that is being let go of. */
  #leaving: Room | null = null;
  /** Whether the rooms' timers do nothing: while the server goes nobody is given up for being away, and the next one counts anew [R48]. */
  #areTimersOff = false;
  /** Who is told which rooms change and end; null: nobody keeps them. */
  #changes: Changes<Room> | null = null;

  /** @param codesCoolingMax how many codes are kept back after their rooms */
  constructor(
    private readonly limits: Limits,
    codeLength: number,
    private readonly clock: Clock,
    { outlet, secrets, watcher, outgoing, kept, codesByWire = new Map(), witness = NO_WITNESS }: RoomsDeps,
    codesCoolingMax?: number,
  ) {
    this.#codes = new NewCodes(codeLength, codesByWire, this.#byCode, clock, codesCoolingMax);
    this.#outgoing = outgoing;
    this.audiences = new Audiences(limits);
    this.#kept = kept;
    const roomClock: Clock = {
      wall: () => clock.wall(),
      now: () => clock.now(),
      after: (ms, call) => clock.after(ms, () => this.#areTimersOff || call()),
      soon: (call) => clock.soon(call),
    };
    const hooks = { changed: (room: Room) => this.#changes?.changed(room), ended: (room: Room) => this.forget(room) };
    this.#deps = { outlet, clock: roomClock, secrets, watcher, witness, audiences: this.audiences, ...hooks };
  }

  get size(): number {
    return this.#byCode.size;
  }

  /** All of them, as they stand. */
  [Symbol.iterator](): Iterator<Room> {
    return this.#byCode.values();
  }

  /** How many were opened since the start; those that were restored do not count. */
  get opened(): number {
    return this.#opened;
  }

  /** Begins to note what a file of all rooms would have to be told, for whoever writes one; the notes before end here [R48]. */
  follow(): Changes<Room> {
    this.#changes = new Changes(this.#byCode);
    return this.#changes;
  }

  /** Nobody writes one. */
  unfollow(): void {
    this.#changes = null;
  }

  /** Members of all rooms, here and away: counted when asked, which is as often as someone scrapes. */
  count(): { here: number; away: number } {
    const count = { here: 0, away: 0 };
    for (const room of this.#byCode.values()) {
      count.here += room.here;
      count.away += room.away;
    }
    return count;
  }

  /**
   * Opens no room from now on [R7]. `areKept`: no seat and no room is given up either for somebody's being away, since nobody can come
   * back before the next server restores them [R48].
   */
  drain(areKept: boolean): void {
    this.#isDraining = true;
    this.#areTimersOff = areKept;
  }

  /** The room of that code, however it was typed, or of that number, if this dialect may see it [R4][R12][R47]. */
  find(name: RoomName, wire: string): Room | null {
    const room = typeof name === "number" ? this.#byNumber.get(this.numberOf(name)) : this.#byCode.get(name);
    if (room !== undefined && room.wire === wire) return room;
    // Most codes come as they are written: only another one has to be read, in the way of this wire.
    const meant = typeof name === "number" ? undefined : this.#byCode.get(this.#codes.of(wire).read(name));
    return meant !== undefined && meant.wire === wire ? meant : null;
  }

  /** The code that was meant, as it is counted among guesses: what is much longer than any is none, and all of that the same. */
  codeOf(name: string, wire: string): string {
    return this.#codes.meant(name, wire);
  }

  /** Whether its room has ended a moment ago [R5]. */
  isCooling(code: string): boolean {
    return this.#codes.isCooling(code);
  }

  /** Why there is no such room. */
  missing(name: RoomName): Refusal {
    return refuse(name === NEWEST && this.#byNumber.size === 0 ? "no_room" : "room_not_found");
  }

  /** The room of that code, whatever dialect it speaks: for operators, whose games are watched and not joined [S11]. */
  at(code: string): Room | null {
    const room = this.#byCode.get(code) ?? this.#byCode.get(typedCode(code));
    if (room !== undefined) return room;
    const folded = this.#byCode.get(foldCode(code));
    return folded !== undefined && this.#codes.of(folded.wire).foldsCase ? folded : null;
  }

  /** Opens a room with the line's client as its host [R1]–[R8]. */
  open(line: Line<Room>, guest: Guest, wish: RoomWish): Room | Refusal {
    const place = this.placeFor(line, wish);
    if (isRefusal(place)) return place;
    const { empty } = place;
    const code = this.claims === null ? this.#codes.pick(wish.code, line.wire) : this.claimed(line, wish);
    if (typeof code !== "string") return code;
    empty?.close("roomClosed", null);

    const { wire, address, origin } = line;
    const { rules, state, wireData, defaults } = wish;
    const maxClients = wish.maxClients ?? this.limits.clientsPerRoomMax;
    const number = rules.isNumbered ? this.#nextNumber++ : null;
    const hostGoneMs = this.limits.hostGoneSeconds * 1000;
    const opening = { rules, state, wireData, defaults };
    const id = nanoid(ID_CHARS);
    const openedAt = this.clock.now();
    const outgoing = this.#outgoing.ofRoom(address, maxClients + (rules.audienceMax ?? 0), openedAt);
    const kept = this.#kept.ofRoom(address);
    const from = { wire, address, origin, openedAt };
    const options = { code, ...from, maxClients, opening, number, hostGoneMs, id, epoch: id, outgoing, kept };
    const room = Room.open(options, line, guest, this.#deps);
    this.keep(room);
    if (number !== null) this.#byNumber.set(number, room);
    this.#opened += 1;
    this.#deps.witness.opened(room, "opened");
    return room;
  }

  /** The code that a room would have if it were opened now; where a claim is needed, this one is to be claimed [N4]. */
  draft(line: Line<Room>, wish: RoomWish): string | Refusal {
    const place = this.placeFor(line, wish);
    return isRefusal(place) ? place : this.#codes.pick(wish.code, line.wire);
  }

  /** Ends the room of that address that has stood empty longest, to make room for another [Q12]; whether there was one. */
  giveWay(address: string): boolean {
    const empty = longestEmpty(this.#byAddress.get(address) ?? []);
    empty?.close("roomClosed", null);
    return empty !== null;
  }

  /**
   * Lets go of a room that is another node's by now, or will be: its code is neither released nor rests here [N2][N9].
   * @param closes whether its lines are closed with 4200; else nobody is told [N7]
   */
  letGo(room: Room, closes = true): void {
    this.#leaving = room;
    if (closes) room.close("goingAway", null, true);
    else room.passage.leave();
    this.#leaving = null;
  }

  /** The code to ask other nodes about; null: they need not be asked, since the room is here to stay, or it is no code at all. */
  foreignCode(name: RoomName, wire: string): string | null {
    if (typeof name === "number") return null;
    const code = this.#codes.meant(name, wire);
    const isHere = this.#byCode.has(code) && this.claims?.isMoving(code) !== true;
    return this.#codes.of(wire).isCode(code) && !isHere ? code : null;
  }

  /** The record of each room, one at a time: no room knows another, so what happens between two records does no harm. */
  *records(isWhole: boolean): Generator<RoomRecord> {
    for (const room of this.#byCode.values()) {
      const record = room.record(isWhole);
      if (record !== null) yield record;
    }
  }

  /**
   * Restores a room of an earlier process; null where its code is taken, or MAX_ROOMS is reached.
   * @param isWhole whether the room told nothing after its record: only then do its numbers go on [R48]
   */
  restore(record: RoomRecord, isWhole: boolean): Room | null {
    if (this.#byCode.has(record.code) || this.#byCode.size >= this.limits.roomsMax) return null;
    const epoch = isWhole ? record.epoch : nanoid(ID_CHARS);
    const hostGoneMs = this.limits.hostGoneSeconds * 1000;
    const openedAt = this.clock.now();
    const hearing = record.maxClients + (record.rules.audienceMax ?? 0);
    const outgoing = this.#outgoing.ofRoom(record.address, hearing, openedAt);
    const kept = this.#kept.ofRoom(record.address);
    const room = Room.restore(record, { epoch, hostGoneMs, outgoing, kept, openedAt }, this.#deps);
    this.keep(room);
    this.#deps.witness.opened(room, "restored");
    return room;
  }

  /** Whether a room may be opened now, and which empty one of the address would give way to it. */
  private placeFor(line: Line<Room>, wish: RoomWish): { readonly empty: Room | null } | Refusal {
    const { roomsMax, roomsPerAddressMax } = this.limits;
    const excess = tooLarge(this.limits, wish);
    if (excess !== null) return excess;
    if (this.#isDraining) return refuse("draining");
    if (this.#byCode.size >= roomsMax) return refuse("server_full");
    const own = this.#byAddress.get(line.address) ?? [];
    const isCrowded = own.length >= roomsPerAddressMax || this.#kept.isNetworkFull(line.address);
    const empty = isCrowded ? longestEmpty(own) : null;
    if (isCrowded && empty === null) {
      this.#kept.onReached("rooms");
      return refuse("too_many_rooms");
    }
    const refusal = this.#kept.refusal(line.address, openingBytes(wish), empty?.kept ?? null);
    return refusal === null ? { empty } : refuse(refusal);
  }

  /** The code that was claimed for it; a room for which none could be had is refused. */
  private claimed(line: Line<Room>, { code, claimed }: RoomWish): string | Refusal {
    if (typeof claimed === "string" && !this.#byCode.has(claimed)) return claimed;
    const picked = this.#codes.pick(code, line.wire);
    return typeof picked === "string" ? refuse(code === null ? "server_full" : "code_taken") : picked;
  }

  private keep(room: Room): void {
    this.#byCode.set(room.code, room);
    this.#changes?.changed(room);
    this.#byAddress.set(room.address, [...(this.#byAddress.get(room.address) ?? []), room]);
  }

  /** The number that NEWEST stands for: that room may have ended, and an older one does not take its place [V5]. */
  private numberOf(name: number): number {
    return name === NEWEST ? this.#nextNumber - 1 : name;
  }

  private forget(room: Room): void {
    this.#deps.witness.ended(room);
    this.#byCode.delete(room.code);
    this.#changes?.ended(room);
    this.#outgoing.ended(room.address);
    this.#kept.ended(room.address, room.kept);
    if (room.number !== null) this.#byNumber.delete(room.number);
    const own = this.#byAddress.get(room.address) ?? [];
    own.splice(own.indexOf(room), 1);
    if (own.length === 0) this.#byAddress.delete(room.address);
    if (this.#leaving === room) return;
    this.#codes.ended(room.code);
    if (this.claims !== null) this.claims.release(room.code);
  }
}

/** The room that has stood empty longest, and may give way to another of its address; null: none of them may [Q12]. */
function longestEmpty(rooms: readonly Room[]): Room | null {
  const sinceOf = ({ emptySince }: Room) => emptySince ?? Number.POSITIVE_INFINITY;
  const [longest] = rooms.filter(({ emptySince }) => emptySince !== null).sort((a, b) => sinceOf(a) - sinceOf(b));
  return longest ?? null;
}
