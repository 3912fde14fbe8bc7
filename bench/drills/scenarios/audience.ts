// Ten thousand who watch one room and answer, and the game beside them: how late a state is for the last of them, whether each answer is counted once,
// what the players of another room notice, and what one who watches takes of memory [C3][C12][C15]. The server has one core, its clients another.
import { readdirSync } from "node:fs";
import { Line } from "../../client/line.ts";
import { ServerProcess } from "../../serverProcess.ts";
import { percentile } from "../../stats.ts";
import { cpuNs, rssBytes } from "../../usage.ts";
import { inParallel, until } from "../../wait.ts";
import type { Scenario, Scene } from "../scene.ts";

const WATCHING = 10_000;
/** Of one address: within what its limits let in at once. */
const PER_ADDRESS = 100;
const PLAYERS = 8;
const STATES = 60;
const STATE_BYTES = 512;
const STATE_MS_MAX = 60;
const ANSWERS_MS = 5_000;
const PING_EVERY_MS = 20;
const QUIET_MS = 5_000;
const P99_FACTOR_MAX = 3;
const HEAD_BYTES_MAX = 3 * 1024;
/** The handshakes leave garbage behind, and Bun collects it some five seconds later, when nothing happens. */
const SETTLE_MS = 8_000;
const PATIENCE_MS = 30_000;

export const audience: Scenario = {
  name: "crowd",
  about: `${WATCHING} who watch one room, on one core: a state of ${STATE_BYTES} B to all, an answer of each, players beside them`,
  secondsMax: 300,
  async run(scene) {
    pin(process.pid, 1);
    const prefix = Bun.which("taskset") === null ? [] : ["taskset", "-c", "0"];
    const server = await ServerProcess.start({ prefix });
    const host = await seated(server, "host", { type: "create", maxClients: PLAYERS, audience: WATCHING, away: 60 });
    const game = await players(server);

    await Bun.sleep(SETTLE_MS);
    const empty = rssBytes(server.pid);
    const crowd = await watch(server, host.room);
    scene.note(`${crowd.length} watch; descriptors: server ${fds(server.pid)}, clients ${fds(process.pid)}`);
    await Bun.sleep(SETTLE_MS);
    const head = (rssBytes(server.pid) - empty) / crowd.length;
    scene.note(`${Math.round(head)} B a head`);
    scene.expect(head <= HEAD_BYTES_MAX, `${Math.round(head)} B a head, more than ${HEAD_BYTES_MAX}`);

    const quiet = await echoes(game, () => Bun.sleep(QUIET_MS));
    await tellStates(scene, server, host.line, crowd);
    const busy = await echoes(game, () => answer(scene, server, host.line, crowd));
    const report = `players' p99: ${quiet.toFixed(1)} ms quiet, ${busy.toFixed(1)} ms beside the answers`;
    scene.note(report);
    scene.expect(busy <= Math.max(1, quiet) * P99_FACTOR_MAX, report);
    scene.rooms.before = 2;
    scene.rooms.after = await server.metric("partyline_rooms");
    await server.kill();
  },
};

interface Seated {
  readonly line: Line;
  readonly room: string;
}

async function seated(server: ServerProcess, name: string, request: object, from = "127.0.1.1"): Promise<Seated> {
  const line = await Line.open(`${server.url}/v1`, name, { from });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  line.onText = (text) => {
    const { type, room } = JSON.parse(text);
    if (type === "created" || type === "joined") resolve(room);
    else reject(new Error(`${name} heard ${text}`));
  };
  line.onFault = (reason) => reject(new Error(reason));
  line.say({ clientId: name, secret: `${name}-secret-of-a-seat`, ...request });
  return { line, room: await promise };
}

/** A room of its own, whose members say something now and then. */
async function players(server: ServerProcess): Promise<readonly Line[]> {
  const tv = await seated(server, "tv", { type: "create", maxClients: PLAYERS }, "127.0.2.1");
  const lines = [tv.line];
  for (let n = 1; n < PLAYERS; n++) {
    lines.push((await seated(server, `p${n}`, { type: "join", room: tv.room }, "127.0.2.1")).line);
  }
  return lines;
}

async function watch(server: ServerProcess, room: string): Promise<Line[]> {
  const lines: Line[] = [];
  await inParallel(WATCHING, async (n) => {
    const nth = Math.floor(n / PER_ADDRESS);
    const from = `127.${1 + (nth >> 7)}.${nth & 127}.1`;
    lines.push(
      (await seated(server, `watcher-${String(n).padStart(26, "0")}`, { type: "join", room, as: "audience" }, from))
        .line,
    );
  });
  return lines;
}

/** How late the last of a crowd hears a state, again and again. */
async function tellStates(scene: Scene, { pid }: ServerProcess, host: Line, crowd: readonly Line[]): Promise<void> {
  const late: number[] = [];
  const cpu: number[] = [];
  const padding = "x".repeat(STATE_BYTES - 32);
  for (let round = 0; round < STATES; round++) {
    let heard = 0;
    const ended = Promise.withResolvers<void>();
    for (const line of crowd) {
      line.onText = (text) => {
        if (text.startsWith('{"type":"state"') && ++heard === crowd.length) ended.resolve();
      };
    }
    const cpuBefore = cpuNs(pid);
    const saidAt = performance.now();
    host.say({ type: "set_state", data: { round, padding } });
    await Promise.race([ended.promise, Bun.sleep(PATIENCE_MS)]);
    scene.expect(heard === crowd.length, `${heard} of ${crowd.length} heard a state`);
    late.push(performance.now() - saidAt);
    cpu.push((cpuNs(pid) - cpuBefore) / 1e6);
    await Bun.sleep(200);
  }
  late.sort((one, other) => one - other);
  const p99 = percentile(late, 0.99);
  cpu.sort((one, other) => one - other);
  const ofServer = `${percentile(cpu, 0.5).toFixed(1)} ms of the server's CPU, ${percentile(cpu, 0.99).toFixed(1)} p99`;
  scene.note(`a state to all: ${ofServer}`);
  scene.note(`a state to all: ${percentile(late, 0.5).toFixed(1)} ms in the median, ${p99.toFixed(1)} ms p99`);
  scene.expect(p99 <= STATE_MS_MAX, `a state to all took ${p99.toFixed(1)} ms p99, more than ${STATE_MS_MAX}`);
}

/** Each of the crowd answers once, spread over five seconds; the counts at the end must be the answers. */
async function answer(scene: Scene, { pid }: ServerProcess, host: Line, crowd: readonly Line[]): Promise<void> {
  const tallies: number[] = [];
  const closed = Promise.withResolvers<{ counts: number[]; total: number }>();
  let asked = 0;
  let acks = 0;
  const all = Promise.withResolvers<void>();
  for (const line of crowd) {
    line.onText = (text) => {
      if (text.startsWith('{"type":"poll",') && ++asked === crowd.length) all.resolve();
      else if (text.startsWith('{"type":"ack"')) acks++;
    };
  }
  host.onText = (text) => {
    const frame = JSON.parse(text);
    if (frame.type === "tally") tallies.push(frame.total);
    if (frame.type === "poll_closed") closed.resolve(frame);
  };
  host.say({ type: "poll.open", poll: "q", ask: "choice", options: ["A", "B", "C"], who: "audience" });
  await all.promise;
  const beganAt = performance.now();
  const cpuBefore = cpuNs(pid);
  let next = 0;
  while (next < crowd.length) {
    const due = Math.min(crowd.length, Math.ceil(((performance.now() - beganAt) / (ANSWERS_MS - 500)) * crowd.length));
    for (; next < due; next++) crowd[next]?.say({ type: "answer", poll: "q", choice: next % 3, id: 1 });
    await Bun.sleep(2);
  }
  await until(PATIENCE_MS, () => acks === crowd.length);
  const tookMs = performance.now() - beganAt;
  const ofServer = (cpuNs(pid) - cpuBefore) / 1e6;
  scene.note(`${crowd.length} answers took ${Math.round(ofServer)} ms of the server's CPU`);
  host.say({ type: "poll.close", poll: "q" });
  const { counts, total } = await closed.promise;
  const expected = [0, 1, 2].map((option) => Math.ceil((crowd.length - option) / 3));
  scene.note(
    `${acks} answers within ${Math.round(tookMs)} ms, ${tallies.length} tallies; counted ${counts} of ${total}`,
  );
  scene.expect(Bun.deepEquals(counts, expected), `counted ${counts} where ${expected} had answered`);
  scene.expect(tookMs <= ANSWERS_MS, `${acks} answers took ${Math.round(tookMs)} ms`);
}

/** The p99 of how long a message of one player takes to another, in ms, while something goes on. */
async function echoes([tv, phone]: readonly Line[], work: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  if (tv === undefined || phone === undefined) return Number.NaN;
  tv.onText = (text) => {
    const { data } = JSON.parse(text);
    if (typeof data === "number") took.push(performance.now() - data);
  };
  const timer = setInterval(() => phone.say({ type: "send", data: performance.now() }), PING_EVERY_MS);
  await work();
  clearInterval(timer);
  took.sort((one, other) => one - other);
  return percentile(took, 0.99);
}

function pin(pid: number, core: number): void {
  if (Bun.which("taskset") !== null) Bun.spawnSync(["taskset", "-acp", `${core}`, `${pid}`]);
}

function fds(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
