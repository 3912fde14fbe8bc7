// `bun bench/snapshot.ts [rooms…]`: what it costs to keep rooms over the end of the process [R48]: how long the writer holds a turn
// that others wait for, what CPU and disk it takes, and how long a start needs to take them up. Rooms of eight with a history of 64,
// half full with messages of 100 bytes; last, one room with the worst history there can be. The core in this process, over lines
// that hear nothing (as historyMemory.ts): a server's other work would hide what is looked for.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "../src/dialects/party/decode.ts";
import { DEFAULT_LIMITS, WIRE } from "../src/limits/table.ts";
import { HISTORY_BYTES_MAX, HISTORY_ENTRY_BYTES } from "../src/rooms/history.ts";
import type { Room } from "../src/rooms/room.ts";
import type { Line } from "../src/rooms/seat.ts";
import { SnapshotFile } from "../src/snapshot/file.ts";
import { assemble } from "../test/support/core.ts";

const SEATS = 8;
const HISTORY = 64;
const MESSAGES = HISTORY / 2;
const BODY_BYTES = 100;
const ROUNDS = 5;
const TIMER_MS = 1;
const BYTES_PER_MB = 1024 * 1024;
const WORST = "worst";

const clock = { wall: Date.now, now: Date.now, after: () => () => {}, soon() {} };
const deaf = { enter() {}, quit() {}, tellRoom() {}, tellOne() {}, tellSome() {} };
const limits = { ...DEFAULT_LIMITS, roomsPerAddressMax: Number.POSITIVE_INFINITY };
const newCore = () => assemble(limits, clock, deaf);

function newLine(): Line<Room> {
  return { wire: "party", address: "192.0.2.1", origin: "unknown", number: null, seat: null, tell() {}, close() {} };
}

function fill(count: number, history: number, messages: number, bodyBytes: number) {
  const { rooms, relay } = newCore();
  const ask = (line: Line<Room>, frame: object) => {
    const command = decode(JSON.stringify(frame), DEFAULT_LIMITS.dataDepthMax);
    if (command.kind === "unreadable") throw new Error("the bench speaks the wire badly");
    const { answer } = relay.handle(line, command);
    if (answer?.kind === "refusal") throw new Error(answer.text);
    return answer;
  };
  const guest = () => ({ clientId: crypto.randomUUID(), secret: crypto.randomUUID(), name: "Somebody" });
  for (let n = 0; n < count; n++) {
    const lines = Array.from({ length: SEATS }, newLine);
    const [host] = lines;
    if (host === undefined) throw new Error("a room needs a host");
    const rules = { away: 60, history, state: { round: n } };
    const created = ask(host, { type: "create", ...guest(), maxClients: SEATS, ...rules });
    const room = created?.kind === "created" ? created.picture.code : "";
    for (const line of lines.slice(1)) ask(line, { type: "join", ...guest(), room });
    for (let sent = 0; sent < messages; sent++) {
      const line = lines[sent % SEATS];
      if (line !== undefined) ask(line, { type: "send", data: `${n}-${sent}-`.padEnd(bodyBytes - 2, "x") });
    }
  }
  return rooms;
}

/** How long others waited for their turn while the work was done, in ms, each time they wanted one. */
async function gapsOf(work: () => Promise<unknown>): Promise<number[]> {
  const gaps: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, TIMER_MS);
  await work();
  gaps.push(performance.now() - last);
  clearInterval(timer);
  return gaps;
}

function gapsText(gaps: number[]): string {
  gaps.sort((a, b) => a - b);
  const at = (part: number) => (gaps[Math.floor((gaps.length - 1) * part)] ?? 0).toFixed(1);
  return `gaps p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

async function measure(what: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "partyline-snapshot-"));
  const file = new SnapshotFile(join(folder, "rooms.snapshot"), new Uint8Array(32));
  const size = () => `${(statSync(file.path).size / BYTES_PER_MB).toFixed(1)} MB`;
  const worstBody = HISTORY_BYTES_MAX / WIRE.historyMax - HISTORY_ENTRY_BYTES;
  const rooms =
    what === WORST
      ? fill(1, WIRE.historyMax, WIRE.historyMax, worstBody)
      : fill(Number(what), HISTORY, MESSAGES, BODY_BYTES);
  Bun.gc(true);
  console.log(`${what} ${what === WORST ? "room" : "rooms"}`);
  const idle = await gapsOf(() => Bun.sleep(1_000));
  console.log(`  no writer at all: ${gapsText(idle)}`);
  for (const isWhole of [false, true]) {
    const all: number[] = [];
    let workMs = 0;
    const cpu = process.cpuUsage();
    const began = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      const gaps = await gapsOf(async () => (workMs += await file.write(rooms.records(isWhole), isWhole)));
      all.push(...gaps);
    }
    const wallMs = (performance.now() - began) / ROUNDS;
    const { user, system } = process.cpuUsage(cpu);
    console.log(
      `  ${isWhole ? "the last one" : "one in between"}: ${size()}, ${wallMs.toFixed(0)} ms, own turns ${(workMs / ROUNDS).toFixed(0)} ms, CPU ${((user + system) / 1000 / ROUNDS).toFixed(0)} ms; ${gapsText(all)}`,
    );
  }
  const began = performance.now();
  const taken = file.read();
  const readMs = performance.now() - began;
  const next = newCore();
  for (const memory of taken?.records ?? []) next.rooms.restore(memory, true);
  const allMs = performance.now() - began;
  if (next.rooms.size !== rooms.size) throw new Error("rooms were lost");
  console.log(`  taken up in ${allMs.toFixed(0)} ms, ${readMs.toFixed(0)} of them to read`);
  rmSync(folder, { recursive: true });
}

if (process.argv[2] === "measure") {
  await measure(process.argv[3] ?? WORST);
} else {
  const asked = process.argv.slice(2);
  for (const what of asked.length > 0 ? asked : ["100", "1000", "10000", WORST]) {
    // Each in a process of its own, so that none stands on another's garbage.
    Bun.spawnSync([process.execPath, import.meta.path, "measure", what], { stdout: "inherit", stderr: "inherit" });
  }
}
