// The bystander, a process of its own: a room of three that has nothing to do with what is done to the server, at five messages a second.
// It answers each word of its parent with what it has felt since the word before, and begins anew.

import { Line } from "../../client/line.ts";
import { percentile } from "../../stats.ts";
import { until } from "../../wait.ts";

const [, , url = "", from = "", newcomerFrom = ""] = process.argv;
const EVERY_MS = 200;
const NAMES = ["host", "ann", "bob"];
const WARM_UP = 60;
const WARM_UP_EVERY_MS = 25;
/** What is later than this is lost. */
const PATIENCE_MS = 10_000;

export interface Felt {
  sent: number;
  /** Never heard, heard twice or out of order. */
  lost: number;
  /** Of its lines: there must be none. */
  closes: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** How late its own timer was: what the machine, and the load beside it, adds to every figure. */
  ownP99Ms: number;
  /** Whether somebody else, from yet another address, could connect and open a room just then; else what came in the way. */
  newcomer: string;
}

let heard = 0;
let outOfOrder = 0;
let closes = 0;
let said = 0;
let saidBefore = 0;
const lateMs: number[] = [];
const tookMs: number[] = [];
const lastOf = new Map<string, number>();
const lines: Line[] = [];

function hear(me: string, text: string): void {
  const frame = JSON.parse(text) as { type: string; from?: string; data?: { n: number; at: number } };
  if (frame.type !== "message" || frame.data === undefined) return;
  const { n, at } = frame.data;
  tookMs.push(performance.now() - at);
  heard++;
  // In order from each sender: two senders are two sockets, and either may be read first.
  const pair = `${me} ${frame.from}`;
  if (n <= (lastOf.get(pair) ?? 0)) outOfOrder++;
  lastOf.set(pair, n);
}

/** Opens a line, and resolves with the first frame that it is told. */
async function enter(first: object, name: string, address: string) {
  const line = new Line(url, name, { from: address });
  const answer = Promise.withResolvers<{ type: string; room?: string }>();
  line.onText = (text) => answer.resolve(JSON.parse(text));
  line.onOpen = () => line.say(first);
  line.onClosed = (code) => answer.reject(new Error(`closed with ${code}`));
  line.opened.catch(answer.reject);
  const timer = setTimeout(() => answer.reject(new Error("no answer")), PATIENCE_MS);
  return { line, answer: await answer.promise.finally(() => clearTimeout(timer)) };
}

/** Messages are said by all in turn. */
function speak(): void {
  said++;
  lines[said % lines.length]?.say({ type: "send", data: { n: said, at: performance.now() } });
}

async function newcomer(): Promise<string> {
  try {
    const { line, answer } = await enter({ type: "create", clientId: "new", maxClients: 2 }, "newcomer", newcomerFrom);
    line.drop();
    return answer.type === "created" ? "in" : JSON.stringify(answer);
  } catch (error) {
    return String(error);
  }
}

async function felt(): Promise<Felt> {
  const other = await newcomer();
  const [sent, ms, own] = [said - saidBefore, tookMs.slice().sort(ascending), lateMs.slice().sort(ascending)];
  await until(PATIENCE_MS, () => heard >= said * (NAMES.length - 1));
  const [p50Ms, p99Ms, maxMs] = [0.5, 0.99, 1].map((share) => percentile(ms, share)) as [number, number, number];
  const figures = { sent, lost: said * (NAMES.length - 1) - heard + outOfOrder, closes };
  return { ...figures, p50Ms, p99Ms, maxMs, ownP99Ms: percentile(own, 0.99), newcomer: other };
}

function ascending(a: number, b: number): number {
  return a - b;
}

let room: string | undefined;
for (const clientId of NAMES) {
  const first = room === undefined ? { type: "create", maxClients: 3 } : { type: "join", room };
  const { line, answer } = await enter({ ...first, clientId }, clientId, from);
  room ??= answer.room;
  line.onText = (text) => hear(clientId, text);
  line.onClosed = () => closes++;
  lines.push(line);
}
for (let i = 0; i < WARM_UP; i++) {
  speak();
  await Bun.sleep(WARM_UP_EVERY_MS);
}
await until(PATIENCE_MS, () => heard >= said * (NAMES.length - 1));

let due = performance.now() + EVERY_MS;
function talk(): void {
  lateMs.push(performance.now() - due);
  speak();
  due = Math.max(due + EVERY_MS, performance.now());
  setTimeout(talk, Math.max(0, due - performance.now()));
}
function begin(): void {
  saidBefore = said;
  for (const list of [lateMs, tookMs]) list.length = 0;
}
begin();
setTimeout(talk, EVERY_MS);
process.on("message", async () => {
  const figures = await felt();
  process.send?.(figures);
  begin();
});
process.send?.("ready");
