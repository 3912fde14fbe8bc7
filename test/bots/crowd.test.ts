// Bots against a real server: they play, sleep and lose their lines, and the report says what came of it; what is taken away on purpose is found.
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { Script } from "../../clients/bots/bot.ts";
import { isOneOf, play } from "../../clients/bots/crowd.ts";
import * as quiz from "../../clients/bots/examples/quiz.ts";
import { add, figures, note } from "../../clients/bots/figures.ts";
import { grown, scrape } from "../../clients/bots/metrics.ts";
import { type Options, optionsOf } from "../../clients/bots/options.ts";
import { isGood, type Report, reportOf, textOf } from "../../clients/bots/report.ts";
import { createRoom } from "../../clients/js/src/index.ts";
import { folderOf } from "../support/folder.ts";
import { snippet } from "../support/readme.ts";
import { startServer, type TestServer } from "../support/server.ts";
import * as TALK from "./talk.ts";

const CLI = join(import.meta.dir, "../../clients/bots/cli.ts");
const TALKING = join(import.meta.dir, "talk.ts");
const LIMIT_MS = 60_000;

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function serve(env: Record<string, string> = { LIMITS: "off" }): TestServer {
  const server = startServer(env);
  servers.push(server);
  return server;
}

function options(server: TestServer, flags: string): Options {
  const found = optionsOf([server.url, ...flags.split(" ")]);
  if (found === "help" || "wrong" in found) throw new Error(JSON.stringify(found));
  return found;
}

async function run(server: TestServer, flags: string, script: Script): Promise<Report> {
  const asked = options(server, flags);
  const parts = Array.from({ length: asked.rooms }, (_, room) => ({ room, players: asked.players, from: 0 }));
  const before = await scrape(asked.url);
  const seen = await play(asked, parts, script);
  return reportOf(asked, seen, 1000, [before, await scrape(asked.url)]);
}

async function cli(...argv: string[]) {
  const child = Bun.spawn([process.execPath, CLI, ...argv], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

test(
  "[B2][B3][B4] phones that sleep and lose their lines hear everything once, and the report says how",
  async () => {
    const server = serve();
    const script: Script = {
      ...TALK,
      player: async (room, bot) => {
        TALK.player(room, bot);
        // One sleeps, one is cut, one does both.
        if (bot.index !== 1) bot.every(400, () => bot.sleep(150));
        if (bot.index !== 0) bot.every(300, () => bot.drop());
        const end = bot.measure("nothing");
        end();
      },
    };
    const report = await run(server, "--players 3 --rooms 2 --for 2 --ramp 100 --latency 10±5 --seed 3", script);
    expect(textOf(report)).toContain("GOOD: lost in silence 0, twice 0, out of order 0");
    expect(report).toMatchObject({
      joined: 8,
      rooms: 2,
      refused: {},
      notBack: 0,
      unanswered: 0,
      thrown: 0,
      isGood: true,
    });
    expect(report.sleeps).toBeGreaterThan(0);
    expect(report.cut).toBeGreaterThan(0);
    // One that is cut before it is in has nothing to resume.
    expect(report.resumed).toBeGreaterThan(0);
    expect(report.missed).toBeGreaterThan(0);
    expect(report.told).toBeGreaterThan(100);
    expect(report.casts.sent).toBeGreaterThan(10);
    expect(report.roundTripMs.awake?.count).toBeGreaterThan(10);
    expect(report.roundTripMs.justWoken?.count).toBeGreaterThan(0);
    expect(report.backMs?.count).toBe(report.resumed + report.fresh);
    expect(report.measuredMs).toMatchObject({ nothing: { count: 6 } });
    // Its latency is the valve's at the least.
    expect(report.roundTripMs.awake?.p50).toBeGreaterThanOrEqual(5);
    expect(report.metrics).toMatchObject({ rooms_opened_total: 2 });
    expect(report.metrics?.lines_opened_total).toBeGreaterThanOrEqual(8 + report.resumed);
  },
  LIMIT_MS,
);

test(
  "[B5] a message that is taken away on purpose is found, and the program ends with 1",
  async () => {
    const server = serve();
    const flags = ["--players", "2", "--for", "2", "--ramp", "100", "--script", TALKING, "--json"];
    const good = await cli(server.url, ...flags);
    expect([good.code, good.err]).toEqual([0, ""]);
    expect(JSON.parse(good.out)).toMatchObject({ isGood: true, lost: 0, taken: 0 });
    const robbed = await cli(server.url, ...flags, "--lose", "1");
    expect([robbed.code, robbed.err]).toEqual([1, ""]);
    expect(JSON.parse(robbed.out)).toMatchObject({ isGood: false, lost: 1, taken: 1, twice: 0, disorder: 0 });
    expect(JSON.parse(robbed.out).examples[0]).toMatch(/^room 1: Bot 1\.2 never heard number \d+ of (TV|Bot 1\.1)$/);
  },
  LIMIT_MS,
);

test(
  "[B1] the quiz that is played unless another script is named plays to a good end",
  async () => {
    const report = await run(serve(), "--players 2 --for 4 --ramp 100", quiz);
    expect(textOf(report)).toContain("GOOD: lost in silence 0");
    expect(report.measuredMs["answer to verdict"]?.count).toBeGreaterThan(1);
    expect(report.casts.sent).toBeGreaterThan(4);
  },
  LIMIT_MS,
);

test(
  "[B2] the README's script plays to a good end",
  async () => {
    using folder = folderOf({ "my.ts": snippet("my.ts") });
    const report = await run(serve(), "--players 3 --for 3 --ramp 100", await import(join(folder.path, "my.ts")));
    expect(textOf(report)).toContain("GOOD: lost in silence 0");
    expect(report.measuredMs["tap to answer"]?.count).toBeGreaterThan(5);
  },
  LIMIT_MS,
);

test(
  "[B1] a wrong flag, a server that is not there and a script that is none end the program with 2 and one line",
  async () => {
    for (const [argv, says] of [
      [["--players", "x"], "--players takes a whole number from 1 to 1000, not x"],
      [["ws://127.0.0.1:1"], "nobody answers at ws://127.0.0.1:1/: is the server on?"],
      [["--script", join(import.meta.dir, "nothing.ts")], "cannot be loaded"],
    ] as const) {
      const { code, out, err } = await cli(...argv);
      expect([code, out, err.trim().split("\n").length]).toEqual([2, "", 1]);
      expect(err).toContain(says);
    }
  },
  LIMIT_MS,
);

test(
  "[B4] what the server refuses is told by code, with the setting that is behind it, and the run ends",
  async () => {
    const rooms = await run(serve({ MAX_ROOMS_PER_ADDRESS: "1" }), "--players 1 --rooms 6 --for 1 --ramp 100", TALK);
    expect(rooms).toMatchObject({
      joined: 2,
      refused: { too_many_rooms: 3, "no room": 3, "not tried": 4 },
      settings: { too_many_rooms: "MAX_ROOMS_PER_ADDRESS", 'limited_total{bucket="rooms"}': "MAX_ROOMS_PER_ADDRESS" },
      isGood: true,
    });
    expect(textOf(rooms)).toContain("too_many_rooms: see MAX_ROOMS_PER_ADDRESS");
    const connects = await run(serve({ CONNECTS_PER_SECOND: "1" }), "--players 7 --for 1 --ramp 500", TALK);
    expect(connects.turnedDown["429"]).toBeGreaterThan(0);
    expect(connects).toMatchObject({
      joined: 8,
      settings: {
        'limited_total{bucket="connects"}': "CONNECTS_PER_SECOND",
        "429": expect.stringContaining("CONNECTS_PER_SECOND"),
      },
    });
  },
  LIMIT_MS,
);

test(
  "[B2] with --room the phones fill somebody else's room, and play with its host",
  async () => {
    const server = serve();
    const tv = await createRoom({ url: server.url, maxClients: 8, name: "TV" });
    const names = new Set<string>();
    tv.on("joined", ({ name }) => names.add(`${name}`));
    tv.on("message", (_, from) => void tv.send("heard", { to: from }));
    const report = await run(server, `--room ${tv.code.toLowerCase()} --players 3 --for 1 --ramp 100`, TALK);
    expect(report).toMatchObject({ joined: 3, rooms: 0, isGood: true });
    expect([...names].sort()).toEqual(["Bot 1.1", "Bot 1.2", "Bot 1.3"]);
    // They leave, and the room stays its owner's.
    while (tv.members.size > 1) await tv.next("left");
    expect(tv.status).toBe("here");
    await tv.close();
  },
  LIMIT_MS,
);

test("[B3] a script that throws is told, and no good end", async () => {
  const script: Script = {
    host: () => {
      throw new Error("no such question");
    },
    player: (_, { every }) => void every(20, () => Promise.reject(new Error("no such answer"))),
  };
  const report = await run(serve(), "--players 1 --for 1 --ramp 100", script);
  expect(report.thrown).toBeGreaterThan(1);
  expect(report.isGood).toBe(false);
  expect(report.examples).toContain("TV's script threw no such question");
  expect(report.examples).toContain("Bot 1.1's script threw no such answer");
});

test("[B3] nobody who got in is no good end, and bots that are behind say so", () => {
  const nobody = figures();
  expect(isGood(nobody)).toBe(false);
  expect(isGood({ ...nobody, joined: 1 })).toBe(true);
  for (const bad of ["lost", "twice", "disorder", "thrown"])
    expect(isGood({ ...nobody, joined: 1, [bad]: 1 })).toBe(false);
  const asked = optionsOf([]) as Options;
  const busy = reportOf(asked, { ...nobody, joined: 1, cpu: [0.95] }, 1000, [null, null]);
  expect(textOf(busy)).toContain("WARNING: the bots are the bottleneck");
  expect(textOf(busy)).toContain("/metrics does not answer");
  const calm = reportOf(asked, { ...nobody, joined: 1, cpu: [0.2] }, 1000, [null, null]);
  expect(textOf(calm)).not.toContain("WARNING");
});

test(
  "[B6] more than five hundred play in a process a core, and their figures are added up",
  async () => {
    const server = serve();
    const quiet = join(import.meta.dir, "quiet.ts");
    const flags = "--rooms 26 --players 19 --for 1 --ramp 500 --json --script".split(" ");
    const { code, out } = await cli(server.url, ...flags, quiet);
    const report = JSON.parse(out) as Report;
    expect(report).toMatchObject({ joined: 520, rooms: 26, carriedOut: 26 * 19, told: 26 * 19, lost: 0, isGood: true });
    expect(report.bots).toMatchObject({ count: 520, processes: Math.min(26, navigator.hardwareConcurrency) });
    expect(report.bots.cpu).toHaveLength(report.bots.processes);
    expect(code).toBe(0);
  },
  LIMIT_MS,
);

test("[B6] figures of processes add up, name by name", () => {
  const [one, other] = [figures(), figures()];
  Object.assign(one.refused, { room_full: 1 });
  Object.assign(other.refused, { room_full: 2, banned: 1 });
  one.joined = 3;
  other.joined = 4;
  for (const ms of [1, 2]) note(one.awake, ms);
  note(other.awake, 9);
  other.measures.tap = { all: 1, kept: [5] };
  one.cpu.push(0.1);
  other.cpu.push(0.2);
  add(one, JSON.parse(JSON.stringify(other)));
  expect(one).toMatchObject({
    joined: 7,
    refused: { room_full: 3, banned: 1 },
    awake: { all: 3, kept: [1, 2, 9] },
    measures: { tap: { all: 1, kept: [5] } },
    cpu: [0.1, 0.2],
  });
});

test("[B2] as many phones sleep and are dropped as was asked for, one at the least, and the same for the same seed", () => {
  for (const [flags, sleepers, droppers] of [
    ["--rooms 40 --players 6 --sleep 10% --drop 25% --seed 1", 24, 60],
    ["--rooms 1 --players 6 --sleep 10% --drop 1% --seed 2", 1, 1],
    ["--rooms 3 --players 5 --sleep 100% --seed 3", 15, 0],
    ["--rooms 3 --players 5 --drop 50% --seed 4", 0, 8],
  ] as const) {
    const asked = optionsOf(flags.split(" ")) as Options;
    const phones = Array.from({ length: asked.rooms * asked.players }, (_, nth) => nth);
    const some = (what: "sleep" | "drop") => phones.filter((nth) => isOneOf(nth, asked, what));
    expect([flags, some("sleep").length, some("drop").length]).toEqual([flags, sleepers, droppers]);
    expect(some("sleep")).toEqual(some("sleep"));
  }
});

test("[B1] a run that is stopped early closes its books all the same", async () => {
  const server = serve();
  const stop = new AbortController();
  const asked = options(server, "--players 2 --for 600 --ramp 100");
  const playing = play(asked, [{ room: 0, players: 2, from: 0 }], TALK, 1, stop.signal);
  while (!((await server.metric("partyline_seats")) === 3));
  stop.abort();
  const seen = await playing;
  expect(seen).toMatchObject({ joined: 3, lost: 0, unanswered: 0 });
  expect(isGood(seen)).toBe(true);
  expect(await server.metric("partyline_rooms")).toBe(0);
}, 30_000);

test("[B4] counters that grew are told, and of a server that was started anew all of its own", () => {
  const before = new Map([
    ["partyline_messages_in_total", 10],
    ['partyline_closes_total{code="4102"}', 1],
    ["partyline_lines", 3],
    ['partyline_http_requests_total{route="/metrics",status="200"}', 1],
  ]);
  const after = new Map([...before, ["partyline_messages_in_total", 15], ["partyline_lines", 9]] as const);
  expect(grown(before, after)).toEqual({ messages_in_total: 5 });
  const anew = new Map([["partyline_messages_in_total", 4]]);
  expect(grown(before, anew)).toEqual({ restarted: 1, messages_in_total: 4 });
});
