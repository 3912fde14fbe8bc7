// `bun bench/historyMemory.ts`: what ten thousand rooms of eight keep in their histories, 64 messages of 100 bytes each, against
// what the bound says. The core and the party dialect in this process, over lines that hear nothing: 80,000 sockets would need
// more descriptors than the machine has, and would hide what is looked for.

import { decode } from "../src/dialects/party/decode.ts";
import { DEFAULT_LIMITS } from "../src/limits/table.ts";
import { HISTORY_ENTRY_BYTES } from "../src/rooms/history.ts";
import type { Room } from "../src/rooms/room.ts";
import type { Line } from "../src/rooms/seat.ts";
import { assemble } from "../test/support/core.ts";

const ROOMS = 10_000;
const SEATS = 8;
const HISTORY = 64;
const BODY_BYTES = 100;
const BYTES_PER_MB = 1024 * 1024;

const clock = { wall: Date.now, now: Date.now, after: () => () => {}, soon() {} };
const deaf = { enter() {}, quit() {}, tellRoom() {}, tellOne() {}, tellSome() {} };

function fill(history: number): number {
  const limits = { ...DEFAULT_LIMITS, roomsMax: ROOMS, roomsPerAddressMax: Number.POSITIVE_INFINITY };
  const { rooms, relay } = assemble(limits, clock, deaf);
  const ask = (line: Line<Room>, frame: object) => {
    const command = decode(JSON.stringify(frame), DEFAULT_LIMITS.dataDepthMax);
    if (command.kind === "unreadable") throw new Error("the bench speaks the wire badly");
    const { answer } = relay.handle(line, command);
    if (answer?.kind === "refusal") throw new Error(answer.text);
    return answer;
  };
  const newLine = (): Line<Room> => ({
    wire: "party",
    address: "192.0.2.1",
    origin: "unknown",
    number: null,
    seat: null,
    tell() {},
    close() {},
  });
  for (let n = 0; n < ROOMS; n++) {
    const lines = Array.from({ length: SEATS }, newLine);
    const [host] = lines;
    if (host === undefined) throw new Error("a room needs a host");
    const created = ask(host, { type: "create", clientId: crypto.randomUUID(), maxClients: SEATS, history });
    const room = created?.kind === "created" ? created.picture.code : "";
    for (const line of lines.slice(1)) ask(line, { type: "join", clientId: crypto.randomUUID(), room });
    for (let sent = 0; sent < HISTORY; sent++) {
      const line = lines[sent % SEATS];
      if (line !== undefined) ask(line, { type: "send", data: `${n}-${sent}-`.padEnd(BODY_BYTES - 2, "x") });
    }
  }
  Bun.gc(true);
  const bytes = process.memoryUsage.rss();
  // Still needed: a room that nobody can reach any more would be collected before it is weighed.
  if (rooms.size !== ROOMS) throw new Error("rooms were lost");
  return bytes;
}

if (process.argv[2] === "weigh") {
  console.log(fill(Number(process.argv[3])));
} else {
  // Each in a process of its own, so that neither stands on the other's garbage.
  const weigh = (history: number) =>
    Number(Bun.spawnSync([process.execPath, import.meta.path, "weigh", String(history)]).stdout.toString());
  const [without, withHistory] = [weigh(0), weigh(HISTORY)];
  const kept = ROOMS * HISTORY;
  const perMessage = (withHistory - without) / kept;
  const predicted = BODY_BYTES + HISTORY_ENTRY_BYTES;
  console.log(`rooms without history: ${(without / BYTES_PER_MB).toFixed(0)} MB for ${ROOMS} rooms of ${SEATS}`);
  console.log(`with ${HISTORY} messages of ${BODY_BYTES} bytes each: ${(withHistory / BYTES_PER_MB).toFixed(0)} MB`);
  console.log(`a kept message: ${perMessage.toFixed(0)} bytes; counted as ${predicted} by the bound`);
}
