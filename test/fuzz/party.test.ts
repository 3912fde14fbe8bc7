// A party in no order at all: create, join, leave, drop, replace, send and close at random, on the core without sockets. After
// each step every answer, every event and every seat is compared with the model. FUZZ_SEED repeats a run, FUZZ_STEPS lengthens it.
import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { Relay } from "../../src/relay.ts";
import { isRude } from "../../src/rooms/code.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { type Command, type Event, refuse } from "../../src/vocabulary.ts";
import { ManualClock } from "../support/clock.ts";
import { NotebookLine, NotebookOutlet } from "../support/notebook.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";
import { hostOf, Model } from "./model.ts";

/** Seeds that once failed, and a few to begin with. */
const SEEDS = [1, 2, 3];
const STEPS = Number(process.env.FUZZ_STEPS ?? 5_000);

const LIMITS = { ...DEFAULT_LIMITS, roomsMax: 9, roomsPerAddressMax: 4, clientsPerRoomMax: 5 };
const IDS = ["tv", "ana", "bo", "cy", "__proto__", "constructor", "7"];
const NAMES = [null, null, "Ana", "Bo"];
const CODES = ["GXHB", "gxhb", "AAAA", "WXYZ", "wxyZ"];
const NOT_CODES = ["", "AAA", "AAAAA", "AAA1", "ÄÄÄÄ"];
const LINES_MAX = 24;

class Run {
  readonly random: Random;
  readonly clock = new ManualClock();
  readonly rooms = new Rooms(LIMITS, 4, this.clock, new NotebookOutlet());
  readonly relay = new Relay(this.rooms, this.clock);
  readonly model = new Model(LIMITS, () => this.clock.now());
  readonly lines: NotebookLine[] = [];
  /** Lines that have closed; some are reported gone only later. */
  readonly dead: NotebookLine[] = [];
  bodies = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  step(): string {
    const { random } = this;
    const line = this.#someLine();
    const roll = random.below(100);
    if (roll < 10) return this.#create(line);
    if (roll < 40) return this.#join(line);
    if (roll < 47) return this.#leave(line);
    if (roll < 54) return this.#drop(line);
    if (roll < 82) return this.#send(line);
    if (roll < 86) return this.#closeRoom(line);
    if (roll < 90) return this.#flawed(line);
    if (roll < 93) return this.#ping(line);
    if (roll < 96) return this.#goneAgain();
    return this.#wait();
  }

  /** Compares everything there is. */
  check(): void {
    const { model, rooms } = this;
    for (const line of [...this.lines, ...this.dead]) {
      expect(line.heard()).toEqual(model.heard.get(line) ?? []);
      expect(line.closedAs as string | null).toBe(model.closed.get(line) ?? null);
    }
    model.heard.clear();
    expect(rooms.size).toBe(model.rooms.length);
    expect(rooms.seats).toBe(model.rooms.reduce((sum, room) => sum + room.seats.length, 0));
    for (const expected of model.rooms) {
      const room = rooms.find(expected.code.toLowerCase(), expected.wire);
      if (room === null) throw new Error(`${expected.code} is not found`);
      expect(rooms.find(expected.code, expected.wire === "party" ? "other" : "party")).toBeNull();
      expect(room.size).toBeLessThanOrEqual(room.maxClients);
      expect(room.host?.clientId ?? null).toBe(hostOf(expected));
      expect(Array.from(room.seats, (seat) => [seat.clientId, seat.name])).toEqual(
        expected.seats.map(({ clientId, name }) => [clientId, name]),
      );
      for (const [at, seat] of [...room.seats].entries()) {
        // Identity, not likeness: a mistaken line must not pass because it looks the same.
        expect(seat.line === expected.seats[at]?.line).toBe(true);
        expect(seat.line?.seat === seat).toBe(true);
        expect(seat.room === room).toBe(true);
      }
    }
    for (const line of [...this.lines, ...this.dead]) {
      const place = model.seatOf(line);
      expect(line.seat?.clientId ?? null).toBe(place?.seat.clientId ?? null);
      expect(line.hears?.code ?? null).toBe(place?.room.code ?? null);
      expect(line.hears === (line.seat?.room ?? null)).toBe(true);
    }
    for (const code of model.endedAt.keys()) {
      if (model.roomOf(code) !== null) continue;
      expect(rooms.find(code, "party")).toBeNull();
      expect(rooms.find(code, "other")).toBeNull();
    }
  }

  /** Lines that the server closed are out of play from here on; whether anyone has noticed yet is another matter. */
  bury(): void {
    for (const line of this.lines.filter((line) => line.closedAs !== null)) {
      this.lines.splice(this.lines.indexOf(line), 1);
      this.dead.push(line);
      if (this.dead.length > LINES_MAX) this.dead.shift();
    }
  }

  #someLine(): NotebookLine {
    if (this.lines.length < LINES_MAX && this.random.chance(1 / 3)) {
      const address = this.random.pick(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
      this.lines.push(new NotebookLine(this.random.chance(1 / 8) ? "other" : "party", address));
    }
    return this.lines.length === 0 ? this.#someLine() : this.random.pick(this.lines);
  }

  #ask(line: NotebookLine, command: Command): Event | null {
    return this.relay.handle(line, command);
  }

  #create(line: NotebookLine): string {
    const { random, model } = this;
    const clientId = random.pick(IDS);
    const name = random.pick(NAMES);
    const maxClients = 1 + random.below(LIMITS.clientsPerRoomMax + 1);
    const code = random.chance(1 / 2) ? null : random.pick(random.chance(1 / 4) ? NOT_CODES : CODES);
    const refusal = model.createRefusal(line, maxClients, code);
    const guest = { clientId, name, tick: false };
    const answer = this.#ask(line, { kind: "create", guest, maxClients, code, asked: asked("create") });
    if (refusal !== null) expect(nameOf(answer)).toBe(refusal);
    else {
      if (answer?.kind !== "created") throw new Error(`create answered ${JSON.stringify(answer)}`);
      expect(answer.clientId).toBe(clientId);
      expect(answer.code).toMatch(/^[A-HJ-NP-Z2-9]{4}$/);
      if (code !== null) expect(answer.code).toBe(code.toUpperCase());
      expect([model.isFree(answer.code), isRude(answer.code)]).toEqual([true, false]);
      model.open(line, answer.code, clientId, name, maxClients);
    }
    return `create ${clientId} ${code} for ${maxClients}`;
  }

  #join(line: NotebookLine): string {
    const { random, model } = this;
    const clientId = random.pick(IDS);
    const name = random.pick(NAMES);
    const open = model.rooms.map(({ code }) => code);
    const code = random.chance(1 / 6) || open.length === 0 ? random.pick([...CODES, ...NOT_CODES]) : random.pick(open);
    const typed = random.chance(1 / 2) ? code : code.toLowerCase();
    const expected = model.join(line, typed, clientId, name);
    const guest = { clientId, name, tick: false };
    const answer = this.#ask(line, { kind: "join", guest, code: typed, asked: asked("join") });
    if (typeof expected === "string") expect(nameOf(answer)).toBe(expected);
    else expect(answer).toEqual(expected);
    return `join ${clientId} → ${typed}`;
  }

  #leave(line: NotebookLine): string {
    const isIn = this.model.seatOf(line) !== null;
    this.model.rise(line, "left");
    const answer = this.#ask(line, { kind: "leave", asked: asked("leave") });
    expect(answer).toEqual(isIn ? { kind: "left" } : refuse("not_in_room"));
    return "leave";
  }

  #drop(line: NotebookLine): string {
    const reason = this.random.pick(["lost", "timeout"] as const);
    this.model.rise(line, reason);
    this.relay.gone(line, reason);
    this.lines.splice(this.lines.indexOf(line), 1);
    return `drop (${reason})`;
  }

  #send(line: NotebookLine): string {
    const { random, model } = this;
    const place = model.seatOf(line);
    const members = place?.room.seats.map(({ clientId }) => clientId) ?? [];
    const someone = () => (random.chance(1 / 5) || members.length === 0 ? random.pick(IDS) : random.pick(members));
    const to = random.pick([null, someone(), place?.seat.clientId ?? "tv", [someone(), someone(), someone()]]);
    const body = `{"n":${++this.bodies}}`;
    const ref = random.chance(1 / 3) ? "r" : undefined;
    const expected = place === null ? null : model.send(place.room, place.seat, to, body);
    const answer = this.#ask(line, { kind: "send", to, body, asked: asked("send", ref) });
    if (expected === null) expect(answer).toEqual(refuse("not_in_room"));
    else if (expected.missing.length === 0) {
      expect(answer).toEqual(ref === undefined ? null : { kind: "ack", delivered: expected.delivered });
    } else {
      expect(answer).toEqual(refuse("target_not_found", Array.isArray(to) ? expected : {}));
    }
    return `send to ${JSON.stringify(to)}`;
  }

  #closeRoom(line: NotebookLine): string {
    const place = this.model.seatOf(line);
    const isHost = place !== null && hostOf(place.room) === place.seat.clientId;
    if (isHost) this.model.close(place.room);
    const answer = this.#ask(line, { kind: "closeRoom", reason: null, asked: asked("close_room") });
    expect(answer).toEqual(isHost ? null : refuse(place === null ? "not_in_room" : "not_host"));
    return "close_room";
  }

  #flawed(line: NotebookLine): string {
    const from = this.random.pick(["outside", "inside", "anywhere"] as const);
    const isIn = this.model.seatOf(line) !== null;
    const answer = this.#ask(line, { kind: "flawed", from, refusal: refuse("too_deep"), asked: asked("create") });
    const first = from === "outside" && isIn ? "already_in_room" : from === "inside" && !isIn ? "not_in_room" : null;
    expect(nameOf(answer)).toBe(first ?? "too_deep");
    return `flawed (${from})`;
  }

  #ping(line: NotebookLine): string {
    expect(this.#ask(line, { kind: "ping", asked: asked("ping") })).toEqual({ kind: "pong", t: this.clock.now() });
    return "ping";
  }

  /** The socket of a line that was closed reports its end late: nobody may feel it. */
  #goneAgain(): string {
    if (this.dead.length > 0) this.relay.gone(this.random.pick(this.dead), "lost");
    return "gone again";
  }

  #wait(): string {
    const ms = this.random.pick([1, 1_000, 59_999, 60_000]);
    this.clock.advance(ms);
    return `wait ${ms} ms`;
  }
}

function asked(type: string, ref?: string): Command["asked"] {
  return { type, ref };
}

function nameOf(answer: Event | null): string | null {
  return answer?.kind === "refusal" ? answer.name : (answer?.kind ?? null);
}

function play(seed: number, steps: number): Run {
  const run = new Run(seed);
  for (let n = 1; n <= steps; n++) {
    let what = "a step that threw";
    try {
      what = run.step();
      run.check();
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seed}, step ${n}, ${what}: ${error instanceof Error ? error.message : error}`);
    }
    run.bury();
  }
  return run;
}

test.each(SEEDS)("[R19] a party in no order goes as the model says (seed %d)", (seed) => {
  play(seed, STEPS);
});

test("[R19] a party in no order goes as the model says, with a seed nobody has seen", () => {
  play(seedOf("FUZZ_SEED"), STEPS);
});

test("[R19] the same seed plays the same party, and the party is a lively one", () => {
  const [one, two] = [play(1, 500), play(1, 500)];
  const picture = ({ model }: Run) =>
    model.rooms.map(({ maxClients, hostId, seats }) => [maxClients, hostId, seats.length]);
  expect(picture(one)).toEqual(picture(two));
  expect([one.bodies > 50, one.model.endedAt.size > 2, one.dead.length > 5]).toEqual([true, true, true]);
});

test("[R19] the comparison can fail: a seat that nobody knows of is found", () => {
  const run = play(1, 50);
  const line = new NotebookLine("party", "192.0.2.9");
  const guest = { clientId: "stowaway", name: null, tick: false };
  run.relay.handle(line, { kind: "create", guest, maxClients: 2, code: null, asked: asked("create") });
  expect(() => run.check()).toThrow();
});
