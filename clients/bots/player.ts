// One bot: the client as a game has it, on a line of its own through a valve, and what a script is given to play with. What goes by on its line
// is written into the books of its room.
import { type CreateOptions, createRoom, joinRoom, PartylineError, type Room } from "../js/src/index.ts";
import { type Bot, botOf, type Script } from "./bot.ts";
import { count, type Figures, note } from "./figures.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { type Heard, type Reader, ReadSocket } from "./socket.ts";
import { Valve } from "./valve.ts";

export interface PlayerOptions {
  readonly url: string;
  readonly name: string;
  readonly index: number;
  readonly rng: Random;
  readonly figures: Figures;
  readonly latency: { readonly ms: number; readonly spreadMs: number };
}

/** So long after its waking, or its coming back, a phone's answers are those of one that has just woken. */
const JUST_WOKEN_MS = 2_000;
const FENCE = "bots-fence";
const FENCE_MS = 10_000;
const GOODBYE_MS = 500;
const HANDSHAKE = /^HTTP\/1\.\d (\d{3})/;

export class Player {
  room: Room | null = null;
  readonly bot: Bot;
  readonly #end = new AbortController();
  readonly #valve: Valve;
  #ledger: Ledger | null = null;
  #socket: ReadSocket | null = null;
  #epoch: string | undefined;
  /** When its network was there again: it woke, or its line was cut, in ms of performance.now(). */
  #wokeAt = Number.NEGATIVE_INFINITY;
  /** 0: it is not away. */
  #awayAt = 0;
  #isCut = false;
  #isLeaving = false;
  /** As the client calls itself; empty until it has said so. */
  #id = "";
  #isIn = false;
  readonly #askedAt = new Map<unknown, number>();
  #pingedAt: number[] = [];
  #fenced: (() => void) | null = null;

  private constructor(
    valve: Valve,
    private readonly options: PlayerOptions,
  ) {
    this.#valve = valve;
    this.bot = botOf({
      ...{ name: options.name, index: options.index, rng: options.rng },
      ...{ signal: this.#end.signal, measures: options.figures.measures },
      isAsleep: () => valve.isAsleep,
      sleep: () => {
        options.figures.sleeps++;
        valve.sleep();
      },
      wake: () => this.#wake(),
      drop: () => this.cut("reset"),
      threw: (error) => this.#threw(error),
    });
    const { latency, rng, figures } = options;
    // Half of it each way.
    if (latency.ms > 0)
      valve.delayMs = () => rng.between(latency.ms - latency.spreadMs, latency.ms + latency.spreadMs) / 2;
    valve.onAnswer = (bytes) => {
      const [, status = "101"] = HANDSHAKE.exec(bytes.subarray(0, 16).toString("latin1")) ?? [];
      if (status !== "101") count(figures.turnedDown, status);
    };
  }

  static async make(options: PlayerOptions): Promise<Player> {
    return new Player(await Valve.open(options.url), options);
  }

  get name(): string {
    return this.options.name;
  }

  get valve(): Valve {
    return this.#valve;
  }

  /** @throws {PartylineError} the server's no, or `unreachable` */
  async create(maxClients: number, more: Partial<CreateOptions>, ledger: Ledger): Promise<Room> {
    return this.#in(ledger, (line) => createRoom({ away: 60, history: 256, ...more, ...line, maxClients }));
  }

  /** @throws {PartylineError} the server's no, or `unreachable` */
  async join(code: string, ledger: Ledger): Promise<Room> {
    return this.#in(ledger, (line) => joinRoom({ ...line, room: code }));
  }

  /** Plays until the script is at its end, or the run. A throw is the script's, and is told. */
  async play(script: Script["player"]): Promise<void> {
    const { room } = this;
    if (script === undefined || room === null) return;
    try {
      await script(room, this.bot);
    } catch (error) {
      this.#threw(error);
    }
  }

  get isHere(): boolean {
    return this.room?.status === "here";
  }

  get isOver(): boolean {
    return this.room === null || this.room.status === "over";
  }

  /** The run is over: the script falls silent, and a phone that sleeps is woken. */
  hush(): void {
    this.#end.abort();
    this.#wake();
  }

  /** Resolves when everything that it had been told by now has been heard; whether it has. */
  async fenced(): Promise<boolean> {
    const socket = this.#socket;
    if (!this.isHere || socket === null) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), FENCE_MS);
      this.#fenced = () => {
        clearTimeout(timer);
        resolve(true);
      };
      socket.send(JSON.stringify({ type: "ping", id: FENCE }));
    });
  }

  async leave(isHost: boolean): Promise<void> {
    this.#isLeaving = true;
    const { room } = this;
    if (room !== null && room.status !== "over")
      await (isHost ? room.close("The bots are done") : room.leave()).catch(() => {});
    // What says goodbye is no line that was lost.
    const endAt = performance.now() + GOODBYE_MS;
    while (this.#valve.open > 0 && performance.now() < endAt) await Bun.sleep(5);
    await this.#valve.close();
  }

  /** Its line is cut, as by a tunnel: what is on its way is lost, or said before. */
  cut(how: "reset" | "end"): void {
    if (this.#valve.isAsleep || this.#valve.open === 0) return;
    this.#isCut = true;
    this.#valve.cut(how);
    this.#wokeAt = performance.now();
  }

  async #in(
    ledger: Ledger,
    open: (line: { url: string; name: string; seats: null; socket: (url: string) => ReadSocket }) => Promise<Room>,
  ): Promise<Room> {
    const { url, name, figures } = this.options;
    const { host, pathname, search } = new URL(url);
    const behind = new URL(pathname + search, this.#valve.url).href;
    this.#ledger = ledger;
    const socket = (at: string) => {
      const opened = new ReadSocket(at, host, this.#reader());
      this.#socket = opened;
      return opened;
    };
    const room = await open({ url: behind, name, seats: null, socket });
    this.room = room;
    room.on("message", (_, __, { seq }) => {
      if (seq === undefined) figures.unnumbered++;
      else ledger.told(this.#id, this.#epoch, seq);
    });
    room.on("status", (status) => this.#became(status));
    room.on("over", ({ why, code }) => {
      ledger.over(this.#id);
      if (!this.#end.signal.aborted) count(figures.over, code === undefined ? why : `${why} (${code})`);
      this.#end.abort();
    });
    return room;
  }

  #became(status: Room["status"]): void {
    const now = performance.now();
    if (status === "away") this.#awayAt ||= now;
    if (status !== "here" || this.#awayAt === 0) return;
    note(this.options.figures.back, now - Math.max(this.#awayAt, this.#wokeAt));
    this.#awayAt = 0;
    this.#wokeAt = now;
  }

  #reader(): Reader {
    const { figures } = this.options;
    let isOpen = false;
    return {
      opened: () => {
        isOpen = true;
        this.#pingedAt = [];
        this.#askedAt.clear();
      },
      said: (text) => this.#said(text),
      heard: (frame) => this.#heard(frame),
      closed: (code) => {
        // One that was never open is counted by how the server answered, if it did.
        if (!isOpen || this.#isLeaving) return;
        if (this.#isCut) figures.cut++;
        else if (code === null) figures.letGo += Number(this.#isIn);
        else count(figures.closes, code);
        this.#isCut = false;
      },
    };
  }

  #said(text: string): void {
    const { type, id, data, to, clientId } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const now = performance.now();
    if (type === "ping" && id === undefined) this.#pingedAt.push(now);
    else if (id !== undefined && id !== FENCE) this.#askedAt.set(id, now);
    if (type === "join" || type === "create") {
      if (this.#id === "") this.#ledger?.seat(`${clientId}`, this.name);
      this.#id = `${clientId}`;
      return;
    }
    const those = typeof to === "string" ? [to] : Array.isArray(to) ? to.map(String) : [];
    const targets = those.filter((one) => one !== "");
    const n = typeof id === "number" ? id : null;
    this.#ledger?.said(this.#id, n, `${type}`, targets.length === 0 ? null : targets, hashOf(data));
  }

  #heard(frame: Heard): void {
    const { figures } = this.options;
    const { type, id } = frame;
    if (type === "joined" || type === "created") this.#arrived(frame);
    else if (type === "pong") this.#ponged(id);
    else if (type === "ack" || type === "error") {
      this.#trip(this.#askedAt.get(id));
      this.#askedAt.delete(id);
      if (id === "join") return;
      if (type === "error") {
        count(figures.errors, `${frame.code}`);
        this.#ledger?.refused(this.#id, Number(id));
      } else this.#ledger?.acked(this.#id, Number(id), this.#epoch, frame.seq);
    } else this.#told(frame);
  }

  #arrived(frame: Heard): void {
    const { figures } = this.options;
    const { epoch, resumed, missed = [] } = frame;
    this.#epoch = epoch;
    if (this.#isIn) figures[resumed === true ? "resumed" : "fresh"]++;
    // Whose first answer was lost on the way finds its seat taken, by itself: that is its first all the same.
    this.#ledger?.arrived(this.#id, this.#isIn ? frame : { ...frame, resumed: false });
    this.#isIn = true;
    for (const one of missed) {
      figures.missed++;
      this.#told(one);
    }
  }

  #told(frame: Heard): void {
    const { type, seq, from, data } = frame;
    if (seq === undefined) return;
    const message = type === "message" && from !== undefined ? { from, hash: hashOf(data) } : null;
    this.#ledger?.heard(this.#id, this.#epoch, seq, message);
  }

  #ponged(id: unknown): void {
    if (id === FENCE) {
      this.#fenced?.();
      this.#fenced = null;
    } else this.#trip(this.#pingedAt.shift());
  }

  #trip(askedAt: number | undefined): void {
    if (askedAt === undefined) return;
    const { awake, woken } = this.options.figures;
    const now = performance.now();
    note(askedAt < this.#wokeAt + JUST_WOKEN_MS ? woken : awake, now - askedAt);
  }

  #wake(): void {
    if (!this.#valve.isAsleep) return;
    this.#wokeAt = performance.now();
    this.#valve.wake();
  }

  #threw(error: unknown): void {
    const { figures, name } = this.options;
    // What was under way when the run or the room ended is no fault of the script.
    if (error instanceof PartylineError && (this.#end.signal.aborted || error.code === "over")) return;
    figures.thrown++;
    const request = error instanceof PartylineError && error.request !== undefined ? ` (${error.request})` : "";
    figures.examples.push(`${name}'s script threw ${error instanceof Error ? error.message : String(error)}${request}`);
  }
}

/** 0: there is nothing. */
function hashOf(data: unknown): number {
  return data === undefined ? 0 : Number(Bun.hash.xxHash32(JSON.stringify(data)));
}
