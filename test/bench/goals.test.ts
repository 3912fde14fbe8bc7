// The goals of the bench: a miss fails the run, noise does not, and a case that did not run is no pass.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { pick } from "../../bench/speed/cases.ts";
import { exitCode, GOALS, type Goal, goalsBefore, goalsTable, judge } from "../../bench/speed/goals.ts";
import { type Case, playCase, Results } from "../../bench/speed/measure.ts";

const MACHINE = { about: "a machine", serverPrefix: [], unpinnedPrefix: [] };
const GOAL: Goal = {
  ...{ case: "talk", meaning: "CPU a message", figure: "cpuUs", to: "control", limit: 1.1, noise: 0.05, unit: "x" },
};

/** Three rounds in which ours costs so many times what the control does. */
function ratioOf(...ratios: number[]): Results {
  const results = new Results();
  for (const [round, ratio] of ratios.entries()) {
    results.add("talk", "control", { cpuUs: round + 1 });
    results.add("talk", "partyline", { cpuUs: (round + 1) * ratio });
  }
  return results;
}

test.each([
  ["below its limit", 1.05, "pass", 0],
  ["above it by less than the noise", 1.14, "within noise", 0],
  ["above it by more than the noise", 1.16, "MISS", 1],
] as const)("a figure %s", (_, ratio, word, code) => {
  const verdicts = judge([GOAL], ["talk"], ratioOf(ratio, ratio, ratio));
  expect(verdicts.map((verdict) => verdict.word)).toEqual([word]);
  expect(exitCode(verdicts)).toBe(code);
});

test("the median of the rounds is judged, each against the control of its own round", () => {
  const [verdict] = judge([GOAL], ["talk"], ratioOf(1, 1.08, 9));
  expect(verdict?.measured).toBeCloseTo(1.08);
  expect(verdict?.word).toBe("pass");
});

test("a goal whose case was asked for and did not run fails; one that was not asked for is not judged", () => {
  const verdicts = judge([GOAL], ["talk"], new Results());
  expect(verdicts.map(({ word }) => word)).toEqual(["DID NOT RUN"]);
  expect(exitCode(verdicts)).toBe(1);
  expect(judge([GOAL], ["another"], new Results())).toEqual([]);
});

test("one miss among passes fails the run", () => {
  const goals = [GOAL, { ...GOAL, limit: 9 }];
  expect(exitCode(judge(goals, ["talk"], ratioOf(2)))).toBe(1);
});

test("the table says goal, noise, figure and verdict side by side", () => {
  const text = goalsTable(judge([GOAL], ["talk"], ratioOf(1.3)));
  expect(text).toMatch(/talk .* CPU a message \(to control\) .* ≤ 1\.10 x .* ± 0\.05 x .* 1\.30 x .* MISS/);
});

test("beside the commit before no case may be dearer by more than 2 % and its noise", () => {
  const beside = (ratio: number) => {
    const results = new Results();
    results.add("broadcast-8-64B", "before", { cpuUs: 1 });
    results.add("broadcast-8-64B", "partyline", { cpuUs: ratio });
    return exitCode(judge(goalsBefore(["broadcast-8-64B"]), ["broadcast-8-64B"], results));
  };
  expect([beside(1.02), beside(1.04), beside(1.2)]).toEqual([0, 0, 1]);
});

test("every goal is of a case that there is, and --only picks cases by a part of their name", () => {
  for (const goal of GOALS) expect(pick(goal.case).map(({ name }) => name)).toContain(goal.case);
  expect(pick("connect,start").map(({ name }) => name)).toEqual(["connect", "start"]);
  expect(() => pick("conect")).toThrow("no case is called conect");
});

test("rounds are interleaved, with another contestant first in each", async () => {
  const played: string[] = [];
  const plan: Case = {
    name: "talk",
    open: async ({ name }) => ({
      pid: null,
      close: async () => {},
      run: async () => ({ count: played.push(name), p50Ms: 1 }),
    }),
  };
  const contestants = (["control", "partyline"] as const).map((name) => ({ name, script: "", env: {}, joins: true }));
  await playCase(plan, contestants, MACHINE, new Results(), { rounds: 3, windowMs: 1 });
  expect(played).toEqual(["control", "partyline", "partyline", "control", "control", "partyline"]);
});

test("bun run bench: a case that fails ends the run with 1, and says why", async () => {
  const script = join(import.meta.dir, "../../bench/speed/run.ts");
  const out = join(import.meta.dir, "../../bench/results/test.json");
  const args = ["--only", "start", "--rounds", "1", "--server", "no/such/server.ts", "--out", out];
  const run = Bun.spawn([process.execPath, script, ...args], { stdout: "pipe", stderr: "ignore" });
  const text = await new Response(run.stdout).text();
  expect(text).toContain("FAILED start:");
  expect(text).toMatch(/first answer.*DID NOT RUN/);
  expect(await run.exited).toBe(1);
}, 20_000);

test("bun run bench and drills: what is wrong with a command line is two lines, and --help is no error", async () => {
  const asked: [file: string, args: string[], code: number, says: string][] = [
    ["bench/speed/run.ts", ["--help"], 0, "usage: bun run bench"],
    ["bench/speed/run.ts", ["--rounds", "many"], 2, "--rounds takes a number from 1 to 50"],
    ["bench/drills/run.ts", ["--help"], 0, "usage: bun run drills"],
    ["bench/drills/run.ts", ["--nope"], 2, "--nope"],
  ];
  for (const [file, args, code, says] of asked) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "../..", file), ...args], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const said = out + errors;
    expect([file, args, await child.exited]).toEqual([file, args, code]);
    expect(said).toContain(says);
    expect(said).not.toContain("    at ");
  }
});
