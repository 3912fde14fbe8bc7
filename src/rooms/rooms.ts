// All rooms: opened, found, closed. The one place that hands out codes and counts rooms against their limits.
import { nanoid } from "nanoid";
import type { Clock } from "../clock.ts";
import type { Limits } from "../limits/table.ts";
import { type Guest, NEWEST, type Opening, type RoomName } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import { CODE_ALPHABET, codeDrawer, foldCode, isCode, isRude } from "./codes.ts";
import type { RoomDeps } from "./ports.ts";
import type { RoomRecord } from "./record.ts";
import { Room } from "./room.ts";
import type { Line } from "./seat.ts";

/** A code is not used again for so long after its room: a phone that missed the end must not land among strangers [R5]. */
export const CODE_COOLDOWN_MS = 60_000;
/** Codes kept back at most: opening and closing rooms in a loop must fill neither memory nor the code space [R5]. */
export const CODES_COOLING_MAX = 65_536;
/** Draws before `create` gives up: at a half-full space 40 misses in a row are one in 10^12 [R7]. */
const CODE_DRAWS_MAX = 40;
/** 60 bits at random: no two rooms that ever had a code are taken for each other, and no two lives of one. */
const ID_CHARS = 10;

export interface RoomWish extends Opening {
  readonly maxClients: number | null;
  /** A code to have if it is free, as the client typed it; null for any. */
  readonly code: string | null;
}

export class Rooms {
  #opened = 0;
  readonly #byCode = new Map<string, Room>();
  readonly #byNumber = new Map<number, Room>();
  #nextNumber = 0;
  readonly #perAddress = new Map<string, number>();
  /** Code → when it may be used again. In order of ending, so the oldest is the first. */
  readonly #cooling = new Map<string, number>();
  readonly #draw: () => string;
  /** Shared by all rooms: a closure a room would be memory a room. */
  readonly #deps: RoomDeps<Room>;
  #closedToNew = false;
  /** Whether time stands still for those that are away: the server goes, and the next one counts it anew [R48]. */
  #isTimeUp = false;
  /** The versions of all rooms that have ended, and one more for each end. */
  #endedVersions = 0;

  /** @param codesCoolingMax how many codes are kept back after their rooms */
  constructor(
    private readonly limits: Pick<Limits, "roomsMax" | "roomsPerAddressMax" | "clientsPerRoomMax" | "hostGoneSeconds">,
    private readonly codeLength: number,
    private readonly clock: Clock,
    { outlet, secrets, watcher }: Pick<RoomDeps<Room>, "outlet" | "secrets" | "watcher">,
    private readonly codesCoolingMax = CODES_COOLING_MAX,
  ) {
    this.#draw = codeDrawer(codeLength);
    const roomClock: Clock = {
      wall: () => clock.wall(),
      now: () => clock.now(),
      after: (ms, call) => clock.after(ms, () => this.#isTimeUp || call()),
      soon: (call) => clock.soon(call),
    };
    this.#deps = { outlet, clock: roomClock, secrets, watcher, ended: (room) => this.#forget(room) };
  }

  get size(): number {
    return this.#byCode.size;
  }

  /** How many were opened since the start; those that were taken up are none of them. */
  get opened(): number {
    return this.#opened;
  }

  /** A number that goes up whenever what a snapshot holds has changed, and never comes back: which is what a snapshot asks for [R48]. */
  get version(): number {
    let version = this.#endedVersions;
    for (const room of this.#byCode.values()) version += room.version;
    return version;
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
   * From now on no room is opened [R7]. `areKept`: nor does one end, or a seat, because somebody is away: nobody can come back here any
   * more, and what is kept of them is what the last snapshot says.
   */
  drain(areKept: boolean): void {
    this.#closedToNew = true;
    this.#isTimeUp = areKept;
  }

  /** The room of that code, in whatever case it was typed, or of that number, if this dialect may see it [R4][R12][R47]. */
  find(name: RoomName, wire: string): Room | null {
    const room = typeof name === "number" ? this.#byNumber.get(this.#numberOf(name)) : this.#ofCode(name);
    return room !== undefined && room.wire === wire ? room : null;
  }

  /** Why there is no such room. */
  missing(name: RoomName): Refusal {
    return refuse(name === NEWEST && this.#byNumber.size === 0 ? "no_room" : "room_not_found");
  }

  /** The room of that code, whatever dialect it speaks: for operators, whose games are watched and not joined [S11]. */
  at(code: string): Room | null {
    return this.#ofCode(code) ?? null;
  }

  /** Opens a room with the line's client as its host [R1]–[R8]. */
  open(line: Line<Room>, guest: Guest, wish: RoomWish): Room | Refusal {
    const { clientsPerRoomMax, roomsMax, roomsPerAddressMax } = this.limits;
    if (wish.maxClients !== null && wish.maxClients > clientsPerRoomMax) {
      return refuse("bad_field", { text: `maxClients must be at most ${clientsPerRoomMax}` });
    }
    if (this.#closedToNew) return refuse("draining");
    if (this.#byCode.size >= roomsMax) return refuse("server_full");
    if ((this.#perAddress.get(line.address) ?? 0) >= roomsPerAddressMax) return refuse("too_many_rooms");
    const code = this.#codeFor(wish.code);
    if (typeof code !== "string") return code;

    const { wire, address, origin } = line;
    const { rules, state, wireData, defaults } = wish;
    const maxClients = wish.maxClients ?? clientsPerRoomMax;
    const number = rules.isNumbered ? this.#nextNumber++ : null;
    const hostGoneMs = this.limits.hostGoneSeconds * 1000;
    const opening = { rules, state, wireData, defaults };
    const id = nanoid(ID_CHARS);
    const options = { code, wire, address, origin, maxClients, opening, number, hostGoneMs, id, epoch: id };
    const room = Room.open(options, line, guest, this.#deps);
    this.#keep(room);
    if (number !== null) this.#byNumber.set(number, room);
    this.#opened += 1;
    return room;
  }

  /** What is kept of each room, one at a time: what happens to others in between is no matter, since none knows another. */
  *records(isWhole: boolean): Generator<RoomRecord> {
    for (const room of this.#byCode.values()) {
      const record = room.record(isWhole);
      if (record !== null) yield record;
    }
  }

  /**
   * Takes up a room of an earlier process; null where its code is taken, or none is left.
   * @param isWhole whether the record is all that was ever told: only then do its numbers go on [R48]
   */
  restore(record: RoomRecord, isWhole: boolean): Room | null {
    if (this.#byCode.has(record.code) || this.#byCode.size >= this.limits.roomsMax) return null;
    const epoch = isWhole ? record.epoch : nanoid(ID_CHARS);
    const room = Room.restore(record, epoch, this.limits.hostGoneSeconds * 1000, this.#deps);
    this.#keep(room);
    return room;
  }

  /** Most codes come as they are written: only another one has to be folded. */
  #ofCode(code: string): Room | undefined {
    return this.#byCode.get(code) ?? this.#byCode.get(foldCode(code));
  }

  #keep(room: Room): void {
    this.#byCode.set(room.code, room);
    this.#perAddress.set(room.address, (this.#perAddress.get(room.address) ?? 0) + 1);
  }

  #codeFor(wanted: string | null): string | Refusal {
    this.#dropCooled();
    if (wanted !== null) {
      const code = foldCode(wanted);
      if (!isCode(code, this.codeLength)) {
        return refuse("bad_field", { text: `room must be ${this.codeLength} characters of ${CODE_ALPHABET}` });
      }
      return this.#isFree(code) ? code : refuse("code_taken");
    }
    for (let draws = 0; draws < CODE_DRAWS_MAX; draws++) {
      const code = this.#draw();
      if (this.#isFree(code)) return code;
    }
    return refuse("server_full");
  }

  /** The one opened last may have ended: then it is not there, and an older one does not take its place. */
  #numberOf(name: number): number {
    return name === NEWEST ? this.#nextNumber - 1 : name;
  }

  #isFree(code: string): boolean {
    return !this.#byCode.has(code) && !this.#cooling.has(code) && !isRude(code);
  }

  #forget(room: Room): void {
    this.#endedVersions += room.version + 1;
    this.#byCode.delete(room.code);
    if (room.number !== null) this.#byNumber.delete(room.number);
    const left = (this.#perAddress.get(room.address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(room.address, left);
    else this.#perAddress.delete(room.address);
    this.#cooling.set(room.code, this.clock.now() + CODE_COOLDOWN_MS);
    if (this.#cooling.size > this.codesCoolingMax) this.#dropOldestCooling();
  }

  #dropCooled(): void {
    const now = this.clock.now();
    for (const [code, until] of this.#cooling) {
      if (until > now) return;
      this.#cooling.delete(code);
    }
  }

  #dropOldestCooling(): void {
    const oldest = this.#cooling.keys().next();
    if (!oldest.done) this.#cooling.delete(oldest.value);
  }
}
