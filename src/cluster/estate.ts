// What the engine keeps of this node's rooms for whoever takes them up, and what this node takes up of others: memories are written soon after a
// change, all codes are called over now and then, and the rooms of the dead are adopted in bites, with the rooms' turns in between [N2][N6].
import type { Clock } from "../clock.ts";
import type { RoomRecord } from "../rooms/record.ts";
import { Flaw } from "../snapshot/layouts.ts";
import type { RollCall } from "./life.ts";
import type { Memories } from "./memories.ts";
import type { OwnRooms } from "./ownRooms.ts";
import { type Engine, EngineAway } from "./ports.ts";
import type { Called, Fenced, Kin, Scripts } from "./scripts.ts";

/** What a crash may cost [N6]. */
const KEEP_MS = 1_000;
/** Passes between two roll calls: 10 s. */
const CALL_PASSES = 10;
/** Rooms, and characters, that are sealed and sent in one turn, and how long that may take. */
const KEPT_MAX = 32;
const KEPT_CHARS_MAX = 256 * 1024;
const SLICE_MS = 0.5;
/** Rooms play meanwhile. */
const KEPT_APART_MS = 2;
/** Codes that are called over with one script. */
const CALLED_MAX = 500;
export const BITE = 32;
const BITES_APART_MS = 5;

export interface EstateEvents {
  /** Rooms that are another's: to be forgotten without resting or telling, their lines closed with 4200. */
  letGo(codes: readonly string[]): void;
  /** Rooms have come up. `node`: whose they were; ours: of an earlier process, or given to us. `flaws`: why others have not. */
  adopted(node: string, rooms: number, flaws: readonly string[]): void;
  fault(error: unknown): void;
}

export interface EstateOptions {
  readonly engine: Pick<Engine, "isUp">;
  readonly scripts: Pick<Scripts, "node" | "keep" | "adopt" | "take" | "estate" | "sweep">;
  readonly clock: Clock;
  readonly life: { readonly isFrozen: boolean; readonly dead: ReadonlySet<string> };
  readonly rooms: OwnRooms;
  readonly memories: Pick<Memories, "seal" | "open">;
  /** An address as it may stand in the engine. */
  readonly hash: (address: string) => string;
  readonly directory: { isReleased(code: string): boolean; release(code: string): void; unclaim(code: string): void };
  readonly events: EstateEvents;
}

export class Estate implements RollCall {
  #cancel: (() => void) | null = null;
  #isStopped = false;
  /** The pass that is under way. */
  #passing: Promise<void> | null = null;
  /** Whether it is told that an engine which is there does not keep our rooms. */
  #isFailing = false;
  #isAdopting = false;
  #passes = 0;
  /** Codes of the estate without a room here, at the last look: two looks apart nobody is about to open one. */
  #strays: ReadonlySet<string> = new Set();
  #cursor = "0";

  constructor(private readonly options: EstateOptions) {}

  /** Keeps what changes from now on. */
  start(): void {
    this.#cancel = this.options.clock.after(KEEP_MS, () => {
      this.start();
      if (this.#passing === null) {
        this.#passing = this.#pass().finally(() => {
          this.#passing = null;
        });
      }
      this.adopt();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Takes up what an earlier process of this name has left, before anybody can connect. @throws {EngineAway} */
  async takeUp(): Promise<void> {
    const codes = await this.options.scripts.estate(-1);
    if (codes !== "fenced") await this.#take(codes);
  }

  /** Adopts the rooms of the dead, as long as there is place: for when somebody has died; rooms that found no place are tried again. */
  adopt(): void {
    if (this.#isAdopting || this.#isStopped || !this.#isFree) return;
    this.#isAdopting = true;
    void this.#adoptAll().finally(() => {
      this.#isAdopting = false;
    });
  }

  /** @throws {EngineAway} */
  async call(): Promise<"agreed" | Fenced> {
    const { scripts, rooms, hash } = this.options;
    const all = Array.from(rooms.all(), ({ code, address }) => ({ code, address }));
    for (let at = 0; at < all.length; at += CALLED_MAX) {
      // A room that has ended meanwhile must not be told again.
      const some = all.slice(at, at + CALLED_MAX).filter(({ code }) => rooms.has(code));
      const called = some.map(({ code, address }) => ({ code, address: hash(address), memory: null }));
      const kept = await scripts.keep(called, false);
      if (kept === "fenced") return kept;
      this.#letGo(kept.lost);
      for (const code of kept.again) rooms.again(code);
    }
    return "agreed";
  }

  /** Keeps every room as it stays, for whoever takes it up next; nobody plays any more, and nothing is kept after it. @throws {EngineAway} */
  async keepWhole(): Promise<"agreed" | Fenced> {
    this.stop();
    // Behind it a room would count as parts again.
    await this.#passing;
    const records = this.options.rooms.whole()[Symbol.iterator]();
    return this.#keep(() => take(records, KEPT_MAX, () => false), true);
  }

  /** Whether the engine can be asked, and would listen. */
  get #isFree(): boolean {
    return this.options.engine.isUp && !this.options.life.isFrozen;
  }

  /** Never rejects: what was left undone is done by the next pass. */
  async #pass(): Promise<void> {
    if (!this.#isFree) return;
    try {
      await this.#keepNews();
      if (++this.#passes % CALL_PASSES === 0 && !this.#isStopped) {
        await this.call();
        await this.#lookForStrays();
        const next = await this.options.scripts.sweep(this.#cursor);
        if (next !== "fenced") this.#cursor = next;
      }
      this.#isFailing = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #adoptAll(): Promise<void> {
    try {
      for (const dead of [...this.options.life.dead]) await this.#adoptFrom(dead);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** An engine that is full says so at each pass, and is told of once. */
  #failed(error: unknown): void {
    if (error instanceof EngineAway || this.#isFailing) return;
    this.#isFailing = true;
    this.options.events.fault(error);
  }

  #keepNews(): Promise<"agreed" | Fenced> {
    const news = this.options.rooms.news();
    return this.#keep(() => {
      const began = performance.now();
      return take(news, KEPT_MAX, () => performance.now() - began > SLICE_MS);
    }, false);
  }

  async #keep(next: () => RoomRecord[], isWhole: boolean): Promise<"agreed" | Fenced> {
    for (let records = next(); records.length > 0; records = next()) {
      const packets = this.#sealed(records);
      while (packets.length > 0) {
        const kept = await this.#keepFirst(packets, isWhole);
        if (kept === "fenced") return kept;
      }
      if (isWhole) continue;
      if (this.#isStopped) break;
      await new Promise<void>((resolve) => this.options.clock.after(KEPT_APART_MS, resolve));
    }
    return "agreed";
  }

  /** Takes the first packet off, if it is kept; else all of them are news again. */
  async #keepFirst(packets: Called[][], isWhole: boolean): Promise<"agreed" | Fenced> {
    const { scripts, rooms } = this.options;
    let isKept = false;
    try {
      const kept = await scripts.keep(packets[0] ?? [], isWhole);
      if (kept === "fenced") return kept;
      isKept = true;
      packets.shift();
      this.#letGo(kept.lost);
      return "agreed";
    } finally {
      if (!isKept) for (const { code } of packets.flat()) rooms.again(code);
    }
  }

  /** In packets of a bearable size, all of them made in this turn: a record is as old as its sending. */
  #sealed(records: readonly RoomRecord[]): Called[][] {
    const { memories, hash } = this.options;
    const packets: Called[][] = [[]];
    let chars = 0;
    for (const record of records) {
      const memory = memories.seal(record);
      chars += memory.length;
      if (chars > KEPT_CHARS_MAX) {
        packets.push([]);
        chars = memory.length;
      }
      packets.at(-1)?.push({ code: record.code, address: hash(record.address), memory });
    }
    return packets.filter((packet) => packet.length > 0);
  }

  #letGo(lost: readonly string[]): void {
    const ours = lost.filter((code) => this.options.rooms.has(code));
    if (ours.length > 0) this.options.events.letGo(ours);
  }

  /** An answer that was lost leaves rooms with us that nobody here knows of: adopted, given, or claimed. */
  async #lookForStrays(): Promise<void> {
    const { scripts, rooms, directory } = this.options;
    const codes = await scripts.estate(rooms.size);
    if (codes === "fenced") return;
    const strays = codes.filter((code) => !rooms.has(code) && !directory.isReleased(code));
    const before = this.#strays;
    this.#strays = new Set(strays);
    await this.#take(strays.filter((code) => before.has(code) && !rooms.has(code)));
  }

  async #take(codes: readonly string[]): Promise<void> {
    const { scripts, directory, rooms } = this.options;
    for (let at = 0, bite = 0; at < codes.length; at += bite) {
      bite = Math.min(BITE, rooms.places);
      if (bite === 0) return;
      const taken = await scripts.take(codes.slice(at, at + bite));
      if (taken === "fenced") return;
      for (const code of taken.empty) directory.unclaim(code);
      this.#restore(scripts.node, taken.kin);
    }
  }

  async #adoptFrom(dead: string): Promise<void> {
    const { scripts, rooms, life, clock } = this.options;
    while (life.dead.has(dead) && rooms.places > 0 && !this.#isStopped) {
      // What finds no place here may find one elsewhere.
      const adopted = await scripts.adopt(dead, Math.min(BITE, rooms.places));
      if (typeof adopted === "string") return;
      this.#restore(dead, adopted.kin);
      if (adopted.left === 0) return;
      await new Promise<void>((resolve) => clock.after(BITES_APART_MS, resolve));
    }
  }

  /** Brings rooms up; the code of one that cannot be is released. */
  #restore(from: string, kin: readonly Kin[]): void {
    const { memories, rooms, directory, events } = this.options;
    const flaws: string[] = [];
    let count = 0;
    for (const { code, memory, isWhole } of kin) {
      const record = memories.open(memory, code);
      const flaw = record instanceof Flaw ? record.reason : this.#flawOf(record, isWhole);
      if (flaw === null) count++;
      else {
        flaws.push(flaw);
        if (!rooms.has(code)) directory.release(code);
      }
    }
    if (kin.length > 0) events.adopted(from, count, flaws);
  }

  #flawOf(record: RoomRecord, isWhole: boolean): string | null {
    try {
      return this.options.rooms.restore(record, isWhole) ? null : "there is no place for it";
    } catch (error) {
      this.options.events.fault(error);
      return "it could not be taken up";
    }
  }
}

/** The next so many, or fewer where it is enough. */
function take<T>(items: Iterator<T>, countMax: number, isEnough: () => boolean): T[] {
  const some: T[] = [];
  while (some.length < countMax) {
    const { done, value } = items.next();
    if (done === true) break;
    some.push(value);
    if (isEnough()) break;
  }
  return some;
}
