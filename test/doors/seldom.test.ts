// Code that runs once a connection is spared the last compiler, and what a message goes through is not: seen in a process of its own, since an
// engine says what it compiles to whoever started it so.
import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Calls one of either kind until the last compiler has surely looked at both: it compiles in the same thread here. */
const CALLS = `
  import { noInline } from "bun:jsc";
  import { valueSpan } from "./src/dialects/json.ts";
  import { markSeldom, seldom } from "./src/doors/seldom.ts";
  import { Bucket } from "./src/limits/bucket.ts";
  import { Incoming } from "./src/limits/incoming.ts";
  markSeldom();
  const bucket = new Bucket({ perSecond: 1, burst: 5 }, 0);
  const { budget } = new Incoming({ addressMessagesPerSecond: 10 }).opened("192.0.2.1", 0);
  function marked(n) { let sum = n; for (let i = 0; i < 50; i++) sum += i ^ n; return sum; }
  function plain(n) { let sum = n; for (let i = 0; i < 50; i++) sum += i ^ n; return sum; }
  seldom(marked);
  // Else they would be compiled as parts of this loop.
  for (const call of [marked, plain, valueSpan, bucket.tryTake, bucket.fill, budget.takeShare]) noInline(call);
  for (let round = 0; round < 40; round++) {
    for (let n = 0; n < 5_000; n++) { bucket.tryTake(1, n); valueSpan('{"a":[1,2,3],"b":"c"}', 0); budget.left -= 1; budget.takeShare(bucket, 1, 1, n); marked(n); plain(n); }
  }
`;

/** The compilers that each function of that name went through. */
function compilersOf(name: string, said: string): string[] {
  const lines = said.split("\n").filter((line) => line.startsWith(`Optimized ${name}#`));
  return [...new Set(lines.flatMap((line) => /using (\w+) with/.exec(line)?.[1] ?? []))];
}

test("what runs once a connection does not go through the last compiler, and what a message goes through does", async () => {
  const child = Bun.spawn([process.execPath, "-e", CALLS], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", BUN_JSC_reportCompileTimes: "1", BUN_JSC_useConcurrentJIT: "0" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  for (const name of ["valueSpan", "takeShare", "plain"])
    expect([name, compilersOf(name, said)]).toEqual([name, ["Baseline", "DFG", "FTL"]]);
  for (const name of ["tryTake", "fill", "marked"])
    expect([name, compilersOf(name, said)]).toEqual([name, ["Baseline", "DFG"]]);
}, 60_000);
