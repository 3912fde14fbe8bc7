// Every kind of attack from one address, at default limits, beside a bystander; then all of them at once, and from sixteen addresses of
// one network; then how many codes an IPv6 /48 can try in a minute. What is played, and what must hold: bench/drills/attacks.

import { join } from "node:path";
import { settle } from "../../machine.ts";
import { leashed, ServerProcess } from "../../serverProcess.ts";
import { rssBytes } from "../../usage.ts";
import { until } from "../../wait.ts";
import type { Report } from "../attacks/attacker.ts";
import type { Felt } from "../attacks/bystander.ts";
import { NETWORK_GUESSES } from "../attacks/http.ts";
import { type Figures, figuresTable, isAnswered, judge } from "../attacks/judge.ts";
import type { Kind } from "../attacks/kind.ts";
import { KINDS, kindOf } from "../attacks/kinds.ts";
import type { Scenario, Scene } from "../scene.ts";

const FOLDER = join(import.meta.dir, "../attacks");
/** Each in a network of its own. */
const BYSTANDER = "127.0.9.9";
const NEWCOMER = "127.0.10.10";
const ATTACKERS = Array.from({ length: 16 }, (_, n) => `127.0.7.${1 + n}`);
const QUIET_MS_MAX = 10_000;
const LOOK_MS = 50;
/** Memory is given back in a quiet second, and the kernel's with the last of the sockets. */
const FALLS_BACK_MS = 20_000;
/** So close to where it was nobody waits for more. */
const FALLEN_BYTES = 16 * 1024 * 1024;
const TOGETHER_FACTOR = 2;
/** Among --kinds: all at once, and from the network. */
const TOGETHER = "together";
const P99_MS = { alone: 50, together: 100, network: 150 };
const GUESSES_A_MINUTE = 500;
/** "≈ 500": what a burst at the start may add. */
const GUESSES_SLACK = 100;

interface Play {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly addresses: readonly string[];
  readonly seconds: number;
  readonly p99Max: number;
}

export const attacks: Scenario = {
  ...{
    name: "attacks",
    about: "each kind of attack, --seconds each, beside a bystander; --kinds picks some",
    isExtra: true,
  },
  secondsMax: ({ seconds }) => (KINDS.length + 2 * TOGETHER_FACTOR + 2) * (seconds + 60) + 120,
  obstacle: () => (process.platform === "linux" ? null : "127.0.0.0/8 is one address here, and there is no /proc"),
  async run(scene) {
    const { seconds, kinds } = scene.options;
    const machine = settle();
    scene.note(`${seconds} s each; ${machine.about}; attackers niced`);
    const [first = ""] = ATTACKERS;
    const one = { addresses: [first], seconds, p99Max: P99_MS.alone };
    const alone = kinds?.filter((name) => name !== TOGETHER).map(kindOf) ?? KINDS;
    const plays: Play[] = alone.map((kind) => ({ ...one, name: kind.name, kinds: [kind] }));
    if (kinds?.includes(TOGETHER) ?? true) {
      const all = { kinds: KINDS.filter(({ expectedMiss }) => expectedMiss === undefined) };
      const longer = { ...all, seconds: seconds * TOGETHER_FACTOR };
      plays.push({ ...one, ...longer, name: "all at once", p99Max: P99_MS.together });
      plays.push({ ...longer, name: "from 16 addresses", addresses: ATTACKERS, p99Max: P99_MS.network });
    }
    const rows = [];
    for (const play of plays) {
      const figures = await run(play, machine.serverPrefix);
      const faults = judge(figures, play.kinds, play.p99Max);
      const miss = play.kinds.length === 1 ? play.kinds[0]?.expectedMiss : undefined;
      scene.note(
        `${play.name}: ${faults.length === 0 ? "pass" : faults.join("; ")}${miss ? ` (outside: ${miss})` : ""}`,
      );
      if (miss === undefined) for (const fault of faults) scene.expect(false, `${play.name}: ${fault}`);
      const verdict = faults.length === 0 ? "pass" : miss === undefined ? "FAIL" : "expected miss";
      rows.push({ figures, verdict });
    }
    console.log(figuresTable(rows));
    if (kinds === null || kinds.includes(NETWORK_GUESSES.name)) {
      await countGuesses(scene, machine.serverPrefix, Math.min(60, TOGETHER_FACTOR * seconds));
    }
  },
};

function child<T>(script: string, args: readonly string[], prefix: readonly string[] = []) {
  let heard = Promise.withResolvers<T>();
  const process_ = Bun.spawn([...leashed(), ...prefix, process.execPath, join(FOLDER, script), ...args], {
    ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit" },
    ipc: (word) => heard.resolve(word),
    onExit: () => heard.reject(new Error(`${script} ended`)),
  });
  heard.promise.catch(() => {});
  return {
    heard: () => heard.promise,
    ask() {
      heard = Promise.withResolvers();
      process_.send("next");
      return heard.promise;
    },
    async end() {
      process_.kill("SIGKILL");
      await process_.exited;
    },
  };
}

function attacker({ kinds, addresses }: Play, url: string) {
  const names = kinds.map(({ name }) => name).join();
  return child<Report>("attacker.ts", [url, names, addresses.join()], ["nice", "-n", "19"]);
}

async function run(play: Play, prefix: readonly string[]): Promise<Figures> {
  const env = Object.assign({}, ...play.kinds.map((kind) => kind.env ?? {}));
  const server = await ServerProcess.start({ prefix, env });
  const bystander = child<Felt>("bystander.ts", [server.url, BYSTANDER, NEWCOMER]);
  await bystander.heard();
  await Bun.sleep(Math.min(QUIET_MS_MAX, play.seconds * 1000));
  const quiet = await bystander.ask();
  const before = rssBytes(server.pid);
  let peak = before;
  const look = setInterval(() => {
    if (server.isRunning) peak = Math.max(peak, rssBytes(server.pid));
  }, LOOK_MS);
  const attack = attacker(play, server.url);
  await Bun.sleep(play.seconds * 1000);
  const felt = await bystander.ask();
  const report = await attack.ask();
  await attack.end();
  const scrape = await server.scrape();
  await until(FALLS_BACK_MS, () => rssBytes(server.pid) <= before + FALLEN_BYTES);
  clearInterval(look);
  const after = rssBytes(server.pid);
  await bystander.end();
  await server.kill();
  const figure = (name: string) => scrape.get(`partyline_${name}`) ?? Number.NaN;
  return {
    ...{ name: play.name, quiet, felt, report, rss: { before, peak, after } },
    ...{ dropped: figure("dropped_total"), faults: figure("faults_total") },
    isAnswered: isAnswered(play.kinds, scrape),
  };
}

/** How many guesses of a network are answered at all, by 404 or by a room: in a minute, or in less where --seconds is short. */
async function countGuesses(scene: Scene, prefix: readonly string[], seconds: number): Promise<void> {
  const play = { name: "guesses", kinds: [NETWORK_GUESSES], addresses: ATTACKERS.slice(0, 1), seconds, p99Max: 0 };
  const server = await ServerProcess.start({ prefix, env: NETWORK_GUESSES.env ?? {} });
  const attack = attacker(play, server.url);
  await Bun.sleep(seconds * 1000);
  const { statuses } = await attack.ask();
  await attack.end();
  await server.kill();
  const answered = (statuses["404"] ?? 0) + (statuses["200"] ?? 0);
  scene.note(`an IPv6 /48 had ${answered} guesses answered in ${seconds} s: ${JSON.stringify(statuses)}`);
  const most = GUESSES_A_MINUTE + GUESSES_SLACK;
  scene.expect(answered <= most, `an IPv6 /48 had ${answered} guesses answered in ${seconds} s, at most ${most}`);
}
