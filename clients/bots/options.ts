// What the bots are asked to do, from their command line. A wrong flag is told in one line.
import { join, resolve } from "node:path";

/** What the bots do, whole. */
export interface Options {
  /** The server's address, `ws:` or `wss:`. */
  readonly url: string;
  /** Phones in each room. */
  readonly players: number;
  /** Rooms that the bots open, each with a host beside its phones; 1 where `room` is one. */
  readonly rooms: number;
  /** The room that the phones fill, whose host is somebody else; null: the bots open their own. */
  readonly room: string | null;
  readonly seconds: number;
  /** The module with `host` and `player`. */
  readonly script: string;
  /** Of the phones, 0 to 1: those that fall asleep, and those whose line is cut. */
  readonly sleep: number;
  readonly drop: number;
  /** What a round trip takes besides, in ms, give or take. */
  readonly latency: { readonly ms: number; readonly spreadMs: number };
  /** Bots that come a second. */
  readonly ramp: number;
  readonly seed: number;
  /** Messages that are taken away from phones on purpose: whoever doubts the report sees what it says then. */
  readonly lose: number;
  readonly isJson: boolean;
}

/** More than the first of these is a load test for another tool; more than the second is an evening. */
export const PLAYERS_MAX = 10_000;
const SECONDS_MAX = 3_600;
const QUIZ = join(import.meta.dir, "examples/quiz.ts");

export const USAGE = `bun clients/bots/cli.ts [ws://host:3000] [flags]: players that behave like phones, and what became of what they said

  --players 6       phones in each room
  --rooms 1         rooms that the bots open, each with a host of theirs
  --room GXHB       fill this room instead, whose host is your TV
  --for 60          seconds, from when all are in
  --script my.ts    a module with host(room, bot) and player(room, bot); a small quiz unless said
  --sleep 10%       so many of the phones lock their screens now and then, for up to 40 s
  --drop 10%        so many of them lose their lines now and then
  --latency 80±40   ms that a round trip takes besides, give or take
  --ramp 15         bots that come a second
  --seed 7          draws the same again
  --lose 1          takes so many messages away on purpose, to see that the report says so
  --json            the report as JSON
  --help            this`;

/** What a flag's value becomes; null: it cannot be taken. */
type Take = (text: string) => unknown;
interface Flag {
  readonly take: Take;
  readonly takes: string;
}

const FLAGS: Readonly<Record<string, Flag>> = {
  players: whole(1, 1_000),
  rooms: whole(1, 1_000),
  room: { take: (text) => (/^[a-z0-9 -]{1,16}$/i.test(text) ? text : null), takes: "a room's code" },
  for: whole(1, SECONDS_MAX),
  script: { take: (text) => (text === "" ? null : resolve(text)), takes: "the path of a module" },
  sleep: { take: shareOf, takes: "a share of the phones, such as 10%" },
  drop: { take: shareOf, takes: "a share of the phones, such as 10%" },
  latency: { take: latencyOf, takes: "milliseconds up to 10000, such as 80 or 80±40" },
  ramp: whole(1, 500),
  seed: whole(0, 2 ** 32 - 1),
  lose: whole(0, 1_000),
};

/** @returns the options, `help`, or in one line what is wrong */
export function optionsOf(
  argv: readonly string[],
  newSeed = Date.now() % 2 ** 32,
): Options | "help" | { wrong: string } {
  const given = new Map<string, unknown>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    const [, name = "", inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === "help" || word === "-h") return "help";
    if (name === "json" && inline === undefined) given.set("json", true);
    else if (!word.startsWith("-")) {
      if (given.has("url")) return { wrong: `one server at a time: what is ${word}?` };
      const url = urlOf(word);
      if (url === null) return { wrong: `${word} is no address of a server, such as ws://localhost:3000` };
      given.set("url", url);
    } else {
      const flag = FLAGS[name];
      if (flag === undefined) return { wrong: `there is no ${word}; --help tells what there is` };
      const text = inline ?? argv[++at] ?? "";
      const value = flag.take(text);
      if (value === null) return { wrong: `--${name} takes ${flag.takes}, not ${text === "" ? "nothing" : text}` };
      if (given.has(name)) return { wrong: `--${name} is said twice` };
      given.set(name, value);
    }
  }
  const as = <T>(name: string, unless: T) => (given.get(name) ?? unless) as T;
  const options: Options = {
    url: as("url", "ws://localhost:3000/"),
    players: as("players", 6),
    rooms: as("rooms", 1),
    room: as("room", null),
    seconds: as("for", 60),
    script: as("script", QUIZ),
    sleep: as("sleep", 0),
    drop: as("drop", 0),
    latency: as("latency", { ms: 0, spreadMs: 0 }),
    ramp: as("ramp", 15),
    seed: as("seed", newSeed),
    lose: as("lose", 0),
    isJson: as("json", false),
  };
  if (options.room !== null && given.has("rooms"))
    return { wrong: "--room names one room, and --rooms opens others: say one of them" };
  const all = options.rooms * options.players;
  if (all > PLAYERS_MAX)
    return { wrong: `--rooms × --players is ${all}, and ${PLAYERS_MAX} phones are as many as there are` };
  return options;
}

function whole(least: number, most: number): Flag {
  const take = (text: string) => (/^\d{1,10}$/.test(text) && +text >= least && +text <= most ? +text : null);
  return { take, takes: `a whole number from ${least} to ${most}` };
}

function shareOf(text: string): number | null {
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text) ?? [];
  return percent === undefined || +percent > 100 ? null : +percent / 100;
}

function latencyOf(text: string): Options["latency"] | null {
  const [, ms, spreadMs = "0"] = /^(\d{1,5})(?:(?:±|\+-|\+\/-)(\d{1,5}))?(?:ms)?$/.exec(text) ?? [];
  return ms === undefined || +ms > 10_000 || +spreadMs > +ms ? null : { ms: +ms, spreadMs: +spreadMs };
}

function urlOf(text: string): string | null {
  const named = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  if (!URL.canParse(named)) return null;
  const url = new URL(named.replace(/^http/i, "ws"));
  return /^wss?:$/.test(url.protocol) && url.hostname !== "" ? url.href : null;
}
