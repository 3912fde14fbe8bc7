// A small network of our own, inside the network namespace that `unshare --net --mount` gave this process: a house where the server
// stands, and two links to it, one that works and one that can be cut. All of it is gone with the process.

import { NotHere } from "./scene.ts";

const HOUSE = "house";
const LINKS = { near: "10.231.7", far: "10.231.8" };
/** Nobody has this address: what is sent there is dropped on arrival, without a word to either end, as a dead radio link does. */
const NOBODY = "02:00:00:00:00:01";

export interface Net {
  readonly prefix: readonly string[];
  /** Where the server is reached over the link that works, and over the one that can be cut. */
  readonly near: string;
  readonly far: string;
  cut(): void;
  mend(): void;
}

export function buildNet(): Net {
  // `ip netns` wants a place to mount on: one that only this mount namespace sees.
  run(["mount", "-t", "tmpfs", "tmpfs", "/run"]);
  ip("link set lo up", `netns add ${HOUSE}`);
  inHouse("link set lo up");
  for (const [name, network] of Object.entries(LINKS)) {
    ip(`link add ${name}0 type veth peer name ${name}1 netns ${HOUSE}`, `addr add ${network}.1/24 dev ${name}0`);
    ip(`link set ${name}0 up`);
    inHouse(`addr add ${network}.2/24 dev ${name}1`, `link set ${name}1 up`);
  }
  return {
    prefix: ["ip", "netns", "exec", HOUSE],
    near: `${LINKS.near}.2`,
    far: `${LINKS.far}.2`,
    cut() {
      ip(`neigh replace ${LINKS.far}.2 lladdr ${NOBODY} dev far0 nud permanent`);
      inHouse(`neigh replace ${LINKS.far}.1 lladdr ${NOBODY} dev far1 nud permanent`);
    },
    mend() {
      ip(`neigh del ${LINKS.far}.2 dev far0`);
      inHouse(`neigh del ${LINKS.far}.1 dev far1`);
    },
  };
}

function ip(...lines: string[]): void {
  for (const line of lines) run(["ip", ...line.split(" ")]);
}

function inHouse(...lines: string[]): void {
  ip(...lines.map((line) => `-n ${HOUSE} ${line}`));
}

function run(command: string[]): void {
  const done = Bun.spawnSync(command);
  if (done.exitCode !== 0) throw new NotHere(`${command.join(" ")}: ${done.stderr.toString().trim()}`);
}
