// `bun bench/speed/snapshots.ts [rooms]`: what keeping the rooms costs those who play in them. Rooms of 8 with a history, without sockets,
// in processes of their own: how long the loop's turns are while snapshots are written, cold and warm; the CPU time that they take where
// one room in a hundred changes each second; and how long the last one at a stop takes.

import { existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { Kept } from "../../src/limits/kept.ts";
import { Outgoing } from "../../src/limits/outgoing.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { openLog } from "../../src/log.ts";
import type { Outlet, Watcher } from "../../src/rooms/ports.ts";
import type { Room } from "../../src/rooms/room.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import type { Line } from "../../src/rooms/seat.ts";
import { SnapshotFile } from "../../src/snapshot/file.ts";
import { Pace } from "../../src/snapshot/pace.ts";
import { SnapshotSchedule } from "../../src/snapshot/schedule.ts";

const SIZE = 8;
const HISTORY = 32;
const BODY = JSON.stringify({ x: 12.5, y: 7.25, text: "h".repeat(70) });
const PLAYER = JSON.stringify({ hat: 3, colour: "#ff8800", score: 1200 });
const STATE = JSON.stringify({ level: 3, phase: "question", until: 1_800_000_000_000 });
/** So many of the rooms change each second. */
const CHANGED_SHARE = 0.01;
const BUSY_SHARE = 0.3;
const COLD_MS = 8_000;
const WARM_MS = 20_000;
/** How long a turn is in which nothing is done. */
const TURN_MS = 0.1;

const figures = Buffer.alloc(64);
const own = `/proc/self/task/${process.pid}/schedstat`;
const schedstat = existsSync(own) ? openSync(own, "r") : null;

const MODES: Readonly<Record<string, (rooms: number) => Promise<void>>> = { quiet, turns, cpu, last };

/** The longest turns with no snapshots at all: what the machine and the collector do by themselves. */
async function quiet(count: number): Promise<void> {
  const { change } = stage(count);
  const stop = changing(change, count);
  tell(`no snapshots, ${COLD_MS / 1000} s`, await turnsFor(COLD_MS));
  stop();
  process.exit();
}

async function turns(count: number): Promise<void> {
  const { schedule, change, pace, file } = stage(count);
  const warmed = performance.now();
  await file.warm();
  console.log(`warmed up in ${(performance.now() - warmed).toFixed(0)} ms`);
  const stop = changing(change, count);
  schedule.start();
  tell(`cold, first ${COLD_MS / 1000} s`, await turnsFor(COLD_MS));
  pace.tell();
  tell(`warm, ${WARM_MS / 1000} s`, await turnsFor(WARM_MS));
  pace.tell();
  stop();
  // More than can be written: file after file is begun.
  const stopBusy = changing(change, count, BUSY_SHARE);
  tell(`busy, ${WARM_MS / 1000} s`, await turnsFor(WARM_MS));
  pace.tell();
  stopBusy();
  process.exit();
}

/** CPU time of snapshots: with them less without. */
async function cpu(count: number): Promise<void> {
  const { schedule, change } = stage(count);
  const stop = changing(change, count);
  const spent = async (ms: number) => {
    const before = process.cpuUsage();
    await Bun.sleep(ms);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / ms;
  };
  await spent(2_000);
  const without = await spent(WARM_MS);
  schedule.start();
  await spent(COLD_MS);
  const most = await spent(WARM_MS);
  console.log(
    `CPU a second: ${without.toFixed(1)} ms without snapshots, ${most.toFixed(1)} ms with, ${(most - without).toFixed(1)} ms for them`,
  );
  stop();
  process.exit();
}

async function last(count: number): Promise<void> {
  const { schedule, path } = stage(count);
  schedule.start();
  await Bun.sleep(COLD_MS);
  const began = performance.now();
  const before = process.cpuUsage();
  const areKept = await schedule.finish();
  const { user, system } = process.cpuUsage(before);
  console.log(
    `the last one: ${Math.round(performance.now() - began)} ms, CPU ${Math.round((user + system) / 1000)} ms, ${Math.round(statSync(path).size / 1e6)} MB, kept: ${areKept}`,
  );
  process.exit();
}

function tell(when: string, { longest, over2, p999, count }: Turns): void {
  const ms = longest.map((one) => one.toFixed(2)).join(", ");
  console.log(`${when}: longest turns ${ms} ms; over 2 ms: ${over2}; p99.9 ${p999.toFixed(3)} ms of ${count}`);
}

interface Turns {
  readonly longest: readonly number[];
  readonly over2: number;
  readonly p999: number;
  readonly count: number;
}

/** How long the turns of the loop are, which does nothing else, without the time that its thread waited for a processor. */
function turnsFor(ms: number): Promise<Turns> {
  const gaps = new Float32Array(1_000_000);
  let count = 0;
  const ends = performance.now() + ms;
  let before = performance.now();
  let waitedBefore = waitedMs();
  return new Promise((resolve) => {
    function turn(): void {
      // Turns without end would make garbage without end, and measure the collector.
      while (performance.now() - before < TURN_MS);
      const now = performance.now();
      const waited = waitedMs();
      gaps[count++ % gaps.length] = now - before - (waited - waitedBefore);
      waitedBefore = waited;
      before = now;
      if (now < ends) return void setImmediate(turn);
      const sorted = gaps.subarray(0, count).sort();
      const over2 = sorted.filter((gap) => gap > 2).length;
      const longest = [...sorted.slice(-5)].reverse();
      resolve({ longest, over2, p999: sorted[Math.floor(count * 0.999)] ?? 0, count });
    }
    setImmediate(turn);
  });
}

/** For how long this thread has been ready to run while others had the processor, in ms; where the kernel does not say, 0. */
function waitedMs(): number {
  if (schedstat === null) return 0;
  const read = readSync(schedstat, figures, 0, figures.length, 0);
  return Number(figures.toString("latin1", 0, read).split(" ")[1]) / 1e6;
}

/** Changes rooms at their pace, one after the other; the answer stops it. */
function changing(change: (n: number) => void, count: number, share = CHANGED_SHARE): () => void {
  let at = 0;
  let due = 0;
  const timer = setInterval(() => {
    due += (count * share) / 100;
    for (; due >= 1; due--) change(at++);
  }, 10);
  return () => clearInterval(timer);
}

/** Notes how long the slices are, without the time that they waited for a processor. */
class NotingPace extends Pace {
  #slices: number[] = [];
  #waited = 0;

  override rest(workMs: number): Promise<void> {
    const waited = waitedMs();
    this.#slices.push(Math.max(0, workMs - (waited - this.#waited)));
    return super.rest(workMs).finally(() => {
      this.#waited = waitedMs();
    });
  }

  /** Says what they were, and forgets them. */
  tell(): void {
    const sorted = this.#slices.sort((a, b) => b - a);
    const ms = (at: number) => sorted[at]?.toFixed(2);
    console.log(
      `  ${sorted.length} slices: longest ${ms(0)}, ${ms(1)}, ${ms(2)} ms, median ${ms(sorted.length >> 1)} ms`,
    );
    this.#slices = [];
  }
}

function stage(count: number) {
  const limits = { ...DEFAULT_LIMITS, roomsMax: count, roomsPerAddressMax: count, keptMiB: 4_096 };
  const kept = new Kept(limits);
  const secrets = { seal: (secret: string) => `sealed ${secret}`.padEnd(44, "x"), isSame: () => true };
  const deps = { outlet: outlet(), secrets, watcher: watcher(), outgoing: new Outgoing(limits), kept };
  const rooms = new Rooms(limits, 4, systemClock, deps);
  const rules = {
    awayMs: 60_000,
    historyMax: HISTORY,
    hostGone: "migrate",
    capCounts: "seats",
    idsAre: "public",
    isNumbered: false,
    creatorPlays: false,
  } as const;
  const all: Room[] = [];
  for (let n = 0; n < count; n++) {
    const wish = { rules, state: STATE, wireData: null, defaults: null, maxClients: 16, code: null };
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const guest = (name: string) => ({ clientId: crypto.randomUUID(), name, secret: `${name}'s`, tick: false });
    const room = rooms.open(line(address), guest("tv"), wish);
    if ("kind" in room) throw new Error(`no room ${n}: ${room.name}`);
    for (let at = 1; at < SIZE; at++) {
      const phone = line(address);
      room.join(phone, guest(`phone ${at}`), null, { type: "join", ref: undefined } as never);
      if (phone.seat !== null) room.setPlayer(phone.seat, { body: PLAYER, shape: null });
    }
    const [tv] = room.seats;
    if (tv !== undefined) for (let at = 0; at < HISTORY; at++) room.send(tv, null, BODY);
    all.push(room);
  }
  const folder = mkdtempSync(join(tmpdir(), "partyline-snapshots-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "rooms.snapshot");
  const pace = new NotingPace();
  const file = new SnapshotFile(path, new Uint8Array(32).fill(7), Date.now, pace);
  const schedule = new SnapshotSchedule(file, rooms, systemClock, openLog("warn"), () => true);
  const change = (n: number) => {
    const room = all[n % all.length];
    const [tv] = room?.seats ?? [];
    if (tv !== undefined) room?.setState(tv, STATE);
  };
  return { schedule, change, path, pace, file };
}

function line(address: string): Line<Room> {
  return { wire: "party", number: null, address, origin: "https://game.example", seat: null, tell() {}, close() {} };
}

function outlet(): Outlet {
  const silent = { enter() {}, quit() {}, attend() {}, unattend() {}, tellAll() {}, tellRoom() {}, tellAudience() {} };
  return { ...silent, tellOne() {}, tellSome() {}, sizeOf: () => 0 };
}

function watcher(): Watcher<Room> {
  return { rooms: new Set(), left() {}, ending() {}, picture: () => null };
}

const [first, second] = process.argv.slice(2);
const mode = MODES[first ?? ""];
if (mode !== undefined) await mode(Number(second));
else
  for (const name of Object.keys(MODES))
    Bun.spawnSync([process.execPath, import.meta.path, name, first ?? "10000"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
