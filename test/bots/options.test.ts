// The bots' command line: what it takes, and that what is wrong is told in one line.
import { expect, test } from "bun:test";
import { optionsOf } from "../../clients/bots/options.ts";

test("[B1] nothing said is six phones in one room for a minute, of the quiz, on this machine", () => {
  expect(optionsOf([], 5)).toEqual({
    url: "ws://localhost:3000/",
    players: 6,
    rooms: 1,
    room: null,
    seconds: 60,
    script: expect.stringMatching(/examples\/quiz\.ts$/),
    sleep: 0,
    drop: 0,
    latency: { ms: 0, spreadMs: 0 },
    ramp: 15,
    seed: 5,
    lose: 0,
    isJson: false,
  });
});

test("[B1] each flag is taken, with a blank or an equals sign", () => {
  const argv =
    "https://party.example/x --players=7 --rooms 40 --for 9 --sleep 10% --drop=2.5 --latency 80±40 --ramp 30 --seed 7";
  expect(optionsOf([...argv.split(" "), "--json", "--lose", "2", "--script", "/a/my.ts"])).toEqual({
    url: "wss://party.example/x",
    players: 7,
    rooms: 40,
    room: null,
    seconds: 9,
    script: "/a/my.ts",
    sleep: 0.1,
    drop: 0.025,
    latency: { ms: 80, spreadMs: 40 },
    ramp: 30,
    seed: 7,
    lose: 2,
    isJson: true,
  });
  expect(optionsOf(["party.lan:3000", "--room", "gxhb"])).toMatchObject({
    url: "ws://party.lan:3000/",
    room: "gxhb",
    rooms: 1,
  });
  expect(optionsOf(["--latency", "80+-40"])).toMatchObject({ latency: { ms: 80, spreadMs: 40 } });
  expect(optionsOf(["--players", "x", "--help"])).toMatchObject({ wrong: expect.any(String) });
  expect(optionsOf(["--help", "--players", "x"])).toBe("help");
});

const WRONG: readonly [argv: string, says: string][] = [
  ["--playerz 3", "there is no --playerz"],
  ["--players", "--players takes a whole number from 1 to 1000, not nothing"],
  ["--players 0", "--players takes a whole number from 1 to 1000, not 0"],
  ["--players -1", "--players takes a whole number"],
  ["--players 6.5", "--players takes a whole number"],
  ["--rooms 1001", "--rooms takes a whole number from 1 to 1000"],
  ["--for 3601", "--for takes a whole number from 1 to 3600"],
  ["--sleep 101%", "--sleep takes a share of the phones"],
  ["--drop x", "--drop takes a share of the phones"],
  ["--latency 40±80", "--latency takes milliseconds"],
  ["--latency 20000", "--latency takes milliseconds"],
  ["--ramp 501", "--ramp takes a whole number"],
  ["--room ../x", "--room takes a room's code"],
  ["--room GXHB --rooms 2", "--room names one room"],
  ["--seed 1 --seed 2", "--seed is said twice"],
  ["--json=yes", "there is no --json=yes"],
  ["--rooms 100 --players 101", "is 10100, and 10000 phones are as many as there are"],
  ["ftp://party.example", "ftp://party.example is no address of a server"],
  ["ws://a ws://b", "one server at a time"],
  ["-x", "there is no -x"],
];
test.each(WRONG)("[B1] %s is wrong in one line", (argv, says) => {
  const { wrong } = optionsOf(argv.split(" ")) as { wrong: string };
  expect(wrong).toContain(says);
  expect(wrong.split("\n")).toHaveLength(1);
});
