// `bun clients/bots/cli.ts`: players that behave like phones, for whoever builds a game. Exit code 1 when something was lost in silence, came
// twice or out of order, 2 for a flag that cannot be taken.
import { pathToFileURL } from "node:url";
import type { Script } from "./bot.ts";
import { type Part, play } from "./crowd.ts";
import { add, type Figures, figures } from "./figures.ts";
import { scrape } from "./metrics.ts";
import { type Options, optionsOf, USAGE } from "./options.ts";
import { isGood, reportOf, textOf } from "./report.ts";

/** More than these play in a process a core. */
const PROCESS_BOTS_MAX = 500;
/** What coming in, waking up and leaving may take besides, in ms. */
const SLACK_MS = 150_000;
const ANSWER_MS = 5_000;
const PART = "--of-many";

/** What a process is told by the one that started it. */
interface Share {
  readonly options: Options;
  readonly parts: readonly Part[];
  readonly share: number;
}

if (process.argv[2] === PART) process.once("message", (told) => void playShare(told as Share));
else await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<never> {
  const options = optionsOf(argv);
  if (options === "help") {
    console.log(USAGE);
    process.exit(0);
  }
  if ("wrong" in options) {
    console.error(options.wrong);
    process.exit(2);
  }
  const script = await load(options.script);
  if (script === null) process.exit(2);
  const obstacle = await obstacleTo(options.url);
  if (obstacle !== null) {
    console.error(`nobody answers at ${options.url}: ${obstacle}`);
    process.exit(2);
  }
  const before = await scrape(options.url);
  const startedAt = performance.now();
  const parts = partsOf(options);
  const bots = options.rooms * (options.players + 1);
  const processes = Math.min(parts.length, bots > PROCESS_BOTS_MAX ? navigator.hardwareConcurrency : 1);
  if (!options.isJson)
    console.error(`${bots} bots, ${processes} process${processes > 1 ? "es" : ""}, seed ${options.seed}`);
  const seen =
    processes > 1 ? await playInMany(options, parts, processes) : await playHere({ options, parts, share: 1 }, script);
  const report = reportOf(options, seen, performance.now() - startedAt, [before, await scrape(options.url)]);
  console.log(options.isJson ? JSON.stringify(report, null, 2) : textOf(report));
  process.exit(isGood(seen) ? 0 : 1);
}

/** Why nobody answers there; null: somebody does, whatever the answer. */
async function obstacleTo(url: string): Promise<string | null> {
  try {
    await fetch(new URL("/health", url.replace(/^ws/, "http")), { signal: AbortSignal.timeout(ANSWER_MS) });
    return null;
  } catch (error) {
    const { code = "", message } = error as Error & { code?: string };
    return /refused/i.test(code) ? "is the server on?" : message.split("\n", 1).join();
  }
}

/** Rooms as wholes; of one room that somebody else has, as many parts as there are cores, if it is that large. */
function partsOf({ room, rooms, players }: Options): Part[] {
  if (room === null) return Array.from({ length: rooms }, (_, at) => ({ room: at, players, from: 0 }));
  const parts = players > PROCESS_BOTS_MAX ? navigator.hardwareConcurrency : 1;
  const each = Math.ceil(players / parts);
  return Array.from({ length: parts }, (_, at) => ({
    room: 0,
    players: Math.min(each, players - at * each),
    from: at * each,
  }));
}

async function load(path: string): Promise<Script | null> {
  try {
    const { host, player, options } = await import(pathToFileURL(path).href);
    if (typeof player === "function" || typeof host === "function") return { host, player, options };
    console.error(`${path} exports no host and no player`);
  } catch (error) {
    console.error(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

async function playHere({ options, parts, share }: Share, script: Script): Promise<Figures> {
  const thrown = { times: 0, examples: [] as string[] };
  const catches = (error: unknown) => {
    // A request that nobody waits for is refused: it is counted by its code.
    if ((error as { name?: unknown } | null)?.name === "PartylineError") return;
    thrown.times++;
    if (thrown.examples.length < 3)
      thrown.examples.push(`thrown: ${error instanceof Error ? error.message : String(error)}`);
  };
  process.on("unhandledRejection", catches).on("uncaughtException", catches);
  setTimeout(
    () => {
      console.error("the run did not come to its end in time");
      process.exit(1);
    },
    options.seconds * 1000 + (1000 * parts.length * (options.players + 1)) / (options.ramp * share) + SLACK_MS,
  ).unref();
  const stop = new AbortController();
  // Ctrl-C ends the run as its time would: rooms are closed and the report is told. The second one ends the program.
  process.once("SIGINT", () => {
    stop.abort();
    process.once("SIGINT", () => process.exit(130));
  });
  const seen = await play(options, parts, script, share, stop.signal);
  seen.thrown += thrown.times;
  seen.examples.push(...thrown.examples);
  return seen;
}

/** Of the processes: what each of them makes of Ctrl-C. */
function leaveToThem(): void {}

/** A process each for so many shares of the rooms; one that ends early takes what it saw with it, and that is said. */
async function playInMany(options: Options, parts: readonly Part[], processes: number): Promise<Figures> {
  const all = figures();
  // A terminal tells it to each of them.
  process.on("SIGINT", leaveToThem);
  const share = 1 / processes;
  const own = (at: number) => parts.filter((_, n) => n % processes === at);
  await Promise.all(
    Array.from({ length: processes }, async (_, at) => {
      const { promise, resolve } = Promise.withResolvers<Figures | null>();
      const child = Bun.spawn([process.execPath, import.meta.path, PART], {
        ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit", serialization: "json" },
        ipc: (told) => resolve(told as Figures),
      });
      const end = () => child.kill();
      process.on("exit", end);
      child.send({ options, parts: own(at), share } satisfies Share);
      void child.exited.then(() => resolve(null));
      const seen = await promise;
      process.off("exit", end);
      if (seen !== null) add(all, seen);
      else {
        all.thrown++;
        all.examples.push(`a process of bots ended early: ${own(at).length} rooms of ${parts.length} are missing here`);
      }
    }),
  );
  return all;
}

async function playShare(told: Share): Promise<void> {
  const script = await load(told.options.script);
  if (script === null) process.exit(2);
  const seen = await playHere(told, script);
  process.send?.(seen, undefined, {}, () => process.exit(0));
}
