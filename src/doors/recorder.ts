// The recorder: one ring of the last rare things that happened on the whole server, in columns of numbers that are made at the start, so that an
// entry allocates nothing and a room costs nothing [M8]. It holds no name, no body and no address: there is no column for any. Written where a
// thing happens; read when an operator looks.
import type { Clock } from "../clock.ts";
import { networkAround } from "../limits/address.ts";
import { Bucket, Buckets } from "../limits/bucket.ts";
import { BUCKETS, type BucketName } from "../metrics/tally.ts";
import type { LeaveReason } from "../protocol/events.ts";
import { CLOSES, type CloseName, REFUSALS, type RefusalName } from "../protocol/refusals.ts";
import { packed, unpacked } from "../rooms/codes.ts";
import type { RoomEvent } from "../rooms/historyRecord.ts";
import type { RoomFace, Witness } from "../rooms/ports.ts";

/** What is recorded, in the words in which it is told [M9]. */
export const EVENT_KINDS = [
  "opened",
  "restored",
  "ended",
  "joined",
  "left",
  "away",
  "back",
  "takenOver",
  "host",
  "locked",
  "unlocked",
  "kicked",
  "refused",
  "closed",
  "paused",
  "flooded",
  "unread",
  "fault",
  "operatorClose",
  "operatorLock",
  "operatorUnlock",
  "operatorKick",
] as const;
type EventKind = (typeof EVENT_KINDS)[number];
type OperatorKind = Extract<EventKind, `operator${string}`>;

/** An entry as it is read. */
export interface Recorded {
  readonly id: number;
  /** ms since 1970 */
  readonly at: number;
  readonly kind: EventKind;
  readonly room: string | null;
  readonly number: number | null;
  readonly dialect: string | null;
  readonly seat: number | null;
  readonly what: string | null;
  readonly code: number | null;
}

/** A line, as far as it is recorded. */
interface Recordable {
  readonly wire: string;
  readonly seat: { readonly index: number; readonly room: RoomFace } | null;
  /** How the server closed it; null where it did not. */
  readonly closedAs: CloseName | null;
}

/** What strangers can make happen as often as they like has this part of the ring at once, and runs in so slowly that the whole ring lasts. */
const NOISE_SHARE = 1 / 8;
const NOISE_RING_SECONDS = 512;
/** Rooms of one network have this part of it at once, and then run in so slowly: their host may lock and unlock them 240 times a second. */
const NETWORK_SHARE = 1 / 4;
const NETWORK_RING_SECONDS = 128;
/** Entries that it is at least: who sets a small ring has few rooms. */
const NETWORK_BURST_LEAST = 64;
/** Networks that are remembered; one that is forgotten has all of its part again. */
const NETWORKS_MAX = 1_024;

/** Stands for none in a column. */
const NONE = -1;
const NO_WIRE = 255;

const REASONS: readonly LeaveReason[] = ["left", "lost", "kicked", "timeout"];
const REFUSAL_NAMES = Object.keys(REFUSALS) as RefusalName[];
const CLOSE_TEXTS = new Map<number, string>(Object.values(CLOSES).map(({ code, text }) => [code, text]));
/** A room closes these lines, and what it did is recorded of the room. */
const BY_THE_ROOM: readonly (CloseName | null)[] = ["replaced", "roomClosed", "kicked"];

export class Recorder implements Witness {
  readonly #times: Float64Array;
  /** Codes, packed; 0: no room. */
  readonly #rooms: Float64Array;
  readonly #numbers: Int32Array;
  readonly #seats: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #wires: Uint8Array;
  /** Of what kind exactly: the place of a reason, a refusal or a bucket in its table, or the code of a close. */
  readonly #details: Uint16Array;
  readonly #noise: Bucket;
  /** By the network around the address that opened a room. */
  readonly #networks: Buckets;
  /** Of the room that was told of last: nobody's is used more lately, so the table has it. */
  #lastNetwork: Bucket | null = null;
  #lastAddress = "";
  /** The id of the last entry: as many have been made. */
  #last = 0;

  /**
   * @param size how many entries it holds; 0: it is off
   * @param wireNames of all wires that there are
   * @param now the time of the last beat, in ms, which is free to read and never goes back
   */
  constructor(
    private readonly size: number,
    private readonly clock: Pick<Clock, "wall">,
    private readonly wireNames: readonly string[],
    private readonly now: () => number,
  ) {
    this.#times = new Float64Array(size);
    this.#rooms = new Float64Array(size);
    this.#numbers = new Int32Array(size);
    this.#seats = new Int32Array(size);
    this.#kinds = new Uint8Array(size);
    this.#wires = new Uint8Array(size);
    this.#details = new Uint16Array(size);
    this.#noise = new Bucket({ perSecond: size / NOISE_RING_SECONDS, burst: size * NOISE_SHARE }, 0);
    const share = {
      perSecond: size / NETWORK_RING_SECONDS,
      burst: Math.max(size * NETWORK_SHARE, NETWORK_BURST_LEAST),
    };
    this.#networks = new Buckets(share, NETWORKS_MAX);
  }

  get isOn(): boolean {
    return this.size > 0;
  }

  /** The id of the last entry; 0: there was none. */
  get last(): number {
    return this.#last;
  }

  opened(room: RoomFace, how: "opened" | "restored"): void {
    this.noteOf(room, how);
  }

  ended(room: RoomFace): void {
    this.noteOf(room, "ended");
  }

  takenOver(room: RoomFace, index: number): void {
    this.noteOf(room, "takenOver", index);
  }

  told(room: RoomFace, event: RoomEvent): void {
    switch (event.kind) {
      case "peerJoined":
        this.noteOf(room, "joined", event.peer.index);
        break;
      case "peerLeft":
        if (event.reason === "kicked") this.noteOf(room, "kicked", event.index);
        else this.noteOf(room, "left", event.index, REASONS.indexOf(event.reason));
        break;
      case "peerAway":
        this.noteOf(room, "away", event.index);
        break;
      case "peerBack":
        this.noteOf(room, "back", event.index);
        break;
      case "hostChanged":
        this.noteOf(room, "host", room.host?.index);
        break;
      case "roomLocked":
        this.noteOf(room, event.locked ? "locked" : "unlocked");
        break;
      default:
    }
  }

  /** @param room whom the request was about; null: no room */
  refused({ wire, seat }: Recordable, name: RefusalName, room: RoomFace | null): void {
    if (this.isQuiet()) this.note("refused", room, seat?.index, REFUSAL_NAMES.indexOf(name), wire);
  }

  /** The line's reads are paused, for what is in that bucket. */
  paused({ wire, seat }: Recordable, bucket: BucketName): void {
    if (this.isQuiet()) this.note("paused", seat?.room, seat?.index, BUCKETS.indexOf(bucket), wire);
  }

  /** The line has closed; asked before its member is gone from its seat. */
  closed({ wire, seat, closedAs }: Recordable, code: number): void {
    if (seat !== null && !this.isWithinShare(seat.room)) return;
    if (seat === null && (closedAs === null || BY_THE_ROOM.includes(closedAs) || !this.isQuiet())) return;
    const kind = closedAs === "tooFast" ? "flooded" : closedAs === "tooSlow" ? "unread" : "closed";
    this.note(kind, seat?.room, seat?.index, code, wire);
  }

  /** A throw was caught. @param line that it happened on; null: on none */
  fault(line: Recordable | null): void {
    this.note("fault", line?.seat?.room, line?.seat?.index, 0, line?.wire);
  }

  /** An operator does that to a room. */
  operator(kind: OperatorKind, room: RoomFace, index?: number): void {
    this.note(kind, room, index);
  }

  /**
   * What came after that id, oldest first, `max` at most; without an id the newest.
   * @returns `next`: the id to go on from; `missed`: how many came after it and are held no more
   */
  after(since: number | null, max: number): { events: Recorded[]; next: number; missed: number } {
    const oldest = Math.max(1, this.#last - this.size + 1);
    // An id that was never given is of another life of the server: all that there is has come since.
    const from = since === null ? this.#last - max : since > this.#last ? 0 : since;
    const first = Math.max(oldest, from + 1);
    const end = Math.min(this.#last, first + max - 1);
    const events: Recorded[] = [];
    for (let id = first; this.isOn && id <= end; id++) events.push(this.entry(id));
    return { events, next: Math.max(0, end), missed: since === null || !this.isOn ? 0 : first - from - 1 };
  }

  /** What came after that id of the room of that code, or of one that had it: the newest, `max` at most, oldest first. */
  of(code: string, since: number, max: number): Recorded[] {
    const room = packed(code);
    const events: Recorded[] = [];
    const oldest = Math.max(1, this.#last - this.size + 1, since > this.#last ? 0 : since + 1);
    for (let id = this.#last; room !== 0 && id >= oldest && events.length < max; id--) {
      if (this.#rooms[id % this.size] === room) events.push(this.entry(id));
    }
    return events.reverse();
  }

  /** Notes what a room's own people do, as far as rooms of its network have a part of the ring left. */
  private noteOf(room: RoomFace, kind: EventKind, seat?: number, detail?: number): void {
    if (this.isWithinShare(room)) this.note(kind, room, seat, detail);
  }

  private isWithinShare({ address }: RoomFace): boolean {
    if (this.size === 0) return false;
    if (address !== this.#lastAddress || this.#lastNetwork === null) {
      this.#lastNetwork = this.#networks.of(networkAround(address), this.now());
      this.#lastAddress = address;
    }
    return this.#lastNetwork.tryTake(1, this.now());
  }

  private note(kind: EventKind, room: RoomFace | null = null, seat = NONE, detail = 0, wire = room?.wire ?? ""): void {
    if (this.size === 0) return;
    const at = ++this.#last % this.size;
    this.#times[at] = this.clock.wall();
    this.#rooms[at] = room === null ? 0 : packed(room.code);
    this.#numbers[at] = room?.number ?? NONE;
    this.#seats[at] = seat;
    this.#kinds[at] = EVENT_KINDS.indexOf(kind);
    this.#wires[at] = wire === "" ? NO_WIRE : this.wireNames.indexOf(wire);
    this.#details[at] = detail;
  }

  /** Whether one more of what strangers can do without end may be recorded. */
  private isQuiet(): boolean {
    return this.size > 0 && this.#noise.tryTake(1, this.now());
  }

  private entry(id: number): Recorded {
    const at = id % this.size;
    const kind = EVENT_KINDS[this.#kinds[at] ?? 0] ?? "fault";
    const room = this.#rooms[at] ?? 0;
    const isClose = kind === "closed" || kind === "flooded" || kind === "unread";
    const detail = this.#details[at] ?? 0;
    return {
      id,
      at: this.#times[at] ?? 0,
      kind,
      room: room === 0 ? null : unpacked(room),
      number: orNull(this.#numbers[at]),
      dialect: this.wireNames[this.#wires[at] ?? NO_WIRE] ?? null,
      seat: orNull(this.#seats[at]),
      what: wordOf(kind, detail),
      code: isClose ? detail : null,
    };
  }
}

function wordOf(kind: EventKind, detail: number): string | null {
  switch (kind) {
    case "left":
      return REASONS[detail] ?? null;
    case "refused":
      return REFUSAL_NAMES[detail] ?? null;
    case "paused":
      return BUCKETS[detail] ?? null;
    case "closed":
    case "flooded":
    case "unread":
      return CLOSE_TEXTS.get(detail) ?? null;
    default:
      return null;
  }
}

function orNull(number = NONE): number | null {
  return number <= NONE ? null : number;
}
