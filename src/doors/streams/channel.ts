// What all streams of one session share, or all that hear every session: each event is encoded once, the last few are at hand, and whoever is
// further back reads pages of the log. A page is kept as long as it is the last that was read, since a crowd comes back from one place.
import type { Dialect } from "../../dialects/dialect.ts";
import type { SessionEvent } from "../../protocol/events.ts";
import type { Source, Stream } from "./stream.ts";

/** Events at hand, and bytes of them: past either the oldest goes, and whoever has not had it reads the log. */
const RING_EVENTS_MAX = 64;
const RING_BYTES_MAX = 256 * 1024;

/** A part of the log. */
export interface LogPage {
  readonly events: readonly SessionEvent[];
  /** The id of the last that was looked at: the next page begins after it. */
  readonly last: number;
  /** Whether nothing stands behind it yet. */
  readonly isEnd: boolean;
}

interface Kept {
  readonly after: number;
  readonly bytes: Uint8Array;
  readonly last: number;
  readonly isEnd: boolean;
  /** The place behind all that was told by then: at the end of the log it holds until something is told. */
  readonly end: number;
}

interface Entry {
  readonly id: number | null;
  readonly bytes: Uint8Array;
}

const utf8 = new TextEncoder();

/** An event as it stands in a stream [W1]. */
function frameOf({ encode }: Pick<Dialect, "encode">, event: SessionEvent): string {
  const id = event.id === null ? "" : `id: ${event.id}\n`;
  return `${id}event: ${event.type}\ndata: ${encode(event) ?? ""}\n\n`;
}

export class StreamChannel {
  /** Those that hear it. */
  readonly streams = new Set<Stream>();
  #ring: Entry[] = [];
  #bytes = 0;
  /** The place of the first that is at hand, counted from the beginning. */
  #first = 0;
  #page: Kept | null = null;

  constructor(
    private readonly dialect: Pick<Dialect, "encode">,
    private readonly read: (after: number) => LogPage,
  ) {}

  /** An event was told. */
  push(event: SessionEvent): void {
    const entry = { id: event.id, bytes: utf8.encode(frameOf(this.dialect, event)) };
    this.#ring.push(entry);
    this.#bytes += entry.bytes.length;
    while (this.#ring.length > RING_EVENTS_MAX || (this.#bytes > RING_BYTES_MAX && this.#ring.length > 1)) {
      this.#bytes -= this.#ring.shift()?.bytes.length ?? 0;
      this.#first++;
    }
  }

  /** What one stream hears: all after that id; or what is new, that id being the last. */
  source(after: number, isNew: boolean): Source {
    return new Place(this, after, isNew);
  }

  /** The place behind the last event that was told. */
  get end(): number {
    return this.#first + this.#ring.length;
  }

  isAtHand(place: number): boolean {
    return place >= this.#first;
  }

  /** What was told from that place on; null: nothing. */
  since(place: number): Uint8Array | null {
    const entries = this.#ring.slice(place - this.#first);
    const [first] = entries;
    if (first === undefined || entries.length === 1) return first?.bytes ?? null;
    return Buffer.concat(entries.map(({ bytes }) => bytes));
  }

  page(after: number): Kept {
    if (this.#page?.after === after && (!this.#page.isEnd || this.#page.end === this.end)) return this.#page;
    const { events, last, isEnd } = this.read(after);
    const text = events.map((event) => frameOf(this.dialect, event)).join("");
    this.#page = { after, bytes: utf8.encode(text), last, isEnd, end: this.end };
    return this.#page;
  }

  /** The id of the last event at hand that has one, if it is greater. */
  lastId(id: number): number {
    return this.#ring.reduce((last, entry) => Math.max(last, entry.id ?? 0), id);
  }
}

/** How far one stream is. */
class Place implements Source {
  /** null: it reads the log. */
  #place: number | null;
  #id: number;

  constructor(
    private readonly channel: StreamChannel,
    after: number,
    isNew: boolean,
  ) {
    this.#place = isNew ? channel.end : null;
    this.#id = after;
  }

  get isAtHand(): boolean {
    return this.#place !== null && this.channel.isAtHand(this.#place);
  }

  next(): Uint8Array | null {
    if (this.#place === null || !this.channel.isAtHand(this.#place)) return this.#nextPage();
    const bytes = this.channel.since(this.#place);
    this.#place = this.channel.end;
    this.#id = this.channel.lastId(this.#id);
    return bytes;
  }

  /** Reads on in the log; where that ends, what is new comes next: nothing can come between, since it is one turn. */
  #nextPage(): Uint8Array | null {
    const { bytes, last, isEnd } = this.channel.page(this.#id);
    this.#id = last;
    this.#place = isEnd ? this.channel.end : null;
    return bytes.length === 0 ? null : bytes;
  }
}
