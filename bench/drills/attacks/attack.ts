// What an attack is made of: lines and plain connections from one address, which come back when they are ended, and a count of what the
// server said to them. Without a timer: a drill plays it beat by beat in real time, a test as fast as its own clock goes.

import { connect } from "node:net";
import { textFrame } from "../../client/frames.ts";
import { Line, type Way } from "../../client/line.ts";

/** How often a drill plays a beat. */
export const BEAT_MS = 100;
/** A client that was refused tries again with the next beat, and no machine opens more than so many in one. */
const OPENED_A_BEAT = 10;

export type Tally = Record<string, number>;

/** What is played in each beat. @param n counts the beats from 0 */
export type Beat = (n: number) => void;

/** One end of a connection, of either sort. */
interface End {
  readonly isClogged: boolean;
  write(bytes: Uint8Array): void;
  drop(): void;
}

/** Keeps so many ends open: what the server has ended is opened again. */
export class Pool<T extends End> {
  /** Those that the server has let in. */
  readonly here = new Set<T>();
  readonly #all = new Set<T>();
  /** @param open calls `came` when it is let in and `gone` when it has ended */
  constructor(
    private readonly size: number,
    private readonly open: (pool: Pool<T>) => T,
  ) {}

  /** Opens what is missing, so many at the most. */
  fill(most = OPENED_A_BEAT): void {
    for (let i = 0; i < most && this.#all.size < this.size; i++) this.#all.add(this.open(this));
  }

  came(end: T): void {
    if (this.#all.has(end)) this.here.add(end);
  }

  /** False for one that has been dropped from this side. */
  gone(end: T): boolean {
    this.here.delete(end);
    return this.#all.delete(end);
  }

  /** Writes the same to all whose kernel still takes something. @returns how many bytes */
  write(bytes: Uint8Array): number {
    const free = [...this.here].filter(({ isClogged }) => !isClogged);
    for (const end of free) end.write(bytes);
    return free.length * bytes.length;
  }

  /** Drops so many, the oldest first. */
  drop(most = Number.POSITIVE_INFINITY): void {
    for (const end of [...this.#all].slice(0, most)) {
      this.gone(end);
      end.drop();
    }
  }
}

/** A room of the attacker's: its host's line, and its code once it has one. A room that ends is opened again. */
export interface Room {
  readonly host: Pool<Line>;
  readonly code: string | null;
  fill(): void;
}

export class Attack {
  /** Lines that the server has closed, by the code they were told; 1006: none. */
  readonly closes: Tally = {};
  /** Answers of HTTP by their status, handshakes that were refused among them. */
  readonly statuses: Tally = {};
  /** Errors told on lines, by their code. */
  readonly refusals: Tally = {};
  bytesOut = 0;
  readonly #pools: Pool<Line>[] = [];
  readonly #wires: Pool<End>[] = [];
  #names = 0;

  /** @param from the address of this machine that it comes from */
  constructor(
    readonly url: string,
    readonly from: string,
  ) {}

  /** A clientId that nobody has. */
  name(): string {
    return `x${++this.#names}`;
  }

  /** @param greet is called when a line is open; texts are counted until it says otherwise */
  lines(size: number, greet: (line: Line) => void, path = "/", way: Way = {}): Pool<Line> {
    const pool = new Pool<Line>(size, () => {
      const line = new Line(this.url + path, this.name(), { from: this.from, ...way });
      line.onText = (text) => this.heard(text);
      line.onOpen = () => {
        pool.came(line);
        greet(line);
      };
      line.onClosed = (code, wasOpen) => {
        if (pool.gone(line) && wasOpen) count(this.closes, code);
      };
      line.opened.catch(({ message }: Error) => {
        const status = /HTTP\/1\.1 (\d+)/.exec(message)?.[1];
        if (status !== undefined) count(this.statuses, status);
      });
      return line;
    });
    this.#pools.push(pool);
    return pool;
  }

  /** A room, and its host. @param options of `create` */
  room(options: object, way: Way = {}): Room {
    let code: string | null = null;
    const greet = (line: Line) => {
      code = null;
      line.say({ type: "create", clientId: line.name, ...options });
      line.onText = (text) => {
        this.heard(text);
        code ??= /"type":"created","room":"(\w+)"/.exec(text)?.[1] ?? null;
      };
    };
    const host = this.lines(1, greet, "/", way);
    return {
      host,
      get code() {
        return code;
      },
      fill: () => host.fill(),
    };
  }

  /** Plain connections, written to by hand. @param from left out: the attack's own */
  wires(size: number, greet: (wire: End) => void, from = () => this.from): Pool<End> {
    const { hostname, port } = new URL(this.url);
    const pool = new Pool<End>(size, () => {
      const socket = connect({ host: hostname, port: Number(port), localAddress: from() });
      const end: End = {
        get isClogged() {
          return socket.writableNeedDrain;
        },
        write: (bytes) => void socket.write(bytes),
        drop: () => void socket.destroy(),
      };
      socket.on("error", () => {});
      socket.on("connect", () => {
        pool.came(end);
        greet(end);
      });
      socket.on("data", (chunk: Buffer) => {
        for (const [, status = ""] of chunk.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          count(this.statuses, status);
        }
      });
      socket.on("close", () => void pool.gone(end));
      return end;
    });
    this.#wires.push(pool);
    return pool;
  }

  /** Counts it if it is an error. */
  heard(text: string): void {
    if (text.startsWith('{"type":"error"')) count(this.refusals, /"code":"(\w+)"/.exec(text)?.[1] ?? "none");
  }

  /** Those that slept hear how they were closed. */
  wake(): void {
    for (const pool of this.#pools) for (const line of [...pool.here]) line.wake();
  }

  drop(): void {
    for (const pool of [...this.#pools, ...this.#wires]) pool.drop();
  }
}

export function count(tally: Tally, key: string | number, by = 1): void {
  tally[key] = (tally[key] ?? 0) + by;
}

/** A message to everyone in the room whose frame has about so many bytes. @param filler repeated; CJK takes three bytes a character */
export function messageOf(bytes: number, filler = "x"): Uint8Array {
  const overhead = '{"type":"send","data":""}'.length;
  return textFrame(`{"type":"send","data":"${filler.repeat((bytes - overhead) / Buffer.byteLength(filler))}"}`);
}

const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** The n-th code that is typed; all differ for a million. */
export function codeOf(n: number): string {
  // Spread, so that the same server's rooms are hit as seldom as by chance.
  const spread = Math.imul(n, 0x9e3779b1) >>> 0;
  return [0, 5, 10, 15].map((shift) => ALPHABET[(spread >>> shift) & 31]).join("");
}
