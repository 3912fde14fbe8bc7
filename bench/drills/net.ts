// A small network of our own, inside the network namespace that `unshare --net --mount` gave this process: a house where the server
// stands, and two links to it, one that works and one that can be cut. All of it is gone with the process.

import { NotHere } from "./scene.ts";

const HOUSE = "house";
/** Nobody has this address: what is sent there is dropped on arrival, without a word to either end, as a dead radio link does. */
const NOBODY = "02:00:00:00:00:01";

export interface Net {
  /** In front of the server's command line. */
  readonly prefix: readonly string[];
  /** Where the server is reached over the link that works, and over the one that can be cut. */
  readonly near: string;
  readonly far: string;
  cut(): void;
  mend(): void;
}

/** @throws {NotHere} with what `ip` said, when the machine does not allow it */
export function buildNet(): Net {
  // `ip netns` wants a place to mount on: one that only this mount namespace sees.
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  ip("link set lo up");
  ip(`netns add ${HOUSE}`);
  ip(`-n ${HOUSE} link set lo up`);
  link("near", "10.231.7");
  link("far", "10.231.8");
  return {
    prefix: ["ip", "netns", "exec", HOUSE],
    near: "10.231.7.2",
    far: "10.231.8.2",
    cut() {
      ip(`neigh replace 10.231.8.2 lladdr ${NOBODY} dev far0 nud permanent`);
      ip(`-n ${HOUSE} neigh replace 10.231.8.1 lladdr ${NOBODY} dev far1 nud permanent`);
    },
    mend() {
      ip("neigh del 10.231.8.2 dev far0");
      ip(`-n ${HOUSE} neigh del 10.231.8.1 dev far1`);
    },
  };
}

function link(name: string, network: string): void {
  ip(`link add ${name}0 type veth peer name ${name}1 netns ${HOUSE}`);
  ip(`addr add ${network}.1/24 dev ${name}0`);
  ip(`-n ${HOUSE} addr add ${network}.2/24 dev ${name}1`);
  ip(`link set ${name}0 up`);
  ip(`-n ${HOUSE} link set ${name}1 up`);
}

function ip(words: string): void {
  run("ip", ...words.split(" "));
}

function run(...command: string[]): void {
  const done = Bun.spawnSync(command);
  if (done.exitCode !== 0) throw new NotHere(`${command.join(" ")}: ${done.stderr.toString().trim()}`);
}
