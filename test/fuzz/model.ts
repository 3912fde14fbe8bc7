// What a party should be, said a second time and as plainly as can be: lists and loops, no code shared with src/rooms (the
// numbers of the limits aside). It foretells every answer and every event, and keeps a log of its own of what each room was told
// and whom that was for. The fuzz compares.

import { encode } from "../../src/dialects/party/encode.ts";
import type { Guest, Resettable, RoomRules, Since } from "../../src/protocol/commands.ts";
import type { Done, Event, LeaveReason, Numbered, Peer, Picture } from "../../src/protocol/events.ts";
import { TAKEOVER_WINDOW_MS, TAKEOVERS_MAX } from "../../src/rooms/fight.ts";
import { HISTORY_BYTES_MAX, HISTORY_ENTRY_BYTES } from "../../src/rooms/history.ts";
import { BRIEF_AWAY_MS, HOLD_MS_MIN, KEPT_SEATS_PER_SEAT } from "../../src/rooms/keeping.ts";
import { SETTLED_MS } from "../../src/rooms/seat.ts";
import { type Entry, type NotebookLine, plain } from "../support/notebook.ts";
import { type Around, type Due, ModelCrowd, nameAmong } from "./crowdModel.ts";

export interface ModelSeat {
  readonly clientId: string;
  readonly index: number;
  readonly secret: string | null;
  name: string | null;
  player: string | null;
  /** Null while the seat waits. */
  line: NotebookLine | null;
  /** When it is given up, while it waits; at Infinity where it is kept as long as the room. */
  due: Due | null;
  /** When its member last came, from nowhere or from being away. */
  came: number;
  /** How long a line sat in it before that, all in all; what is beyond SETTLED_MS says nothing more. */
  held: number;
  /** When open lines took it from each other. */
  readonly takeovers: number[];
  /** What became of its requests that had a ref; undefined: nobody knows after a crash. */
  done: Done | undefined;
  /** The first number its client was told: nothing before was meant for it. */
  born: number;
  /** The number of everything that was meant for it, here or away. */
  readonly meant: number[];
  /** The last of what was for it and some others alone that is kept no more. */
  lost: number;
}

interface Logged {
  readonly seq: number;
  readonly event: Event;
  readonly for: readonly ModelSeat[];
  /** Whether it was for those alone. */
  readonly isTargeted: boolean;
  /** The index of the member whose share of the window it counts in. */
  sharer: number | null;
}

export interface ModelRoom {
  readonly code: string;
  epoch: string;
  /** What it was before a crash. */
  pastEpoch: string;
  readonly wire: string;
  readonly address: string;
  readonly maxClients: number;
  readonly rules: RoomRules;
  state: string | null;
  locked: boolean;
  seats: ModelSeat[];
  host: ModelSeat | null;
  owner: { readonly clientId: string; readonly secret: string | null };
  /** Whether the role waits for its owner whatever the rules say, because the server went. */
  held: boolean;
  closing: Due | null;
  readonly bannedIds: Set<string>;
  readonly bannedSecrets: Set<string>;
  seq: number;
  nextIndex: number;
  /** The number from which on its epoch knows what was told. */
  from: number;
  /** What is kept of what it was told. */
  window: Logged[];
  /** The last of what was for all that is kept no more, and of what was for some alone. */
  lost: number;
  hole: number;
  crowd: ModelCrowd;
}

export interface ModelLimits {
  readonly roomsMax: number;
  readonly roomsPerAddressMax: number;
  readonly clientsPerRoomMax: number;
  readonly hostGoneSeconds: number;
}

/** Not now, but after so long [R35]. */
interface Wait {
  readonly kind: "later";
  readonly ms: number;
}

export interface Place {
  readonly room: ModelRoom;
  readonly seat: ModelSeat;
}

const REST_MS = 60_000;

/** What a room has anew after a crash: its epoch, and the number of the last thing that it knows to have told. */
interface NextLife {
  readonly epoch: string;
  readonly seq: number;
  /** What it found left of its timers. */
  readonly leftMs: ReadonlyMap<string, number>;
}

export class Model {
  readonly rooms: ModelRoom[] = [];
  /** Code → when its room ended. */
  readonly endedAt = new Map<string, number>();
  /** What each line is to hear. */
  readonly heard = new Map<NotebookLine, Entry[]>();
  /** Lines that the server is to have closed, and how. */
  readonly closed = new Map<NotebookLine, string>();
  /** How often each thing came to pass, to show that the party is a lively one. */
  readonly tally: Record<string, number> = {};
  #order = 0;

  constructor(
    private readonly limits: ModelLimits,
    public now: number,
  ) {}

  seatOf(line: NotebookLine): Place | null {
    for (const room of this.rooms) for (const seat of room.seats) if (seat.line === line) return { room, seat };
    return null;
  }

  roomOf(code: string): ModelRoom | null {
    return this.rooms.find((room) => room.code === plainCode(code)) ?? null;
  }

  isFree(code: string): boolean {
    return this.roomOf(code) === null && this.now - (this.endedAt.get(code) ?? Number.NEGATIVE_INFINITY) >= REST_MS;
  }

  /** How many things are still to happen by themselves. */
  get pending(): number {
    const waiting = (room: ModelRoom) => room.seats.filter(({ due }) => due !== null && Number.isFinite(due.at)).length;
    const running = ({ crowd }: ModelRoom) => crowd.timers.filter(({ due }) => due !== null).length;
    return this.rooms.reduce((sum, room) => sum + waiting(room) + running(room) + (room.closing === null ? 0 : 1), 0);
  }

  count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }

  /** The name of the refusal that `create` meets, or null where a room is opened. */
  createRefusal(line: NotebookLine, maxClients: number, code: string | null): string | null {
    if (this.seatOf(line) !== null) return "already_in_room";
    if (maxClients > this.limits.clientsPerRoomMax) return "bad_field";
    if (this.rooms.length >= this.limits.roomsMax) return "server_full";
    const own = this.rooms.filter(({ address }) => address === line.address).length;
    if (own >= this.limits.roomsPerAddressMax && this.#emptyRoomOf(line.address) === null) return "too_many_rooms";
    if (code !== null && !/^[A-HJ-NP-Z2-9]{4}$/.test(plainCode(code))) return "bad_field";
    return code !== null && !this.isFree(plainCode(code)) ? "code_taken" : null;
  }

  /** What the creator is told. */
  open(
    line: NotebookLine,
    guest: Guest,
    opened: Pick<ModelRoom, "code" | "epoch" | "maxClients" | "rules" | "state">,
  ): Event {
    const room: ModelRoom = {
      ...opened,
      wire: line.wire,
      address: line.address,
      locked: false,
      seats: [],
      host: null,
      owner: guest,
      held: false,
      pastEpoch: "",
      closing: null,
      bannedIds: new Set(),
      bannedSecrets: new Set(),
      seq: 0,
      nextIndex: 0,
      from: 0,
      window: [],
      lost: 0,
      hole: 0,
      crowd: new ModelCrowd(),
    };
    const own = this.rooms.filter(({ address }) => address === line.address).length;
    const empty = own >= this.limits.roomsPerAddressMax ? this.#emptyRoomOf(line.address) : null;
    if (empty !== null) this.close(empty);
    if (empty !== null) this.count("empty room that gave way");
    room.host = this.#newSeat(room, guest, line);
    this.rooms.push(room);
    this.count("rooms");
    return { kind: "created", picture: this.#pictureOf(room, guest.clientId), clientId: guest.clientId };
  }

  /** What the joiner is told, or the name of the refusal. */
  join(line: NotebookLine, code: string, guest: Guest, since: Since | null): Event | Wait | string {
    if (this.seatOf(line) !== null) return "already_in_room";
    const room = this.roomOf(code);
    if (room === null || room.wire !== line.wire) return "room_not_found";
    const { clientId, secret } = guest;
    if (room.bannedIds.has(clientId) || (secret !== null && room.bannedSecrets.has(secret))) return "banned";
    const kept = room.seats.find((seat) => seat.clientId === clientId);
    if (kept !== undefined) return this.#rejoin(room, kept, line, guest, since);
    const isOwner = isOwnerAbsent(room) && room.owner.clientId === clientId;
    if (isOwner && room.owner.secret !== null && room.owner.secret !== secret) return "wrong_secret";
    if (room.locked && !isOwner) return "room_locked";
    if (room.locked) this.count("owner into locked room");
    const counted = room.rules.capCounts === "seats" ? room.seats : hereIn(room);
    const isFull = counted.length >= room.maxClients;
    if (isFull && this.#placeFor(room) === null) return "room_full";
    if (this.#isTooLarge(room, guest)) return "max_frame_too_small";
    if (isFull) this.#makePlace(room);
    const name = this.#nameFor(room, guest, null);
    const peer: Peer = { clientId, index: room.nextIndex, name, isAway: false, player: null };
    this.#tell(room, { kind: "peerJoined", peer }, null);
    const seat = this.#newSeat(room, guest, line);
    this.#arrived(room, seat);
    seat.born = room.seq;
    const missed = since === null ? undefined : null;
    return { kind: "joined", picture: this.#pictureOf(room, clientId), index: seat.index, missed };
  }

  /** Whether a guest's secret proves that a seat is its own. */
  recognises(line: NotebookLine, code: string, { clientId, secret }: Guest): boolean {
    const room = this.roomOf(code);
    if (room === null || room.wire !== line.wire || secret === null) return false;
    return room.seats.some((seat) => seat.clientId === clientId && seat.secret === secret);
  }

  /** How many hear it, and who of those named is not there. */
  send(room: ModelRoom, from: ModelSeat, to: string | number | readonly string[] | null, body: string) {
    const speaker = { clientId: from.clientId, index: from.index, messageHead: null };
    const event: Event = { kind: "message", from: speaker, body };
    if (to === null) return { delivered: this.#tell(room, event, from), missing: [] };
    const named = typeof to === "object" ? to : [to];
    const find = (name: string | number) =>
      room.seats.find((seat) => seat.clientId === name || seat.index === name) ?? null;
    const canHear = (seat: ModelSeat | null) => seat !== null && (seat.line !== null || room.rules.historyMax > 0);
    const missing = named.filter((name) => !canHear(find(name)));
    const targets = new Set(named.flatMap((name) => find(name) ?? []).filter(canHear));
    const sharer = room.host === from ? null : from.index;
    const delivered = targets.size > 0 ? this.#tell(room, event, null, [...targets], sharer) : 0;
    if ([...targets].some(({ line }) => line === null)) this.count("message that waits");
    return { delivered, missing };
  }

  setState(room: ModelRoom, from: ModelSeat, body: string): number {
    room.state = body;
    return this.#tell(room, { kind: "state", body }, from);
  }

  setPlayer(room: ModelRoom, from: ModelSeat, body: string, clientId = from.clientId): number | string {
    if (clientId !== from.clientId && room.host !== from) return "not_host";
    const of = room.seats.find((seat) => seat.clientId === clientId);
    if (of === undefined) return "target_not_found";
    if (of !== from) this.count("another's data");
    of.player = body;
    return this.#tell(room, { kind: "player", clientId, body }, from);
  }

  setPrivate(room: ModelRoom, from: ModelSeat, clientId: string, body: string): number | string {
    const of = room.seats.find((seat) => seat.clientId === clientId);
    if (of === undefined) return "target_not_found";
    room.crowd.privates.set(clientId, body);
    this.count("private data");
    if (of === from || of.line === null) return 0;
    this.#tellNow(of, { kind: "private", clientId, body });
    return 1;
  }

  reset(room: ModelRoom, keep: readonly Resettable[]): number {
    const { crowd } = room;
    if (!keep.includes("state")) room.state = null;
    if (!keep.includes("players")) for (const seat of room.seats) seat.player = null;
    if (!keep.includes("private")) crowd.privates.clear();
    if (!keep.includes("timers")) crowd.timers = [];
    this.count("reset");
    return this.#tell(room, { kind: "reset", keep }, null);
  }

  /** The room as its timers see it. */
  around(room: ModelRoom, except: ModelSeat | null = null): Around {
    return {
      now: this.now,
      hasHost: room.host !== null,
      in: (ms) => this.#in(ms),
      tell: (event) => {
        const here = hereIn(room).filter((seat) => seat !== except);
        for (const seat of here) this.#tellNow(seat, event);
        return here.length;
      },
    };
  }

  lock(room: ModelRoom, locked: boolean): number {
    room.locked = locked;
    return this.#tell(room, { kind: "roomLocked", locked }, null);
  }

  kick(room: ModelRoom, by: ModelSeat, clientId: string, ban: boolean): number | string {
    const seat = room.seats.find((other) => other.clientId === clientId);
    if (seat === undefined) return "target_not_found";
    if (seat === by) return "bad_field";
    if (ban) room.bannedIds.add(clientId);
    if (ban && seat.secret !== null) room.bannedSecrets.add(seat.secret);
    if (seat.line !== null) this.closed.set(seat.line, "kicked");
    this.count(seat.line === null ? "kick of who is away" : "kick");
    this.#remove(room, seat, "kicked");
    return hereIn(room).length;
  }

  makeHost(room: ModelRoom, clientId: string): number | string {
    const seat = room.seats.find((other) => other.clientId === clientId);
    if (seat === undefined || seat.line === null) return "target_not_found";
    const isOther = room.host !== seat;
    giveRole(room, seat);
    const delivered = this.#tell(room, { kind: "hostChanged", clientId }, null);
    if (isOther) this.#hostChanged(room, seat);
    return delivered;
  }

  /** The line's member is gone, if it has one. */
  rise(line: NotebookLine, reason: "left" | "lost" | "timeout"): void {
    const place = this.seatOf(line);
    if (place === null) return;
    const { room, seat } = place;
    const { awayMs } = room.rules;
    if (reason === "left" || awayMs === 0) {
      this.#remove(room, seat, reason);
      return;
    }
    this.#rise(seat);
    const isKeptForGood = awayMs === Number.POSITIVE_INFINITY;
    const leftMs = isBrief(seat) && !isKeptForGood ? Math.min(awayMs, BRIEF_AWAY_MS) : awayMs;
    seat.due = this.#in(leftMs);
    this.count("away");
    if (leftMs < awayMs) this.count("away for a short while");
    this.#tell(room, { kind: "peerAway", clientId: seat.clientId, index: seat.index, leftMs }, seat);
    this.#departed(room, seat);
    if (awayMs === Number.POSITIVE_INFINITY) this.#trim(room);
  }

  /** The server goes, and sends this line away. */
  hold(line: NotebookLine): void {
    const place = this.seatOf(line);
    if (place === null) return;
    const { room, seat } = place;
    const { awayMs } = room.rules;
    const wasHost = room.host === seat;
    if (wasHost) {
      room.host = null;
      room.held = true;
      if (room.rules.hostGone === "close") room.closing = this.#in(this.limits.hostGoneSeconds * 1000);
    }
    const leftMs = Math.max(awayMs, HOLD_MS_MIN);
    this.#rise(seat);
    seat.held = SETTLED_MS;
    seat.due = this.#in(leftMs);
    if (awayMs > 0) this.#tell(room, { kind: "peerAway", clientId: seat.clientId, index: seat.index, leftMs }, seat);
    if (wasHost) this.#tell(room, { kind: "hostChanged", clientId: null }, seat);
    if (wasHost) this.#hostChanged(room, null);
  }

  /** What a snapshot holds now, to be told apart from what happens after it. */
  copies(): ModelRoom[] {
    return this.rooms.map((room) => ({
      ...room,
      seats: room.seats.map((seat) => ({ ...seat, line: null, meant: [...seat.meant] })),
      owner: { clientId: room.owner.clientId, secret: room.owner.secret },
      bannedIds: new Set(room.bannedIds),
      bannedSecrets: new Set(room.bannedSecrets),
      window: [],
      crowd: room.crowd.copy(this.now),
    }));
  }

  /** The server goes: no timer runs any more. */
  stopTimers(): void {
    for (const room of this.rooms) room.crowd = room.crowd.copy(this.now);
  }

  /** The next process restores these rooms. `lives`: their new ones by code after a crash; null: it was a stop, and nothing was told after it. */
  restart(rooms: readonly ModelRoom[], lives: ReadonlyMap<string, NextLife> | null): void {
    this.rooms.splice(0, this.rooms.length, ...rooms);
    this.endedAt.clear();
    this.heard.clear();
    this.closed.clear();
    for (const room of this.rooms) {
      for (const seat of room.seats) {
        seat.line = null;
        seat.takeovers.splice(0);
        if (lives !== null) seat.done = undefined;
        const since = seat.due?.since ?? this.now;
        if (seat.due === null) seat.held = SETTLED_MS;
        else if (isBrief(seat)) seat.held = 0;
        const { awayMs } = room.rules;
        const isShort = isBrief(seat) && awayMs !== Number.POSITIVE_INFINITY;
        if (isShort) this.count("short while over a restart");
        const leftMs = isShort ? Math.min(awayMs, BRIEF_AWAY_MS) : Math.max(awayMs - (this.now - since), HOLD_MS_MIN);
        seat.due = { ...this.#in(leftMs), since };
      }
      room.host = null;
      room.crowd.restart(this.around(room), lives === null ? null : (lives.get(room.code)?.leftMs ?? null));
      room.held = room.seats.some(({ clientId }) => clientId === room.owner.clientId);
      room.closing = room.rules.hostGone === "close" ? this.#in(this.limits.hostGoneSeconds * 1000) : null;
      if (lives !== null) {
        const { epoch, seq } = lives.get(room.code) ?? { epoch: "", seq: 0 };
        room.pastEpoch = room.epoch;
        room.epoch = epoch;
        // Messages write nothing, so its numbers go on from the last thing that did.
        if (seq > room.seq) throw new Error(`a number of the future: ${seq}`);
        room.seq = seq;
        room.from = seq;
        room.lost = Math.min(room.lost, seq);
        for (const seat of room.seats) {
          seat.lost = Math.min(seat.lost, seq);
          seat.meant.splice(0, seat.meant.length, ...seat.meant.filter((number) => number <= seq));
        }
        room.window = [];
      } else {
        // Who was host when it said something is not kept.
        for (const logged of room.window)
          if (logged.isTargeted && logged.event.kind === "message") logged.sharer = logged.event.from.index;
        // JSON has no Infinity; no wire has a place for it either.
        room.window = room.window.map((logged) => ({ ...logged, event: JSON.parse(JSON.stringify(logged.event)) }));
      }
    }
    this.count(lives === null ? "stop" : "crash");
  }

  close(room: ModelRoom): void {
    for (const { line } of room.seats) if (line !== null) this.closed.set(line, "roomClosed");
    room.seats = [];
    this.#end(room);
  }

  /** Lets time pass: what is due happens, each at its own moment. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#dues()
        .filter(({ due }) => due.at <= end)
        .sort((a, b) => a.due.at - b.due.at || a.due.order - b.due.order)[0];
      if (next === undefined) break;
      this.now = next.due.at;
      if (next.timer !== null) {
        const { room, timer } = next;
        if (!room.crowd.look(this.around(room), timer)) continue;
        this.count("timer done");
        this.#tell(room, { kind: "timerDone", timer: timer.name }, null);
        continue;
      }
      this.count(next.seat === null ? "closed without its host" : "seat given up");
      if (next.seat === null) this.close(next.room);
      else this.#remove(next.room, next.seat, "timeout");
    }
    this.now = end;
    for (const [code, at] of this.endedAt) if (this.now - at >= REST_MS) this.endedAt.delete(code);
  }

  /** What the seat missed since that number: only if all of it that was for the seat is kept. */
  missed(room: ModelRoom, seat: ModelSeat, { seq, epoch }: Since): Numbered[] | null {
    if (room.rules.historyMax === 0 || epoch !== room.epoch || seq > room.seq || seq < seat.born) return null;
    if (seq < room.from) return null;
    if (seq < room.lost || seq < seat.lost) {
      this.count(seq < room.lost ? "out of the window" : "for it alone and out of the window");
      return null;
    }
    if (seq < room.hole) this.count("resumed though others would miss something");
    const after = room.window.filter((logged) => logged.seq > seq && logged.for.includes(seat));
    return after.map(({ seq, event }) => ({ seq, event }));
  }

  /** One more in the window; what is too much goes, by number or by size: the oldest, or the oldest of a member that has its share. */
  #keep(room: ModelRoom, added: Logged): void {
    const max = room.rules.historyMax;
    const cost = (all: readonly Logged[]) =>
      all.reduce((sum, { event }) => sum + HISTORY_ENTRY_BYTES + ("body" in event ? event.body.length : 0), 0);
    room.window.push(added);
    for (;;) {
      const { window } = room;
      const own = window.filter(({ sharer }) => sharer !== null && sharer === added.sharer);
      let counted = window.filter(({ sharer }) => sharer === null).length;
      for (const index of new Set(window.flatMap(({ sharer }) => sharer ?? [])))
        counted += Math.min(Math.ceil(max / 2), window.filter(({ sharer }) => sharer === index).length);
      const isLarge = cost(window) > HISTORY_BYTES_MAX;
      if (own.length <= max && !isLarge && counted <= max) return;
      const isOwn = own.length > max || (isLarge && cost(own) > cost(window) / 2);
      const goes = (isOwn ? own : window)[0];
      if (goes === undefined) return;
      if (goes !== window[0]) this.count("its own goes before others'");
      this.count(isLarge ? "out by size" : "out by count");
      room.window = window.filter((logged) => logged !== goes);
      if (!goes.isTargeted) room.lost = Math.max(room.lost, goes.seq);
      else room.hole = Math.max(room.hole, goes.seq);
      if (goes.isTargeted) for (const seat of goes.for) seat.lost = Math.max(seat.lost, goes.seq);
    }
  }

  #rejoin(room: ModelRoom, seat: ModelSeat, line: NotebookLine, guest: Guest, since: Since | null) {
    if (seat.secret !== null && seat.secret !== guest.secret) return "wrong_secret";
    // Where only those that are here count, a place that was left may be somebody else's by now.
    if (seat.line === null && room.rules.capCounts === "here" && hereIn(room).length >= room.maxClients)
      return "room_full";
    const recent = seat.takeovers.filter((at) => at > this.now - TAKEOVER_WINDOW_MS);
    const first = recent.at(-TAKEOVERS_MAX);
    if (seat.line !== null && first !== undefined) {
      this.count("takeover that waits");
      return { kind: "later" as const, ms: first + TAKEOVER_WINDOW_MS - this.now };
    }
    if (this.#isTooLarge(room, guest)) return "max_frame_too_small";
    const missed = since === null ? null : this.missed(room, seat, since);
    this.count(missed === null ? "not resumed" : missed.length > 0 ? "resumed with news" : "resumed");
    const name = this.#nameFor(room, guest, seat);
    const isRenamed = name !== null && name !== seat.name;
    seat.name = name ?? seat.name;
    const rename = () => {
      if (!isRenamed) return;
      this.count(hereIn(room).length > 1 ? "rename before others" : "rename");
      const { clientId, index } = seat;
      this.#tell(room, { kind: "peerRenamed", clientId, index, name: seat.name ?? "" }, seat);
    };
    if (room.locked) this.count("held seat in locked room");
    if (seat.line !== null) {
      this.closed.set(seat.line, "replaced");
      seat.takeovers.push(this.now);
      seat.line = line;
      rename();
    } else {
      seat.line = line;
      seat.due = null;
      seat.came = this.now;
      this.#tell(room, { kind: "peerBack", clientId: seat.clientId, index: seat.index, name: seat.name }, seat);
      rename();
      this.#arrived(room, seat);
    }
    const picture = this.#pictureOf(room, seat.clientId);
    const joined = { kind: "joined", picture, index: seat.index, missed, done: seat.done } as const;
    if (bytesOf(joined) <= (guest.frameBytesMax ?? Number.POSITIVE_INFINITY)) return joined;
    this.count("missed that does not fit");
    return { ...joined, missed: null };
  }

  /** Whether the room alone is more than the guest's client takes. The party keeps away from the edge, which has tests of its own. */
  #isTooLarge(room: ModelRoom, { clientId, frameBytesMax = Number.POSITIVE_INFINITY }: Guest): boolean {
    const bytes = bytesOf({ kind: "joined", picture: this.#pictureOf(room, clientId), index: 0, missed: null });
    if (Math.abs(bytes - frameBytesMax) < 500) throw new Error("a picture on the edge");
    return bytes > frameBytesMax;
  }

  #nameFor(room: ModelRoom, { name }: Guest, own: ModelSeat | null): string | null {
    if (room.rules.names !== "unique") return name;
    const others = room.seats.filter((seat) => seat !== own).map((seat) => seat.name);
    const given = nameAmong(name, others, own?.name ?? null);
    if (given !== name) this.count("name with a number");
    return given;
  }

  #newSeat(room: ModelRoom, guest: Guest, line: NotebookLine): ModelSeat {
    const { clientId, secret } = guest;
    const name = this.#nameFor(room, guest, null);
    const index = room.nextIndex++;
    // Who opens the room has settled in it.
    const held = room.seats.length === 0 && index === 0 ? SETTLED_MS : 0;
    const base = { clientId, index, secret, name, player: null, line, due: null, came: this.now, held, takeovers: [] };
    const seat: ModelSeat = { ...base, born: room.seq, meant: [], lost: 0, done: { last: null, undone: [] } };
    room.seats.push(seat);
    return seat;
  }

  #arrived(room: ModelRoom, seat: ModelSeat): void {
    if (room.host !== null) return;
    const isAnyones = room.rules.hostGone === "migrate" && !room.held;
    if (!isAnyones && seat.clientId !== room.owner.clientId) {
      if (room.held) this.count("role that is held");
      return;
    }
    giveRole(room, seat);
    this.#tell(room, { kind: "hostChanged", clientId: seat.clientId }, seat);
    // It finds what it may see in its answer.
    this.#hostChanged(room, null, seat);
  }

  #hostChanged(room: ModelRoom, heir: ModelSeat | null, except: ModelSeat | null = null): void {
    const before = room.crowd.timers.filter(({ endsAt }) => endsAt === null).length;
    room.crowd.hostChanged(this.around(room, except));
    if (room.crowd.timers.filter(({ endsAt }) => endsAt === null).length !== before) this.count("timer without a host");
    if (heir === null) return;
    for (const [clientId, body] of room.crowd.privates) {
      if (clientId === heir.clientId) continue;
      this.count("private data for an heir");
      this.#tellNow(heir, { kind: "private", clientId, body });
    }
  }

  #departed(room: ModelRoom, seat: ModelSeat): void {
    if (room.host !== seat) return;
    room.host = null;
    const heir = heirOf(room);
    if (heir !== hereIn(room)[0]) this.count("heir that joined later");
    if (room.rules.hostGone === "migrate" && heir !== undefined) {
      giveRole(room, heir);
      this.count("heir");
    }
    if (room.rules.hostGone === "close") room.closing = this.#in(this.limits.hostGoneSeconds * 1000);
    this.#tell(room, { kind: "hostChanged", clientId: room.host === null ? null : (heir?.clientId ?? null) }, seat);
    this.#hostChanged(room, room.host);
  }

  #remove(room: ModelRoom, seat: ModelSeat, reason: LeaveReason): void {
    const wasHere = seat.line !== null;
    room.seats = room.seats.filter((other) => other !== seat);
    room.crowd.privates.delete(seat.clientId);
    if (room.seats.length === 0) {
      this.#end(room);
      return;
    }
    this.#tell(room, { kind: "peerLeft", clientId: seat.clientId, index: seat.index, reason }, seat);
    if (wasHere) this.#departed(room, seat);
    else if (room.held && seat.clientId === room.owner.clientId) this.#letGo(room, seat);
  }

  /** The role was held for a seat that is given up. */
  #letGo(room: ModelRoom, seat: ModelSeat): void {
    room.held = false;
    const heir = heirOf(room);
    if (room.rules.hostGone !== "migrate" || heir === undefined) return;
    giveRole(room, heir);
    this.count("role handed on");
    this.#tell(room, { kind: "hostChanged", clientId: heir.clientId }, seat);
    this.#hostChanged(room, heir);
  }

  /** Where seats are kept as long as the room, the longest away goes when there are too many; never the owner. */
  #trim(room: ModelRoom): void {
    const away = room.seats.filter(({ line }) => line === null);
    if (away.length <= room.maxClients * KEPT_SEATS_PER_SEAT) return;
    const since = ({ due }: ModelSeat) => due?.since ?? 0;
    const others = away.filter(({ clientId }) => clientId !== room.owner.clientId);
    // Of two that went in the same millisecond, the first to join.
    others.sort((a, b) => since(a) - since(b));
    const longest = others.find(isBrief) ?? others[0];
    if (longest === undefined) return;
    this.count(isBrief(longest) ? "brief seat trimmed" : "kept seat trimmed");
    if (longest !== others[0]) this.count("brief seat trimmed before one that waited longer");
    this.#remove(room, longest, "timeout");
  }

  /** Whether a full room has a place for a newcomer, by giving up the seat that has waited longest of those hardly sat in. */
  #placeFor(room: ModelRoom): ModelSeat | null {
    if (room.rules.capCounts === "here") return null;
    const brief = room.seats.filter((seat) => {
      return seat.line === null && isBrief(seat) && seat.clientId !== room.owner.clientId;
    });
    brief.sort((a, b) => (a.due?.since ?? 0) - (b.due?.since ?? 0));
    return brief[0] ?? null;
  }

  #makePlace(room: ModelRoom): void {
    const longest = this.#placeFor(room);
    if (longest === null) return;
    this.count("place made for a newcomer");
    this.#remove(room, longest, "timeout");
  }

  /** Nobody sits in the seat any more. */
  #rise(seat: ModelSeat): void {
    seat.held += this.now - seat.came;
    seat.line = null;
  }

  /** Of the rooms of an address that nobody is in, and that keep seats as long as they live, the one that the last left first. */
  #emptyRoomOf(address: string): ModelRoom | null {
    const empty = this.rooms.filter((room) => {
      return room.address === address && room.rules.awayMs === Number.POSITIVE_INFINITY && hereIn(room).length === 0;
    });
    const since = ({ seats }: ModelRoom) => Math.max(...seats.map(({ due }) => due?.since ?? 0));
    return empty.sort((a, b) => since(a) - since(b))[0] ?? null;
  }

  #end(room: ModelRoom): void {
    this.rooms.splice(this.rooms.indexOf(room), 1);
    this.endedAt.set(room.code, this.now);
  }

  /** Tells some, or everyone but one; answers how many lines heard it. */
  #tell(
    room: ModelRoom,
    event: Event,
    except: ModelSeat | null,
    only: ModelSeat[] | null = null,
    sharer: number | null = null,
  ): number {
    const meant = only ?? room.seats.filter((seat) => seat !== except);
    const seq = room.rules.historyMax > 0 ? ++room.seq : null;
    if (seq !== null) {
      const logged = { seq, event, for: meant, isTargeted: only !== null, sharer };
      this.#keep(room, logged);
    }
    let delivered = 0;
    for (const { line, meant: seqs } of meant) {
      if (seq !== null) seqs.push(seq);
      if (line === null) continue;
      const entries = this.heard.get(line) ?? [];
      entries.push({ seq, event });
      this.heard.set(line, entries);
      delivered++;
    }
    return delivered;
  }

  /** Tells one that is here what has no number. */
  #tellNow({ line }: ModelSeat, event: Event): void {
    if (line === null) return;
    const entries = this.heard.get(line) ?? [];
    entries.push({ seq: null, event });
    this.heard.set(line, entries);
  }

  #pictureOf(room: ModelRoom, clientId: string): Picture {
    const crowd = room.crowd.picture(clientId, room.host?.clientId === clientId, this.now);
    const name = room.seats.find((seat) => seat.clientId === clientId)?.name ?? null;
    return {
      ...pictureOf(room),
      ...(room.rules.names === "unique" && { name }),
      ...(crowd !== undefined && { crowd }),
    };
  }

  #in(ms: number): Due {
    return { at: this.now + ms, order: ++this.#order, since: this.now };
  }

  #dues() {
    return this.rooms.flatMap((room) => [
      ...(room.closing === null ? [] : [{ due: room.closing, room, seat: null, timer: null }]),
      ...room.seats.flatMap((seat) => (seat.due === null ? [] : [{ due: seat.due, room, seat, timer: null }])),
      ...room.crowd.timers.flatMap((timer) =>
        timer.due === null ? [] : [{ due: timer.due, room, seat: null, timer }],
      ),
    ]);
  }
}

/** A code as it was meant. */
export function plainCode(typed: string): string {
  return typed
    .normalize("NFKC")
    .replace(/[^\p{L}\d]/gu, "")
    .toUpperCase();
}

export function hereIn(room: ModelRoom): ModelSeat[] {
  return room.seats.filter(({ line }) => line !== null);
}

/** Whether the role waits for whoever has the owner's name and secret. */
export function isOwnerAbsent(room: ModelRoom): boolean {
  return room.host === null && (room.held || room.rules.hostGone !== "migrate");
}

/** Whether its member, away, was hardly here. */
function isBrief(seat: ModelSeat): boolean {
  return seat.held < SETTLED_MS;
}

/** The one that has been here longest, a while before its last absence included; of two, the first to join. */
function heirOf(room: ModelRoom): ModelSeat | undefined {
  const since = ({ came, held }: ModelSeat) => came - Math.min(held, SETTLED_MS);
  return hereIn(room).sort((a, b) => since(a) - since(b))[0];
}

function giveRole(room: ModelRoom, seat: ModelSeat): void {
  room.host = seat;
  room.owner = seat;
  room.held = false;
  room.closing = null;
}

/** The bytes of the frame that answers a join. Made of copies: a dialect keeps what it has made of a speaker with that speaker. */
function bytesOf(joined: Extract<Event, { kind: "joined" }>): number {
  const missed = joined.missed?.map(({ seq, event }) => ({ seq, event: plain(event) })) ?? joined.missed;
  return Buffer.byteLength(encode({ ...joined, missed }, { type: "join", ref: undefined }) ?? "");
}

function pictureOf(room: ModelRoom): Picture {
  const { code, host, locked, state, epoch, seq } = room;
  const peers = room.seats.map(({ clientId, index, name, player, line }): Peer => {
    return { clientId, index, name, player, isAway: line === null };
  });
  return {
    code,
    host: host?.clientId ?? null,
    peers,
    locked,
    state,
    epoch,
    seq,
    wireData: null,
    number: null,
    defaults: null,
    session: null,
  };
}
