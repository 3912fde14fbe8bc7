// `bun bench/sessionserver.ts [--hz 20] [--seconds 10]`: a hundred sessions of eight, in which every member updates its data twenty times
// a second, against one server on a core of its own. Each update carries a counter, and each receiver checks each sender's: nothing may
// be lost and nothing overtaken, or this exits with 1. Not part of `bun run bench`: it shows a promise, it compares nobody.

import { parseArgs } from "node:util";
import { CONTESTANTS } from "./contestants.ts";
import { inParallel, until } from "./crowd.ts";
import { settle } from "./machine.ts";
import { Peer } from "./peer.ts";
import { killAll, startServer } from "./serverProcess.ts";
import { percentile } from "./stats.ts";
import { cpuNs } from "./usage.ts";

const SESSIONS = 100;
const MEMBERS = 8;
const ENTER_TIMEOUT_MS = 30_000;
/** A machine that is too slow takes longer; past this it has failed. */
const TIMES_TOO_LONG = 6;
const LINGER_MS = 10_000;
const BREATH_MS = 1;
const NS_PER_MS = 1_000_000;
const UPDATE = '{"command":"playerUpdate","error":0,"playerID":';

const tally = { heard: 0, outOfOrder: 0, playerJoins: 0, faults: [] as string[] };
let latencies = new Float64Array(0);

/** One player, and what it has heard of each of its session. */
class Member {
  sent = 0;
  readonly lastOf = new Map<number, number>();
  #entered: ((ids: { sessionID: number; playerID: number }) => void) | null = null;

  private constructor(private readonly peer: Peer) {
    peer.onText = (text) => this.#hear(text);
    peer.onFault = (reason) => tally.faults.push(reason);
  }

  static async open(port: number, id: string): Promise<Member> {
    return new Member(await Peer.open(id, port, "/sessionserver"));
  }

  /** Answers the session's number. */
  async enter(request: object): Promise<number> {
    const ids = await new Promise<{ sessionID: number; playerID: number }>((resolve) => {
      this.#entered = resolve;
      this.peer.say(request);
    });
    return ids.sessionID;
  }

  update(): void {
    this.peer.say({ command: "updatePlayer", player: { n: this.sent++, at: performance.now(), x: 0.5, y: -27.125 } });
  }

  drop(): void {
    this.peer.drop();
  }

  #hear(text: string): void {
    if (text.startsWith(UPDATE)) this.#check(text);
    else if (text.startsWith('{"command":"playerJoin"')) tally.playerJoins++;
    else if (text.startsWith('{"command":"sessionJoin","error":0')) this.#entered?.(JSON.parse(text));
    else tally.faults.push(`heard ${text.slice(0, 200)}`);
  }

  /** By hand: JSON.parse of 128,000 texts a second would be the client's whole core. */
  #check(text: string): void {
    const idEnd = text.indexOf(",", UPDATE.length);
    const playerID = Number(text.slice(UPDATE.length, idEnd));
    const countAt = text.indexOf(":", idEnd + '"player":'.length + 1) + 1;
    const countEnd = text.indexOf(",", countAt);
    const count = Number(text.slice(countAt, countEnd));
    const timeAt = countEnd + ',"at":'.length;
    const sentAt = Number(text.slice(timeAt, text.indexOf(",", timeAt)));
    if (count !== (this.lastOf.get(playerID) ?? -1) + 1) tally.outOfOrder++;
    this.lastOf.set(playerID, count);
    latencies[tally.heard++] = performance.now() - sentAt;
  }
}

async function gather(port: number): Promise<Member[]> {
  const members: Member[] = [];
  const data = { session: { map: "castle" }, player: { n: 0, at: 0, x: 0, y: 0 } };
  await inParallel(SESSIONS, async (session) => {
    const creator = await Member.open(port, `s${session}p0`);
    members.push(creator);
    const sessionID = await creator.enter({ command: "createSession", ...data });
    for (let n = 1; n < MEMBERS; n++) {
      const member = await Member.open(port, `s${session}p${n}`);
      members.push(member);
      await member.enter({ command: "joinSession", sessionID });
    }
  });
  // Who joins hears of each that is there, and each of them of who joins.
  const joins = SESSIONS * MEMBERS * (MEMBERS - 1);
  await until(ENTER_TIMEOUT_MS, () => tally.playerJoins === joins || tally.faults.length > 0);
  if (tally.playerJoins !== joins)
    tally.faults.push(`${tally.playerJoins} of ${joins} playerJoin while sessions filled`);
  return members;
}

/** Everyone in turn, evenly over time; answers how long it took, in ms. What is due and late is sent at once. */
async function play(members: readonly Member[], updates: number, perSecond: number): Promise<number> {
  const start = performance.now();
  const deadline = start + (updates / perSecond) * 1000 * TIMES_TOO_LONG;
  let sent = 0;
  while (sent < updates && tally.faults.length === 0 && performance.now() < deadline) {
    const due = Math.min(updates, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; sent < due; sent++) members[sent % members.length]?.update();
    await Bun.sleep(BREATH_MS);
  }
  return performance.now() - start;
}

function wholeNumber(text: string | undefined, fallback: number, name: string): number {
  const value = Number(text ?? fallback);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000) return value;
  throw new Error(`--${name} takes a whole number from 1 to 1000`);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { hz: { type: "string" }, seconds: { type: "string" } } });
  const [hz, seconds] = [wholeNumber(values.hz, 20, "hz"), wholeNumber(values.seconds, 10, "seconds")];
  const perSecond = SESSIONS * MEMBERS * hz;
  const updates = perSecond * seconds;
  const expected = updates * MEMBERS;
  latencies = new Float64Array(expected);

  const contestant = CONTESTANTS.find(({ name }) => name === "partyline");
  if (contestant === undefined) throw new Error("no such server");
  const machine = settle();
  const server = await startServer(contestant, machine.serverPrefix);
  const members = await gather(server.port);
  const before = { server: cpuNs(server.pid), client: cpuNs(process.pid) };
  const playedMs = await play(members, updates, perSecond);
  const start = performance.now();
  await until(LINGER_MS, () => tally.heard === expected || tally.faults.length > 0);
  const tookMs = playedMs + performance.now() - start;
  const share = (now: number, then: number) => `${(((now - then) / NS_PER_MS / tookMs) * 100).toFixed(0)} %`;
  const serverCpu = share(cpuNs(server.pid), before.server);
  const clientCpu = share(cpuNs(process.pid), before.client);
  for (const member of members) member.drop();
  await server.stop();

  const sent = members.reduce((sum, member) => sum + member.sent, 0);
  const lost = sent * MEMBERS - tally.heard;
  const sorted = latencies.subarray(0, tally.heard).sort();
  const ms = (part: number) => percentile(sorted, part).toFixed(1);
  const pinned = machine.pinned ? "server and clients on a core each" : "not pinned";
  console.log(`${SESSIONS} sessions of ${MEMBERS}, ${hz} updates a second each for ${seconds} s; ${pinned}`);
  console.log(
    `in:  ${sent} of ${updates} updates in ${(tookMs / 1000).toFixed(2)} s, ${perS(sent, tookMs)} (asked ${perSecond})`,
  );
  console.log(`out: ${tally.heard} of ${expected} frames, ${perS(tally.heard, tookMs)}`);
  console.log(`lost ${lost}, out of order ${tally.outOfOrder}`);
  console.log(
    `cpu: server ${serverCpu} of a core, clients ${clientCpu}; latency p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, max ${ms(1)} ms`,
  );
  for (const fault of tally.faults.slice(0, 5)) console.error(fault);
  return sent === updates && lost === 0 && tally.outOfOrder === 0 && tally.faults.length === 0;
}

function perS(count: number, ms: number): string {
  return `${Math.round((count / ms) * 1000)} a second`;
}

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
process.exit((await main()) ? 0 : 1);
